/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the rule by which a forked VMA takes over an anon_vma that nobody uses any more. Too
 * little of it, and chains grow for ever; too much, and two processes share one (CVE-2022-42703).
 * In the comments P1, P2, ... are processes and A, B, ... anon_vmas, each in the order in which
 * they were made.
 *
 * Concurrency: one thread.
 */
#include "family.h"

/* P1 and its descendants P2, P3, ... P(nr), each the child of the one before. */
static void line_of(struct mm_struct *p[], unsigned nr)
{
	p[0] = first_process(1);
	for (unsigned i = 1; i < nr; i++)
		p[i] = rig_fork(p[i - 1]);
}

/* ---- the rule ---- */

static void one_case(struct mm_struct *p3, struct anon_vma *b, unsigned long children,
		     unsigned long active)
{
	struct anon_vma *c = anon_of(p3), *a = b->root;
	struct vm_area_struct *vma = vm_area_alloc(p3);
	bool reuse = children < 2 && !active;

	b->num_children = children;
	b->num_active_vmas = active;
	want_int(fork_vma(vma, p3), 0);
	want_int(vma->anon_vma == b, reuse);
	if (reuse) {
		want_chain(vma, c, b, a);
		want_anon(b, 1, children, 1);
		want_anon(c, 1, 0, 1);
	} else {
		want_chain(vma, vma->anon_vma, c, b, a);
		want(vma->anon_vma->parent == c && vma->anon_vma->root == a);
		want_anon(b, 1, children, active);
		want_anon(c, 1, 1, 1);
	}
	unlink_anon_vmas(vma);
	vm_area_free(vma);
	want_anon(b, 1, children, active);
}

static void reuse_exactly_when_idle(struct rig *r)
{
	struct mm_struct *p[3];
	struct anon_vma *b;

	(void)r;
	line_of(p, 3);
	b = anon_of(p[1]);
	mmput(p[1]);
	for (unsigned long children = 0; children < 4; children++)
		for (unsigned long active = 0; active < 3; active++)
			one_case(p[2], b, children, active);
	b->num_children = 1;
	b->num_active_vmas = 0;
	want_families();
	mmput(p[0]);
	mmput(p[2]);
	want_nothing_left();
}

/* P2 is gone and C is B's only child: P4 gets B, and C no child. */
static void what_has_one_child_is_reused(struct rig *r)
{
	struct mm_struct *p[3], *p4;
	struct anon_vma *b, *c;

	line_of(p, 3);
	b = anon_of(p[1]);
	c = anon_of(p[2]);
	mmput(p[1]);
	p4 = rig_fork(p[2]);
	want(anon_of(p4) == b);
	want_chain(p4->mmap, c, b, b->root);
	want_anon(b, 1, 1, 1);
	want_anon(c, 1, 0, 1);
	want_int(r->nr[EV_ANON_REUSED], 1);
	want(r->last[EV_ANON_REUSED].obj == b);
	want_families();
	mmput(p[0]);
	mmput(p[2]);
	mmput(p4);
	want_nothing_left();
}

static void what_has_two_children_is_not_reused(struct rig *r)
{
	struct mm_struct *p[3], *sibling, *p4;

	line_of(p, 3);
	sibling = rig_fork(p[1]);
	mmput(p[1]);
	p4 = rig_fork(p[2]);
	want(anon_of(p4)->parent == anon_of(p[2]));
	want_int(r->nr[EV_ANON_REUSED], 0);
	want_families();
	mmput(sibling);			/* now B has one child */
	mmput(p4);
	p4 = rig_fork(p[2]);
	want_int(r->nr[EV_ANON_REUSED], 1);
	want_families();
	mmput(p[0]);
	mmput(p[2]);
	mmput(p4);
	want_nothing_left();
}

/* Reuse leaves C without child; when its process goes, it is on P4's chain and may be taken. */
static void abandoned_leaf_is_reused(struct rig *r)
{
	struct mm_struct *p[3], *p4, *p5;
	struct anon_vma *c;

	(void)r;
	line_of(p, 3);
	c = anon_of(p[2]);
	mmput(p[1]);
	p4 = rig_fork(p[2]);
	mmput(p[2]);
	want_anon(c, 1, 0, 0);
	p5 = rig_fork(p4);
	want(anon_of(p5) == c);
	want_families();
	mmput(p[0]);
	mmput(p4);
	mmput(p5);
	want_nothing_left();
}

static void oldest_is_reused_first(struct rig *r)
{
	struct mm_struct *p[4], *child[3];
	struct anon_vma *b, *c;

	line_of(p, 4);
	b = anon_of(p[1]);
	c = anon_of(p[2]);
	mmput(p[1]);
	mmput(p[2]);
	for (unsigned i = 0; i < 3; i++)
		child[i] = rig_fork(p[3]);
	want(anon_of(child[0]) == b);
	want(anon_of(child[1]) == c);
	want(anon_of(child[2])->parent == anon_of(p[3]));
	want_int(r->nr[EV_ANON_REUSED], 2);
	want_families();
	for (unsigned i = 0; i < 3; i++)
		mmput(child[i]);
	want_families();
	mmput(p[0]);
	mmput(p[3]);
	want_nothing_left();
}

/* ---- long lines ---- */

/*
 * Each generation forks the next one and goes: some anon_vmas are enough for all of them, and the
 * root is never taken.
 */
static void chains_stay_short(struct rig *r)
{
	struct mm_struct *mm = first_process(1), *child;
	struct anon_vma *a = anon_of(mm);

	for (unsigned generation = 0; generation < 200; generation++) {
		child = rig_fork(mm);
		want(anon_of(child) != a);
		mmput(mm);
		mm = child;
		rig_write(mm, mm->mmap->vm_start, generation);
		want(chain_length(mm->mmap) <= 3);
		want(anon_vmas() <= 3);
		want(a->num_children >= 2);
	}
	want(r->nr[EV_ANON_REUSED] >= 190);
	want_families();
	mmput(mm);
	want_nothing_left();
}

/* ---- CVE-2022-42703 ---- */

/*
 * The shortest way there: P1 writes, forks P2, who forks P3 and exits; P3 forks P4, who gets B, and
 * P4 forks P5. C has no child, because P4 reused B; but P3 still puts its pages into it.
 */
static struct mm_struct *six_steps(struct mm_struct *p[4])
{
	line_of(p, 3);
	mmput(p[1]);
	p[3] = rig_fork(p[2]);
	return rig_fork(p[3]);
}

static void no_reuse_while_in_use(struct rig *r)
{
	struct mm_struct *p[4], *p5 = six_steps(p);

	(void)r;
	want(anon_of(p5) != anon_of(p[2]));
	want(anon_of(p5)->parent == anon_of(p[3]));
	want_anon(anon_of(p[2]), 1, 0, 1);
	want_families();
	mmput(p[0]);
	mmput(p[2]);
	mmput(p[3]);
	want_families();
	mmput(p5);
	want_nothing_left();
}

static void defective_double_reuse(struct rig *r)
{
	struct mm_struct *p[4], *p5 = six_steps(p);

	(void)r;
	want(anon_of(p5) == anon_of(p[2]));
	want_int(anon_of(p5)->num_active_vmas, 2);
}

static void defective_no_reuse(struct rig *r)
{
	struct mm_struct *mm = first_process(1), *child;

	for (unsigned generation = 0; generation < 20; generation++) {
		child = rig_fork(mm);
		mmput(mm);
		mm = child;
	}
	want_int(r->nr[EV_ANON_REUSED], 0);
	want_int(chain_length(mm->mmap), 21);
	want_int(anon_vmas(), 21);
}

/* With the defects on, the same steps go wrong: the tests above see what they are there for. */
static void defects_break_the_rule(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	defect_switch_on(D_Z02);
	rig_run(&r, defective_double_reuse);
	rig_restore(&r);
	defect_switch_on(D_Z03);
	rig_run(&r, defective_no_reuse);
	rig_end(&r);
}

/*
 * The whole way to a page that nobody can find: the parts of one split VMA take one anon_vma with
 * two chains.
 */
static void split_after_reuse_keeps_chains_apart(struct rig *r)
{
	struct mm_struct *p1 = first_process(3), *p2 = rig_fork(p1), *p3 = rig_fork(p2);
	struct mm_struct *p4, *p5, *p6, *p7, *p8, *p9, *p10, *p11, *p12;
	unsigned long addr = p1->mmap->vm_start;

	(void)r;
	mmput(p2);
	p4 = rig_fork(p3);
	mmput(p3);
	p5 = rig_fork(p4);
	p6 = rig_fork(p5);
	mmput(p5);
	p7 = rig_fork(p6);
	mmput(p6);
	mmput(p4);
	p8 = rig_fork(p7);
	p9 = rig_fork(p7);
	p10 = rig_fork(p7);
	want_families();
	want_int(do_munmap(p7, addr + PAGE(1), PAGE(1)), 0);
	p11 = rig_fork(p7);
	want_families();
	mmput(p9);
	mmput(p10);
	rig_write(p11, addr + PAGE(2), 7);
	p12 = rig_fork(p11);
	want_families();
	want_counts();
	mmput(p11);
	want_int(rig_read(p12, addr + PAGE(2)), 7);
	want_families();
	want_counts();
	mmput(p1);
	mmput(p7);
	mmput(p8);
	mmput(p12);
	want_nothing_left();
}

/* ---- random lives ---- */

#define LIVES 8
#define AREA 4

static unsigned draw(u64 *random, unsigned n)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return (unsigned)((*random >> 20) % n);
}

static void write_somewhere(struct mm_struct *mm, unsigned page)
{
	u64 word = 1;

	want(user_access(mm, MMAP_BASE + PAGE(page), true, &word) != -ENOMEM);
}

/* One step of somebody's: fork into an empty place, write, unmap a page, map one again, or exit. */
static void live(struct mm_struct *mm[LIVES], u64 *random)
{
	unsigned i = draw(random, LIVES), j = draw(random, LIVES), page = draw(random, AREA);

	while (!mm[i])
		i = (i + 1) % LIVES;
	switch (draw(random, 32)) {
	case 0 ... 2:
		write_somewhere(mm[i], page);
		break;
	case 3:
		want_int(do_munmap(mm[i], MMAP_BASE + PAGE(page), PAGE(1)), 0);
		break;
	case 4:
		do_mmap(mm[i], 1);
		break;
	case 5 ... 15:
		if (core()->mms.next == core()->mms.prev)
			break;		/* the last one stays */
		mmput(mm[i]);
		mm[i] = NULL;
		break;
	default:
		if (!mm[j])
			mm[j] = rig_fork(mm[i]);
	}
}

static void random_lives(struct rig *r)
{
	struct mm_struct *mm[LIVES] = { NULL };
	u64 random = 0x9e3779b97f4a7c15ul * *(unsigned *)r->arg | 1;

	mm[0] = first_process(AREA);
	for (unsigned step = 0; step < 120; step++) {
		live(mm, &random);
		want_families();
	}
	want_counts();
	for (unsigned i = 0; i < LIVES; i++)
		if (mm[i])
			mmput(mm[i]);
	want_nothing_left();
}

static void random_lives_keep_the_rules(void **state)
{
	unsigned seed, reused = 0;
	struct rig r;

	(void)state;
	rig_begin_sized(&r, LIVES * 16, RIG_SLOTS);
	r.arg = &seed;
	for (seed = 1; seed <= 300; seed++) {
		rig_restore(&r);
		rig_run(&r, random_lives);
		reused += r.nr[EV_ANON_REUSED];
	}
	rig_end(&r);
	assert_true(reused > 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(reuse_exactly_when_idle),
		RIG_TEST(what_has_one_child_is_reused),
		RIG_TEST(what_has_two_children_is_not_reused),
		RIG_TEST(abandoned_leaf_is_reused),
		RIG_TEST(oldest_is_reused_first),
		RIG_TEST(chains_stay_short),
		RIG_TEST(no_reuse_while_in_use),
		cmocka_unit_test(defects_break_the_rule),
		RIG_TEST(split_after_reuse_keeps_chains_apart),
		cmocka_unit_test(random_lives_keep_the_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
