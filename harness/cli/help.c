/* SPDX-License-Identifier: GPL-2.0-only */
/* See help.h. */
#include <string.h>

#include "cli/exit.h"
#include "cli/help.h"
#include "cli/option-table.h"

#define WIDTH 80		/* what every terminal has; nothing is wider, wherever it goes */
#define TEXT_AT 27		/* the column in which options are described */

const char *const exit_about[NR_EXIT_STATUSES] = {
	[EXIT_CLEAN] = "clean",
	[EXIT_FINDINGS] = "findings",
	[EXIT_USAGE] = "wrong usage or bad input",
	[EXIT_INCONCLUSIVE] = "inconclusive: a goal or a canary was missed, or the run was cut short",
	[EXIT_SKIPPED] = "nothing could run here",
};

/* One word, on a line of its own if it does not fit behind what is in columns 0 to at - 1; returns the column after it. */
static int put_word(const char *word, int length, int at, int indent, FILE *out)
{
	if (at > indent && at + 1 + length > WIDTH) {
		fprintf(out, "\n%*s", indent, "");
		at = indent;
	} else if (at > indent) {
		fputc(' ', out);
		at++;
	}
	fprintf(out, "%.*s", length, word);
	return at + length;
}

/* Words of a text, filled; returns the column after the last one. */
static int put_words(const char *text, int at, int indent, FILE *out)
{
	int length;

	for (; *text; text += length + (text[length] == ' ')) {
		length = (int)strcspn(text, " ");
		at = put_word(text, length, at, indent, out);
	}
	return at;
}

/* What the first operand may be, where its name does not say it. */
static void help_words(const struct command *command, FILE *out)
{
	int at;

	if (!command->values.words || !command->operands || strchr(command->operands, '|'))
		return;
	at = fprintf(out, "  %.*s is one of", (int)strcspn(command->operands, " "), command->operands);
	put_words(command->values.words, at, 2, out);
	fputc('\n', out);
}

static void help_option(const struct option_row *row, const char *value, FILE *out)
{
	char key[8] = "", bracketed[64];
	int at;

	if (row->key)
		snprintf(key, sizeof(key), "-%c,", row->key);
	at = fprintf(out, "  %-3s --%s%s%s", key, row->name, row->arg ? " " : "", row->arg ? row->arg : "");
	if (at >= TEXT_AT)
		at = fprintf(out, "\n") - 1;
	fprintf(out, "%*s", TEXT_AT - at, "");
	at = put_words(row->about, TEXT_AT, TEXT_AT, out);
	if (value) {
		snprintf(bracketed, sizeof(bracketed), "[%s]", value);
		put_word(bracketed, (int)strlen(bracketed), at, TEXT_AT, out);
	}
	fputc('\n', out);
}

void help_command(const struct command *command, FILE *out)
{
	unsigned int id;

	fprintf(out, "Usage: rmaptorture %s [OPTION...]%s%s\n\n  %s\n", command->name, command->operands ? " " : "",
		command->operands ? command->operands : "", command->about);
	help_words(command, out);
	fputc('\n', out);
	for (id = 0; id < NR_OPTIONS; id++)
		if (option_applies(id, command))
			help_option(&option_rows[id], option_rows[id].defaults[command - commands], out);
}

void help_program(FILE *out)
{
	unsigned int i;
	int at;

	fputs("rmaptorture: races the locking of Linux reverse mapping and says what broke.\n"
	      "Usage: rmaptorture COMMAND [OPTION...] [OPERAND...]\n\n", out);
	for (i = 0; i < NR_COMMANDS; i++)
		fprintf(out, "  %-9s%s\n", commands[i].name, commands[i].about);
	fputs("\nTo begin with: rmaptorture run; one race: rmaptorture explore fork-vs-reclaim\n"
	      "The options of a command: rmaptorture COMMAND --help, or man rmaptorture-COMMAND\n", out);
	at = fprintf(out, "Exit status:");
	for (i = 0; i < NR_EXIT_STATUSES; i++) {
		char number[16];
		int length = snprintf(number, sizeof(number), "%u", i);

		at = put_word(number, length, at, 0, out);
		at = put_words(exit_about[i], at, 0, out);
		at += fprintf(out, "%s", i + 1 < NR_EXIT_STATUSES ? ";" : "\n");
	}
}
