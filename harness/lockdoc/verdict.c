/* SPDX-License-Identifier: GPL-2.0-only */
/* Judging: see verdict.h. */
#include "lockdoc/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/must.h"
#include "lockdoc/closure.h"

void verdict_begin(struct verdict *v, const struct lockdoc *doc, const char *era)
{
	*v = (struct verdict){ .doc = doc, .era = era, .today = lockdoc_today() };
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

unsigned verdict_documented(const struct verdict *v)
{
	return v->doc->nr_arcs - v->nr_arcs[ARC_OTHER_ERA];
}

unsigned verdict_observed(const struct verdict *v)
{
	return v->nr_arcs[ARC_OBSERVED] + v->nr_arcs[ARC_STALE];
}

unsigned verdict_context(const struct verdict *v, const struct lockdoc_arc *a)
{
	const struct lockdoc_model *model = v->doc->model;
	unsigned context = a->ctx ? model->nr_contexts : 0;

	while (context && (context == model->nr_contexts || strcmp(model->contexts[context], a->ctx)))
		context--;
	return context;
}

const struct observed_witness *verdict_witness(const struct verdict *v, unsigned context,
					       unsigned before, unsigned after, bool trylock,
					       const char **scenario)
{
	const struct observed_witness *w =
		observed_find(&v->seen, context, before, after, trylock);

	*scenario = w ? v->scenario[w - v->seen.witness] : NULL;
	return w;
}

/* ---- arcs ---- */

/* What is known of one context. */
struct judge {
	unsigned context;
	const u64 *under, *under_try;
	struct lockdoc_allowed allowed;
	struct lockdep_order order;
	struct closure seen;
};

/* The pairs that were seen, as a graph. */
static void seen_graph(struct judge *j)
{
	memset(&j->seen, 0, sizeof(j->seen));
	for (unsigned after = 1; after < MAX_CLASSES; after++)
		for (u64 under = j->under[after]; under; under &= under - 1)
			j->seen.after[__builtin_ctzl(under)] |= BIT(after);
}

/* A waiver holds until its day, and as long as nobody sees what it says is not to be seen. */
static enum arc_verdict judge_unseen(const struct verdict *v, const struct lockdoc_arc *a)
{
	return (a->waiver || a->rare) && (!a->until || v->today <= a->until) ? ARC_WAIVED : ARC_NEVER;
}

static enum arc_verdict judge_arc(const struct verdict *v, const struct lockdoc_arc *a,
				  const struct judge *j)
{
	const u64 *under = a->trylock ? j->under_try : j->under;

	if (under[a->after] & BIT(a->before))
		return a->waiver ? ARC_STALE : ARC_OBSERVED;
	/* The other way round, or waited for where it may only be tried. */
	if (a->trylock ? j->under[a->after] & j->order.forbids[a->after] & BIT(a->before) :
			 j->under[a->before] & BIT(a->after))
		return ARC_CONTRADICTED;
	if (!a->trylock && closure_from(&j->seen, a->before) & BIT(a->after))
		return ARC_TRANSITIVE;
	return judge_unseen(v, a);
}

static void judge_arcs(struct verdict *v, const struct judge *j)
{
	for (unsigned i = 0; i < v->doc->nr_arcs; i++) {
		const struct lockdoc_arc *a = &v->doc->arc[i];

		if (!lockdoc_arc_in_era(a, v->era) || verdict_context(v, a) != j->context)
			continue;
		v->nr_arcs[v->arc[i]]--;
		v->arc[i] = (u8)judge_arc(v, a, j);
		v->nr_arcs[v->arc[i]]++;
	}
}

/* ---- pairs ---- */

static void add_pair(struct verdict *v, const struct judge *j, unsigned before, unsigned after,
		     bool trylock)
{
	const struct order_why *why = &j->order.why[before][after];
	bool forbidden = j->order.forbids[after] & BIT(before);
	struct verdict_pair *p;

	v->pair = must(reallocarray(v->pair, v->nr_pairs + 1, sizeof(*v->pair)));
	p = &v->pair[v->nr_pairs++];
	*p = (struct verdict_pair){
		.before = (u8)before, .after = (u8)after, .context = (u8)j->context, .trylock = trylock,
		.contradicted = forbidden && (!trylock || why->rule == ORDER_APART),
	};
	if (p->contradicted) {
		p->line = why->line;
		p->rule = why->rule;
	}
	v->undocumented += !p->contradicted;
	v->contradicted += p->contradicted;
}

static void judge_pairs(struct verdict *v, const struct judge *j, unsigned after)
{
	u64 strange = j->under[after] & ~j->allowed.wait[after];

	/* What the document both allows and forbids is never-together, and stays forbidden. */
	strange |= j->under[after] & j->order.forbids[after];
	for (; strange; strange &= strange - 1)
		add_pair(v, j, (unsigned)__builtin_ctzl(strange), after, false);
	/* Read sections of RCU begin anywhere: entering one waits for nothing. */
	if (v->doc->model->classes[after].wait == WAIT_RCU)
		return;
	strange = j->under_try[after] & (~j->allowed.trylock[after] | j->order.forbids[after]);
	for (; strange; strange &= strange - 1) {
		unsigned before = (unsigned)__builtin_ctzl(strange);

		if (!(j->allowed.trylock[after] & BIT(before)) ||
		    j->order.why[before][after].rule == ORDER_APART)
			add_pair(v, j, before, after, true);
	}
}

static void judge_context(struct verdict *v, unsigned context)
{
	const char *ctx = lockdoc_context(v->doc, context);
	struct judge *j;

	if (context && !ctx)
		return;
	j = must(calloc(1, sizeof(*j)));
	j->context = context;
	j->under = v->seen.under[context];
	j->under_try = v->seen.under_try[context];
	seen_graph(j);
	lockdoc_allowed(v->doc, v->era, ctx, &j->allowed);
	lockdoc_order(v->doc, v->era, ctx, &j->order);
	judge_arcs(v, j);
	for (unsigned after = 1; after < v->doc->model->nr; after++)
		judge_pairs(v, j, after);
	free(j);
}

static void judge_pins(struct verdict *v)
{
	u64 documented = 0;

	for (unsigned i = 0; i < v->doc->nr_pins; i++)
		documented |= BIT(v->doc->pin[i].class);
	v->pins_never = documented & ~v->seen.pinned;
	v->pins_undocumented = v->seen.pinned & ~documented;
	v->undocumented += (unsigned)__builtin_popcountl(v->pins_undocumented);
}

void verdict_judge(struct verdict *v)
{
	v->nr_arcs[ARC_OTHER_ERA] = v->doc->nr_arcs;
	for (unsigned context = 0; context < LOCK_CONTEXTS; context++)
		judge_context(v, context);
	judge_pins(v);
}

int verdict_status(const struct verdict *v)
{
	if (v->contradicted)
		return EXIT_FINDINGS;
	return v->undocumented ? EXIT_INCONCLUSIVE : EXIT_CLEAN;
}
