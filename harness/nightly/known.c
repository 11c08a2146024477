/* SPDX-License-Identifier: GPL-2.0-only */
/* See known.h. */
#define _GNU_SOURCE
#include "nightly/known.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/files.h"
#include "cli/json.h"
#include "cli/option-table.h"
#include "cli/usage.h"

enum field { SIGNATURE, OWNER, EXPIRES, REASON, NR_FIELDS };

static const char *const key[NR_FIELDS] = { "signature", "owner", "expires", "reason" };
static const char *const wanted[NR_FIELDS] = {
	"a signature, as O2/mapping-missed", "an owner", "the last day, as 2026-12-31", "a reason",
};

/* Where the field ends: at a tab, at two blanks, at the end of the line. The last one holds blanks of any kind. */
static char *field_end(char *at, enum field field)
{
	if (field == REASON)
		return at + strlen(at);
	while (*at && *at != '\t' && !(at[0] == ' ' && (at[1] == ' ' || at[1] == '\t')))
		at++;
	return at;
}

/* A day that there is: mktime() would make the 3rd of March of the 31st of February. */
static bool is_day(const char *text)
{
	struct tm tm = { 0 }, day;
	const char *end = strptime(text, "%Y-%m-%d", &tm);

	if (!end || *end || strlen(text) != 10)
		return false;
	day = tm;
	return timegm(&day) != -1 && day.tm_mday == tm.tm_mday && day.tm_mon == tm.tm_mon;
}

static bool is_utf8(const char *text)
{
	json_t *o = json_string(text);

	json_decref(o);
	return o;
}

static bool is_right(enum field field, const char *text)
{
	if (field == SIGNATURE)
		return text[0] == 'O' && isdigit((unsigned char)text[1]) && strchr(text, '/');
	return *text && (field != EXPIRES || is_day(text));
}

/* One line, which is taken apart. NULL: err says why. */
static json_t *read_line(const char *path, unsigned number, char *line, char err[512])
{
	json_t *o = json_object();
	char *at = line;

	for (unsigned f = 0; f < NR_FIELDS; f++) {
		char *end;

		at += strspn(at, " \t");
		end = field_end(at, f);
		/* The reason may be followed by blanks. */
		for (char *last = end; last > at && isspace((unsigned char)last[-1]); last--)
			last[-1] = 0;
		if (f != REASON && *end)
			*end++ = 0;
		if (!is_utf8(at) || !is_right(f, at)) {
			snprintf(err, 512, "%s:%u:%ld: expected %s, found %s%s%s", path, number, (long)(at - line) + 1,
				 is_utf8(at) ? wanted[f] : "text in UTF-8", *at ? "'" : "", *at ? at : "nothing", *at ? "'" : "");
			usage_one_line(err);
			json_decref(o);
			return NULL;
		}
		json_object_set_new(o, key[f], json_string(at));
		at = end;
	}
	return o;
}

static json_t *read_lines(const char *path, char *text, char err[512])
{
	json_t *list = json_array(), *seen = json_object();
	unsigned number = 0;

	for (char *line = text, *next; *line; line = next) {
		size_t length = strcspn(line, "\n");
		json_t *o;

		next = line + length + (line[length] == '\n');
		line[length] = 0;
		number++;
		if (!line[strspn(line, " \t\r")] || line[strspn(line, " \t")] == '#')
			continue;
		o = read_line(path, number, line, err);
		if (o && json_object_get(seen, json_text_of(o, "signature"))) {
			snprintf(err, 512, "%s:%u:1: expected each signature once, found '%s' again", path, number,
				 json_text_of(o, "signature"));
			usage_one_line(err);
			json_decref(o);
			o = NULL;
		}
		if (!o) {
			json_decref(list);
			list = NULL;
			break;
		}
		json_object_set(seen, json_text_of(o, "signature"), o);
		json_array_append_new(list, o);
	}
	json_decref(seen);
	return list;
}

json_t *known_parse(const char *path, char *text, size_t length, char err[512])
{
	if (strlen(text) == length)
		return read_lines(path, text, err);
	snprintf(err, 512, "%s:1:1: expected text, found a byte 0", path);
	return NULL;
}

json_t *known_read(const char *path, char err[512])
{
	json_t *list = NULL;
	size_t length;
	char *text = text_file_read(path, &length);

	if (!text)
		snprintf(err, 512, "%s: cannot be read: %s", path, strerror(errno));
	else
		list = known_parse(path, text, length, err);
	free(text);
	return list;
}

/* Days compare as texts do. */
bool known_on(const json_t *known, const char *day)
{
	return strncmp(json_text_of(known, "expires"), day, 10) >= 0;
}

void known_add(const json_t *list, const char *day, struct string_list *signatures, void (*expired)(const json_t *known))
{
	size_t i;
	json_t *k;

	json_array_foreach(list, i, k)
		if (known_on(k, day))
			string_list_add(signatures, json_text_of(k, "signature"), strlen(json_text_of(k, "signature")));
		else if (expired)
			expired(k);
}
