/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of who is said to use a page, and of what reclaim and the tracking of idle pages make of it.
 *
 * Concurrency: one thread; a page that somebody else has locked is locked by it.
 */
#include "references.h"
#include "files.h"

/* By the entry, not by a translation that some TLB has: the processor sets the accessed bit. */
static u64 read_anew(struct mm_struct *mm, unsigned long addr)
{
	flush_tlb_page(mm, addr);
	return rig_read(mm, addr);
}

static unsigned long flags_seen;

static int referenced(struct page *page)
{
	int n;

	lock_page(page);
	n = core()->rmap->referenced(page, true, NULL, &flags_seen);
	unlock_page(page);
	return n;
}

/* A process with one page of a file, which it has read. */
static struct mm_struct *reader_of(struct file *file, unsigned long *addr)
{
	struct mm_struct *mm = rig_mm();
	long a = do_mmap_file(mm, file, 0, 1, true);

	want(a > 0);
	*addr = (unsigned long)a;
	read_anew(mm, *addr);
	return mm;
}

/* Sequential reads do not count, and their bits go; what VMAs say counts only if they were used. */
static void sequential_reads_do_not_count(struct rig *r)
{
	struct file *file = new_file(1);
	unsigned long a, b;
	struct mm_struct *p = reader_of(file, &a), *q = reader_of(file, &b);
	struct page *page = rig_page(p, a);

	(void)r;
	want_int(do_madvise(q, b, PAGE(1), MADVISE_SEQUENTIAL), 0);
	want_int(do_mprotect(p, a, PAGE(1), VM_READ | VM_EXEC), 0);
	read_anew(p, a);
	want_int(referenced(page), 1);
	want(flags_seen & VM_EXEC && !(flags_seen & VM_SEQ_READ));
	want(!pte_has(rig_pte(q, b), PTE_ACCESSED));
	read_anew(q, b);
	want_int(referenced(page), 0);
	want_int(flags_seen, 0);
	want_int(do_madvise(q, b, PAGE(1), MADVISE_NORMAL), 0);
	read_anew(q, b);
	want_int(referenced(page), 1);
	mmput(p);
	mmput(q);
	fput(file);
	want_nothing_left();
}

/* The advice is about a range: what lies around it keeps its own, and comes together again. */
static void advice_splits_and_merges(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long a = rig_mmap(mm, 3);

	(void)r;
	want_int(do_madvise(mm, a + PAGE(1), PAGE(1), MADVISE_SEQUENTIAL), 0);
	want_int(mm->map_count, 3);
	want_int(find_vma(mm, a + PAGE(1))->vm_flags & VM_SEQ_READ, VM_SEQ_READ);
	want_int(find_vma(mm, a)->vm_flags & VM_SEQ_READ, 0);
	want_int(do_madvise(mm, a, PAGE(3), MADVISE_SEQUENTIAL), 0);
	want_int(mm->map_count, 1);
	want_int(do_madvise(mm, a, PAGE(4), MADVISE_NORMAL), -ENOMEM);
	want_int(mm->map_count, 1);
	want_int(mm->mmap->vm_flags & VM_SEQ_READ, 0);
	mmput(mm);
	want_nothing_left();
}

/* The walk of a family that has the page mapped once ends where that is. */
static void the_walk_ends_with_the_last_mapping(struct rig *r)
{
	struct mm_struct *p = rig_mm(), *c[3];
	unsigned long a = rig_mmap(p, 1);
	struct page *page;
	unsigned before;

	rig_write(p, a, 1);
	page = rig_page(p, a);
	for (unsigned i = 0; i < 3; i++)
		c[i] = rig_fork(p);
	before = r->nr[EV_WALK_VMA];
	want_int(referenced(page), 1);
	want_int(r->nr[EV_WALK_VMA] - before, 4);
	for (unsigned i = 0; i < 3; i++)
		rig_write(c[i], a, 2);
	want_int(page_mapcount(page), 1);
	before = r->nr[EV_WALK_VMA];
	referenced(page);
	want(r->nr[EV_WALK_VMA] - before < 4);
	for (unsigned i = 0; i < 3; i++)
		mmput(c[i]);
	mmput(p);
	want_nothing_left();
}

/* Unlocked: an anonymous page is walked as it is, a file's page is locked for it, and one that is locked is in use. */
static void without_the_page_lock(struct rig *r)
{
	struct file *file = new_file(1);
	unsigned long a, b;
	struct mm_struct *p = reader_of(file, &a), *q = rig_mm();
	struct page *page = rig_page(p, a);

	(void)r;
	want_int(core()->rmap->referenced(page, false, NULL, &flags_seen), 1);
	want_int(core()->rmap->referenced(page, false, NULL, &flags_seen), 0);
	lock_page(page);
	want_int(core()->rmap->referenced(page, false, NULL, &flags_seen), 1);
	unlock_page(page);
	want_int(core()->rmap->referenced(page, false, NULL, &flags_seen), 0);
	b = rig_mmap(q, 1);
	rig_write(q, b, 1);
	page = rig_page(q, b);
	lock_page(page);
	want_int(core()->rmap->referenced(page, false, NULL, &flags_seen), 1);
	want_int(core()->rmap->referenced(page, false, NULL, &flags_seen), 0);
	unlock_page(page);
	mmput(p);
	mmput(q);
	fput(file);
	want_nothing_left();
}

/* ---- reclaim ---- */

/* Anonymous memory that was used is active; when it is not used again it becomes inactive, and then goes. */
static void anonymous_pages_age(struct rig *r)
{
	struct mm_struct *p = rig_mm();
	unsigned long a = rig_mmap(p, 1);
	struct page *page;

	(void)r;
	rig_write(p, a, 7);
	lru_add_drain_all();
	page = rig_page(p, a);
	want_int(age_page(page, NULL), RECLAIM_ACTIVE);
	want(flag_peek(page, PG_active) && flag_peek(page, PG_lru));
	read_anew(p, a);
	want_int(age_page(page, NULL), RECLAIM_KEPT);
	want(!flag_peek(page, PG_active));
	want_int(age_page(page, NULL), RECLAIM_FREED);
	want_int(read_anew(p, a), 7);
	want_counts();
	mmput(p);
	want_nothing_left();
}

/* A file's page has to be used twice, unless it is code. */
static void pages_of_files_age(struct rig *r)
{
	struct file *file = new_file(1);
	unsigned long a;
	struct mm_struct *p = reader_of(file, &a);
	struct page *page = rig_page(p, a);

	(void)r;
	lru_add_drain_all();
	want_int(age_page(page, NULL), RECLAIM_KEPT);
	want(flag_peek(page, PG_referenced) && !flag_peek(page, PG_active));
	read_anew(p, a);
	want_int(age_page(page, NULL), RECLAIM_ACTIVE);
	want(flag_peek(page, PG_active));
	read_anew(p, a);
	want_int(age_page(page, NULL), RECLAIM_KEPT);
	want(!flag_peek(page, PG_active));
	want_int(do_mprotect(p, a, PAGE(1), VM_READ | VM_EXEC), 0);
	read_anew(p, a);
	/* Code: the first use is enough. */
	ClearPageFlag(page, PG_referenced);
	want_int(age_page(page, NULL), RECLAIM_ACTIVE);
	read_anew(p, a);
	want_int(age_page(page, NULL), RECLAIM_ACTIVE);
	want_int(age_page(page, NULL), RECLAIM_KEPT);
	mmput(p);
	fput(file);
	want_nothing_left();
}

/* Used by a call only, and dirty: not worth a write just now. */
static void dirty_pages_get_another_round(struct rig *r)
{
	struct file *file = new_file(1);
	struct page *page;
	u64 word;

	(void)r;
	want_int(file_write(file, 0, 5), 0);
	want_int(file_read(file, 0, &word), 0);
	lru_add_drain_all();
	page = file->f_mapping->page[0];
	want_int(age_page(page, NULL), RECLAIM_KEPT);
	want(flag_peek(page, PG_dirty));
	want_int(age_page(page, NULL), RECLAIM_FREED);
	want_int(file_read(file, 0, &word), 0);
	want_int(word, 5);
	fput(file);
	want_nothing_left();
}

/* Two uses by calls, and one through a mapping that is unmapped: all count the same. */
static void uses_that_leave_no_bit(struct rig *r)
{
	struct file *file = new_file(1);
	struct page *page;
	unsigned long a;
	u64 word;

	(void)r;
	mmput(reader_of(file, &a));
	lru_add_drain_all();
	page = file->f_mapping->page[0];
	want(flag_peek(page, PG_referenced) && !flag_peek(page, PG_active));
	want_int(file_read(file, 0, &word), 0);
	want(!flag_peek(page, PG_referenced) && flag_peek(page, PG_active));
	fput(file);
	want_nothing_left();
}

/* What must go goes, used or not. */
static void references_can_be_ignored(struct rig *r)
{
	struct mm_struct *p = rig_mm();
	unsigned long a = rig_mmap(p, 1);

	(void)r;
	rig_write(p, a, 7);
	lru_add_drain_all();
	want(pte_has(rig_pte(p, a), PTE_ACCESSED));
	want_int(reclaim_page(rig_page(p, a)), RECLAIM_FREED);
	mmput(p);
	want_nothing_left();
}

/* Whoever unmaps a page that was not used finds out at the entry that it was, after all. */
static void used_while_it_is_unmapped(struct rig *r)
{
	struct mm_struct *p = rig_mm();
	unsigned long a = rig_mmap(p, 1);
	struct page *page;

	(void)r;
	rig_write(p, a, 7);
	page = rig_page(p, a);
	lock_page(page);
	want(core()->rmap->try_to_unmap(page, 0) == SWAP_FAIL);
	want(page_mapped(page) && !pte_has(rig_pte(p, a), PTE_ACCESSED));
	unlock_page(page);
	mmput(p);
	want_nothing_left();
}

/* ---- idle pages ---- */

static void idle_until_it_is_used(struct rig *r)
{
	struct mm_struct *p = rig_mm();
	unsigned long a = rig_mmap(p, 1);
	struct page *page;

	(void)r;
	rig_write(p, a, 7);
	page = rig_page(p, a);
	want(!page_idle_set(page));
	want_int(page_idle_test(page), -EAGAIN);
	lru_add_drain_all();
	want_int(page_idle_test(page), 0);
	want(page_idle_set(page));
	/* Its accessed bit is kept for reclaim. */
	want(flag_peek(page, PG_young) && !pte_has(rig_pte(p, a), PTE_ACCESSED));
	want_int(page_idle_test(page), 1);
	flush_tlb_mm(p);
	read_anew(p, a);
	want_int(page_idle_test(page), 0);
	want_int(referenced(page), 1);
	want(!flag_peek(page, PG_young));
	want_int(referenced(page), 0);
	/* And what reclaim sees, the tracker is told. */
	want(page_idle_set(page));
	flush_tlb_mm(p);
	read_anew(p, a);
	want_int(referenced(page), 1);
	want(!flag_peek(page, PG_idle));
	mmput(p);
	want_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(sequential_reads_do_not_count),
		RIG_TEST(advice_splits_and_merges),
		RIG_TEST(the_walk_ends_with_the_last_mapping),
		RIG_TEST(without_the_page_lock),
		RIG_TEST(anonymous_pages_age),
		RIG_TEST(pages_of_files_age),
		RIG_TEST(dirty_pages_get_another_round),
		RIG_TEST(uses_that_leave_no_bit),
		RIG_TEST(references_can_be_ignored),
		RIG_TEST(used_while_it_is_unmapped),
		RIG_TEST(idle_until_it_is_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
