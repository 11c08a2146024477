/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages in the anon_vma_chain reverse map: mappings that come and go, walks, and the table of operations. */
#include "anon_vma.h"
#include "defects.h"

void page_set_anon_rmap(struct page *page, const struct rmap_location *at, bool exclusive)
{
	struct anon_vma *anon_vma = at->vma->anon_vma;

	check_that(anon_vma, ORACLE_STRUCTURE, "anon-page-without-anon-vma", "a page is mapped in a VMA without anon_vma");
	if (PageAnon(page))
		return;
	/* Others may map the page too: only the oldest anon_vma is known to be an ancestor of them all. */
	if (!exclusive && !defect(D_Z05))
		anon_vma = anon_vma->root;
	page_identify(page, anon_vma);
	/* Before the mapping, and marked: a walk of a page that is not locked looks for it at this offset. */
	WRITE_ONCE(page->index, at->vma->vm_pgoff + ((at->address - at->vma->vm_start) >> PAGE_SHIFT));
	/* One store: a reader must see pointer and tag together. */
	WRITE_ONCE(page->mapping, (struct address_space *)((unsigned long)anon_vma + PAGE_MAPPING_ANON));
}

/* A statistic, as NR_FILE_MAPPED: no point. */
static void count_file_mapped(long n)
{
	__atomic_fetch_add(&core()->nr_file_mapped.counter, n, __ATOMIC_RELAXED);
}

static void assert_pte_locked(const struct rmap_location *at)
{
	struct pgtable *pt = at->vma->vm_mm->pgd[at->address / (PTRS_PER_PTE * PAGE_SIZE)];

	/* No table: it was moved away under the caller's hands, and what comes of that is for others to tell. */
	if (pt && !pmd_trans_huge(pmd_peek(at->vma->vm_mm, at->address)))
		lockdep_assert_held(&pt->ptl.l);
}

static void page_add_new_anon_rmap(struct page *page, const struct rmap_location *at)
{
	assert_pte_locked(at);
	SetPageFlag(page, PG_swapbacked);
	atomic_set(&page->_mapcount, 0);
	page_set_anon_rmap(page, at, true);
}

static void page_add_anon_rmap(struct page *page, const struct rmap_location *at, bool exclusive)
{
	bool first = atomic_inc_and_test(&page->_mapcount);

	assert_pte_locked(at);
	lockdep_assert_held(&page->flags);
	if (first)
		page_set_anon_rmap(page, at, exclusive);
}

static void page_dup_rmap(struct page *page, const struct rmap_location *at)
{
	assert_pte_locked(at);
	atomic_inc(&page->_mapcount);
}

void page_remove_rmap(struct page *page, const struct rmap_location *at)
{
	bool file = maps_file_page(at->vma, page);
	int now;

	assert_pte_locked(at);
	now = atomic_dec_return(&page->_mapcount);
	if (file && now < 0)
		count_file_mapped(-1);
	/* page->mapping stays: resetting it here would race with somebody who maps the page again. */
	check_that(now >= -1, ORACLE_COUNTS, "mapcount-below-zero", "page%lu loses a mapping that was not counted",
		   page_to_pfn(page));
	event(PTE_REMOVED, .mm = at->vma->vm_mm, .addr = at->address, .pfn = page_to_pfn(page));
	if (now < 0 && PageCompound(page))
		deferred_split_huge_page(compound_head(page));
}

/* page->mapping and page->index are set since the page came into the cache. */
static void page_add_file_rmap(struct page *page, const struct rmap_location *at)
{
	assert_pte_locked(at);
	if (atomic_inc_and_test(&page->_mapcount))
		count_file_mapped(1);
}

static void page_move_anon_rmap(struct page *page, struct vm_area_struct *vma)
{
	lockdep_assert_held(&page->flags);
	page_identify(page, vma->anon_vma);
	WRITE_ONCE(page->mapping, (struct address_space *)((unsigned long)vma->anon_vma + PAGE_MAPPING_ANON));
}

/* ---- walks ---- */

static struct pgtable *lock_if_mapped(struct page *page, struct pgtable *pt, struct rmap_location *at)
{
	at->pte = pte_offset(pt, at->address);
	spin_lock(&pt->ptl);
	if (pte_page(ptep_get(at->pte)) == page)
		return pt;
	spin_unlock(&pt->ptl);
	return NULL;
}

/*
 * Find the entry and lock its table if it maps the page; NULL otherwise. The table stays: its VMA is linked, and tables are freed
 * only after unlinking, which waits for the walk's lock.
 */
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

	if (!pt || !pte_present(ptep_get(pte_offset(pt, at->address))))
		return NULL;
	return lock_if_mapped(page, pt, at);
}

/*
 * The page lock keeps the page in the cache, and with it the file: nothing else here does. A VMA that has been visited may be
 * forked meanwhile; the child comes behind it.
 */
static void rmap_walk_file(struct page *page, struct address_space *mapping, rmap_visit_t visit, void *arg)
{
	struct vm_area_struct *vma;

	lockdep_assert_held(&page->flags);
	event(WALK_BEGIN, .obj = page);
	i_mmap_lock_read(mapping);
	vma_interval_tree_foreach(vma, mapping, page->index, page->index) {
		struct rmap_location at = { check_live(vma), vma_address(page, vma), NULL };

		if (!at.address)
			continue;
		event(WALK_VMA, .mm = vma->vm_mm, .addr = at.address, .obj = page);
		if (!visit(page, &at, arg))
			break;
	}
	i_mmap_unlock_read(mapping);
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

static void rmap_walk(struct page *page, rmap_visit_t visit, void *arg)
{
	struct address_space *mapping = page_file_mapping(page);
	struct anon_vma *anon_vma;

	if (mapping) {
		rmap_walk_file(page, mapping, visit, arg);
		return;
	}
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
	struct address_space *mapping = page_file_mapping(page);
	struct anon_vma *anon_vma;

	if (mapping) {
		rmap_walk_file(page, mapping, visit, arg);
		return;
	}
	anon_vma = page_get_anon_vma(page);
	if (!anon_vma)
		return;
	walk_referenced(page, anon_vma, visit, arg);
	put_anon_vma(anon_vma);
}

/* The reference is the caller's. A file's page needs none: it is locked. */
static void walk_pinned(struct page *page, rmap_visit_t visit, void *arg)
{
	struct address_space *mapping = page_file_mapping(page);
	struct anon_vma *anon_vma;

	if (mapping) {
		rmap_walk_file(page, mapping, visit, arg);
		return;
	}
	anon_vma = mapping_anon_vma(READ_ONCE(page->mapping));
	if (anon_vma)
		walk_referenced(page, anon_vma, visit, arg);
}

static struct anon_vma *page_pin(struct page *page)
{
	struct anon_vma *anon_vma;

	if (!defect(D_Z10C))
		return page_get_anon_vma(page);
	rcu_read_lock();
	anon_vma = mapping_anon_vma(READ_ONCE(page->mapping));
	if (anon_vma)
		get_anon_vma(anon_vma);
	rcu_read_unlock();
	return anon_vma;
}

bool clear_young(struct page *page, const struct rmap_location *where)
{
	struct rmap_location at = *where;
	struct pgtable *pt = map_pte(page, &at);
	bool young;

	if (!pt)
		return false;
	exec_point(OP_RMW, at.pte);
	young = __atomic_fetch_and(&at.pte->pte, ~PTE_ACCESSED, __ATOMIC_SEQ_CST) & PTE_ACCESSED;
	if (young)
		flush_tlb_page(at.vma->vm_mm, at.address);
	spin_unlock(&pt->ptl);
	return young;
}

static bool referenced_one(struct page *page, const struct rmap_location *at, void *arg)
{
	int *referenced = arg;

	*referenced += PageHead(page) ? huge_referenced_one(page, at) : clear_young(page, at);
	return true;
}

static int page_referenced(struct page *page)
{
	int referenced = 0;

	if (page_mapped(page))
		rmap_walk(page, referenced_one, &referenced);
	return referenced;
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
	spin_unlock(&pt->ptl);
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

/*
 * The entry of a page that its owner does not need is gone: it may stay so, if nobody has written to the page again. Cleared first
 * and looked at then, as the processor sets the dirty bit whenever it likes.
 */
static bool unmap_lazyfree(struct page *page, const struct rmap_location *at, pte_t pte)
{
	if (!PageFlag(page, PG_dirty)) {
		count_anon(at->vma->vm_mm, -1);
		return true;
	}
	set_pte(at->pte, pte);
	SetPageFlag(page, PG_swapbacked);
	event(LAZY_KEPT, .mm = at->vma->vm_mm, .addr = at->address, .pfn = page_to_pfn(page));
	return false;
}

/* An entry was dirty. pte lock held. */
static void dirty_page(const struct vm_area_struct *vma, struct page *page)
{
	if (maps_file_page(vma, page))
		set_page_dirty(page);
	else
		SetPageFlag(page, PG_dirty);
}

/* The entry becomes the page's swap entry, or nothing if it was a file's page; false when it cannot. pte lock held. */
static bool unmap_to_swap(struct page *page, const struct rmap_location *at)
{
	struct mm_struct *mm = at->vma->vm_mm;
	swp_entry_t entry = READ_ONCE(page->private);
	pte_t pte = ptep_clear_flush(mm, at->address, at->pte);

	if (pte_has(pte, PTE_DIRTY))
		dirty_page(at->vma, page);
	if (maps_file_page(at->vma, page)) {
		count_file(mm, -1);
		return true;
	}
	if (!PageFlag(page, PG_swapbacked))
		return unmap_lazyfree(page, at, pte);
	if (!PageFlag(page, PG_swapcache) || swap_duplicate(entry)) {
		set_pte(at->pte, pte);
		return false;
	}
	count_anon(mm, -1);
	count_swap(mm, 1);
	set_pte(at->pte, swp_pte(entry));
	return true;
}

/* The entry says from now on that the page is on the move. pte lock held. */
void unmap_to_migration(struct page *page, const struct rmap_location *at)
{
	pte_t pte = ptep_clear_flush(at->vma->vm_mm, at->address, at->pte);

	if (pte_has(pte, PTE_DIRTY))
		dirty_page(at->vma, compound_head(page));
	/* The page stays one of the mm's: it will be back in a moment. */
	set_pte(at->pte, migration_pte(page_to_pfn(page), pte_has(pte, PTE_WRITE)));
}

static void canary_mmap_lock(struct mm_struct *mm)
{
	down_read(&mm->mmap_lock);
	up_read(&mm->mmap_lock);
}

static bool try_to_unmap_one(struct page *page, const struct rmap_location *where, void *arg)
{
	struct rmap_location at = *where;
	const unsigned *flags = arg;
	struct pgtable *pt;
	bool unmapped = true;

	if (defect(D_CANARY_PAGE_MMAP))
		canary_mmap_lock(at.vma->vm_mm);
	pt = map_pte(page, &at);
	if (!pt)
		return true;
	if (*flags & TTU_MIGRATION)
		unmap_to_migration(page, &at);
	else
		unmapped = unmap_to_swap(page, &at);
	if (unmapped)
		page_remove_rmap(page, &at);
	spin_unlock(&pt->ptl);
	if (unmapped)
		put_page(page);
	return unmapped && page_mapped(page);
}

static bool try_to_unmap(struct page *page, unsigned flags)
{
	lockdep_assert_held(&page->flags);
	rmap_walk(page, try_to_unmap_one, &flags);
	return !page_mapped(page);
}

/* A shared mapping may write only while the page is known to be dirty. Private ones never write to a file's page. */
static bool mkclean_one(struct page *page, const struct rmap_location *where, void *arg)
{
	struct rmap_location at = *where;
	int *cleaned = arg;
	struct pgtable *pt;
	pte_t pte;

	if (!(READ_ONCE(at.vma->vm_flags) & VM_SHARED))
		return true;
	/* Who clears an entry holds the lock until it is flushed: an entry that is gone may be one through which somebody writes. */
	pt = defect(D_MKCLEAN_LOOK) ? map_pte(page, &at) : map_pte_sync(page, &at);
	if (!pt)
		return true;
	pte = ptep_get(at.pte);
	if (pte.pte & (PTE_DIRTY | PTE_WRITE)) {
		/* Flushed before it is there again: nobody writes through the old one when the page's content is read. */
		pte = ptep_clear_flush(at.vma->vm_mm, at.address, at.pte);
		set_pte(at.pte, pte_without(pte, PTE_DIRTY | PTE_WRITE));
		event(PAGE_CLEANED, .mm = at.vma->vm_mm, .addr = at.address, .pfn = page_to_pfn(page));
		++*cleaned;
	}
	spin_unlock(&pt->ptl);
	return true;
}

static int page_mkclean(struct page *page)
{
	struct address_space *mapping = page_file_mapping(page);
	int cleaned = 0;

	lockdep_assert_held(&page->flags);
	if (mapping && page_mapped(page))
		rmap_walk_file(page, mapping, mkclean_one, &cleaned);
	return cleaned;
}

/* ---- VMAs: what they need for anonymous pages, and for their file ---- */

static void vma_unlink(struct vm_area_struct *vma)
{
	unlink_anon_vmas(vma);
	unlink_file_vma(vma);
}

static void adjust_begin(struct vm_area_struct *vma, struct vm_area_struct *next)
{
	vma_file_adjust_begin(vma, next);
	anon_vma_adjust_begin(vma, next);
}

static void adjust_end(struct vm_area_struct *vma, struct vm_area_struct *next)
{
	anon_vma_adjust_end(vma, next);
	vma_file_adjust_end(vma, next);
}

static void vma_lock(struct vm_area_struct *vma)
{
	vma_file_lock(vma);
	anon_vma_lock_vma(vma);
}

static void assert_vma_locked(struct vm_area_struct *vma)
{
	if (vma->anon_vma)
		lockdep_assert_held_write(&vma->anon_vma->root->rwsem.l);
	if (vma->vm_file)
		lockdep_assert_held_write(&vma->vm_file->f_mapping->i_mmap_rwsem.l);
}

static void vma_unlock(struct vm_area_struct *vma)
{
	anon_vma_unlock_vma(vma);
	vma_file_unlock(vma);
}

/* ---- the table ---- */

const struct rmap_ops rmap_anon_chain = {
	.name = "anon-chain",
	.kernel = "Linux 4.19",
	.policy = { .split_ptlocks = true, .anon_lock_sleeps = true },
	.types = anon_chain_types,
	.locks = anon_chain_locks,
	.init = anon_chain_init,
	.vma_prepare = anon_vma_prepare,
	.vma_clone = anon_vma_clone,
	.vma_fork = anon_vma_fork,
	.vma_unlink = vma_unlink,
	.vma_adjust_begin = adjust_begin,
	.vma_adjust_end = adjust_end,
	.vma_lock = vma_lock,
	.vma_unlock = vma_unlock,
	.assert_vma_locked = assert_vma_locked,
	.page_add_new = page_add_new_anon_rmap,
	.page_add = page_add_anon_rmap,
	.page_dup = page_dup_rmap,
	.page_remove = page_remove_rmap,
	.page_move = page_move_anon_rmap,
	.page_add_file = page_add_file_rmap,
	.huge_add_new = huge_add_new_rmap,
	.huge_dup = huge_dup_rmap,
	.huge_remove = huge_remove_rmap,
	.huge_lock = huge_lock,
	.huge_unmap = huge_unmap,
	.walk_locked = walk_locked,
	.huge_unlock = huge_unlock,
	.referenced = page_referenced,
	.try_to_unmap = try_to_unmap,
	.mkclean = page_mkclean,
	.walk = pinned_walk,
	.find_mappings = find_mappings,
	.page_pin = page_pin,
	.page_unpin = put_anon_vma,
	.walk_pinned = walk_pinned,
	.view_page = view_page,
	.view_vma = view_vma,
	.view_anon_vmas = view_anon_vmas,
	.view_vmas_of = view_vmas_of,
};
