/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the race checker: which kinds of access race, which bytes, what orders them; and that what it forgets to stay small
 * changes no answer, against a checker that forgets nothing.
 *
 * Concurrency: one thread, which speaks for all tasks.
 */
#include "access/race.h"
#include "rig.h"

#define BASE 0x1000ul
#define SIZE 0x1000ul

enum { A, B, C };

static struct race last;

static void begin(bool strict)
{
	race_begin(BASE, SIZE, strict);
}

static bool touch(unsigned task, enum access_kind kind, u64 addr, unsigned size)
{
	static u32 serial;

	return race_access(task, kind, addr, size, ++serial, &last);
}

/* ---- the rule ---- */

static void test_kinds(void **unused)
{
	/* Rows and columns in the order of enum access_kind: '.' no race, 'x' race, 's' strict only. */
	static const char rule[ACCESS_KINDS][ACCESS_KINDS + 1] = {
		[PLAIN_READ]   = ".xx.x",
		[PLAIN_WRITE]  = "xxxss",
		[TORN_WRITE]   = "xxxxx",
		[MARKED_READ]  = ".sx..",
		[MARKED_WRITE] = "xsx..",
	};

	(void)unused;
	for (unsigned strict = 0; strict < 2; strict++)
		for (unsigned a = 0; a < ACCESS_KINDS; a++)
			for (unsigned b = 0; b < ACCESS_KINDS; b++) {
				begin(strict);
				assert_false(touch(A, (enum access_kind)a, BASE, 8));
				assert_int_equal(touch(B, (enum access_kind)b, BASE, 8),
						 rule[a][b] == 'x' || (strict && rule[a][b] == 's'));
			}
}

static void test_bytes(void **unused)
{
	(void)unused;
	begin(false);
	assert_false(touch(A, PLAIN_WRITE, BASE + 4, 2));
	assert_false(touch(B, PLAIN_WRITE, BASE, 4));
	assert_false(touch(B, PLAIN_WRITE, BASE + 6, 2));
	assert_true(touch(B, PLAIN_READ, BASE + 5, 1));
	assert_int_equal(last.addr, BASE + 5);
	assert_int_equal(last.task, A);
	assert_int_equal(last.kind, PLAIN_WRITE);
	/* Across words, and only the last byte in common. */
	assert_false(touch(A, PLAIN_WRITE, BASE + 31, 1));
	assert_false(touch(B, TORN_WRITE, BASE + 12, 19));
	assert_true(touch(C, TORN_WRITE, BASE + 8, 5));
	assert_int_equal(last.addr, BASE + 12);
	assert_true(touch(B, TORN_WRITE, BASE + 20, 12));
	/* What is not watched races with nothing. */
	assert_false(touch(A, PLAIN_WRITE, BASE + SIZE, 8));
	assert_false(touch(B, PLAIN_WRITE, BASE + SIZE, 8));
}

static void test_one_task_is_in_order(void **unused)
{
	(void)unused;
	begin(true);
	for (unsigned i = 0; i < 20; i++)
		assert_false(touch(A, (enum access_kind)(i * 7 % ACCESS_KINDS), BASE + i % 3, 4));
}

static void test_beginning_forgets(void **unused)
{
	(void)unused;
	begin(false);
	touch(A, PLAIN_WRITE, BASE, 8);
	race_release(A, BASE + 8);
	begin(false);
	assert_false(touch(B, PLAIN_WRITE, BASE, 8));
	race_acquire(C, BASE + 8);
	assert_true(touch(C, PLAIN_WRITE, BASE, 8));
}

/* ---- order ---- */

static void test_release_and_acquire(void **unused)
{
	(void)unused;
	begin(false);
	touch(A, PLAIN_WRITE, BASE, 8);
	race_release(A, BASE + 8);
	touch(A, PLAIN_WRITE, BASE + 16, 8);
	race_acquire(B, BASE + 9);	/* another address in the same word */
	assert_true(touch(B, PLAIN_READ, BASE, 8));
	race_acquire(B, BASE + 8);
	assert_false(touch(B, PLAIN_WRITE, BASE, 8));
	assert_true(touch(B, PLAIN_READ, BASE + 16, 8));	/* was after the release */
	/* And on to a third. */
	race_release(B, BASE + 24);
	race_acquire(C, BASE + 24);
	assert_false(touch(C, PLAIN_READ, BASE, 8));
}

static void test_releases_add_up(void **unused)
{
	(void)unused;
	begin(false);
	touch(A, PLAIN_READ, BASE, 8);
	touch(B, PLAIN_READ, BASE, 8);
	race_release(A, BASE + 8);
	race_release(B, BASE + 8);
	race_acquire(C, BASE + 8);
	assert_false(touch(C, PLAIN_WRITE, BASE, 8));
}

/* A writes and says so through a flag in some way, B reads the flag in some way and then what A wrote. */
struct message {
	int fence_before, store, load, fence_after;	/* -1: none */
	bool ordered;
};

static void test_messages(void **unused)
{
	static const struct message row[] = {
		{ -1, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE, -1, true },
		{ -1, __ATOMIC_SEQ_CST, __ATOMIC_CONSUME, -1, true },
		{ -1, __ATOMIC_RELAXED, __ATOMIC_ACQUIRE, -1, false },
		{ -1, __ATOMIC_RELEASE, __ATOMIC_RELAXED, -1, false },
		{ __ATOMIC_RELEASE, __ATOMIC_RELAXED, __ATOMIC_ACQUIRE, -1, true },
		{ -1, __ATOMIC_RELEASE, __ATOMIC_RELAXED, __ATOMIC_ACQUIRE, true },
		{ __ATOMIC_RELEASE, __ATOMIC_RELAXED, __ATOMIC_RELAXED, __ATOMIC_ACQUIRE, true },
		{ __ATOMIC_SEQ_CST, __ATOMIC_RELAXED, __ATOMIC_RELAXED, __ATOMIC_SEQ_CST, true },
		{ __ATOMIC_ACQUIRE, __ATOMIC_RELAXED, __ATOMIC_RELAXED, __ATOMIC_ACQUIRE, false },
		{ __ATOMIC_RELEASE, __ATOMIC_RELAXED, __ATOMIC_RELAXED, __ATOMIC_RELEASE, false },
	};

	(void)unused;
	for (const struct message *m = row; m < row + ARRAY_SIZE(row); m++) {
		begin(false);
		touch(A, PLAIN_WRITE, BASE, 8);
		if (m->fence_before >= 0)
			race_fence(A, m->fence_before);
		race_store(A, BASE + 8, m->store);
		race_load(B, BASE + 8, m->load);
		if (m->fence_after >= 0)
			race_fence(B, m->fence_after);
		assert_int_equal(touch(B, PLAIN_READ, BASE, 8), !m->ordered);
	}
}

static void test_release_sequences(void **unused)
{
	(void)unused;
	for (unsigned store = 0; store < 2; store++) {
		begin(false);
		touch(A, PLAIN_WRITE, BASE, 8);
		race_store(A, BASE + 8, __ATOMIC_RELEASE);
		if (store)
			race_store(B, BASE + 8, __ATOMIC_RELAXED);
		else
			race_rmw(B, BASE + 8, __ATOMIC_RELAXED);
		race_load(C, BASE + 8, __ATOMIC_ACQUIRE);
		assert_int_equal(touch(C, PLAIN_READ, BASE, 8), store);
	}
}

/* ---- nothing is lost: against a checker that keeps every access ---- */

#define TASKS 4u
#define KEPT 400u

struct access {
	unsigned task, from, size, clock;
	enum access_kind kind;
};

static struct {
	struct access at[KEPT];
	unsigned nr, now[TASKS][TASKS], left[4][TASKS];
} all;

static bool conflict(enum access_kind a, enum access_kind b, bool strict)
{
	bool marked_a = a == MARKED_READ || a == MARKED_WRITE, marked_b = b == MARKED_READ || b == MARKED_WRITE;

	if ((a == PLAIN_READ || a == MARKED_READ) && (b == PLAIN_READ || b == MARKED_READ))
		return false;
	if (marked_a && marked_b)
		return false;
	return strict || !((a == PLAIN_WRITE && marked_b) || (b == PLAIN_WRITE && marked_a));
}

static bool naive(struct access x, bool strict)
{
	bool race = false;

	for (unsigned i = 0; i < all.nr; i++) {
		const struct access *y = &all.at[i];

		race |= all.now[x.task][y->task] < y->clock && x.from < y->from + y->size && y->from < x.from + x.size &&
			conflict(x.kind, y->kind, strict);
	}
	x.clock = all.now[x.task][x.task];
	all.at[all.nr++] = x;
	return race;
}

static void naive_order(unsigned task, unsigned place, bool release)
{
	for (unsigned i = 0; i < TASKS; i++)
		if (release)
			all.left[place][i] = max(all.left[place][i], all.now[task][i]);
		else
			all.now[task][i] = max(all.left[place][i], all.now[task][i]);
	all.now[task][task] += release;
}

static unsigned draw(unsigned n)
{
	static u64 x = 88172645463325252ul;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (unsigned)((x >> 20) % n);
}

static void both(bool strict)
{
	struct access x = { draw(TASKS), draw(16), 1 + draw(8), 0, (enum access_kind)draw(ACCESS_KINDS) };
	unsigned place = draw(4);

	if (draw(3)) {
		assert_int_equal(touch(x.task, x.kind, BASE + x.from, x.size), naive(x, strict));
		return;
	}
	naive_order(x.task, place, x.size > 4);
	if (x.size > 4)
		race_release(x.task, BASE + 64 + place);
	else
		race_acquire(x.task, BASE + 64 + place);
}

static void test_nothing_is_lost(void **unused)
{
	(void)unused;
	for (unsigned round = 0; round < 2000; round++) {
		begin(round % 2);
		memset(&all, 0, sizeof(all));
		for (unsigned i = 0; i < TASKS; i++)
			all.now[i][i] = 1;
		for (unsigned i = 0; i < KEPT; i++)
			both(round % 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_one_task_is_in_order),
		cmocka_unit_test(test_beginning_forgets),
		cmocka_unit_test(test_release_and_acquire),
		cmocka_unit_test(test_releases_add_up),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_release_sequences),
		cmocka_unit_test(test_nothing_is_lost),
	};

	return cmocka_run_group_tests_name("race", tests, NULL, NULL);
}
