/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the unit tests of locks/ stand on: a machine, a listener that keeps the keys of violations,
 * and three policies: sequential, random, and every schedule (depth first over picks and choices).
 *
 * For the thread that runs the tests. Tasks never call an assertion (that would jump off their
 * stack): they write down what they saw in the machine, and on_end() or the test looks at it.
 */
#ifndef LOCKS_TESTS_RIG_H
#define LOCKS_TESTS_RIG_H

#include "lock.h"
#include "machine.h"
#include "scheduler.h"

/* As cmocka wants them, after our own headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RIG_KEYS 8
#define RIG_DEPTH 512

struct rig_found {
	enum oracle oracle;
	unsigned times;
	char key[128];
	char text[256]; /* of the first time */
	char follows[128]; /* likewise; "": nothing */
};

struct rig {
	struct violation_sink sink;
	struct exec_policy policy;
	/* Set by the test, after rig_begin(). */
	bool go_on; /* a violation does not end the execution */
	u32 plain; /* bit set of enum choice_kind: always alternative 0 */
	u64 bound;
	void (*on_step)(struct rig *r, const struct task *t);
	void (*on_end)(struct rig *r, enum sched_end end);
	void (*on_report)(struct rig *r, const struct violation *v); /* real threads: several at a time */
	/* What was seen, over all executions. */
	u64 executions, steps;
	u64 hash; /* of all picks, choices and steps */
	u64 ends[4];
	u32 chosen; /* bit set of enum choice_kind: alternative 0 was left in this execution */
	u32 lock; /* inner lock of what follows; real threads only */
	unsigned violations;
	unsigned nr_found;
	struct rig_found found[RIG_KEYS];
	/* The policies. */
	struct snapshot *start;
	u64 random;
	unsigned depth, known;
	u8 taken[RIG_DEPTH], of[RIG_DEPTH];
};

/*
 * An empty machine with these lock classes; class 1 is that of RCU read sections. Who needs
 * callbacks calls rcu_init(1): their task is one more to interleave.
 */
void rig_begin(struct rig *r, enum executor executor, const struct lock_class *classes,
	       unsigned nr);
void rig_end(struct rig *r);

/* The test's own part of the machine. */
void *rig_state(size_t size);

struct task *rig_task(const char *name, void (*fn)(void *), void *arg);

/* Run all tasks from the state in which the first of these found the machine. */
enum sched_end rig_run_once(struct rig *r);
void rig_run_random(struct rig *r, u64 seed, unsigned executions);
/* Every schedule; fails the test when there are more than limit. */
void rig_run_all(struct rig *r, unsigned limit);

/*
 * Real threads: add n tasks fn(0), fn(1), ..., with noise at so many percent of their points; run
 * all tasks but the first one, which is that of RCU callbacks, and expect silence.
 */
void rig_threads(void (*fn)(void *), unsigned n, unsigned noise);
void rig_run_threads(struct rig *r);

/* Run fn in a child that says nothing on stderr: the status that wait() gives. */
int rig_status_of(void (*fn)(void *), void *arg);

/*
 * Exactly this was found, and it was found / nothing was found and every execution came to its end.
 */
void rig_expect(struct rig *r, enum oracle oracle, const char *key);
void rig_expect_silence(struct rig *r);

#endif
