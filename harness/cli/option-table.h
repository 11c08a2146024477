/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows that describe options, and the conversion of their values: for parsing, help, manual pages and completion. */
#ifndef HARNESS_CLI_OPTION_TABLE_H
#define HARNESS_CLI_OPTION_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "cli/options.h"

enum option_type {
	TYPE_FLAG,		/* bool */
	TYPE_UINT,		/* uint64_t from min to max */
	TYPE_CPUS,		/* the same; the default "cpus" stands for the number of CPUs */
	TYPE_DURATION,		/* uint64_t, nanoseconds */
	TYPE_STRING,		/* char * */
	TYPE_LIST,		/* struct string_list: repeatable, commas separate */
	TYPE_TEXTS,		/* the same, but commas belong to the text */
	TYPE_PARAMS,		/* struct param_list: NAME=VALUE, repeatable */
	TYPE_CHOICE,		/* unsigned int: index into choices */
	TYPE_HELP,
	NR_OPTION_TYPES
};

struct option_row {
	const char *name;	/* without "--" */
	char key;		/* the short form, or 0 */
	const char *arg;	/* name of the value, or NULL */
	const char *about;	/* one line, lower case, so short that help has a line for each */
	unsigned int commands;	/* bit per enum command_id */
	enum option_type type;
	size_t where;		/* offset in struct options */
	uint64_t min, max;
	const char *const *choices;
	struct word_values values;	/* what TYPE_STRING and TYPE_LIST may be; {} if that cannot be said */
	const char *defaults[NR_COMMANDS];
};

/* Indexed by enum option_id; help shows the rows in this order. */
extern const struct option_row option_rows[NR_OPTIONS];

/*
 * Convert value (NULL for a flag) and store it. Returns 0, or -1 with "--NAME: expected ..., found
 * ..." in text; what was stored before is then still there.
 */
int option_store(const struct option_row *row, struct options *options, const char *value,
		 char text[USAGE_TEXT]);

/* Give back what option_store() allocated. */
void option_release(const struct option_row *row, struct options *options);

/* Append a copy of value unless it is there already. */
void string_list_add(struct string_list *list, const char *value, size_t length);
void string_list_free(struct string_list *list);

#endif
