/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What executions have shown: a set of features, so that one can say whether a scenario brought something new.
 *
 * A feature is a number that is the same in every process: objects have their places in the arena, places in the source are
 * known by file and line.
 *
 * Concurrency: plain data of one caller; the watch is called from controlled executions only.
 */
#ifndef HARNESS_FUZZ_COVERAGE_H
#define HARNESS_FUZZ_COVERAGE_H

#include "campaign.h"

enum feature_kind {
	FEATURE_LOCKS,			/* one class of locks under another; trylocks apart */
	FEATURE_EVENTS,			/* two events in one execution */
	FEATURE_SHAPES,			/* families: depth and width, and what shares an anon_vma */
	FEATURE_RACES,			/* two places that touch one object one after the other, by two threads, one of them to write */
	NR_FEATURES
};

extern const char *const feature_text[NR_FEATURES];	/* "lock pairs", ... */

#define FEATURE_BITS 16u
#define FEATURE_WORDS ((NR_FEATURES << FEATURE_BITS) / 64u)

struct coverage {
	u64 seen[FEATURE_WORDS];
	u64 nr[NR_FEATURES];
};

/* Add a feature; true if it was not known. The value is folded to FEATURE_BITS. */
bool coverage_add(struct coverage *c, enum feature_kind kind, u32 value);
/* A feature as one number. */
static inline u32 feature_id(enum feature_kind kind, u32 value)
{
	return (u32)kind << FEATURE_BITS | (value & ((1u << FEATURE_BITS) - 1));
}
bool coverage_has(const struct coverage *c, u32 id);
void coverage_merge(struct coverage *to, const struct coverage *from);

#define NOVELTIES 64u			/* of one scenario that are kept apart */

/* Looks on while a campaign runs. */
struct observer {
	struct campaign_watch watch;
	struct coverage *coverage;	/* to be added to */
	u32 novelty[NOVELTIES];		/* what was new in this campaign: feature_id() */
	u32 nr_novelties;		/* may exceed NOVELTIES: then they are not all there */
	struct event_set events;	/* in this execution */
	u64 under[MAX_CLASSES], under_try[MAX_CLASSES];	/* what is known of the model's classes */
	struct last_touch {
		u64 obj;
		u32 execution, site;
		u8 task, write;
		u8 pad[6];
	} last_touch[1024];			/* who came last to an object */
	u32 execution;
	u32 pad;
};

/* Before each campaign. */
void observer_begin(struct observer *o, struct coverage *coverage);

#endif
