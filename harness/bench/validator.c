/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the validator costs, in turns with what it is compared with: a pair is an uncontended acquisition and its release, three locks
 * deep, round and round.
 */
#include "bench/bench.h"

#include <pthread.h>

#include "campaign.h"
#include "lock.h"
#include "machine.h"

enum { NONE, OUTER, A, B, C, NEST, NR_CLASSES };

#define MANY 3072u
#define PAIRS 600000u			/* for a yardstick */

static const struct lock_class classes[NR_CLASSES] = {
	[NONE] = { "none", WAIT_PSEUDO, SAME_NEVER, 0 },   [OUTER] = { "outer", WAIT_SLEEP, SAME_NEVER, 0 },
	[A] = { "a", WAIT_SLEEP, SAME_NEVER, 0 },	   [B] = { "b", WAIT_SLEEP, SAME_NEVER, 0 },
	[C] = { "c", WAIT_SLEEP, SAME_NEVER, 0 },	   [NEST] = { "nest", WAIT_SLEEP, SAME_NEST, OUTER },
};

static bool broken(struct violation_sink *sink, const struct violation *v)
{
	(void)sink;
	die("a bench that is right, and yet: %s", v->text);
}

void *bench_machine(size_t size)
{
	static struct violation_sink sink = { broken };
	const struct machine_config config = {
		.executor = EXEC_REAL, .arena_size = BENCH_ARENA, .max_tasks = 1, .classes = classes, .nr_classes = NR_CLASSES,
		.sink = &sink,
	};

	if (machine_init(&config))
		die("no machine");
	current = task_create("bench", NULL, NULL, false);
	current->points = 0;
	return machine_alloc(size);
}

/* ---- plain mutexes ---- */

static void *wait_for_end(void *ends)
{
	pthread_mutex_lock(ends);
	pthread_mutex_unlock(ends);
	return NULL;
}

/* Beside a second thread: without one, libc knows that it need not be atomic. */
double bench_mutex(const struct figure *f)
{
	static pthread_mutex_t m[3] = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER };
	static pthread_mutex_t ends = PTHREAD_MUTEX_INITIALIZER;
	pthread_t other;
	double began;

	(void)f;
	pthread_mutex_lock(&ends);
	if (pthread_create(&other, NULL, wait_for_end, &ends))
		die("no thread");
	began = thread_s();
	for (unsigned n = 0; n < PAIRS; n += 3) {
		for (unsigned i = 0; i < 3; i++)
			pthread_mutex_lock(&m[i]);
		for (unsigned i = 3; i-- > 0;)
			pthread_mutex_unlock(&m[i]);
	}
	began = thread_s() - began;
	pthread_mutex_unlock(&ends);
	pthread_join(other, NULL);
	return began / PAIRS;
}

/* ---- the validator alone ---- */

static void validate(struct mutex *m, unsigned class)
{
	lockdep_acquire(m, class, LOCK_WRITE, false, HERE);
	lockdep_acquired(m, class, LOCK_WRITE, false, HERE);
}

/* Three at a time, and each time another three. */
static double triples(u64 pairs, unsigned nr)
{
	struct mutex *m = bench_machine(nr * sizeof(*m));
	double began = thread_s();
	unsigned at = 0;

	for (u64 n = 0; n < pairs; n += 3) {
		for (unsigned i = 0; i < 3; i++)
			validate(&m[at + i], A + i);
		for (unsigned i = 3; i-- > 0;)
			lockdep_release(&m[at + i], A + i, HERE);
		at = at + 3 == nr ? 0 : at + 3;
	}
	began = thread_s() - began;
	current = NULL;
	return began;
}

u64 bench_validator(const struct figure *f, u64 pairs, double *seconds)
{
	(void)f;
	*seconds = triples(pairs, 3);
	return pairs;
}

double bench_three(const struct figure *f)
{
	(void)f;
	return triples(PAIRS, 3) / PAIRS;
}

u64 bench_many(const struct figure *f, u64 pairs, double *seconds)
{
	(void)f;
	*seconds = triples(pairs, MANY);
	return pairs;
}

/* All of them held at once, under one, and let go in the order in which they were taken, as mm_take_all_locks() has it. */
u64 bench_nested(const struct figure *f, u64 pairs, double *seconds)
{
	struct mutex *m = bench_machine((MANY + 1) * sizeof(*m));
	u64 done = 0;
	double began;

	(void)f;
	mutex_init(&m[MANY], OUTER);
	for (unsigned i = 0; i < MANY; i++)
		mutex_init(&m[i], NEST);
	began = thread_s();
	for (; done < pairs; done += MANY) {
		validate(&m[MANY], OUTER);
		for (unsigned i = 0; i < MANY; i++) {
			lockdep_acquire(&m[i], NEST, LOCK_WRITE, false, HERE);
			m[i].l.owner = current;		/* it says so itself that it is held */
			lockdep_acquired(&m[i], NEST, LOCK_WRITE, false, HERE);
		}
		for (unsigned i = 0; i < MANY; i++) {
			lockdep_release(&m[i], NEST, HERE);
			m[i].l.owner = NULL;
		}
		lockdep_release(&m[MANY], OUTER, HERE);
	}
	*seconds = thread_s() - began;
	current = NULL;
	return done;
}

/* ---- with the lock itself ---- */

static double lock_pairs(u64 pairs, bool validated)
{
	struct mutex *m = bench_machine(3 * sizeof(*m));
	double began;

	for (unsigned i = 0; i < 3; i++)
		mutex_init(&m[i], validated ? A + i : NONE);
	began = thread_s();
	for (u64 n = 0; n < pairs; n += 3) {
		for (unsigned i = 0; i < 3; i++)
			mutex_lock(&m[i]);
		for (unsigned i = 3; i-- > 0;)
			mutex_unlock(&m[i]);
	}
	began = thread_s() - began;
	current = NULL;
	return began;
}

u64 bench_validated(const struct figure *f, u64 pairs, double *seconds)
{
	(void)f;
	*seconds = lock_pairs(pairs, true);
	return pairs;
}

double bench_unvalidated(const struct figure *f)
{
	(void)f;
	return lock_pairs(PAIRS, false) / PAIRS;
}
