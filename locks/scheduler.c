/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The controlled scheduler. One OS thread; a switch happens only at points.
 *
 * The set of enabled tasks is computed from two words: tasks that are ready, minus those among them whose pending operation has
 * to wait and cannot be had yet. Only operations marked as blocking are asked.
 */
#include "scheduler.h"

#include <string.h>

#include "fiber.h"
#include "lock.h"
#include "sanitize.h"
#include "sched_point.h"
#include "store_buffer.h"

void sched_daemon_busy(bool busy)
{
	u64 bit = 1ul << current->id;

	if (busy)
		machine->sched.busy |= bit;
	else
		machine->sched.busy &= ~bit;
}

static void switch_to(struct task *from, struct task *to)
{
	void *san;

	machine->sched.running = to;
	current = to;
	san_switch(&san, to->id);
	fiber_switch(&from->sp, to->sp);
	san_switched(san);
}

/* As switch_to(), from a stack that will not be used again. */
static void __attribute__((noreturn)) leave_to(struct task *to)
{
	void *abandoned;

	machine->sched.running = to;
	current = to;
	san_switch(NULL, to->id);
	fiber_switch(&abandoned, to->sp);
	__builtin_unreachable();
}

/* Leave the execution for whoever called sched_run(). */
static void __attribute__((noreturn)) leave(enum sched_end end)
{
	struct sched *s = &machine->sched;
	void *abandoned;

	s->end = (int)end;
	san_switch(NULL, FIBER_MAIN);
	fiber_switch(&abandoned, s->main_sp);
	__builtin_unreachable();
}

void sched_stop(enum sched_end end)
{
	if (!machine->sched.main_sp)
		die("an execution was to be stopped outside any");
	if (machine->sched.buffered)
		store_buffer_drain(current);
	leave(end);
}

void exec_progress(void)
{
	if (machine->executor != EXEC_CONTROLLED)
		return;
	machine->sched.progress = machine->sched.step;
	if (unlikely(machine->sched.looping))
		spin_ends();
}

/* Around what is asked of a policy: whoever runs is not who touches what it touches. */
static void policy_begin(const struct exec_policy *p)
{
	if (!p->quiet)
		san_ignore_begin();
}

static void policy_end(const struct exec_policy *p)
{
	if (!p->quiet)
		san_ignore_end();
}

/* Nearly all who have to wait do so for a lock with one owner: that can be seen from here. */
static inline bool may_go_on(const struct task *t)
{
	if (t->op.kind == OP_LOCK && !t->op.arg)
		return lock_is_free(t->op.obj);
	return task_enabled(t);
}

static inline u64 enabled_tasks(const struct sched *s)
{
	u64 enabled = s->ready & ~s->blockable;

	/* RCU waits nearly always, and mostly nobody has called it. */
	if (machine->rcu.first && s->for_callbacks && rcu_callback_ready())
		enabled |= s->for_callbacks;
	for (u64 b = s->blockable & s->ready & ~s->for_callbacks; b; b &= b - 1) {
		unsigned i = (unsigned)__builtin_ctzl(b);

		if (may_go_on(&machine->task[i]))
			enabled |= 1ul << i;
	}
	return enabled;
}

static struct task *nobody(struct sched *s, enum sched_end end)
{
	s->end = (int)end;
	return NULL;
}

/* Who is to be chosen from when somebody gives way: those who do not, and of these rather who would see something new. */
static noinline u64 eager_tasks(const struct sched *s, u64 enabled)
{
	u64 eager = enabled & ~(s->yielded | s->idle);

	if (!eager)
		eager = enabled & ~s->yielded;
	return eager ? eager : enabled;
}

static noinline u64 enabled_once_written(struct sched *s)
{
	if (s->buffered)
		store_buffers_write_all();	/* what somebody waits for may be among them */
	return enabled_tasks(s);
}

/* Whose turn it is; NULL, with s->end set, when the execution ends here. */
static struct task *next_task(struct sched *s)
{
	struct exec_policy *p = s->policy;
	struct task *t;
	u64 enabled;
	unsigned i;

	if (unlikely(!((s->needed | s->busy) & s->ready)))
		return nobody(s, SCHED_DONE);
	enabled = enabled_tasks(s);
	if (unlikely(!enabled))
		enabled = enabled_once_written(s);
	if (unlikely(!enabled))
		return nobody(s, SCHED_DEADLOCK);
	if (unlikely(s->yielded | s->idle))
		enabled = eager_tasks(s, enabled);
	policy_begin(p);
	i = p->pick(p, enabled);
	t = &machine->task[i];
	if (unlikely(s->yielded))	/* who gave way has done so */
		s->yielded &= t == s->running ? ~(1ul << i) : 0;
	s->step++;
	if (p->step)
		p->step(p, t);
	policy_end(p);
	if (unlikely(s->looping))
		spin_step(t);
	if (unlikely(s->step - s->progress > s->bound))
		return nobody(s, SCHED_BOUND);
	if (unlikely(s->buffered))
		store_buffer_show(t);
	return t;
}

void sched_point(struct task *t, enum op_kind kind)
{
	struct sched *s = &machine->sched;
	u64 bit = 1ul << t->id;
	struct task *next;

	s->blockable = op_blocks(kind) ? s->blockable | bit : s->blockable & ~bit;
	s->for_callbacks = kind == OP_RCU_CALLBACK ? s->for_callbacks | bit : s->for_callbacks & ~bit;
	if (unlikely(kind == OP_YIELD)) {
		s->yielded |= bit;
		spin_relaxes(t);
	}
	if (unlikely(s->buffered))
		store_buffers_settle(t);
	next = next_task(s);
	if (!next)
		leave((enum sched_end)s->end);
	if (next != t)
		switch_to(t, next);
}

unsigned sched_choose(enum choice_kind kind, unsigned n)
{
	struct exec_policy *p = machine->sched.policy;
	unsigned choice;

	if (!machine->sched.main_sp)
		return 0;		/* set-up outside an execution: nobody to ask */
	policy_begin(p);
	choice = p->choose(p, kind, n);
	policy_end(p);
	return choice;
}

void sched_touch(const void *obj, unsigned part, enum touch how)
{
	struct exec_policy *p = machine->sched.policy;

	policy_begin(p);
	p->touch(p, obj, part, how);
	policy_end(p);
}

/* First function on every task's stack. */
static void task_main(void)
{
	struct sched *s = &machine->sched;
	struct task *t = current;

	san_switched(NULL);
	san_task_starts();
	t->fn(t->arg);
	san_settle();
	if (unlikely(s->buffered & 1ul << t->id))
		exec_fence();		/* a step of its own: others may come between the last load and the last store */
	san_report_pending();
	t->state = TASK_DONE;
	s->ready &= ~(1ul << t->id);
	s->blockable &= ~(1ul << t->id);
	s->yielded &= ~(1ul << t->id);
	spin_ends();
	if (unlikely(s->buffered))
		store_buffers_settle(t);
	t = next_task(s);
	if (!t)
		leave((enum sched_end)s->end);
	leave_to(t);
}

/* Begins an execution. On a stack of its own, because even the first step may end in leave(). */
static void boot_main(void)
{
	struct sched *s = &machine->sched;
	struct task *first;

	san_switched(NULL);
	first = next_task(s);
	if (!first)
		leave((enum sched_end)s->end);
	leave_to(first);
}

static void task_prepare(struct task *t)
{
	t->sp = fiber_prepare(t->id, task_main);
	t->op = (struct op){ .kind = OP_START };
	t->state = TASK_READY;
	t->rcu_nest = 0;
	t->depth = 0;
	t->heldmask[LOCK_READ] = t->heldmask[LOCK_WRITE] = 0;
	t->lock_context = 0;
	t->in_reclaim = 0;
	t->unwatched = 0;
	t->racy = 0;
	t->undivided = 0;
	t->windows = 0;
	t->queued = 0;
	t->next_waiter = NULL;
	if (t->buffer)
		t->buffer->nr = 0;
}

/* Of the tasks that have not ended, those in the middle of something; not who never began, nor who waits for callbacks to run. */
static u64 abandoned(u64 unfinished)
{
	for (u64 b = unfinished; b; b &= b - 1) {
		unsigned i = (unsigned)__builtin_ctzl(b), kind = machine->task[i].op.kind;

		if (kind == OP_START || kind == OP_RCU_CALLBACK)
			unfinished &= ~(1ul << i);
	}
	return unfinished;
}

enum sched_end sched_run(struct exec_policy *p, u64 mask, u64 bound)
{
	struct sched *s = &machine->sched;
	struct task *caller = current;
	void *san;
	u64 tasks;

	s->ready = s->blockable = s->for_callbacks = s->yielded = s->looping = s->idle = 0;
	s->windows = s->needed = s->busy = s->buffered = 0;
	for (unsigned i = 0; i < machine->nr_tasks; i++) {
		struct task *t = &machine->task[i];

		if (!(mask >> i & 1) && !t->daemon)
			continue;
		task_prepare(t);
		s->ready |= 1ul << i;
		if (!t->daemon)
			s->needed |= 1ul << i;
	}
	s->policy = p;
	s->touches = p->touch;
	s->bound = bound;
	s->progress = s->step;
	s->running = NULL;
	tasks = s->ready;
	san_begin(tasks);
	san_switch(&san, FIBER_BOOT);
	fiber_switch(&s->main_sp, fiber_prepare(FIBER_BOOT, boot_main));
	san_switched(san);
	san_end(tasks, abandoned(s->ready));
	s->main_sp = NULL;
	s->touches = false;
	s->running = NULL;
	store_buffers_write_all();
	current = caller;
	return (enum sched_end)s->end;
}

static unsigned lowest(struct exec_policy *p, u64 enabled)
{
	(void)p;
	return (unsigned)__builtin_ctzl(enabled);
}

static unsigned ordinary(struct exec_policy *p, enum choice_kind kind, unsigned n)
{
	(void)p;
	(void)kind;
	(void)n;
	return 0;
}

struct exec_policy *sched_sequential(void)
{
	static struct exec_policy sequential = { .quiet = true, .pick = lowest, .choose = ordinary };

	return &sequential;
}
