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

static void verdict_cell(struct table *t, const struct ending *e)
{
	if (e->finding)
		table_cell(t, TINT_BAD, "%s", e->finding);
	else if (e->failed)
		table_cell(t, TINT_WARN, "failed: %s", e->failed);
	else if (!e->done)
		table_cell(t, TINT_WARN, "%s", interrupted ? "interrupted" : "the worker died");
	else if (e->interrupted)
		table_cell(t, TINT_WARN, "interrupted");
	else if (e->incomplete)
		table_cell(t, TINT_WARN, "%s", e->incomplete);
	else if (first_missed(e))
		table_cell(t, TINT_WARN, "not reached: %s", first_missed(e));
	else
		table_cell(t, TINT_GOOD, "%s", e->clean ? e->clean : "clean");
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
