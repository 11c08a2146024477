/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy that repeats a recording, and notices where the execution goes another way.
 *
 * Concurrency: see recorder.h.
 */
#include "explore/recorder.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Only the first difference means something: all that follows may be its consequence. */
static void __printf(3, 4) diverge(struct replayer *p, u64 step, const char *fmt, ...)
{
	va_list args;

	if (p->diverged)
		return;
	p->diverged = true;
	p->diverged_step = step;
	va_start(args, fmt);
	vsnprintf(p->why, sizeof(p->why), fmt, args);
	va_end(args);
}

/* "A", "C and F", "A, C and F" */
static const char *task_letters(u64 tasks, char buf[4 * STRATEGY_TASKS])
{
	char *to = buf;

	for (tasks &= (1ul << STRATEGY_TASKS) - 1; tasks; tasks &= tasks - 1) {
		const char *join = to == buf ? "" : tasks & (tasks - 1) ? ", " : " and ";

		to += sprintf(to, "%s%c", join, (char)('A' + __builtin_ctzl(tasks)));
	}
	*to = '\0';
	return buf;
}

static unsigned wanted_task(struct replayer *p, u64 enabled)
{
	char buf[4 * STRATEGY_TASKS];
	u64 step = p->rec->steps + 1;
	unsigned c;

	if (p->diverged)
		return (unsigned)__builtin_ctzl(enabled);
	if (p->at == p->wanted->nr) {
		diverge(p, step, "expected no more choices, found a choice between tasks %s",
			task_letters(enabled, buf));
		return (unsigned)__builtin_ctzl(enabled);
	}
	c = p->wanted->choice[p->at++];
	if (c & CHOICE_BIT) {
		diverge(p, step, "expected alternative %u of a choice, found one between tasks %s",
			c & ~CHOICE_BIT, task_letters(enabled, buf));
	} else if (c >= STRATEGY_TASKS || !(enabled >> c & 1)) {
		diverge(p, step, "expected task %c to go on, found only %s able to",
			(char)('A' + c), task_letters(enabled, buf));
	}
	return p->diverged ? (unsigned)__builtin_ctzl(enabled) : c;
}

static unsigned wanted_alternative(struct replayer *p, enum choice_kind kind, unsigned n)
{
	u64 step = p->rec->steps;	/* asked for in the middle of a step */
	unsigned c;

	if (p->diverged)
		return 0;
	if (p->at == p->wanted->nr) {
		diverge(p, step, "expected no more choices, found a choice of '%s'",
			choice_info[kind].text);
		return 0;
	}
	c = p->wanted->choice[p->at++];
	if (!(c & CHOICE_BIT)) {
		diverge(p, step, "expected the choice of task %c, found one of '%s'",
			(char)('A' + c), choice_info[kind].text);
	} else if ((c & ~CHOICE_BIT) >= n) {
		diverge(p, step, "expected alternative %u of '%s', found only 0 to %u",
			c & ~CHOICE_BIT, choice_info[kind].text, n - 1);
	}
	return p->diverged ? 0 : c & ~CHOICE_BIT;
}

static unsigned replayer_pick(struct exec_policy *policy, u64 enabled)
{
	struct replayer *p = container_of(policy, struct replayer, policy);
	unsigned task;

	if (!(enabled & (enabled - 1)))
		return (unsigned)__builtin_ctzl(enabled);
	task = wanted_task(p, enabled);
	recording_add(p->rec, (u8)task);
	p->rec->decisions++;
	return task;
}

static unsigned replayer_choose(struct exec_policy *policy, enum choice_kind kind, unsigned n)
{
	struct replayer *p = container_of(policy, struct replayer, policy);
	unsigned alternative;

	if (n < 2)
		return 0;
	alternative = wanted_alternative(p, kind, min(n, MAX_ALTERNATIVES));
	recording_add(p->rec, (u8)(CHOICE_BIT | alternative));
	return alternative;
}

static void replayer_step(struct exec_policy *policy, const struct task *t)
{
	struct replayer *p = container_of(policy, struct replayer, policy);
	struct recording *r = p->rec;
	u32 marks = r->nr_check;

	recording_step(r, t, &p->last);
	if (r->nr_check != marks && marks < p->wanted->nr_check &&
	    r->check[marks] != p->wanted->check[marks])
		diverge(p, r->steps, "expected hash %08x of operations up to step %lu, found %08x",
			p->wanted->check[marks], r->steps, r->check[marks]);
	if (p->trace)
		p->trace(p->trace_arg, t, r->steps);
}

static void replayer_written(struct exec_policy *policy, const struct task *t, const void *obj, u64 since)
{
	struct replayer *p = container_of(policy, struct replayer, policy);

	if (p->written)
		p->written(p->trace_arg, t, obj, since, p->rec->steps);
}

void replayer_begin(struct replayer *p, const struct recording *wanted, struct recording *rec)
{
	memset(p, 0, sizeof(*p));
	p->policy.pick = replayer_pick;
	p->policy.choose = replayer_choose;
	p->policy.step = replayer_step;
	p->policy.written = replayer_written;
	p->wanted = wanted;
	p->rec = rec;
	p->last = NO_TASK;
	recording_clear(rec);
}
