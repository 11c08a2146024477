/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Generated and mutated scenarios: all of them parse, all are what their text says, and none breaks a contract.
 *
 * Random tests are seeded: a failure is the same in every run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/contract.h"
#include "fuzz/corpus.h"
#include "fuzz/coverage.h"
#include "fuzz/generate.h"
#include "fuzz/mutate.h"
#include "minimise/cut.h"

#define SEEDS 800u

static char *printed(const struct scenario *scn)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	scn_print(scn, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static struct scenario *generated(u64 seed)
{
	u64 rng = rng_start(seed, 0, 'g');

	return generate(&rng);
}

/* What was parsed is what was printed, and obeys the contracts without a change. */
static void assert_well_made(struct scenario *scn)
{
	struct scenario *again;
	struct scn_error err;
	char *text = printed(scn), *kept;

	assert_string_equal(text, scn->text);
	again = scn_parse("again.scn", text, strlen(text), &err);
	if (!again)
		fail_msg("%s\nin:\n%s", err.text, text);
	contract_keep(again);
	kept = printed(again);
	assert_string_equal(kept, text);
	assert_in_range(scn->nr_threads, 1, DRAFT_THREADS);
	free(kept);
	free(text);
	scn_free(again);
}

static void every_seed_parses(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		struct scenario *scn = generated(seed);

		assert_well_made(scn);
		scn_free(scn);
	}
}

static void same_seed_same_text(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < 50; seed++) {
		struct scenario *a = generated(seed), *b = generated(seed), *c = generated(seed + 1);

		assert_string_equal(a->text, b->text);
		assert_string_not_equal(a->text, c->text);
		scn_free(a);
		scn_free(b);
		scn_free(c);
	}
}

static void mutations_keep_the_contracts(void **state)
{
	struct scenario *scn = generated(1), *other = generated(2);
	unsigned changed = 0;
	u64 rng = 3;

	(void)state;
	for (unsigned i = 0; i < 4 * SEEDS; i++) {
		struct scenario *next = mutate(scn, other, &rng);

		assert_well_made(next);
		changed += strcmp(next->text, scn->text) != 0;
		if (!(i % 7)) {
			scn_free(other);
			other = generated(i);
		}
		scn_free(scn);
		scn = next;
	}
	assert_in_range(changed, 3 * SEEDS, 4 * SEEDS);
	scn_free(scn);
	scn_free(other);
}

static void same_mutations_same_text(void **state)
{
	struct scenario *scn = generated(1), *other = generated(2);

	(void)state;
	for (u64 i = 0; i < 50; i++) {
		u64 rng = i, again = i;
		struct scenario *a = mutate(scn, other, &rng), *b = mutate(scn, other, &again);

		assert_string_equal(a->text, b->text);
		scn_free(a);
		scn_free(b);
	}
	scn_free(scn);
	scn_free(other);
}

/* Each operation of the language is said by somebody. */
static void all_operations_are_used(void **state)
{
	bool used[SOP_NR] = { false }, group = false;

	(void)state;
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		struct scenario *scn = generated(seed);

		for (unsigned body = 0; body < draft_bodies(scn); body++) {
			const struct scn_body *b = draft_body(scn, body);

			for (unsigned i = 0; i < b->nr; i++)
				if (draft_is_op(&b->stmt[i]))
					used[b->stmt[i].op] = true;
				else
					group = true;
		}
		scn_free(scn);
	}
	for (unsigned op = 0; op < SOP_NR; op++)
		if (!used[op])
			fail_msg("nobody says %s", scn_ops[op].name);
	assert_true(group);
}

/* Chains of several generations, with exits in the middle of them. */
static bool no_reclaim(unsigned op)
{
	/* And nothing of huge pages, which sequences do not have. */
	if (op == SOP_SPLIT || op == SOP_COLLAPSE || op == SOP_RETRACT || op == SOP_HUGETLB_POOL || op == SOP_HUGETLB)
		return false;
	return op != SOP_RECLAIM && op != SOP_AGE_MEMCG && (op < SOP_MUTEX || op > SOP_SPINLOCK) &&
	       (op < SOP_FAIL_ALLOC || op > SOP_DOWNGRADE_WRITE) && op != SOP_RCU_READ_LOCK && op != SOP_RCU_READ_UNLOCK;
}

static bool no_reclaim_in(const struct scn_stmt *s)
{
	return no_reclaim(s->op);
}

/* A sequence has one thread, only what is wanted, and no value twice; of what is wanted, everything. */
static void sequences_are_plain(void **state)
{
	bool used[SOP_NR] = { false };

	(void)state;
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		u64 rng = rng_start(seed, 0, 'h'), values = 0;
		struct scenario *scn = generate_sequence(&rng, no_reclaim_in);

		assert_well_made(scn);
		assert_int_equal(scn->nr_threads, 1);
		for (unsigned body = 0; body < draft_bodies(scn); body++) {
			const struct scn_body *b = draft_body(scn, body);

			for (unsigned i = 0; i < b->nr; i++) {
				const struct scn_stmt *s = &b->stmt[i];

				if (!draft_is_op(s))
					continue;
				assert_true(no_reclaim(s->op));
				used[s->op] = true;
				assert_false(s->op == SOP_READ && s->has_value);
				if (s->op != SOP_WRITE)
					continue;
				assert_true(s->value > values);
				values = s->value;
			}
		}
		scn_free(scn);
	}
	for (unsigned op = 0; op < SOP_NR; op++)
		assert_int_equal(used[op], no_reclaim(op));
}

static void families_are_deep(void **state)
{
	unsigned deep = 0, orphans = 0;

	(void)state;
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		struct scenario *scn = generated(seed);
		struct family f;
		unsigned depth = 0;

		draft_family(scn, &f);
		for (unsigned i = 0; i < scn->nr_names; i++)
			depth = f.depth[i] > depth ? f.depth[i] : depth;
		deep += depth >= 3;
		for (unsigned body = 0; body < draft_bodies(scn); body++) {
			const struct scn_body *b = draft_body(scn, body);

			for (unsigned i = 0; i < b->nr; i++)
				orphans += b->stmt[i].op == SOP_EXIT && f.children[b->stmt[i].subject] &&
					   f.parent[b->stmt[i].subject] >= 0;
		}
		scn_free(scn);
	}
	assert_true(deep > SEEDS / 5);
	assert_true(orphans > SEEDS / 5);
}

/* ---- what contracts take away ---- */

static const struct contract_case {
	const char *before, *after;	/* bodies, without the header */
} cases[] = {
	/* Two threads that wait for each other's names. */
	{ "setup { mm P } thread t1 { C = D: fork } thread t2 { D = C: fork }",
	  "\nsetup {\n\tmm P\n}\n\nthread t1 {\n}\n" },
	/* Locks in one order, given back. */
	{ "setup { mutex m rwsem s } thread t1 { down_write s lock m } thread t2 { lock m }",
	  "\nsetup {\n\tmutex m\n\trwsem s\n}\n\nthread t1 {\n\tdown_write s\n\tup_write s\n}\n\nthread t2 {\n\tlock m\n\tunlock m\n}\n" },
	/* Nothing sleeps under a spinlock. */
	{ "setup { spinlock l mm P } thread t1 { lock l P: exit unlock l }",
	  "\nsetup {\n\tspinlock l\n\tmm P\n}\n\nthread t1 {\n\tlock l\n\tunlock l\n}\n" },
	/* A name of another thread is not waited for under a lock. */
	{ "setup { mutex m mm P } thread t1 { lock m C: exit unlock m } thread t2 { lock m C = P: fork unlock m }",
	  "\nsetup {\n\tmutex m\n\tmm P\n}\n\nthread t1 {\n\tlock m\n\tunlock m\n}\n\n"
	  "thread t2 {\n\tlock m\n\tC = P: fork\n\tunlock m\n}\n" },
	/* What is expected must be certain, and is then corrected. */
	{ "setup { mm P P: a = mmap anon 2 P: write a[0] = 3 } thread t1 { P: read a[0] == 7 P: read a[1] == 7 } "
	  "thread t2 { P: write a[1] = 1 }",
	  "\nsetup {\n\tmm P\n\tP: a = mmap anon 2\n\tP: write a[0] = 3\n}\n\nthread t1 {\n\tP: read a[0] == 3\n\tP: read a[1]\n}\n\n"
	  "thread t2 {\n\tP: write a[1] = 1\n}\n" },
	{ "setup { mm P P: a = mmap anon 1 } thread t1 { P: read a[0] == 7 } thread t2 { P: munmap a }",
	  "\nsetup {\n\tmm P\n\tP: a = mmap anon 1\n}\n\nthread t1 {\n\tP: read a[0]\n}\n\nthread t2 {\n\tP: munmap a\n}\n" },
	/* Another family has other areas at the same addresses. */
	{ "setup { mm P mm Q P: a = mmap anon 1 Q: b = mmap anon 1 } thread t1 { P: read a[0] == 7 } thread t2 { P: write b[0] = 2 }",
	  "\nsetup {\n\tmm P\n\tmm Q\n\tP: a = mmap anon 1\n\tQ: b = mmap anon 1\n}\n\nthread t1 {\n\tP: read a[0]\n}\n\n"
	  "thread t2 {\n\tP: write b[0] = 2\n}\n" },
	/* A failure in set-up would be one of every execution. */
	{ "setup { mm P fail_alloc 1 } thread t1 { fail_alloc 2 }",
	  "\nsetup {\n\tmm P\n}\n\nthread t1 {\n\tfail_alloc 2\n}\n" },
	/* A group neither gives back what was taken before it nor keeps what was taken in it. */
	{ "setup { mutex m } thread t1 { repeat 2 { lock m } repeat 3 { unlock m } }",
	  "\nsetup {\n\tmutex m\n}\n\nthread t1 {\n\trepeat 2 {\n\t\tlock m\n\t\tunlock m\n\t}\n}\n" },
};

static void contracts_are_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[1024], wanted[1024], *kept;
		struct scenario *scn;
		struct scn_error err;

		snprintf(text, sizeof(text), "scenario s %s", cases[i].before);
		snprintf(wanted, sizeof(wanted), "scenario s\n%s", cases[i].after);
		scn = scn_parse("case.scn", text, strlen(text), &err);
		if (!scn)
			fail_msg("%s", err.text);
		contract_keep(scn);
		kept = printed(scn);
		assert_string_equal(kept, wanted);
		free(kept);
		scn_free(scn);
	}
}

/* ---- corpus and coverage ---- */

static void features_count_once(void **state)
{
	static struct coverage a, b;

	(void)state;
	assert_true(coverage_add(&a, FEATURE_LOCKS, 5));
	assert_false(coverage_add(&a, FEATURE_LOCKS, 5));
	assert_true(coverage_add(&a, FEATURE_RACES, 5));
	assert_true(coverage_add(&b, FEATURE_RACES, 5));
	assert_true(coverage_add(&b, FEATURE_RACES, (1u << FEATURE_BITS) - 1));
	assert_false(coverage_add(&b, FEATURE_RACES, (1u << FEATURE_BITS) + 5));
	coverage_merge(&a, &b);
	coverage_merge(&a, &b);
	assert_int_equal(a.nr[FEATURE_LOCKS], 1);
	assert_int_equal(a.nr[FEATURE_RACES], 2);
	assert_true(coverage_has(&a, feature_id(FEATURE_RACES, (1u << FEATURE_BITS) - 1)));
	assert_false(coverage_has(&a, feature_id(FEATURE_SHAPES, 5)));
}

/* What promises more is drawn more often; whoever is used promises less; a full corpus stays full. */
static void corpus_prefers_what_promises(void **state)
{
	static struct corpus c;
	u64 rng = 1;

	(void)state;
	assert_null(corpus_pick(&c, &rng));
	assert_null(corpus_any(&c, &rng));
	corpus_add(&c, generated(1), 1);
	corpus_add(&c, generated(1), 100);
	for (unsigned i = 0; i < 200; i++)
		corpus_pick(&c, &rng);
	assert_int_equal(c.entry[0].used + c.entry[1].used, 200);
	assert_true(c.entry[1].used > 2 * c.entry[0].used);
	for (unsigned i = 2; i < CORPUS_MAX; i++)
		corpus_add(&c, generated(1), 1);
	corpus_add(&c, generated(2), 7);
	assert_int_equal(c.nr, CORPUS_MAX);
	assert_int_equal(c.entry[1].novelties, 7);
	corpus_free(&c);
	assert_int_equal(c.nr, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_seed_parses),
		cmocka_unit_test(same_seed_same_text),
		cmocka_unit_test(mutations_keep_the_contracts),
		cmocka_unit_test(same_mutations_same_text),
		cmocka_unit_test(all_operations_are_used),
		cmocka_unit_test(sequences_are_plain),
		cmocka_unit_test(families_are_deep),
		cmocka_unit_test(contracts_are_kept),
		cmocka_unit_test(features_count_once),
		cmocka_unit_test(corpus_prefers_what_promises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
