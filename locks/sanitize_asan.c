/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What AddressSanitizer is told about stacks; see sanitize.h. What it is told about memory stands in slab.c and machine.c.
 *
 * State here belongs to the runtime, not to the machine: a snapshot must not take it back.
 */
#include "sanitize.h"

#if defined(FLAVOUR_ASAN)

void __sanitizer_start_switch_fiber(void **save, const void *bottom, size_t size);
void __sanitizer_finish_switch_fiber(void *save, const void **bottom_old, size_t *size_old);

static const void *main_bottom;
static size_t main_size;
static bool from_main;

void san_begin(u64 tasks)
{
	(void)tasks;
	from_main = true;
}

/* The frames that were abandoned leave their redzones behind. */
void san_end(u64 tasks, u64 abandoned)
{
	(void)abandoned;
	for (unsigned i = 0; i < FIBER_TASKS; i++)
		if (tasks >> i & 1)
			san_unpoison(fiber_stack(i), FIBER_STACK_SIZE);
}

void san_task_starts(void)
{
}

void san_switch(void **save, unsigned to)
{
	if (to == FIBER_MAIN)
		__sanitizer_start_switch_fiber(save, main_bottom, main_size);
	else
		__sanitizer_start_switch_fiber(save, fiber_stack(to), FIBER_STACK_SIZE);
}

/* The first switch away from main tells where main's stack is. */
void san_switched(void *save)
{
	const void *bottom;
	size_t size;

	__sanitizer_finish_switch_fiber(save, &bottom, &size);
	if (!from_main)
		return;
	from_main = false;
	main_bottom = bottom;
	main_size = size;
}
#endif
