/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Plots as one SVG picture: small panels side by side, both axes logarithmic, a line with its name at the end for each series. Colours
 * follow the reader's light or dark; lines differ in their marks as well. Concurrency: a stream belongs to one caller.
 */
#ifndef HARNESS_BENCH_PLOT_H
#define HARNESS_BENCH_PLOT_H

#include <stdio.h>

#define PLOT_POINTS 16
#define PLOT_SERIES 5			/* in one panel: as many as there are colours */

struct plot_series {
	const char *name;
	unsigned nr;
	double x[PLOT_POINTS];		/* ascending; all numbers above 0 */
	double y[PLOT_POINTS], least[PLOT_POINTS], most[PLOT_POINTS];
};

struct plot {
	const char *title;
	const char *along;		/* what x is */
	unsigned nr;
	struct plot_series series[PLOT_SERIES];
};

/* The first power of 10 that is not above value. */
double plot_decade(double value);

/* y: what all of them show upwards. */
void plots_draw(FILE *out, const char *title, const char *y, const struct plot *plots, unsigned nr);

#endif
