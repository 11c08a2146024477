/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scenarios that brought something new: what the next ones are made from.
 *
 * Concurrency: belongs to one caller. Workers get a copy when they are forked.
 */
#ifndef HARNESS_FUZZ_CORPUS_H
#define HARNESS_FUZZ_CORPUS_H

#include "scn/scenario.h"
#include "types.h"

#define CORPUS_MAX 1024u

struct corpus_entry {
	struct scenario *scn;
	u32 novelties;			/* features that it was the first to show */
	u32 used;			/* how often others were made from it */
};

struct corpus {
	struct corpus_entry entry[CORPUS_MAX];
	u32 nr;
};

/* Takes the scenario over. When there is no room left, the entry that has been used most makes room. */
void corpus_add(struct corpus *c, struct scenario *scn, u32 novelties);
void corpus_free(struct corpus *c);

/*
 * One to go on from: of two that are drawn, the better one. NULL when there is none. Much used ones have given what they have;
 * of those that are used equally, the one that brought more is better.
 */
const struct scenario *corpus_pick(struct corpus *c, u64 *rng);
/* Any. */
const struct scenario *corpus_any(const struct corpus *c, u64 *rng);

#endif
