/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests that are the same for every kind of lock: exclusion, order, trylock, ownership, context.
 * Each wrong case stands next to its correct twin, which must be silent in every schedule.
 *
 * Concurrency: one thread.
 */
#include "rig.h"

#include "lock_kinds.h"

static const struct lock_class classes[] = { KIND_CLASSES };

#define PATH 8

struct state {
	const struct lock_kind *kind;
	struct any_lock lock[LOCKS];
	int counter, inside, most_inside;
	int tries, got;
	unsigned arrived, nr;
	u8 order[PATH];
};

static struct state *state(void)
{
	return machine->core;
}

static void lock(unsigned i)
{
	state()->kind->lock(&state()->lock[i]);
}

static void unlock(unsigned i)
{
	state()->kind->unlock(&state()->lock[i]);
}

static bool trylock(unsigned i)
{
	bool got = state()->kind->trylock(&state()->lock[i]);

	state()->tries++;
	state()->got += got;
	return got;
}

static struct state *begin(struct rig *r, const struct lock_kind *k)
{
	struct state *s;

	rig_begin(r, EXEC_CONTROLLED, classes, ARRAY_SIZE(classes));
	s = rig_state(sizeof(*s));
	s->kind = k;
	init_locks(s->lock, k);
	return s;
}

/* "order:%-a,%-b" -> "order:mutex-a,mutex-b" */
static const char *key_of(const char *pattern, const struct lock_kind *k, char key[128])
{
	unsigned n = 0;

	for (; *pattern; pattern++)
		n += (unsigned)snprintf(key + n, 128 - n, *pattern == '%' ? "%s" : "%.1s",
					*pattern == '%' ? k->name : pattern);
	return key;
}

/* ---- what tasks do ---- */

/*
 * A string of steps: "ab" locks a and b, "AB" unlocks them, "12" tries them and "r...R" is an RCU
 * read section. A try of a that fails goes on behind the next 'x' (b: 'y').
 */
static void follow(void *path)
{
	for (const char *p = path; *p; p++) {
		if (*p >= 'a' && *p <= 'c')
			lock((unsigned)(*p - 'a'));
		else if (*p >= 'A' && *p <= 'C')
			unlock((unsigned)(*p - 'A'));
		else if ((*p == '1' || *p == '2') && !trylock((unsigned)(*p - '1')))
			p = strchr(p, *p == '1' ? 'x' : 'y');
		else if (*p == 'r')
			rcu_read_lock();
		else if (*p == 'R')
			rcu_read_unlock();
		else if (*p == '!')
			lockdep_assert_none_held("operation");
		else if (*p == '?')
			state()->kind->assert_held(&state()->lock[0]);
	}
}

/* ---- the table ---- */

enum { ALL_KINDS, SLEEPING_KINDS, SPINNING_KINDS };

struct lock_case {
	const char *name;
	const char *path[3]; /* of each task */
	const char *key; /* of the only violation, % is the kind; NULL: silence */
	bool deadlock; /* may it end in one, if violations do not end it? */
	bool sometimes; /* not every schedule shows the violation */
	int kinds;
};

static const struct lock_case cases[] = {
	{ .name = "AA", .path = { "aaAA" }, .key = "recursion:%-a", .deadlock = true },
	{ .name = "A, A", .path = { "aAaA" } },
	{ .name = "ABBA", .path = { "abBA", "baAB" }, .key = "order:%-a,%-b", .deadlock = true },
	{ .name = "ABAB", .path = { "abBA", "abAB" } },
	{ .name = "ABBA in one task", .path = { "abBAbaAB" }, .key = "order:%-a,%-b" },
	{ .name = "ABBA in a longer task",
	  .path = { "abBA", "aAbBbaAB" },
	  .key = "order:%-a,%-b",
	  .deadlock = true },
	{ .name = "cycle of three in one task",
	  .path = { "abBAbcCBcaAC" },
	  .key = "order:%-a,%-b,%-c" },
	{ .name = "no cycle of three in one task", .path = { "abBAbcCBacCA" } },
	{ .name = "cycle through two tasks",
	  .path = { "abBAbcCB", "caAC" },
	  .key = "order:%-a,%-b,%-c" },
	{ .name = "no cycle through two tasks", .path = { "abBAbcCB", "acAC" } },
	{ .name = "cycle behind a trylock",
	  .path = { "1bBAx", "baAB" },
	  .key = "order:%-a,%-b",
	  .deadlock = true,
	  .sometimes = true },
	{ .name = "a trylock hides no order", .path = { "a2ByAabBAbaAB" }, .key = "order:%-a,%-b" },
	{ .name = "trylock against the order", .path = { "abBA", "b1AxB" } },
	{ .name = "trylocks in both orders", .path = { "12ByAx", "21AxBy" } },
	{ .name = "trylock of one's own", .path = { "a1xA" } },
	{ .name = "release without", .path = { "A" }, .key = "release-not-held:%-a" },
	{ .name = "release of another's", .path = { "aA", "A" }, .key = "release-not-held:%-a" },
	{ .name = "release of what trylock got", .path = { "aA", "1Ax" } },
	{ .name = "release twice", .path = { "aAA" }, .key = "release-not-held:%-a" },
	{ .name = "release out of order", .path = { "abAB" } },
	{ .name = "leak", .path = { "abA!" }, .key = "lock-leaked:%-b" },
	{ .name = "no leak", .path = { "abAB!" } },
	{ .name = "assert without", .path = { "b?B" }, .key = "not-held:%_held" },
	{ .name = "assert while another holds it",
	  .path = { "aA", "bB?" },
	  .key = "not-held:%_held" },
	{ .name = "assert with", .path = { "ab?BA" } },
	{ .name = "sleep in RCU",
	  .path = { "raAR" },
	  .key = "sleep-in-atomic:rcu:%-a",
	  .kinds = SLEEPING_KINDS },
	{ .name = "spin in RCU", .path = { "raAR" }, .kinds = SPINNING_KINDS },
	{ .name = "trylock in RCU", .path = { "r1AxR" } },
	{ .name = "RCU under it", .path = { "arrRRA" } },
	{ .name = "RCU under it and over it", .path = { "arRArbBR" }, .kinds = SPINNING_KINDS },
	{ .name = "section leaked", .path = { "r!" }, .key = "lock-leaked:rcu" },
	{ .name = "section left twice", .path = { "rRR" }, .key = "rcu-unlock-unbalanced" },
};

static bool applies(const struct lock_case *c, const struct lock_kind *k)
{
	return c->kinds == ALL_KINDS || (c->kinds == SLEEPING_KINDS) == k->sleeps;
}

static void set_up(struct rig *r, const struct lock_case *c, const struct lock_kind *k)
{
	begin(r, k);
	for (unsigned i = 0; i < ARRAY_SIZE(c->path) && c->path[i]; i++)
		rig_task(c->path[i], follow, (void *)c->path[i]);
}

static void check_case(const struct lock_case *c, const struct lock_kind *k)
{
	char key[128];
	struct rig r;

	set_up(&r, c, k);
	rig_run_all(&r, 100000);
	if (c->key)
		rig_expect(&r, ORACLE_LOCKS, key_of(c->key, k, key));
	else
		rig_expect_silence(&r);
	if (c->key && (r.violations == r.executions) == c->sometimes)
		fail_msg("%u of %lu schedules show it", r.violations, r.executions);
	rig_end(&r);
	if (!c->key)
		return;
	set_up(&r, c, k);
	r.go_on = true;
	rig_run_all(&r, 100000);
	rig_expect(&r, ORACLE_LOCKS, key);
	assert_int_equal(r.ends[SCHED_DEADLOCK] != 0, c->deadlock);
	assert_int_equal(r.ends[SCHED_DEADLOCK] + r.ends[SCHED_DONE], r.executions);
	rig_end(&r);
}

static void test_cases(void **kind)
{
	const struct lock_kind *k = *kind;

	for (const struct lock_case *c = cases; c < cases + ARRAY_SIZE(cases); c++) {
		if (!applies(c, k))
			continue;
		print_message("# %s: %s\n", k->name, c->name);
		check_case(c, k);
	}
}

/* Three tasks of which each waits for the next, and three that keep an order. */
static void test_cycle_of_three_tasks(void **kind)
{
	static const struct lock_case wrong = { .path = { "abBA", "bcCB", "caAC" } };
	static const struct lock_case right = { .path = { "abBA", "bcCB", "acCA" } };
	char key[128];
	struct rig r;

	set_up(&r, &wrong, *kind);
	rig_run_all(&r, 200000);
	rig_expect(&r, ORACLE_LOCKS, key_of("order:%-a,%-b,%-c", *kind, key));
	assert_int_equal(r.ends[SCHED_STOPPED], r.executions);
	rig_end(&r);
	set_up(&r, &right, *kind);
	rig_run_all(&r, 200000);
	rig_expect_silence(&r);
	rig_end(&r);
}

/* ---- exclusion ---- */

static void count(void *locked)
{
	struct state *s = state();

	if (locked)
		lock(0);
	WRITE_ONCE(s->counter, READ_ONCE(s->counter) + 1);
	if (locked)
		unlock(0);
}

static void count_often(void *arg)
{
	for (unsigned i = 0; i < 3; i++) {
		if (i == 1 && trylock(0)) {
			state()->inside++;
			WRITE_ONCE(state()->counter, READ_ONCE(state()->counter) + 1);
			state()->inside--;
			unlock(0);
		}
		lock(0);
		if (state()->inside++)
			state()->most_inside = 2;
		WRITE_ONCE(state()->counter, READ_ONCE(state()->counter) + 1);
		state()->inside--;
		unlock(0);
	}
	(void)arg;
}

struct counts {
	struct rig rig;
	bool seen[4];
	bool got, missed;
};

static void count_end(struct rig *r, enum sched_end end)
{
	assert_int_equal(end, SCHED_DONE);
	container_of(r, struct counts, rig)->seen[state()->counter] = true;
}

static void count_often_end(struct rig *r, enum sched_end end)
{
	struct counts *c = container_of(r, struct counts, rig);

	assert_int_equal(end, SCHED_DONE);
	assert_int_equal(state()->counter, 9 + state()->got);
	assert_int_equal(state()->tries, 3);
	assert_int_equal(state()->most_inside, 0);
	c->got |= state()->got > 0;
	c->missed |= state()->got < 3;
}

/* In every schedule of two; without the lock, an increment is lost in some. */
static void test_exclusion(void **kind)
{
	struct counts c = { .seen = { false } };

	for (unsigned long locked = 0; locked < 2; locked++) {
		memset(c.seen, 0, sizeof(c.seen));
		begin(&c.rig, *kind);
		c.rig.on_end = count_end;
		for (unsigned i = 0; i < 2; i++)
			rig_task("count", count, (void *)locked);
		rig_run_all(&c.rig, 10000);
		rig_expect_silence(&c.rig);
		rig_end(&c.rig);
		assert_int_equal(c.seen[1], !locked);
		assert_true(c.seen[2]);
	}
	c.got = c.missed = false;
	begin(&c.rig, *kind);
	c.rig.on_end = count_often_end;
	for (unsigned i = 0; i < 3; i++)
		rig_task("count", count_often, NULL);
	rig_run_random(&c.rig, 2, 3000);
	rig_expect_silence(&c.rig);
	rig_end(&c.rig);
	assert_true(c.got && c.missed);
}

/* ---- what the validator says is held is what the lock says ---- */

static bool held_by(const struct task *t, const struct any_lock *l)
{
	for (unsigned i = 0; i < t->depth; i++)
		if (t->held[i].class == l->class)
			return true;
	return false;
}

static bool taken(const struct any_lock *l)
{
	return l->word || l->spin.l.owner || l->mutex.l.owner || l->rwsem.l.owner;
}

static void agree_step(struct rig *r, const struct task *t)
{
	const struct any_lock *l = &state()->lock[0];
	unsigned holders = 0;

	(void)t;
	(void)r;
	for (unsigned i = 0; i < machine->nr_tasks; i++)
		holders += held_by(&machine->task[i], l);
	check_that(holders == taken(l), ORACLE_STRUCTURE, "held", "%u tasks hold it, it is %staken",
		   holders, taken(l) ? "" : "not ");
}

static void test_held_agrees_with_the_lock(void **kind)
{
	static const struct lock_case two = { .path = { "aAb1AxB", "aA" } };
	struct rig r;

	set_up(&r, &two, *kind);
	r.on_step = agree_step;
	rig_run_all(&r, 20000);
	rig_expect_silence(&r);
	rig_end(&r);
}

/* ---- who is next ---- */

static bool all_wait(void *arg)
{
	(void)arg;
	for (unsigned i = 1; i < machine->nr_tasks; i++)
		if (machine->task[i].op.kind != OP_LOCK &&
		    machine->task[i].op.kind != OP_DOWN_WRITE &&
		    machine->task[i].op.kind != OP_DOWN_WRITE_WAIT)
			return false;
	return true;
}

static bool held_first(void *arg)
{
	(void)arg;
	return state()->inside;
}

static void holder(void *arg)
{
	(void)arg;
	lock(0);
	state()->inside = 1;
	exec_wait(all_wait, NULL, NULL, HERE);
	unlock(0);
}

static void waiter(void *arg)
{
	(void)arg;
	exec_wait(held_first, NULL, NULL, HERE);
	lock(0);
	state()->order[state()->nr++] = (u8)(unsigned long)arg;
	unlock(0);
}

struct orders {
	struct rig rig;
	bool seen[1000];
};

static void orders_end(struct rig *r, enum sched_end end)
{
	const u8 *o = state()->order;

	assert_int_equal(end, SCHED_DONE);
	container_of(r, struct orders, rig)->seen[o[0] * 100 + o[1] * 10 + o[2]] = true;
}

/* Any of those who wait, whoever came first: all six orders are seen. */
static void test_any_waiter_is_next(void **kind)
{
	struct orders o = { .seen = { false } };
	unsigned n = 0;

	begin(&o.rig, *kind);
	o.rig.on_end = orders_end;
	rig_task("holder", holder, NULL);
	for (unsigned long i = 1; i <= 3; i++)
		rig_task("waiter", waiter, (void *)i);
	rig_run_random(&o.rig, 3, 3000);
	rig_expect_silence(&o.rig);
	rig_end(&o.rig);
	for (unsigned i = 0; i < 1000; i++)
		n += o.seen[i];
	assert_int_equal(n, 6);
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
		FOR_ALL_KINDS(test_exclusion),
		FOR_ALL_KINDS(test_cases),
		FOR_ALL_KINDS(test_cycle_of_three_tasks),
		FOR_ALL_KINDS(test_held_agrees_with_the_lock),
		FOR_ALL_KINDS(test_any_waiter_is_next),
	};

	return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
