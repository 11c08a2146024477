/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flushes that reclaim puts off, and entries that are changed and not flushed yet.
 *
 * Reclaim takes entries away from one page after the other; one flush of a CPU at the end costs less than one for each entry. Until
 * it comes CPUs go on using translations whose entries are gone. Four things make that right: no page is freed before; none is
 * written, or left for others to write, as long as somebody may write to it; whoever else has to take rights away from a range, and
 * finds an entry empty in it, does what reclaim owes the mm; and fork flushes all of the parent in any case.
 */
#include "defects.h"
#include "mm.h"
#include "mmu_notifier.h"

/* ---- what reclaim owes ---- */

/* A task's batch is its own; but checks look on (tlb_flush_put_off()). */
#define peek(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define poke(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)

static struct tlbflush_unmap_batch *tlb_ubc(void)
{
	return &core()->tlb_ubc[current->id];
}

bool should_defer_flush(struct mm_struct *mm, unsigned flags)
{
	unsigned here = current->cpu % core()->nr_cpus;

	/* Only other CPUs have to be interrupted for a flush: where there are none, nothing is saved. */
	return flags & TTU_BATCH_FLUSH && mm_cpumask(mm) & ~(1ul << here % 64);
}

void arch_tlbbatch_add_mm(struct mm_struct *mm)
{
	struct tlbflush_unmap_batch *ubc = tlb_ubc();

	poke(&ubc->cpumask, ubc->cpumask | mm_cpumask(mm));
	poke(&ubc->flush_required, true);
	exec_touch(&ubc->cpumask, TOUCH_WRITE);
}

void arch_tlbbatch_flush(void)
{
	struct tlbflush_unmap_batch *ubc = tlb_ubc();

	flush_tlb_cpus(ubc->cpumask);
	exec_touch(&ubc->cpumask, TOUCH_WRITE);
	poke(&ubc->cpumask, 0);
	poke(&ubc->flush_required, false);
	event(BATCH_FLUSHED);
}

void set_tlb_ubc_flush_pending(struct mm_struct *mm, unsigned long addr, bool writable)
{
	/* After the entry is cleared: a CPU that is not here yet will not find it. */
	arch_tlbbatch_add_mm(mm);
	tlb_ubc()->writable |= writable;
	/* Who is not interrupted for it costs the same now as later. */
	if (!defect(D_SVA_BATCH))
		mmu_notifier_invalidate_range(mm, addr, addr + PAGE_SIZE);
	/* Under the pte lock, so that who takes it next knows. */
	atomic_inc(&mm->tlb_flush_batched);
}

void try_to_unmap_flush(void)
{
	struct tlbflush_unmap_batch *ubc = tlb_ubc();

	if (core()->rmap->unmap_flush) {
		core()->rmap->unmap_flush(false);
		return;
	}
	if (!ubc->flush_required)
		return;
	arch_tlbbatch_flush();
	ubc->writable = false;
}

void try_to_unmap_flush_dirty(void)
{
	if (core()->rmap->unmap_flush)
		core()->rmap->unmap_flush(true);
	else if (tlb_ubc()->writable)
		try_to_unmap_flush();
}

/*
 * No point as long as nothing was put off: what was put off in the table whose lock we hold was before we got it, and what is in
 * another one is for whoever gets that table's lock.
 */
void flush_tlb_batched_pending(struct mm_struct *mm)
{
	int batched = atomic_peek(&mm->tlb_flush_batched);

	if (core()->rmap->flush_batched_pending) {
		core()->rmap->flush_batched_pending(mm);
		return;
	}
	exec_touch(&mm->tlb_flush_batched, TOUCH_READ);
	exec_touch(&mm->tlb_flush_done, TOUCH_READ);
	if (batched == atomic_peek(&mm->tlb_flush_done) || defect(D_Z16))
		return;
	flush_tlb_mm(mm);
	/* What was put off during our flush may have been missed by it, and stays owed (until 5.17 it was forgotten, 5ee2fa2f0636). */
	atomic_set(&mm->tlb_flush_done, batched);
}

bool tlb_flush_put_off(unsigned cpu)
{
	bool owed = false;

	for (unsigned i = 0; i < machine->max_tasks; i++) {
		const struct tlbflush_unmap_batch *ubc = &core()->tlb_ubc[i];

		exec_touch(&ubc->cpumask, TOUCH_READ);
		owed |= peek(&ubc->flush_required) && peek(&ubc->cpumask) >> cpu % 64 & 1;
	}
	return owed;
}

/* ---- what others owe ---- */

void inc_tlb_flush_pending(struct mm_struct *mm)
{
	exec_touch(&mm->tlb_flush_pending, TOUCH_ADD);
	/* Before the first entry is changed: who finds it changed finds this, too. */
	__atomic_fetch_add(&mm->tlb_flush_pending.counter, 1, __ATOMIC_SEQ_CST);
}

void dec_tlb_flush_pending(struct mm_struct *mm)
{
	exec_touch(&mm->tlb_flush_pending, TOUCH_ADD);
	__atomic_fetch_sub(&mm->tlb_flush_pending.counter, 1, __ATOMIC_SEQ_CST);
}

bool mm_tlb_flush_pending(const struct mm_struct *mm)
{
	exec_touch(&mm->tlb_flush_pending, TOUCH_READ);
	return atomic_peek(&mm->tlb_flush_pending);
}

bool mm_tlb_flush_nested(const struct mm_struct *mm)
{
	exec_touch(&mm->tlb_flush_pending, TOUCH_READ);
	return atomic_peek(&mm->tlb_flush_pending) > 1;
}
