/* SPDX-License-Identifier: GPL-2.0-only */
/* What eras differ in, by name, and which operations of a provider each of it needs. */
#include <stddef.h>

#include "rmap.h"

const char *const rmap_feature_name[NR_RMAP_FEATURES] = {
	[FEATURE_HUGE] = "huge pages",
	[FEATURE_HUGETLB] = "hugetlb",
	[FEATURE_KSM] = "merged pages",
	[FEATURE_POISON] = "memory failure",
	[FEATURE_MLOCKED] = "mlocked pages",
	[FEATURE_IDLE] = "tracking of idle pages",
	[FEATURE_LAZYFREE] = "madvise(FREE)",
	[FEATURE_PUT_OFF] = "flushes that are put off",
	[FEATURE_ARCH_UNMAP] = "entries that need memory to go",
	[FEATURE_MOVE_CHARGE] = "charges that move",
	[FEATURE_REUSE] = "anon_vmas that forks reuse",
	[FEATURE_UFFD] = "userfaultfd",
	[FEATURE_DEVICE] = "memory of devices",
	[FEATURE_SOFT_DIRTY] = "soft-dirty bits",
	[FEATURE_UNUSED] = "unused pages of guests",
	[FEATURE_NONLINEAR] = "nonlinear mappings",
	[FEATURE_READ_ONCE] = "sequential reading",
	[FEATURE_ANON_VMA] = "anon_vmas",
	[FEATURE_MIGRATION] = "migration",
	[FEATURE_SWAP_MIGRATION] = "migration through swap",
	[FEATURE_NOTIFIERS] = "MMU notifiers",
	[FEATURE_MEMCG] = "memory control groups",
	[FEATURE_GUP_FAST] = "fast pins",
	[FEATURE_TABLE_MOVES] = "tables that move",
	[FEATURE_MAPCOUNT] = "mappings that are counted",
	[FEATURE_SVA] = "devices that walk page tables",
	[FEATURE_SWAP_TOKEN] = "the swap token",
	[FEATURE_VMA_LOCKS] = "locks of single VMAs",
	[FEATURE_DONTUNMAP] = "mremap(DONTUNMAP)",
	[FEATURE_VMA_WALKS] = "walks by VMAs",
};

#define ALWAYS NR_RMAP_FEATURES

/* An operation, and what for. All of them are pointers to functions, which have one size. */
struct need {
	enum rmap_feature feature;	/* ALWAYS: whatever the era */
	size_t offset;
	const char *name;
};

#define NEED(feature_, op) { feature_, offsetof(struct rmap_ops, op), #op }

static const struct need needs[] = {
	NEED(ALWAYS, init), NEED(ALWAYS, vma_prepare), NEED(ALWAYS, vma_clone), NEED(ALWAYS, vma_fork), NEED(FEATURE_ANON_VMA, vma_unlink),
	NEED(FEATURE_ANON_VMA, vma_adjust_begin), NEED(FEATURE_ANON_VMA, vma_adjust_end),
	NEED(FEATURE_ANON_VMA, vma_lock), NEED(FEATURE_ANON_VMA, vma_unlock),
	NEED(FEATURE_NOTIFIERS, vma_lock_all), NEED(FEATURE_NOTIFIERS, vma_unlock_all), NEED(ALWAYS, page_add_new), NEED(ALWAYS, page_add),
	NEED(ALWAYS, page_dup), NEED(ALWAYS, page_remove), NEED(ALWAYS, page_move), NEED(ALWAYS, page_add_file),
	NEED(ALWAYS, referenced), NEED(ALWAYS, try_to_unmap), NEED(ALWAYS, mkclean), NEED(ALWAYS, walk),
	NEED(FEATURE_ANON_VMA, page_address_in_vma), NEED(ALWAYS, find_mappings), NEED(FEATURE_MIGRATION, page_pin),
	NEED(FEATURE_MIGRATION, page_unpin), NEED(FEATURE_MIGRATION, walk_pinned),
	NEED(FEATURE_SWAP_MIGRATION, walk_pinned), NEED(ALWAYS, view_page), NEED(ALWAYS, view_vma),
	NEED(ALWAYS, view_anon_vmas), NEED(ALWAYS, view_vmas_of),
	NEED(FEATURE_HUGE, assert_vma_locked), NEED(FEATURE_HUGE, huge_add_new), NEED(FEATURE_HUGE, huge_dup),
	NEED(FEATURE_HUGE, huge_remove), NEED(FEATURE_HUGE, huge_to_table), NEED(FEATURE_HUGE, huge_lock), NEED(FEATURE_HUGE, huge_unmap),
	NEED(FEATURE_HUGE, walk_locked), NEED(FEATURE_HUGE, huge_unlock),
	NEED(FEATURE_HUGE, huge_add_file), NEED(FEATURE_HUGE, huge_unmap_file),
	NEED(FEATURE_HUGETLB, hugepage_add_new_anon), NEED(FEATURE_HUGETLB, hugepage_add_anon),
	 NEED(FEATURE_HUGETLB, huge_dup), NEED(FEATURE_HUGETLB, huge_remove),
	NEED(FEATURE_KSM, anon_vma_get), NEED(FEATURE_KSM, anon_vma_put), NEED(FEATURE_KSM, swapin_needs_copy),
	NEED(FEATURE_POISON, collect_procs),
	NEED(FEATURE_MLOCKED, try_to_munlock),
	NEED(FEATURE_IDLE, clear_refs),
};

static bool there(const struct rmap_ops *rmap, const struct need *n)
{
	return *(void (*const *)(void))((const char *)rmap + n->offset);
}

const char *rmap_lacks(const struct rmap_ops *rmap)
{
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		if ((needs[i].feature == ALWAYS || rmap_has(rmap, needs[i].feature)) && !there(rmap, &needs[i]))
			return needs[i].name;
	return NULL;
}
