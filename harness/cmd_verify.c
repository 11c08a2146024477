/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rmaptorture verify: every schedule of the scenarios that are named. What it says of each is a claim, so it says how far the
 * claim goes: complete, complete up to a bound, or incomplete and what is left.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "cli/exit.h"
#include "cli/json.h"
#include "cli/out.h"
#include "cli/results.h"
#include "fits_tell.h"
#include "verify/verify.h"

struct verify_batch {
	const struct options *options;
	struct batch campaigns;		/* what explore would do */
	struct verify *item;
	struct verify_result *result;	/* shared with the workers */
	unsigned told;
};

static void batch_of(struct verify_batch *b, const struct options *o, const struct scenario_list *list,
		     const struct settings *settings)
{
	bool bounded = options_given(o, OPT_PREEMPTIONS);
	unsigned nr;

	*b = (struct verify_batch){ .options = o };
	batch_init(&b->campaigns, o, list, settings);
	nr = b->campaigns.nr;
	b->item = calloc(nr + 1, sizeof(*b->item));
	if (!b->item)
		die("out of memory");
	b->result = shared_alloc((nr + 1) * sizeof(*b->result));
	for (unsigned i = 0; i < nr; i++) {
		struct verify *v = &b->item[i];

		v->campaign = b->campaigns.item[i];
		v->campaign.cover = false;	/* traces are counted exactly */
		v->method = bounded ? SEARCH_BOUNDED : SEARCH_TRACES;
		v->preemptions = (unsigned)o->preemptions;
		v->unusual = (u32)o->choices;
		v->campaign.strategy = verify_method_name(v->method);
	}
}

static void batch_end(struct verify_batch *b)
{
	shared_free(b->result, (b->campaigns.nr + 1) * sizeof(*b->result));
	free(b->item);
	batch_free(&b->campaigns);
}

/* ---- the claim ---- */

enum claim { CLAIM_COMPLETE, CLAIM_BOUNDED, CLAIM_INCOMPLETE, CLAIM_FINDING, CLAIM_FAILED };

static const char *const claim_names[] = { "complete", "bounded", "incomplete", "finding", "failed" };

static enum claim claim_of(const struct verify *v, const struct verify_result *r)
{
	if (r->campaign.found)
		return CLAIM_FINDING;
	if (r->campaign.failed || !r->campaign.done)
		return interrupted ? CLAIM_INCOMPLETE : CLAIM_FAILED;
	if (!verify_complete(r))
		return CLAIM_INCOMPLETE;
	return v->method == SEARCH_BOUNDED || r->search.skipped ? CLAIM_BOUNDED : CLAIM_COMPLETE;
}

static int status_of(const struct verify *v, const struct verify_result *r)
{
	int status = campaign_status(&r->campaign);

	return claim_of(v, r) == CLAIM_INCOMPLETE ? exit_combine(status, EXIT_INCONCLUSIVE) : status;
}

static const char *why_incomplete(const struct verify_result *r)
{
	if (interrupted || r->search.end == SEARCH_INTERRUPTED)
		return "interrupted";
	return "stopped by its bound";
}

/* "complete up to 2 preemptions and 0 unusual choices" */
static const char *bounds_text(const struct verify *v, const struct verify_result *r, char text[96])
{
	int at = snprintf(text, 96, "complete up to");

	if (v->method == SEARCH_BOUNDED)
		at += snprintf(text + at, 96 - (size_t)at, " %u preemption%s", v->preemptions, v->preemptions == 1 ? "" : "s");
	if (r->search.skipped)
		snprintf(text + at, 96 - (size_t)at, "%s %u unusual choice%s", v->method == SEARCH_BOUNDED ? " and" : "",
			 v->unusual, v->unusual == 1 ? "" : "s");
	return text;
}

/* ---- telling ---- */

static void print_json(const struct verify *v, const struct verify_result *r)
{
	const struct search_result *s = &r->search;
	json_t *o = campaign_json("verify", &v->campaign, &r->campaign);
	double seconds = r->campaign.elapsed_s;

	json_object_set_new(o, "claim", json_string(claim_names[claim_of(v, r)]));
	if (v->method == SEARCH_BOUNDED)
		json_object_set_new(o, "preemptions", json_integer(v->preemptions));
	json_object_set_new(o, "choices", json_integer(v->unusual));
	json_object_set_new(o, "traces", v->method == SEARCH_TRACES ? json_integer((json_int_t)s->traces) : json_null());
	json_object_set_new(o, "redundant", json_integer((json_int_t)s->redundant));
	json_object_set_new(o, "open", json_integer((json_int_t)s->open));
	json_object_set_new(o, "choices_left_out", json_integer((json_int_t)s->skipped));
	json_object_set_new(o, "spinning", json_integer((json_int_t)s->spins));
	json_object_set_new(o, "longest", json_integer(s->longest));
	json_object_set_new(o, "executions_per_s", json_real(seconds > 0 ? (double)s->executions / seconds : 0));
	put_json(o, stdout);
}

static void work(unsigned i, void *arg)
{
	struct verify_batch *b = arg;

	verify_run(&b->item[i], &b->result[i]);
	b->result[i].campaign.done = 1;
}

static void tell(unsigned i, void *arg)
{
	struct verify_batch *b = arg;

	b->told++;
	if (format_is_machine(b->options)) {
		print_json(&b->item[i], &b->result[i]);
	} else if (b->result[i].campaign.found) {
		progress_clear();
		printf("%s\n", b->result[i].campaign.report);
		fflush(stdout);
	}
}

static void tick(void *arg)
{
	const struct verify_batch *b = arg;
	double elapsed = now_s() - b->campaigns.began;
	char time[PROGRESS_TIME];
	u64 executions = 0;

	if (!progress_due())
		return;
	for (unsigned i = 0; i < b->campaigns.nr; i++)
		executions += b->result[i].search.executions;
	/* How many schedules there are nobody knows: what is done is what is known to be done. */
	progress("%u/%u scenarios, %lu executions (%.0f/s), %s", b->told, b->campaigns.nr, executions,
		 (double)executions / (elapsed + 1e-9), progress_time(time, elapsed, (double)b->told / b->campaigns.nr));
}

static void print_row(struct table *t, const struct verify *v, const struct verify_result *r)
{
	const struct campaign_result *c = &r->campaign;
	enum claim claim = claim_of(v, r);
	struct ending e = campaign_ending(c);
	char bounds[96], open[96];

	if (claim == CLAIM_INCOMPLETE) {
		snprintf(open, sizeof(open), "incomplete: %s, %lu alternatives left", why_incomplete(r), r->search.open);
		e.incomplete = open;
		e.failed = NULL;
		e.done = true;
		e.interrupted = false;
	}
	e.clean = claim == CLAIM_BOUNDED ? bounds_text(v, r, bounds) : "complete";
	table_cell(t, TINT_PLAIN, "%s", v->campaign.scn->name);
	table_cell(t, TINT_PLAIN, "%s", v->campaign.provider->name);
	table_cell(t, TINT_PLAIN, "%lu", r->search.executions);
	if (v->method == SEARCH_TRACES)
		table_cell(t, TINT_PLAIN, "%lu", r->search.traces);
	else
		table_cell(t, TINT_DIM, "-");
	table_cell(t, TINT_PLAIN, "%u", r->search.longest);
	ending_cells(t, &e);
}

/* A claim is worth what it rests on. */
static void print_caveats(const struct verify_batch *b)
{
	bool claimed = false, spins = false;

	for (unsigned i = 0; i < b->campaigns.nr; i++) {
		enum claim claim = claim_of(&b->item[i], &b->result[i]);

		claimed |= claim == CLAIM_COMPLETE || claim == CLAIM_BOUNDED;
		spins |= b->result[i].search.spins > 0;
	}
	if (claimed)
		printf("complete: every other schedule ends as one of these does, if the model is free of data races (see make tsan)\n");
	if (claimed && spins)
		printf("          and but for those that spin in a loop longer than they have to\n");
}

static void print_table(const struct verify_batch *b)
{
	static const struct table_column columns[] = {
		{ "scenario", ALIGN_LEFT }, { "provider", ALIGN_LEFT },	 { "executions", ALIGN_RIGHT },
		{ "traces", ALIGN_RIGHT },  { "longest", ALIGN_RIGHT },	 { "goals", ALIGN_RIGHT },
		{ "findings", ALIGN_RIGHT }, { "seconds", ALIGN_RIGHT }, { "verdict", ALIGN_LEFT },
	};
	struct table *t = table_new(columns, ARRAY_SIZE(columns));

	for (unsigned i = 0; i < b->campaigns.nr; i++)
		print_row(t, &b->item[i], &b->result[i]);
	table_print(t, stdout);
	table_free(t);
	print_caveats(b);
	if (b->campaigns.nr == 1 || b->options->verbose)
		for (unsigned i = 0; i < b->campaigns.nr; i++)
			print_outcomes(&b->item[i].campaign, &b->result[i].campaign);
}

static int batch_verify(struct verify_batch *b)
{
	const struct pool pool = {
		.nr = b->campaigns.nr, .jobs = (unsigned)b->options->jobs, .fn = work, .done = tell, .tick = tick, .arg = b,
	};
	int status = pool.nr ? EXIT_CLEAN : EXIT_SKIPPED;

	catch_interrupts();
	pool_run(&pool);
	progress_clear();
	while (format_is_machine(b->options) && b->told < pool.nr)
		tell(b->told, b);
	for (unsigned i = 0; i < pool.nr; i++)
		status = exit_combine(status, status_of(&b->item[i], &b->result[i]));
	if (b->options->format == FORMAT_TEXT)
		print_table(b);
	return status;
}

int cmd_verify(const struct options *o)
{
	struct scenario_list list;
	struct settings settings;
	struct verify_batch b;
	char err[ERR_LEN];
	int status;

	/* What is independent is said for operations, not for stores that come later. */
	if (o->memory != MEMORY_SC)
		return usage_error("verify --help", "--memory: expected sc, since verify knows no store buffers; found 'tso'");
	if (o->tear)
		return usage_error("verify --help", "--tear: expected no such option, since verify knows no torn stores");
	if (settings_from_options(o, &settings, err) || scenarios_from_options(o, &list, err))
		return input_error("%s", err);
	batch_of(&b, o, &list, &settings);
	results_expect(list.nr * settings.nr_providers);
	status = batch_verify(&b);
	fits_tell(o, &list, &settings);
	batch_end(&b);
	scenario_list_free(&list);
	return status;
}
