/* SPDX-License-Identifier: GPL-2.0-only */
/* What a result, a JSON object, says as a test: its name, its verdict, what is worth showing. Concurrency: none; no state. */
#ifndef HARNESS_CLI_RECORD_H
#define HARNESS_CLI_RECORD_H

#include <jansson.h>

#include "cli/results.h"

struct judgement {
	enum mark mark;
	char kind[96];
	char why[480];			/* one line */
};

/* False: it has no verdict, it is a remark. */
bool record_judge(const json_t *o, struct judgement *j);

/* Its name, from its type and the keys that tell records of a type apart. */
#define RECORD_NAME 240
void record_name(const json_t *o, char name[RECORD_NAME]);

/* What to show beside a verdict: lines, the report of a finding first. To be freed. */
char *record_details(const json_t *o);

/* A remark, in one line: "hunt-summary: blind false, seeds 20". To be freed. */
char *record_remark(const json_t *o);

double record_seconds(const json_t *o);

#endif
