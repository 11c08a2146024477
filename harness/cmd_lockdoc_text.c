/* SPDX-License-Identifier: GPL-2.0-only */
/* rmaptorture lockdoc fmt and arcs: a document in its canonical form, and its arcs one by one for scripts. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cmd_lockdoc.h"
#include "lockdoc/format.h"
#include "lockdoc/ingest.h"
#include "lockdoc_side.h"

/* ---- fmt ---- */

static int format(const char *name, const char *text, size_t length)
{
	char err[LOCKDOC_ERR];
	size_t n = length;
	char *formatted = lockdoc_format(&lockdoc_core, name, text, &n, err);
	bool same = formatted && n == length && !memcmp(formatted, text, n);

	if (!formatted)
		return input_error("%s", err);
	fwrite(formatted, 1, n, stdout);
	free(formatted);
	return same ? EXIT_CLEAN : EXIT_FINDINGS;
}

int lockdoc_fmt(const struct options *o)
{
	struct lockdoc_text t;
	int status;

	if (lockdoc_text_open(o, &t, &status))
		status = format(t.name, t.text, t.length);
	lockdoc_text_close(&t);
	return status;
}

/* ---- arcs ---- */

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

static void print_arc(const struct lockdoc_model *model, const struct lockdoc_arc *a)
{
	printf("%s\t%s\t%s\t%s\t%s\t%s:%d\t%s\n", model->classes[a->before].name, model->classes[a->after].name,
	       a->trylock ? "try" : "wait", or_dash(a->ctx), or_dash(a->era), a->path, a->line, or_dash(a->note));
}

static void print_arcs(const struct options *o, const struct diff_side *side)
{
	const struct lockdoc *doc = side->doc;

	for (unsigned i = 0; i < doc->nr_arcs; i++) {
		const struct lockdoc_arc *a = &doc->arc[i];
		json_t *j;

		if (!lockdoc_arc_in_era(a, side->era))
			continue;
		if (o->format == FORMAT_TEXT) {
			print_arc(doc->model, a);
			continue;
		}
		j = ingest_arc_json("lockdoc-arc", doc->model, a);
		put_json(j, stdout);
	}
	for (unsigned i = 0; i < doc->nr_aparts; i++)
		if (o->format == FORMAT_TEXT)
			printf("%s\t%s\tnever-together\t-\t-\t%s:%d\t-\n", doc->model->classes[doc->apart[i].a].name,
			       doc->model->classes[doc->apart[i].b].name, doc->path, doc->apart[i].line);
	for (unsigned i = 0; i < doc->nr_pins; i++)
		if (o->format == FORMAT_TEXT)
			printf("-\t%s\tpin\t-\t-\t%s:%d\t-\n", doc->model->classes[doc->pin[i].class].name, doc->path,
			       doc->pin[i].line);
}

int lockdoc_arcs(const struct options *o)
{
	const char *name = o->operands.nr > 1 ? o->operands.item[1] : o->locking ? o->locking : "model";
	struct lockdoc_side side = { .diff.name = name };
	char err[LOCKDOC_ERR];
	int status = EXIT_CLEAN;

	if (lockdoc_side_open(o, &side, err))
		print_arcs(o, &side.diff);
	else
		status = input_error("%s", err);
	lockdoc_side_close(&side);
	return status;
}
