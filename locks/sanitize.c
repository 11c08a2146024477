/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Talking to ThreadSanitizer and AddressSanitizer: see sanitize.h. Their reports become violations like any other; they decide
 * no exit status and print nothing by themselves.
 *
 * State here belongs to the process and to the sanitizer's runtime, not to the machine: a snapshot must not take it back.
 */
#include "sanitize.h"

#include <stdio.h>
#include <string.h>

#if defined(FLAVOUR_TSAN) || defined(FLAVOUR_ASAN)
#include <fcntl.h>

#include "machine.h"

#define KEY_LEN 160
#define TEXT_LEN 380

int san_pending;			/* [atomic] a report waits to be told */
static char pending_key[KEY_LEN], pending_text[TEXT_LEN];
static int pending_oracle;

void __sanitizer_set_report_fd(void *fd);
void __sanitizer_symbolize_pc(void *pc, const char *fmt, char *out, size_t size);

static void keep(int oracle, const char *key, const char *text)
{
	if (__atomic_load_n(&san_pending, __ATOMIC_ACQUIRE))
		return;
	snprintf(pending_key, sizeof(pending_key), "%s", key);
	snprintf(pending_text, sizeof(pending_text), "%s", text);
	pending_oracle = oracle;
	__atomic_store_n(&san_pending, 1, __ATOMIC_RELEASE);
}

void san_report_pending(void)
{
	char key[KEY_LEN], text[TEXT_LEN];
	int oracle;

	if (!__atomic_load_n(&san_pending, __ATOMIC_ACQUIRE))
		return;
	snprintf(key, sizeof(key), "%s", pending_key);
	snprintf(text, sizeof(text), "%s", pending_text);
	oracle = pending_oracle;
	__atomic_store_n(&san_pending, 0, __ATOMIC_RELEASE);
	violation_at((enum oracle)oracle, key, NULL, "%s", text);
}

/* The runtime's own text goes nowhere: what it says is told as a finding. Each process has to say so for itself. */
void san_quiet(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		__sanitizer_set_report_fd((void *)(long)fd);
}
#endif

#if defined(FLAVOUR_VALGRIND)
/* ---- Valgrind ---- */

#include "machine.h"

static unsigned known_errors;		/* [atomic] of this process */

/* Errors of the process that this one was forked from are its own. */
void san_quiet(void)
{
	__atomic_store_n(&known_errors, VALGRIND_COUNT_ERRORS, __ATOMIC_RELAXED);
}

bool san_errors_are_new(void)
{
	return VALGRIND_COUNT_ERRORS > __atomic_load_n(&known_errors, __ATOMIC_RELAXED);
}

void san_report_pending(void)
{
	const struct site *site = current ? current->op.site : NULL;
	char key[96];

	if (!san_errors_are_new())
		return;
	san_quiet();
	snprintf(key, sizeof(key), "valgrind:%s", site ? site->func : "check");
	violation_at(ORACLE_LIFETIME, key, site, "Valgrind reports an error before this point; its own text is on standard error");
}
#endif

#if defined(FLAVOUR_TSAN)
/* ---- ThreadSanitizer ---- */

void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
int __tsan_get_report_data(void *report, const char **description, int *count, int *stack_count, int *mop_count, int *loc_count,
			   int *mutex_count, int *thread_count, int *unique_tid_count, void **sleep_trace,
			   unsigned long trace_size);
int __tsan_get_report_mop(void *report, unsigned long idx, int *tid, void **addr, int *size, int *write, int *atomic, void **trace,
			  unsigned long trace_size);
void __tsan_on_report(void *report);
const char *__tsan_default_options(void);
const char *__tsan_default_suppressions(void);
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);
void AnnotateIgnoreWritesBegin(const char *file, int line);
void AnnotateIgnoreWritesEnd(const char *file, int line);

#define NO_SYNC 1u			/* a switch orders nothing */

static void *fibers[FIBER_TASKS], *main_fiber;
static char epoch;			/* orders set-up, execution and what comes after; never read or written */

void san_begin(u64 tasks)
{
	main_fiber = __tsan_get_current_fiber();
	for (unsigned i = 0; i < FIBER_TASKS; i++)
		if (tasks >> i & 1 && !fibers[i])
			fibers[i] = __tsan_create_fiber(NO_SYNC);
	__tsan_release(&epoch);
}

void san_task_starts(void)
{
	__tsan_acquire(&epoch);
}

/* An abandoned fiber cannot say that it is over, and its shadow stack is unbalanced: it is said for it, and it is made anew. */
void san_end(u64 tasks, u64 unfinished)
{
	for (unsigned i = 0; i < FIBER_TASKS; i++) {
		if (!(tasks >> i & 1))
			continue;
		__tsan_switch_to_fiber(fibers[i], NO_SYNC);
		__tsan_release(&epoch);
		__tsan_switch_to_fiber(main_fiber, NO_SYNC);
		if (unfinished >> i & 1) {
			__tsan_destroy_fiber(fibers[i]);
			fibers[i] = NULL;
		}
	}
	__tsan_acquire(&epoch);
}

void san_switch(void **save, unsigned to)
{
	(void)save;
	__tsan_switch_to_fiber(to < FIBER_TASKS ? fibers[to] : main_fiber, NO_SYNC);
}

void san_switched(void *save)
{
	(void)save;
}

void san_ignore_begin(void)
{
	AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
	AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
}

void san_ignore_end(void)
{
	AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
	AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
}

struct access {
	char func[64], place[64];
	int write, atomic;
};

static void look_up(void *report, unsigned long i, struct access *a)
{
	void *trace[16] = { NULL }, *addr;
	int tid, size;

	__tsan_get_report_mop(report, i, &tid, &addr, &size, &a->write, &a->atomic, trace, ARRAY_SIZE(trace));
	__sanitizer_symbolize_pc(trace[0], "%f", a->func, sizeof(a->func));
	__sanitizer_symbolize_pc(trace[0], "%s:%l", a->place, sizeof(a->place));
	if (strrchr(a->place, '/'))
		memmove(a->place, strrchr(a->place, '/') + 1, strlen(strrchr(a->place, '/')));
}

static const char *access_text(const struct access *a)
{
	return a->atomic ? a->write ? "marked write" : "marked read" : a->write ? "plain write" : "plain read";
}

/* Called inside the runtime, which holds its locks: only remember. */
void __tsan_on_report(void *report)
{
	const char *what = "report";
	int n, stacks, mops = 0, locs, mutexes, threads, tids;
	void *sleep[1];
	struct access a[2] = { { .func = "" }, { .func = "" } };
	char key[KEY_LEN], text[TEXT_LEN];
	bool swap;

	__tsan_get_report_data(report, &what, &n, &stacks, &mops, &locs, &mutexes, &threads, &tids, sleep, 1);
	for (int i = 0; i < mops && i < 2; i++)
		look_up(report, (unsigned long)i, &a[i]);
	swap = strcmp(a[0].func, a[1].func) > 0;
	snprintf(key, sizeof(key), "race:%s:%s", a[swap].func, a[!swap].func);
	snprintf(text, sizeof(text), "%s: %s in %s (%s) against %s in %s (%s), and nothing orders them", what, access_text(&a[0]),
		 a[0].func, a[0].place, access_text(&a[1]), a[1].func, a[1].place);
	keep(ORACLE_RACE, key, text);
}

/* Arena addresses repeat in every execution: nothing may be thought known because its address or stack was seen before. */
const char *__tsan_default_options(void)
{
	return "exitcode=0:halt_on_error=0:suppress_equal_addresses=0:suppress_equal_stacks=0:detect_deadlocks=0:"
	       "report_signal_unsafe=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:history_size=4";
}

const char *__tsan_default_suppressions(void)
{
	return "race:^urcu_memb_barrier$\n";
}
#endif

#if defined(FLAVOUR_ASAN)
/* ---- AddressSanitizer ---- */

void __sanitizer_start_switch_fiber(void **save, const void *bottom, size_t size);
void __sanitizer_finish_switch_fiber(void *save, const void **bottom_old, size_t *size_old);
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);
void __asan_on_error(void);
int __asan_report_present(void);
void *__asan_get_report_pc(void);
const char *__asan_get_report_description(void);
void *__asan_get_report_address(void);

static const void *main_bottom;
static size_t main_size;
static bool from_main;

void san_begin(u64 tasks)
{
	(void)tasks;
	from_main = true;
}

/* Frames that nobody returned from left their red zones behind, and the next execution begins on the same stacks. */
void san_end(u64 tasks, u64 unfinished)
{
	(void)tasks;
	for (; unfinished; unfinished &= unfinished - 1)
		san_unpoison(fiber_stack((unsigned)__builtin_ctzl(unfinished)), FIBER_STACK_SIZE);
}

void san_task_starts(void)
{
}

void san_switch(void **save, unsigned to)
{
	if (to == FIBER_MAIN)
		__sanitizer_start_switch_fiber(save, main_bottom, main_size);
	else
		__sanitizer_start_switch_fiber(save, fiber_stack(to), FIBER_STACK_SIZE);
}

/* The first switch away from main tells where main's stack is. */
void san_switched(void *save)
{
	const void *bottom;
	size_t size;

	__sanitizer_finish_switch_fiber(save, &bottom, &size);
	if (!from_main)
		return;
	from_main = false;
	main_bottom = bottom;
	main_size = size;
}

void san_ignore_begin(void)
{
}

void san_ignore_end(void)
{
}

void __asan_on_error(void)
{
	char func[64] = "?", key[KEY_LEN], text[TEXT_LEN];
	const char *what = __asan_get_report_description();

	__sanitizer_symbolize_pc(__asan_get_report_pc(), "%f", func, sizeof(func));
	snprintf(key, sizeof(key), "asan:%s:%s", what, func);
	snprintf(text, sizeof(text), "AddressSanitizer: %s in %s at %p", what, func, __asan_get_report_address());
	keep(ORACLE_LIFETIME, key, text);
}

const char *__asan_default_options(void)
{
	return "exitcode=0:halt_on_error=0:suppress_equal_pcs=0:detect_leaks=0:detect_stack_use_after_return=0:"
	       "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:use_sigaltstack=0";
}

const char *__ubsan_default_options(void)
{
	return "print_stacktrace=1";
}
#endif

#if defined(FLAVOUR_TSAN) || defined(FLAVOUR_ASAN)
/* Byte by byte, through what the compiler cannot turn into a call of the functions that are watched. */
__attribute__((no_sanitize("address", "undefined"))) void raw_copy(void *to, const void *from, size_t n)
{
	volatile char *t = to;
	const volatile char *f = from;

#if defined(__x86_64__)
	__asm__ __volatile__("rep movsb" : "+D"(t), "+S"(f), "+c"(n) : : "memory");
#endif
	for (; n && n + 1; n--)
		*t++ = *f++;
}

__attribute__((no_sanitize("address", "undefined"))) void raw_set(void *to, int byte, size_t n)
{
	volatile char *t = to;

#if defined(__x86_64__)
	__asm__ __volatile__("rep stosb" : "+D"(t), "+c"(n) : "a"(byte) : "memory");
#endif
	for (; n && n + 1; n--)
		*t++ = (char)byte;
}
#endif
