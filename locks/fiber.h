/* SPDX-License-Identifier: GPL-2.0-only */
/* Switching stacks within one OS thread. For the controlled scheduler only. */
#ifndef LOCKS_FIBER_H
#define LOCKS_FIBER_H

#include "types.h"

#define FIBER_STACK_SIZE (128ul << 10)	/* usable; a guard page lies below */
#define FIBER_TASKS 16			/* bit sets of tasks are words, policies count on few */
#define FIBER_BOOT FIBER_TASKS		/* one stack more, on which an execution begins */

/* The lowest usable byte of stack n. Stacks are mapped once, at fixed addresses. */
void *fiber_stack(unsigned n);

/* Map stacks 0 .. n - 1 with their guard pages. Returns 0, or -1 with errno. */
int fiber_map_stacks(unsigned n);
/* Tell whoever watches the process that these are stacks; before the first switch. */
void fiber_announce_stacks(unsigned n);

/* A stack pointer that, when switched to, calls entry() on stack n. entry() must not return. */
void *fiber_prepare(unsigned n, void (*entry)(void));

/* Save this stack in *from and go on where to was saved. */
void fiber_switch(void **from, void *to);

#endif
