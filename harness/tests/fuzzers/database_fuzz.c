/* SPDX-License-Identifier: GPL-2.0-only */
/* A database of nights, whose bytes anyone may have written: asked, and joined into another one. */
#include <stdlib.h>

#include "cli/files.h"
#include "results/results.h"
#include "tests/fuzzers/fuzz.h"
#include "tests/fuzzers/results.h"

static void join(const char *path)
{
	char error[USAGE_TEXT] = "";
	sqlite3 *db = results_memory(error);

	fuzz_check(db, "no database", error);
	if (!results_join(db, path, error))
		fuzz_check_line(error);
	fuzz_ask(db);
	sqlite3_close(db);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[100], error[USAGE_TEXT] = "";
	sqlite3 *db;
	FILE *file;

	fuzz_clear_directory();
	snprintf(path, sizeof(path), "%s/results.db", fuzz_directory());
	file = fopen(path, "we");
	fuzz_check(file, "no file", path);
	fwrite(data, 1, size, file);
	fclose(file);
	db = results_open(path, RESULTS_READ, error);
	if (!db) {
		fuzz_check_line(error);
		return 0;
	}
	fuzz_ask(db);
	sqlite3_close(db);
	join(path);
	return 0;
}
