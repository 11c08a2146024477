/* SPDX-License-Identifier: GPL-2.0-only */
/* See lockdoc_side.h. */
#define _GNU_SOURCE
#include "lockdoc_side.h"

#include <stdlib.h>
#include <string.h>

#include "cli/embedded.h"
#include "cli/exit.h"
#include "cli/must.h"
#include "cli/options.h"
#include "rmap.h"

unsigned lockdoc_eras(const struct options *o)
{
	if (!o->era)
		return o->tree ? ingest_era_of(o->tree) : ERA_ANY;
	return 1u << (o->era - 1);
}

bool lockdoc_ingest_file(struct ingest *g, const char *path, char err[LOCKDOC_ERR])
{
	size_t length;
	char *text = lockdoc_read(path, &length, err);
	bool ok = text && ingest_text(g, path, text, length, err);

	free(text);
	return ok;
}

/* ---- documents ---- */

bool lockdoc_text_open(const struct options *o, struct lockdoc_text *t, int *status)
{
	const struct embedded_file *builtin = embedded_find("LOCKING.md");
	char err[LOCKDOC_ERR];

	*t = (struct lockdoc_text){ .path = o->operands.nr > 1 ? o->operands.item[1] : o->locking };
	t->name = t->path ? t->path : builtin ? builtin->name : NULL;
	if (!t->name) {
		*status = usage_error("lockdoc --help", "expected a FILE, since no LOCKING.md is built in; found nothing");
		return false;
	}
	if (t->path) {
		t->text = t->read = lockdoc_read(t->path, &t->length, err);
	} else {
		t->text = builtin->text;
		t->length = builtin->length;
	}
	if (!t->text)
		*status = input_error("%s", err);
	return t->text;
}

void lockdoc_text_close(struct lockdoc_text *t)
{
	free(t->read);
}

/* ---- what is built in ---- */

static bool open_builtin(struct lockdoc_side *side, char err[LOCKDOC_ERR])
{
	const char *name = side->diff.name, *era = strcmp(name, "model") ? name + strlen("era:") : NULL;

	side->diff.doc = lockdoc_builtin();
	side->diff.era = era;
	if (!side->diff.doc)
		snprintf(err, LOCKDOC_ERR, "%s: expected a built-in LOCKING.md, found none", name);
	else if (era && !rmap_find(era))
		snprintf(err, LOCKDOC_ERR, "era: expected the name of a provider (list providers), found '%.100s'", era);
	else
		return true;
	return false;
}

/* ---- files ---- */

/* LOCKING.md and its like have this heading; the kernel's sources have not. */
static bool is_document(const char *text, size_t length)
{
	static const char heading[] = "## Lock classes";

	return memmem(text, length, heading, strlen(heading));
}

static bool open_file(const struct options *o, struct lockdoc_side *side, char err[LOCKDOC_ERR])
{
	size_t length;
	char *text = lockdoc_read(side->diff.name, &length, err);
	bool ok = false;

	if (text && is_document(text, length)) {
		side->diff.doc = side->document = lockdoc_parse(&lockdoc_core, side->diff.name, text, length, err);
		ok = side->diff.doc;
	} else if (text) {
		side->comment = ingest_new(lockdoc_eras(o), &side->lint);
		side->diff.doc = side->comment->p.doc;
		ok = ingest_text(side->comment, side->diff.name, text, length, err);
	}
	free(text);
	return ok;
}

/* ---- what is observed ---- */

static struct lockdoc *new_document(const char *path, unsigned arcs)
{
	struct lockdoc *doc = must(calloc(1, sizeof(*doc)));

	doc->path = must(strdup(path));
	doc->model = &lockdoc_core;
	doc->arc = must(calloc(arcs + 1, sizeof(*doc->arc)));
	doc->apart = must(calloc(1, sizeof(*doc->apart)));
	return doc;
}

/* What the runs of one provider after the other show: of all together there are more pairs than one of them has room for. */
struct all_seen {
	struct observed *of;
	unsigned nr;
};

static bool seen_before(const struct all_seen *seen, unsigned nr, const struct observed_witness *w, bool trylock)
{
	for (unsigned p = 0; p < nr; p++)
		if (observed_find(&seen->of[p], w->context, w->before, w->after, trylock))
			return true;
	return false;
}

/* A try of what is waited for there as well says nothing more, and a read section may begin anywhere. */
static bool says_nothing(const struct all_seen *seen, const struct observed_witness *w)
{
	return w->trylock && (lockdoc_core.classes[w->after].wait == WAIT_RCU || seen_before(seen, seen->nr, w, false));
}

/* "copy.c:57" becomes file and line. */
static void add_arc(struct lockdoc_side *side, const struct observed_witness *w)
{
	struct lockdoc *doc = side->document;
	char *path = side->path[doc->nr_arcs], *colon;

	snprintf(path, OBSERVED_SITE, "%s", w->acquired);
	colon = strrchr(path, ':');
	doc->arc[doc->nr_arcs] = (struct lockdoc_arc){
		.before = w->before, .after = w->after, .trylock = w->trylock, .path = path, .line = colon ? atoi(colon + 1) : 0,
		.ctx = w->context ? must(strdup(lockdoc_core.contexts[w->context])) : NULL,
	};
	if (colon)
		*colon = '\0';
	doc->nr_arcs++;
}

static struct all_seen seen_by_all(const struct order_runs *runs)
{
	struct all_seen seen = { must(calloc(runs->settings.nr_providers + 1, sizeof(*seen.of))), runs->settings.nr_providers };

	for (unsigned p = 0; p < seen.nr; p++)
		for (unsigned i = 0; i < runs->batch.nr; i++)
			if (runs->batch.item[i].provider == runs->settings.provider[p])
				observed_merge(&seen.of[p], &runs->batch.result[i].observed);
	return seen;
}

/* Of all providers together: what one of them does, the model does. */
static bool open_observed(const struct options *o, struct lockdoc_side *side, char err[LOCKDOC_ERR])
{
	struct all_seen seen = { NULL, 0 };
	struct order_runs runs;
	bool ok = order_observe(o, NULL, &runs, err);
	unsigned nr = 0;

	if (ok)
		seen = seen_by_all(&runs);
	order_runs_free(&runs);
	for (unsigned p = 0; p < seen.nr; p++)
		nr += seen.of[p].nr_witnesses;
	side->diff.doc = side->document = new_document(side->diff.name, nr);
	side->path = must(calloc(nr + 1, sizeof(*side->path)));
	for (unsigned p = 0; p < seen.nr; p++)
		for (u32 i = 0; i < seen.of[p].nr_witnesses; i++) {
			const struct observed_witness *w = &seen.of[p].witness[i];

			if (!says_nothing(&seen, w) && !seen_before(&seen, p, w, w->trylock))
				add_arc(side, w);
		}
	free(seen.of);
	return ok;
}

/* ---- any of them ---- */

bool lockdoc_side_open(const struct options *o, struct lockdoc_side *side, char err[LOCKDOC_ERR])
{
	if (!strcmp(side->diff.name, "observed"))
		return open_observed(o, side, err);
	if (!strcmp(side->diff.name, "model") || !strncmp(side->diff.name, "era:", 4))
		return open_builtin(side, err);
	return open_file(o, side, err);
}

void lockdoc_side_close(struct lockdoc_side *side)
{
	ingest_free(side->comment);
	lockdoc_free(side->document);
	lint_free(&side->lint);
	free(side->path);
}
