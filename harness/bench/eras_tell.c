/* SPDX-License-Identifier: GPL-2.0-only */
/* rmaptorture bench eras: what is measured, and how it is told. */
#include <jansson.h>
#include <stdio.h>

#include "bench/bench.h"
#include "bench/eras.h"
#include "campaign.h"
#include "cli/build-id.h"
#include "cli/exit.h"
#include "cli/json.h"
#include "cli/out.h"

/* Many, and each of them short: what else the machine does then meets a measurement and its yardstick alike, or few of them. */
#define TURNS 31

/* As many as there are in rmap_providers, at the most. */
#define MOST_ERAS 4

static const struct {
	const char *name, *about;
} works[NR_ERA_WORKS] = {
	[ERA_WALK_SHARED] = { "walk-shared", "walk: a page of all" },
	[ERA_WALK_OWN] = { "walk-own", "walk: a page of the youngest's own" },
	[ERA_FORK] = { "fork", "fork" },
	[ERA_EXIT] = { "exit", "exit" },
};

/* The first row of each kind of work is, with the newest reverse map, what all others of it are compared with. */
static const struct row {
	enum era_work work;
	struct era_family family;
} rows[] = {
	{ ERA_WALK_SHARED, { 1, 1, false } },  { ERA_WALK_SHARED, { 4, 1, false } }, { ERA_WALK_SHARED, { 16, 1, false } },
	{ ERA_WALK_SHARED, { 64, 1, false } }, { ERA_WALK_OWN, { 1, 1, false } },    { ERA_WALK_OWN, { 4, 1, false } },
	{ ERA_WALK_OWN, { 16, 1, false } },    { ERA_WALK_OWN, { 64, 1, false } },   { ERA_FORK, { 1, 1, false } },
	{ ERA_FORK, { 1, 4, false } },	       { ERA_FORK, { 1, 16, false } },	     { ERA_FORK, { 1, 64, false } },
	{ ERA_FORK, { 64, 16, false } },       { ERA_FORK, { 4, 16, true } },	     { ERA_FORK, { 16, 16, true } },
	{ ERA_FORK, { 64, 16, true } },	       { ERA_EXIT, { 1, 1, false } },	     { ERA_EXIT, { 1, 16, false } },
	{ ERA_EXIT, { 1, 64, false } },	       { ERA_EXIT, { 64, 16, false } },	     { ERA_EXIT, { 64, 16, true } },
};

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

static const struct era_family *yardstick(enum era_work work)
{
	const struct row *r = rows;

	while (r->work != work)
		r++;
	return &r->family;
}

/* False when interrupted. */
static bool measure(const struct rmap_ops *rmap, const struct row *r, struct told *t)
{
	double ratio[TURNS], unit[TURNS];
	struct era_cost cost;

	for (unsigned i = 0; i < TURNS; i++) {
		if (interrupted)
			return false;
		progress("%s of %u processes, %u pages, %s, turn %u of %d", works[r->work].name, r->family.processes, r->family.pages,
			 rmap->name, i + 1, TURNS);
		ratio[i] = era_cost(rmap_providers[0], yardstick(r->work), r->work).seconds;
		cost = era_cost(rmap, &r->family, r->work);
		unit[i] = cost.seconds;
		ratio[i] = unit[i] / ratio[i];
	}
	*t = (struct told){ .ratio = bench_median(ratio, TURNS), .ns = bench_median(unit, TURNS) * 1e9, .steps = cost.steps };
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
		table_cell(t, TINT_PLAIN, "%u generations, %u page%s", f->processes, f->pages, plural(f->pages));
	else
		table_cell(t, TINT_PLAIN, "%u process%s, %u page%s", f->processes, f->processes == 1 ? "" : "es", f->pages,
			   plural(f->pages));
}

static bool costs(const struct eras *e, bool json)
{
	struct table_column columns[2 + 2 * MOST_ERAS];
	struct table *t = table_new(columns, columns_of(e, columns, "time", "steps"));
	bool whole = true;

	for (unsigned i = 0; i < ARRAY_SIZE(rows) && whole; i++) {
		struct told told[MOST_ERAS];

		for (unsigned p = 0; p < e->nr && whole; p++)
			whole = measure(e->rmap[p], &rows[i], &told[p]);
		if (!whole)
			break;
		if (!json) {
			table_cell(t, TINT_PLAIN, "%s", works[rows[i].work].about);
			family_cell(t, &rows[i].family);
		}
		for (unsigned p = 0; p < e->nr; p++) {
			if (json) {
				cost_json(e->rmap[p], &rows[i], &told[p]);
				continue;
			}
			table_cell(t, TINT_BOLD, "%.2f", told[p].ratio);
			table_cell(t, TINT_DIM, "%lu", told[p].steps);
		}
	}
	progress_clear();
	if (!json)
		table_print(t, stdout);
	table_free(t);
	return whole;
}

static void objects_cell(struct table *t, const struct era_memory *m)
{
	char text[64] = "", *at = text;

	if (m->anon_vmas)
		at += snprintf(at, sizeof(text) / 2, "%u anon_vma%s%s", m->anon_vmas, plural(m->anon_vmas), m->links ? ", " : "");
	if (m->links || !m->anon_vmas)
		snprintf(at, sizeof(text) / 2, "%u link%s", m->links, plural(m->links));
	table_cell(t, TINT_DIM, "%s", text);
}

static void memories(const struct eras *e, bool json)
{
	struct table_column columns[2 + 2 * MOST_ERAS];
	struct table *t = table_new(columns, columns_of(e, columns, "bytes a mapping", "objects"));

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
			objects_cell(t, &m);
		}
	}
	if (json) {
		table_free(t);
		return;
	}
	putchar('\n');
	table_print(t, stdout);
	table_free(t);
	printf("\ntime: against %s in the first row of its kind, each measured beside it; steps: operations on shared memory\n"
	       "memory: in the model's sizes, without what is a part of pages and VMAs\n", rmap_providers[0]->name);
}

int bench_eras(bool json)
{
	const struct eras e = all_eras();

	if (!costs(&e, json))
		return EXIT_INCONCLUSIVE;
	memories(&e, json);
	return EXIT_CLEAN;
}
