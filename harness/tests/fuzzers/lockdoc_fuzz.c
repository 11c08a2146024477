/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Documents as LOCKING.md: against a model of few classes, so that small texts are whole documents, and against the real one with all
 * that is wrong collected, as `lockdoc check` does. What is taken has a canonical form, which is its own.
 */
#include <stdlib.h>
#include <string.h>

#include "lockdoc/format.h"
#include "lockdoc/lint.h"
#include "lockdoc/lockdoc.h"
#include "tests/fuzzers/fuzz.h"
#include "tests/lockdoc_small.h"

static void look_through(const struct lockdoc *doc)
{
	struct lockdoc_allowed allowed;
	struct lockdep_order order;

	for (unsigned i = 0; i <= doc->nr_ctx; i++)
		lockdoc_order(doc, "anon-chain", i ? doc->ctx[i - 1] : NULL, &order);
	lockdoc_allowed_anywhere(doc, NULL, &allowed);
}

static void format_again(const char *text, size_t length)
{
	char err[LOCKDOC_ERR] = "";
	size_t n = length, again;
	char *once = lockdoc_format(&model, FUZZ_PATH, text, &n, err), *twice;

	fuzz_check(once, "it was read, and is not formatted", err);
	again = n;
	twice = lockdoc_format(&model, FUZZ_PATH, once, &again, err);
	fuzz_check(twice, "what was formatted cannot be read", err);
	fuzz_check(n == again && !memcmp(once, twice, n), "formatted in another way the second time", twice);
	free(once);
	free(twice);
}

static void parse_small(const char *text, size_t length)
{
	char err[LOCKDOC_ERR] = "";
	struct lockdoc *doc = lockdoc_parse(&model, FUZZ_PATH, text, length, err);

	if (!doc) {
		fuzz_check_error(err);
		return;
	}
	look_through(doc);
	lockdoc_free(doc);
	format_again(text, length);
}

static void collect(const char *text, size_t length)
{
	char err[LOCKDOC_ERR] = "";
	struct lint lint = { 0 };
	struct lockdoc *doc = lockdoc_lint(&lockdoc_core, FUZZ_PATH, text, length, &lint, err);

	if (!doc)
		fuzz_check_error(err);
	else
		look_through(doc);
	lint_sort(&lint);
	for (unsigned i = 0; i < lint.nr; i++)
		fuzz_check_line(lint.item[i].text);
	lint_json(&lint, fuzz_nowhere());
	lint_free(&lint);
	lockdoc_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_copy(data, size, false);

	parse_small(text, size);
	collect(text, size);
	free(text);
	return 0;
}
