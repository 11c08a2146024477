/* SPDX-License-Identifier: GPL-2.0-only */
/* Hunting one defect with one seed: see hunt.h. */
#include "hunt.h"

#include <stdlib.h>
#include <string.h>

#include "defects.h"
#include "fits.h"

#define SLICE 250			/* executions of one scenario before it is the next one's turn */

/* The scenario that tells the defect's story says whose it is, and is another provider's: then any will do. */
static bool told_for_another(const struct hunt *h, const char *told)
{
	struct misfit m;

	for (unsigned i = 0; i < h->scenarios->nr; i++)
		if (!strcmp(h->scenarios->item[i]->name, told))
			return !scenario_fits(h->scenarios->item[i], h->provider, &m) && !m.line;
	return false;
}

/* Whether the scenario is one to look in. */
static bool wanted(const struct hunt *h, const struct scenario *scn)
{
	const char *told = core_defects[h->defect].scenario;

	if (!scenario_fits(scn, h->provider, NULL))
		return false;
	return h->blind || !told || !strcmp(scn->name, told) || told_for_another(h, told);
}

bool hunt_possible(const struct hunt *h)
{
	for (unsigned i = 0; i < h->scenarios->nr; i++)
		if (wanted(h, h->scenarios->item[i]))
			return true;
	return false;
}

void hunt_run(const struct hunt *h, struct hunt_result *r)
{
	struct campaign c = {
		.provider = h->provider, .oracles = h->oracles, .access = h->access, .strategy = h->strategy, .seed = h->seed,
		.artifacts = h->artifacts, .locking = h->locking, .memory = h->memory,
	};
	unsigned nr = h->scenarios->nr;
	struct estimate *est = calloc(nr, sizeof(*est));
	struct explorer_kept *kept = calloc(nr, sizeof(*kept));
	double began = now_s();
	unsigned idle = 0;		/* turns since there was something to do */

	if (!est || !kept)
		die("out of memory");
	c.defects[h->defect / 64] |= 1ul << (h->defect % 64);
	for (u64 turn = 0; r->executions < h->executions && idle < nr && !interrupted && hunt_possible(h); turn++) {
		r->scenario = (unsigned)((h->seed + turn) % nr);
		c.scn = h->scenarios->item[r->scenario];
		c.estimate = &est[r->scenario];
		c.kept = &kept[r->scenario];
		c.first = turn / nr * SLICE;
		c.executions = min((u64)SLICE, h->executions - r->executions);
		if (!wanted(h, c.scn))
			continue;
		memset(&r->last, 0, sizeof(r->last));
		campaign_run(&c, &r->last);
		r->executions += r->last.executions;
		idle = r->last.executions ? 0 : idle + 1;
		if (r->last.failed)
			break;
		if (r->last.found) {
			r->found = 1;
			break;
		}
	}
	for (unsigned i = 0; i < nr; i++)
		free(kept[i].state);
	free(kept);
	free(est);
	r->interrupted = interrupted != 0;
	r->elapsed_s = now_s() - began;
}
