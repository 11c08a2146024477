/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dynamic partial-order reduction with source sets and sleep sets (Abdulla, Aronis, Jonsson, Sagonas 2014): executions that
 * differ only in the order of independent steps are done once.
 *
 * Two steps race when they are dependent, no reversible dependence leads from one to the other by way of a third, and the later
 * one could have been done before the earlier one. Then, at the earlier one's place, something must be tried that can lead to
 * the other order: the first step of any task among those that are not after the earlier step (the *initials*).
 *
 * A step that had to wait is different from one that could have come before: the release that let it go on is no race. It does
 * not hide the acquisition before it either, as an intermediate step otherwise would. Whether a step could have been done at an
 * earlier place is known exactly when it was already pending there; for a lock that was not, from whether the lock was free.
 *
 * A task that sleeps has had its next step explored from here; it is left alone until something is done that depends on that
 * step. When everybody who could go on sleeps, all that could follow has been seen.
 *
 * Concurrency: see search.h.
 */
#include "verify/search.h"

/* ---- a new step ---- */

/* Who sleeps on after the last step. */
static void fall_asleep(struct search *s)
{
	struct node *n = &s->node[s->nr - 1];
	const struct node *before = n - 1;
	u64 candidates;

	if (s->nr == 1)
		return;
	candidates = (before->sleep | before->done) & ~(1ul << before->task);
	for (u64 b = candidates; b; b &= b - 1) {
		unsigned t = (unsigned)__builtin_ctzl(b);
		const struct footprint *f = before->done >> t & 1 ? before->own[t] : before->asleep[t];

		if (footprints_conflict(f, &s->now))
			continue;
		n->sleep |= 1ul << t;
		n->asleep[t] = f;
	}
}

/* Those that only spin come last. */
int dpor_node(struct search *s)
{
	struct node *n = &s->node[s->nr - 1];
	int same = search_current(s);
	u64 awake, busy;

	fall_asleep(s);
	awake = n->enabled & ~n->sleep;
	if (!awake)
		return -1;
	busy = tasks_not_spinning(awake);
	if (busy)
		awake = busy;
	return same >= 0 && awake >> same & 1 ? same : __builtin_ctzl(awake);
}

/* ---- races ---- */

/* Does the last event depend on something behind position at that is not after the event there? */
static bool something_else(const struct trace *tr, u32 at)
{
	for (u32 i = 0; i < tr->nr_found && tr->found[i] > at; i++)
		if (!trace_before(tr, at, tr->event[tr->found[i]].clock))
			return true;
	return false;
}

/* Could the operation of the last event have been done where the event at position at was, as far as it can be told? */
static bool could_come_before(const struct search *s, u32 at)
{
	const struct trace_event *e = &s->trace.event[at], *last = &s->trace.event[s->trace.nr - 1];

	/* It was pending already, and what lets it go on now may be what happened there, or something else. */
	if (last->before <= at)
		return e->enabled >> last->task & 1 || something_else(&s->trace, at);
	if (last->op.kind != OP_LOCK || last->op.obj != e->op.obj)
		return true;
	if (last->op.arg)
		return !(e->word >> (last->op.arg - 1) & 1);
	return e->was_free;
}

/* The tasks with an event behind position at that nothing behind it has to come before, unless it is after the event there. */
static u64 initials(const struct trace *tr, u32 at)
{
	u16 first[VERIFY_TASKS];	/* of the tasks in met: their first event that counts */
	u64 met = 0, initial = 0;

	for (u32 x = at + 1; x < tr->nr; x++) {
		const struct trace_event *v = &tr->event[x];
		bool preceded = false;

		/* The last one is after it only because of the race that is to be turned round. */
		if (met >> v->task & 1 || (x + 1 < tr->nr && trace_before(tr, at, v->clock)))
			continue;
		for (u64 b = met; b && !preceded; b &= b - 1) {
			unsigned r = (unsigned)__builtin_ctzl(b);

			preceded = v->clock[r] >= first[r];
		}
		met |= 1ul << v->task;
		first[v->task] = v->clock[v->task];
		if (!preceded)
			initial |= 1ul << v->task;
	}
	return initial;
}

static void turn_round(struct search *s, u32 at)
{
	struct node *n = &s->node[at];
	u64 who = initials(&s->trace, at), can;
	unsigned last = s->trace.event[s->trace.nr - 1].task;

	if (who & n->todo)
		return;
	/*
	 * What sleeps has been seen from here, as it would be done here. Done after the earlier step it may touch something else (a
	 * trylock that fails has only looked), and so not come before what it would have to: then any of the others may be first.
	 */
	if (who & n->sleep) {
		n->todo |= n->enabled & ~n->sleep;
		return;
	}
	can = who & n->enabled;
	if (can >> last & 1) {
		n->todo |= 1ul << last;
	} else if (can) {
		n->todo |= can & -can;
	} else {
		n->todo |= n->enabled;
		s->result->guesses++;
	}
}

void dpor_races(struct search *s)
{
	struct trace *tr = &s->trace;
	u32 nr = 0;

	/* What was found comes last event first: what hides an event comes before it. */
	for (u32 i = 0; i < tr->nr_found; i++) {
		u32 at = tr->found[i];
		bool hidden = false;

		for (u32 j = 0; j < nr && !hidden; j++)
			hidden = trace_before(tr, at, tr->event[s->racing[j]].clock);
		if (hidden || !could_come_before(s, at))
			continue;
		if (nr == s->cap_racing)
			s->racing = verify_grow(s->racing, &s->cap_racing, sizeof(*s->racing));
		s->racing[nr++] = at;
		turn_round(s, at);
	}
}

/* Asked of the events: the checks that follow an execution have run those that were left. */
static bool callbacks_left(const struct search *s)
{
	long left = s->callbacks;

	for (u32 i = 0; i < s->trace.nr; i++)
		left += (s->trace.event[i].op.kind == OP_CALL_RCU) - (s->trace.event[i].op.kind == OP_RCU_CALLBACK);
	return left > 0;
}

void dpor_pending(struct search *s)
{
	struct footprint f;

	for (unsigned i = 0; i < machine->nr_tasks; i++) {
		const struct task *t = &machine->task[i];

		/* A callback that nobody has queued comes neither before nor after the end. */
		if (t->state != TASK_READY || (t->op.kind == OP_RCU_CALLBACK && !callbacks_left(s)))
			continue;
		dependence_pending(t, &s->sections, &f);
		trace_find(&s->trace, i, &f);
		trace_add(&s->trace, i, &f, 0)->op = t->op;
		dpor_races(s);
		trace_cut(&s->trace, s->trace.nr - 1);
	}
}
