/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rmaptorture lockdoc: documents of lock orders, LOCKING.md and the comments in the kernel's sources.
 * Nothing is run here; what runs say of the document is told by rmaptorture run.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/embedded.h"
#include "cli/exit.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cmd_lockdoc.h"
#include "lockdoc/lint.h"
#include "lockdoc/lockdoc.h"

/* ---- check ---- */

static void print_json(json_t *o)
{
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static int tell_check(const struct options *o, const struct lockdoc *doc, struct lint *lint)
{
	lint_sort(lint);
	if (o->format == FORMAT_JSON) {
		lint_json(lint, stdout);
		print_json(json_pack("{s:s s:o s:i s:i s:i}", "type", "lockdoc-check", "file",
				     lint_json_text(doc->path), "classes", doc->nr_rows, "arcs",
				     doc->nr_arcs, "findings", lint->nr));
	} else {
		lint_print(lint, stdout);
		printf("%s: %u classes, %u arcs, %u findings\n", doc->path, doc->nr_rows, doc->nr_arcs,
		       lint->nr);
	}
	return lint->nr ? EXIT_FINDINGS : EXIT_CLEAN;
}

static int check_text(const struct options *o, const char *path, const char *text, size_t length)
{
	struct lint lint = { 0 };
	char err[LOCKDOC_ERR];
	struct lockdoc *doc = lockdoc_lint(&lockdoc_core, path, text, length, &lint, err);
	int status = doc ? tell_check(o, doc, &lint) : input_error("%s", err);

	lockdoc_free(doc);
	lint_free(&lint);
	return status;
}

static int lockdoc_check(const struct options *o)
{
	const char *path = o->operands.nr > 1 ? o->operands.item[1] : o->locking;
	const struct embedded_file *builtin = embedded_find("LOCKING.md");
	char err[LOCKDOC_ERR], *text;
	size_t length;
	int status;

	if (!path && !builtin)
		return usage_error("lockdoc --help", "expected a FILE, since no LOCKING.md is built in; found nothing");
	if (!path)
		return check_text(o, builtin->name, builtin->text, builtin->length);
	text = lockdoc_read(path, &length, err);
	if (!text)
		return input_error("%s", err);
	status = check_text(o, path, text, length);
	free(text);
	return status;
}

/* ---- the command ---- */

static const struct subcommand {
	const char *name;
	unsigned min, max;		/* operands behind it */
	const char *operands;
	int (*fn)(const struct options *o);
} subcommands[] = {
	{ "check", 0, 1, "[FILE]", lockdoc_check },
	{ "graph", 0, 1, "[svg|dot]", lockdoc_graph },
};

int cmd_lockdoc(const struct options *o)
{
	const char *name = o->operands.item[0];
	unsigned given = o->operands.nr - 1;

	for (const struct subcommand *s = subcommands; s < subcommands + ARRAY_SIZE(subcommands); s++) {
		if (strcmp(s->name, name))
			continue;
		if (given < s->min)
			return usage_error("lockdoc --help", "lockdoc %s: expected %s, found %s", name, s->operands,
					   given ? o->operands.item[given] : "nothing");
		if (given > s->max)
			return usage_error("lockdoc --help", "lockdoc %s: unexpected operand '%s'", name,
					   o->operands.item[s->max + 1]);
		return s->fn(o);
	}
	return usage_error("lockdoc --help", "expected check or graph, found '%s'", name);
}
