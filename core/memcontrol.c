/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory control groups: charging pages, and moving charges from one group to another; see memcontrol.h. */
#include "memcontrol.h"

#include "defects.h"
#include "file.h"
#include "internal.h"
#include "spin.h"

/* ---- groups ---- */

struct mem_cgroup *mem_cgroup_alloc(void)
{
	struct mem_cgroup *memcg = kmem_cache_alloc(core()->memcg_cache, GFP_KERNEL);

	if (!memcg)
		return NULL;
	*memcg = (struct mem_cgroup){ .css = ATOMIC_INIT(1) };
	spin_lock_init(&memcg->move_lock, LC_MEMCG_MOVE);
	data_publish(memcg);
	return memcg;
}

static void free_rcu(struct rcu_head *head)
{
	kmem_cache_free(core()->memcg_cache, container_of(head, struct mem_cgroup, rcu));
}

/* n references. Readers have it from a page without one. */
static void put_for_pages(struct mem_cgroup *memcg, unsigned n)
{
	if (!atomic_sub_return((int)n, &memcg->css))
		call_rcu(&memcg->rcu, free_rcu);
}

void mem_cgroup_put(struct mem_cgroup *memcg)
{
	put_for_pages(memcg, 1);
}

/* Most belong to none, and need not ask again. */
static bool belongs_to_none(const struct mm_struct *mm)
{
	exec_touch(&mm->memcg, TOUCH_READ);
	return !__atomic_load_n(&mm->memcg, __ATOMIC_RELAXED);
}

struct mem_cgroup *get_mem_cgroup_from_mm(struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (belongs_to_none(mm))
		return NULL;
	rcu_read_lock();
	for (;;) {
		memcg = READ_ONCE(mm->memcg);
		if (!memcg || atomic_inc_not_zero(&memcg->css))
			break;
		cpu_relax();		/* it has gone: the mm belongs to another one by now */
	}
	rcu_read_unlock();
	return memcg;
}

/* ---- charges ---- */

/* Statistics: no points. */
static void count_charged(struct mem_cgroup *memcg, long n)
{
	__atomic_fetch_add(&memcg->memory.counter, n, __ATOMIC_RELAXED);
}

static void count_stat(struct mem_cgroup *memcg, enum node_stat_item item, long n)
{
	long now = __atomic_add_fetch(&memcg->stat[item].counter, n, __ATOMIC_RELAXED);

	check_that(now >= 0 || !vmstat_info[item].floor, ORACLE_COUNTS, "memcg-stat-below-zero", "%s of mem_cgroup#%u is %ld",
		   vmstat_info[item].name, slab_serial(memcg), now);
}

/* A reference for each of n pages more. */
static void get_for_pages(struct mem_cgroup *memcg, unsigned n)
{
	if (n)
		atomic_add((int)n, &memcg->css);
}

void mem_cgroup_charge(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (!mm || page_charged(page))
		return;
	memcg = get_mem_cgroup_from_mm(mm);
	if (!memcg)
		return;
	get_for_pages(memcg, compound_nr(page) - 1);
	count_charged(memcg, compound_nr(page));
	WRITE_ONCE(page->mem_cgroup, memcg);	/* our reference is the page's now */
}

void mem_cgroup_split_huge_fixup(struct page *head)
{
	struct mem_cgroup *memcg = head->mem_cgroup;

	/* The references and what is counted are there: one for each page since the huge one was charged. */
	for (unsigned i = 1; memcg && i < HPAGE_PMD_NR; i++)
		WRITE_ONCE(head[i].mem_cgroup, memcg);
}

void mem_cgroup_migrate(struct page *page, struct page *new)
{
	struct mem_cgroup *memcg;

	if (!page_charged(page))
		return;
	memcg = READ_ONCE(page->mem_cgroup);
	atomic_inc(&memcg->css);
	count_charged(memcg, 1);
	WRITE_ONCE(new->mem_cgroup, memcg);
}

void mem_cgroup_uncharge(struct page *page)
{
	struct mem_cgroup *memcg = page->mem_cgroup;

	if (!memcg)
		return;
	WRITE_ONCE(page->mem_cgroup, NULL);
	count_charged(memcg, -(long)compound_nr(page));
	put_for_pages(memcg, compound_nr(page));
}

struct mem_cgroup *lock_page_memcg(struct page *page)
{
	struct mem_cgroup *memcg;

	if (!page_charged(page))
		return NULL;
	rcu_read_lock();
	for (;;) {
		memcg = READ_ONCE(page->mem_cgroup);
		/* Whoever begins to move after this waits until we have left. */
		if (atomic_read(&memcg->moving_account) <= 0)
			return NULL;
		spin_lock(&memcg->move_lock);
		/* It may have moved while we waited; then the lock is not its group's. */
		if (READ_ONCE(page->mem_cgroup) == memcg)
			return memcg;
		spin_unlock(&memcg->move_lock);
	}
}

void unlock_page_memcg(struct page *page, struct mem_cgroup *locked)
{
	if (locked)
		spin_unlock(&locked->move_lock);
	if (page_charged(page))
		rcu_read_unlock();
}

void mod_lruvec_page_state(struct page *page, enum node_stat_item item, long n)
{
	if (page_charged(page))
		count_stat(READ_ONCE(page->mem_cgroup), item, n);
	mod_node_page_state(item, n);
}

/* ---- moving ---- */

struct move_charge {
	struct mem_cgroup *from, *to;
	unsigned moved;
};

/* How many of its pages anybody has mapped: of a file's page, which is locked, under the move_lock. */
static long mapped_pages(const struct page *page)
{
	long mapped = 0;

	if (PageCompound(page) && !parts_count_whole(page) && atomic_read(&page->compound_mapcount) >= 0)
		return HPAGE_PMD_NR;
	for (unsigned i = 0; i < compound_nr(page); i++)
		mapped += atomic_read(&page[i]._mapcount) >= 0;
	return mapped;
}

/* from->move_lock held: what the page counts for goes with it. */
static void move_stats(struct page *page, const struct move_charge *mc)
{
	const long nr = compound_nr(page), counted[NR_NODE_STAT_ITEMS] = {
		[NR_FILE_MAPPED] = mapped_pages(page),
		[NR_FILE_DIRTY] = PageFlag(page, PG_dirty) && page->mapping && accounts_dirty(page->mapping) ? nr : 0,
		[NR_WRITEBACK] = PageFlag(page, PG_writeback) ? nr : 0,
	};

	for (unsigned i = 0; i < NR_NODE_STAT_ITEMS; i++)
		if (counted[i]) {
			count_stat(mc->from, i, -counted[i]);
			count_stat(mc->to, i, counted[i]);
		}
}

/* The page is isolated: nobody else moves it. */
static void move_account(struct page *page, struct move_charge *mc)
{
	long nr;

	if (!trylock_page(page))
		return;
	if (READ_ONCE(page->mem_cgroup) == mc->from) {
		nr = compound_nr(page);		/* locked, it stays so */
		spin_lock(&mc->from->move_lock);
		if (!PageAnon(page))
			move_stats(page, mc);
		WRITE_ONCE(page->mem_cgroup, mc->to);
		spin_unlock(&mc->from->move_lock);
		count_charged(mc->from, -nr);
		count_charged(mc->to, nr);
		get_for_pages(mc->to, (unsigned)nr);
		put_for_pages(mc->from, (unsigned)nr);
		mc->moved += (unsigned)nr;
	}
	unlock_page(page);
}

/* Of a place where nothing is mapped yet: the page of the file that would be. */
static struct page *unmapped_file_page(const struct vm_area_struct *vma, unsigned long addr)
{
	unsigned long index = linear_page_index(vma, addr);

	return vma->vm_file && index < FILE_PAGES ? find_get_page(vma->vm_file->f_mapping, index) : NULL;
}

/* With a reference, or NULL. pte lock held. */
static struct page *target_page(const struct vm_area_struct *vma, unsigned long addr, pte_t pte)
{
	struct page *page = pte_page(pte);

	if (pte_none(pte))
		return unmapped_file_page(vma, addr);
	if (page)
		get_page(page);
	return page;
}

static void move_page(struct page *page, struct move_charge *mc)
{
	if (READ_ONCE(page->mem_cgroup) != mc->from || !isolate_lru_page(page))
		return;
	move_account(page, mc);
	putback_lru_page(page);
}

static void move_charge_pte_range(const struct vm_area_struct *vma, struct pgtable *pt, unsigned long addr, unsigned long end,
				  struct move_charge *mc)
{
	spin_lock(pte_lockptr(pt));
	for (; addr < end; addr += PAGE_SIZE) {
		pte_t pte = ptep_get(pte_offset(pt, addr));
		struct page *page = target_page(vma, addr, pte);

		if (pte_swap(pte))
			mem_cgroup_move_swap_account(pte_swp(pte), mc->from, mc->to);
		if (!page)
			continue;
		/* Part of a huge page: all of it would have to move, and who maps its head may do that. */
		if (!PageCompound(page))
			move_page(page, mc);
		put_page(page);
	}
	spin_unlock(pte_lockptr(pt));
}

/* False when there is no huge entry, or none by now. */
static bool moved_huge_charge(const struct vm_area_struct *vma, unsigned long addr, struct move_charge *mc)
{
	struct mm_struct *mm = vma->vm_mm;
	pmd_t pmd;

	if (!huge_at(mm, addr))
		return false;
	pmd_lock(mm);
	pmd = pmdp_get(pmd_offset(mm, addr));
	if (pmd_trans_huge(pmd)) {
		get_page(pmd_page(pmd));
		move_page(pmd_page(pmd), mc);
		put_page(pmd_page(pmd));
	}
	pmd_unlock(mm);
	return pmd_trans_huge(pmd);
}

static void move_charge_vma(const struct vm_area_struct *vma, struct move_charge *mc)
{
	if (vma->vm_flags & VM_HUGETLB)
		return;			/* charged to nobody */
	for (unsigned long addr = vma->vm_start, stop; addr < vma->vm_end; addr = stop) {
		struct pgtable *pt = moved_huge_charge(vma, addr, mc) ? NULL : pgtable_find(vma->vm_mm, addr);

		stop = min(vma->vm_end, table_end(addr));
		if (pt)
			move_charge_pte_range(vma, pt, addr, stop, mc);
	}
}

static void move_charges(struct mm_struct *mm, struct move_charge *mc)
{
	/* What is on its way to the LRU could not be isolated. */
	lru_add_drain_all();
	atomic_inc(&mc->from->moving_account);
	/* Whoever looked before that changes pages without the lock until he leaves his read section. */
	if (!defect(D_MEMCG_NO_GRACE))
		synchronize_rcu();
	down_read(&mm->mmap_lock);
	for (const struct vm_area_struct *vma = mm->mmap; vma; vma = vma->vm_next)
		move_charge_vma(vma, mc);
	up_read(&mm->mmap_lock);
	atomic_dec(&mc->from->moving_account);
}

unsigned mem_cgroup_attach(struct mm_struct *mm, struct mem_cgroup *to)
{
	struct move_charge mc = { .to = to };

	atomic_inc(&to->css);
	mc.from = xchg(&mm->memcg, to);		/* with the mm's reference */
	if (!mc.from)
		return 0;
	if (mc.from != to)
		move_charges(mm, &mc);
	mem_cgroup_put(mc.from);
	return mc.moved;
}
