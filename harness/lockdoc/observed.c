/* SPDX-License-Identifier: GPL-2.0-only */
/* Collecting the pairs of classes that were seen: see observed.h. */
#include "lockdoc/observed.h"

#include <stdio.h>

#include "machine.h"

_Static_assert(MAX_EDGES < 65535, "a witness has a number of two bytes");

const struct observed_witness *observed_find(const struct observed *o, unsigned context,
					     unsigned before, unsigned after, bool trylock)
{
	unsigned at = o->at[context][trylock][after][before];

	return at ? &o->witness[at - 1] : NULL;
}

struct observed_witness *observed_add(struct observed *o, unsigned context, unsigned before,
				      unsigned after, bool trylock)
{
	u64 *under = trylock ? &o->under_try[context][after] : &o->under[context][after];
	struct observed_witness *w = &o->witness[o->nr_witnesses];
	bool known = *under & BIT(before);

	*under |= BIT(before);
	if (known || o->nr_witnesses == MAX_EDGES)
		return NULL;
	o->at[context][trylock][after][before] = (u16)++o->nr_witnesses;
	w->before = (u8)before;
	w->after = (u8)after;
	w->context = (u8)context;
	w->trylock = trylock;
	return w;
}

/* ---- from a machine ---- */

static void add_edge(struct observed *o, const struct lock_edge *e)
{
	struct observed_witness *w = observed_add(o, e->context, e->before, e->after, e->trylock);

	if (!w)
		return;
	snprintf(w->held, sizeof(w->held), "%s:%d", e->held_site->file, e->held_site->line);
	snprintf(w->acquired, sizeof(w->acquired), "%s:%d", e->acquired_site->file,
		 e->acquired_site->line);
}

/* The machine's words for one context. */
struct words {
	unsigned context;
	const u64 *under, *under_try;
};

static struct words words_of(unsigned context)
{
	const struct lockdep *ld = &machine->lockdep;

	if (context)
		return (struct words){ context, ld->context_under[context],
				       ld->context_under_try[context] };
	return (struct words){ 0, ld->under, ld->under_try };
}

static u64 unknown(const struct observed *o, const struct words *w, unsigned nr)
{
	u64 fresh = 0;

	for (unsigned c = 1; c < nr; c++)
		fresh |= (w->under[c] & ~o->under[w->context][c]) |
			 (w->under_try[c] & ~o->under_try[w->context][c]);
	return fresh;
}

static void add_edges(struct observed *o, unsigned nr)
{
	const struct lockdep *ld = &machine->lockdep;

	for (u32 i = 0; i < min(ld->nr_edges, (u32)MAX_EDGES); i++)
		if (ld->edge[i].before < nr && ld->edge[i].after && ld->edge[i].after < nr)
			add_edge(o, &ld->edge[i]);
}

static void count(struct observed *o, const u16 *at, u64 under)
{
	for (; under; under &= under - 1)
		if (at[__builtin_ctzl(under)])
			o->witness[at[__builtin_ctzl(under)] - 1].executions++;
}

/* Pairs whose witness the machine had no room for are known all the same. */
static void count_all(struct observed *o, const struct words *w, unsigned nr, u64 mask)
{
	for (unsigned c = 1; c < nr; c++) {
		o->under[w->context][c] |= w->under[c] & mask;
		o->under_try[w->context][c] |= w->under_try[c] & mask;
		count(o, o->at[w->context][false][c], w->under[c] & mask);
		count(o, o->at[w->context][true][c], w->under_try[c] & mask);
	}
}

/* After nearly every execution there is nothing new, and that must cost little. */
void observed_harvest(struct observed *o, unsigned nr)
{
	u64 mask = nr < MAX_CLASSES ? BIT(nr) - 1 : ~0ul;

	o->pinned |= machine->lockdep.pinned & mask;
	for (unsigned context = 0; context < LOCK_CONTEXTS; context++) {
		struct words w = words_of(context);

		if (context && !machine->lockdep.context[context])
			continue;
		if (unknown(o, &w, nr) & mask)
			add_edges(o, nr);
		count_all(o, &w, nr, mask);
	}
}

/* ---- from others ---- */

static void merge_witness(struct observed *o, const struct observed_witness *from)
{
	struct observed_witness *w =
		observed_add(o, from->context, from->before, from->after, from->trylock);
	u16 at = o->at[from->context][from->trylock][from->after][from->before];

	if (w)
		*w = *from;
	else if (at)
		o->witness[at - 1].executions += from->executions;
}

unsigned observed_merge(struct observed *o, const struct observed *from)
{
	unsigned had = o->nr_witnesses;

	o->pinned |= from->pinned;
	for (u32 i = 0; i < from->nr_witnesses; i++)
		merge_witness(o, &from->witness[i]);
	for (unsigned x = 0; x < LOCK_CONTEXTS; x++)
		for (unsigned c = 0; c < MAX_CLASSES; c++) {
			o->under[x][c] |= from->under[x][c];
			o->under_try[x][c] |= from->under_try[x][c];
		}
	return o->nr_witnesses - had;
}
