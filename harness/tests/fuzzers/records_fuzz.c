/* SPDX-License-Identifier: GPL-2.0-only */
/* What a job printed, read again: JSON Lines of which some may be torn. */
#include <stdlib.h>

#include "nightly/records.h"
#include "tests/fuzzers/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_copy(data, size, true), why[200] = "";

	json_decref(records_parse(FUZZ_PATH, text, why, sizeof(why)));
	if (*why)
		fuzz_check_error(why);
	json_decref(json_last(text, "summary"));
	free(text);
	return 0;
}
