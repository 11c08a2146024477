/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel's side asks of core: see hooks.h. Core's side. */
#include <stdio.h>

#include "internal.h"
#include "ksm.h"
#include "memcontrol.h"
#include "mmu_notifier.h"
#include "provider.h"
#include "references.h"
#include "userfaultfd.h"
#include "versions.h"

BUILD_BUG_ON(offsetof(struct file, f_mapping) != LX_F_MAPPING_AT);
/* The kernel's side has its own idea of what is in it. */
BUILD_BUG_ON(sizeof(struct itree_node) != 48);

void lx_assertion(const char *condition, const struct site *site)
{
	char key[80];

	snprintf(key, sizeof(key), "kernel-assertion:%s", site->func);
	violation_at(ORACLE_STRUCTURE, key, site, "%s, line %d: the kernel's own assertion found (%s)", site->file, site->line, condition);
}

void lx_unreached(const char *what)
{
	die("provider linux: %s() came to what its features exclude", what);
}

/* ---- slab ---- */

/* Runs when a slab is made, which nobody else can see: what it does is no operation. */
static void quiet_ctor(void *obj)
{
	u8 points = current->points;

	current->points = 0;
	provider()->ctor(obj);
	current->points = points;
}

struct kmem_cache *lx_cache_create(const char *name, unsigned long size, unsigned flags, void (*ctor)(void *))
{
	struct linux_rmap *p = provider();
	struct kmem_cache *cache;

	/* As small slabs of anon_vmas as in the model, so that whole ones become empty soon. */
	if (ctor) {
		p->ctor = ctor;
		return p->anon_vmas = kmem_cache_create(name, size, flags, 2, quiet_ctor, kernel_anon_vma_fields);
	}
	cache = kmem_cache_create(name, size, flags, 0, NULL, kernel_chain_fields);
	return p->chains = cache;
}

void *lx_cache_alloc(struct kmem_cache *cache, gfp_t gfp, const struct site *site)
{
	void *obj = kmem_cache_alloc_at(cache, gfp, site);

	if (obj && cache == provider()->anon_vmas && slab_recycled(obj))
		event(ANON_RECYCLED, .obj = obj);
	return obj;
}

void lx_cache_free(struct kmem_cache *cache, void *obj, const struct site *site)
{
	if (cache == provider()->anon_vmas)
		event(ANON_FREED, .obj = obj);
	else
		lx_chain_freed();
	kmem_cache_free_at(cache, obj, site);
}

bool lx_is_anon_vma(const void *obj)
{
	return slab_holds(provider()->anon_vmas, obj);
}

bool lx_is_inode_of(const struct address_space *mapping)
{
	return slab_holds(core()->inode_cache, container_of(mapping, struct inode, i_data));
}

/* ---- pages ---- */

unsigned long lx_page_to_pfn(const struct page *page)
{
	return page_to_pfn(page);
}

struct page *lx_pfn_to_page(unsigned long pfn)
{
	return pfn_to_page(pfn);
}

struct page *lx_compound_head(const struct page *page)
{
	return compound_head(page);
}

bool lx_compound(const struct page *page)
{
	return PageCompound(page);
}

bool lx_is_head(const struct page *page)
{
	return PageHead(page);
}

bool lx_compound_mapped(struct page *head)
{
	return compound_page_mapped(head);
}

int lx_total_mapcount(struct page *head)
{
	return total_mapcount(head);
}

void lx_init_frames(unsigned long word)
{
	for (u32 pfn = 0; pfn < core()->nr_pages; pfn++)
		pfn_to_page(pfn)->rmap_private = word;
}

void lx_large_counts(const struct page *head, const char *which, int counts, int is)
{
	char key[40];

	snprintf(key, sizeof(key), "kernel-count:%s", which);
	violation(ORACLE_COUNTS, key, "the huge page%lu has a %s of %d, and counts %d", page_to_pfn(head), which, is, counts);
}

void lx_deferred_split(struct page *head)
{
	deferred_split_huge_page(head);
}

/* Huge pages the kernel counts by their small ones, core by themselves. */
void lx_count(struct page *page, int item, long n)
{
	if (item == NR_FILE_MAPPED)
		mod_lruvec_page_state(compound_head(page), NR_FILE_MAPPED, n);
	else if (item == NR_ANON_THPS || item == NR_SHMEM_PMDMAPPED)
		mod_node_page_state((enum node_stat_item)item, n / (long)HPAGE_PMD_NR);
	else if (item < NR_NODE_STAT_ITEMS)
		mod_node_page_state((enum node_stat_item)item, n);
}

void lx_stat_clamped(struct page *head, int n)
{
	int item = PageAnon(head) ? NR_ANON_MAPPED : NR_FILE_MAPPED;
	char key[64];

	snprintf(key, sizeof(key), "stat-clamped:%s", vmstat_info[item].name);
	violation(ORACLE_RACE, key, "the huge page%lu: %s is %d too %s from here on, because one operation overtook another",
		  page_to_pfn(head), vmstat_info[item].name, n < 0 ? -n : n, n < 0 ? "high" : "low");
	lx_count(head, item, n);
}

void lx_lock_page_memcg(struct page *page)
{
	provider()->task[current->id].memcg = page_of_file(page) ? lock_page_memcg(compound_head(page)) : NULL;
}

void lx_unlock_page_memcg(struct page *page)
{
	if (page_of_file(page))
		unlock_page_memcg(compound_head(page), provider()->task[current->id].memcg);
}

bool lx_match_cgroup(const struct mm_struct *mm, const struct mem_cgroup *memcg)
{
	return mm_match_cgroup(mm, memcg);
}

void lx_set_page_dirty(struct page *page)
{
	if (page_of_file(page))
		set_page_dirty(page);
	else
		SetPageFlag(page, PG_dirty);
}

bool lx_test_clear_young(struct page *page)
{
	return test_and_clear_page_young(page);
}

void lx_clear_idle(struct page *page)
{
	clear_page_idle(page);
}

void lx_set_young(struct page *page)
{
	set_page_young(page);
}

/* ---- entries ---- */

bool lx_clear_young(pte_t *ptep)
{
	return ptep_test_and_clear_young(ptep);
}

pte_t lx_get_and_clear(unsigned long addr, pte_t *ptep)
{
	struct linux_task *t = &provider()->task[current->id];
	pte_t pte = ptep_get_and_clear(ptep);

	t->cleared = addr;
	t->cleared_pfn = pte_pfn(pte);
	return pte;
}

pte_t lx_clear_flush(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
{
	provider()->task[current->id].cleared = addr;
	return ptep_clear_flush(vma->vm_mm, addr, ptep);
}

bool lx_clear_flush_young(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
{
	struct rmap_location at = { vma, addr, ptep };

	return ptep_clear_flush_young_notify(&at);
}

struct lx_task *lx_task(void)
{
	return &provider()->task[current->id].seen;
}

bool lx_other_cpus(struct mm_struct *mm)
{
	return should_defer_flush(mm, TTU_BATCH_FLUSH);
}

void lx_put_off(struct mm_struct *mm)
{
	const struct linux_task *t = &provider()->task[current->id];

	arch_tlbbatch_add_mm(mm);
	if (FLUSH_TELLS_DEVICES)
		mmu_notifier_invalidate_range(mm, 0, TASK_SIZE);
	event(FLUSH_DEFERRED, .mm = mm, .addr = t->cleared, .pfn = t->cleared_pfn);
}

void lx_flush_batch(void)
{
	arch_tlbbatch_flush();
}

void lx_flush_mm(struct mm_struct *mm)
{
	flush_tlb_mm(mm);
}

bool lx_huge_clear_young(struct vm_area_struct *vma, unsigned long addr)
{
	return pmdp_test_and_clear_young(&(struct rmap_location){ vma, addr, NULL });
}

bool lx_huge_clear_flush_young(struct vm_area_struct *vma, unsigned long addr)
{
	return pmdp_clear_flush_young_notify(&(struct rmap_location){ vma, addr, NULL });
}

pmd_t lx_huge_invalidate(struct mm_struct *mm, unsigned long addr)
{
	return pmdp_invalidate(mm, addr);
}

void lx_set_pmd(pmd_t *pmdp, pmd_t entry)
{
	set_pmd(pmdp, entry);
}

void lx_split_huge_pmd(struct vm_area_struct *vma, unsigned long addr, bool freeze, struct page *head)
{
	if (freeze)
		freeze_huge_pmd(vma, addr, head);
	else
		split_huge_pmd(vma, addr, head);
}

void lx_split_huge_pmd_locked(struct vm_area_struct *vma, unsigned long addr, bool freeze, struct page *head)
{
	split_huge_pmd_locked(vma, addr, head, freeze);
}

void lx_entry_kept(void)
{
	provider()->task[current->id].kept = true;
}

spinlock_t *lx_pte_lockptr(struct pgtable *pt)
{
	return pte_lockptr(pt);
}

bool lx_keeps_unused(const struct vm_area_struct *vma)
{
	bool armed = userfaultfd_armed(vma);

	/* It has cleared the entry just now. */
	if (!armed)
		event(UNUSED_DROPPED, .mm = vma->vm_mm, .addr = provider()->task[current->id].cleared);
	return armed;
}

/* ---- KSM ---- */

static bool at_item(struct lx_ksm_place *place, const struct list_head *at)
{
	const struct rmap_item *item = container_of(at, struct rmap_item, hlist);

	if (at == place->end)
		return false;
	place->item = item;
	place->anon_vma = item->anon_vma;
	place->mm = item->mm;
	place->address = item->address;
	return true;
}

bool lx_ksm_first(const struct page *page, struct lx_ksm_place *place)
{
	const struct stable_node *node = mapping_stable_node(page->mapping);

	if (!node || !slab_holds(ksm()->nodes, node))
		return false;		/* it is being merged, and has its node soon; or it has none any more */
	place->end = &node->hlist;
	return at_item(place, node->hlist.next);
}

bool lx_ksm_next(struct lx_ksm_place *place)
{
	const struct rmap_item *item = place->item;

	return at_item(place, item->hlist.next);
}

/* ---- notifiers ---- */

void lx_notify_start(struct mm_struct *mm, unsigned long start, unsigned long end, const struct site *site)
{
	mmu_notifier_invalidate_range_start_at(mm, start, end, site);
}

void lx_notify_end(struct mm_struct *mm, unsigned long start, unsigned long end, const struct site *site)
{
	/* Then the end tells devices that have not been told: those whose flush was put off among them. */
	if (!FLUSH_TELLS_DEVICES)
		mmu_notifier_invalidate_range(mm, start, end);
	mmu_notifier_invalidate_range_end_at(mm, start, end, site);
}

void lx_notify_tlbs(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	mmu_notifier_invalidate_range(mm, start, end);
}

/* ---- swap ---- */

int lx_swap_duplicate(unsigned long slot)
{
	return swap_duplicate(slot);
}

void lx_swap_free(unsigned long slot)
{
	swap_free(slot);
}

spinlock_t *lx_mmlist_lock(void)
{
	return &core()->mmlist_lock;
}

spinlock_t *lx_tasklist_lock(void)
{
	return &core()->tasklist_lock;
}

struct list_head *lx_mmlist(void)
{
	return &core()->mmlist;
}

/* ---- files ---- */

struct rw_semaphore *lx_i_mmap_rwsem(struct address_space *mapping)
{
	return &mapping->i_mmap_rwsem;
}

struct itree_node *const *lx_i_mmap(struct address_space *mapping)
{
	return &mapping->i_mmap;
}

struct vm_area_struct *lx_file_first(struct itree_node *const *i_mmap, unsigned long first, unsigned long last)
{
	return vma_of_node(itree_first(*i_mmap, first, last));
}

struct vm_area_struct *lx_file_next(struct vm_area_struct *vma, unsigned long first, unsigned long last)
{
	return vma_of_node(itree_next(&vma->shared, first, last));
}
