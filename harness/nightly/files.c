/* SPDX-License-Identifier: GPL-2.0-only */
/* The directory of a night: made, or taken up again. See night.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/build-id.h"
#include "cli/files.h"
#include "cli/must.h"
#include "cli/utc.h"
#include "nightly/night.h"

char *night_path(const struct night *n, const char *format, ...)
{
	char *below = NULL, *path = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&below, format, args) < 0 || asprintf(&path, "%s/%s", n->dir, below) < 0)
		must(NULL);
	va_end(args);
	free(below);
	return path;
}

char *night_program(const char *flavour)
{
	char self[4096], *path;
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (length < 0)
		return NULL;
	self[length] = 0;
	if (!strcmp(flavour, build_flavour))
		return must(strdup(self));
	/* build/FLAVOUR/rmaptorture-FLAVOUR: two names up, and down again. */
	for (int up = 0; up < 2; up++) {
		char *slash = strrchr(self, '/');

		if (!slash)
			return NULL;
		*slash = 0;
	}
	if (asprintf(&path, "%s/%s/rmaptorture%s%s", self, flavour, strcmp(flavour, "release") ? "-" : "",
		     strcmp(flavour, "release") ? flavour : "") < 0)
		must(NULL);
	if (!access(path, X_OK))
		return path;
	free(path);
	return NULL;
}

json_t *night_record(const struct night *n, const struct job *job)
{
	char *path = night_path(n, "jobs/%s.json", job->name);
	json_t *o = json_load_file(path, 0, NULL);

	free(path);
	return o;
}

/* ---- night.json ---- */

static json_t *header(const struct night *n)
{
	const struct plan *plan = n->jobs.plan;
	json_t *jobs = json_array(), *defects = json_array(), *o;
	char hash[17], began[24];

	for (unsigned i = 0; i < n->jobs.nr; i++) {
		const struct job *job = &n->jobs.item[i];

		json_array_append_new(jobs, json_pack("{s:s s:s s:s s:i}", "job", job->name, "group", job->group->name, "flavour",
						      job->group->flavour, "shard", (int)job->shard));
	}
	for (unsigned i = 0; i < n->jobs.defects.nr; i++)
		json_array_append_new(defects, json_string(n->jobs.defects.item[i]));
	snprintf(hash, sizeof(hash), "%016lx", plan->hash);
	utc_now(began, sizeof(began), UTC_SECOND);
	o = json_pack("{s:s s:i s:s s:s s:s s:I s:s s:f s:o s:s s:s s:s s:i s:i s:s s:o}", "type", "night", "v", 1, "night", n->name,
		      "plan", plan->name, "plan_hash", hash, "seed", (json_int_t)n->seed, "bound", n->time_s > 0 ? "time" : "executions",
		      "time_s", n->time_s, "defects", defects, "commit", build_commit, "model", build_model, "version", build_version,
		      "shard", (int)n->shard, "shards", (int)n->shards, "began", began, "jobs", jobs);
	return must(o);
}

/* What must be the same for the records of both to be those of one night. */
static int differs(const struct night *n, const json_t *now)
{
	static const char *const keys[] = { "plan_hash", "seed", "bound", "time_s", "defects", "commit", "model", "shard", "shards",
		"jobs" };

	for (unsigned i = 0; i < ARRAY_SIZE(keys); i++) {
		const json_t *then = json_object_get(n->header, keys[i]), *here = json_object_get(now, keys[i]);
		char *a, *b;

		if (json_equal(then, here))
			continue;
		a = then ? json_dumps(then, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
		b = json_dumps(here, JSON_ENCODE_ANY | JSON_COMPACT);
		input_error("%s/night.json: expected %s %.60s, as this night began, found %.60s; another --night is another night", n->dir,
			    keys[i], a ? a : "nothing", b);
		free(a);
		free(b);
		return EXIT_USAGE;
	}
	return EXIT_CLEAN;
}

static int write_json(const struct night *n, const char *name, const json_t *o)
{
	char *path = night_path(n, "%s", name), *text = must(json_dumps(o, JSON_INDENT(1)));
	int status = EXIT_CLEAN;

	if (text_file_write(path, text))
		status = input_error("%s: cannot be written: %s", path, strerror(errno));
	free(text);
	free(path);
	return status;
}

static int make_directories(struct night *n)
{
	static const char *const below[] = { "jobs", "artifacts" };

	for (unsigned i = 0; i < ARRAY_SIZE(below); i++) {
		char *path = night_path(n, "%s", below[i]);
		int failed = directory_make(path);

		if (failed)
			input_error("%s: expected a directory that can be written, found: %s", path, strerror(errno));
		free(path);
		if (failed)
			return EXIT_USAGE;
	}
	return EXIT_CLEAN;
}

static int take_lock(struct night *n)
{
	char *path = night_path(n, "lock");

	n->lock = file_lock(path);
	if (n->lock < 0)
		input_error(errno == EWOULDBLOCK ? "%s: another process works on this night" : "%s: cannot be locked: %s", path,
			    strerror(errno));
	free(path);
	return n->lock < 0 ? EXIT_USAGE : EXIT_CLEAN;
}

int night_open(struct night *n)
{
	json_t *now = header(n);
	int status = make_directories(n);

	if (!status)
		status = take_lock(n);
	if (!status && n->header)
		status = differs(n, now);
	if (!status && !n->header)
		status = write_json(n, "night.json", now);
	if (!status)
		status = write_json(n, "known.json", n->known);
	if (!n->header)
		n->header = json_incref(now);
	json_decref(now);
	return status;
}

void night_close(struct night *n)
{
	if (n->lock > 0)
		close(n->lock);
	json_decref(n->header);
	json_decref(n->known);
	jobs_free(&n->jobs);
	free(n->name);
	free(n->dir);
	free(n->db);
}
