/* SPDX-License-Identifier: GPL-2.0-only */
/* A night in the terminal, or as JSON Lines. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "cli/json.h"
#include "cli/out.h"
#include "report/queries.h"

static const enum tint tints[NR_NIGHT_VERDICTS] = {
	[NIGHT_CLEAN] = TINT_GOOD, [NIGHT_KNOWN] = TINT_GOOD, [NIGHT_FINDINGS] = TINT_BAD, [NIGHT_INCONCLUSIVE] = TINT_WARN,
};

static const struct part {
	const struct query *query;
	bool verbose;
} parts[] = {
	{ &query_modes }, { &query_findings }, { &query_failures }, { &query_inconclusive }, { &query_known }, { &query_gone },
	{ &query_skipped }, { &query_hunt_totals }, { &query_arc_totals }, { &query_rule_totals },
	{ &query_bench, true }, { &query_defects, true }, { &query_builds, true }, { &query_missing, true }, { &query_jobs, true },
};

static void head(const struct report *r)
{
	char time[HTML_NUMBER], *plan = report_string(r, "SELECT plan FROM tonight");
	char *began = report_string(r, "SELECT replace(substr(began, 1, 16), 'T', ' ') || ' UTC' FROM tonight");

	printf("night %s: %s%s%s: %s\n", r->night, out_tint(stdout, tints[r->summary.verdict]),
	       results_verdict_text[r->summary.verdict], out_tint(stdout, TINT_PLAIN), r->why);
	printf("plan %s, began %s: %.0f of %.0f jobs done, %.0f executions, CPU time %s\n", plan, began,
	       report_number(r, "SELECT count(*) FROM job WHERE night = :night AND state = 'done'"),
	       report_number(r, "SELECT count(*) FROM (SELECT job FROM planned WHERE night = :night UNION"
			     " SELECT job FROM job WHERE night = :night)"),
	       report_number(r, "SELECT coalesce(sum(executions), 0) FROM job WHERE night = :night"),
	       seconds_text(report_number(r, "SELECT coalesce(sum(cpu_s), 0) FROM job WHERE night = :night"), time));
	free(began);
	free(plan);
}

static void head_json(const struct report *r)
{
	char *text = report_string(r, "SELECT json_object('type', 'report', 'v', 1, 'night', night, 'began', began,"
		" 'plan', plan, 'seed', seed, 'commit', commit_id, 'model', model, 'shards', shards) FROM tonight");
	json_t *o = json_loads(text, 0, NULL);

	free(text);
	if (!o)
		o = json_pack("{s:s s:i}", "type", "report", "v", 1);
	json_object_set_new(o, "verdict", json_string(results_verdict_text[r->summary.verdict]));
	json_object_set_new(o, "status", json_integer(r->summary.status));
	json_object_set_new(o, "why", json_string(r->why));
	put_json(o, stdout);
}

void report_summary(const struct report *r, bool json, bool verbose)
{
	if (json)
		head_json(r);
	else
		head(r);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (json)
			query_json(r, parts[i].query, stdout);
		else if (verbose || !parts[i].verbose)
			query_print(r, parts[i].query, stdout);
	}
}
