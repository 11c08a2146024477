/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recording what a controlled execution chose, and doing it again.
 *
 * A recording is the sequence of all choices: tasks where more than one was enabled, and
 * alternatives. A rolling hash over the operations (task, kind, object) tells whether a repetition
 * is the same, and where it first differs.
 */
#ifndef HARNESS_EXPLORE_RECORD_H
#define HARNESS_EXPLORE_RECORD_H

#include "rng.h"
#include "strategy.h"

#define RECORDING_MAX (1u << 24)	/* choices in one execution */
#define MAX_ALTERNATIVES 64u		/* of one exec_choose() that are told apart */
#define CHOICE_BIT 0x80u		/* in recording.choice: an alternative, not a task */

struct recording {
	u8 *choice;			/* task, or CHOICE_BIT | what exec_choose() gave */
	u32 nr, cap;
	u64 hash;			/* over all operations so far */
	u32 *check;			/* low half of hash at every 64th step */
	u32 nr_check, cap_check;
	u64 steps;
	u64 decisions;			/* picks with more than one enabled task */
	u64 switches;			/* steps by another task than the step before */
};

void recording_clear(struct recording *r);	/* empty it, keep its memory */
void recording_free(struct recording *r);
void recording_copy(struct recording *to, const struct recording *from);

/* What a strategy keeps or has learnt, also from one campaign to the next. Zeroes before the first; free .state. */
struct explorer_kept {
	const struct strategy *strategy;
	void *state;
	u64 epoch;			/* of one that learns */
};

/*
 * A policy that asks a strategy and records its answers. Alternatives other than 0 are taken
 * once in choice_info[].odds.
 */
struct explorer {
	struct exec_policy policy;	/* must be first */
	const struct strategy *strategy;
	void *state;			/* of the strategy: one of the next two */
	void *own;			/* of those that begin anew with each execution */
	u64 own_cap;
	struct explorer_kept kept;
	u64 rng;			/* for alternatives */
	u32 last;			/* task of the step before */
	u32 pad;
	struct recording *rec;
	struct estimate *estimate;	/* set after explorer_begin(): estimate from this execution */
};

void explorer_init(struct explorer *e);
void explorer_begin(struct explorer *e, const struct strategy *s, u64 seed, u64 execution,
		    const struct estimate *est, struct recording *rec);
void explorer_resume(struct explorer *e, struct explorer_kept *kept);
void explorer_suspend(struct explorer *e, struct explorer_kept *kept);
/* After explorer_begin(): the strategy has nothing left to try. */
bool explorer_is_over(const struct explorer *e);
void explorer_free(struct explorer *e);

/* A policy that repeats a recording, and says where the execution went another way. */
struct replayer {
	struct exec_policy policy;	/* must be first */
	const struct recording *wanted;
	struct recording *rec;		/* what happened now */
	u32 at;				/* next choice to take */
	u32 last;
	bool diverged;			/* a choice was not possible, or the operations differ */
	u64 diverged_step;		/* first step that is known to differ; steps count from 1 */
	char why[160];			/* one line: expected what, got what */
	/* Called before each step when set after replayer_begin(): for traces. */
	void (*trace)(void *arg, const struct task *t, u64 step);
	/* The same for a store that left its buffer, stored in step since. */
	void (*written)(void *arg, const struct task *t, const void *obj, u64 since, u64 step);
	void *trace_arg;
};

/* After divergence it goes on with the lowest enabled task, so that the execution ends. */
void replayer_begin(struct replayer *p, const struct recording *wanted, struct recording *rec);

/*
 * Text form of the choices: run-length coded, printable, in one line: see codec.c. malloc()ed,
 * or NULL.
 */
char *recording_encode(const struct recording *r);

/* All else of r is cleared. Returns 0, or -1 with a reason ("expected ... at 12") in why. */
int recording_decode(struct recording *r, const char *text, size_t length, char why[80]);

/* Add choices. Returns where it stopped; *expected: what should stand there, NULL at the end. */
size_t recording_append(struct recording *r, const char *text, size_t length,
			const char **expected);

#endif
