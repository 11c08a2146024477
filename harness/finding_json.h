/* SPDX-License-Identifier: GPL-2.0-only */
/* The keys that all records of findings have, whoever found them; see cli/FORMATS.md. Concurrency: none; plain data. */
#ifndef HARNESS_FINDING_JSON_H
#define HARNESS_FINDING_JSON_H

#include <jansson.h>

#include "session.h"

/* Names of the defects that are switched on, as an array. */
json_t *defects_json(const u64 defects[DEFECT_WORDS]);
/* Names of events, as an array. */
json_t *events_json(struct event_set events);

struct finding_keys {
	const struct finding *finding;
	const char *report;		/* what is told about it as text */
	const char *replay;		/* path of its replay file; "": none */
	u64 execution;			/* its number, from 0; of real threads: how many rounds there had been */
	u64 seed;
	const u64 *defects;
};

/* "signature", "oracle", "text", "site", "report", "execution", "replay", "defects" and "seed", into o. */
void finding_json(json_t *o, const struct finding_keys *k);

#endif
