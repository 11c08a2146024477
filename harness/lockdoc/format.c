/* SPDX-License-Identifier: GPL-2.0-only */
/* The canonical form: see format.h. The text has been parsed already, so that nothing in it can be wrong any more. */
#define _GNU_SOURCE
#include "lockdoc/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "lockdoc/parse.h"

#define NOTE_COLUMN 32

struct formatter {
	struct doc_parser p;		/* its reader goes over the text once more */
	unsigned section;		/* enum doc_section; NR_SECTIONS: none that is read */
	int indent[DOC_MAX_DEPTH];	/* of the open levels of a tree */
	int depth;
	FILE *out;
};

/* ---- pieces ---- */

/* A line as it stands there, with its end. */
static void keep_line(struct formatter *f)
{
	fwrite(f->p.r.begin, 1, (size_t)(f->p.r.next - f->p.r.begin), f->out);
}

static void end_line(struct formatter *f)
{
	fwrite(f->p.r.stop, 1, (size_t)(f->p.r.next - f->p.r.stop), f->out);
}

static void put_cell(const struct doc_cell *c, FILE *out)
{
	fwrite(c->begin, 1, (size_t)(c->end - c->begin), out);
}

/* A class by its name, whatever it is called there, and how it is taken. */
static void put_member(struct formatter *f)
{
	struct doc_reader *r = &f->p.r;
	size_t n;

	doc_take(r, "->");
	n = doc_want_name(r, "a lock class");
	fputs(f->p.doc->model->classes[doc_known(f->p.doc, r->at, n)].name, f->out);
	r->at += n;
	if (!doc_take(r, ":"))
		return;
	n = doc_want_name(r, "a mode");
	fprintf(f->out, ":%.*s", (int)n, r->at);
	r->at += n;
}

static void put_set(struct formatter *f, const char *between)
{
	put_member(f);
	while (doc_take(&f->p.r, ",") || doc_take(&f->p.r, "or")) {
		fputs(between, f->out);
		put_member(f);
	}
}

static void put_row(struct formatter *f)
{
	put_set(f, ", ");
	while (doc_take(&f->p.r, "<")) {
		fputs(" < ", f->out);
		put_set(f, ", ");
	}
}

/* What stands in parentheses, in one line, with single blanks. The reader stands behind the first one. */
static void put_note(struct formatter *f)
{
	struct doc_reader *r = &f->p.r;
	bool blank = false, begun = false;	/* a blank before what follows; anything but blanks so far */

	fputc('(', f->out);
	for (int depth = 1; depth;) {
		char c = r->at < r->stop ? *r->at++ : '\n';

		if (c == '\n' && !doc_line(r))
			return;
		if (c == ' ' || c == '\t' || c == '\n') {
			blank = begun;
			continue;
		}
		depth += (c == '(') - (c == ')');
		if (blank && depth)
			fputc(' ', f->out);
		fputc(c, f->out);
		blank = false;
		begun = true;
	}
}

static void put_attrs(struct formatter *f)
{
	static const struct {
		enum doc_key key;
		const char *form;
	} order[] = {
		{ KEY_ERA, "era=%.*s" }, { KEY_UNEXERCISED, "unexercised=\"%.*s\"" }, { KEY_RARE, "rare=\"%.*s\"" },
		{ KEY_UNTIL, "until=%.*s" },
	};
	struct doc_attrs attrs = { 0 };
	unsigned nr = 0;

	doc_braces(&f->p, ~0u, &attrs);
	for (unsigned i = 0; i < ARRAY_SIZE(order); i++) {
		const struct doc_cell *v = &attrs.value[order[i].key];

		if (!v->begin)
			continue;
		fputs(nr++ ? "; " : " {", f->out);
		fprintf(f->out, order[i].form, (int)(v->end - v->begin), v->begin);
	}
	if (nr)
		fputc('}', f->out);
}

/* Note and attributes; the note begins in this column, or two behind. */
static void put_tail(struct formatter *f, int column, int at)
{
	if (doc_take(&f->p.r, "(")) {
		fprintf(f->out, "%*s", at + 2 > column ? 2 : column - at, "");
		put_note(f);
	}
	put_attrs(f);
}

static void put_remark(struct formatter *f, const char *before)
{
	struct doc_reader *r = &f->p.r;
	const char *end = r->stop;

	if (doc_done(r))
		return;
	while (end > r->at && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	fprintf(f->out, "%s%.*s", before, (int)(end - r->at), r->at);
}

/* ---- blocks ---- */

static void block_head(struct formatter *f)
{
	struct doc_reader *r = &f->p.r;

	fputs("```lock-order", f->out);
	while (!doc_done(r)) {
		size_t n = doc_want_name(r, "a key");

		fprintf(f->out, " %.*s=", (int)n, r->at);
		r->at += n;
		doc_take(r, "=");
		n = doc_want_name(r, "a name");
		fprintf(f->out, "%.*s", (int)n, r->at);
		r->at += n;
	}
	end_line(f);
	f->depth = 0;
}

/* How many of the open levels are above a line with this indentation. */
static int level_of(const struct formatter *f, int indent)
{
	int level = f->depth;

	while (level && f->indent[level - 1] >= indent)
		level--;
	return level;
}

static void tree_line(struct formatter *f, int indent)
{
	long begin = ftell(f->out);

	f->depth = level_of(f, indent);
	fprintf(f->out, "%*s", 2 * f->depth, "");
	f->indent[f->depth++] = indent;
	put_set(f, " or ");
	put_tail(f, NOTE_COLUMN, (int)(ftell(f->out) - begin));
}

static void block_line(struct formatter *f)
{
	struct doc_reader *r = &f->p.r;
	int indent = doc_indentation(r);
	long begin = ftell(f->out);

	if (r->at == r->stop) {
		f->depth = 0;
	} else if (doc_is_row(r)) {
		put_row(f);
		put_tail(f, NOTE_COLUMN, (int)(ftell(f->out) - begin));
		doc_take(r, ";");
		fputc(';', f->out);
	} else if (*r->at == '#') {
		fprintf(f->out, "%*s", 2 * level_of(f, indent), "");
		put_remark(f, "");
		r->at = r->stop;
	} else {
		tree_line(f, indent);
	}
	put_remark(f, "  ");
	end_line(f);
}

/* A block of code: only a part of the order is read. */
static void block(struct formatter *f)
{
	struct doc_reader *r = &f->p.r;
	bool order;

	doc_take(r, "```");
	order = f->section == SECTION_ORDER && doc_take(r, "lock-order");
	if (order)
		block_head(f);
	else
		keep_line(f);
	while (doc_line(r)) {
		const char *begin = r->at;
		bool end = doc_take(r, "```") && doc_done(r);

		r->at = begin;
		if (end || !order)
			keep_line(f);
		else
			block_line(f);
		if (end)
			return;
	}
}

/* ---- tables ---- */

static bool is_rule(const struct doc_cell *c)
{
	for (const char *q = c->begin; q < c->end; q++)
		if (*q != '-' && *q != ':')
			return false;
	return c->begin < c->end;
}

/* `a < b:try` and the like. */
static void put_exception(struct formatter *f, const struct doc_cell *c)
{
	struct doc_reader *r = &f->p.r;
	const char *at = r->at, *stop = r->stop;

	doc_enter_cell(&f->p, c);
	doc_take(r, "`");
	fputc('`', f->out);
	if (doc_take(r, "never-together")) {
		fputs("never-together ", f->out);
		put_set(f, ", ");
	} else if (doc_take(r, "pin")) {
		fputs("pin ", f->out);
		put_member(f);
	} else {
		put_row(f);
		put_tail(f, 0, 0);
	}
	fputc('`', f->out);
	r->at = at;
	r->stop = stop;
	r->in_cell = false;
}

static void table_line(struct formatter *f, unsigned line)
{
	struct doc_reader *r = &f->p.r;
	const char *from = r->begin + 1;
	unsigned column = 0;

	fputc('|', f->out);
	for (const char *q = from; q < r->stop; q++) {
		struct doc_cell c = { from, q };

		if (*q != '|' || q[-1] == '\\')
			continue;
		doc_trim(&c);
		fputs(c.begin < c.end ? " " : "", f->out);
		if (line == 1 && is_rule(&c))
			fprintf(f->out, "%s---%s", *c.begin == ':' ? ":" : "", c.end[-1] == ':' ? ":" : "");
		else if (line > 1 && !column && f->section == SECTION_EXCEPTIONS)
			put_exception(f, &c);
		else
			put_cell(&c, f->out);
		fputs(" |", f->out);
		column++;
		from = q + 1;
	}
	end_line(f);
}

static bool is_table(const struct formatter *f)
{
	return f->section != SECTION_ORDER && f->section < SECTION_PROVENANCE && *f->p.r.begin == '|';
}

static void format_lines(struct formatter *f)
{
	struct doc_reader *r = &f->p.r;
	unsigned rows = 0;

	while (doc_line(r)) {
		if (is_table(f)) {
			table_line(f, rows++);
			continue;
		}
		rows = 0;
		if (doc_take(r, "```")) {
			r->at = r->begin;
			block(f);
			continue;
		}
		if (*r->begin == '#')
			doc_section_begins(r, &f->section);
		keep_line(f);
	}
}

char *lockdoc_format(const struct lockdoc_model *model, const char *path, const char *text, size_t *length,
		     char err[LOCKDOC_ERR])
{
	struct lockdoc *doc = lockdoc_parse(model, path, text, *length, err);
	struct formatter f = { .p.doc = doc, .section = NR_SECTIONS };
	char *formatted = NULL;
	size_t given = *length;

	if (!doc)
		return NULL;
	f.out = must(open_memstream(&formatted, length));
	doc_start(&f.p.r, path, text, given, err);
	format_lines(&f);
	fclose(f.out);
	lockdoc_free(doc);
	return must(formatted);
}
