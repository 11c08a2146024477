/* SPDX-License-Identifier: GPL-2.0-only */
/* The corpus: see corpus.h. */
#include "fuzz/corpus.h"

#include "explore/rng.h"
#include "minimise/cut.h"

static u32 most_used(const struct corpus *c)
{
	u32 worst = 0;

	for (u32 i = 1; i < c->nr; i++)
		if (c->entry[i].used > c->entry[worst].used)
			worst = i;
	return worst;
}

void corpus_add(struct corpus *c, struct scenario *scn, u32 novelties)
{
	struct corpus_entry *e = &c->entry[c->nr];

	if (c->nr == CORPUS_MAX) {
		e = &c->entry[most_used(c)];
		scn_free(e->scn);
	} else {
		c->nr++;
	}
	*e = (struct corpus_entry){ .scn = scn, .novelties = novelties };
}

void corpus_free(struct corpus *c)
{
	while (c->nr)
		scn_free(c->entry[--c->nr].scn);
}

/* How much may still be expected of it. In a long scenario two statements that race are less likely to meet. */
static u64 promise(const struct corpus_entry *e)
{
	return ((u64)e->novelties + 1) * 65536 / (e->used + 1) / (8 + cut_size(e->scn));
}

const struct scenario *corpus_pick(struct corpus *c, u64 *rng)
{
	struct corpus_entry *a, *b;

	if (!c->nr)
		return NULL;
	a = &c->entry[rng_below(rng, c->nr)];
	b = &c->entry[rng_below(rng, c->nr)];
	if (promise(b) > promise(a))
		a = b;
	a->used++;
	return a->scn;
}

const struct scenario *corpus_any(const struct corpus *c, u64 *rng)
{
	return c->nr ? c->entry[rng_below(rng, c->nr)].scn : NULL;
}
