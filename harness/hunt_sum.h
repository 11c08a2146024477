/* SPDX-License-Identifier: GPL-2.0-only */
/* What hunts come to: percentiles over the seeds of one defect, sums over defects, by tiers. Concurrency: none; plain data. */
#ifndef HARNESS_HUNT_SUM_H
#define HARNESS_HUNT_SUM_H

#include "hunt.h"

#define HUNT_TIERS 3

/*
 * The tier of a defect of the catalogue, by its name: 1, what the reverse maps modelled here had themselves, 2, what takes a small
 * extension, 3, the rest. 0: not of the catalogue.
 */
unsigned hunt_tier(const char *defect);

/* Of sorted numbers, at least one: the upper one of the two in the middle; the smallest that so many percent are not above. */
double hunt_median(const double *sorted, unsigned nr);
double hunt_percentile(const double *sorted, unsigned nr, unsigned percent);

/* In how many of so many seeds a defect has to be found to count as found: 19 of 20; all if there are fewer. */
unsigned hunt_enough(unsigned seeds);

/* The seeds of one defect. What is said of executions and seconds is said of those that found it. */
struct hunt_sum {
	unsigned seeds, found;
	unsigned unfinished;			/* not found, and not for lack of budget */
	struct {
		double median, p95, worst, mean;
	} executions, seconds;
	unsigned oracle[ORACLE_NR];		/* seeds in which it was the first to see something */
	unsigned unexpected;			/* seeds in which none of the expected ones was */
	int first;				/* a seed that found it; -1: none */
};

/* expected: bit set of enum oracle. */
void hunt_sum_up(const struct hunt_result *r, unsigned seeds, u32 expected, struct hunt_sum *s);

struct hunt_total {
	unsigned defects, found;	/* found: in enough seeds */
	unsigned hunts, successes;	/* a defect with one seed */
};

/* [0]: all, else of one tier. */
struct hunt_totals {
	struct hunt_total of[HUNT_TIERS + 1];
};

void hunt_count(struct hunt_totals *t, const char *defect, const struct hunt_sum *s);

#endif
