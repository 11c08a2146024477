/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Data races, by happens-before: one vector clock for each task, and for each word of memory the accesses that later ones may
 * still race with.
 *
 * Two accesses by different tasks that touch a byte in common, and that nothing orders, race when the table in race.c says that
 * their kinds conflict. The kernel's rule: marked accesses never race with each other. A plain store of one aligned word is
 * taken for one that the compiler does not tear, so against marked accesses it passes (as CONFIG_KCSAN_ASSUME_PLAIN_WRITES_ATOMIC
 * has it); the strict rule reports that, too. Nothing is forgotten that could still race: an access is dropped only when a later
 * one, ordered after it, conflicts with all that it conflicts with.
 *
 * Concurrency: one OS thread, that of the controlled scheduler. State belongs to the process; each race_begin() starts anew.
 */
#ifndef LOCKS_ACCESS_RACE_H
#define LOCKS_ACCESS_RACE_H

#include "types.h"

#define RACE_TASKS 16u			/* the controlled scheduler has no more */

enum access_kind {
	PLAIN_READ,
	PLAIN_WRITE,			/* of one aligned word */
	TORN_WRITE,			/* plain, of anything else */
	MARKED_READ,
	MARKED_WRITE,			/* and read-modify-write */
	ACCESS_KINDS
};

extern const char *const access_text[ACCESS_KINDS];

/* The earlier one of two accesses that race. */
struct race {
	u64 addr;			/* first byte in common */
	enum access_kind kind;
	unsigned task;
	u32 where;			/* as it was given to race_access() */
};

/* Forget everything: memory from base on is watched, and what any task has done so far happens before what any does now. */
void race_begin(u64 base, u64 size, bool strict);

/* True, with *race filled in, when an earlier access races with this one. Outside of what is watched: false. */
bool race_access(unsigned task, enum access_kind kind, u64 addr, unsigned size, u32 where, struct race *race);

/* Order through an address: what was released there happens before what comes after an acquire. Releases add up. */
void race_acquire(unsigned task, u64 addr);
void race_release(unsigned task, u64 addr);

/*
 * What an atomic operation on addr orders, by its memory order (__ATOMIC_*). A store makes what was released there before
 * invisible, a read-modify-write adds to it. With less than acquire or release, fences make up for it.
 */
void race_load(unsigned task, u64 addr, int order);
void race_store(unsigned task, u64 addr, int order);
void race_rmw(unsigned task, u64 addr, int order);
void race_fence(unsigned task, int order);

#endif
