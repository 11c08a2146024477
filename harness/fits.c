/* SPDX-License-Identifier: GPL-2.0-only */
/* What of a scenario needs what of a provider: one row for each operation, setting and goal that not every era has. */
#include "fits.h"

#include <string.h>

#include "events.h"
#include "scn/ops.h"

#define ANY -1

/* A statement: its operation, and, if not ANY, the word that it chooses or what it maps. */
static const struct {
	unsigned op;
	int choice, backing;
	enum rmap_feature feature;
} statements[] = {
	{ SOP_MMAP, ANY, SCN_HUGE, FEATURE_HUGE },
	{ SOP_SPLIT, ANY, ANY, FEATURE_HUGE },
	{ SOP_COLLAPSE, ANY, ANY, FEATURE_HUGE },
	{ SOP_RETRACT, ANY, ANY, FEATURE_HUGE },
	{ SOP_HUGETLB, ANY, ANY, FEATURE_HUGETLB },
	{ SOP_HUGETLB_POOL, ANY, ANY, FEATURE_HUGETLB },
	{ SOP_HUGE_FILE, ANY, ANY, FEATURE_HUGE },
	{ SOP_TMPFS, ANY, ANY, FEATURE_HUGE },
	{ SOP_COLLAPSE_FILE, ANY, ANY, FEATURE_HUGE },
	{ SOP_UFFD_REGISTER, ANY, ANY, FEATURE_UFFD },
	{ SOP_UFFD_UNREGISTER, ANY, ANY, FEATURE_UFFD },
	{ SOP_UFFD_COPY, ANY, ANY, FEATURE_UFFD },
	{ SOP_UFFD_ZEROPAGE, ANY, ANY, FEATURE_UFFD },
	{ SOP_UFFD_WAKE, ANY, ANY, FEATURE_UFFD },
	{ SOP_UFFD_CLOSE, ANY, ANY, FEATURE_UFFD },
	{ SOP_UNUSED, ANY, ANY, FEATURE_UNUSED },
	{ SOP_STABLE, ANY, ANY, FEATURE_UNUSED },
	{ SOP_TO_DEVICE, ANY, ANY, FEATURE_DEVICE },
	{ SOP_CLEAR_REFS, ANY, ANY, FEATURE_SOFT_DIRTY },
	{ SOP_SOFT_DIRTY, ANY, ANY, FEATURE_SOFT_DIRTY },
	{ SOP_REMAP, ANY, ANY, FEATURE_NONLINEAR },
	{ SOP_MREMAP_DONTUNMAP, ANY, ANY, FEATURE_DONTUNMAP },
	{ SOP_MADVISE, ADVICE_FREE, ANY, FEATURE_LAZYFREE },
	{ SOP_MADVISE, ADVICE_SEQUENTIAL, ANY, FEATURE_READ_ONCE },
	{ SOP_MADVISE, ADVICE_MERGEABLE, ANY, FEATURE_KSM },
	{ SOP_MADVISE, ADVICE_UNMERGEABLE, ANY, FEATURE_KSM },
	{ SOP_KSM_PAGE, ANY, ANY, FEATURE_KSM },
	{ SOP_KSM_SCAN, ANY, ANY, FEATURE_KSM },
	{ SOP_KSM_UNMERGE, ANY, ANY, FEATURE_KSM },
	{ SOP_SET_IDLE, ANY, ANY, FEATURE_IDLE },
	{ SOP_IDLE, ANY, ANY, FEATURE_IDLE },
	{ SOP_JOIN, ANY, ANY, FEATURE_MOVE_CHARGE },
	{ SOP_POISON, ANY, ANY, FEATURE_POISON },
	{ SOP_MIGRATE, ANY, ANY, FEATURE_MIGRATION },
	{ SOP_MIGRATE_FILE, ANY, ANY, FEATURE_MIGRATION },
	{ SOP_COMPACT, ANY, ANY, FEATURE_MIGRATION },
	{ SOP_MIGRATE_PAGES, ANY, ANY, FEATURE_SWAP_MIGRATION },
	{ SOP_SWAP_PAGES, ANY, ANY, FEATURE_SWAP_MIGRATION },
	{ SOP_REGISTER, ANY, ANY, FEATURE_NOTIFIERS },
	{ SOP_SVA_BIND, ANY, ANY, FEATURE_SVA },
	{ SOP_SVA_UNBIND, ANY, ANY, FEATURE_SVA },
	{ SOP_SVA_READ, ANY, ANY, FEATURE_SVA },
	{ SOP_SVA_WRITE, ANY, ANY, FEATURE_SVA },
	{ SOP_PIN, PIN_FAST_READ, ANY, FEATURE_GUP_FAST },
	{ SOP_PIN, PIN_FAST_WRITE, ANY, FEATURE_GUP_FAST },
	{ SOP_MEMCG, ANY, ANY, FEATURE_MEMCG },
};

static const struct {
	enum event_kind event;
	enum rmap_feature feature;
} goals[] = {
	{ EV_FLUSH_DEFERRED, FEATURE_PUT_OFF },
	{ EV_BATCH_FLUSHED, FEATURE_PUT_OFF },
	{ EV_ANON_REUSED, FEATURE_REUSE },
	{ EV_ARCH_UNMAP_FAILED, FEATURE_ARCH_UNMAP },
	{ EV_ANON_PREPARED, FEATURE_ANON_VMA },
	{ EV_ANON_PREPARE_RACED, FEATURE_ANON_VMA },
	{ EV_ANON_MERGED, FEATURE_ANON_VMA },
	{ EV_ANON_IMPORTED, FEATURE_ANON_VMA },
	{ EV_ANON_FREED, FEATURE_ANON_VMA },
	{ EV_ANON_RECYCLED, FEATURE_ANON_VMA },
	{ EV_ANON_LOCK_SLOW, FEATURE_ANON_VMA },
	{ EV_ANON_LOCK_LOST, FEATURE_ANON_VMA },
	{ EV_ANON_UNLOCK, FEATURE_ANON_VMA },
	{ EV_UNMAP_MISSED, FEATURE_ANON_VMA },
	{ EV_TABLE_MOVED, FEATURE_TABLE_MOVES },
	{ EV_MREMAP_LEFT, FEATURE_DONTUNMAP },
	{ EV_VMA_LOCK_SUCCESS, FEATURE_VMA_LOCKS },
	{ EV_VMA_LOCK_ABORT, FEATURE_VMA_LOCKS },
	{ EV_VMA_LOCK_MISS, FEATURE_VMA_LOCKS },
	{ EV_VMA_LOCK_RETRY, FEATURE_VMA_LOCKS },
	{ EV_SWAP_TOKEN_TAKEN, FEATURE_SWAP_TOKEN },
	{ EV_SWAP_TOKEN_PUT, FEATURE_SWAP_TOKEN },
	{ EV_SWAP_TOKEN_SPARED, FEATURE_SWAP_TOKEN },
};

static bool misses(const struct rmap_ops *provider, enum rmap_feature feature, int line, struct misfit *misfit)
{
	if (rmap_has(provider, feature))
		return false;
	if (misfit)
		*misfit = (struct misfit){ line, rmap_feature_name[feature] };
	return true;
}

static bool statement_misses(const struct scn_stmt *s, const struct rmap_ops *provider, struct misfit *misfit)
{
	for (size_t i = 0; i < ARRAY_SIZE(statements); i++)
		if (statements[i].op == s->op && (statements[i].choice == ANY || (u64)statements[i].choice == s->value) &&
		    (statements[i].backing == ANY || statements[i].backing == s->backing) &&
		    misses(provider, statements[i].feature, s->line, misfit))
			return true;
	return false;
}

bool statement_fits(const struct scn_stmt *s, const struct rmap_ops *provider)
{
	return !statement_misses(s, provider, NULL);
}

static bool body_misses(const struct scn_body *body, const struct rmap_ops *provider, struct misfit *misfit)
{
	for (unsigned i = 0; i < body->nr; i++)
		if (statement_misses(&body->stmt[i], provider, misfit))
			return true;
	return false;
}

static bool goal_misses(const struct scn_goal *goal, const struct rmap_ops *provider, struct misfit *misfit)
{
	for (size_t i = 0; i < ARRAY_SIZE(goals); i++)
		if (!strcmp(goal->name, event_name[goals[i].event]) && misses(provider, goals[i].feature, goal->line, misfit))
			return true;
	return false;
}

bool scenario_fits(const struct scenario *scn, const struct rmap_ops *provider, struct misfit *misfit)
{
	if (scn->vma_locks && misses(provider, FEATURE_VMA_LOCKS, scn->vma_locks, misfit))
		return false;
	if (body_misses(&scn->setup, provider, misfit) || body_misses(&scn->finally, provider, misfit))
		return false;
	for (unsigned i = 0; i < scn->nr_threads; i++)
		if (body_misses(&scn->thread[i], provider, misfit))
			return false;
	for (unsigned i = 0; i < scn->nr_goals; i++)
		if (goal_misses(&scn->goal[i], provider, misfit))
			return false;
	if (!scn->provider || !strcmp(scn->provider, provider->name))
		return true;
	if (misfit)
		*misfit = (struct misfit){ 0, scn->provider };
	return false;
}

bool defect_fits(const struct defect_row *defect, const struct rmap_ops *provider)
{
	if (defect->provider && strcmp(defect->provider, provider->name))
		return false;
	return !(defect->needs & ~provider->policy.features);
}
