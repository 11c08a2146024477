/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages in the anon_vma_chain reverse map: mappings that come and go, walks, and the table of operations. */
#include "device.h"
#include "anon_vma.h"
#include "defects.h"
#include "memcontrol.h"
#include "mlock.h"
#include "ksm.h"

/* Pointer and tag in one store: walks read it without a lock, and an anon_vma without the tag is a file. */
static void set_anon_mapping(struct page *page, struct anon_vma *anon_vma, bool plain)
{
	struct address_space *mapping = (struct address_space *)((unsigned long)anon_vma + PAGE_MAPPING_ANON);

	page_identify(page, anon_vma);
	if (plain)
		page->mapping = mapping;
	else
		WRITE_ONCE(page->mapping, mapping);
}

void page_set_anon_rmap(struct page *page, const struct rmap_location *at, bool exclusive)
{
	struct anon_vma *anon_vma = at->vma->anon_vma;

	check_that(anon_vma, ORACLE_STRUCTURE, "anon-page-without-anon-vma", "a page is mapped in a VMA without anon_vma");
	if (PageAnon(page))
		return;
	/* Others may map the page too: only the oldest anon_vma is known to be an ancestor of them all. */
	if (!exclusive && !defect(D_Z05))
		anon_vma = anon_vma->root;
	/* Before the mapping, and marked: a walk of a page that is not locked looks for it at this offset. */
	WRITE_ONCE(page->index, linear_page_index(at->vma, at->address));
	set_anon_mapping(page, anon_vma, defect(D_Z22));
}

static void assert_pte_locked(const struct rmap_location *at)
{
	struct pgtable *pt = pgtable_peek(at->vma->vm_mm, at->address);

	/* No table: it was moved away under the caller's hands, and what comes of that is for others to tell. */
	if (pt)
		lockdep_assert_held(&pte_lockptr(pt)->l);
}

static void page_add_new_anon_rmap(struct page *page, const struct rmap_location *at)
{
	assert_pte_locked(at);
	SetPageFlag(page, PG_swapbacked);
	atomic_set(&page->_mapcount, 0);
	mod_node_page_state(NR_ANON_MAPPED, 1);
	page_set_anon_rmap(page, at, true);
}

static void page_add_anon_rmap(struct page *page, const struct rmap_location *at, bool exclusive)
{
	bool first = atomic_inc_and_test(&page->_mapcount);

	assert_pte_locked(at);
	if (first)
		mod_node_page_state(NR_ANON_MAPPED, 1);
	if (PageKsm(page))
		return;			/* its mapping is KSM's, and does not change */
	lockdep_assert_held(&page->flags);
	if (!first)
		return;
	page_set_anon_rmap(page, at, exclusive);
}

static void page_dup_rmap(struct page *page, const struct rmap_location *at)
{
	assert_pte_locked(at);
	atomic_inc(&page->_mapcount);
	ksm_unseen_mapping(page);
}

/* True when it was the last mapping. */
static bool uncount_mapping(struct page *page)
{
	int now = atomic_dec_return(&page->_mapcount);

	check_that(now >= -1, ORACLE_COUNTS, "mapcount-below-zero", "page%lu loses a mapping that was not counted",
		   page_to_pfn(page));
	/* Whoever mapped it last had not locked it himself, or could not come by here: truncate zaps what is locked, too. */
	if (now < 0 && page_mlocked(page) && !defect(D_RMAP_MLOCK))
		clear_page_mlock(page);
	return now < 0;
}

static void page_remove_file_rmap(struct page *page)
{
	bool late = defect(D_MEMCG_LATE), last;
	struct page *head = compound_head(page);
	struct mem_cgroup *locked = late ? NULL : lock_page_memcg(head);

	last = uncount_mapping(page);
	/* From here on a mover finds it unmapped, and leaves behind what is counted still, unless it has to wait for us. */
	if (late)
		locked = lock_page_memcg(head);
	if (last)
		mod_lruvec_page_state(head, NR_FILE_MAPPED, -1);
	unlock_page_memcg(head, locked);
}

static void page_remove_anon_rmap(struct page *page)
{
	if (!uncount_mapping(page))
		return;
	mod_node_page_state(NR_ANON_MAPPED, -1);
	/* page->mapping stays: resetting it here would race with somebody who maps the page again. */
	if (defect(D_H5) && !PageKsm(page))
		WRITE_ONCE(page->mapping, NULL);
	if (PageCompound(page))
		deferred_split_huge_page(compound_head(page));
}

void page_remove_rmap(struct page *page, const struct rmap_location *at)
{
	assert_pte_locked(at);
	if (maps_file_page(at->vma, page))
		page_remove_file_rmap(page);
	else
		page_remove_anon_rmap(page);
	event(PTE_REMOVED, .mm = at->vma->vm_mm, .addr = at->address, .pfn = page_to_pfn(page));
}

/* page->mapping and page->index are set since the page came into the cache. */
static void page_add_file_rmap(struct page *page, const struct rmap_location *at)
{
	struct page *head = compound_head(page);
	struct mem_cgroup *locked = lock_page_memcg(head);

	assert_pte_locked(at);
	if (PageCompound(page))
		huge_mapped_by_table(head);
	if (atomic_inc_and_test(&page->_mapcount))
		mod_lruvec_page_state(head, NR_FILE_MAPPED, 1);
	unlock_page_memcg(head, locked);
}

static void page_move_anon_rmap(struct page *page, struct vm_area_struct *vma)
{
	lockdep_assert_held(&page->flags);
	set_anon_mapping(page, vma->anon_vma, defect(D_Z22_MOVE));
}

/* ---- walks ---- */

/* A device entry is a mapping, too. */
static bool maps(pte_t pte, const struct page *page)
{
	return pte_page(pte) == page || pte_device_page(pte) == page;
}

static struct pgtable *lock_if_mapped(struct page *page, struct pgtable *pt, struct rmap_location *at)
{
	at->pte = pte_offset(pt, at->address);
	spin_lock(pte_lockptr(pt));
	if (maps(ptep_get(at->pte), page))
		return pt;
	spin_unlock(pte_lockptr(pt));
	return NULL;
}

/* The table stays: its VMA is linked, and tables are freed only after unlinking, which waits for the walk's lock. */
struct pgtable *map_pte_sync(struct page *page, struct rmap_location *at)
{
	struct pgtable *pt = pgtable_find(at->vma->vm_mm, at->address);

	if (!pt)
		return NULL;
	return lock_if_mapped(page, pt, at);
}

/*
 * The same for those to whom it does not matter whether an entry that is gone by now has been flushed: they look before they take
 * the lock. An entry that is being rewritten or moved is empty for a moment: they may miss it. Whoever waits for the lock of every
 * table does not.
 */
struct pgtable *map_pte(struct page *page, struct rmap_location *at)
{
	struct pgtable *pt = pgtable_find(at->vma->vm_mm, at->address);
	pte_t pte;

	if (!pt)
		return NULL;
	pte = ptep_get(pte_offset(pt, at->address));
	if (!pte_present(pte) && !pte_device(pte))
		return NULL;
	return lock_if_mapped(page, pt, at);
}

/* Of hugetlb the tree's lock comes before the page's, which is held: tried only. Who migrates has it. */
static bool lock_tree_of_locked_page(struct address_space *mapping)
{
	if (mapping->kind & AS_HUGETLB)
		return down_read_trylock(&mapping->i_mmap_rwsem);
	i_mmap_lock_read(mapping);
	return true;
}

/*
 * The page lock keeps the page in the cache, and with it the file: nothing else here does. A VMA that has been visited may be
 * forked meanwhile; the child comes behind it.
 */
void rmap_walk_file(struct page *page, struct address_space *mapping, rmap_visit_t visit, void *arg)
{
	if (PageHuge(page) && lockdep_held(&mapping->i_mmap_rwsem.l, LOCK_WRITE)) {
		rmap_walk_file_locked(page, mapping, visit, arg);
	} else if (lock_tree_of_locked_page(mapping)) {
		rmap_walk_file_locked(page, mapping, visit, arg);
		i_mmap_unlock_read(mapping);
	}
}

void rmap_walk_file_locked(struct page *page, struct address_space *mapping, rmap_visit_t visit, void *arg)
{
	unsigned long first = page->index, last = first + compound_nr(page) - 1;
	struct vm_area_struct *vma;

	lockdep_assert_held(&page->flags);
	event(WALK_BEGIN, .obj = page);
	vma_interval_tree_foreach(vma, mapping, first, last) {
		struct rmap_location at = { check_live(vma), vma_address(page, vma), NULL };

		if (!at.address)
			continue;
		event(WALK_VMA, .mm = vma->vm_mm, .addr = at.address, .obj = page);
		if (!visit(page, &at, arg))
			break;
	}
}

/* As rmap_walk(), by who has the lock of the tree. */
void rmap_walk_locked(struct page *page, rmap_visit_t visit, void *arg)
{
	struct address_space *mapping = page_file_mapping(page);
	struct anon_vma *anon_vma = mapping_anon_vma(READ_ONCE(page->mapping));

	if (mapping) {
		lockdep_assert_held_write(&mapping->i_mmap_rwsem.l);
		rmap_walk_file_locked(page, mapping, visit, arg);
	} else if (anon_vma) {
		lockdep_assert_held(&READ_ONCE(anon_vma->root)->rwsem.l);
		walk_locked(page, anon_vma, visit, arg);
	}
}

/* anon_vma's root is locked. Stops when visit says so. */
void walk_locked(struct page *page, struct anon_vma *anon_vma, rmap_visit_t visit, void *arg)
{
	unsigned long pgoff = READ_ONCE(compound_head(page)->index) + (unsigned long)(page - compound_head(page));
	unsigned long last = pgoff + compound_nr(page) - 1;
	struct anon_vma_chain *avc;

	check_live(anon_vma);
	event(WALK_BEGIN, .obj = page);
	anon_vma_interval_tree_foreach(avc, anon_vma->rb_root, pgoff, last) {
		struct vm_area_struct *vma = check_live(avc->vma);
		struct rmap_location at = { vma, vma_address(page, vma), NULL };

		if (!at.address)
			continue;
		event(WALK_VMA, .mm = vma->vm_mm, .addr = at.address, .obj = page);
		if (!visit(page, &at, arg))
			break;
	}
}

/* A page of a file, or, if it is locked, of KSM's: walked. False of any other, which may have an anon_vma. */
static bool walk_without_anon_vma(struct page *page, bool locked, rmap_visit_t visit, void *arg)
{
	struct address_space *mapping = page_file_mapping(page);

	if (mapping)
		rmap_walk_file(page, mapping, visit, arg);
	else if (PageKsm(page) && locked)
		rmap_walk_ksm(page, visit, arg);	/* its items hold the anon_vmas */
	else
		return false;
	return true;
}

void rmap_walk(struct page *page, rmap_visit_t visit, void *arg)
{
	struct anon_vma *anon_vma;

	if (walk_without_anon_vma(page, true, visit, arg))
		return;
	anon_vma = page_lock_anon_vma_read(page);
	if (!anon_vma)
		return;
	walk_locked(page, anon_vma, visit, arg);
	page_unlock_anon_vma_read(anon_vma);
}

/*
 * Whoever has a reference to the anon_vma may wait for its lock without being asked whether the page is mapped. Nobody else may: a
 * page that is not mapped says nothing about whose anon_vma that is by now.
 */
static void walk_referenced(struct page *page, struct anon_vma *anon_vma, rmap_visit_t visit, void *arg)
{
	struct anon_vma *root = READ_ONCE(anon_vma->root);

	down_read(&root->rwsem);
	walk_locked(page, anon_vma, visit, arg);
	up_read(&root->rwsem);
}

/* A reference first, which keeps the anon_vma, the lock later. */
static void pinned_walk(struct page *page, rmap_visit_t visit, void *arg)
{
	struct anon_vma *anon_vma;

	/* Who has not locked the page saw that it was none of KSM's: if it is now, there is no anon_vma to be had any more. */
	if (walk_without_anon_vma(page, lockdep_held(&page->flags, LOCK_READ), visit, arg))
		return;
	anon_vma = page_get_anon_vma(page);
	if (!anon_vma)
		return;
	walk_referenced(page, anon_vma, visit, arg);
	put_anon_vma(anon_vma);
}

/* The reference is the caller's. A file's page needs none: it is locked. */
static void walk_pinned(struct page *page, rmap_visit_t visit, void *arg)
{
	struct anon_vma *anon_vma;

	if (walk_without_anon_vma(page, true, visit, arg))
		return;
	anon_vma = mapping_anon_vma(READ_ONCE(page->mapping));
	if (anon_vma)
		walk_referenced(page, anon_vma, visit, arg);
}

static struct anon_vma *page_pin(struct page *page)
{
	struct anon_vma *anon_vma;

	if (defect(D_Z10D))
		return NULL;
	if (!defect(D_Z10C))
		return page_get_anon_vma(page);
	rcu_read_lock();
	anon_vma = mapping_anon_vma(READ_ONCE(page->mapping));
	if (anon_vma)
		get_anon_vma(anon_vma);
	rcu_read_unlock();
	return anon_vma;
}

static bool find_one(struct page *page, const struct rmap_location *where, void *arg)
{
	struct rmap_location at = *where;
	unsigned *found = arg;
	struct pgtable *pt;

	if (PageCompound(page) && huge_maps(page, &at)) {
		++*found;
		event(FIND_HIT, .mm = at.vma->vm_mm, .addr = at.address, .obj = page);
		return true;
	}
	pt = map_pte_sync(page, &at);
	if (!pt)
		return true;
	++*found;
	event(FIND_HIT, .mm = at.vma->vm_mm, .addr = at.address, .obj = page);
	spin_unlock(pte_lockptr(pt));
	return true;
}

/* Of anonymous pages: who looks for a file's goes through i_mmap with the page locked, and does not come here. */
static unsigned find_mappings(struct page *page)
{
	struct anon_vma *anon_vma = page_lock_anon_vma_read(page);
	unsigned found = 0;

	if (!anon_vma)
		return 0;
	event(FIND_BEGIN, .obj = page, .pfn = page_to_pfn(page));
	walk_locked(page, anon_vma, find_one, &found);
	event(FIND_END, .obj = page, .pfn = page_to_pfn(page));
	page_unlock_anon_vma_read(anon_vma);
	return found;
}

/* ---- VMAs whose pages are kept from walks ---- */

static void assert_vma_locked(struct vm_area_struct *vma)
{
	if (vma->anon_vma)
		lockdep_assert_held_write(&vma->anon_vma->root->rwsem.l);
	if (vma->vm_file)
		lockdep_assert_held_write(&vma->vm_file->f_mapping->i_mmap_rwsem.l);
}

/* ---- the table ---- */

const struct rmap_ops rmap_anon_chain = {
	.name = "anon-chain",
	.kernel = "Linux 4.19",
	.policy = {
		.split_ptlocks = true, .anon_lock_sleeps = true, .i_mmap_sleeps = true, .notifiers_sleep = true,
		.walks_sorted = true,
		.features = 1u << FEATURE_HUGE | 1u << FEATURE_HUGETLB | 1u << FEATURE_KSM | 1u << FEATURE_POISON | 1u << FEATURE_MLOCKED |
			    1u << FEATURE_IDLE | 1u << FEATURE_LAZYFREE | 1u << FEATURE_PUT_OFF | 1u << FEATURE_ARCH_UNMAP |
			    1u << FEATURE_MOVE_CHARGE | 1u << FEATURE_REUSE | 1u << FEATURE_READ_ONCE | 1u << FEATURE_UFFD |
			    1u << FEATURE_DEVICE | 1u << FEATURE_SOFT_DIRTY | 1u << FEATURE_UNUSED |
			    1u << FEATURE_ANON_VMA | 1u << FEATURE_MIGRATION | 1u << FEATURE_NOTIFIERS | 1u << FEATURE_MEMCG |
			    1u << FEATURE_GUP_FAST | 1u << FEATURE_TABLE_MOVES | 1u << FEATURE_MAPCOUNT |
			    1u << FEATURE_VMA_WALKS | 1u << FEATURE_SVA | 1u << FEATURE_VMA_LOCKS | 1u << FEATURE_DONTUNMAP,
	},
	.types = anon_chain_types,
	.locks = anon_chain_locks,
	.init = anon_chain_init,
	.vma_prepare = anon_vma_prepare,
	.vma_clone = anon_vma_clone,
	.vma_fork = anon_vma_fork,
	.vma_unlink = unlink_anon_vmas,
	.vma_adjust_begin = anon_vma_adjust_begin,
	.vma_adjust_end = anon_vma_adjust_end,
	.vma_lock = anon_vma_lock_vma,
	.vma_unlock = anon_vma_unlock_vma,
	.assert_vma_locked = assert_vma_locked,
	.vma_validate = validate_vma,
	.vma_lock_all = anon_vma_lock_all,
	.vma_unlock_all = anon_vma_unlock_all,
	.page_add_new = page_add_new_anon_rmap,
	.page_add = page_add_anon_rmap,
	.page_dup = page_dup_rmap,
	.page_remove = page_remove_rmap,
	.page_move = page_move_anon_rmap,
	.page_add_file = page_add_file_rmap,
	.huge_add_new = huge_add_new_rmap,
	.huge_add_file = huge_add_file_rmap,
	.huge_dup = huge_dup_rmap,
	.huge_remove = huge_remove_rmap,
	.huge_to_table = huge_to_table,
	.hugepage_add_new_anon = hugepage_add_new_anon_rmap,
	.hugepage_add_anon = hugepage_add_anon_rmap,
	.huge_lock = huge_lock,
	.huge_unmap = huge_unmap,
	.walk_locked = walk_locked,
	.huge_unlock = huge_unlock,
	.huge_unmap_file = huge_unmap_file,
	.referenced = page_referenced,
	.clear_refs = page_idle_clear_pte_refs,
	.try_to_unmap = try_to_unmap,
	.try_to_munlock = try_to_munlock,
	.mkclean = page_mkclean,
	.walk = pinned_walk,
	.anon_vma_get = anon_vma_get,
	.anon_vma_put = put_anon_vma,
	.swapin_needs_copy = swapin_needs_copy,
	.collect_procs = collect_procs,
	.page_address_in_vma = page_address_in_vma,
	.find_mappings = find_mappings,
	.page_pin = page_pin,
	.page_unpin = put_anon_vma,
	.walk_pinned = walk_pinned,
	.view_page = view_page,
	.view_vma = view_vma,
	.view_anon_vmas = view_anon_vmas,
	.view_vmas_of = view_vmas_of,
};
