/* SPDX-License-Identifier: GPL-2.0-only */
/* Which rows a record becomes, and where the value of each column is found in it: tables. */
#include "results/rows.h"

#include "results/results.h"

#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/must.h"
#include "results/files.h"
#include "results/join.h"

/*
 * Where a column's value comes from; a column that is not named here is under its own name in the record.
 *	a.b	the key b of the object a
 *	=a	the key a of what is known beside the record
 *	a|b	a, or where there is none, b
 *	a&b	both, with a blank between
 *	a+b	both arrays as one: an array in any case
 */
struct source {
	enum results_table_id table;
	const char *column, *from;
};

static const struct source sources[] = {
	{ TABLE_NIGHT, "defects", "defects+" }, { TABLE_NIGHT, "commit_id", "commit" },
	{ TABLE_SHARD, "shard", "shard" },
	{ TABLE_PLANNED, "night", "=night" }, { TABLE_PLANNED, "job_group", "group" },
	{ TABLE_KNOWN, "night", "=night" },
	{ TABLE_BUILD, "build", "=build" }, { TABLE_BUILD, "commit_id", "commit" },
	{ TABLE_JOB, "night", "=night" }, { TABLE_JOB, "job_group", "group" }, { TABLE_JOB, "command", "command+" },
	{ TABLE_JOB, "build", "=build" }, { TABLE_JOB, "executions", "=executions" }, { TABLE_JOB, "state", "=state" },
	{ TABLE_JOB, "why", "=why" },
	{ TABLE_RECORD, "line", "=line" }, { TABLE_RECORD, "mode", "=group" }, { TABLE_RECORD, "verdict", "=verdict" },
	{ TABLE_RECORD, "text", "=text" }, { TABLE_RECORD, "executions", "executions|rounds" }, { TABLE_RECORD, "steps", "steps|ops" },
	{ TABLE_FINDING, "line", "=line" }, { TABLE_FINDING, "attempt", "=attempt" }, { TABLE_FINDING, "mode", "=group" },
	{ TABLE_FINDING, "oracle", "oracle|=oracle" }, { TABLE_FINDING, "scenario", "scenario|first.scenario" },
	{ TABLE_FINDING, "seed", "seed|first.seed" }, { TABLE_FINDING, "site", "site|first.site" },
	{ TABLE_FINDING, "execution", "execution|at" }, { TABLE_FINDING, "defects", "defects+" },
	{ TABLE_FINDING, "replay", "=replay" }, { TABLE_FINDING, "trace", "=trace" }, { TABLE_FINDING, "replayed", "=replayed" },
	{ TABLE_COVERAGE, "mode", "=group" }, { TABLE_COVERAGE, "traces", "coverage.traces|traces" },
	{ TABLE_COVERAGE, "unseen", "coverage.unseen" }, { TABLE_COVERAGE, "racing_pairs", "coverage.racing_pairs" },
	{ TABLE_COVERAGE, "racing_both_orders", "coverage.racing_both_orders" },
	{ TABLE_COVERAGE, "lock_edges", "coverage.lock_edges" }, { TABLE_COVERAGE, "goals", "goals_reached+goals_missed" },
	{ TABLE_COVERAGE, "goals_reached", "goals_reached+" },
	{ TABLE_ARC, "verdict", "kind|verdict" }, { TABLE_ARC, "text", "=text" },
	{ TABLE_RULE, "text", "=text" },
	{ TABLE_BENCH, "figure", "figure|provider&work&shape&processes&pages" }, { TABLE_BENCH, "low", "low|ratio_least" },
	{ TABLE_BENCH, "high", "high|ratio_most" }, { TABLE_BENCH, "text", "=text" },
	{ TABLE_HUNT, "how", "how|mode" }, { TABLE_HUNT, "text", "=text" },
};

/* The keys that say which job it is are never in the record. */
static const char *source_of(enum results_table_id table, const struct results_column *c)
{
	if (table >= TABLE_RECORD && (!strcmp(c->name, "night") || !strcmp(c->name, "job")))
		return c->name[0] == 'n' ? "=night" : "=job";
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (sources[i].table == table && !strcmp(sources[i].column, c->name))
			return sources[i].from;
	return c->name;
}

enum {
	COUNTS = 1,	/* its executions are those of the job */
	ENDS = 2,	/* it came to an end of some kind: clean if nothing else is said */
	SOUGHT = 4,	/* its signature is of something that was looked for */
	SKIPPED = 8,
};

/* NR_TABLES: in none but `record`. */
static const struct record_kind {
	const char *type;
	enum results_table_id table;
	unsigned int flags;
} kinds[] = {
	{ "explore", TABLE_COVERAGE, COUNTS | ENDS },	{ "verify", TABLE_COVERAGE, COUNTS | ENDS },
	{ "stress", TABLE_COVERAGE, COUNTS | ENDS },	{ "fuzz", NR_TABLES, COUNTS | ENDS },
	{ "hunt", TABLE_HUNT, SOUGHT | ENDS },		{ "canary", NR_TABLES, SOUGHT | ENDS | COUNTS },
	{ "lockdoc-verdict", TABLE_ARC, 0 },		{ "data-rule", TABLE_RULE, 0 },
	{ "bench", TABLE_BENCH, ENDS },			{ "bench-era", TABLE_BENCH, ENDS },
	{ "replay", NR_TABLES, SOUGHT },		{ "not-for", NR_TABLES, SKIPPED },
};

static const struct record_kind *kind_of(const json_t *record)
{
	static const struct record_kind unknown = { "", NR_TABLES, 0 };
	const char *type = json_text_of(record, "type");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].type, type))
			return &kinds[i];
	return &unknown;
}

/* ---- values ---- */

/* The value of one name of a source, borrowed, or NULL. */
static json_t *lookup(const char *name, size_t length, const json_t *record, const json_t *about)
{
	char key[80];
	json_t *o;

	if (length && *name == '=')
		return lookup(name + 1, length - 1, about, NULL);
	snprintf(key, sizeof(key), "%.*s", (int)length, name);
	if (strchr(key, '.')) {
		o = json_object_get(record, strtok(key, "."));
		return json_object_get(o, strtok(NULL, "."));
	}
	o = json_object_get(record, key);
	return json_is_null(o) ? NULL : o;
}

/* Returns a new reference. */
static json_t *joined(const char *from, const json_t *record, const json_t *about)
{
	json_t *list = json_array();

	while (*from) {
		size_t length = strcspn(from, "+");

		json_array_extend(list, lookup(from, length, record, about));
		from += length + (from[length] == '+');
	}
	return list;
}

/* The text of a value, new. */
static char *text_new(const json_t *value)
{
	if (json_is_string(value))
		return must(strdup(json_string_value(value)));
	return must(value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : strdup(""));
}

/* "" of several of which there is none; returns a new reference. */
static json_t *several(const char *from, size_t length, const json_t *record, const json_t *about)
{
	const char *end = from + length;
	json_t *all = json_string("");

	while (from < end) {
		size_t n = strcspn(from, "&|");
		char *one = text_new(lookup(from, n, record, about));
		json_t *more = json_sprintf("%s%s%s", json_string_value(all), *json_string_value(all) && *one ? " " : "", one);

		free(one);
		json_decref(all);
		all = must(more);
		from += n + 1;
	}
	return all;
}

/* Returns a new reference, or NULL if there is none. */
static json_t *value_of(const char *from, const json_t *record, const json_t *about)
{
	if (strchr(from, '+'))
		return joined(from, record, about);
	for (;;) {
		size_t length = strcspn(from, "|");
		json_t *value = memchr(from, '&', length) ? several(from, length, record, about) :
							    json_incref(lookup(from, length, record, about));

		if (value || !from[length])
			return value;
		from += length + 1;
	}
}

static double real_of(const json_t *value)
{
	return json_is_true(value) ? 1 : json_number_value(value);
}

static sqlite3_int64 whole_of(const json_t *value)
{
	double real = json_real_value(value);

	if (json_is_integer(value) || json_is_true(value))
		return json_is_true(value) ? 1 : json_integer_value(value);
	return real > -9e18 && real < 9e18 ? (sqlite3_int64)real : 0;
}

static void bind(sqlite3_stmt *s, int at, const struct results_column *c, const json_t *value)
{
	char *text;

	if (c->type[0] == 'I') {
		sqlite3_bind_int64(s, at, whole_of(value));
	} else if (c->type[0] == 'R') {
		sqlite3_bind_double(s, at, real_of(value));
	} else if (!value && !strstr(c->type, "NOT NULL")) {
		sqlite3_bind_null(s, at);
	} else {
		text = text_new(value);
		sqlite3_bind_text(s, at, text, -1, free);
	}
}

static bool rows_broken(struct intake *in)
{
	in->broken = true;
	return results_error(in->db, NULL, in->error);
}

bool rows_add(struct intake *in, enum results_table_id table, const json_t *record, const json_t *about)
{
	const struct results_table *t = &results_table[table];
	sqlite3_stmt **s = &in->insert[table];

	if (!*s && join_insert(in->db, table, s) != SQLITE_OK)
		return rows_broken(in);
	for (int i = 0; t->column[i].name; i++) {
		json_t *value = value_of(source_of(table, &t->column[i]), record, about);

		bind(*s, i + 1, &t->column[i], value);
		json_decref(value);
	}
	sqlite3_step(*s);
	return sqlite3_reset(*s) == SQLITE_OK || rows_broken(in);
}

void intake_end(struct intake *in)
{
	for (int i = 0; i < NR_TABLES; i++)
		sqlite3_finalize(in->insert[i]);
}

/* ---- records ---- */

json_int_t rows_executions(const json_t *record)
{
	json_t *n = json_object_get(record, "executions");

	if (!(kind_of(record)->flags & COUNTS))
		return 0;
	return whole_of(n ? n : json_object_get(record, "rounds"));
}

/* A verdict of a data rule has no signature of its own, in output of older programs. */
static json_t *signature_of(const json_t *record)
{
	const char *grade = json_text_of(record, "grade");

	if (*json_text_of(record, "signature"))
		return json_incref(json_object_get(record, "signature"));
	if (strcmp(json_text_of(record, "type"), "data-rule") || *json_text_of(record, "waiver") ||
	    (strcmp(grade, "BELOW") && strcmp(grade, "NOTFOUND")))
		return NULL;
	return json_sprintf("data-rule/%s:%s:%s", json_text_of(record, "member"), json_text_of(record, "mode"),
			    json_text_of(record, "rule"));
}

/* In the order in which the program itself weighs them. */
static const char *verdict_of(const json_t *record, const struct record_kind *kind, bool finding)
{
	if (finding)
		return "finding";
	if (json_object_get(record, "error"))
		return "failed";
	if (json_is_true(json_object_get(record, "interrupted")) || whole_of(json_object_get(record, "unfinished")))
		return "cut";
	if (json_array_size(json_object_get(record, "goals_missed")) ||
	    (kind->flags & SOUGHT && json_object_get(record, "found") && !whole_of(json_object_get(record, "found"))))
		return "goal-missed";
	return kind->flags & SKIPPED ? "skipped" : kind->flags & ENDS ? "clean" : "";
}

static bool add_finding(struct intake *in, json_t *record, json_t *about, json_t *signature, const json_t *replays)
{
	const char *text = json_string_value(signature);
	json_t *found = must(json_copy(record));
	bool ok;

	json_object_set(found, "signature", signature);
	if (text[0] == 'O' && strchr(text, '/'))
		json_object_set_new(about, "oracle", json_sprintf("%.*s", (int)strcspn(text, "/"), text));
	files_of_finding(in->dir, found, replays, about);
	ok = rows_add(in, TABLE_FINDING, found, about);
	json_decref(found);
	return ok;
}

bool results_is_finding(const json_t *record)
{
	json_t *signature = kind_of(record)->flags & SOUGHT ? NULL : signature_of(record);
	bool is = signature;

	json_decref(signature);
	return is;
}

bool rows_add_record(struct intake *in, const char *line, const json_t *record, json_t *about, const json_t *replays)
{
	const struct record_kind *kind = kind_of(record);
	json_t *signature = kind->flags & SOUGHT ? NULL : signature_of(record);
	bool counts = !whole_of(json_object_get(about, "attempt")), ok;

	json_object_set_new(about, "text", json_stringn_nocheck(line, strcspn(line, "\n")));
	json_object_set_new(about, "verdict", json_string(verdict_of(record, kind, signature)));
	ok = !counts || (rows_add(in, TABLE_RECORD, record, about) &&
			 (kind->table == NR_TABLES || rows_add(in, kind->table, record, about)));
	if (ok && signature)
		ok = add_finding(in, (json_t *)record, about, signature, replays);
	json_decref(signature);
	return ok;
}
