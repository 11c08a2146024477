/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Migration of pages of hugetlb: as of small ones (migrate.c), but for the locks around it.
 *
 * What keeps the walks of a file's page apart from those who share its tables is the file's i_mmap lock, for write, as tables are given up
 * on the way; it comes before the page lock, which is held, and so is only tried. Nobody faults in the file meanwhile. A private copy is
 * found through its anon_vma like any other, and who faults on it waits for it to be unlocked.
 */
#include "defects.h"
#include "hugetlb.h"
#include "internal.h"

/* ---- entries ---- */

/* One migration entry becomes a mapping of new. Its lock is held. */
static void restore_huge_pte(struct page *new, const struct rmap_location *at, pmd_t *pmd, pmd_t entry)
{
	unsigned long rights = READ_ONCE(at->vma->vm_flags);
	pte_t pte = pte_modify(pfn_pte(page_to_pfn(new), PTE_HUGE), rights);

	get_page(new);
	if (pte_migration_write(pmd_pte(entry)) && rights & VM_WRITE)
		pte = pte_with(pte, PTE_WRITE | PTE_DIRTY);
	set_pmd(pmd, pte_pmd(pte));
	pmd_touch_mappers(entry);
	if (PageAnon(new))
		core()->rmap->hugepage_add_anon(new, at);
	else
		core()->rmap->huge_dup(new, at);
}

static bool remove_huge_migration_pte(struct page *new, const struct rmap_location *at, void *arg)
{
	pmd_t *pmd = pmd_offset(at->vma->vm_mm, at->address), entry;
	spinlock_t *ptl = huge_pte_lock(at->vma->vm_mm, pmd, at->address);
	const struct page *old = arg;

	entry = pmdp_get(pmd);
	if (pmd_migration(entry) && pmd_page(entry) == old)
		restore_huge_pte(new, at, pmd, entry);
	spin_unlock(ptl);
	return true;
}

struct page *get_migrating_huge_page(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl = huge_pte_lock(mm, pmd, addr);
	pmd_t entry = pmdp_get(pmd);
	struct page *page = NULL;

	if (pmd_migration(entry)) {
		page = migration_entry_to_page(pmd_pte(entry));
		if (!get_page_unless_zero(page))
			page = NULL;
		else
			event(MIGRATION_WAIT, .pfn = page_to_pfn(page), .obj = page);
	}
	spin_unlock(ptl);
	return page;
}

/* ---- the page ---- */

/* Mapped nowhere, both locked. Who else has a reference may be about to use it: then it stays. */
static bool move_huge_mapping(struct page *new, struct page *head)
{
	struct address_space *mapping = READ_ONCE(head->mapping);

	if (!mapping)
		return false;		/* nobody's: truncated, or copied and let go */
	if (!PageAnon(head))
		return replace_in_page_cache(mapping, head, new);
	if (page_count(head) != 1)
		return false;
	copy_identity(new, head);
	return true;
}

static bool move_huge_page(struct page *new, struct page *head)
{
	if (!move_huge_mapping(new, head))
		return false;
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
		copy_highpage(new + i, head + i);
	SetPageFlag(new, PG_uptodate);
	if (PageAnon(head) && PageFlag(head, PG_dirty))
		SetPageFlag(new, PG_dirty);
	return true;
}

struct address_space *hugetlb_page_mapping_lock_write(struct page *head)
{
	struct address_space *mapping = READ_ONCE(head->mapping);

	return mapping && down_write_trylock(&mapping->i_mmap_rwsem) ? mapping : NULL;
}

static bool note_file(struct page *head, const struct rmap_location *at, void *arg)
{
	struct address_space **mapping = arg;

	(void)head;
	*mapping = at->vma->vm_file->f_mapping;
	return false;
}

/* As it was first: of a private copy the lock of the file was taken, too, that is mapped around it. */
static struct address_space *lock_file_of_copy(struct anon_vma *anon_vma, struct page *head)
{
	struct address_space *mapping = NULL;

	if (anon_vma)
		core()->rmap->walk_pinned(head, note_file, &mapping);
	return mapping && down_write_trylock(&mapping->i_mmap_rwsem) ? mapping : NULL;
}

/* Both pages locked, the anon_vma pinned if there is one. */
static bool unmap_and_move_huge_page(struct page *new, struct page *head, struct anon_vma *anon_vma)
{
	unsigned flags = TTU_MIGRATION | TTU_IGNORE_MLOCK | TTU_IGNORE_ACCESS;
	bool was_mapped = page_mapped(head), anon = PageAnon(head), moved = false;
	struct address_space *mapping = NULL;
	WINDOW(MIGRATE);

	if (was_mapped && (!anon || defect(D_Z43))) {
		mapping = anon ? lock_file_of_copy(anon_vma, head) : hugetlb_page_mapping_lock_write(head);
		if (!mapping)
			return false;
		flags |= TTU_RMAP_LOCKED;
	}
	if (was_mapped) {
		core()->rmap->try_to_unmap(head, flags);
		event(MIGRATE_UNMAP, .pfn = page_to_pfn(head), .obj = head);
	}
	if (!page_mapped(head))
		moved = move_huge_page(new, head);
	if (was_mapped) {
		core()->rmap->walk_pinned(moved ? new : head, remove_huge_migration_pte, head);
		event(MIGRATE_END, .pfn = page_to_pfn(head), .obj = head);
	}
	if (mapping)
		i_mmap_unlock_write(mapping);
	return moved;
}

static bool migrate_isolated(struct page *new, struct page *head)
{
	struct anon_vma *anon_vma;
	bool moved = false;

	lock_page(head);
	/* Before it is unmapped: see migrate.c. */
	anon_vma = PageAnon(head) ? core()->rmap->page_pin(head) : NULL;
	if (trylock_page(new)) {
		moved = unmap_and_move_huge_page(new, head, anon_vma);
		unlock_page(new);
	}
	if (anon_vma)
		core()->rmap->page_unpin(anon_vma);
	unlock_page(head);
	return moved;
}

enum migrate_result migrate_huge_page(struct page *head)
{
	struct page *new;

	if (!isolate_huge_page(head))
		return MIGRATE_NOT_ISOLATED;
	new = alloc_hugetlb_page();
	if (!new) {
		putback_huge_page(head);
		return MIGRATE_ENOMEM;
	}
	if (!migrate_isolated(new, head)) {
		event(MIGRATE_KEPT, .pfn = page_to_pfn(head));
		put_page(new);
		putback_huge_page(head);
		return MIGRATE_AGAIN;
	}
	event(MIGRATED, .pfn = page_to_pfn(head), .obj = new);
	put_page(head);
	putback_huge_page(new);
	return MIGRATED;
}
