/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page migration: a page's content goes to another frame, and with it every mapping, while the processes run on.
 *
 * Each entry becomes a migration entry, so that nobody reaches the page; when nobody does, and nobody else holds a reference,
 * the new page becomes what the old one was; then a second walk makes every migration entry present again. Both pages are locked
 * throughout: who is not to see a page in two places waits for the lock of either. Comes from below, as reclaim does, and knows
 * nothing that keeps the page mapped or its anon_vma alive.
 */
#include "defects.h"
#include "device.h"
#include "hugetlb.h"
#include "ksm.h"
#include "memcontrol.h"
#include "references.h"
#include "mlock.h"

/* ---- entries ---- */

struct page *migration_entry_to_page(pte_t pte)
{
	struct page *page = pfn_to_page(pte_pfn(pte));

	/* Whoever unlocks the page has replaced all its entries before. */
	exec_touch(&page->flags, TOUCH_READ);
	check_that(flag_peek(page, PG_locked), ORACLE_ORPHAN, "migration-entry-of-unlocked-page",
		   "a migration entry names page%lu, which is not locked: its migration has ended", pte_pfn(pte));
	return page;
}

/* A reference, so that the page can be waited for without the pte lock. False when its count is frozen. */
static bool get_migrating_page(struct page *page)
{
	if (!defect(D_Z36))
		return get_page_unless_zero(page);
	get_page(page);
	return true;
}

void migration_entry_wait(struct pgtable *pt, pte_t *ptep)
{
	struct page *page = NULL;
	bool got = false;
	pte_t pte;

	spin_lock(pte_lockptr(pt));
	pte = ptep_get(ptep);
	if (pte_migration(pte)) {
		page = migration_entry_to_page(pte);
		got = get_migrating_page(page);
	}
	spin_unlock(pte_lockptr(pt));
	if (!page)
		return;
	if (!got) {
		cpu_relax();		/* about to be replaced in the cache that it is in: fault again */
		return;
	}
	event(MIGRATION_WAIT, .pfn = page_to_pfn(page), .obj = page);
	/* Until 4.20 with the reference: who moves the page counts it, and puts everything back. */
	if (defect(D_Z36_HELD)) {
		wait_on_page_locked(page);
		put_page(page);
	} else {
		put_and_wait_on_page_locked(page);
	}
}

/* One migration entry becomes a mapping of new. pte lock held. */
static void restore_pte(struct page *new, const struct rmap_location *at, pte_t entry)
{
	/* The VMA is asked again: what it allows may have changed since the entry was made. */
	unsigned long rights = READ_ONCE(at->vma->vm_flags);
	pte_t pte = pte_modify(pfn_pte(page_to_pfn(new), defect(D_SOFT_MIGRATION) ? 0 : pte_soft_dirty(entry)), rights);

	get_page(new);
	if (pte_migration_write(entry) && rights & VM_WRITE)
		pte = pte_with(pte, PTE_WRITE);
	if (is_device_private_page(new))
		pte = device_pte(page_to_pfn(new), pte_has(pte, PTE_WRITE), pte_soft_dirty(pte));
	replace_migration_pte(at->pte, entry, pte);
	if (PageAnon(new))
		core()->rmap->page_add(new, at, false);
	else
		core()->rmap->page_add_file(new, at);
	/* The mark went with the last mapping. */
	if (rights & VM_LOCKED && !PageCompound(new) && !is_device_private_page(new))
		mlock_vma_page(new);
}

/* The lock is taken always, not only when the entry looks right: one that is being copied or moved under it must not be missed. */
bool remove_migration_pte(struct page *new, const struct rmap_location *where, void *arg)
{
	struct rmap_location at = *where;
	const struct page *old = arg;
	struct pgtable *pt = pgtable_find(at.vma->vm_mm, at.address);
	pte_t pte;

	if (!pt)
		return true;
	at.pte = pte_offset(pt, at.address);
	if (defect(D_Z14_PEEK) && !pte_migration(ptep_get(at.pte)))
		return true;
	spin_lock(pte_lockptr(pt));
	pte = ptep_get(at.pte);
	if (pte_migration(pte) && pte_pfn(pte) == page_to_pfn(old))
		restore_pte(new, &at, pte);
	spin_unlock(pte_lockptr(pt));
	return true;
}

/*
 * Every migration entry of old becomes an entry of new; new is old when the migration failed. Both locked, the anon_vma pinned if they
 * have one. A file stays as long as a locked page is in its cache, and that is new by now.
 */
static void remove_migration_ptes(struct page *old, struct page *new)
{
	core()->rmap->walk_pinned(new, remove_migration_pte, old);
	if (__atomic_load_n(&core()->unseen[page_to_pfn(old)], __ATOMIC_RELAXED))
		ksm_unseen_mapping(new);
	event(MIGRATE_END, .pfn = page_to_pfn(old), .obj = old);
}

/* ---- the page ---- */

/* What an anonymous page is, before anybody can find it: who comes from it after that may not see less than a whole page. */
void copy_identity(struct page *new, struct page *page)
{
	WRITE_ONCE(new->index, READ_ONCE(page->index));
	exec_touch(&new->rmap_private, TOUCH_WRITE);
	__atomic_store_n(&new->rmap_private, __atomic_load_n(&page->rmap_private, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
	WRITE_ONCE(new->mapping, READ_ONCE(page->mapping));
	if (PageFlag(page, PG_swapbacked))
		SetPageFlag(new, PG_swapbacked);
}

/*
 * The page is mapped nowhere. Who else holds a reference may be about to look at it or to write to it: then it has to stay.
 *
 * A page in the swap cache can be found through its slot, and one of a file through the page cache, so its count is frozen while it is
 * replaced there. Another one can be found by those only who wait for its migration entries, and they want nothing but its lock:
 * looking at the count is enough. That goes for a page, too, that truncate has taken out of its file.
 */
bool move_mapping(struct page *new, struct page *page)
{
	struct address_space *mapping = READ_ONCE(page->mapping);
	bool cached;

	if (mapping && !((unsigned long)mapping & PAGE_MAPPING_FLAGS))
		return replace_in_page_cache(mapping, page, new);
	cached = PageFlag(page, PG_swapcache);
	if (!cached && page_count(page) != 1)
		return false;
	copy_identity(new, page);
	if (cached)
		return replace_in_swap_cache(page, new);
	data_publish(new);
	return true;
}

static void copy_flag(struct page *new, struct page *page, enum pageflags bit)
{
	if (PageFlag(page, bit))
		SetPageFlag(new, bit);
}

/* What is known of its uses. */
static void copy_uses(struct page *new, struct page *page)
{
	static const enum pageflags bits[] = { PG_active, PG_young, PG_idle };

	for (unsigned i = 0; i < ARRAY_SIZE(bits); i++)
		if (page_flag_rare(page, bits[i]))
			SetPageFlag(new, bits[i]);
}

/* Content and state; new may be found through a cache already, but whoever finds it waits for its lock. */
void move_page_state(struct page *new, struct page *page)
{
	copy_highpage(new, page);
	mem_cgroup_migrate(page, new);
	copy_uses(new, page);
	copy_flag(new, page, PG_referenced);
	copy_flag(new, page, PG_uptodate);
	copy_flag(new, page, PG_dirty);
	if (PageKsm(new))
		ksm_migrate_page(new, page);
	if (PageFlag(page, PG_swapcache)) {
		ClearPageFlag(page, PG_swapcache);
		WRITE_ONCE(page->private, 0);
	}
}

static bool move_to_new_page(struct page *new, struct page *page)
{
	if (!move_mapping(new, page))
		return false;
	move_page_state(new, page);
	return true;
}

/* Both pages locked, the anon_vma pinned if the page is mapped. */
static bool unmap_and_move(struct page *new, struct page *page)
{
	bool was_mapped = page_mapped(page), moved = false;
	WINDOW(MIGRATE);

	if (was_mapped) {
		core()->rmap->try_to_unmap(page, TTU_MIGRATION | TTU_IGNORE_MLOCK | TTU_IGNORE_ACCESS);
		event(MIGRATE_UNMAP, .pfn = page_to_pfn(page), .obj = page);
	}
	if (!page_mapped(page))
		moved = move_to_new_page(new, page);
	if (was_mapped)
		remove_migration_ptes(page, moved ? new : page);
	return moved;
}

/* ---- what keeps the anon_vma from the first walk to the second ---- */

/*
 * The first walk takes the page's last mapping. From then on the processes may unmap their migration entries, exit, and free the
 * anon_vma, and nothing about the page would say so. So a reference is taken while the page still is mapped, and in the way that
 * proves that it is. No reference means that the page is not mapped, and while it is locked it will not be: then there is nothing
 * to walk to.
 */
static struct anon_vma *pin_anon_vma(struct page *page)
{
	if (defect(D_Z10B)) {
		rcu_read_lock();
		return NULL;
	}
	return PageAnon(page) ? core()->rmap->page_pin(page) : NULL;
}

static void unpin_anon_vma(struct anon_vma *anon_vma)
{
	if (defect(D_Z10B))
		rcu_read_unlock();
	if (anon_vma)
		core()->rmap->page_unpin(anon_vma);
}

bool migrate_locked(struct page *new, struct page *page)
{
	struct anon_vma *anon_vma = pin_anon_vma(page);
	bool moved = false;

	/* Nobody knows it. Tried all the same: to wait for one page under the lock of another has no order. */
	if (trylock_page(new)) {
		moved = unmap_and_move(new, page);
		unlock_page(new);
	}
	unpin_anon_vma(anon_vma);
	return moved;
}

/* The page is isolated; new is nobody's yet. */
static bool migrate_isolated(struct page *new, struct page *page)
{
	bool moved;

	lock_page(page);
	if (PageCompound(page) && !split_huge_page(page)) {
		unlock_page(page);
		return false;
	}
	/* Of a file: its content is on its way to the store, from this frame. */
	wait_on_page_writeback(page);
	moved = migrate_locked(new, page);
	unlock_page(page);
	return moved;
}

/* The page is isolated. */
static enum migrate_result migrate_to_new(struct page *page)
{
	struct page *new = alloc_page(GFP_KERNEL);

	if (!new) {
		putback_lru_page(page);
		return MIGRATE_ENOMEM;
	}
	if (!migrate_isolated(new, page)) {
		event(MIGRATE_KEPT, .pfn = page_to_pfn(page));
		put_page(new);
		putback_lru_page(page);
		return MIGRATE_AGAIN;
	}
	event(MIGRATED, .pfn = page_to_pfn(page), .obj = new);
	put_page(page);
	putback_lru_page(new);
	return MIGRATED;
}

enum migrate_result migrate_page(struct page *page)
{
	if (PageHuge(page))
		return migrate_huge_page(compound_head(page));
	page = compound_head(page);
	lru_add_drain_all();
	return isolate_lru_page(page) ? migrate_to_new(page) : MIGRATE_NOT_ISOLATED;
}

unsigned compact_lru(unsigned n)
{
	unsigned moved = 0;

	lru_add_drain_all();
	while (n--) {
		struct page *page = isolate_oldest();

		if (!page)
			break;
		moved += migrate_to_new(page) == MIGRATED;
	}
	return moved;
}
