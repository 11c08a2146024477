/* SPDX-License-Identifier: GPL-2.0-only */
/* The documented lock order against what many campaigns have seen. */
#ifndef HARNESS_ORDER_H
#define HARNESS_ORDER_H

#include "batch.h"
#include "datarules/datarules.h"
#include "lockdoc/verdict.h"

/* A verdict for each provider; NULL when no order is documented. The batch's scenarios must live as long. */
struct verdict *order_judge(const struct batch *b, const struct settings *s);
void order_free(struct verdict *v, unsigned nr);

/* Print them. whole: all scenarios took part, so that what was not seen is worth a line. Returns an exit status. */
int order_tell(const struct options *o, const struct verdict *v, unsigned nr, bool whole);

/* The bounded set of runs that a document is held against: all scenarios, each with the providers that it fits. */
struct order_runs {
	struct settings settings;
	struct scenario_list list;
	struct batch batch;
	struct verdict *verdict;	/* of each provider in settings */
	struct datarules *data;		/* the same; NULL: this flavour sees no accesses */
};

/*
 * Run them, quietly; what the validator has to say ends no execution and is in the results of the batch. doc NULL: --locking, or the
 * built-in one. False with a line in err if nothing can be run.
 */
bool order_observe(const struct options *o, const struct lockdoc *doc, struct order_runs *r, char err[ERR_LEN]);
void order_runs_free(struct order_runs *r);

/* A report of the validator and the campaign that made it first. */
struct order_report {
	const struct campaign *campaign;
	const struct judged_report *report;
	u64 executions;			/* in which it was made, in all campaigns of the provider */
	const struct order_report *of;	/* the finding that this is a consequence of; NULL: it is one itself */
};

/* All reports of a provider, each signature once, in the order of the campaigns, and which of them follow from which. To be freed. */
struct order_report *order_reports(const struct order_runs *r, const struct rmap_ops *provider, unsigned *nr);

#endif
