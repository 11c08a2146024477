/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The directory of a night: its files stand one behind the other in the text, each behind a line "== NAME". All of it is taken into a
 * database, and that is asked.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/files.h"
#include "cli/must.h"
#include "results/files.h"
#include "results/results.h"
#include "tests/fuzzers/fuzz.h"
#include "tests/fuzzers/results.h"

static const char *const parts[] = { "jobs/", "artifacts/", "" };

/* Names without a slash but that of these parts. Others make no file. */
static bool is_meant(const char *name)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strncmp(name, parts[i], strlen(parts[i])))
			return files_name(name + strlen(parts[i]));
	return false;
}

static void write_one(const char *name, const char *text, size_t length)
{
	char path[300];
	FILE *file;

	if (!is_meant(name))
		return;
	snprintf(path, sizeof(path), "%s/%s", fuzz_directory(), name);
	file = fopen(path, "we");
	if (!file)
		return;		/* a directory is called that, or nothing can be */
	fwrite(text, 1, length, file);
	fclose(file);
}

static void write_files(const char *text)
{
	char path[100];

	fuzz_clear_directory();
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", fuzz_directory(), parts[i]);
		mkdir(path, 0777);
	}
	while (!strncmp(text, "== ", 3)) {
		size_t length = strcspn(text + 3, "\n");
		char name[208];
		const char *from, *next;

		snprintf(name, sizeof(name), "%.*s", (int)(length < 200 ? length : 200), text + 3);
		from = text + 3 + length + (text[3 + length] == '\n');
		next = strstr(from, "\n== ");
		write_one(name, from, next ? (size_t)(next + 1 - from) : strlen(from));
		text = next ? next + 1 : "";
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_copy(data, size, true), error[USAGE_TEXT] = "";
	sqlite3 *db = results_memory(error);

	fuzz_check(db, "no database", error);
	write_files(text);
	free(text);
	if (!results_load_night(db, fuzz_directory(), error))
		fuzz_check_line(error);
	fuzz_ask(db);
	sqlite3_close(db);
	return 0;
}
