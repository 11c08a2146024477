/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Verifying a scenario: a campaign whose executions are those of a systematic search, and what it may claim in the end.
 *
 * Concurrency: as a campaign; results are plain data.
 */
#ifndef HARNESS_VERIFY_VERIFY_H
#define HARNESS_VERIFY_VERIFY_H

#include "campaign.h"
#include "verify/search.h"

struct verify {
	struct campaign campaign;	/* strategy: how the method is called */
	enum search_method method;
	unsigned preemptions;		/* SEARCH_BOUNDED */
	u32 unusual;			/* as in struct search_config */
};

struct verify_result {
	struct campaign_result campaign;
	struct search_result search;
};

/* How the method is called where a strategy would be named. */
const char *verify_method_name(enum search_method method);

void verify_run(const struct verify *v, struct verify_result *r);

/* Nothing that it set out to do is left. */
static inline bool verify_complete(const struct verify_result *r)
{
	return r->campaign.done && !r->campaign.failed && r->search.end == SEARCH_COMPLETE;
}

/*
 * For tests of the reduction: hashes of each execution. The trace says all about the others, or steps were taken for independent
 * that are not. Findings do not end the search, and nothing is reported.
 */
struct verify_seen {
	u64 trace, came_to, did;	/* did: each thread's operations */
};
void verify_compare(const struct verify *v, struct verify_result *r, void (*seen)(void *arg, const struct verify_seen *e),
		    void *arg);

#endif
