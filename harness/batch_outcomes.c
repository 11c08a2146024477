/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling how often each outcome of a scenario was seen, and each near miss: see batch.h. */
#include "batch.h"
#include "cli/out.h"

static const char unlisted[] = "any other", no_row[] = "no row for this outcome";
static const char unfinished[] = "none", not_ended[] = "the execution did not come to its end";

bool outcome_forbidden(const struct campaign *c, const struct campaign_result *r)
{
	for (unsigned i = 0; i < c->scn->nr_outcomes; i++)
		if (c->scn->outcome[i].grade == SCN_FORBIDDEN && r->outcome[i])
			return true;
	return r->unlisted;
}

/* Executions that ended before their outcome was known: with a finding, or stuck. */
static u64 without_outcome(const struct campaign *c, const struct campaign_result *r)
{
	u64 known = r->unlisted;

	for (unsigned i = 0; i < c->scn->nr_outcomes; i++)
		known += r->outcome[i];
	return c->scn->nr_outcomes ? r->executions - known : 0;
}

/* ---- as a table ---- */

static void print_row(struct table *t, const struct campaign_result *r, enum tint tint, const char *what, u64 executions,
		      const char *grade, const char *about)
{
	double share = r->executions ? 100.0 * (double)executions / (double)r->executions : 0;

	table_cell(t, TINT_PLAIN, "%s", what);
	table_cell(t, TINT_PLAIN, "%lu", executions);
	table_cell(t, TINT_PLAIN, "%.2f %%", share);
	table_cell(t, executions ? tint : TINT_DIM, "%s", grade);
	table_cell(t, TINT_PLAIN, "%s", about);
}

static void print_rows(struct table *t, const struct campaign *c, const struct campaign_result *r)
{
	static const enum tint tint[SCN_NR_GRADES] = {
		[SCN_ACCEPTABLE] = TINT_GOOD, [SCN_INTERESTING] = TINT_WARN, [SCN_FORBIDDEN] = TINT_BAD,
	};
	const char *forbidden = scn_grade_text[SCN_FORBIDDEN];
	const struct scenario *scn = c->scn;
	char what[SCN_MAX_CONDITIONS * 96];

	for (unsigned i = 0; i < scn->nr_outcomes; i++) {
		const struct scn_outcome *row = &scn->outcome[i];

		print_row(t, r, tint[row->grade], scn_condition_text(scn, row, 0, what, sizeof(what)), r->outcome[i],
			  scn_grade_text[row->grade], row->about);
	}
	if (r->unlisted)
		print_row(t, r, TINT_BAD, unlisted, r->unlisted, forbidden, no_row);
	if (without_outcome(c, r))
		print_row(t, r, TINT_PLAIN, unfinished, without_outcome(c, r), "-", not_ended);
	for (unsigned i = 0; i < scn->nr_near; i++) {
		snprintf(what, sizeof(what), "near %s", scn->near[i].event);
		print_row(t, r, TINT_PLAIN, what, r->near[i], "near miss", scn->near[i].about);
	}
}

void print_outcomes(const struct campaign *c, const struct campaign_result *r)
{
	static const struct table_column columns[] = {
		{ "outcome", ALIGN_LEFT }, { "executions", ALIGN_RIGHT }, { "share", ALIGN_RIGHT }, { "grade", ALIGN_LEFT },
		{ "", ALIGN_LEFT },
	};
	struct table *t;

	if (!c->scn->nr_outcomes && !c->scn->nr_near)
		return;
	t = table_new(columns, ARRAY_SIZE(columns));
	print_rows(t, c, r);
	printf("\n%s, %s:\n", c->scn->name, c->provider->name);
	table_print(t, stdout);
	table_free(t);
}

/* ---- as JSON ---- */

static void add(json_t *list, const char *grade, const char *condition, u64 executions, const char *about)
{
	json_array_append_new(list, json_pack("{s:s s:s s:I s:s}", "grade", grade, "condition", condition, "executions",
					      (json_int_t)executions, "about", about));
}

void outcomes_json(json_t *o, const struct campaign *c, const struct campaign_result *r)
{
	json_t *outcomes = json_array(), *near = json_array();
	const struct scenario *scn = c->scn;
	char text[SCN_MAX_CONDITIONS * 96];

	for (unsigned i = 0; i < scn->nr_outcomes; i++) {
		const struct scn_outcome *row = &scn->outcome[i];

		add(outcomes, scn_grade_text[row->grade], scn_condition_text(scn, row, 0, text, sizeof(text)), r->outcome[i],
		    row->about);
	}
	if (r->unlisted)
		add(outcomes, scn_grade_text[SCN_FORBIDDEN], unlisted, r->unlisted, no_row);
	if (without_outcome(c, r))
		add(outcomes, "none", unfinished, without_outcome(c, r), not_ended);
	for (unsigned i = 0; i < scn->nr_near; i++)
		json_array_append_new(near, json_pack("{s:s s:I s:s}", "event", scn->near[i].event, "executions",
						      (json_int_t)r->near[i], "about", scn->near[i].about));
	json_object_set_new(o, "outcomes", outcomes);
	json_object_set_new(o, "near", near);
}
