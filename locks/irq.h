/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts of a CPU, as far as others wait for them: who flushes the TLB of another CPU interrupts it, and goes on only when that
 * has answered. As long as it has interrupts off it does not, and so whatever is freed after such a flush stays.
 *
 * To the validator it is a class that whoever has interrupts off holds, and that whoever interrupts others waits for: a lock that
 * is held over the second may not be waited for in the first.
 */
#ifndef LOCKS_IRQ_H
#define LOCKS_IRQ_H

#include "exec.h"

struct irq_state {
	u32 class;			/* [const after init] */
	u32 nr;				/* [const after init] */
	char *cpus;			/* [const after init] each begins with a u32: how many have its interrupts off [atomic] */
	size_t size;			/* [const after init] of each */
};

/* The machine has nr CPUs, each of which is size bytes from cpus on and begins with a u32. Set-up only. */
void irq_init(unsigned class, void *cpus, size_t size, unsigned nr);

/* Of the CPU of the current task. Nothing may sleep in between, and no CPU be interrupted. Do not nest. No point. */
void local_irq_disable_at(const struct site *site);
void local_irq_enable(void);
#define local_irq_disable() local_irq_disable_at(HERE)

/* The current task is about to interrupt CPUs and to wait for them: is it allowed to, with what it holds? */
void ipi_may_wait(const struct site *site);

/* Would a task that interrupts this CPU have to wait now? No point; said to who searches. */
bool irqs_are_off(const void *cpu);

/* The same of a pending operation whose object is a CPU, between steps; pure. A task does not wait for its own CPU. */
bool ipi_is_taken(const struct task *t);

/* It is taken: what was done there with interrupts off comes before what the current task does now. */
void ipi_answered(const void *cpu);

/* Has t the interrupts of that CPU off? For reports. */
bool irqs_off_by(const struct task *t, const void *cpu);

#endif
