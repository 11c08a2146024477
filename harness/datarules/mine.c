/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules that follow from what was seen, with LockDoc's thresholds.
 *
 * A hypothesis is a set of locks; its support is the share of accesses at which all of them were held. Only sets that are just
 * what two accesses have in common can be best: each set of a row, and each intersection of such sets.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "datarules/datarules.h"
#include "lockdoc/parse.h"

#define MAX_HYPOTHESES 256u

#define ACCEPT_PERCENT 90		/* of accesses must be under the rule */
#define NO_LOCK_PERCENT 5		/* of accesses without a lock: then none is needed */
#define CUT_OFF_PERCENT 10		/* what is held more rarely is chance */
#define STRICTER_PERCENT 5		/* may be given up for a stricter rule */

struct hypotheses {
	struct held_set set[MAX_HYPOTHESES];
	u64 support[MAX_HYPOTHESES];
	unsigned nr;
};

/* A subclass is but another name for the same locks, and to be in reclaim is no lock. */
static u64 without_subclasses(const struct lockdoc_model *model, u64 set)
{
	u64 plain = 0;

	for (u8 c = 1; c < model->nr; c++)
		if (!strchr(model->classes[c].name, '/') && model->classes[c].wait != WAIT_PSEUDO && set & doc_subclasses(model, c))
			plain |= BIT(c);
	return plain;
}

static struct held_set set_of(const struct lockdoc_model *model, const struct data_row *r)
{
	struct held_set l;

	for (unsigned mode = 0; mode < 2; mode++) {
		l.held[mode] = without_subclasses(model, r->held[mode]);
		l.own[mode] = without_subclasses(model, r->own[mode]);
	}
	return l;
}

static struct held_set common(const struct held_set *a, const struct held_set *b)
{
	return (struct held_set){ { a->held[0] & b->held[0], a->held[1] & b->held[1] },
			       { a->own[0] & b->own[0], a->own[1] & b->own[1] } };
}

static bool all_held(const struct held_set *wanted, const struct held_set *by)
{
	struct held_set c = common(wanted, by);

	return !memcmp(&c, wanted, sizeof(c));
}

static void add(struct hypotheses *h, struct held_set set)
{
	for (unsigned i = 0; i < h->nr; i++)
		if (!memcmp(&h->set[i], &set, sizeof(set)))
			return;
	if (h->nr < MAX_HYPOTHESES)
		h->set[h->nr++] = set;
}

/* With each new set come the intersections with those before. */
static void suppose(struct hypotheses *h, struct held_set set)
{
	unsigned nr = h->nr;

	add(h, set);
	for (unsigned i = 0; i < nr; i++)
		add(h, common(&h->set[i], &set));
}

static unsigned strictness(const struct held_set *l)
{
	return (unsigned)(__builtin_popcountl(l->held[0]) + __builtin_popcountl(l->held[1]) + __builtin_popcountl(l->own[0]) +
			  __builtin_popcountl(l->own[1]));
}

static bool accepted(u64 support, u64 best, u64 total)
{
	return support * 100 >= total * ACCEPT_PERCENT && support * 100 + total * STRICTER_PERCENT >= best * 100;
}

static bool is_chance(const struct hypotheses *h, unsigned i, u64 total)
{
	return !h->set[i].held[LOCK_READ] || h->support[i] * 100 < total * CUT_OFF_PERCENT;
}

/* The strictest of those that are accepted and cost little against the best of them. */
static void mine_one(const struct hypotheses *h, struct mined_rule *rule)
{
	u64 best = 0;

	for (unsigned i = 0; i < h->nr; i++)
		if (!is_chance(h, i, rule->total))
			best = max(best, h->support[i]);
	for (unsigned i = 0; i < h->nr; i++) {
		unsigned more = strictness(&h->set[i]), than = rule->nr ? strictness(&rule->set[0]) : 0;

		if (is_chance(h, i, rule->total) || !accepted(h->support[i], best, rule->total))
			continue;
		if (rule->nr && (more < than || (more == than && h->support[i] <= rule->satisfied)))
			continue;
		rule->set[0] = h->set[i];
		rule->satisfied = h->support[i];
		rule->nr = 1;
	}
}

/* How much two sets ask for: each class counts, and then it is better to know more exactly how it is held. */
static unsigned burden(const struct held_set set[2])
{
	unsigned classes = 0, exact = 0;

	for (unsigned i = 0; i < 2; i++) {
		classes += (unsigned)__builtin_popcountl(set[i].held[LOCK_READ]);
		exact += strictness(&set[i]);
	}
	return classes * 1024 - exact;
}

static u64 support(const struct held_set *set, unsigned nr_sets, const struct held_set *row, const struct data_row *const *of,
		   unsigned nr)
{
	u64 n = 0;

	for (unsigned i = 0; i < nr; i++)
		if (all_held(&set[0], &row[i]) || (nr_sets > 1 && all_held(&set[1], &row[i])))
			n += of[i]->count;
	return n;
}

/*
 * A member that two parties share, each under a lock of its own, like the range of a VMA: no set is accepted, but two together are.
 * Those with the fewest locks in them that cover as much as any two.
 */
static void mine_two(const struct hypotheses *h, const struct held_set *row, const struct data_row *const *of, unsigned nr,
		     struct mined_rule *rule)
{
	for (unsigned i = 0; i < h->nr; i++) {
		for (unsigned k = i + 1; k < h->nr && !is_chance(h, i, rule->total); k++) {
			bool first = h->support[i] >= h->support[k];	/* what covers more stands first */
			const struct held_set set[2] = { h->set[first ? i : k], h->set[first ? k : i] };
			u64 n;

			if (is_chance(h, k, rule->total) || h->support[i] + h->support[k] < rule->satisfied)
				continue;
			n = support(set, 2, row, of, nr);
			if (!accepted(n, n, rule->total) || n < rule->satisfied)
				continue;
			if (rule->nr && n == rule->satisfied && burden(set) >= burden(rule->set))
				continue;
			memcpy(rule->set, set, sizeof(set));
			rule->satisfied = n;
			rule->nr = 2;
		}
	}
}

struct mined_rule mine_rule(const struct lockdoc_model *model, const struct data_row *const *row, unsigned nr)
{
	struct hypotheses *h = must(calloc(1, sizeof(*h)));
	struct held_set *set = must(calloc(nr + 1, sizeof(*set)));
	struct mined_rule rule = { .nr = 0 };
	u64 without = 0;

	for (unsigned i = 0; i < nr; i++) {
		set[i] = set_of(model, row[i]);
		rule.total += row[i]->count;
		without += set[i].held[LOCK_READ] ? 0 : row[i]->count;
		suppose(h, set[i]);
	}
	for (unsigned k = 0; k < h->nr; k++)
		h->support[k] = support(&h->set[k], 1, set, row, nr);
	if (without * 100 < rule.total * NO_LOCK_PERCENT)
		mine_one(h, &rule);
	if (!rule.nr && without * 100 < rule.total * NO_LOCK_PERCENT)
		mine_two(h, set, row, nr, &rule);
	if (!rule.nr)
		rule.satisfied = rule.total;
	free(set);
	free(h);
	return rule;
}
