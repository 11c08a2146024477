/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling what hunts came to: a row for each defect, and a summary. See hunt_batch.h. */
#include <jansson.h>
#include <stdio.h>

#include "cli/exit.h"
#include "cli/results.h"
#include "cli/json.h"
#include "cli/out.h"
#include "finding_json.h"
#include "hunt_batch.h"

const char *hunts_how(const struct options *o, char text[32])
{
	const char *where = o->blind ? "blind" : "told";

	if (o->mode == HUNT_EXPLORE)
		snprintf(text, 32, "%s", where);
	else if (o->mode == HUNT_FUZZ)
		snprintf(text, 32, "by fuzz");
	else
		snprintf(text, 32, "%s, by %s", where, hunt_mode_names[o->mode]);
	return text;
}

struct defect_sight hunts_sight(const struct hunts *h, unsigned d)
{
	static const struct defect_sight any = { DEFECT_CLASSES, ~0u };

	return h->defect[d] == HUNT_BUILT_IN ? any : core_defect_sights[h->defect[d]];
}

/* NULL: not known. */
static const char *class_name(const struct hunts *h, unsigned d)
{
	enum defect_class class = hunts_sight(h, d).class;

	return class < DEFECT_CLASSES ? defect_class_names[class] : NULL;
}

const char *hunts_enough_text(unsigned seeds, char text[64])
{
	unsigned enough = hunt_enough(seeds);

	if (enough < seeds)
		snprintf(text, 64, " in at least %u of %u seeds", enough, seeds);
	else
		snprintf(text, 64, " in %s%u seed%s", seeds > 1 ? "all " : "", seeds, seeds > 1 ? "s" : "");
	return text;
}

const char *hunts_unfinished(const struct hunt_result *r, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		if (r[i].failed)
			return r[i].error;
	return interrupted ? "interrupted" : "the worker died";
}

/* ---- a defect ---- */

static const struct hunt_result *first_of(const struct hunts *h, unsigned d, const struct hunt_sum *s)
{
	return s->first < 0 ? NULL : &h->result[d * h->seeds + (unsigned)s->first];
}

static json_t *oracles_json(const struct hunt_sum *s)
{
	json_t *o = json_object();

	for (unsigned i = 1; i < ORACLE_NR; i++)
		if (s->oracle[i])
			json_object_set_new(o, oracle_names[i], json_integer(s->oracle[i]));
	return o;
}

/* With any seed. */
static struct hunt_seen seen_in(const struct hunts *h, unsigned d, unsigned scenario)
{
	struct hunt_seen all = { .executions = 0 };

	for (unsigned i = d * h->seeds; i < (d + 1) * h->seeds; i++)
		hunt_seen_join(&all, &h->item[i].seen[scenario]);
	return all;
}

/* What the scenario's author says of it may happen: its goals and near misses, */
static struct event_set expected_events(const struct scenario *scn)
{
	struct event_set s = { { 0 } };

	for (unsigned i = 0; i < scn->nr_goals; i++)
		event_set_add(&s, event_find(scn->goal[i].name));
	for (unsigned i = 0; i < scn->nr_near; i++)
		event_set_add(&s, event_find(scn->near[i].event));
	return s;
}

/* ... and its outcomes, from 1 on, if they may be. */
static void add_missed(const struct scenario *scn, const struct hunt_seen *seen, json_t *list)
{
	const struct event_set expected = expected_events(scn), missed = event_set_without(&expected, &seen->reached);

	for_each_event (k, &missed)
		json_array_append_new(list, json_sprintf("%s:%s", scn->name, event_name[k]));
	for (unsigned i = 0; i < scn->nr_outcomes; i++)
		if (scn->outcome[i].grade != SCN_FORBIDDEN && !(seen->outcomes >> i & 1))
			json_array_append_new(list, json_sprintf("%s:outcome-%u", scn->name, i + 1));
}

/*
 * What never happened in any execution of a scenario. Whoever has a program that is right can compare: what happens in that, with the
 * same seeds and scenarios, should in this one. Of a scenario that nobody executed nothing can be said.
 */
static json_t *missed_json(const struct hunts *h, unsigned d)
{
	const struct scenario_list *scenarios = h->item[(size_t)d * h->seeds].scenarios;
	json_t *list = json_array();

	for (unsigned i = 0; i < scenarios->nr; i++) {
		const struct hunt_seen seen = seen_in(h, d, i);

		if (seen.executions)
			add_missed(scenarios->item[i], &seen, list);
	}
	return list;
}

static void print_json(const struct hunts *h, unsigned d, const struct hunt_sum *s)
{
	const struct hunt *hunt = &h->item[(size_t)d * h->seeds];
	const struct hunt_result *first = first_of(h, d, s);
	const struct hunt_small *small = &h->small[d];
	json_t *o = json_pack("{s:s s:s s:i s:s? s:s s:s s:b s:i s:i s:i s:I s:I s:I s:f s:f s:f s:o s:i}", "type", "hunt",
			      "defect", hunts_name(h, d), "tier", (int)hunt_tier(hunts_name(h, d)), "class",
			      class_name(h, d), "provider", hunt->provider->name, "mode",
			      hunt_mode_names[hunt->mode], "blind", (int)hunt->blind, "seeds", (int)s->seeds, "found", (int)s->found,
			      "unfinished", (int)s->unfinished, "median_executions", (json_int_t)s->executions.median,
			      "p95_executions", (json_int_t)s->executions.p95, "worst_executions", (json_int_t)s->executions.worst,
			      "mean_s", s->seconds.mean, "median_s", s->seconds.median, "p95_s", s->seconds.p95, "oracles",
			      oracles_json(s), "unexpected", (int)s->unexpected);
	u64 defects[DEFECT_WORDS] = { 0 };

	hunt_switch_on(hunt, defects);
	if (first) {
		finding_json(o, &(struct finding_keys){
			.finding = &first->finding, .report = "", .replay = "", .execution = first->executions, .seed = first->seed,
			.defects = defects,
		});
		json_object_set_new(o, "scenario", json_string(first->name));
	}
	if (small->done) {
		json_object_set_new(o, "preemptions", json_integer((json_int_t)small->preemptions));
		json_object_set_new(o, "directives", json_integer(small->directives));
	}
	if (h->seen && !s->found && !s->unfinished)
		json_object_set_new(o, "missed", missed_json(h, d));
	put_json(o, stdout);
}

/* "O8 O1": those that were first in some seed. */
static const char *oracles_text(const struct hunt_sum *s, char text[64])
{
	int at = 0;

	snprintf(text, 64, "-");
	for (unsigned i = 1; i < ORACLE_NR; i++)
		if (s->oracle[i])
			at += snprintf(text + at, 64 - (size_t)at, "%sO%u", at ? " " : "", i);
	return text;
}

static void print_small(const struct hunt_small *small, struct table *t)
{
	if (small->done)
		table_cell(t, TINT_PLAIN, "%lu/%u", small->preemptions, small->directives);
	else
		table_cell(t, TINT_DIM, "-");
}

static void print_row(const struct hunts *h, unsigned d, const struct hunt_sum *s, struct table *t)
{
	const struct hunt_result *first = first_of(h, d, s);
	unsigned tier = hunt_tier(hunts_name(h, d));
	char text[64];

	table_cell(t, TINT_PLAIN, "%s", hunts_name(h, d));
	if (tier)
		table_cell(t, TINT_PLAIN, "%u", tier);
	else
		table_cell(t, TINT_DIM, "-");
	table_cell(t, s->found == s->seeds ? TINT_GOOD : TINT_BAD, "%u/%u", s->found, s->seeds);
	table_cell(t, TINT_PLAIN, "%.0f", s->executions.median);
	table_cell(t, TINT_PLAIN, "%.0f", s->executions.p95);
	table_cell(t, TINT_PLAIN, "%.0f", s->executions.worst);
	table_cell(t, TINT_DIM, "%.2f", s->seconds.median);
	table_cell(t, TINT_DIM, "%.2f", s->seconds.p95);
	table_cell(t, s->unexpected ? TINT_WARN : TINT_PLAIN, "%s", oracles_text(s, text));
	print_small(&h->small[d], t);
	table_cell(t, TINT_PLAIN, "%s", first ? first->finding.signature : "-");
	table_cell(t, TINT_PLAIN, "%s", first ? first->name : "-");
}

/* ---- all of them ---- */

static void summary_json(const struct hunts *h, const struct hunt_totals *t)
{
	json_t *tiers = json_array();

	for (int i = 1; i <= HUNT_TIERS; i++)
		json_array_append_new(tiers, json_pack("{s:i s:i s:i s:i s:i}", "tier", i, "defects", (int)t->of[i].defects, "found",
						       (int)t->of[i].found, "hunts", (int)t->of[i].hunts, "successes",
						       (int)t->of[i].successes));
	put_json(json_pack("{s:s s:b s:s s:i s:i s:o s:i s:i s:o}", "type", "hunt-summary", "blind", (int)h->options->blind, "mode",
			   hunt_mode_names[h->options->mode], "seeds", (int)h->seeds, "enough", (int)hunt_enough(h->seeds), "budget",
			   json_u64(h->options->executions), "defects", (int)t->of[0].defects, "found", (int)t->of[0].found, "tiers",
			   tiers),
		 stdout);
}

static void print_summary(const struct hunts *h, const struct hunt_totals *t)
{
	char how[32], enough[64];

	printf("\n");
	/* What somebody may hope for who looks for a bug that nobody knows: the first figure. */
	if (h->options->blind && t->of[1].hunts)
		printf("blind: %.0f %% of %u hunts for defects of tier 1 found them\n", 100.0 * t->of[1].successes / t->of[1].hunts,
		       t->of[1].hunts);
	printf("%s: %u of %u defects%s", hunts_how(h->options, how), t->of[0].found, t->of[0].defects,
	       hunts_enough_text(h->seeds, enough));
	for (unsigned i = 1; i <= HUNT_TIERS; i++)
		if (t->of[i].defects)
			printf("; tier %u: %u of %u", i, t->of[i].found, t->of[i].defects);
	printf("\nbudget %lu %s for each seed; smallest: preemptions and directives of the first seed's finding, minimised\n",
	       h->options->executions, h->options->mode == HUNT_STRESS ? "rounds" : "executions");
}

int hunts_tell(const struct hunts *h)
{
	static const struct table_column columns[] = {
		{ "defect", ALIGN_LEFT },    { "tier", ALIGN_RIGHT },	  { "found", ALIGN_RIGHT },    { "median", ALIGN_RIGHT },
		{ "p95", ALIGN_RIGHT },	     { "worst", ALIGN_RIGHT },	  { "median s", ALIGN_RIGHT }, { "p95 s", ALIGN_RIGHT },
		{ "by", ALIGN_LEFT },	     { "smallest", ALIGN_RIGHT }, { "first seen as", ALIGN_LEFT },
		{ "in scenario", ALIGN_LEFT },
	};
	struct table *t = table_new(columns, ARRAY_SIZE(columns));
	struct hunt_totals totals = { 0 };
	unsigned unfinished = 0;
	int status = EXIT_CLEAN;

	for (unsigned d = 0; d < h->nr_defects; d++) {
		struct hunt_sum s;

		hunt_sum_up(&h->result[(size_t)d * h->seeds], h->seeds, hunts_sight(h, d).oracles, &s);
		hunt_count(&totals, hunts_name(h, d), &s);
		unfinished += s.unfinished;
		if (s.found < h->seeds)
			status = EXIT_INCONCLUSIVE;
		if (format_is_machine(h->options))
			print_json(h, d, &s);
		else
			print_row(h, d, &s, t);
	}
	if (format_is_machine(h->options)) {
		summary_json(h, &totals);
	} else {
		table_print(t, stdout);
		print_summary(h, &totals);
	}
	if (unfinished && h->options->format == FORMAT_TEXT)
		printf("%u of %u hunts did not come to their end: %s\n", unfinished, h->nr, hunts_unfinished(h->result, h->nr));
	table_free(t);
	return status;
}
