/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A campaign: many executions of one session under a strategy, until a bound or the first finding.
 *
 * A result is plain data of fixed size: campaigns run in worker processes and leave their results in shared memory.
 */
#ifndef HARNESS_CAMPAIGN_H
#define HARNESS_CAMPAIGN_H

#include "explore/record.h"
#include "cover.h"
#include "judged.h"
#include "lockdoc/observed.h"
#include "pool.h"
#include "session.h"

/* Somebody who looks on. Must change nothing and make no points; the functions he does not want are NULL. */
struct campaign_watch {
	void (*step)(void *arg, const struct task *t);		/* about to carry out t->op */
	void (*event)(void *arg, const struct event *e);	/* while the threads run */
	void (*ended)(void *arg, const struct outcome *out);	/* an execution; the machine is as it left it */
	void *arg;
};

struct campaign {
	const struct scenario *scn;
	const struct rmap_ops *provider;
	u64 defects[DEFECT_WORDS];
	u32 oracles;
	u32 access;			/* bit set of ACCESS_* */
	enum memory_model memory;
	const char *strategy;		/* name of one, or "auto" */
	u64 seed;
	u64 first;			/* number of the first execution */
	u64 executions;			/* 0: no bound */
	u64 time_ns;			/* 0: no bound */
	const struct lockdoc *locking;	/* NULL: the one that is built in */
	struct estimate *estimate;	/* kept from one slice to the next; NULL: taken anew */
	struct explorer_kept *kept;	/* the same, of a strategy that keeps its state */
	const struct string_list *known;	/* signatures that are no findings, but counted; NULL: none */
	const char *target;		/* stop only at this signature; NULL: at any */
	bool judge;			/* reports of the validator are collected in the result and end nothing */
	u64 minimise;			/* executions to spend on a smaller execution of the finding; 0: it is told as it came */
	const struct campaign_watch *watch;	/* NULL: nobody */
	struct data_table *data;	/* count accesses here, with the locks that are held; NULL: do not */
	struct session_times *times;	/* where its time goes; NULL: nobody measures */
	bool cover;			/* count traces and racing places */
	struct cover_log *cover_log;	/* keep them apart for somebody who puts slices together; NULL: sum up */
	/* For a slice of a campaign: is a finding here the first of all (may wait)? Does anybody still ask? NULL: yes. */
	bool (*is_first)(void *slice);
	bool (*is_in_vain)(void *slice);
	void *slice;
	const char *artifacts;		/* directory of replay files; NULL: write none, and tell of a finding only if it is minimised */
};

struct campaign_result {
	u8 done;			/* the worker came to its end */
	u8 found, interrupted, failed;
	u8 exhausted;			/* the strategy has tried all that there is */
	char error[256];		/* failed: why */
	u64 executions, steps, decisions, stuck;
	struct event_set reached, goals;
	u64 outcome[SCN_MAX_OUTCOMES];	/* executions for each row of the scenario's outcomes */
	u64 unlisted;			/* executions whose outcome has no row */
	u64 near[SCN_MAX_NEAR];		/* executions in which that event happened */
	u32 near_event[SCN_MAX_NEAR];	/* the event, and 1; 0: no such row */
	double elapsed_s;
	struct cover_result cover;
	struct observed observed;	/* classes of locks under others, in all executions */
	struct judged judged;		/* what the validator had to say, if it ends nothing */
	struct judged known;		/* what was passed over because it is known */
	struct finding finding;
	u64 found_at;			/* number of the execution */
	u64 found_decisions;
	char strategy[16];		/* that found it */
	u8 minimised;			/* there is a smaller execution of it, of so many preemptions, which so many directives tell */
	u64 preemptions;
	u32 directives;
	char replay[256];		/* path of its replay file, "" if none */
	char report[16384];		/* what to print about it */
};

void campaign_run(const struct campaign *c, struct campaign_result *r);

/*
 * Execution number i of a campaign again, as its strategy draws it: from the seed, and from what is estimated once more from the
 * first executions. False: the strategy has fewer.
 */
bool campaign_draw(struct session *s, const char *strategy, u64 seed, u64 i, struct recording *rec, struct outcome *out);

/* For those who execute in their own way: open the session (NULL: r says why), and account for each execution. */
struct session *campaign_open(const struct campaign *c, struct campaign_result *r);
void campaign_account(struct campaign_result *r, const struct outcome *out);

static inline struct event_set goals_missed(const struct campaign_result *r)
{
	return event_set_without(&r->goals, &r->reached);
}

#endif
