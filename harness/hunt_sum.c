/* SPDX-License-Identifier: GPL-2.0-only */
/* Summing up hunts: see hunt_sum.h. */
#include "hunt_sum.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Numbers of the catalogue. */
static const struct {
	unsigned last, tier;
} tiers[] = { { 24, 1 }, { 38, 2 }, { 49, 3 } };

/* Variants of an entry that are not called after it. */
static const struct {
	const char *defect;
	unsigned number;
} called_otherwise[] = {
	{ "take-all-hugetlb", 20 },	/* the order of all locks of an mm, once more */
};

static unsigned catalogue_number(const char *defect)
{
	for (size_t i = 0; i < ARRAY_SIZE(called_otherwise); i++)
		if (!strcmp(called_otherwise[i].defect, defect))
			return called_otherwise[i].number;
	return defect[0] == 'Z' ? (unsigned)strtoul(defect + 1, NULL, 10) : 0;
}

unsigned hunt_tier(const char *defect)
{
	unsigned number = catalogue_number(defect);

	for (size_t i = 0; number && i < ARRAY_SIZE(tiers); i++)
		if (number <= tiers[i].last)
			return tiers[i].tier;
	return 0;
}

double hunt_median(const double *sorted, unsigned nr)
{
	return sorted[nr / 2];
}

double hunt_percentile(const double *sorted, unsigned nr, unsigned percent)
{
	unsigned rank = (nr * percent + 99) / 100;

	return sorted[max(rank, 1u) - 1];
}

unsigned hunt_enough(unsigned seeds)
{
	return (seeds * 19 + 19) / 20;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void note_seed(const struct hunt_result *r, unsigned seed, double *executions, double *seconds, struct hunt_sum *s)
{
	if (!r->found) {
		s->unfinished += !r->done || r->interrupted || r->failed;
		return;
	}
	if (s->first < 0)
		s->first = (int)seed;
	if (r->finding.oracle < ORACLE_NR)
		s->oracle[r->finding.oracle]++;
	executions[s->found] = (double)r->executions;
	seconds[s->found] = r->elapsed_s;
	s->executions.mean += (double)r->executions;
	s->seconds.mean += r->elapsed_s;
	s->found++;
}

void hunt_sum_up(const struct hunt_result *r, unsigned seeds, u32 expected, struct hunt_sum *s)
{
	double *executions = calloc(2 * (size_t)seeds + 1, sizeof(*executions)), *seconds;

	if (!executions)
		die("out of memory");
	seconds = executions + seeds;
	*s = (struct hunt_sum){ .seeds = seeds, .first = -1 };
	for (unsigned i = 0; i < seeds; i++)
		note_seed(&r[i], i, executions, seconds, s);
	for (unsigned i = 1; i < ORACLE_NR; i++)
		s->unexpected += expected >> i & 1 ? 0 : s->oracle[i];
	qsort(executions, s->found, sizeof(*executions), by_value);
	qsort(seconds, s->found, sizeof(*seconds), by_value);
	if (s->found) {
		s->executions.median = hunt_median(executions, s->found);
		s->executions.p95 = hunt_percentile(executions, s->found, 95);
		s->executions.worst = executions[s->found - 1];
		s->executions.mean /= s->found;
		s->seconds.median = hunt_median(seconds, s->found);
		s->seconds.p95 = hunt_percentile(seconds, s->found, 95);
		s->seconds.worst = seconds[s->found - 1];
		s->seconds.mean /= s->found;
	}
	free(executions);
}

static void count_hunts(struct hunt_total *t, const struct hunt_sum *s)
{
	t->defects++;
	t->found += s->found >= hunt_enough(s->seeds);
	t->hunts += s->seeds;
	t->successes += s->found;
}

void hunt_count(struct hunt_totals *t, const char *defect, const struct hunt_sum *s)
{
	unsigned tier = hunt_tier(defect);

	count_hunts(&t->of[0], s);
	if (tier)
		count_hunts(&t->of[tier], s);
}
