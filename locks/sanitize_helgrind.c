/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests to Helgrind: see sanitize_valgrind.h. */
#if defined(FLAVOUR_VALGRIND)
#include "sanitize_valgrind.h"

#include <valgrind/helgrind.h>

static void before(const volatile void *name)
{
	ANNOTATE_HAPPENS_BEFORE(name);
}

static void after(const volatile void *name)
{
	ANNOTATE_HAPPENS_AFTER(name);
}

static void unwatch(const volatile void *addr, unsigned long size)
{
	VALGRIND_HG_DISABLE_CHECKING(addr, size);
}

static void watch(const volatile void *addr, unsigned long size)
{
	VALGRIND_HG_ENABLE_CHECKING(addr, size);
	VALGRIND_HG_CLEAN_MEMORY(addr, size);
}

/* No other tool answers this one. */
static _Bool here(void)
{
	unsigned char byte = 0, bits = 0;

	return VALGRIND_HG_GET_ABITS(&byte, &bits, 1) == 1;
}

const struct thread_checker helgrind_checker = { before, after, unwatch, watch, here };
#endif
