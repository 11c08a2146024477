/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making a scenario smaller as long as something stays true of it, for who has no execution to minimise but an answer.
 *
 * Concurrency: as the answer's.
 */
#ifndef HARNESS_MINIMISE_CUT_WHILE_H
#define HARNESS_MINIMISE_CUT_WHILE_H

#include "scn/scenario.h"

#include <stdbool.h>

/*
 * Statements, threads and outcomes of *scn are taken away as long as same() says that it still is the same with what is left. *scn is
 * replaced, and what it was is freed. An interrupt ends it early.
 */
void cut_while(struct scenario **scn, bool (*same)(void *arg, const struct scenario *candidate), void *arg);

#endif
