/* SPDX-License-Identifier: GPL-2.0-only */
/* Judging: see verdict.h. */
#include "lockdoc/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/must.h"
#include "lockdoc/closure.h"

#define BIT(n) (1ul << (n))

void verdict_begin(struct verdict *v, const struct lockdoc *doc, const char *era)
{
	*v = (struct verdict){ .doc = doc, .era = era };
	v->arc = must(calloc(doc->nr_arcs + 1, 1));
}

void verdict_free(struct verdict *v)
{
	free(v->arc);
	free(v->pair);
}

void verdict_add(struct verdict *v, const struct observed *seen, const char *scenario)
{
	unsigned fresh = observed_merge(&v->seen, seen);

	while (fresh--)
		v->scenario[v->seen.nr_witnesses - 1 - fresh] = scenario;
}

/* ---- arcs ---- */

/* The pairs that were seen, as a graph. */
static void seen_graph(const struct observed *seen, struct closure *c)
{
	memset(c, 0, sizeof(*c));
	for (unsigned after = 1; after < MAX_CLASSES; after++)
		for (u64 under = seen->under[after]; under; under &= under - 1)
			c->after[__builtin_ctzl(under)] |= BIT(after);
}

static enum arc_verdict judge_arc(const struct verdict *v, const struct lockdoc_arc *a,
				  const struct closure *seen)
{
	const u64 *under = a->trylock ? v->seen.under_try : v->seen.under;

	if (!lockdoc_arc_in_era(a, v->era))
		return ARC_OTHER_ERA;
	if (under[a->after] & BIT(a->before))
		return ARC_OBSERVED;
	if (!a->trylock && closure_from(seen, a->before) & BIT(a->after))
		return ARC_TRANSITIVE;
	return a->waiver ? ARC_WAIVED : ARC_NEVER;
}

/* ---- pairs ---- */

struct judge {
	struct lockdoc_allowed allowed;
	struct lockdep_order order;
	struct closure seen;
};

static void add_pair(struct verdict *v, const struct judge *j, unsigned before, unsigned after,
		     bool trylock)
{
	struct verdict_pair *p;

	v->pair = must(reallocarray(v->pair, v->nr_pairs + 1, sizeof(*v->pair)));
	p = &v->pair[v->nr_pairs++];
	*p = (struct verdict_pair){ .before = (u8)before, .after = (u8)after, .trylock = trylock };
	p->contradicted = !trylock && j->order.forbids[after] & BIT(before);
	if (p->contradicted)
		p->line = j->order.why[before][after].line;
	v->undocumented += !p->contradicted;
	v->contradicted += p->contradicted;
}

static void judge_pairs(struct verdict *v, const struct judge *j, unsigned after)
{
	u64 strange = v->seen.under[after] & ~j->allowed.wait[after];

	/* What the document both allows and forbids is never-together, and stays forbidden. */
	strange |= v->seen.under[after] & j->order.forbids[after];
	for (; strange; strange &= strange - 1)
		add_pair(v, j, (unsigned)__builtin_ctzl(strange), after, false);
	/* Read sections of RCU begin anywhere: entering one waits for nothing. */
	if (v->doc->model->classes[after].wait == WAIT_RCU)
		return;
	strange = v->seen.under_try[after] & ~j->allowed.trylock[after];
	for (; strange; strange &= strange - 1)
		add_pair(v, j, (unsigned)__builtin_ctzl(strange), after, true);
}

void verdict_judge(struct verdict *v)
{
	struct judge *j = must(calloc(1, sizeof(*j)));

	seen_graph(&v->seen, &j->seen);
	lockdoc_allowed(v->doc, v->era, &j->allowed);
	lockdoc_order(v->doc, v->era, &j->order);
	for (unsigned i = 0; i < v->doc->nr_arcs; i++) {
		v->arc[i] = (u8)judge_arc(v, &v->doc->arc[i], &j->seen);
		v->nr_arcs[v->arc[i]]++;
	}
	for (unsigned after = 1; after < v->doc->model->nr; after++)
		judge_pairs(v, j, after);
	free(j);
}

int verdict_status(const struct verdict *v)
{
	if (v->contradicted)
		return EXIT_FINDINGS;
	return v->undocumented ? EXIT_INCONCLUSIVE : EXIT_CLEAN;
}
