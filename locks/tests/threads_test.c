/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the locks under real threads: the same code as in controlled runs, raced for a bounded
 * number of rounds. What is guarded is plain memory, so that ThreadSanitizer judges the guards,
 * too.
 *
 * Concurrency: the tests' thread starts four tasks and waits for their end; it looks at their
 * results afterwards.
 */
#include "rig.h"

#include <pthread.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lock_kinds.h"
#include "realthreads.h"
#include "sched_point.h"

static const struct lock_class classes[] = { KIND_CLASSES };

#define THREADS 4

struct state {
	const struct lock_kind *kind;
	struct any_lock lock[LOCKS];
	struct rw_semaphore sem;
	unsigned long rounds;
	long counter, second; /* [the lock under test] */
	long tries, wrong; /* [atomic] */
	unsigned round, here; /* [atomic] */
};

static struct state *state(void)
{
	return machine->core;
}

static struct state *begin(struct rig *r)
{
	struct state *s;

	rig_begin(r, EXEC_REAL, classes, ARRAY_SIZE(classes));
	r->go_on = true;
	rcu_init(1);
	s = rig_state(sizeof(*s));
	init_rwsem(&s->sem, CLASS_RWSEM);
	return s;
}

static void add(long *counter, long n)
{
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

static void wait_until(const unsigned *word, unsigned value)
{
	for (unsigned spin = 0; __atomic_load_n(word, __ATOMIC_ACQUIRE) < value; spin++)
		if (spin > 500)
			thread_relax();
}

/* ---- exclusion ---- */

static void counts(void *arg)
{
	struct state *s = state();
	const struct lock_kind *k = s->kind;
	struct any_lock *l = s->lock;

	(void)arg;
	for (unsigned long i = 0; i < s->rounds; i++) {
		k->lock(l);
		s->counter++;
		k->unlock(l);
		if (i % 4 == 0 && k->trylock(l)) {
			s->counter++;
			add(&s->tries, 1);
			k->unlock(l);
		}
		if (i % 8)
			continue;
		k->lock(&l[1]); /* in order, never across */
		k->lock(&l[2]);
		s->second++;
		k->unlock(&l[1]);
		k->unlock(&l[2]);
	}
	/* Against others a trylock may fail each time. For the last thread it may not. */
	if (__atomic_add_fetch(&s->here, 1, __ATOMIC_ACQ_REL) == THREADS) {
		if (k->trylock(l)) {
			s->counter++;
			add(&s->tries, 1);
			k->unlock(l);
		} else {
			add(&s->wrong, 1);
		}
	}
	lockdep_assert_none_held("test");
}

static void test_exclusion(void **kind)
{
	static const struct {
		unsigned long rounds;
		unsigned noise;
	} how[] = { { 20000, 0 }, { 2000, 20 } };

	for (unsigned i = 0; i < ARRAY_SIZE(how); i++) {
		struct rig r;
		struct state *s = begin(&r);

		s->kind = *kind;
		s->rounds = how[i].rounds;
		init_locks(s->lock, s->kind);
		rig_threads(counts, THREADS, how[i].noise);
		rig_run_threads(&r);
		assert_int_equal(s->counter, THREADS * s->rounds + s->tries);
		assert_int_equal(s->second, THREADS * s->rounds / 8);
		assert_int_equal(s->wrong, 0);
		rig_end(&r);
	}
}

/* Bits of one word are locks that know nothing of each other, and a flag that no lock guards. */
static void counts_by_bits(void *arg)
{
	struct state *s = state();
	unsigned long *word = &s->lock[0].word;
	unsigned bit = (unsigned)(unsigned long)arg & 1;

	for (unsigned long i = 0; i < s->rounds; i++) {
		bit_lock_at(bit, word, CLASS_PAGE + bit, HERE);
		++*(bit ? &s->counter : &s->second);
		if (bit ? test_and_set_bit(40, word) : test_and_set_bit(41, word))
			add(&s->wrong, 1);
		clear_bit(40 + !bit, word);
		bit_unlock_at(bit, word, CLASS_PAGE + bit, HERE);
	}
}

static void test_bits_of_one_word(void **unused)
{
	struct rig r;
	struct state *s = begin(&r);

	(void)unused;
	s->rounds = 10000;
	rig_threads(counts_by_bits, THREADS, 2);
	rig_run_threads(&r);
	assert_int_equal(s->counter, 2 * s->rounds);
	assert_int_equal(s->second, 2 * s->rounds);
	assert_int_equal(s->wrong, 0);
	assert_int_equal(s->lock[0].word, 0);
	rig_end(&r);
}

/* ---- rwsem ---- */

static void reads_pair(struct state *s)
{
	if (s->counter != s->second)
		add(&s->wrong, 1);
}

static void writes_pair(struct state *s)
{
	s->counter++;
	exec_point(OP_STORE, &s->second);
	s->second++;
	add(&s->tries, 1);
}

static void uses_rwsem(void *arg)
{
	struct state *s = state();

	for (unsigned long i = 0; i < s->rounds; i++) {
		switch ((i + (unsigned long)arg) % 6) {
		case 0:
			down_write(&s->sem);
			writes_pair(s);
			up_write(&s->sem);
			break;
		case 1:
			down_write(&s->sem);
			writes_pair(s);
			downgrade_write(&s->sem);
			reads_pair(s);
			up_read(&s->sem);
			break;
		case 2:
			if (!down_write_trylock(&s->sem))
				break;
			writes_pair(s);
			up_write(&s->sem);
			break;
		case 3:
			if (!down_read_trylock(&s->sem))
				break;
			reads_pair(s);
			if (!rwsem_is_locked(&s->sem))
				add(&s->wrong, 1);
			up_read(&s->sem);
			break;
		default:
			down_read(&s->sem);
			reads_pair(s);
			up_read(&s->sem);
		}
	}
}

static void test_rwsem(void **unused)
{
	static const struct {
		unsigned long rounds;
		unsigned noise;
	} how[] = { { 30000, 0 }, { 3000, 20 } };

	(void)unused;
	for (unsigned i = 0; i < ARRAY_SIZE(how); i++) {
		struct rig r;
		struct state *s = begin(&r);

		s->rounds = how[i].rounds;
		rig_threads(uses_rwsem, THREADS, how[i].noise);
		rig_run_threads(&r);
		assert_int_equal(s->wrong, 0);
		assert_int_equal(s->counter, s->tries);
		assert_int_equal(s->second, s->tries);
		assert_false(s->sem.l.owner || s->sem.l.readers || s->sem.l.first);
		rig_end(&r);
	}
}

/*
 * Task 0 lets go of the lock, and all the others must be able to be inside together: no writer is
 * there any more. A reader that sleeps although it might go in makes this hang.
 */
static void meets_inside(void *arg)
{
	struct state *s = state();

	for (unsigned i = 1; i <= s->rounds; i++) {
		if (!arg) {
			down_write(&s->sem);
			__atomic_store_n(&s->round, i, __ATOMIC_RELEASE);
			for (unsigned spin = 0; spin < i % 24; spin++)
				thread_relax(); /* some of them queue, or all */
			up_write(&s->sem);
			wait_until(&s->here, (THREADS - 1) * i);
			continue;
		}
		wait_until(&s->round, i);
		down_read(&s->sem);
		__atomic_fetch_add(&s->here, 1, __ATOMIC_ACQ_REL);
		wait_until(&s->here, (THREADS - 1) * i);
		up_read(&s->sem);
	}
}

static void test_readers_meet_inside(void **unused)
{
	struct rig r;
	struct state *s = begin(&r);

	(void)unused;
	s->rounds = 3000;
	rig_threads(meets_inside, THREADS, 0);
	rig_run_threads(&r);
	assert_int_equal(s->here, (THREADS - 1) * s->rounds);
	rig_end(&r);
}

/*
 * ---- who has to sleep is woken: the lock goes round, and everybody sleeps for most of the time
 * ----
 */

static void takes_turns(void *arg)
{
	struct state *s = state();
	const struct lock_kind *k = s->kind;

	for (unsigned long i = 0; i < s->rounds;) {
		k->lock(s->lock);
		if (s->counter % THREADS == (long)arg) {
			s->counter++;
			i++;
		}
		for (volatile unsigned spin = 0; spin < 100; spin++)
			;
		k->unlock(s->lock);
		cpu_relax();
	}
}

static void test_turns(void **kind)
{
	struct rig r;
	struct state *s = begin(&r);

	s->kind = *kind;
	s->rounds = 300;
	init_locks(s->lock, s->kind);
	rig_threads(takes_turns, THREADS, 5);
	rig_run_threads(&r);
	assert_int_equal(s->counter, THREADS * s->rounds);
	rig_end(&r);
}

/* ---- waiting, the validator, stopping ---- */

static bool counter_is(void *arg)
{
	return __atomic_load_n(&state()->round, __ATOMIC_ACQUIRE) >= (unsigned)(unsigned long)arg;
}

static void waits_for_turn(void *arg)
{
	exec_wait(counter_is, arg, NULL, HERE);
	state()->counter++;
	__atomic_fetch_add(&state()->round, 1, __ATOMIC_RELEASE);
}

static void test_wait(void **unused)
{
	struct rig r;
	struct state *s = begin(&r);

	(void)unused;
	rig_threads(waits_for_turn, THREADS, 0);
	rig_run_threads(&r);
	assert_int_equal(s->counter, THREADS);
	rig_end(&r);
}

/* One after the other: no deadlock can happen, the order is found all the same. */
static void one_order(void *arg)
{
	struct any_lock *l = state()->lock;
	const struct lock_kind *k = state()->kind;

	exec_wait(counter_is, arg, NULL, HERE);
	k->lock(&l[!!arg]);
	k->lock(&l[!arg]);
	k->unlock(&l[0]);
	k->unlock(&l[1]);
	__atomic_fetch_add(&state()->round, 1, __ATOMIC_RELEASE);
}

static void test_order(void **unused)
{
	struct rig r;
	struct state *s = begin(&r);

	(void)unused;
	s->kind = &lock_kinds[1];
	init_locks(s->lock, s->kind);
	rig_threads(one_order, 2, 0);
	assert_int_equal(threads_run(1, 2), 0);
	rig_expect(&r, ORACLE_LOCKS, "order:mutex-a,mutex-b");
	assert_int_equal(r.violations, 1);
	rig_end(&r);
}

#define PAIRS ((MAX_CLASSES - 2) / 2)

/*
 * Two tasks close the same cycle at the same moment, in as many pairs of pseudo classes as there
 * are.
 */
static void closes_cycle(void *arg)
{
	struct state *s = state();

	for (unsigned i = 0; i < PAIRS; i++) {
		unsigned a = 2 + 2 * i + (arg != NULL), b = 2 + 2 * i + (arg == NULL);

		__atomic_fetch_add(&s->here, 1, __ATOMIC_ACQ_REL);
		wait_until(&s->here, 2 * (i + 1));
		lockdep_map_acquire(a, HERE);
		lockdep_map_acquire(b, HERE);
		lockdep_map_release(b);
		lockdep_map_release(a);
	}
}

static void test_cycle_closed_by_two_at_once(void **unused)
{
	static struct lock_class many[MAX_CLASSES];
	static char name[MAX_CLASSES][8];

	(void)unused;
	for (unsigned i = 0; i < MAX_CLASSES; i++) {
		snprintf(name[i], sizeof(name[i]), "p%u", i / 2);
		many[i] = (struct lock_class){ name[i], WAIT_PSEUDO, SAME_NEVER, 0 };
	}
	for (unsigned i = 0; i < 100; i++) {
		struct rig r;

		rig_begin(&r, EXEC_REAL, many, MAX_CLASSES);
		r.go_on = true;
		rig_state(sizeof(struct state));
		rcu_init(1);
		rig_threads(closes_cycle, 2, 0);
		assert_int_equal(threads_run(1, 2), 0);
		assert_in_range(r.violations, PAIRS, 2 * PAIRS);
		rig_end(&r);
	}
}

static void goes_on_for_ever(void *arg)
{
	struct state *s = state();

	for (unsigned i = 0;; i++) {
		__atomic_fetch_add(&s->here, 1, __ATOMIC_RELAXED);
		s->kind->lock(&s->lock[(unsigned long)arg & 1]);
		if (i == 100 && !arg)
			violation(ORACLE_COUNTS, "test", "stop");
		s->kind->unlock(&s->lock[(unsigned long)arg & 1]);
	}
}

static void *watches(void *unused)
{
	const struct timespec nap = { 0, 20000000 };
	unsigned seen = 0;

	for (unsigned same = 0; same < 20;) {
		unsigned now = __atomic_load_n(&state()->here, __ATOMIC_RELAXED);

		same = now == seen && now > 100 ? same + 1 : 0;
		seen = now;
		nanosleep(&nap, NULL);
	}
	(void)unused;
	_exit(7);
}

/*
 * A violation that is to end the run stops every task for good, those who sleep and those who never
 * wait; the process is left to whoever watches.
 */
static void test_stop(void **unused)
{
	int status;
	pid_t child = fork();

	(void)unused;
	assert_true(child >= 0);
	if (!child) {
		struct rig r;
		struct state *s = begin(&r);
		pthread_t watcher;

		alarm(20);
		r.go_on = false;
		s->kind = &lock_kinds[1];
		init_locks(s->lock, s->kind);
		rig_threads(goes_on_for_ever, THREADS, 0);
		pthread_create(&watcher, NULL, watches, NULL);
		threads_run(1, THREADS);
		_exit(8);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
}

/* Who is no task only says so: a check between rounds. */
static void test_stop_by_a_check(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	r.go_on = false;
	violation(ORACLE_COUNTS, "test", "stop");
	rig_expect(&r, ORACLE_COUNTS, "test");
	assert_int_equal(machine->stop, 1);
	rig_end(&r);
}

#define FOR_KIND(fn, i)                                     \
	{                                                   \
#fn, fn, NULL, NULL, (void *)&lock_kinds[i] \
	}
#define FOR_ALL_KINDS(fn) \
	FOR_KIND(fn, 0), FOR_KIND(fn, 1), FOR_KIND(fn, 2), FOR_KIND(fn, 3), FOR_KIND(fn, 4)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stop), /* first: fork() before there are threads */
		FOR_ALL_KINDS(test_exclusion),
		FOR_ALL_KINDS(test_turns),
		cmocka_unit_test(test_bits_of_one_word),
		cmocka_unit_test(test_rwsem),
		cmocka_unit_test(test_readers_meet_inside),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_stop_by_a_check),
		cmocka_unit_test(test_cycle_closed_by_two_at_once),
	};

	alarm(60); /* a hang is a failure, not a nuisance */
	return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
