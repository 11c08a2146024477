/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One sequence of operations on the model and on the running kernel: the kernel is right.
 *
 * A sequence is a scenario with one thread. The model carries it out first, all of it, in the ordinary order; then real
 * processes do what it did, operation by operation, up to the first one of which something else comes.
 *
 * Concurrency: as session.h and host.h.
 */
#ifndef HARNESS_HOST_CONFORM_H
#define HARNESS_HOST_CONFORM_H

#include "host/host.h"
#include "scn/ops.h"
#include "session.h"

struct conform_config {
	const struct rmap_ops *provider;
	u64 defects[DEFECT_WORDS];
	const struct lockdoc *locking;	/* NULL: the one that is built in */
};

/* Of one operation: how often it was compared, by what came of it, and how often it was not. Plain data. */
struct conform_count {
	u64 values, segvs, results;	/* compared: a value that was read, a segv, any other result */
	u64 left;			/* carried out by the model alone, or its result left out */
};

struct conform_counts {
	u64 sequences, agree;
	struct conform_count op[SOP_NR];
};

static inline u64 conform_compared(const struct conform_count *c)
{
	return c->values + c->segvs + c->results;
}

void conform_add(struct conform_counts *to, const struct conform_counts *from);

enum conform_end {
	CONFORM_AGREES,
	CONFORM_DIFFERS,
	CONFORM_FAILED,			/* nothing can be said: difference.text says why */
};

/* The first outcome that differs. Plain data. */
struct difference {
	char key[160];			/* the same for differences of one kind: "read: the model 1, Linux 2" without the numbers */
	char text[400];			/* one line */
	int line;			/* of the statement, in the scenario's text; 0: the model broke by itself */
	struct scn_value host;		/* what the kernel said; SCN_NOTHING if the language has no word for it */
};

enum conform_end conform(struct host *h, const struct conform_config *config, const struct scenario *scn,
			 struct conform_counts *counts, struct difference *d);

/* Bytes of the window that conform() needs. */
size_t conform_window(void);

/*
 * smaller.c: the smallest scenario that differs in the same way, as far as cutting gets, with an outcome that says what the kernel
 * does where that can be said: explored, it is a finding until the model does so, too. NULL when scn does not differ again.
 * *d becomes that of the result. Whoever calls frees it.
 */
struct scenario *conform_smaller(struct host *h, const struct conform_config *config, const struct scenario *scn,
				 struct difference *d);

#endif
