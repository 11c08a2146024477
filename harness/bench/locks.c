/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The locks of real threads against those of the C library: a pair is an uncontended acquisition and its release. Ours have the
 * validator with them, and the oracle that asks whether the lock is still there; each is a word and a queue under an inner lock.
 */
#include "bench/bench.h"

#include <pthread.h>

#include "campaign.h"
#include "lock.h"
#include "machine.h"
#include "rcu.h"

#define PAIRS 200000u			/* of the yardstick */
#define CLASS 2				/* of bench_machine(): one that sleeps */

/* One of each kind, ours and the library's. */
struct locks {
	spinlock_t spin;
	struct mutex mutex;
	struct rw_semaphore rwsem;
	unsigned long word;
};

static pthread_spinlock_t spin;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

#define REPEAT(pairs, take, give)                     \
	do {                                          \
		for (u64 n_ = 0; n_ < (pairs); n_++) {\
			take;                         \
			give;                         \
		}                                     \
	} while (0)

#define PAIR(name, ours, gone, theirs, left)                             \
	static void ours_##name(struct locks *l, u64 pairs)              \
	{                                                                \
		REPEAT(pairs, ours, gone);                               \
	}                                                                \
	static void theirs_##name(u64 pairs)                             \
	{                                                                \
		REPEAT(pairs, theirs, left);                             \
	}

PAIR(spinlock, spin_lock(&l->spin), spin_unlock(&l->spin), pthread_spin_lock(&spin), pthread_spin_unlock(&spin))
PAIR(mutex, mutex_lock(&l->mutex), mutex_unlock(&l->mutex), pthread_mutex_lock(&mutex), pthread_mutex_unlock(&mutex))
PAIR(trylock, (void)mutex_trylock(&l->mutex), mutex_unlock(&l->mutex), (void)pthread_mutex_trylock(&mutex), pthread_mutex_unlock(&mutex))
PAIR(read, down_read(&l->rwsem), up_read(&l->rwsem), pthread_rwlock_rdlock(&rwlock), pthread_rwlock_unlock(&rwlock))
PAIR(write, down_write(&l->rwsem), up_write(&l->rwsem), pthread_rwlock_wrlock(&rwlock), pthread_rwlock_unlock(&rwlock))
PAIR(bit, bit_spin_lock(0, &l->word, CLASS), bit_spin_unlock(0, &l->word, CLASS), pthread_spin_lock(&spin), pthread_spin_unlock(&spin))

static const struct {
	const char *name;
	void (*ours)(struct locks *l, u64 pairs);
	void (*theirs)(u64 pairs);
} kinds[] = {
	{ "spinlock", ours_spinlock, theirs_spinlock },	 { "mutex", ours_mutex, theirs_mutex },
	{ "mutex-trylock", ours_trylock, theirs_trylock }, { "rwsem-read", ours_read, theirs_read },
	{ "rwsem-write", ours_write, theirs_write },	 { "bit-lock", ours_bit, theirs_bit },
};

u64 bench_lock(const struct figure *f, u64 pairs, double *seconds)
{
	struct locks *l = bench_machine(sizeof(*l));
	double began;

	spin_lock_init(&l->spin, CLASS);
	mutex_init(&l->mutex, CLASS);
	init_rwsem(&l->rwsem, CLASS);
	began = thread_s();
	kinds[f->number].ours(l, pairs);
	*seconds = thread_s() - began;
	current = NULL;
	return pairs;
}

static void *wait_for_end(void *ends)
{
	pthread_mutex_lock(ends);
	pthread_mutex_unlock(ends);
	return NULL;
}

/* Beside a second thread: without one, libc knows that it need not be atomic. */
double bench_pthread(const struct figure *f)
{
	static pthread_mutex_t ends = PTHREAD_MUTEX_INITIALIZER;
	pthread_t other;
	double began;

	pthread_mutex_lock(&ends);
	if (pthread_create(&other, NULL, wait_for_end, &ends))
		die("no thread");
	pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
	began = thread_s();
	kinds[f->number].theirs(PAIRS);
	began = thread_s() - began;
	pthread_mutex_unlock(&ends);
	pthread_join(other, NULL);
	return began / PAIRS;
}

void bench_all_locks(struct figure_group *group)
{
	static struct figure made[ARRAY_SIZE(kinds)];

	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++)
		made[group->nr++] = (struct figure){
			.name = kinds[i].name, .unit = "pair", .measure = bench_lock, .units = PAIRS, .yardstick = bench_pthread,
			.number = i,
		};
	group->figure = made;
}
