/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small fast generator (splitmix64), the only one of the harness.
 *
 * Concurrency: a state belongs to one caller.
 */
#ifndef HARNESS_EXPLORE_RNG_H
#define HARNESS_EXPLORE_RNG_H

#include "types.h"

static inline u64 rng_mix(u64 x)
{
	x += 0x9e3779b97f4a7c15ul;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ul;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebul;
	return x ^ (x >> 31);
}

static inline u64 rng_next(u64 *state)
{
	*state += 0x9e3779b97f4a7c15ul;
	return rng_mix(*state);
}

/* 0 .. n - 1 */
static inline u64 rng_below(u64 *state, u64 n)
{
	return (u64)(((unsigned __int128)rng_next(state) * n) >> 64);
}

/* Number of one of the bits in the non-empty set, each as likely as the others. */
static inline unsigned rng_bit(u64 *state, u64 set)
{
	u64 n = 1, skip;

	for (u64 rest = set & (set - 1); rest; rest &= rest - 1)
		n++;
	skip = rng_below(state, n);
	/* As often as there are bits, however many are skipped: a loop whose end depends on chance costs more than its rounds. */
	while (--n)
		set = n <= skip ? set & (set - 1) : set;
	return (unsigned)__builtin_ctzl(set);
}

/* The state to begin an execution with; different uses of one execution have different salts. */
static inline u64 rng_start(u64 seed, u64 execution, u64 salt)
{
	/* Mixed twice: executions must not be shifted copies of one sequence. */
	return rng_mix(rng_mix(seed ^ rng_mix(salt)) + execution);
}

#endif
