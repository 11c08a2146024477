/* SPDX-License-Identifier: GPL-2.0-only */
/* See json.h. */
#include "cli/json.h"

#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "cli/results.h"

void put_json(json_t *o, FILE *out)
{
	must(o);
	if (results_machine_only()) {
		results_put(o);
	} else {
		json_dumpf(o, out, JSON_COMPACT);
		fputc('\n', out);
		fflush(out);
	}
	json_decref(o);
}

json_t *json_text(const char *text)
{
	json_t *o = json_string(text);
	char *copy;

	if (o)
		return o;
	copy = must(strdup(text));
	for (char *c = copy; *c; c++)
		*c = *c & 0x80 ? '?' : *c;
	o = must(json_string(copy));
	free(copy);
	return o;
}

json_t *json_u64(uint64_t n)
{
	return must(n > INT64_MAX ? json_sprintf("%lu", n) : json_integer((json_int_t)n));
}
