/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Directives: lists of them, and the policy that obeys them.
 *
 * Concurrency: see directive.h.
 */
#include "minimise/directive.h"

#include <stdlib.h>
#include <string.h>

#include "explore/recorder.h"
#include "minimise/default.h"

/* ---- lists ---- */

void directives_free(struct directives *d)
{
	free(d->item);
	d->item = NULL;
	d->nr = d->cap = 0;
}

void directives_add(struct directives *d, struct directive item)
{
	if (d->nr == d->cap) {
		d->cap = d->cap ? 2 * d->cap : 64;
		d->item = realloc(d->item, d->cap * sizeof(*d->item));
		if (!d->item)
			die("no memory for %u directives", d->cap);
	}
	d->item[d->nr++] = item;
}

void directives_without(struct directives *to, const struct directives *from, u32 first, u32 count)
{
	memcpy(to->order, from->order, sizeof(to->order));
	to->nr = 0;
	for (u32 i = 0; i < from->nr; i++)
		if (i < first || i - first >= count)
			directives_add(to, from->item[i]);
}

void directives_copy(struct directives *to, const struct directives *from)
{
	directives_without(to, from, 0, 0);
}

u64 directives_order_told(const struct directives *d, u64 tasks)
{
	u64 told = 0;

	for (unsigned i = 0; tasks & ~told && i < STRATEGY_TASKS; i++)
		told |= 1ul << d->order[i];
	return told;
}

void directives_print(const struct directives *d, u64 tasks, const char *(*name)(void *arg, unsigned task), void *arg, FILE *out)
{
	enum { MANY = 40 };		/* as many as somebody reads; the file has all */
	const u64 told = directives_order_told(d, tasks);

	fputs("order", out);
	for (unsigned i = 0; i < STRATEGY_TASKS; i++)
		if (told >> d->order[i] & 1)
			fprintf(out, " %s", name(arg, d->order[i]));
	for (u32 i = 0; i < d->nr; i++) {
		const struct directive *v = &d->item[i];

		if (i == MANY) {
			fprintf(out, ", ... (%u in all)", d->nr);
			break;
		}
		fputs(i ? ", " : "; ", out);
		if (v->kind == DIRECTIVE_CHOICE)
			fprintf(out, "%s:%u=%u", name(arg, v->task), v->n, v->to);
		else if (v->task == DIRECTIVE_NOBODY)
			fprintf(out, "start>%s", name(arg, v->to));
		else
			fprintf(out, "%s.%u>%s", name(arg, v->task), v->n, name(arg, v->to));
	}
}

/* ---- the policy ---- */

/* The directive for the n-th operation or choice of a task, or NULL. A task's directives come in the order of n. */
static const struct directive *directive_for(struct director *p, unsigned kind, u32 task, u32 n)
{
	const struct directives *d = p->directives;
	u32 *at = &p->at[kind][task];

	while (*at < d->nr && (d->item[*at].kind != kind || d->item[*at].task != task || d->item[*at].n < n))
		++*at;
	return *at < d->nr && d->item[*at].n == n ? &d->item[*at] : NULL;
}

/* The same for whoever compares: one that waits comes first. */
static const struct directive *directive_now(struct director *p, unsigned kind, u32 task, u32 n)
{
	const struct directive **waiting = &p->waiting[kind][task];

	if (*waiting && n - p->late[kind][task] - (*waiting)->n <= DIRECTIVE_PATIENCE)
		return *waiting;
	*waiting = NULL;
	return directive_for(p, kind, task, n - p->late[kind][task]);
}

static u32 who(u32 last)
{
	return last == NO_TASK ? DIRECTIVE_NOBODY : last;
}

/* At operation or choice n of the task. possible: that thread can go on, or there is such an alternative. */
static bool obeyed(struct director *p, const struct directive *v, u32 n, u8 what, bool possible)
{
	const struct directive **waiting = &p->waiting[v->kind][v->task];
	u32 *late = &p->late[v->kind][v->task];
	struct directive_fate *f;

	if (!p->fate)
		return possible;
	f = &p->fate[v - p->directives->item];
	if (v->what && v->what != what) {
		f->what = f->fate == FATE_NEVER ? what : f->what;
		f->fate = FATE_OTHER;
		*waiting = v;
		return false;
	}
	*waiting = NULL;
	f->later = (u8)(n - v->n - *late);
	*late = n - v->n;
	f->fate = possible ? FATE_APPLIED : FATE_UNABLE;
	return possible;
}

static unsigned director_pick(struct exec_policy *policy, u64 enabled)
{
	struct director *p = container_of(policy, struct director, policy);
	const struct directive *v;
	bool alone = !(enabled & (enabled - 1));
	unsigned task;
	u32 n;

	/* Whoever wants to be told hears of directives that come too late, too. */
	if (alone && !p->fate)
		return (unsigned)__builtin_ctzl(enabled);
	task = default_task(p->directives->order, enabled, p->last, task_yields(p->last));
	n = p->count[DIRECTIVE_SWITCH][who(p->last)] + 1;
	v = directive_now(p, DIRECTIVE_SWITCH, who(p->last), n);
	if (v && obeyed(p, v, n, what_next(p->last), v->to < STRATEGY_TASKS && enabled >> v->to & 1))
		task = v->to;
	if (alone)
		return task;
	recording_add(p->rec, (u8)task);
	p->rec->decisions++;
	return task;
}

static unsigned director_choose(struct exec_policy *policy, enum choice_kind kind, unsigned n)
{
	struct director *p = container_of(policy, struct director, policy);
	const struct directive *v;
	unsigned alternative = 0;
	u32 at;

	if (n < 2)
		return 0;
	at = ++p->count[DIRECTIVE_CHOICE][who(p->last)];
	v = directive_now(p, DIRECTIVE_CHOICE, who(p->last), at);
	if (v && obeyed(p, v, at, (u8)(WHAT_FIRST + kind), v->to < min(n, MAX_ALTERNATIVES)))
		alternative = v->to;
	recording_add(p->rec, (u8)(CHOICE_BIT | alternative));
	return alternative;
}

static void director_step(struct exec_policy *policy, const struct task *t)
{
	struct director *p = container_of(policy, struct director, policy);

	recording_step(p->rec, t, &p->last);
	p->count[DIRECTIVE_SWITCH][t->id]++;
	if (p->trace)
		p->trace(p->trace_arg, t, p->rec->steps);
}

static void director_written(struct exec_policy *policy, const struct task *t, const void *obj, u64 since)
{
	struct director *p = container_of(policy, struct director, policy);

	if (p->written)
		p->written(p->trace_arg, t, obj, since, p->rec->steps);
}

struct directive_fate *directive_fates(const struct directives *d)
{
	struct directive_fate *fate = calloc(d->nr + 1, sizeof(*fate));

	if (!fate)
		die("no memory for what becomes of %u directives", d->nr);
	return fate;
}

void director_begin(struct director *p, const struct directives *d, struct recording *rec)
{
	memset(p, 0, sizeof(*p));
	p->policy.pick = director_pick;
	p->policy.choose = director_choose;
	p->policy.step = director_step;
	p->policy.written = director_written;
	p->directives = d;
	p->rec = rec;
	p->last = NO_TASK;
	recording_clear(rec);
}
