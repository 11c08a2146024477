/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rmaptorture lockdoc: documents of lock orders, LOCKING.md and the comments in the kernel's sources.
 * What of it needs runs is in cmd_lockdoc_check.c and cmd_lockdoc_graph.c.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/must.h"
#include "cli/results.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cmd_lockdoc.h"
#include "lockdoc/diff.h"
#include "lockdoc/ingest.h"
#include "lockdoc/lint.h"
#include "lockdoc/lockdoc.h"
#include "lockdoc_side.h"

/* ---- ingest ---- */

static int tell_ingest(const struct options *o, struct ingest *g)
{
	ingest_end(g);
	lint_sort(g->p.lint);
	if (format_is_machine(o))
		ingest_json(g, stdout);
	else
		ingest_print(g, stdout);
	return g->p.lint->nr ? EXIT_FINDINGS : EXIT_CLEAN;
}

/* The operands, below the tree if there is one: a list of paths, as long as the operands are. */
static char **paths_of(const struct options *o, unsigned first)
{
	char **path = must(calloc(o->operands.nr + 1, sizeof(*path)));

	for (unsigned i = first; i < o->operands.nr; i++)
		if (asprintf(&path[i], "%s%s%s", o->tree ? o->tree : "", o->tree ? "/" : "",
			     o->operands.item[i]) < 0)
			must(NULL);
	return path;
}

static void free_paths(const struct options *o, char **path)
{
	for (unsigned i = 0; i < o->operands.nr; i++)
		free(path[i]);
	free(path);
}

static int lockdoc_ingest(const struct options *o)
{
	struct lint lint = { 0 };
	struct ingest *g = ingest_new(lockdoc_eras(o), &lint);
	char **path = paths_of(o, 1), err[LOCKDOC_ERR];
	unsigned i = 1;
	int status;

	while (i < o->operands.nr && lockdoc_ingest_file(g, path[i], err))
		i++;
	if (i < o->operands.nr || (o->tree && !ingest_look_up(g, o->tree, err)))
		status = input_error("%s", err);
	else
		status = tell_ingest(o, g);
	ingest_free(g);
	lint_free(&lint);
	free_paths(o, path);
	return status;
}

/* ---- diff ---- */

/* A comment that is damaged or ambiguous says less than it did: what only the other has need not be news. */
static void tell_damage(const struct options *o, const struct lockdoc_side *side)
{
	if (side->lint.nr && o->format == FORMAT_TEXT)
		printf("%s: %u findings, so not all of it is compared (see rmaptorture lockdoc ingest)\n", side->diff.name,
		       side->lint.nr);
}

static int tell_diff(const struct options *o, const struct lockdoc_side *a, const struct lockdoc_side *b)
{
	const struct diff_side both[2] = { a->diff, b->diff };
	struct diff_count n;

	tell_damage(o, a);
	tell_damage(o, b);
	n = diff_tell(both, format_is_machine(o), stdout);
	return n.only[0] + n.only[1] + n.reversed ? EXIT_FINDINGS : EXIT_CLEAN;
}

static int lockdoc_diff(const struct options *o)
{
	struct lockdoc_side a = { .diff.name = o->operands.item[1] }, b = { .diff.name = o->operands.item[2] };
	char err[LOCKDOC_ERR];
	int status;

	if (lockdoc_side_open(o, &a, err) && lockdoc_side_open(o, &b, err))
		status = tell_diff(o, &a, &b);
	else
		status = input_error("%s", err);
	lockdoc_side_close(&a);
	lockdoc_side_close(&b);
	return status;
}

/* ---- the command ---- */

static const struct subcommand {
	const char *name;
	unsigned min, max;		/* operands behind it */
	const char *operands;
	int (*fn)(const struct options *o);
	const char *no_verdicts;	/* its whole name, if it judges nothing */
	bool document;			/* what it prints is a document, in no other format */
} subcommands[] = {
	{ "check", 0, 1, "[FILE]", lockdoc_check, NULL, false },
	{ "graph", 0, 1, "[svg|dot]", lockdoc_graph, "lockdoc graph", true },
	{ "ingest", 1, UINT_MAX, "FILE", lockdoc_ingest, NULL, false },
	{ "diff", 2, 2, "two different ones of FILE, model, era:NAME and observed", lockdoc_diff, NULL, false },
	{ "fmt", 0, 1, "[FILE]", lockdoc_fmt, "lockdoc fmt", true },
	{ "arcs", 0, 1, "[FILE|model|era:NAME|observed]", lockdoc_arcs, "lockdoc arcs", false },
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
		if (s->no_verdicts && results_without_verdicts(o, s->no_verdicts, s->document))
			return EXIT_USAGE;
		return s->fn(o);
	}
	return usage_error("lockdoc --help", "expected check, graph, ingest, diff, fmt or arcs, found '%s'", name);
}
