/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shrinking a scenario: the same finding with fewer threads and statements.
 *
 * Concurrency: as session.h; no session may be open, because this opens its own.
 */
#ifndef HARNESS_MINIMISE_SHRINK_H
#define HARNESS_MINIMISE_SHRINK_H

#include "minimise/minimise.h"

#define SHRINK_EXPLORE 300		/* executions of a smaller scenario, when the directives miss */

/* Who ran in a minimised execution, by name: numbers change when a thread goes. */
struct task_names {
	char *name[STRATEGY_TASKS];
};

void task_names_take(struct task_names *names, const struct session *s);
void task_names_free(struct task_names *names);

struct shrunk {
	struct scenario *scn;
	struct minimised m;		/* an execution of scn */
	unsigned size[2];		/* statements before, after */
	u64 executions;
};

/*
 * Begin with the scenario in config and with the minimised execution, whose tasks have those names. False when even the scenario
 * as it is printed does not repeat the finding. Free the result in either case.
 */
bool shrink(const struct session_config *config, const struct minimised *from, const struct task_names *names, u64 seed,
	    struct shrunk *result);
void shrunk_free(struct shrunk *result);

#endif
