/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations on shared memory at which another thread may be chosen, one row each.
 *
 * OP(NAME, text, access, blocking)
 *   access    R: looks only, W: changes the object or decides who gets it, N: touches no object that others see
 *   blocking  1: the task cannot be chosen until task_enabled() says so
 */
#ifndef LOCKS_OP_H
#define LOCKS_OP_H

#include "types.h"

#define OP_TABLE(OP)                                       \
	OP(START, "start", N, 0)                           \
	OP(LOAD, "load", R, 0)                             \
	OP(STORE, "store", W, 0)                           \
	OP(RMW, "rmw", W, 0)                               \
	OP(PLAIN_READ, "read", R, 0)                       \
	OP(PLAIN_WRITE, "write", W, 0)                     \
	OP(LOCK, "lock", W, 1)                             \
	OP(TRYLOCK, "trylock", W, 0)                       \
	OP(UNLOCK, "unlock", W, 0)                         \
	OP(IS_LOCKED, "is_locked", R, 0)                   \
	OP(DOWN_READ, "down_read", W, 0)                   \
	OP(DOWN_READ_WAIT, "down_read.wait", W, 1)         \
	OP(DOWN_READ_TRYLOCK, "down_read_trylock", W, 0)   \
	OP(UP_READ, "up_read", W, 0)                       \
	OP(DOWN_WRITE, "down_write", W, 0)                 \
	OP(DOWN_WRITE_WAIT, "down_write.wait", W, 1)       \
	OP(DOWN_WRITE_TRYLOCK, "down_write_trylock", W, 0) \
	OP(UP_WRITE, "up_write", W, 0)                     \
	OP(DOWNGRADE_WRITE, "downgrade_write", W, 0)       \
	OP(RCU_READ_LOCK, "rcu_read_lock", R, 0)           \
	OP(RCU_READ_UNLOCK, "rcu_read_unlock", R, 0)       \
	OP(GP_BEGIN, "gp.begin", W, 0)                     \
	OP(GP_END, "gp.end", W, 1)                         \
	OP(CALL_RCU, "call_rcu", W, 0)                     \
	OP(RCU_CALLBACK, "rcu.callback", W, 1)             \
	OP(RCU_BARRIER, "rcu_barrier", R, 1)               \
	OP(SLAB_ALLOC, "slab.alloc", W, 0)                 \
	OP(SLAB_FREE, "slab.free", W, 0)                   \
	OP(USER_LOAD, "cpu.load", R, 0)                    \
	OP(USER_STORE, "cpu.store", W, 0)                  \
	OP(TLB_FLUSH, "tlb.flush", W, 0)                   \
	OP(YIELD, "cpu_relax", N, 0)                       \
	OP(WAIT, "wait", R, 1)

enum op_kind {
#define OP_ENUM(name, text, access, blocking) OP_##name,
	OP_TABLE(OP_ENUM)
#undef OP_ENUM
	OP_NR
};

enum op_access { ACCESS_N, ACCESS_R, ACCESS_W };

struct op_info {
	const char *text;
	enum op_access access;
	bool blocking;
};

extern const struct op_info op_info[OP_NR];

/*
 * Everything that is not decided by the choice of thread. Alternative 0 is always the ordinary one, so that a minimised
 * schedule drifts towards it. CHOICE(NAME, text, odds): a random strategy leaves alternative 0 once in odds.
 */
#define CHOICE_TABLE(CHOICE)                               \
	CHOICE(STEAL, "writer steals a free rwsem", 2)     \
	CHOICE(SLAB_REUSE, "fresh object, no reuse", 4)    \
	CHOICE(SLAB_SHRINK, "empty slab given back", 2)    \
	CHOICE(RCU_CALLBACK, "ready callback", 2)          \
	CHOICE(ALLOC_RECLAIM, "allocation reclaims", 16)   \
	CHOICE(TLB_EVICT, "TLB entry evicted", 8)

enum choice_kind {
#define CHOICE_ENUM(name, text, odds) CHOICE_##name,
	CHOICE_TABLE(CHOICE_ENUM)
#undef CHOICE_ENUM
	CHOICE_NR
};

struct choice_info {
	const char *text;
	unsigned odds;
};

extern const struct choice_info choice_info[CHOICE_NR];

#endif
