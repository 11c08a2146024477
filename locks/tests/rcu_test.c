/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of RCU under the controlled scheduler: a grace period ends as early and as late as is
 * legal, and not otherwise; what relies on one fails when it is left out.
 *
 * Concurrency: one thread.
 */
#include "rig.h"

static const struct lock_class classes[] = {
	{ "none", WAIT_PSEUDO, SAME_NEVER, 0 },
	{ "rcu", WAIT_RCU, SAME_RECURSIVE, 0 },
};

#define TASKS 5
#define HEADS 3
#define ELEMENTS 8

struct element {
	int age; /* 0: published, 1: removed, 2: a grace period has passed since */
	struct rcu_head rcu;
};

struct state {
	struct rcu_head head[HEADS];
	unsigned done[HEADS], nr_done, requeued;
	/* The first reader's section as the callback was queued; 0: it was in none. */
	unsigned at_call[HEADS];
	unsigned sections[TASKS]; /* outermost sections begun */
	int word;
	struct element element[ELEMENTS], *current_element;
	unsigned next_element;
	unsigned ages[4];
	struct kmem_cache *cache;
	struct element *shared;
};

static struct state *state(void)
{
	return machine->core;
}

static struct state *begin(struct rig *r)
{
	rig_begin(r, EXEC_CONTROLLED, classes, ARRAY_SIZE(classes));
	return rig_state(sizeof(struct state));
}

static void read_lock(void)
{
	rcu_read_lock();
	if (current->rcu_nest == 1)
		state()->sections[current->id]++;
}

/* ---- grace periods ---- */

/* '(' and ')' are a section, '.' is a step, 's' waits for a grace period. */
static void follow(void *path)
{
	for (const char *p = path; *p; p++) {
		if (*p == '(')
			read_lock();
		else if (*p == ')')
			rcu_read_unlock();
		else if (*p == '.')
			WRITE_ONCE(state()->word, 1);
		else if (*p == 's')
			synchronize_rcu();
	}
}

/* Kept by the test itself, from the steps that it sees. */
struct periods {
	struct rig rig;
	u64 last_task, last_kind;
	/* [who waits][whom for]: the section of whom as the period began; 0: none */
	unsigned waits_for[TASKS][TASKS];
	unsigned ended[TASKS]; /* step in which the period of a task ended */
	/* Over all executions. */
	unsigned at_once, early, late, past_new_reader, in_next_section;
};

static void period_begins(struct periods *p, const struct task *t)
{
	for (unsigned i = 0; i < machine->nr_tasks; i++)
		p->waits_for[t->id][i] = machine->task[i].rcu_nest ? state()->sections[i] : 0;
}

static void period_ends(struct periods *p, const struct task *t)
{
	bool waited = false;

	for (unsigned i = 0; i < machine->nr_tasks; i++) {
		unsigned section = p->waits_for[t->id][i];
		bool inside = machine->task[i].rcu_nest;

		if (inside && section == state()->sections[i])
			violation(ORACLE_LIFETIME, "too-early", "%s is still inside",
				  machine->task[i].name);
		waited |= section != 0;
		p->past_new_reader += inside && !section;
		p->in_next_section += inside && section;
	}
	p->at_once += !waited && p->last_task == t->id && p->last_kind == OP_GP_BEGIN;
	p->early += waited && p->last_kind == OP_RCU_READ_UNLOCK &&
		    p->waits_for[t->id][p->last_task];
	p->ended[t->id] = (unsigned)machine->sched.step;
}

static void period_step(struct rig *r, const struct task *t)
{
	struct periods *p = container_of(r, struct periods, rig);

	if (t->op.kind == OP_GP_BEGIN)
		period_begins(p, t);
	else if (t->op.kind == OP_GP_END)
		period_ends(p, t);
	p->last_task = t->id;
	p->last_kind = t->op.kind;
}

static void period_end(struct rig *r, enum sched_end end)
{
	struct periods *p = container_of(r, struct periods, rig);

	assert_int_equal(end, SCHED_DONE);
	p->late += p->ended[0] == machine->sched.step;
}

static void run_periods(struct periods *p, const char *const path[TASKS])
{
	memset(p, 0, sizeof(*p));
	begin(&p->rig);
	p->rig.on_step = period_step;
	p->rig.on_end = period_end;
	for (unsigned i = 0; i < TASKS && path[i]; i++)
		rig_task(path[i], follow, (void *)path[i]);
	rig_run_all(&p->rig, 100000);
	rig_expect_silence(&p->rig);
	rig_end(&p->rig);
}

static void test_early_and_late(void **unused)
{
	static const char *const path[TASKS] = { "s", "(.)" };
	struct periods p;

	(void)unused;
	run_periods(&p, path);
	assert_true(p.at_once > 0);
	assert_true(p.early > 0);
	assert_true(p.late > 0);
	assert_true(p.past_new_reader > 0);
	assert_int_equal(p.in_next_section, 0);
}

static void test_new_readers_do_not_delay(void **unused)
{
	static const char *const path[TASKS] = { "s", "(.)", "()" };
	static const char *const again[TASKS] = { "s", "()(.)" };
	struct periods p;

	(void)unused;
	run_periods(&p, path);
	assert_true(p.early > 0 && p.past_new_reader > 0);
	run_periods(&p, again);
	assert_true(p.in_next_section > 0);
}

static void test_nested_sections(void **unused)
{
	static const char *const path[TASKS] = { "s", "((.).)" };
	struct periods p;

	(void)unused;
	run_periods(&p, path);
	assert_true(p.early > 0);
	assert_int_equal(p.in_next_section, 0);
}

static void test_two_who_wait(void **unused)
{
	static const char *const path[TASKS] = { "s", "s", "(.)" };
	struct periods p;

	(void)unused;
	run_periods(&p, path);
	assert_true(p.early > 0 && p.late > 0 && p.at_once > 0);
}

/* Reported, and then it is what it would be: a wait for oneself. */
static void test_synchronize_in_a_section(void **unused)
{
	struct rig r;

	(void)unused;
	for (unsigned go_on = 0; go_on < 2; go_on++) {
		static const char path[] = "(s)";

		begin(&r);
		r.go_on = go_on;
		rig_task(path, follow, (void *)path);
		assert_int_equal(rig_run_once(&r), go_on ? SCHED_DEADLOCK : SCHED_STOPPED);
		rig_expect(&r, ORACLE_LOCKS, "sleep-in-atomic:rcu:synchronize_rcu");
		rig_end(&r);
	}
}

/* ---- callbacks ---- */

static void callback(struct rcu_head *head)
{
	struct state *s = state();
	unsigned i = (unsigned)(head - s->head);

	if (s->at_call[i] && machine->task[1].rcu_nest && s->sections[1] == s->at_call[i])
		violation(ORACLE_LIFETIME, "too-early", "callback %u before the reader has left",
			  i);
	s->done[i] = ++s->nr_done;
	WRITE_ONCE(s->word, 2);
}

static void call(unsigned i, void (*fn)(struct rcu_head *))
{
	struct state *s = state();

	call_rcu(&s->head[i], fn);
	s->at_call[i] = machine->task[1].rcu_nest ? s->sections[1] : 0;
}

static void calls(void *barrier)
{
	call(0, callback);
	call(1, callback);
	if (!barrier)
		return;
	rcu_barrier();
	check_that(state()->nr_done == 2 && !machine->rcu.pending, ORACLE_COUNTS, "barrier",
		   "%u done", state()->nr_done);
}

struct callbacks {
	struct rig rig;
	unsigned first[2], both, none, one;
};

static void callbacks_end(struct rig *r, enum sched_end end)
{
	struct callbacks *c = container_of(r, struct callbacks, rig);
	const struct state *s = state();

	assert_int_equal(end, SCHED_DONE);
	c->first[0] += s->done[0] == 1 && s->done[1] == 2;
	c->first[1] += s->done[1] == 1 && s->done[0] == 2;
	c->both += s->nr_done == 2;
	c->one += s->nr_done == 1;
	c->none += s->nr_done == 0;
	assert_int_equal(machine->rcu.pending, 2 - s->nr_done);
}

static void test_callbacks(void **unused)
{
	(void)unused;
	for (unsigned long barrier = 0; barrier < 2; barrier++) {
		static const char reader[] = "(.)";
		struct callbacks c;

		memset(&c, 0, sizeof(c));
		begin(&c.rig);
		c.rig.on_end = callbacks_end;
		rig_task("calls", calls, (void *)barrier);
		rig_task("reader", follow, (void *)reader);
		rcu_init(1);
		rig_run_all(&c.rig, 300000);
		rig_expect_silence(&c.rig);
		assert_true(c.first[0] > 0 && c.first[1] > 0);
		assert_int_equal(c.both == c.rig.executions, barrier);
		assert_int_equal(c.none > 0, !barrier);
		assert_int_equal(c.one > 0, !barrier);
		rig_end(&c.rig);
	}
}

/*
 * For ever queued again, two of them: a barrier must not wait for the moment when nothing is
 * queued.
 */
static void requeues(struct rcu_head *head)
{
	state()->requeued++;
	call_rcu(head, requeues);
}

static void barrier_among_callbacks(void *arg)
{
	(void)arg;
	call(0, requeues);
	call(2, requeues);
	call(1, callback);
	rcu_barrier();
	check_that(state()->done[1] == 1 && state()->requeued, ORACLE_COUNTS, "barrier",
		   "too early");
}

static void test_barrier_does_not_wait_for_later_ones(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	rig_task("calls", barrier_among_callbacks, NULL);
	rcu_init(1);
	rig_run_random(&r, 1, 2000);
	rig_expect_silence(&r);
	rig_end(&r);
}

/*
 * A callback that waits for a lock or reads is a task like any other: the barrier waits for its
 * end, not its start.
 */
static void long_callback(struct rcu_head *head)
{
	read_lock();
	WRITE_ONCE(state()->word, 1);
	rcu_read_unlock();
	callback(head);
}

static void barrier_after_long(void *arg)
{
	(void)arg;
	call(0, long_callback);
	rcu_barrier();
	check_that(state()->nr_done == 1, ORACLE_COUNTS, "barrier", "too early");
}

static void test_barrier_waits_for_the_end(void **unused)
{
	static const char reader[] = "()";
	struct rig r;

	(void)unused;
	begin(&r);
	rig_task("calls", barrier_after_long, NULL);
	rig_task(reader, follow, (void *)reader);
	rcu_init(1);
	rig_run_all(&r, 100000);
	rig_expect_silence(&r);
	rig_end(&r);
}

/* ---- the age check: no reader sees what was removed a whole grace period ago ---- */

static void age_reader(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < 2; i++) {
		struct element *e;

		read_lock();
		e = rcu_dereference(state()->current_element);
		state()->ages[READ_ONCE(e->age)]++;
		rcu_read_unlock();
	}
}

static void remove_callback(struct rcu_head *head)
{
	WRITE_ONCE(container_of(head, struct element, rcu)->age, 2);
}

enum { WITH_SYNCHRONIZE, WITH_CALL, WITHOUT };

static void age_updater(void *how)
{
	struct state *s = state();

	for (unsigned i = 0; i < 2; i++) {
		struct element *e = &s->element[++s->next_element], *old;

		old = xchg(&s->current_element, e);
		WRITE_ONCE(old->age, 1);
		if ((long)how == WITH_CALL) {
			call_rcu(&old->rcu, remove_callback);
			continue;
		}
		if ((long)how == WITH_SYNCHRONIZE)
			synchronize_rcu();
		WRITE_ONCE(old->age, 2);
	}
}

struct ages {
	struct rig rig;
	unsigned long age[4];
};

static void ages_end(struct rig *r, enum sched_end end)
{
	struct ages *a = container_of(r, struct ages, rig);

	assert_int_equal(end, SCHED_DONE);
	for (unsigned i = 0; i < 4; i++)
		a->age[i] += state()->ages[i];
}

static void run_ages(long how, unsigned readers, unsigned executions, unsigned long age[4])
{
	struct ages a;

	memset(&a, 0, sizeof(a));
	begin(&a.rig)->current_element = &state()->element[0];
	a.rig.on_end = ages_end;
	rig_task("updater", age_updater, (void *)how);
	while (readers--)
		rig_task("reader", age_reader, NULL);
	if (how == WITH_CALL)
		rcu_init(1);
	if (executions)
		rig_run_random(&a.rig, 5, executions);
	else
		rig_run_all(&a.rig, 400000);
	rig_expect_silence(&a.rig);
	rig_end(&a.rig);
	memcpy(age, a.age, sizeof(a.age));
}

static void test_age(void **unused)
{
	static const struct {
		long how;
		unsigned readers, executions;
	} cases[] = {
		{ WITH_SYNCHRONIZE, 1, 0 }, { WITH_SYNCHRONIZE, 3, 20000 },
		{ WITH_CALL, 1, 20000 },    { WITH_CALL, 3, 20000 },
		{ WITHOUT, 1, 0 },	    { WITHOUT, 3, 20000 },
	};

	(void)unused;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned long age[4];

		run_ages(cases[i].how, cases[i].readers, cases[i].executions, age);
		print_message("# ages %lu %lu %lu %lu\n", age[0], age[1], age[2], age[3]);
		assert_true(age[0] > 0 && age[1] > 0);
		assert_int_equal(age[2] > 0, cases[i].how == WITHOUT);
		assert_int_equal(age[3], 0);
	}
}

/* ---- freed after a grace period, and not quite ---- */

enum {
	FREE_AFTER,
	FREE_BY_CALLBACK, /* right */
	FREE_AT_ONCE,
	FREE_BEFORE_REMOVAL,
	READ_BEFORE_SECTION,
	USE_AFTER_SECTION,
};

static void thing_reader(void *how)
{
	struct element *e = NULL;

	if ((long)how == READ_BEFORE_SECTION)
		e = rcu_dereference(state()->shared);
	read_lock();
	if ((long)how != READ_BEFORE_SECTION)
		e = rcu_dereference(state()->shared);
	if (e)
		state()->ages[READ_ONCE(e->age) & 3]++;
	rcu_read_unlock();
	if (e && (long)how == USE_AFTER_SECTION)
		state()->ages[READ_ONCE(e->age) & 3]++;
}

static void free_thing(struct rcu_head *head)
{
	kmem_cache_free(state()->cache, container_of(head, struct element, rcu));
}

static void thing_updater(void *how)
{
	struct element *e = state()->shared;

	if ((long)how == FREE_BEFORE_REMOVAL)
		synchronize_rcu();
	rcu_assign_pointer(state()->shared, NULL);
	if ((long)how == FREE_BY_CALLBACK) {
		call_rcu(&e->rcu, free_thing);
		return;
	}
	if ((long)how != FREE_AT_ONCE && (long)how != FREE_BEFORE_REMOVAL)
		synchronize_rcu();
	kmem_cache_free(state()->cache, e);
}

static void test_use_after_free(void **unused)
{
	(void)unused;
	for (long how = FREE_AFTER; how <= USE_AFTER_SECTION; how++) {
		struct state *s;
		struct rig r;

		s = begin(&r);
		s->cache = kmem_cache_create("thing", sizeof(struct element), 0, 0, NULL, NULL);
		current = rig_task("updater", thing_updater, (void *)how);
		current->points = 0;
		s->shared = kmem_cache_alloc(s->cache, GFP_KERNEL);
		s->shared->age = 0;
		current->points = POINT_SCHED | POINT_CHECK;
		current = NULL;
		rig_task("reader", thing_reader, (void *)how);
		if (how == FREE_BY_CALLBACK)
			rcu_init(1);
		rig_run_all(&r, 100000);
		if (how <= FREE_BY_CALLBACK)
			rig_expect_silence(&r);
		else
			rig_expect(&r, ORACLE_LIFETIME, "use-after-free:thing:thing_reader");
		assert_true(r.ends[SCHED_DONE] > 0);
		rig_end(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_early_and_late),
		cmocka_unit_test(test_new_readers_do_not_delay),
		cmocka_unit_test(test_nested_sections),
		cmocka_unit_test(test_two_who_wait),
		cmocka_unit_test(test_synchronize_in_a_section),
		cmocka_unit_test(test_callbacks),
		cmocka_unit_test(test_barrier_does_not_wait_for_later_ones),
		cmocka_unit_test(test_barrier_waits_for_the_end),
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_use_after_free),
	};

	return cmocka_run_group_tests_name("rcu", tests, NULL, NULL);
}
