/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of which scenarios are for which providers: by what their statements, settings and goals need; and of which defects.
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

static struct scenario *parsed(const char *head, const char *statement)
{
	struct scn_error err;
	struct scenario *scn;
	char text[500];

	snprintf(text, sizeof(text), "scenario s\n%s\nsetup {\n mm P\n F = file 2\n P: a = mmap shared F 2\n}\nthread t {\n %s\n}\n", head,
		 statement);
	scn = scn_parse("s.scn", text, strlen(text), &err);
	if (!scn)
		fail_msg("%s", err.text);
	return scn;
}

/* needs NULL: it fits. */
static void expect(const char *head, const char *statement, const struct rmap_ops *provider, const char *needs, int line)
{
	struct scenario *scn = parsed(head, statement);
	struct misfit m = { -1, "" };

	assert_int_equal(scenario_fits(scn, provider, &m), !needs);
	assert_int_equal(scenario_fits(scn, provider, NULL), !needs);
	if (needs) {
		assert_string_equal(m.needs, needs);
		assert_int_equal(m.line, line);
	}
	scn_free(scn);
}

static const struct rmap_ops *list, *chain, *entries;

static void statements_and_settings(void **state)
{
	(void)state;
	expect("", "P: read a[0]", list, NULL, 0);
	expect("", "P: mlock a", list, NULL, 0);
	expect("", "P: madvise a dontneed", list, NULL, 0);
	expect("", "P: madvise a free", list, "madvise(FREE)", 9);
	expect("", "P: madvise a free", chain, NULL, 0);
	expect("", "P: madvise a mergeable", list, "merged pages", 9);
	expect("", "P: madvise a sequential", list, "sequential reading", 9);
	expect("", "P: b = mmap anon 8", list, NULL, 0);
	expect("", "P: b = mmap huge 8", list, "huge pages", 9);
	expect("", "repeat 2 { poison P a[0] }", list, "memory failure", 9);
	expect("", "P: remap a[0] 1", list, NULL, 0);
	expect("", "P: remap a[0] 1", chain, "nonlinear mappings", 9);
	expect("", "P: b = mremap_dontunmap a 2", chain, NULL, 0);
	expect("", "P: b = mremap_dontunmap a 2", list, "mremap(DONTUNMAP)", 9);
	expect("policy vma-locks", "P: read a[0]", chain, NULL, 0);
	expect("policy vma-locks", "P: madvise a free", list, "locks of single VMAs", 2);
}

static void goals(void **state)
{
	(void)state;
	expect("goal swap-out", "P: read a[0]", list, NULL, 0);
	expect("goal flush-put-off", "P: read a[0]", list, "flushes that are put off", 2);
	expect("goal flush-put-off", "P: read a[0]", chain, NULL, 0);
	expect("goal fault-under-vma-lock", "P: read a[0]", list, "locks of single VMAs", 2);
	expect("goal anon-vma-reused", "P: madvise a free", list, "madvise(FREE)", 9);
}

/* Whoever names a provider means that one; what he needs comes first, as it can be told where. */
static void names(void **state)
{
	(void)state;
	expect("provider anon-chain", "P: read a[0]", chain, NULL, 0);
	expect("provider anon-chain", "P: read a[0]", list, "anon-chain", 0);
	expect("provider anon-chain", "P: madvise a free", list, "madvise(FREE)", 9);
	expect("provider anon-list", "P: remap a[0] 1", list, NULL, 0);
}

static void expect_defect(enum core_defect defect, bool of_chain, bool of_list, bool of_entries)
{
	assert_int_equal(defect_fits(&core_defects[defect], chain), of_chain);
	assert_int_equal(defect_fits(&core_defects[defect], list), of_list);
	assert_int_equal(defect_fits(&core_defects[defect], entries), of_entries);
}

static void defects(void **state)
{
	(void)state;
	expect_defect(D_Z02, true, false, false);
	expect_defect(D_Z07, false, true, false);
	expect_defect(D_Z01, false, false, true);
	expect_defect(D_CANARY_COW, true, true, true);
	expect_defect(D_Z41, true, false, false);
	expect_defect(D_Z09, true, true, false);
	expect_defect(D_Z19, true, true, false);
	expect_defect(D_Z14_MERGE, true, true, false);
	/* All of what it needs, not some. */
	expect_defect(D_KSM_MIGRATION, true, false, false);
}

/* Somebody has each of them. */
static void every_defect_is_of_a_provider(void **state)
{
	(void)state;
	for (int i = 0; i < CORE_NR_DEFECTS; i++) {
		const struct defect_row *d = &core_defects[i];

		if (!defect_fits(d, chain) && !defect_fits(d, list) && !defect_fits(d, entries))
			fail_msg("nobody can have %s", d->name);
		if (d->provider)
			assert_non_null(rmap_find(d->provider));
	}
}

static int find(void **state)
{
	(void)state;
	list = rmap_find("anon-list");
	chain = rmap_find("anon-chain");
	entries = rmap_find("pte-chain");
	return !list || !chain || !entries;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statements_and_settings), cmocka_unit_test(goals), cmocka_unit_test(names),
		cmocka_unit_test(defects), cmocka_unit_test(every_defect_is_of_a_provider),
	};

	return cmocka_run_group_tests(tests, find, NULL);
}
