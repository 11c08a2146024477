/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What lasts for more than a step, and who of it is drawn in which row: locks that are held, read sections, grace periods. No one but
 * the tracer includes this.
 *
 * Concurrency: see tracer.h.
 */
#ifndef HARNESS_TRACE_SPAN_H
#define HARNESS_TRACE_SPAN_H

#include "trace/words.h"

enum span_kind { SPAN_HOLD, SPAN_SECTION, SPAN_SYNCHRONIZE, SPAN_CALLBACK };

struct span {
	u64 since;			/* step in which it began */
	u32 row;
	u8 kind;			/* enum span_kind */
	u8 mode;			/* of a hold: enum lock_mode */
	u8 arg;				/* of a hold: as in struct op */
	u8 class;
	const struct task *task;	/* whose it is */
	const void *obj;		/* the lock, the domain of SRCU, or the head of the callback */
	char name[NAME_LEN];		/* of that */
	char place[PLACE_LEN];		/* where it began */
};

/* A row: at most one span at a time is in it. Several have one name if they are needed. */
struct row {
	u32 hash;
	u8 pid, busy;
	char name[2 * NAME_LEN];
};

struct spans {
	struct span *span;		/* those that have not ended, in the order of their beginning */
	struct row *row;
	u32 nr, cap, nr_rows, cap_rows;
};

void spans_free(struct spans *s);

/* Add a span with a row of that name; *fresh: the row is a new one. The pointer is good until the next call. */
struct span *span_begin(struct spans *s, unsigned pid, const char *row_name, bool *fresh);
void span_end(struct spans *s, struct span *span);

/* The latest one of its kind, or NULL. obj and task NULL, arg negative: any. */
struct span *span_find(const struct spans *s, enum span_kind kind, const struct task *t, const void *obj, int arg);

#endif
