/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A schedule as a person would tell it: threads run in a base order, each as long as it can, except where a directive says
 * otherwise.
 *
 * Directives count the operations of one thread, not the steps of the execution: one stays right when others are taken away.
 * One whose moment does not come, or that names a thread unable to run, is passed over.
 *
 * Concurrency: everything belongs to one caller; controlled executions have one OS thread.
 */
#ifndef HARNESS_MINIMISE_DIRECTIVE_H
#define HARNESS_MINIMISE_DIRECTIVE_H

#include <stdio.h>

#include "explore/record.h"

#define DIRECTIVE_NOBODY STRATEGY_TASKS	/* .task of the directive that says who begins */

enum directive_kind { DIRECTIVE_SWITCH, DIRECTIVE_CHOICE, DIRECTIVE_KINDS };

/* .what: what the task was about to do when the directive was derived. */
enum { WHAT_EVER, WHAT_FIRST /* and from there enum op_kind, or enum choice_kind */, WHAT_END = WHAT_FIRST + OP_NR };

/* "When .task is about to do its .n-th operation, .to goes on", or "its .n-th choice is .to". Both count from 1. */
struct directive {
	u32 n;
	u8 kind, task, to, what;
};

struct directives {
	u8 order[STRATEGY_TASKS];	/* the base order: all tasks, each once */
	struct directive *item;		/* in the order in which they take effect; others may never do */
	u32 nr, cap;
};

void directives_free(struct directives *d);
void directives_add(struct directives *d, struct directive item);
void directives_copy(struct directives *to, const struct directives *from);
/* All of from but count items from first on. */
void directives_without(struct directives *to, const struct directives *from, u32 first, u32 count);

/*
 * Which tasks of the order have to be told, of an execution in which those in the bit set run: those, and whoever stands between them. He
 * does not run where he stands, but would, if he stood elsewhere, when somebody behind gives way.
 */
u64 directives_order_told(const struct directives *d, u64 tasks);
/* In one line: "order A B C; A.36>B, C:2=1", with the names of the tasks in the bit set, and of whoever stands between them. */
void directives_print(const struct directives *d, u64 tasks, const char *(*name)(void *arg, unsigned task), void *arg, FILE *out);

/* What was asked of a policy and what it answered. */
struct log_entry {
	u16 enabled;			/* bit set; 0: a choice between alternatives */
	u8 answer;
	u8 yielded;			/* who ran last gave way by itself */
	u8 what;			/* as directive.what */
};

struct schedule_log {
	struct log_entry *entry;
	u32 nr, cap;
	u32 preemptions;		/* switches away from a task that was able to go on */
	u16 tasks;			/* bit set: who ran */
};

void log_free(struct schedule_log *log);

/* A policy that passes everything on to another one, and keeps a log. */
struct logger {
	struct exec_policy policy;	/* must be first */
	struct exec_policy *inner;
	struct schedule_log *log;
	u32 last;
};

void logger_begin(struct logger *l, struct exec_policy *inner, struct schedule_log *log);

/*
 * The directives that, with the base order that is in d already, lead to the schedule of the log. Of a log that a director
 * made in this order, they are those of its directives that had an effect.
 */
void directives_derive(struct directives *d, const struct schedule_log *log);

/* What became of a directive. */
enum fate { FATE_NEVER, FATE_APPLIED, FATE_OTHER, FATE_UNABLE };
struct directive_fate {
	u8 fate;			/* never: its moment did not come; other: .what was not as expected there */
	u8 what;			/* that was found at its moment */
	u8 later;			/* applied so many operations after its moment */
};

#define DIRECTIVE_PATIENCE 16		/* operations in which a directive may still find what it expects */

/* calloc()ed: one for each. */
struct directive_fate *directive_fates(const struct directives *d);

/* A policy that obeys directives, and records what it does. */
struct director {
	struct exec_policy policy;	/* must be first */
	const struct directives *directives;
	struct recording *rec;
	u32 last;
	u32 count[DIRECTIVE_KINDS][STRATEGY_TASKS + 1];	/* operations and choices so far */
	u32 at[DIRECTIVE_KINDS][STRATEGY_TASKS + 1];	/* where to look for the next directive of that kind and task */
	/*
	 * Set after director_begin(): one for each directive, zeroed. Then those that expect something else wait a while for it,
	 * and are passed over when it does not come: where code has one operation more, all that follow are late by one.
	 */
	struct directive_fate *fate;
	const struct directive *waiting[DIRECTIVE_KINDS][STRATEGY_TASKS + 1];
	u32 late[DIRECTIVE_KINDS][STRATEGY_TASKS + 1];	/* by how much the last one that had to wait was */
	void (*trace)(void *arg, const struct task *t, u64 step);	/* as in struct replayer */
	void (*written)(void *arg, const struct task *t, const void *obj, u64 since, u64 step);
	void *trace_arg;
};

void director_begin(struct director *p, const struct directives *d, struct recording *rec);

#endif
