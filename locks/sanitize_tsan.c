/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ThreadSanitizer is told; see sanitize.h.
 *
 * Locks: under real threads they are announced as mutexes, so that a report can name them. A controlled execution may be
 * abandoned with locks held, and the next one begins from a snapshot in which they are free: there only the order is told.
 *
 * State here belongs to the runtime, not to the machine: a snapshot must not take it back.
 */
#include "sanitize.h"

#if defined(FLAVOUR_TSAN)
#include "machine.h"

void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
void __tsan_mutex_pre_lock(void *addr, unsigned flags);
void __tsan_mutex_post_lock(void *addr, unsigned flags, int recursion);
int __tsan_mutex_pre_unlock(void *addr, unsigned flags);
void __tsan_mutex_post_unlock(void *addr, unsigned flags);
void __tsan_write_range_pc(void *addr, unsigned long size, void *pc);
void __tsan_java_alloc(unsigned long addr, unsigned long size);
void __tsan_java_free(unsigned long addr, unsigned long size);
void __tsan_mutex_pre_divert(void *addr, unsigned flags);
void __tsan_mutex_post_divert(void *addr, unsigned flags);

#define NO_SYNC 1u			/* a switch of fibers orders nothing */

/* ---- locks ---- */

/* Where readers leave what they did, for the next writer. */
static void *readers_of(const void *name)
{
	return (char *)name + 1;
}

/* Said when it is had, so to the runtime it is a trylock that worked; made by its first use. */
static unsigned mutex_flags(bool read)
{
	enum { LAZY = 1 << 0, READ = 1 << 3, TRY = 1 << 4 };

	return LAZY | TRY | (read ? READ : 0);
}

void san_locked(const void *name, bool read, bool shared)
{
	if (machine->executor == EXEC_REAL) {
		__tsan_mutex_pre_lock((void *)name, mutex_flags(read));
		__tsan_mutex_post_lock((void *)name, mutex_flags(read), 0);
		return;
	}
	hb_acquire(name);
	if (shared && !read)
		hb_acquire(readers_of(name));
}

void san_unlocked(const void *name, bool read)
{
	if (machine->executor == EXEC_REAL) {
		__tsan_mutex_pre_unlock((void *)name, mutex_flags(read));
		__tsan_mutex_post_unlock((void *)name, mutex_flags(read));
		return;
	}
	hb_release(read ? readers_of(name) : name);
}

/* To the runtime that of real threads is a mutex, and its order can be had with it only. */
void san_seen_free(const void *name)
{
	if (machine->executor == EXEC_REAL) {
		san_locked(name, false, true);
		san_unlocked(name, false);
		return;
	}
	hb_acquire(name);
	hb_acquire(readers_of(name));
}

/* ---- RCU ---- */

static void *watcher;			/* a fiber that no task runs on: it has seen every section that has ended */

/*
 * liburcu waits for whom it likes: one name for all. The model knows for whom it waits, and so a section that began too late to
 * be waited for is not ordered: whoever frees what such a reader can still find races with it.
 */
static const void *section_of(const struct task *t)
{
	return machine->executor == EXEC_REAL ? (const void *)&machine->rcu : &t->rcu_nest;
}

void san_reader_ends(void)
{
	hb_release(section_of(current));
}

/* The caller of call_rcu() goes on without having waited: somebody else looks at the sections for it. */
void san_grace_begins(const void *name)
{
	void *self;

	if (machine->executor == EXEC_REAL)
		return;
	self = __tsan_get_current_fiber();
	if (!watcher)
		watcher = __tsan_create_fiber(0);
	__tsan_switch_to_fiber(watcher, NO_SYNC);
	for (unsigned i = 0; i < machine->nr_tasks; i++)
		hb_acquire(section_of(&machine->task[i]));
	hb_release(name);
	__tsan_switch_to_fiber(self, NO_SYNC);
}

void san_grace_ends(const void *name, u64 readers)
{
	if (machine->executor == EXEC_REAL) {
		hb_acquire(&machine->rcu);
		return;
	}
	hb_acquire(name);
	for (; readers; readers &= readers - 1)
		hb_acquire(section_of(&machine->task[__builtin_ctzl(readers)]));
}

/* ---- memory, and who only looks ---- */

void san_freed(const void *obj, size_t size, void *pc)
{
	__tsan_write_range_pc((void *)obj, size, pc);
}

/*
 * A reported address is never reported again, and an old access may take the place that a new one needs to be remembered: the
 * same schedule would not be judged alike in every execution. What is there for managed languages, whose memory is given out
 * anew all the time, wipes it: first what is known of locks, then the accesses. In pieces: large ones are unmapped, which is slow.
 */
void san_forget(void *addr, size_t size)
{
	enum { PIECE = 16 << 10 };

	for (size_t at = 0; at < size; at += PIECE) {
		size_t n = (min(size - at, (size_t)PIECE) + 7) & ~7ul;

		__tsan_java_free((unsigned long)addr + at, n);
		__tsan_java_alloc((unsigned long)addr + at, n);
	}
}

/*
 * "Divert" is for code that runs in the middle of a lock's own functions; what it does is leave and enter the state in which the
 * runtime looks away. Unlike the functions that are made for that, it does not keep a stack each time, which costs more than a step.
 */
static __thread unsigned ignoring;	/* depth; tasks of a controlled execution do not switch while it is not 0 */

void san_ignore_begin(void)
{
	if (!ignoring++)
		__tsan_mutex_post_divert(NULL, 0);
}

void san_ignore_end(void)
{
	if (!--ignoring)
		__tsan_mutex_pre_divert(NULL, 0);
}

/* Whoever listens may end the execution. */
static void stop_ignoring(void)
{
	if (!ignoring)
		return;
	ignoring = 1;
	san_ignore_end();
}

/* ---- fibers ---- */

static void *fibers[FIBER_TASKS], *main_fiber;
static const char epoch;		/* names the order of set-up, executions and what comes after */

void san_begin(u64 tasks)
{
	main_fiber = __tsan_get_current_fiber();
	for (unsigned i = 0; i < FIBER_TASKS; i++)
		if (tasks >> i & 1 && !fibers[i])
			fibers[i] = __tsan_create_fiber(0);
	hb_release(&epoch);
}

void san_task_starts(void)
{
	hb_acquire(&epoch);
}

/*
 * A task that was abandoned cannot say that it is over: it is said for all of them. The runtime's copy of an abandoned stack
 * would grow for ever: such a fiber is made anew. Making one takes microseconds, so the others stay.
 */
void san_end(u64 tasks, u64 abandoned)
{
	for (unsigned i = 0; i < FIBER_TASKS; i++) {
		if (!(tasks >> i & 1))
			continue;
		__tsan_switch_to_fiber(fibers[i], NO_SYNC);
		hb_release(&epoch);
		__tsan_switch_to_fiber(main_fiber, NO_SYNC);
		if (abandoned >> i & 1) {
			__tsan_destroy_fiber(fibers[i]);
			fibers[i] = NULL;
		}
	}
	hb_acquire(&epoch);
}

void san_switch(void **save, unsigned to)
{
	if (!save)
		stop_ignoring();
	/* The boot stack runs none of the model's code: there it is still the caller. */
	if (to != FIBER_BOOT)
		__tsan_switch_to_fiber(to == FIBER_MAIN ? main_fiber : fibers[to], NO_SYNC);
}

void san_switched(void *save)
{
	(void)save;
}
#endif
