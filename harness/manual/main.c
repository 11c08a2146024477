/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Build-time tool, see manual.h:
 *	manual man TEMPLATE.mdoc OPTIONS.mdoc	a manual page; the template's name says which command it is about
 *	manual bash|zsh|fish TEMPLATE		a completion
 * What it makes is printed.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/files.h"
#include "manual/manual.h"

int line_is(const char *line, size_t length, const char *text)
{
	return strlen(text) == length && !strncmp(line, text, length);
}

static char *read_file(const char *path)
{
	size_t length;
	char *text = text_file_read(path, &length);

	if (!text)
		err(EXIT_USAGE, "%s", path);
	return text;
}

/* ".../rmaptorture.mdoc": NULL; ".../rmaptorture-COMMAND.mdoc": the command. */
static const struct command *command_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *dash = strchr(slash ? slash : path, '-');
	const struct command *command;
	char name[32];

	if (!dash)
		return NULL;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(dash + 1, "."), dash + 1);
	command = command_find(name);
	if (!command)
		errx(EXIT_USAGE, "%s: there is no command '%s'", path, name);
	return command;
}

static void completion(const char *text, void (*tables)(FILE *out))
{
	size_t length;

	for (; *text; text += length + (text[length] == '\n')) {
		length = strcspn(text, "\n");
		if (line_is(text, length, "@tables@"))
			tables(stdout);
		else
			printf("%.*s\n", (int)length, text);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*tables)(FILE *out);
	} shells[] = { { "bash", bash_tables }, { "zsh", zsh_tables }, { "fish", fish_tables } };
	unsigned int i;

	if (argc == 4 && !strcmp(argv[1], "man"))
		manual_page(command_of(argv[2]), read_file(argv[2]), read_file(argv[3]), stdout);
	for (i = 0; argc == 3 && i < sizeof(shells) / sizeof(shells[0]); i++)
		if (!strcmp(argv[1], shells[i].name))
			completion(read_file(argv[2]), shells[i].tables);
	return fflush(stdout) || ferror(stdout) || !ftell(stdout) ? EXIT_USAGE : EXIT_CLEAN;
}
