/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations of the scenario language, one row each; the parser, the printer and the
 * documentation know nothing about an operation but its row.
 *
 * Concurrency: constant data and pure functions.
 */
#include "scn/ops.h"
#include "scn/lex.h"
#include "scn/parse.h"
#include "scn/scenario.h"

#include <string.h>

#define EXCLUSIVE ((1u << SCN_MUTEX) | (1u << SCN_SPINLOCK))
#define RWSEM (1u << SCN_RWSEM)

/* A row that binds and is not bind_required declares: the name stands after the operation. */
#define DECLARE(word_, kind_, about_) \
	{ .name = word_, .about = about_, .binds = kind_ }
#define PLAIN(word_, about_, ...) \
	{ .name = word_, .about = about_, .binds = -1, .args = { __VA_ARGS__ } }
#define SUBJECT(word_, about_, ...) \
	{ .name = word_, .about = about_, .subject = 1, .binds = -1, .args = { __VA_ARGS__ } }
#define MAKE(word_, kind_, about_, ...) \
	{ .name = word_, .about = about_, .subject = 1, .binds = kind_, .bind_required = 1, \
	  __VA_ARGS__ }
#define LOCKING(word_, kinds_, about_) \
	{ .name = word_, .about = about_, .binds = -1, .lock_kinds = kinds_, .args = { ARG_LOCK } }

const struct scn_op scn_ops[] = {
	[SOP_MM] = DECLARE("mm", SCN_MM, "make an empty address space"),
	[SOP_MUTEX] = DECLARE("mutex", SCN_MUTEX, "make a mutex"),
	[SOP_RWSEM] = DECLARE("rwsem", SCN_RWSEM, "make a reader-writer semaphore"),
	[SOP_SPINLOCK] = DECLARE("spinlock", SCN_SPINLOCK, "make a spinlock"),
	[SOP_MMAP] = MAKE("mmap", SCN_AREA, "map that many anonymous pages",
			  .word = "anon", .args = { ARG_WORD, ARG_COUNT }),
	[SOP_MUNMAP] = SUBJECT("munmap", "unmap an area, one page of it or a range", ARG_RANGE),
	[SOP_READ] = SUBJECT("read", "read a page, and say what must be found there",
			     ARG_PAGE, ARG_EXPECT),
	[SOP_WRITE] = SUBJECT("write", "write a value to a page", ARG_PAGE, ARG_SET),
	[SOP_FORK] = MAKE("fork", SCN_MM, "copy the address space, as fork does"),
	[SOP_EXIT] = SUBJECT("exit", "leave the address space; the last user tears it down"),
	[SOP_RECLAIM] = PLAIN("reclaim", "try to reclaim the page that is mapped there",
			      ARG_MM, ARG_PAGE),
	[SOP_SHRINK] = PLAIN("shrink", "reclaim up to that many pages, oldest first", ARG_COUNT),
	[SOP_REFERENCED] = PLAIN("referenced", "ask the reverse map who used the page",
				 ARG_MM, ARG_PAGE),
	[SOP_WALK] = PLAIN("walk", "walk all mappings of the page", ARG_MM, ARG_PAGE),
	[SOP_DRAIN] = PLAIN("drain", "let deferred work finish"),
	[SOP_FAIL_ALLOC] = PLAIN("fail_alloc", "let this thread's n-th allocation from here fail",
				 ARG_COUNT),
	[SOP_LOCK] = LOCKING("lock", EXCLUSIVE, "take the lock"),
	[SOP_TRYLOCK] = LOCKING("trylock", EXCLUSIVE, "take the lock if it is free"),
	[SOP_UNLOCK] = LOCKING("unlock", EXCLUSIVE, "release the lock"),
	[SOP_DOWN_READ] = LOCKING("down_read", RWSEM, "take it for reading"),
	[SOP_DOWN_READ_TRYLOCK] = LOCKING("down_read_trylock", RWSEM,
					  "take it for reading if that is possible at once"),
	[SOP_UP_READ] = LOCKING("up_read", RWSEM, "release it after reading"),
	[SOP_DOWN_WRITE] = LOCKING("down_write", RWSEM, "take it for writing"),
	[SOP_DOWN_WRITE_TRYLOCK] = LOCKING("down_write_trylock", RWSEM,
					   "take it for writing if that is possible at once"),
	[SOP_UP_WRITE] = LOCKING("up_write", RWSEM, "release it after writing"),
	[SOP_DOWNGRADE_WRITE] = LOCKING("downgrade_write", RWSEM,
					"from writer to reader without letting a writer in"),
	[SOP_RCU_READ_LOCK] = PLAIN("rcu_read_lock", "begin an RCU read section"),
	[SOP_RCU_READ_UNLOCK] = PLAIN("rcu_read_unlock", "end an RCU read section"),
	[SOP_SYNCHRONIZE_RCU] = PLAIN("synchronize_rcu", "wait for a grace period"),
	[SOP_RCU_BARRIER] = PLAIN("rcu_barrier", "wait for all RCU callbacks that are queued"),
};

const unsigned scn_nr_ops = SOP_NR;

_Static_assert(sizeof(scn_ops) / sizeof(scn_ops[0]) == SOP_NR, "a row for every operation");

int scn_op_find(const char *word, size_t length)
{
	for (unsigned i = 0; i < scn_nr_ops; i++)
		if (strlen(scn_ops[i].name) == length && !memcmp(scn_ops[i].name, word, length))
			return (int)i;
	return -1;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* How many insertions, deletions, changes and swaps of neighbours lie between the two words. */
static unsigned distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned char row[LEX_MAX_WORD + 1][LEX_MAX_WORD + 1];

	for (size_t i = 0; i <= na; i++)
		for (size_t j = 0; j <= nb; j++) {
			unsigned best;

			if (!i || !j) {
				row[i][j] = (unsigned char)(i + j);
				continue;
			}
			best = row[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			best = least(best, least(row[i - 1][j], row[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = least(best, row[i - 2][j - 2] + 1);
			row[i][j] = (unsigned char)best;
		}
	return row[na][nb];
}

const char *scn_op_nearest(const char *word, size_t length)
{
	/* One slip in every four letters: farther than that a guess confuses more than it helps. */
	unsigned best = (unsigned)(length + 2) / 4 + 1;
	const char *nearest = NULL;

	if (length > LEX_MAX_WORD)
		return NULL;
	for (unsigned i = 0; i <= scn_nr_ops; i++) {
		const char *name = i < scn_nr_ops ? scn_ops[i].name : "repeat";
		unsigned d = distance(word, length, name, strlen(name));

		if (d < best) {
			best = d;
			nearest = name;
		}
	}
	return nearest;
}
