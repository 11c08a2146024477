/* SPDX-License-Identifier: GPL-2.0-only */
/* See json.h. */
#include "cli/json.h"

void put_json(json_t *o, FILE *out)
{
	json_dumpf(o, out, JSON_COMPACT);
	fputc('\n', out);
	fflush(out);
	json_decref(o);
}
