/* SPDX-License-Identifier: GPL-2.0-only */
/* Scenario files: what is taken has a canonical form, which is its own. */
#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "scn/scenario.h"
#include "tests/fuzzers/fuzz.h"

static char *printed(const struct scenario *scn, size_t *length)
{
	char *text = NULL;
	FILE *out = must(open_memstream(&text, length));

	scn_print(scn, out);
	fclose(out);
	return must(text);
}

static void print_again(const struct scenario *scn)
{
	struct scn_error err = { "" };
	size_t length, again;
	char *text = printed(scn, &length), *second;
	struct scenario *same = scn_parse(FUZZ_PATH, text, length, &err);

	fuzz_check(same, "what was printed cannot be read", err.text);
	second = printed(same, &again);
	fuzz_check(length == again && !memcmp(text, second, length), "printed in another way the second time", second);
	scn_free(same);
	free(second);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_copy(data, size, false);
	struct scn_error err = { "" };
	struct scenario *scn = scn_parse(FUZZ_PATH, text, size, &err);

	free(text);
	if (!scn) {
		fuzz_check_error(err.text);
		return 0;
	}
	print_again(scn);
	scn_free(scn);
	return 0;
}
