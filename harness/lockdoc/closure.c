/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What follows from the arcs of a document. Sets of classes are bit sets; there are at most 64
 * classes, so the simple ways are quick enough.
 */
#include "lockdoc/closure.h"

#include <string.h>

#include "rmap.h"

static bool named(const char *eras, const char *era)
{
	for (;;) {
		size_t n = strcspn(eras, "+");

		if (n == strlen(era) && !memcmp(eras, era, n))
			return true;
		if (!eras[n])
			return false;
		eras += n + 1;
	}
}

bool lockdoc_era_has(const char *eras, const char *era)
{
	const struct rmap_ops *rmap;

	if (!era || !eras || named(eras, era))
		return true;
	rmap = rmap_find(era);
	return rmap && rmap->locks_as && named(eras, rmap->locks_as);
}

bool lockdoc_arc_in_era(const struct lockdoc_arc *arc, const char *era)
{
	return lockdoc_era_has(arc->era, era);
}

const char closure_any[] = "any";

static bool in_context(const struct lockdoc_arc *arc, const char *ctx)
{
	return ctx == closure_any ? true :
	       arc->ctx && ctx	  ? !strcmp(arc->ctx, ctx) :
				    !arc->ctx && !ctx;
}

bool closure_takes(const struct lockdoc_arc *arc, const char *era, const char *ctx)
{
	return in_context(arc, ctx) && !arc->trylock && lockdoc_arc_in_era(arc, era);
}

void closure_direct(const struct lockdoc *doc, const char *era, const char *ctx, struct closure *c)
{
	memset(c, 0, sizeof(*c));
	for (const struct lockdoc_arc *a = doc->arc; a < doc->arc + doc->nr_arcs; a++)
		if (closure_takes(a, era, ctx))
			c->after[a->before] |= BIT(a->after);
}

u64 closure_from(const struct closure *c, unsigned class)
{
	u64 seen = 0, todo = c->after[class];

	while (todo) {
		unsigned next = (unsigned)__builtin_ctzl(todo);

		seen |= BIT(next);
		todo = (todo | c->after[next]) & ~seen;
	}
	return seen;
}

/*
 * Steps from the end backwards, level by level: next[a] is then the first class behind a on a
 * shortest way to the end.
 */
u64 closure_ways(const struct closure *c, unsigned end, u8 next[MAX_CLASSES])
{
	u64 reached = BIT(end), level = reached;

	while (level) {
		u64 found = 0;

		for (unsigned a = 0; a < MAX_CLASSES; a++) {
			if (reached & BIT(a) || !(c->after[a] & level))
				continue;
			next[a] = (u8)__builtin_ctzl(c->after[a] & level);
			found |= BIT(a);
		}
		reached |= found;
		level = found;
	}
	return reached & ~BIT(end);
}

/* ---- what is allowed ---- */

void lockdoc_allowed(const struct lockdoc *doc, const char *era, const char *ctx,
		     struct lockdoc_allowed *allowed)
{
	struct closure c;

	memset(allowed, 0, sizeof(*allowed));
	closure_direct(doc, era, ctx, &c);
	for (unsigned a = 1; a < doc->model->nr; a++)
		for (u64 after = closure_from(&c, a); after; after &= after - 1)
			allowed->wait[__builtin_ctzl(after)] |= BIT(a);
	/* What may be tried under a class may be tried under all that the class may be under. */
	memcpy(allowed->trylock, allowed->wait, sizeof(allowed->wait));
	for (const struct lockdoc_arc *a = doc->arc; a < doc->arc + doc->nr_arcs; a++)
		if (a->trylock && in_context(a, ctx) && lockdoc_arc_in_era(a, era))
			allowed->trylock[a->after] |= allowed->wait[a->before] | BIT(a->before);
}

void lockdoc_allowed_anywhere(const struct lockdoc *doc, const char *era,
			      struct lockdoc_allowed *allowed)
{
	struct lockdoc_allowed one;

	lockdoc_allowed(doc, era, NULL, allowed);
	for (unsigned i = 0; i < doc->nr_ctx; i++) {
		lockdoc_allowed(doc, era, doc->ctx[i], &one);
		for (unsigned c = 0; c < MAX_CLASSES; c++) {
			allowed->wait[c] |= one.wait[c];
			allowed->trylock[c] |= one.trylock[c];
		}
	}
}

/* ---- what is forbidden ---- */

static int line_of(const struct lockdoc *doc, const char *era, const char *ctx, unsigned before,
		   unsigned after)
{
	for (const struct lockdoc_arc *a = doc->arc; a < doc->arc + doc->nr_arcs; a++)
		if (a->before == before && a->after == after && closure_takes(a, era, ctx))
			return a->line;
	return 0;
}

static void forbid(struct lockdep_order *o, unsigned held, unsigned class, enum order_rule rule,
		   unsigned next, int line)
{
	if (o->forbids[class] & BIT(held))
		return;
	o->forbids[class] |= BIT(held);
	o->why[held][class] = (struct order_why){ (u8)rule, (u8)next, (u32)line };
}

/* Under held nothing may be waited for that is before it. */
static void forbid_reverse(const struct lockdoc *doc, const char *era, const char *ctx,
			   const struct lockdoc_allowed *allowed, struct lockdep_order *o)
{
	struct closure c;
	u8 next[MAX_CLASSES];

	closure_direct(doc, era, ctx, &c);
	for (unsigned held = 1; held < doc->model->nr; held++)
		for (u64 before = closure_ways(&c, held, next); before; before &= before - 1) {
			unsigned class = (unsigned)__builtin_ctzl(before);

			if (!(allowed->wait[class] & BIT(held)))
				forbid(o, held, class, ORDER_REVERSED, next[class],
				       line_of(doc, era, ctx, class, next[class]));
		}
}

void lockdoc_order(const struct lockdoc *doc, const char *era, const char *ctx,
		   struct lockdep_order *o)
{
	struct lockdoc_allowed allowed;

	memset(o, 0, sizeof(*o));
	o->source = doc->path;
	lockdoc_allowed(doc, era, ctx, &allowed);
	forbid_reverse(doc, era, ctx, &allowed, o);
	for (const struct lockdoc_arc *a = doc->arc; a < doc->arc + doc->nr_arcs; a++)
		if (a->trylock && in_context(a, ctx) && lockdoc_arc_in_era(a, era) &&
		    !(allowed.wait[a->after] & BIT(a->before)))
			forbid(o, a->before, a->after, ORDER_TRY_ONLY, 0, a->line);
	for (const struct lockdoc_apart *p = doc->apart; p < doc->apart + doc->nr_aparts; p++) {
		forbid(o, p->a, p->b, ORDER_APART, 0, p->line);
		forbid(o, p->b, p->a, ORDER_APART, 0, p->line);
	}
}
