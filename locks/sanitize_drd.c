/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests to DRD: see sanitize_valgrind.h. */
#if defined(FLAVOUR_VALGRIND)
#include "sanitize_valgrind.h"

#include <valgrind/drd.h>

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
	ANNOTATE_BENIGN_RACE_SIZED(addr, size, "marked");
}

static void watch(const volatile void *addr, unsigned long size)
{
	VALGRIND_DO_CLIENT_REQUEST_STMT(VG_USERREQ__DRD_FINISH_SUPPRESSION, addr, size, 0, 0, 0);
	ANNOTATE_NEW_MEMORY(addr, size);
}

static _Bool here(void)
{
	return DRD_GET_VALGRIND_THREADID != 0;
}

const struct thread_checker drd_checker = { before, after, unwatch, watch, here };
#endif
