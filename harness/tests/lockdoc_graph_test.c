/* SPDX-License-Identifier: GPL-2.0-only */
/* Tests of the picture of a lock order: what is in it, what follows and is left out, and that it is well-formed. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lockdoc/graph.h"

enum { NONE, TOP, LEFT, RIGHT, LOW, ALONE, NR_CLASSES };

static const struct lock_class classes[NR_CLASSES] = {
	[NONE] = { "none", WAIT_PSEUDO, SAME_NEVER, 0 },   [TOP] = { "top", WAIT_SLEEP, SAME_NEVER, 0 },
	[LEFT] = { "left<&", WAIT_SLEEP, SAME_NEVER, 0 },  [RIGHT] = { "right", WAIT_SPIN, SAME_NEVER, 0 },
	[LOW] = { "low", WAIT_SPIN, SAME_NEVER, 0 },       [ALONE] = { "alone", WAIT_RCU, SAME_RECURSIVE, 0 },
};

static const struct lockdoc_model model = { classes, NR_CLASSES, NULL, 0, false };

/* top < left < low, top < right, and what follows: top < low. left is tried under right. */
static struct lockdoc_arc arcs[] = {
	{ .before = TOP, .after = LEFT, .line = 1 }, { .before = LEFT, .after = LOW, .line = 2 },
	{ .before = TOP, .after = RIGHT, .line = 3 }, { .before = TOP, .after = LOW, .line = 4 },
	{ .before = RIGHT, .after = LEFT, .line = 5, .trylock = true },
};
static struct lockdoc_row rows[] = { { .class = ALONE, .line = 6 } };
static struct lockdoc doc = {
	.path = (char *)"ORDER.md", .model = &model, .arc = arcs, .nr_arcs = ARRAY_SIZE(arcs), .row = rows, .nr_rows = ARRAY_SIZE(rows),
};

/* top < left was seen, and low < right, of which the document knows nothing, and left < top, which it forbids. */
static void judged(struct verdict *v)
{
	static struct observed seen;
	struct observed_witness *w;

	memset(&seen, 0, sizeof(seen));
	observed_add(&seen, 0, TOP, LEFT, false);
	observed_add(&seen, 0, LEFT, TOP, false);
	w = observed_add(&seen, 0, LOW, RIGHT, false);
	strcpy(w->held, "low.c:1");
	strcpy(w->acquired, "right.c:2");
	verdict_begin(v, &doc, "any");
	verdict_add(v, &seen, "story");
	verdict_judge(v);
}

static const struct graph_edge *edge(const struct lock_graph *g, unsigned before, unsigned after)
{
	for (unsigned i = 0; i < g->nr_edges; i++)
		if (g->edge[i].before == before && g->edge[i].after == after)
			return &g->edge[i];
	fail_msg("no edge from %u to %u", before, after);
	return NULL;
}

static void what_is_in_it(void **state)
{
	struct lock_graph g;
	struct verdict v;

	(void)state;
	judged(&v);
	graph_of(&v, &g);
	assert_int_equal(g.nr_edges, 7);
	assert_int_equal(g.nodes, 1ul << TOP | 1ul << LEFT | 1ul << RIGHT | 1ul << LOW | 1ul << ALONE);
	assert_int_equal(edge(&g, TOP, LEFT)->look, LOOK_OBSERVED);
	assert_int_equal(edge(&g, LEFT, LOW)->look, LOOK_NEVER);
	assert_int_equal(edge(&g, RIGHT, LEFT)->look, LOOK_TRY);
	assert_int_equal(edge(&g, LOW, RIGHT)->look, LOOK_UNDOCUMENTED);
	assert_int_equal(edge(&g, LEFT, TOP)->look, LOOK_CONTRADICTED);
	for (unsigned i = 0; i < g.nr_edges; i++)
		assert_int_equal(g.edge[i].hidden, g.edge[i].before == TOP && g.edge[i].after == LOW);
	assert_string_equal(edge(&g, TOP, LOW)->tip, "top < low, ORDER.md:4");
	assert_string_equal(edge(&g, LOW, RIGHT)->tip,
			    "low < right; seen at right.c:2, under what was taken at low.c:1, first in story");
	graph_free(&g);
	verdict_free(&v);
}

static char *drawn(void (*draw)(const struct lock_graph *g, FILE *out), const struct verdict *v)
{
	struct lock_graph g;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	graph_of(v, &g);
	draw(&g, out);
	fclose(out);
	graph_free(&g);
	return text;
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
		n++;
	return n;
}

static void pictures(void **state)
{
	struct verdict v;
	char *svg, *dot;

	(void)state;
	judged(&v);
	svg = drawn(graph_svg, &v);
	assert_int_equal(count(svg, "<g class=\"node"), 5 + 3);		/* and the legend's */
	assert_int_equal(count(svg, "marker-end"), 6);
	assert_int_equal(count(svg, "left&lt;&amp;</text>"), 1);
	assert_null(strstr(svg, "nan"));
	assert_int_equal(count(svg, "<"), count(svg, ">"));
	assert_int_equal(count(svg, "<g "), count(svg, "</g>"));
	free(svg);
	dot = drawn(graph_dot, &v);
	assert_int_equal(count(dot, " -> "), 6);
	assert_int_equal(count(dot, "subgraph"), 3);
	assert_int_equal(count(dot, "{"), count(dot, "}"));
	free(dot);
	verdict_free(&v);
}

/* A document in a circle is drawn as well as it can be. */
static void circles_end(void **state)
{
	struct lockdoc_arc round[] = {
		{ .before = TOP, .after = LEFT }, { .before = LEFT, .after = RIGHT }, { .before = RIGHT, .after = TOP },
	};
	struct lockdoc circle = doc;
	struct verdict v;
	char *svg;

	(void)state;
	circle.arc = round;
	circle.nr_arcs = ARRAY_SIZE(round);
	verdict_begin(&v, &circle, "any");
	verdict_judge(&v);
	svg = drawn(graph_svg, &v);
	assert_int_equal(count(svg, "marker-end"), 3);
	assert_null(strstr(svg, "nan"));
	free(svg);
	verdict_free(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_in_it),
		cmocka_unit_test(pictures),
		cmocka_unit_test(circles_end),
	};

	return cmocka_run_group_tests_name("lock graph", tests, NULL, NULL);
}
