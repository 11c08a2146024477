/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks that are one bit of a word. There is no room for an owner or a queue: the owner is known from what the validator
 * remembers of each task, and sleepers of real threads wait in hashed buckets of the machine.
 */
#include "lock.h"

#include "machine.h"
#include "realthreads.h"
#include "sanitize.h"

static struct wait_bucket *bucket_of(const unsigned long *word)
{
	return &machine->bucket[((unsigned long)word >> 6) % WAIT_BUCKETS];
}

/*
 * The lock's name, which is not that of the other operations on the word: they order nothing that the lock orders. Nor do two locks in one
 * word, as those of a page are: who releases one of them says nothing of the other.
 */
static const char *order_of(const unsigned long *word, unsigned bit)
{
	return (const char *)word + 1 + bit % (sizeof(*word) - 1);
}

static bool take(unsigned bit, unsigned long *word)
{
	return !(__atomic_fetch_or(word, 1ul << bit, __ATOMIC_ACQ_REL) >> bit & 1);
}

static void sleep_until_taken(unsigned bit, unsigned long *word)
{
	struct wait_bucket *b = bucket_of(word);

	for (;;) {
		u32 seen = __atomic_load_n(&b->seq, __ATOMIC_SEQ_CST);

		__atomic_fetch_add(&b->sleepers, 1, __ATOMIC_SEQ_CST);
		if (take(bit, word)) {
			__atomic_fetch_sub(&b->sleepers, 1, __ATOMIC_SEQ_CST);
			return;
		}
		__atomic_store_n(&current->blocked, 1, __ATOMIC_RELAXED);
		futex_wait(&b->seq, seen);
		__atomic_store_n(&current->blocked, 0, __ATOMIC_RELAXED);
		__atomic_fetch_sub(&b->sleepers, 1, __ATOMIC_SEQ_CST);
	}
}

/* The operation's arg is the bit number + 1: 0 says that a struct lock is meant. */
void bit_lock_at(unsigned bit, unsigned long *word, unsigned class, const struct site *site)
{
	lockdep_acquire(word, class, LOCK_WRITE, false, site);
	exec_point_slow(OP_LOCK, word, bit + 1, class, site);
	if (machine->executor == EXEC_REAL) {
		if (!take(bit, word))
			sleep_until_taken(bit, word);
	} else if (!take(bit, word)) {
		die("%s was chosen for a bit lock that it cannot have", current->name);
	}
	san_locked(order_of(word, bit), false, false);
	lockdep_acquired(word, class, LOCK_WRITE, false, site);
}

bool bit_trylock_at(unsigned bit, unsigned long *word, unsigned class, const struct site *site)
{
	exec_point_slow(OP_TRYLOCK, word, bit + 1, class, site);
	if (!take(bit, word))
		return false;
	if (unlikely(machine->sched.looping))
		spin_had(word);
	san_locked(order_of(word, bit), false, false);
	lockdep_acquire(word, class, LOCK_WRITE, true, site);
	lockdep_acquired(word, class, LOCK_WRITE, true, site);
	return true;
}

void bit_unlock_at(unsigned bit, unsigned long *word, unsigned class, const struct site *site)
{
	struct wait_bucket *b = bucket_of(word);

	exec_point_slow(OP_UNLOCK, word, bit + 1, class, site);
	if (!lockdep_release(word, class, site))
		return;
	san_unlocked(order_of(word, bit), false);
	__atomic_fetch_and(word, ~(1ul << bit), __ATOMIC_SEQ_CST);
	if (machine->executor != EXEC_REAL)
		return;
	__atomic_fetch_add(&b->seq, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&b->sleepers, __ATOMIC_SEQ_CST))
		futex_wake(&b->seq, 1 << 30);
}
