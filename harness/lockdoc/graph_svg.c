/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lock order drawn, without a program that would draw it: layers by the longest way from the top, arrows that cross layers led
 * through places of their own, places ordered by the mean of their neighbours (Sugiyama, Tagawa and Toda, 1981).
 *
 * Concurrency: one caller.
 */
#include "lockdoc/graph.h"

#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "trace/xml.h"

#define LAYER_HEIGHT 84
#define NODE_HEIGHT 34
#define GAP 26				/* between places of a layer */
#define LETTER 8			/* width of one, about */
#define MARGIN 24
#define LEGEND_LINE 20
#define SWEEPS 24

/* A place in a layer: a class, or where an arrow passes through. */
struct place {
	int layer, order;
	int class;			/* -1: of an arrow */
	double x, width;		/* x: of the middle */
	double wanted;
	int up, down;			/* of an arrow: the places that it comes from and leads to */
};

struct drawing {
	const struct lock_graph *g;
	struct place *place;		/* the first MAX_CLASSES are those of the classes */
	int nr, layers;
	int *first;			/* first place of each edge, or -1 when it leads straight to the next layer */
	double width;
};

static bool leads_down(const struct graph_edge *e)
{
	return !e->hidden && e->look <= LOOK_TRY;
}

/* ---- layers ---- */

/* The longest way; in a cycle as many rounds as there are classes are enough. */
static void find_layers(struct drawing *d)
{
	const struct lock_graph *g = d->g;
	bool moved = true;

	for (int round = 0; round < MAX_CLASSES && moved; round++) {
		moved = false;
		for (unsigned i = 0; i < g->nr_edges; i++) {
			const struct graph_edge *e = &g->edge[i];
			int below = d->place[e->before].layer + 1;

			if (!leads_down(e) || e->look == LOOK_TRY || d->place[e->after].layer >= below || below >= MAX_CLASSES)
				continue;
			d->place[e->after].layer = below;
			moved = true;
		}
	}
	for (u64 b = g->nodes; b; b &= b - 1) {
		int layer = d->place[__builtin_ctzl(b)].layer;

		d->layers = layer >= d->layers ? layer + 1 : d->layers;
	}
}

static int add_place(struct drawing *d, int layer, int class)
{
	d->place = must(reallocarray(d->place, (size_t)d->nr + 1, sizeof(*d->place)));
	d->place[d->nr] = (struct place){ .layer = layer, .class = class, .width = 10, .up = -1, .down = -1 };
	return d->nr++;
}

/* Lead each arrow through every layer between its ends. */
static void lead_arrows(struct drawing *d)
{
	for (unsigned i = 0; i < d->g->nr_edges; i++) {
		const struct graph_edge *e = &d->g->edge[i];
		int from = d->place[e->before].layer, to = d->place[e->after].layer, last = e->before;

		d->first[i] = -1;
		if (!leads_down(e))
			continue;
		for (int layer = from + 1; layer < to; layer++) {
			int at = add_place(d, layer, -1);

			d->place[at].up = last;
			if (last != e->before)
				d->place[last].down = at;
			else
				d->first[i] = at;
			last = at;
		}
		if (last != e->before)
			d->place[last].down = e->after;
	}
}

/* ---- the order in a layer, and where that is ---- */

static bool in_use(const struct drawing *d, int at)
{
	return at >= MAX_CLASSES || d->g->nodes >> at & 1;
}

/* Where an arrow stands in the layer next to one of its ends. */
static double end_of(const struct drawing *d, unsigned edge, bool upper)
{
	const struct graph_edge *e = &d->g->edge[edge];
	int at = d->first[edge];

	if (at < 0)
		return d->place[upper ? e->after : e->before].x;
	while (!upper && d->place[at].down >= MAX_CLASSES)
		at = d->place[at].down;
	return d->place[at].x;
}

/* The mean of the neighbours above or below; its own x when there are none. */
static double mean(const struct drawing *d, int at, bool above)
{
	const struct place *p = &d->place[at];
	double sum = 0;
	int n = 0;

	if (p->class < 0)
		return d->place[above ? p->up : p->down].x;
	for (unsigned i = 0; i < d->g->nr_edges; i++) {
		const struct graph_edge *e = &d->g->edge[i];

		if (!leads_down(e) || (above ? e->after : e->before) != at)
			continue;
		sum += end_of(d, i, !above);
		n++;
	}
	return n ? sum / n : p->x;
}

static const struct drawing *sorted;

static int by_wanted(const void *a, const void *b)
{
	const struct place *p = &sorted->place[*(const int *)a], *q = &sorted->place[*(const int *)b];

	if (p->wanted < q->wanted || p->wanted > q->wanted)
		return p->wanted < q->wanted ? -1 : 1;
	return p->order - q->order;
}

static int places_of(const struct drawing *d, int layer, int *at)
{
	int n = 0;

	for (int i = 0; i < d->nr; i++)
		if (in_use(d, i) && d->place[i].layer == layer)
			at[n++] = i;
	return n;
}

static double distance(const struct place *p, const struct place *q)
{
	return (p->width + q->width) / 2 + GAP;
}

/* As near to where they want to be as the order allows: halfway between being pushed to the right and to the left. */
static void set_apart(struct drawing *d, const int *at, int n)
{
	double *left = must(calloc((size_t)n + 1, sizeof(*left))), *right = must(calloc((size_t)n + 1, sizeof(*right)));

	for (int i = 0; i < n; i++) {
		left[i] = d->place[at[i]].wanted;
		if (i)
			left[i] = __builtin_fmax(left[i], left[i - 1] + distance(&d->place[at[i - 1]], &d->place[at[i]]));
	}
	for (int i = n - 1; i >= 0; i--) {
		right[i] = d->place[at[i]].wanted;
		if (i < n - 1)
			right[i] = __builtin_fmin(right[i], right[i + 1] - distance(&d->place[at[i]], &d->place[at[i + 1]]));
	}
	for (int i = 0; i < n; i++) {
		d->place[at[i]].x = (left[i] + right[i]) / 2;
		d->place[at[i]].order = i;
	}
	free(left);
	free(right);
}

static void sweep(struct drawing *d, bool down, bool reorder)
{
	int *at = must(calloc((size_t)d->nr + 1, sizeof(*at)));

	for (int i = 0; i < d->layers; i++) {
		int layer = down ? i : d->layers - 1 - i, n = places_of(d, layer, at);

		sorted = d;
		for (int k = 0; k < n; k++)
			d->place[at[k]].wanted = reorder ? mean(d, at[k], down) : d->place[at[k]].order;
		qsort(at, (size_t)n, sizeof(*at), by_wanted);
		for (int k = 0; k < n; k++)
			d->place[at[k]].wanted = mean(d, at[k], down);
		set_apart(d, at, n);
	}
	free(at);
}

static void arrange(struct drawing *d)
{
	double least = 1e9, most = -1e9;

	for (int i = 0; i < d->nr; i++) {
		d->place[i].order = i;
		d->place[i].x = i * 10;
	}
	for (int i = 0; i < SWEEPS; i++)
		sweep(d, !(i & 1), i < SWEEPS * 2 / 3);
	for (int i = 0; i < d->nr; i++) {
		if (!in_use(d, i))
			continue;
		least = __builtin_fmin(least, d->place[i].x - d->place[i].width / 2);
		most = __builtin_fmax(most, d->place[i].x + d->place[i].width / 2);
	}
	for (int i = 0; i < d->nr; i++)
		d->place[i].x += MARGIN - least;
	d->width = most - least + 2 * MARGIN;
}

static void layout(struct drawing *d, const struct lock_graph *g)
{
	*d = (struct drawing){ .g = g };
	for (int class = 0; class < MAX_CLASSES; class++) {
		add_place(d, 0, class);
		if (g->nodes >> class & 1)
			d->place[class].width = (double)(strlen(graph_class(g, (unsigned)class)->name) * LETTER + 24);
	}
	d->first = must(calloc(g->nr_edges + 1, sizeof(*d->first)));
	find_layers(d);
	lead_arrows(d);
	arrange(d);
}

/* ---- drawing ---- */

static const struct {
	const char *name, *text;
} waits[] = {
	[WAIT_RCU] = { "rcu", "RCU: nothing that blocks" },
	[WAIT_SPIN] = { "spin", "spins" },
	[WAIT_SLEEP] = { "sleep", "sleeps" },
	[WAIT_PSEUDO] = { "pseudo", "no lock: a context" },
};

static double y_of(const struct place *p)
{
	return MARGIN + NODE_HEIGHT / 2.0 + p->layer * LAYER_HEIGHT;
}

static void curve(double *x, double *y, double to_x, double to_y, FILE *out)
{
	double bend = (to_y - *y) / 2;

	fprintf(out, " C %.1f %.1f %.1f %.1f %.1f %.1f", *x, *y + bend, to_x, to_y - bend, to_x, to_y);
	*x = to_x;
	*y = to_y;
}

static void draw_edge(const struct drawing *d, unsigned i, FILE *out)
{
	const struct graph_edge *e = &d->g->edge[i];
	const struct place *from = &d->place[e->before], *to = &d->place[e->after];
	bool down = to->layer > from->layer;
	double x = from->x, y = y_of(from) + (down ? NODE_HEIGHT : -NODE_HEIGHT) / 2.0;

	fprintf(out, "<path class=\"edge look%d\" marker-end=\"url(#arrow%d)\" d=\"M %.1f %.1f", e->look, e->look, x, y);
	for (int at = d->first[i]; at >= MAX_CLASSES; at = d->place[at].down)
		curve(&x, &y, d->place[at].x, y_of(&d->place[at]), out);
	if (to->layer == from->layer)
		fprintf(out, " Q %.1f %.1f %.1f %.1f", (x + to->x) / 2, y - NODE_HEIGHT, to->x, y_of(to) - NODE_HEIGHT / 2.0 - 5);
	else
		curve(&x, &y, to->x, y_of(to) - (down ? NODE_HEIGHT / 2.0 + 5 : -NODE_HEIGHT / 2.0 - 5), out);
	fputs("\"><title>", out);
	xml_text(e->tip, out);
	fputs("</title></path>\n", out);
}

static void draw_node(const struct drawing *d, unsigned class, FILE *out)
{
	const struct place *p = &d->place[class];
	const struct lock_class *c = graph_class(d->g, class);

	fprintf(out, "<g class=\"node %s\"><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"7\"/>", waits[c->wait].name,
		p->x - p->width / 2, y_of(p) - NODE_HEIGHT / 2.0, p->width, NODE_HEIGHT);
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", p->x, y_of(p) + 4.5);
	xml_text(c->name, out);
	fprintf(out, "</text><title>%s</title></g>\n", waits[c->wait].text);
}

static void draw_head(double width, double height, FILE *out)
{
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\">\n<style>\n",
		width, height, width, height);
	fputs("svg { background: #fff; color: #222; font: 13px ui-monospace, monospace; }\n"
	      ".node rect { stroke: #607d8b; fill: #fff; }\n.node text, .legend { fill: currentColor; }\n"
	      ".sleep rect { fill: #e3f2fd; }\n.spin rect { fill: #fff3e0; }\n.rcu rect { fill: #f3e5f5; }\n"
	      ".pseudo rect { fill: #eceff1; stroke-dasharray: 4 3; }\n.edge { fill: none; stroke-width: 1.6; }\n"
	      ".edge:hover { stroke-width: 4; }\n", out);
	for (int i = 0; i < NR_LOOKS; i++)
		fprintf(out, ".look%d { stroke: %s; stroke-dasharray: %s; }\n", i, graph_style[i].colour,
			graph_style[i].dash[0] ? graph_style[i].dash : "none");
	fputs("@media (prefers-color-scheme: dark) {\nsvg { background: #1b1f23; color: #e6e6e6; }\n"
	      ".sleep rect { fill: #14303f; }\n.spin rect { fill: #40301a; }\n.rcu rect { fill: #35203a; }\n"
	      ".pseudo rect { fill: #2b3136; }\n}\n</style>\n<defs>\n", out);
	for (int i = 0; i < NR_LOOKS; i++)
		fprintf(out, "<marker id=\"arrow%d\" viewBox=\"0 0 8 8\" refX=\"4\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" "
			"markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 z\" fill=\"%s\"/></marker>\n",
			i, graph_style[i].colour);
	fputs("</defs>\n", out);
}

static bool look_is_used(const struct lock_graph *g, int look)
{
	for (unsigned i = 0; i < g->nr_edges; i++)
		if (g->edge[i].look == look && !g->edge[i].hidden)
			return true;
	return false;
}

static bool wait_is_used(const struct lock_graph *g, unsigned wait)
{
	for (u64 b = g->nodes; b; b &= b - 1)
		if (graph_class(g, (unsigned)__builtin_ctzl(b))->wait == wait)
			return true;
	return false;
}

/* Only what is in the picture. Returns where the next line would stand. */
static double draw_legend(const struct lock_graph *g, double y, FILE *out)
{
	for (int i = 0; i < NR_LOOKS; i++) {
		if (!look_is_used(g, i))
			continue;
		if (out)
			fprintf(out, "<path class=\"edge look%d\" d=\"M %d %.1f h 40\"/><text class=\"legend\" x=\"%d\" y=\"%.1f\">%s"
				"</text>\n", i, MARGIN, y, MARGIN + 52, y + 4.5, graph_style[i].name);
		y += LEGEND_LINE;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(waits); i++) {
		if (!wait_is_used(g, i))
			continue;
		if (out)
			fprintf(out, "<g class=\"node %s\"><rect x=\"%d\" y=\"%.1f\" width=\"40\" height=\"14\" rx=\"4\"/></g>"
				"<text class=\"legend\" x=\"%d\" y=\"%.1f\">%s</text>\n", waits[i].name, MARGIN, y - 7,
				MARGIN + 52, y + 4.5, waits[i].text);
		y += LEGEND_LINE;
	}
	return y;
}

void graph_svg(const struct lock_graph *g, FILE *out)
{
	struct drawing d;
	double legend;

	layout(&d, g);
	legend = MARGIN + d.layers * LAYER_HEIGHT;
	draw_head(__builtin_fmax(d.width, 420), draw_legend(g, legend, NULL) + MARGIN / 2.0, out);
	for (unsigned i = 0; i < g->nr_edges; i++)
		if (!g->edge[i].hidden)
			draw_edge(&d, i, out);
	for (u64 b = g->nodes; b; b &= b - 1)
		draw_node(&d, (unsigned)__builtin_ctzl(b), out);
	draw_legend(g, legend, out);
	fputs("</svg>\n", out);
	free(d.place);
	free(d.first);
}
