/* SPDX-License-Identifier: GPL-2.0-only */
/* The graph itself, and as DOT: see graph.h. */
#include "lockdoc/graph.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "lockdoc/closure.h"

const struct graph_style graph_style[NR_LOOKS] = {
	[LOOK_DOCUMENTED] = { "may be waited for under", "#455a64", "" },
	[LOOK_OBSERVED] = { "documented and observed", "#2e7d32", "" },
	[LOOK_TRANSITIVE] = { "documented, observed by transitivity only", "#7cb342", "" },
	[LOOK_NEVER] = { "documented, never observed", "#9e9e9e", "6 4" },
	[LOOK_TRY] = { "may only be tried", "#1e88e5", "2 4" },
	[LOOK_UNDOCUMENTED] = { "observed, not documented", "#ef6c00", "" },
	[LOOK_CONTRADICTED] = { "observed against the document", "#c62828", "" },
};

/* ---- making it ---- */

static const char *name_of(const struct verdict *v, unsigned class)
{
	return v->doc->model->classes[class].name;
}

static void tip_note(const struct verdict *v, unsigned context, unsigned before, unsigned after, bool trylock, FILE *out)
{
	for (const struct lockdoc_arc *a = v->doc->arc; a < v->doc->arc + v->doc->nr_arcs; a++)
		if (a->before == before && a->after == after && a->trylock == trylock && verdict_context(v, a) == context && a->note)
			fprintf(out, ": %s", a->note);
}

static char *tip_of(const struct verdict *v, unsigned context, unsigned before, unsigned after, bool trylock, int line)
{
	const char *scenario;
	const struct observed_witness *w = verdict_witness(v, context, before, after, trylock, &scenario);
	char *tip = NULL;
	size_t length;
	FILE *out = must(open_memstream(&tip, &length));

	fprintf(out, "%s < %s%s", name_of(v, before), name_of(v, after), trylock ? ":try" : "");
	if (line && v->documented_only)
		tip_note(v, context, before, after, trylock, out);
	else if (line)
		fprintf(out, ", %s:%d", v->doc->path, line);
	if (w)
		fprintf(out, "; seen at %s, under what was taken at %s, first in %s", w->acquired, w->held, scenario);
	fclose(out);
	return must(tip);
}

/* Of several for one pair the one that says most stays: a document may have an arc in each of two contexts. */
static void add_edge(struct lock_graph *g, unsigned context, unsigned before, unsigned after, enum graph_look look, int line)
{
	for (unsigned i = 0; i < g->nr_edges; i++) {
		struct graph_edge *e = &g->edge[i];

		if (e->before != before || e->after != after || (e->look == LOOK_TRY) != (look == LOOK_TRY))
			continue;
		if (look == LOOK_OBSERVED || look > LOOK_TRY)
			e->look = (u8)look;
		return;
	}
	g->edge = must(reallocarray(g->edge, g->nr_edges + 1, sizeof(*g->edge)));
	g->edge[g->nr_edges++] = (struct graph_edge){
		.before = (u8)before, .after = (u8)after, .look = (u8)look,
		.tip = tip_of(g->verdict, context, before, after, look == LOOK_TRY, line),
	};
	g->nodes |= BIT(before) | BIT(after);
}

static enum graph_look look_of(const struct verdict *v, const struct lockdoc_arc *a, enum arc_verdict verdict)
{
	if (a->trylock)
		return LOOK_TRY;
	if (v->documented_only)
		return LOOK_DOCUMENTED;
	return verdict == ARC_OBSERVED || verdict == ARC_STALE ? LOOK_OBSERVED : verdict == ARC_TRANSITIVE ? LOOK_TRANSITIVE : LOOK_NEVER;
}

static bool orders(const struct graph_edge *e)
{
	return e->look < LOOK_TRY;
}

/*
 * Hide what follows from two or more others. Of a cycle nothing is hidden: there everything follows from everything. An arrow that
 * was seen itself is as good as one that was not: the picture is about the order, the list of verdicts about the arcs.
 */
static void reduce(struct lock_graph *g)
{
	struct closure c;

	memset(&c, 0, sizeof(c));
	for (unsigned i = 0; i < g->nr_edges; i++)
		if (orders(&g->edge[i]))
			c.after[g->edge[i].before] |= BIT(g->edge[i].after);
	for (unsigned i = 0; i < g->nr_edges; i++) {
		struct graph_edge *e = &g->edge[i];

		if (!orders(e) || closure_from(&c, e->after) & BIT(e->before))
			continue;
		for (u64 via = c.after[e->before] & ~BIT(e->after); via && !e->hidden; via &= via - 1)
			e->hidden = closure_from(&c, (unsigned)__builtin_ctzl(via)) & BIT(e->after);
	}
}

void graph_of(const struct verdict *v, struct lock_graph *g)
{
	*g = (struct lock_graph){ .verdict = v };
	for (unsigned i = 0; i < v->doc->nr_rows; i++)
		if (lockdoc_era_has(v->doc->row[i].era, v->era))
			g->nodes |= BIT(v->doc->row[i].class);
	for (unsigned i = 0; i < v->doc->nr_arcs; i++) {
		const struct lockdoc_arc *a = &v->doc->arc[i];

		if (v->arc[i] != ARC_OTHER_ERA)
			add_edge(g, verdict_context(v, a), a->before, a->after, look_of(v, a, v->arc[i]), a->line);
	}
	for (unsigned i = 0; i < v->nr_pairs; i++) {
		const struct verdict_pair *p = &v->pair[i];

		add_edge(g, p->context, p->before, p->after, p->contradicted ? LOOK_CONTRADICTED : LOOK_UNDOCUMENTED, (int)p->line);
	}
	reduce(g);
}

void graph_free(struct lock_graph *g)
{
	for (unsigned i = 0; i < g->nr_edges; i++)
		free(g->edge[i].tip);
	free(g->edge);
}

/* ---- as DOT ---- */

static void dot_cluster(const struct lock_graph *g, enum wait_type wait, FILE *out)
{
	static const char *const label[] = {
		[WAIT_RCU] = "RCU", [WAIT_SPIN] = "spins", [WAIT_SLEEP] = "sleeps", [WAIT_PSEUDO] = "no lock",
	};
	u64 nodes = 0;

	for (u64 b = g->nodes; b; b &= b - 1)
		if (graph_class(g, (unsigned)__builtin_ctzl(b))->wait == wait)
			nodes |= b & -b;
	if (!nodes)
		return;
	fprintf(out, "\tsubgraph cluster_%u {\n\t\tlabel=\"%s\"; style=rounded; color=\"#bdbdbd\";\n", (unsigned)wait, label[wait]);
	for (; nodes; nodes &= nodes - 1)
		fprintf(out, "\t\t\"%s\";\n", graph_class(g, (unsigned)__builtin_ctzl(nodes))->name);
	fputs("\t}\n", out);
}

static void dot_string(const char *s, FILE *out)
{
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', out);
		fputc(*s, out);
	}
}

void graph_dot(const struct lock_graph *g, FILE *out)
{
	fputs("digraph \"lock order\" {\n\trankdir=TB; node [shape=box, style=rounded, fontname=\"monospace\"];\n", out);
	for (int wait = WAIT_RCU; wait <= WAIT_PSEUDO; wait++)
		dot_cluster(g, (enum wait_type)wait, out);
	for (unsigned i = 0; i < g->nr_edges; i++) {
		const struct graph_edge *e = &g->edge[i];
		const struct graph_style *style = &graph_style[e->look];

		if (e->hidden)
			continue;
		fprintf(out, "\t\"%s\" -> \"%s\" [color=\"%s\", style=%s%s, tooltip=\"", graph_class(g, e->before)->name,
			graph_class(g, e->after)->name, style->colour,
			e->look == LOOK_TRY ? "dotted" : style->dash[0] ? "dashed" : "solid",
			orders(e) ? "" : ", constraint=false");
		dot_string(e->tip, out);
		fputs("\"];\n", out);
	}
	fputs("}\n", out);
}
