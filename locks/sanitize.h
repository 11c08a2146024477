/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the sanitizers are told: switches of stacks, happens-before, memory that is ours to fill. In the release flavour all of
 * it is nothing.
 *
 * ThreadSanitizer sees core/ only; locks/ and harness/ are compiled without it. It believes that fibers are threads: switches
 * are announced without synchronisation, so the order in which one OS thread happens to run them hides no race.
 */
#ifndef LOCKS_SANITIZE_H
#define LOCKS_SANITIZE_H

#include <stddef.h>

#include "fiber.h"
#include "types.h"

#if defined(FLAVOUR_TSAN)
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
#define hb_acquire(addr) __tsan_acquire((void *)(addr))
#define hb_release(addr) __tsan_release((void *)(addr))
#elif defined(FLAVOUR_ACCESS)
void access_acquire(const volatile void *addr);
void access_release(const volatile void *addr);
#define hb_acquire(addr) access_acquire(addr)
#define hb_release(addr) access_release(addr)
#else
#define hb_acquire(addr) ((void)(addr))
#define hb_release(addr) ((void)(addr))
#endif

#define FIBER_MAIN (FIBER_BOOT + 1)	/* whoever called sched_run() */

#if defined(FLAVOUR_TSAN) || defined(FLAVOUR_ASAN)
/* The tasks in the set begin; what the caller did so far happens before what they do. */
void san_begin(u64 tasks);
/* They are over; what they did happens before what the caller does now. unfinished: their stacks were abandoned. */
void san_end(u64 tasks, u64 unfinished);
/* First thing that a task does. */
void san_task_starts(void);
/* About to switch to another stack; save is NULL when this one will not be used again. */
void san_switch(void **save, unsigned to);
/* First thing on the stack that was switched to. */
void san_switched(void *save);
/* Events are told to code that looks at everything: what it looks at is no access of the model's. */
void san_ignore_begin(void);
void san_ignore_end(void);
#else
#if defined(FLAVOUR_ACCESS)
void san_begin(u64 tasks);
void san_ignore_begin(void);
void san_ignore_end(void);
#else
static inline void san_begin(u64 tasks) { (void)tasks; }
static inline void san_ignore_begin(void) { }
static inline void san_ignore_end(void) { }
#endif
static inline void san_end(u64 tasks, u64 unfinished) { (void)tasks; (void)unfinished; }
static inline void san_task_starts(void) { }
static inline void san_switch(void **save, unsigned to) { (void)save; (void)to; }
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
/* Valgrind's tools call nobody back: their count of errors is asked for at each point. */
#define san_pending san_errors_are_new()
bool san_errors_are_new(void);
void san_quiet(void);
void san_report_pending(void);
#elif defined(FLAVOUR_TSAN) || defined(FLAVOUR_ASAN)
extern int san_pending;
/* Once in each process: the sanitizer prints nothing by itself. */
void san_quiet(void);
/* Make a violation of what the sanitizer reported, if it did: at the next point, or when an execution has ended. */
void san_report_pending(void);
#else
#define san_pending 0
static inline void san_quiet(void) { }
static inline void san_report_pending(void) { }
#endif

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
#define san_poison(addr, size) ((void)(addr))
#define san_unpoison(addr, size) ((void)(addr))
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
