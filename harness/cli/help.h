/* SPDX-License-Identifier: GPL-2.0-only */
/* What --help prints: a screen of 80 columns made from the tables of commands and options. */
#ifndef HARNESS_CLI_HELP_H
#define HARNESS_CLI_HELP_H

#include <stdio.h>

#include "cli/commands.h"

/* The program: its commands, and what its exit status means. */
void help_program(FILE *out);

/* One command: its operands and options, with their defaults. */
void help_command(const struct command *command, FILE *out);

#endif
