/* SPDX-License-Identifier: GPL-2.0-only */
/* Manual pages, in mdoc. See manual.h. */
#include <ctype.h>
#include <err.h>
#include <inttypes.h>
#include <string.h>

#include "cli/build-id.h"
#include "cli/exit.h"
#include "manual/manual.h"

/* A text of the tables on a line of its own: a sentence, with nothing in it that roff could take for its own. */
static void sentence(const char *text, FILE *out)
{
	char last = text[strlen(text) - 1];

	fprintf(out, "\\&%c", toupper((unsigned char)*text++));
	for (; *text; text++)
		fprintf(out, *text == '\\' ? "\\e" : *text == '-' ? "\\-" : "%c", *text);
	fputs(last == '.' ? "\n" : ".\n", out);
}

/* The lines of the paragraph "@NAME" of a text, up to the next one; nothing if there is none. */
static void paragraph(const char *text, const char *name, FILE *out)
{
	size_t length;
	int within = 0;

	for (; *text; text += length + (text[length] == '\n')) {
		length = strcspn(text, "\n");
		if (*text == '@')
			within = line_is(text + 1, length - 1, name);
		else if (within)
			fprintf(out, "%.*s\n", (int)length, text);
	}
}

/* What the value may be. */
static void values(const struct option_row *row, FILE *out)
{
	unsigned int i;

	if (row->type == TYPE_CHOICE)
		for (i = 0; row->choices[i]; i++)
			fprintf(out, "%s.Cm %s%s\n", i ? "" : "One of\n", row->choices[i], row->choices[i + 1] ? " ," : " .");
	if (row->type == TYPE_UINT && row->max < UINT64_C(1) << 32)
		fprintf(out, "From %" PRIu64 " to %" PRIu64 ".\n", row->min, row->max);
	if (row->type == TYPE_LIST)
		fputs("May be given more than once; commas separate several.\n", out);
	if (row->values.listed)
		fprintf(out, ".Ic rmaptorture list %s\nsays what there is.\n", row->values.listed);
}

static void option(const struct option_row *row, const char *value, const char *paragraphs, FILE *out)
{
	fputs(".It ", out);
	if (row->key)
		fprintf(out, "Fl %c , ", row->key);
	fprintf(out, "Fl \\-%s", row->name);
	if (row->arg)
		fprintf(out, " Ar %s", row->arg);
	fputc('\n', out);
	sentence(row->about, out);
	values(row, out);
	paragraph(paragraphs, row->name, out);
	if (value)
		fprintf(out, "The default is\n.Cm %s .\n", value);
}

static void options(const struct command *command, const char *paragraphs, FILE *out)
{
	unsigned int id;

	fputs(".Sh OPTIONS\n.Bl -tag -width Ds\n", out);
	for (id = 0; id < NR_OPTIONS; id++)
		if (option_applies(id, command))
			option(&option_rows[id], option_rows[id].defaults[command - commands], paragraphs, out);
	fputs(".El\n", out);
}

static void command_list(FILE *out)
{
	unsigned int i;

	fputs(".Sh COMMANDS\n.Bl -tag -width nightly\n", out);
	for (i = 0; i < NR_COMMANDS; i++) {
		fprintf(out, ".It Cm %s\n", commands[i].name);
		sentence(commands[i].about, out);
		fprintf(out, "See\n.Xr rmaptorture-%s 1 .\n", commands[i].name);
	}
	fputs(".El\n", out);
}

static void exit_statuses(FILE *out)
{
	unsigned int i;

	fputs(".Sh EXIT STATUS\n.Bl -tag -width Ds\n", out);
	for (i = 0; i < NR_EXIT_STATUSES; i++) {
		fprintf(out, ".It %u\n", i);
		sentence(exit_about[i], out);
	}
	fputs(".El\n", out);
}

static void head(const struct command *command, FILE *out)
{
	char name[32] = "rmaptorture";
	const char *c;

	if (command)
		snprintf(name, sizeof(name), "rmaptorture-%s", command->name);
	fputs(".Dt ", out);
	for (c = name; *c; c++)
		fputc(toupper((unsigned char)*c), out);
	fprintf(out, " 1\n.Os \"rmaptorture %s\"\n.Sh NAME\n.Nm %s\n.Nd ", build_version, name);
	fprintf(out, "%s\n.Sh SYNOPSIS\n.Nm rmaptorture\n", command ? command->about : "races the locking of Linux reverse mapping");
	if (!command)
		fputs(".Ar command\n.Op Ar option ...\n.Op Ar operand ...\n.Nm rmaptorture\n.Fl \\-help | \\-version\n", out);
	else
		fprintf(out, ".Cm %s\n.Op Ar option ...\n", command->name);
	if (command && command->operands)
		fprintf(out, ".Ar %s\n", command->operands);
}

void manual_page(const struct command *command, const char *text, const char *paragraphs, FILE *out)
{
	size_t length;

	for (; *text; text += length + (text[length] == '\n')) {
		length = strcspn(text, "\n");
		if (command && line_is(text, length, ".Sh OPTIONS"))
			options(command, paragraphs, out);
		else if (line_is(text, length, ".Sh COMMANDS"))
			command_list(out);
		else if (line_is(text, length, ".Sh EXIT STATUS"))
			exit_statuses(out);
		else
			fprintf(out, "%.*s\n", (int)length, text);
		if (!strncmp(text, ".Dd ", 4))
			head(command, out);
	}
}
