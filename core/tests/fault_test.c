/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of faults, fork and munmap: what is mapped afterwards, what it contains, and what is
 * counted.
 *
 * Concurrency: one thread; two bodies where one has to wait for the other.
 */
#include "rig.h"

static bool writable(const struct mm_struct *mm, unsigned long addr)
{
	return pte_has(rig_pte(mm, addr), PTE_PRESENT | PTE_WRITE);
}

static bool zero_page_at(const struct mm_struct *mm, unsigned long addr)
{
	pte_t pte = rig_pte(mm, addr);

	return pte_has(pte, PTE_PRESENT | PTE_SPECIAL) && pte_pfn(pte) == ZERO_PFN;
}

static void want_rss_at(int line, const struct mm_struct *mm, long anon, long swap)
{
	if (mm->anon_rss.counter != anon || mm->swapents.counter != swap)
		rig_fail(line, "mm#%u counts %ld pages and %ld swap entries, not %ld and %ld",
			 mm->id, mm->anon_rss.counter, mm->swapents.counter, anon, swap);
}
#define want_rss(mm, anon, swap) want_rss_at(__LINE__, mm, anon, swap)

/* A process with one area; page i holds 100 + i. */
static struct mm_struct *populated(unsigned pages, unsigned long *addr)
{
	struct mm_struct *mm = rig_mm();

	*addr = rig_mmap(mm, pages);
	for (unsigned i = 0; i < pages; i++)
		rig_write(mm, *addr + PAGE(i), 100 + i);
	lru_add_drain_all();
	return mm;
}

/* ---- new pages ---- */

static void read_maps_the_zero_page(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 2);

	want_int(rig_read(mm, addr), 0);
	want(zero_page_at(mm, addr));
	want(!pte_has(rig_pte(mm, addr), PTE_WRITE));
	want(!mm->mmap->anon_vma);
	want_rss(mm, 0, 0);
	want_int(r->nr[EV_PAGE_ALLOC], 0);
	rig_write(mm, addr, 5);
	want(!zero_page_at(mm, addr) && writable(mm, addr));
	want_int(r->nr[EV_COW_COPY], 1);
	want_int(rig_read(mm, addr), 5);
	want_int(core()->data[ZERO_PFN], 0);
	want_rss(mm, 1, 0);
	want_counts();
	mmput(mm);
	want_int(atomic_peek(&pfn_to_page(ZERO_PFN)->_refcount), 1);
	want_nothing_left();
}

static void write_maps_a_new_page(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 2);
	struct page *page;

	rig_write(mm, addr + PAGE(1), 6);
	page = rig_page(mm, addr + PAGE(1));
	want(page && writable(mm, addr + PAGE(1)) &&
	     pte_has(rig_pte(mm, addr + PAGE(1)), PTE_DIRTY));
	want_int(page->index, mm->mmap->vm_pgoff + 1);
	want(PageAnon(page) && flag_peek(page, PG_swapbacked));
	want_int(r->nr[EV_FAULT_ANON], 1);
	rig_write(mm, addr + PAGE(1), 7);
	want(rig_page(mm, addr + PAGE(1)) == page);
	want_int(r->nr[EV_FAULT_ANON], 1);
	want_rss(mm, 1, 0);
	mmput(mm);
	want_nothing_left();
}

static int access(struct mm_struct *mm, unsigned long addr, bool write)
{
	u64 word = 1;

	return user_access(mm, addr, write, &word);
}

static void access_outside_any_area(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(2, &addr);

	(void)r;
	for (int write = 0; write < 2; write++) {
		want_int(access(mm, 0, write), -EFAULT);
		want_int(access(mm, addr - 1, write), -EFAULT);
		want_int(access(mm, addr + PAGE(2), write), -EFAULT);
		want_int(access(mm, TASK_SIZE - 1, write), -EFAULT);
		want_int(access(mm, TASK_SIZE, write), -EFAULT);
		want_int(access(mm, ~0ul, write), -EFAULT);
	}
	want_int(rig_read(mm, addr + PAGE(2) - 1), 101);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void read_only_area(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr), *child = rig_fork(mm);

	(void)r;
	child->mmap->vm_flags &= ~VM_WRITE;
	want_int(access(child, addr, true), -EFAULT);
	want_int(rig_read(child, addr), 100);
	/* The only one to map it now; but nobody may write to it. */
	mmput(mm);
	rig_swap_out(child, addr);
	want_int(rig_read(child, addr), 100);
	want_int(access(child, addr, true), -EFAULT);
	want(!writable(child, addr));
	mmput(child);
	want_nothing_left();
}

/* ---- copy on write ---- */

static void shared_page_is_copied(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr), *child = rig_fork(mm);
	struct page *page = rig_page(mm, addr), *copy;

	rig_write(child, addr, 9);
	copy = rig_page(child, addr);
	want(copy != page && rig_page(mm, addr) == page);
	want_int(r->nr[EV_COW_COPY], 1);
	want_int(r->nr[EV_COW_REUSE], 0);
	want_int(rig_read(mm, addr), 100);
	want_int(rig_read(child, addr), 9);
	want(writable(child, addr) && !writable(mm, addr));
	want_int(atomic_peek(&page->_mapcount), 0);
	want_counts();
	mmput(mm);
	mmput(child);
	want_nothing_left();
}

static void last_mapper_writes_in_place(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr), *child = rig_fork(mm);
	struct page *page = rig_page(mm, addr);

	mmput(child);
	want(!writable(mm, addr));
	rig_write(mm, addr, 9);
	want(rig_page(mm, addr) == page && writable(mm, addr));
	want_int(r->nr[EV_COW_REUSE], 1);
	want_int(r->nr[EV_COW_COPY], 0);
	mmput(mm);
	want_nothing_left();
}

/* The page of a child that is left alone belongs to the child's anon_vma from then on. */
static void reuse_moves_the_page(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr), *child = rig_fork(mm);
	struct page *page = rig_page(mm, addr);
	unsigned long own = (unsigned long)child->mmap->anon_vma + PAGE_MAPPING_ANON;

	(void)r;
	want((unsigned long)page->mapping != own);
	mmput(mm);
	rig_write(child, addr, 9);
	want(rig_page(child, addr) == page);
	want((unsigned long)page->mapping == own);
	want_counts();
	mmput(child);
	want_nothing_left();
}

/* In the swap cache it is shared with the slot's entries, too. */
static void entry_in_swap_forbids_reuse(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr), *child = rig_fork(mm);

	rig_swap_out(mm, addr);
	want_int(rig_read(mm, addr), 100);
	rig_write(mm, addr, 8);
	want_int(r->nr[EV_COW_COPY], 1);
	want_int(rig_read(child, addr), 100);
	want_int(rig_read(mm, addr), 8);
	want_counts();
	/* And alone, it takes the page out of the cache. */
	rig_write(child, addr, 7);
	want_int(r->nr[EV_COW_REUSE], 1);
	want(!flag_peek(rig_page(child, addr), PG_swapcache));
	want_counts();
	mmput(mm);
	mmput(child);
	want_nothing_left();
}

/*
 * The page lock is waited for without the pte lock: meanwhile reclaim may take the page away, and
 * the write begins anew.
 */
static void writer_waits_for_page_lock(struct rig *r)
{
	unsigned long *addr = r->arg;
	struct mm_struct *mm = populated(1, addr), *child = rig_fork(mm);

	r->arg = rig_page(mm, *addr);
	mmput(child);
	rig_raise(r, 1);
	rig_wait(r, 2);
	rig_write(mm, *addr, 9);
	want_int(r->flag, 3);
	want_int(rig_read(mm, *addr), 9);
	want_int(r->nr[EV_FAULT_RACED], 1);
	want_int(r->nr[EV_SWAP_IN], 1);
	rig_wait(r, 4);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void reclaims_it_meanwhile(struct rig *r)
{
	struct page *page;

	rig_wait(r, 1);
	page = r->arg;
	want(isolate_lru_page(page));
	lock_page(page);
	rig_raise(r, 2);
	rig_until_other_waits(r);
	want(add_to_swap(page));
	want(core()->rmap->try_to_unmap(page, TTU_IGNORE_ACCESS) == SWAP_SUCCESS);
	rig_raise(r, 3);
	unlock_page(page);
	putback_lru_page(page);
	rig_raise(r, 4);
}

static void write_waits_for_the_page_lock(void **state)
{
	unsigned long addr;
	struct rig r;

	(void)state;
	rig_begin(&r);
	r.arg = &addr;
	rig_run_two(&r, writer_waits_for_page_lock, reclaims_it_meanwhile);
	rig_end(&r);
}

/* ---- swap ---- */

static void content_comes_back(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(3, &addr);

	for (unsigned i = 0; i < 3; i++)
		rig_swap_out(mm, addr + PAGE(i));
	want_rss(mm, 0, 3);
	want_counts();
	want_int(rig_read(mm, addr), 100);
	want(!writable(mm, addr));
	want_rss(mm, 1, 2);
	rig_write(mm, addr + PAGE(1), 7);
	want(writable(mm, addr + PAGE(1)));
	want_rss(mm, 2, 1);
	want_counts();
	want_int(rig_read(mm, addr + PAGE(1)), 7);
	want_int(rig_read(mm, addr + PAGE(2)), 102);
	want_rss(mm, 3, 0);
	want_int(r->nr[EV_SWAP_IN], 3);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void write_to_shared_swap_copies(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr), *child = rig_fork(mm);

	rig_swap_out(mm, addr);
	want_rss(child, 0, 1);
	rig_write(child, addr, 9);
	want_rss(child, 1, 0);
	want_rss(mm, 0, 1);
	want_int(r->nr[EV_SWAP_IN], 1);
	want_int(r->nr[EV_COW_COPY], 1);
	want_int(rig_read(mm, addr), 100);
	want_int(rig_read(child, addr), 9);
	want_counts();
	mmput(mm);
	mmput(child);
	want_nothing_left();
}

/* No memory: the access fails with nothing changed, and succeeds when there is some. */
static void faults_without_memory(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(2, &addr), *child;

	(void)r;
	rig_swap_out(mm, addr);
	child = rig_fork(mm);
	current->fail_alloc = 1;
	want_int(access(mm, addr, false), -ENOMEM);
	want_rss(mm, 1, 1);
	want_counts();
	current->fail_alloc = 1;
	want_int(access(child, addr + PAGE(1), true), -ENOMEM);
	want_counts();
	want_int(current->fail_alloc, 0);
	want_int(rig_read(mm, addr), 100);
	rig_write(child, addr + PAGE(1), 5);
	want_int(rig_read(mm, addr + PAGE(1)), 101);
	mmput(mm);
	mmput(child);
	want_nothing_left();
}

static int first_write(struct rig *r)
{
	struct mm_struct *mm = r->arg;

	return access(mm, mm->mmap->vm_start, true);
}

static void forget_the_page(struct rig *r)
{
	struct mm_struct *mm = r->arg;
	unsigned long addr = mm->mmap->vm_start;

	want_int(do_munmap(mm, addr, PAGE(1)), 0);
	want_int(rig_mmap(mm, 1), addr);
}

/*
 * Each allocation of a first write fails once: the table, the link, the anon_vma, the page. What
 * was made stays for the next.
 */
static void first_write_without_memory(struct rig *r)
{
	struct mm_struct *mm = rig_mm();

	r->arg = mm;
	rig_mmap(mm, 1);
	for (unsigned n = 1; n <= 4; n++) {
		current->fail_alloc = n;
		want_int(first_write(r), -ENOMEM);
		want_int(current->fail_alloc, 0);
		want_counts();
		forget_the_page(r);
	}
	current->fail_alloc = 5;
	want_int(first_write(r), 0);
	current->fail_alloc = 0;
	mmput(mm);
	want_nothing_left();
}

/* ---- fork ---- */

static void fork_protects_and_flushes(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(2, &addr), *child;
	const struct tlb_entry *tlb = core()->cpu[0].tlb.entry;

	(void)r;
	rig_on_cpu(1);
	rig_write(mm, addr, 1);
	rig_on_cpu(0);
	child = rig_fork(mm);
	for (unsigned i = 0; i < RIG_CPUS * TLB_ENTRIES; i++) {
		tlb = &core()->cpu[i / TLB_ENTRIES].tlb.entry[i % TLB_ENTRIES];
		want(tlb->mm != mm);
	}
	for (unsigned i = 0; i < 2; i++) {
		want(!writable(mm, addr + PAGE(i)) && !writable(child, addr + PAGE(i)));
		want(rig_page(mm, addr + PAGE(i)) == rig_page(child, addr + PAGE(i)));
		want_int(atomic_peek(&rig_page(mm, addr + PAGE(i))->_mapcount), 1);
	}
	want_rss(child, 2, 0);
	want_counts();
	mmput(mm);
	mmput(child);
	want_nothing_left();
}

static void children_are_isolated(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(3, &addr), *child = rig_fork(mm),
			 *grandchild = rig_fork(child);

	(void)r;
	rig_write(mm, addr, 1);
	rig_on_cpu(1);
	rig_write(child, addr, 2);
	rig_write(child, addr + PAGE(1), 2);
	rig_on_cpu(2);
	rig_write(grandchild, addr + PAGE(2), 3);
	want_int(rig_read(mm, addr), 1);
	want_int(rig_read(child, addr), 2);
	want_int(rig_read(grandchild, addr), 100);
	want_int(rig_read(mm, addr + PAGE(1)), 101);
	want_int(rig_read(grandchild, addr + PAGE(1)), 101);
	want_int(rig_read(child, addr + PAGE(2)), 102);
	want_counts();
	mmput(child);
	want_int(rig_read(grandchild, addr), 100);
	want_int(rig_read(grandchild, addr + PAGE(2)), 3);
	mmput(mm);
	want_int(rig_read(grandchild, addr), 100);
	want_counts();
	mmput(grandchild);
	want_nothing_left();
}

/* An area of which nothing was written has no page to share: the child faults them in by itself. */
static void untouched_area_is_not_copied(struct rig *r)
{
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long addr = rig_mmap(mm, 2);

	(void)r;
	rig_read(mm, addr);
	child = rig_fork(mm);
	want(!child->mmap->anon_vma);
	want_int(rig_pte(child, addr).pte, 0);
	want_int(rig_read(child, addr), 0);
	rig_write(child, addr, 4);
	want_int(rig_read(mm, addr), 0);
	want_counts();
	mmput(mm);
	mmput(child);
	want_nothing_left();
}

static void mm_has_users(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr);

	want(mmget_not_zero(mm));
	mmput(mm);
	want_int(r->nr[EV_EXITED], 0);
	want_int(rig_read(mm, addr), 100);
	mmput(mm);
	want_int(r->nr[EV_EXITED], 1);
	want_nothing_left();
}

static int fork_and_keep(struct rig *r)
{
	struct mm_struct *mm = r->arg, *child = dup_mm(mm);

	r->arg = child ? child : mm;
	return child ? 0 : -ENOMEM;
}

static struct mm_struct *the_parent(void)
{
	return list_first_entry(&core()->mms, struct mm_struct, mms);
}

static void child_exits(struct rig *r)
{
	mmput(r->arg);
	r->arg = the_parent();
}

/*
 * Three areas, of which the parent's and an ancestor's anon_vmas are on the chains; a page in swap;
 * two tables.
 */
static void fork_without_memory(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(PTRS_PER_PTE + 2, &addr), *child;

	want_int(do_munmap(mm, addr + PAGE(2), PAGE(1)), 0);
	rig_swap_out(mm, addr);
	child = rig_fork(mm);
	mmput(mm);
	r->arg = child;
	rig_write(child, addr + PAGE(1), 5);
	want(rig_each_failure(r, fork_and_keep, child_exits, true) >= 6);
	want_int(rig_read(child, addr), 100);
	want_int(rig_read(child, addr + PAGE(1)), 5);
	mmput(child);
	want_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(read_maps_the_zero_page),
		RIG_TEST(write_maps_a_new_page),
		RIG_TEST(access_outside_any_area),
		RIG_TEST(read_only_area),
		RIG_TEST(shared_page_is_copied),
		RIG_TEST(last_mapper_writes_in_place),
		RIG_TEST(reuse_moves_the_page),
		RIG_TEST(entry_in_swap_forbids_reuse),
		cmocka_unit_test(write_waits_for_the_page_lock),
		RIG_TEST(content_comes_back),
		RIG_TEST(write_to_shared_swap_copies),
		RIG_TEST(faults_without_memory),
		RIG_TEST(first_write_without_memory),
		RIG_TEST(fork_protects_and_flushes),
		RIG_TEST(children_are_isolated),
		RIG_TEST(untouched_area_is_not_copied),
		RIG_TEST(mm_has_users),
		RIG_TEST(fork_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
