/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each operation of the scenario language is on a real kernel, and what of its outcome is compared: one row each.
 *
 * An operation that a program cannot see the outcome of (walks of the reverse map, the order in which pages are reclaimed) is
 * left out of the comparison, not faked: it is carried out on the model alone, and may not change what programs do see. An
 * operation without a row has no place in a comparison at all.
 *
 * An operation that comes to the language comes here as a row of action.c and a function that fills in its system call. The
 * range of its area operand is world_op.start and .len, that of an area which it binds .made_start and .made_len, what else it
 * says is in .s; addresses that the model chose are asked for with MAP_FIXED_NOREPLACE or MREMAP_FIXED. Rules to keep in mind:
 * out of memory is a rule of calls that go over holes (mprotect, mlock, msync), and no shortage; a file is a descriptor, which
 * has to be made in process 0 before anybody who maps it is born; where Linux leaves the content open (after MADV_FREE a page
 * reads old or zero), nothing can be compared, and the statement does not fit.
 *
 * Concurrency: constant data and functions of their arguments.
 */
#ifndef HARNESS_HOST_ACTION_H
#define HARNESS_HOST_ACTION_H

#include "host/host.h"
#include "world.h"

enum host_part {
	HOST_UNKNOWN,		/* no row: it cannot be part of a comparison */
	HOST_UNSEEN,		/* by programs: on the model alone */
	HOST_QUIET,		/* carried out, but what comes of it is not compared */
	HOST_COMPARED,
};

struct host_action {
	enum host_part part;
	/* The call that it is: all addresses are offsets from window. Whoever makes an address space: .child is filled in later. */
	void (*call)(const struct world_op *op, unsigned long window, struct host_call *call);
	/* Out of memory is what came of the model's few frames, not of its rules: the operation did nothing, and so does the host. */
	bool shortage;
	bool (*fits)(const struct scn_stmt *s);	/* NULL: whatever it says has a place in a comparison */
};

const struct host_action *host_action(unsigned op);

/* Can it be part of a comparison? */
bool host_fits(const struct scn_stmt *s);

/* May a process of this machine lock as much memory as one of the model's has? If not, mlock and munlock have no place in a comparison. */
bool host_can_lock(void);

/* What a program would say came of it; SCN_NOTHING: something that the language has no word for. */
struct scn_value host_value(const struct world_op *op, const struct host_reply *reply);

/* Is it what came of the operation on the model? */
bool host_agrees(const struct world_op *op, const struct host_reply *reply);

/* "5", "segv", "EINVAL", "SIGBUS"; in buf, which is returned. */
const char *host_reply_text(const struct world_op *op, const struct host_reply *reply, char buf[32]);

/* The first statement of the scenario that has no row; NULL: all of it can be compared. */
const struct scn_stmt *host_misfit(const struct scenario *scn);

#endif
