/* SPDX-License-Identifier: GPL-2.0-only */
/* rmaptorture explore: controlled schedules of the scenarios that are named. */
#include "batch.h"
#include "cli/exit.h"
#include "cli/out.h"
#include "explore/strategy.h"

int cmd_explore(const struct options *o)
{
	struct scenario_list list;
	struct settings settings;
	struct batch batch;
	char err[ERR_LEN];
	int status;

	if (o->strategy && !strategy_for(o->strategy, 0))
		return usage_error("list strategies", "--strategy: expected the name of a strategy, found '%s'", o->strategy);
	if (settings_from_options(o, &settings, err) || scenarios_from_options(o, &list, err))
		return input_error("%s", err);
	batch_init(&batch, o, &list, &settings);
	status = batch_run(&batch);
	batch_free(&batch);
	scenario_list_free(&list);
	return status;
}
