/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of pages: what the check of counts says of a model that counts right, and of each counter that is off by one.
 */
#include "looked_at.h"

/* Everything that is counted: anonymous pages, one of them shared and one in swap, and a file's, mapped, dirty and neither. */
static void populate(void *arg)
{
	struct file *file = file_create(4);
	struct mm_struct *p = mm_alloc();
	long a = do_mmap(p, 3), b = do_mmap_file(p, file, 0, 3, true);
	u64 word = 1;

	(void)arg;
	for (long i = 0; i < 3; i++)
		user_access(p, (unsigned long)(a + i * (long)PAGE_SIZE), true, &word);
	user_access(p, (unsigned long)b, true, &word);
	user_access(p, (unsigned long)b + PAGE_SIZE, false, &word);
	file_read(file, 3, &word);
	lru_add_drain_all();
	dup_mm(p);
	shrink_lru(1);
}

static void right_counts_are_silent(void **state)
{
	(void)state;
	build("populate", populate);
	assert_int_equal(core()->vmstat[NR_ANON_MAPPED].counter, 2);
	assert_int_equal(core()->vmstat[NR_FILE_MAPPED].counter, 2);
	assert_int_equal(core()->vmstat[NR_FILE_DIRTY].counter, 1);
	check_counts();
	assert_int_equal(violations, 0);
}

static void each_wrong_count_is_told(void **state)
{
	char key[64];

	(void)state;
	build("populate", populate);
	for (int i = 0; i < NR_NODE_STAT_ITEMS; i++) {
		violations = 0;
		core()->vmstat[i].counter++;
		check_counts();
		assert_int_equal(violations, 1);
		snprintf(key, sizeof(key), "vmstat:%s", vmstat_info[i].name);
		assert_string_equal(last_key, key);
		core()->vmstat[i].counter--;
	}
}

/* Below zero is wrong at once, but for what may be taken away before it was added. */
static void below_zero_is_told(void **state)
{
	(void)state;
	build("populate", populate);
	for (int i = 0; i < NR_NODE_STAT_ITEMS; i++) {
		violations = 0;
		mod_node_page_state((enum node_stat_item)i, -core()->vmstat[i].counter);
		assert_int_equal(violations, 0);
		mod_node_page_state((enum node_stat_item)i, -1);
		assert_int_equal(violations, vmstat_info[i].floor);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_counts_are_silent),
		cmocka_unit_test(each_wrong_count_is_told),
		cmocka_unit_test(below_zero_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
