/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words of which replay files are made, for those who read them; no one else includes this.
 *
 * Concurrency: files belong to one caller.
 */
#ifndef HARNESS_EXPLORE_REPLAY_WORDS_H
#define HARNESS_EXPLORE_REPLAY_WORDS_H

#include "explore/replay_form.h"

#define ERR_SIZE 256

struct place {
	const char *at, *line_start;
	unsigned line;
};

struct reader {
	const char *path;
	struct place now;
	const char *end;
	struct replay_file *f;
	char *err;
};

/* The functions below return false after an error, which they have described. */

/* fmt: what was expected at p; in rd_fail_found(), with what was found instead. */
bool __printf(3, 4) rd_fail(struct reader *r, const struct place *p, const char *fmt, ...);
bool __printf(3, 4) rd_fail_found(struct reader *r, const struct place *p, const char *fmt, ...);
bool rd_no_memory(struct reader *r);

size_t rd_bytes_left(const struct reader *r);

/* Does the word stand here? Does the file end in the middle of it? */
bool rd_at_word(const struct reader *r, const char *word);
bool rd_is_cut_off(const struct reader *r, const char *word);

/* That keyword, and nothing else; expected: how it is asked for. */
bool rd_keyword(struct reader *r, const char *word);
bool rd_keyword_in(struct reader *r, const char *word, const char *expected);
bool rd_space(struct reader *r);
bool rd_end_of_line(struct reader *r);

/* Names, which are kept: the caller frees them. */
bool rd_word(struct reader *r, const char *what, char **to);
bool rd_rest_of_line(struct reader *r, const char *what, char **to);

/* "-" says that there is none. */
bool rd_is_dash(const char *s);
void rd_dash_is_none(char **s);

bool rd_number(struct reader *r, u64 most, u64 *to);
bool rd_hex(struct reader *r, int digits, u64 *to);

/* "what NAME" and "what NUMBER" */
bool rd_named(struct reader *r, const char *what, const char *expected, char **to);
bool rd_counted(struct reader *r, const char *what, u64 most, u64 *to);

/* replay_read_directives.c: from the line "order" on. */
bool rd_directives(struct reader *r);

#endif
