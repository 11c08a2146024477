/* SPDX-License-Identifier: GPL-2.0-only */
/* rmaptorture lockdoc graph: the documented lock order, coloured by what a bounded set of runs has seen of it. */
#include <stdio.h>
#include <string.h>

#include "cli/exit.h"
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

int lockdoc_graph(const struct options *o)
{
	const struct form *form = form_find(o->operands.nr > 1 ? o->operands.item[1] : "svg");
	const struct options all = { .command = CMD_RUN };
	struct settings settings;
	struct scenario_list list;
	struct verdict *order;
	struct batch batch;
	char err[ERR_LEN];
	int status;

	if (!form)
		return usage_error("lockdoc --help", "lockdoc graph: expected svg or dot, found '%s'", o->operands.item[1]);
	if (settings_from_options(o, &settings, err) || scenarios_from_options(&all, &list, err))
		return input_error("%s", err);
	if (settings.nr_providers != 1)
		return usage_error("lockdoc --help", "lockdoc graph: expected one provider (--provider), found %u", settings.nr_providers);
	batch_init(&batch, o, &list, &settings);
	batch.quiet = true;
	status = batch_run(&batch);
	tell_findings(&batch);
	order = order_judge(&batch, &settings);
	batch_free(&batch);
	if (order)
		draw(form, &order[0]);
	else
		status = input_error("expected a LOCKING.md or --locking FILE, found neither");
	order_free(order, settings.nr_providers);
	scenario_list_free(&list);
	return status;
}
