/* SPDX-License-Identifier: GPL-2.0-only */
/* rmaptorture bench: how fast it is, as ratios to a bare switch of stacks, or to another yardstick, in the same run. */
#include <jansson.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/eras.h"
#include "campaign.h"
#include "cli/build-id.h"
#include "cli/exit.h"
#include "cli/results.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cli/out.h"

#define ALL "all"

static bool named(const struct options *o, const char *name)
{
	for (size_t i = 0; i < o->operands.nr; i++)
		if (!strcmp(o->operands.item[i], name))
			return true;
	return false;
}

static bool group_wanted(const struct options *o, const struct figure_group *g)
{
	return o->operands.nr ? named(o, g->name) || named(o, ALL) : g->quick;
}

/* Without its group, a figure is measured when it is named and the group is one that is there from the beginning. */
static bool figure_wanted(const struct options *o, const struct figure_group *g, const struct figure *f)
{
	return group_wanted(o, g) || named(o, f->name);
}

static void make_group(struct figure_group *g)
{
	if (g->make && !g->figure)
		g->make(g);
}

/* ---- telling ---- */

static void tell_json(const struct figure_group *g, const struct figure *f, const struct measured *m)
{
	json_t *o = json_pack("{s:s s:s s:s s:s s:s s:f s:f s:f s:f s:b}", "type", "bench", "group", g->name, "figure", f->name, "unit",
			      f->unit, "flavour", build_flavour, "ratio", m->ratio.median, "ratio_least", m->ratio.least, "ratio_most",
			      m->ratio.most, "limit", m->limit, "over", (int)bench_over(m));

	if (!f->amount)
		json_object_update_new(o, json_pack("{s:f s:f s:f}", "ns", m->unit * 1e9, "switch_ns", m->yardstick * 1e9, "per_s",
						    1 / m->unit));
	put_json(o, stdout);
}

static void tell_row(struct table *t, const struct figure *f, const struct measured *m)
{
	int digits = m->ratio.median < 100 ? 2 : 0;

	table_cell(t, TINT_PLAIN, "%s", f->name);
	table_cell(t, bench_over(m) ? TINT_BAD : TINT_BOLD, "%.*f", digits, m->ratio.median);
	table_cell(t, TINT_DIM, "%.*f .. %.*f", digits, m->ratio.least, digits, m->ratio.most);
	if (m->limit > 0)
		table_cell(t, bench_over(m) ? TINT_BAD : TINT_GOOD, "%s %g", bench_over(m) ? "over" : "of", m->limit);
	else
		table_cell(t, TINT_DIM, "-");
	if (f->amount) {
		table_cell(t, TINT_DIM, "-");
		table_cell(t, TINT_DIM, "-");
		table_cell(t, TINT_DIM, "-");
	} else {
		table_cell(t, TINT_PLAIN, "%.1f", m->unit * 1e9);
		table_cell(t, TINT_PLAIN, "%.0f", 1 / m->unit);
		table_cell(t, TINT_DIM, "%.1f", m->yardstick * 1e9);
	}
	table_cell(t, TINT_PLAIN, "%s", f->unit);
}

static const struct table_column columns[] = {
	{ "figure", ALIGN_LEFT }, { "ratio", ALIGN_RIGHT },   { "least .. most", ALIGN_RIGHT }, { "limit", ALIGN_RIGHT },
	{ "ns", ALIGN_RIGHT },	  { "a second", ALIGN_RIGHT }, { "against ns", ALIGN_RIGHT },	{ "per", ALIGN_LEFT },
};

/* ---- measuring ---- */

/* False when interrupted. What is over its limit goes to *status; *told: there was a table already. */
static bool bench_group(const struct options *o, struct figure_group *g, int *status, bool *told)
{
	struct table *t = table_new(columns, ARRAY_SIZE(columns));
	bool whole = true, any = false;

	for (unsigned i = 0; i < g->nr && whole; i++) {
		const struct figure *f = &g->figure[i];
		struct measured m;

		if (!figure_wanted(o, g, f))
			continue;
		whole = bench_measure(f, &m);
		if (!whole)
			break;
		any = true;
		if (bench_over(&m))
			*status = EXIT_FINDINGS;
		progress_clear();
		if (format_is_machine(o))
			tell_json(g, f, &m);
		else
			tell_row(t, f, &m);
	}
	progress_clear();
	if (any && o->format == FORMAT_TEXT) {
		printf("%s%s: %s\n", *told ? "\n" : "", g->name, g->about);
		*told = true;
		table_print(t, stdout);
		fflush(stdout);
	}
	table_free(t);
	return whole;
}

static bool known_operand(const char *name)
{
	if (!strcmp(name, ERAS) || !strcmp(name, ALL))
		return true;
	for (struct figure_group *g = figure_groups; g < figure_groups + nr_figure_groups; g++) {
		if (!strcmp(name, g->name))
			return true;
		for (unsigned i = 0; i < g->nr; i++)
			if (!strcmp(name, g->figure[i].name))
				return true;
	}
	return false;
}

/* Figures first: their machines are larger (BENCH_ARENA). */
int cmd_bench(const struct options *o)
{
	int status = EXIT_CLEAN;
	bool whole = true, told = false;

	for (size_t i = 0; i < o->operands.nr; i++)
		if (!known_operand(o->operands.item[i]))
			return usage_error("bench", "expected the name of a figure or a group of them, or " ERAS ", or " ALL ", found '%s'",
					   o->operands.item[i]);
	if (o->svg && !named(o, ERAS) && !named(o, ALL))
		return usage_error("bench --help", "--svg: expected " ERAS " to be measured, which is what is drawn");
	catch_interrupts();
	bench_switch();			/* the first machine has the largest arena */
	for (struct figure_group *g = figure_groups; g < figure_groups + nr_figure_groups && whole; g++) {
		if (group_wanted(o, g))
			make_group(g);
		whole = bench_group(o, g, &status, &told);
	}
	if (!whole)
		return exit_combine(status, EXIT_INCONCLUSIVE);
	if (named(o, ERAS) || named(o, ALL)) {
		if (told)
			putchar('\n');
		status = exit_combine(status, bench_eras(o));
	}
	return status;
}
