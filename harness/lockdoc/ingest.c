/* SPDX-License-Identifier: GPL-2.0-only */
/* Comments of the kernel into arcs: see ingest.h. */
#define _GNU_SOURCE
#include "lockdoc/ingest.h"

#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "lockdoc/closure.h"
#include "lockdoc/place.h"

#define MAX_JOINED 12 /* lines of one note */
#define MAX_SECTIONS 16
#define MAX_WORDS 4000

/* Orders of their own in a comment: "hugetlbfs pages take locks in this order:". */
struct section {
	char name[40];
	int line;
};

/* One file while it is read. */
struct reading {
	struct ingest *g;
	const struct comment *c;
	unsigned i; /* the line that comes next */
	struct doc_tree tree;
	struct paragraph prose; /* which may go on in the next line */
	struct section section[MAX_SECTIONS];
	unsigned nr_sections;
	const char *ctx; /* the section we are in, or NULL */
	int step; /* columns of one level; 0: there is only one */
	/* of this comment */
	unsigned places;
	bool columns_differ, damaged;
	bool after_cut; /* the line before this one is lost */
	struct comment_line first;
};

/* ---- findings ---- */

static void add_finding(struct reading *r, struct place at, enum lint_kind kind, const char *text)
{
	lint_add(r->g->p.lint, r->g->p.r.path, at.line, at.column, kind, "%s", text);
}

static void tell_name(struct reading *r, const struct place_name *n)
{
	struct lint *lint = r->g->p.lint;
	const char *path = r->g->p.r.path;
	char times[KERNEL_TIMES];

	switch (n->is.verdict) {
	case NAME_KNOWN:
		break;
	case NAME_UNKNOWN:
		lint_add(lint, path, n->at.line, n->at.column, LINT_DEAD_NAME,
			 "expected the name of a lock, found '%s'%s%s%s", n->text,
			 n->is.near ? " (there is '" : "", n->is.near ? n->is.near : "",
			 n->is.near ? "')" : "");
		break;
	case NAME_OTHER_ERA:
		lint_add(lint, path, n->at.line, n->at.column, LINT_DEAD_NAME,
			 "expected the name of a lock of that time, found '%s' (of %s)", n->text,
			 kernel_times(n->is.eras, times));
		break;
	case NAME_AMBIGUOUS:
		lint_add(lint, path, n->at.line, n->at.column, LINT_AMBIGUITY,
			 "expected a name of one lock, found '%s', which has meant two (see --era)",
			 n->text);
		break;
	case NAME_CHANGED:
		lint_add(lint, path, n->at.line, n->at.column, LINT_CHANGED,
			 "expected a name that means what it did, found '%s': %s", n->text,
			 n->is.why);
	}
}

/* ---- notes ---- */

static void add_word(struct ingest *g, const char *begin, size_t length, struct place at)
{
	if (g->nr_words == MAX_WORDS || !memchr(begin, '_', length))
		return;
	g->word = doc_grow(g->word, g->nr_words, sizeof(*g->word));
	g->word[g->nr_words++] = (struct ingest_word){
		g->p.r.path, at.line, at.column, doc_copy(begin, length), false,
	};
}

/* Notes name functions, and sometimes locks that are no longer what they were. */
static void note_words(struct reading *r, const struct paragraph *text,
		       const struct place_line *line)
{
	for (const char *c = line->note[0]; c && c < line->note[1];) {
		struct place_name n = { .at = paragraph_place(text, c) };
		size_t length = 0;

		while (c + length < line->note[1] && is_word(c[length]))
			length++;
		if (length && length < sizeof(n.text)) {
			memcpy(n.text, c, length);
			n.text[length] = '\0';
			n.is = kernel_resolve(n.text, r->g->eras);
			if (n.is.verdict == NAME_CHANGED)
				tell_name(r, &n);
			add_word(r->g, c, length, n.at);
		}
		c += length + !length;
	}
}

/* The names of locks are made of identifiers, too. */
static void name_words(struct reading *r, const struct place_name *n)
{
	for (const char *c = n->text; *c;) {
		struct place at = { n->at.line, n->at.column + (int)(c - n->text) };
		size_t length = 0;

		while (is_word(c[length]))
			length++;
		add_word(r->g, c, length, at);
		c += length + !length;
	}
}

static const char *section_named(const struct reading *r, const char *name, size_t length)
{
	for (unsigned i = 0; i < r->nr_sections; i++)
		if (strlen(r->section[i].name) == length &&
		    !memcmp(r->section[i].name, name, length))
			return r->section[i].name;
	return NULL;
}

/* Sections stand below what refers to them, so the lines that are left are searched. */
static bool is_promised(const struct reading *r, const char *name, size_t length)
{
	for (unsigned i = r->i; i < r->c->nr; i++) {
		const struct comment_line *l = &r->c->line[i];

		if (l->length > length && l->text[l->length - 1] == ':' &&
		    !memcmp(l->text, name, length) && !is_word(l->text[length]))
			return true;
	}
	return false;
}

static void note_link(struct reading *r, const struct paragraph *text,
		      const struct place_line *line)
{
	const char *see = line->note[0] ? strstr(line->note[0], "see ") : NULL;
	size_t n = 0;

	if (!see)
		return;
	for (see += 4; is_word(see[n]);)
		n++;
	if (!n || strncmp(see + n, " below", 6) || is_promised(r, see, n))
		return;
	lint_add(r->g->p.lint, r->g->p.r.path, paragraph_place(text, see).line,
		 paragraph_place(text, see).column, LINT_DEAD_NAME,
		 "expected the name of an order below, found '%.*s'", (int)n, see);
}

/* ---- prose ---- */

/* What follows stands below nothing that is known. */
static void close_tree(struct reading *r, bool cut)
{
	r->tree.depth = 0;
	r->tree.cut = cut;
}

static void enter_section(struct reading *r)
{
	const char *text = r->prose.text;
	struct place at = paragraph_place(&r->prose, text);
	struct section *s = &r->section[r->nr_sections];
	size_t n = 0;

	close_tree(r, false);
	while (is_word(text[n]))
		n++;
	if (!n || n >= sizeof(s->name) || r->nr_sections == MAX_SECTIONS) {
		add_finding(r, at, LINT_PROSE,
			    "expected the name of what this order is about, found a sentence");
		return;
	}
	r->ctx = section_named(r, text, n);
	if (r->ctx) {
		add_finding(r, at, LINT_AMBIGUITY,
			    "expected one order of this name, found another one above");
		return;
	}
	memcpy(s->name, text, n);
	s->name[n] = '\0';
	s->line = at.line;
	r->nr_sections++;
	r->ctx = s->name;
}

static bool end_prose(struct reading *r)
{
	struct paragraph *p = &r->prose;
	bool ok = true;

	for (size_t i = 0; i < p->length; i++)
		if (p->text[i] == '\t')
			p->text[i] = ' ';
	if (p->length && p->text[p->length - 1] == ':' && strcasestr(p->text, "order"))
		enter_section(r);
	else if (p->length)
		ok = ingest_sentences(r->g, p, false);
	paragraph_clear(p);
	return ok;
}

/* Does this line go on with the sentence of the lines above? */
static bool goes_on(const struct reading *r, const struct comment_line *l, bool known)
{
	const struct paragraph *p = &r->prose;

	if (!p->length || (l->indent != p->indent && !(p->bullet && l->indent == p->indent + 2)))
		return false;
	if (l->length > 1 && l->text[0] == '-' && l->text[1] == ' ')
		return false;
	return !known || !strchr(".:", p->text[p->length - 1]);
}

/* ---- places ---- */

static void count_place(struct reading *r, const struct comment_line *l)
{
	if (!r->places++)
		r->first = *l;
	r->columns_differ |= l->indent != r->first.indent;
}

/* A level may be missing between this line and what is above it. */
static void check_step(struct reading *r, const struct comment_line *l, struct doc_set *set)
{
	const struct doc_set *up = r->tree.depth ? &r->tree.level[r->tree.depth - 1] : NULL;

	if (!up || set->lost || set->indent - up->indent <= r->step)
		return;
	lint_add(r->g->p.lint, r->g->p.r.path, l->line, l->column, LINT_GAP,
		 "expected %d columns below the line above, found %d: a line may be missing",
		 r->step, set->indent - up->indent);
	set->lost = true;
	r->damaged = true;
}

/* The names of one step of "a -> b -> c" as a set. */
static void set_of(struct reading *r, const struct place_line *line, unsigned step,
		   struct doc_set *set)
{
	bool trylock = strstr(line->tail.note, "trylock");

	for (unsigned i = 0; i < line->nr; i++) {
		const struct place_name *n = &line->name[i];

		if (n->step != step)
			continue;
		tell_name(r, n);
		name_words(r, n);
		ingest_mention(r->g, n->is.class, n->at.line, n->at.column, n->text);
		set->member[set->nr++] = (struct doc_member){
			.class = n->is.class,
			.trylock = trylock,
			.line = n->at.line,
			.column = n->at.column,
		};
	}
}

static bool add_place(struct reading *r, const struct comment_line *l, struct place_line *line)
{
	struct doc_parser *p = &r->g->p;
	struct doc_set set = { .indent = l->indent }, next;

	p->r.line = l->line;
	p->r.begin = l->text - (l->column - 1);
	p->r.at = l->text;
	if (r->ctx)
		line->tail.attrs.value[KEY_CTX] =
			(struct doc_cell){ r->ctx, r->ctx + strlen(r->ctx) };
	if (!doc_tree_close(p, &r->tree, &set))
		return false;
	check_step(r, l, &set);
	set_of(r, line, 0, &set);
	for (unsigned step = 1; step < line->steps; step++, set = next) {
		next = (struct doc_set){ .indent = l->indent };
		set_of(r, line, step, &next);
		if (!doc_add_arcs(p, &set, &next, &line->tail))
			return false;
	}
	return doc_tree_add(p, &r->tree, &set, &line->tail);
}

/* ---- lines ---- */

/* How far its parentheses are open at the end; below 0: one was closed that was not opened. */
static int open_depth(const struct paragraph *p)
{
	int depth = 0;

	for (size_t i = 0; i < p->length && depth >= 0; i++) {
		/* A note within a note is a call; all else begins a new one, whose line is lost. */
		if (depth && p->text[i] == '(' && i && !is_word(p->text[i - 1]))
			return MAX_JOINED;
		depth += (p->text[i] == '(') - (p->text[i] == ')');
	}
	return depth;
}

/* The line, and those on which its note goes on. False: the note has no end. */
static bool join_note(struct reading *r, struct paragraph *text)
{
	unsigned i = r->i;
	int depth = open_depth(text);

	for (; depth > 0 && depth < MAX_JOINED && i < r->c->nr && i - r->i < MAX_JOINED; i++) {
		if (r->c->line[i].kind != COMMENT_TEXT)
			break;
		paragraph_add(text, &r->c->line[i]);
		depth = open_depth(text);
	}
	if (depth)
		return false;
	r->i = i;
	return true;
}

/* A parenthesis without its other half: what stood there is lost, and where the rest stands. */
static bool torn_line(struct reading *r, const struct comment_line *l)
{
	struct paragraph text = { 0 };
	struct place_line line;
	const char *paren;
	bool ok = true;

	paragraph_add(&text, l);
	paren = strpbrk(text.text, "()");
	add_finding(r, paragraph_place(&text, paren), LINT_GAP,
		    *paren == '(' ? "expected ')' to end this note, found none" :
				    "expected '(' before this, found none");
	r->damaged = true;
	if (*paren == '(') {
		struct comment_line head = *l;

		/* Its names are whole, and so is what is above them. */
		head.length = (size_t)(paren - text.text);
		paragraph_clear(&text);
		paragraph_add(&text, &head);
		if (place_read(&text, r->g->eras, &line) && place_known(&line)) {
			count_place(r, l);
			ok = add_place(r, l, &line);
		}
	}
	paragraph_clear(&text);
	close_tree(r, true);
	return ok;
}

static bool place_or_prose(struct reading *r, const struct comment_line *l, struct paragraph *text)
{
	struct place_line line;
	bool place = place_read(text, r->g->eras, &line);

	if (!place || goes_on(r, l, place_known(&line))) {
		if (!goes_on(r, l, place && place_known(&line)) && !end_prose(r))
			return false;
		if (!r->prose.length)
			r->prose.no_begin = r->after_cut && (l->text[0] < 'A' || l->text[0] > 'Z');
		paragraph_add(&r->prose, l);
		return true;
	}
	if (!end_prose(r))
		return false;
	count_place(r, l);
	note_words(r, text, &line);
	note_link(r, text, &line);
	return add_place(r, l, &line);
}

static bool text_line(struct reading *r, const struct comment_line *l)
{
	struct paragraph text = { 0 };
	bool ok;

	paragraph_add(&text, l);
	if (goes_on(r, l, false) || open_depth(&text) == 0)
		ok = place_or_prose(r, l, &text);
	else if (join_note(r, &text))
		ok = place_or_prose(r, l, &text);
	else
		ok = end_prose(r) && torn_line(r, l);
	paragraph_clear(&text);
	return ok;
}

/* ---- comments ---- */

/* The narrowest step between two lines is one level. A comment of which the end is lost ends where the next one begins. */
static int narrowest_step(const struct comment *c, unsigned from)
{
	int step = 0;

	for (unsigned i = from; i + 1 < c->nr && c->line[i].kind != COMMENT_END && c->line[i].kind != COMMENT_HEAD; i++) {
		int columns = c->line[i + 1].indent - c->line[i].indent;

		if (c->line[i].kind == COMMENT_TEXT && c->line[i + 1].kind == COMMENT_TEXT &&
		    columns > 0 && (!step || columns < step))
			step = columns;
	}
	return step;
}

static void begin_comment(struct reading *r)
{
	close_tree(r, false);
	r->ctx = NULL;
	r->places = 0;
	r->columns_differ = false;
	r->step = narrowest_step(r->c, r->i);
}

static void end_comment(struct reading *r)
{
	if (r->places < 3 || r->columns_differ)
		return;
	r->damaged = true;
	lint_add(
		r->g->p.lint, r->g->p.r.path, r->first.line, r->first.column, LINT_GAP,
		"expected lines that are indented below each other, found %u in one column: no order "
		"can be read",
		r->places);
}

static bool squashed(struct reading *r, const struct comment_line *l)
{
	char *copy = doc_copy(l->text, l->length);
	struct comment_line line = *l;
	struct paragraph text = { 0 };
	bool ok;

	for (char *c = copy; *c; c++)
		*c = *c == '*' ? ' ' : *c;
	line.text = copy;
	line.length = strlen(copy);
	paragraph_add(&text, &line);
	for (size_t i = 0; i < text.length; i++)
		text.text[i] = text.text[i] == '\t' ? ' ' : text.text[i];
	r->damaged = true;
	ok = ingest_sentences(r->g, &text, true);
	paragraph_clear(&text);
	free(copy);
	return ok;
}

static bool one_line(struct reading *r, const struct comment_line *l)
{
	switch (l->kind) {
	case COMMENT_HEAD:
		begin_comment(r);
		return !l->length || text_line(r, l);
	case COMMENT_TEXT:
		return text_line(r, l);
	case COMMENT_SQUASHED:
		return squashed(r, l);
	case COMMENT_CUT:
		r->damaged = true;
		close_tree(r, true);
		r->prose.no_end = r->prose.length && r->prose.text[r->prose.length - 1] != '.';
		break;
	case COMMENT_BLANK:
		close_tree(r, false);
		break;
	case COMMENT_END:
		end_comment(r);
	}
	return end_prose(r);
}

static bool read_comment(struct ingest *g, const struct comment *c)
{
	struct reading r = { .g = g, .c = c };
	bool ok = true;

	while (ok && r.i < c->nr) {
		const struct comment_line *l = &c->line[r.i++];

		ok = one_line(&r, l);
		r.after_cut = l->kind == COMMENT_CUT;
	}
	paragraph_clear(&r.prose);
	for (unsigned i = 0; i < MAX_CLASSES; i++)
		if (g->mention[i].name && !strcmp(g->mention[i].path, g->p.r.path))
			g->mention[i].damaged |= r.damaged;
	return ok;
}

/* ---- all of it ---- */

struct ingest *ingest_new(unsigned eras, struct lint *lint)
{
	struct ingest *g = must(calloc(1, sizeof(*g)));

	g->eras = eras;
	g->p.doc = must(calloc(1, sizeof(*g->p.doc)));
	g->p.doc->model = &lockdoc_kernel;
	g->p.doc->arc = doc_grow(NULL, 0, sizeof(*g->p.doc->arc));
	g->p.doc->apart = doc_grow(NULL, 0, sizeof(*g->p.doc->apart));
	g->p.lint = lint;
	return g;
}

bool ingest_text(struct ingest *g, const char *path, const char *text, size_t length,
		 char err[LOCKDOC_ERR])
{
	struct comment c;
	bool ok;

	doc_start(&g->p.r, path, text, length, err);
	if (length > LOCKDOC_MAX_TEXT)
		return doc_wrong(&g->p.r, text, "expected at most %u bytes, found more",
				 LOCKDOC_MAX_TEXT);
	comment_read(&c, path, text, length, g->p.lint);
	ok = c.nr ? read_comment(g, &c) :
		    doc_wrong(&g->p.r, text,
			      "expected a comment with a line 'Lock ordering:', found none");
	comment_free(&c);
	return ok;
}

void ingest_end(struct ingest *g)
{
	const struct lockdoc *doc = g->p.doc;
	u64 placed = 0;

	/* A context of a comment has no row that says what keeps it apart from the others. */
	g->p.r.err = g->err;
	doc_acyclic(&g->p, "", closure_any);
	for (unsigned i = 0; i < doc->nr_arcs; i++)
		placed |= 1ul << doc->arc[i].before | 1ul << doc->arc[i].after;
	for (unsigned i = 1; i < doc->model->nr; i++) {
		const struct ingest_mention *m = &g->mention[i];

		if (m->name && !m->damaged && !(placed >> i & 1))
			lint_add(g->p.lint, m->path, m->line, m->column, LINT_GAP,
				 "expected an order of '%s' and another lock, found none", m->name);
	}
}

void ingest_free(struct ingest *g)
{
	if (!g)
		return;
	for (unsigned i = 0; i < MAX_CLASSES; i++)
		free(g->mention[i].name);
	while (g->nr_words)
		free(g->word[--g->nr_words].text);
	free(g->word);
	lockdoc_free(g->p.doc);
	free(g);
}
