/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a policy answered, and the directives that give the same answers.
 *
 * Concurrency: see directive.h.
 */
#include "minimise/directive.h"

#include <stdlib.h>
#include <string.h>

#include "minimise/default.h"

void log_free(struct schedule_log *log)
{
	free(log->entry);
	memset(log, 0, sizeof(*log));
}

static void log_add(struct schedule_log *log, struct log_entry entry)
{
	if (log->nr == log->cap) {
		log->cap = log->cap ? 2 * log->cap : 256;
		log->entry = realloc(log->entry, log->cap * sizeof(*log->entry));
		if (!log->entry)
			die("no memory for a log of %u entries", log->cap);
	}
	log->entry[log->nr++] = entry;
}

static unsigned logger_pick(struct exec_policy *policy, u64 enabled)
{
	struct logger *l = container_of(policy, struct logger, policy);
	unsigned task = l->inner->pick(l->inner, enabled);

	log_add(l->log, (struct log_entry){
		.enabled = (u16)enabled, .answer = (u8)task, .yielded = task_yields(l->last), .what = what_next(l->last),
	});
	l->log->preemptions += l->last != NO_TASK && task != l->last && (enabled >> l->last & 1);
	l->log->tasks |= 1u << task;
	l->last = task;
	return task;
}

static unsigned logger_choose(struct exec_policy *policy, enum choice_kind kind, unsigned n)
{
	struct logger *l = container_of(policy, struct logger, policy);
	unsigned alternative = l->inner->choose(l->inner, kind, n);

	if (n >= 2)
		log_add(l->log, (struct log_entry){ .answer = (u8)alternative, .what = (u8)(WHAT_FIRST + kind) });
	return alternative;
}

static void logger_step(struct exec_policy *policy, const struct task *t)
{
	struct logger *l = container_of(policy, struct logger, policy);

	l->inner->step(l->inner, t);
}

void logger_begin(struct logger *l, struct exec_policy *inner, struct schedule_log *log)
{
	l->policy = (struct exec_policy){ .pick = logger_pick, .choose = logger_choose, .step = logger_step };
	l->inner = inner;
	l->log = log;
	l->last = NO_TASK;
	log->nr = log->preemptions = 0;
	log->tasks = 0;
}

void directives_derive(struct directives *d, const struct schedule_log *log)
{
	u32 count[DIRECTIVE_KINDS][STRATEGY_TASKS + 1] = { { 0 } }, last = NO_TASK;

	d->nr = 0;
	for (u32 i = 0; i < log->nr; i++) {
		const struct log_entry *e = &log->entry[i];
		unsigned kind = e->enabled ? DIRECTIVE_SWITCH : DIRECTIVE_CHOICE;
		unsigned task = last == NO_TASK ? DIRECTIVE_NOBODY : last, usual = 0;

		if (kind == DIRECTIVE_SWITCH)
			usual = default_task(d->order, e->enabled, last, e->yielded);
		else
			count[kind][task]++;
		if (e->answer != usual)
			directives_add(d, (struct directive){
				.n = count[kind][task] + (kind == DIRECTIVE_SWITCH), .kind = (u8)kind, .task = (u8)task,
				.to = e->answer, .what = e->what,
			});
		if (kind == DIRECTIVE_SWITCH) {
			last = e->answer;
			count[kind][last]++;
		}
	}
}
