/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A draft: a scenario that is being made or changed. What comes of it is text, and the text is parsed like anybody else's.
 *
 * A draft is a struct scenario that nobody runs. Until it is finished it need not obey anything but its arrays.
 *
 * Concurrency: a draft belongs to one caller.
 */
#ifndef HARNESS_FUZZ_DRAFT_H
#define HARNESS_FUZZ_DRAFT_H

#include <stdbool.h>

#include "scn/ops.h"
#include "scn/scenario.h"
#include "scn/slots.h"
#include "types.h"

#define DRAFT_THREADS 6u		/* more make every schedule long and no race likelier */
#define DRAFT_STATEMENTS 28u		/* in one body */
#define DRAFT_MMS 16u			/* names of address spaces: the content oracle tracks so many at once */
#define DRAFT_ROUNDS 12			/* of a repeated group */

/* Bodies have numbers: setup, finally, and then the threads. */
enum { DRAFT_SETUP, DRAFT_FINALLY, DRAFT_THREAD };

static inline unsigned draft_bodies(const struct scenario *d)
{
	return DRAFT_THREAD + d->nr_threads;
}

/* Empty, without threads. */
struct scenario *draft_new(void);

struct scn_body *draft_body(struct scenario *d, unsigned body);
/* Another thread, or NULL when there are enough. */
struct scn_body *draft_thread(struct scenario *d);

/* The slot of that name, made if there is none; -1: no more names, or a name of another kind. */
int draft_name(struct scenario *d, const char *text, enum scn_kind kind);
/* A name of that kind that no statement has. */
int draft_fresh(struct scenario *d, enum scn_kind kind);

/* A statement without operands. */
struct scn_stmt draft_stmt(unsigned op);
void draft_insert(struct scn_body *b, unsigned at, const struct scn_stmt *s);
void draft_remove(struct scn_body *b, unsigned first, unsigned count);
/*
 * The other end of each group, after statements came or went. Ends without a beginning and beginnings without an end go, and so do
 * groups in groups: they make executions long and no race likelier.
 */
void draft_groups(struct scn_body *b);

/* Statements that bind the slot. */
unsigned draft_binders(const struct scenario *d, int slot);
/* Is it a statement with operands, not the edge of a group? */
static inline bool draft_is_op(const struct scn_stmt *s)
{
	return s->op < SCN_REPEAT;
}

/* Has it all the operands that its operation wants? */
bool draft_complete(const struct scn_stmt *s);

#define DRAFT_MAX_NAMES 64		/* in a draft: a set of them is a word */

/* Does the statement use a name that is not in this set of slots? */
static inline bool draft_uses_other(const struct scn_stmt *s, u64 known)
{
	const struct scn_slots set = { { known } };

	return scn_uses_other(s, &set);
}

/* Who descends from whom. Of a name that is bound twice, the first binding counts. */
struct family {
	u64 mms, areas, locks, files, memcgs, guests, devices;	/* bit sets of slots */
	u64 hugetlb;			/* those files that are hugetlb's, and the areas that map them */
	u64 setup;			/* those that set-up binds */
	int8_t parent[DRAFT_MAX_NAMES];	/* of an mm, or -1 */
	u8 depth[DRAFT_MAX_NAMES];
	u8 children[DRAFT_MAX_NAMES];
	u8 pages[DRAFT_MAX_NAMES];	/* of an area */
};

void draft_family(const struct scenario *d, struct family *f);

/*
 * Make it obey the contracts (contract.h), give it a name that follows from what it says, print it, and parse what was printed.
 * Takes the draft over. That the parser refuses it is an error of this program.
 */
struct scenario *draft_finish(struct scenario *d);

#endif
