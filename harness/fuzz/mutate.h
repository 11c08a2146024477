/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changing a scenario a little: what was interesting once is often next to something more interesting.
 *
 * Concurrency: functions of their arguments.
 */
#ifndef HARNESS_FUZZ_MUTATE_H
#define HARNESS_FUZZ_MUTATE_H

#include "fuzz/draft.h"

/* A changed copy; other is a scenario to borrow from, may be the same. The copy obeys the contracts and has been parsed. */
struct scenario *mutate(const struct scenario *scn, const struct scenario *other, u64 *rng);

#endif
