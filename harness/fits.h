/* SPDX-License-Identifier: GPL-2.0-only */
/* Which scenarios are for which providers: a scenario is for all that have what its operations and goals need. */
#ifndef HARNESS_FITS_H
#define HARNESS_FITS_H

#include "defect.h"
#include "rmap.h"
#include "scn/scenario.h"

/* What of a scenario a provider has not. */
struct misfit {
	int line;			/* of the first statement or goal that needs it; 0: the scenario names another provider */
	const char *needs;		/* the feature, in a few words, or the name of that provider */
};

/* True, or false with the first thing that stands against it (unless that is NULL). */
bool scenario_fits(const struct scenario *scn, const struct rmap_ops *provider, struct misfit *misfit);

/* Does the provider have what this statement needs? */
bool statement_fits(const struct scn_stmt *s, const struct rmap_ops *provider);

/* Can the provider have this defect: is it one of its own or of nobody's in particular, and has it what there is to be broken? */
bool defect_fits(const struct defect_row *defect, const struct rmap_ops *provider);

#endif
