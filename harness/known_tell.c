/* SPDX-License-Identifier: GPL-2.0-only */
/* See known_tell.h. */
#include "known_tell.h"

#include <jansson.h>
#include <stdlib.h>

#include "cli/json.h"
#include "cli/must.h"
#include "cli/out.h"
#include "finding_json.h"

static void put_one(const struct judged_report *r, const struct known_place *at)
{
	json_t *o = json_pack("{s:s s:s s:s s:o}", "type", "known-finding", "scenario", at->scenario, "provider", at->provider, "times",
			      json_u64(r->executions));

	finding_json(o, &(struct finding_keys){
		.finding = &r->finding, .report = "", .replay = "", .execution = r->first, .seed = at->seed, .defects = at->defects,
	});
	put_json(o, stdout);
}

/* What follows from one is counted with it. */
void known_put(const struct judged *known, const struct known_place *at)
{
	for (u32 i = 0; i < known->nr; i++)
		if (!*known->report[i].finding.follows)
			put_one(&known->report[i], at);
}

void known_print(const struct judged *first, unsigned nr, size_t size)
{
	struct judged *known = must(calloc(1, sizeof(*known)));

	for (unsigned i = 0; i < nr; i++)
		judged_merge(known, (const struct judged *)((const char *)first + i * size));
	for (u32 i = 0; i < known->nr; i++) {
		const struct judged_report *r = &known->report[i];

		if (!*r->finding.follows)
			printf("%sknown: %s, seen %lu time%s%s\n", out_tint(stdout, TINT_WARN), r->finding.signature, r->executions,
			       r->executions == 1 ? "" : "s", out_tint(stdout, TINT_PLAIN));
	}
	free(known);
}
