/* SPDX-License-Identifier: GPL-2.0-only */
/* See ending.h. */
#include "ending.h"

#include "campaign.h"
#include "cli/exit.h"
#include "events.h"

static const char *first_missed(const struct ending *e)
{
	for_each_event (i, &e->missed)
		return event_name[i];
	return NULL;
}

/* What there is to say, the worst first, and how it looks. */
static enum tint verdict(const struct ending *e, char text[640])
{
	if (e->finding)
		snprintf(text, 640, "%s", e->finding);
	else if (e->failed)
		snprintf(text, 640, "failed: %s", e->failed);
	else if (!e->done)
		snprintf(text, 640, "%s", interrupted ? "interrupted" : "the worker died");
	else if (e->interrupted)
		snprintf(text, 640, "interrupted");
	else if (e->incomplete)
		snprintf(text, 640, "%s", e->incomplete);
	else if (first_missed(e))
		snprintf(text, 640, "not reached: %s", first_missed(e));
	else
		snprintf(text, 640, "%s", e->clean ? e->clean : "clean");
	if (e->finding)
		return TINT_BAD;
	return ending_status(e) != EXIT_CLEAN || e->incomplete ? TINT_WARN : TINT_GOOD;
}

static void verdict_cell(struct table *t, const struct ending *e)
{
	char text[640];
	enum tint tint = verdict(e, text);

	table_cell(t, tint, "%s", text);
}

void ending_tell_again(const struct ending *e, const char *what, const char *scenario, const char *provider)
{
	char text[640];
	enum tint tint = verdict(e, text);

	if (ending_status(e) != EXIT_CLEAN)
		printf("%s%s%s, provider %s%s: %s%s\n", out_tint(stdout, tint), e->finding ? "FINDING in " : "", scenario, provider, what,
		       text, out_tint(stdout, TINT_PLAIN));
}

void ending_cells(struct table *t, const struct ending *e)
{
	unsigned goals = event_set_count(&e->goals), missed = event_set_count(&e->missed);

	table_cell(t, missed ? TINT_WARN : TINT_PLAIN, "%u/%u", goals - missed, goals);
	table_cell(t, e->finding ? TINT_BAD : TINT_GOOD, "%d", e->finding != NULL);
	table_cell(t, TINT_DIM, "%.1f", e->elapsed_s);
	verdict_cell(t, e);
}

int ending_status(const struct ending *e)
{
	if (e->finding)
		return EXIT_FINDINGS;
	if (!e->done || e->failed || e->interrupted || first_missed(e))
		return EXIT_INCONCLUSIVE;
	return EXIT_CLEAN;
}
