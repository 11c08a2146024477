/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replay --step: an execution that was recorded as a trace, walked in the terminal; README.md says how it looks.
 *
 * Concurrency: one at a time in a process, from its only thread; nothing of the model is needed any more.
 */
#ifndef HARNESS_STEP_STEP_H
#define HARNESS_STEP_STEP_H

#include <stdio.h>

#include "step/draw.h"

/* Can an execution be shown here? 0, or -1 with a line in err. */
int step_check(char err[ERR_LEN]);

/* Shows the trace until whoever looks at it, a signal, or the end of the terminal ends that. Returns 0, or -1 with a line in err. */
int step_show(FILE *trace, const struct step_title *title, char err[ERR_LEN]);

#endif
