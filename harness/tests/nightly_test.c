/* SPDX-License-Identifier: GPL-2.0-only */
/* Plans, what becomes of them, and known findings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "nightly/jobs.h"
#include "nightly/known.h"

#define HEAD "plan p \"a plan\"\n"
#define GROUP HEAD "group g\n flavour release\n"

static struct plan *parsed(const char *text, char err[512])
{
	return plan_parse("f.plan", text, strlen(text), err);
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
	static const struct { const char *text, *err; } rows[] = {
		{ "", "f.plan:0:1: expected a group, found none" },
		{ HEAD, "f.plan:1:1: expected a group, found none" },
		{ "group g\n", "f.plan:1:1: expected 'plan NAME \"TEXT\"' first, found 'group'" },
		{ "plan p\n", "f.plan:1:7: expected a text in quotes, found the end of the line" },
		{ "plan p \"a\n", "f.plan:1:10: expected a quote at the end of the text, found the end of the line" },
		{ "plan p \"a\" b\n", "f.plan:1:12: expected the end of the line, found 'b'" },
		{ HEAD HEAD, "f.plan:2:1: expected one plan, found 'plan'" },
		{ HEAD "share 3\n", "f.plan:2:1: expected 'group' first, found 'share'" },
		{ HEAD "group G\n", "f.plan:2:7: expected a name of its own: small letters, digits, '-', found 'G'" },
		{ HEAD "group\n", "f.plan:2:6: expected a name of its own: small letters, digits, '-', found the end of the line" },
		{ GROUP, "f.plan:2:1: expected a group with a command, found none in 'g'" },
		{ HEAD "group g\n command run\n", "f.plan:2:1: expected a group with a flavour, found none in 'g'" },
		{ GROUP " command\n", "f.plan:4:9: expected words, found the end of the line" },
		{ GROUP " share 0\n", "f.plan:4:8: expected a number, found '0'" },
		{ GROUP " share 3x\n", "f.plan:4:8: expected a number, found '3x'" },
		{ GROUP " least 1.2345\n", "f.plan:4:8: expected seconds, as 0.25, found '1.2345'" },
		{ GROUP " cost -1\n", "f.plan:4:7: expected seconds, as 0.25, found '-1'" },
		{ GROUP " alone yes\n", "f.plan:4:8: expected the end of the line, found 'yes'" },
		{ GROUP " what 1\n", "f.plan:4:2: expected 'group' or what a group has (harness/nightly/README.md), found 'what'" },
		{ GROUP " command run\ngroup g\n", "f.plan:5:7: expected a name of its own: small letters, digits, '-', found 'g'" },
	};
	char err[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_null(parsed(rows[i].text, err));
		assert_string_equal(err, rows[i].err);
	}
	assert_null(plan_parse("f.plan", "a\0b", 3, err));
	assert_string_equal(err, "f.plan:1:1: expected text, found a byte 0");
}

static void a_plan_is_read(void **state)
{
	char err[512];
	struct plan *p = parsed(GROUP " # a comment\n\n about \"x # y\"  # another\n cost 0.25\n least 2\n share 7 \n alone\n"
				" command explore {scenarios}\n needs valgrind a/b", err);
	const struct plan_group *g = &p->group[0];

	(void)state;
	assert_int_equal(p->nr, 1);
	assert_string_equal(g->about, "x # y");
	assert_int_equal(g->cost_ms, 250);
	assert_int_equal(g->least_ms, 2000);
	assert_int_equal(g->share, 7);
	assert_true(g->alone);
	assert_int_equal(g->needs.nr, 2);
	assert_true(plan_says(g, "{scenarios}"));
	assert_false(plan_says(g, "{provider}"));
	plan_free(p);
}

static void list_of(struct job_list *list, const struct options *o, u64 seed, unsigned shards)
{
	char err[ERR_LEN];
	struct plan *plan = plan_read(NULL, err);

	assert_non_null(plan);
	assert_int_equal(jobs_from_plan(list, plan, o, seed, shards, err), 0);
}

static void a_plan_may_come_to_nothing(void **state)
{
	const struct options o = { .command = CMD_NIGHTLY };
	struct job_list list;
	char err[ERR_LEN];
	struct plan *plan = parsed(GROUP " command explore {scenarios}\n scenarios no-such-*\n", err);

	(void)state;
	assert_int_equal(jobs_from_plan(&list, plan, &o, 1, 2, err), 0);
	assert_int_equal(list.nr, 0);
	jobs_free(&list);
}

/* Each scenario that fits a provider is in one job of its group, for that provider. */
static void nothing_is_left_out_and_nothing_twice(void **state)
{
	const struct options o = { .command = CMD_NIGHTLY };
	struct job_list list;
	unsigned explored = 0;

	(void)state;
	list_of(&list, &o, 1, 1);
	for (unsigned i = 0; i < list.nr; i++) {
		const struct job *a = &list.item[i];

		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(a->name, list.item[k].name);
		if (strcmp(a->group->name, "explore"))
			continue;
		explored += a->nr_items;
		for (unsigned x = 0; x < a->nr_items; x++)
			for (unsigned k = 0; k < list.nr; k++)
				for (unsigned y = 0; y < list.item[k].nr_items; y++)
					assert_true(list.item[k].group != a->group || list.item[k].provider != a->provider ||
						    (k == i && x == y) || strcmp(a->item[x], list.item[k].item[y]));
	}
	assert_true(explored > 500);
	jobs_free(&list);
}

/* What a job is does not depend on how many shards there are; and they are of a size. */
static void shards_are_parts_of_one_night(void **state)
{
	const struct options o = { .command = CMD_NIGHTLY };
	struct job_list one, four;
	double load[5] = { 0 }, sum = 0;

	(void)state;
	list_of(&one, &o, 7, 1);
	list_of(&four, &o, 7, 4);
	assert_int_equal(one.nr, four.nr);
	for (unsigned i = 0; i < one.nr; i++) {
		char **a = job_command(&one, &one.item[i], 0, "x"), **b = job_command(&four, &four.item[i], 0, "x");

		assert_string_equal(one.item[i].name, four.item[i].name);
		assert_in_range(four.item[i].shard, 1, 4);
		load[four.item[i].shard] += four.item[i].estimate_s;
		sum += four.item[i].estimate_s;
		for (unsigned k = 0; a[k] || b[k]; k++)
			assert_string_equal(a[k], b[k]);
		words_list_free(a);
		words_list_free(b);
	}
	for (unsigned s = 1; s <= 4; s++)
		assert_true(load[s] > sum / 8 && load[s] < sum / 2);
	jobs_free(&one);
	jobs_free(&four);
}

static bool has_item(const struct job_list *list, const char *group, const char *name)
{
	for (unsigned i = 0; i < list->nr; i++)
		for (unsigned k = 0; k < list->item[i].nr_items && !strcmp(list->item[i].group->name, group); k++)
			if (!strcmp(list->item[i].item[k], name))
				return true;
	return false;
}

static void a_sample_is_another_one_every_night(void **state)
{
	const struct options o = { .command = CMD_NIGHTLY };
	struct job_list a, b, again;
	unsigned same = 0, nr = 0;

	(void)state;
	list_of(&a, &o, 20260101, 1);
	list_of(&b, &o, 20260102, 1);
	list_of(&again, &o, 20260101, 3);
	for (unsigned i = 0; i < a.nr; i++)
		for (unsigned k = 0; k < a.item[i].nr_items && !strcmp(a.item[i].group->name, "helgrind"); k++) {
			nr++;
			same += has_item(&b, "helgrind", a.item[i].item[k]);
			assert_true(has_item(&again, "helgrind", a.item[i].item[k]));
		}
	assert_int_equal(nr, 12);
	assert_true(same < 6);
	jobs_free(&a);
	jobs_free(&b);
	jobs_free(&again);
}

/* Only what the flavour can see and the provider can have. */
static void defects_are_those_that_can_be_found(void **state)
{
	const struct options o = { .command = CMD_NIGHTLY };
	struct job_list list;

	(void)state;
	list_of(&list, &o, 1, 1);
	assert_false(has_item(&list, "hunt", "canary-race"));
	assert_true(has_item(&list, "canaries-tsan", "canary-race"));
	assert_false(has_item(&list, "canaries-tsan", "canary-uaf"));
	assert_true(has_item(&list, "canaries-asan", "canary-uaf"));
	jobs_free(&list);
}

/* ---- known findings ---- */

static json_t *known(const char *text, char err[512])
{
	char path[] = "/tmp/known-XXXXXX";
	int fd = mkstemp(path);
	json_t *list;

	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	list = known_read(path, err);
	unlink(path);
	return list;
}

static void known_findings_are_read(void **state)
{
	char err[512];
	json_t *list = known("# comment\n\nO1/a:b  the mm team\t2026-12-31  it is on its way  \nO2/c\tx\t2026-02-28\ty\n", err), *first;

	(void)state;
	assert_non_null(list);
	assert_int_equal(json_array_size(list), 2);
	first = json_array_get(list, 0);
	assert_string_equal(json_string_value(json_object_get(first, "signature")), "O1/a:b");
	assert_string_equal(json_string_value(json_object_get(first, "owner")), "the mm team");
	assert_string_equal(json_string_value(json_object_get(first, "expires")), "2026-12-31");
	assert_string_equal(json_string_value(json_object_get(first, "reason")), "it is on its way");
	json_decref(list);
}

static void what_is_not_known_well_enough_is_told(void **state)
{
	static const struct { const char *text, *err; } rows[] = {
		{ "what  a  2026-12-31  b\n", ":1:1: expected a signature, as O2/mapping-missed, found 'what'" },
		{ "O1/a\n", ":1:5: expected an owner, found nothing" },
		{ "O1/a  b  tomorrow  c\n", ":1:10: expected the last day, as 2026-12-31, found 'tomorrow'" },
		{ "O1/a  b  2026-02-29  c\n", ":1:10: expected the last day, as 2026-12-31, found '2026-02-29'" },
		{ "O1/a  b  2026-02-28\n", ":1:20: expected a reason, found nothing" },
		{ "O1/a  b  2026-02-28  c\nO1/a  b  2026-02-28  c\n", ":2:1: expected each signature once, found 'O1/a' again" },
	};
	char err[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_null(known(rows[i].text, err));
		assert_string_equal(strchr(err, ':'), rows[i].err);
	}
	assert_null(known_read("/nowhere", err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_told_with_its_place),
		cmocka_unit_test(a_plan_is_read),
		cmocka_unit_test(a_plan_may_come_to_nothing),
		cmocka_unit_test(nothing_is_left_out_and_nothing_twice),
		cmocka_unit_test(shards_are_parts_of_one_night),
		cmocka_unit_test(a_sample_is_another_one_every_night),
		cmocka_unit_test(defects_are_those_that_can_be_found),
		cmocka_unit_test(known_findings_are_read),
		cmocka_unit_test(what_is_not_known_well_enough_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
