/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables of the database, and how they are made. */
#include "results/schema.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "results/results.h"

#define TEXT(name) { name, "TEXT NOT NULL" }
#define MAYBE(name) { name, "TEXT" }
#define WHOLE(name) { name, "INTEGER NOT NULL" }
#define REAL(name) { name, "REAL NOT NULL" }

const struct results_table results_table[NR_TABLES] = {
	[TABLE_NIGHT] = { "night", 1, JOIN_EARLIEST, NULL, {
		TEXT("night"), TEXT("plan"), TEXT("plan_hash"), WHOLE("seed"), TEXT("bound"), REAL("time_s"), TEXT("defects"),
		TEXT("commit_id"), TEXT("model"), TEXT("version"), WHOLE("shards"), TEXT("began") } },
	[TABLE_SHARD] = { "shard", 2, JOIN_EARLIEST, NULL, { TEXT("night"), WHOLE("shard"), TEXT("began") } },
	[TABLE_PLANNED] = { "planned", 2, JOIN_GREATEST, NULL, {
		TEXT("night"), TEXT("job"), TEXT("job_group"), TEXT("flavour"), WHOLE("shard") } },
	[TABLE_KNOWN] = { "known", 2, JOIN_GREATEST, NULL, {
		TEXT("night"), TEXT("signature"), TEXT("owner"), TEXT("reason"), TEXT("expires") } },
	[TABLE_BUILD] = { "build", 1, JOIN_GREATEST, NULL, {
		TEXT("build"), TEXT("flavour"), TEXT("version"), TEXT("commit_id"), TEXT("model"), TEXT("compiler"), TEXT("flags") } },
	[TABLE_JOB] = { "job", 2, JOIN_JOB, NULL, {
		TEXT("night"), TEXT("job"), TEXT("job_group"), TEXT("flavour"), TEXT("provider"), TEXT("command"), WHOLE("seed"),
		WHOLE("shard"), WHOLE("attempts"), TEXT("state"), WHOLE("status"), TEXT("why"), TEXT("began"), REAL("elapsed_s"),
		REAL("cpu_s"), WHOLE("rss_kib"), TEXT("build"), WHOLE("executions") } },
	[TABLE_RECORD] = { "record", 3, JOIN_JOB, NULL, {
		TEXT("night"), TEXT("job"), WHOLE("line"), TEXT("type"), TEXT("scenario"), TEXT("provider"), TEXT("mode"),
		TEXT("verdict"), WHOLE("executions"), WHOLE("steps"), REAL("elapsed_s"), TEXT("text") } },
	/* Findings do not go with their job: what was told once stays, also when a better run of the job does not tell it again. */
	[TABLE_FINDING] = { "finding", 5, JOIN_GREATEST,
		"@.replay IS NOT NULL, @.replayed = 'same', @.trace IS NOT NULL, -@.attempt, -@.line", {
		TEXT("night"), TEXT("job"), TEXT("signature"), TEXT("scenario"), TEXT("provider"), WHOLE("attempt"), WHOLE("line"),
		TEXT("oracle"), TEXT("mode"), TEXT("defects"), WHOLE("seed"), WHOLE("execution"), TEXT("text"), TEXT("site"),
		TEXT("report"), MAYBE("replay"), MAYBE("trace"), TEXT("replayed") } },
	[TABLE_COVERAGE] = { "coverage", 4, JOIN_JOB, NULL, {
		TEXT("night"), TEXT("job"), TEXT("scenario"), TEXT("provider"), TEXT("mode"), WHOLE("traces"), REAL("unseen"),
		WHOLE("racing_pairs"), WHOLE("racing_both_orders"), WHOLE("lock_edges"), TEXT("goals"), TEXT("goals_reached") } },
	[TABLE_ARC] = { "arc", 4, JOIN_JOB, NULL, {
		TEXT("night"), TEXT("job"), TEXT("provider"), TEXT("id"), TEXT("verdict"), WHOLE("executions"), TEXT("text") } },
	[TABLE_RULE] = { "rule", 6, JOIN_JOB, NULL, {
		TEXT("night"), TEXT("job"), TEXT("provider"), TEXT("member"), TEXT("mode"), TEXT("rule"), TEXT("grade"), WHOLE("line"),
		WHOLE("accesses"), REAL("support_percent"), TEXT("text") } },
	[TABLE_BENCH] = { "bench", 3, JOIN_JOB, NULL, {
		TEXT("night"), TEXT("job"), TEXT("figure"), TEXT("flavour"), TEXT("unit"), REAL("ratio"), REAL("low"), REAL("high"),
		TEXT("text") } },
	[TABLE_HUNT] = { "hunt", 5, JOIN_JOB, NULL, {
		TEXT("night"), TEXT("job"), TEXT("defect"), TEXT("provider"), TEXT("how"), WHOLE("seeds"), WHOLE("found"),
		REAL("median_executions"), REAL("p95_executions"), REAL("worst_executions"), TEXT("scenario"), TEXT("signature"),
		TEXT("text") } },
};

/* Nights of one second are in the order of their names. */
static const char views[] =
	"CREATE VIEW main.newest AS SELECT * FROM night ORDER BY began DESC, night DESC LIMIT 1;"
	"CREATE VIEW main.signature AS"
	" SELECT signature, max(oracle) AS oracle, count(DISTINCT night) AS nights, count(*) AS findings,"
	"  substr(min(began || ' ' || night), instr(min(began || ' ' || night), ' ') + 1) AS first_night,"
	"  substr(max(began || ' ' || night), instr(max(began || ' ' || night), ' ') + 1) AS last_night"
	" FROM finding JOIN night USING (night) GROUP BY signature;"
	/*
	 * A goal counts for the whole night: a job with few executions may miss it if another one reaches it. Where something was found,
	 * which ends a campaign, nobody can tell.
	 */
	"CREATE VIEW main.unreached AS"
	" SELECT night, scenario, provider, g.value AS goal FROM coverage, json_each(iif(json_valid(goals), goals, '[]')) g"
	" WHERE NOT EXISTS"
	"  (SELECT 1 FROM finding f WHERE f.night = coverage.night AND f.scenario = coverage.scenario AND f.provider = coverage.provider)"
	" EXCEPT SELECT night, scenario, provider, g.value FROM coverage,"
	" json_each(iif(json_valid(goals_reached), goals_reached, '[]')) g;";

int results_exec(sqlite3 *db, const char *format, ...)
{
	char *sql;
	va_list args;
	int result;

	va_start(args, format);
	sql = must(sqlite3_vmprintf(format, args));
	va_end(args);
	result = sqlite3_exec(db, sql, NULL, NULL, NULL);
	sqlite3_free(sql);
	return result;
}

static int make_table(sqlite3 *db, const char *schema, const struct results_table *t)
{
	sqlite3_str *sql = sqlite3_str_new(db);
	char *text;
	int result;

	sqlite3_str_appendf(sql, "CREATE TABLE %s.%s (", schema, t->name);
	for (const struct results_column *c = t->column; c->name; c++)
		sqlite3_str_appendf(sql, "%s %s, ", c->name, c->type);
	sqlite3_str_appendf(sql, "PRIMARY KEY (");
	for (unsigned int k = 0; k < t->nr_keys; k++)
		sqlite3_str_appendf(sql, "%s%s", k ? ", " : "", t->column[k].name);
	sqlite3_str_appendf(sql, ")) WITHOUT ROWID");
	text = must(sqlite3_str_finish(sql));
	result = sqlite3_exec(db, text, NULL, NULL, NULL);
	sqlite3_free(text);
	return result;
}

int results_make_tables(sqlite3 *db, const char *schema)
{
	int result = SQLITE_OK;

	for (int i = 0; i < NR_TABLES && result == SQLITE_OK; i++)
		result = make_table(db, schema, &results_table[i]);
	if (result == SQLITE_OK && !strcmp(schema, "main"))
		result = sqlite3_exec(db, views, NULL, NULL, NULL);
	if (result == SQLITE_OK)
		result = results_exec(db, "PRAGMA %s.application_id = %d; PRAGMA %s.user_version = %d", schema, RESULTS_APPLICATION,
				      schema, RESULTS_SCHEMA);
	return result;
}
