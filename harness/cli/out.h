/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What goes to a terminal or to a file: colours, a progress line, aligned tables.
 *
 * Concurrency: one thread only, the one that prints results.
 */
#ifndef HARNESS_CLI_OUT_H
#define HARNESS_CLI_OUT_H

#include <stdbool.h>
#include <stdio.h>

enum tint { TINT_PLAIN, TINT_BOLD, TINT_DIM, TINT_GOOD, TINT_WARN, TINT_BAD, NR_TINTS };

bool out_is_terminal(FILE *file);

/* Columns of the terminal behind file, 80 if there is none. */
unsigned int out_columns(FILE *file);

/*
 * The escape sequence that switches to a tint (TINT_PLAIN: back); "" where colours would disturb:
 * file is not a terminal, NO_COLOR is set and not empty, or TERM is "dumb".
 *	printf("%s%s%s\n", out_tint(stdout, TINT_BAD), word, out_tint(stdout, TINT_PLAIN));
 */
const char *out_tint(FILE *file, enum tint tint);

/*
 * Write out what stdout still holds. Returns status, or EXIT_INCONCLUSIVE combined with it and a
 * line on stderr if not everything could be written: results that nobody has are no results.
 */
int out_finish(int status);

/* --- The progress line: on stderr, on a terminal only. --- */

/* Worth composing a line now? True at most five times a second; never without a terminal. */
bool progress_due(void);

/* Show a line in place of the one before if progress is due; cut off at the terminal's width. */
void progress(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Words for such a line: how long it has taken, and how long the rest takes at this pace if share, from 0 to 1, is done; 0: not known.
 * Returns text: "12 s", "12 s, 40 s left", "2:05, 1:10:00 left".
 */
#define PROGRESS_TIME 48
const char *progress_time(char text[PROGRESS_TIME], double elapsed_s, double share);

/* Take the line away; to be called before anything else is printed. */
void progress_clear(void);

/* --- Tables: collected row by row, columns as wide as their widest cell. --- */

enum align { ALIGN_LEFT, ALIGN_RIGHT };

struct table_column {
	const char *title;
	enum align align;
};

struct table;

/* columns must live as long as the table. Never returns NULL. */
struct table *table_new(const struct table_column *columns, unsigned int nr_columns);
void table_free(struct table *table);

/* Append a cell; a row begins when the one before is full. */
void table_cell(struct table *table, enum tint tint, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Print titles and rows, two blanks between columns and none at the end of a line. */
void table_print(const struct table *table, FILE *file);

#endif
