/* SPDX-License-Identifier: GPL-2.0-only */
/* See results.h. */
#include "tests/fuzzers/results.h"

#include <string.h>

#include "results/compare.h"
#include "results/results.h"
#include "tests/fuzzers/fuzz.h"

static void goal(void *arg, const struct results_goal *g)
{
	(void)arg;
	fuzz_check(g->scenario && g->provider && g->goal, "a goal without a name", "NULL");
}

static void lack(void *arg, const struct results_lack *l)
{
	(void)arg;
	fuzz_check(l->state && l->why, "nobody says what is lacking", l->job ? l->job : "a shard");
}

static void difference(void *arg, const struct difference *d)
{
	(void)arg;
	fuzz_check(d->what && d->subject && d->scenario && d->provider && d->mode && d->before && d->now, "a difference without a text",
		   d->what ? d->what : "NULL");
}

static void ask_about(sqlite3 *db, const char *night)
{
	struct results_summary s;
	struct compared c;
	char error[USAGE_TEXT] = "";

	if (!results_verdict(db, night, &s, error) || !results_unreached(db, night, goal, NULL, error) ||
	    !results_missing(db, night, lack, NULL, error) || !compare(db, NULL, night, difference, NULL, &c, error))
		fuzz_check_line(error);
}

void fuzz_ask(sqlite3 *db)
{
	sqlite3_stmt *q;

	if (sqlite3_prepare_v2(db, "SELECT night FROM night", -1, &q, NULL) != SQLITE_OK)
		return;
	while (sqlite3_step(q) == SQLITE_ROW) {
		const char *night = (const char *)sqlite3_column_text(q, 0);

		if (night)
			ask_about(db, night);
	}
	sqlite3_finalize(q);
}
