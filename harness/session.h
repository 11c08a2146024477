/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session: one scenario on one provider with some defects, set up once and executed any number of times.
 *
 * Concurrency: one session at a time in a process, used by one OS thread (the machine has one address).
 */
#ifndef HARNESS_SESSION_H
#define HARNESS_SESSION_H

#include "lockdoc/lockdoc.h"
#include "scheduler.h"
#include "world.h"

#define STEP_BOUND 20000		/* steps without a finished operation: a livelock */
#define SIGNATURE_LEN 160

struct finding;

struct session_config {
	const struct scenario *scn;
	const struct rmap_ops *provider;
	u64 defects[DEFECT_WORDS];
	u32 oracles;			/* bit set of enum oracle */
	u32 access;			/* bit set of ACCESS_*: for the access flavour */
	enum memory_model memory;
	bool data;			/* look which locks are held at accesses: data_collect() says where that is counted */
	bool real;			/* for stress: no snapshot, threads are real */
	unsigned copies;		/* stress: copies of the scenario in one machine */
	void (*watch)(void *arg, const struct event *e);	/* told each event while the threads run; NULL: nobody */
	void *watch_arg;
	const struct world_teller *teller;	/* told each operation of set-up, threads and finally; NULL: nobody */
	const struct lockdoc *locking;	/* the documented lock order; NULL: the one that is built in */
	bool judge;			/* reports of the validator end no execution; else they are findings like others */
	/* Told of those, of what is known, and of what follows from them. NULL: nobody is. */
	void (*passed)(void *arg, const struct finding *f);
	void *passed_arg;
	/* Signatures after which an execution goes on, if it can: reports of the validator, data races. NULL: none. */
	const struct string_list *known;
	struct session_times *times;	/* added to with each execution; NULL: nobody measures */
	const char *only;		/* of the validator's reports, the one with this signature ends an execution; NULL: each */
};

/* Where the processor time of executions went, in seconds; points are those that were passed in the threads, and in all. */
struct session_times {
	double reset, threads, conclusion;
	u64 executions, steps, points;
};

/* The first violation of an execution. */
struct finding {
	enum oracle oracle;
	char signature[SIGNATURE_LEN];	/* "O8/anon-vma-active-twice": the same in every execution that breaks the same thing */
	char text[400];
	char task[32];
	char site[64];			/* "file.c:123" */
	char follows[SIGNATURE_LEN];	/* signature of that of which it is a consequence; "": it stands by itself */
	u64 step;
};

struct task;
struct violation;
/* What a report says, as a finding; its step is 0. by: who did it, NULL if checks have found it. */
void finding_of(const struct violation *v, const struct task *by, struct finding *f);

#define MAX_PASSED 16

struct passed {
	unsigned nr;
	char signature[MAX_PASSED][SIGNATURE_LEN];
};

struct outcome {
	enum sched_end end;
	bool found;
	bool stuck;			/* threads wait for names that nobody will bind */
	struct finding finding;
	u64 steps;
	struct event_set reached;
	int row;			/* of the scenario's outcomes: grade.h; ROW_NONE also if it did not come to its end */
};

struct session;

/*
 * Returns NULL with one line in err when the machine cannot be had. If set-up itself breaks something, every execution is that
 * finding.
 */
struct session *session_open(const struct session_config *config, char err[512]);
void session_close(struct session *s);

/* One execution from the snapshot. policy decides while the scenario's threads run. */
void session_execute(struct session *s, struct exec_policy *policy, struct outcome *out);

/* Bytes of the state that each execution begins from. */
size_t session_size(const struct session *s);

/* The hash of scenario, provider, defects and model that a replay file carries. */
u64 session_hash(const struct session *s);

const struct session_config *session_config(const struct session *s);
/* What the names of the scenario stand for, as the last execution left it. */
const struct world *session_world(const struct session *s);
/* The signatures of those that are known and over which the last execution has passed, each once. */
const struct passed *session_passed(const struct session *s);
const char *session_thread_name(const struct session *s, unsigned task);

/* The model's lock classes and after them one for each lock that the scenario names; returns how many. */
unsigned scenario_lock_classes(const struct scenario *scn, const struct rmap_ops *provider, struct lock_class classes[MAX_CLASSES]);
/* Frames for every mm that the text can make with all of the memory that it can map, but no more than most. */
unsigned scenario_frames(const struct scenario *scn, unsigned most);
/* Does it want huge pages anywhere? Else the model has none. */
bool scenario_huge(const struct scenario *scn);
/* How many frames of a device's memory it needs. */
unsigned scenario_device_frames(const struct scenario *scn);

/*
 * Bit set of the events that are this scenario's goals. Returns -1 with a line in err if one of them, or of the near misses, is
 * unknown.
 */
int session_goals(const struct scenario *scn, struct event_set *goals, char err[256]);

/* The event of that name, or EV_NR. */
enum event_kind event_find(const char *name);

#endif
