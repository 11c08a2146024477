/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Speed, as ratios: each figure is measured in turns with its yardstick, mostly a bare switch of stacks (under ThreadSanitizer: with
 * what it wants to be told about one), because machines are shared and noisy and only what is measured side by side can be compared.
 *
 * Concurrency: one OS thread, which has the machine while a figure is measured.
 */
#ifndef HARNESS_BENCH_BENCH_H
#define HARNESS_BENCH_BENCH_H

#include "types.h"

struct figure {
	const char *name;
	const char *unit;		/* what is counted: "step", "execution" */
	const char *about;
	double limit, limit_tsan;	/* of the ratio; 0: none */
	/* Do it for about so many units; returns how many, and the seconds that they took. */
	u64 (*measure)(u64 units, double *seconds);
	u64 units;
	double (*yardstick)(void);	/* seconds of what it is compared with; NULL: bench_switch() */
};

/* The arena is mapped once: the first machine must have the largest. */
#define BENCH_ARENA (64ul << 20)

extern const struct figure figures[];
extern const unsigned nr_figures;

/* Seconds for one switch of stacks. */
double bench_switch(void);

/* turns.c: the middle one of so many, which are in order afterwards. */
double bench_median(double *v, unsigned nr);

/* validator.c: the validator alone, with the lock, and over thousands of locks; and what each is compared with. */
u64 bench_validator(u64 pairs, double *seconds);
u64 bench_validated(u64 pairs, double *seconds);
u64 bench_many(u64 pairs, double *seconds);
u64 bench_nested(u64 pairs, double *seconds);
double bench_mutex(void);
double bench_unvalidated(void);
double bench_three(void);

/* eq3.c: three threads that take locks and change atomics; the workload of the comparison with other tools. */
struct search_result;
u64 eq3_random(u64 steps, double *seconds);
u64 eq3_verify(u64 steps, double *seconds);

#endif
