/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be said when all of a document is known. */
#include "lockdoc/lint.h"

#include <string.h>

#include "lockdoc/closure.h"
#include "lockdoc/parse.h"
#include "rmap.h"

bool doc_finding(struct doc_parser *p, enum lint_kind kind)
{
	struct doc_reader *r = &p->r;

	if (!p->lint)
		return false;
	lint_add(p->lint, r->path, r->err_line, r->err_column, kind, "%s", r->err + r->err_text);
	r->err[0] = '\0';
	return true;
}

static const char *name_of(const struct doc_parser *p, unsigned class)
{
	return p->doc->model->classes[class].name;
}

static bool known_context(const struct lockdoc *doc, const char *ctx)
{
	for (unsigned i = 0; i < doc->nr_ctx; i++)
		if (!strcmp(doc->ctx[i], ctx))
			return true;
	return false;
}

static bool contexts_known(struct doc_parser *p)
{
	for (unsigned i = 0; i < p->doc->nr_arcs; i++) {
		const struct lockdoc_arc *a = &p->doc->arc[i];

		if (a->ctx && !known_context(p->doc, a->ctx) &&
		    !doc_wrong_at(&p->r, a->line, a->column,
				  "expected a context of 'Contexts', found '%s'", a->ctx) &&
		    !doc_finding(p, LINT_DEAD_NAME))
			return false;
	}
	return true;
}

/* ---- findings that are no errors ---- */

static void apart_or_ordered(struct doc_parser *p, const char *era)
{
	const struct lockdoc *doc = p->doc;
	struct lockdoc_allowed allowed;

	lockdoc_allowed_anywhere(doc, era, &allowed);
	for (const struct lockdoc_apart *x = doc->apart; x < doc->apart + doc->nr_aparts; x++) {
		bool forwards = allowed.wait[x->b] & BIT(x->a);

		if (forwards || allowed.wait[x->a] & BIT(x->b))
			lint_add(
				p->lint, doc->path, x->line, x->column, LINT_CONFLICT,
				"expected two classes without an order, found %s < %s, which follows from the arcs",
				name_of(p, forwards ? x->a : x->b),
				name_of(p, forwards ? x->b : x->a));
	}
}

/* Of all pairs: is there an era whose arcs say so, and one whose arcs say the opposite only? */
struct all_eras {
	u64 said[MAX_CLASSES];		/* said[b]: bits of the classes before b */
	u64 reversed[MAX_CLASSES];	/* reversed[a]: of the classes that come before a, and not after it */
};

static void ask_all_eras(const struct lockdoc *doc, struct all_eras *all)
{
	struct lockdoc_allowed allowed;

	*all = (struct all_eras){ 0 };
	for (const struct rmap_ops *const *era = rmap_providers; *era; era++) {
		lockdoc_allowed_anywhere(doc, (*era)->name, &allowed);
		for (unsigned a = 0; a < MAX_CLASSES; a++) {
			all->said[a] |= allowed.trylock[a];
			for (unsigned b = 0; b < MAX_CLASSES; b++)
				if (allowed.wait[a] & BIT(b) && !(allowed.trylock[b] & BIT(a)))
					all->reversed[a] |= BIT(b);
		}
	}
}

static void judge_statement(struct doc_parser *p, const struct all_eras *all, const struct doc_statement *s)
{
	bool reversed = all->reversed[s->before] & BIT(s->after);

	if (!(all->said[s->after] & BIT(s->before)) || reversed)
		lint_add(p->lint, p->doc->path, s->line, s->column, reversed ? LINT_CONFLICT : LINT_PROSE,
			 "expected arcs that say %s < %s, as this sentence does, found %s", name_of(p, s->before),
			 name_of(p, s->after), reversed ? "the opposite" : "none");
}

/* Classes of which the document says what they are but not where they stand. */
static void rows_have_places(struct doc_parser *p)
{
	const struct lockdoc *doc = p->doc;
	u64 placed = 0;

	for (const struct lockdoc_arc *a = doc->arc; a < doc->arc + doc->nr_arcs; a++)
		placed |= BIT(a->before) | BIT(a->after);
	for (unsigned i = 0; i < doc->nr_rows; i++)
		if (doc->row[i].class && !(placed & BIT(doc->row[i].class)))
			lint_add(p->lint, doc->path, doc->row[i].line, 1, LINT_GAP,
				 "expected a place of '%s' in the order, found none",
				 name_of(p, doc->row[i].class));
}

static void contexts_have_orders(struct doc_parser *p)
{
	const struct lockdoc *doc = p->doc;

	for (unsigned i = 0; i < doc->nr_ctx; i++) {
		bool found = false;

		for (unsigned j = 0; j < doc->nr_arcs; j++)
			found |= doc->arc[j].ctx && !strcmp(doc->arc[j].ctx, doc->ctx[i]);
		if (!found)
			lint_add(p->lint, doc->path, p->section_line[SECTION_CONTEXTS], 1, LINT_GAP,
				 "expected an order for the context '%s', found none", doc->ctx[i]);
	}
}

bool doc_lint(struct doc_parser *p)
{
	if (!contexts_known(p))
		return false;
	for (const struct rmap_ops *const *era = rmap_providers; *era; era++) {
		if (!doc_acyclic(p, (*era)->name, NULL))
			return false;
		for (unsigned i = 0; i < p->doc->nr_ctx; i++)
			if (!doc_acyclic(p, (*era)->name, p->doc->ctx[i]))
				return false;
		if (!p->lint)
			continue;
		apart_or_ordered(p, (*era)->name);
	}
	if (p->lint) {
		struct all_eras all;

		ask_all_eras(p->doc, &all);
		for (unsigned i = 0; i < p->nr_statements; i++)
			judge_statement(p, &all, &p->statement[i]);
		rows_have_places(p);
		contexts_have_orders(p);
	}
	return true;
}
