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

static unsigned long file_index(const struct fault *f)
{
	return f->vma->vm_pgoff + ((f->at.address - f->vma->vm_start) >> PAGE_SHIFT);
}

static int find_page(struct fault *f, struct page **page)
{
	int err = filemap_fault(f->vma->vm_file->f_mapping, file_index(f), f->mm, page);

	if (err == -ENXIO)
		event(FAULT_BEYOND, .mm = f->mm, .addr = f->at.address);
	if (!err && defect(D_FAULT_UNLOCKED))
		unlock_page(*page);
	return err;
}

static void done_with_page(struct page *page)
{
	if (!defect(D_FAULT_UNLOCKED))
		unlock_page(page);
}

/* Map the locked page; its reference becomes the mapping's. False when another thread was faster. */
static bool map_file_page(struct fault *f, struct page *page, pte_t pte)
{
	bool same = fault_lock_unchanged(f);

	if (same) {
		count_file(f->mm, 1);
		core()->rmap->page_add_file(page, &f->at);
		set_pte(f->at.pte, pte);
		event(FAULT_FILE, .mm = f->mm, .addr = f->at.address, .pfn = page_to_pfn(page));
	}
	spin_unlock(&f->pt->ptl);
	return same;
}

/* Read-only even in a shared mapping that may be written: the first store must come here to be noticed. */
static int do_read_fault(struct fault *f)
{
	struct page *page;
	int err = find_page(f, &page);
	bool mapped;

	if (err)
		return err;
	mapped = map_file_page(f, page, pfn_pte(page_to_pfn(page), PTE_ACCESSED));
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
		if (fault_lock_unchanged(f)) {
			map_copy(f, new);
			new = NULL;
		}
		spin_unlock(&f->pt->ptl);
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
	lock_page(page);
	if (READ_ONCE(page->mapping) != f->vma->vm_file->f_mapping) {
		event(PAGE_TRUNCATED, .mm = f->mm, .pfn = page_to_pfn(page));
		unlock_page(page);
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
	unlock_page(page);
	if (!mapped)
		put_page(page);
	return 0;
}

int do_file_fault(struct fault *f)
{
	if (!f->write)
		return do_read_fault(f);
	return f->vma->vm_flags & VM_SHARED ? do_shared_fault(f) : do_cow_fault(f);
}

int wp_page_shared(struct fault *f, struct page *page)
{
	get_page(page);
	spin_unlock(&f->pt->ptl);
	if (page_mkwrite(f, page)) {
		if (fault_lock_unchanged(f))
			set_pte(f->at.pte, fault_writable(f, pte_with(f->orig, PTE_ACCESSED)));
		spin_unlock(&f->pt->ptl);
		set_page_dirty(page);
		unlock_page(page);
	}
	put_page(page);
	return 0;
}
