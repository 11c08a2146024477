/* SPDX-License-Identifier: GPL-2.0-only */
/* rmaptorture report: what a night came to, from the database of nights. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/exit.h"
#include "cli/options.h"
#include "cli/results.h"
#include "cli/usage.h"
#include "report/report.h"
#include "results/compare.h"
#include "results/results.h"

static int tell(const struct options *o, struct report *r)
{
	bool json = format_is_machine(o);
	char err[USAGE_TEXT];
	int status = r->summary.status;

	if (o->against && !report_against(r, o->against, err))
		return input_error("%s", err);
	if (o->html && !report_pages(r, o->html, err))
		return input_error("%s", err);
	report_summary(r, json, o->verbose);
	if (o->against) {
		if (!json)
			putchar('\n');
		status = exit_combine(status, compare_print(r->db, r->night, o->against, json));
	}
	return status;
}

int cmd_report(const struct options *o)
{
	struct report r = { 0 };
	char err[USAGE_TEXT];
	sqlite3 *db;
	int status;

	if (!o->db)
		return usage_error("report --help", "report: expected --db FILE, found none");
	db = results_open(o->db, RESULTS_READ, err);
	if (!db)
		return input_error("%s", err);
	status = report_open(&r, db, o->db, o->night, err) ? tell(o, &r) : input_error("%s", err);
	report_free(&r);
	sqlite3_close(db);
	return status;
}
