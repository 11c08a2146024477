/* SPDX-License-Identifier: GPL-2.0-only */
/* The files of a night's directory: objects that must be of a form, and files that belong to findings. */
#define _GNU_SOURCE
#include "results/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/must.h"
#include "results/rows.h"

/* A replay file or a trace beyond this is left where it is. */
#define KEPT_BYTES (64l << 20)

static const char *type_name(const json_t *o)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array", [JSON_STRING] = "a string", [JSON_INTEGER] = "a whole number",
		[JSON_REAL] = "a number", [JSON_TRUE] = "true", [JSON_FALSE] = "false", [JSON_NULL] = "null",
	};

	return o ? names[json_typeof(o)] : "nothing";
}

json_t *files_json(const char *path, char error[USAGE_TEXT])
{
	json_error_t e;
	json_t *o;
	struct stat st;

	if (stat(path, &st)) {
		usage_text(error, "%s: %s", path, strerror(errno));
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		usage_text(error, "%s: not a file", path);
		return NULL;
	}
	o = json_load_file(path, 0, &e);
	if (!o && e.line < 1)
		usage_text(error, "%s: %s", path, e.text);
	else if (!o)
		usage_text(error, "%s:%d:%d: %s", path, e.line, e.column > 0 ? e.column : 1, e.text);
	if (!o)
		usage_one_line(error);
	return o;
}

static bool is_of(const json_t *o, json_type type)
{
	return o && (json_typeof(o) == type || (type == JSON_REAL && json_is_integer(o)));
}

bool files_form(const char *path, const json_t *o, const struct form *form, unsigned int nr, char error[USAGE_TEXT])
{
	if (!json_is_object(o)) {
		usage_text(error, "%s:1:1: expected an object, found %s", path, type_name(o));
		return false;
	}
	for (unsigned int i = 0; i < nr; i++) {
		const json_t *value = json_object_get(o, form[i].key);
		static const char *const wanted[] = {
			[JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array", [JSON_STRING] = "a string",
			[JSON_INTEGER] = "a whole number", [JSON_REAL] = "a number",
		};

		if (!is_of(value, form[i].type)) {
			usage_text(error, "%s:1:1: \"%s\": expected %s, found %s", path, form[i].key, wanted[form[i].type],
				   type_name(value));
			return false;
		}
	}
	return true;
}

bool files_name(const char *name)
{
	if (!*name || *name == '.' || strlen(name) > 200)
		return false;
	for (; *name; name++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", *name))
			return false;
	return true;
}

char *files_job(const char *dir, const char *job, const char *after)
{
	char *path;

	if (asprintf(&path, "%s/jobs/%s%s", dir, job, after) < 0)
		must(NULL);
	return path;
}

/* ---- what belongs to a finding ---- */

/* Only what is below the night's directory is taken in: no "..", nothing absolute, and nothing that waits to be written to. */
static json_t *contents(const char *dir, const char *name)
{
	json_t *text = NULL;
	struct stat st;
	char *path, *buffer;
	int fd;

	if (!*name || *name == '/' || !strncmp(name, "../", 3) || strstr(name, "/../"))
		return NULL;
	if (asprintf(&path, "%s/%s", dir, name) < 0)
		must(NULL);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	free(path);
	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size <= KEPT_BYTES) {
		buffer = must(malloc((size_t)st.st_size + 1));
		if (read(fd, buffer, (size_t)st.st_size) == st.st_size)
			text = json_stringn_nocheck(buffer, (size_t)st.st_size);
		free(buffer);
	}
	close(fd);
	return text;
}

static const json_t *replay_of(const json_t *finding, const json_t *replays)
{
	const char *signature = text_of(finding, "signature"), *path = text_of(finding, "replay");
	const json_t *by_signature = NULL, *r;
	size_t i;

	/* One job may find one thing in several scenarios, with a replay file each: the path says more. */
	json_array_foreach(replays, i, r) {
		const char *name = text_of(r, "replay"), *at = strrchr(name, '/'), *own = strrchr(path, '/');

		if (*path && *name && !strcmp(at ? at + 1 : name, own ? own + 1 : path))
			return r;
		if (!by_signature && *signature && !strcmp(text_of(r, "signature"), signature))
			by_signature = r;
	}
	return by_signature;
}

/* Of a finding whose job tells nothing of it (an attempt that was cut short): where jobs leave their files. */
static json_t *left_behind(const char *dir, const json_t *finding)
{
	const char *path = text_of(finding, "replay"), *below = strstr(path, "artifacts/"), *last = strrchr(path, '/');
	json_t *text = NULL;
	char name[USAGE_TEXT];

	if (!*path)
		return NULL;
	if (below)
		text = contents(dir, below);
	snprintf(name, sizeof(name), "artifacts/%s", last ? last + 1 : path);
	return text ? text : contents(dir, name);
}

static const char *replayed(const json_t *replay)
{
	const json_t *steps = json_object_get(replay, "same_steps"), *finding = json_object_get(replay, "same_finding");

	if (!json_is_boolean(steps) || !json_is_boolean(finding))
		return "failed";
	return json_is_true(steps) && json_is_true(finding) ? "same" : "other";
}

void files_of_finding(const char *dir, const json_t *finding, const json_t *replays, json_t *about)
{
	const json_t *replay = replay_of(finding, replays);
	json_t *text = replay ? contents(dir, text_of(replay, "replay")) : left_behind(dir, finding);
	json_t *trace = replay ? contents(dir, text_of(replay, "trace")) : NULL;

	json_object_set_new(about, "replayed", json_string(!text ? "none" : replayed(replay)));
	json_object_set_new(about, "replay", text ? text : json_null());
	json_object_set_new(about, "trace", trace ? trace : json_null());
}
