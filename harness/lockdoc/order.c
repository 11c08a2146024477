/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order of locks, in two spellings, which may be in one block: a tree by indentation, as the
 * head of the kernel's mm/rmap.c has it, where a lock is waited for under all that it is indented
 * below; and rows of arcs, "a, b < c:try < d;".
 */
#include "lockdoc/parse.h"

#include <string.h>

#include "rmap.h"

struct block {
	struct doc_attrs attrs;		/* of the whole block */
	struct doc_tree tree;
};

/* ---- attributes ---- */

static bool known_era(struct doc_parser *p, const struct doc_cell *value)
{
	char name[32];
	size_t n = (size_t)(value->end - value->begin);

	if (n < sizeof(name)) {
		memcpy(name, value->begin, n);
		name[n] = '\0';
		if (rmap_find(name))
			return true;
	}
	return doc_expected(&p->r, value->begin, "the name of a provider (list providers)");
}

/* One, or several with a '+' between them. */
static bool eras(struct doc_parser *p, struct doc_cell *value)
{
	struct doc_reader *r = &p->r;

	*value = (struct doc_cell){ 0 };
	do {
		size_t n = doc_want_name(r, "a name");
		const struct doc_cell one = { r->at, r->at + n };

		if (!n || !known_era(p, &one))
			return false;
		if (!value->begin)
			value->begin = one.begin;
		r->at = value->end = one.end;
	} while (doc_take(r, "+"));
	return true;
}

static bool string_value(struct doc_parser *p, struct doc_cell *value)
{
	struct doc_reader *r = &p->r;
	const char *begin = r->at;

	while (r->at < r->stop && *r->at != '"')
		r->at++;
	*value = (struct doc_cell){ begin, r->at };
	if (begin == r->at)
		return doc_expected(r, begin, "a text between the quotes");
	return doc_want(r, "\"");
}

static bool is_day(struct doc_parser *p, const struct doc_cell *value)
{
	return lockdoc_day(value->begin, (size_t)(value->end - value->begin)) ||
	       doc_expected(&p->r, value->begin, "a day like 2027-01-31");
}

/* "key=value"; the reason of a waiver is a string, all else are names. */
static bool attribute(struct doc_parser *p, unsigned keys, struct doc_attrs *attrs)
{
	static const char *const text[NR_KEYS] = { "era", "ctx", "unexercised", "rare", "until" };
	struct doc_reader *r = &p->r;
	enum doc_key key = 0;
	struct doc_cell *value;
	size_t n;

	while (key < NR_KEYS && !(keys >> key & 1 && doc_take(r, text[key])))
		key++;
	if (key == NR_KEYS)
		return doc_expected(r, r->at, "%s",
				    keys == 1u << KEY_UNEXERCISED ? "'unexercised'" :
				    keys >> KEY_UNEXERCISED & 1 ? "'era', 'unexercised', 'rare' or 'until'" :
				    keys >> KEY_CTX & 1		? "'era' or 'ctx'" :
								  "'era'");
	value = &attrs->value[key];
	if (!doc_want(r, "="))
		return false;
	if (key == KEY_UNEXERCISED || key == KEY_RARE)
		return doc_want(r, "\"") && string_value(p, value);
	if (key == KEY_ERA)
		return eras(p, value);
	n = doc_want_name(r, "a name");
	*value = (struct doc_cell){ r->at, r->at + n };
	r->at += n;
	return n && (key != KEY_UNTIL || is_day(p, value));
}

char *doc_value(const struct doc_attrs *attrs, enum doc_key key)
{
	const struct doc_cell *v = &attrs->value[key];

	return v->begin ? doc_copy(v->begin, (size_t)(v->end - v->begin)) : NULL;
}

bool doc_braces(struct doc_parser *p, unsigned keys, struct doc_attrs *attrs)
{
	if (!doc_take(&p->r, "{"))
		return true;
	do {
		if (!attribute(p, keys, attrs))
			return false;
	} while (doc_take(&p->r, ";"));
	return doc_want(&p->r, "}");
}

/* ---- notes ---- */

static bool ends_block(struct doc_reader *r)
{
	const char *at = r->at;
	bool end = doc_take(r, "```") && doc_done(r);

	r->at = at;
	return end;
}

/* What stands in parentheses; it may go on in the lines that follow. */
static bool take_note(struct doc_parser *p, char *note)
{
	struct doc_reader *r = &p->r;
	int line = r->line, column, depth = 1;

	note[0] = '\0';
	if (!doc_take(r, "("))
		return true;
	column = doc_column(r, r->at) - 1;
	for (;;) {
		while (r->at < r->stop) {
			char c = *r->at++;

			depth += (c == '(') - (c == ')');
			if (!depth) {
				doc_end_note(note);
				return true;
			}
			doc_add_to_note(note, c == '\t' ? ' ' : c);
		}
		if (r->in_cell || !doc_line(r) || ends_block(r))
			return !*r->err &&
			       doc_wrong_at(r, line, column,
					    "expected ')' to end this note, found none");
		doc_add_to_note(note, ' ');
	}
}

static bool take_tail(struct doc_parser *p, struct doc_tail *tail)
{
	const struct doc_attrs *attrs = &tail->attrs;

	if (!take_note(p, tail->note) ||
	    !doc_braces(p, 1u << KEY_ERA | 1u << KEY_UNEXERCISED | 1u << KEY_RARE | 1u << KEY_UNTIL,
			&tail->attrs))
		return false;
	return !attrs->value[KEY_UNTIL].begin || attrs->value[KEY_UNEXERCISED].begin ||
	       attrs->value[KEY_RARE].begin ||
	       doc_wrong(&p->r, attrs->value[KEY_UNTIL].begin,
			 "expected 'unexercised' or 'rare' with 'until', found neither");
}

static bool line_done(struct doc_parser *p, const char *what)
{
	return doc_done(&p->r) || *p->r.at == '#' || doc_expected(&p->r, p->r.at, "%s", what);
}

/* ---- sets of classes ---- */

static bool take_mode(struct doc_parser *p, struct doc_member *m)
{
	struct doc_reader *r = &p->r;

	if (r->at == r->stop || *r->at != ':')
		return true;
	r->at++;
	m->trylock = doc_take(r, "try");
	return m->trylock || doc_take(r, "R") || doc_take(r, "W") ||
	       doc_expected(r, r->at, "'try', 'R' or 'W'");
}

static bool take_set(struct doc_parser *p, struct doc_set *set)
{
	set->nr = 0;
	do {
		struct doc_member *m = &set->member[set->nr];

		doc_done(&p->r);
		if (set->nr++ == DOC_MAX_SET)
			return doc_wrong(&p->r, p->r.at, "expected at most %d classes in one place",
					 DOC_MAX_SET);
		*m = (struct doc_member){ .line = p->r.line, .column = doc_column(&p->r, p->r.at) };
		if (!doc_class(p, &m->class) || !take_mode(p, m))
			return false;
	} while (doc_take(&p->r, ",") || doc_take(&p->r, "or"));
	return true;
}

/* ---- rows of arcs ---- */

/* "a < b, c < d" up to its note and attributes. */
static bool take_row(struct doc_parser *p, const struct doc_attrs *attrs)
{
	struct doc_set set[DOC_MAX_DEPTH];
	struct doc_tail tail = { .attrs = *attrs };
	unsigned n = 0;

	do {
		if (n == DOC_MAX_DEPTH)
			return doc_wrong(&p->r, p->r.at,
					 "expected at most %d places in a row, found more",
					 DOC_MAX_DEPTH);
		if (!take_set(p, &set[n++]))
			return false;
	} while (doc_take(&p->r, "<"));
	if (n < 2)
		return doc_expected(&p->r, p->r.at, "'<'");
	if (!take_tail(p, &tail))
		return false;
	for (unsigned i = 0; i + 1 < n; i++)
		if (!doc_add_arcs(p, &set[i], &set[i + 1], &tail))
			return false;
	return true;
}

/* ---- trees ---- */

static bool tree_line(struct doc_parser *p, struct block *b, int indent)
{
	struct doc_tail tail = { .attrs = b->attrs };
	struct doc_set set = { .indent = indent };

	return doc_tree_close(p, &b->tree, &set) && take_set(p, &set) && take_tail(p, &tail) &&
	       line_done(p, "'or', ',', '(', '{', '<' or the end of the line") &&
	       doc_tree_add(p, &b->tree, &set, &tail);
}

/* ---- blocks ---- */

int doc_indentation(struct doc_reader *r)
{
	int columns = 0;

	for (; r->at < r->stop && (*r->at == ' ' || *r->at == '\t'); r->at++)
		columns = *r->at == '\t' ? (columns | 7) + 1 : columns + 1;
	return columns;
}

bool doc_is_row(const struct doc_reader *r)
{
	for (const char *q = r->at; q < r->stop && !strchr("({#", *q); q++)
		if (*q == '<')
			return true;
	return false;
}

static bool block_line(struct doc_parser *p, struct block *b)
{
	struct doc_reader *r = &p->r;
	int indent = doc_indentation(r);

	if (r->at == r->stop)
		b->tree.depth = 0;	/* an empty line ends a tree */
	else if (doc_is_row(r))
		return take_row(p, &b->attrs) && doc_want(r, ";") &&
		       line_done(p, "the end of the line");
	else if (*r->at != '#')
		return tree_line(p, b, indent);
	return true;
}

bool doc_order_block(struct doc_parser *p)
{
	struct doc_reader *r = &p->r;
	struct block b = { .tree.depth = 0 };
	int line = r->line;

	while (!doc_done(r))
		if (!attribute(p, 1u << KEY_ERA | 1u << KEY_CTX, &b.attrs))
			return false;
	while (doc_line(r)) {
		if (ends_block(r))
			return true;
		if (!block_line(p, &b))
			return false;
	}
	return !*r->err &&
	       doc_wrong(r, r->stop,
			 "expected '```' to end the block of line %d, found the end of the file",
			 line);
}

/* ---- rows of "## Exceptions" ---- */

static bool apart_rule(struct doc_parser *p)
{
	struct lockdoc *doc = p->doc;
	struct lockdoc_apart *apart;
	const char *at;

	doc->apart = doc_grow(doc->apart, doc->nr_aparts, sizeof(*doc->apart));
	apart = &doc->apart[doc->nr_aparts++];
	apart->line = p->r.line;
	apart->column = doc_column(&p->r, p->r.at) + 1;
	if (!doc_class(p, &apart->a) || !doc_want(&p->r, ","))
		return false;
	doc_done(&p->r);
	at = p->r.at;
	if (!doc_class(p, &apart->b))
		return false;
	if (!apart->a || !apart->b) {
		doc->nr_aparts--;
		return true;
	}
	return apart->a != apart->b || doc_expected(&p->r, at, "another class");
}

static bool pin_rule(struct doc_parser *p)
{
	struct lockdoc *doc = p->doc;
	u8 class;

	if (!doc_class(p, &class))
		return false;
	if (!class)
		return true;
	doc->pin = doc_grow(doc->pin, doc->nr_pins, sizeof(*doc->pin));
	doc->pin[doc->nr_pins++] = (struct lockdoc_pin){ class, p->r.line };
	return true;
}

/* A rule that begins with a word, or a row of arcs. */
static bool exception_rule(struct doc_parser *p)
{
	const struct doc_attrs always = { 0 };

	if (doc_take(&p->r, "never-together"))
		return apart_rule(p);
	return doc_take(&p->r, "pin") ? pin_rule(p) : take_row(p, &always);
}

bool doc_exception_row(struct doc_parser *p, const struct doc_cell *cell)
{
	struct doc_reader *r = &p->r;

	doc_enter_cell(p, &cell[0]);
	if (!doc_want(r, "`") || !exception_rule(p) || !doc_want(r, "`"))
		return false;
	if (!doc_done(r))
		return doc_expected(r, r->at, "nothing after the rule");
	doc_enter_cell(p, &cell[1]);
	return !doc_done(r) || doc_expected(r, r->at, "the reason");
}
