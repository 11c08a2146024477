/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine: all mutable state of locks/ and core/, in one arena at a fixed address.
 *
 * Because nothing lives elsewhere, copying the arena is a snapshot, and copying it back is a fresh start: a scenario's set-up
 * runs once, every execution starts from its snapshot. The address is fixed so that pointers in the snapshot stay true, and
 * two processes with the same choices do the same to the last bit.
 *
 *   ARENA_BASE            struct machine, then what machine_alloc() hands out; from the other end down, the slab's chunks
 *   STACKS_BASE           stacks of the controlled tasks (not part of the snapshot: tasks begin anew)
 */
#ifndef LOCKS_MACHINE_H
#define LOCKS_MACHINE_H

#include "data.h"
#include "irq.h"
#include "lockdep.h"
#include "rcu.h"
#include "report.h"
#include "slab.h"

/* Legal and free for a plain build, clang's TSan and ASan, and Valgrind. */
#define ARENA_BASE 0x7e8010000000ul
#define STACKS_BASE 0x7e8110000000ul

enum executor { EXEC_CONTROLLED, EXEC_REAL };

struct exec_policy;

struct sched {
	u64 step;			/* points passed in this execution; also its clock */
	u64 bound;			/* a livelock is suspected beyond */
	u64 progress;			/* step of the last exec_progress() */
	u64 ready;			/* tasks that have not ended */
	u64 blockable;			/* of those that are ready, the ones whose operation may have to wait */
	u64 for_callbacks;		/* of these, RCU itself as it waits for a callback to be due */
	u64 yielded;			/* of those that are ready, the ones that give way */
	u64 looping;			/* of these, the ones that have given way in what they are about: see spin.h */
	u64 idle;			/* of these, the ones that would see the same again */
	u64 windows;			/* tasks that are in a window: see exec_windows() */
	u64 needed;			/* tasks that must end for the execution to end */
	u64 busy;			/* daemons in the middle of something */
	u64 buffered;			/* tasks with stores that are not in memory yet */
	struct task *running;
	struct exec_policy *policy;
	bool touches;			/* the policy wants to know what steps touch; false outside */
	void *main_sp;			/* whoever called sched_run(); NULL outside */
	int end;			/* enum sched_end */
};

/* Sleepers on a bit of a word that has no room for a queue (real threads only). */
struct wait_bucket {
	u32 seq;			/* [atomic] a wake-up happened */
	u32 sleepers;			/* [atomic] */
} __cacheline_aligned;

#define WAIT_BUCKETS 16

/* What the access flavour does besides checking plain accesses for lifetime and races. */
enum {
	ACCESS_POINTS = 1,		/* each plain access of the model is a point */
	ACCESS_STRICT = 2,		/* races that the kernel tolerates are reported, too */
	ACCESS_TEAR = 4,		/* plain stores may come in two halves */
};

/* Which values a load may see. */
enum memory_model {
	MEMORY_SC,			/* the last one stored */
	MEMORY_TSO,			/* marked stores wait in buffers: store_buffer.h */
};

#define DEFECT_WORDS 3			/* of the bit set of defects: see defect.h */
/* An initialiser: those of *of. */
#define DEFECTS_OF(of) { (of)->defects[0], (of)->defects[1], (of)->defects[2] }

struct machine {
	enum executor executor;		/* [const after init] */
	u32 oracles;			/* [const after init] bit set of enum oracle: those that report */
	u32 access;			/* [const while tasks run] bit set of ACCESS_*: for the access flavour */
	u64 defects[DEFECT_WORDS];	/* [const while tasks run] */
	u64 arena_size;			/* [const after init] */
	u64 used;			/* bytes handed out by machine_alloc(); set-up only */
	u32 stop;			/* [atomic] real threads: stand still */
	u32 nr_tasks;			/* [const while tasks run] */
	u32 max_tasks;			/* [const after init] */
	u32 memory;			/* [const while tasks exist] enum memory_model: of controlled schedules */
	struct task *task;		/* [const after init] */
	struct sched sched;		/* [scheduler] */
	struct rcu_state rcu;
	struct irq_state irq;
	struct slab_state slab;
	struct lockdep lockdep;
	struct violation_sink *sink;	/* [const after init] outside the arena */
	const char *(*namer)(const void *obj, char buf[NAME_LEN]);	/* [const after init] core's own objects */
	void (*reclaim)(void);		/* [const after init] what a blocking allocation may enter */
	const struct data_model *data;	/* [const after init] core's objects and their locks: data.h */
	struct data_phases *phases;	/* [const after init] which of them are made and taken apart; NULL: nobody asks */
	void *core;			/* [const after init] */
	struct wait_bucket bucket[WAIT_BUCKETS];
};

/* A constant: the compiler folds it. */
static struct machine *const machine __maybe_unused = (struct machine *)ARENA_BASE;

struct machine_config {
	enum executor executor;
	size_t arena_size;
	unsigned max_tasks;
	const struct lock_class *classes;
	unsigned nr_classes;
	struct violation_sink *sink;
};

/* Map the arena (once for each process) and begin an empty machine. Returns 0, or -1 with errno of mmap(). */
int machine_init(const struct machine_config *config);

/* Memory for the life of the machine, zeroed, cache-line aligned. Set-up only. Dies when the arena is full. */
void *machine_alloc(size_t size);

/* The state of the machine now, and back to it. No task may be in the middle of anything. */
struct snapshot;
struct snapshot *machine_snapshot(void);
void machine_restore(const struct snapshot *snap);
void snapshot_free(struct snapshot *snap);
size_t snapshot_size(const struct snapshot *snap);

/* Internal failure of the harness: says so and ends the process with status 3. */
void __attribute__((noreturn)) die(const char *fmt, ...) __printf(1, 2);

#endif
