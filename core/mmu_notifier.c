/* SPDX-License-Identifier: GPL-2.0-only */
/* MMU notifiers: registered, told, released (Linux 4.19): see mmu_notifier.h. */
#include "mmu_notifier.h"

#include "defects.h"
#include "internal.h"

static struct srcu_struct *srcu(void)
{
	return &core()->srcu;
}

#define for_each_notifier(mn, mm) hlist_for_each_entry_rcu(mn, &(mm)->mmu_notifier_mm->list, hlist)

/* Call op of all who have it. The mm has notifiers. May sleep only if they do. */
#define tell_all(mm, op, ...)                                        \
	do {                                                         \
		int idx_ = srcu_read_lock(srcu());                   \
		struct mmu_notifier *mn_;                            \
								     \
		for_each_notifier(mn_, mm)                           \
			if (mn_->ops->op)                            \
				mn_->ops->op(mn_, mm, __VA_ARGS__);  \
		srcu_read_unlock(srcu(), idx_);                      \
	} while (0)

/* ---- what happens to page tables ---- */

/* As long as the locks of the reverse map spun, they could not: some who tell them of a range hold one. */
static void might_sleep_for_notifiers(const struct site *site)
{
	if (core()->rmap->policy.notifiers_sleep)
		might_sleep_at("mmu_notifier", site);
}

static void range_start(struct mm_struct *mm, unsigned long start, unsigned long end, const struct site *site)
{
	lockdep_map_acquire(LC_MMU_NOTIFY, site);
	tell_all(mm, invalidate_range_start, start, end);
	lockdep_map_release(LC_MMU_NOTIFY);
}

static void range_end(struct mm_struct *mm, unsigned long start, unsigned long end, const struct site *site)
{
	might_sleep_for_notifiers(site);
	lockdep_map_acquire(LC_MMU_NOTIFY, site);
	tell_all(mm, invalidate_range_end, start, end);
	lockdep_map_release(LC_MMU_NOTIFY);
	/* As it was: who has not been told with the flush is told now. */
	if (defect(D_SVA_COW))
		mmu_notifier_invalidate_range(mm, start, end);
}

/* Whether or not anybody is to be told: who calls it where nobody may sleep, or wait for what they wait for, is wrong all the same. */
void mmu_notifier_invalidate_range_start_at(struct mm_struct *mm, unsigned long start, unsigned long end, const struct site *site)
{
	might_sleep_for_notifiers(site);
	if (mm_has_notifiers(mm))
		range_start(mm, start, end, site);
	else
		lockdep_wait(NULL, LC_MMU_NOTIFY, LOCK_READ, site);
}

void mmu_notifier_invalidate_range_end_at(struct mm_struct *mm, unsigned long start, unsigned long end, const struct site *site)
{
	if (mm_has_notifiers(mm))
		range_end(mm, start, end, site);
}

void mmu_notifier_tell_tlbs(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	tell_all(mm, invalidate_range, start, end);
}

static bool any_young(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	int idx = srcu_read_lock(srcu());
	struct mmu_notifier *mn;
	bool young = false;

	for_each_notifier(mn, mm)
		if (mn->ops->clear_flush_young)
			young |= mn->ops->clear_flush_young(mn, mm, start, end);
	srcu_read_unlock(srcu(), idx);
	return young;
}

bool mmu_notifier_clear_flush_young(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	return mm_has_notifiers(mm) && any_young(mm, start, end);
}

void mmu_notifier_change_pte(struct mm_struct *mm, unsigned long addr, pte_t pte)
{
	if (mm_has_notifiers(mm))
		tell_all(mm, change_pte, addr, pte);
}

void mmu_notifier_invalidate_page(struct mm_struct *mm, unsigned long addr)
{
	if (mm_has_notifiers(mm))
		tell_all(mm, invalidate_page, addr);
}

/* ---- the end ---- */

static void tell_release(struct mmu_notifier *mn, struct mm_struct *mm)
{
	if (mn->ops->release)
		mn->ops->release(mn, mm);
}

static struct mmu_notifier *first_of(struct mmu_notifier_mm *nmm)
{
	struct hlist_node *first = READ_ONCE(nmm->list.first);

	return first ? hlist_entry(first, struct mmu_notifier, hlist) : NULL;
}

/* As it was: off the list, where nobody who unmaps a page finds it any more, and told then only. */
static void unlink_and_release(struct mm_struct *mm)
{
	struct mmu_notifier_mm *nmm = mm->mmu_notifier_mm;
	struct mmu_notifier *mn;

	spin_lock(&nmm->lock);
	while ((mn = first_of(nmm))) {
		int idx = srcu_read_lock(srcu());

		hlist_del_init_rcu(&mn->hlist);
		spin_unlock(&nmm->lock);
		tell_release(mn, mm);
		srcu_read_unlock(srcu(), idx);
		spin_lock(&nmm->lock);
	}
	spin_unlock(&nmm->lock);
}

/*
 * Released first, unlinked then: until it has let go of the pages, whoever unmaps one of them must find the notifier. The section keeps
 * those that are being unregistered meanwhile: they wait for it.
 */
static void release_and_unlink(struct mm_struct *mm)
{
	struct mmu_notifier_mm *nmm = mm->mmu_notifier_mm;
	int idx = srcu_read_lock(srcu());
	struct mmu_notifier *mn;

	for_each_notifier(mn, mm)
		tell_release(mn, mm);
	spin_lock(&nmm->lock);
	while ((mn = first_of(nmm)))
		hlist_del_init_rcu(&mn->hlist);
	spin_unlock(&nmm->lock);
	srcu_read_unlock(srcu(), idx);
}

void mmu_notifier_release(struct mm_struct *mm)
{
	if (!mm_has_notifiers(mm))
		return;
	if (defect(D_Z46_EXIT))
		unlink_and_release(mm);
	else
		release_and_unlink(mm);
	/* Who is being unregistered may be in its release() still, called by somebody else: the pages stay until it is back. */
	synchronize_srcu(srcu());
}

/* As it was for a while: nobody else shall call release(), so off the list first. */
static void unregister_unlinked(struct mmu_notifier *mn, struct mm_struct *mm)
{
	struct mmu_notifier_mm *nmm = mm->mmu_notifier_mm;
	int idx;

	spin_lock(&nmm->lock);
	if (hlist_unhashed(&mn->hlist)) {
		spin_unlock(&nmm->lock);
		return;
	}
	idx = srcu_read_lock(srcu());
	hlist_del_rcu(&mn->hlist);
	spin_unlock(&nmm->lock);
	tell_release(mn, mm);
	srcu_read_unlock(srcu(), idx);
}

static void release_one(struct mmu_notifier *mn, struct mm_struct *mm)
{
	struct mmu_notifier_mm *nmm = mm->mmu_notifier_mm;
	int idx;

	if (hlist_unhashed(&mn->hlist))
		return;
	/* The section makes exit_mmap() wait for release() before it frees the pages. */
	idx = srcu_read_lock(srcu());
	tell_release(mn, mm);
	srcu_read_unlock(srcu(), idx);
	spin_lock(&nmm->lock);
	/* exit_mmap() may have taken it off meanwhile. */
	if (defect(D_Z46_TWICE))
		hlist_del_rcu(&mn->hlist);
	else
		hlist_del_init_rcu(&mn->hlist);
	spin_unlock(&nmm->lock);
}

void mmu_notifier_unregister(struct mmu_notifier *mn, struct mm_struct *mm)
{
	if (defect(D_Z46_UNREGISTER))
		unregister_unlinked(mn, mm);
	else
		release_one(mn, mm);
	/* Somebody may still be calling it, release() perhaps. */
	synchronize_srcu(srcu());
	mmdrop(mm);
}

void mmu_notifier_mm_destroy(struct mm_struct *mm)
{
	if (mm_has_notifiers(mm))
		kmem_cache_free(core()->notifier_cache, mm->mmu_notifier_mm);
}

/* ---- the begin ---- */

/* All locks are held: nobody can be between start and end, and have told nobody of the start. */
static void add_notifier(struct mmu_notifier *mn, struct mm_struct *mm, struct mmu_notifier_mm **new)
{
	if (!mm->mmu_notifier_mm) {
		data_publish(*new);
		mm->mmu_notifier_mm = *new;
		*new = NULL;
	}
	mmgrab(mm);
	mm->mmu_notifier_mm->tlbs |= mn->ops->invalidate_range != NULL;
	spin_lock(&mm->mmu_notifier_mm->lock);
	hlist_add_head_rcu(&mn->hlist, &mm->mmu_notifier_mm->list);
	spin_unlock(&mm->mmu_notifier_mm->lock);
}

int mmu_notifier_register(struct mmu_notifier *mn, struct mm_struct *mm)
{
	struct mmu_notifier_mm *new = kmem_cache_alloc(core()->notifier_cache, GFP_KERNEL);
	int err = 0;

	if (!new)
		return -ENOMEM;
	*new = (struct mmu_notifier_mm){ .list.first = NULL };
	spin_lock_init(&new->lock, LC_NOTIFIERS);
	down_write(&mm->mmap_lock);
	if (!defect(D_REGISTER_UNLOCKED))
		err = mm_take_all_locks(mm);
	if (!err) {
		add_notifier(mn, mm, &new);
		if (!defect(D_REGISTER_UNLOCKED))
			mm_drop_all_locks(mm);
	}
	mmap_write_unlock(mm);
	if (new)
		kmem_cache_free(core()->notifier_cache, new);
	return err;
}
