/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names that statements use, by slot: where a statement has them, and sets of them.
 *
 * Concurrency: functions of their arguments only.
 */
#ifndef HARNESS_SCN_SLOTS_H
#define HARNESS_SCN_SLOTS_H

#include "scn/scenario.h"

#include <stdbool.h>

/* Where a statement has the slots of the names that it uses (-1: it has no such operand). What it binds is no use. */
#define SCN_NR_USES 6
extern const size_t scn_use_offset[SCN_NR_USES];

static inline int16_t *scn_use(struct scn_stmt *s, unsigned i)
{
	return (int16_t *)((char *)s + scn_use_offset[i]);
}

#define SCN_SLOT_WORDS ((SCN_MAX_NAMES + 63) / 64)

struct scn_slots {
	uint64_t word[SCN_SLOT_WORDS];
};

static inline void scn_slots_add(struct scn_slots *set, int slot)
{
	set->word[slot / 64] |= UINT64_C(1) << slot % 64;
}

/* Is it a slot, and not in the set? */
static inline bool scn_slots_lack(const struct scn_slots *set, int slot)
{
	return slot >= 0 && !(set->word[slot / 64] >> slot % 64 & 1);
}

/* Does it use a name that is not in the set? Not the edge of a group, which uses none. */
bool scn_uses_other(const struct scn_stmt *s, const struct scn_slots *set);

#endif
