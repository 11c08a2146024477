/* SPDX-License-Identifier: GPL-2.0-only */
/* Opening databases: whose they are, of which schema, and whether they are whole. */
#include "results/results.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "results/schema.h"

/* Looking through a file costs as much as reading it: of greater ones only what is needed is read, and that is checked as it is read. */
#define CHECK_BYTES (64l << 20)

/* What SQLite's results mean to who started us; others are told in SQLite's words. */
static const struct meaning {
	int result;
	const char *text;
} meanings[] = {
	{ SQLITE_NOTADB, "not a database" },
	{ SQLITE_CORRUPT, "corrupt: `rmaptorture merge --db NEW ...` makes another one from the directories of nights" },
	{ SQLITE_BUSY, "locked by another process, also after some seconds" },
	{ SQLITE_LOCKED, "locked by another process, also after some seconds" },
	{ SQLITE_FULL, "the disk is full: nothing was changed" },
	{ SQLITE_READONLY, "may not be written" },
	{ SQLITE_PERM, "may not be opened" },
	{ SQLITE_CANTOPEN, "cannot be opened" },
	{ SQLITE_NOMEM, "out of memory" },
};

bool results_error(sqlite3 *db, const char *path, char error[USAGE_TEXT])
{
	int result = sqlite3_extended_errcode(db), system = sqlite3_system_errno(db);

	if (!path)
		path = sqlite3_db_filename(db, "main");
	if (!path || !*path)
		path = "results";
	for (unsigned int i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if ((result & 0xff) == meanings[i].result) {
			usage_text(error, "%s: %s", path, meanings[i].text);
			return false;
		}
	if ((result & 0xff) == SQLITE_IOERR)
		usage_text(error, "%s: cannot be read or written: %s: nothing was changed", path,
			   system ? strerror(system) : sqlite3_errmsg(db));
	else
		usage_text(error, "%s: %s", path, sqlite3_errmsg(db));
	return false;
}

/* The one number that a statement gives. Returns an SQLite result. */
static int number(sqlite3 *db, const char *sql, sqlite3_int64 *value)
{
	sqlite3_stmt *s;
	int result = sqlite3_prepare_v2(db, sql, -1, &s, NULL);

	if (result != SQLITE_OK)
		return result;
	if (sqlite3_step(s) == SQLITE_ROW)
		*value = sqlite3_column_int64(s, 0);
	return sqlite3_finalize(s);
}

struct identity {
	sqlite3_int64 application, schema, tables;
};

static bool identify(sqlite3 *db, const char *path, struct identity *i, char error[USAGE_TEXT])
{
	*i = (struct identity){ 0 };
	if (number(db, "PRAGMA application_id", &i->application) != SQLITE_OK ||
	    number(db, "PRAGMA user_version", &i->schema) != SQLITE_OK ||
	    number(db, "SELECT count(*) FROM sqlite_master", &i->tables) != SQLITE_OK)
		return results_error(db, path, error);
	return true;
}

/* Is it ours? One line if not. */
static bool recognised(const struct identity *i, const char *path, char error[USAGE_TEXT])
{
	if (!i->application && !i->tables)
		usage_text(error, "%s: an empty database: no results in it", path);
	else if (i->application != RESULTS_APPLICATION)
		usage_text(error, "%s: the database of another program", path);
	else if (i->schema < RESULTS_SCHEMA)
		usage_text(error, "%s: schema %d, expected %d: `rmaptorture merge --db NEW ...` makes one from the directories of nights",
			   path, (int)i->schema, RESULTS_SCHEMA);
	else if (i->schema > RESULTS_SCHEMA)
		usage_text(error, "%s: schema %d, expected %d: a newer rmaptorture wrote it", path, (int)i->schema, RESULTS_SCHEMA);
	else
		return true;
	return false;
}

/* What quick_check says in its first row is "ok", or what is wrong. */
static bool whole(sqlite3 *db, const char *path, char error[USAGE_TEXT])
{
	sqlite3_stmt *s;
	bool ok = false;

	if (sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &s, NULL) != SQLITE_OK)
		return results_error(db, path, error);
	if (sqlite3_step(s) != SQLITE_ROW) {
		results_error(db, path, error);
	} else {
		const char *text = (const char *)sqlite3_column_text(s, 0);

		ok = text && !strcmp(text, "ok");
		if (!ok)
			usage_text(error, "%s: corrupt: `rmaptorture merge --db NEW ...` makes another one from the directories of nights",
				   path);
	}
	sqlite3_finalize(s);
	return ok;
}

/* Of two processes that make one file, the second finds it made. */
static bool make(sqlite3 *db, const char *path, struct identity *i, char error[USAGE_TEXT])
{
	if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return results_error(db, path, error);
	if (!identify(db, path, i, error))
		goto undo;
	if (!i->application && !i->tables) {
		if (results_make_tables(db, "main") != SQLITE_OK) {
			results_error(db, path, error);
			goto undo;
		}
		*i = (struct identity){ RESULTS_APPLICATION, RESULTS_SCHEMA, NR_TABLES };
	}
	if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		return true;
	results_error(db, path, error);
undo:
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return false;
}

static bool prepare(sqlite3 *db, const char *path, enum results_mode mode, long bytes, char error[USAGE_TEXT])
{
	struct identity i;

	sqlite3_extended_result_codes(db, 1);
	sqlite3_busy_timeout(db, RESULTS_BUSY_MS);
	/* Traces make findings large, and each query goes through all of them: let them stay in memory, up to 256 MiB. */
	sqlite3_exec(db, "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -262144", NULL, NULL, NULL);
	if (!identify(db, path, &i, error))
		return false;
	if (mode == RESULTS_WRITE && !i.application && !i.tables && !make(db, path, &i, error))
		return false;
	if (!recognised(&i, path, error) || (bytes && bytes <= CHECK_BYTES && !whole(db, path, error)))
		return false;
	if (mode == RESULTS_READ && sqlite3_exec(db, "PRAGMA query_only = 1", NULL, NULL, NULL) != SQLITE_OK)
		return results_error(db, path, error);
	return true;
}

static sqlite3 *open_as(const char *path, enum results_mode mode, int flags, long bytes, char error[USAGE_TEXT])
{
	sqlite3 *db = NULL;

	if (sqlite3_open_v2(path, &db, flags, NULL) == SQLITE_OK && prepare(db, path, mode, bytes, error))
		return db;
	if (!*error)
		results_error(db, path, error);
	sqlite3_close(db);
	return NULL;
}

/*
 * Reading opens for writing as well, where that is allowed: what a killed writer has left half done is undone by who opens the file next.
 */
sqlite3 *results_open(const char *path, enum results_mode mode, char error[USAGE_TEXT])
{
	struct stat st = { 0 };
	int flags = SQLITE_OPEN_READWRITE | (mode == RESULTS_WRITE ? SQLITE_OPEN_CREATE : 0);

	error[0] = '\0';
	if (stat(path, &st) ? mode == RESULTS_READ || errno != ENOENT : !S_ISREG(st.st_mode)) {
		usage_text(error, "%s: %s", path, S_ISDIR(st.st_mode) ? "a directory, expected a database" :
			   st.st_mode ? "not a file, expected a database" : strerror(errno));
		return NULL;
	}
	return open_as(path, mode, flags, (long)st.st_size, error);
}

sqlite3 *results_memory(char error[USAGE_TEXT])
{
	error[0] = '\0';
	return open_as(":memory:", RESULTS_WRITE, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, 0, error);
}
