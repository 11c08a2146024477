/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the chain reverse map: direct pointers and chains, and how each becomes the other; what comes of entries whose lock is
 * missed, that have to stay, or are in no VMA; entries that move; memory that is out; and what its era has otherwise.
 *
 * Concurrency: one task, or two where a lock is to be missed.
 */
#include "files.h"

#include "mlock.h"
#include "rmap/pte-chain/pte_chain.h"

static void chain_body(void **state)
{
	rig_rmap = &rmap_pte_chain;
	rig_test(state);
	rig_rmap = &rmap_anon_chain;
}

#define CHAIN_TEST(body) { #body, chain_body, NULL, NULL, (void *)(body) }

static bool direct(const struct page *page)
{
	return flag_peek(page, PG_direct);
}

static unsigned links(void)
{
	return provider()->cache->live;
}

static long reverse_maps(void)
{
	return core()->vmstat[NR_REVERSE_MAPS].counter;
}

/* The second mapping makes a chain of two links, and the last but one that goes makes it a pointer again. */
static void converts_both_ways(struct rig *r)
{
	struct mm_struct *p = rig_mm(), *c, *d;
	unsigned long a = rig_mmap(p, 1);
	struct page *page;

	(void)r;
	rig_write(p, a, 1);
	page = rig_page(p, a);
	want(direct(page) && mapcount_peek(page) == 1 && !links());
	c = rig_fork(p);
	want(!direct(page) && mapcount_peek(page) == 2 && links() == 2);
	d = rig_fork(c);
	want(!direct(page) && mapcount_peek(page) == 3 && links() == 3);
	want_int(reverse_maps(), 3);
	want_counts();
	mmput(c);
	want(!direct(page) && mapcount_peek(page) == 2 && links() == 2);
	mmput(p);
	want(direct(page) && mapcount_peek(page) == 1 && !links());
	want(rig_page(d, a) == page && rig_read(d, a) == 1);
	want_counts();
	mmput(d);
	want(!page_mapped(page) && !direct(page) && !reverse_maps());
}

/* An entry is found by its table. */
static void tables_know(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long a = rig_mmap(mm, 12), last = a + PAGE(11);
	struct pgtable *pt;
	pte_t *ptep;

	(void)r;
	rig_write(mm, a, 1);
	rig_write(mm, last, 2);
	pt = pgtable_find(mm, last);
	ptep = (pte_t *)rig_page(mm, last)->rmap_private;
	want(pt != pgtable_find(mm, a) && ptep == pte_offset(pt, last));
	/* One lock for both. */
	want(pte_lockptr(pt) == &mm->page_table_lock && pte_lockptr(pgtable_find(mm, a)) == &mm->page_table_lock);
	mmput(mm);
}

static void hold_tables(struct rig *r)
{
	struct mm_struct *mm = r->arg;

	spin_lock(&mm->page_table_lock);
	spin_unlock(&mm->page_table_lock);
}

/* What cannot be locked now stays in the chain, and everybody else is unmapped. */
static void misses_a_lock(struct rig *r)
{
	struct mm_struct *p = rig_mm(), *c, *d;
	unsigned long a = rig_mmap(p, 1);
	struct page *page;

	rig_write(p, a, 1);
	page = rig_page(p, a);
	c = rig_fork(p);
	d = rig_fork(p);
	r->arg = c;
	rig_hold(r, "hold_tables", OP_UNLOCK, NULL);
	rig_raise(r, 1);
	rig_until_held(r);
	want(reclaim_page(page) == RECLAIM_KEPT);
	want_int(r->nr[EV_UNMAP_AGAIN], 1);
	want(!rig_page(p, a) && rig_page(c, a) == page && !rig_page(d, a));
	want(direct(page) && mapcount_peek(page) == 1 && reverse_maps() == 1 && !links());
	rig_let_go(r);
	rig_wait(r, 2);
	want(reclaim_page(page) == RECLAIM_FREED);
	want(rig_read(p, a) == 1 && rig_read(c, a) == 1);
	want_counts();
	mmput(p);
	mmput(c);
	mmput(d);
}

static void holds_the_lock(struct rig *r)
{
	rig_wait(r, 1);
	hold_tables(r);
	rig_raise(r, 2);
}

static void trylock_is_missed(void **state)
{
	struct rig r;

	(void)state;
	rig_rmap = &rmap_pte_chain;
	rig_begin(&r);
	rig_run_two(&r, misses_a_lock, holds_the_lock);
	rig_end(&r);
	rig_rmap = &rmap_anon_chain;
}

/* At a mapping that is locked in memory it is over: who came before it is unmapped, nobody is lost. */
static void stops_at_locked(struct rig *r)
{
	struct mm_struct *p = rig_mm(), *c, *d;
	unsigned long a = rig_mmap(p, 1);
	struct page *page;

	(void)r;
	rig_write(p, a, 1);
	c = rig_fork(p);
	rig_write(p, a, 1);
	page = rig_page(c, a);
	d = rig_fork(c);
	want_int(mapcount_peek(page), 2);
	want_int(do_mprotect(c, a, PAGE_SIZE, VM_READ), 0);
	want_int(do_mlock(c, a, PAGE_SIZE), 0);
	want(rig_page(c, a) == page);
	/* The child's entry is in front. */
	want(reclaim_page(page) == RECLAIM_KEPT);
	want(rig_page(c, a) == page && !rig_page(d, a) && direct(page));
	want_int(rig_read(d, a), 1);
	want(rig_page(d, a) == page && mapcount_peek(page) == 2);
	want_counts();
	want_int(do_munlock(c, a, PAGE_SIZE), 0);
	want(reclaim_page(page) == RECLAIM_FREED);
	mmput(p);
	mmput(c);
	mmput(d);
}

/* An entry that is in no VMA stays, whatever comes behind it. */
static void leaves_what_is_nowhere(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long a = rig_mmap(mm, 2);
	struct vm_area_struct *vma;
	struct page *page;

	rig_write(mm, a, 1);
	page = rig_page(mm, a);
	want_int(do_mprotect(mm, a + PAGE(1), PAGE_SIZE, VM_READ), 0);
	vma = mm->mmap;
	vma_unlink_list(mm, vma);
	want(find_vma(mm, a) && find_vma(mm, a) != vma);
	want(reclaim_page(page) == RECLAIM_KEPT && rig_page(mm, a) == page);
	want_int(r->nr[EV_UNMAP_NO_VMA], 1);
	vma_link_list(mm, vma);
	want(reclaim_page(page) == RECLAIM_FREED);
	want_int(rig_read(mm, a), 1);
	mmput(mm);
}

/* A chain has the new place, and a direct pointer, too. */
static void follows_moves(struct rig *r)
{
	struct mm_struct *p = rig_mm(), *c;
	unsigned long a = rig_mmap(p, 2), b;
	struct page *shared, *own;

	rig_mmap(p, 1);
	want_int(do_mprotect(p, a + PAGE(2), PAGE_SIZE, VM_READ), 0);
	rig_write(p, a, 1);
	c = rig_fork(p);
	rig_write(p, a + PAGE(1), 2);
	shared = rig_page(p, a);
	own = rig_page(p, a + PAGE(1));
	b = (unsigned long)do_mremap(p, a, PAGE(2), PAGE(4));
	want(b > a && r->nr[EV_PTE_MOVED] == 2);
	want(rig_page(p, b) == shared && rig_page(c, a) == shared && rig_page(p, b + PAGE(1)) == own);
	want(direct(own) && own->rmap_private == (unsigned long)pte_offset(pgtable_find(p, b + PAGE(1)), b + PAGE(1)));
	want_int(core()->rmap->find_mappings(shared), 2);
	want_counts();
	want(reclaim_page(shared) == RECLAIM_FREED && reclaim_page(own) == RECLAIM_FREED);
	want(rig_read(p, b) == 1 && rig_read(c, a) == 1 && rig_read(p, b + PAGE(1)) == 2);
	mmput(p);
	mmput(c);
}

/* The zero page is mapped by whoever likes, and known by nobody. */
static void ignores_reserved(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long a = rig_mmap(mm, 1);
	struct page *zero = pfn_to_page(ZERO_PFN);
	struct rmap_location at;

	(void)r;
	rig_read(mm, a);
	at = (struct rmap_location){ mm->mmap, a, pte_offset(pgtable_find(mm, a), a) };
	spin_lock(&mm->page_table_lock);
	core()->rmap->page_add_file(zero, &at);
	want(!zero->rmap_private);
	core()->rmap->page_remove(zero, &at);
	spin_unlock(&mm->page_table_lock);
	want(!reverse_maps());
	mmput(mm);
}

static int fork_it(struct rig *r)
{
	struct mm_struct **mm = r->arg;

	mm[1] = dup_mm(mm[0]);
	return mm[1] ? 0 : -ENOMEM;
}

static void exit_child(struct rig *r)
{
	struct mm_struct **mm = r->arg;

	mmput(mm[1]);
}

/* Fork needs links for all that it shares. Where the first try finds no memory under the locks, the second one waits without them. */
static void fork_runs_out(struct rig *r)
{
	struct mm_struct *mm[2] = { rig_mm() };
	unsigned long a = rig_mmap(mm[0], 3);
	unsigned failures;

	for (unsigned i = 0; i < 3; i++)
		rig_write(mm[0], a + PAGE(i), i + 1);
	r->arg = mm;
	failures = rig_each_failure(r, fork_it, exit_child, true);
	want(failures >= 3);
	want(direct(rig_page(mm[0], a)) && !links() && reverse_maps() == 3);
	want_counts();
	/* Not a single one to be had. */
	rig_no_memory(4);
	want_int(fork_it(r), -ENOMEM);
	rig_no_memory(0);
	want(!links() && reverse_maps() == 3);
	want_counts();
	mmput(mm[0]);
}

/* A further process faults in a page of a file: no memory for the link is no memory for the fault. */
static void fault_runs_out(struct rig *r)
{
	struct mm_struct *p = rig_mm(), *c = rig_mm();
	struct file *file = new_file(1);
	unsigned long a = map_file(p, file, 1, true), b = map_file(c, file, 1, true);
	u64 value;

	(void)r;
	rig_read(p, a);
	rig_mmap(c, 1);
	rig_write(c, b + PAGE(1), 1);		/* the table is there */
	rig_no_memory(1);
	want_int(user_access(c, b, false, &value), -ENOMEM);
	rig_no_memory(0);
	want(mapcount_peek(cached(file, 0)) == 1 && !links());
	want_int(rig_read(c, b), 0);
	want(mapcount_peek(cached(file, 0)) == 2 && links() == 2);
	want_counts();
	mmput(p);
	mmput(c);
	fput(file);
}

/* Each mapping that was used counts, once. */
static void counts_uses(struct rig *r)
{
	struct mm_struct *p = rig_mm(), *c;
	unsigned long a = rig_mmap(p, 1), flags;
	struct page *page;

	(void)r;
	rig_write(p, a, 1);
	page = rig_page(p, a);
	c = rig_fork(p);
	rig_read(c, a);
	rig_read(p, a);
	rmap_page_lock(page);
	want_int(core()->rmap->referenced(page, false, NULL, &flags), 2);
	want_int(core()->rmap->referenced(page, false, NULL, &flags), 0);
	rmap_page_unlock(page);
	mmput(p);
	mmput(c);
}

/* Whether others share a page is asked of its references: who holds one for whatever reason counts. */
static void reuses_by_references(struct rig *r)
{
	struct mm_struct *p = rig_mm(), *c;
	unsigned long a = rig_mmap(p, 1);
	struct page *page;

	rig_write(p, a, 1);
	page = rig_page(p, a);
	c = rig_fork(p);
	mmput(c);
	rig_write(p, a, 2);
	want(rig_page(p, a) == page && r->nr[EV_COW_REUSE] == 1);
	c = rig_fork(p);
	mmput(c);
	get_page(page);
	rig_write(p, a, 3);
	want(rig_page(p, a) != page && r->nr[EV_COW_COPY] == 1);
	put_page(page);
	/* Swapped in by the only one who has it: it leaves the swap cache. */
	rig_swap_out(p, a);
	rig_write(p, a, 4);
	want(!flag_peek(rig_page(p, a), PG_swapcache) && pte_has(rig_pte(p, a), PTE_WRITE));
	mmput(p);
}

/* Fork copies the entries of files, too: nothing tells which VMA has anonymous pages. */
static void fork_copies_files(struct rig *r)
{
	struct mm_struct *p = rig_mm(), *c;
	struct file *file = new_file(1);
	unsigned long a = map_file(p, file, 1, true);

	(void)r;
	rig_write(p, a, 5);
	c = rig_fork(p);
	want(rig_page(c, a) == cached(file, 0) && mapcount_peek(cached(file, 0)) == 2);
	rig_write(c, a, 6);
	/* Both are clean and read-only, and those who were not are counted. */
	lock_page(cached(file, 0));
	want_int(core()->rmap->mkclean(cached(file, 0)), 2);
	want_int(core()->rmap->mkclean(cached(file, 0)), 0);
	unlock_page(cached(file, 0));
	want(!pte_has(rig_pte(p, a), PTE_WRITE) && !pte_has(rig_pte(c, a), PTE_DIRTY));
	want_int(file_truncate(file, 0), 0);
	want(!rig_page(p, a) && !rig_page(c, a) && !reverse_maps() && !links());
	want_counts();
	mmput(p);
	mmput(c);
	fput(file);
}

static void promises_little(void **state)
{
	struct rmap_ops t = rmap_pte_chain;

	(void)state;
	assert_null(rmap_lacks(&rmap_pte_chain));
	t.policy.features |= 1u << FEATURE_MIGRATION;
	assert_string_equal(rmap_lacks(&t), "page_pin");
	t.policy.features = 1u << FEATURE_ANON_VMA;
	assert_string_equal(rmap_lacks(&t), "vma_unlink");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHAIN_TEST(converts_both_ways), CHAIN_TEST(tables_know), CHAIN_TEST(stops_at_locked), CHAIN_TEST(leaves_what_is_nowhere),
		CHAIN_TEST(follows_moves), CHAIN_TEST(ignores_reserved), CHAIN_TEST(fork_runs_out), CHAIN_TEST(fault_runs_out),
		CHAIN_TEST(counts_uses), CHAIN_TEST(reuses_by_references), CHAIN_TEST(fork_copies_files),
		cmocka_unit_test(trylock_is_missed), cmocka_unit_test(promises_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
