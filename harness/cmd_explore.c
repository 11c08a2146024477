/* SPDX-License-Identifier: GPL-2.0-only */
/* rmaptorture explore: controlled schedules of the scenarios that are named. */
#include "batch.h"
#include "cli/exit.h"
#include "cli/out.h"
#include "cli/results.h"
#include "explore/strategy.h"
#include "fits_tell.h"
#include "members.h"

int cmd_explore(const struct options *o)
{
	struct scenario_list list;
	struct settings settings;
	struct datarules *data = NULL;	/* of each provider */
	struct batch batch;
	char err[ERR_LEN];
	int status;

	if (o->strategy && !strategy_for(o->strategy, 0))
		return usage_error("list strategies", "--strategy: expected the name of a strategy, found '%s'", o->strategy);
	if (settings_from_options(o, &settings, err) || scenarios_from_options(o, &list, err))
		return input_error("%s", err);
	if (o->members && !DATA_OBSERVED)
		return usage_error("explore --help", "--members needs the program that `make access` builds");
	batch_init(&batch, o, &list, &settings);
	if (o->members)
		data = members_watch(&batch, &settings);
	else
		results_expect(list.nr * settings.nr_providers);
	status = batch_run(&batch);
	fits_tell(o, &list, &settings);
	batch_free(&batch);
	if (o->members)
		status = exit_combine(status, members_tell(o, data, settings.nr_providers, false));
	members_free(data, settings.nr_providers);
	scenario_list_free(&list);
	return status;
}
