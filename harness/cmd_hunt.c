/* SPDX-License-Identifier: GPL-2.0-only */
/* rmaptorture hunt: switch defects on, one at a time, and measure how soon each is found. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/json.h"
#include "cli/out.h"
#include "defects.h"
#include "fits.h"
#include "explore/strategy.h"
#include "hunt.h"

struct hunts {
	const struct options *options;
	struct hunt *item;
	struct hunt_result *result;	/* shared with the workers */
	unsigned nr, seeds, told, nr_defects;
	int defect[MAX_DEFECTS];
	double began;
};

static void work(unsigned i, void *arg)
{
	struct hunts *h = arg;

	hunt_run(&h->item[i], &h->result[i]);
	h->result[i].done = 1;
}

static void told(unsigned i, void *arg)
{
	struct hunts *h = arg;

	(void)i;
	h->told++;
}

static void tick(void *arg)
{
	const struct hunts *h = arg;

	progress("%u/%u hunts, %.0f s", h->told, h->nr, now_s() - h->began);
}

/* ---- which ---- */

static int add_defect(struct hunts *h, const char *name)
{
	int id = defect_find(name);

	if (id < 0)
		return usage_error("list defects", "expected the name of a defect, found '%s'", name);
	h->defect[h->nr_defects++] = id;
	return 0;
}

static int choose_defects(struct hunts *h)
{
	const struct options *o = h->options;

	if (o->all == (o->operands.nr > 0))
		return usage_error("hunt --help", "expected --all or the names of defects");
	for (int i = 0; o->all && i < CORE_NR_DEFECTS; i++)
		if (defect_visible(i, o))
			h->defect[h->nr_defects++] = i;
	for (unsigned i = 0; i < o->operands.nr; i++)
		if (add_defect(h, o->operands.item[i]))
			return EXIT_USAGE;
	return 0;
}

/* Can the provider have the defect, and are there scenarios to look in? */
static bool of_provider(int d, const struct rmap_ops *provider, const struct scenario_list *list, bool blind)
{
	struct hunt h = { .defect = d, .provider = provider, .scenarios = list, .blind = blind };

	return defect_fits(&core_defects[d], provider) && hunt_possible(&h);
}

/* Of all defects those that the provider can have which was asked for. */
static void keep_those_of_provider(struct hunts *h, const struct scenario_list *list, const struct settings *settings)
{
	unsigned nr = 0;

	if (!h->options->all || settings->newest)
		return;
	for (unsigned i = 0; i < h->nr_defects; i++)
		if (of_provider(h->defect[i], settings->provider[0], list, h->options->blind))
			h->defect[nr++] = h->defect[i];
	h->nr_defects = nr;
}

/* The one that was asked for, if it can have the defect; else the newest that can. */
static const struct rmap_ops *provider_for(int d, const struct settings *settings)
{
	if (defect_fits(&core_defects[d], settings->provider[0]))
		return settings->provider[0];
	for (const struct rmap_ops *const *p = rmap_providers; *p; p++)
		if (defect_fits(&core_defects[d], *p))
			return *p;
	return settings->provider[0];
}

static void fill(struct hunts *h, const struct scenario_list *list, const struct settings *settings)
{
	const struct options *o = h->options;

	h->seeds = (unsigned)o->seeds;
	h->nr = h->nr_defects * h->seeds;
	h->item = calloc(h->nr, sizeof(*h->item));
	if (!h->item)
		die("out of memory");
	h->result = shared_alloc(h->nr * sizeof(*h->result));
	for (unsigned i = 0; i < h->nr; i++) {
		int d = h->defect[i / h->seeds];

		h->item[i] = (struct hunt){
			.defect = d, .seed = o->seed + i % h->seeds, .executions = o->executions,
			.provider = provider_for(d, settings), .scenarios = list, .blind = o->blind,
			.strategy = o->strategy ? o->strategy : "auto", .oracles = settings->oracles, .access = settings->access,
			.artifacts = i % h->seeds ? NULL : o->artifacts, .locking = settings->locking,
			.memory = settings->memory,
		};
	}
}

/* ---- telling ---- */

static int by_value(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

struct summary {
	unsigned found;
	unsigned unfinished;			/* not found, and not for lack of budget */
	u64 median, p95, worst;
	double median_s;
	const struct hunt_result *first;	/* a result that found it */
	const struct scenario *scn;
};

static void summarise(const struct hunts *h, unsigned d, struct summary *s)
{
	u64 *n = calloc(h->seeds, sizeof(*n));
	double time = 0;

	if (!n)
		die("out of memory");
	memset(s, 0, sizeof(*s));
	for (unsigned i = 0; i < h->seeds; i++) {
		const struct hunt_result *r = &h->result[d * h->seeds + i];

		if (!r->found) {
			s->unfinished += !r->done || r->interrupted || r->last.failed;
			continue;
		}
		if (!s->first) {
			s->first = r;
			s->scn = h->item[d * h->seeds + i].scenarios->item[r->scenario];
		}
		n[s->found++] = r->executions;
		time += r->elapsed_s;
	}
	qsort(n, s->found, sizeof(*n), by_value);
	if (s->found) {
		s->median = n[s->found / 2];
		s->p95 = n[(s->found * 95 + 99) / 100 - 1];
		s->worst = n[s->found - 1];
		s->median_s = time / s->found;
	}
	free(n);
}

static void print_json(const struct hunts *h, unsigned d, const struct summary *s)
{
	json_t *o = json_pack("{s:s s:s s:I s:I s:I s:I s:I s:I s:f}", "type", "hunt", "defect",
			      core_defects[h->defect[d]].name, "seeds", (json_int_t)h->seeds, "found",
			      (json_int_t)s->found, "unfinished", (json_int_t)s->unfinished, "median_executions",
			      (json_int_t)s->median, "p95_executions", (json_int_t)s->p95, "worst_executions",
			      (json_int_t)s->worst, "mean_s", s->median_s);

	if (s->first) {
		json_object_set_new(o, "signature", json_string(s->first->last.finding.signature));
		json_object_set_new(o, "scenario", json_string(s->scn->name));
	}
	put_json(o, stdout);
}

static void print_row(const struct hunts *h, unsigned d, const struct summary *s, struct table *t)
{
	const struct defect_row *row = &core_defects[h->defect[d]];

	table_cell(t, TINT_PLAIN, "%s", row->name);
	table_cell(t, s->found == h->seeds ? TINT_GOOD : TINT_BAD, "%u/%u", s->found, h->seeds);
	table_cell(t, TINT_PLAIN, "%lu", s->median);
	table_cell(t, TINT_PLAIN, "%lu", s->p95);
	table_cell(t, TINT_PLAIN, "%lu", s->worst);
	table_cell(t, TINT_DIM, "%.2f", s->median_s);
	table_cell(t, TINT_PLAIN, "%s", s->first ? s->first->last.finding.signature : "-");
	table_cell(t, TINT_PLAIN, "%s", s->first ? s->scn->name : "-");
}

/* Why hunts ended that neither found anything nor used up their budget. */
static const char *why_unfinished(const struct hunts *h)
{
	for (unsigned i = 0; i < h->nr; i++)
		if (h->result[i].last.failed)
			return h->result[i].last.error;
	return interrupted ? "interrupted" : "the worker died";
}

static int report(const struct hunts *h)
{
	static const struct table_column columns[] = {
		{ "defect", ALIGN_LEFT },    { "found", ALIGN_RIGHT },	 { "median", ALIGN_RIGHT }, { "p95", ALIGN_RIGHT },
		{ "worst", ALIGN_RIGHT },    { "seconds", ALIGN_RIGHT }, { "first seen as", ALIGN_LEFT },
		{ "in scenario", ALIGN_LEFT },
	};
	struct table *t = table_new(columns, ARRAY_SIZE(columns));
	unsigned unfinished = 0;
	int status = EXIT_CLEAN;

	for (unsigned d = 0; d < h->nr_defects; d++) {
		struct summary s;

		summarise(h, d, &s);
		unfinished += s.unfinished;
		if (s.found < h->seeds)
			status = EXIT_INCONCLUSIVE;
		if (h->options->format == FORMAT_JSON)
			print_json(h, d, &s);
		else
			print_row(h, d, &s, t);
	}
	if (h->options->format == FORMAT_TEXT) {
		table_print(t, stdout);
		printf("\n%s; budget %lu executions for each seed\n",
		       h->options->blind ? "blind, over all scenarios" : "told which scenario", h->options->executions);
		if (unfinished)
			printf("%u of %u hunts did not come to their end: %s\n", unfinished, h->nr, why_unfinished(h));
	}
	table_free(t);
	return status;
}

int cmd_hunt(const struct options *o)
{
	struct hunts h = { .options = o, .began = now_s() };
	const struct options all = { .command = o->command };
	struct scenario_list list;
	struct settings settings;
	char err[ERR_LEN];
	int status;

	if (choose_defects(&h))
		return EXIT_USAGE;
	if (o->strategy && !strategy_for(o->strategy, 0))
		return usage_error("list strategies", "--strategy: expected the name of a strategy, found '%s'", o->strategy);
	if (settings_from_options(o, &settings, err) || scenarios_from_options(&all, &list, err))
		return input_error("%s", err);
	keep_those_of_provider(&h, &list, &settings);
	fill(&h, &list, &settings);
	catch_interrupts();
	pool_run(&(struct pool){ .nr = h.nr, .jobs = (unsigned)o->jobs, .fn = work, .done = told, .tick = tick, .arg = &h });
	progress_clear();
	status = report(&h);
	shared_free(h.result, h.nr * sizeof(*h.result));
	free(h.item);
	scenario_list_free(&list);
	return status;
}
