/* SPDX-License-Identifier: GPL-2.0-only */
/* Hunting one defect with one seed: see hunt.h. */
#include "hunt.h"

#include <string.h>

#define SLICE 250			/* executions of one scenario before it is the next one's turn */

void hunt_run(const struct hunt *h, struct hunt_result *r)
{
	struct campaign c = {
		.provider = h->provider, .oracles = h->oracles, .strategy = h->strategy, .seed = h->seed,
		.artifacts = h->artifacts, .locking = h->locking,
	};
	unsigned nr = h->scenarios->nr;
	double began = now_s();

	c.defects[h->defect / 64] |= 1ul << (h->defect % 64);
	for (u64 turn = 0; r->executions < h->executions && !interrupted; turn++) {
		r->scenario = (unsigned)((h->seed + turn) % nr);
		c.scn = h->scenarios->item[r->scenario];
		c.first = turn / nr * SLICE;
		c.executions = min((u64)SLICE, h->executions - r->executions);
		if (c.scn->provider && strcmp(c.scn->provider, h->provider->name))
			continue;
		memset(&r->last, 0, sizeof(r->last));
		campaign_run(&c, &r->last);
		r->executions += r->last.executions;
		if (r->last.failed)
			break;
		if (r->last.found) {
			r->found = 1;
			break;
		}
	}
	r->interrupted = interrupted != 0;
	r->elapsed_s = now_s() - began;
}
