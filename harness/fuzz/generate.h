/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random scenarios: what is said, by whom, and how often, is in tables of weights.
 *
 * Biased to forks, because the reverse map of anonymous memory is about families: who descends from whom, who has exited
 * meanwhile, and at which depth somebody copied, split or unmapped.
 *
 * Concurrency: functions of their arguments.
 */
#ifndef HARNESS_FUZZ_GENERATE_H
#define HARNESS_FUZZ_GENERATE_H

#include "explore/rng.h"
#include "fuzz/draft.h"

/* A scenario that follows from the state of the generator. */
struct scenario *generate(u64 *rng);

/*
 * The same with one thread and without locks, of operations that are wanted. No two statements write the same value, and nothing
 * is said of what is read.
 */
struct scenario *generate_sequence(u64 *rng, bool (*wanted)(const struct scn_stmt *s));

/* Somebody who writes statements. The family is that of the draft; call maker_look() after changes of it. */
struct maker {
	struct scenario *d;
	u64 *rng;
	struct family f;
	bool huge;			/* some areas want huge pages */
	bool hugetlb;			/* there are files of hugetlb */
};

void maker_look(struct maker *m);

/* Index into weights, each as likely as its weight; at least one is not 0. */
unsigned pick_weighted(u64 *rng, const u8 *weights, unsigned nr);

/* What a body is about. */
enum role { ROLE_SETUP, ROLE_FAMILY, ROLE_PROCESS, ROLE_MAPPER, ROLE_RECLAIM, ROLE_WALKER, ROLE_ANY, NR_ROLES };

/* Write something that fits the role into the body before statement at; returns how many statements that were, maybe none. */
unsigned make_phrase(struct maker *m, enum role role, unsigned body, unsigned at);
/* A thread, or NULL if there are enough. */
struct scn_body *make_thread(struct maker *m);
/* Choose operands of the statement anew, as far as it has any. */
void make_operands(struct maker *m, struct scn_stmt *s, unsigned body, unsigned at);

#endif
