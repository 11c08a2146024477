/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Structure of anon_vmas: what the checks say of a family as fork makes it, and of each thing that is wrong with it.
 */
#include "looked_at.h"

/* A parent, its child, and two children of that one: there the family branches. */
static struct {
	struct mm_struct *parent, *child, *branch[2];
	unsigned long addr;
} family;

static void make_family(void *arg)
{
	u64 word = 1;

	(void)arg;
	family.parent = mm_alloc();
	family.addr = (unsigned long)do_mmap(family.parent, 1);
	user_access(family.parent, family.addr, true, &word);
	family.child = dup_mm(family.parent);
	user_access(family.child, family.addr, true, &word);
	family.branch[0] = dup_mm(family.child);
	family.branch[1] = dup_mm(family.child);
}

static struct anon_vma *anon_vma_in(struct mm_struct *mm)
{
	return find_vma(mm, family.addr)->anon_vma;
}

static void a_family_is_right(void **state)
{
	(void)state;
	build("family", make_family);
	check_chains();
	check_anon_vmas();
	assert_int_equal(violations, 0);
}

static void who_has_no_children_may_be_reused(void **state)
{
	(void)state;
	build("family", make_family);
	for (int i = 0; i < 2; i++)
		check_reuse(anon_vma_in(family.branch[i]));
	assert_int_equal(violations, 0);
}

static void where_a_family_branches_nobody_may_join(void **state)
{
	(void)state;
	build("family", make_family);
	check_reuse(anon_vma_in(family.child));
	assert_int_equal(violations, 1);
	assert_string_equal(last_key, "reused-with-children");
}

static void no_oracle_no_violation(void **state)
{
	(void)state;
	build("family", make_family);
	machine->oracles &= ~(1u << ORACLE_STRUCTURE);
	check_reuse(anon_vma_in(family.child));
	assert_int_equal(violations, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_family_is_right),
		cmocka_unit_test(who_has_no_children_may_be_reused),
		cmocka_unit_test(where_a_family_branches_nobody_may_join),
		cmocka_unit_test(no_oracle_no_violation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
