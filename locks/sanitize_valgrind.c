/* SPDX-License-Identifier: GPL-2.0-only */
/* Errors that Valgrind's tools have counted become violations; see sanitize.h. */
#include "sanitize.h"

#if defined(FLAVOUR_VALGRIND)
#include <stdio.h>

#include "machine.h"

static unsigned known_errors;		/* [atomic] of this process */

void san_quiet(void)
{
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
	violation_at(ORACLE_LIFETIME, key, site, "Valgrind reports an error before this point; its own text is on standard error");
}

void san_report_pending(void)
{
	san_report_anybodys();
}
#endif
