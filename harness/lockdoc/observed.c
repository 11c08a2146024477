/* SPDX-License-Identifier: GPL-2.0-only */
/* Collecting the pairs of classes that were seen: see observed.h. */
#include "lockdoc/observed.h"

#include <stdio.h>

#include "machine.h"

#define BIT(n) (1ul << (n))

const struct observed_witness *observed_find(const struct observed *o, unsigned before,
					     unsigned after, bool trylock)
{
	for (const struct observed_witness *w = o->witness; w < o->witness + o->nr_witnesses; w++)
		if (w->before == before && w->after == after && w->trylock == trylock)
			return w;
	return NULL;
}

/* True if the pair was not known. */
static bool add_pair(struct observed *o, unsigned before, unsigned after, bool trylock)
{
	u64 *under = trylock ? &o->under_try[after] : &o->under[after];
	bool known = *under & BIT(before);

	*under |= BIT(before);
	return !known;
}

static void add_edge(struct observed *o, const struct lock_edge *e)
{
	struct observed_witness *w = &o->witness[o->nr_witnesses];

	if (!add_pair(o, e->before, e->after, e->trylock) || o->nr_witnesses == MAX_EDGES)
		return;
	o->nr_witnesses++;
	w->before = e->before;
	w->after = e->after;
	w->trylock = e->trylock;
	snprintf(w->held, sizeof(w->held), "%s:%d", e->held_site->file, e->held_site->line);
	snprintf(w->acquired, sizeof(w->acquired), "%s:%d", e->acquired_site->file,
		 e->acquired_site->line);
}

/* After nearly every execution there is nothing new, and that must cost little. */
void observed_harvest(struct observed *o, unsigned nr)
{
	const struct lockdep *ld = &machine->lockdep;
	u64 fresh = 0, mask = nr < MAX_CLASSES ? BIT(nr) - 1 : ~0ul;

	for (unsigned c = 1; c < nr; c++)
		fresh |= (ld->under[c] & ~o->under[c]) | (ld->under_try[c] & ~o->under_try[c]);
	if (!(fresh & mask))
		return;
	for (u32 i = 0; i < min(ld->nr_edges, (u32)MAX_EDGES); i++)
		if (ld->edge[i].before < nr && ld->edge[i].after && ld->edge[i].after < nr)
			add_edge(o, &ld->edge[i]);
	/* Pairs whose witness the machine had no room for. */
	for (unsigned c = 1; c < nr; c++) {
		o->under[c] |= ld->under[c] & mask;
		o->under_try[c] |= ld->under_try[c] & mask;
	}
}

unsigned observed_merge(struct observed *o, const struct observed *from)
{
	unsigned had = o->nr_witnesses;

	for (u32 i = 0; i < from->nr_witnesses; i++) {
		const struct observed_witness *w = &from->witness[i];

		if (add_pair(o, w->before, w->after, w->trylock) && o->nr_witnesses < MAX_EDGES)
			o->witness[o->nr_witnesses++] = *w;
	}
	for (unsigned c = 0; c < MAX_CLASSES; c++) {
		o->under[c] |= from->under[c];
		o->under_try[c] |= from->under_try[c];
	}
	return o->nr_witnesses - had;
}
