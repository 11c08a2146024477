/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of known findings. */
#include <stdlib.h>

#include "cli/json.h"
#include "nightly/known.h"
#include "tests/fuzzers/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_copy(data, size, true), err[512] = "";
	json_t *list = known_parse(FUZZ_PATH, text, size, err), *o;
	size_t i;

	free(text);
	if (!list)
		fuzz_check_error(err);
	json_array_foreach(list, i, o)
		fuzz_check(*json_text_of(o, "signature") && *json_text_of(o, "owner") && *json_text_of(o, "expires") &&
			   *json_text_of(o, "reason"), "a line without all that it must have", json_text_of(o, "signature"));
	json_decref(list);
	return 0;
}
