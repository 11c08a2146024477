/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What Valgrind's tools are told, and their errors on the way to a violation; see sanitize.h.
 *
 * Helgrind and DRD run on real threads only: a switch of stacks in one OS thread is nothing that they know. Locks are told as
 * order; whether locks are used well is the validator's business.
 */
#include "sanitize.h"

#if defined(FLAVOUR_VALGRIND)
#include <stdio.h>

#include "machine.h"
#include "sanitize_valgrind.h"

static void nothing(const volatile void *name)
{
	(void)name;
}

static void nothing_sized(const volatile void *addr, unsigned long size)
{
	(void)addr;
	(void)size;
}

static const struct thread_checker none = { nothing, nothing, nothing_sized, nothing_sized, NULL };
static const struct thread_checker *checker = &none;	/* [const after san_quiet()] */
static unsigned known_errors;		/* [atomic] of this process */

/* ---- order ---- */

void hb_acquire(const volatile void *addr)
{
	checker->after(addr);
}

void hb_release(const volatile void *addr)
{
	checker->before(addr);
}

/* ---- what is looked at ---- */

void san_watch(const void *addr, size_t size)
{
	checker->watch(addr, size);
}

void san_unwatch(const volatile void *addr, size_t size)
{
	checker->unwatch(addr, size);
}

void san_marked_before(const volatile void *addr, unsigned long size, int order)
{
	checker->unwatch(addr, size);
	if (order != __ATOMIC_RELAXED && order != __ATOMIC_ACQUIRE)
		checker->before(addr);
}

void san_marked_after(const volatile void *addr, int order)
{
	if (order != __ATOMIC_RELAXED && order != __ATOMIC_RELEASE)
		checker->after(addr);
}

/* ---- reports ---- */

void san_quiet(void)
{
	static const struct thread_checker *const all[] = { &helgrind_checker, &drd_checker };

	for (unsigned i = 0; i < ARRAY_SIZE(all) && checker == &none; i++)
		if (all[i]->here())
			checker = all[i];
	__atomic_store_n(&known_errors, VALGRIND_COUNT_ERRORS, __ATOMIC_RELAXED);
}

bool san_errors_are_new(void)
{
	return VALGRIND_COUNT_ERRORS > __atomic_load_n(&known_errors, __ATOMIC_RELAXED);
}

void san_report_anybodys(void)
{
	const struct site *site = current ? current->op.site : NULL;
	char key[96];

	if (!san_errors_are_new())
		return;
	san_quiet();
	snprintf(key, sizeof(key), "valgrind:%s", site ? site->func : "check");
	violation_at(checker == &none ? ORACLE_LIFETIME : ORACLE_RACE, key, site,
		     "Valgrind reports an error before this point; its own text is on standard error");
}

void san_report_pending(void)
{
	san_report_anybodys();
}
#endif
