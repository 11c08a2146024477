/* SPDX-License-Identifier: GPL-2.0-only */
/* From the directory of a night into tables that are then joined with the database: what README.md says of both. */
#define _GNU_SOURCE
#include "results/results.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/json.h"
#include "cli/must.h"
#include "hash.h"
#include "results/files.h"
#include "results/join.h"
#include "results/rows.h"

static const struct form night_form[] = {
	{ "type", JSON_STRING }, { "v", JSON_INTEGER }, { "night", JSON_STRING }, { "plan", JSON_STRING }, { "plan_hash", JSON_STRING },
	{ "seed", JSON_INTEGER }, { "bound", JSON_STRING }, { "time_s", JSON_REAL }, { "defects", JSON_ARRAY },
	{ "commit", JSON_STRING }, { "model", JSON_STRING }, { "version", JSON_STRING }, { "shard", JSON_INTEGER },
	{ "shards", JSON_INTEGER }, { "began", JSON_STRING }, { "jobs", JSON_ARRAY },
};

static const struct form planned_form[] = {
	{ "job", JSON_STRING }, { "group", JSON_STRING }, { "flavour", JSON_STRING }, { "shard", JSON_INTEGER },
};

static const struct form known_form[] = {
	{ "signature", JSON_STRING }, { "owner", JSON_STRING }, { "reason", JSON_STRING }, { "expires", JSON_STRING },
};

static const struct form job_form[] = {
	{ "type", JSON_STRING }, { "v", JSON_INTEGER }, { "job", JSON_STRING }, { "group", JSON_STRING }, { "flavour", JSON_STRING },
	{ "provider", JSON_STRING }, { "command", JSON_ARRAY }, { "seed", JSON_INTEGER }, { "shard", JSON_INTEGER },
	{ "attempts", JSON_INTEGER }, { "state", JSON_STRING }, { "status", JSON_INTEGER }, { "why", JSON_STRING },
	{ "began", JSON_STRING }, { "elapsed_s", JSON_REAL }, { "cpu_s", JSON_REAL }, { "rss_kib", JSON_INTEGER },
	{ "build", JSON_OBJECT },
};

static bool expected(const char *path, const char *key, const char *wanted, const char *found, char error[USAGE_TEXT])
{
	usage_text(error, "%s:1:1: \"%s\": expected %s, found '%s'", path, key, wanted, found);
	usage_one_line(error);
	return false;
}

/* An object of this type and of the one version there is. */
static bool typed(const char *path, const json_t *o, const char *type, char error[USAGE_TEXT])
{
	json_int_t v = json_integer_value(json_object_get(o, "v"));
	char found[24];

	if (strcmp(json_text_of(o, "type"), type))
		return expected(path, "type", type, json_text_of(o, "type"), error);
	snprintf(found, sizeof(found), "%" JSON_INTEGER_FORMAT, v);
	return v == 1 || expected(path, "v", "1", found, error);
}

/* ---- the night's header ---- */

static bool load_rows(struct intake *in, const char *path, const json_t *list, const struct form *form, unsigned int nr,
		      enum results_table_id table, const json_t *about)
{
	json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
		if (!files_form(path, o, form, nr, in->error) || !rows_add(in, table, o, about))
			return false;
	return true;
}

/* They become names of files. */
static bool name_jobs(struct intake *in, const char *path, const json_t *jobs)
{
	const json_t *o;
	size_t i;

	json_array_foreach(jobs, i, o) {
		const char *name = json_text_of(o, "job");

		if (!files_name(name))
			return expected(path, "job", "letters, digits, '.', '_' and '-'", name, in->error);
		json_object_set_new(in->jobs, name, json_true());
	}
	return true;
}

static bool load_night_file(struct intake *in, const char *path, json_t *about)
{
	json_t *night = files_json(path, in->error);
	const json_t *jobs = json_object_get(night, "jobs");
	bool ok = night && files_form(path, night, FORM(night_form), in->error) && typed(path, night, "night", in->error);

	if (ok && !files_name(json_text_of(night, "night")))
		ok = expected(path, "night", "letters, digits, '.', '_' and '-'", json_text_of(night, "night"), in->error);
	if (ok) {
		json_object_set(about, "night", json_object_get(night, "night"));
		ok = rows_add(in, TABLE_NIGHT, night, about) && rows_add(in, TABLE_SHARD, night, about) &&
		     load_rows(in, path, jobs, FORM(planned_form), TABLE_PLANNED, about) &&
		     name_jobs(in, path, jobs);
	}
	json_decref(night);
	return ok;
}

/* A night may be without a file of known findings. */
static bool load_known_file(struct intake *in, const char *path, const json_t *about)
{
	struct stat st;
	json_t *known;
	bool ok;

	if (stat(path, &st) && errno == ENOENT)
		return true;
	known = files_json(path, in->error);
	ok = known;
	if (ok && !json_is_array(known)) {
		usage_text(in->error, "%s:1:1: expected an array", path);
		ok = false;
	}
	ok = ok && load_rows(in, path, known, FORM(known_form), TABLE_KNOWN, about);
	json_decref(known);
	return ok;
}

static bool load_header(struct intake *in, json_t *about)
{
	char *night, *known = NULL;
	bool ok;

	if (asprintf(&night, "%s/night.json", in->dir) < 0 || asprintf(&known, "%s/known.json", in->dir) < 0)
		must(NULL);
	ok = load_night_file(in, night, about) && load_known_file(in, known, about);
	free(night);
	free(known);
	return ok;
}

/* ---- what jobs printed ---- */

struct output {
	bool there;
	unsigned long lines, bad, first_bad;
	json_int_t executions;
};

static bool load_line(struct intake *in, const char *line, size_t length, json_t *about, const json_t *replays, struct output *o)
{
	json_t *record = json_loadb(line, length, 0, NULL);
	bool ok = true;

	o->lines++;
	if (json_is_object(record)) {
		json_object_set_new(about, "line", json_integer((json_int_t)o->lines));
		ok = rows_add_record(in, line, record, about, replays);
		o->executions += rows_executions(record);
	} else if (!o->bad++) {
		o->first_bad = o->lines;
	}
	json_decref(record);
	return ok;
}

/* attempt: 0 for the one that counts. False only when there is no going on. */
static bool load_output(struct intake *in, const char *path, int attempt, json_t *about, const json_t *replays, struct output *o)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	bool ok = true;

	*o = (struct output){ .there = file };
	if (!file)
		return true;
	json_object_set_new(about, "attempt", json_integer(attempt));
	while (ok && (length = getline(&line, &size, file)) >= 0)
		ok = load_line(in, line, (size_t)length, about, replays, o);
	free(line);
	fclose(file);
	return ok;
}

/* ---- jobs ---- */

/* NULL: there is none, or it is not as it should be; *bad tells which. */
static json_t *job_file(const char *dir, const char *job, bool *bad, char error[USAGE_TEXT])
{
	static const char *const states[] = { "done", "cut", "failed", "skipped" };
	char *path = files_job(dir, job, ".json");
	struct stat st;
	json_t *o = NULL;
	bool ok = false;

	*bad = !(stat(path, &st) && errno == ENOENT);
	if (*bad)
		o = files_json(path, error);
	if (o && files_form(path, o, FORM(job_form), error) && typed(path, o, "job", error)) {
		ok = !strcmp(json_text_of(o, "job"), job) || expected(path, "job", "the file's name", json_text_of(o, "job"), error);
		if (ok) {
			ok = false;
			for (unsigned int i = 0; i < sizeof(states) / sizeof(states[0]); i++)
				ok |= !strcmp(json_text_of(o, "state"), states[i]);
			if (!ok)
				expected(path, "state", "done, cut, failed or skipped", json_text_of(o, "state"), error);
		}
	}
	free(path);
	if (ok) {
		*bad = false;
		return o;
	}
	json_decref(o);
	return NULL;
}

/* The name of a build is what its contents are. */
static void name_build(const json_t *build, json_t *about)
{
	static const char *const keys[] = { "flavour", "version", "commit", "model", "compiler", "flags" };
	u64 h = HASH_BASIS;
	char name[20];

	for (unsigned int i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		h = hash_field(h, json_text_of(build, keys[i]));
	snprintf(name, sizeof(name), "%016lx", h);
	json_object_set_new(about, "build", json_string(name));
}

/* What the output shows of how the job ended may be worse than what it says itself. */
static void judge_output(const json_t *job, const struct output *o, json_t *about)
{
	const char *state = json_text_of(job, "state"), *why = json_text_of(job, "why"), *between = *why ? "; " : "";
	bool done = !strcmp(state, "done");

	json_object_set_new(about, "why", json_string(why));
	if (o->bad)
		json_object_set_new(about, "why", json_sprintf("%s%s%lu of %lu lines of its output cannot be read, line %lu is the first",
							       why, between, o->bad, o->lines, o->first_bad));
	else if (!o->there && done)
		json_object_set_new(about, "why", json_sprintf("%s%sits output is missing", why, between));
	json_object_set_new(about, "state", json_string(done && (o->bad || !o->there) ? "failed" : state));
	json_object_set_new(about, "executions", json_integer(o->executions));
}

/* Attempts that were cut short, as many as there are; the number of the next one in *next. */
static bool load_attempts(struct intake *in, const char *name, json_t *about, const json_t *replays, int *next)
{
	struct output o = { .there = true };
	bool ok = true;

	for (*next = 1; ok; ++*next) {
		char after[32], *path;

		snprintf(after, sizeof(after), ".%d", *next);
		path = files_job("", name, after);
		o.there = !json_object_get(in->jobs, path + strlen("/jobs/"));	/* else that is a job of this name */
		free(path);
		if (!o.there)
			break;
		snprintf(after, sizeof(after), ".%d.jsonl", *next);
		path = files_job(in->dir, name, after);
		ok = load_output(in, path, *next, about, replays, &o);
		free(path);
		if (!o.there)
			break;
	}
	return ok;
}

/* False when something is wrong, which is told; in->broken says whether there is no going on. */
static bool load_one_job(struct intake *in, const char *name, json_t *about)
{
	bool bad, ok;
	int next;
	json_t *job = job_file(in->dir, name, &bad, in->error);
	const json_t *replays = json_object_get(job, "replays"), *build = json_object_get(job, "build");
	char *path = files_job(in->dir, name, ".jsonl");
	struct output o;

	json_object_set_new(about, "job", json_string(name));
	json_object_set_new(about, "group", json_string(json_text_of(job, "group")));
	ok = load_attempts(in, name, about, replays, &next) && load_output(in, path, job ? 0 : next, about, replays, &o);
	if (ok && job) {
		judge_output(job, &o, about);
		name_build(build, about);
		ok = rows_add(in, TABLE_BUILD, build, about) && rows_add(in, TABLE_JOB, job, about);
	}
	free(path);
	json_decref(job);
	return ok && !bad;
}

/* ---- all of it ---- */

/* Jobs that were never planned, but are there. */
static bool list_jobs(struct intake *in)
{
	char *path = files_job(in->dir, "", "");
	DIR *dir = opendir(path);
	struct dirent *e;

	if (!dir && errno != ENOENT) {
		usage_text(in->error, "%s: %s", path, strerror(errno));
		free(path);
		return false;
	}
	while (dir && (e = readdir(dir))) {
		size_t length = strlen(e->d_name);
		char name[256];

		if (length <= 5 || strcmp(e->d_name + length - 5, ".json"))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)length - 5, e->d_name);
		if (files_name(name))
			json_object_set_new(in->jobs, name, json_true());
	}
	if (dir)
		closedir(dir);
	free(path);
	return true;
}

/* What can be read is taken in, also when something else cannot: the first that is wrong is told. */
static bool load_all_jobs(struct intake *in, json_t *about)
{
	char first[USAGE_TEXT] = "";
	const char *name;
	json_t *planned;

	if (!list_jobs(in))
		return false;
	json_object_foreach(in->jobs, name, planned) {
		if (!load_one_job(in, name, about) && !*first)
			strcpy(first, in->error);
		if (in->broken)
			break;
	}
	strcpy(in->error, first);
	return !*first;
}

/* job: one of them, or NULL for all. */
static bool load(sqlite3 *db, const char *dir, const char *job, char error[USAGE_TEXT])
{
	struct intake in = { .db = db, .dir = dir, .error = error };
	char joining[USAGE_TEXT];
	json_t *about;
	bool ok, header;

	if (!join_attach(db, NULL, error))
		return false;
	about = json_object();
	in.jobs = json_object();
	sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
	header = ok = load_header(&in, about);
	if (ok)
		ok = job ? load_one_job(&in, job, about) : load_all_jobs(&in, about);
	intake_end(&in);
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	json_decref(about);
	json_decref(in.jobs);
	if (header && !in.broken && !join_incoming(db, dir, joining)) {
		strcpy(error, joining);
		ok = false;
	}
	join_detach(db);
	return ok;
}

bool results_load_night(sqlite3 *db, const char *dir, char error[USAGE_TEXT])
{
	return load(db, dir, NULL, error);
}

bool results_load_job(sqlite3 *db, const char *dir, const char *job, char error[USAGE_TEXT])
{
	if (files_name(job))
		return load(db, dir, job, error);
	usage_text(error, "%s: no name of a job: '%s'", dir, job);
	return false;
}

bool results_input(const char *path, char error[USAGE_TEXT])
{
	struct stat st;
	char *header;
	json_t *night;
	sqlite3 *db;

	if (stat(path, &st) || !S_ISDIR(st.st_mode)) {
		db = results_open(path, RESULTS_READ, error);
		sqlite3_close(db);
		return db;
	}
	if (asprintf(&header, "%s/night.json", path) < 0)
		must(NULL);
	if (stat(header, &st) && errno == ENOENT) {
		usage_text(error, "%s: not the directory of a night: no night.json in it", path);
		night = NULL;
	} else {
		night = files_json(header, error);
	}
	free(header);
	json_decref(night);
	return night;
}

bool results_take(sqlite3 *db, const char *path, char error[USAGE_TEXT])
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode) ? results_load_night(db, path, error) : results_join(db, path, error);
}
