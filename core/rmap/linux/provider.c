/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reverse map of a Linux tree, which is compiled as it is: the table of operations. Core's side; the functions behind it are in
 * kernel.c, the tree's in mm/rmap.c. What the tree could do and this adapter does not yet let it, the table's features leave out.
 */
#include "versions.h"
#include "ksm.h"
#include "provider.h"

static void init(void)
{
	core()->provider = machine_alloc(sizeof(struct linux_rmap));
	provider()->task = machine_alloc(machine->max_tasks * sizeof(struct linux_task));
	kernel_init();
}

/* ---- pages ---- */

static void page_add_new(struct page *page, const struct rmap_location *at)
{
	kernel_add_new(page, at->vma, at->address);
}

/* Whose entry may be written to is the page's only owner. Core says so of what comes back from swap, the entry of what has migrated. */
static void page_add(struct page *page, const struct rmap_location *at, bool exclusive)
{
	kernel_add_anon(page, at->vma, at->address, exclusive || pte_has(*at->pte, PTE_WRITE));
}

static void page_add_file(struct page *page, const struct rmap_location *at)
{
	kernel_add_file(page, at->vma);
}

static void page_dup(struct page *page, const struct rmap_location *at)
{
	kernel_dup(page, at->vma);
	ksm_unseen_mapping(page);
}

static void page_remove(struct page *page, const struct rmap_location *at)
{
	kernel_remove(page, at->vma);
}

/* ---- huge pages ---- */

static void huge_add_new(struct page *head, const struct rmap_location *at)
{
	kernel_huge_add_new(head, at->vma, at->address);
}

static void huge_add_file(struct page *head, const struct rmap_location *at)
{
	kernel_huge_add_file(head, at->vma);
}

static void huge_dup(struct page *head, const struct rmap_location *at)
{
	kernel_huge_dup(head, at->vma);
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
		ksm_unseen_mapping(head + i);
}

static void huge_remove(struct page *head, const struct rmap_location *at)
{
	kernel_huge_remove(head, at->vma);
}

static void huge_to_table(struct page *head, const struct rmap_location *at, bool freeze)
{
	kernel_huge_to_table(head, at->vma, at->address, freeze);
}

static void huge_frozen(struct page *head, const struct rmap_location *at)
{
	kernel_huge_frozen(head, at->vma);
}

/* The tree does not say whether an entry stayed: what it calls does. */
static bool huge_unmap(struct page *head, struct anon_vma *anon_vma)
{
	struct linux_task *t = &provider()->task[current->id];

	(void)anon_vma;
	t->kept = false;
	return kernel_huge_unmap(head) && !t->kept;
}

static void huge_unmap_file(struct page *head)
{
	kernel_huge_unmap(head);
}

static bool swapin_needs_copy(struct page *page, const struct rmap_location *at)
{
	return kernel_swapin_needs_copy(page, at->vma, at->address);
}

/* ---- walks ---- */

/* -1 says that a lock was not to be had at once, or that the process is being killed: reclaim keeps the page. */
static int referenced(struct page *page, bool is_locked, struct mem_cgroup *memcg, unsigned long *vm_flags)
{
	int n = kernel_referenced(page, is_locked, memcg, vm_flags);

	return n < 0 ? 1 : n;
}

static enum swap_result try_to_unmap_page(struct page *page, unsigned flags)
{
	const struct unmap_how how = {
		.migrate = flags & TTU_MIGRATION, .ignore_mlock = flags & TTU_IGNORE_MLOCK,
		.hwpoison = !(flags & TTU_IGNORE_HWPOISON), .rmap_locked = flags & TTU_RMAP_LOCKED,
		.batch = flags & TTU_BATCH_FLUSH,
	};
	struct linux_task *t = &provider()->task[current->id];

	t->kept = false;
	if (kernel_unmap(page, &how))
		return SWAP_SUCCESS;
	/* An entry was not where the walk looked for it, or not yet. */
	if (!t->kept)
		event(UNMAP_MISSED, .pfn = page_to_pfn(page), .obj = page);
	return SWAP_FAIL;
}

struct visit {
	rmap_visit_t visit;
	void *arg;
};

static bool visit_one(struct page *page, struct vm_area_struct *vma, unsigned long addr, void *arg)
{
	const struct visit *v = arg;
	const struct rmap_location at = { vma, addr, NULL };

	return v->visit(page, &at, v->arg);
}

static void walk(struct page *page, rmap_visit_t visit, void *arg)
{
	kernel_walk(page, visit_one, &(struct visit){ visit, arg });
}

static void walk_pinned(struct page *page, rmap_visit_t visit, void *arg)
{
	kernel_walk_pinned(page, visit_one, &(struct visit){ visit, arg });
}

static void walk_locked(struct page *page, struct anon_vma *anon_vma, rmap_visit_t visit, void *arg)
{
	kernel_walk_locked(page, anon_vma, visit_one, &(struct visit){ visit, arg });
}

/* ---- views ---- */

static void view_page(struct page *page, rmap_visit_t visit, void *arg)
{
	kernel_view_page(page, visit_one, &(struct visit){ visit, arg });
}

struct anon_vma_visit {
	void (*fn)(const struct anon_vma_view *v, void *arg);
	void *arg;
};

static void view_one(void *obj, void *arg)
{
	const struct anon_vma_says says = kernel_view_anon_vma(obj);
	const struct anon_vma_visit *to = arg;
	const struct anon_vma_view v = {
		.id = obj, .root = says.root, .parent = says.parent, .refcount = says.refcount,
		.num_children = says.num_children, .num_active_vmas = says.num_active_vmas,
	};

	to->fn(&v, to->arg);
}

static void view_anon_vmas(void (*fn)(const struct anon_vma_view *v, void *arg), void *arg)
{
	slab_for_each_live(provider()->anon_vmas, view_one, &(struct anon_vma_visit){ fn, arg });
}

/* ---- the table ---- */

const struct rmap_ops rmap_linux = {
	.name = "linux",
	.kernel = LINUX_RELEASE,
	.locks_as = "anon-chain",
	.policy = {
		.split_ptlocks = true, .anon_lock_sleeps = true, .i_mmap_sleeps = true, .notifiers_sleep = true,
		.walks_sorted = true, .failed_part_stays = true, .file_parts_apart = LARGE_MAPCOUNT,
		.features = 1u << FEATURE_ANON_VMA | 1u << FEATURE_MIGRATION | 1u << FEATURE_NOTIFIERS | 1u << FEATURE_GUP_FAST |
			    1u << FEATURE_TABLE_MOVES | 1u << FEATURE_MAPCOUNT | 1u << FEATURE_VMA_WALKS | 1u << FEATURE_REUSE |
			    1u << FEATURE_READ_ONCE | 1u << FEATURE_LAZYFREE | 1u << FEATURE_SOFT_DIRTY | 1u << FEATURE_ARCH_UNMAP |
			    1u << FEATURE_UFFD | 1u << FEATURE_UNUSED | 1u << FEATURE_SVA | 1u << FEATURE_IDLE | 1u << FEATURE_KSM |
			    1u << FEATURE_POISON | 1u << FEATURE_MEMCG | RMAP_LOCKS_MEMCG << FEATURE_MOVE_CHARGE |
			    1u << FEATURE_HUGE | 1u << FEATURE_PUT_OFF,
	},
	.init = init,
	.vma_prepare = kernel_prepare,
	.vma_clone = kernel_clone,
	.vma_fork = kernel_fork,
	.vma_unlink = kernel_unlink,
	.vma_adjust_begin = kernel_adjust_begin,
	.vma_adjust_end = kernel_adjust_end,
	.vma_lock = kernel_lock,
	.vma_unlock = kernel_unlock,
	.vma_validate = kernel_validate,
	.assert_vma_locked = kernel_assert_locked,
	.vma_lock_all = kernel_lock_all,
	.vma_unlock_all = kernel_unlock_all,
	.page_add_new = page_add_new,
	.page_add = page_add,
	.page_dup = page_dup,
	.page_remove = page_remove,
	.page_move = kernel_move,
	.page_add_file = page_add_file,
	.huge_add_new = huge_add_new,
	.huge_add_file = huge_add_file,
	.huge_dup = huge_dup,
	.huge_remove = huge_remove,
	.huge_to_table = huge_to_table,
	.huge_frozen = huge_frozen,
	.huge_exclusive = kernel_huge_exclusive,
	.huge_lock = kernel_huge_lock,
	.huge_unmap = huge_unmap,
	.walk_locked = walk_locked,
	.huge_unlock = kernel_huge_unlock,
	.huge_unmap_file = huge_unmap_file,
	.referenced = referenced,
	.clear_refs = kernel_clear_refs,
	.try_to_unmap = try_to_unmap_page,
	.unmap_flush = kernel_unmap_flush,
	.flush_batched_pending = kernel_flush_batched_pending,
	.mkclean = kernel_mkclean,
	.walk = walk,
	.anon_vma_get = kernel_anon_vma_get,
	.anon_vma_put = kernel_unpin,
	.swapin_needs_copy = swapin_needs_copy,
	.page_address_in_vma = kernel_page_address,
	.find_mappings = kernel_find_mappings,
	.collect_procs = kernel_collect_procs,
	.page_pin = kernel_pin,
	.page_unpin = kernel_unpin,
	.walk_pinned = walk_pinned,
	.view_page = view_page,
	.view_vma = kernel_view_vma,
	.view_anon_vmas = view_anon_vmas,
	.view_vmas_of = kernel_view_vmas_of,
};
