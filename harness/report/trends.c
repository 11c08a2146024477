/* SPDX-License-Identifier: GPL-2.0-only */
/* Which numbers are followed over nights, and their charts. */
#include "report/trends.h"

#include <math.h>
#include <stdlib.h>

#include "cli/must.h"
#include "report/html.h"

/* An expression over all rows of a table, for each night. */
#define OVER(expression, table) "SELECT " expression " FROM past p LEFT JOIN " table " t USING (night) GROUP BY p.night ORDER BY p.nr"

const struct trend trends_night[] = {
	{ "Executions", OVER("sum(t.executions)", "job") },
	{ "Distinct traces", OVER("sum(t.traces)", "coverage") },
	{ "Signatures found", OVER("count(DISTINCT t.signature)", "finding") },
	{ "Hunts that found, %", OVER("100.0 * sum(t.found) / sum(t.seeds)", "hunt") },
	/* Of medians the one in the middle: a few defects are a thousand times harder than others, and a mean would be theirs. */
	{ "Median of hunts", "SELECT (SELECT avg(median_executions) FROM (SELECT median_executions, row_number() OVER"
	  " (ORDER BY median_executions, defect, provider, how, job) AS place, count(*) OVER () AS nr FROM hunt h"
	  " WHERE h.night = p.night AND found > 0) WHERE place IN ((nr + 1) / 2, (nr + 2) / 2)) FROM past p ORDER BY p.nr" },
	{ "Lock arcs observed", OVER("count(DISTINCT CASE WHEN t.verdict IN ('OK', 'TRY', 'CTX', 'STALE')"
				     " THEN t.provider || ' ' || t.id END)", "arc") },
	{ NULL, NULL }
};

const struct trend trends_coverage[] = {
	{ "Distinct traces", OVER("sum(t.traces)", "coverage") },
	{ "Racing pairs in both orders, %", OVER("100.0 * sum(t.racing_both_orders) / sum(t.racing_pairs)", "coverage") },
	{ "Goals reached", OVER("sum(CASE WHEN json_valid(t.goals_reached) THEN json_array_length(t.goals_reached) END)", "coverage") },
	{ NULL, NULL }
};

static void chart(const struct report *r, const struct trend *t, FILE *out)
{
	double *value = must(calloc(r->nr_nights + 1, sizeof(*value)));
	sqlite3_stmt *s = report_prepare(r, t->sql);

	for (unsigned int i = 0; i < r->nr_nights; i++)
		value[i] = report_step(r, s) && sqlite3_column_type(s, 0) != SQLITE_NULL ? sqlite3_column_double(s, 0) : (double)NAN;
	sqlite3_finalize(s);
	html_chart(out, &(struct html_series){ t->title, "", r->nr_nights, r->nights, value });
	free(value);
}

void trends_html(const struct report *r, const struct trend *trends, FILE *out)
{
	fputs("<section id=\"trends\">\n<h2>Over nights</h2>\n<div class=\"charts\">\n", out);
	for (; trends->title; trends++)
		chart(r, trends, out);
	fputs("</div>\n</section>\n", out);
}
