/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device memory: pages of a process that move to frames which no processor can reach, and back when one wants them.
 *
 * Both are migrations as any other: entries become migration entries, the page moves, and they become present ones or device entries.
 * What is particular: device pages are on no LRU, so who wants one back comes from an entry, and has to hold the page before he lets
 * that go.
 */
#include "device.h"

#include "defects.h"
#include "memory_failure.h"
#include "mlock.h"

/* ---- frames; zone_lock ---- */

struct page *device_alloc_page(void)
{
	struct core *c = core();
	u32 pfn = 0;

	spin_lock(&c->zone_lock);
	if (c->nr_device_free) {
		pfn = c->device_stack[--c->nr_device_free];
		frame_taken(c, pfn);
	}
	spin_unlock(&c->zone_lock);
	if (!pfn)
		return NULL;
	prep_new_page(pfn_to_page(pfn));
	return pfn_to_page(pfn);
}

/* ---- there ---- */

/* Locked. What has a slot could be found by it; what is mlocked is to stay where processors reach it. */
static bool may_move(struct page *page)
{
	return PageAnonAlone(page) && !PageCompound(page) && !PageFlag(page, PG_swapcache) && !page_mlocked(page) && !PageHWPoison(page);
}

/* Isolated. */
static enum migrate_result move_there(struct page *page)
{
	struct page *new = device_alloc_page();
	bool moved;

	if (!new) {
		putback_lru_page(page);
		return MIGRATE_ENOMEM;
	}
	lock_page(page);
	moved = may_move(page) && migrate_locked(new, page);
	unlock_page(page);
	if (moved) {
		event(DEVICE_MOVED, .pfn = page_to_pfn(new), .obj = new);
		put_page(page);
	} else {
		putback_lru_page(page);
	}
	put_page(new);			/* its mappings hold it */
	return moved ? MIGRATED : MIGRATE_AGAIN;
}

enum migrate_result migrate_to_device(struct page *page)
{
	lru_add_drain_all();
	return !is_device_private_page(page) && isolate_lru_page(page) ? move_there(page) : MIGRATE_NOT_ISOLATED;
}

/* ---- and back ---- */

/* Locked, and held by us beside its mappings. If that is all, it moves (*moved); else who came to it tries again. Returns 0 or -ENOMEM. */
static int migrate_to_ram(struct fault *f, struct page *page, bool *moved)
{
	struct page *new = alloc_page(GFP_KERNEL);

	if (!new)
		return -ENOMEM;
	*moved = migrate_locked(new, page);
	if (*moved) {
		event(DEVICE_FAULT, .mm = f->mm, .addr = f->at.address, .pfn = page_to_pfn(page), .obj = new);
		putback_lru_page(new);
	} else {
		put_page(new);
	}
	return 0;
}

/*
 * The entry keeps the page, and whoever unmaps it, or moves the page back, does so without asking us: so we hold it before we give up the
 * entry's lock. And we have it locked, so that of several who come at once only one holds it, and nobody is in the other's way. (Until
 * 6.1 without either.)
 */
static struct page *hold(struct fault *f)
{
	struct page *page = pte_device_page(f->orig);
	bool busy = false;

	if (!fault_lock_unchanged(f)) {
		page = NULL;
	} else if (defect(D_DEVICE_NO_REF)) {
		spin_unlock(pte_lockptr(f->pt));
		lock_page(page);
		get_page(page);
		return page;
	} else if (!trylock_page(page)) {
		busy = true;
		page = NULL;
	} else {
		get_page(page);
	}
	spin_unlock(pte_lockptr(f->pt));
	if (busy)
		cpu_relax();		/* who has the page locked may want the entry's lock */
	return page;
}

int do_device_private(struct fault *f)
{
	struct page *page = hold(f);
	bool moved = false;
	int err;

	if (!page)
		return 0;
	err = migrate_to_ram(f, page, &moved);
	unlock_page(page);
	put_page(page);
	if (!err && !moved)
		cpu_relax();	/* somebody holds it, who has just moved it here, or waits for its lock: fault again */
	return err;
}

/* ---- entries ---- */

void copy_device(struct mm_struct *dst, const struct rmap_location *to, pte_t *src_pte, pte_t pte)
{
	struct page *page = pte_device_page(pte);

	if (change_device(src_pte, pte))
		pte = pte_without(pte, PTE_DEVICE_WRITE);
	get_page(page);
	core()->rmap->page_dup(page, to);
	count_anon(dst, 1);
	set_pte(to->pte, pte);
	event(DEVICE_FORKED, .mm = dst, .addr = to->address, .pfn = page_to_pfn(page));
}

struct page *zap_device(struct mm_struct *mm, const struct rmap_location *at, pte_t pte)
{
	struct page *page = pte_device_page(pte);

	set_pte(at->pte, __pte(0));
	count_anon(mm, -1);
	core()->rmap->page_remove(page, at);
	return page;
}

bool change_device(pte_t *ptep, pte_t pte)
{
	if (!pte_has(pte, PTE_DEVICE_WRITE))
		return false;
	set_pte(ptep, pte_without(pte, PTE_DEVICE_WRITE));
	return true;
}

/* No processor has a translation of it: nothing to flush. It comes back read-only, and a fault decides. */
void unmap_device(struct page *page, const struct rmap_location *at)
{
	pte_t pte = ptep_get_and_clear(at->pte);

	set_pte(at->pte, pte_with(migration_pte(page_to_pfn(page), false), defect(D_DEVICE_SOFT) ? 0 : pte_soft_dirty(pte)));
}
