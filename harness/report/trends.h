/* SPDX-License-Identifier: GPL-2.0-only */
/* Charts of what became of numbers over nights. Concurrency: one thread. */
#ifndef HARNESS_REPORT_TRENDS_H
#define HARNESS_REPORT_TRENDS_H

#include "report/report.h"

struct trend {
	const char *title;		/* NULL ends a list */
	const char *sql;		/* a number for each of the nights in past, in order */
};

void trends_html(const struct report *r, const struct trend *trends, FILE *out);

/* Of the night as a whole, and of what it has covered. */
extern const struct trend trends_night[], trends_coverage[];

#endif
