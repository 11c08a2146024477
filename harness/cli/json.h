/* SPDX-License-Identifier: GPL-2.0-only */
/* JSON Lines. Concurrency: one thread only, the one that prints results. */
#ifndef HARNESS_CLI_JSON_H
#define HARNESS_CLI_JSON_H

#include <jansson.h>
#include <stdio.h>

/* Print the object as one line, at once: an interrupted run has told it. The object is taken over. */
void put_json(json_t *o, FILE *out);

#endif
