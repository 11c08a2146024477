/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the targets share. A target is a file NAME_fuzz.c with one function, which libFuzzer calls with bytes of its making, again and
 * again in one process: `make fuzzers` builds them, ci/fuzz-parsers runs them.
 *
 * What is asked of a parser besides that no sanitizer speaks: it returns, whatever the bytes are; who refuses says why in one line that
 * begins with the place; and who takes a text can write it down so that it is taken again.
 *
 * Concurrency: one thread.
 */
#ifndef HARNESS_TESTS_FUZZERS_FUZZ_H
#define HARNESS_TESTS_FUZZERS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What libFuzzer calls. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_PATH "input"	/* what parsers are told that the text is called */

/* Ends the program, as a finding, unless it holds. */
void fuzz_check(bool holds, const char *what, const char *text);

/* Is it one line, "input:LINE:COLUMN: " and a message? */
void fuzz_check_error(const char *err);
/* Is it one line at all? */
void fuzz_check_line(const char *text);

/*
 * A copy in memory that ends where the data ends, and so no NUL behind it, so that a sanitizer sees who reads on: with one behind it if
 * ended. To be freed.
 */
char *fuzz_copy(const uint8_t *data, size_t size, bool ended);

/* Where what is printed goes. */
FILE *fuzz_nowhere(void);

/* An empty directory in memory, if there is such a file system, which goes when the program ends; always the same one. */
const char *fuzz_directory(void);
/* Remove all that is in it. */
void fuzz_clear_directory(void);

#endif
