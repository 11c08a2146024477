/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nonlinear mappings: remap_file_pages() of Linux 2.6.23 to 2.6.27, by which a part of a shared mapping shows other pages of its file than
 * those whose turn it is there.
 *
 * Such a VMA leaves the file's tree, in which it could not be found by the offset of a page any more, and goes to a list beside it. What
 * an entry leads to is said by the entry: where a page is not mapped, a file entry names it. So who comes from a page has to look at all
 * entries of all VMAs of that list; and who takes away a page at another place than its own leaves a file entry there.
 */
#include "internal.h"
#include "mlock.h"
#include "mmu_notifier.h"

/* mmap_lock and i_mmap held for write: from here on the VMA is found on the list. */
static void become_nonlinear(struct vm_area_struct *vma)
{
	struct address_space *mapping = vma->vm_file->f_mapping;

	i_mmap_lock_write(mapping);
	itree_remove(&vma->shared, &mapping->i_mmap);
	WRITE_ONCE(vma->vm_flags, vma->vm_flags | VM_NONLINEAR);
	list_add_tail(&vma->nonlinear, &mapping->i_mmap_nonlinear);
	i_mmap_unlock_write(mapping);
	event(NONLINEAR, .mm = vma->vm_mm, .addr = vma->vm_start, .end = vma->vm_end);
}

/* pte lock held: what was there goes, at once. Returns the page, whose reference is the caller's. */
static struct page *take_entry(struct rmap_location *at)
{
	struct mm_struct *mm = at->vma->vm_mm;
	pte_t pte = ptep_get(at->pte);
	struct page *page;

	if (pte_migration(pte)) {
		count_page(mm, migration_entry_to_page(pte), -1);
		replace_migration_pte(at->pte, pte, __pte(0));
		return NULL;
	}
	if (!pte_present(pte))
		return NULL;
	pte = ptep_clear_flush(mm, at->address, at->pte);
	page = pte_page(pte);
	if (pte_has(pte, PTE_DIRTY))
		set_page_dirty(page);
	core()->rmap->page_remove(page, at);
	count_file(mm, -1);
	return page;
}

/* As install_file_pte(): the address shows that page of the file, which is not mapped there yet. Returns 0 or -ENOMEM. */
static int install_file_pte(struct vm_area_struct *vma, unsigned long addr, unsigned long pgoff)
{
	struct pgtable *pt = pgtable_get(vma->vm_mm, addr);
	struct rmap_location at = { vma, addr, NULL };
	struct page *page;

	if (!pt)
		return -ENOMEM;
	at.pte = pte_offset(pt, addr);
	spin_lock(pte_lockptr(pt));
	/* Another page is locked in memory from now on, when it is there. */
	if (vma->vm_flags & VM_LOCKED)
		event(MUNLOCK, .mm = vma->vm_mm, .addr = addr, .end = addr + PAGE_SIZE);
	page = take_entry(&at);
	set_pte(at.pte, file_pte(pgoff));
	event(FILE_MAPPED, .mm = vma->vm_mm, .addr = addr, .end = addr + PAGE_SIZE, .obj = file_inode(vma->vm_file), .value = pgoff,
	      .shared = true);
	spin_unlock(pte_lockptr(pt));
	if (page)
		put_page(page);
	return 0;
}

/* mmap_lock held, for read is enough: faults beside it take the pte lock. */
static int populate_range(struct vm_area_struct *vma, unsigned long start, unsigned long end, unsigned long pgoff)
{
	struct mm_struct *mm = vma->vm_mm;
	int err = 0;

	mmu_notifier_invalidate_range_start(mm, start, end);
	for (; start < end && !err; start += PAGE_SIZE)
		err = install_file_pte(vma, start, pgoff++);
	mmu_notifier_invalidate_range_end(mm, start, end);
	return err;
}

/* The VMA in which all of the range lies, if its pages can be others than they are; or NULL. */
static struct vm_area_struct *find_remappable(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	if (!vma || vma->vm_start > start || vma->vm_end < end || !vma->vm_file || !(vma->vm_flags & VM_SHARED))
		return NULL;
	return vma;
}

static bool must_become_nonlinear(const struct vm_area_struct *vma, unsigned long start, unsigned long pgoff)
{
	return !(vma->vm_flags & VM_NONLINEAR) && pgoff != linear_page_index(vma, start);
}

int do_remap_file_pages(struct mm_struct *mm, unsigned long start, unsigned long len, unsigned long pgoff)
{
	struct vm_area_struct *vma;
	bool writer = false;
	int err = -EINVAL;

	if (!rmap_has(core()->rmap, FEATURE_NONLINEAR))
		return -EINVAL;
	down_read(&mm->mmap_lock);
	vma = find_remappable(mm, start, start + len);
	if (vma && must_become_nonlinear(vma, start, pgoff)) {
		/* The shape of the address space changes: that is for who has the lock for write, and it is looked at anew. */
		up_read(&mm->mmap_lock);
		down_write(&mm->mmap_lock);
		writer = true;
		vma = find_remappable(mm, start, start + len);
		if (vma && must_become_nonlinear(vma, start, pgoff))
			become_nonlinear(vma);
	}
	if (vma)
		err = populate_range(vma, start, start + len, pgoff);
	/* What stays in memory has to be there; all else is left to faults (MAP_NONBLOCK). */
	if (vma && !err && vma->vm_flags & VM_LOCKED)
		populate_vma_range(vma, start, start + len);
	if (writer)
		mmap_write_unlock(mm);
	else
		up_read(&mm->mmap_lock);
	return err;
}
