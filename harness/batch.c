/* SPDX-License-Identifier: GPL-2.0-only */
/* Many campaigns: see batch.h. */
#include "batch.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/json.h"
#include "cli/out.h"
#include "cli/results.h"
#include "finding_json.h"
#include "known_tell.h"

void batch_init(struct batch *b, const struct options *o, const struct scenario_list *list, const struct settings *settings)
{
	*b = (struct batch){ .options = o, .began = now_s() };
	b->item = calloc(list->nr * settings->nr_providers + 1, sizeof(*b->item));
	if (!b->item)
		die("out of memory");
	for (unsigned i = 0; i < list->nr; i++)
		for (unsigned p = 0; p < settings->nr_providers; p++) {
			const struct rmap_ops *provider = settings_provider(settings, p, list->item[i]);

			if (!provider)
				continue;
			b->item[b->nr++] = (struct campaign){
				.scn = list->item[i], .provider = provider,
				.defects = DEFECTS_OF(settings), .oracles = settings->oracles,
				.access = settings->access, .memory = settings->memory,
				.strategy = o->strategy ? o->strategy : "auto", .seed = o->seed, .executions = o->executions,
				.time_ns = o->time_ns, .target = o->target, .artifacts = o->artifacts,
				.locking = settings->locking, .known = &settings->known, .minimise = MINIMISE_FOUND, .cover = true,
			};
		}
	b->result = shared_alloc((b->nr + 1) * sizeof(*b->result));
}

void batch_free(struct batch *b)
{
	shared_free(b->result, (b->nr + 1) * sizeof(*b->result));
	free(b->item);
}

/* ---- telling ---- */

struct ending campaign_ending(const struct campaign_result *r)
{
	return (struct ending){
		.finding = r->found ? r->finding.signature : NULL, .failed = r->failed ? r->error : NULL, .done = r->done,
		.interrupted = r->interrupted, .goals = r->goals, .missed = goals_missed(r),
		.clean = r->known.nr ? KNOWN_ONLY : r->exhausted ? "clean, no schedule is left" : NULL, .elapsed_s = r->elapsed_s,
	};
}

int campaign_status(const struct campaign_result *r)
{
	const struct ending e = campaign_ending(r);

	return ending_status(&e);
}

json_t *campaign_json(const char *type, const struct campaign *c, const struct campaign_result *r)
{
	json_t *o = json_pack("{s:s s:s s:s s:o s:s s:o s:I s:I s:I s:o s:o s:I s:f}", "type", type, "scenario", c->scn->name,
			      "provider", c->provider->name, "defects", defects_json(c->defects), "strategy", c->strategy,
			      "seed", json_u64(c->seed), "executions", (json_int_t)r->executions, "steps",
			      (json_int_t)r->steps, "decisions", (json_int_t)r->decisions, "goals_reached",
			      events_json(event_set_common(&r->goals, &r->reached)), "goals_missed", events_json(goals_missed(r)), "stuck",
			      (json_int_t)r->stuck, "elapsed_s", r->elapsed_s);
	bool unbegun = !r->done && interrupted;

	json_object_set_new(o, "findings", json_integer(r->found));
	json_object_set_new(o, "exhausted", json_boolean(r->exhausted));
	json_object_set_new(o, "interrupted", json_boolean(r->interrupted || unbegun));
	outcomes_json(o, c, r);
	if (c->cover)
		json_object_set_new(o, "coverage", cover_json(r));
	if (r->found)
		finding_json(o, &(struct finding_keys){
			.finding = &r->finding, .report = r->report, .replay = r->replay, .execution = r->found_at, .seed = c->seed,
			.defects = c->defects,
		});
	if (r->failed)
		json_object_set_new(o, "error", json_text(r->error));
	else if (!r->done && !unbegun)
		json_object_set_new(o, "error", json_string("the worker died"));
	return o;
}

void print_campaign_json(const char *type, const struct campaign *c, const struct campaign_result *r)
{
	json_t *o = campaign_json(type, c, r);

	put_json(o, stdout);
}

/* In the order of the table, as soon as all before are told: an interrupted run has told what it knows. */
static void tell(unsigned i, void *arg)
{
	struct batch *b = arg;
	const struct campaign_result *r = &b->result[i];

	b->told++;
	if (b->quiet)
		return;
	if (format_is_machine(b->options)) {
		print_campaign_json("explore", &b->item[i], r);
		known_put(&r->known, &(struct known_place){
			b->item[i].scn->name, b->item[i].provider->name, b->item[i].defects, b->item[i].seed,
		});
		return;
	}
	if (!r->found)
		return;
	progress_clear();
	printf("%s\n", r->report);
	fflush(stdout);
}

/* How much is done: by executions, or by the time that each campaign may take, whichever ends it first. */
static double share_done(const struct batch *b, u64 executions, double elapsed)
{
	double all = 0, by_executions, by_time = 0;

	for (unsigned i = 0; i < b->nr; i++)
		all += (double)b->item[i].executions;
	by_executions = all > 0 ? (double)executions / all : 0;
	if (b->options->time_ns)
		by_time = elapsed * 1e9 * (double)b->options->jobs / ((double)b->options->time_ns * b->nr);
	return by_executions > by_time ? by_executions : by_time;
}

static void tick(void *arg)
{
	const struct batch *b = arg;
	double elapsed = now_s() - b->began;
	char time[PROGRESS_TIME];
	u64 executions, steps;

	if (!progress_due())
		return;
	slices_progress(&b->slices, &executions, &steps);
	progress("%u/%u campaigns, %lu executions (%.0f/s), %lu steps, %s", b->told, b->nr, executions,
		 (double)executions / (elapsed + 1e-9), steps, progress_time(time, elapsed, share_done(b, executions, elapsed)));
}

static void print_row(struct table *t, const struct campaign *c, const struct campaign_result *r)
{
	const struct ending e = campaign_ending(r);

	table_cell(t, TINT_PLAIN, "%s", c->scn->name);
	table_cell(t, TINT_PLAIN, "%s", c->provider->name);
	table_cell(t, TINT_PLAIN, "%lu", r->executions);
	table_cell(t, TINT_PLAIN, "%lu", r->steps);
	table_cell(t, TINT_PLAIN, "%lu", r->cover.traces);
	table_cell(t, TINT_DIM, "%.1f %%", 100 * cover_unseen(&r->cover));
	ending_cells(t, &e);
}

static void print_table(const struct batch *b)
{
	static const struct table_column columns[] = {
		{ "scenario", ALIGN_LEFT },   { "provider", ALIGN_LEFT },   { "executions", ALIGN_RIGHT },
		{ "steps", ALIGN_RIGHT },     { "traces", ALIGN_RIGHT },    { "unseen", ALIGN_RIGHT },
		{ "goals", ALIGN_RIGHT },     { "findings", ALIGN_RIGHT },  { "seconds", ALIGN_RIGHT },
		{ "verdict", ALIGN_LEFT },
	};
	struct table *t = table_new(columns, ARRAY_SIZE(columns));

	for (unsigned i = 0; i < b->nr; i++)
		print_row(t, &b->item[i], &b->result[i]);
	table_print(t, stdout);
	table_free(t);
}

static bool one_scenario(const struct batch *b)
{
	for (unsigned i = 1; i < b->nr; i++)
		if (b->item[i].scn != b->item[0].scn)
			return false;
	return true;
}

/* Whoever asks about one scenario wants to see them; among many only what may not be is worth the lines. */
static void print_all_outcomes(const struct batch *b)
{
	bool all = b->options->verbose || one_scenario(b);

	for (unsigned i = 0; i < b->nr; i++)
		if (all || outcome_forbidden(&b->item[i], &b->result[i]))
			print_outcomes(&b->item[i], &b->result[i]);
}

int batch_run(struct batch *b)
{
	int status = EXIT_CLEAN;

	catch_interrupts();
	b->slices = (struct slices){
		.campaign = b->item, .result = b->result, .nr_campaigns = b->nr, .told = tell, .tick = tick, .arg = b,
	};
	slices_run(&b->slices, (unsigned)b->options->jobs);
	progress_clear();
	/* After an interrupt those that were not begun have a result, too. */
	while (format_is_machine(b->options) && b->told < b->nr)
		tell(b->told, b);
	for (unsigned i = 0; i < b->nr; i++)
		status = exit_combine(status, campaign_status(&b->result[i]));
	if (!b->nr)
		status = EXIT_SKIPPED;
	if (b->options->format == FORMAT_TEXT && !b->quiet) {
		print_table(b);
		known_print(&b->result->known, b->nr, sizeof(*b->result));
		print_all_outcomes(b);
		for (unsigned i = 0; b->options->verbose && i < b->nr; i++)
			print_cover(&b->item[i], &b->result[i]);
	}
	return status;
}
