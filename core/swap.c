/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Swap: counted slots, the last freed one used first, and the swap cache.
 *
 * A slot lives while page-table entries count on it or the cache holds it. A page in the cache has PG_swapcache, its slot in
 * page->private (both change under the page lock) and one reference from the cache.
 */
#include "defects.h"
#include "internal.h"
#include "ksm.h"
#include "memcontrol.h"
#include "windows.h"

/* ---- slots; swap_lock ---- */

static swp_entry_t slot_get(void)
{
	struct core *c = core();
	swp_entry_t entry;

	spin_lock(&c->swap_lock);
	entry = swap_area_get();
	if (entry) {
		c->slot[entry].count = 0;
		c->slot[entry].continued = 0;
		c->slot[entry].cached = 1;
	}
	spin_unlock(&c->swap_lock);
	return entry;
}

/* swap_lock held. Returns who is to be told that the slot is free, if anybody, when it is released. */
static struct mem_cgroup *slot_release_if_unused(swp_entry_t entry)
{
	struct core *c = core();

	if (c->slot[entry].count || c->slot[entry].cached)
		return NULL;
	swap_area_put(entry);
	return swap_cgroup_clear(entry);
}

static void slot_uncache(swp_entry_t entry)
{
	struct mem_cgroup *memcg;

	spin_lock(&core()->swap_lock);
	core()->slot[entry].cached = 0;
	memcg = slot_release_if_unused(entry);
	spin_unlock(&core()->swap_lock);
	mem_cgroup_uncharge_swap(memcg);
}

static int __swap_duplicate(swp_entry_t entry)
{
	struct core *c = core();
	struct swap_slot *slot = &c->slot[entry];
	bool used, full;

	spin_lock(&c->swap_lock);
	used = slot->count || slot->cached;
	full = slot->count >= SWAP_MAP_MAX && !slot->continued;
	if (used && !full)
		slot->count++;
	spin_unlock(&c->swap_lock);
	check_that(used, ORACLE_COUNTS, "swap-duplicate-unused", "slot %lu gets an entry, but it is free", entry);
	if (!used)
		return -EINVAL;
	return full ? -ENOMEM : 0;
}

/* (How more is counted is not modelled, but that it takes memory.) */
int add_swap_count_continuation(swp_entry_t entry, gfp_t gfp)
{
	struct swap_slot *slot = &core()->slot[entry];

	if (!alloc_allowed(gfp, HERE))
		return -ENOMEM;
	spin_lock(&core()->swap_lock);
	slot->continued = slot->count || slot->cached;
	spin_unlock(&core()->swap_lock);
	return 0;
}

int swap_duplicate(swp_entry_t entry)
{
	int err;

	while ((err = __swap_duplicate(entry)) == -ENOMEM) {
		if (add_swap_count_continuation(entry, GFP_ATOMIC)) {
			event(SWAP_COUNT_FULL, .mm = NULL);
			break;
		}
	}
	return err;
}

/* Returns whether only the cache still holds the slot. */
static bool slot_put(swp_entry_t entry)
{
	struct core *c = core();
	struct mem_cgroup *memcg = NULL;
	bool used, cache_only;

	spin_lock(&c->swap_lock);
	used = c->slot[entry].count;
	if (used) {
		c->slot[entry].count--;
		memcg = slot_release_if_unused(entry);
	}
	cache_only = !c->slot[entry].count && c->slot[entry].cached;
	spin_unlock(&c->swap_lock);
	mem_cgroup_uncharge_swap(memcg);
	check_that(used, ORACLE_COUNTS, "swap-free-unused", "slot %lu loses an entry that nobody counted", entry);
	return cache_only;
}

void swap_free(swp_entry_t entry)
{
	slot_put(entry);
}

unsigned swap_count(swp_entry_t entry)
{
	unsigned n;

	spin_lock(&core()->swap_lock);
	n = core()->slot[entry].count;
	spin_unlock(&core()->swap_lock);
	return n;
}

/* ---- the cache; i_pages ---- */

static void cache_add(struct page *page, swp_entry_t entry)
{
	get_page(page);
	SetPageFlag(page, PG_swapcache);
	WRITE_ONCE(page->private, entry);
	data_publish(page);		/* for look-ups */
	spin_lock(&core()->i_pages);
	if (defect(D_CANARY_TEAR))
		core()->slot[entry].page = page;
	else
		WRITE_ONCE(core()->slot[entry].page, page);	/* in one piece: look-ups take no lock */
	spin_unlock(&core()->i_pages);
}

/* i_pages held. */
static void cache_clear(struct page *page, swp_entry_t entry)
{
	WRITE_ONCE(core()->slot[entry].page, NULL);
	ClearPageFlag(page, PG_swapcache);
	WRITE_ONCE(page->private, 0);
}

void delete_from_swap_cache(struct page *page)
{
	swp_entry_t entry = page->private;

	spin_lock(&core()->i_pages);
	cache_clear(page, entry);
	spin_unlock(&core()->i_pages);
	slot_uncache(entry);
	put_page(page);
}

bool remove_from_swap_cache(struct page *page)
{
	swp_entry_t entry = page->private;
	bool frozen;

	spin_lock(&core()->i_pages);
	frozen = atomic_cmpxchg(&page->_refcount, 2, 0) == 2;
	if (frozen && PageFlag(page, PG_dirty)) {
		/* Dirtied since it was written: somebody had it until a moment ago. */
		atomic_set(&page->_refcount, 2);
		frozen = false;
	}
	if (frozen)
		cache_clear(page, entry);
	spin_unlock(&core()->i_pages);
	if (frozen)
		slot_uncache(entry);
	return frozen;
}

bool replace_in_swap_cache(struct page *page, struct page *new)
{
	swp_entry_t entry = page->private;
	bool frozen, replaced;

	spin_lock(&core()->i_pages);
	/* Frozen, nobody finds it half replaced: look-ups that come to the old page get no reference, and look again. */
	frozen = atomic_cmpxchg(&page->_refcount, 2, 0) == 2;
	replaced = frozen || defect(D_SWAP_MIGRATION_COUNT);
	if (replaced) {
		get_page(new);
		SetPageFlag(new, PG_swapcache);
		WRITE_ONCE(new->private, entry);
		data_publish(new);		/* for look-ups */
		WRITE_ONCE(core()->slot[entry].page, new);
		if (frozen)
			atomic_set(&page->_refcount, 1);
		else
			put_page(page);
	}
	spin_unlock(&core()->i_pages);
	return replaced;
}

/*
 * Who asks for a slot without having an entry for it may come when its area is off, or is another one by now: swapoff has waited for
 * nobody but the entries. Under swap_lock, or RCU, which keeps what is asked. No point: the look at the slot that follows is one.
 */
static bool slot_exists(swp_entry_t entry)
{
	const struct swap_info *si = swap_info_of(entry);
	const struct swap_map *map;

	exec_touch(&si->map, TOUCH_READ);
	map = __atomic_load_n(&si->map, __ATOMIC_ACQUIRE);
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): that is what the defect does */
	return (map || defect(D_SWAPOFF_LOOKUP)) && entry - si->first < map->max;
}

struct page *lookup_swap_cache(swp_entry_t entry)
{
	WINDOW(SWAP_LOOKUP);
	struct page *page;

	rcu_read_lock();
	for (;;) {
		if (!slot_exists(entry)) {
			page = NULL;
			break;
		}
		page = READ_ONCE(core()->slot[entry].page);
		if (!page)
			break;
		if (!get_page_unless_zero(page)) {
			cpu_relax();	/* frozen: it is about to leave the cache, or to stay after all */
			continue;
		}
		/* Between the look and the reference the frame may have become another page. */
		if (READ_ONCE(core()->slot[entry].page) == page)
			break;
		put_page(page);
	}
	rcu_read_unlock();
	return page;
}

enum prepare_result { PREPARED, PREPARE_EXISTS, PREPARE_GONE };

/* Claim the cache's hold of a slot that is still in use. */
static enum prepare_result swapcache_prepare(swp_entry_t entry)
{
	struct swap_slot *slot = &core()->slot[entry];
	enum prepare_result result = PREPARED;

	spin_lock(&core()->swap_lock);
	if (slot->cached)
		result = PREPARE_EXISTS;
	else if (!slot_exists(entry) || !slot->count)
		result = PREPARE_GONE;
	else
		slot->cached = 1;
	spin_unlock(&core()->swap_lock);
	return result;
}

static void read_slot(struct page *page, swp_entry_t entry)
{
	u64 *to = &core()->data[page_to_pfn(page)];

	exec_point(OP_STORE, to);
	exec_touch(&core()->slot[entry].data, TOUCH_READ);
	__atomic_store_n(to, core()->slot[entry].data, __ATOMIC_RELAXED);
	SetPageFlag(page, PG_uptodate);
}

struct page *read_swap_cache(swp_entry_t entry)
{
	struct page *page, *new = NULL;

	for (;;) {
		enum prepare_result r;

		page = lookup_swap_cache(entry);
		if (page)
			break;
		if (!new)
			new = alloc_page(GFP_KERNEL);
		if (!new)
			return NULL;
		r = swapcache_prepare(entry);
		if (r == PREPARE_GONE)
			break;
		if (r == PREPARED) {
			lock_new_page(new);
			SetPageFlag(new, PG_swapbacked);
			cache_add(new, entry);
			lru_cache_add(new);
			read_slot(new, entry);
			unlock_page(new);
			return new;
		}
		/* Somebody claimed the slot and has not put the page in yet. */
		cpu_relax();
	}
	if (new)
		put_page(new);
	return page;
}

/* ---- pages in the cache; page lock held ---- */

static unsigned page_swapcount(struct page *page)
{
	return PageFlag(page, PG_swapcache) ? swap_count(page->private) : 0;
}

bool add_to_swap(struct page *page)
{
	swp_entry_t entry = slot_get();

	if (!entry)
		return false;
	mem_cgroup_try_charge_swap(page, entry);
	cache_add(page, entry);
	/* Its content is nowhere but in memory; and who has made its entries clean meanwhile, to give it up, comes too late. */
	if (!defect(D_LAZY_CLEAN))
		SetPageFlag(page, PG_dirty);
	return true;
}

bool try_to_free_swap(struct page *page)
{
	if (!PageFlag(page, PG_swapcache) || page_swapcount(page))
		return false;
	delete_from_swap_cache(page);
	SetPageFlag(page, PG_dirty);
	return true;
}

/*
 * Where mappings are not counted: references, but for the swap cache's, and for that of who swaps the page in, whose mapping is an entry
 * for the slot still. Who has the page for another reason counts too, and so does the LRU while it is on its way there: then it is copied.
 */
static unsigned references_of_users(struct page *page)
{
	int refs = page_count(page) - PageFlag(page, PG_swapcache) - !page_mapped(page);

	return refs > 0 ? (unsigned)refs : 0;
}

unsigned swap_page_users(struct page *page)
{
	/* Mappings first: swap-in adds its mapping before it gives up its entry. */
	unsigned users = mapcount_there() ? (unsigned)page_mapcount(page) : references_of_users(page);

	return users + page_swapcount(page);
}

bool reuse_swap_page_of(struct page *page, unsigned users)
{
	/* Others may be about to get it for their own. */
	if ((PageKsm(page) && !defect(D_KSM_REUSE)) || users > 1)
		return false;
	if (users == 1 && PageFlag(page, PG_swapcache)) {
		delete_from_swap_cache(page);
		SetPageFlag(page, PG_dirty);
	}
	return true;
}

bool reuse_swap_page(struct page *page)
{
	return reuse_swap_page_of(page, swap_page_users(page));
}

void swap_writepage(struct page *page)
{
	struct swap_slot *slot = &core()->slot[page->private];

	exec_point(OP_STORE, &slot->data);
	exec_touch(&core()->data[page_to_pfn(page)], TOUCH_READ);
	slot->data = __atomic_load_n(&core()->data[page_to_pfn(page)], __ATOMIC_RELAXED);
}

/* ---- the last entry or mapping is gone ---- */

void free_swap_and_cache(swp_entry_t entry)
{
	struct page *page;

	if (!slot_put(entry))
		return;
	page = lookup_swap_cache(entry);
	if (!page)
		return;
	/* Under a pte lock: no waiting. If the page is busy, whoever has it will find the slot without users. */
	if (trylock_page(page)) {
		if (PageFlag(page, PG_swapcache) && page->private == entry && !page_mapped(page))
			try_to_free_swap(page);
		unlock_page(page);
	}
	put_page(page);
}

void free_page_and_swap_cache(struct page *page)
{
	if (PageFlag(page, PG_swapcache) && !page_mapped(page) && trylock_page(page)) {
		try_to_free_swap(page);
		unlock_page(page);
	}
	put_page(page);
}
