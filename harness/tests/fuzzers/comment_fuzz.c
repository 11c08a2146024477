/* SPDX-License-Identifier: GPL-2.0-only */
/* The comment at the head of a kernel's mm/rmap.c, in any state: of a known time, and of any. */
#include <stdlib.h>

#include "lockdoc/ingest.h"
#include "tests/fuzzers/fuzz.h"

static void read_as(const char *text, size_t size, unsigned eras)
{
	char err[LOCKDOC_ERR] = "";
	struct lint lint = { 0 };
	struct ingest *g = ingest_new(eras, &lint);

	if (ingest_text(g, FUZZ_PATH, text, size, err)) {
		ingest_end(g);
		ingest_print(g, fuzz_nowhere());
		ingest_json(g, fuzz_nowhere());
	} else {
		fuzz_check_error(err);
	}
	lint_sort(&lint);
	for (unsigned i = 0; i < lint.nr; i++)
		fuzz_check_line(lint.item[i].text);
	ingest_free(g);
	lint_free(&lint);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_copy(data, size, false);

	read_as(text, size, ERA_ANY);
	read_as(text, size, ERA_LINUX);
	free(text);
	return 0;
}
