/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations on shared memory at which another thread may be chosen, one row each.
 *
 * OP(NAME, text, access, blocking, drains)
 *   access    R: looks only, W: changes the object or decides who gets it, N: touches no object that others see
 *   blocking  1: the task cannot be chosen until task_enabled() says so
 *   drains    whose buffered stores are written to memory first (store_buffer.h). OWN: the task's, by what is a locked instruction on
 *             x86, or a barrier, or a return to user mode. An unlock is none of these, and drains all the same. ALL: everybody's,
 *             since it interrupts the others (a grace period, a flush of TLBs), takes memory away under them, or waits for what
 *             they do: on hardware no store waits for ever.
 */
#ifndef LOCKS_OP_H
#define LOCKS_OP_H

#include "types.h"

#define OP_TABLE(OP)                                             \
	OP(START, "start", N, 0, NOT)                            \
	OP(LOAD, "load", R, 0, NOT)                              \
	OP(STORE, "store", W, 0, NOT)                            \
	OP(RMW, "rmw", W, 0, OWN)                                \
	OP(PLAIN_READ, "read", R, 0, NOT)                        \
	OP(PLAIN_WRITE, "write", W, 0, NOT)                      \
	OP(LOCK, "lock", W, 1, OWN)                              \
	OP(TRYLOCK, "trylock", W, 0, OWN)                        \
	OP(UNLOCK, "unlock", W, 0, OWN)                          \
	OP(IS_LOCKED, "is_locked", R, 0, NOT)                    \
	OP(DOWN_READ, "down_read", W, 0, OWN)                    \
	OP(DOWN_READ_WAIT, "down_read.wait", W, 1, OWN)          \
	OP(DOWN_READ_TRYLOCK, "down_read_trylock", W, 0, OWN)    \
	OP(UP_READ, "up_read", W, 0, OWN)                        \
	OP(DOWN_WRITE, "down_write", W, 0, OWN)                  \
	OP(DOWN_WRITE_WAIT, "down_write.wait", W, 1, OWN)        \
	OP(DOWN_WRITE_TRYLOCK, "down_write_trylock", W, 0, OWN)  \
	OP(UP_WRITE, "up_write", W, 0, OWN)                      \
	OP(DOWNGRADE_WRITE, "downgrade_write", W, 0, OWN)        \
	OP(RCU_READ_LOCK, "rcu_read_lock", R, 0, NOT)            \
	OP(RCU_READ_UNLOCK, "rcu_read_unlock", R, 0, NOT)        \
	OP(GP_BEGIN, "gp.begin", W, 0, ALL)                      \
	OP(GP_END, "gp.end", W, 1, ALL)                          \
	OP(CALL_RCU, "call_rcu", W, 0, OWN)                      \
	OP(RCU_CALLBACK, "rcu.callback", W, 1, ALL)              \
	OP(RCU_BARRIER, "rcu_barrier", R, 1, ALL)                \
	OP(SLAB_ALLOC, "slab.alloc", W, 0, NOT)                  \
	OP(SLAB_FREE, "slab.free", W, 0, ALL)                    \
	OP(USER_LOAD, "cpu.load", R, 0, OWN)                     \
	OP(USER_STORE, "cpu.store", W, 0, OWN)                   \
	OP(TLB_FLUSH, "tlb.flush", W, 1, ALL)                    \
	OP(YIELD, "cpu_relax", N, 0, ALL)                        \
	OP(WAIT, "wait", R, 1, ALL)                              \
	OP(FENCE, "smp_mb", N, 0, OWN)                           \
	OP(WRITE_REST, "write.rest", W, 0, NOT)                  \
	OP(SRCU_READ_LOCK, "srcu_read_lock", W, 0, OWN)          \
	OP(SRCU_READ_UNLOCK, "srcu_read_unlock", W, 0, OWN)      \
	OP(SRCU_GP_BEGIN, "srcu_gp.begin", W, 0, OWN)            \
	OP(SRCU_GP_END, "srcu_gp.end", W, 1, ALL)

enum op_kind {
#define OP_ENUM(name, text, access, blocking, drains) OP_##name,
	OP_TABLE(OP_ENUM)
#undef OP_ENUM
	OP_NR
};

enum op_access { ACCESS_N, ACCESS_R, ACCESS_W };
enum op_drain { DRAIN_NOT, DRAIN_OWN, DRAIN_ALL };

struct op_info {
	const char *text;
	enum op_access access;
	bool blocking;
	enum op_drain drains;
};

extern const struct op_info op_info[OP_NR];

/* The same as a set: the scheduler asks at each point. */
#define OP_BLOCKS(name, text, access, blocking, drains) | (u64)(blocking) << OP_##name
static inline bool op_blocks(enum op_kind kind)
{
	return (0ul OP_TABLE(OP_BLOCKS)) >> kind & 1;
}

/* And so are those that look, and those that change something: each of them is asked about at each point as well. */
#define OP_LOOKS(name, text, access, blocking, drains) | (u64)(ACCESS_##access == ACCESS_R) << OP_##name
#define OP_CHANGES(name, text, access, blocking, drains) | (u64)(ACCESS_##access == ACCESS_W) << OP_##name
static inline bool op_looks(enum op_kind kind)
{
	return (0ul OP_TABLE(OP_LOOKS)) >> kind & 1;
}

static inline bool op_changes(enum op_kind kind)
{
	return (0ul OP_TABLE(OP_CHANGES)) >> kind & 1;
}

static inline bool op_touches(enum op_kind kind)
{
	return op_looks(kind) || op_changes(kind);
}

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
	CHOICE(TLB_EVICT, "TLB entry evicted", 8)          \
	CHOICE(STORE_DELAY, "own stores stay buffered", 2) \
	CHOICE(STORE_FLUSH, "buffered stores written", 8)  \
	CHOICE(TEAR, "plain store torn", 16)

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
