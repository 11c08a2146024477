/* SPDX-License-Identifier: GPL-2.0-only */
/* rmaptorture lockdoc graph: the documented lock order as a picture; on request coloured by what a bounded set of runs has seen of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/must.h"
#include "cli/options.h"
#include "cmd_lockdoc.h"
#include "lockdoc/graph.h"
#include "order.h"

static const struct form {
	const char *name;
	void (*draw)(const struct lock_graph *g, FILE *out);
} forms[] = {
	{ "svg", graph_svg },
	{ "dot", graph_dot },
};

static const struct form *form_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (!strcmp(forms[i].name, name))
			return &forms[i];
	return NULL;
}

/* Standard output is the picture's. */
static void tell_findings(const struct batch *b)
{
	for (unsigned i = 0; i < b->nr; i++)
		if (b->result[i].found)
			fprintf(stderr, "rmaptorture: %s: finding %s; what came after it was not seen\n", b->item[i].scn->name,
				b->result[i].finding.signature);
}

static void draw(const struct form *form, const struct verdict *v)
{
	struct lock_graph g;

	graph_of(v, &g);
	form->draw(&g, stdout);
	graph_free(&g);
}

static int draw_observed(const struct options *o, const struct form *form)
{
	struct order_runs runs;
	char err[ERR_LEN];
	int status = EXIT_CLEAN;

	if (!order_observe(o, NULL, &runs, err)) {
		status = input_error("%s", err);
	} else {
		tell_findings(&runs.batch);
		for (unsigned i = 0; i < runs.batch.nr; i++)
			status = exit_combine(status, campaign_status(&runs.batch.result[i]));
		draw(form, &runs.verdict[0]);
	}
	order_runs_free(&runs);
	return status;
}

/* As the document has it, and nothing of where that stands: so the picture changes only if the order does. */
static int draw_documented(const struct form *form, const struct settings *s)
{
	const struct lockdoc *doc = s->locking ? s->locking : lockdoc_builtin();
	struct verdict *v;

	if (!doc)
		return input_error("expected a LOCKING.md or --locking FILE, found neither");
	v = must(calloc(1, sizeof(*v)));
	verdict_begin(v, doc, s->provider[0]->name);
	v->documented_only = true;
	verdict_judge(v);
	draw(form, v);
	verdict_free(v);
	free(v);
	return EXIT_CLEAN;
}

int lockdoc_graph(const struct options *o)
{
	const struct form *form = form_find(o->operands.nr > 1 ? o->operands.item[1] : "svg");
	struct settings settings;
	char err[ERR_LEN];

	if (!form)
		return usage_error("lockdoc --help", "lockdoc graph: expected svg or dot, found '%s'", o->operands.item[1]);
	if (settings_from_options(o, &settings, err))
		return input_error("%s", err);
	if (!o->providers.nr)
		settings.nr_providers = 1;	/* the newest */
	if (settings.nr_providers != 1)
		return usage_error("lockdoc --help", "lockdoc graph: expected one provider (--provider), found %u", settings.nr_providers);
	return o->observed ? draw_observed(o, form) : draw_documented(form, &settings);
}
