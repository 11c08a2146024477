/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Speed, as ratios: each figure is measured in turns with its yardstick, mostly a bare switch of stacks (under ThreadSanitizer: with
 * what it wants to be told about one), because machines are shared and noisy and only what is measured side by side can be compared.
 * For the same reason it is processor time that counts, but for what several processes or threads do together.
 *
 * Concurrency: one OS thread, which has the machine while a figure is measured.
 */
#ifndef HARNESS_BENCH_BENCH_H
#define HARNESS_BENCH_BENCH_H

#include "types.h"

#define BENCH_TURNS 9

struct figure {
	const char *name;
	const char *unit;		/* what is counted: "point", "execution" */
	double limit, limit_tsan;	/* of the ratio; 0: none */
	/* Do it for about so many units; returns how many, and the seconds that they took. */
	u64 (*measure)(const struct figure *f, u64 units, double *seconds);
	u64 units;
	double (*yardstick)(const struct figure *f);	/* seconds of what it is compared with; NULL: bench_switch() */
	const char *of;			/* what it is measured of: a scenario, an oracle; for the two functions */
	unsigned number;		/* likewise */
	bool amount;			/* the ratio is an amount, and nothing takes time */
};

/* Figures of one kind, measured and told together. */
struct figure_group {
	const char *name;
	const char *about;		/* what the ratios are, in a line */
	bool quick;			/* measured when nothing is named */
	const struct figure *figure;
	unsigned nr;
	/* Where they are made only when wanted; NULL: they are there. */
	void (*make)(struct figure_group *group);
};

extern struct figure_group figure_groups[];
extern const unsigned nr_figure_groups;

/* What several turns come to. */
struct spread {
	double least, median, most;
};

/* turns.c: of so many, which are in order afterwards; nr is 1 at least. */
struct spread bench_spread(double *v, unsigned nr);

/* What a figure came to: seconds of a unit, and of the yardstick, as medians. */
struct measured {
	struct spread ratio;
	double unit, yardstick;
	double limit;			/* in this flavour; 0: none */
};

/* False when interrupted. */
bool bench_measure(const struct figure *f, struct measured *m);
static inline bool bench_over(const struct measured *m)
{
	return m->limit > 0 && m->ratio.median > m->limit;
}

/* The arena is mapped once: the first machine must have the largest. */
#define BENCH_ARENA (64ul << 20)

/* Seconds for one switch of stacks. */
double bench_switch(void);

/* exploring.c: executions of scenarios. */
u64 bench_points(const struct figure *f, u64 executions, double *seconds);	/* the points of their threads */
u64 bench_default_points(const struct figure *f, u64 executions, double *seconds);	/* likewise, as explore has them by itself */
u64 bench_executions(const struct figure *f, u64 executions, double *seconds);	/* all of them */
u64 bench_reset(const struct figure *f, u64 executions, double *seconds);
double bench_copy(const struct figure *f);
u64 bench_memory(const struct figure *f, u64 executions, double *mib);
double bench_one(const struct figure *f);
u64 bench_with_oracles(const struct figure *f, u64 executions, double *seconds);
double bench_without_oracle(const struct figure *f);
void bench_all_scenarios(struct figure_group *group);
void bench_all_oracles(struct figure_group *group);

/* validator.c: the validator alone, with the lock, and over thousands of locks; and what each is compared with. */
u64 bench_validator(const struct figure *f, u64 pairs, double *seconds);
u64 bench_validated(const struct figure *f, u64 pairs, double *seconds);
u64 bench_many(const struct figure *f, u64 pairs, double *seconds);
u64 bench_nested(const struct figure *f, u64 pairs, double *seconds);
double bench_mutex(const struct figure *f);
double bench_unvalidated(const struct figure *f);
double bench_three(const struct figure *f);

/* A machine of real threads with one task, which is the caller, and size bytes of it. */
void *bench_machine(size_t size);

/* locks.c: number is a row of its table. */
u64 bench_lock(const struct figure *f, u64 pairs, double *seconds);
double bench_pthread(const struct figure *f);
void bench_all_locks(struct figure_group *group);

/* scaling.c: so many processes or threads against one. */
void bench_all_scalings(struct figure_group *group);

/* eq3.c: three threads that take locks and change atomics; the workload of the comparison with other tools. */
struct search_result;
u64 eq3_random(const struct figure *f, u64 steps, double *seconds);
u64 eq3_verify(const struct figure *f, u64 steps, double *seconds);

#endif
