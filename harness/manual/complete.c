/* SPDX-License-Identifier: GPL-2.0-only */
/* What shells complete: commands, their options, and what these may be. See manual.h. */
#include <string.h>

#include "manual/manual.h"

/* Text that stands between single quotes, as all three shells read it; before each of these characters goes a backslash. */
static void put_text(const char *text, const char *escaped, FILE *out)
{
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", out);
		else
			fprintf(out, strchr(escaped, *text) ? "\\%c" : "%c", *text);
}

static void put_choices(const char *const *choices, FILE *out)
{
	unsigned int i;

	for (i = 0; choices[i]; i++)
		fprintf(out, "%s%s", i ? " " : "", choices[i]);
}

/* What a word may be in the way of all three templates: the variables listed, choices and files; none of them if it may be anything. */
static void put_values(const struct word_values *values, const char *const *choices, const char *between, FILE *out)
{
	const char *then = "";

	if (values->listed) {
		fprintf(out, "listed=%s", values->listed);
		then = between;
	}
	if (choices || values->words) {
		fprintf(out, "%schoices='", then);
		if (choices)
			put_choices(choices, out);
		else
			fputs(values->words, out);
		fputc('\'', out);
		then = between;
	}
	if (values->files)
		fprintf(out, "%sfiles='%s'", then, values->files);
}

/* ---- bash: which options a command has; what follows an option, or is an operand of a command ---- */

static void bash_options(const struct command *command, FILE *out)
{
	unsigned int id;

	fprintf(out, "\t%s) options='", command->name);
	for (id = 0; id < NR_OPTIONS; id++)
		if (option_applies(id, command))
			fprintf(out, "%s--%s", id ? " " : "", option_rows[id].name);
	fputs("' ;;\n", out);
}

/* What stands behind an option, or behind a command: cases of the shell's, which bash and zsh write alike. */
static void put_cases(FILE *out)
{
	unsigned int i;

	for (i = 0; i < NR_OPTIONS; i++) {
		if (!option_rows[i].arg)
			continue;
		fprintf(out, "\t--%s", option_rows[i].name);
		if (option_rows[i].key)
			fprintf(out, " | -%c", option_rows[i].key);
		fputs(") ", out);
		put_values(&option_rows[i].values, option_rows[i].choices, " ", out);
		fputs(" ;;\n", out);
	}
	for (i = 0; i < NR_COMMANDS; i++) {
		fprintf(out, "\t%s) ", commands[i].name);
		put_values(&commands[i].values, NULL, " ", out);
		fputs(" ;;\n", out);
	}
}

void bash_tables(FILE *out)
{
	unsigned int i;

	fputs("_rmaptorture_options() {\n\tcase $1 in\n\t'') options='--help --version' ;;\n", out);
	for (i = 0; i < NR_COMMANDS; i++)
		bash_options(&commands[i], out);
	fputs("\tesac\n}\n\n_rmaptorture_values() {\n\tcase $1 in\n\t'') choices='", out);
	for (i = 0; i < NR_COMMANDS; i++)
		fprintf(out, "%s%s", i ? " " : "", commands[i].name);
	fputs("' ;;\n", out);
	put_cases(out);
	fputs("\t*) return 1 ;;\n\tesac\n}\n", out);
}

/* ---- zsh: what _describe and _arguments take ---- */

static void zsh_option(const struct option_row *row, FILE *out)
{
	const char *star = row->type == TYPE_LIST || row->type == TYPE_PARAMS ? "*" : "";
	const char *plus = row->arg ? "+" : "", *equals = row->arg ? "=" : "";

	fputs("\t\t", out);
	if (row->key && *star)
		fprintf(out, "'*'{-%c%s,--%s%s}'[", row->key, plus, row->name, equals);
	else if (row->key)
		fprintf(out, "'(-%c --%s)'{-%c%s,--%s%s}'[", row->key, row->name, row->key, plus, row->name, equals);
	else
		fprintf(out, "'%s--%s%s[", star, row->name, equals);
	put_text(row->about, "[]\\", out);
	fputc(']', out);
	if (row->arg)
		fprintf(out, ":%s:_rmaptorture_values --%s", row->arg, row->name);
	fputs("' \\\n", out);
}

void zsh_tables(FILE *out)
{
	unsigned int i, id;

	fputs("_rmaptorture_values_of() {\n\tcase $1 in\n", out);
	put_cases(out);
	fputs("\tesac\n}\n\n_rmaptorture_commands=(\n", out);
	for (i = 0; i < NR_COMMANDS; i++) {
		fprintf(out, "\t'%s:", commands[i].name);
		put_text(commands[i].about, ":\\", out);
		fputs("'\n", out);
	}
	fputs(")\n\n_rmaptorture_arguments() {\n\tcase $1 in\n", out);
	for (i = 0; i < NR_COMMANDS; i++) {
		fprintf(out, "\t%s) _arguments -s : \\\n", commands[i].name);
		for (id = 0; id < NR_OPTIONS; id++)
			if (option_applies(id, &commands[i]))
				zsh_option(&option_rows[id], out);
		if (commands[i].operands)
			fprintf(out, "\t\t'*:operand:_rmaptorture_values %s' ;;\n", commands[i].name);
		else
			fputs("\t\t;;\n", out);
	}
	fputs("\tesac\n}\n", out);
}

/* ---- fish: one line for each command, and for each option with the commands that have it ---- */

static void fish_arguments(const struct word_values *values, const char *const *choices, FILE *out)
{
	if (!choices && !values->words && !values->listed && !values->files)
		return;
	fputs(" -a '", out);
	if (choices)
		put_choices(choices, out);
	else if (values->words)
		fputs(values->words, out);
	if (values->listed)
		fprintf(out, " (__rmaptorture_list %s)", values->listed);
	if (values->files && !strcmp(values->files, "/"))
		fputs(" (__fish_complete_directories)", out);
	else if (values->files && !values->files[1])
		fputs(" (__fish_complete_path)", out);
	else if (values->files)
		fprintf(out, " (__fish_complete_suffix %s)", values->files + 1);
	fputc('\'', out);
}

static void fish_option(const struct option_row *row, enum option_id id, FILE *out)
{
	unsigned int i;

	fputs("complete -c rmaptorture -n '__fish_seen_subcommand_from", out);
	for (i = 0; i < NR_COMMANDS; i++)
		if (option_applies(id, &commands[i]))
			fprintf(out, " %s", commands[i].name);
	fprintf(out, "' -l %s", row->name);
	if (row->key)
		fprintf(out, " -s %c", row->key);
	if (row->arg)
		fputs(" -x", out);
	fish_arguments(&row->values, row->choices, out);
	fputs(" -d '", out);
	put_text(row->about, "\\", out);
	fputs("'\n", out);
}

void fish_tables(FILE *out)
{
	unsigned int i;

	for (i = 0; i < NR_COMMANDS; i++) {
		fprintf(out, "complete -c rmaptorture -n __fish_use_subcommand -a %s -d '", commands[i].name);
		put_text(commands[i].about, "\\", out);
		fputs("'\n", out);
		if (!commands[i].operands)
			continue;
		fprintf(out, "complete -c rmaptorture -n '__fish_seen_subcommand_from %s'", commands[i].name);
		fish_arguments(&commands[i].values, NULL, out);
		fputc('\n', out);
	}
	for (i = 0; i < NR_OPTIONS; i++)
		fish_option(&option_rows[i], i, out);
}
