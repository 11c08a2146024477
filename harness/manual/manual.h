/* SPDX-License-Identifier: GPL-2.0-only */
/* Build-time tool: manual pages and completions, made of templates and of the tables that --help is printed from. */
#ifndef HARNESS_MANUAL_MANUAL_H
#define HARNESS_MANUAL_MANUAL_H

#include <stdio.h>

#include "cli/commands.h"
#include "cli/option-table.h"

/* Does the line, of that length, consist of this? */
int line_is(const char *line, size_t length, const char *text);

/*
 * The page of one command, or of the program (NULL), of its template and the paragraphs about options: DESCRIPTION and what follows are
 * the template's own, but for the sections OPTIONS and EXIT STATUS, which begin with the tables.
 */
void manual_page(const struct command *command, const char *text, const char *paragraphs, FILE *out);

/* What stands for the line @tables@ in the template of a shell's completion. */
void bash_tables(FILE *out);
void zsh_tables(FILE *out);
void fish_tables(FILE *out);

#endif
