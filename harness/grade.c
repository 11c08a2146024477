/* SPDX-License-Identifier: GPL-2.0-only */
/* Grading outcomes: see grade.h. */
#include "grade.h"

#include <stdio.h>
#include <string.h>

#define KEY_LEN 128			/* with the oracle's name it has to fit a signature */

static bool holds(const struct world *w, const struct scn_outcome *row)
{
	for (unsigned i = 0; i < row->nr; i++) {
		const struct scn_value *wanted = &row->condition[i].value, *got = &w->slot[row->condition[i].name].value;

		if (got->result != wanted->result || got->number != wanted->number)
			return false;
	}
	return true;
}

int grade(const struct world *w)
{
	const struct scenario *scn = w->scn;

	for (unsigned i = 0; i < scn->nr_outcomes; i++)
		if (holds(w, &scn->outcome[i]))
			return (int)i;
	return scn->nr_outcomes ? ROW_UNLISTED : ROW_NONE;
}

static void report_forbidden(const struct scenario *scn, const struct scn_outcome *row)
{
	char text[300], key[KEY_LEN];
	int n;

	scn_condition_text(scn, row, 0, text, sizeof(text));
	n = snprintf(key, sizeof(key), "forbidden-outcome:");
	scn_condition_text(scn, row, 1, key + n, sizeof(key) - (size_t)n);
	/* A row must not borrow the signature of another one that only begins alike. */
	if (strlen(key) == sizeof(key) - 1)
		snprintf(key, sizeof(key), "forbidden-outcome:line-%d", row->line);
	violation_at(ORACLE_CONTENT, key, NULL, "the outcome %s is forbidden (line %d of the scenario): %s", text, row->line,
		     row->about);
}

void grade_report(const struct world *w, int row)
{
	char text[300];

	if (row >= 0 && w->scn->outcome[row].grade == SCN_FORBIDDEN)
		report_forbidden(w->scn, &w->scn->outcome[row]);
	else if (row == ROW_UNLISTED)
		violation_at(ORACLE_CONTENT, "unlisted-outcome", NULL, "no row for this outcome: %s",
			     grade_values(w, text, sizeof(text)));
}

const char *grade_values(const struct world *w, char *buf, size_t size)
{
	const struct scenario *scn = w->scn;
	size_t n = 0;
	char value[16];

	buf[0] = 0;
	for (unsigned i = 0; i < scn->nr_names && n < size; i++) {
		if (scn->name_of[i].kind != SCN_VALUE || w->slot[i].value.result == SCN_NOTHING)
			continue;
		n += (size_t)snprintf(buf + n, size - n, "%s%s == %s", n ? " " : "", scn->name_of[i].text,
				      scn_value_text(&w->slot[i].value, value));
	}
	return buf;
}
