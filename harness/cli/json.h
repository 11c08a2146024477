/* SPDX-License-Identifier: GPL-2.0-only */
/* What results are made of: JSON objects. Concurrency: one thread only, the one that prints results. */
#ifndef HARNESS_CLI_JSON_H
#define HARNESS_CLI_JSON_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Tell a result; FORMATS.md says what there is. As JSON it is one line, at once: an interrupted run has told it. In another format
 * that results_begin() has set it is what record.c makes of it, and out must be stdout. The object is taken over.
 */
void put_json(json_t *o, FILE *out);

/* A string of any text: in one that is not UTF-8, '?' stands for what is not ASCII. Never returns NULL. */
json_t *json_text(const char *text);

/* A member that is a text, or "". */
static inline const char *json_text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

/* A member that is a number above 0, or 0. */
static inline uint64_t json_number_of(const json_t *o, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(o, key));

	return n > 0 ? (uint64_t)n : 0;
}

/* A number; above 2^63 - 1, where integers of JSON's readers end, a string of its digits. */
json_t *json_u64(uint64_t n);

#endif
