/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Spinlocks, mutexes, rw_semaphores and bit locks.
 *
 * Each lock is a small state machine that is written once: lock_try() takes a step of it with nothing in between, and
 * lock_enabled() says whether that step would get the lock. The controlled scheduler keeps a task from being chosen until it
 * is enabled; real threads take the same step under the lock's own word and sleep on a futex. Words inside a lock are
 * therefore never points.
 *
 * rw_semaphore behaves as Linux's: who cannot get it queues in order of arrival; a queued writer holds off later readers;
 * trylocks fail while anybody queues; a writer that arrives at a free lock with a queue may steal it (a choice).
 */
#ifndef LOCKS_LOCK_H
#define LOCKS_LOCK_H

#include "atomic.h"
#include "lockdep.h"

struct lock {
	u32 word;			/* inner lock of this state machine; real threads only */
	u16 magic;
	u8 class;			/* [const after init] */
	u8 let_go;			/* [word] of a lock without readers: who released it last, + 1 */
	u32 readers;			/* [word] */
	struct task *owner;		/* [word] exclusive owner */
	struct task *first, *last;	/* [word] those who wait, in order of arrival */
};

#define LOCK_MAGIC 0x10cc

typedef struct spinlock {
	struct lock l;
} spinlock_t;

struct mutex {
	struct lock l;
};

struct rw_semaphore {
	struct lock l;
};

void lock_init(struct lock *l, unsigned class);
#define spin_lock_init(s, class) lock_init(&(s)->l, class)
#define mutex_init(m, class) lock_init(&(m)->l, class)
#define init_rwsem(s, class) lock_init(&(s)->l, class)

/* The lock at this address; NULL if there is none, but a bit of a word, or something else. */
const struct lock *lock_at(const void *address);

/* Would OP_LOCK get it? What has been freed and poisoned must not look like a lock that somebody holds for ever. */
static inline bool lock_is_free(const struct lock *l)
{
	return !l->owner || l->magic != LOCK_MAGIC;
}

/* The state machine. Under real threads the caller holds l->word; otherwise nothing comes in between anyway. */
bool lock_try(struct lock *l, enum op_kind kind, struct task *t);
bool lock_enabled(const struct lock *l, enum op_kind kind, const struct task *t);

/* Acquire (kind: LOCK, DOWN_READ, DOWN_WRITE); subclass is added to the lock's class for the validator. */
void lock_acquire(struct lock *l, enum op_kind kind, unsigned subclass, const struct site *site);
bool lock_tryacquire(struct lock *l, enum op_kind kind, const struct site *site);
void lock_release(struct lock *l, enum op_kind kind, const struct site *site);
void lock_downgrade(struct lock *l, const struct site *site);
bool lock_is_locked(struct lock *l, const struct site *site);

#define spin_lock(s) lock_acquire(&(s)->l, OP_LOCK, 0, HERE)
#define spin_lock_nested(s, sub) lock_acquire(&(s)->l, OP_LOCK, sub, HERE)
#define spin_trylock(s) lock_tryacquire(&(s)->l, OP_TRYLOCK, HERE)
#define spin_unlock(s) lock_release(&(s)->l, OP_UNLOCK, HERE)

#define mutex_lock(m) lock_acquire(&(m)->l, OP_LOCK, 0, HERE)
#define mutex_lock_nested(m, sub) lock_acquire(&(m)->l, OP_LOCK, sub, HERE)
#define mutex_trylock(m) lock_tryacquire(&(m)->l, OP_TRYLOCK, HERE)
#define mutex_unlock(m) lock_release(&(m)->l, OP_UNLOCK, HERE)

#define down_read(s) lock_acquire(&(s)->l, OP_DOWN_READ, 0, HERE)
#define down_read_nested(s, sub) lock_acquire(&(s)->l, OP_DOWN_READ, sub, HERE)
#define down_read_trylock(s) lock_tryacquire(&(s)->l, OP_DOWN_READ_TRYLOCK, HERE)
#define up_read(s) lock_release(&(s)->l, OP_UP_READ, HERE)
#define down_write(s) lock_acquire(&(s)->l, OP_DOWN_WRITE, 0, HERE)
#define down_write_nested(s, sub) lock_acquire(&(s)->l, OP_DOWN_WRITE, sub, HERE)
/* One of many of a class, in whatever order: nest is held for write, and whoever else takes two of them holds it, too. */
#define down_write_nest_lock(s, nest)                              \
	do {                                                       \
		lockdep_assert_held_write(&(nest)->l);             \
		down_write(s);                                     \
	} while (0)
#define down_write_trylock(s) lock_tryacquire(&(s)->l, OP_DOWN_WRITE_TRYLOCK, HERE)
#define up_write(s) lock_release(&(s)->l, OP_UP_WRITE, HERE)
#define downgrade_write(s) lock_downgrade(&(s)->l, HERE)
#define rwsem_is_locked(s) lock_is_locked(&(s)->l, HERE)

/*
 * Bit locks: a bit of a word that has no room for anything else. The class is named by the caller. Any waiter may be the next
 * owner. The sleeping form is the page lock.
 */
void bit_lock_at(unsigned bit, unsigned long *word, unsigned class, const struct site *site);
bool bit_trylock_at(unsigned bit, unsigned long *word, unsigned class, const struct site *site);
void bit_unlock_at(unsigned bit, unsigned long *word, unsigned class, const struct site *site);

#define bit_spin_lock(bit, word, class) bit_lock_at(bit, word, class, HERE)
#define bit_spin_trylock(bit, word, class) bit_trylock_at(bit, word, class, HERE)
#define bit_spin_unlock(bit, word, class) bit_unlock_at(bit, word, class, HERE)

#endif
