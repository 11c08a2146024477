/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order of locks, in two spellings, which may be in one block: a tree by indentation, as the
 * head of the kernel's mm/rmap.c has it, where a lock is waited for under all that it is indented
 * below; and rows of arcs, "a, b < c:try < d;".
 */
#include "lockdoc/parse.h"

#include <string.h>

#include "rmap.h"

#define MAX_SET 8			/* classes that stand in one place: "a or b" */
#define MAX_DEPTH 16			/* of a tree, or of a row of arcs */
#define MAX_ARCS 2048
#define MAX_NOTE 200

/* One class of a set, and where it stands. */
struct member {
	u8 class;
	bool trylock;
	int line, column;
};

struct set {
	struct member member[MAX_SET];
	unsigned nr;
	int indent;
};

struct block {
	struct doc_attrs attrs;		/* of the whole block */
	struct set level[MAX_DEPTH];	/* the open levels of a tree */
	unsigned depth;
};

/* What stands behind the classes. */
struct tail {
	struct doc_attrs attrs;
	char note[MAX_NOTE];
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

/* "key=value"; the reason of a waiver is a string, all else are names. */
static bool attribute(struct doc_parser *p, unsigned keys, struct doc_attrs *attrs)
{
	static const char *const text[NR_KEYS] = { "era", "ctx", "unexercised" };
	struct doc_reader *r = &p->r;
	enum doc_key key = 0;
	struct doc_cell *value;
	size_t n;

	while (key < NR_KEYS && !(keys >> key & 1 && doc_take(r, text[key])))
		key++;
	if (key == NR_KEYS)
		return doc_expected(r, r->at, "%s",
				    keys >> KEY_UNEXERCISED & 1 ? "'era' or 'unexercised'" :
				    keys >> KEY_CTX & 1		? "'era' or 'ctx'" :
								  "'era'");
	value = &attrs->value[key];
	if (!doc_want(r, "="))
		return false;
	if (key == KEY_UNEXERCISED)
		return doc_want(r, "\"") && string_value(p, value);
	n = doc_want_name(r, "a name");
	*value = (struct doc_cell){ r->at, r->at + n };
	r->at += n;
	return n && (key != KEY_ERA || known_era(p, value));
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

static void add_to_note(char *note, char c)
{
	size_t n = strlen(note);

	if (n + 1 < MAX_NOTE && (c != ' ' || (n && note[n - 1] != ' '))) {
		note[n] = c;
		note[n + 1] = '\0';
	}
}

/* A note that was too long may end in the middle of a character. */
static void end_note(char *note)
{
	size_t n = strlen(note);

	if (n + 1 < MAX_NOTE)
		return;
	while (n && (note[n - 1] & 0xc0) == 0x80)
		n--;
	note[n - (n && note[n - 1] & 0x80)] = '\0';
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
				end_note(note);
				return true;
			}
			add_to_note(note, c == '\t' ? ' ' : c);
		}
		if (r->in_cell || !doc_line(r) || ends_block(r))
			return !*r->err &&
			       doc_wrong_at(r, line, column,
					    "expected ')' to end this note, found none");
		add_to_note(note, ' ');
	}
}

static bool take_tail(struct doc_parser *p, struct tail *tail)
{
	return take_note(p, tail->note) &&
	       doc_braces(p, 1u << KEY_ERA | 1u << KEY_UNEXERCISED, &tail->attrs);
}

static bool line_done(struct doc_parser *p, const char *what)
{
	return doc_done(&p->r) || *p->r.at == '#' || doc_expected(&p->r, p->r.at, "%s", what);
}

/* ---- sets of classes ---- */

static bool take_mode(struct doc_parser *p, struct member *m)
{
	struct doc_reader *r = &p->r;

	if (r->at == r->stop || *r->at != ':')
		return true;
	r->at++;
	m->trylock = doc_take(r, "try");
	return m->trylock || doc_take(r, "R") || doc_take(r, "W") ||
	       doc_expected(r, r->at, "'try', 'R' or 'W'");
}

static bool take_set(struct doc_parser *p, struct set *set)
{
	set->nr = 0;
	do {
		struct member *m = &set->member[set->nr];

		doc_done(&p->r);
		if (set->nr++ == MAX_SET)
			return doc_wrong(&p->r, p->r.at, "expected at most %d classes in one place",
					 MAX_SET);
		*m = (struct member){ .line = p->r.line, .column = doc_column(&p->r, p->r.at) };
		if (!doc_class(p, &m->class) || !take_mode(p, m))
			return false;
	} while (doc_take(&p->r, ",") || doc_take(&p->r, "or"));
	return true;
}

/* ---- arcs ---- */

static bool same_text(const char *a, const struct doc_cell *b)
{
	if (!a || !b->begin)
		return !a && !b->begin;
	return strlen(a) == (size_t)(b->end - b->begin) && !memcmp(a, b->begin, strlen(a));
}

static struct lockdoc_arc *find_arc(struct lockdoc *doc, const struct member *before,
				    const struct member *after, const struct doc_attrs *attrs)
{
	for (struct lockdoc_arc *a = doc->arc; a < doc->arc + doc->nr_arcs; a++)
		if (a->before == before->class && a->after == after->class &&
		    a->trylock == after->trylock && same_text(a->era, &attrs->value[KEY_ERA]) &&
		    same_text(a->ctx, &attrs->value[KEY_CTX]))
			return a;
	return NULL;
}

/* What is said twice is kept as it was said first. */
static bool add_arc(struct doc_parser *p, const struct member *before, const struct member *after,
		    const struct tail *tail)
{
	struct lockdoc *doc = p->doc;
	const char *name = doc->model->classes[after->class].name;

	if (before->class == after->class)
		return doc_wrong_at(
			&p->r, after->line, after->column,
			"expected another class than the one before it, found '%s' again", name);
	if (find_arc(doc, before, after, &tail->attrs))
		return true;
	if (doc->nr_arcs == MAX_ARCS)
		return doc_wrong_at(&p->r, after->line, after->column,
				    "expected at most %d arcs, found more", MAX_ARCS);
	doc->arc = doc_grow(doc->arc, doc->nr_arcs, sizeof(*doc->arc));
	doc->arc[doc->nr_arcs++] = (struct lockdoc_arc){
		.before = before->class,
		.after = after->class,
		.trylock = after->trylock,
		.line = after->line,
		.column = after->column,
		.era = doc_value(&tail->attrs, KEY_ERA),
		.ctx = doc_value(&tail->attrs, KEY_CTX),
		.waiver = doc_value(&tail->attrs, KEY_UNEXERCISED),
		.note = tail->note[0] ? doc_copy(tail->note, strlen(tail->note)) : NULL,
	};
	return true;
}

static bool add_arcs(struct doc_parser *p, const struct set *before, const struct set *after,
		     const struct tail *tail)
{
	for (unsigned i = 0; i < before->nr; i++)
		for (unsigned j = 0; j < after->nr; j++)
			if (!add_arc(p, &before->member[i], &after->member[j], tail))
				return false;
	return true;
}

/* "a < b, c < d" up to its note and attributes. */
static bool take_row(struct doc_parser *p, const struct doc_attrs *attrs)
{
	struct set set[MAX_DEPTH];
	struct tail tail = { .attrs = *attrs };
	unsigned n = 0;

	do {
		if (n == MAX_DEPTH)
			return doc_wrong(&p->r, p->r.at,
					 "expected at most %d places in a row, found more",
					 MAX_DEPTH);
		if (!take_set(p, &set[n++]))
			return false;
	} while (doc_take(&p->r, "<"));
	if (n < 2)
		return doc_expected(&p->r, p->r.at, "'<'");
	if (!take_tail(p, &tail))
		return false;
	for (unsigned i = 0; i + 1 < n; i++)
		if (!add_arcs(p, &set[i], &set[i + 1], &tail))
			return false;
	return true;
}

/* ---- trees ---- */

/* Close the levels that this line does not stand below. Siblings have no order between them. */
static bool close_levels(struct doc_parser *p, struct block *b, int indent)
{
	unsigned was = b->depth;

	while (b->depth && b->level[b->depth - 1].indent > indent)
		b->depth--;
	if (b->depth && b->level[b->depth - 1].indent == indent)
		b->depth--;
	else if (b->depth < was)
		return doc_wrong(&p->r, p->r.at,
				 "expected the indentation of a line above, found %d columns",
				 indent);
	if (b->depth == MAX_DEPTH)
		return doc_wrong(&p->r, p->r.at, "expected at most %d levels, found more",
				 MAX_DEPTH);
	return true;
}

static bool tree_line(struct doc_parser *p, struct block *b, int indent)
{
	struct tail tail = { .attrs = b->attrs };
	struct set set;

	if (!close_levels(p, b, indent) || !take_set(p, &set) || !take_tail(p, &tail) ||
	    !line_done(p, "'or', ',', '(', '{', '<' or the end of the line"))
		return false;
	set.indent = indent;
	b->level[b->depth++] = set;
	return b->depth < 2 || add_arcs(p, &b->level[b->depth - 2], &set, &tail);
}

/* ---- blocks ---- */

static int indentation(struct doc_reader *r)
{
	int columns = 0;

	for (; r->at < r->stop && (*r->at == ' ' || *r->at == '\t'); r->at++)
		columns = *r->at == '\t' ? (columns | 7) + 1 : columns + 1;
	return columns;
}

/* A '<' before any note, attribute or remark. */
static bool is_row(const struct doc_reader *r)
{
	for (const char *q = r->at; q < r->stop && !strchr("({#", *q); q++)
		if (*q == '<')
			return true;
	return false;
}

static bool block_line(struct doc_parser *p, struct block *b)
{
	struct doc_reader *r = &p->r;
	int indent = indentation(r);

	if (r->at == r->stop)
		b->depth = 0;		/* an empty line ends a tree */
	else if (is_row(r))
		return take_row(p, &b->attrs) && doc_want(r, ";") &&
		       line_done(p, "the end of the line");
	else if (*r->at != '#')
		return tree_line(p, b, indent);
	return true;
}

bool doc_order_block(struct doc_parser *p)
{
	struct doc_reader *r = &p->r;
	struct block b = { .depth = 0 };
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
	if (!doc_class(p, &apart->a) || !doc_want(&p->r, ","))
		return false;
	doc_done(&p->r);
	at = p->r.at;
	if (!doc_class(p, &apart->b))
		return false;
	return apart->a != apart->b || doc_expected(&p->r, at, "another class");
}

bool doc_exception_row(struct doc_parser *p, const struct doc_cell *cell)
{
	const struct doc_attrs always = { 0 };
	struct doc_reader *r = &p->r;

	doc_enter_cell(p, &cell[0]);
	if (!doc_want(r, "`"))
		return false;
	if (!(doc_take(r, "never-together") ? apart_rule(p) : take_row(p, &always)))
		return false;
	if (!doc_want(r, "`"))
		return false;
	if (!doc_done(r))
		return doc_expected(r, r->at, "nothing after the rule");
	doc_enter_cell(p, &cell[1]);
	return !doc_done(r) || doc_expected(r, r->at, "the reason");
}
