/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's side: core's operations, as calls of the tree's own functions; what in the kernel stands in mm/mmap.c, mm/memory.c,
 * mm/migrate.c and mm/vmscan.c around them, as those do it. Compiled with the shim.
 */
#include "places.h"

/* What a walker that comes from a page may touch before it knows that the anon_vma is the right one is stable. */
const struct slab_field kernel_anon_vma_fields[] = {
	SLAB_FIELD(struct anon_vma, root, true),
	SLAB_FIELD(struct anon_vma, rwsem, true),
	SLAB_FIELD(struct anon_vma, refcount, true),
	SLAB_FIELD(struct anon_vma, num_children, false),
	SLAB_FIELD(struct anon_vma, num_active_vmas, false),
	SLAB_FIELD(struct anon_vma, parent, false),
	SLAB_FIELD(struct anon_vma, rb_root, false),
	SLAB_FIELDS_END,
};

const struct slab_field kernel_chain_fields[] = {
	SLAB_FIELD(struct anon_vma_chain, vma, false),
	SLAB_FIELD(struct anon_vma_chain, anon_vma, false),
	SLAB_FIELD(struct anon_vma_chain, same_vma, false),
	SLAB_FIELD(struct anon_vma_chain, rb, false),
	SLAB_FIELD(struct anon_vma_chain, rb_subtree_last, false),
	SLAB_FIELD(struct anon_vma_chain, cached_vma_start, false),
	SLAB_FIELD(struct anon_vma_chain, cached_vma_last, false),
	SLAB_FIELDS_END,
};

void kernel_init(void)
{
#if LARGE_MAPCOUNT
	const union {
		struct {
			atomic_t large_mapcount, nr_pages_mapped;
		};
		unsigned long word;
	} unmapped = { { { -1 }, { 0 } } };

	/* As prep_compound_page(), once: who is freed is not mapped. */
	lx_init_frames(unmapped.word);
#endif
	anon_vma_init();
}

/* ---- VMAs ---- */

int kernel_prepare(struct vm_area_struct *vma)
{
	int err;

	if (READ_ONCE(vma->anon_vma))
		return anon_vma_prepare(vma);
	lx_prepare_begin();
	err = anon_vma_prepare(vma);
	lx_prepare_end(vma, !err);
	return err;
}

int kernel_clone(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	return anon_vma_clone(dst, src);
}

bool kernel_on_chain(const struct vm_area_struct *vma, const struct anon_vma *anon_vma)
{
	const struct anon_vma_chain *avc;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		if (avc->anon_vma == anon_vma)
			return true;
	return false;
}

int kernel_fork(struct vm_area_struct *vma, struct vm_area_struct *pvma)
{
	int err = anon_vma_fork(vma, pvma);

	/* Else it was made for this one. */
	if (!err && vma->anon_vma && kernel_on_chain(pvma, vma->anon_vma))
		event(ANON_REUSED, .mm = vma->vm_mm, .obj = vma->anon_vma);
	return err;
}

void kernel_unlink(struct vm_area_struct *vma)
{
	unlink_anon_vmas(vma);
}

/* Of two VMAs between which a boundary moves, either may have no anon_vma yet; if both have, it is the same family. */
static struct anon_vma *either(const struct vm_area_struct *vma, const struct vm_area_struct *next)
{
	return vma->anon_vma ? vma->anon_vma : next ? next->anon_vma : NULL;
}

static void pre_update(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		anon_vma_interval_tree_remove(avc, &avc->anon_vma->rb_root);
}

static void post_update(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		anon_vma_interval_tree_insert(avc, &avc->anon_vma->rb_root);
}

void kernel_adjust_begin(struct vm_area_struct *vma, struct vm_area_struct *next)
{
	struct anon_vma *anon_vma = either(vma, next);

	if (!anon_vma)
		return;
	anon_vma_lock_write(anon_vma);
	pre_update(vma);
	if (next)
		pre_update(next);
}

void kernel_adjust_end(struct vm_area_struct *vma, struct vm_area_struct *next)
{
	struct anon_vma *anon_vma = either(vma, next);

	if (!anon_vma)
		return;
	post_update(vma);
	if (next)
		post_update(next);
	anon_vma_unlock_write(anon_vma);
}

void kernel_lock(struct vm_area_struct *vma)
{
	if (vma->anon_vma)
		anon_vma_lock_write(vma->anon_vma);
}

void kernel_unlock(struct vm_area_struct *vma)
{
	if (vma->anon_vma)
		anon_vma_unlock_write(vma->anon_vma);
}

void kernel_assert_locked(struct vm_area_struct *vma)
{
	if (vma->anon_vma)
		lockdep_assert_held_write(&vma->anon_vma->root->rwsem.l);
	if (vma->vm_file)
		lockdep_assert_held_write(&lx_i_mmap_rwsem(vma->vm_file->f_mapping)->l);
}

/* As validate_mm() looks at each link. */
void kernel_validate(struct vm_area_struct *vma)
{
	struct anon_vma *anon_vma = smp_load_acquire(&vma->anon_vma);
	struct anon_vma_chain *avc;

	if (!anon_vma)
		return;
	anon_vma_lock_read(anon_vma);
	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		anon_vma_interval_tree_verify(avc);
	anon_vma_unlock_read(anon_vma);
}

/* ---- all families of an mm: vm_lock_anon_vma() and vm_unlock_anon_vma() of mm/mmap.c ---- */

#define TAKEN 1ul

static unsigned long *tree_word(struct anon_vma *root)
{
	return (unsigned long *)&root->rb_root.rb_root.rb_node;
}

void kernel_lock_all(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma) {
		struct anon_vma *root = avc->anon_vma->root;

		if (READ_ONCE(*tree_word(root)) & TAKEN)
			continue;
		down_write_nest_lock(&root->rwsem, &vma->vm_mm->mmap_lock);
		*tree_word(root) |= TAKEN;
	}
}

void kernel_unlock_all(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma) {
		struct anon_vma *root = avc->anon_vma->root;

		if (!(READ_ONCE(*tree_word(root)) & TAKEN))
			continue;
		*tree_word(root) &= ~TAKEN;
		up_write(&root->rwsem);
	}
}

/* ---- pages: what a version calls it ---- */

/* Core's KSM makes a page everybody's without saying so; the kernel's write_protect_page() does. */
static void share_ksm(struct page *page)
{
	if (PageKsm(page) && PageAnonExclusive(page))
		ClearPageAnonExclusive(page);
}

#if FOLIO_RMAP

void kernel_add_new(struct page *page, struct vm_area_struct *vma, unsigned long addr)
{
#if NEW_ANON_FLAGS
	folio_add_new_anon_rmap(page_folio(page), vma, addr, RMAP_EXCLUSIVE);
#else
	folio_add_new_anon_rmap(page_folio(page), vma, addr);
#endif
}

/* As do_swap_page(): a page that comes back from swap was nobody's until now. */
void kernel_add_anon(struct page *page, struct vm_area_struct *vma, unsigned long addr, bool exclusive)
{
	struct folio *folio = page_folio(page);
	rmap_t flags = exclusive ? RMAP_EXCLUSIVE : RMAP_NONE;

	share_ksm(page);
#if NEW_ANON_FLAGS
	if (!folio_test_anon(folio)) {
		folio_add_new_anon_rmap(folio, vma, addr, flags);
		return;
	}
#endif
	folio_add_anon_rmap_pte(folio, page, vma, addr, flags);
}

void kernel_add_file(struct page *page, struct vm_area_struct *vma)
{
	folio_add_file_rmap_pte(page_folio(page), page, vma);
}

void kernel_dup(struct page *page, struct vm_area_struct *vma)
{
	struct folio *folio = page_folio(page);

	if ((unsigned long)READ_ONCE(folio->mapping) & PAGE_MAPPING_ANON)
		BUG_ON(folio_try_dup_anon_rmap_pte(folio, page, vma));
	else
		folio_dup_file_rmap_pte(folio, page);
}

void kernel_remove(struct page *page, struct vm_area_struct *vma)
{
	folio_remove_rmap_pte(page_folio(page), page, vma);
}

/* As wp_page_reuse()'s caller: the page is this process's alone. */
void kernel_move(struct page *page, struct vm_area_struct *vma)
{
	folio_move_anon_rmap(page_folio(page), vma);
	SetPageAnonExclusive(page);
}

#else

void kernel_add_new(struct page *page, struct vm_area_struct *vma, unsigned long addr)
{
	page_add_new_anon_rmap(page, vma, addr);
}

void kernel_add_anon(struct page *page, struct vm_area_struct *vma, unsigned long addr, bool exclusive)
{
	share_ksm(page);
	page_add_anon_rmap(page, vma, addr, exclusive ? RMAP_EXCLUSIVE : RMAP_NONE);
}

void kernel_add_file(struct page *page, struct vm_area_struct *vma)
{
	page_add_file_rmap(page, vma, false);
}

void kernel_dup(struct page *page, struct vm_area_struct *vma)
{
	if ((unsigned long)READ_ONCE(compound_head(page)->mapping) & PAGE_MAPPING_ANON)
		BUG_ON(page_try_dup_anon_rmap(page, false, vma));
	else
		page_dup_file_rmap(page, false);
}

void kernel_remove(struct page *page, struct vm_area_struct *vma)
{
	page_remove_rmap(page, vma, false);
}

void kernel_move(struct page *page, struct vm_area_struct *vma)
{
	page_move_anon_rmap(page, vma);
}

#endif

/* ---- walks ---- */

int kernel_referenced(struct page *page, bool is_locked, struct mem_cgroup *memcg, unsigned long *vm_flags)
{
	return folio_referenced(page_folio(page), is_locked, memcg, vm_flags);
}

bool kernel_unmap(struct page *page, const struct unmap_how *how)
{
	struct folio *folio = page_folio(page);
	unsigned flags = 0;

	lockdep_assert_held(&page->flags);
	if (how->rmap_locked)
		flags |= TTU_RMAP_LOCKED;
	if (folio_test_large(folio))
		flags |= TTU_SPLIT_HUGE_PMD | (RECLAIM_SYNC ? TTU_SYNC : 0);	/* as shrink_folio_list() */
	if (how->migrate) {
		try_to_migrate(folio, flags);
		return !folio_mapped(folio);
	}
	if (how->ignore_mlock)
		flags |= TTU_IGNORE_MLOCK;
	if (how->hwpoison)
		flags |= TTU_HWPOISON;
	if (how->batch)
		flags |= TTU_BATCH_FLUSH;
	try_to_unmap(folio, flags);
	return !folio_mapped(folio);
}

/* mm/internal.h has them. */
void try_to_unmap_flush(void);
void try_to_unmap_flush_dirty(void);
void flush_tlb_batched_pending(struct mm_struct *mm);

void kernel_unmap_flush(bool dirty)
{
	if (dirty)
		try_to_unmap_flush_dirty();
	else
		try_to_unmap_flush();
}

void kernel_flush_batched_pending(struct mm_struct *mm)
{
	flush_tlb_batched_pending(mm);
}

int kernel_mkclean(struct page *page)
{
	return folio_mkclean(page_folio(page));
}

/* ---- idle pages: mm/page_idle.c ---- */

static bool clear_refs_one(struct folio *folio, struct vm_area_struct *vma, unsigned long addr, void *arg)
{
	DEFINE_FOLIO_VMA_WALK(pvmw, folio, vma, addr, 0);
	bool referenced = false;

	(void)arg;
	while (page_vma_mapped_walk(&pvmw))
		referenced |= pvmw.pte ? lx_clear_young(pvmw.pte) : lx_huge_clear_young(vma, pvmw.address);
	if (referenced) {
		lx_clear_idle(&folio->page);
		lx_set_young(&folio->page);	/* reclaim will not find the bit any more */
	}
	return true;
}

void kernel_clear_refs(struct page *page)
{
	struct rmap_walk_control rwc = { .rmap_one = clear_refs_one, .anon_lock = folio_lock_anon_vma_read };
	struct folio *folio = page_folio(page);
	unsigned long mapping = (unsigned long)READ_ONCE(page->mapping);
	bool need_lock = (mapping & PAGE_MAPPING_FLAGS) != PAGE_MAPPING_ANON;

	if (!folio_mapped(folio) || !(mapping & ~PAGE_MAPPING_FLAGS) || (need_lock && !folio_trylock(folio)))
		return;
	rmap_walk(folio, &rwc);
	if (need_lock)
		folio_unlock(folio);
}

struct visit {
	kernel_visit_t visit;
	void *arg;
};

static bool visit_one(struct folio *folio, struct vm_area_struct *vma, unsigned long addr, void *arg)
{
	const struct visit *v = arg;

	return v->visit(&folio->page, vma, addr, v->arg);
}

/* The anon_vma is the caller's to keep, or the file, whose page is locked. */
void kernel_walk_pinned(struct page *page, kernel_visit_t visit, void *arg)
{
	struct visit v = { visit, arg };
	struct rmap_walk_control rwc = { .rmap_one = visit_one, .arg = &v };

	rmap_walk(page_folio(page), &rwc);
}

/*
 * The page need not be locked, as rmap_walk_locked() wants it: it may become KSM's meanwhile. So this goes through the tree itself, as
 * collect_procs_anon() of mm/memory-failure.c does. It may be a part of a huge page, too.
 */
static void walk_tree(struct page *page, struct anon_vma *anon_vma, kernel_visit_t visit, void *arg)
{
	pgoff_t pgoff = READ_ONCE(compound_head(page)->index) + (unsigned long)(page - compound_head(page));
	unsigned long nr = compound_nr(page);
	struct anon_vma_chain *avc;

	anon_vma_interval_tree_foreach(avc, &anon_vma->rb_root, pgoff, pgoff + nr - 1)
		if (!visit(page, avc->vma, place_at(avc->vma, pgoff, nr), arg))
			break;
}

void kernel_walk_locked(struct page *page, struct anon_vma *anon_vma, kernel_visit_t visit, void *arg)
{
	lockdep_assert_held_write(&anon_vma->root->rwsem.l);
	walk_tree(page, anon_vma, visit, arg);
}

/* A reference to the anon_vma first, and then its lock. */
void kernel_walk(struct page *page, kernel_visit_t visit, void *arg)
{
	unsigned long mapping = (unsigned long)READ_ONCE(compound_head(page)->mapping);
	struct anon_vma *anon_vma;

	/* KSM's can be walked by who has the page locked; who has not saw that it was none of them. A file's is locked. */
	if ((mapping & PAGE_MAPPING_FLAGS) != PAGE_MAPPING_ANON) {
		if (lockdep_held(&page->flags, LOCK_READ))
			kernel_walk_pinned(page, visit, arg);
		return;
	}
	anon_vma = folio_get_anon_vma(page_folio(page));
	if (!anon_vma)
		return;
	anon_vma_lock_read(anon_vma);
	walk_tree(page, anon_vma, visit, arg);
	anon_vma_unlock_read(anon_vma);
	put_anon_vma(anon_vma);
}

long kernel_page_address(struct page *page, struct vm_area_struct *vma)
{
	lockdep_assert_held(&page->flags);
	return (long)page_address_in_vma(page, vma);
}

struct anon_vma *kernel_pin(struct page *page)
{
	return folio_get_anon_vma(page_folio(page));
}

void kernel_unpin(struct anon_vma *anon_vma)
{
	put_anon_vma(anon_vma);
}
