/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The software TLB and the hardware walker.
 *
 * A CPU goes on using a translation until it is flushed from that CPU or evicted. The walker reads directory and entry, and
 * sets the accessed and dirty bits, as one step that takes no lock of the kernel's; under real threads that step is guarded by
 * the CPU's own word, which every flush takes: so a table that was unlinked before the flush is safe to free after it.
 *
 * This is hardware: what it does to memory is no access of the kernel's, and no race with one. The Makefile compiles this file
 * without ThreadSanitizer's instrumentation.
 */
#include "inner.h"
#include "mm.h"

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

static struct tlb_entry *tlb_find(struct cpu *cpu, const struct mm_struct *mm, unsigned long addr)
{
	for (unsigned i = 0; i < TLB_ENTRIES; i++)
		if (cpu->tlb[i].mm == mm && tlb_in(&cpu->tlb[i], addr, addr + 1))
			return &cpu->tlb[i];
	return NULL;
}

static unsigned tlb_part(const struct cpu *cpu)
{
	return MM_TLB + (unsigned)(cpu - core()->cpu);
}

static bool tlb_has(struct cpu *cpu, const struct mm_struct *mm, unsigned long start, unsigned long end)
{
	exec_touch_part(mm, tlb_part(cpu), TOUCH_READ);
	for (unsigned i = 0; i < TLB_ENTRIES; i++)
		if (cpu->tlb[i].mm == mm && tlb_in(&cpu->tlb[i], start, end))
			return true;
	return false;
}

/* A translation comes or goes. */
static void touch_entry(const struct cpu *cpu, const struct tlb_entry *e)
{
	exec_touch(cpu->tlb, TOUCH_ADD);
	exec_touch_part(e->mm, tlb_part(cpu), TOUCH_WRITE);
	for (unsigned i = 0; i < (e->huge ? HPAGE_PMD_NR : 1); i++)
		exec_touch_part(pfn_to_page(e->pfn + i), PAGE_MAPPERS, TOUCH_ADD);
}

static void entry_drop(const struct cpu *cpu, struct tlb_entry *e)
{
	if (e->mm)
		touch_entry(cpu, e);
	e->mm = NULL;
}

/* mm NULL: of every mm. What is there to be dropped then is read with the step. */
static void tlb_drop(struct cpu *cpu, const struct mm_struct *mm, unsigned long start, unsigned long end)
{
	if (!mm)
		exec_touch(cpu->tlb, TOUCH_READ);
	for (unsigned i = 0; i < TLB_ENTRIES; i++) {
		struct tlb_entry *e = &cpu->tlb[i];

		if ((!mm || e->mm == mm) && tlb_in(e, start, end))
			entry_drop(cpu, e);
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
	bool real = machine->executor == EXEC_REAL;

	exec_point_at(OP_TLB_FLUSH, cpu, site);
	ipi_answered(cpu);
	if (real) {
		wait_for_irqs(cpu);
		inner_lock(&cpu->word);
	}
	tlb_drop(cpu, mm, start, end);
	if (real)
		inner_unlock(&cpu->word);
}

/*
 * Each CPU is a step of its own: the others go on with their old translations meanwhile. A CPU without such translations is left alone,
 * unless it has interrupts off.
 */
void flush_tlb_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	ipi_may_wait(HERE);
	for (unsigned i = 0; i < core()->nr_cpus; i++) {
		struct cpu *cpu = &core()->cpu[i];

		if (machine->executor == EXEC_REAL || tlb_has(cpu, mm, start, end) || looks_at_tables(cpu, mm))
			shoot_down(cpu, mm, start, end, HERE);
	}
}

static bool tlb_has_any(const struct cpu *cpu)
{
	exec_touch(cpu->tlb, TOUCH_READ);
	for (unsigned i = 0; i < TLB_ENTRIES; i++)
		if (cpu->tlb[i].mm)
			return true;
	return false;
}

void flush_tlb_cpus(u64 cpus)
{
	ipi_may_wait(HERE);
	for (unsigned i = 0; i < core()->nr_cpus; i++) {
		struct cpu *cpu = &core()->cpu[i];

		if (cpus >> i % 64 & 1 && (machine->executor == EXEC_REAL || tlb_has_any(cpu)))
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
	hw_entry *pgd = (hw_entry *)&w->mm->pgd[(w->addr >> PAGE_SHIFT) / PTRS_PER_PTE];
	unsigned long word = __atomic_load_n(pgd, __ATOMIC_ACQUIRE);

	exec_touch(pgd, TOUCH_READ);
	if (unlikely(word & PTE_PRESENT))
		return pgd;
	return word ? (hw_entry *)pte_offset((struct pgtable *)word, w->addr) : NULL;
}

/* Walk the tables and set the bits; false when the access faults. *pte is the entry as it is then. */
static bool hw_walk(const struct walk *w, pte_t *pte)
{
	unsigned long bits = PTE_ACCESSED | (w->write ? PTE_DIRTY : 0);
	hw_entry *entry = hw_pte(w);
	pte_t old, new;

	if (!entry)
		return false;
	old.pte = __atomic_load_n(entry, __ATOMIC_RELAXED);
	exec_touch(entry, TOUCH_READ);
	do {
		if (!pte_present(old) || pte_has(old, PTE_PROTNONE) || (w->write && !pte_has(old, PTE_WRITE)))
			return false;
		new = pte_with(old, bits);
	} while (!__atomic_compare_exchange_n(entry, &old.pte, new.pte, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	if (new.pte != old.pte)
		exec_touch(entry, TOUCH_WRITE);
	*pte = new;
	return true;
}

/* Under cpu->word: the translation of this access, filled if need be; NULL when it faults. */
static struct tlb_entry *translate(struct cpu *cpu, const struct walk *w)
{
	struct tlb_entry *e = tlb_find(cpu, w->mm, w->addr);
	pte_t pte;

	if (e && (!w->write || (e->writable && e->dirty)))
		return e;
	/* A first write through a clean translation walks again to set the dirty bit, and faults if the entry has changed. */
	if (!hw_walk(w, &pte)) {
		if (e)
			entry_drop(cpu, e);
		return NULL;
	}
	if (!e) {
		e = &cpu->tlb[cpu->next];
		cpu->next = (cpu->next + 1) % TLB_ENTRIES;
	}
	entry_drop(cpu, e);
	*e = (struct tlb_entry){ w->mm, w->addr, pte_pfn(pte), pte_has(pte, PTE_WRITE), pte_has(pte, PTE_DIRTY), pte_has(pte, PTE_HUGE) };
	e->addr &= ~(tlb_size(e) - 1);
	touch_entry(cpu, e);
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

/* One try of the access: a single step. False when it faults. */
static bool hw_access(const struct walk *w, u64 *value)
{
	bool real = machine->executor == EXEC_REAL;
	struct cpu *cpu = this_cpu();
	struct tlb_entry *e;

	exec_point(w->write ? OP_USER_STORE : OP_USER_LOAD, hw_pte(w));
	if (real)
		inner_lock(&cpu->word);
	mm_runs_on(w->mm, cpu);
	if (tlb_has(cpu, w->mm, w->addr, w->addr + 1) && exec_choose(CHOICE_TLB_EVICT, 2))
		tlb_drop(cpu, w->mm, w->addr, w->addr + 1);
	e = translate(cpu, w);
	if (e)
		transfer(w, e->pfn + ((w->addr - e->addr) >> PAGE_SHIFT), value);
	if (real)
		inner_unlock(&cpu->word);
	return e;
}

int user_access(struct mm_struct *mm, unsigned long addr, bool write, u64 *value)
{
	const struct walk w = { mm, addr & ~(PAGE_SIZE - 1), write };
	int err;

	if (addr >= TASK_SIZE)
		return -EFAULT;		/* no table can map it */
	while (!hw_access(&w, value)) {
		err = handle_mm_fault(mm, addr, write);
		if (err)
			return err;
	}
	return 0;
}
