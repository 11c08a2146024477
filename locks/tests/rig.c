/* SPDX-License-Identifier: GPL-2.0-only */
/* The stand for unit tests; see rig.h. */
#include "rig.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inner.h"
#include "noise.h"
#include "realthreads.h"

#define ARENA_SIZE (16ul << 20)
#define MAX_TASKS 16

/* ---- the listener ---- */

static void keep(struct rig *r, const struct violation *v)
{
	struct rig_found *f;

	r->violations++;
	for (f = r->found; f < r->found + r->nr_found; f++)
		if (f->oracle == v->oracle && !strcmp(f->key, v->key))
			break;
	if (f == r->found + r->nr_found && r->nr_found < RIG_KEYS) {
		r->nr_found++;
		f->oracle = v->oracle;
		snprintf(f->key, sizeof(f->key), "%s", v->key);
		snprintf(f->text, sizeof(f->text), "%s", v->text);
		snprintf(f->follows, sizeof(f->follows), "%s", v->follows ? v->follows : "");
	}
	if (f < r->found + RIG_KEYS)
		f->times++;
}

static bool rig_report(struct violation_sink *sink, const struct violation *v)
{
	struct rig *r = container_of(sink, struct rig, sink);

	inner_lock(&r->lock);
	keep(r, v);
	inner_unlock(&r->lock);
	if (r->on_report)
		r->on_report(r, v);
	return !r->go_on;
}

/* ---- policies ---- */

static void mix(struct rig *r, u64 what)
{
	r->hash = (r->hash ^ what) * 0x9e3779b97f4a7c15ul;
	r->hash ^= r->hash >> 29;
}

static unsigned draw(struct rig *r, unsigned n)
{
	r->random ^= r->random << 13;
	r->random ^= r->random >> 7;
	r->random ^= r->random << 17;
	return (unsigned)((r->random >> 20) % n);
}

/* One of n, by the policy in force: a known prefix and then 0, or at random. */
static unsigned decide(struct rig *r, unsigned n)
{
	unsigned d;

	if (r->random)
		return draw(r, n);
	if (n == 1 || !r->known)
		return 0;
	d = r->depth++;
	if (d == RIG_DEPTH)
		die("a schedule of more than %u choices", RIG_DEPTH);
	if (d + 1 >= r->known) {
		r->known = d + 2;
		r->taken[d] = 0;
		r->of[d] = (u8)n;
	}
	if (r->of[d] != n)
		die("the same choices led elsewhere: %u alternatives, not %u", n, r->of[d]);
	return r->taken[d];
}

static unsigned rig_pick(struct exec_policy *p, u64 enabled)
{
	struct rig *r = container_of(p, struct rig, policy);
	unsigned n = decide(r, (unsigned)__builtin_popcountl(enabled));

	while (n--)
		enabled &= enabled - 1;
	mix(r, enabled);
	return (unsigned)__builtin_ctzl(enabled);
}

static unsigned rig_choose(struct exec_policy *p, enum choice_kind kind, unsigned n)
{
	struct rig *r = container_of(p, struct rig, policy);
	unsigned a = r->plain >> kind & 1 ? 0 : decide(r, n);

	if (a)
		r->chosen |= 1u << kind;
	mix(r, kind * 64ul + a);
	return a;
}

static void rig_step(struct exec_policy *p, const struct task *t)
{
	struct rig *r = container_of(p, struct rig, policy);

	r->steps++;
	mix(r, t->id * 256ul + t->op.kind);
	mix(r, (u64)t->op.obj);
	if (r->on_step)
		r->on_step(r, t);
}

/* ---- the machine ---- */

void rig_begin(struct rig *r, enum executor executor, const struct lock_class *classes, unsigned nr)
{
	const struct machine_config config = {
		executor, ARENA_SIZE, MAX_TASKS, classes, nr, &r->sink,
	};

	memset(r, 0, sizeof(*r));
	r->sink.report = rig_report;
	r->policy = (struct exec_policy){ .pick = rig_pick, .choose = rig_choose, .step = rig_step };
	r->bound = 10000;
	assert_int_equal(machine_init(&config), 0);
	machine->rcu.class = 1;
	slab_init(0);
}

void rig_end(struct rig *r)
{
	snapshot_free(r->start);
	r->start = NULL;
}

void *rig_state(size_t size)
{
	machine->core = machine_alloc(size);
	return machine->core;
}

struct task *rig_task(const char *name, void (*fn)(void *), void *arg)
{
	struct task *t = task_create(name, fn, arg, false);

	assert_non_null(t);
	return t;
}

/* ---- executions ---- */

static enum sched_end execute(struct rig *r)
{
	enum sched_end end;

	if (!r->start)
		r->start = machine_snapshot();
	machine_restore(r->start);
	r->depth = 0;
	r->chosen = 0;
	end = sched_run(&r->policy, ~0ul, r->bound);
	r->executions++;
	r->ends[end]++;
	mix(r, end);
	if (r->on_end)
		r->on_end(r, end);
	return end;
}

enum sched_end rig_run_once(struct rig *r)
{
	r->random = r->known = 0;
	return execute(r);
}

void rig_run_random(struct rig *r, u64 seed, unsigned executions)
{
	r->random = seed * 0x9e3779b97f4a7c15ul | 1;
	while (executions--)
		execute(r);
	r->random = 0;
}

/* The last choice that has an alternative left takes it; what followed is forgotten. */
static bool next_schedule(struct rig *r)
{
	unsigned d = r->known - 1;

	while (d && r->taken[d - 1] + 1 == r->of[d - 1])
		d--;
	if (!d)
		return false;
	r->taken[d - 1]++;
	r->known = d + 1;
	return true;
}

void rig_run_all(struct rig *r, unsigned limit)
{
	r->random = 0;
	r->known = 1; /* one more than the choices known: 0 is for the other policies */
	do {
		if (!limit--)
			fail_msg("not all schedules were run: %lu were", r->executions);
		execute(r);
	} while (next_schedule(r));
	r->known = 0;
}

/* ---- real threads, children ---- */

void rig_threads(void (*fn)(void *), unsigned n, unsigned noise)
{
	for (unsigned i = 0; i < n; i++) {
		struct task *t = rig_task("thread", fn, (void *)(unsigned long)i);

		noise_init(t, (enum noise_profile)(i % NOISE_PROFILES), noise, 1234567 * (i + 1));
	}
}

void rig_run_threads(struct rig *r)
{
	const unsigned first = 1;

	assert_int_equal(threads_run(first, machine->nr_tasks - first), 0);
	for (unsigned i = first; i < machine->nr_tasks; i++)
		assert_int_equal(machine->task[i].state, TASK_DONE);
	r->executions = r->ends[SCHED_DONE] = 1;
	rig_expect_silence(r);
}

int rig_status_of(void (*fn)(void *), void *arg)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child) {
		/* cmocka's handlers would turn a crash into an exit. */
		signal(SIGSEGV, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(99);
		fn(arg);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

/* ---- verdicts ---- */

static void print_found(const struct rig *r)
{
	for (unsigned i = 0; i < r->nr_found; i++)
		print_error("found: oracle %d, %s, %u times: %s\n", r->found[i].oracle,
			    r->found[i].key, r->found[i].times, r->found[i].text);
	print_error("%lu executions: %lu done, %lu deadlock, %lu stopped, %lu bound\n",
		    r->executions, r->ends[SCHED_DONE], r->ends[SCHED_DEADLOCK],
		    r->ends[SCHED_STOPPED], r->ends[SCHED_BOUND]);
}

void rig_expect(struct rig *r, enum oracle oracle, const char *key)
{
	if (r->nr_found == 1 && r->found[0].oracle == oracle && !strcmp(r->found[0].key, key))
		return;
	print_found(r);
	fail_msg("expected oracle %d: %s", oracle, key);
}

void rig_expect_silence(struct rig *r)
{
	if (!r->nr_found && r->executions && r->ends[SCHED_DONE] == r->executions)
		return;
	print_found(r);
	fail_msg("expected silence");
}
