/* SPDX-License-Identifier: GPL-2.0-only */
/* The first page: the verdict, what ran, what was found, and how it went over nights. */
#include <stdlib.h>
#include <string.h>

#include "report/pages.h"
#include "report/queries.h"
#include "report/trends.h"

/* ---- the verdict ---- */

static void verdict(const struct report *r, FILE *out)
{
	static const struct {
		const char *class, *word;
	} of[NR_NIGHT_VERDICTS] = {
		[NIGHT_CLEAN] = { "good", "Clean" },
		[NIGHT_KNOWN] = { "known", "Known findings only" },
		[NIGHT_FINDINGS] = { "bad", "Findings" },
		[NIGHT_INCONCLUSIVE] = { "warn", "Inconclusive" },
	};
	const struct results_summary *s = &r->summary;

	html_put(out, "<div class=\"verdict %s\">\n<h1>", of[s->verdict].class);
	if (s->verdict == NIGHT_FINDINGS && s->findings)
		put_count(out, s->findings, "finding", "findings");
	else
		fputs(of[s->verdict].word, out);
	html_put(out, "</h1>\n<p>%s.</p>\n</div>\n", r->why);
}

/* ---- what ran ---- */

static const struct fact {
	const char *title;
	enum cell cell;
	const char *sql;
} facts[] = {
	{ "Night", CELL_TEXT, "SELECT night FROM tonight" },
	{ "Began", CELL_TEXT, "SELECT replace(substr(began, 1, 16), 'T', ' ') || ' UTC' FROM tonight" },
	{ "Plan", CELL_TEXT, "SELECT plan FROM tonight" },
	{ "Seed", CELL_TEXT, "SELECT seed FROM tonight" },
	{ "Bounded by", CELL_TEXT, "SELECT bound FROM tonight" },
	{ "Jobs", CELL_TEXT, "SELECT (SELECT count(*) FROM job WHERE night = :night AND state = 'done') || ' done of '"
	  " || (SELECT count(*) FROM (SELECT job FROM planned WHERE night = :night UNION SELECT job FROM job WHERE night = :night))" },
	{ "Shards", CELL_TEXT, "SELECT (SELECT count(*) FROM shard WHERE night = :night) || ' of ' || shards FROM tonight" },
	{ "Executions", CELL_NUMBER, "SELECT sum(executions) FROM job WHERE night = :night" },
	{ "CPU time", CELL_SECONDS, "SELECT sum(cpu_s) FROM job WHERE night = :night" },
	{ "Commit", CELL_CODE, "SELECT commit_id FROM tonight" },
	{ "Model", CELL_CODE, "SELECT model FROM tonight" },
	{ "Defects on", CELL_COMMAND, "SELECT CASE defects WHEN '[]' THEN '[\"none\"]' ELSE defects END FROM tonight" },
};

static void fact_html(const struct report *r, const struct fact *f, FILE *out)
{
	char *text = report_string(r, f->sql), *words, number[HTML_NUMBER];

	html_put(out, "<div><dt>%s</dt><dd>", f->title);
	if (f->cell == CELL_NUMBER)
		fputs(html_number(strtod(text, NULL), number), out);
	else if (f->cell == CELL_SECONDS)
		html_put(out, "%s", seconds_text(strtod(text, NULL), number));
	else if (f->cell == CELL_CODE)
		html_put(out, "<code>%s</code>", text);
	else if (f->cell == CELL_COMMAND) {
		words = command_text(text);
		html_put(out, "%s", words);
		free(words);
	} else
		html_put(out, "%s", text);
	fputs("</dd></div>\n", out);
	free(text);
}

void page_index(const struct report *r, FILE *out)
{
	static const struct query *const order[] = {
		&query_findings, &query_failures, &query_inconclusive, &query_known, &query_gone, &query_skipped, &query_modes,
	};

	verdict(r, out);
	fputs("<dl class=\"facts\">\n", out);
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		fact_html(r, &facts[i], out);
	fputs("</dl>\n", out);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		query_html(r, order[i], out);
		if (order[i] == &query_known && r->against)
			fputs(r->against, out);
	}
	fputs("<p>All of it: <a href=\"matrix.html\">scenario by scenario</a>, <a href=\"jobs.html\">job by job</a>.</p>\n", out);
	trends_html(r, trends_night, out);
	query_html(r, &query_bench, out);
	query_html(r, &query_builds, out);
}
