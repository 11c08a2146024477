/* SPDX-License-Identifier: GPL-2.0-only */
/* What the fault handlers share: fault.c for anonymous memory, fault_file.c for files. */
#ifndef CORE_FAULT_H
#define CORE_FAULT_H

#include "internal.h"

struct fault {
	struct mm_struct *mm;
	struct vm_area_struct *vma;
	struct pgtable *pt;
	struct rmap_location at;
	pmd_t *pmd;			/* of hugetlb: the entry's place, which i_mmap keeps */
	pte_t orig;			/* entry as the handler first saw it */
	bool write;
	bool wrote;			/* the entry is as a write needs it */
	unsigned users;			/* (Z05-exclusive) who have the page in the swap cache, counted too early */
	bool allow_retry;		/* mmap_lock may be released, to wait for the monitor */
	bool vma_lock;			/* the VMA's own lock is held, and not mmap_lock */
	struct pgtable *prealloc;	/* of a file with huge pages, where there is no table: one that is ours, to be used or freed */
};

/* Takes the pte lock; true when the entry is still what it was (but for the bits that the walker sets). */
bool fault_lock_unchanged(struct fault *f);

/* The entry with whatever a write needs; who writes by force, or takes back a page of KSM's, gets a writable one only if he may write. */
static inline pte_t fault_writable(const struct fault *f, pte_t pte)
{
	if (!(f->vma->vm_flags & VM_READ))
		pte = pte_with(pte, PTE_PROTNONE);
	return pte_with(pte, f->vma->vm_flags & VM_WRITE ? PTE_WRITE | PTE_DIRTY | PTE_SOFT_DIRTY : PTE_DIRTY | PTE_SOFT_DIRTY);
}

/*
 * The page, locked, was found in the swap cache for an entry there: itself, or a copy of it, which nobody knows yet, if it is a stranger's.
 * NULL when memory is out. mmap_lock held.
 */
struct page *ksm_might_need_to_copy(const struct fault *f, struct page *page);

/*
 * swapoff.c, for migration through swap, too. Page and pte locked, the entry is there: it maps the page, or the copy of it, which nobody
 * knows yet.
 */
void map_unused(struct fault *f, struct page *page, bool copied, swp_entry_t entry);

void fault_copy_content(const struct fault *f, struct page *to, struct page *from);

/* A page of a file, nothing mapped there. Returns 0, -ENXIO or -ENOMEM. */
int do_file_fault(struct fault *f);
/* The same where there may be neither a table nor a huge page yet: what comes there the file's page decides. */
int do_file_fault_without_table(struct fault *f);
/* A write to a file's page in a shared mapping, entry present and read-only. Called with the pte lock, returns without. */
int wp_page_shared(struct fault *f, struct page *page);

#endif
