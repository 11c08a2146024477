/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that carry out statements share. A context belongs to the task that runs the body. */
#ifndef HARNESS_INTERP_H
#define HARNESS_INTERP_H

#include "scn/ops.h"
#include "world.h"

struct context {
	struct world *w;
	const struct scn_body *body;
	const struct scn_stmt *s;
	struct mm_struct *mm;		/* the subject, while the statement uses it */
	struct scn_value came;		/* what came of it: for operations that give a value; ok unless they say something else */
};

/* What came of the statement. */
void came(struct context *c, enum scn_result result);

/* interp_locks.c: operations on the scenario's own locks, and on RCU. */
void op_lock(struct context *c);
void op_trylock(struct context *c);
void op_spin(struct context *c);
void op_unlock(struct context *c);
void op_down_read(struct context *c);
void op_down_read_trylock(struct context *c);
void op_up_read(struct context *c);
void op_down_write(struct context *c);
void op_down_write_trylock(struct context *c);
void op_up_write(struct context *c);
void op_downgrade_write(struct context *c);
void op_rcu_read_lock(struct context *c);
void op_rcu_read_unlock(struct context *c);
void op_synchronize_rcu(struct context *c);
void op_rcu_barrier(struct context *c);

#endif
