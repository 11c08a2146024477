/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Software TLBs, of CPUs and of devices, and the hardware walker.
 *
 * A CPU goes on using a translation until it is flushed from that CPU or evicted. The walker reads directory and entry, and
 * sets the accessed and dirty bits, as one step that takes no lock of the kernel's; under real threads that step is guarded by
 * the CPU's own word, which every flush takes: so a table that was unlinked before the flush is safe to free after it.
 *
 * This is hardware: what it does to memory is no access of the kernel's, and no race with one. The Makefile compiles this file
 * without ThreadSanitizer's instrumentation.
 */
#include "defects.h"
#include "huge.h"
#include "inner.h"
#include "mmu_notifier.h"
#include "sva.h"
#include "thrash.h"

/* Addresses of one access, as the hardware sees them. */
struct walk {
	struct mm_struct *mm;
	unsigned long addr;
	bool write;
};

static struct cpu *this_cpu(void)
{
	return &core()->cpu[current->cpu % core()->nr_cpus];
}

static void tlb_lock(struct tlb *tlb)
{
	if (machine->executor == EXEC_REAL)
		inner_lock(&tlb->word);
}

static void tlb_unlock(struct tlb *tlb)
{
	if (machine->executor == EXEC_REAL)
		inner_unlock(&tlb->word);
}

static struct tlb_entry *tlb_find(struct tlb *tlb, const struct mm_struct *mm, unsigned long addr)
{
	for (unsigned i = 0; i < TLB_ENTRIES; i++)
		if (tlb->entry[i].mm == mm && tlb_in(&tlb->entry[i], addr, addr + 1))
			return &tlb->entry[i];
	return NULL;
}

static bool tlb_has(const struct tlb *tlb, const struct mm_struct *mm, unsigned long start, unsigned long end)
{
	exec_touch_part(mm, tlb->part, TOUCH_READ);
	for (unsigned i = 0; i < TLB_ENTRIES; i++)
		if (tlb->entry[i].mm == mm && tlb_in(&tlb->entry[i], start, end))
			return true;
	return false;
}

/* A translation comes or goes. */
static void touch_entry(const struct tlb *tlb, const struct tlb_entry *e)
{
	exec_touch(tlb->entry, TOUCH_ADD);
	exec_touch_part(e->mm, tlb->part, TOUCH_WRITE);
	for (unsigned i = 0; i < (e->huge ? HPAGE_PMD_NR : 1); i++)
		exec_touch_part(pfn_to_page(e->pfn + i), PAGE_MAPPERS, TOUCH_ADD);
}

static void entry_drop(const struct tlb *tlb, struct tlb_entry *e)
{
	if (e->mm)
		touch_entry(tlb, e);
	e->mm = NULL;
}

/* mm NULL: of every mm. What is there to be dropped then is read with the step. */
static void tlb_drop(struct tlb *tlb, const struct mm_struct *mm, unsigned long start, unsigned long end)
{
	if (!mm)
		exec_touch(tlb->entry, TOUCH_READ);
	for (unsigned i = 0; i < TLB_ENTRIES; i++) {
		struct tlb_entry *e = &tlb->entry[i];

		if ((!mm || e->mm == mm) && tlb_in(e, start, end))
			entry_drop(tlb, e);
	}
}

/* Has the mm run there, and would an interrupt have to wait? Then somebody may be looking at its page tables. */
static bool looks_at_tables(const struct cpu *cpu, const struct mm_struct *mm)
{
	unsigned n = (unsigned)(cpu - core()->cpu);

	if (!irqs_are_off(cpu))
		return false;
	exec_touch_part(mm, MM_RUNS + n, TOUCH_READ);
	return __atomic_load_n(&mm->cpu_bitmap, __ATOMIC_SEQ_CST) >> n % 64 & 1;
}

/* Real threads: until that CPU takes interrupts. It holds nothing that could make it wait for us. */
static void wait_for_irqs(const struct cpu *cpu)
{
	while (irqs_are_off(cpu))
		cpu_relax();
}

/* One CPU is interrupted, and drops what it has of that range of the mm. The step waits until it has interrupts on. */
static void shoot_down(struct cpu *cpu, const struct mm_struct *mm, unsigned long start, unsigned long end, const struct site *site)
{
	exec_point_at(OP_TLB_FLUSH, cpu, site);
	ipi_answered(cpu);
	if (machine->executor == EXEC_REAL)
		wait_for_irqs(cpu);
	tlb_lock(&cpu->tlb);
	tlb_drop(&cpu->tlb, mm, start, end);
	tlb_unlock(&cpu->tlb);
}

/*
 * Each CPU is a step of its own: the others go on with their old translations meanwhile. A CPU without such translations is left alone,
 * unless it has interrupts off.
 */
static void flush_cpus(struct mm_struct *mm, unsigned long start, unsigned long end, const struct site *site)
{
	/* As inc_mm_tlb_gen() is: who has no translation now must find entries as they are after the change. */
	smp_mb();
	ipi_may_wait(site);
	for (unsigned i = 0; i < core()->nr_cpus; i++) {
		struct cpu *cpu = &core()->cpu[i];

		if (machine->executor == EXEC_REAL || tlb_has(&cpu->tlb, mm, start, end) || looks_at_tables(cpu, mm))
			shoot_down(cpu, mm, start, end, site);
	}
}

void flush_tlb_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	flush_cpus(mm, start, end, HERE);
	mmu_notifier_invalidate_range(mm, start, end);
}

void flush_tlb_range_defect(struct mm_struct *mm, unsigned long start, unsigned long end, unsigned untold)
{
	flush_cpus(mm, start, end, HERE);
	if (!defect(untold))
		mmu_notifier_invalidate_range(mm, start, end);
}

static bool tlb_has_any(const struct tlb *tlb)
{
	exec_touch(tlb->entry, TOUCH_READ);
	for (unsigned i = 0; i < TLB_ENTRIES; i++)
		if (tlb->entry[i].mm)
			return true;
	return false;
}

void flush_tlb_cpus(u64 cpus)
{
	ipi_may_wait(HERE);
	for (unsigned i = 0; i < core()->nr_cpus; i++) {
		struct cpu *cpu = &core()->cpu[i];

		if (cpus >> i % 64 & 1 && (machine->executor == EXEC_REAL || tlb_has_any(&cpu->tlb)))
			shoot_down(cpu, NULL, 0, TASK_SIZE, HERE);
	}
}

/* A thread of the mm runs on the CPU from now on: said before the first translation can come. */
static void mm_runs_on(struct mm_struct *mm, const struct cpu *cpu)
{
	unsigned n = (unsigned)(cpu - core()->cpu);
	u64 bit = 1ul << n % 64;

	exec_touch_part(mm, MM_RUNS + n, TOUCH_READ);
	if (__atomic_load_n(&mm->cpu_bitmap, __ATOMIC_RELAXED) & bit)
		return;
	exec_touch_part(mm, MM_RUNS + n, TOUCH_WRITE);
	__atomic_fetch_or(&mm->cpu_bitmap, bit, __ATOMIC_SEQ_CST);
}

void tlb_mm_runs_here(struct mm_struct *mm)
{
	mm_runs_on(mm, this_cpu());
}

u64 mm_cpumask(const struct mm_struct *mm)
{
	for (unsigned i = 0; i < core()->nr_cpus; i++)
		exec_touch_part(mm, MM_RUNS + i, TOUCH_READ);
	return __atomic_load_n(&mm->cpu_bitmap, __ATOMIC_SEQ_CST);
}

pte_t ptep_clear_flush(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
{
	pte_t old = ptep_get_and_clear(ptep);

	flush_tlb_page(mm, addr);
	return old;
}

bool ptep_test_and_clear_young(pte_t *ptep)
{
	exec_point(OP_RMW, ptep);
	return __atomic_fetch_and(&ptep->pte, ~PTE_ACCESSED, __ATOMIC_SEQ_CST) & PTE_ACCESSED;
}

/* An entry of a table or of the directory, whichever the walk ends at. */
typedef unsigned long __attribute__((may_alias)) hw_entry;

/* The entry for an address, without a point: NULL when there is no table. */
static hw_entry *hw_pte(const struct walk *w)
{
	hw_entry *pgd = (hw_entry *)pmd_offset(w->mm, w->addr);
	unsigned long word = __atomic_load_n(pgd, __ATOMIC_ACQUIRE);

	exec_touch(pgd, TOUCH_READ);
	if (unlikely(word & PMD_LEAF))
		return pgd;
	return word ? (hw_entry *)pte_offset((struct pgtable *)word, w->addr) : NULL;
}

static bool allows(const struct walk *w, pte_t pte)
{
	return pte_present(pte) && !pte_has(pte, PTE_PROTNONE) && (!w->write || pte_has(pte, PTE_WRITE));
}

/* Walk the tables and set the bits; false when the access faults. *pte is the entry as it is then. known: there was a translation. */
static bool hw_walk(const struct walk *w, bool known, pte_t *pte)
{
	unsigned long bits = PTE_ACCESSED | (w->write ? PTE_DIRTY : 0);
	hw_entry *entry = hw_pte(w);
	pte_t old, new;

	if (!entry)
		return false;
	old.pte = __atomic_load_n(entry, __ATOMIC_RELAXED);
	exec_touch(entry, TOUCH_READ);
	do {
		/* Where it is the kernel who sets them, on a trap that a translation without the dirty bit gives, he has to look, too. */
		if (!allows(w, old) && !(defect(D_DIRTY_ZAPPED) && known && pte_none(old)))
			return false;
		new = pte_with(old, bits);
	} while (!__atomic_compare_exchange_n(entry, &old.pte, new.pte, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	if (new.pte != old.pte)
		exec_touch(entry, TOUCH_WRITE);
	*pte = new;
	return allows(w, new);
}

/* Under its word: the translation of this access, filled if need be; NULL when it faults. */
static struct tlb_entry *translate(struct tlb *tlb, const struct walk *w)
{
	struct tlb_entry *e = tlb_find(tlb, w->mm, w->addr);
	pte_t pte;

	if (e && (!w->write || (e->writable && e->dirty)))
		return e;
	/* A first write through a clean translation walks again to set the dirty bit, and faults if the entry has changed. */
	if (!hw_walk(w, e, &pte)) {
		if (e)
			entry_drop(tlb, e);
		return NULL;
	}
	if (!e) {
		e = &tlb->entry[tlb->next];
		tlb->next = (tlb->next + 1) % TLB_ENTRIES;
	}
	entry_drop(tlb, e);
	*e = (struct tlb_entry){ w->mm, w->addr, pte_pfn(pte), pte_has(pte, PTE_WRITE), pte_has(pte, PTE_DIRTY), pte_has(pte, PTE_HUGE) };
	e->addr &= ~(tlb_size(e) - 1);
	touch_entry(tlb, e);
	return e;
}

static void transfer(const struct walk *w, unsigned long pfn, u64 *value)
{
	u64 *word = &core()->data[pfn];

	exec_touch(word, w->write ? TOUCH_WRITE : TOUCH_READ);
	if (w->write) {
		__atomic_store_n(word, *value, __ATOMIC_RELAXED);
		event(USER_STORE, .mm = w->mm, .addr = w->addr, .pfn = pfn, .value = *value);
	} else {
		*value = __atomic_load_n(word, __ATOMIC_RELAXED);
		event(USER_LOAD, .mm = w->mm, .addr = w->addr, .pfn = pfn, .value = *value);
	}
}

/* The step itself, under the TLB's word. */
static bool access_through(struct tlb *tlb, const struct walk *w, u64 *value)
{
	struct tlb_entry *e;

	if (tlb_has(tlb, w->mm, w->addr, w->addr + 1) && exec_choose(CHOICE_TLB_EVICT, 2))
		tlb_drop(tlb, w->mm, w->addr, w->addr + 1);
	e = translate(tlb, w);
	if (e)
		transfer(w, e->pfn + ((w->addr - e->addr) >> PAGE_SHIFT), value);
	return e;
}

/* One try of the access: a single step. False when it faults. */
static bool hw_access(const struct walk *w, u64 *value)
{
	struct cpu *cpu = this_cpu();
	bool done;

	exec_point(w->write ? OP_USER_STORE : OP_USER_LOAD, hw_pte(w));
	tlb_lock(&cpu->tlb);
	mm_runs_on(w->mm, cpu);
	done = access_through(&cpu->tlb, w, value);
	tlb_unlock(&cpu->tlb);
	return done;
}

int user_access(struct mm_struct *mm, unsigned long addr, bool write, u64 *value)
{
	const struct walk w = { mm, addr & ~(PAGE_SIZE - 1), write };
	int err;

	RUNS_IN(mm);
	if (addr >= TASK_SIZE)
		return -EFAULT;		/* no table can map it */
	while (!hw_access(&w, value)) {
		err = do_user_addr_fault(mm, addr, write);
		if (err)
			return err;
	}
	return 0;
}

/* ---- TLBs of devices ---- */

void device_tlb_flush(struct tlb *tlb, const struct mm_struct *mm, unsigned long start, unsigned long end)
{
	if (machine->executor != EXEC_REAL && !tlb_has(tlb, mm, start, end))
		return;
	exec_point(OP_RMW, tlb);
	tlb_lock(tlb);
	tlb_drop(tlb, mm, start, end);
	tlb_unlock(tlb);
}

void device_tlb_off(struct tlb *tlb, const struct mm_struct *mm)
{
	exec_point(OP_RMW, tlb);
	tlb_lock(tlb);
	exec_touch_part(mm, tlb->part, TOUCH_WRITE);
	tlb->off = 1;
	tlb_drop(tlb, mm, 0, TASK_SIZE);
	tlb_unlock(tlb);
}

enum device_access device_tlb_access(struct tlb *tlb, struct mm_struct *mm, unsigned long addr, bool write, u64 *value)
{
	const struct walk w = { mm, addr, write };
	enum device_access came = DEVICE_OFF;

	exec_point(write ? OP_USER_STORE : OP_USER_LOAD, hw_pte(&w));
	tlb_lock(tlb);
	exec_touch_part(mm, tlb->part, TOUCH_READ);
	if (!tlb->off)
		came = access_through(tlb, &w, value) ? DEVICE_DONE : DEVICE_FAULT;
	tlb_unlock(tlb);
	return came;
}
