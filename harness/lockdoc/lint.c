/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be said when all of a document is known: contexts that nobody explains, cycles. */
#include "lockdoc/parse.h"

#include <stdio.h>
#include <string.h>

#include "lockdoc/closure.h"
#include "rmap.h"

#define BIT(n) (1ul << (n))

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

		if (a->ctx && !known_context(p->doc, a->ctx))
			return doc_wrong_at(&p->r, a->line, a->column,
					    "expected a context of 'Contexts', found '%s'", a->ctx);
	}
	return true;
}

/* The arc closes a cycle: tell the way from its end back to its beginning. */
static bool report_cycle(struct doc_parser *p, const struct lockdoc_arc *closing,
			 const u8 next[MAX_CLASSES])
{
	const struct lock_class *classes = p->doc->model->classes;
	char way[300];
	int n = snprintf(way, sizeof(way), "%s", classes[closing->before].name);
	unsigned class = closing->after;

	for (; class != closing->before && n < (int)sizeof(way); class = next[class])
		n += snprintf(way + n, sizeof(way) - (size_t)n, " < %s", classes[class].name);
	return doc_wrong_at(&p->r, closing->line, closing->column,
			    "expected an order without a cycle, found %s < %s (E-CYCLE)", way,
			    classes[closing->before].name);
}

/* Arc by arc, so that the place of the error is the first one that cannot be. */
static bool acyclic(struct doc_parser *p, const char *era, const char *ctx)
{
	const struct lockdoc *doc = p->doc;
	struct closure c = { { 0 } };
	u8 next[MAX_CLASSES];

	for (const struct lockdoc_arc *a = doc->arc; a < doc->arc + doc->nr_arcs; a++) {
		if (!closure_takes(a, era, ctx))
			continue;
		c.after[a->before] |= BIT(a->after);
		if (closure_ways(&c, a->before, next) & BIT(a->after))
			return report_cycle(p, a, next);
	}
	return true;
}

bool doc_lint(struct doc_parser *p)
{
	if (!contexts_known(p))
		return false;
	for (const struct rmap_ops *const *era = rmap_providers; *era; era++) {
		if (!acyclic(p, (*era)->name, NULL))
			return false;
		for (unsigned i = 0; i < p->doc->nr_ctx; i++)
			if (!acyclic(p, (*era)->name, p->doc->ctx[i]))
				return false;
	}
	return true;
}
