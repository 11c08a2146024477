/* SPDX-License-Identifier: GPL-2.0-only */
/* rmaptorture hunt: switch defects on, one at a time, and measure how soon each is found. */
#include <stdlib.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/out.h"
#include "explore/strategy.h"
#include "fits.h"
#include "hunt_batch.h"

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
	double elapsed = now_s() - h->began;
	char time[PROGRESS_TIME];

	progress("%u/%u hunts (%.1f/s), %s", h->told, h->nr, h->told / (elapsed + 1e-9),
		 progress_time(time, elapsed, (double)h->told / h->nr));
}

/* ---- which ---- */

static int add_defect(struct hunts *h, const char *name)
{
	int id = defect_find(name);

	if (id < 0)
		return usage_error("list defects", "expected the name of a defect, found '%s'", name);
	/* Not to find it would say nothing of it. */
	if (!defect_visible(id, h->options))
		return usage_error("list defects", "expected a defect that shows here, found '%s': it does in flavour %s", name,
				   core_defects[id].seen_by);
	h->defect[h->nr_defects++] = id;
	return 0;
}

static int choose_defects(struct hunts *h)
{
	const struct options *o = h->options;

	if (o->built_in && !o->all) {
		h->defect[h->nr_defects++] = HUNT_BUILT_IN;	/* operands are scenarios */
		return 0;
	}
	if (o->built_in || o->all == (o->operands.nr > 0))
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
static bool of_provider(int d, const struct rmap_ops *provider, const struct scenario_list *list, const struct options *o)
{
	struct hunt h = { .defect = d, .provider = provider, .scenarios = list, .blind = o->blind, .mode = o->mode };

	return defect_fits(&core_defects[d], provider) && hunt_possible(&h);
}

/* Of all defects those that the provider can have which was asked for. */
static void keep_those_of_provider(struct hunts *h, const struct scenario_list *list, const struct settings *settings)
{
	unsigned nr = 0;

	if (!h->options->all || settings->newest)
		return;
	for (unsigned i = 0; i < h->nr_defects; i++)
		if (of_provider(h->defect[i], settings->provider[0], list, h->options))
			h->defect[nr++] = h->defect[i];
	h->nr_defects = nr;
}

/* The one that was asked for, if it can have the defect; else the newest that can. */
static const struct rmap_ops *provider_for(int d, const struct settings *settings)
{
	if (d == HUNT_BUILT_IN || defect_fits(&core_defects[d], settings->provider[0]))
		return settings->provider[0];
	for (const struct rmap_ops *const *p = rmap_providers; *p; p++)
		if (defect_fits(&core_defects[d], *p))
			return *p;
	return settings->provider[0];
}

static void fill(struct hunts *h, const struct scenario_list *list, const struct settings *settings)
{
	const struct options *o = h->options;

	/* Nothing is drawn where everything is tried. */
	h->seeds = o->mode == HUNT_VERIFY ? 1 : (unsigned)o->seeds;
	h->nr = h->nr_defects * h->seeds;
	h->item = calloc(h->nr + 1, sizeof(*h->item));
	if (!h->item)
		die("out of memory");
	h->result = shared_alloc((h->nr + 1) * sizeof(*h->result));
	h->small = shared_alloc((h->nr_defects + 1) * sizeof(*h->small));
	h->seen = o->built_in ? shared_alloc(((size_t)h->nr * list->nr + 1) * sizeof(*h->seen)) : NULL;
	for (unsigned i = 0; i < h->nr; i++) {
		int d = h->defect[i / h->seeds];

		h->item[i] = (struct hunt){
			.defect = d, .seed = o->seed + i % h->seeds, .executions = o->executions, .mode = o->mode,
			.provider = provider_for(d, settings), .scenarios = list, .blind = o->blind,
			.fuzz = o->blind, .strategy = o->strategy ? o->strategy : "auto", .oracles = settings->oracles,
			.settings = settings, .options = o,
			.artifacts = i % h->seeds || o->ablation ? NULL : o->artifacts,
			.seen = h->seen ? &h->seen[(size_t)i * list->nr] : NULL,
		};
	}
}

/* ---- how small ---- */

/* The first seed of the d-th defect that found it; NULL: none did, or nobody has the time. */
static const struct hunt_result *first_found(const struct hunts *h, unsigned d)
{
	for (unsigned i = d * h->seeds; i < (d + 1) * h->seeds && !interrupted; i++)
		if (h->result[i].found)
			return &h->result[i];
	return NULL;
}

static bool is_found(unsigned d, void *arg)
{
	return first_found(arg, d);
}

static void minimise_one(unsigned d, void *arg)
{
	struct hunts *h = arg;
	const struct hunt_result *r = first_found(h, d);

	if (r)
		hunt_minimise(&h->item[r - h->result], r, &h->small[d]);
}

static void minimised(unsigned d, void *arg)
{
	(void)d;
	(void)arg;
}

static void tick_minimising(void *arg)
{
	const struct hunts *h = arg;

	progress("minimising, %.0f s", now_s() - h->began);
}

static void run(struct hunts *h)
{
	const unsigned jobs = (unsigned)h->options->jobs;

	catch_interrupts();
	pool_run(&(struct pool){ .nr = h->nr, .jobs = jobs, .fn = work, .done = told, .tick = tick, .arg = h });
	if (!interrupted && !h->options->ablation && !h->options->built_in)
		pool_run(&(struct pool){
			.nr = h->nr_defects, .jobs = jobs, .begin = is_found, .fn = minimise_one, .done = minimised,
			.tick = tick_minimising, .arg = h,
		});
	progress_clear();
}

/* ---- what goes together ---- */

#define IN(mode) (1u << HUNT_##mode)

/* Options of some modes; in the others they would say nothing. */
static const struct {
	enum option_id id;
	const char *name;
	unsigned modes;
} mode_options[] = {
	{ OPT_BLIND, "blind", IN(EXPLORE) | IN(STRESS) | IN(VERIFY) },
	{ OPT_SEEDS, "seeds", IN(EXPLORE) | IN(STRESS) | IN(FUZZ) },
	{ OPT_ABLATION, "ablation", IN(EXPLORE) | IN(VERIFY) | IN(FUZZ) },	/* real threads do nothing twice */
	{ OPT_STRATEGY, "strategy", IN(EXPLORE) | IN(FUZZ) },
	{ OPT_SCHEDULES, "schedules", IN(EXPLORE) | IN(FUZZ) },
	{ OPT_POINTS, "points", IN(EXPLORE) | IN(FUZZ) },
	{ OPT_RACES, "races", IN(EXPLORE) | IN(FUZZ) },
	{ OPT_TEAR, "tear", IN(EXPLORE) | IN(FUZZ) },
	{ OPT_MEMORY, "memory", IN(EXPLORE) | IN(FUZZ) },
	{ OPT_PREEMPTIONS, "preemptions", IN(VERIFY) },
	{ OPT_CHOICES, "choices", IN(VERIFY) },
	{ OPT_THREADS, "threads", IN(STRESS) },
	{ OPT_NOISE, "noise", IN(STRESS) },
	{ OPT_NOISE_PROFILE, "noise-profile", IN(STRESS) },
	{ OPT_ROUNDS, "rounds", IN(STRESS) },
};

static int check_options(const struct options *o)
{
	for (size_t i = 0; i < ARRAY_SIZE(mode_options); i++)
		if (options_given(o, mode_options[i].id) && !(mode_options[i].modes >> o->mode & 1))
			return usage_error("hunt --help", "--%s: expected no such option with --mode %s", mode_options[i].name,
					   hunt_mode_names[o->mode]);
	if (o->strategy && !strategy_for(o->strategy, 0))
		return usage_error("list strategies", "--strategy: expected the name of a strategy, found '%s'", o->strategy);
	return 0;
}

int cmd_hunt(const struct options *o)
{
	struct hunts h = { .options = o, .began = now_s() };
	const struct options all = { .command = o->command };
	struct scenario_list list;
	struct settings settings;
	char err[ERR_LEN];
	int status;

	if (check_options(o) || choose_defects(&h))
		return EXIT_USAGE;
	if (settings_from_options(o, &settings, err) || scenarios_from_options(o->built_in ? o : &all, &list, err))
		return input_error("%s", err);
	keep_those_of_provider(&h, &list, &settings);
	fill(&h, &list, &settings);
	run(&h);
	status = o->ablation ? hunts_ablate(&h) : hunts_tell(&h);
	shared_free(h.result, (h.nr + 1) * sizeof(*h.result));
	shared_free(h.small, (h.nr_defects + 1) * sizeof(*h.small));
	if (h.seen)
		shared_free(h.seen, (h.nr * list.nr + 1) * sizeof(*h.seen));
	free(h.item);
	scenario_list_free(&list);
	return status;
}
