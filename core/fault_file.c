/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults in mappings of files: a page of the cache read-only, a private copy of it, or, in a shared mapping, the page itself for
 * writing, once it is known to be dirty.
 *
 * The page is locked from before it is known to be of the file until it is mapped. Truncate locks each page before it takes it
 * out of the cache, and so it either comes first, and we see it, or finds what we have mapped.
 */
#include "defects.h"
#include "fault.h"
#include "file.h"
#include "memcontrol.h"
#include "mlock.h"

/* ---- where there is no table: a huge page, or a table now ---- */

/* Can all of the huge page be mapped there, and is all of it there to be seen? It is locked, so that the file becomes no shorter unseen. */
static bool huge_fits(const struct fault *f, const struct page *head)
{
	const struct vm_area_struct *vma = f->vma;
	unsigned long start = huge_start(f->at.address);

	return start >= vma->vm_start && start + HPAGE_PMD_SIZE <= vma->vm_end &&
	       linear_page_index(vma, start) == page_index(head) &&
	       page_index(head) + HPAGE_PMD_NR <= i_size_read(vma->vm_file->f_mapping->host);
}

/* A huge entry with the bits of pte. False, and nothing has happened, when there is something else by now. */
static bool map_huge_file_page(struct fault *f, struct page *head, pte_t pte)
{
	const struct rmap_location at = { f->vma, huge_start(f->at.address), NULL };
	pmd_t *pmd = pmd_offset(f->mm, at.address);
	bool none;

	pmd_lock(f->mm);
	none = pmd_none(pmdp_get(pmd));
	if (none) {
		count_file(f->mm, HPAGE_PMD_NR);
		core()->rmap->huge_add_file(head, &at);
		set_pmd(pmd, pte_pmd(pfn_pte(page_to_pfn(head), PTE_HUGE | (pte.pte & ((1ul << PTE_SHIFT) - 1)))));
		event(FAULT_HUGE_FILE, .mm = f->mm, .addr = at.address, .pfn = page_to_pfn(head), .obj = head);
	}
	pmd_unlock(f->mm);
	return none;
}

/* Ours, or one that another thread has brought. False when there is a huge page instead. */
static bool install_table(struct fault *f)
{
	f->pt = pgtable_install(f->mm, f->at.address, &f->prealloc);
	if (f->pt)
		f->at.pte = pte_offset(f->pt, f->at.address);
	return f->pt;
}

/* The pte lock, with the entry as it was. False when it has changed (locked all the same), or when a huge page is there (not locked). */
static bool lock_entry(struct fault *f)
{
	if (!f->pt && !install_table(f)) {
		event(FAULT_RACED, .mm = f->mm, .addr = f->at.address);
		return false;
	}
	return fault_lock_unchanged(f);
}

static void unlock_entry(struct fault *f)
{
	if (f->pt)
		spin_unlock(pte_lockptr(f->pt));
}

int do_file_fault_without_table(struct fault *f)
{
	int err;

	/* Now: with the page locked, memory is not waited for. */
	f->prealloc = pgtable_alloc(f->mm, f->at.address);
	if (!f->prealloc)
		return -ENOMEM;
	f->pt = NULL;
	f->orig = __pte(0);
	err = do_file_fault(f);
	if (f->prealloc)
		pgtable_free(f->prealloc);
	return err;
}

/* ---- pages ---- */

static unsigned long file_index(const struct fault *f)
{
	return pte_file(f->orig) ? pte_to_pgoff(f->orig) : linear_page_index(f->vma, f->at.address);
}

static int find_page(struct fault *f, struct page **page)
{
	int err = filemap_fault(f->vma->vm_file->f_mapping, file_index(f), f->mm, page);

	if (err == -ENXIO)
		event(FAULT_BEYOND, .mm = f->mm, .addr = f->at.address);
	if (!err && defect(D_FAULT_UNLOCKED))
		unlock_page(compound_head(*page));
	return err;
}

static void done_with_page(struct page *page)
{
	if (!defect(D_FAULT_UNLOCKED))
		unlock_page(compound_head(page));
}

/* pte lock held: it is dropped to wait for the memory that the reverse map needs, with the entry there already. */
static void add_late(struct fault *f, struct page *page, pte_t pte)
{
	set_pte(f->at.pte, pte);
	spin_unlock(pte_lockptr(f->pt));
	rmap_add_done();
	rmap_add_prepare(GFP_KERNEL);
	spin_lock(pte_lockptr(f->pt));
	core()->rmap->page_add_file(page, &f->at);
}

/* Map the locked page; its reference becomes the mapping's. False when another thread was faster. */
static bool map_file_page(struct fault *f, struct page *page, pte_t pte)
{
	bool same;

	if (!f->pt && PageCompound(page) && huge_fits(f, compound_head(page)) && map_huge_file_page(f, compound_head(page), pte))
		return true;
	same = lock_entry(f);
	if (same) {
		count_file(f->mm, 1);
		if (defect(D_H4_LATE)) {
			add_late(f, page, pte);
		} else {
			core()->rmap->page_add_file(page, &f->at);
			set_pte(f->at.pte, pte);
		}
		event(FAULT_FILE, .mm = f->mm, .addr = f->at.address, .pfn = page_to_pfn(page));
	}
	unlock_entry(f);
	return same;
}

/*
 * Read-only even in a shared mapping that may be written: the first store must come here to be noticed. Of tmpfs nobody wants to know
 * before the entry goes, unless somebody has asked to be told of writes.
 */
static pte_t read_entry(const struct fault *f, const struct page *page)
{
	const unsigned long unnoticed = VM_SHARED | VM_WRITE | VM_SOFTDIRTY;
	bool writable = (f->vma->vm_flags & unnoticed) == unnoticed && !accounts_dirty(f->vma->vm_file->f_mapping);

	return pfn_pte(page_to_pfn(page), PTE_ACCESSED | (writable ? PTE_WRITE : 0));
}

static int do_read_fault(struct fault *f)
{
	struct page *page;
	int err = find_page(f, &page);
	bool mapped;

	if (err)
		return err;
	mapped = map_file_page(f, page, read_entry(f, page));
	done_with_page(page);
	if (!mapped)
		put_page(page);
	return 0;
}

/* Under the pte lock. */
static void map_copy(struct fault *f, struct page *new)
{
	u64 value = __atomic_load_n(&core()->data[page_to_pfn(new)], __ATOMIC_RELAXED);

	count_anon(f->mm, 1);
	core()->rmap->page_add_new(new, &f->at);
	lru_cache_add_mapped(new, f->vma);
	set_pte(f->at.pte, fault_writable(f, pfn_pte(page_to_pfn(new), PTE_ACCESSED)));
	event(FILE_COW, .mm = f->mm, .addr = f->at.address, .pfn = page_to_pfn(new), .value = value);
}

/*
 * The copy is mapped with the file's page still locked: truncate cannot have finished with this page then, and will zap what is
 * mapped here.
 */
static int do_cow_fault(struct fault *f)
{
	struct page *new = NULL, *page;
	int err = -ENOMEM;

	if (!core()->rmap->vma_prepare(f->vma))
		new = alloc_page(GFP_KERNEL);
	if (!new)
		return err;
	mem_cgroup_charge(new, f->mm);
	err = find_page(f, &page);
	if (!err) {
		WINDOW(COW_COPY);
		fault_copy_content(f, new, page);
		if (lock_entry(f)) {
			map_copy(f, new);
			new = NULL;
		}
		unlock_entry(f);
		done_with_page(page);
		put_page(page);
	}
	if (new)
		put_page(new);
	return err;
}

/*
 * The file is told that the page will be written: it is dirty before any entry is writable. False when it is of the file no
 * longer; else it is locked.
 */
static bool page_mkwrite(struct fault *f, struct page *page)
{
	struct page *head = compound_head(page);

	lock_page(head);
	/* A huge page that truncate could not split may be the file's still, and not all of it. */
	if (READ_ONCE(head->mapping) != f->vma->vm_file->f_mapping ||
	    (PageCompound(page) && page_index(page) >= i_size_read(f->vma->vm_file->f_mapping->host))) {
		event(PAGE_TRUNCATED, .mm = f->mm, .pfn = page_to_pfn(page));
		unlock_page(head);
		return false;
	}
	set_page_dirty(page);
	return true;
}

static int do_shared_fault(struct fault *f)
{
	struct page *page;
	int err = find_page(f, &page);
	bool mapped;

	if (err)
		return err;
	done_with_page(page);
	if (!page_mkwrite(f, page)) {
		put_page(page);
		return 0;
	}
	mapped = map_file_page(f, page, fault_writable(f, pfn_pte(page_to_pfn(page), PTE_ACCESSED)));
	set_page_dirty(page);
	unlock_page(compound_head(page));
	if (!mapped)
		put_page(page);
	return 0;
}

int do_file_fault(struct fault *f)
{
	int err;

	if (f->write && !(f->vma->vm_flags & VM_SHARED))
		return do_cow_fault(f);
	/* Before the page is locked: others may map it, too. */
	err = rmap_add_prepare(GFP_KERNEL);
	if (!err)
		err = f->write ? do_shared_fault(f) : do_read_fault(f);
	rmap_add_done();
	return err;
}

int wp_page_shared(struct fault *f, struct page *page)
{
	get_page(page);
	spin_unlock(pte_lockptr(f->pt));
	if (page_mkwrite(f, page)) {
		if (fault_lock_unchanged(f))
			set_pte(f->at.pte, fault_writable(f, pte_with(f->orig, PTE_ACCESSED)));
		spin_unlock(pte_lockptr(f->pt));
		set_page_dirty(page);
		unlock_page(compound_head(page));
	}
	put_page(page);
	return 0;
}
