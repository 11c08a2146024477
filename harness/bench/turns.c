/* SPDX-License-Identifier: GPL-2.0-only */
/* A figure in turns with its yardstick, and what comes of several turns: see bench.h. */
#include "bench/bench.h"

#include <stdlib.h>
#include <string.h>

#include "campaign.h"
#include "cli/build-id.h"
#include "cli/out.h"

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct spread bench_spread(double *v, unsigned nr)
{
	qsort(v, nr, sizeof(*v), by_size);
	return (struct spread){ v[0], v[nr / 2], v[nr - 1] };
}

/* Limits are for the flavours that they were set for. */
static double limit_of(const struct figure *f)
{
	return !strcmp(build_flavour, "tsan") ? f->limit_tsan : strcmp(build_flavour, "release") ? 0 : f->limit;
}

bool bench_measure(const struct figure *f, struct measured *m)
{
	double ratio[BENCH_TURNS], unit[BENCH_TURNS], yardstick[BENCH_TURNS];

	for (unsigned i = 0; i < BENCH_TURNS; i++) {
		double seconds = 0;
		u64 units;

		progress("%s, turn %u of %d", f->name, i + 1, BENCH_TURNS);
		yardstick[i] = f->yardstick ? f->yardstick(f) : bench_switch();
		units = f->measure(f, f->units, &seconds);
		unit[i] = seconds / (double)units;
		ratio[i] = unit[i] / yardstick[i];
		if (interrupted)
			return false;
	}
	*m = (struct measured){
		.ratio = bench_spread(ratio, BENCH_TURNS), .unit = bench_spread(unit, BENCH_TURNS).median,
		.yardstick = bench_spread(yardstick, BENCH_TURNS).median, .limit = limit_of(f),
	};
	return true;
}
