/* SPDX-License-Identifier: GPL-2.0-only */
/* The frame of the parser: sections, tables, blocks. Whatever is none of these is prose. */
#include "lockdoc/parse.h"

#include <stdlib.h>
#include <string.h>

#include "cli/must.h"

struct section {
	const char *title;
	const char *column[DOC_MAX_CELLS];	/* of its tables; none: tables are prose */
	bool (*row)(struct doc_parser *p, const struct doc_cell *cell);
};

static const struct section sections[NR_SECTIONS] = {
	[SECTION_CLASSES] = { "Lock classes",
			      { "Class", "Primitive", "Instance key", "Same class", "Wait",
				"Sees" },
			      doc_class_row },
	[SECTION_ORDER] = { "Order", { NULL }, NULL },
	[SECTION_EXCEPTIONS] = { "Exceptions", { "Rule", "Why" }, doc_exception_row },
	[SECTION_DATA] = { "Data rules",
			   { "Member", "Read", "Write", "Set up and torn down" },
			   doc_data_row },
	[SECTION_CONTEXTS] = { "Contexts", { "Context", "When" }, doc_context_row },
	[SECTION_PROVENANCE] = { "Provenance", { NULL }, NULL },
};

/* ---- memory ---- */

void *doc_grow(void *list, unsigned nr, size_t size)
{
	list = must(reallocarray(list, nr + 1, size));
	memset((char *)list + nr * size, 0, size);
	return list;
}

char *doc_copy(const char *begin, size_t length)
{
	return must(strndup(begin, length));
}

/* ---- tables ---- */

void doc_enter_cell(struct doc_parser *p, const struct doc_cell *cell)
{
	p->r.at = cell->begin;
	p->r.stop = cell->end;
	p->r.in_cell = true;
}

void doc_trim(struct doc_cell *c)
{
	while (c->begin < c->end && (*c->begin == ' ' || *c->begin == '\t'))
		c->begin++;
	while (c->end > c->begin && (c->end[-1] == ' ' || c->end[-1] == '\t'))
		c->end--;
}

static unsigned columns_of(const struct section *s)
{
	unsigned n = 0;

	while (n < DOC_MAX_CELLS && s->column[n])
		n++;
	return n;
}

/* Cut the line at its bars; "\|" is no bar. */
static bool split_row(struct doc_parser *p, const struct section *s, struct doc_cell *cell)
{
	unsigned wanted = columns_of(s), n = 0;
	const char *from = p->r.at + 1;

	for (const char *q = from; q < p->r.stop; q++) {
		if (*q != '|' || q[-1] == '\\')
			continue;
		if (n < wanted) {
			cell[n] = (struct doc_cell){ from, q };
			doc_trim(&cell[n]);
		}
		n++;
		from = q + 1;
	}
	p->r.at = from;
	if (!doc_done(&p->r))
		return doc_expected(&p->r, p->r.stop, "'|' at the end of the row");
	if (n != wanted)
		return doc_wrong(&p->r, p->r.begin, "expected a row of %u cells, found %u", wanted,
				 n);
	return true;
}

static bool table_head(struct doc_parser *p, const struct section *s, const struct doc_cell *cell)
{
	for (unsigned i = 0; i < columns_of(s); i++) {
		doc_enter_cell(p, &cell[i]);
		if (!doc_take(&p->r, s->column[i]) || !doc_done(&p->r))
			return doc_expected(&p->r, cell[i].begin, "the column '%s'", s->column[i]);
	}
	return true;
}

static bool table_rule(struct doc_parser *p, const struct section *s, const struct doc_cell *cell)
{
	for (unsigned i = 0; i < columns_of(s); i++) {
		const char *q = cell[i].begin;

		while (q < cell[i].end && (*q == '-' || *q == ':'))
			q++;
		doc_enter_cell(p, &cell[i]);
		if (q < cell[i].end || q == cell[i].begin)
			return doc_expected(&p->r, q, "'---' below the column's title");
	}
	return true;
}

/* nr: lines of this table before. */
static bool table_line(struct doc_parser *p, const struct section *s, unsigned nr)
{
	struct doc_cell cell[DOC_MAX_CELLS] = { 0 };

	if (!split_row(p, s, cell))
		return false;
	if (!nr)
		return table_head(p, s, cell);
	return nr == 1 ? table_rule(p, s, cell) : s->row(p, cell);
}

/* ---- sections and blocks ---- */

void doc_section_begins(struct doc_reader *r, unsigned *section)
{
	const char *title;

	if (doc_take(r, "###"))
		return;
	*section = NR_SECTIONS;
	if (!doc_take(r, "## "))
		return;
	title = r->at;
	for (unsigned i = 0; i < NR_SECTIONS; i++) {
		r->at = title;
		if (doc_take(r, sections[i].title) && doc_done(r))
			*section = i;
	}
}

/* A heading of level 1 or 2 ends a section. */
static bool heading(struct doc_parser *p, const struct section **section)
{
	struct doc_reader *r = &p->r;
	const char *title;

	if (doc_take(r, "###"))
		return true;
	*section = NULL;
	if (!doc_take(r, "## "))
		return true;
	doc_done(r);
	title = r->at;
	for (unsigned i = 0; i < NR_SECTIONS; i++) {
		r->at = title;
		if (!doc_take(r, sections[i].title) || !doc_done(r))
			continue;
		if (p->section_line[i])
			return doc_wrong(r, title,
					 "expected one section '%s', found another in line %d",
					 sections[i].title, p->section_line[i]);
		p->section_line[i] = r->line;
		*section = &sections[i];
	}
	return true;
}

/* A block of code: a picture, an example, or a part of the order. */
static bool block(struct doc_parser *p, const struct section *section)
{
	struct doc_reader *r = &p->r;
	bool order = section == &sections[SECTION_ORDER];
	int line = r->line;
	const char *info;

	doc_take(r, "```");
	info = r->at;
	if (doc_take(r, "lock-order"))
		return order ? doc_order_block(p) :
			       doc_wrong(r, info,
					 "expected a lock-order block in the section 'Order' only");
	if (order && !doc_done(r) && !doc_take(r, "text"))
		return doc_expected(r, r->at, "'lock-order', 'text' or nothing");
	while (doc_line(r))
		if (doc_take(r, "```") && doc_done(r))
			return true;
	if (*r->err)
		return false;
	r->at = r->stop;
	return doc_wrong(r, r->stop,
			 "expected '```' to end the block of line %d, found the end of the file",
			 line);
}

static bool parse_lines(struct doc_parser *p)
{
	const struct section *section = NULL;
	unsigned rows = 0;

	while (doc_line(&p->r)) {
		const char *begin = p->r.begin;
		bool ok = true;

		if (doc_take(&p->r, "```")) {
			p->r.at = begin;
			ok = block(p, section);
			rows = 0;
		} else if (*begin == '#') {
			ok = heading(p, &section);
			rows = 0;
		} else if (section && section->row && *begin == '|') {
			p->r.at = begin;
			ok = table_line(p, section, rows++);
		} else {
			rows = 0;
			if (p->lint)
				doc_prose_line(p);
		}
		if (!ok)
			return false;
	}
	return !*p->r.err;
}

static bool all_sections(struct doc_parser *p)
{
	for (unsigned i = 0; i < NR_SECTIONS; i++)
		if (!p->section_line[i])
			return doc_wrong(&p->r, p->r.stop,
					 "expected a section '## %s', found the end of the file",
					 sections[i].title);
	return true;
}

struct lockdoc *lockdoc_lint(const struct lockdoc_model *model, const char *path, const char *text,
			     size_t length, struct lint *lint, char err[LOCKDOC_ERR])
{
	struct doc_parser p = { .doc = must(calloc(1, sizeof(*p.doc))), .lint = lint };
	bool good = false;

	doc_start(&p.r, path, text, length, err);
	p.doc->path = must(strdup(path));
	p.doc->model = model;
	/* Those who walk from begin to end need a begin, even if the list is empty. */
	p.doc->arc = doc_grow(NULL, 0, sizeof(*p.doc->arc));
	p.doc->apart = doc_grow(NULL, 0, sizeof(*p.doc->apart));
	if (length > LOCKDOC_MAX_TEXT)
		doc_wrong(&p.r, text, "expected at most %u bytes, found more", LOCKDOC_MAX_TEXT);
	else
		good = parse_lines(&p) && all_sections(&p) && doc_all_classes(&p) && doc_lint(&p);
	free(p.statement);
	/* From here on nobody needs the caller's path. */
	for (unsigned i = 0; i < p.doc->nr_arcs; i++)
		p.doc->arc[i].path = p.doc->path;
	if (good)
		return p.doc;
	lockdoc_free(p.doc);
	return NULL;
}

struct lockdoc *lockdoc_parse(const struct lockdoc_model *model, const char *path, const char *text,
			      size_t length, char err[LOCKDOC_ERR])
{
	return lockdoc_lint(model, path, text, length, NULL, err);
}
