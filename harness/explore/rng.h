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

/* How many bits are set: by adding neighbours, since not all processors that this is compiled for can count them. */
static inline unsigned nr_bits(u64 set)
{
	set -= set >> 1 & 0x5555555555555555ul;
	set = (set & 0x3333333333333333ul) + (set >> 2 & 0x3333333333333333ul);
	return (unsigned)(((set + (set >> 4)) & 0x0f0f0f0f0f0f0f0ful) * 0x0101010101010101ul >> 56);
}

/* Number of one of the bits in the non-empty set, each as likely as the others. */
static inline unsigned rng_bit(u64 *state, u64 set)
{
	u64 skip = rng_below(state, nr_bits(set));

	/* A branch that depends on chance costs more than some steps in vain. */
	for (u64 i = 0; i < 3; i++)
		set = i < skip ? set & (set - 1) : set;
	for (; unlikely(skip > 3); skip--)
		set &= set - 1;
	return (unsigned)__builtin_ctzl(set);
}

/* The state to begin an execution with; different uses of one execution have different salts. */
static inline u64 rng_start(u64 seed, u64 execution, u64 salt)
{
	/* Mixed twice: executions must not be shifted copies of one sequence. */
	return rng_mix(rng_mix(seed ^ rng_mix(salt)) + execution);
}

#endif
