/* SPDX-License-Identifier: GPL-2.0-only */
/* What a night would do, and how long: --dry-run. */
#include <stdio.h>

#include "cli/json.h"
#include "cli/out.h"
#include "nightly/night.h"

/* Of one group, this shard's. */
struct amount {
	unsigned jobs, items;
	double seconds;			/* of processors */
};

/* In a night that is bounded by time, what is not bounded by executions shares what is left. */
static double left_to_share(const struct night *n)
{
	double left = n->time_s * (double)n->options->jobs;

	for (unsigned i = 0; i < n->jobs.nr; i++) {
		const struct job *job = &n->jobs.item[i];

		if (job->shard == n->shard && job->weight <= 0)
			left -= job->estimate_s * (job->group->alone ? (double)n->options->jobs : 1);
	}
	return left > 0 ? left : 0;
}

static double weight_of_all(const struct night *n)
{
	double sum = 0;

	for (unsigned i = 0; i < n->jobs.nr; i++)
		if (n->jobs.item[i].shard == n->shard)
			sum += n->jobs.item[i].weight;
	return sum;
}

static struct amount amount_of(const struct night *n, const struct plan_group *g)
{
	double share = n->time_s > 0 && weight_of_all(n) > 0 ? left_to_share(n) / weight_of_all(n) : 0;
	struct amount a = { 0 };

	for (unsigned i = 0; i < n->jobs.nr; i++) {
		const struct job *job = &n->jobs.item[i];

		if (job->group != g || job->shard != n->shard)
			continue;
		a.jobs++;
		a.items += job->nr_items;
		a.seconds += n->time_s > 0 && job->weight > 0 ? share * job->weight : job->estimate_s;
	}
	return a;
}

/* All of it in one process each: what has to be alone takes all. */
static double whole(const struct night *n)
{
	double beside = 0, alone = 0;

	for (unsigned i = 0; i < n->jobs.plan->nr; i++) {
		const struct amount a = amount_of(n, &n->jobs.plan->group[i]);

		*(n->jobs.plan->group[i].alone ? &alone : &beside) += a.seconds;
	}
	return beside / (double)n->options->jobs + alone;
}

static void print_row(struct table *t, const struct night *n, const struct plan_group *g)
{
	const struct amount a = amount_of(n, g);
	bool timed = n->time_s > 0 && g->share;

	if (!a.jobs)
		return;
	table_cell(t, TINT_PLAIN, "%s", g->name);
	table_cell(t, TINT_DIM, "%s", g->flavour);
	table_cell(t, TINT_PLAIN, "%u", a.jobs);
	table_cell(t, TINT_PLAIN, "%u", a.items);
	if (timed)
		table_cell(t, TINT_PLAIN, "%.2f s each", a.seconds / max(a.items, a.jobs));
	else if (g->executions)
		table_cell(t, TINT_PLAIN, "%lu executions each",
			   n->options->executions ? min(g->executions, n->options->executions) : g->executions);
	else
		table_cell(t, TINT_PLAIN, "as it says itself");
	table_cell(t, TINT_PLAIN, "%.0f", a.seconds);
	table_cell(t, TINT_DIM, "%s", g->about ? g->about : "");
}

static void tell_json(const struct night *n, const struct plan_group *g)
{
	const struct amount a = amount_of(n, g);

	put_json(json_pack("{s:s s:s s:s s:i s:i s:f s:s}", "type", "plan-group", "group", g->name, "flavour", g->flavour, "jobs",
			   (int)a.jobs, "items", (int)a.items, "estimate_s", a.seconds, "about", g->about ? g->about : ""), stdout);
}

void night_tell_plan(const struct night *n)
{
	static const struct table_column columns[] = {
		{ "group", ALIGN_LEFT },     { "flavour", ALIGN_LEFT },    { "jobs", ALIGN_RIGHT }, { "items", ALIGN_RIGHT },
		{ "amount", ALIGN_RIGHT }, { "CPU seconds", ALIGN_RIGHT }, { "what", ALIGN_LEFT },
	};
	struct table *t = table_new(columns, ARRAY_SIZE(columns));

	for (unsigned i = 0; i < n->jobs.plan->nr; i++)
		if (n->options->format == FORMAT_TEXT)
			print_row(t, n, &n->jobs.plan->group[i]);
		else
			tell_json(n, &n->jobs.plan->group[i]);
	if (n->options->format == FORMAT_TEXT) {
		table_print(t, stdout);
		printf("night %s, seed %lu, shard %u of %u, in %s: about %.0f minutes with %lu processes\n", n->name, n->seed, n->shard,
		       n->shards, n->dir, whole(n) / 60, n->options->jobs);
	}
	table_free(t);
}
