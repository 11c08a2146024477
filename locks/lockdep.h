/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lock validator: classes, what each task holds, the order in which classes nest, and the rules of context.
 *
 * It never aborts and never switches itself off. An order finding does not need the deadlock to happen: one execution in which
 * the classes nest both ways is enough, and where the order is documented, one acquisition against it. Steady state costs a
 * mask test per acquisition; the slow path runs once for each new pair of classes.
 *
 * Concurrency: callable from any task. The graph is atomic words that only ever gain bits.
 */
#ifndef LOCKS_LOCKDEP_H
#define LOCKS_LOCKDEP_H

#include "exec.h"

#define MAX_CLASSES 64			/* class 0 is "no class" */

/* What one may do while holding it: a lock may only be waited for under locks of the same kind or a later one. */
enum wait_type {
	WAIT_RCU,			/* nothing that blocks may be acquired under it, except spinning locks */
	WAIT_SPIN,
	WAIT_SLEEP,
	WAIT_PSEUDO,			/* not a lock: no wait type */
};

/* May two locks of one class be held by one task? */
enum same_class {
	SAME_NEVER,
	SAME_ADDRESS,			/* in ascending order of address */
	SAME_NEST,			/* in any order, under the class named by nest, held for write */
	SAME_RECURSIVE,			/* read sections of RCU */
	SAME_PARENT,			/* the outer one is an ancestor of the inner one: lockdep.parent() */
	SAME_ROOT,			/* in any order, under the root of the family that they are of */
};

struct lock_class {
	const char *name;
	enum wait_type wait;
	enum same_class same;
	u8 nest;
};

/*
 * A reader of a fair lock queues behind a writer who waits, even if it holds the lock for read already. A recursive reader waits
 * only for who holds it for write. Held, the two are the same: LOCK_READ.
 */
enum lock_mode { LOCK_READ, LOCK_WRITE, LOCK_READ_RECURSIVE };

/*
 * How one class was waited for under another: the two questions that decide whether a way round is a deadlock. Linux calls the
 * four kinds SR, ER, SN and EN (Documentation/locking/lockdep-design.rst, "Recursive read locks"). A kind with more bits is the
 * stronger one: it does whatever the weaker ones do.
 */
enum lock_dep {
	DEP_EXCLUSIVE = 1,		/* the lock that was held kept everybody out, not writers only */
	DEP_WAITS = 2,			/* the wait is not that of a recursive reader: it is for readers, too, or for who waits */
	DEP_KINDS = 4,
};

/* A witness of one edge of the graph: who first waited for after while holding before, in this kind or a weaker one. */
struct lock_edge {
	const struct site *held_site, *acquired_site;
	u8 before, after, trylock, task;
	u8 kind;			/* bit set of enum lock_dep */
	u8 context;			/* in which it was */
	u8 pad[2];
};

#define MAX_EDGES 400

/* What a document says against waiting for one class under another. */
enum order_rule {
	ORDER_REVERSED = 1,		/* it has the two the other way round */
	ORDER_TRY_ONLY,			/* it allows a trylock, and no more */
	ORDER_APART,			/* it has them never together */
};

struct order_why {
	u8 rule;			/* enum order_rule */
	u8 next;			/* ORDER_REVERSED: the class behind the one waited for, on the documented way */
	u32 line;			/* of the document */
};

/* The documented order, with all that follows from it; not part of the machine. [const] */
struct lockdep_order {
	const char *source;		/* "LOCKING.md" */
	u64 forbids[MAX_CLASSES];	/* forbids[c]: classes under which c may not be waited for */
	struct order_why why[MAX_CLASSES][MAX_CLASSES];	/* why[h][c], if forbids[c] has h */
};

/* What is about to be acquired. */
struct acquiring {
	const void *lock;
	const struct site *site;
	u8 class;
	u8 mode;			/* enum lock_mode */
	bool trylock;
};

#define LOCKDEP_KEY 160			/* room for a report's key */

/* Is there one? PASSED: whoever was told of it let the execution go on, so the next one may take its place. */
enum incident_state { INCIDENT_NONE, INCIDENT_BUSY, INCIDENT_KEPT, INCIDENT_PASSED };

/* What the report was about that ended the execution, for who wants to know more than one line: lockdep_splat(). */
struct lockdep_incident {
	u32 claimed;			/* [atomic] enum incident_state */
	u8 task;
	u8 nr;				/* classes in path; 0: it is about no cycle */
	bool held_counts;		/* held says with which lock the trouble is */
	struct acquiring acquiring;	/* no class: it is about no acquisition */
	struct held_lock held;
	const struct lockdep_order *order;	/* NULL: it is about no document */
	u8 path[MAX_CLASSES];		/* from the class that is acquired to the one that is held */
	u8 follows;			/* number of the report, from 1, that blamed another edge of the cycle; 0: none */
	char key[LOCKDEP_KEY];
};

/* Each kind of report is made once, and then counted. */
struct lockdep_told {
	u32 hash;			/* [atomic] of its key */
	u32 times;			/* [atomic] */
};

/*
 * An edge that was told to be wrong, or to close a cycle. What comes of it is told, too, but as following the first report about it:
 * what else is wrong with the same acquisition, what is waited for inside of it, other cycles and deadlocks that it is part of.
 */
struct lockdep_wrong {
	u8 before, after;
	u8 first;				/* index into lockdep.first */
};

#define LOCKDEP_WRONG 48			/* edges beyond are told by themselves */
#define LOCKDEP_FIRSTS 8

#define LOCKDEP_TOLD 32			/* kinds beyond are told each time */
#define LOCK_CONTEXTS 4

struct lockdep {
	const struct lock_class *classes;	/* [const after init] */
	const struct lockdep_order *documented;	/* [const after init] NULL: no order is documented */
	/* The order that holds instead in a context; context[0] is not used. [const after init] */
	const struct lockdep_order *context[LOCK_CONTEXTS];
	/* The lock above lock in its family, or NULL: for SAME_PARENT and SAME_ROOT. Pure. [const after init] */
	const void *(*parent)(unsigned class, const void *lock);
	u32 nr_classes;				/* [const after init] */
	u32 nr_edges;				/* [atomic] may exceed MAX_EDGES: later edges have no witness */
	u32 beyond;				/* [atomic] a way that is searched is not one of .documented */
	/* Bit sets of classes. [const after init] */
	u64 atomic;				/* under one of them nobody may sleep */
	u64 in_vain[MAX_CLASSES];		/* in_vain[c]: waiting for c sleeps, and under these nobody may */
	u64 recursive;				/* two of them are nobody's business */
	u16 points[MAX_CLASSES];		/* lockdep_held_shortly(); 0: that has not been said of it */
	union {
		/*
		 * [atomic] under_kind[k][b]: classes that were held when b was waited for in the ordinary order, in the kind k or
		 * a stronger one. Each is checked when it comes in: who finds his here need not look further.
		 */
		u64 under_kind[DEP_KINDS][MAX_CLASSES];
		u64 under[MAX_CLASSES];		/* that is, in any kind */
	};
	u64 under_try[MAX_CLASSES];		/* [atomic] the same for trylocks, which order nothing */
	/*
	 * [atomic] The graph that is searched for ways round. after_kind[k][a]: what was waited for under a, in the kind k or a stronger
	 * one, in the ordinary order or in a context, if the ordinary order does not forbid it.
	 */
	u64 after_kind[DEP_KINDS][MAX_CLASSES];
	/* [atomic] What under and under_try are for the ordinary order, for each context with an order of its own. */
	u64 context_under[LOCK_CONTEXTS][MAX_CLASSES], context_under_try[LOCK_CONTEXTS][MAX_CLASSES];
	struct lock_edge edge[MAX_EDGES];	/* [once] in the order of their first appearance */
	u64 pinned;				/* [atomic] classes that somebody has pinned */
	struct lockdep_told told[LOCKDEP_TOLD];
	struct lockdep_incident incident;	/* [incident.claimed] */
	u32 nr_wrong, nr_firsts;		/* [atomic] may exceed what there is room for */
	struct lockdep_wrong wrong[LOCKDEP_WRONG];	/* [once] */
	char first[LOCKDEP_FIRSTS][LOCKDEP_KEY];	/* [once] keys of reports that follow no other one */
};

void lockdep_init(const struct lock_class *classes, unsigned nr);

/*
 * Whoever holds a lock of this class passes so many points with it at most, SHORT_HOLD or more, as others only try to get it.
 * Before tasks run.
 */
#define SHORT_HOLD 256u
void lockdep_held_shortly(unsigned class, unsigned points);

/* About to wait for lock: checks order, same-class rule and wait type. */
void lockdep_wait(const void *lock, unsigned class, enum lock_mode mode, const struct site *site);

/* It was tried, and got: that orders nothing, but a document may say what is tried where. */
void lockdep_tried(const void *lock, unsigned class, enum lock_mode mode, const struct site *site);

static inline void lockdep_acquire(const void *lock, unsigned class, enum lock_mode mode, bool trylock, const struct site *site)
{
	if (trylock)
		lockdep_tried(lock, class, mode, site);
	else
		lockdep_wait(lock, class, mode, site);
}

/* It is held now. */
void lockdep_acquired(const void *lock, unsigned class, enum lock_mode mode, bool trylock, const struct site *site);

/* Released, under the class it is held as: reports a release by a task that does not hold it. Returns false then. */
bool lockdep_release(const void *lock, unsigned class, const struct site *site);

/* The hold of lock becomes a read hold. */
void lockdep_downgrade(const void *lock);

/* The entry of what the current task holds, or NULL. */
const struct held_lock *lockdep_find(const void *lock);
/* The same of a lock of one of these classes (bit set): two bits of a word are two locks. */
const struct held_lock *lockdep_find_of(const void *lock, u64 classes);

/* Held by the current task? mode LOCK_WRITE: held for write; LOCK_READ: held either way. */
bool lockdep_held(const void *lock, enum lock_mode mode);

/* Enter and leave a pseudo class such as FS_RECLAIM. */
void lockdep_map_acquire(unsigned class, const struct site *site);
void lockdep_map_release(unsigned class);

/* The current operation has ended: nothing may be held any more. */
void lockdep_assert_none_held(const char *operation);

/* Something that may block is about to happen. */
void might_sleep_at(const char *what, const struct site *site);
#define might_sleep() might_sleep_at(__func__, HERE)

/*
 * The current task goes over to another context (0: the ordinary one), in which another order is documented; returns the one that it
 * was in. What is seen there is kept apart if the context has an order of its own, and judged by that; what the ordinary order forbids
 * is then no edge of the graph either.
 */
unsigned lockdep_context(unsigned context);

/*
 * Until it is unpinned, the current task may not release lock: for who calls others with it held, and counts on it that they do not
 * drop it and take it again. (As in Linux, lockdep_pin_lock().)
 */
void lockdep_pin_at(const void *lock, const struct site *site);
void lockdep_unpin_at(const void *lock, const struct site *site);
#define lockdep_pin_lock(l) lockdep_pin_at((l), HERE)
#define lockdep_unpin_lock(l) lockdep_unpin_at((l), HERE)

/*
 * That a task waits as it does was told: the key of the first report about it, or NULL. For whoever finds it in a deadlock, which is
 * then no other trouble.
 */
const char *lockdep_told_wait(const struct task *t);

/* How often there was something to report under this key. */
unsigned lockdep_times(const char *key);

/* what: how it must be held; NULL: not at all. */
void lockdep_assert_failed(const char *what, const void *lock, const struct site *site);

#define lockdep_assert_held(l)                                                       \
	do {                                                                         \
		if (unlikely(!lockdep_held((l), LOCK_READ)))                         \
			lockdep_assert_failed("held", (l), HERE);                    \
	} while (0)
#define lockdep_assert_held_read(l)                                                  \
	do {                                                                         \
		if (unlikely(!lockdep_held((l), LOCK_READ) || lockdep_held((l), LOCK_WRITE))) \
			lockdep_assert_failed("held for read", (l), HERE);           \
	} while (0)
#define lockdep_assert_not_held(l)                                                   \
	do {                                                                         \
		if (unlikely(lockdep_held((l), LOCK_READ)))                          \
			lockdep_assert_failed(NULL, (l), HERE);                      \
	} while (0)
#define lockdep_assert_held_write(l)                                                 \
	do {                                                                         \
		if (unlikely(!lockdep_held((l), LOCK_WRITE)))                        \
			lockdep_assert_failed("held for write", (l), HERE);          \
	} while (0)

const char *lock_class_name(unsigned class);

#endif
