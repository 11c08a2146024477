/* SPDX-License-Identifier: GPL-2.0-only */
/* Replay files: what is taken can be written, and is written in one way. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "explore/replay_file.h"
#include "tests/fuzzers/fuzz.h"

/* What f is as text; to be freed. */
static char *written(const struct replay_file *f, size_t *length)
{
	char *text = replay_file_format(f, length);

	fuzz_check(text, "what was read cannot be written", strerror(errno));
	return text;
}

static void write_again(const struct replay_file *f)
{
	size_t length, again;
	char err[256] = "", *text = written(f, &length), *second;
	struct replay_file *same = replay_file_parse(FUZZ_PATH, text, length, err);

	fuzz_check(same, "what was written cannot be read", err);
	second = written(same, &again);
	fuzz_check(length == again && !memcmp(text, second, length), "written in another way the second time", second);
	free(second);
	free(text);
	replay_file_free(same);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_copy(data, size, false), err[256] = "";
	struct replay_file *f = replay_file_parse(FUZZ_PATH, text, size, err);

	free(text);
	if (f)
		write_again(f);
	else
		fuzz_check_error(err);
	replay_file_free(f);
	return 0;
}
