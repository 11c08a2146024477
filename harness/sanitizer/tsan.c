/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ThreadSanitizer's options, and its reports on their way to a finding. Its runtime calls what stands here; nobody else does.
 */
#if defined(FLAVOUR_TSAN)
#include <stdio.h>
#include <string.h>

#include "machine.h"
#include "sanitize.h"
#include "sanitizer/addresses.h"
#include "sanitizer/frame.h"

int __tsan_get_report_data(void *report, const char **description, int *count, int *stack_count, int *mop_count, int *loc_count,
			   int *mutex_count, int *thread_count, int *unique_tid_count, void **sleep_trace,
			   unsigned long trace_size);
int __tsan_get_report_mop(void *report, unsigned long idx, int *tid, void **addr, int *size, int *write, int *atomic, void **trace,
			  unsigned long trace_size);
int __tsan_get_report_mutex(void *report, unsigned long idx, unsigned long *mutex_id, void **addr, int *destroyed, void **trace,
			    unsigned long trace_size);
void __tsan_on_report(void *report);
const char *__tsan_default_options(void);
const char *__tsan_default_suppressions(void);

/*
 * Reports decide no exit status. Addresses repeat in every execution: none may be passed over because its address or stack was
 * seen before. Only races are asked for: lock order and misuse of locks are the validator's.
 *
 * The runtime asks for this before anything else, and so here is where it can still be helped to mappings that it can take.
 */
const char *__tsan_default_options(void)
{
	addresses_settle();
	return "exitcode=0:halt_on_error=0:suppress_equal_addresses=0:suppress_equal_stacks=0:detect_deadlocks=0:"
	       "report_mutex_bugs=0:report_thread_leaks=0:report_destroy_locked=0:report_signal_unsafe=0:atexit_sleep_ms=0:"
	       "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:allow_addr2line=1:history_size=4";
}

/* liburcu's own completion object; no function of ours can be on a stack of that name. */
const char *__tsan_default_suppressions(void)
{
	return "race:^urcu_memb_barrier$\n";
}

struct access {
	struct frame frame;
	void *addr;
	int write, atomic;
};

static void look_up(void *report, unsigned long i, struct access *a)
{
	void *trace[FRAME_DEPTH] = { NULL };
	int tid, size;

	__tsan_get_report_mop(report, i, &tid, &a->addr, &size, &a->write, &a->atomic, trace, FRAME_DEPTH);
	frame_of_model(trace, &a->frame);
}

static const char *access_text(const struct access *a)
{
	return a->atomic ? a->write ? "marked write" : "marked read" : a->write ? "plain write" : "plain read";
}

/* The locks that were held at either access, if the runtime knows them: under real threads. */
static void add_locks(void *report, int nr, char *text, size_t size)
{
	size_t at = strlen(text);

	for (int i = 0; i < nr && i < 6 && at < size; i++) {
		void *addr = NULL, *trace[1];
		unsigned long id;
		char name[NAME_LEN];
		int destroyed;

		__tsan_get_report_mutex(report, (unsigned long)i, &id, &addr, &destroyed, trace, 1);
		/* Bit locks have the name of a byte within their word. */
		at += (size_t)snprintf(text + at, size - at, "%s%s", i ? ", " : "; held by one of them: ",
				       obj_name((void *)((u64)addr & ~7ul), name));
	}
}

/*
 * Called inside the runtime, which holds its locks: only remember. Whatever it would note of what is done here may have to wait for
 * these locks, when a part of its trace is full: so nothing here is instrumented (core/names.c), and as little as can be is asked of it.
 */
void __tsan_on_report(void *report)
{
	int n, stacks, mops = 0, locs, mutexes = 0, threads, tids;
	struct access a[2] = { { .write = 0 } };
	char key[160], text[380], name[NAME_LEN];
	const char *what = "report";
	void *sleep[1];
	bool swap;

	__tsan_get_report_data(report, &what, &n, &stacks, &mops, &locs, &mutexes, &threads, &tids, sleep, 1);
	for (int i = 0; i < 2; i++) {
		snprintf(a[i].frame.func, sizeof(a[i].frame.func), "?");
		if (i < mops)
			look_up(report, (unsigned long)i, &a[i]);
	}
	swap = strcmp(a[0].frame.func, a[1].frame.func) > 0;
	snprintf(key, sizeof(key), "race:%s:%s", a[swap].frame.func, a[!swap].frame.func);
	snprintf(text, sizeof(text), "%s of %s in %s (%s) against %s in %s (%s): nothing orders them", access_text(&a[0]),
		 obj_name(a[0].addr, name), a[0].frame.func, a[0].frame.place, access_text(&a[1]), a[1].frame.func,
		 a[1].frame.place);
	add_locks(report, mutexes, text, sizeof(text));
	san_report(ORACLE_RACE, key, text);
}
#endif
