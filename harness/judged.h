/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Findings that ended no execution, or no campaign: each signature once, with where it was first and how often. Plain data of fixed size,
 * because it is collected in worker processes and read by their parent.
 *
 * Concurrency: a list belongs to one caller.
 */
#ifndef HARNESS_JUDGED_H
#define HARNESS_JUDGED_H

#include "session.h"

#define MAX_JUDGED 48

struct judged_report {
	struct finding finding;		/* the first one; it follows another one if that was seen to be so at this place */
	u64 first;			/* number of the execution */
	u64 executions;			/* in which it was made */
	u64 last;			/* while collecting: the execution that was counted last */
};

struct judged {
	u32 nr;
	u32 lost;			/* kinds for which there was no room */
	struct judged_report report[MAX_JUDGED];
};

void judged_add(struct judged *j, const struct finding *f, u64 execution);

/* from is of later executions. */
void judged_merge(struct judged *j, const struct judged *from);

const struct judged_report *judged_find(const struct judged *j, const char *signature);

#endif
