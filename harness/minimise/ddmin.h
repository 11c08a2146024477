/* SPDX-License-Identifier: GPL-2.0-only */
/* Delta debugging: which of many directives are needed. */
#ifndef HARNESS_MINIMISE_DDMIN_H
#define HARNESS_MINIMISE_DDMIN_H

#include "minimise/directive.h"

/*
 * Does the candidate still do it? If so, test may also cut it down to those items that had an effect. To end the search, it
 * says no from then on.
 */
struct ddmin {
	bool (*test)(void *arg, struct directives *candidate);
	void *arg;
};

/* Take items away from d, of which it is known that it does it, until none can be missed. */
void ddmin_run(const struct ddmin *dd, struct directives *d);

#endif
