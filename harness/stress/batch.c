/* SPDX-License-Identifier: GPL-2.0-only */
/* Stress of several scenarios: see batch.h. */
#include "stress/batch.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "campaign.h"
#include "cli/exit.h"
#include "cli/json.h"
#include "cli/out.h"
#include "cli/results.h"
#include "ending.h"
#include "finding_json.h"
#include "known_tell.h"

#define HANG_S 10.0

int stress_batch_init(struct stress_batch *b, const struct options *o, const struct scenario_list *list,
		      const struct settings *settings, char err[256])
{
	*b = (struct stress_batch){ .options = o, .began = now_s() };
	if (affinity_parse(o->affinity, &b->affinity, err))
		return -1;
	b->item = calloc(list->nr * settings->nr_providers + 1, sizeof(*b->item));
	if (!b->item)
		die("out of memory");
	for (unsigned i = 0; i < list->nr; i++)
		for (unsigned p = 0; p < settings->nr_providers; p++) {
			const struct scenario *scn = list->item[i];
			const struct rmap_ops *provider = settings_provider(settings, p, scn);

			if (!provider)
				continue;
			b->item[b->nr++] = (struct stress_config){
				.scn = scn,
				.provider = provider,
				.defects = DEFECTS_OF(settings),
				.oracles = settings->oracles,
				.locking = settings->locking,
				.known = &settings->known,
				.copies = (unsigned)o->threads,
				.noise = (unsigned)o->noise,
				.noise_profile = o->noise_profile,
				.barrier = (unsigned)o->rounds,
				.rounds = o->executions,
				.time_ns = o->time_ns,
				.seed = o->seed,
				.affinity = b->affinity.nr ? &b->affinity : NULL,
				.affinity_name = o->affinity,
				.artifacts = o->artifacts,
				.memory_max = o->memory_max,
				.hang_s = HANG_S,
			};
		}
	b->result = shared_alloc((b->nr + 1) * sizeof(*b->result));
	return 0;
}

void stress_batch_free(struct stress_batch *b)
{
	shared_free(b->result, (b->nr + 1) * sizeof(*b->result));
	free(b->item);
}

static struct ending ending_of(const struct stress_result *r)
{
	return (struct ending){
		.finding = r->found ? r->finding.signature : NULL, .failed = r->failed ? r->error : NULL, .done = r->done,
		.interrupted = r->interrupted, .goals = r->goals,
		.missed = r->ended_known ? (struct event_set){ { 0 } } : event_set_without(&r->goals, &r->reached),
		.clean = r->known.nr ? KNOWN_ONLY : NULL, .elapsed_s = r->elapsed_s,
	};
}

/* Threads stand still for ever after most of what is found, known or not. */
static void look_if_known(const struct stress_config *c, struct stress_result *r)
{
	if (!r->found || !string_list_has(c->known, r->finding.signature))
		return;
	judged_add(&r->known, &r->finding, r->rounds);
	r->found = 0;
	r->ended_known = 1;
}

struct ending stress_batch_ending(const struct stress_batch *b, unsigned i)
{
	struct ending e = ending_of(&b->result[i]);

	if (b->goals_are_others)
		e.missed = (struct event_set){ { 0 } };
	return e;
}

static void work(unsigned i, void *arg)
{
	struct stress_batch *b = arg;

	stress_run(&b->item[i], &b->result[i]);
	b->result[i].done = 1;
}

static void print_json(const struct stress_batch *b, unsigned i)
{
	const struct stress_config *c = &b->item[i];
	const struct stress_result *r = &b->result[i];
	const struct event_set reached = event_set_common(&r->goals, &r->reached);
	bool unbegun = !r->done && interrupted;
	json_t *o = json_pack("{s:s s:s s:s s:o s:i s:I s:I s:i s:s s:o s:i s:o s:o s:b s:b s:f s:f}", "type", "stress", "scenario",
			      c->scn->name, "provider", c->provider->name, "defects", defects_json(c->defects), "threads",
			      (int)c->copies, "rounds", (json_int_t)r->rounds, "ops", (json_int_t)r->ops, "noise", (int)c->noise,
			      "noise_profile", stress_noise_name(c), "seed", json_u64(c->seed), "findings", (int)r->found,
			      "goals_reached", events_json(reached), "goals_missed",
			      events_json(event_set_without(&r->goals, &r->reached)), "goals_judged",
			      (int)!(b->goals_are_others || r->ended_known), "interrupted", (int)(r->interrupted || unbegun), "elapsed_s",
			      r->elapsed_s, "rounds_per_s", r->elapsed_s > 0 ? (double)r->rounds / r->elapsed_s : 0.0);

	if (c->affinity_name)
		json_object_set_new(o, "affinity", json_string(c->affinity_name));
	if (stress_shared_per_op(r) >= 0)
		json_object_set_new(o, "shared_writes_per_op", json_real(stress_shared_per_op(r)));
	if (r->found) {
		finding_json(o, &(struct finding_keys){
			.finding = &r->finding, .report = r->report, .replay = "", .execution = r->rounds, .seed = c->seed,
			.defects = c->defects,
		});
		json_object_set_new(o, "hit_rounds", json_integer((json_int_t)r->rounds + 1));
		json_object_set_new(o, "next", json_text(r->next));
	}
	if (r->failed)
		json_object_set_new(o, "error", json_text(r->error));
	else if (!r->done && !unbegun)
		json_object_set_new(o, "error", json_string("the worker died"));
	put_json(o, stdout);
}

static void tell(unsigned i, void *arg)
{
	struct stress_batch *b = arg;

	b->told++;
	look_if_known(&b->item[i], &b->result[i]);
	if (format_is_machine(b->options)) {
		print_json(b, i);
		known_put(&b->result[i].known, &(struct known_place){
			b->item[i].scn->name, b->item[i].provider->name, b->item[i].defects, b->item[i].seed,
		});
		return;
	}
	if (b->result[i].found) {
		progress_clear();
		printf("%s\n", b->result[i].report);
		fflush(stdout);
	}
	if (b->options->verbose && b->item[i].affinity)
		printf("%s: threads are bound: %s, %u CPUs\n", b->item[i].scn->name, b->item[i].affinity_name, b->affinity.nr);
	if (b->options->verbose)
		stress_tell_sharing(&b->result[i], stdout);
}

static void tick(void *arg)
{
	const struct stress_batch *b = arg;
	double elapsed = now_s() - b->began, all = (double)b->options->time_ns * b->nr;
	char time[PROGRESS_TIME];

	if (b->told < b->nr)
		progress("%u/%u under stress: %s, %s", b->told + 1, b->nr, b->item[b->told].scn->name,
			 progress_time(time, elapsed, all > 0 ? elapsed * 1e9 / all : 0));
}

static void print_row(struct table *t, const struct stress_config *c, const struct stress_result *r)
{
	const struct ending e = ending_of(r);

	table_cell(t, TINT_PLAIN, "%s", c->scn->name);
	table_cell(t, TINT_PLAIN, "%s", c->provider->name);
	table_cell(t, TINT_PLAIN, "%u", c->copies);
	table_cell(t, TINT_PLAIN, "%lu", r->rounds);
	table_cell(t, TINT_PLAIN, "%lu", r->ops);
	ending_cells(t, &e);
}

static void print_table(const struct stress_batch *b)
{
	static const struct table_column columns[] = {
		{ "under stress", ALIGN_LEFT }, { "provider", ALIGN_LEFT },   { "copies", ALIGN_RIGHT },
		{ "rounds", ALIGN_RIGHT },	{ "operations", ALIGN_RIGHT }, { "goals", ALIGN_RIGHT },
		{ "findings", ALIGN_RIGHT },	{ "seconds", ALIGN_RIGHT },   { "verdict", ALIGN_LEFT },
	};
	struct table *t = table_new(columns, ARRAY_SIZE(columns));

	for (unsigned i = 0; i < b->nr; i++)
		print_row(t, &b->item[i], &b->result[i]);
	table_print(t, stdout);
	table_free(t);
}

int stress_batch_run(struct stress_batch *b)
{
	const struct pool pool = { .nr = b->nr, .jobs = b->jobs, .fn = work, .done = tell, .tick = tick, .arg = b };
	int status = EXIT_CLEAN;

	catch_interrupts();
	pool_run(&pool);
	progress_clear();
	while (format_is_machine(b->options) && b->told < b->nr)
		tell(b->told, b);
	for (unsigned i = 0; i < b->nr; i++) {
		const struct ending e = stress_batch_ending(b, i);

		status = exit_combine(status, ending_status(&e));
	}
	if (!b->nr)
		status = EXIT_SKIPPED;
	if (b->options->format == FORMAT_TEXT) {
		print_table(b);
		known_print(&b->result->known, b->nr, sizeof(*b->result));
	}
	return status;
}
