/* SPDX-License-Identifier: GPL-2.0-only */
/* See irq.h. */
#include "irq.h"

#include "machine.h"
#include "sanitize.h"

void irq_init(unsigned class, void *cpus, size_t size, unsigned nr)
{
	machine->irq = (struct irq_state){ class, nr, cpus, size };
}

static u32 *irqs_of(const struct task *t)
{
	const struct irq_state *irq = &machine->irq;

	return (u32 *)(irq->cpus + (size_t)(t->cpu % irq->nr) * irq->size);
}

void local_irq_disable_at(const struct site *site)
{
	u32 *off = irqs_of(current);

	/* Nobody is waited for here: so it orders nothing that it is done under a lock. */
	lockdep_acquired(NULL, machine->irq.class, LOCK_READ, true, site);
	exec_touch(off, TOUCH_WRITE);
	/* Before the first look at what it keeps. Who has changed that looks here next. */
	__atomic_fetch_add(off, 1, __ATOMIC_SEQ_CST);
}

void local_irq_enable(void)
{
	u32 *off = irqs_of(current);

	exec_touch(off, TOUCH_WRITE);
	hb_release(off);
	__atomic_fetch_sub(off, 1, __ATOMIC_SEQ_CST);
	lockdep_map_release(machine->irq.class);
}

void ipi_may_wait(const struct site *site)
{
	lockdep_wait(NULL, machine->irq.class, LOCK_WRITE, site);
}

bool irqs_are_off(const void *cpu)
{
	exec_touch(cpu, TOUCH_READ);
	if (cpu != irqs_of(current) && __atomic_load_n((const u32 *)cpu, __ATOMIC_SEQ_CST))
		return true;
	ipi_answered(cpu);
	return false;
}

void ipi_answered(const void *cpu)
{
	hb_acquire(cpu);
}

bool ipi_is_taken(const struct task *t)
{
	return t->op.obj == irqs_of(t) || !__atomic_load_n((const u32 *)t->op.obj, __ATOMIC_SEQ_CST);
}

bool irqs_off_by(const struct task *t, const void *cpu)
{
	if (irqs_of(t) != cpu)
		return false;
	for (unsigned i = 0; i < t->depth; i++)
		if (t->held[i].class == machine->irq.class)
			return true;
	return false;
}
