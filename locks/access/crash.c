/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the model crashed: see san_crash_site() in sanitize.h. In other flavours all that is known is the last point before. */
#if defined(FLAVOUR_ACCESS)
#define _GNU_SOURCE
#endif
#include "types.h"

#if defined(FLAVOUR_ACCESS)
#include <ucontext.h>

#include "access/where.h"
#include "sanitize.h"

const struct site *san_crash_site(const void *context)
{
	const ucontext_t *u = context;
	const struct site *site;
	u64 pc;

#if defined(__x86_64__)
	pc = (u64)u->uc_mcontext.gregs[REG_RIP];
#else
	pc = u->uc_mcontext.pc;
#endif
	site = where_site((const void *)(pc + 1));	/* not a return address */
	return site->line ? site : NULL;
}
#endif
