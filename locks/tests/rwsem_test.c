/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the rw_semaphore: who goes in with whom, who waits for whom, what a trylock may do, who
 * may steal.
 *
 * Each case lets tasks arrive as its strings say and looks at all schedules of it. Each task tells
 * what happens: "R1", task 1 is in as a reader, "W1" as a writer, "D1" it became a reader, "-1" it
 * is out, and so on. What a case demands of these stories is written as "W1<R2": task 1 was in, for
 * write, before task 2 was, for read.
 *
 * Concurrency: one thread.
 */
#include "rig.h"

static const struct lock_class classes[] = {
	{ "none", WAIT_PSEUDO, SAME_NEVER, 0 },
	{ "rcu", WAIT_RCU, SAME_RECURSIVE, 0 },
	{ "sem", WAIT_SLEEP, SAME_NEVER, 0 },
};

#define TASKS 5
#define STORY 128

struct state {
	struct rw_semaphore sem;
	char story[STORY];
};

static struct state *state(void)
{
	return machine->core;
}

/* ---- what tasks do ---- */

static void tell(char what)
{
	struct state *s = state();
	size_t n = strlen(s->story);

	if (n + 3 > STORY)
		die("too long a story: %s", s->story);
	s->story[n] = what;
	s->story[n + 1] = (char)('0' + current->id);
}

/* It holds the semaphore, queues for it, or has been there. */
static bool has_come(const struct task *t)
{
	return t->queued || t->depth || t->state == TASK_DONE;
}

static bool earlier_have_come(void *arg)
{
	for (const struct task *t = machine->task; t < (const struct task *)arg; t++)
		if (!has_come(t))
			return false;
	return true;
}

static bool all_have_come(void *arg)
{
	(void)arg;
	for (const struct task *t = machine->task; t < machine->task + machine->nr_tasks; t++)
		if (!has_come(t) && *(const char *)t->arg == '<')
			return false;
	return true;
}

/* Somebody queues, nobody is in; or that moment has passed. */
static bool free_with_queue(void *arg)
{
	const struct lock *l = &state()->sem.l;

	(void)arg;
	return (l->first && !l->owner && !l->readers) || machine->task[1].state == TASK_DONE;
}

/*
 * '<' come after the tasks before, '*' wait until all of these have come, '.' until the semaphore
 * is free and somebody queues; 'r' down_read, 'w' down_write, 't' and 'y' try these (a failure
 * skips the next step), 'u' up_read, 'U' up_write, 'd' downgrade_write, 'l' rwsem_is_locked.
 */
static void follow(void *path)
{
	struct rw_semaphore *sem = &state()->sem;

	for (const char *p = path; *p; p++) {
		bool got;

		switch (*p) {
		case '<':
			exec_wait(earlier_have_come, current, sem, HERE);
			break;
		case '*':
			exec_wait(all_have_come, NULL, sem, HERE);
			break;
		case '.':
			exec_wait(free_with_queue, NULL, sem, HERE);
			break;
		case 'r':
			down_read(sem);
			tell('R');
			break;
		case 'w':
			down_write(sem);
			tell('W');
			break;
		case 'u':
			up_read(sem);
			tell('-');
			break;
		case 'U':
			up_write(sem);
			tell('-');
			break;
		case 'd':
			downgrade_write(sem);
			tell('D');
			break;
		case 'l':
			tell(rwsem_is_locked(sem) ? 'L' : 'l');
			break;
		case 't':
		case 'y':
			got = *p == 't' ? down_read_trylock(sem) : down_write_trylock(sem);
			tell(got ? (char)(*p - 'a' + 'A') : *p);
			p += !got;
		}
	}
}

/* ---- what is demanded ---- */

static const char *find_event(const char *story, const char *event)
{
	for (; *story; story += 2)
		if (story[0] == event[0] && story[1] == event[1])
			return story;
	return NULL;
}

/* "W1<R2&R2": each of the parts; a part is an event, or two in this order. */
static bool holds(const char *story, const char *what)
{
	for (;; what++) {
		const char *a = find_event(story, what), *b;

		if (!a)
			return false;
		what += 2;
		if (*what == '<') {
			b = find_event(story, what + 1);
			if (!b || b < a)
				return false;
			what += 3;
		}
		if (*what != '&')
			return true;
	}
}

#define DEMANDS 6

struct rwsem_case {
	const char *name;
	const char *path[TASKS];
	const char *always[DEMANDS]; /* in every story */
	const char *some[DEMANDS]; /* in some, but not in all of them */
	const char *never[DEMANDS];
	u32 plain; /* choices that are not varied */
};

static const struct rwsem_case cases[] = {
	{ .name = "readers share it",
	  .path = { "ru", "ru" },
	  .some = { "R0<-1&R1<-0", "-0<R1", "-1<R0" } },
	{ .name = "a writer is alone",
	  .path = { "wU", "ru", "wU" },
	  .plain = 1u << CHOICE_STEAL,
	  .some = { "-0<W2", "-2<R1", "-1<W0" },
	  .never = { "W0<R1&R1<-0", "R1<W0&W0<-1", "W0<W2&W2<-0", "W2<W0&W0<-2", "W2<R1&R1<-2" } },
	{ .name = "a queued writer holds off later readers",
	  .path = { "r*u", "<wU", "<ru" },
	  .always = { "-0<W1", "W1<R2", "-1<R2" } },
	{ .name = "writers go in order of arrival",
	  .path = { "w*U", "<wU", "<wU", "<wU" },
	  .always = { "-0<W1", "-1<W2", "-2<W3" } },
	{ .name = "readers at the head go together",
	  .path = { "w*U", "<ru", "<ru", "<wU", "<ru" },
	  .always = { "-0<R1", "-0<R2", "-1<W3", "-2<W3", "-3<R4" },
	  .some = { "R1<-2&R2<-1", "R2<R1", "-1<R2" } },
	{ .name = "a queued writer waits for all readers",
	  .path = { "r*u", "r*u", "<wU" },
	  .always = { "-0<W2", "-1<W2" } },
	{ .name = "a downgrade lets readers in",
	  .path = { "w*du", "<ru", "<wU", "<ru" },
	  .always = { "D0<R1", "-0<W2", "-1<W2", "-2<R3" },
	  .some = { "R1<-0", "-0<R1" } },
	{ .name = "without, they wait",
	  .path = { "w*U", "<ru", "<wU", "<ru" },
	  .always = { "-0<R1", "-1<W2", "-2<R3" } },
	{ .name = "trylocks fail while somebody queues",
	  .path = { "r*u", "<wU", "<tuyU" },
	  .always = { "t2", "y2" } },
	{ .name = "trylocks on a free one", .path = { "tuyU" }, .always = { "T0", "Y0" } },
	{ .name = "trylocks against a reader",
	  .path = { "r*u", "<yUtu" },
	  .always = { "T1", "y1" } },
	{ .name = "trylocks against a writer",
	  .path = { "w*U", "<tuyU" },
	  .always = { "t1", "y1" } },
	{ .name = "free, but somebody queues: read trylock",
	  .path = { "r*u", "<wU", ".tu" },
	  .some = { "-0<t2&t2<W1" },
	  .never = { "T2<W1" } },
	{ .name = "free, but somebody queues: write trylock",
	  .path = { "r*u", "<wU", ".yU" },
	  .some = { "-0<y2&y2<W1" },
	  .never = { "Y2<W1" } },
	{ .name = "free, but somebody queues: locked",
	  .path = { "r*u", "<wU", ".l" },
	  .some = { "L2<W1", "-1<l2" },
	  .never = { "l2<W1" } },
	{ .name = "free, but somebody queues: a reader",
	  .path = { "r*u", "<wU", ".ru" },
	  .always = { "W1<R2" } },
	{ .name = "a later reader behind readers",
	  .path = { "w*U", "<ru", ".ru" },
	  .some = { "R2<R1", "R2<-1&R1<-2" } },
	{ .name = "a writer steals",
	  .path = { "r*u", "<wU", ".wU" },
	  .always = { "-0<W2" },
	  .some = { "W2<W1", "W1<W2" },
	  .never = { "W2<W1&W1<-2" } },
	{ .name = "a writer steals from readers",
	  .path = { "w*U", "<ru", ".wU" },
	  .always = { "-0<W2" },
	  .some = { "W2<R1", "R1<W2" },
	  .never = { "W2<R1&R1<-2", "R1<W2&W2<-1" } },
	{ .name = "ordinarily, a writer does not",
	  .path = { "r*u", "<wU", ".wU" },
	  .plain = 1u << CHOICE_STEAL,
	  .always = { "W1<W2" } },
	{ .name = "is locked", .path = { "lrluwldlul" }, .always = { "l0<L0" } },
};

/* ---- running them ---- */

struct run {
	struct rig rig;
	const struct rwsem_case *c;
	unsigned some[DEMANDS];
	bool stolen;
};

static void story_end(struct rig *r, enum sched_end end)
{
	struct run *run = container_of(r, struct run, rig);
	const char *story = state()->story;

	if (end != SCHED_DONE)
		fail_msg("end %d after %s", end, story);
	for (unsigned i = 0; i < DEMANDS; i++) {
		if (run->c->always[i] && !holds(story, run->c->always[i]))
			fail_msg("not %s: %s", run->c->always[i], story);
		if (run->c->never[i] && holds(story, run->c->never[i]))
			fail_msg("%s: %s", run->c->never[i], story);
		run->some[i] += run->c->some[i] && holds(story, run->c->some[i]);
	}
	if (run->c->path[2] && !strcmp(run->c->path[2], ".wU"))
		assert_int_equal(r->chosen == 1u << CHOICE_STEAL,
				 holds(story, "W2<W1") || holds(story, "W2<R1"));
}

/* Between steps there is one writer or any readers, and the validator knows them all. */
static void consistent_step(struct rig *r, const struct task *t)
{
	const struct lock *l = &state()->sem.l;
	unsigned readers = 0, writers = 0, queued = 0;

	(void)t;
	(void)r;
	for (unsigned i = 0; i < machine->nr_tasks; i++) {
		const struct task *o = &machine->task[i];

		queued += o->queued;
		readers += o->depth && o->held[0].mode == LOCK_READ;
		writers += o->depth && o->held[0].mode == LOCK_WRITE;
	}
	for (const struct task *o = l->first; o; o = o->next_waiter)
		queued--;
	check_that(!queued && readers == l->readers && writers == !!l->owner &&
			   writers + !!readers <= 1,
		   ORACLE_STRUCTURE, "rwsem", "%u readers, %u in it; %u writers", readers,
		   l->readers, writers);
}

static void begin(struct rig *r, const char *const path[TASKS])
{
	struct state *s;

	rig_begin(r, EXEC_CONTROLLED, classes, ARRAY_SIZE(classes));
	s = rig_state(sizeof(*s));
	init_rwsem(&s->sem, 2);
	for (unsigned i = 0; i < TASKS && path[i]; i++)
		rig_task(path[i], follow, (void *)path[i]);
}

static void test_cases(void **unused)
{
	(void)unused;
	for (const struct rwsem_case *c = cases; c < cases + ARRAY_SIZE(cases); c++) {
		struct run run;

		memset(&run, 0, sizeof(run));
		print_message("# %s\n", c->name);
		begin(&run.rig, c->path);
		run.c = c;
		run.rig.plain = c->plain;
		run.rig.on_end = story_end;
		run.rig.on_step = consistent_step;
		rig_run_all(&run.rig, 200000);
		rig_expect_silence(&run.rig);
		for (unsigned i = 0; i < DEMANDS; i++)
			if (c->some[i] && (!run.some[i] || run.some[i] == run.rig.executions))
				fail_msg("%s in %u of %lu", c->some[i], run.some[i],
					 run.rig.executions);
		print_message("# %lu schedules\n", run.rig.executions);
		rig_end(&run.rig);
	}
}

/* Many tasks, many times. */
static void test_consistent_at_random(void **unused)
{
	static const char *const path[TASKS] = { "ruwUtuyUru", "wduwUyUlwU", "ruruwUtu",
						 "yUwdutuwU", "tuwUwduru" };
	struct rig r;

	(void)unused;
	begin(&r, path);
	r.on_step = consistent_step;
	rig_run_random(&r, 7, 10000);
	rig_expect_silence(&r);
	rig_end(&r);
}

/* ---- misuse ---- */

struct misuse {
	const char *path[TASKS];
	const char *key;
	bool deadlock; /* may it end in one? */
};

static const struct misuse misuses[] = {
	{ .path = { "rruu" }, .key = "recursion:sem" },
	{ .path = { "rruu", "wU" }, .key = "recursion:sem", .deadlock = true },
	{ .path = { "rwUu" }, .key = "recursion:sem", .deadlock = true },
	{ .path = { "wruU" }, .key = "recursion:sem", .deadlock = true },
	{ .path = { "rU" }, .key = "release-mode:sem" },
	{ .path = { "wu" }, .key = "release-mode:sem" },
	{ .path = { "wdU" }, .key = "release-mode:sem" },
	{ .path = { "rd" }, .key = "downgrade-not-held:sem" },
	{ .path = { "d" }, .key = "downgrade-not-held:sem" },
	{ .path = { "u" }, .key = "release-not-held:sem" },
	{ .path = { "U" }, .key = "release-not-held:sem" },
};

static void test_misuse(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < ARRAY_SIZE(misuses); i++) {
		for (unsigned go_on = 0; go_on < 2; go_on++) {
			struct rig r;

			begin(&r, misuses[i].path);
			r.go_on = go_on;
			rig_run_all(&r, 10000);
			rig_expect(&r, ORACLE_LOCKS, misuses[i].key);
			assert_true(r.violations >= r.executions);
			if (go_on)
				assert_int_equal(r.ends[SCHED_DEADLOCK] != 0, misuses[i].deadlock);
			else
				assert_int_equal(r.ends[SCHED_STOPPED], r.executions);
			rig_end(&r);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_consistent_at_random),
		cmocka_unit_test(test_misuse),
	};

	return cmocka_run_group_tests_name("rwsem", tests, NULL, NULL);
}
