/* SPDX-License-Identifier: GPL-2.0-only */
/* See records.h. */
#define _GNU_SOURCE
#include "nightly/records.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/files.h"
#include "cli/json.h"
#include "cli/usage.h"
#include "nightly/child.h"
#include "types.h"

json_t *records_parse(const char *path, const char *text, char *why, size_t size)
{
	json_t *records = json_array(), *o;
	unsigned number = 0;

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		json_error_t wrong;

		number++;
		o = json_loadb(line, strcspn(line, "\n"), 0, &wrong);
		if (o)
			json_array_append_new(records, o);
		else if (why && !*why)
			snprintf(why, size, "%s:%u:%d: expected a JSON object, found another thing: %s", path, number, wrong.column,
				 usage_one_line(wrong.text));
	}
	return records;
}

json_t *records_read(const char *path, char *why, size_t size)
{
	size_t length;
	char *text = text_file_read(path, &length);
	json_t *records = records_parse(path, text ? text : "", why, size);

	if (!text && why)
		snprintf(why, size, "%s: cannot be read: %s", path, strerror(errno));
	free(text);
	return records;
}

json_t *json_last(const char *text, const char *type)
{
	json_t *records = records_parse("", text, NULL, 0), *last = NULL;
	size_t i = json_array_size(records);

	while (!last && i--)
		if (!strcmp(json_text_of(json_array_get(records, i), "type"), type))
			last = json_incref(json_array_get(records, i));
	json_decref(records);
	return last;
}

/* A line of --version: its name, blanks, and the rest. */
static void take_version_line(json_t *build, const char *line, size_t length)
{
	static const char *const keys[] = { "commit", "model", "compiler", "flags" };

	for (unsigned i = 0; i < ARRAY_SIZE(keys); i++) {
		size_t n = strlen(keys[i]);

		if (length > n && !strncmp(line, keys[i], n) && line[n] == ' ') {
			while (n < length && line[n] == ' ')
				n++;
			json_object_set_new(build, keys[i], json_stringn(line + n, length - n));
		}
	}
	if (!strncmp(line, "rmaptorture ", 12))
		json_object_set_new(build, "version", json_stringn(line + 12, strcspn(line + 12, " \n")));
}

json_t *program_build(const char *program, const char *flavour)
{
	json_t *build = json_pack("{s:s s:s s:s s:s s:s s:s}", "flavour", flavour, "version", "", "commit", "", "model", "", "compiler", "",
				  "flags", "");
	const char *words[] = { program, "--version", NULL };
	struct child c = { .words = words, .out = -1, .err = -1, .limit_s = 60 };
	char *text = program ? child_output(&c) : NULL;

	for (const char *line = text; line && *line; line += strcspn(line, "\n"), line += *line == '\n')
		take_version_line(build, line, strcspn(line, "\n"));
	free(text);
	return build;
}
