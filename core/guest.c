/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest: how its translations come and go. As KVM of Linux 4.19 does it.
 *
 * A fault finds the page in the process's page table without mmu_lock, since it may sleep. By the time it has mmu_lock the entry may be
 * another one; but who changes entries has said so to the notifier, before and after: so it asks whether anybody has since it began.
 */
#include "guest.h"

#include "defects.h"
#include "internal.h"
#include "thrash.h"

static struct guest *guest_of(struct mmu_notifier *mn)
{
	return container_of(mn, struct guest, mn);
}

/* ---- translations go; mmu_lock held ---- */

/* It was written to through the spte, of which the page does not know yet. */
static void tell_page(const struct spte *old)
{
	if (old->dirty && old->pfn != ZERO_PFN)
		SetPageFlag(compound_head(pfn_to_page(old->pfn)), PG_dirty);
}

static void zap_range(struct guest *g, unsigned long start, unsigned long end)
{
	struct spte old;

	lockdep_assert_held(&g->mmu_lock.l);
	while (spte_take(g, start, end, &old)) {
		tell_page(&old);
		event(SPTE_ZAPPED, .mm = g->mm, .addr = old.addr, .pfn = old.pfn);
	}
}

/* ---- what it is told ---- */

static void guest_range_start(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct guest *g = guest_of(mn);

	(void)mm;
	spin_lock(&g->mmu_lock);
	g->mmu_notifier_count++;
	zap_range(g, start, end);
	spin_unlock(&g->mmu_lock);
}

static void guest_range_end(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct guest *g = guest_of(mn);

	(void)mm;
	(void)start;
	(void)end;
	spin_lock(&g->mmu_lock);
	/* A fault that began before sees either of the two, whenever it looks. */
	WRITE_ONCE(g->mmu_notifier_seq, g->mmu_notifier_seq + 1);
	g->mmu_notifier_count--;
	spin_unlock(&g->mmu_lock);
}

static bool guest_clear_flush_young(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct guest *g = guest_of(mn);
	bool young;

	(void)mm;
	spin_lock(&g->mmu_lock);
	young = spte_test_clear_young(g, start, end);
	spin_unlock(&g->mmu_lock);
	return young;
}

/* The next access finds out what is there now. */
static void guest_invalidate_page(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long addr)
{
	struct guest *g = guest_of(mn);

	(void)mm;
	spin_lock(&g->mmu_lock);
	WRITE_ONCE(g->mmu_notifier_seq, g->mmu_notifier_seq + 1);
	zap_range(g, addr, addr + PAGE_SIZE);
	spin_unlock(&g->mmu_lock);
}

static void guest_change_pte(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long addr, pte_t pte)
{
	(void)pte;
	guest_invalidate_page(mn, mm, addr);
}

static void guest_release(struct mmu_notifier *mn, struct mm_struct *mm)
{
	struct guest *g = guest_of(mn);

	(void)mm;
	spin_lock(&g->mmu_lock);
	g->released = 1;
	zap_range(g, 0, TASK_SIZE);
	spin_unlock(&g->mmu_lock);
}

static const struct mmu_notifier_ops guest_ops = {
	.release = guest_release,
	.clear_flush_young = guest_clear_flush_young,
	.change_pte = guest_change_pte,
	.invalidate_page = guest_invalidate_page,
	.invalidate_range_start = guest_range_start,
	.invalidate_range_end = guest_range_end,
};

/* ---- faults ---- */

/*
 * The page behind the entry, with a reference, if the entry lets one do that. Of a huge page a guest maps the pages that it uses, one
 * by one. mmap_lock held.
 */
static struct page *follow_page(struct mm_struct *mm, unsigned long addr, bool write, struct spte *to)
{
	struct page *page = NULL;
	struct mapping_entry e;
	pte_t pte;

	if (!follow_pte_pmd(mm, addr, &e))
		return NULL;
	pte = e.pte;
	if (pte_present(pte) && !pte_has(pte, PTE_PROTNONE) && (!write || pte_has(pte, PTE_WRITE))) {
		page = pfn_to_page(pte_pfn(pte));
		get_page(page);
		*to = (struct spte){ .addr = addr, .pfn = pte_pfn(pte), .present = 1, .writable = pte_has(pte, PTE_WRITE) };
	}
	spin_unlock(e.ptl);
	return page;
}

/* As get_user_pages(): the process faults it in as often as it takes. The page has a reference. Returns 0 or what the fault does. */
static int get_user_page(struct mm_struct *mm, unsigned long addr, bool write, struct spte *to)
{
	int err = 0;

	for (;;) {
		struct page *page;

		down_read(&mm->mmap_lock);
		page = follow_page(mm, addr, write, to);
		up_read(&mm->mmap_lock);
		if (page)
			return 0;
		err = handle_mm_fault(mm, addr, write);
		if (err)
			return err;
	}
}

/* Has the page table changed since seq was read, or is it changing? mmu_lock held. */
static bool mmu_notifier_retry(const struct guest *g, unsigned long seq)
{
	return !defect(D_GUEST_NO_RETRY) && (g->mmu_notifier_count || g->mmu_notifier_seq != seq);
}

/* Returns 0, -EAGAIN: find the page anew, or -ESRCH. */
static int install(struct guest *g, unsigned long seq, const struct spte *new)
{
	struct spte old;
	int err = 0;

	spin_lock(&g->mmu_lock);
	if (g->released) {
		err = -ESRCH;
	} else if (mmu_notifier_retry(g, seq)) {
		event(GUEST_RETRY, .mm = g->mm, .addr = new->addr, .pfn = new->pfn);
		err = -EAGAIN;
	} else {
		/* It had fewer rights, or another fault was faster. */
		while (spte_take(g, new->addr, new->addr + PAGE_SIZE, &old))
			tell_page(&old);
		if (spte_set(g, new, &old))
			tell_page(&old);
	}
	spin_unlock(&g->mmu_lock);
	return err;
}

static int guest_fault_in(struct guest *g, unsigned long addr, bool write)
{
	unsigned long seq = READ_ONCE(g->mmu_notifier_seq);
	struct spte new;
	int err;

	smp_rmb();		/* the entry is read after it */
	err = get_user_page(g->mm, addr, write, &new);
	if (err)
		return err;
	err = install(g, seq, &new);
	put_page(pfn_to_page(new.pfn));
	return err;
}

static int guest_fault(struct guest *g, unsigned long addr, bool write)
{
	int err;

	if (!mmget_not_zero(g->mm))
		return -ESRCH;
	RUNS_IN(g->mm);			/* one of the process's threads is the guest's processor */
	err = guest_fault_in(g, addr, write);
	mmput(g->mm);
	return err;
}

int guest_access(struct guest *g, unsigned long addr, bool write, u64 *value)
{
	int err;

	addr &= ~(PAGE_SIZE - 1);
	if (addr >= TASK_SIZE)
		return -EFAULT;
	while (!spte_access(g, addr, write, value)) {
		err = guest_fault(g, addr, write);
		if (err == -EAGAIN)
			cpu_relax();
		else if (err)
			return err;
	}
	return 0;
}

/* ---- life and death ---- */

struct guest *guest_create(struct mm_struct *mm, int *err)
{
	struct guest *g = kmem_cache_alloc(core()->guest_cache, GFP_KERNEL);

	*err = -ENOMEM;
	if (!g)
		return NULL;
	*g = (struct guest){ .mn.ops = &guest_ops, .mm = mm };
	atomic_set(&g->users, 1);
	spin_lock_init(&g->mmu_lock, LC_MMU_LOCK);
	data_publish(g);
	*err = mmu_notifier_register(&g->mn, mm);
	if (!*err) {
		mmgrab(mm);
		return g;
	}
	kmem_cache_free(core()->guest_cache, g);
	return NULL;
}

void guest_put(struct guest *g)
{
	if (!atomic_dec_and_test(&g->users))
		return;
	mmdrop(g->mm);
	kmem_cache_free(core()->guest_cache, g);
}

void guest_destroy(struct guest *g)
{
	mmu_notifier_unregister(&g->mn, g->mm);
	guest_put(g);
}
