/* SPDX-License-Identifier: GPL-2.0-only */
/* The documented data rules against what many campaigns have seen. */
#ifndef HARNESS_MEMBERS_H
#define HARNESS_MEMBERS_H

#include "batch.h"
#include "datarules/datarules.h"

/*
 * One for each provider, and the batch's campaigns count into them; to be called before they run. NULL when no rules are
 * documented, or this flavour sees no accesses.
 */
struct datarules *members_watch(struct batch *b, const struct settings *s);
void members_free(struct datarules *d, unsigned nr);

/* Judge them and print what comes of it. whole: all scenarios took part. Returns an exit status. */
int members_tell(const struct options *o, struct datarules *d, unsigned nr, bool whole);

#endif
