/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rmaptorture lockdoc check --tree DIR: the comments of a Linux tree about its lock order, arc by arc, against what that tree's code
 * did in a run of all scenarios. A class counts if the model has a lock for it; what the comment says of others nobody can see here.
 */
#define _GNU_SOURCE
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/results.h"
#include "cli/json.h"
#include "cli/must.h"
#include "cli/options.h"
#include "cmd_lockdoc.h"
#include "lockdoc/closure.h"
#include "lockdoc_side.h"

/* Files whose comments are read. */
static const char *const files[] = { "mm/rmap.c", "mm/filemap.c" };

/* Classes of the kernel's comments that have another name in the model. */
static const struct {
	const char *theirs, *ours;
} renamed[] = { { "mmlist", "mmlist_lock" }, { "tasklist", "tasklist_lock" }, { "move_lock", "memcg_move_lock" } };

enum said { SAID_OBSERVED, SAID_TRANSITIVE, SAID_NEVER, SAID_UNMODELLED, SAID_CONTRADICTED, NR_SAID };

static const char *const said_text[NR_SAID] = { "observed", "by transitivity", "never observed", "not modelled", "contradicted" };

struct tree_check {
	const struct options *o;
	const struct lockdoc *comment, *seen;
	struct closure said, observed;
	u8 ours[MAX_CLASSES];		/* the model's class for each of the comment's; 0: none */
	unsigned nr[NR_SAID], undocumented;
};

static const char *theirs(const struct tree_check *c, unsigned class)
{
	return c->comment->model->classes[class].name;
}

static const char *our_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(renamed); i++)
		if (!strcmp(renamed[i].theirs, name))
			return renamed[i].ours;
	return name;
}

static void match(struct tree_check *c)
{
	for (unsigned i = 1; i < c->comment->model->nr; i++)
		for (unsigned j = 1; j < c->seen->model->nr; j++)
			if (!strcmp(our_name(theirs(c, i)), c->seen->model->classes[j].name))
				c->ours[i] = (u8)j;
}

/* ctx: a context has an order of its own, and may have what is the other way round elsewhere. */
static const struct lockdoc_arc *seen_arc(const struct tree_check *c, const char *ctx, unsigned before, unsigned after)
{
	for (const struct lockdoc_arc *a = c->seen->arc; a < c->seen->arc + c->seen->nr_arcs; a++)
		if (a->before == before && a->after == after && !a->trylock && !strcmp(a->ctx ? a->ctx : "", ctx ? ctx : ""))
			return a;
	return NULL;
}

static bool follows(const struct closure *k, unsigned before, unsigned after)
{
	return closure_from(k, before) & BIT(after);
}

/* ---- what the comment says ---- */

static enum said judge(const struct tree_check *c, const struct lockdoc_arc *a, const struct lockdoc_arc **witness)
{
	unsigned before = c->ours[a->before], after = c->ours[a->after];

	*witness = NULL;
	if (!before || !after)
		return SAID_UNMODELLED;
	*witness = seen_arc(c, a->ctx, before, after);
	if (*witness)
		return SAID_OBSERVED;
	*witness = seen_arc(c, a->ctx, after, before);
	if (*witness)
		return SAID_CONTRADICTED;
	return follows(&c->observed, before, after) ? SAID_TRANSITIVE : SAID_NEVER;
}

static void tell_arc(const struct tree_check *c, const struct lockdoc_arc *a, enum said said, const struct lockdoc_arc *witness)
{
	char text[80], place[40], at[40] = "";

	if (witness)
		snprintf(at, sizeof(at), "%s:%d", witness->path, witness->line);
	if (format_is_machine(c->o)) {
		put_json(json_pack("{s:s s:s s:s s:o s:i s:s s:s}", "type", "lockdoc-tree-arc", "before", theirs(c, a->before), "after",
				   theirs(c, a->after), "file", json_text(a->path), "line", a->line, "verdict", said_text[said],
				   "seen", at), stdout);
		return;
	}
	snprintf(text, sizeof(text), "%s < %s", theirs(c, a->before), theirs(c, a->after));
	snprintf(place, sizeof(place), "%s:%d", basename(a->path), a->line);
	printf("%-40s%-16s%-17s%s\n", text, place, said_text[said],
	       said == SAID_UNMODELLED ? theirs(c, c->ours[a->before] ? a->after : a->before) : at);
}

static void check_comment(struct tree_check *c)
{
	if (c->o->format == FORMAT_TEXT)
		printf("%-40s%-16s%-17s%s\n", "arc", "at", "verdict", "first seen, or what is not modelled");
	for (const struct lockdoc_arc *a = c->comment->arc; a < c->comment->arc + c->comment->nr_arcs; a++) {
		const struct lockdoc_arc *witness;
		enum said said = judge(c, a, &witness);

		c->nr[said]++;
		tell_arc(c, a, said, witness);
	}
}

/* ---- what it does not say ---- */

static unsigned their_class(const struct tree_check *c, unsigned ours)
{
	for (unsigned i = 1; i < c->comment->model->nr; i++)
		if (c->ours[i] == ours)
			return i;
	return 0;
}

static bool named(const struct tree_check *c, unsigned class)
{
	for (const struct lockdoc_arc *a = c->comment->arc; class && a < c->comment->arc + c->comment->nr_arcs; a++)
		if (a->before == class || a->after == class)
			return true;
	return false;
}

static void check_seen(struct tree_check *c)
{
	for (const struct lockdoc_arc *a = c->seen->arc; a < c->seen->arc + c->seen->nr_arcs; a++) {
		unsigned before = their_class(c, a->before), after = their_class(c, a->after);

		/* Two of one class are told by its row in LOCKING.md; comments do not speak of that. */
		if (a->trylock || before == after || !named(c, before) || !named(c, after) || follows(&c->said, before, after) ||
		    follows(&c->said, after, before))
			continue;
		c->undocumented++;
		if (format_is_machine(c->o))
			put_json(json_pack("{s:s s:s s:s s:o s:i}", "type", "lockdoc-tree-undocumented", "before", theirs(c, before),
					   "after", theirs(c, after), "file", json_text(a->path), "line", a->line), stdout);
		else
			printf("undocumented: %s < %s (%s:%d)\n", theirs(c, before), theirs(c, after), a->path, a->line);
	}
}

static int tell_score(const struct tree_check *c, const struct rmap_ops *provider, unsigned findings)
{
	if (format_is_machine(c->o))
		put_json(json_pack("{s:s s:s s:s s:i s:i s:i s:i s:i s:i s:i s:i}", "type", "lockdoc-tree-score", "provider",
				   provider->name, "kernel", provider->kernel, "arcs", (int)c->comment->nr_arcs, "observed",
				   (int)c->nr[SAID_OBSERVED], "transitive", (int)c->nr[SAID_TRANSITIVE], "never",
				   (int)c->nr[SAID_NEVER], "unmodelled", (int)c->nr[SAID_UNMODELLED], "contradicted",
				   (int)c->nr[SAID_CONTRADICTED], "undocumented", (int)c->undocumented, "findings", (int)findings),
			 stdout);
	else
		printf("%s: %u arcs of its comments: %u observed, %u by transitivity, %u never observed, %u not modelled, %u contradicted, "
		       "%u undocumented; %u findings of the comments themselves (lockdoc ingest)\n",
		       provider->kernel, c->comment->nr_arcs, c->nr[SAID_OBSERVED], c->nr[SAID_TRANSITIVE], c->nr[SAID_NEVER],
		       c->nr[SAID_UNMODELLED], c->nr[SAID_CONTRADICTED], c->undocumented, findings);
	if (c->nr[SAID_CONTRADICTED] || c->undocumented)
		return EXIT_FINDINGS;
	return c->nr[SAID_NEVER] ? EXIT_INCONCLUSIVE : EXIT_CLEAN;
}

/* ---- the command ---- */

static bool read_comments(const struct options *o, struct ingest *g, char *path[ARRAY_SIZE(files)], char err[LOCKDOC_ERR])
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (asprintf(&path[i], "%s/%s", o->tree, files[i]) < 0)
			must(NULL);
		if (!lockdoc_ingest_file(g, path[i], err))
			return false;
	}
	ingest_end(g);
	return true;
}

static int hold(const struct options *o, const struct rmap_ops *provider, struct ingest *g, char err[LOCKDOC_ERR])
{
	struct lockdoc_side seen = { .diff.name = "observed" };
	struct tree_check c = { .o = o, .comment = g->p.doc };
	int status;

	if (!lockdoc_side_open(o, &seen, err)) {
		lockdoc_side_close(&seen);
		return input_error("%s", err);
	}
	c.seen = seen.diff.doc;
	closure_direct(c.comment, NULL, closure_any, &c.said);
	closure_direct(c.seen, NULL, closure_any, &c.observed);
	match(&c);
	check_comment(&c);
	check_seen(&c);
	status = tell_score(&c, provider, g->p.lint->nr);
	lockdoc_side_close(&seen);
	return status;
}

int lockdoc_check_tree(const struct options *o)
{
	char name[] = "linux", *only_linux[] = { name };
	const struct rmap_ops *provider = rmap_find(o->providers.nr ? o->providers.item[0] : "linux");
	char *path[ARRAY_SIZE(files)] = { NULL }, err[LOCKDOC_ERR];
	struct options with = *o;
	struct lint lint = { 0 };
	struct ingest *g;
	int status;

	if (!provider)
		return input_error("lockdoc check --tree: expected a program with the provider linux (make linux KERNEL=DIR), "
				   "or --provider; found neither");
	if (!o->providers.nr)
		with.providers = (__typeof__(with.providers)){ .item = only_linux, .nr = 1 };
	g = ingest_new(lockdoc_eras(o), &lint);
	status = read_comments(o, g, path, err) ? hold(&with, provider, g, err) : input_error("%s", err);
	ingest_free(g);
	lint_free(&lint);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		free(path[i]);
	return status;
}
