/* SPDX-License-Identifier: GPL-2.0-only */
/* What bench makes of what it measures: the middle of several turns, the table of figures, and plots. Nothing here is about speed. */
#include "bench/bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bench/plot.h"

#define SPREAD(...) bench_spread((double[]){ __VA_ARGS__ }, sizeof((double[]){ __VA_ARGS__ }) / sizeof(double))

static void a_spread_is_ends_and_middle(void **state)
{
	const struct spread one = SPREAD(4), three = SPREAD(9, 1, 5), even = SPREAD(4, 3, 2, 1), same = SPREAD(2, 2, 2, 7, 2);

	(void)state;
	assert_true(one.least == 4 && one.median == 4 && one.most == 4);
	assert_true(three.least == 1 && three.median == 5 && three.most == 9);
	assert_true(even.least == 1 && even.median == 3 && even.most == 4);
	assert_true(same.least == 2 && same.median == 2 && same.most == 7);
}

/* One that is far off moves the end and nothing else. */
static void one_interruption_does_not_move_the_median(void **state)
{
	const struct spread s = SPREAD(1.0, 1.1, 900, 1.2, 1.05);

	(void)state;
	assert_true(s.median == 1.1 && s.most == 900);
}

static void limits_are_not_to_be_passed(void **state)
{
	struct measured m = { .ratio = { 1, 2, 3 }, .limit = 2 };

	(void)state;
	assert_false(bench_over(&m));
	m.ratio.median = 2.001;
	assert_true(bench_over(&m));
	m.limit = 0;
	assert_false(bench_over(&m));
}

/* A name is one figure, and no group is called like it, but that of one figure alone. */
static void names_are_unambiguous(void **state)
{
	const struct figure *all[1024];
	unsigned nr = 0;

	(void)state;
	for (unsigned g = 0; g < nr_figure_groups; g++) {
		struct figure_group *group = &figure_groups[g];

		if (group->make)
			group->make(group);
		assert_true(group->nr > 0 && group->name && group->about && strlen(group->about) <= 90);
		for (unsigned i = 0; i < group->nr; i++) {
			assert_true(nr < 1024 && group->figure[i].measure && group->figure[i].units && group->figure[i].unit);
			all[nr++] = &group->figure[i];
		}
	}
	for (unsigned i = 0; i < nr; i++)
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(all[i]->name, all[j]->name);
}

static void decades_are_powers_of_ten(void **state)
{
	static const struct {
		double value, decade;
	} rows[] = { { 1, 1 }, { 9.99, 1 }, { 10, 10 }, { 0.1, 0.1 }, { 0.09, 0.01 }, { 1000, 1000 }, { 735.4, 100 }, { 0.27, 0.1 } };

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(plot_decade(rows[i].value) > rows[i].decade * 0.999 && plot_decade(rows[i].value) < rows[i].decade * 1.001);
}

static char *drawn(const struct plot *plots, unsigned nr)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	plots_draw(out, "A & B", "y < x", plots, nr);
	fclose(out);
	return text;
}

static unsigned times(const char *text, const char *word)
{
	unsigned nr = 0;

	for (; (text = strstr(text, word)); text++)
		nr++;
	return nr;
}

static void a_plot_has_a_line_a_name_and_marks_for_each_series(void **state)
{
	const struct plot plots[] = {
		{ "one", "x & more", 2, {
			{ "up", 3, { 1, 10, 100 }, { 1, 10, 100 }, { 1, 9, 90 }, { 1, 11, 2000 } },
			{ "level", 3, { 1, 10, 100 }, { 2, 2, 2 }, { 2, 2, 2 }, { 2, 2, 2 } } } },
		{ "two", "x", 1, { { "<b>", 1, { 7 }, { 3 }, { 3 }, { 3 } } } },
	};
	char *text = drawn(plots, 2);

	(void)state;
	assert_int_equal(times(text, "class=\"line\""), 3);
	assert_int_equal(times(text, "class=\"name\""), 3);
	assert_int_equal(times(text, "class=\"mark\""), 7);
	assert_int_equal(times(text, "class=\"head\""), 2);
	assert_int_equal(times(text, "nan"), 0);
	assert_int_equal(times(text, "inf"), 0);
	assert_non_null(strstr(text, "A &amp; B"));
	assert_non_null(strstr(text, "up: 100 at 100"));
	assert_null(strstr(text, "<b>"));
	free(text);
}

/* Two lines that end in one place: their names do not stand upon each other. */
static void names_keep_apart(void **state)
{
	const struct plot plot = { "one", "x", 3, {
		{ "a", 2, { 1, 2 }, { 1, 1 }, { 1, 1 }, { 1, 1 } }, { "b", 2, { 1, 2 }, { 1, 1 }, { 1, 1 }, { 1, 1 } },
		{ "c", 2, { 1, 2 }, { 1, 1 }, { 1, 1 }, { 1, 1 } } } };
	char *text = drawn(&plot, 1), *at = text;
	double y[3];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		at = strstr(at, "class=\"name\"");
		assert_non_null(at);
		at = strstr(at, " y=\"") + 4;
		y[i] = atof(at);
	}
	assert_true(y[1] - y[0] >= 12.9 && y[2] - y[1] >= 12.9);
	free(text);
}

static void nothing_is_a_plot_as_well(void **state)
{
	const struct plot empty = { "none", "x", 1, { { .name = "a" } } };
	char *text = drawn(&empty, 1), *none = drawn(NULL, 0);

	(void)state;
	assert_int_equal(times(text, "class=\"line\""), 0);
	assert_int_equal(times(text, "nan"), 0);
	assert_non_null(strstr(none, "</svg>"));
	free(text);
	free(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_spread_is_ends_and_middle), cmocka_unit_test(one_interruption_does_not_move_the_median),
		cmocka_unit_test(limits_are_not_to_be_passed), cmocka_unit_test(names_are_unambiguous),
		cmocka_unit_test(decades_are_powers_of_ten), cmocka_unit_test(a_plot_has_a_line_a_name_and_marks_for_each_series),
		cmocka_unit_test(names_keep_apart), cmocka_unit_test(nothing_is_a_plot_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
