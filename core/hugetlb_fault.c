/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page faults of hugetlb: a page of the cache, or a new one for it, or for a private mapping; copy-on-write of a whole page.
 *
 * No two faults in one page of a file are under way at once, whoever's they are. They still meet fork, which copies entries, and
 * truncate, which sets the size first and zaps then: so the size is looked at once more under the entry's lock. The file's i_mmap lock,
 * held for read, keeps the table in which the entry is.
 */
#include "defects.h"
#include "fault.h"
#include "hugetlb.h"
#include "memory_failure.h"
#include "mmu_notifier.h"

static unsigned long file_index(const struct fault *f)
{
	return linear_page_index(f->vma, huge_start(f->at.address));
}

static void lock_entry(struct fault *f)
{
	huge_pte_lock(f->mm, f->pmd, f->at.address);
}

static void unlock_entry(struct fault *f)
{
	spin_unlock(huge_pte_lockptr(f->mm, f->pmd, f->at.address));
}

static pmd_t make_huge_pte(const struct vm_area_struct *vma, const struct page *head, bool writable)
{
	unsigned long bits = PTE_HUGE | PTE_ACCESSED;

	if (writable)
		bits |= PTE_WRITE | PTE_DIRTY;
	if (!(vma->vm_flags & VM_READ))
		bits |= PTE_PROTNONE;
	return pte_pmd(pfn_pte(page_to_pfn(head), bits));
}

/* A private view is a copy from now on. */
static void tell_private(const struct fault *f, const struct page *head)
{
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++) {
		unsigned long pfn = page_to_pfn(head) + i;

		event(FILE_COW, .mm = f->mm, .addr = huge_start(f->at.address) + i * PAGE_SIZE, .pfn = pfn,
		      .value = __atomic_load_n(&core()->data[pfn], __ATOMIC_RELAXED));
	}
}

/* Nobody is to use it. Returns -ENXIO. */
static int has_failed(const struct fault *f, const struct page *head)
{
	event(POISON_FAULT, .mm = f->mm, .addr = f->at.address, .pfn = page_to_pfn(head));
	return -ENXIO;
}

/* ---- copy-on-write ---- */

/* from may be the file's. It cannot be truncated: it is locked. */
static void copy_huge_page(const struct address_space *mapping, struct page *to, struct page *from)
{
	const struct inode *inode = mapping->host;
	u64 *data = core()->data;

	for (unsigned i = 0; i < HPAGE_PMD_NR; i++) {
		unsigned long pfn = page_to_pfn(from) + i, into = page_to_pfn(to) + i;
		u64 value;

		exec_point(OP_LOAD, &data[pfn]);
		value = __atomic_load_n(&data[pfn], __ATOMIC_RELAXED);
		exec_touch(&from->mapping, TOUCH_READ);
		if (__atomic_load_n(&from->mapping, __ATOMIC_RELAXED) == mapping)
			event(FILE_LOAD, .obj = inode, .addr = __atomic_load_n(&from->index, __ATOMIC_RELAXED) + i, .value = value,
			      .pfn = pfn);
		exec_touch(&data[into], TOUCH_WRITE);
		__atomic_store_n(&data[into], value, __ATOMIC_RELAXED);
	}
}

/* Under the pmd lock: the copy takes the old page's place. */
static void install_huge_copy(struct fault *f, struct page *new, struct page *old)
{
	const struct rmap_location at = { f->vma, huge_start(f->at.address), NULL };

	pmdp_huge_get_and_clear(f->pmd);
	flush_tlb_range(f->mm, at.address, at.address + HPAGE_PMD_SIZE);
	core()->rmap->hugepage_add_new_anon(new, &at);
	data_publish(new);
	set_pmd(f->pmd, make_huge_pte(f->vma, new, true));
	set_page_huge_active(new);
	tell_private(f, new);
	core()->rmap->huge_remove(old, &at);
	f->wrote = true;
	event(COW_COPY, .mm = f->mm, .addr = f->at.address, .pfn = page_to_pfn(new));
}

/* The old page is pinned. Returns 0, -ENXIO or -ENOMEM. */
static int copy_on_write(struct fault *f, struct page *old, pmd_t orig)
{
	unsigned long start = huge_start(f->at.address);
	struct page *unused = alloc_hugetlb_page();
	WINDOW(COW_COPY);

	if (!unused)
		return -ENXIO;
	if (core()->rmap->vma_prepare(f->vma)) {
		put_page(unused);
		return -ENOMEM;
	}
	copy_huge_page(f->vma->vm_file->f_mapping, unused, old);
	SetPageFlag(unused, PG_uptodate);
	mmu_notifier_invalidate_range_start(f->mm, start, start + HPAGE_PMD_SIZE);
	lock_entry(f);
	if (pmd_same_mapping(pmdp_get(f->pmd), orig)) {
		install_huge_copy(f, unused, old);
		unused = old;		/* the mapping's reference */
	} else {
		event(FAULT_RACED, .mm = f->mm, .addr = f->at.address);
	}
	unlock_entry(f);
	mmu_notifier_invalidate_range_end(f->mm, start, start + HPAGE_PMD_SIZE);
	put_page(unused);
	return 0;
}

/*
 * A write to a read-only entry of a private mapping, whose page is locked: else two that share it might both see that they are not
 * alone, or say at once whose it is. Called with the pmd lock, returns without.
 */
static int hugetlb_cow(struct fault *f, struct page *old)
{
	pmd_t orig = pmdp_get(f->pmd);
	int err;

	if (page_mapcount(old) == 1 && PageAnon(old)) {
		core()->rmap->page_move(old, f->vma);
		set_pmd(f->pmd, pte_pmd(fault_writable(f, pte_with(pmd_pte(orig), PTE_ACCESSED))));
		f->wrote = true;
		unlock_entry(f);
		event(COW_REUSE, .mm = f->mm, .addr = f->at.address, .pfn = page_to_pfn(old));
		return 0;
	}
	get_page(old);
	unlock_entry(f);
	err = copy_on_write(f, old, orig);
	put_page(old);
	return err;
}

/* ---- nothing mapped there ---- */

/* The cached page, locked, with a reference; or NULL. */
static struct page *find_lock_huge_page(struct address_space *mapping, unsigned long index)
{
	struct page *head;

	do
		head = index < FILE_PAGES ? find_get_page(mapping, index) : NULL;
	while (head && !lock_cached_page(mapping, head));
	return head;
}

/* A new page, locked: in the cache, or for this mapping alone. Returns 0, -EAGAIN (somebody was faster), -ENXIO or -ENOMEM. */
static int new_huge_page(struct fault *f, struct page **pagep)
{
	struct page *head = alloc_hugetlb_page();
	int err;

	if (!head)
		return -ENXIO;
	SetPageFlag(head, PG_uptodate);
	lock_new_page(head);
	if (f->vma->vm_flags & VM_SHARED)
		err = huge_add_to_page_cache(head, f->vma->vm_file->f_mapping, file_index(f));
	else
		err = core()->rmap->vma_prepare(f->vma);
	if (err) {
		unlock_page(head);
		put_page(head);
		return err;
	}
	*pagep = head;
	return 0;
}

static bool beyond_end(const struct fault *f)
{
	if (file_index(f) < i_size_read(f->vma->vm_file->f_mapping->host))
		return false;
	event(FAULT_BEYOND, .mm = f->mm, .addr = f->at.address);
	return true;
}

/*
 * There is no page for us: we might not need one. An entry that becomes one for migration is empty for a moment, and the page that will
 * come back there has been taken from the pool already.
 */
static bool has_come_meanwhile(struct fault *f)
{
	bool none;

	if (defect(D_HUGETLB_SIGBUS))
		return false;
	lock_entry(f);
	none = pmd_none(pmdp_get(f->pmd));
	unlock_entry(f);
	return !none;
}

/* *is_new: nobody has had it mapped yet. Returns 0, or what find_lock_huge_page() and new_huge_page() say. */
static int find_or_make(struct fault *f, struct page **pagep, bool *is_new)
{
	int err;

	*is_new = false;
	do {
		*pagep = find_lock_huge_page(f->vma->vm_file->f_mapping, file_index(f));
		if (*pagep)
			return 0;
		if (beyond_end(f))
			return -ENXIO;
		err = new_huge_page(f, pagep);
	} while (err == -EAGAIN);
	*is_new = !err;
	return err;
}

/* pmd lock held; the page's reference becomes the mapping's. */
static void map_hugetlb_page(struct fault *f, struct page *head)
{
	const struct rmap_location at = { f->vma, huge_start(f->at.address), NULL };
	bool shared = f->vma->vm_flags & VM_SHARED;

	exec_touch(&head->mapping, TOUCH_READ);
	if (__atomic_load_n(&head->mapping, __ATOMIC_RELAXED)) {
		core()->rmap->huge_dup(head, &at);
	} else {
		core()->rmap->hugepage_add_new_anon(head, &at);
		data_publish(head);
		tell_private(f, head);
	}
	set_pmd(f->pmd, make_huge_pte(f->vma, head, shared && f->vma->vm_flags & VM_WRITE));
	f->wrote = f->write && shared;
	hugetlb_mapped(f->vma, at.address, 1);
	event(FAULT_HUGE, .mm = f->mm, .addr = at.address, .pfn = page_to_pfn(head), .obj = head);
}

static int hugetlb_no_page(struct fault *f)
{
	struct page *head;
	bool is_new;
	int err = find_or_make(f, &head, &is_new);

	if (err)
		return err == -ENXIO && has_come_meanwhile(f) ? 0 : err;
	lock_entry(f);
	if (beyond_end(f))
		err = -ENXIO;
	/* It has failed, and could not be taken away from all who have it: at least nobody gets it who has not. */
	else if (PageHWPoison(head))
		err = has_failed(f, head);
	if (err || !pmd_none(pmdp_get(f->pmd))) {
		unlock_entry(f);
		unlock_page(head);
		put_page(head);
		return err;
	}
	map_hugetlb_page(f, head);
	if (is_new)
		set_page_huge_active(head);
	if (f->write && !(f->vma->vm_flags & VM_SHARED))
		err = hugetlb_cow(f, head);	/* releases the pmd lock */
	else
		unlock_entry(f);
	unlock_page(head);
	return err;
}

/* ---- something is mapped there ---- */

/* *busy: the page, with a reference, if somebody has it locked: to be waited for when nothing is held. */
static int hugetlb_present(struct fault *f, pmd_t orig, struct page **busy)
{
	struct page *head = pmd_page(orig);
	int err;

	lock_entry(f);
	if (!pmd_same_mapping(pmdp_get(f->pmd), orig) || !f->write || pmd_has(orig, PTE_WRITE)) {
		unlock_entry(f);
		return 0;
	}
	get_page(head);
	if (!defect(D_HUGETLB_COW_UNLOCKED) && !trylock_page(head)) {
		unlock_entry(f);
		*busy = head;
		return 0;
	}
	err = hugetlb_cow(f, head);
	if (!defect(D_HUGETLB_COW_UNLOCKED))
		unlock_page(head);
	put_page(head);
	return err;
}

/* *busy: as above. i_mmap held. */
static int fault_locked(struct fault *f, struct page **busy)
{
	struct mutex *mutex = hugetlb_fault_mutex(f->vma->vm_file->f_mapping, file_index(f));
	pmd_t orig;
	int err;

	if (!defect(D_HUGETLB_FAULT_RACE))
		mutex_lock(mutex);
	orig = pmdp_get(f->pmd);
	if (pmd_none(orig)) {
		err = hugetlb_no_page(f);
	} else if (pmd_hwpoison(orig)) {
		err = has_failed(f, pmd_page(orig));
	} else if (pmd_migration(orig)) {
		*busy = get_migrating_huge_page(f->mm, f->pmd, f->at.address);
		err = 0;
	} else {
		err = hugetlb_present(f, orig, busy);
	}
	if (!defect(D_HUGETLB_FAULT_RACE))
		mutex_unlock(mutex);
	return err;
}

int hugetlb_fault(struct fault *f)
{
	struct address_space *mapping = f->vma->vm_file->f_mapping;
	struct page *busy = NULL;
	int err = -ENOMEM;

	/* Until the fault is done: else the table that it has found might not be this mm's by then, nor anybody's. */
	i_mmap_lock_read(mapping);
	f->pmd = huge_pte_alloc(f->vma, f->at.address);
	if (defect(D_HUGETLB_FAULT_PMD))
		i_mmap_unlock_read(mapping);
	if (f->pmd)
		err = fault_locked(f, &busy);
	if (!defect(D_HUGETLB_FAULT_PMD))
		i_mmap_unlock_read(mapping);
	if (busy)
		put_and_wait_on_page_locked(busy);
	return err;
}
