/* SPDX-License-Identifier: GPL-2.0-only */
/* rmaptorture stress: copies of the scenarios on real threads. */
#include <jansson.h>
#include <stdlib.h>

#include "campaign.h"
#include "cli/exit.h"
#include "cli/out.h"
#include "cli/results.h"
#include "fits_tell.h"
#include "settings.h"
#include "stress/batch.h"

int cmd_stress(const struct options *o)
{
	struct scenario_list list;
	struct settings settings;
	struct stress_batch b;
	char err[ERR_LEN];
	int status;

	if (settings_from_options(o, &settings, err) || scenarios_from_options(o, &list, err))
		return input_error("%s", err);
	if (stress_batch_init(&b, o, &list, &settings, err))
		return input_error("%s", err);
	b.jobs = (unsigned)o->jobs;
	results_expect(list.nr * settings.nr_providers);
	status = stress_batch_run(&b);
	fits_tell(o, &list, &settings);
	stress_batch_free(&b);
	scenario_list_free(&list);
	return status;
}
