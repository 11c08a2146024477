/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of anon_vmas and their chains: what prepare, clone, fork and unlink build and take away
 * again, and when an anon_vma is reused. In the comments P1, P2, ... are processes and A, B, ...
 * anon_vmas, each in the order in which they were made.
 *
 * Concurrency: one thread; two bodies where one has to wait for the other.
 */
#include "family.h"

/* ---- prepare ---- */

static void prepare_makes_a_root(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 2);
	struct anon_vma *a;

	rig_read(mm, addr);
	want(!mm->mmap->anon_vma);
	want_int(anon_vmas() + links(), 0);
	rig_write(mm, addr, 1);
	a = anon_of(mm);
	want(a->root == a && a->parent == a);
	want_anon(a, 1, 1, 1);
	want_chain(mm->mmap, a);
	rig_write(mm, addr + PAGE(1), 1);
	want_int(anon_vmas(), 1);
	want_int(links(), 1);
	want_int(r->nr[EV_ANON_PREPARED], 1);
	want_families();
	mmput(mm);
	want_int(r->nr[EV_ANON_FREED], 1);
	want_nothing_left();
}

static void prepare_shares_with_a_neighbour(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long a = rig_mmap(mm, 1), b = rig_mmap(mm, 1);
	unsigned long c = rig_mmap(mm, 1), d = rig_mmap(mm, 1);
	struct vm_area_struct *vma[4];

	/* Side by side and alike they would be one VMA. */
	want_int(do_mprotect(mm, b, PAGE(1), VM_RIGHTS), 0);
	want_int(do_mprotect(mm, d, PAGE(1), VM_RIGHTS), 0);
	vma[0] = mm->mmap;
	for (unsigned i = 1; i < 4; i++)
		vma[i] = vma[i - 1]->vm_next;
	rig_write(mm, a, 1);
	rig_write(mm, d, 1);		/* c has none to share */
	want(vma[0]->anon_vma != vma[3]->anon_vma);
	rig_write(mm, b, 1);		/* the one before */
	want(vma[1]->anon_vma == vma[0]->anon_vma);
	rig_write(mm, c, 1);		/* there are two: the one after */
	want(vma[2]->anon_vma == vma[3]->anon_vma);
	want_anon(vma[0]->anon_vma, 1, 1, 2);
	want_int(r->nr[EV_ANON_MERGED], 2);
	want_families();
	/* The first VMA leaves; the second one still uses what they shared. */
	want_int(do_munmap(mm, a, PAGE(1)), 0);
	want_anon(vma[1]->anon_vma, 1, 1, 1);
	want_families();
	mmput(mm);
	want_nothing_left();
}

static void prepare_does_not_share_over_a_gap(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long a = rig_mmap(mm, 1), gap = rig_mmap(mm, 1), b = rig_mmap(mm, 1);

	want_int(do_munmap(mm, gap, PAGE(1)), 0);
	rig_write(mm, a, 1);
	rig_write(mm, b, 1);
	want(mm->mmap->anon_vma != mm->mmap->vm_next->anon_vma);
	want_int(r->nr[EV_ANON_MERGED], 0);
	want_families();
	mmput(mm);
	want_nothing_left();
}

/*
 * A neighbour that has been through a fork has ancestors on its chain: equal anon_vmas would not
 * mean equal chains.
 */
static void prepare_does_not_share_after_a_fork(struct rig *r)
{
	struct mm_struct *mm = first_process(1), *child = rig_fork(mm);

	rig_write(child, rig_mmap(child, 1), 1);
	want(child->mmap->anon_vma != child->mmap->vm_next->anon_vma);
	want(child->mmap->vm_next->anon_vma->root == child->mmap->vm_next->anon_vma);
	want_int(r->nr[EV_ANON_MERGED], 0);
	/* The parent's chain is as it was: a neighbour becomes part of its VMA. */
	rig_write(mm, rig_mmap(mm, 1), 1);
	want(!mm->mmap->vm_next);
	want_families();
	mmput(mm);
	mmput(child);
	want_nothing_left();
}

static int prepare(struct rig *r)
{
	struct mm_struct *mm = r->arg;
	int err;

	down_read(&mm->mmap_lock);
	err = anon_vma_prepare(mm->mmap);
	up_read(&mm->mmap_lock);
	return err;
}

static void unprepare(struct rig *r)
{
	unlink_anon_vmas(((struct mm_struct *)r->arg)->mmap);
	want_int(anon_vmas() + links(), 0);
}

static void prepare_without_memory(struct rig *r)
{
	struct mm_struct *mm = rig_mm();

	r->arg = mm;
	rig_mmap(mm, 1);
	want_int(rig_each_failure(r, prepare, unprepare, true), 2);
	mmput(mm);
	want_nothing_left();
}

/* ---- split ---- */

static void split_clones_the_chain(struct rig *r)
{
	struct mm_struct *mm = first_process(3), *child = rig_fork(mm);
	struct anon_vma *a = anon_of(mm), *b = anon_of(child);

	(void)r;
	want_int(do_munmap(child, child->mmap->vm_start + PAGE(1), PAGE(1)), 0);
	want_chain(child->mmap, b, a);
	want_chain(child->mmap->vm_next, b, a);
	want(child->mmap->vm_next->anon_vma == b);
	want_anon(a, 2, 2, 1);
	want_anon(b, 1, 0, 2);
	want_families();
	want_int(do_munmap(child, child->mmap->vm_start, PAGE(1)), 0);
	want_anon(b, 1, 0, 1);
	want_families();
	mmput(mm);
	mmput(child);
	want_nothing_left();
}

/* P3 could take over B, but the half of its VMA has an anon_vma already. */
static void split_reuses_nothing(struct rig *r)
{
	struct mm_struct *p1 = first_process(2), *p2 = rig_fork(p1), *p3 = rig_fork(p2);
	struct anon_vma *b = anon_of(p2), *c = anon_of(p3);

	mmput(p2);
	want_anon(b, 1, 1, 0);
	want_int(do_munmap(p3, p3->mmap->vm_start + PAGE(1), PAGE(1)), 0);
	want(anon_of(p3) == c);
	want_anon(b, 1, 1, 0);
	want_anon(c, 1, 0, 1);
	want_int(r->nr[EV_ANON_REUSED], 0);
	want_families();
	mmput(p1);
	mmput(p3);
	want_nothing_left();
}

/* ---- fork and unlink ---- */

static void fork_adds_a_link(struct rig *r)
{
	struct mm_struct *p1 = first_process(1), *p2, *p3, *p4;
	struct anon_vma *a = anon_of(p1), *b, *c, *d;

	p2 = rig_fork(p1);
	b = anon_of(p2);
	want(b != a && b->root == a && b->parent == a);
	want_anon(a, 2, 2, 1);
	want_anon(b, 1, 0, 1);
	want_chain(p1->mmap, a);
	want_chain(p2->mmap, b, a);
	p3 = rig_fork(p2);
	c = anon_of(p3);
	want(c->root == a && c->parent == b);
	want_anon(a, 3, 2, 1);
	want_anon(b, 1, 1, 1);
	want_chain(p3->mmap, c, b, a);
	p4 = rig_fork(p1);
	d = anon_of(p4);
	want(d->parent == a);
	want_anon(a, 4, 3, 1);
	want_chain(p4->mmap, d, a);
	want_int(r->nr[EV_ANON_REUSED], 0);
	want_families();
	mmput(p1);
	want_anon(a, 4, 3, 0);
	mmput(p2);
	want_anon(b, 1, 1, 0);		/* on the chain of P3 */
	want_families();
	mmput(p3);			/* C, then B: no VMA is linked to them any more */
	want_int(anon_vmas(), 2);
	want_anon(a, 2, 2, 0);
	want_families();
	mmput(p4);
	want_int(r->nr[EV_ANON_FREED], 4);
	want_nothing_left();
}

static int fork_and_unlink(struct vm_area_struct *vma, const struct mm_struct *mm)
{
	int err = fork_vma(vma, mm);

	if (!err) {
		want_int(chain_length(vma), chain_length(mm->mmap) + 1);
		unlink_anon_vmas(vma);
	}
	want(list_empty(&vma->anon_vma_chain) && !vma->anon_vma);
	return err;
}

static int fork_one(struct rig *r)
{
	struct vm_area_struct *vma = vm_area_alloc(r->arg);
	int err = vma ? fork_and_unlink(vma, r->arg) : -ENOMEM;

	if (vma)
		vm_area_free(vma);
	return err;
}

/* The VMA, anon_vma and last link; those under the lock are asked for a second time without it. */
static void fork_without_memory(struct rig *r)
{
	struct mm_struct *p1 = first_process(1), *p2 = rig_fork(p1), *p3 = rig_fork(p2);

	r->arg = p3;
	want_int(rig_each_failure(r, fork_one, NULL, true), 3);
	want_families();
	mmput(p1);
	mmput(p2);
	mmput(p3);
	want_nothing_left();
}

/* ---- memory that is really out: all links are taken and hold each other ---- */

struct hoard {
	struct kmem_cache *cache;
	void **last;
};

static void hoard_all(struct hoard *h)
{
	void **obj;

	while ((obj = kmem_cache_alloc(h->cache, GFP_KERNEL))) {
		*obj = h->last;
		h->last = obj;
	}
}

static void hoard_give(struct hoard *h, unsigned nr)
{
	while (h->last && nr--) {
		void **obj = h->last;

		h->last = *obj;
		kmem_cache_free(h->cache, obj);
	}
}

/*
 * Also the second request for a link fails, with 0, 1, ... links of the new chain made. What is
 * freed waits in quarantine first: as many more have to be freed for one to be had.
 */
static void fork_without_links(struct rig *r)
{
	struct mm_struct *p1 = first_process(2), *p2 = rig_fork(p1), *p3 = rig_fork(p2);
	struct vm_area_struct *vma = vm_area_alloc(p3);
	struct hoard h = { provider()->chains, NULL };
	struct ledger before;

	(void)r;
	hoard_all(&h);
	hoard_give(&h, ARRAY_SIZE(h.cache->quarantine));
	for (unsigned given = 0; given < 4; given++) {
		before = rig_ledger();
		want_int(fork_and_unlink(vma, p3), -ENOMEM);
		want_ledger(&before);
		hoard_give(&h, 1);
	}
	want_int(fork_and_unlink(vma, p3), 0);
	hoard_give(&h, ~0u);
	vm_area_free(vma);
	want_families();
	mmput(p1);
	mmput(p2);
	mmput(p3);
	want_nothing_left();
}

/*
 * The half of a VMA that is split has its anon_vma from the start, and is not counted before it is
 * linked.
 */
static void split_without_links(struct rig *r)
{
	struct mm_struct *mm = first_process(2), *child = rig_fork(mm);
	struct vm_area_struct *half = vm_area_alloc(child);
	struct hoard h = { provider()->chains, NULL };

	(void)r;
	hoard_all(&h);
	hoard_give(&h, ARRAY_SIZE(h.cache->quarantine));
	for (unsigned given = 0; given < 2; given++) {
		half->anon_vma = anon_of(child);
		want_int(anon_vma_clone(half, child->mmap), -ENOMEM);
		want(list_empty(&half->anon_vma_chain) && !half->anon_vma);
		want_anon(anon_of(child), 1, 0, 1);
		want_anon(anon_of(mm), 2, 2, 1);
		hoard_give(&h, 1);
	}
	hoard_give(&h, ~0u);
	vm_area_free(half);
	want_families();
	mmput(mm);
	mmput(child);
	want_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(prepare_makes_a_root),
		RIG_TEST(prepare_shares_with_a_neighbour),
		RIG_TEST(prepare_does_not_share_over_a_gap),
		RIG_TEST(prepare_does_not_share_after_a_fork),
		RIG_TEST(prepare_without_memory),
		RIG_TEST(split_clones_the_chain),
		RIG_TEST(split_reuses_nothing),
		RIG_TEST(fork_adds_a_link),
		RIG_TEST(fork_without_memory),
		RIG_TEST(fork_without_links),
		RIG_TEST(split_without_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
