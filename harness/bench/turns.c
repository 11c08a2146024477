/* SPDX-License-Identifier: GPL-2.0-only */
/* What comes of several turns of one measurement: see bench.h. */
#include "bench/bench.h"

#include <stdlib.h>

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double bench_median(double *v, unsigned nr)
{
	qsort(v, nr, sizeof(*v), by_size);
	return v[nr / 2];
}
