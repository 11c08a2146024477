/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a scenario that nobody wrote must obey, so that it parses, comes to its end, and finds nothing in a correct model.
 *
 * The language forbids little, because a scenario may ask for trouble: take locks both ways round, sleep under a spinlock, wait
 * for a name that nobody binds, expect a value that somebody else overwrites. What a person means, a generator does by chance,
 * and every such finding would be a false alarm.
 *
 * Concurrency: a draft belongs to one caller.
 */
#ifndef HARNESS_FUZZ_CONTRACT_H
#define HARNESS_FUZZ_CONTRACT_H

#include <stdbool.h>

#include "scn/scenario.h"

/* Take away what breaks a contract, add the releases that are missing, correct what is expected. */
void contract_keep(struct scenario *d);

/*
 * contract_locks.c: locks in one order, released where they were taken, nothing that sleeps where one may not. True when it
 * changed something.
 */
bool contract_locks(struct scenario *d);

#endif
