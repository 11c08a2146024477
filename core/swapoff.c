/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Swapoff: every entry of an area becomes a mapping again, slot after slot, while the processes run on.
 *
 * A slot does not know who has entries for it, nor does its page while nobody maps it: all address spaces on core->mmlist are searched,
 * VMA by VMA. The page is locked meanwhile, so that reclaim does not make new entries for it; but where mmap_lock is not to be had at
 * once the page lock is given up for it, and taken again behind it, as everybody does. So after a round entries may be left: of those
 * who made some again, of the copies of what KSM had merged, of who is exiting and no user of his mm any more. Then the slot's turn
 * comes again.
 */
#include "defects.h"
#include "fault.h"
#include "ksm.h"
#include "memcontrol.h"
#include "memory_failure.h"
#include "mlock.h"

/* ---- one entry ---- */

void map_unused(struct fault *f, struct page *page, bool copied, swp_entry_t entry)
{
	unsigned long soft = pte_soft_dirty(ptep_get(f->at.pte));
	/* Neither young nor writable, whatever the VMA allows: nobody has come for it. */
	pte_t pte = pte_modify(pfn_pte(page_to_pfn(page), defect(D_SOFT_SWAPOFF) ? 0 : soft), f->vma->vm_flags);

	mem_cgroup_charge(page, f->mm);
	count_swap(f->mm, -1);
	count_anon(f->mm, 1);
	if (!copied)
		get_page(page);
	/* As in map_swap_page(). */
	if (!core()->rmap->entry_moved)
		set_pte(f->at.pte, pte);
	if (copied) {
		core()->rmap->page_add_new(page, &f->at);
		lru_cache_add_mapped(page, f->vma);
	} else {
		ksm_unseen_mapping(page);
		core()->rmap->page_add(page, &f->at, false);
	}
	if (core()->rmap->entry_moved)
		set_pte(f->at.pte, pte);
	/* After the rmap: mapcount and swap count together must never read low, or a writer would reuse a shared page. */
	swap_free(entry);
	event(SWAP_UNUSED, .mm = f->mm, .addr = f->at.address, .pfn = page_to_pfn(page));
}

/* The page has failed, and its content is nowhere: the entry becomes one that says so. (4.19 maps the page.) */
static void unuse_failed(struct fault *f, struct page *swapcache, swp_entry_t entry)
{
	spin_lock(pte_lockptr(f->pt));
	if (pte_same_as_swp(ptep_get(f->at.pte), entry)) {
		count_swap(f->mm, -1);
		set_pte(f->at.pte, hwpoison_pte(page_to_pfn(swapcache)));
		swap_free(entry);
		event(POISON_ENTRY, .mm = f->mm, .addr = f->at.address, .pfn = page_to_pfn(swapcache));
	}
	spin_unlock(pte_lockptr(f->pt));
}

static int unuse_pte(struct fault *f, struct page *swapcache, swp_entry_t entry)
{
	struct page *page;
	bool copied, mapped = false;

	if (PageHWPoison(swapcache) && !defect(D_SWAPOFF_POISON)) {
		unuse_failed(f, swapcache, entry);
		return 0;
	}
	page = ksm_might_need_to_copy(f, swapcache);
	copied = page != swapcache;
	if (!page)
		return -ENOMEM;
	spin_lock(pte_lockptr(f->pt));
	/* Looked at without the lock. */
	if (pte_same_as_swp(ptep_get(f->at.pte), entry)) {
		map_unused(f, page, copied, entry);
		mapped = true;
	}
	spin_unlock(pte_lockptr(f->pt));
	if (copied && !mapped)
		put_page(page);
	else if (mapped)
		SetPageFlag(page, PG_active);	/* it is not to be swapped out again at once */
	return 0;
}

/* ---- the search ---- */

static int unuse_range(struct vm_area_struct *vma, unsigned long addr, unsigned long end, swp_entry_t entry, struct page *page)
{
	struct fault f = { .mm = vma->vm_mm, .vma = vma, .at = { .vma = vma } };
	int err = 0;

	while (addr < end && !err) {
		f.pt = pgtable_find(f.mm, addr);
		if (!f.pt) {
			addr = table_end(addr);
			continue;
		}
		f.at.address = addr;
		f.at.pte = pte_offset(f.pt, addr);
		if (pte_same_as_swp(ptep_get(f.at.pte), entry)) {
			err = rmap_add_prepare(GFP_KERNEL);
			if (!err)
				err = unuse_pte(&f, page, entry);
			rmap_add_done();
		}
		addr += PAGE_SIZE;
	}
	return err;
}

/* A page that was mapped before is at one place in a VMA, or nowhere; a fresh one may be anywhere, and so may KSM's. */
static int unuse_vma(struct vm_area_struct *vma, swp_entry_t entry, struct page *page)
{
	long addr;

	if (!PageAnonAlone(page) || !rmap_has(core()->rmap, FEATURE_ANON_VMA))
		return unuse_range(vma, vma->vm_start, vma->vm_end, entry, page);
	addr = core()->rmap->page_address_in_vma(page, vma);
	if (addr < 0)
		return 0;
	return unuse_range(vma, (unsigned long)addr, (unsigned long)addr + PAGE_SIZE, entry, page);
}

/* Page locked, and again when this returns. */
static int unuse_mm(struct mm_struct *mm, swp_entry_t entry, struct page *page)
{
	int err = 0;

	if (!down_read_trylock(&mm->mmap_lock)) {
		SetPageFlag(page, PG_active);	/* that reclaim may not be so quick to unmap it again meanwhile */
		unlock_page(page);
		down_read(&mm->mmap_lock);
		lock_page(page);
	}
	for (struct vm_area_struct *vma = mm->mmap; vma && !err; vma = vma->vm_next)
		if (vma_may_have_anon(vma))
			err = unuse_vma(vma, entry, page);
	up_read(&mm->mmap_lock);
	return err;
}

/*
 * The next one on the list that is still used, as a user of it, or NULL. We are users of prev, so it is on the list. Of those that nobody
 * uses the next one is known as long as the lock is held: they leave the list when they have torn everything down.
 */
static struct mm_struct *next_mm(struct mm_struct *prev)
{
	struct core *c = core();
	struct list_head *p = prev ? &prev->mmlist : &c->mmlist;
	struct mm_struct *mm = NULL;

	spin_lock(&c->mmlist_lock);
	for (p = p->next; p != &c->mmlist && !mm; p = p->next) {
		struct mm_struct *one = container_of(p, struct mm_struct, mmlist);

		if (mmget_not_zero(one))
			mm = one;
	}
	spin_unlock(&c->mmlist_lock);
	return mm;
}

/* We may be the last user: tearing down takes mmap_lock, and locks pages. (4.19 does it with this page locked.) */
static void put_searched_mm(struct mm_struct *mm, struct page *page)
{
	if (!defect(D_SWAPOFF_MMPUT))
		unlock_page(page);
	mmput(mm);
	if (!defect(D_SWAPOFF_MMPUT))
		lock_page(page);
}

/* Page locked, and again when this returns. */
static int unuse_mms(swp_entry_t entry, struct page *page)
{
	struct mm_struct *mm = NULL, *prev;
	int err = 0;

	while (!err && swap_count(entry)) {
		prev = mm;
		mm = next_mm(prev);
		if (prev)
			put_searched_mm(prev, page);
		if (!mm)
			return 0;
		err = unuse_mm(mm, entry, page);
	}
	if (mm)
		put_searched_mm(mm, page);
	return err;
}

/* ---- the slots ---- */

/*
 * The page leaves the cache although entries may be left: they will be read into another page, so what is in this one must be in the slot.
 * While it was not locked it may have left by itself, and may be there for a slot of another area by now: then it has to stay.
 */
static void leave_swap_cache(swp_entry_t entry, struct page *page)
{
	bool ours;

	/* One that has failed has nothing to be written: it stays until all who have entries are told. */
	if (PageHWPoison(page) && swap_count(entry))
		return;
	ours = PageFlag(page, PG_swapcache) && (page->private == entry || defect(D_SWAPOFF_WRONG_SLOT));

	if (ours && PageFlag(page, PG_dirty) && swap_count(entry) && !defect(D_SWAPOFF_UNWRITTEN))
		swap_writepage(page);
	if (ours)
		delete_from_swap_cache(page);
	/* No entry was made dirty, and the content is nowhere else any more. */
	SetPageFlag(page, PG_dirty);
}

/* All entries that are there, the slot's page in the cache first. */
static int unuse_slot(swp_entry_t entry)
{
	struct page *page = read_swap_cache(entry);
	int err;

	if (!page)
		return swap_count(entry) ? -ENOMEM : 0;		/* or it was freed meanwhile */
	lock_page(page);
	err = unuse_mms(entry, page);
	if (!err)
		leave_swap_cache(entry, page);
	unlock_page(page);
	put_page(page);
	return err;
}

/* The next slot after entry, once round, that has entries or a page; 0 if there is none. */
static swp_entry_t find_next_to_unuse(const struct swap_info *si, swp_entry_t entry)
{
	const struct core *c = core();
	swp_entry_t found = 0;

	spin_lock(&core()->swap_lock);
	for (u32 i = 0; i < si->slots && !found; i++) {
		swp_entry_t next = si->first + (entry - si->first + 1 + i) % si->slots;

		if (c->slot[next].count || c->slot[next].cached)
			found = next;
	}
	spin_unlock(&core()->swap_lock);
	return found;
}

/* Nobody is given a slot of the area meanwhile: what is free stays free. */
static int try_to_unuse(const struct swap_info *si)
{
	swp_entry_t entry = si->first + si->slots - 1;
	int err = 0;

	while (!err && (entry = find_next_to_unuse(si, entry))) {
		if (signal_pending(current))
			return -EINTR;
		err = unuse_slot(entry);
		cpu_relax();		/* what is left may be for others to take away, who are exiting */
	}
	return err;
}

/* ---- the area ---- */

static bool set_writeok(struct swap_info *si, u32 to)
{
	bool changed;

	spin_lock(&core()->swap_lock);
	changed = si->writeok != to;
	si->writeok = to;
	spin_unlock(&core()->swap_lock);
	return changed;
}

int swapoff(unsigned area)
{
	struct swap_info *si = &core()->swap_info[area];
	int err;

	if (!set_writeok(si, 0))
		return -EINVAL;
	err = try_to_unuse(si);
	if (err) {
		set_writeok(si, 1);
		return err;
	}
	spin_lock(&core()->swap_lock);
	WRITE_ONCE(si->map, NULL);
	spin_unlock(&core()->swap_lock);
	/* Who looks for a page without having an entry may have seen the map. */
	synchronize_rcu();
	spin_lock(&core()->swap_lock);
	si->memory.max = 0;
	spin_unlock(&core()->swap_lock);
	event(SWAPPED_OFF);
	return 0;
}
