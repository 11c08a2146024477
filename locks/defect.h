/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Switchable defects: a defect is the smallest change of right code that a kernel developer really made.
 *
 * Each layer has one table of rows; the code asks defect(D_...) at the place of the change. Off, that costs a load and a
 * predicted branch. They are switched on before tasks run, never while they do.
 */
#ifndef LOCKS_DEFECT_H
#define LOCKS_DEFECT_H

#include "machine.h"

#define MAX_DEFECTS (DEFECT_WORDS * 64)

enum defect_kind { DEFECT_HISTORICAL, DEFECT_RULE, DEFECT_CANARY };

struct defect_row {
	const char *name;
	enum defect_kind kind;
	const char *provider;		/* NULL: any */
	const char *commit;		/* of the fix; NULL: none known */
	const char *cve;
	const char *about;		/* one line */
	const char *scenario;		/* that tells its story, or of its family, one for each provider if need be; NULL: any will do */
	const char *seen_by;		/* the flavours that can see it, and the option that it takes; NULL: all of them */
	u32 needs;			/* bit set of what has to be there for it: the layer says what its bits mean */
};

/* A set of them. */
static inline bool defect_in(const u64 set[DEFECT_WORDS], unsigned id)
{
	return set[id / 64] >> (id % 64) & 1;
}

static inline void defect_add(u64 set[DEFECT_WORDS], unsigned id)
{
	set[id / 64] |= 1ul << (id % 64);
}

static inline bool defect(unsigned id)
{
	return unlikely(defect_in(machine->defects, id));
}

static inline void defect_switch_on(unsigned id)
{
	defect_add(machine->defects, id);
}

#endif
