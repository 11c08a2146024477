/* SPDX-License-Identifier: GPL-2.0-only */
/* See fuzz.h. */
#define _GNU_SOURCE
#include "tests/fuzzers/fuzz.h"

#include <ctype.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/must.h"

void fuzz_check(bool holds, const char *what, const char *text)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz: %s: %s\n", what, text);
	abort();
}

void fuzz_check_line(const char *text)
{
	fuzz_check(*text, "nothing was said", text);
	for (const char *c = text; *c; c++)
		fuzz_check((unsigned char)*c >= ' ' && *c != 0x7f, "not one line of text", text);
}

/* A number and a colon: what is behind them, or NULL. */
static const char *behind_number(const char *at)
{
	if (!isdigit((unsigned char)*at))
		return NULL;
	at += strspn(at, "0123456789");
	return *at == ':' ? at + 1 : NULL;
}

void fuzz_check_error(const char *err)
{
	const char *at = err + strlen(FUZZ_PATH);

	fuzz_check_line(err);
	fuzz_check(!strncmp(err, FUZZ_PATH ":", strlen(FUZZ_PATH ":")), "no file in it", err);
	for (int i = 0; i < 2; i++) {
		at = behind_number(at + (i == 0));
		fuzz_check(at, "no line and column in it", err);
	}
	fuzz_check(at[0] == ' ' && at[1], "no message in it", err);
}

char *fuzz_copy(const uint8_t *data, size_t size, bool ended)
{
	char *copy = must(malloc(size + ended + !(size + ended)));

	if (size)
		memcpy(copy, data, size);
	if (ended)
		copy[size] = '\0';
	return copy;
}

FILE *fuzz_nowhere(void)
{
	static FILE *nowhere;

	if (!nowhere)
		nowhere = must(fopen("/dev/null", "we"));
	return nowhere;
}

/* ---- the directory ---- */

static char directory[] = "/dev/shm/fuzz-XXXXXX";

static void remove_directory(void)
{
	fuzz_clear_directory();
	rmdir(directory);
}

const char *fuzz_directory(void)
{
	static bool made;

	if (made)
		return directory;
	if (access("/dev/shm", W_OK))
		memmove(directory, "/tmp/fuzz-XXXXXX", sizeof("/tmp/fuzz-XXXXXX"));
	must(mkdtemp(directory));
	atexit(remove_directory);
	made = true;
	return directory;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	return at->level ? remove(path) : 0;
}

void fuzz_clear_directory(void)
{
	nftw(fuzz_directory(), remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
