/* SPDX-License-Identifier: GPL-2.0-only */
/* Hunting one defect with one seed: see hunt.h. */
#include "hunt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "defects.h"
#include "explore/races.h"
#include "fits.h"

#define SLICE 250u			/* executions of one scenario before it is the next one's turn, at most */
#define TURNS 4u			/* that each scenario has, at least */
#define FUZZ_SHARE 10u			/* one in so many executions */

const char *const hunt_mode_names[HUNT_MODES] = {
	[HUNT_EXPLORE] = "explore", [HUNT_STRESS] = "stress", [HUNT_VERIFY] = "verify", [HUNT_FUZZ] = "fuzz",
};

/* ---- where ---- */

/* told: of a defect, the names of scenarios with a space between them; it may be one for each reverse map. */
static bool tells(const char *told, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = told; (at = strstr(at, name)); at += length)
		if ((at == told || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

/* What tells the defect's story says whose it is, and is other providers': then any will do. */
static bool told_for_another(const struct hunt *h, const char *told)
{
	bool another = false;

	for (unsigned i = 0; i < h->scenarios->nr; i++) {
		struct misfit m;

		if (!tells(told, h->scenarios->item[i]->name))
			continue;
		if (scenario_fits(h->scenarios->item[i], h->provider, &m))
			return false;
		another |= !m.line;
	}
	return another;
}

/* Whether the scenario is one to look in. */
static bool wanted(const struct hunt *h, const struct scenario *scn)
{
	const char *told = h->defect == HUNT_BUILT_IN ? NULL : core_defects[h->defect].scenario;

	if (!scenario_fits(scn, h->provider, NULL))
		return false;
	if (!h->blind && told && tells(told, scn->name))
		return true;
	/* Nobody knows whose story it would be. */
	if (h->defect == HUNT_BUILT_IN)
		return true;
	/* Who does not look in one place for one defect has heard no stories. */
	return !scn->story.defect && (h->blind || !told || told_for_another(h, told));
}

bool hunt_possible(const struct hunt *h)
{
	for (unsigned i = 0; i < h->scenarios->nr; i++)
		if (wanted(h, h->scenarios->item[i]))
			return true;
	return h->mode == HUNT_FUZZ;
}

/* Each seed begins with another one. */
static void find_places(const struct hunt *h, struct hunt_places *in)
{
	unsigned nr = h->scenarios->nr;

	in->item = calloc(nr + 1, sizeof(*in->item));
	if (!in->item)
		die("out of memory");
	for (unsigned i = 0; i < nr; i++) {
		unsigned at = (unsigned)((h->seed + i) % nr);

		if (wanted(h, h->scenarios->item[at]))
			in->item[in->nr++] = at;
	}
}

/* ---- what all modes do ---- */

void hunt_switch_on(const struct hunt *h, u64 defects[DEFECT_WORDS])
{
	if (h->defect != HUNT_BUILT_IN)
		defect_add(defects, (unsigned)h->defect);
}

struct campaign hunt_campaign(const struct hunt *h, const struct scenario *scn, u64 seed)
{
	struct campaign c = {
		.scn = scn, .provider = h->provider, .oracles = h->oracles, .access = h->settings->access, .strategy = h->strategy,
		.seed = seed, .artifacts = h->artifacts, .locking = h->settings->locking, .memory = h->settings->memory,
		/* A canary has to be found, known or not. */
		.known = h->options && h->options->command == CMD_HUNT ? &h->settings->known : NULL,
	};

	hunt_switch_on(h, c.defects);
	return c;
}

void hunt_found(const struct hunt *h, unsigned scenario, const struct finding *finding, struct hunt_result *r)
{
	r->found = 1;
	r->finding = *finding;
	r->scenario = scenario;
	r->seed = h->seed;
	snprintf(r->name, sizeof(r->name), "%s", h->scenarios->item[scenario]->name);
}

void hunt_seen_join(struct hunt_seen *all, const struct hunt_seen *seen)
{
	all->executions += seen->executions;
	all->outcomes |= seen->outcomes;
	event_set_join(&all->reached, &seen->reached);
}

void hunt_saw(const struct hunt *h, unsigned scenario, const struct hunt_seen *seen)
{
	if (h->seen)
		hunt_seen_join(&h->seen[scenario], seen);
}

static void note_seen(const struct hunt *h, unsigned scenario, const struct campaign_result *c)
{
	struct hunt_seen seen = { .executions = c->executions, .reached = c->reached };

	for (unsigned i = 0; i < SCN_MAX_OUTCOMES; i++)
		seen.outcomes |= (u64)(c->outcome[i] > 0) << i;
	hunt_saw(h, scenario, &seen);
}

void hunt_note(const struct hunt *h, unsigned scenario, const struct campaign_result *c, struct hunt_result *r)
{
	r->executions += c->executions;
	r->failed = c->failed;
	snprintf(r->error, sizeof(r->error), "%s", c->error);
	note_seen(h, scenario, c);
	if (c->found)
		hunt_found(h, scenario, &c->finding, r);
}

/* ---- exploring ---- */

/* What is kept of each scenario from one turn to the next. */
struct turns {
	struct tries *tries;		/* in all of them; NULL if there is but one */
	struct estimate *estimate;
	struct explorer_kept *kept;
	struct campaign_result *last;
};

static void turns_begin(struct turns *t, unsigned nr, bool several)
{
	t->tries = several ? calloc(1, sizeof(*t->tries)) : NULL;
	t->estimate = calloc(nr, sizeof(*t->estimate));
	t->kept = calloc(nr, sizeof(*t->kept));
	t->last = malloc(sizeof(*t->last));
	if ((several && !t->tries) || !t->estimate || !t->kept || !t->last)
		die("out of memory");
	for (unsigned i = 0; i < nr; i++)
		t->estimate[i].tries = t->tries;
}

static void turns_end(struct turns *t, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		free(t->kept[i].state);
	free(t->kept);
	free(t->estimate);
	free(t->tries);
	free(t->last);
}

static u64 slice_of(u64 budget, unsigned nr)
{
	return min(max(budget / nr / TURNS, (u64)1), (u64)SLICE);
}

static void by_exploring(const struct hunt *h, const struct hunt_places *in, u64 budget, struct hunt_result *r)
{
	u64 slice = slice_of(budget, max(in->nr, 1u));
	struct turns t;
	unsigned idle = 0;		/* turns since there was something to do */

	turns_begin(&t, in->nr + 1, in->nr > 1);
	for (u64 turn = 0; r->executions < budget && idle < in->nr && !interrupted && !r->failed && !r->found; turn++) {
		unsigned i = (unsigned)(turn % in->nr);
		struct campaign c = hunt_campaign(h, h->scenarios->item[in->item[i]], h->seed);

		c.estimate = &t.estimate[i];
		c.kept = &t.kept[i];
		c.first = turn / in->nr * slice;
		c.executions = min(slice, budget - r->executions);
		memset(t.last, 0, sizeof(*t.last));
		campaign_run(&c, t.last);
		hunt_note(h, in->item[i], t.last, r);
		idle = t.last->executions ? 0 : idle + 1;
	}
	turns_end(&t, in->nr + 1);
}

/* Who knows nothing of a defect does not know either that somebody has written a scenario that shows it. */
static void by_exploring_and_fuzz(const struct hunt *h, const struct hunt_places *in, u64 budget, struct hunt_result *r)
{
	by_exploring(h, in, h->fuzz ? budget - budget / FUZZ_SHARE : budget, r);
	if (h->fuzz && !r->found && !r->failed && !interrupted && budget > r->executions)
		hunt_by_fuzz(h, in, budget - r->executions, r);
}

void hunt_run(const struct hunt *h, struct hunt_result *r)
{
	static hunt_way *const way[HUNT_MODES] = {
		[HUNT_EXPLORE] = by_exploring_and_fuzz, [HUNT_STRESS] = hunt_by_stress, [HUNT_VERIFY] = hunt_by_verify,
		[HUNT_FUZZ] = hunt_by_fuzz,
	};
	struct hunt_places in = { .nr = 0 };
	double began = now_s();

	find_places(h, &in);
	way[h->mode](h, &in, h->executions, r);
	free(in.item);
	r->interrupted = interrupted != 0;
	r->elapsed_s = now_s() - began;
}
