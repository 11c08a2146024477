/* SPDX-License-Identifier: GPL-2.0-only */
/* The seam, where both executors meet: points, choices, waits, violations. */
#include "exec.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lock.h"
#include "noise.h"
#include "scheduler.h"
#include "sched_point.h"
#include "realthreads.h"
#include "sanitize.h"
#include "srcu.h"
#include "store_buffer.h"

/* The one mutable word outside the arena: which task this OS thread is at the moment. */
__thread struct task *current_task;

void exec_point_slow(enum op_kind kind, const void *obj, unsigned arg, unsigned class, const struct site *site)
{
	struct task *t = current;

	san_settle();
	if (unlikely(san_pending))
		san_report_pending();	/* of the step that ends here */
	t->op = (struct op){ .kind = (u8)kind, .arg = (u8)arg, .class = (u16)class, .obj = obj, .site = site };
	t->steps++;
	if (t->points & POINT_SCHED)
		sched_point(t, kind);
	else if (t->points & POINT_NOISE)
		noise_at_point(t);
	if (unlikely(__atomic_load_n(&machine->stop, __ATOMIC_RELAXED)))
		thread_stand_still();	/* who neither waits nor has noise must stop, too */
	/* What the hardware touches it looks up itself, once it is its turn: the entry named here is only where it will look. */
	if (t->points & POINT_CHECK && kind != OP_USER_LOAD && kind != OP_USER_STORE)
		slab_check_at(obj, site);
	if (unlikely(t->buffer))
		store_buffer_at_op(t);
}

unsigned exec_choose(enum choice_kind kind, unsigned n)
{
	struct task *t = current;

	if (n < 2)
		return 0;
	if (machine->executor == EXEC_CONTROLLED)
		return sched_choose(kind, n);
	if (!(t->points & POINT_NOISE))
		return 0;
	if (noise_draw(t) % choice_info[kind].odds)
		return 0;
	return (unsigned)(noise_draw(t) % n);
}

void exec_touch_part(const void *obj, unsigned part, enum touch how)
{
	if (unlikely(machine->sched.touches))
		sched_touch(obj, part, how);
}

void exec_wait(bool (*cond)(void *), void *arg, const void *obj, const struct site *site)
{
	struct task *t = current;

	t->cond = cond;
	t->cond_arg = arg;
	if (machine->executor == EXEC_CONTROLLED) {
		exec_point_slow(OP_WAIT, obj, 0, 0, site);
		return;
	}
	t->op = (struct op){ .kind = OP_WAIT, .obj = obj, .site = site };
	while (!cond(arg)) {
		const struct timespec nap = { 0, 50000 };

		thread_stand_still();
		nanosleep(&nap, NULL);
	}
}

u32 exec_windows(u32 windows)
{
	u32 was = current->windows;
	u64 bit = 1ul << current->id;

	if (machine->executor != EXEC_CONTROLLED)
		return 0;
	current->windows = windows;
	machine->sched.windows = windows ? machine->sched.windows | bit : machine->sched.windows & ~bit;
	return was;
}

void exec_relax(const struct site *site)
{
	if (machine->executor == EXEC_CONTROLLED) {
		exec_point_slow(OP_YIELD, NULL, 0, 0, site);
		current->relaxed = current->steps;
		return;
	}
	thread_relax();
}

struct task *task_create(const char *name, void (*fn)(void *), void *arg, bool daemon)
{
	struct task *t;

	if (machine->nr_tasks == machine->max_tasks)
		return NULL;
	t = &machine->task[machine->nr_tasks];
	memset(t, 0, sizeof(*t));
	t->id = (u16)machine->nr_tasks++;
	t->cpu = t->id;
	t->name = name;
	t->fn = fn;
	t->arg = arg;
	t->daemon = daemon;
	t->buffer = store_buffer_new();
	t->points = machine->executor == EXEC_CONTROLLED ? POINT_SCHED | POINT_CHECK : POINT_CHECK;
	return t;
}

/* Which lock kinds wait for a struct lock, and how the rest is decided. */
static bool bit_enabled(const struct task *t)
{
	return !(__atomic_load_n((const unsigned long *)t->op.obj, __ATOMIC_RELAXED) >> (t->op.arg - 1) & 1);
}

/* Asked between steps, by whoever made the last one: it is no access of his. */
static bool holds(const struct task *t)
{
	bool yes;

	san_ignore_begin();
	yes = t->cond(t->cond_arg);
	san_ignore_end();
	return yes;
}

bool task_enabled(const struct task *t)
{
	switch (t->op.kind) {
	case OP_LOCK:
		if (t->op.arg)
			return bit_enabled(t);
		__attribute__((fallthrough));
	case OP_DOWN_READ_WAIT:
	case OP_DOWN_WRITE_WAIT:
		return lock_enabled(t->op.obj, t->op.kind, t);
	case OP_GP_END:
		return rcu_gp_over(t);
	case OP_RCU_CALLBACK:
		return rcu_callback_ready();
	case OP_RCU_BARRIER:
		return rcu_barrier_over(t);
	case OP_SRCU_GP_END:
		return srcu_gp_over(t);
	case OP_WAIT:
		return holds(t);
	case OP_TLB_FLUSH:
		return ipi_is_taken(t);
	default:
		return true;
	}
}

/* v lacks its text. */
static void report(struct violation *v, const char *fmt, va_list ap)
{
	char text[400];
	bool stop;

	if (!(machine->oracles & 1u << v->oracle))
		return;
	san_ignore_begin();
	vsnprintf(text, sizeof(text), fmt, ap);
	v->text = text;
	if (!machine->sink)
		die("%s: %s", v->key, text);
	stop = machine->sink->report(machine->sink, v);
	san_ignore_end();
	if (!stop)
		return;
	if (machine->executor == EXEC_CONTROLLED) {
		if (machine->sched.main_sp)
			sched_stop(SCHED_STOPPED);
		return;			/* set-up, or a check after the end: there is nothing to stop */
	}
	__atomic_store_n(&machine->stop, 1, __ATOMIC_RELAXED);
	if (current)
		thread_stand_still();
}

void violation_at(enum oracle oracle, const char *key, const struct site *site, const char *fmt, ...)
{
	struct violation v = { .oracle = oracle, .key = key, .task = current, .site = site };
	va_list ap;

	va_start(ap, fmt);
	report(&v, fmt, ap);
	va_end(ap);
}

void violation_following(const char *follows, enum oracle oracle, const char *key, const struct site *site, const char *fmt, ...)
{
	struct violation v = { .oracle = oracle, .key = key, .task = current, .site = site, .follows = follows };
	va_list ap;

	va_start(ap, fmt);
	report(&v, fmt, ap);
	va_end(ap);
}

/* A lock that is part of nothing that has a name goes by its class. */
static const char *lock_name(const void *obj)
{
	const struct lock *l = lock_at(obj);

	return l && l->class ? lock_class_name(l->class) : NULL;
}

const char *obj_name(const void *obj, char buf[NAME_LEN])
{
	const char *name;

	if (!obj)
		return "-";
	name = slab_name(obj, buf);
	if (!name && machine->namer)
		name = machine->namer(obj, buf);	/* looks at constants only, and no checker of races at what it does */
	if (!name)
		name = lock_name(obj);
	if (!name) {
		snprintf(buf, NAME_LEN, "%#lx", (unsigned long)obj);
		name = buf;
	}
	return name;
}
