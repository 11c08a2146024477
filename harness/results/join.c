/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Joining: a union by the natural keys. Of two rows of one key, or two records of one job, the one that counts is the greater in an order
 * that looks at nothing but themselves: so it is the same whatever comes first, and however often it comes.
 */
#include "results/join.h"

#include <string.h>
#include <sys/stat.h>

#include "cli/must.h"
#include "results/results.h"

/* order of a table, with each @ being this row: then the other columns in turn. */
static void add_rank(sqlite3_str *sql, const struct results_table *t, const char *row)
{
	for (const char *c = t->order ? t->order : ""; *c; c++)
		if (*c == '@')
			sqlite3_str_appendall(sql, row);
		else
			sqlite3_str_appendchar(sql, 1, *c);
	if (t->order)
		sqlite3_str_appendall(sql, ", ");
	for (unsigned int i = t->nr_keys; t->column[i].name; i++)
		sqlite3_str_appendf(sql, "%sifnull(%s.%s, '')", i > t->nr_keys ? ", " : "", row, t->column[i].name);
}

/* What a column becomes when its row's key is there. */
static void add_choice(sqlite3_str *sql, const struct results_table *t, const struct results_column *c)
{
	bool number = c->type[0] == 'I' || c->type[0] == 'R';

	if (t->join == JOIN_EARLIEST)
		sqlite3_str_appendf(sql, "%s(%s.%s, excluded.%s)", strcmp(c->name, "began") ? "max" : "min", t->name, c->name, c->name);
	else if (t != &results_table[TABLE_COVERAGE] || !(number || !strncmp(c->name, "goals", 5)))
		sqlite3_str_appendf(sql, "excluded.%s", c->name);
	else if (number)	/* a job that runs a scenario twice, in different ways, has covered what either has */
		sqlite3_str_appendf(sql, "max(%s.%s, excluded.%s)", t->name, c->name, c->name);
	else
		sqlite3_str_appendf(sql, "(SELECT json_group_array(value) FROM (SELECT value FROM json_each(%s.%s)"
				    " UNION SELECT value FROM json_each(excluded.%s)))", t->name, c->name, c->name);
}

/* What becomes of a row whose key is there. */
static void add_conflict(sqlite3_str *sql, const struct results_table *t)
{
	sqlite3_str_appendall(sql, " ON CONFLICT DO UPDATE SET ");
	for (unsigned int i = t->nr_keys; t->column[i].name; i++) {
		sqlite3_str_appendf(sql, "%s%s = ", i > t->nr_keys ? ", " : "", t->column[i].name);
		add_choice(sql, t, &t->column[i]);
	}
	if (t->join != JOIN_GREATEST)
		return;
	sqlite3_str_appendall(sql, " WHERE (");
	add_rank(sql, t, "excluded");
	sqlite3_str_appendall(sql, ") > (");
	add_rank(sql, t, t->name);
	sqlite3_str_appendall(sql, ")");
}

int join_insert(sqlite3 *db, enum results_table_id table, sqlite3_stmt **s)
{
	const struct results_table *t = &results_table[table];
	sqlite3_str *sql = sqlite3_str_new(db);
	char *text;
	int result;

	sqlite3_str_appendf(sql, "INSERT INTO incoming.%s VALUES (", t->name);
	for (int i = 0; t->column[i].name; i++)
		sqlite3_str_appendall(sql, i ? ", ?" : "?");
	sqlite3_str_appendall(sql, ")");
	add_conflict(sql, t);
	text = must(sqlite3_str_finish(sql));
	result = sqlite3_prepare_v2(db, text, -1, s, NULL);
	sqlite3_free(text);
	return result;
}

static int union_of(sqlite3 *db, const struct results_table *t)
{
	sqlite3_str *sql = sqlite3_str_new(db);
	char *text;
	int result;

	sqlite3_str_appendf(sql, "INSERT INTO main.%s SELECT * FROM incoming.%s WHERE true", t->name, t->name);
	add_conflict(sql, t);
	text = must(sqlite3_str_finish(sql));
	result = sqlite3_exec(db, text, NULL, NULL, NULL);
	sqlite3_free(text);
	return result;
}

/* ---- jobs ---- */

/* All of a job in one text, its records in turn: only looked at when nothing else tells two of them apart. */
static char *whole_job(const char *schema, const char *row)
{
	const struct results_table *t = &results_table[TABLE_JOB];
	sqlite3_str *sql = sqlite3_str_new(NULL);

	for (unsigned int i = t->nr_keys; t->column[i].name; i++)
		sqlite3_str_appendf(sql, "%s.%s || char(10) || ", row, t->column[i].name);
	sqlite3_str_appendf(sql, "ifnull((SELECT group_concat(text, char(10)) FROM (SELECT r.text FROM %s.record r"
			    " WHERE r.night = %s.night AND r.job = %s.job ORDER BY r.line)), '')", schema, row, row);
	return must(sqlite3_str_finish(sql));
}

#define RANK(row) "CASE " row ".state WHEN 'done' THEN 3 WHEN 'failed' THEN 2 WHEN 'cut' THEN 1 ELSE 0 END"

/* Which jobs of incoming are better than those of main, or are not there. */
static int choose_jobs(sqlite3 *db)
{
	char *a = whole_job("incoming", "i"), *b = whole_job("main", "m");
	int result = results_exec(db,
		"CREATE TEMP TABLE better AS SELECT i.night, i.job FROM incoming.job i LEFT JOIN main.job m USING (night, job)"
		" WHERE CASE WHEN m.job IS NULL THEN 1"
		"  WHEN " RANK("i") " <> " RANK("m") " THEN " RANK("i") " > " RANK("m")
		"  WHEN i.executions <> m.executions THEN i.executions > m.executions"
		"  ELSE %s > %s END", a, b);

	sqlite3_free(a);
	sqlite3_free(b);
	return result;
}

static int replace_jobs(sqlite3 *db)
{
	int result = choose_jobs(db);

	for (int i = 0; i < NR_TABLES && result == SQLITE_OK; i++)
		if (results_table[i].join == JOIN_JOB)
			result = results_exec(db, "DELETE FROM main.%s WHERE (night, job) IN (SELECT night, job FROM better);"
					      "INSERT INTO main.%s SELECT * FROM incoming.%s WHERE (night, job) IN"
					      " (SELECT night, job FROM better)", results_table[i].name, results_table[i].name,
					      results_table[i].name);
	if (result == SQLITE_OK)
		result = results_exec(db, "DROP TABLE better");
	return result;
}

/* Which nights have been taken in through this connection: results.h. */
static int note_joined(sqlite3 *db, const char *schema)
{
	return results_exec(db, "CREATE TEMP TABLE IF NOT EXISTS joined (night TEXT PRIMARY KEY);"
			    "INSERT OR IGNORE INTO joined SELECT night FROM %s.night", schema);
}

static int join_tables(sqlite3 *db)
{
	int result = note_joined(db, "incoming");

	for (int i = 0; i < NR_TABLES && result == SQLITE_OK; i++)
		if (results_table[i].join != JOIN_JOB)
			result = union_of(db, &results_table[i]);
	if (result == SQLITE_OK)
		result = replace_jobs(db);
	/* Builds of jobs that were replaced. */
	if (result == SQLITE_OK)
		result = results_exec(db, "DELETE FROM main.build WHERE build NOT IN (SELECT build FROM main.job)");
	return result;
}

/* ---- nights ---- */

/* Two nights of one name are one only if they were to do the same. */
static bool same_nights(sqlite3 *db, const char *name, char error[USAGE_TEXT])
{
	sqlite3_stmt *s;
	bool same = true;

	if (sqlite3_prepare_v2(db, "SELECT i.night FROM incoming.night i JOIN main.night m USING (night) WHERE"
			       " (i.plan_hash, i.seed, i.bound, i.time_s, i.defects, i.shards) <>"
			       " (m.plan_hash, m.seed, m.bound, m.time_s, m.defects, m.shards)", -1, &s, NULL) != SQLITE_OK)
		return results_error(db, NULL, error);
	if (sqlite3_step(s) == SQLITE_ROW) {
		same = false;
		usage_text(error, "%s: another night '%s' (plan, seed, bound, defects or shards differ) is there already", name,
			   (const char *)sqlite3_column_text(s, 0));
	}
	return sqlite3_finalize(s) == SQLITE_OK ? same : results_error(db, NULL, error);
}

bool join_incoming(sqlite3 *db, const char *name, char error[USAGE_TEXT])
{
	if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return results_error(db, NULL, error);
	if (same_nights(db, name, error)) {
		if (join_tables(db) == SQLITE_OK && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
			return true;
		results_error(db, NULL, error);
	}
	/* After some errors it is already rolled back, and this one does nothing. */
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return false;
}

bool join_attach(sqlite3 *db, const char *path, char error[USAGE_TEXT])
{
	sqlite3_stmt *s;

	error[0] = '\0';
	if (sqlite3_prepare_v2(db, "ATTACH ? AS incoming", -1, &s, NULL) != SQLITE_OK)
		return results_error(db, path, error);
	sqlite3_bind_text(s, 1, path ? path : ":memory:", -1, SQLITE_STATIC);
	sqlite3_step(s);
	if (sqlite3_finalize(s) != SQLITE_OK)
		return results_error(db, path, error);
	if (path || results_make_tables(db, "incoming") == SQLITE_OK)
		return true;
	results_error(db, path, error);
	join_detach(db);
	return false;
}

void join_detach(sqlite3 *db)
{
	sqlite3_exec(db, "DETACH incoming", NULL, NULL, NULL);
}

/* Reading a file in the transaction that writes it, by another name, would wait for itself. */
static bool same_file(sqlite3 *db, const char *path)
{
	const char *own = sqlite3_db_filename(db, "main");
	struct stat a, b;

	return own && *own && !stat(own, &a) && !stat(path, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool results_join(sqlite3 *db, const char *path, char error[USAGE_TEXT])
{
	sqlite3 *other = results_open(path, RESULTS_READ, error);
	bool ok;

	if (!other)
		return false;
	sqlite3_close(other);
	if (same_file(db, path))
		return note_joined(db, "main") == SQLITE_OK || results_error(db, NULL, error);
	if (!join_attach(db, path, error))
		return false;
	ok = join_incoming(db, path, error);
	join_detach(db);
	return ok;
}
