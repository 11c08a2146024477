/* SPDX-License-Identifier: GPL-2.0-only */
/* The program: finds the command in the table, parses its options, and lets it run. */
#include <stdio.h>
#include <string.h>

#include "cli/build-id.h"
#include "cli/commands.h"
#include "cli/exit.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cli/results.h"
#include "cli/usage.h"

static void print_version(void)
{
	printf("rmaptorture %s (%s)\ncommit   %s\nmodel    %s\ncompiler %s\nflags    %s\n",
	       build_version, build_flavour, build_commit, build_model, build_compiler,
	       build_flags);
}

/* What stands before or instead of a command: returns an exit status. */
static int no_command(const char *word)
{
	if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		help_program(stdout);
	else if (!strcmp(word, "--version") || !strcmp(word, "-V"))
		print_version();
	else if (word[0] == '-')
		return usage_error("--help", "unknown option '%s'", word);
	else
		return usage_error("--help", "unknown command '%s'", word);
	return EXIT_CLEAN;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	struct options options;
	char text[USAGE_TEXT], see[64];
	int status = EXIT_CLEAN;

	switch (options_parse(command, argc, argv, &options, text)) {
	case OPTIONS_OK:
		results_begin(command, &options);
		status = results_end(command->handler(&options));
		break;
	case OPTIONS_HELP:
		help_command(command, stdout);
		break;
	case OPTIONS_BAD:
		snprintf(see, sizeof(see), "%s --help", command->name);
		status = usage_error(see, "%s", text);
	}
	options_free(&options);
	return status;
}

int main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		help_program(stderr);
		return EXIT_USAGE;
	}
	command = command_find(argv[1]);
	return out_finish(command ? run_command(command, argc - 1, argv + 1) : no_command(argv[1]));
}
