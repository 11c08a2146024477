/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mremap: a mapping grows or shrinks where it is, or moves with its pages.
 *
 * mmap_lock is held for write, which keeps out everybody but the hardware and who comes from a page. The pages do not belong to
 * mremap: from the moment in which an entry is at its new place, reclaim may find it there, and free the page.
 */
#include "defects.h"
#include "file.h"
#include "ksm.h"
#include "mlock.h"
#include "mmu_notifier.h"
#include "userfaultfd.h"

#define TABLE_SIZE (PTRS_PER_PTE * PAGE_SIZE)

/* What was asked for. */
struct remap {
	unsigned long addr, old_len, new_len;
	bool dontunmap;			/* it moves, and the old place stays mapped */
};

/* Entries on their way. */
struct move {
	struct vm_area_struct *vma, *new_vma;
	unsigned long old_addr, new_addr, len;
	bool need_rmap_locks;		/* a walk could come by the new place too early, and by the old one too late */
	bool unlinked;			/* new_vma is nobody's yet */
};

/*
 * A walk goes through the VMAs in the order of their offsets, and of equal ones in the order in which they came. So it looks at
 * a copy after the original, and finds an entry that moves in between at the new place if not at the old one. Only where the
 * copy became part of a VMA that begins earlier it may look at the new place too early, and at the old one too late. Where walks know
 * no order but that in which VMAs came, that may be so of any VMA that was there before.
 */
static bool walked_before(const struct vm_area_struct *new_vma, const struct vm_area_struct *vma)
{
	bool sorted = core()->rmap->policy.walks_sorted;

	return !defect(D_Z14_MERGE) && (!sorted || new_vma->vm_pgoff <= vma->vm_pgoff);
}

/* Who takes the pages of its file away may have been at the one place, and have the other one still before him. */
static bool unmapping_returns(const struct vm_area_struct *vma)
{
	return vma->vm_file && core()->rmap->policy.unmap_gives_way;
}

static struct vm_area_struct *clone_vma(const struct merge_request *to, struct vm_area_struct *vma)
{
	struct vm_area_struct *new = vm_area_alloc(vma->vm_mm);

	if (!new)
		return NULL;
	new->vm_start = to->start;
	new->vm_end = to->end;
	new->vm_pgoff = to->pgoff;
	new->vm_flags = to->flags;
	vma_set_file(new, vma->vm_file);
	new->anon_vma = vma->anon_vma;
	if (core()->rmap->vma_clone(new, vma)) {
		vm_area_free(new);
		return NULL;
	}
	return new;
}

/* Truncate has to find what moves there. */
static void link_file_early(struct vm_area_struct *vma)
{
	data_publish(vma);
	vma_link_file(vma, NULL);
}

/*
 * The VMA for the new place: part of a neighbour if that is possible. The offset of a page that is mapped cannot change, as
 * page->index has it; without pages it does, and the copy may even become part of the original (mv->vma follows). NULL when
 * memory is out.
 */
static struct vm_area_struct *copy_vma(struct move *mv, unsigned long new_len)
{
	struct vm_area_struct *vma = mv->vma, *new;
	unsigned long start = vma->vm_start;
	struct merge_request to = {
		.start = mv->new_addr, .end = mv->new_addr + new_len,
		.pgoff = vma->vm_pgoff + ((mv->old_addr - start) >> PAGE_SHIFT),
		/* The monitor knows nothing of the new place. */
		.flags = vma->vm_flags & ~VM_UFFD_MISSING, .anon_vma = vma->anon_vma, .file = vma->vm_file,
		.pages_come = vma->anon_vma,
	};

	mv->need_rmap_locks = unmapping_returns(vma);	/* asked before it may be merged, and gone */
	if (!vma->vm_file && !vma->anon_vma)
		to.pgoff = to.start >> PAGE_SHIFT;
	new = vma_merge(vma->vm_mm, find_vma_before(vma->vm_mm, to.start), &to);
	if (!new) {
		new = clone_vma(&to, vma);
		mv->unlinked = new && core()->rmap->policy.mremap_links_late;
		if (mv->unlinked)
			link_file_early(new);
		else if (new)
			vma_link(vma->vm_mm, new, NULL);
		return new;
	}
	if (start >= new->vm_start && start < new->vm_end)
		mv->vma = new;
	mv->need_rmap_locks |= walked_before(new, mv->vma);
	return new;
}

/* Walks are kept out. Who takes the file's pages away, and gives the lock up between two looks, has to look at the new place, too. */
static void keep_walks_out(const struct move *mv)
{
	take_rmap_locks(mv->vma);
	if (!defect(D_Z47_MOVE))
		vma_not_unmapped(mv->new_vma, NULL);
}

/* ---- entries ---- */

/* An entry is on its way, and is in neither place. Who keeps entries by their address is told before it is there. */
static void tell_rmap(pte_t pte, pte_t *from, pte_t *to)
{
	struct page *page = pte_page(pte);

	if (page && core()->rmap->entry_moved)
		core()->rmap->entry_moved(page, from, to);
}

static void tell_moved(const struct move *mv, unsigned long done, pte_t pte)
{
	event(PTE_MOVED, .mm = mv->vma->vm_mm, .addr = mv->old_addr + done, .end = mv->new_addr + done,
	      .pfn = pte_present(pte) ? pte_pfn(pte) : 0);
	if (pte_migration(pte))
		event(MIGRATION_MOVED, .mm = mv->vma->vm_mm, .addr = mv->new_addr + done, .pfn = pte_pfn(pte));
}

/* What is found at an address where it was not before counts as written there. */
static pte_t move_soft_dirty_pte(pte_t pte)
{
	return pte_hwpoison(pte) || defect(D_SOFT_MOVE) ? pte : pte_with(pte, PTE_SOFT_DIRTY);
}

/*
 * The same of a table whose entries stay where they are, while the processor may be setting bits in them. Before it moves, as they have
 * their lock: nobody asks until mmap_lock is released. (Linux leaves them as they are.)
 */
static void mark_table(struct pgtable *pt)
{
	if (defect(D_SOFT_TABLE))
		return;
	spin_lock(pte_lockptr(pt));
	for (unsigned i = 0; i < PTRS_PER_PTE; i++) {
		pte_t pte = ptep_get(&pt->pte[i]);

		if (pte_none(pte) || pte_same(pte, move_soft_dirty_pte(pte)))
			continue;
		exec_point(OP_RMW, &pt->pte[i]);
		__atomic_fetch_or(&pt->pte[i].pte, PTE_SOFT_DIRTY, __ATOMIC_SEQ_CST);
	}
	spin_unlock(pte_lockptr(pt));
}

/*
 * Has a translation of the old place to be gone before the locks are? Of whatever is mapped, as it was when it was removed: until then
 * the processor may set bits in it. (seen: a look before that.)
 */
static bool flush_before_unlock(pte_t seen, pte_t removed)
{
	if (defect(D_Z25_DIRTY))
		return pte_present(seen) && pte_has(seen, PTE_DIRTY);
	return pte_present(removed);
}

/* Those of one table, done to end bytes from the start of the move. */
static void move_ptes(const struct move *mv, struct pgtable *from, struct pgtable *to, unsigned long done, unsigned long end)
{
	unsigned long start = mv->old_addr + done;
	bool flush = false;

	if (mv->need_rmap_locks)
		keep_walks_out(mv);
	spin_lock(pte_lockptr(from));
	if (pte_lockptr(to) != pte_lockptr(from))
		spin_lock_nested(pte_lockptr(to), SINGLE_DEPTH_NESTING);
	flush_tlb_batched_pending(mv->vma->vm_mm);
	for (; done < end; done += PAGE_SIZE) {
		pte_t *old = pte_offset(from, mv->old_addr + done), seen = ptep_get(old), pte;

		if (pte_none(seen))
			continue;
		pte = ptep_get_and_clear(old);
		flush |= flush_before_unlock(seen, pte);
		tell_rmap(pte, old, pte_offset(to, mv->new_addr + done));
		set_pte(pte_offset(to, mv->new_addr + done), move_soft_dirty_pte(pte));
		tell_moved(mv, done, pte);
	}
	/* While both locks are held: whoever frees the page through its new entry flushes the new address only. */
	if (flush && !defect(D_Z25))
		flush_tlb_range_defect(mv->vma->vm_mm, start, mv->old_addr + end, D_SVA_MREMAP);
	if (pte_lockptr(to) != pte_lockptr(from))
		spin_unlock(pte_lockptr(to));
	spin_unlock(pte_lockptr(from));
	if (mv->need_rmap_locks)
		drop_rmap_locks(mv->vma);
}

static struct pgtable **table_slot(const struct move *mv, unsigned long addr)
{
	return &mv->vma->vm_mm->pgd[addr / TABLE_SIZE];
}

/* Under page_table_lock: the table is found at its new place from here on. */
static void hang_table(const struct move *mv, struct pgtable *pt, unsigned long done)
{
	WRITE_ONCE(*table_slot(mv, mv->old_addr + done), NULL);
	pt->start = mv->new_addr + done;
	smp_store_release(table_slot(mv, mv->new_addr + done), pt);
	for (unsigned long at = 0; at < TABLE_SIZE; at += PAGE_SIZE) {
		pte_t pte = *pte_offset(pt, at);

		exec_touch(pte_offset(pt, at), TOUCH_READ);
		pte_touch_mappers(pte);
		if (!pte_none(pte))
			tell_moved(mv, done + at, pte);
	}
	flush_tlb_range(mv->vma->vm_mm, mv->old_addr + done, mv->old_addr + done + TABLE_SIZE);
}

/*
 * A table that belongs to the range alone moves as a whole. Walks are kept out whatever their order: one that has found its way
 * to the table by the old address would flush that address only. False when there is a table already.
 */
static bool move_table(const struct move *mv, struct pgtable *pt, unsigned long done)
{
	bool locked = mv->need_rmap_locks || !defect(D_Z26), moved;
	struct mm_struct *mm = mv->vma->vm_mm;

	if (locked)
		keep_walks_out(mv);
	mark_table(pt);
	spin_lock(&mm->page_table_lock);
	moved = !*table_slot(mv, mv->new_addr + done);
	if (moved) {
		hang_table(mv, pt, done);
		event(TABLE_MOVED, .mm = mm);
	}
	spin_unlock(&mm->page_table_lock);
	if (locked)
		drop_rmap_locks(mv->vma);
	return moved;
}

/* pmd lock held: the huge page is found at its new place from here on. */
static void move_huge_entry(const struct move *mv, unsigned long done)
{
	struct mm_struct *mm = mv->vma->vm_mm;
	pmd_t pmd = pmdp_huge_get_and_clear(pmd_offset(mm, mv->old_addr + done));

	set_pmd(pmd_offset(mm, mv->new_addr + done), pte_pmd(move_soft_dirty_pte(pmd_pte(pmd))));
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
		tell_moved(mv, done + i * PAGE_SIZE, pfn_pte(pte_pfn(pmd_pte(pmd)) + i, 0));
	flush_tlb_range(mm, mv->old_addr + done, mv->old_addr + done + HPAGE_PMD_SIZE);
}

/*
 * A huge page moves with its entry. Who comes from the page takes the pmd lock, and is kept out only where he would look at the new
 * place first. False when there is no such entry by now, or a table at the new place.
 */
static bool move_huge_pmd(const struct move *mv, unsigned long done)
{
	struct mm_struct *mm = mv->vma->vm_mm;
	bool locked = mv->need_rmap_locks && !defect(D_Z14_HUGE), moved;

	if (locked)
		keep_walks_out(mv);
	pmd_lock(mm);
	moved = pmd_trans_huge(pmdp_get(pmd_offset(mm, mv->old_addr + done))) &&
		pmd_none(pmdp_get(pmd_offset(mm, mv->new_addr + done)));
	if (moved)
		move_huge_entry(mv, done);
	pmd_unlock(mm);
	if (locked)
		drop_rmap_locks(mv->vma);
	return moved;
}

static bool whole_table(const struct move *mv, unsigned long done, unsigned long extent)
{
	return rmap_has(core()->rmap, FEATURE_TABLE_MOVES) && extent == TABLE_SIZE && (mv->old_addr + done) % TABLE_SIZE == 0 &&
	       (mv->new_addr + done) % TABLE_SIZE == 0;
}

/* True when a huge page was mapped there, and is at its new place now; where that cannot be, a table takes its place. */
static bool moved_huge(const struct move *mv, unsigned long done, unsigned long extent)
{
	unsigned long old = mv->old_addr + done;

	if (!huge_at(mv->vma->vm_mm, old))
		return false;
	if (whole_table(mv, done, extent) && move_huge_pmd(mv, done))
		return true;
	split_huge_pmd(mv->vma, old, NULL);
	return false;
}

static unsigned long move_entries(const struct move *mv)
{
	struct mm_struct *mm = mv->vma->vm_mm;
	unsigned long done = 0, end;
	struct pgtable *from, *to;

	for (; done < mv->len; done = end) {
		unsigned long old = mv->old_addr + done, new = mv->new_addr + done;

		end = done + min(mv->len - done, min(table_end(old) - old, table_end(new) - new));
		if (moved_huge(mv, done, end - done))
			continue;
		from = pgtable_find(mm, old);
		if (!from || (whole_table(mv, done, end - done) && move_table(mv, from, done)))
			continue;
		to = pgtable_get(mm, new);
		if (!to)
			break;
		WINDOW(MREMAP_MOVE);
		move_ptes(mv, from, to, done, end);
	}
	if (defect(D_Z25) || defect(D_Z25_DIRTY))
		flush_tlb_range(mm, mv->old_addr, mv->old_addr + mv->len);
	return done;
}

/* Returns how many bytes of the range were moved: fewer than all when memory is out. Nobody is told of the new place: it is empty. */
static unsigned long move_page_tables(const struct move *mv)
{
	struct mm_struct *mm = mv->vma->vm_mm;
	unsigned long done;

	mmu_notifier_invalidate_range_start(mm, mv->old_addr, mv->old_addr + mv->len);
	done = move_entries(mv);
	mmu_notifier_invalidate_range_end(mm, mv->old_addr, mv->old_addr + mv->len);
	return done;
}

unsigned long move_pages_down(struct vm_area_struct *vma, unsigned long start, unsigned long by)
{
	const struct move mv = {
		.vma = vma, .new_vma = vma, .old_addr = start, .new_addr = start - by, .len = vma->vm_end - start,
	};

	return move_page_tables(&mv);
}

/* ---- the call ---- */

static void tell_mapped(const struct vm_area_struct *vma, unsigned long addr, unsigned long len, bool fresh)
{
	if (vma->vm_file)
		event(FILE_MAPPED, .mm = vma->vm_mm, .addr = addr, .end = addr + len, .obj = file_inode(vma->vm_file),
		      .value = linear_page_index(vma, addr), .shared = vma->vm_flags & VM_SHARED);
	else
		event(MMAPPED, .mm = vma->vm_mm, .addr = addr, .end = addr + len, .fresh = fresh);
}

/* Its file knows it already. */
static void link_late(struct vm_area_struct *vma)
{
	vmas_lock(vma->vm_mm);
	vma_link_list(vma->vm_mm, vma);
	vmas_unlock(vma->vm_mm);
}

/* That much more of a VMA that may be locked. */
static void count_locked(const struct vm_area_struct *vma, unsigned long len)
{
	if (vma->vm_flags & VM_LOCKED)
		vma->vm_mm->locked_vm += (u32)(len >> PAGE_SHIFT);
}

/* A range that mremap left behind. If memory is out the VMA cannot be split, and stays, without pages. */
static void unmap_left(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	if (munmap_locked(mm, start, start + len))
		tell_mapped(find_vma(mm, start), start, len, false);
}

/*
 * The old place stays mapped, and what was there is gone: it may be faulted in anew. A VMA that nothing is mapped by any more is as if it
 * were new: walks for what has moved need not come by, and its next page may be of another family. What is locked is the new place.
 */
static void leave_mapped(const struct move *mv)
{
	unsigned long end = mv->old_addr + mv->len;
	struct vm_area_struct *vma = mv->vma;

	tell_mapped(vma, mv->old_addr, mv->len, false);
	if (userfaultfd_missing(vma))
		event(USERFAULT_RANGE, .mm = vma->vm_mm, .addr = mv->old_addr, .end = end, .value = true);
	munlock_vmas(vma, vma->vm_end);
	if (mv->new_vma != vma && vma->vm_start == mv->old_addr && vma->vm_end == end)
		core()->rmap->vma_unlink(vma);
	event(MREMAP_LEFT, .mm = vma->vm_mm, .addr = mv->old_addr, .end = end);
}

static long move_vma(struct vm_area_struct *vma, const struct remap *m, unsigned long new_addr)
{
	struct move mv = { .vma = vma, .old_addr = m->addr, .new_addr = new_addr, .len = m->old_len };
	struct mm_struct *mm = vma->vm_mm;
	unsigned long moved;

	vma_start_write(vma);
	/* KSM knows its places by their addresses. */
	if (vma->vm_flags & VM_MERGEABLE && vma->anon_vma && !defect(D_KSM_MREMAP) &&
	    unmerge_ksm_pages(vma, m->addr, m->addr + m->old_len))
		return -ENOMEM;
	mv.new_vma = copy_vma(&mv, m->new_len);
	if (!mv.new_vma)
		return -ENOMEM;
	tell_mapped(mv.new_vma, new_addr, m->new_len, false);
	count_locked(mv.new_vma, m->new_len);
	moved = move_page_tables(&mv);
	if (moved < m->old_len) {
		/* Back, against the order of walks. The tables are still there. */
		const struct move back = {
			.vma = mv.new_vma, .new_vma = mv.vma, .old_addr = new_addr, .new_addr = m->addr, .len = moved,
			.need_rmap_locks = !defect(D_Z14_BACK),
		};

		event(MREMAP_BACK, .mm = mm);
		move_page_tables(&back);
		if (mv.unlinked)
			link_late(mv.new_vma);
		unmap_left(mm, new_addr, m->new_len);
		return -ENOMEM;
	}
	if (mv.unlinked)
		link_late(mv.new_vma);
	if (m->dontunmap)
		leave_mapped(&mv);
	else
		unmap_left(mm, m->addr, m->old_len);
	return (long)new_addr;
}

/* Is there nothing in the way behind the VMA? */
static bool expandable(const struct vm_area_struct *vma, unsigned long by)
{
	return vma->vm_end + by <= TASK_SIZE && (!vma->vm_next || vma->vm_next->vm_start >= vma->vm_end + by);
}

static long expand_in_place(struct vm_area_struct *vma, unsigned long addr, unsigned long new_len)
{
	const struct vma_range to = { vma->vm_start, addr + new_len, vma->vm_pgoff };
	unsigned long end = vma->vm_end;

	if (vma_adjust(vma, &to, NULL, NULL))
		return -ENOMEM;
	/* What is new counts as written to, and so does all of it: there is one flag for both. (4.19 has it so for brk() alone.) */
	vma_add_flags(vma, VM_SOFTDIRTY);
	count_locked(vma, to.end - end);
	tell_mapped(vma, end, to.end - end, true);
	return (long)addr;
}

/* What shows other pages of its file than its place says, and pages of hugetlb, neither move nor change their size. */
static bool cannot_move(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	for (struct vm_area_struct *vma = find_vma(mm, start); vma && vma->vm_start < end; vma = vma->vm_next)
		if (vma->vm_flags & (VM_NONLINEAR | VM_HUGETLB))
			return true;
	return false;
}

/* *locked: what has grown has to be faulted in. */
static long mremap_locked(struct mm_struct *mm, const struct remap *m, bool *locked)
{
	struct vm_area_struct *vma = find_vma(mm, m->addr);
	unsigned long new_addr;

	/* Since 5.16; in 4.19 shrinking what is not there succeeds. */
	if (!vma || vma->vm_start > m->addr)
		return -EFAULT;
	if (cannot_move(mm, m->addr, m->addr + m->old_len) || (m->dontunmap && m->new_len != m->old_len))
		return -EINVAL;
	/* Shrinking is unmapping, and asks no more than that. */
	if (m->new_len < m->old_len && munmap_locked(mm, m->addr + m->new_len, m->addr + m->old_len))
		return -ENOMEM;
	if (m->new_len <= m->old_len && !m->dontunmap)
		return (long)m->addr;
	if (m->old_len > vma->vm_end - m->addr)
		return -EFAULT;
	*locked = vma->vm_flags & VM_LOCKED;
	if (!m->dontunmap && m->old_len == vma->vm_end - m->addr && expandable(vma, m->new_len - m->old_len))
		return expand_in_place(vma, m->addr, m->new_len);
	new_addr = find_room(mm, m->new_len);
	return new_addr ? move_vma(vma, m, new_addr) : -ENOMEM;
}

static long remap_range(struct mm_struct *mm, const struct remap *m)
{
	unsigned long old_len = m->old_len, new_len = m->new_len;
	bool locked = false;
	long ret;

	down_write(&mm->mmap_lock);
	ret = mremap_locked(mm, m, &locked);
	event(MREMAPPED, .mm = mm, .addr = m->addr);
	mmap_write_unlock(mm);
	/* As far as there is memory: mremap has been done in any case. */
	if (locked && ret > 0)
		mm_populate(mm, (unsigned long)ret + old_len, (unsigned long)ret + new_len);
	return ret;
}

long do_mremap(struct mm_struct *mm, unsigned long addr, unsigned long old_len, unsigned long new_len)
{
	return remap_range(mm, &(struct remap){ addr, old_len, new_len, false });
}

long do_mremap_dontunmap(struct mm_struct *mm, unsigned long addr, unsigned long old_len, unsigned long new_len)
{
	return remap_range(mm, &(struct remap){ addr, old_len, new_len, true });
}
