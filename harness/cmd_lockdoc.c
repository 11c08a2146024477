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
#include "cli/options.h"
#include "cli/out.h"
#include "cmd_lockdoc.h"
#include "lockdoc/diff.h"
#include "lockdoc/ingest.h"
#include "lockdoc/lint.h"
#include "lockdoc/lockdoc.h"
#include "rmap.h"

/* ---- ingest ---- */

static bool ingest_file(struct ingest *g, const char *path, char err[LOCKDOC_ERR])
{
	size_t length;
	char *text = lockdoc_read(path, &length, err);
	bool ok = text && ingest_text(g, path, text, length, err);

	free(text);
	return ok;
}

static unsigned eras_of(const struct options *o)
{
	return o->era ? 1u << (o->era - 1) : ERA_ANY;
}

static int tell_ingest(const struct options *o, struct ingest *g)
{
	ingest_end(g);
	lint_sort(g->p.lint);
	if (o->format == FORMAT_JSON)
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
	struct ingest *g = ingest_new(eras_of(o), &lint);
	char **path = paths_of(o, 1), err[LOCKDOC_ERR];
	unsigned i = 1;
	int status;

	while (i < o->operands.nr && ingest_file(g, path[i], err))
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

/* One of the two, and what has to be given back for it. */
struct operand {
	struct lint lint;		/* of a comment: what is wrong with it is told by ingest */
	struct ingest *comment;
	struct lockdoc *document;
};

/* LOCKING.md and its like have this heading; the kernel's sources have not. */
static bool is_document(const char *text, size_t length)
{
	static const char heading[] = "## Lock classes";

	return memmem(text, length, heading, strlen(heading));
}

static bool diff_builtin(struct diff_side *side, char err[LOCKDOC_ERR])
{
	const char *era = strcmp(side->name, "model") ? side->name + strlen("era:") : NULL;

	side->doc = lockdoc_builtin();
	side->era = era;
	if (!side->doc)
		snprintf(err, LOCKDOC_ERR, "%s: expected a built-in LOCKING.md, found none", side->name);
	else if (era && !rmap_find(era))
		snprintf(err, LOCKDOC_ERR, "era: expected the name of a provider (list providers), found '%.100s'", era);
	else
		return true;
	return false;
}

static bool diff_file(const struct options *o, struct diff_side *side, struct operand *operand, char err[LOCKDOC_ERR])
{
	size_t length;
	char *text = lockdoc_read(side->name, &length, err);
	bool ok = false;

	if (text && is_document(text, length)) {
		side->doc = operand->document = lockdoc_parse(&lockdoc_core, side->name, text, length, err);
		ok = side->doc;
	} else if (text) {
		operand->comment = ingest_new(eras_of(o), &operand->lint);
		side->doc = operand->comment->p.doc;
		ok = ingest_text(operand->comment, side->name, text, length, err);
	}
	free(text);
	return ok;
}

static bool diff_open(const struct options *o, struct diff_side *side, struct operand *operand, char err[LOCKDOC_ERR])
{
	if (!strcmp(side->name, "model") || !strncmp(side->name, "era:", 4))
		return diff_builtin(side, err);
	return diff_file(o, side, operand, err);
}

static void diff_close(struct operand *operand)
{
	ingest_free(operand->comment);
	lockdoc_free(operand->document);
	lint_free(&operand->lint);
}

/* A comment that is damaged or ambiguous says less than it did: what only the other has need not be news. */
static void tell_damage(const struct options *o, const struct diff_side *side, const struct operand *operand)
{
	if (operand->lint.nr && o->format == FORMAT_TEXT)
		printf("%s: %u findings, so not all of it is compared (see rmaptorture lockdoc ingest)\n", side->name,
		       operand->lint.nr);
}

static int lockdoc_diff(const struct options *o)
{
	struct diff_side side[2] = { { .name = o->operands.item[1] }, { .name = o->operands.item[2] } };
	struct operand operand[2] = { 0 };
	struct diff_count n;
	char err[LOCKDOC_ERR];
	int status;

	if (diff_open(o, &side[0], &operand[0], err) && diff_open(o, &side[1], &operand[1], err)) {
		for (unsigned i = 0; i < 2; i++)
			tell_damage(o, &side[i], &operand[i]);
		n = diff_tell(side, o->format == FORMAT_JSON, stdout);
		status = n.only[0] + n.only[1] + n.reversed ? EXIT_FINDINGS : EXIT_CLEAN;
	} else {
		status = input_error("%s", err);
	}
	for (unsigned i = 0; i < 2; i++)
		diff_close(&operand[i]);
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
	{ "ingest", 1, UINT_MAX, "FILE", lockdoc_ingest },
	{ "diff", 2, 2, "two different ones of FILE, model and era:NAME", lockdoc_diff },
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
	return usage_error("lockdoc --help", "expected check, graph, ingest or diff, found '%s'", name);
}
