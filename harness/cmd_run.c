/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rmaptorture run: the main job. A bounded pass over all scenarios under controlled schedules and under real threads, and the
 * canaries: defects that must be found for the silence of the rest to count.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "cli/exit.h"
#include "cli/json.h"
#include "cli/out.h"
#include "cli/results.h"
#include "defects.h"
#include "fits_tell.h"
#include "explore/strategy.h"
#include "hunt.h"
#include "members.h"
#include "noise.h"
#include "order.h"
#include "stress/batch.h"

#define CANARY_EXECUTIONS 20000
#define STRESS_ROUNDS 1600		/* of each copy of each scenario, with all providers together */

static bool tell_canary(const struct options *o, const struct hunt *h, const struct hunt_result *r)
{
	const char *name = core_defects[h->defect].name;
	const char *scn = h->scenarios->item[r->scenario]->name;

	if (format_is_machine(o)) {
		json_t *j = json_pack("{s:s s:s s:b s:I s:s s:s}", "type", "canary", "defect", name, "found", r->found, "executions",
				      (json_int_t)r->executions, "scenario", scn, "signature", r->finding.signature);

		put_json(j, stdout);
	} else if (r->found) {
		printf("canary %s: found in %s after %lu executions as %s\n", name, scn, r->executions, r->finding.signature);
	} else {
		printf("%scanary %s: NOT FOUND in %lu executions: the silence above does not count%s\n", out_tint(stdout, TINT_BAD),
		       name, r->executions, out_tint(stdout, TINT_PLAIN));
	}
	return r->found;
}

struct canary_run {
	struct hunt hunt[CORE_NR_DEFECTS];
	struct hunt_result *result;
	unsigned nr;
};

static void canary_work(unsigned i, void *arg)
{
	struct canary_run *c = arg;

	hunt_run(&c->hunt[i], &c->result[i]);
}

static void canary_done(unsigned i, void *arg)
{
	(void)i;
	(void)arg;
}

/* Each canary with the first provider that has it. */
static int run_canaries(const struct options *o, const struct scenario_list *list, const struct settings *settings)
{
	struct canary_run c = { .result = shared_alloc(CORE_NR_DEFECTS * sizeof(struct hunt_result)) };
	int status = EXIT_CLEAN;

	for (int i = 0; i < CORE_NR_DEFECTS; i++) {
		const struct defect_row *d = &core_defects[i];

		if (d->kind != DEFECT_CANARY || !defect_visible(i, o))
			continue;
		c.hunt[c.nr++] = (struct hunt){
			.defect = i, .seed = o->seed, .executions = CANARY_EXECUTIONS,
			.provider = d->provider ? rmap_find(d->provider) : settings->provider[0], .scenarios = list, .blind = true,
			.strategy = o->strategy ? o->strategy : "auto", .oracles = ~0u, .settings = settings,
			.options = o,
		};
	}
	pool_run(&(struct pool){ .nr = c.nr, .jobs = (unsigned)o->jobs, .fn = canary_work, .done = canary_done, .arg = &c });
	if (o->format == FORMAT_TEXT)
		putchar('\n');
	for (unsigned i = 0; i < c.nr && !interrupted; i++)
		if (!tell_canary(o, &c.hunt[i], &c.result[i]))
			status = EXIT_INCONCLUSIVE;
	shared_free(c.result, CORE_NR_DEFECTS * sizeof(struct hunt_result));
	return interrupted ? EXIT_INCONCLUSIVE : status;
}

/* A short pass on real threads, with noise. so: it looks at them until it is freed. */
static int run_stress(struct stress_batch *b, struct options *so, const struct scenario_list *list, const struct settings *settings)
{
	char err[256];

	so->threads = 2;
	so->noise = 10;
	so->noise_profile = NOISE_PROFILES;
	so->rounds = 80;
	so->executions = STRESS_ROUNDS / settings->nr_providers;
	so->time_ns = 0;
	if (so->format == FORMAT_TEXT)
		putchar('\n');
	if (stress_batch_init(b, so, list, settings, err))
		die("%s", err);		/* it was not asked where threads are to run */
	b->goals_are_others = true;	/* the schedules above had to reach them; a few rounds of threads may miss one */
	b->jobs = 6;			/* with noise a thread sleeps most of the time */
	return stress_batch_run(b);
}

/* The last lines are those that are read: what has not ended well, once more. */
static void tell_again(const struct batch *batch, const struct stress_batch *stress)
{
	for (unsigned i = 0; i < batch->nr; i++) {
		const struct ending e = campaign_ending(&batch->result[i]);

		ending_tell_again(&e, "", batch->item[i].scn->name, batch->item[i].provider->name);
	}
	for (unsigned i = 0; i < stress->nr; i++) {
		const struct ending e = stress_batch_ending(stress, i);

		ending_tell_again(&e, ", under stress", stress->item[i].scn->name, stress->item[i].provider->name);
	}
}

int cmd_run(const struct options *o)
{
	const struct options all = { .command = o->command };
	struct scenario_list list, every;
	struct settings settings;
	struct verdict *order;		/* of each provider */
	struct datarules *data;		/* the same */
	struct batch batch;
	struct options for_stress = *o;
	struct stress_batch stress = { .nr = 0 };
	char err[ERR_LEN];
	int status;

	if (o->strategy && !strategy_for(o->strategy, 0))
		return usage_error("list strategies", "--strategy: expected the name of a strategy, found '%s'", o->strategy);
	if (settings_from_options(o, &settings, err) || scenarios_from_options(o, &list, err) ||
	    scenarios_from_options(&all, &every, err))
		return input_error("%s", err);
	batch_init(&batch, o, &list, &settings);
	data = members_watch(&batch, &settings);
	status = batch_run(&batch);
	fits_tell(o, &list, &settings);
	order = order_judge(&batch, &settings);
	if (!interrupted)
		status = exit_combine(status, run_stress(&stress, &for_stress, &list, &settings));
	if (!interrupted)
		status = exit_combine(status, run_canaries(o, &every, &settings));
	/* Which rules and arcs were not seen says something about a run of all scenarios only. */
	status = exit_combine(status, members_tell(o, data, settings.nr_providers, !o->operands.nr && !interrupted));
	members_free(data, settings.nr_providers);
	status = exit_combine(status, order_tell(o, order, settings.nr_providers, !o->operands.nr && !interrupted));
	order_free(order, settings.nr_providers);
	if (o->format == FORMAT_TEXT)
		tell_again(&batch, &stress);
	stress_batch_free(&stress);
	batch_free(&batch);
	scenario_list_free(&list);
	scenario_list_free(&every);
	return status;
}
