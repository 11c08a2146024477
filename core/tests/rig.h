/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the unit tests of core/ stand on: a machine with the model on it, and bodies of tests that
 * run as a task, one after the other, in the ordinary order.
 *
 * For the thread that runs the tests. A body says want(...): what does not hold ends the task, and
 * then fails the test (an assertion of cmocka's would jump off the task's stack). Violations end
 * the body too, and fail the test unless expected.
 */
#ifndef CORE_TESTS_RIG_H
#define CORE_TESTS_RIG_H

#include "defects.h"
#include "internal.h"
#include "scheduler.h"

/* As cmocka wants them, after our own headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RIG_FRAMES 40
#define RIG_DEVICE 4			/* and as many of a device */
#define RIG_SLOTS 12
#define RIG_CPUS 4
#define RIG_CACHES 16

struct rig;
typedef void (*rig_body)(struct rig *r);

/* How much of everything is in use. */
struct ledger {
	u32 pages, slots;
	u32 live[RIG_CACHES];		/* objects of each cache, as they were made */
};

struct rig {
	struct violation_sink sink;
	struct exec_policy policy;
	u32 other;			/* bit set of enum choice_kind: the last alternative */
	unsigned nr[EV_NR];		/* events so far */
	struct event last[EV_NR];	/* the last one of each kind */
	void *arg;			/* for the test */
	int flag;			/* for two bodies that wait for each other */
	const char *hold_func;		/* where the second body stops; NULL: nowhere */
	enum op_kind hold_kind;
	const void *hold_obj;		/* NULL: on any object */
	unsigned violations;
	enum oracle oracle;		/* of the first one */
	char key[128];
	char text[256];
	char failure[256];		/* what a want() said */
	struct task *task[2];
	rig_body body[2];
	struct snapshot *start;
	struct ledger empty;
};

/* The provider of the next rig_begin(): anon-chain unless a test says otherwise. */
extern const struct rmap_ops *rig_rmap;
/* And with locks of single VMAs? */
extern bool rig_vma_locks;
/* And with which memory? */
extern enum memory_model rig_memory;
void rig_begin(struct rig *r);
void rig_begin_sized(struct rig *r, unsigned frames, unsigned slots);
void rig_end(struct rig *r);

/*
 * Run a body (or two of them: the second goes on where the first has to wait); it must come to its
 * end in silence.
 */
void rig_run(struct rig *r, rig_body body);
void rig_run_two(struct rig *r, rig_body first, rig_body second);
/* Run a body, or two, that must end in this violation. */
void rig_run_to_violation(struct rig *r, rig_body body, enum oracle oracle, const char *key);
void rig_run_two_to_violation(struct rig *r, rig_body first, rig_body second, enum oracle oracle,
			      const char *key);
/* Back to what rig_begin() left; no event has happened. */
void rig_restore(struct rig *r);

/* A test that is one body on a fresh machine: RIG_TEST(body) in the table of tests. */
void rig_test(void **state);
#define RIG_TEST(body) { #body, rig_test, NULL, NULL, (void *)(body) }

/* ---- in a body ---- */

void __attribute__((noreturn)) rig_fail(int line, const char *fmt, ...) __printf(2, 3);

#define want(cond)                                              \
	do {                                                    \
		if (!(cond))                                    \
			rig_fail(__LINE__, "%s", #cond);        \
	} while (0)

#define want_int(expr, value) want_int_(expr, value, UNIQUE(got_), UNIQUE(right_))
#define want_int_(expr, value, got, right)                                              \
	do {                                                                            \
		long got = (long)(expr), right = (long)(value);                         \
		if (got != right)                                                       \
			rig_fail(__LINE__, "%s is %ld, not %ld", #expr, got, right);    \
	} while (0)

/* Set the flag, wait for it: between two bodies. */
void rig_raise(struct rig *r, int flag);
void rig_wait(struct rig *r, int flag);
/* Let the other body go on until it has to wait for something, or ends. */
void rig_until_other_waits(struct rig *r);

/*
 * Of the first body: the second one is to stop where it is about to do this operation on the object
 * (NULL: on any) in the function of that name. Wait until it is there; let it go on for good. It
 * goes on, too, when the first one has to wait.
 */
void rig_hold(struct rig *r, const char *func, enum op_kind kind, const void *obj);
void rig_until_held(struct rig *r);
void rig_let_go(struct rig *r);

/* Allocations fail from the n-th on; 0: memory is there again. */
void rig_no_memory(unsigned n);

/* Whatever runs in this body from now on runs on that CPU. */
void rig_on_cpu(unsigned cpu);

/* Memory as a program sees it; both must succeed. */
void rig_write_at(int line, struct mm_struct *mm, unsigned long addr, u64 value);
u64 rig_read_at(int line, struct mm_struct *mm, unsigned long addr);
#define rig_write(mm, addr, value) rig_write_at(__LINE__, mm, addr, value)
#define rig_read(mm, addr) rig_read_at(__LINE__, mm, addr)

/* Must succeed: a new mm, an area, a child. */
struct mm_struct *rig_mm(void);
unsigned long rig_mmap(struct mm_struct *mm, unsigned pages);
struct mm_struct *rig_fork(struct mm_struct *mm);

/* What maps an address: 0 where there is no table; the page, or NULL. */
pte_t rig_pte(const struct mm_struct *mm, unsigned long addr);
struct page *rig_page(const struct mm_struct *mm, unsigned long addr);

/* Reclaim what is mapped there; must succeed. Returns the slot. */
swp_entry_t rig_swap_out_at(int line, struct mm_struct *mm, unsigned long addr);
#define rig_swap_out(mm, addr) rig_swap_out_at(__LINE__, mm, addr)

#define PAGE(n) ((unsigned long)(n) << PAGE_SHIFT)

struct ledger rig_ledger(void);
void rig_want_ledger(int line, const struct ledger *right);
#define want_ledger(l) rig_want_ledger(__LINE__, l)

/*
 * Page tables are the truth: mapcounts, reference counts, swap counts, rss and the reverse map must
 * agree with them.
 */
void rig_want_counts(int line);
#define want_counts() rig_want_counts(__LINE__)

/* All processes are gone: nothing may be left. */
void rig_want_nothing_left(int line);
#define want_nothing_left() rig_want_nothing_left(__LINE__)

/*
 * Let the n-th allocation of op fail, for n = 1, 2, ... until op needs fewer. A failure that op
 * reports must leave everything as it was, if clean; what succeeds is undone by undo. Returns how
 * often op reported a failure.
 */
unsigned rig_each_failure(struct rig *r, int (*op)(struct rig *r), void (*undo)(struct rig *r),
			  bool clean);

#endif
