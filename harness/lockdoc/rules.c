/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * "## Data rules" and "## Contexts". A data rule names the locks under which a member is read and
 * written; here its classes and its form are checked.
 *
 *	expr = term { "\|" term }     term = atom { "&" atom }
 *	atom = class [ ":R" | ":W" ] [ "(" selector ")" ] | "none" | "(" expr ")"
 */
#include "lockdoc/parse.h"

#include <string.h>

#define MAX_NESTING 8
#define MAX_CONTEXTS (LOCK_CONTEXTS - 1)

static bool expression(struct doc_parser *p, unsigned depth);

/* Whose lock, of the many of its class. */
static bool selector(struct doc_parser *p)
{
	static const char *const text[] = { "same", "root", "owner", "any" };

	if (!doc_take(&p->r, "("))
		return true;
	for (unsigned i = 0; i < ARRAY_SIZE(text); i++)
		if (doc_take(&p->r, text[i]))
			return doc_want(&p->r, ")");
	return doc_expected(&p->r, p->r.at, "'same', 'root', 'owner' or 'any'");
}

static bool atom(struct doc_parser *p, unsigned depth)
{
	struct doc_reader *r = &p->r;
	u8 class;

	if (doc_take(r, "(")) {
		if (depth == MAX_NESTING)
			return doc_wrong(r, r->at - 1,
					 "expected at most %d nested parentheses, found more",
					 MAX_NESTING);
		return expression(p, depth + 1) && doc_want(r, ")");
	}
	if (doc_take(r, "none"))
		return true;
	if (!doc_class(p, &class))
		return false;
	if (doc_take(r, ":") && !doc_take(r, "R") && !doc_take(r, "W"))
		return doc_expected(r, r->at, "'R' or 'W'");
	return selector(p);
}

static bool expression(struct doc_parser *p, unsigned depth)
{
	do {
		if (!atom(p, depth))
			return false;
	} while (doc_take(&p->r, "&") || doc_take(&p->r, "\\|"));
	return true;
}

/* An expression in backquotes and a remark, or one of them. */
static bool rule_cell(struct doc_parser *p, const struct doc_cell *cell)
{
	struct doc_reader *r = &p->r;

	doc_enter_cell(p, cell);
	if (doc_done(r))
		return doc_expected(r, r->at, "a rule");
	return !doc_take(r, "`") || (expression(p, 0) && doc_want(r, "`"));
}

static bool members(struct doc_parser *p, const struct doc_cell *cell)
{
	struct doc_reader *r = &p->r;

	doc_enter_cell(p, cell);
	do {
		size_t n;

		if (!doc_want(r, "`"))
			return false;
		n = doc_want_name(r, "a member");
		if (!n)
			return false;
		if (!memchr(r->at, '.', n))
			return doc_expected(r, r->at, "a member of a structure ('vma.vm_start')");
		r->at += n;
		if (!doc_want(r, "`"))
			return false;
	} while (doc_take(r, ","));
	return doc_done(r) || doc_expected(r, r->at, "',' or the end of the cell");
}

bool doc_data_row(struct doc_parser *p, const struct doc_cell *cell)
{
	return members(p, &cell[0]) && rule_cell(p, &cell[1]) && rule_cell(p, &cell[2]);
}

static bool of_the_model(const struct lockdoc_model *model, const char *name, size_t n)
{
	for (unsigned i = 1; i < model->nr_contexts; i++)
		if (strlen(model->contexts[i]) == n && !memcmp(model->contexts[i], name, n))
			return true;
	return false;
}

bool doc_context_row(struct doc_parser *p, const struct doc_cell *cell)
{
	struct doc_reader *r = &p->r;
	struct lockdoc *doc = p->doc;
	const char *name;
	size_t n;

	doc_enter_cell(p, &cell[0]);
	if (!doc_want(r, "`"))
		return false;
	name = r->at;
	n = doc_want_name(r, "the name of a context");
	if (!n)
		return false;
	if (!of_the_model(doc->model, name, n) &&
	    !doc_expected(r, name, "a context of the model") && !doc_finding(p, LINT_DEAD_NAME))
		return false;
	if (doc->nr_ctx == MAX_CONTEXTS)
		return doc_wrong(r, name, "expected at most %d contexts, found more", MAX_CONTEXTS);
	doc->ctx = doc_grow(doc->ctx, doc->nr_ctx, sizeof(*doc->ctx));
	doc->ctx[doc->nr_ctx++] = doc_copy(name, n);
	r->at += n;
	return doc_want(r, "`");
}
