/* SPDX-License-Identifier: GPL-2.0-only */
/* See jobs.h. */
#define _GNU_SOURCE
#include "nightly/jobs.h"

#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "cli/option-table.h"
#include "defects.h"
#include "explore/rng.h"
#include "fits.h"
#include "hash.h"
#include "hunt.h"

struct expansion {
	struct job_list *list;
	const struct options *options;
	struct scenario_list scenarios;	/* all */
	struct settings settings;
	char *err;
};

static bool asked_for(const struct words *patterns, const char *name)
{
	for (unsigned i = 0; i < patterns->nr; i++)
		if (!fnmatch(patterns->word[i], name, 0))
			return true;
	return !patterns->nr;
}

static const struct rmap_ops *named_provider(const struct plan_group *g)
{
	for (unsigned i = 0; i + 1 < g->command.nr; i++)
		if (!strcmp(g->command.word[i], "--provider"))
			return rmap_find(g->command.word[i + 1]);
	return NULL;
}

/* ---- what a group's jobs get ---- */

struct items {
	const char **name;
	unsigned nr;
};

static void take_scenarios(const struct expansion *e, const struct plan_group *g, const struct rmap_ops *provider, struct items *items)
{
	for (unsigned i = 0; i < e->scenarios.nr; i++) {
		const struct scenario *scn = e->scenarios.item[i];

		if (asked_for(&g->scenarios, scn->name) && (!provider || scenario_fits(scn, provider, NULL)))
			items->name[items->nr++] = scn->name;
	}
}

/* Can a hunt find it there? */
static bool huntable(const struct expansion *e, const struct plan_group *g, int defect, const struct rmap_ops *provider)
{
	const struct hunt h = { .defect = defect, .provider = provider, .scenarios = &e->scenarios };

	if (!defect_visible_in(defect, g->flavour, plan_says(g, "--tear")))
		return false;
	return !provider || (defect_fits(&core_defects[defect], provider) && hunt_possible(&h));
}

static void take_defects(const struct expansion *e, const struct plan_group *g, const struct rmap_ops *provider, struct items *items)
{
	for (int i = 0; i < CORE_NR_DEFECTS; i++)
		if (asked_for(&g->defects, core_defects[i].name) && huntable(e, g, i, provider))
			items->name[items->nr++] = core_defects[i].name;
}

/* Others every night, but the same in all shards of one. What is kept stays in its order. */
static void take_sample(const struct expansion *e, const struct plan_group *g, struct items *items)
{
	u64 rng = e->list->seed ^ hash_text(HASH_BASIS, g->name);
	unsigned left = (unsigned)g->sample, kept = 0;

	for (unsigned i = 0; i < items->nr && left; i++)
		if (rng_below(&rng, items->nr - i) < left) {
			items->name[kept++] = items->name[i];
			left--;
		}
	items->nr = kept;
}

/* ---- one group ---- */

static struct job *new_job(struct expansion *e, const struct plan_group *g, const struct rmap_ops *provider)
{
	struct job_list *list = e->list;
	struct job *job;

	list->item = must(reallocarray(list->item, list->nr + 1, sizeof(*list->item)));
	job = &list->item[list->nr++];
	*job = (struct job){ .group = g, .provider = provider, .executions = g->executions };
	if (job->executions && options_given(e->options, OPT_EXECUTIONS))
		job->executions = min(job->executions, e->options->executions);
	return job;
}

static void name_job(struct job *job, bool numbered, unsigned number)
{
	char part[16] = "";

	if (numbered)
		snprintf(part, sizeof(part), ".%02u", number);
	if (asprintf(&job->name, "%s%s%s%s", job->group->name, job->provider ? "." : "", job->provider ? job->provider->name : "",
		     part) < 0)
		must(NULL);
}

static void estimate_job(struct job *job, unsigned items_of_group)
{
	const struct plan_group *g = job->group;
	unsigned parts = max(job->nr_items, 1u);

	job->estimate_s = parts * ((double)g->cost_ms / 1000 + (g->rate ? (double)job->executions / (double)g->rate : 0));
	job->weight = (double)g->share * parts / max(items_of_group, 1u);
}

/* Jobs of as many parts as the group allows, all of nearly the same size. */
static unsigned cut_into_jobs(struct expansion *e, const struct plan_group *g, const struct rmap_ops *provider, const struct items *items)
{
	unsigned chunk = g->chunk ? (unsigned)g->chunk : items->nr, parts = items->nr ? (items->nr + chunk - 1) / chunk : 0;

	for (unsigned p = 0; p < parts; p++) {
		struct job *job = new_job(e, g, provider);
		unsigned from = items->nr * p / parts, to = items->nr * (p + 1) / parts;

		name_job(job, g->chunk, p + 1);
		job->item = must(calloc(to - from, sizeof(*job->item)));
		for (; from < to; from++)
			job->item[job->nr_items++] = must(strdup(items->name[from]));
	}
	return items->nr;
}

static unsigned expand_for(struct expansion *e, const struct plan_group *g, const struct rmap_ops *provider)
{
	const struct rmap_ops *fits = provider ? provider : named_provider(g);
	struct items items = { .name = must(calloc(e->scenarios.nr + CORE_NR_DEFECTS + 1, sizeof(*items.name))) };
	unsigned nr;

	if (plan_says(g, "{scenarios}"))
		take_scenarios(e, g, fits, &items);
	else if (plan_says(g, "{defects}"))
		take_defects(e, g, fits, &items);
	if (g->sample && g->sample < items.nr)
		take_sample(e, g, &items);
	if (plan_says(g, "{scenarios}") || plan_says(g, "{defects}")) {
		nr = cut_into_jobs(e, g, provider, &items);
	} else {
		name_job(new_job(e, g, provider), false, 0);
		nr = 1;
	}
	free(items.name);
	return nr;
}

static bool wanted_provider(const struct expansion *e, const struct plan_group *g, const struct rmap_ops *provider)
{
	bool wanted = !e->options->providers.nr;

	for (unsigned i = 0; i < e->options->providers.nr; i++)
		wanted |= !strcmp(e->options->providers.item[i], provider->name);
	return wanted && asked_for(&g->providers, provider->name);
}

static void expand_group(struct expansion *e, const struct plan_group *g)
{
	unsigned first = e->list->nr, items = 0;

	if (!plan_says(g, "{provider}"))
		items = expand_for(e, g, NULL);
	else
		for (const struct rmap_ops *const *p = rmap_providers; *p; p++)
			if (wanted_provider(e, g, *p))
				items += expand_for(e, g, *p);
	for (unsigned i = first; i < e->list->nr; i++)
		estimate_job(&e->list->item[i], items);
}

static bool group_is_possible(struct expansion *e, const struct plan_group *g)
{
	const struct command *command = command_find(g->command.word[0]);

	if (!command) {
		snprintf(e->err, ERR_LEN, "plan %s, line %u: expected a command of rmaptorture in group %s, found '%s'",
			 e->list->plan->name, g->line, g->name, g->command.word[0]);
		return false;
	}
	if (g->share && !option_applies(OPT_TIME, command)) {
		snprintf(e->err, ERR_LEN, "plan %s, line %u: expected no share of the time in group %s, as '%s' knows no --time",
			 e->list->plan->name, g->line, g->name, command->name);
		return false;
	}
	return true;
}

/* ---- all groups ---- */

/* What is bounded by executions begins first: how long it takes is not known well. What has to be alone comes last. */
static unsigned rank(const struct job *job)
{
	return job->group->alone ? 2 : job->weight > 0;
}

static int by_rank(const void *a, const void *b)
{
	const struct job *x = a, *y = b;

	if (rank(x) != rank(y))
		return rank(x) < rank(y) ? -1 : 1;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int by_size(const void *a, const void *b)
{
	const struct job *x = *(struct job *const *)a, *y = *(struct job *const *)b;

	if (x->estimate_s != y->estimate_s)
		return x->estimate_s > y->estimate_s ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* The largest first, each to the shard that has least; from the plan's own numbers, which are the same everywhere. */
static void deal_to_shards(struct job_list *list)
{
	struct job **sorted = must(calloc(list->nr + 1, sizeof(*sorted)));
	double *load = must(calloc(list->shards, sizeof(*load)));

	for (unsigned i = 0; i < list->nr; i++)
		sorted[i] = &list->item[i];
	qsort(sorted, list->nr, sizeof(*sorted), by_size);
	for (unsigned i = 0; i < list->nr; i++) {
		unsigned least = 0;

		for (unsigned s = 1; s < list->shards; s++)
			if (load[s] < load[least])
				least = s;
		/* A little for beginning it: else all that costs nothing would go to one. */
		load[least] += sorted[i]->estimate_s + 0.1;
		sorted[i]->shard = least + 1;
	}
	free(load);
	free(sorted);
}

int jobs_from_plan(struct job_list *list, struct plan *plan, const struct options *o, u64 seed, unsigned shards, char err[ERR_LEN])
{
	const struct options all = { .command = CMD_NIGHTLY };
	struct expansion e = { .list = list, .options = o, .err = err };
	int failed = 0;

	*list = (struct job_list){ .plan = plan, .seed = seed, .shards = shards };
	for (unsigned i = 0; i < o->defects.nr; i++)
		string_list_add(&list->defects, o->defects.item[i], strlen(o->defects.item[i]));
	if (settings_from_options(o, &e.settings, err) || scenarios_from_options(&all, &e.scenarios, err))
		return -1;
	for (unsigned i = 0; i < plan->nr && !failed; i++) {
		failed = group_is_possible(&e, &plan->group[i]) ? 0 : -1;
		if (!failed)
			expand_group(&e, &plan->group[i]);
	}
	if (list->nr)
		qsort(list->item, list->nr, sizeof(*list->item), by_rank);
	deal_to_shards(list);
	scenario_list_free(&e.scenarios);
	return failed;
}

void jobs_free(struct job_list *list)
{
	for (unsigned i = 0; i < list->nr; i++) {
		struct job *job = &list->item[i];

		while (job->nr_items)
			free(job->item[--job->nr_items]);
		free(job->item);
		free(job->name);
	}
	free(list->item);
	string_list_free(&list->defects);
	string_list_free(&list->known);
	plan_free(list->plan);
}

/* ---- the command line of a job ---- */

struct line {
	char **word;
	unsigned nr;
};

static void put(struct line *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct line *l, const char *format, ...)
{
	va_list args;

	l->word = must(reallocarray(l->word, l->nr + 2, sizeof(*l->word)));
	va_start(args, format);
	if (vasprintf(&l->word[l->nr], format, args) < 0)
		must(NULL);
	va_end(args);
	l->word[++l->nr] = NULL;
}

static void put_command(struct line *l, const struct job *job)
{
	const struct words *command = &job->group->command;

	for (unsigned i = 0; i < command->nr; i++) {
		const char *word = command->word[i];

		if (!strcmp(word, "{scenarios}") || !strcmp(word, "{defects}"))
			for (unsigned k = 0; k < job->nr_items; k++)
				put(l, "%s", job->item[k]);
		else
			put(l, "%s", strcmp(word, "{provider}") ? word : job->provider->name);
	}
}

/* Those that its provider can have: of the others it would only say so. */
static void put_defects(struct line *l, const struct job_list *list, const struct job *job)
{
	const struct rmap_ops *provider = job->provider ? job->provider : named_provider(job->group);

	for (unsigned i = 0; i < list->defects.nr; i++) {
		int id = defect_find(list->defects.item[i]);

		if (id < 0 || (provider && !defect_fits(&core_defects[id], provider)))
			continue;
		put(l, "--defect");
		put(l, "%s", list->defects.item[i]);
	}
}

/* Who hunts looks for what may be known. */
static void put_known(struct line *l, const struct job_list *list)
{
	for (unsigned i = 0; i < list->known.nr; i++) {
		put(l, "--known");
		put(l, "%s", list->known.item[i]);
	}
}

double job_time_each(const struct job *job, double limit_s)
{
	return plan_says(job->group, "{scenarios}") ? limit_s / max(job->nr_items, 1u) : limit_s;
}

char **job_command(const struct job_list *list, const struct job *job, double limit_s, const char *artifacts)
{
	const struct command *command = command_find(job->group->command.word[0]);
	struct line l = { NULL };

	put_command(&l, job);
	if (option_applies(OPT_DEFECT, command))
		put_defects(&l, list, job);
	if (option_applies(OPT_KNOWN_FINDINGS, command))
		put_known(&l, list);
	if (option_applies(OPT_SEED, command)) {
		put(&l, "--seed");
		put(&l, "%lu", list->seed);
	}
	if (job->weight > 0 && limit_s > 0) {
		put(&l, "--time");
		put(&l, "%.0fms", max(1000 * job_time_each(job, limit_s), 1.0));
		if (option_applies(OPT_EXECUTIONS, command) && strcmp(command->name, "stress")) {
			put(&l, "--executions");	/* else its default would end it sooner */
			put(&l, "%lu", UINT64_C(1) << 40);
		}
	} else if (job->executions) {
		put(&l, "--executions");
		put(&l, "%lu", job->executions);
		if (!strcmp(command->name, "stress")) {
			put(&l, "--time");		/* the same */
			put(&l, "1d");
		}
	}
	if (option_applies(OPT_JOBS, command)) {
		put(&l, "--jobs");
		put(&l, "1");
	}
	if (option_applies(OPT_ARTIFACTS, command)) {
		put(&l, "--artifacts");
		put(&l, "%s", artifacts);
	}
	put(&l, "--format");
	put(&l, "json");
	return l.word;
}

void words_list_free(char **words)
{
	for (char **w = words; w && *w; w++)
		free(*w);
	free(words);
}
