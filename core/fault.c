/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page faults: a new anonymous page, copy-on-write (by copy or by reuse), swap-in. What is particular to files: fault_file.c.
 *
 * Everything that was read before a lock was taken is read again under it: another thread of the same mm may have handled the
 * same fault, and reclaim or fork may have changed the entry.
 */
#include "defects.h"
#include "device.h"
#include "fault.h"
#include "hugetlb.h"
#include "memcontrol.h"
#include "memory_failure.h"
#include "mlock.h"
#include "mmu_notifier.h"
#include "ksm.h"
#include "thrash.h"
#include "userfaultfd.h"

/* Takes the pte lock; true when the entry is still what it was (but for the bits that the walker sets). */
bool fault_lock_unchanged(struct fault *f)
{
	spin_lock(pte_lockptr(f->pt));
	if (pte_same_mapping(ptep_get(f->at.pte), f->orig))
		return true;
	event(FAULT_RACED, .mm = f->mm, .addr = f->at.address);
	return false;
}

static int map_zero_page(struct fault *f)
{
	bool same = fault_lock_unchanged(f);

	if (same && userfaultfd_missing(f->vma)) {
		spin_unlock(pte_lockptr(f->pt));
		return handle_userfault(f);
	}
	if (same)
		set_pte(f->at.pte, pfn_pte(ZERO_PFN, PTE_SPECIAL));
	spin_unlock(pte_lockptr(f->pt));
	return 0;
}

/* pte lock held. */
static void map_new_page(struct fault *f, struct page *page)
{
	count_anon(f->mm, 1);
	core()->rmap->page_add_new(page, &f->at);
	lru_cache_add_mapped(page, f->vma);
	set_pte(f->at.pte, fault_writable(f, pfn_pte(page_to_pfn(page), PTE_ACCESSED)));
	event(FAULT_ANON, .mm = f->mm, .addr = f->at.address, .pfn = page_to_pfn(page));
}

static int do_anonymous_page(struct fault *f)
{
	struct page *page;
	bool same, missing;

	if (!f->write)
		return map_zero_page(f);
	if (core()->rmap->vma_prepare(f->vma))
		return -ENOMEM;
	page = alloc_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	mem_cgroup_charge(page, f->mm);
	same = fault_lock_unchanged(f);
	missing = same && userfaultfd_missing(f->vma);
	if (same && !missing)
		map_new_page(f, page);
	spin_unlock(pte_lockptr(f->pt));
	if (!same || missing)
		put_page(page);
	return missing ? handle_userfault(f) : 0;
}

/*
 * To whom it matters, it is said that a page of a file was read, if it was not truncated meanwhile: then nobody will map the copy. All
 * that is to be said of it is looked up before: nothing may lie between reading and telling.
 */
void fault_copy_content(const struct fault *f, struct page *to, struct page *from)
{
	const struct address_space *mapping = f->vma->vm_file ? f->vma->vm_file->f_mapping : NULL;
	const struct inode *inode = mapping ? mapping->host : NULL;
	const struct page *head = compound_head(from);
	unsigned long pfn = page_to_pfn(from), index = mapping ? page_index(from) : 0;
	u64 *src = &core()->data[pfn], value;

	exec_point(OP_LOAD, src);
	value = __atomic_load_n(src, __ATOMIC_RELAXED);
	if (mapping)
		exec_touch(&head->mapping, TOUCH_READ);
	if (mapping && __atomic_load_n(&head->mapping, __ATOMIC_RELAXED) == mapping)
		event(FILE_LOAD, .mm = f->mm, .obj = inode, .addr = index, .value = value, .pfn = pfn);
	exec_touch(&core()->data[page_to_pfn(to)], TOUCH_WRITE);
	__atomic_store_n(&core()->data[page_to_pfn(to)], value, __ATOMIC_RELAXED);
}

static void set_pte_at_notify(struct fault *f, pte_t pte)
{
	mmu_notifier_change_pte(f->mm, f->at.address, pte);
	set_pte(f->at.pte, pte);
}

/* Under the pte lock: the copy takes the old page's place. The old entry is flushed everywhere before the new one appears. */
static void install_copy(struct fault *f, struct page *new, struct page *old)
{
	bool file = old && maps_file_page(f->vma, old);

	if (!old || file)
		count_anon(f->mm, 1);
	if (file)
		count_file(f->mm, -1);
	if (old && defect(D_Z19))
		core()->rmap->page_remove(old, &f->at);
	ptep_get_and_clear(f->at.pte);
	flush_tlb_range_defect(f->mm, f->at.address, f->at.address + PAGE_SIZE, D_SVA_COW);
	core()->rmap->page_add_new(new, &f->at);
	lru_cache_add_mapped(new, f->vma);
	set_pte_at_notify(f, fault_writable(f, pfn_pte(page_to_pfn(new), PTE_ACCESSED)));
	if (f->vma->vm_file)
		event(FILE_COW, .mm = f->mm, .addr = f->at.address, .pfn = page_to_pfn(new),
		      .value = __atomic_load_n(&core()->data[page_to_pfn(new)], __ATOMIC_RELAXED));
	/* Only now may others see one mapping less: with it they may write to the old page in place. */
	if (old && !defect(D_Z19))
		core()->rmap->page_remove(old, &f->at);
	f->wrote = true;
	event(COW_COPY, .mm = f->mm, .addr = f->at.address, .pfn = page_to_pfn(new));
}

/*
 * The old page may belong to others who have not locked it. When the entry leads there no more: as long as it does, reclaim may find
 * it in a locked VMA, and mark the page again. What is part of a huge page has no mark; if that is split later, those will mark it
 * who map it then.
 */
static void munlock_copied(struct fault *f, struct page *old, bool early)
{
	if (!old || !(f->vma->vm_flags & VM_LOCKED) || PageCompound(old))
		return;
	lock_page(old);
	if (early)
		clear_page_mlock(old);
	else if (page_mlocked(old))
		munlock_vma_page(old);
	unlock_page(old);
}

/* old: pinned, or NULL for the zero page. The pte lock is not held. Drops the pin. */
static int wp_page_copy(struct fault *f, struct page *old)
{
	struct page *new = NULL, *unused;
	bool copied = false;
	int err = -ENOMEM;

	if (!core()->rmap->vma_prepare(f->vma))
		new = alloc_page(GFP_KERNEL);
	unused = new;
	if (new) {
		WINDOW(COW_COPY);
		err = 0;
		mem_cgroup_charge(new, f->mm);
		if (defect(D_COW_MUNLOCK))
			munlock_copied(f, old, true);
		if (old)
			fault_copy_content(f, new, old);
		mmu_notifier_entry_start(&f->at);
		if (fault_lock_unchanged(f)) {
			install_copy(f, new, old);
			unused = old;		/* its mapping is gone, and so must be the mapping's reference */
			copied = true;
		}
		spin_unlock(pte_lockptr(f->pt));
		mmu_notifier_entry_end(&f->at);
	}
	if (unused)
		put_page(unused);
	if (copied && !defect(D_COW_MUNLOCK))
		munlock_copied(f, old, false);
	if (old)
		put_page(old);
	return err;
}

/* Page locked: does nobody else map it or hold it in swap? Then the entry becomes writable as it is. Unlocks the page. */
static bool wp_page_reuse(struct fault *f, struct page *page)
{
	int total = 1;
	/* A huge page is never in the swap cache. That no page of it has two mappings is asked of all of them. */
	bool ours = PageCompound(page) ? page_trans_huge_mapcount(page, &total) <= 1 : reuse_swap_page(page);

	if (ours) {
		/* Of a huge page that others map, too, only this page is ours alone: the rest has to be found by them. */
		if (total == 1)
			core()->rmap->page_move(compound_head(page), f->vma);
		if (PageCompound(page))
			rmap_huge_exclusive(page);
		set_pte(f->at.pte, fault_writable(f, pte_with(f->orig, PTE_ACCESSED)));
		f->wrote = true;
		event(COW_REUSE, .mm = f->mm, .addr = f->at.address, .pfn = page_to_pfn(page));
	}
	unlock_page(compound_head(page));
	return ours;
}

/* The page lock may have to be waited for, and not under the pte lock. False when the entry changed meanwhile (all dropped). */
static bool lock_page_again(struct fault *f, struct page *of)
{
	struct page *page = compound_head(of);
	bool same;

	if (trylock_page(page))
		return true;
	get_page(page);
	spin_unlock(pte_lockptr(f->pt));
	lock_page(page);
	same = fault_lock_unchanged(f);
	if (!same) {
		unlock_page(page);
		spin_unlock(pte_lockptr(f->pt));
	}
	put_page(page);
	return same;
}

/* A write to a present, read-only entry. Called with the pte lock, returns without. */
static int do_wp_page(struct fault *f)
{
	struct page *page = pte_page(f->orig);

	if (page && maps_file_page(f->vma, page)) {
		if (f->vma->vm_flags & VM_SHARED)
			return wp_page_shared(f, page);
	} else if (page && PageAnonAlone(page)) {
		if (!lock_page_again(f, page))
			return 0;
		if (wp_page_reuse(f, page)) {
			spin_unlock(pte_lockptr(f->pt));
			return 0;
		}
	}
	if (page)
		get_page(page);
	spin_unlock(pte_lockptr(f->pt));
	return wp_page_copy(f, page);
}

/*
 * A slot is shared by strangers if its page was KSM's when it was written. Read in again it is an anonymous page, which can be found
 * through one anon_vma only: whoever is not in that family needs a page of his own. NULL when memory is out.
 */
struct page *ksm_might_need_to_copy(const struct fault *f, struct page *page)
{
	struct page *new;

	if (!ksm_used() || (PageKsm(page) ? mapping_stable_node(page->mapping) && !READ_ONCE(ksm()->unmerging) :
					    !core()->rmap->swapin_needs_copy(page, &f->at)) || defect(D_KSM_SWAPIN))
		return page;
	new = alloc_page(GFP_KERNEL);
	if (!new)
		return NULL;
	fault_copy_content(f, new, page);
	SetPageFlag(new, PG_dirty);
	event(KSM_COPIED, .mm = f->mm, .addr = f->at.address, .pfn = page_to_pfn(new));
	return new;
}

/*
 * Under page lock and pte lock, entry unchanged: map the page, or the copy of it, which nobody knows yet. Leaves the pte lock held,
 * the page unlocked.
 */
static void map_swap_page(struct fault *f, struct page *page, struct page *swapcache, swp_entry_t entry)
{
	pte_t pte = pfn_pte(page_to_pfn(page), PTE_ACCESSED | pte_soft_dirty(f->orig));
	bool exclusive = false, early = defect(D_Z19_SWAPIN);

	mem_cgroup_charge(page, f->mm);
	count_anon(f->mm, 1);
	count_swap(f->mm, -1);
	if (f->write && reuse_swap_page_of(page, defect(D_Z05_EXCLUSIVE) ? f->users : swap_page_users(page))) {
		pte = fault_writable(f, pte);
		exclusive = f->wrote = true;
	}
	if (early) {
		swap_free(entry);
		unlock_page(swapcache);
	}
	/* Where the reverse map knows entries, an entry that is there is one that it knows. */
	if (!core()->rmap->entry_moved)
		set_pte(f->at.pte, pte);
	f->orig = pte;
	if (page == swapcache) {
		ksm_unseen_mapping(page);
		core()->rmap->page_add(page, &f->at, exclusive);
	} else {
		core()->rmap->page_add_new(page, &f->at);
		lru_cache_add_mapped(page, f->vma);
	}
	if (core()->rmap->entry_moved)
		set_pte(f->at.pte, pte);
	/* After the rmap: mapcount and swap count together must never read low, or a writer would reuse a shared page. */
	if (!early) {
		swap_free(entry);
		if (f->vma->vm_flags & VM_LOCKED)
			try_to_free_swap(page);		/* it will not need the slot */
		unlock_page(swapcache);
	}
	event(SWAP_IN, .mm = f->mm, .addr = f->at.address, .pfn = page_to_pfn(page));
}

/* Page locked; called with the pte lock, returns without. The reference to the page becomes the mapping's. */
static int finish_swap_page(struct fault *f, struct page *page, struct page *swapcache, swp_entry_t entry)
{
	bool copied = page != swapcache;
	int err = 0;

	map_swap_page(f, page, swapcache, entry);
	if (f->write && !f->wrote)
		err = do_wp_page(f);
	else
		spin_unlock(pte_lockptr(f->pt));
	if (copied)
		put_page(swapcache);
	return err;
}

/* The page in the swap cache. Who has to wait until it is read in asks for the swap token first, where there is one. */
static struct page *swap_cache_page(const struct fault *f, swp_entry_t entry)
{
	struct page *page;

	if (rmap_has(core()->rmap, FEATURE_SWAP_TOKEN)) {
		page = lookup_swap_cache(entry);
		if (page)
			return page;
		/* For the process whose page it is, whoever it is that faults it in. */
		grab_swap_token(defect(D_SWAP_TOKEN_CURRENT) ? current_mm() : f->mm);
	}
	return read_swap_cache(entry);
}

static int swap_in(struct fault *f)
{
	swp_entry_t entry = pte_swp(f->orig);
	struct page *swapcache = swap_cache_page(f, entry), *page;
	int err = 0;

	if (!swapcache) {
		/* The slot may have gone because another thread was faster: then the entry has changed and all is well. */
		bool unchanged = fault_lock_unchanged(f);

		spin_unlock(pte_lockptr(f->pt));
		return unchanged ? -ENOMEM : 0;
	}
	if (f->write && defect(D_Z05_EXCLUSIVE))
		f->users = swap_page_users(swapcache);
	lock_page(swapcache);
	page = swapcache;
	/* While we waited, the page may have left the swap cache, or be there for another slot; or it has failed. */
	if ((PageFlag(swapcache, PG_swapcache) && READ_ONCE(swapcache->private) == entry) || defect(D_Z31)) {
		if (PageHWPoison(swapcache) && !defect(D_POISON_SWAPIN)) {
			event(POISON_FAULT, .mm = f->mm, .addr = f->at.address, .pfn = page_to_pfn(swapcache));
			unlock_page(swapcache);
			put_page(swapcache);
			return -ENXIO;
		}
		page = ksm_might_need_to_copy(f, swapcache);
		if (!page)
			err = -ENOMEM;
		else if (fault_lock_unchanged(f))
			return finish_swap_page(f, page, swapcache, entry);
		else
			spin_unlock(pte_lockptr(f->pt));
	}
	unlock_page(swapcache);
	if (page && page != swapcache)
		put_page(page);
	put_page(swapcache);
	return err;
}

static int do_swap_page(struct fault *f)
{
	int err = rmap_add_prepare(GFP_KERNEL);

	if (!err)
		err = swap_in(f);
	rmap_add_done();
	return err;
}

/* Present, and the access faulted: a write to a read-only entry, or another thread was here first. */
static int do_present_page(struct fault *f)
{
	if (fault_lock_unchanged(f) && f->write && !pte_has(f->orig, PTE_WRITE))
		return do_wp_page(f);
	spin_unlock(pte_lockptr(f->pt));
	return 0;
}

/* What keeps the VMA is held: all locks of the mm's VMAs, or that one. */
static void assert_fault_locked(const struct fault *f)
{
	if (f->vma_lock)
		lockdep_assert_held(&f->vma->vm_lock.l);
	else
		lockdep_assert_held(&f->mm->mmap_lock.l);
}

static int handle_fault(struct fault *f)
{
	assert_fault_locked(f);
	if (is_vm_hugetlb_page(f->vma))
		return hugetlb_fault(f);
	if (unlikely(core()->thp)) {
		int err = do_huge_fault(f);

		if (err != FAULT_FALLBACK)
			return err;
		if (f->vma->vm_file && !pgtable_find(f->mm, f->at.address))
			return do_file_fault_without_table(f);
	}
	f->pt = pgtable_get(f->mm, f->at.address);
	if (!f->pt)			/* or another thread has mapped a huge page meanwhile: the access is tried again */
		return huge_at(f->mm, f->at.address) ? 0 : -ENOMEM;
	f->at.pte = pte_offset(f->pt, f->at.address);
	f->orig = ptep_get(f->at.pte);
	if (pte_none(f->orig))
		return f->vma->vm_file ? do_file_fault(f) : do_anonymous_page(f);
	if (pte_present(f->orig))
		return do_present_page(f);
	if (f->vma_lock)
		return -EAGAIN;			/* as do_swap_page() of 6.4: whatever it is, it waits for mmap_lock */
	if (pte_file(f->orig))
		return do_file_fault(f);
	if (pte_migration(f->orig)) {
		migration_entry_wait(f->pt, f->at.pte);
		return 0;			/* and the access is tried again */
	}
	if (pte_hwpoison(f->orig)) {
		event(POISON_FAULT, .mm = f->mm, .addr = f->at.address, .pfn = pte_pfn(f->orig));
		return -ENXIO;
	}
	if (pte_device(f->orig))
		return do_device_private(f);
	return do_swap_page(f);
}

enum { FAULT_FLAG_ALLOW_RETRY = 1, FAULT_FLAG_VMA_LOCK = 2 };

static int fault_of(struct vm_area_struct *vma, unsigned long addr, bool write, bool *wrote, unsigned flags)
{
	struct fault f = {
		.mm = vma->vm_mm, .vma = vma, .at = { vma, addr & ~(PAGE_SIZE - 1), NULL }, .write = write,
		.allow_retry = flags & FAULT_FLAG_ALLOW_RETRY, .vma_lock = flags & FAULT_FLAG_VMA_LOCK,
	};
	int err = handle_fault(&f);

	if (wrote)
		*wrote = f.wrote;
	return err;
}

int fault_in(struct vm_area_struct *vma, unsigned long addr, bool write, bool *wrote)
{
	return fault_of(vma, addr, write, wrote, 0);
}

int fault_in_unlocked(struct vm_area_struct *vma, unsigned long addr, bool write, bool *wrote)
{
	return fault_of(vma, addr, write, wrote, FAULT_FLAG_ALLOW_RETRY);
}

int handle_mm_fault(struct mm_struct *mm, unsigned long addr, bool write)
{
	struct vm_area_struct *vma;
	int err = -EFAULT;

	if (defect(D_CANARY_RACE))
		core()->scanned++;

	down_read(&mm->mmap_lock);
	vma = find_extend_vma(mm, addr);
	if (vma && vma->vm_start <= addr && vma->vm_flags & (write ? VM_WRITE : VM_READ))
		err = fault_in_unlocked(vma, addr, write, NULL);
	if (err == -EAGAIN)
		return 0;		/* waited, without the lock: the access is tried again */
	up_read(&mm->mmap_lock);
	return err;
}

/* -EAGAIN: it takes mmap_lock. */
static int fault_under_vma_lock(struct mm_struct *mm, unsigned long addr, bool write)
{
	struct vm_area_struct *vma = lock_vma_under_rcu(mm, addr);
	int err = -EAGAIN;

	if (!vma)
		return -EAGAIN;
	/* That it may not be so accessed, who has mmap_lock says: a stack might grow, and somebody change the rights. */
	if (vma->vm_flags & (write ? VM_WRITE : VM_READ))
		err = fault_of(vma, addr, write, NULL, FAULT_FLAG_VMA_LOCK);
	if (err == -EAGAIN)
		event(VMA_LOCK_RETRY, .mm = mm, .addr = addr);
	else
		event(VMA_LOCK_SUCCESS, .mm = mm, .addr = addr);
	vma_end_read(vma);
	return err;
}

int do_user_addr_fault(struct mm_struct *mm, unsigned long addr, bool write)
{
	int err = vma_locks_used() ? fault_under_vma_lock(mm, addr, write) : -EAGAIN;

	return err == -EAGAIN ? handle_mm_fault(mm, addr, write) : err;
}
