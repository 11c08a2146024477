/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each era pays, as far as it is counted: memory by what it should be kept for, and how the steps of walks, forks and exits grow.
 * What is timed is only looked at for being there.
 */
#include "bench/eras.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define FAMILY(...) (&(const struct era_family){ __VA_ARGS__ })

static void wants(const struct rmap_ops *rmap, const struct era_family *f, unsigned links, unsigned anon_vmas)
{
	const struct era_memory m = era_memory(rmap, f);

	assert_int_equal(m.mappings, f->processes * f->pages);
	assert_int_equal(m.links, links);
	assert_int_equal(m.anon_vmas, anon_vmas);
	assert_int_equal(!m.bytes, !links && !anon_vmas);
}

/* A link for each mapping, but for pages that are mapped once. */
static void chains_of_entries_grow_with_mappings(void **state)
{
	(void)state;
	wants(&rmap_pte_chain, FAMILY(1, 16), 0, 0);
	wants(&rmap_pte_chain, FAMILY(2, 1), 2, 0);
	wants(&rmap_pte_chain, FAMILY(4, 16), 64, 0);
	wants(&rmap_pte_chain, FAMILY(16, 16), 256, 0);
	wants(&rmap_pte_chain, FAMILY(4, 16, true), 64, 0);
	assert_int_equal(era_memory(&rmap_pte_chain, FAMILY(4, 16)).bytes, 64 * 2 * sizeof(void *));
}

/* One object for a family, whoever is in it and whatever it has. */
static void lists_are_one_for_a_family(void **state)
{
	const size_t one = era_memory(&rmap_anon_list, FAMILY(1, 1)).bytes;

	(void)state;
	wants(&rmap_anon_list, FAMILY(1, 1), 0, 1);
	wants(&rmap_anon_list, FAMILY(1, 64), 0, 1);
	wants(&rmap_anon_list, FAMILY(64, 1), 0, 1);
	wants(&rmap_anon_list, FAMILY(16, 16, true), 0, 1);
	assert_int_equal(era_memory(&rmap_anon_list, FAMILY(64, 1)).bytes, one);
}

/* Each process has an anon_vma of its own, and a link to each ancestor's; how many pages there are does not matter. */
static void chains_grow_with_ancestors(void **state)
{
	(void)state;
	for (unsigned pages = 1; pages <= 64; pages *= 8) {
		wants(&rmap_anon_chain, FAMILY(1, pages), 1, 1);
		wants(&rmap_anon_chain, FAMILY(4, pages), 1 + 3 * 2, 4);
		wants(&rmap_anon_chain, FAMILY(16, pages), 1 + 15 * 2, 16);
		wants(&rmap_anon_chain, FAMILY(4, pages, true), 4 * 5 / 2, 4);
		wants(&rmap_anon_chain, FAMILY(16, pages, true), 16 * 17 / 2, 16);
	}
}

static u64 steps(const struct rmap_ops *rmap, const struct era_family *f, enum era_work work)
{
	const struct era_cost cost = era_cost(rmap, f, work);

	assert_true(cost.seconds > 0);
	assert_true(cost.steps > 0);
	return cost.steps;
}

/* A walk of a page that all have comes by each of them: as much more for each one. */
static void walks_of_all_grow_alike(void **state)
{
	(void)state;
	for (const struct rmap_ops *const *p = rmap_providers; *p; p++) {
		const u64 four = steps(*p, FAMILY(4, 1), ERA_WALK_SHARED), eight = steps(*p, FAMILY(8, 1), ERA_WALK_SHARED),
			  sixteen = steps(*p, FAMILY(16, 1), ERA_WALK_SHARED);

		assert_true(eight - four >= 4);
		assert_int_equal(sixteen - eight, 2 * (eight - four));
	}
}

/* A page that one has alone: only a list is that of the whole family. */
static void walks_of_one_grow_with_lists_only(void **state)
{
	(void)state;
	for (const struct rmap_ops *const *p = rmap_providers; *p; p++) {
		const u64 two = steps(*p, FAMILY(2, 1), ERA_WALK_OWN), many = steps(*p, FAMILY(32, 1), ERA_WALK_OWN);

		if (*p == &rmap_anon_list)
			assert_true(many - two >= 30);
		else
			assert_int_equal(many, two);
	}
}

/* A fork copies entries; but only a chain of ancestors makes it dearer for who has many. */
static void forks_grow_with_ancestors_of_chains_only(void **state)
{
	(void)state;
	for (const struct rmap_ops *const *p = rmap_providers; *p; p++) {
		const u64 few = steps(*p, FAMILY(4, 4, true), ERA_FORK), many = steps(*p, FAMILY(32, 4, true), ERA_FORK);

		assert_true(steps(*p, FAMILY(1, 64), ERA_FORK) > steps(*p, FAMILY(1, 4), ERA_FORK) + 60);
		assert_true(steps(*p, FAMILY(1, 64), ERA_EXIT) > steps(*p, FAMILY(1, 4), ERA_EXIT) + 60);
		if (*p == &rmap_anon_chain)
			assert_true(many - few >= 28);
		else
			assert_int_equal(many, few);
	}
}

/* A page is taken from each that has it, one after the other, and written and freed but once. */
static void reclaims_grow_with_mappings(void **state)
{
	(void)state;
	for (const struct rmap_ops *const *p = rmap_providers; *p; p++) {
		const u64 one = steps(*p, FAMILY(1, 1), ERA_RECLAIM), eight = steps(*p, FAMILY(8, 1), ERA_RECLAIM),
			  sixteen = steps(*p, FAMILY(16, 1), ERA_RECLAIM), many = steps(*p, FAMILY(256, 1), ERA_RECLAIM);

		assert_true(one >= 20);
		assert_true(sixteen - eight >= 8 * 8);
		assert_true(many - sixteen >= 240 * 8 && many - sixteen <= 240 * 32);
	}
}

/* As many as a night asks for. */
static void there_is_room_for_a_thousand(void **state)
{
	(void)state;
	for (const struct rmap_ops *const *p = rmap_providers; *p; p++) {
		assert_true(steps(*p, FAMILY(1000, 1), ERA_WALK_SHARED) >= 1000);
		assert_true(steps(*p, FAMILY(1000, 1), ERA_RECLAIM) >= 1000 * 8);
	}
}

/* What is counted is so again. */
static void counts_repeat(void **state)
{
	(void)state;
	for (const struct rmap_ops *const *p = rmap_providers; *p; p++)
		for (unsigned w = 0; w < NR_ERA_WORKS; w++)
			assert_int_equal(steps(*p, FAMILY(8, 8), w), steps(*p, FAMILY(8, 8), w));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains_of_entries_grow_with_mappings), cmocka_unit_test(lists_are_one_for_a_family),
		cmocka_unit_test(chains_grow_with_ancestors), cmocka_unit_test(walks_of_all_grow_alike),
		cmocka_unit_test(walks_of_one_grow_with_lists_only), cmocka_unit_test(forks_grow_with_ancestors_of_chains_only),
		cmocka_unit_test(reclaims_grow_with_mappings), cmocka_unit_test(there_is_room_for_a_thousand),
		cmocka_unit_test(counts_repeat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
