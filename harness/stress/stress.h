/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stress: copies of a scenario on real threads, in one machine, with noise at the points and a quiescent barrier now and then.
 *
 * A result is plain data: stress runs in a worker process, because after a finding its threads stand still for ever.
 */
#ifndef HARNESS_STRESS_STRESS_H
#define HARNESS_STRESS_STRESS_H

#include <pthread.h>
#include <stdio.h>

#include "judged.h"
#include "sharing/sharing.h"
#include "stress/affinity.h"

struct stress_config {
	const struct scenario *scn;
	const struct rmap_ops *provider;
	u64 defects[DEFECT_WORDS];
	u32 oracles;
	const struct lockdoc *locking;	/* NULL: the one that is built in */
	const struct string_list *known;	/* signatures that are no findings, but counted */
	unsigned copies;
	unsigned noise;			/* percent of points */
	unsigned noise_profile;		/* enum noise_profile; NOISE_PROFILES: mixed */
	unsigned barrier;		/* rounds between two quiescent barriers */
	u64 rounds;			/* of each copy; 0: no bound */
	u64 time_ns;			/* 0: no bound */
	u64 seed;
	const struct affinity *affinity;	/* NULL: no thread is bound */
	const char *affinity_name;	/* as it was asked for; NULL: it was not */
	const char *artifacts;		/* directory of what is told at length; NULL: none */
	u64 memory_max;			/* MiB resident; 0: no ceiling */
	double hang_s;			/* a thread that is watched for so long and makes no step hangs */
};

struct stress_result {
	u8 done, found, interrupted, failed;
	u8 ended_known;			/* by a finding that is known: it has not come to what is behind it */
	char error[512];
	u64 rounds;			/* of all copies together */
	u64 ops;
	struct event_set reached, goals;
	u64 measured_from;		/* operations before it was measured who shares lines; 0: nobody has */
	struct sharing_figure sharing;
	double elapsed_s;
	struct judged known;		/* what was passed over because it is known, each counted once in a round */
	struct finding finding;
	char next[512];			/* found: the command that looks for it on schedules */
	char report[16384];
};

/* Ends the process when something is found: call it in one of its own. */
void stress_run(const struct stress_config *c, struct stress_result *r);

/* How the noise of a run is called. */
const char *stress_noise_name(const struct stress_config *c);

/* stress.c, watch.c: what the supervisor shares with the copies; no two of these in one cache line. */
struct copy {
	struct stress *stress;
	struct world *world;
	u32 last;			/* [const between the two] the threads are to end */
	u32 barriers;			/* [leader; const between the two] that its threads have passed together */
	unsigned number;
	pthread_barrier_t begin __cacheline_aligned, end __cacheline_aligned;	/* the leader and the copy's threads */
	u64 rounds __cacheline_aligned;	/* [leader; read by the supervisor] */
} __cacheline_aligned;

#define RING_EVENTS 16

/* The last events of one thread, which it alone writes. */
struct ring {
	u32 nr;				/* that there were */
	struct ring_event {
		u64 steps, addr;
		u32 mm, kind;
	} at[RING_EVENTS];
} __cacheline_aligned;

struct stress {
	const struct stress_config *config;
	struct stress_result *result;
	struct violation_sink sink;
	struct copy *copy;
	struct threads *threads;
	struct ring *ring;		/* [const] one for each task */
	u32 claimed;			/* [atomic] somebody has reported */
	u32 passing;			/* [atomic] somebody writes to result->known */
	u32 supervising;		/* [atomic] the supervisor itself checks: it must not stand still */
	u32 stopping;			/* [atomic] no more rounds */
	double began;
	char dump[256];			/* [supervisor] where the state of all threads was written, or "" */
	double watched_s;		/* [supervisor] looks, as seconds */
};

/* Rounds, operations and what was reached so far, into the result. */
void stress_sum_up(struct stress *s);

/* shares.c: what threads share of the harness for a reason. Set-up only. */
void stress_shares(const struct stress *s);
/* With each event; does nothing but for the canary of the measurement. */
void stress_shares_event(void);

/* Writes of the harness to shared lines for each operation; negative: it was not measured. */
double stress_shared_per_op(const struct stress_result *r);
/* The same in words, with the places of the worst. */
void stress_tell_sharing(const struct stress_result *r, FILE *out);

/* dump.c. Before threads run. */
void stress_dump_init(struct stress *s);
/* Ask each thread for its stack, and wait half a second at most. While they still are where they hang. */
void stress_dump_stacks(void);
/* Write the state of all threads to a file; false when that was not to be, or cannot be. */
bool stress_dump(const struct stress *s, char path[256]);

/* Look after the threads until they have ended or something is found; returns then. */
void stress_watch(struct stress *s);

#endif
