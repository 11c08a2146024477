/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grading: which of the scenario's outcomes an execution had.
 *
 * Concurrency: called when all threads of the scenario have ended and finally is done, before or after everything is torn down.
 */
#ifndef HARNESS_GRADE_H
#define HARNESS_GRADE_H

#include "world.h"

/* What is no index of a row. */
enum { ROW_NONE = -1, ROW_UNLISTED = -2 };

/* Index of the first of the scenario's outcomes that holds; ROW_UNLISTED if none does, ROW_NONE if it has no outcomes. */
int grade(const struct world *w);

/* Report (O5) what may not be: a forbidden outcome, or one without a row. */
void grade_report(const struct world *w, int row);

/* "x == 1 y == gone": the values of the scenario that are known, "" when it has none; in buf, which is returned. */
const char *grade_values(const struct world *w, char *buf, size_t size);

#endif
