/* SPDX-License-Identifier: GPL-2.0-only */
/* The names that statements use: see slots.h. */
#include "scn/slots.h"

const size_t scn_use_offset[SCN_NR_USES] = {
	offsetof(struct scn_stmt, subject), offsetof(struct scn_stmt, name), offsetof(struct scn_stmt, area),
	offsetof(struct scn_stmt, lock),    offsetof(struct scn_stmt, file), offsetof(struct scn_stmt, memcg),
};

bool scn_uses_other(const struct scn_stmt *s, const struct scn_slots *set)
{
	for (unsigned i = 0; i < SCN_NR_USES; i++)
		if (scn_slots_lack(set, *scn_use((struct scn_stmt *)s, i)))
			return true;
	return false;
}
