/* SPDX-License-Identifier: GPL-2.0-only */
/* Plans of a night. What becomes of them takes the time of reading all scenarios, and is left to nightly_test.c. */
#include <stdlib.h>

#include "nightly/plan.h"
#include "tests/fuzzers/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_copy(data, size, false), err[512] = "";
	struct plan *plan = plan_parse(FUZZ_PATH, text, size, err);

	free(text);
	if (!plan)
		fuzz_check_error(err);
	plan_free(plan);
	return 0;
}
