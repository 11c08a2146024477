/* SPDX-License-Identifier: GPL-2.0-only */
/* The stand for unit tests: machine, tasks, verdicts; see rig.h. */
#include "rig.h"

#define ARENA_SIZE (1ul << 20)
#define STEP_BOUND 1000000

/* ---- the listeners ---- */

static bool rig_report(struct violation_sink *sink, const struct violation *v)
{
	struct rig *r = container_of(sink, struct rig, sink);

	if (r->violations++)
		return true;
	r->oracle = v->oracle;
	snprintf(r->key, sizeof(r->key), "%s", v->key);
	snprintf(r->text, sizeof(r->text), "%s", v->text);
	return true;
}

static struct rig *rig_of_task(void)
{
	return current->user;
}

static void rig_listener(const struct event *e)
{
	struct rig *r = rig_of_task();

	if (!r)
		return;			/* the task of RCU callbacks */
	r->nr[e->kind]++;
	r->last[e->kind] = *e;
}

/* ---- the policy: the lowest task that is not held, and the alternatives asked for ---- */

static bool held(const struct rig *r)
{
	const struct op *op = &r->task[1]->op;

	if (!r->hold_func || op->kind != r->hold_kind || (r->hold_obj && op->obj != r->hold_obj))
		return false;
	return op->site && !strcmp(op->site->func, r->hold_func);
}

static unsigned rig_pick(struct exec_policy *p, u64 enabled)
{
	const struct rig *r = container_of(p, struct rig, policy);
	u64 bodies = 1ul << r->task[0]->id | 1ul << r->task[1]->id;

	if (held(r))
		bodies &= ~(1ul << r->task[1]->id);
	/* Callbacks, and who is held, only when nobody else can go on. */
	if (enabled & bodies)
		enabled &= bodies;
	return (unsigned)__builtin_ctzl(enabled);
}

static unsigned rig_choose(struct exec_policy *p, enum choice_kind kind, unsigned n)
{
	const struct rig *r = container_of(p, struct rig, policy);

	return r->other >> kind & 1 ? n - 1 : 0;
}

/* ---- the machine ---- */

static void first_body(void *arg)
{
	struct rig *r = arg;

	r->body[0](r);
}

static void second_body(void *arg)
{
	struct rig *r = arg;

	r->body[1](r);
}

const struct rmap_ops *rig_rmap = &rmap_anon_chain;
bool rig_vma_locks;
enum memory_model rig_memory;

void rig_begin_sized(struct rig *r, unsigned frames, unsigned slots)
{
	static struct lock_class classes[LC_NR];
	const struct machine_config mc = {
		EXEC_CONTROLLED, ARENA_SIZE, 4, classes, LC_NR, &r->sink,
	};
	const struct core_config cc = {
		.rmap = rig_rmap,
		.nr_pages = frames + RIG_DEVICE,
		.nr_device = RIG_DEVICE,
		.nr_slots = slots,
		.nr_cpus = RIG_CPUS,
		.vma_locks = rig_vma_locks,
		.listener = rig_listener,
	};

	core_lock_classes_of(rig_rmap, classes);
	memset(r, 0, sizeof(*r));
	r->sink.report = rig_report;
	r->policy = (struct exec_policy){ .pick = rig_pick, .choose = rig_choose };
	assert_int_equal(machine_init(&mc), 0);
	machine->memory = rig_memory;
	rcu_init(LC_RCU);
	core_init(&cc);
	r->task[0] = task_create("first", first_body, r, false);
	r->task[1] = task_create("second", second_body, r, false);
	r->task[0]->user = r->task[1]->user = r;
	r->task[0]->cpu = 0;
	r->task[1]->cpu = 1;
	r->empty = rig_ledger();
	r->start = machine_snapshot();
}

void rig_begin(struct rig *r)
{
	rig_begin_sized(r, RIG_FRAMES, RIG_SLOTS);
}

void rig_end(struct rig *r)
{
	snapshot_free(r->start);
	r->start = NULL;
}

void rig_restore(struct rig *r)
{
	machine_restore(r->start);
	memset(r->nr, 0, sizeof(r->nr));
	memset(r->last, 0, sizeof(r->last));
	r->flag = 0;
	r->hold_func = NULL;
}

/* ---- running ---- */

static enum sched_end run(struct rig *r, rig_body first, rig_body second)
{
	u64 mask = 1ul << r->task[0]->id;
	enum sched_end end;

	r->body[0] = first;
	r->body[1] = second;
	if (second)
		mask |= 1ul << r->task[1]->id;
	end = sched_run(&r->policy, mask, STEP_BOUND);
	if (r->failure[0])
		fail_msg("%s", r->failure);
	return end;
}

void rig_run_two(struct rig *r, rig_body first, rig_body second)
{
	enum sched_end end = run(r, first, second);

	if (r->violations)
		fail_msg("oracle %d, %s: %s", r->oracle, r->key, r->text);
	if (end != SCHED_DONE)
		fail_msg("the bodies did not come to their end (%d)", end);
}

void rig_run(struct rig *r, rig_body body)
{
	rig_run_two(r, body, NULL);
}

void rig_run_two_to_violation(struct rig *r, rig_body first, rig_body second, enum oracle oracle,
			      const char *key)
{
	enum sched_end end = run(r, first, second);

	if (!r->violations || end != SCHED_STOPPED)
		fail_msg("expected oracle %d, %s; nothing was reported", oracle, key);
	if (r->oracle != oracle || strcmp(r->key, key))
		fail_msg("expected oracle %d, %s; found oracle %d, %s", oracle, key, r->oracle,
			 r->key);
	r->violations = 0;
}

void rig_run_to_violation(struct rig *r, rig_body body, enum oracle oracle, const char *key)
{
	rig_run_two_to_violation(r, body, NULL, oracle, key);
}

void rig_test(void **state)
{
	rig_body body = (rig_body)*state;
	struct rig r;

	rig_begin(&r);
	rig_run(&r, body);
	rig_end(&r);
}

void rig_fail(int line, const char *fmt, ...)
{
	struct rig *r = rig_of_task();
	va_list ap;
	int n;

	n = snprintf(r->failure, sizeof(r->failure), "line %d: ", line);
	va_start(ap, fmt);
	vsnprintf(r->failure + n, sizeof(r->failure) - (size_t)n, fmt, ap);
	va_end(ap);
	sched_stop(SCHED_STOPPED);
}

/* ---- two bodies ---- */

struct awaited {
	const struct rig *r;
	int flag;
};

static bool flag_raised(void *arg)
{
	const struct awaited *a = arg;

	return a->r->flag >= a->flag;
}

void rig_raise(struct rig *r, int flag)
{
	r->flag = flag;
}

void rig_wait(struct rig *r, int flag)
{
	struct awaited a = { r, flag };

	exec_wait(flag_raised, &a, NULL, HERE);
}

static bool cannot_go_on(void *arg)
{
	const struct task *t = arg;

	return t->state == TASK_DONE || !task_enabled(t);
}

void rig_until_other_waits(struct rig *r)
{
	struct task *other = r->task[current == r->task[0]];

	exec_wait(cannot_go_on, other, NULL, HERE);
}

void rig_hold(struct rig *r, const char *func, enum op_kind kind, const void *obj)
{
	r->hold_func = func;
	r->hold_kind = kind;
	r->hold_obj = obj;
}

static bool is_held(void *arg)
{
	return held(arg);
}

void rig_until_held(struct rig *r)
{
	exec_wait(is_held, r, NULL, HERE);
}

void rig_let_go(struct rig *r)
{
	r->hold_func = NULL;
}

void rig_on_cpu(unsigned cpu)
{
	current->cpu = (u16)cpu;
}
