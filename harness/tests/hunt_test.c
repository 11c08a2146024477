/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hunts come to: percentiles and sums over seeds, tiers, how many seeds are enough.
 *
 * Concurrency: one thread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "defects.h"
#include "fits.h"
#include "hunt_batch.h"

static void tiers_are_by_number(void **state)
{
	static const struct {
		const char *name;
		unsigned tier;
	} expected[] = {
		{ "Z01", 1 },	   { "Z10e", 1 }, { "Z14-peek", 1 }, { "Z24", 1 },	 { "Z25", 2 },	       { "Z33b", 2 },
		{ "Z36-held", 2 }, { "Z38", 2 },  { "Z39", 3 },	     { "Z46-twice", 3 }, { "Z49", 3 },	       { "Z50", 0 },
		{ "H1", 0 },	   { "Z", 0 },	  { "canary-tear", 0 }, { "ksm-root", 0 }, { "take-all-hugetlb", 1 },
		{ "take-all-mutex", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		if (hunt_tier(expected[i].name) != expected[i].tier)
			fail_msg("%s: tier %u, expected %u", expected[i].name, hunt_tier(expected[i].name), expected[i].tier);
}

/* A row that is called after the catalogue has a tier, and so has one that the table of other names has. */
static void defects_of_the_catalogue_have_tiers(void **state)
{
	unsigned nr[HUNT_TIERS + 1] = { 0 };

	(void)state;
	for (int i = 0; i < CORE_NR_DEFECTS; i++) {
		unsigned tier = hunt_tier(core_defects[i].name);

		assert_in_range(tier, 0, HUNT_TIERS);
		if (core_defects[i].name[0] == 'Z' && !tier)
			fail_msg("%s has no tier", core_defects[i].name);
		nr[tier]++;
	}
	for (unsigned i = 1; i <= HUNT_TIERS; i++)
		assert_in_range(nr[i], 2, CORE_NR_DEFECTS);
	assert_int_equal(hunt_tier(core_defects[D_TAKE_ALL_HUGETLB].name), 1);
}

static void percentiles_are_numbers_of_the_sample(void **state)
{
	double v[100];

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(v); i++)
		v[i] = i + 1;
	for (unsigned percent = 1; percent <= 100; percent++)
		assert_true(hunt_percentile(v, 100, percent) == percent);
	assert_true(hunt_percentile(v, 1, 95) == 1);
	assert_true(hunt_percentile(v, 5, 95) == 5);
	assert_true(hunt_percentile(v, 20, 95) == 19);
	assert_true(hunt_percentile(v, 21, 95) == 20);
	assert_true(hunt_percentile(v, 3, 0) == 1);
	assert_true(hunt_median(v, 1) == 1);
	assert_true(hunt_median(v, 2) == 2);
	assert_true(hunt_median(v, 5) == 3);
	assert_true(hunt_median(v, 10) == 6);
}

static void one_in_twenty_may_miss(void **state)
{
	char text[64];

	(void)state;
	for (unsigned seeds = 1; seeds < 20; seeds++)
		assert_int_equal(hunt_enough(seeds), seeds);
	assert_int_equal(hunt_enough(20), 19);
	assert_int_equal(hunt_enough(39), 38);
	assert_int_equal(hunt_enough(40), 38);
	assert_string_equal(hunts_enough_text(20, text), " in at least 19 of 20 seeds");
	assert_string_equal(hunts_enough_text(5, text), " in all 5 seeds");
	assert_string_equal(hunts_enough_text(1, text), " in 1 seed");
}

static struct hunt_result *of_seed(struct hunt_result *r, u64 executions, double seconds, enum oracle oracle)
{
	r->done = 1;
	r->found = oracle != 0;
	r->executions = executions;
	r->elapsed_s = seconds;
	r->finding.oracle = oracle;
	return r;
}

static void seeds_are_summed_up(void **state)
{
	static struct hunt_result r[6];
	struct hunt_sum s;

	(void)state;
	of_seed(&r[0], 20000, 9.0, 0);		/* looked everywhere, in vain */
	of_seed(&r[1], 40, 0.25, ORACLE_LOCKS);
	of_seed(&r[2], 10, 2.0, ORACLE_LEAK);
	of_seed(&r[3], 30, 0.5, ORACLE_LOCKS);
	of_seed(&r[4], 500, 1.0, 0)->interrupted = 1;
	of_seed(&r[5], 7, 1.0, 0)->done = 0;	/* the worker died */
	hunt_sum_up(r, 6, ~0u, &s);
	assert_int_equal(s.seeds, 6);
	assert_int_equal(s.found, 3);
	assert_int_equal(s.unfinished, 2);
	assert_int_equal(s.first, 1);
	assert_true(s.executions.median == 30 && s.executions.p95 == 40 && s.executions.worst == 40);
	assert_true(s.executions.mean > 26.6 && s.executions.mean < 26.7);
	assert_true(s.seconds.median == 0.5 && s.seconds.p95 == 2.0 && s.seconds.worst == 2.0);
	assert_int_equal(s.oracle[ORACLE_LOCKS], 2);
	assert_int_equal(s.oracle[ORACLE_LEAK], 1);
	assert_int_equal(s.oracle[ORACLE_RMAP], 0);
	assert_int_equal(s.unexpected, 0);
	hunt_sum_up(r, 6, 1u << ORACLE_LEAK, &s);
	assert_int_equal(s.unexpected, 2);
}

static void of_each_defect_it_is_said_who_sees_it(void **state)
{
	(void)state;
	for (int i = 0; i < CORE_NR_DEFECTS; i++) {
		assert_in_range(core_defect_sights[i].class, CLASS_D, DEFECT_CLASSES - 1);
		assert_int_not_equal(core_defect_sights[i].oracles, 0);
		assert_int_equal(core_defect_sights[i].oracles & ~((2u << ORACLE_RACE) - 2), 0);
	}
}

static void nothing_found_is_no_number(void **state)
{
	static struct hunt_result r[2];
	struct hunt_sum s;

	(void)state;
	of_seed(&r[0], 20000, 9.0, 0);
	of_seed(&r[1], 100, 9.0, 0)->failed = 1;
	hunt_sum_up(r, 2, ~0u, &s);
	assert_int_equal(s.found, 0);
	assert_int_equal(s.unfinished, 1);
	assert_int_equal(s.first, -1);
	assert_true(s.executions.median == 0 && s.executions.worst == 0 && s.seconds.p95 == 0);
	hunt_sum_up(r, 0, ~0u, &s);
	assert_int_equal(s.found, 0);
	assert_int_equal(s.unfinished, 0);
}

static void defects_are_counted_by_tier(void **state)
{
	struct hunt_totals t = { 0 };

	(void)state;
	hunt_count(&t, "Z01", &(struct hunt_sum){ .seeds = 20, .found = 20 });
	hunt_count(&t, "Z02", &(struct hunt_sum){ .seeds = 20, .found = 18 });
	hunt_count(&t, "Z33a", &(struct hunt_sum){ .seeds = 20, .found = 19 });
	hunt_count(&t, "H1", &(struct hunt_sum){ .seeds = 1, .found = 1 });
	assert_int_equal(t.of[0].defects, 4);
	assert_int_equal(t.of[0].found, 3);
	assert_int_equal(t.of[0].hunts, 61);
	assert_int_equal(t.of[0].successes, 58);
	assert_int_equal(t.of[1].defects, 2);
	assert_int_equal(t.of[1].found, 1);
	assert_int_equal(t.of[1].hunts, 40);
	assert_int_equal(t.of[1].successes, 38);
	assert_int_equal(t.of[2].defects, 1);
	assert_int_equal(t.of[2].found, 1);
	assert_int_equal(t.of[3].defects, 0);
}

static void it_is_said_how(void **state)
{
	struct options o = { .mode = HUNT_EXPLORE };
	char text[32];

	(void)state;
	assert_string_equal(hunts_how(&o, text), "told");
	o.blind = true;
	assert_string_equal(hunts_how(&o, text), "blind");
	o.mode = HUNT_STRESS;
	assert_string_equal(hunts_how(&o, text), "blind, by stress");
	o.mode = HUNT_FUZZ;
	assert_string_equal(hunts_how(&o, text), "by fuzz");
}

/* Is there anything to look in for the defect, with the reverse map of 4.19, if these two are all there is? */
static bool looks_for(int defect, const char *told, const char *other, bool blind)
{
	const char *text[] = { told, other };
	struct scenario *scn[ARRAY_SIZE(text)];
	struct scenario_list list = { .item = scn, .nr = ARRAY_SIZE(text) };
	struct hunt h = { .defect = defect, .provider = rmap_find("anon-chain"), .scenarios = &list, .blind = blind };
	struct scn_error err;
	bool possible;

	for (unsigned i = 0; i < list.nr; i++) {
		scn[i] = scn_parse("t.scn", text[i], strlen(text[i]), &err);
		if (!scn[i])
			fail_msg("%s", err.text);
	}
	possible = hunt_possible(&h);
	for (unsigned i = 0; i < list.nr; i++)
		scn_free(scn[i]);
	return possible;
}

static bool looks_in(const char *told, const char *other, bool blind)
{
	return looks_for(D_Z08, told, other, blind);
}

/* Those who look for nothing in particular look in what was written for nothing in particular. */
static void stories_are_for_those_who_are_told(void **state)
{
	static const char not_for_us[] = "scenario a provider pte-chain thread t { }", of_another[] = "scenario b story Z02 thread t { }",
			  general[] = "scenario c thread t { }";
	char its_own[128], its_own_for_another[128];

	(void)state;
	snprintf(its_own, sizeof(its_own), "scenario %s story Z08 thread t { }", core_defects[D_Z08].scenario);
	snprintf(its_own_for_another, sizeof(its_own_for_another), "scenario %s story Z08 provider anon-list thread t { }",
		 core_defects[D_Z08].scenario);
	assert_true(looks_in(its_own, not_for_us, false));
	assert_false(looks_in(its_own, not_for_us, true));
	assert_false(looks_in(of_another, not_for_us, true));
	assert_true(looks_in(its_own, general, true));
	/* What is told of it is another provider's: then any will do, but stories of others. */
	assert_true(looks_in(its_own_for_another, general, false));
	assert_false(looks_in(its_own_for_another, of_another, false));
}

/* Of two that tell it, the one that is ours; and if none is, any will do. A name that is part of another one tells nothing. */
static void one_is_told_for_each_reverse_map(void **state)
{
	static const char theirs[] = "scenario mremap-back-vs-walk provider pte-chain thread t { }",
			  ours[] = "scenario list-mremap-back-vs-walk thread t { }",
			  nobodys[] = "scenario list-mremap-back-vs-walk provider pte-chain thread t { }",
			  general[] = "scenario mremap-back thread t { }", story[] = "scenario mremap-back story Z02 thread t { }";

	(void)state;
	assert_true(looks_for(D_Z14_BACK, theirs, ours, false));
	assert_false(looks_for(D_Z14_BACK, theirs, nobodys, false));
	assert_true(looks_for(D_Z14_BACK, theirs, general, false));
	assert_false(looks_for(D_Z14_BACK, theirs, story, false));
}

/* Somebody has both the defect and what the scenario needs. */
static bool can_be_told(const struct scenario *scn)
{
	const struct defect_row *defect = &core_defects[defect_find(scn->story.defect)];

	for (const struct rmap_ops *const *p = rmap_providers; *p; p++)
		if (scenario_fits(scn, *p, NULL) && defect_fits(defect, *p))
			return true;
	return false;
}

static void stories_can_be_told(void **state)
{
	const struct options all = { .command = CMD_HUNT };
	struct scenario_list list;
	unsigned stories = 0;
	char err[ERR_LEN];

	(void)state;
	if (scenarios_from_options(&all, &list, err))
		fail_msg("%s", err);
	for (unsigned i = 0; i < list.nr; i++) {
		const struct scenario *scn = list.item[i];

		if (!strncmp(scn->name, "story-", 6) != !!scn->story.defect)
			fail_msg("%s: the name and the header do not agree on whether it is a story", scn->name);
		if (!scn->story.defect)
			continue;
		stories++;
		if (!can_be_told(scn))
			fail_msg("%s: no provider has the scenario and %s", scn->name, scn->story.defect);
	}
	assert_in_range(stories, 15, list.nr);
	scenario_list_free(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tiers_are_by_number),
		cmocka_unit_test(defects_of_the_catalogue_have_tiers),
		cmocka_unit_test(percentiles_are_numbers_of_the_sample),
		cmocka_unit_test(one_in_twenty_may_miss),
		cmocka_unit_test(seeds_are_summed_up),
		cmocka_unit_test(of_each_defect_it_is_said_who_sees_it),
		cmocka_unit_test(nothing_found_is_no_number),
		cmocka_unit_test(defects_are_counted_by_tier),
		cmocka_unit_test(it_is_said_how),
		cmocka_unit_test(stories_are_for_those_who_are_told),
		cmocka_unit_test(one_is_told_for_each_reverse_map),
		cmocka_unit_test(stories_can_be_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
