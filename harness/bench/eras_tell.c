/* SPDX-License-Identifier: GPL-2.0-only */
/* rmaptorture bench eras: what is measured, and how it is told. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/eras.h"
#include "bench/plot.h"
#include "campaign.h"
#include "cli/build-id.h"
#include "cli/exit.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/must.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cli/results.h"

/* Many, and each of them short: what else the machine does then meets a measurement and its yardstick alike, or few of them. */
#define TURNS 15

/* As many as there are in rmap_providers, at the most. */
#define MOST_ERAS 4

static const struct {
	const char *name, *about;
} works[NR_ERA_WORKS] = {
	[ERA_WALK_SHARED] = { "walk-shared", "walk: shared page" },
	[ERA_WALK_OWN] = { "walk-own", "walk: own page" },
	[ERA_FORK] = { "fork", "fork" },
	[ERA_EXIT] = { "exit", "exit" },
	[ERA_RECLAIM] = { "reclaim", "reclaim" },
};

#define MOST_ROWS 7

/* What is measured of one kind of family, as it grows, or as its pages do. */
struct series {
	enum era_work work;
	unsigned pages;			/* 0: .of says how many, and there is one process */
	bool generations;
	const char *title, *along;	/* in the picture; NULL: not in it */
	unsigned of[MOST_ROWS];		/* how many processes; 0 ends it */
};

#define SHARERS { 1, 4, 16, 64, 256, 1000 }
#define DEPTHS { 1, 2, 4, 8, 16, 32, 64 }

/* The first row of each kind of work is, with the newest reverse map, what all others of it are compared with. */
static const struct series all_series[] = {
	{ ERA_WALK_SHARED, 1, false, "walk of a page that all share", "processes, siblings", SHARERS },
	{ ERA_FORK, 16, false, "fork, 16 pages", "processes, siblings", SHARERS },
	{ ERA_RECLAIM, 1, false, "reclaim of a page that all share", "processes, siblings", SHARERS },
	{ ERA_WALK_SHARED, 1, true, "walk of a page that all share", "generations, each the child of the one before", DEPTHS },
	{ ERA_FORK, 16, true, "fork, 16 pages", "generations, each the child of the one before", DEPTHS },
	{ ERA_RECLAIM, 1, true, "reclaim of a page that all share", "generations, each the child of the one before", DEPTHS },
	{ ERA_WALK_OWN, 1, false, NULL, NULL, { 1, 4, 16, 64, 256, 1000 } },
	{ ERA_FORK, 0, false, NULL, NULL, { 1, 4, 64 } },
	{ ERA_EXIT, 16, true, NULL, NULL, { 1, 4, 16, 64 } },
	{ ERA_EXIT, 0, false, NULL, NULL, { 1, 4, 64 } },
};

struct row {
	enum era_work work;
	struct era_family family;
};

static struct row row_of(const struct series *s, unsigned i)
{
	return (struct row){ s->work, { s->pages ? s->of[i] : 1, s->pages ? s->pages : s->of[i], s->generations } };
}

static const struct era_family kept[] = {
	{ 1, 16, false }, { 4, 1, false }, { 4, 16, false }, { 16, 16, false },
	{ 64, 16, false }, { 4, 16, true }, { 16, 16, true }, { 64, 16, true },
};

struct told {
	double ratio, least, most, ns;
	u64 steps;
};

/* Oldest first. */
struct eras {
	const struct rmap_ops *rmap[MOST_ERAS];
	unsigned nr;
};

static struct eras all_eras(void)
{
	struct eras e = { .nr = 0 };

	while (rmap_providers[e.nr])
		e.nr++;
	if (e.nr > MOST_ERAS)
		die("%u reverse maps, and room for %d", e.nr, MOST_ERAS);
	for (unsigned i = 0; i < e.nr; i++)
		e.rmap[i] = rmap_providers[e.nr - 1 - i];
	return e;
}

static struct era_family yardstick(enum era_work work)
{
	const struct series *s = all_series;

	while (s->work != work)
		s++;
	return row_of(s, 0).family;
}

/* False when interrupted. */
static bool measure(const struct rmap_ops *rmap, const struct row *r, struct told *t)
{
	double ratio[TURNS], unit[TURNS];
	const struct era_family one = yardstick(r->work);
	struct era_cost cost;

	for (unsigned i = 0; i < TURNS; i++) {
		if (interrupted)
			return false;
		progress("%s of %u processes, %u pages, %s, turn %u of %d", works[r->work].name, r->family.processes, r->family.pages,
			 rmap->name, i + 1, TURNS);
		ratio[i] = era_cost(rmap_providers[0], &one, r->work).seconds;
		cost = era_cost(rmap, &r->family, r->work);
		unit[i] = cost.seconds;
		ratio[i] = unit[i] / ratio[i];
	}
	*t = (struct told){ .ratio = bench_spread(ratio, TURNS).median, .ns = bench_spread(unit, TURNS).median * 1e9, .steps = cost.steps };
	t->least = ratio[0];
	t->most = ratio[TURNS - 1];
	return true;
}

/* ---- JSON ---- */

static json_t *line(const char *type, const struct rmap_ops *rmap, const struct era_family *f)
{
	return json_pack("{s:s s:s s:s s:s s:i s:i}", "type", type, "flavour", build_flavour, "provider", rmap->name, "shape",
			 f->generations ? "generations" : "siblings", "processes", (int)f->processes, "pages", (int)f->pages);
}

static void cost_json(const struct rmap_ops *rmap, const struct row *r, const struct told *t)
{
	json_t *o = line("bench-era", rmap, &r->family);

	json_object_update_new(o, json_pack("{s:s s:f s:f s:f s:f s:I}", "work", works[r->work].name, "ratio", t->ratio, "ratio_least",
					    t->least, "ratio_most", t->most, "ns", t->ns, "steps", (json_int_t)t->steps));
	put_json(o, stdout);
}

static void memory_json(const struct rmap_ops *rmap, const struct era_family *f, const struct era_memory *m)
{
	json_t *o = line("bench-era-memory", rmap, f);

	json_object_update_new(o, json_pack("{s:i s:i s:i s:I s:f}", "mappings", (int)m->mappings, "links", (int)m->links, "anon_vmas",
					    (int)m->anon_vmas, "bytes", (json_int_t)m->bytes, "bytes_per_mapping",
					    (double)m->bytes / m->mappings));
	put_json(o, stdout);
}

/* ---- tables ---- */

/* Two columns for each era: its name, and the second's title. */
static unsigned columns_of(const struct eras *e, struct table_column *columns, const char *what, const char *second)
{
	unsigned nr = 0;

	columns[nr++] = (struct table_column){ what, ALIGN_LEFT };
	columns[nr++] = (struct table_column){ "of", ALIGN_LEFT };
	for (unsigned i = 0; i < e->nr; i++) {
		columns[nr++] = (struct table_column){ e->rmap[i]->name, ALIGN_RIGHT };
		columns[nr++] = (struct table_column){ second, ALIGN_RIGHT };
	}
	return nr;
}

static const char *plural(unsigned n)
{
	return n == 1 ? "" : "s";
}

static void family_cell(struct table *t, const struct era_family *f)
{
	if (f->generations)
		table_cell(t, TINT_PLAIN, "%u generation%s, %u page%s", f->processes, plural(f->processes), f->pages, plural(f->pages));
	else
		table_cell(t, TINT_PLAIN, "%u process%s, %u page%s", f->processes, f->processes == 1 ? "" : "es", f->pages,
			   plural(f->pages));
}

/* A row of the table, or a line for each of its numbers. */
static void tell_costs(const struct eras *e, const struct row *r, const struct told *told, struct table *t)
{
	if (t) {
		table_cell(t, TINT_PLAIN, "%s", works[r->work].about);
		family_cell(t, &r->family);
	}
	for (unsigned p = 0; p < e->nr; p++) {
		if (!t) {
			cost_json(e->rmap[p], r, &told[p]);
			continue;
		}
		table_cell(t, TINT_BOLD, "%.2f", told[p].ratio);
		table_cell(t, TINT_DIM, "%lu", told[p].steps);
	}
}

/* Into the picture: a line for each reverse map. */
static void plot_costs(const struct eras *e, const struct series *s, unsigned i, const struct told *told, struct plot *plot)
{
	plot->title = s->title;
	plot->along = s->along;
	plot->nr = e->nr;
	for (unsigned p = 0; p < e->nr; p++) {
		struct plot_series *line = &plot->series[p];

		line->name = e->rmap[p]->name;
		line->nr = i + 1;
		line->x[i] = s->of[i];
		line->y[i] = told[p].ratio;
		line->least[i] = told[p].least;
		line->most[i] = told[p].most;
	}
}

/* False when interrupted. The table is NULL where lines are told. */
static bool series_costs(const struct eras *e, const struct series *s, struct table *t, struct plot *plot)
{
	for (unsigned i = 0; i < MOST_ROWS && s->of[i]; i++) {
		const struct row r = row_of(s, i);
		struct told told[MOST_ERAS];

		for (unsigned p = 0; p < e->nr; p++)
			if (!measure(e->rmap[p], &r, &told[p]))
				return false;
		progress_clear();
		tell_costs(e, &r, told, t);
		if (plot)
			plot_costs(e, s, i, told, plot);
	}
	return true;
}

static bool costs(const struct eras *e, bool json, struct plot *plots)
{
	struct table_column columns[2 + 2 * MOST_ERAS];
	struct table *t = json ? NULL : table_new(columns, columns_of(e, columns, "time", "steps"));
	bool whole = true;

	for (unsigned i = 0; i < ARRAY_SIZE(all_series) && whole; i++)
		whole = series_costs(e, &all_series[i], t, all_series[i].title ? plots++ : NULL);
	progress_clear();
	if (t) {
		table_print(t, stdout);
		table_free(t);
	}
	return whole;
}

static void memories(const struct eras *e, bool json)
{
	struct table_column columns[2 + 2 * MOST_ERAS];
	struct table *t = table_new(columns, columns_of(e, columns, "bytes each", "objects"));

	for (unsigned i = 0; i < ARRAY_SIZE(kept); i++) {
		if (!json) {
			table_cell(t, TINT_PLAIN, "%s", "memory");
			family_cell(t, &kept[i]);
		}
		for (unsigned p = 0; p < e->nr; p++) {
			const struct era_memory m = era_memory(e->rmap[p], &kept[i]);

			if (json) {
				memory_json(e->rmap[p], &kept[i], &m);
				continue;
			}
			table_cell(t, TINT_BOLD, "%.1f", (double)m.bytes / m.mappings);
			table_cell(t, TINT_DIM, "%u + %u", m.anon_vmas, m.links);
		}
	}
	if (json) {
		table_free(t);
		return;
	}
	putchar('\n');
	table_print(t, stdout);
	table_free(t);
	printf("\ntime: against %s in the first row of its kind, each measured beside it\n"
	       "steps: operations on shared memory\n"
	       "memory: in the model's sizes, without what is a part of pages and VMAs; objects: anon_vmas + links\n",
	       rmap_providers[0]->name);
}

static int draw(const struct plot *plots, unsigned nr, const char *path)
{
	char *text = NULL, y[128];
	size_t length;
	FILE *out = must(open_memstream(&text, &length));
	int failed;

	snprintf(y, sizeof(y), "time, against %s in the first point of its kind; the band: least and most of %d turns",
		 rmap_providers[0]->name, TURNS);
	plots_draw(out, "What each reverse map pays as families grow", y, plots, nr);
	must(fclose(out) ? NULL : text);
	failed = text_file_write_all(path, text, length);
	if (failed)
		input_error("%s: %s", path, strerror(errno));
	free(text);
	return failed ? EXIT_USAGE : EXIT_CLEAN;
}

int bench_eras(const struct options *o)
{
	const struct eras e = all_eras();
	struct plot *plots = must(calloc(ARRAY_SIZE(all_series), sizeof(*plots)));
	int status = EXIT_INCONCLUSIVE;
	unsigned nr = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(all_series); i++)
		nr += all_series[i].title != NULL;
	if (costs(&e, format_is_machine(o), plots)) {
		memories(&e, format_is_machine(o));
		status = o->svg ? draw(plots, nr, o->svg) : EXIT_CLEAN;
	}
	free(plots);
	return status;
}
