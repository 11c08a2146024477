/* SPDX-License-Identifier: GPL-2.0-only */
/* What compare() tells, as a table or as JSON Lines. */
#include <string.h>

#include "cli/exit.h"
#include "cli/json.h"
#include "cli/out.h"
#include "results/compare.h"

static void put_difference(void *arg, const struct difference *d)
{
	(void)arg;
	put_json(json_pack("{s:s s:s s:s s:s s:s s:s s:s s:s s:b}", "type", "compared", "what", d->what, "subject", d->subject, "scenario",
			   d->scenario, "provider", d->provider, "mode", d->mode, "before", d->before, "now", d->now, "worse",
			   (int)d->worse), stdout);
}

/* What there is of these three, with blanks between. */
static void where(char text[USAGE_TEXT], const struct difference *d)
{
	const char *part[] = { d->scenario, d->provider, d->mode };

	text[0] = '\0';
	for (unsigned int i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		if (*part[i])
			snprintf(text + strlen(text), USAGE_TEXT - strlen(text), "%s%s", *text ? " " : "", part[i]);
}

static void add_row(void *arg, const struct difference *d)
{
	struct table *t = arg;
	char text[USAGE_TEXT];

	where(text, d);
	table_cell(t, d->worse ? TINT_BAD : TINT_PLAIN, "%s", d->what);
	table_cell(t, TINT_PLAIN, "%s", d->subject);
	table_cell(t, TINT_PLAIN, "%s", text);
	table_cell(t, TINT_PLAIN, "%s", d->before);
	table_cell(t, TINT_PLAIN, "%s", d->now);
}

static void print_end(const struct compared *c)
{
	const char *tint = out_tint(stdout, c->worse ? TINT_BAD : TINT_GOOD);

	printf("%s against %s: %u difference%s, %s%u worse%s%s\n", c->night, c->other, c->differences, c->differences == 1 ? "" : "s", tint,
	       c->worse, out_tint(stdout, TINT_PLAIN), c->same_plan ? "" : " (their plans, or how long they ran, are different)");
}

int compare_print(sqlite3 *db, const char *night, const char *against, bool json)
{
	static const struct table_column columns[] = {
		{ "difference", ALIGN_LEFT }, { "what", ALIGN_LEFT }, { "where", ALIGN_LEFT }, { "before", ALIGN_LEFT },
		{ "now", ALIGN_LEFT },
	};
	struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	char error[USAGE_TEXT];
	struct compared c;
	bool ok = compare(db, night, against, json ? put_difference : add_row, t, &c, error);

	if (ok && json) {
		put_json(json_pack("{s:s s:s s:s s:b s:i s:i s:i}", "type", "compared-nights", "night", c.night, "against", c.other,
				   "same_plan", (int)c.same_plan, "differences", c.differences, "worse", c.worse, "status",
				   c.worse ? EXIT_FINDINGS : EXIT_CLEAN), stdout);
	} else if (ok) {
		if (c.differences)
			table_print(t, stdout);
		print_end(&c);
	}
	table_free(t);
	if (!ok)
		return input_error("%s", error);
	return c.worse ? EXIT_FINDINGS : EXIT_CLEAN;
}
