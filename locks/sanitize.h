/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the sanitizers are told: switches of stacks, what happens before what, memory that is free. In the release flavour all of
 * it is nothing.
 *
 * ThreadSanitizer sees core/ only; locks/ and harness/ are compiled without it. It believes that fibers are threads: switches
 * are announced without synchronisation, so the order in which one OS thread happens to run them hides no race.
 *
 * Callable from any task at any place. What is said about a lock, a read section or an object is said by the task that has it.
 */
#ifndef LOCKS_SANITIZE_H
#define LOCKS_SANITIZE_H

#include "fiber.h"
#include "types.h"
#if defined(FLAVOUR_ACCESS)
#include "access/tear.h"
#endif

/* ---- order: tsan, access, and valgrind for Helgrind and DRD ---- */

/*
 * What a task did before hb_release() happens before what another does after hb_acquire() of the same address. The address only
 * names the order; nothing there is touched.
 */
#if defined(FLAVOUR_TSAN)
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
#define hb_acquire(addr) __tsan_acquire((void *)(addr))
#define hb_release(addr) __tsan_release((void *)(addr))
#elif defined(FLAVOUR_VALGRIND)
void hb_acquire(const volatile void *addr);
void hb_release(const volatile void *addr);
#elif defined(FLAVOUR_ACCESS)
void access_acquire(const volatile void *addr);
void access_release(const volatile void *addr);
#define hb_acquire(addr) access_acquire(addr)
#define hb_release(addr) access_release(addr)
#else
#define hb_acquire(addr) ((void)(addr))
#define hb_release(addr) ((void)(addr))
#endif

#if defined(FLAVOUR_TSAN) || defined(FLAVOUR_VALGRIND) || defined(FLAVOUR_ACCESS)
/*
 * The caller has the lock now / is about to let it go. Never said of a trylock that failed: it orders nothing. Readers are
 * ordered with writers only. shared: there may be readers. name: an address of the lock's own that names nothing else.
 */
void san_locked(const void *name, bool read, bool shared);
void san_unlocked(const void *name, bool read);
/*
 * The caller saw that nobody has the lock. What it stores then is ordered by control after all who had it; that what it loads is
 * not, nobody here can tell apart.
 */
void san_seen_free(const void *name);
/* A read section of the current task ends. */
void san_reader_ends(void);
/* A grace period begins: what all readers did in sections that have ended by now happens before hb_acquire(name). */
void san_grace_begins(const void *name);
/* It is over: what these tasks did in the sections that it waited for happens before what the caller does now. */
void san_grace_ends(const void *name, u64 readers);
#else
static inline void san_locked(const void *name, bool read, bool shared) { (void)name; (void)read; (void)shared; }
static inline void san_unlocked(const void *name, bool read) { (void)name; (void)read; }
static inline void san_seen_free(const void *name) { (void)name; }
static inline void san_reader_ends(void) { }
static inline void san_grace_begins(const void *name) { (void)name; }
static inline void san_grace_ends(const void *name, u64 readers) { (void)name; (void)readers; }
#endif

#if defined(FLAVOUR_TSAN)
/* The caller gives the object away: nobody may be touching it at the same time. pc: of who frees. */
void san_freed(const void *obj, size_t size, void *pc);
/* Nobody is in the middle of anything; what was done to this memory so far does not matter any more. */
void san_forget(void *addr, size_t size);
#else
static inline void san_freed(const void *obj, size_t size, void *pc) { (void)obj; (void)size; (void)pc; }
static inline void san_forget(void *addr, size_t size) { (void)addr; (void)size; }
#endif

#if defined(FLAVOUR_TSAN) || defined(FLAVOUR_ACCESS)
/* Those who listen look at everything: what they look at between two calls is no access of the model's. They nest. */
void san_ignore_begin(void);
void san_ignore_end(void);
#else
static inline void san_ignore_begin(void) { }
static inline void san_ignore_end(void) { }
#endif

#if defined(FLAVOUR_ACCESS)
/* What the current task last stored is complete from now on, but others may have seen half of it: see access/tear.h. */
#define san_settle() tear_settle()
#else
static inline void san_settle(void) { }
#endif

/* Around accesses that may race: nothing is said of that, all else is checked as ever. */
#if defined(FLAVOUR_ACCESS)
void san_race_begin(void);
void san_race_end(void);
#else
#define san_race_begin() san_ignore_begin()
#define san_race_end() san_ignore_end()
#endif

/* The value of an expression whose plain reads race, and are meant to. In its place in the kernel it has the same name. */
#define data_race_(expr, v)                                         \
	({                                                          \
		san_race_begin();                                   \
		__auto_type v = (expr);                             \
		san_race_end();                                     \
		v;                                                  \
	})
#define data_race(expr) data_race_(expr, UNIQUE(v_))

/* ---- stacks of the controlled scheduler: tsan, asan ---- */

#define FIBER_MAIN (FIBER_BOOT + 1)	/* whoever called sched_run() */

#if defined(FLAVOUR_TSAN) || defined(FLAVOUR_ASAN)
/* The tasks in the set begin; what the caller did so far happens before what they do. */
void san_begin(u64 tasks);
/* They are over; what they did happens before what the caller does now. abandoned: in the middle of the model's code. */
void san_end(u64 tasks, u64 abandoned);
/* First thing that a task does. */
void san_task_starts(void);
/* About to switch to another stack; save is NULL when this one will not be used again. */
void san_switch(void **save, unsigned to);
/* First thing on the stack that was switched to. */
void san_switched(void *save);
#else
#if defined(FLAVOUR_ACCESS)
void san_begin(u64 tasks);
#else
static inline void san_begin(u64 tasks) { (void)tasks; }
#endif
static inline void san_end(u64 tasks, u64 abandoned) { (void)tasks; (void)abandoned; }
static inline void san_task_starts(void) { }
static inline void san_switch(void **save, unsigned to) { if (save) *save = NULL; (void)to; }
static inline void san_switched(void *save) { (void)save; }
#endif

/* The place of the instruction at which a signal's context stands; NULL when this flavour does not know. */
struct site;
#if defined(FLAVOUR_ACCESS)
const struct site *san_crash_site(const void *context);
#else
static inline const struct site *san_crash_site(const void *context) { (void)context; return NULL; }
#endif

#if defined(FLAVOUR_VALGRIND)
/* Helgrind and DRD look at this memory again (see marked.h), and have never seen it before. */
void san_watch(const void *addr, size_t size);
#else
static inline void san_watch(const void *addr, size_t size) { (void)addr; (void)size; }
static inline void san_unwatch(const volatile void *addr, size_t size) { (void)addr; (void)size; }
#endif

/* ---- reports ---- */

/*
 * A sanitizer reports from inside the access that it watches, where nothing can be ended: the report is kept, and becomes a
 * violation at the next point of the same task, or when an execution has ended.
 */
#if defined(FLAVOUR_VALGRIND)
/* Valgrind's tools call nobody back: their count of errors is asked for at each point. */
#define san_pending san_errors_are_new()
bool san_errors_are_new(void);
#elif defined(FLAVOUR_TSAN) || defined(FLAVOUR_ASAN)
extern int san_pending;
/* Keep a report, unless one is kept already. oracle: enum oracle. */
void san_report(int oracle, const char *key, const char *text);
#else
#define san_pending 0
#endif

#if defined(FLAVOUR_TSAN) || defined(FLAVOUR_ASAN) || defined(FLAVOUR_VALGRIND)
/* Once in each process: the sanitizer prints nothing by itself, and what it said to the parent process was said there. */
void san_quiet(void);
/* Tell what is kept, if the current task's access was reported (or anybody's, when nobody runs). */
void san_report_pending(void);
void san_report_anybodys(void);
#else
static inline void san_quiet(void) { }
static inline void san_report_pending(void) { }
static inline void san_report_anybodys(void) { }
#endif

/* ---- memory ---- */

#if defined(FLAVOUR_ASAN)
void __asan_poison_memory_region(const volatile void *addr, size_t size);
void __asan_unpoison_memory_region(const volatile void *addr, size_t size);
#define san_poison(addr, size) __asan_poison_memory_region((const void *)(addr), size)
#define san_unpoison(addr, size) __asan_unpoison_memory_region((const void *)(addr), size)
#elif defined(FLAVOUR_VALGRIND)
#include <valgrind/memcheck.h>
#define san_poison(addr, size) ((void)VALGRIND_MAKE_MEM_NOACCESS(addr, size))
#define san_unpoison(addr, size) ((void)VALGRIND_MAKE_MEM_DEFINED(addr, size))
#else
#define san_poison(addr, size) ((void)(addr), (void)(size))
#define san_unpoison(addr, size) ((void)(addr), (void)(size))
#endif

/* memcpy() and memset() that no sanitizer watches: snapshots and poison are nobody's accesses. */
#if defined(FLAVOUR_TSAN) || defined(FLAVOUR_ASAN)
void raw_copy(void *to, const void *from, size_t n);
void raw_set(void *to, int byte, size_t n);
#else
#define raw_copy(to, from, n) __builtin_memcpy(to, from, n)
#define raw_set(to, byte, n) __builtin_memset(to, byte, n)
#endif

#endif
