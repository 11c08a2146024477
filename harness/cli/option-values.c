/* SPDX-License-Identifier: GPL-2.0-only */
/* Strict conversion of option values, one function per type of option. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/must.h"
#include "cli/number.h"
#include "cli/option-table.h"

void string_list_add(struct string_list *list, const char *value, size_t length)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++)
		if (!strncmp(list->item[i], value, length) && !list->item[i][length])
			return;
	list->item = must(reallocarray(list->item, list->nr + 1, sizeof(*list->item)));
	list->item[list->nr++] = must(strndup(value, length));
}

void string_list_free(struct string_list *list)
{
	while (list->nr)
		free(list->item[--list->nr]);
	free(list->item);
	list->item = NULL;
}

/* Fill in "--NAME: expected WHAT, found 'VALUE'"; returns -1. */
static int unexpected(const struct option_row *row, char *text, const char *value, const char *what)
{
	if (*value)
		usage_text(text, "--%s: expected %s, found '%s'", row->name, what, value);
	else
		usage_text(text, "--%s: expected %s, found nothing", row->name, what);
	return -1;
}

static int set_flag(const struct option_row *row, void *where, const char *value, char *text)
{
	(void)row, (void)value, (void)text;
	*(bool *)where = true;
	return 0;
}

static int set_uint(const struct option_row *row, void *where, const char *value, char *text)
{
	char what[80];

	if (parse_number(value, row->min, row->max, where))
		return 0;
	snprintf(what, sizeof(what), "a whole number from %" PRIu64 " to %" PRIu64, row->min,
		 row->max);
	return unexpected(row, text, value, what);
}

static int set_cpus(const struct option_row *row, void *where, const char *value, char *text)
{
	long cpus;

	if (strcmp(value, "cpus"))
		return set_uint(row, where, value, text);
	cpus = sysconf(_SC_NPROCESSORS_ONLN);
	*(uint64_t *)where = cpus > 0 ? (uint64_t)cpus : 1;
	return 0;
}

static int set_duration(const struct option_row *row, void *where, const char *value, char *text)
{
	static const struct { const char *suffix; uint64_t ns; } units[] = {
		{ "", 1000000000 }, { "ms", 1000000 }, { "s", 1000000000 },
		{ "m", 60000000000 }, { "h", 3600000000000 }, { "d", 86400000000000 },
	};
	uint64_t number, ns;
	const char *end = parse_digits(value, &number);
	unsigned int i;

	for (i = 0; end && i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].suffix))
			continue;
		if (!number || __builtin_mul_overflow(number, units[i].ns, &ns) ||
		    ns > INT64_MAX)
			break;
		*(uint64_t *)where = ns;
		return 0;
	}
	return unexpected(row, text, value, "a duration such as 500ms, 90s, 5m, 8h or 2d");
}

static int set_string(const struct option_row *row, void *where, const char *value, char *text)
{
	if (!*value)
		return unexpected(row, text, value, row->arg);
	free(*(char **)where);
	*(char **)where = must(strdup(value));
	return 0;
}

static int set_list(const struct option_row *row, void *where, const char *value, char *text)
{
	const char *c = value;
	size_t length;

	do {
		length = strcspn(c, ",");
		if (!length || (length == 1 && *c == '-'))
			return unexpected(row, text, value, row->arg);
		c += length;
	} while (*c++);
	for (c = value; ; c += length + 1) {
		length = strcspn(c, ",");
		string_list_add(where, c, length);
		if (!c[length])
			return 0;
	}
}

static int set_texts(const struct option_row *row, void *where, const char *value, char *text)
{
	if (!*value)
		return unexpected(row, text, value, row->arg);
	string_list_add(where, value, strlen(value));
	return 0;
}

static int set_params(const struct option_row *row, void *where, const char *value, char *text)
{
	struct param_list *list = where;
	const char *equals = strchrnul(value, '=');
	size_t length = (size_t)(equals - value);
	uint64_t number;
	unsigned int i;
	char what[80];

	if (!length || !*equals || !parse_number(equals + 1, row->min, row->max, &number)) {
		snprintf(what, sizeof(what), "NAME=VALUE with VALUE from %" PRIu64 " to %" PRIu64,
			 row->min, row->max);
		return unexpected(row, text, value, what);
	}
	for (i = 0; i < list->nr; i++)
		if (!strncmp(list->item[i].name, value, length) && !list->item[i].name[length])
			break;
	if (i == list->nr) {
		list->item = must(reallocarray(list->item, list->nr + 1, sizeof(*list->item)));
		list->item[list->nr++].name = must(strndup(value, length));
	}
	list->item[i].value = (int64_t)number;
	return 0;
}

static int set_choice(const struct option_row *row, void *where, const char *value, char *text)
{
	unsigned int i;

	for (i = 0; row->choices[i]; i++) {
		if (strcmp(row->choices[i], value))
			continue;
		*(unsigned int *)where = i;
		return 0;
	}
	return unexpected(row, text, value, row->arg);
}

typedef int (*set_function)(const struct option_row *row, void *where, const char *value,
			    char *text);

int option_store(const struct option_row *row, struct options *options, const char *value,
		 char text[USAGE_TEXT])
{
	static const set_function set[NR_OPTION_TYPES] = {
		[TYPE_FLAG] = set_flag,		[TYPE_UINT] = set_uint,
		[TYPE_CPUS] = set_cpus,		[TYPE_DURATION] = set_duration,
		[TYPE_STRING] = set_string,	[TYPE_LIST] = set_list,
		[TYPE_TEXTS] = set_texts,	[TYPE_PARAMS] = set_params,
		[TYPE_CHOICE] = set_choice,
	};

	return set[row->type](row, (char *)options + row->where, value, text);
}

void option_release(const struct option_row *row, struct options *options)
{
	void *where = (char *)options + row->where;
	struct param_list *params = where;

	if (row->type == TYPE_STRING) {
		free(*(char **)where);
	} else if (row->type == TYPE_LIST || row->type == TYPE_TEXTS) {
		string_list_free(where);
	} else if (row->type == TYPE_PARAMS) {
		while (params->nr)
			free(params->item[--params->nr].name);
		free(params->item);
	}
}
