/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the lock documentation: what the validator makes of the real document, and what is
 * harvested from it.
 *
 * Concurrency: one thread.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/embedded.h"
#include "lockdoc/observed.h"
#include "session.h"

#define ERA "anon-chain"

/* One execution in the ordinary order, with one arc of the real document turned around. */
static void execute(unsigned before, unsigned after, struct outcome *out, struct observed *seen)
{
	static const char text[] =
		"scenario s\nsetup { mm P P: a = mmap anon 1 P: write a[0] = 1 drain }\n"
		"thread t { C = P: fork P: write a[0] = 2 reclaim P a[0] C: exit }\n";
	const struct embedded_file *file = embedded_find("LOCKING.md");
	struct scn_error scn_err;
	struct scenario *scn = scn_parse("s.scn", text, strlen(text), &scn_err);
	struct session_config config = { .scn = scn, .provider = rmap_find(ERA), .oracles = ~0u };
	char err[LOCKDOC_ERR];
	struct lockdoc *doc =
		lockdoc_parse(&lockdoc_core, "real.md", file->text, file->length, err);
	struct session *s;

	assert_non_null(scn);
	assert_non_null(doc);
	for (unsigned i = 0; i < doc->nr_arcs; i++) {
		struct lockdoc_arc *a = &doc->arc[i];

		if (a->before == before && a->after == after) {
			a->before = (u8)after;
			a->after = (u8)before;
		} else if (a->before == LC_TASKLIST && a->after == after) {
			doc->arc[i--] = doc->arc[--doc->nr_arcs];	/* the way round by it, which says the opposite */
		}
	}
	config.locking = doc;
	s = session_open(&config, err);
	assert_non_null(s);
	session_execute(s, sched_sequential(), out);
	if (seen)
		observed_harvest(seen, LC_NR);
	session_close(s);
	lockdoc_free(doc);
	scn_free(scn);
}

static void one_acquisition_is_enough(void **state)
{
	struct outcome out;

	(void)state;
	execute(LC_NONE, LC_NONE, &out, NULL);
	assert_false(out.found);
	execute(LC_ANON_VMA, LC_PAGE_TABLE, &out, NULL);
	assert_true(out.found);
	assert_string_equal(out.finding.signature, "O6/documented:anon_vma->page_table_lock");
	assert_non_null(strstr(out.finding.text, "real.md:"));
	assert_non_null(strstr(out.finding.text, " has page_table_lock < anon_vma"));
	assert_non_null(strstr(out.finding.text, "anon_vma.c:"));
	execute(LC_PTE_LOCK, LC_PTE_LOCK_NESTED, &out, NULL);
	assert_true(out.found);
	assert_string_equal(out.finding.signature, "O6/documented:pte_lock->pte_lock/parent");
}

static void harvests_once(void **state)
{
	struct observed *seen = calloc(1, sizeof(*seen)), *all = calloc(1, sizeof(*all));
	struct outcome out;

	(void)state;
	execute(LC_NONE, LC_NONE, &out, seen);
	assert_true(seen->under[0][LC_PTE_LOCK] & BIT(LC_ANON_VMA));
	assert_true(seen->under[0][LC_FS_RECLAIM] & BIT(LC_MMAP_LOCK));
	assert_true(seen->under_try[0][LC_PAGE_LOCK] & BIT(LC_FS_RECLAIM));
	assert_false(seen->under[0][LC_PAGE_LOCK] & BIT(LC_FS_RECLAIM));
	assert_non_null(observed_find(seen, 0, LC_ANON_VMA, LC_PTE_LOCK, false));
	assert_int_equal(observed_merge(all, seen), seen->nr_witnesses);
	assert_memory_equal(all, seen, sizeof(*all));
	assert_int_equal(observed_merge(all, seen), 0);
	assert_int_equal(all->witness[0].executions, 2);
	assert_int_equal(all->nr_witnesses, seen->nr_witnesses);
	free(all);
	free(seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_acquisition_is_enough),
		cmocka_unit_test(harvests_once),
	};

	return cmocka_run_group_tests_name("lockdoc validator", tests, NULL, NULL);
}
