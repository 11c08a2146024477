/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real processes do what they are told, any system call that memory management has; and what comes of it is told from what the
 * model says, one by one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "defects.h"
#include "host/action.h"
#include "host/conform.h"
#include "minimise/cut.h"

#define PAGES 16ul

static struct host *host;		/* NULL: this machine does not allow it */
static char why_not[256];

static void need_host(const struct host *h)
{
	if (h)
		return;
	print_message("# no real processes here: %s\n", why_not);
	skip();
}

static unsigned long at(unsigned long page)
{
	return host_window(host) + page * PAGE_SIZE;
}

static struct host_reply call(unsigned process, const struct host_call *c)
{
	struct host_reply reply;

	assert_true(host_call(host, process, c, &reply));
	return reply;
}

#define syscall_of(process, ...) call(process, &(struct host_call){ .kind = HOST_SYSCALL, __VA_ARGS__ })

static void done(struct host_reply reply)
{
	assert_int_equal(reply.came, HOST_DONE);
}

static void fails(struct host_reply reply, int number)
{
	assert_int_equal(reply.came, HOST_FAILED);
	assert_int_equal(reply.number, number);
}

static void born(unsigned parent, unsigned child)
{
	done(call(parent, &(struct host_call){ .kind = HOST_FORK, .child = child }));
}

static void ends(unsigned process)
{
	done(call(process, &(struct host_call){ .kind = HOST_EXIT }));
}

static void map(unsigned process, unsigned long page, unsigned long pages, unsigned long flags, long fd)
{
	struct host_reply reply = syscall_of(process, .number = SYS_mmap,
					     .arg = { at(page), pages * PAGE_SIZE, PROT_READ | PROT_WRITE,
						      flags | MAP_FIXED_NOREPLACE, (unsigned long)fd, 0 });

	done(reply);
	assert_int_equal(reply.word, at(page));
}

static void writes(unsigned process, unsigned long page, u64 word)
{
	done(call(process, &(struct host_call){ .kind = HOST_WRITE, .arg = { at(page) }, .word = word }));
}

static void reads(unsigned process, unsigned long page, u64 word)
{
	struct host_reply reply = call(process, &(struct host_call){ .kind = HOST_READ, .arg = { at(page) } });

	done(reply);
	assert_int_equal(reply.word, word);
}

static void faults(unsigned process, enum host_kind kind, unsigned long page, int sig)
{
	struct host_reply reply = call(process, &(struct host_call){ .kind = kind, .arg = { at(page) } });

	assert_int_equal(reply.came, HOST_SIGNAL);
	assert_int_equal(reply.number, sig);
}

/* ---- processes ---- */

static void nothing_is_mapped_unasked(void **state)
{
	(void)state;
	need_host(host);
	born(HOST_EMPTY, 1);
	for (unsigned long page = 0; page < PAGES; page++) {
		faults(1, HOST_READ, page, SIGSEGV);
		faults(1, HOST_WRITE, page, SIGSEGV);
	}
	map(1, 2, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	for (unsigned long page = 2; page < 5; page++)
		reads(1, page, 0);
	faults(1, HOST_READ, 1, SIGSEGV);
	faults(1, HOST_READ, 5, SIGSEGV);
	done(syscall_of(1, .number = SYS_munmap, .arg = { at(3), PAGE_SIZE }));
	faults(1, HOST_WRITE, 3, SIGSEGV);
	writes(1, 4, 9);
	ends(1);
	born(HOST_EMPTY, 1);
	faults(1, HOST_READ, 4, SIGSEGV);
	ends(1);
}

static void family_keeps_its_own(void **state)
{
	(void)state;
	need_host(host);
	born(HOST_EMPTY, 1);
	map(1, 1, 2, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	writes(1, 1, 1);
	born(1, 2);
	born(2, 3);
	writes(2, 1, 2);
	reads(1, 1, 1);
	reads(3, 1, 1);
	ends(1);
	/* Its children live on, and have children. */
	writes(3, 1, 3);
	reads(2, 1, 2);
	born(2, 1);
	reads(1, 1, 2);
	for (unsigned i = 1; i <= 3; i++)
		ends(i);
}

static void rights_come_and_go(void **state)
{
	(void)state;
	need_host(host);
	born(HOST_EMPTY, 1);
	map(1, 1, 2, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	writes(1, 1, 1);
	done(syscall_of(1, .number = SYS_mprotect, .arg = { at(1), PAGE_SIZE, PROT_READ }));
	reads(1, 1, 1);
	faults(1, HOST_WRITE, 1, SIGSEGV);
	writes(1, 2, 2);
	fails(syscall_of(1, .number = SYS_mprotect, .arg = { at(1), 3 * PAGE_SIZE, PROT_READ }), ENOMEM);
	ends(1);
}

static void pages_move_and_are_forgotten(void **state)
{
	(void)state;
	need_host(host);
	born(HOST_EMPTY, 1);
	map(1, 1, 2, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	writes(1, 1, 1);
	done(syscall_of(1, .number = SYS_mremap, .arg = { at(1), 2 * PAGE_SIZE, 4 * PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, at(8) }));
	reads(1, 8, 1);
	reads(1, 11, 0);
	faults(1, HOST_READ, 1, SIGSEGV);
	done(syscall_of(1, .number = SYS_madvise, .arg = { at(8), PAGE_SIZE, MADV_DONTNEED }));
	reads(1, 8, 0);
	ends(1);
}

/* What the machine may forbid: locked pages, for want of a limit; reclaim on demand, before Linux 5.4. */
static void pages_are_locked_and_reclaimed(void **state)
{
	struct host_reply out, lock;

	(void)state;
	need_host(host);
	born(HOST_EMPTY, 1);
	map(1, 1, 2, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	writes(1, 1, 1);
	out = syscall_of(1, .number = SYS_madvise, .arg = { at(1), PAGE_SIZE, MADV_PAGEOUT });
	lock = syscall_of(1, .number = SYS_mlock, .arg = { at(1), PAGE_SIZE });
	reads(1, 1, 1);
	if (out.came != HOST_DONE || lock.came != HOST_DONE) {
		print_message("# MADV_PAGEOUT: %s, mlock: %s\n", strerror(out.number), strerror(lock.number));
		skip();
	}
	fails(syscall_of(1, .number = SYS_madvise, .arg = { at(1), PAGE_SIZE, MADV_PAGEOUT }), EINVAL);
	done(syscall_of(1, .number = SYS_munlock, .arg = { at(1), PAGE_SIZE }));
	done(syscall_of(1, .number = SYS_madvise, .arg = { at(1), PAGE_SIZE, MADV_PAGEOUT }));
	reads(1, 1, 1);
	ends(1);
}

/* A file is a descriptor that its first owner makes before his children are born. */
static void files_are_shared_and_cut(void **state)
{
	struct host_reply file;

	(void)state;
	need_host(host);
	born(HOST_EMPTY, 1);
	file = syscall_of(1, .number = SYS_memfd_create, .arg = { (unsigned long)"", 0 });
	done(file);
	done(syscall_of(1, .number = SYS_ftruncate, .arg = { file.word, 2 * PAGE_SIZE }));
	map(1, 1, 2, MAP_SHARED, (long)file.word);
	map(1, 4, 2, MAP_PRIVATE, (long)file.word);
	born(1, 2);
	writes(2, 1, 7);
	reads(1, 1, 7);
	reads(1, 4, 7);
	writes(1, 4, 8);
	reads(2, 1, 7);
	reads(2, 4, 7);
	done(syscall_of(2, .number = SYS_msync, .arg = { at(1), 2 * PAGE_SIZE, MS_SYNC }));
	fails(syscall_of(2, .number = SYS_msync, .arg = { at(1), 3 * PAGE_SIZE, MS_SYNC }), ENOMEM);
	done(syscall_of(2, .number = SYS_ftruncate, .arg = { file.word, PAGE_SIZE }));
	faults(1, HOST_READ, 2, SIGBUS);
	faults(1, HOST_READ, 5, SIGBUS);
	reads(1, 4, 8);
	ends(1);
	ends(2);
}

/* Tests that need it skip themselves: need_host() says why. */
static int start(void **state)
{
	(void)state;
	host = host_start(PAGES * PAGE_SIZE, why_not);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	host_stop(host);
	return 0;
}

/* ---- what came of it ---- */

static const struct host_reply done_0 = { .came = HOST_DONE }, done_5 = { .came = HOST_DONE, .word = 5 },
			       done_5_of_others = { .came = HOST_DONE, .word = 5 | 1ul << 32 },
			       segv = { .came = HOST_SIGNAL, .number = SIGSEGV }, bus = { .came = HOST_SIGNAL, .number = SIGBUS },
			       enomem = { .came = HOST_FAILED, .number = ENOMEM }, einval = { .came = HOST_FAILED, .number = EINVAL },
			       eagain = { .came = HOST_FAILED, .number = EAGAIN }, eintr = { .came = HOST_FAILED, .number = EINTR };

static const struct {
	unsigned op;
	struct scn_value model;
	u64 word;
	const struct host_reply *host;
	bool agree;
	const char *text;
} judged[] = {
	{ SOP_READ, { SCN_NUMBER, 5 }, 5, &done_5, true, "5" },
	{ SOP_READ, { SCN_NUMBER, 5 }, 5, &done_0, false, "0" },
	/* The same number as far as the scenario sees it, but another store. */
	{ SOP_READ, { SCN_NUMBER, 5 }, 5, &done_5_of_others, false, "5" },
	{ SOP_READ, { SCN_NUMBER, 0 }, 0, &segv, false, "segv" },
	{ SOP_READ, { SCN_SEGV, 0 }, 0, &segv, true, "segv" },
	{ SOP_READ, { SCN_SEGV, 0 }, 0, &done_0, false, "0" },
	{ SOP_READ, { SCN_SEGV, 0 }, 0, &bus, false, "SIGBUS" },
	{ SOP_WRITE, { SCN_OK, 0 }, 5, &done_0, true, "ok" },
	{ SOP_WRITE, { SCN_OK, 0 }, 5, &segv, false, "segv" },
	{ SOP_WRITE, { SCN_SEGV, 0 }, 5, &done_0, false, "ok" },
	{ SOP_MUNMAP, { SCN_OK, 0 }, 0, &done_0, true, "ok" },
	{ SOP_MUNMAP, { SCN_OK, 0 }, 0, &einval, false, "einval" },
	{ SOP_MUNMAP, { SCN_OK, 0 }, 0, &enomem, false, "enomem" },
	{ SOP_MMAP, { SCN_OK, 0 }, 0, &done_5, true, "ok" },
	{ SOP_MMAP, { SCN_OK, 0 }, 0, &einval, false, "einval" },
	{ SOP_FORK, { SCN_OK, 0 }, 0, &done_0, true, "ok" },
	{ SOP_MADVISE, { SCN_EINVAL, 0 }, 0, &einval, true, "einval" },
	{ SOP_MLOCK, { SCN_ENOMEM, 0 }, 0, &enomem, true, "enomem" },
	{ SOP_MLOCK, { SCN_OK, 0 }, 0, &eagain, false, "again" },
	{ SOP_MUNLOCK, { SCN_OK, 0 }, 0, &eintr, false, "EINTR" },
};

static void every_outcome_is_judged(void **state)
{
	char text[32];

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(judged); i++) {
		const struct scn_stmt s = { .op = (uint16_t)judged[i].op };
		const struct world_op op = { .s = &s, .came = judged[i].model, .word = judged[i].word };

		if (host_agrees(&op, judged[i].host) != judged[i].agree)
			fail_msg("row %u", i);
		assert_string_equal(host_reply_text(&op, judged[i].host, text), judged[i].text);
	}
}

/* ---- sequences ---- */

static enum conform_end compared(const char *text, unsigned defect, struct conform_counts *counts, struct difference *d)
{
	struct conform_config config = { .provider = rmap_providers[0] };
	struct host *h;
	struct scn_error err;
	struct scenario *scn = scn_parse("test", text, strlen(text), &err);
	enum conform_end end;

	if (!scn)
		fail_msg("%s", err.text);
	if (defect < CORE_NR_DEFECTS)
		defect_add(config.defects, (unsigned)defect);
	memset(counts, 0, sizeof(*counts));
	h = host_start(conform_window(), why_not);
	need_host(h);
	end = conform(h, &config, scn, counts, d);
	host_stop(h);
	scn_free(scn);
	return end;
}

static const char sequence[] = "scenario a\n"
			       "setup { mm P  P: a = mmap anon 3  P: write a[0] = 1  drain }\n"
			       "thread t {\n"
			       "repeat 2 {\n"
			       "	C = P: fork\n"
			       "	C: write a[0] = 2\n"
			       "	reclaim P a[0]\n"
			       "}\n"
			       "P: munmap a[1]\n"
			       "P: read a[1]\n"
			       "P: read a[0]\n"
			       "P = C: fork\n"
			       "}\n"
			       "finally {\n"
			       "P: read a[0]\n"
			       "C: exit C: read a[0]\n"
			       "}\n";

static void what_is_compared_is_counted(void **state)
{
	struct conform_counts counts;
	struct difference d;

	(void)state;
	assert_int_equal(compared(sequence, CORE_NR_DEFECTS, &counts, &d), CONFORM_AGREES);
	assert_int_equal(counts.sequences, 1);
	assert_int_equal(counts.agree, 1);
	assert_int_equal(counts.op[SOP_MM].results, 1);
	assert_int_equal(counts.op[SOP_MMAP].results, 1);
	assert_int_equal(counts.op[SOP_WRITE].results, 3);
	assert_int_equal(counts.op[SOP_FORK].results, 3);
	assert_int_equal(counts.op[SOP_MUNMAP].results, 1);
	assert_int_equal(counts.op[SOP_READ].segvs, 1);
	assert_int_equal(counts.op[SOP_READ].values, 2);
	assert_int_equal(counts.op[SOP_EXIT].results, 1);
	assert_int_equal(counts.op[SOP_RECLAIM].left, 2);
	assert_int_equal(counts.op[SOP_DRAIN].left, 1);
}

static void first_difference_is_told(void **state)
{
	struct conform_counts counts;
	struct difference d;

	(void)state;
	assert_int_equal(compared(sequence, D_CANARY_COW, &counts, &d), CONFORM_DIFFERS);
	assert_int_equal(counts.agree, 0);
	assert_string_equal(d.key, "read: the model a number, Linux a number");
	assert_string_equal(d.text, "line 11, 'P: read a[0]': the model says 2, the running kernel 1");
	assert_int_equal(d.line, 11);
	assert_int_equal(d.host.result, SCN_NUMBER);
	assert_int_equal(d.host.number, 1);
}

/* A kernel that is wrong: processes are born with a mapping that nobody asked for. Smaller, it is the one mmap that meets it. */
static void wrong_kernel_is_told(void **state)
{
	static const char text[] = "scenario a\nsetup { mm P  P: a = mmap anon 1  C = P: fork }\n"
				   "thread t { C: write a[0] = 1  C: b = mmap anon 2  C: read b[1]  C: exit }\n";
	const struct conform_config config = { .provider = rmap_providers[0] };
	struct conform_counts counts = { .sequences = 0 };
	struct scn_error err;
	struct scenario *scn = scn_parse("test", text, sizeof(text) - 1, &err), *small;
	struct difference d;

	(void)state;
	host = host_start(conform_window(), why_not);
	need_host(host);
	map(HOST_EMPTY, 3, 1, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	assert_int_equal(conform(host, &config, scn, &counts, &d), CONFORM_DIFFERS);
	assert_string_equal(d.key, "mmap: the model ok, Linux EEXIST");
	assert_string_equal(d.text, "line 3, 'thread t { C: write a[0] = 1  C: b = mmap anon 2  C: read b[1]  C: exit }': "
				    "the model says ok, the running kernel EEXIST");
	assert_int_equal(d.host.result, SCN_NOTHING);
	small = conform_smaller(host, &config, scn, &d);
	assert_non_null(small);
	assert_string_equal(d.key, "mmap: the model ok, Linux EEXIST");
	assert_int_equal(cut_size(small), 3);
	assert_int_equal(small->nr_outcomes, 0);
	scn_free(small);
	scn_free(scn);
	host_stop(host);
}

/* The model has some tens of frames and 256 pages of addresses: where it runs out, there is nothing to compare. */
static void shortage_is_no_difference(void **state)
{
	static const char text[] = "scenario a\nsetup { mm P }\n"
				   "thread t { repeat 40 { P: a = mmap anon 8  P: write a[0] = 1  P: write a[7] = 2 } P: read a[7] }\n";
	struct conform_counts counts;
	struct difference d;

	(void)state;
	assert_int_equal(compared(text, CORE_NR_DEFECTS, &counts, &d), CONFORM_AGREES);
	assert_in_range(counts.op[SOP_MMAP].results, 10, 39);
	assert_int_equal(counts.op[SOP_MMAP].results + counts.op[SOP_MMAP].left, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_mapped_unasked, start, stop),
		cmocka_unit_test_setup_teardown(family_keeps_its_own, start, stop),
		cmocka_unit_test_setup_teardown(rights_come_and_go, start, stop),
		cmocka_unit_test_setup_teardown(pages_move_and_are_forgotten, start, stop),
		cmocka_unit_test_setup_teardown(pages_are_locked_and_reclaimed, start, stop),
		cmocka_unit_test_setup_teardown(files_are_shared_and_cut, start, stop),
		cmocka_unit_test(every_outcome_is_judged),
		cmocka_unit_test(what_is_compared_is_counted),
		cmocka_unit_test(first_difference_is_told),
		cmocka_unit_test(wrong_kernel_is_told),
		cmocka_unit_test(shortage_is_no_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
