/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The seam: one core, two ways to run it.
 *
 * A task is a thread of the machine, run either by a pthread or by the controlled scheduler. A *point* is where an operation
 * on shared memory is about to happen: the task publishes the operation and only then is it decided who goes on. Code between
 * two points of a controlled run is one step, with nothing of other tasks in between.
 */
#ifndef LOCKS_EXEC_H
#define LOCKS_EXEC_H

#include "op.h"
#include "spin.h"
#include "types.h"

/* A place in the source; one constant per use of HERE. */
struct site {
	const char *file;
	const char *func;
	int line;
};

#define HERE                                                                                \
	({                                                                                  \
		static const struct site here_ = { __FILE_NAME__, __func__, __LINE__ };     \
		&here_;                                                                     \
	})

#ifndef __FILE_NAME__
#define __FILE_NAME__ __FILE__
#endif

struct op {
	u8 kind;			/* enum op_kind */
	u8 arg;				/* bit number of a bit lock; size of a store */
	u16 class;			/* lock class, or 0 */
	const void *obj;
	const struct site *site;
};

/* A lock that a task holds, or a run of locks of one class that it took one after the other under the lock that they nest under. */
struct held_lock {
	const void *lock;		/* of a run: the last one taken; NULL when that one has been released */
	const struct site *site;	/* of a run: of its first lock */
	union {
		struct {
			u8 class;
			u8 mode;	/* enum lock_mode */
			u8 trylock;
			u8 fresh : 1;	/* nothing below it is of this class and mode */
			u8 run : 1;	/* a run: which locks are in it they say themselves, by their owner */
			u16 refs;	/* locks in the run, else 1 */
			u16 pins;	/* lockdep_pin_lock() */
		};
		u64 word;		/* all of these, for who writes or compares them at once */
	};
	u64 since;			/* steps of its holder when it was taken; of a run: its first lock */
};

#define MAX_HELD 24

enum task_state { TASK_UNUSED, TASK_READY, TASK_DONE };

/* What a task does at a point, besides going on. */
enum {
	POINT_SCHED = 1,		/* controlled: publish and let the policy choose */
	POINT_NOISE = 2,		/* real threads: seeded noise */
	POINT_CHECK = 4,		/* is the object still there? */
};

struct task {
	struct op op;			/* [own; others read it between steps] the pending operation */
	u8 points;			/* [const while it runs] POINT_* */
	u8 state;			/* [own] enum task_state */
	u8 daemon;			/* [const after init] need not finish */
	u8 yielded;			/* [scheduler] gives way once */
	u16 id;				/* [const after init] index in machine->task */
	u16 cpu;			/* [const after init] the CPU that it is bound to */
	u16 rcu_nest;			/* [own; others read it between steps] */
	u8 in_reclaim;			/* [own] allocations may not reclaim again */
	u8 blocked;			/* [own; a watchdog reads it] real threads: sleeps for its pending operation */
	u8 depth;			/* [own] used entries of held[] */
	u8 unwatched;			/* [own] depth of code whose accesses are nobody's business (access flavour) */
	u8 lock_context;		/* [own] lockdep_context() */
	u8 racy;			/* [own] depth of data_race() (access flavour) */
	struct spin spin;		/* [own; scheduler] */
	u32 windows;			/* [own; others read it between steps] bit set of the windows that it is in */
	u8 undivided;			/* [own] depth of code in which no access is a point (access flavour) */
	u64 rcu_since;			/* [own] step of the outermost rcu_read_lock() */
	u64 heldmask[2];		/* [own] for each mode, bit set of the classes in held[] */
	u64 steps;			/* [own] points passed */
	u64 relaxed;			/* [own] of them when it last said cpu_relax() */
	u64 ops_done;			/* [own; a watchdog reads it] operations finished */
	s64 fail_alloc;			/* [own] this many allocations from now, one fails; 0: none */
	u8 fail_on;			/* [own] ... and all that follow it */
	u8 told;			/* [own] number of the report that its acquisition has come to, from 1; 0: none */
	u32 signal;			/* [own] from this look for one on, a signal is pending; 0: none will be */
	u64 noise;			/* [own] state of the noise generator, see noise.c */
	u64 noise_seed;			/* [const while it runs] */
	u64 noise_until;		/* [own] steps at which a burst or a pause ends */
	u8 noise_on;			/* [own] in a burst */
	u8 noise_profile;		/* [const while it runs] enum noise_profile */
	u8 noise_percent;		/* [const while it runs] */
	struct store_buffer *buffer;	/* [const after init] its stores on their way to memory; NULL: they do not wait */
	bool (*cond)(void *arg);	/* [own] OP_WAIT: what is waited for */
	void *cond_arg;
	void (*fn)(void *arg);
	void *arg;
	void *sp;			/* [scheduler] saved stack pointer */
	void *user;			/* [own] whoever made the task keeps something here */
	const char *name;
	const void *doing;		/* [own; a watchdog reads it] what it carries out, for whoever made the task */
	u64 rcu_queued;			/* [own; others add it up] real threads: callbacks that it has queued */
	s32 tid;			/* [own; a watchdog reads it] real threads: the kernel's number for it */
	struct held_lock held[MAX_HELD];
	/* What others write, who wake it or queue behind it, and no line of what it writes at each point. */
	struct task *next_waiter __cacheline_aligned;	/* [lock->word] queue of an rwsem, or of whoever waits under real threads */
	u8 wait_write;			/* [lock->word] what it waits for in that queue */
	u8 wait_kind;			/* [lock->word] enum op_kind: its next try */
	u8 queued;			/* [lock->word] */
	u32 futex;			/* [atomic] real threads sleep here */
} __cacheline_aligned;

extern __thread struct task *current_task;
#define current current_task

void exec_point_slow(enum op_kind kind, const void *obj, unsigned arg, unsigned class,
		     const struct site *site);

/* About to do kind to obj: the only place where another task may come in between. */
#define exec_point_at(kind, obj, site)                                   \
	do {                                                             \
		if (unlikely(current_task->points))                      \
			exec_point_slow((kind), (obj), 0, 0, (site));    \
	} while (0)
#define exec_point(kind, obj) exec_point_at(kind, obj, HERE)

/* The same, said with its size: for what may be buffered. */
#define exec_point_size(kind, obj, size)                                         \
	do {                                                                     \
		if (unlikely(current_task->points))                              \
			exec_point_slow((kind), (obj), (size), 0, HERE);         \
	} while (0)

/* A point only for who has stores that it could wait for. */
#define exec_fence()                                                             \
	do {                                                                     \
		if (unlikely(current_task->buffer))                              \
			exec_point_slow(OP_FENCE, NULL, 0, 0, HERE);             \
	} while (0)

/* The windows that the task is in become these; returns what they were. Controlled executions only. */
u32 exec_windows(u32 windows);

/*
 * One of n alternatives, 0 to n - 1; 0 is the ordinary one, and the only one outside an execution. Under real threads: drawn
 * from the task's noise if it has any, else 0.
 */
unsigned exec_choose(enum choice_kind kind, unsigned n);

/*
 * Wait until cond(arg) holds. Nothing may be held that cond's maker needs. cond is called by the scheduler between steps, or
 * polled under real threads: it must only read.
 */
void exec_wait(bool (*cond)(void *), void *arg, const void *obj, const struct site *site);

/* In every spin loop: gives way once. Reports a livelock through the step bound when nobody can help. */
void exec_relax(const struct site *site);
#define cpu_relax() exec_relax(HERE)

/*
 * What a step touches besides its operation, and no lock orders: said where it happens, so that a search knows which steps can
 * change places. Nothing happens unless a policy listens. part: 0 is the word at obj (a lock: who has it), TOUCH_LIFE whether
 * the object there lives; others tell apart what obj stands for, as its owner likes.
 */
enum touch { TOUCH_READ, TOUCH_ADD, TOUCH_WRITE };	/* TOUCH_ADD: two of them may come in either order, a look may not */
#define TOUCH_LIFE 0xffffu

void exec_touch_part(const void *obj, unsigned part, enum touch how);
#define exec_touch(obj, how) exec_touch_part(obj, 0, how)

/*
 * Make a task that will run fn(arg). Names must outlive the machine. A daemon need not end. Returns NULL when the machine has
 * no task left. Not while tasks run.
 */
struct task *task_create(const char *name, void (*fn)(void *), void *arg, bool daemon);

/* Who waits for much, or does much, asks in between, and gives up when one is. */
static inline bool signal_pending(struct task *t)
{
	if (t->signal > 1)
		t->signal--;
	else
		return t->signal;
	return false;
}

/* May this task take its pending operation now? Pure; called between steps. */
bool task_enabled(const struct task *t);

#endif
