/* SPDX-License-Identifier: GPL-2.0-only */
/* Tests of the systematic search: golden counts, and that what is left out would have shown nothing new. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/verify_sim.h"

static const struct search_config all = { .method = SEARCH_ALL, .unusual = ~0u, .count_traces = true, .executions = 200000 };
static const struct search_config traces = { .method = SEARCH_TRACES, .unusual = ~0u };

/*
 * threads x rounds of { lock m1, plain, add to a, unlock, load b, lock m2, plain, store to c, unlock, store to b }: GenMC and
 * Nidhugg have the same numbers.
 */
static void eq3(struct sim_program *p, unsigned threads, unsigned rounds)
{
	memset(p, 0, sizeof(*p));
	p->threads = threads;
	for (unsigned t = 0; t < threads; t++)
		for (unsigned r = 0; r < rounds; r++) {
			sim_add(p, t, SIM_LOCK, 0, 0);
			sim_add(p, t, SIM_PLAIN, 0, 0);
			sim_add(p, t, SIM_ADD, 0, 1);
			sim_add(p, t, SIM_UNLOCK, 0, 0);
			sim_add(p, t, SIM_LOAD, 1, 0);
			sim_add(p, t, SIM_LOCK, 1, 0);
			sim_add(p, t, SIM_PLAIN, 1, 0);
			sim_add(p, t, SIM_STORE, 2, t * 8 + r + 1);
			sim_add(p, t, SIM_UNLOCK, 1, 0);
			sim_add(p, t, SIM_STORE, 1, t * 8 + r + 101);
		}
}

static void count(unsigned threads, unsigned rounds, u64 expected)
{
	struct sim_program p;
	struct sim_result r;

	eq3(&p, threads, rounds);
	sim_search(&p, &traces, &r);
	assert_int_equal(r.search.end, SEARCH_COMPLETE);
	assert_int_equal(r.search.traces, expected);
	assert_int_equal(r.search.executions, expected);
	sim_free(&r);
}

static void golden_counts(void **state)
{
	(void)state;
	count(2, 1, 12);
	count(2, 2, 286);
	count(3, 1, 612);
}

/* Seconds, but for a sanitizer. */
static void golden_count_of_many(void **state)
{
	(void)state;
#if defined(FLAVOUR_TSAN) || defined(FLAVOUR_ASAN) || defined(FLAVOUR_VALGRIND)
	skip();
#endif
	count(3, 2, 1640418);
}

/* The reduction ends in the same states, and breaks the same things, as every schedule does. */
static bool same_sets(struct hash_set *a, struct hash_set *b)
{
	bool same = a->nr == b->nr;

	for (u64 i = 0; i < b->cap && same; i++)
		same = !b->at[i] || !hash_set_add(a, b->at[i]);
	return same;
}

static const char *differ(struct sim_result *a, struct sim_result *r)
{
	if (a->search.end != SEARCH_COMPLETE || r->search.end != SEARCH_COMPLETE)
		return "a search was not complete";
	if (!same_sets(&a->states, &r->states))
		return "other states";
	if (a->search.traces != r->search.traces)
		return "other traces";
	return same_sets(&a->findings, &r->findings) ? NULL : "other findings";
}

/* What the programs had in them, so that a generator of nothing is noticed. */
struct tally {
	u64 compared, executions, traces, deadlocks, findings;
};

static bool agree(const struct sim_program *p, u64 seed, struct tally *t)
{
	struct sim_result a, r;
	const char *why = NULL;

	sim_search(p, &all, &a);
	if (a.search.end != SEARCH_CAPPED) {
		sim_search(p, &traces, &r);
		t->compared++;
		t->executions += a.search.executions;
		t->traces += r.search.traces;
		t->deadlocks += r.deadlocks > 0;
		t->findings += r.findings.nr > 0;
		why = differ(&a, &r);
		sim_free(&r);
	}
	sim_free(&a);
	if (why) {
		fprintf(stderr, "program %lu: %s\n", seed, why);
		sim_print(p);
	}
	return !why;
}

static u64 number(const char *name, u64 otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : otherwise;
}

/* VERIFY_FIRST, VERIFY_PROGRAMS and VERIFY_POINTS ask for other programs, and for more. */
static void reduction_agrees_with_exhaustive_search(void **state)
{
	u64 first = number("VERIFY_FIRST", 1), programs = number("VERIFY_PROGRAMS", 400);
	unsigned points = (unsigned)number("VERIFY_POINTS", 12), bad = 0;
	struct tally t = { 0 };
	struct sim_program p;

	(void)state;
	for (u64 seed = first; seed < first + programs && bad < 8; seed++) {
		sim_random(&p, seed, points);
		bad += !agree(&p, seed, &t);
	}
	assert_int_equal(bad, 0);
	if (getenv("VERIFY_PROGRAMS"))
		return;
	assert_true(t.compared >= 200 && t.deadlocks >= 10 && t.findings >= 10 && t.executions > 10 * t.traces);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_counts),
		cmocka_unit_test(golden_count_of_many),
		cmocka_unit_test(reduction_agrees_with_exhaustive_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
