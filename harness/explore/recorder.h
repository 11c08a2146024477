/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How recordings grow, and what else the files of this directory share; no one else includes this.
 *
 * Concurrency: a recording belongs to one caller; controlled executions have one OS thread.
 */
#ifndef HARNESS_EXPLORE_RECORDER_H
#define HARNESS_EXPLORE_RECORDER_H

#include "explore/record.h"

#define NO_TASK (~0u)			/* explorer.last and replayer.last before the first step */
#define CHECK_EVERY 64			/* steps from one entry of recording.check to the next */

/* record.c: make room, or die. */
void recording_grow_choices(struct recording *r);
void recording_grow_checks(struct recording *r);

static inline void recording_add(struct recording *r, u8 choice)
{
	if (unlikely(r->nr == r->cap))
		recording_grow_choices(r);
	r->choice[r->nr++] = choice;
}

/*
 * The place of an object is its offset in the arena. Anything else (stacks, libc's heap) is at
 * another address in every process, and must not make a difference.
 */
static inline u64 step_word(const struct task *t)
{
	u64 offset = (u64)t->op.obj - ARENA_BASE;

	if (offset >= machine->arena_size)
		offset = 0;
	return offset << 16 | (u64)t->op.kind << 8 | t->id;
}

/*
 * t is about to take a step. Each round of the hash is a bijection: what once differs goes on
 * differing.
 */
static inline void recording_step(struct recording *r, const struct task *t, u32 *last)
{
	u64 h = (r->hash + step_word(t) + 0x9e3779b97f4a7c15ul) * 0xd6e8feb86659fd93ul;

	r->hash = h ^ (h >> 32);
	if (*last != t->id) {
		r->switches += *last != NO_TASK;
		*last = t->id;
	}
	if (unlikely(!(++r->steps % CHECK_EVERY))) {
		if (unlikely(r->nr_check == r->cap_check))
			recording_grow_checks(r);
		r->check[r->nr_check++] = (u32)r->hash;
	}
}

#endif
