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
#include "machine.h"

#define TURNS 7

struct measured {
	double ns, bare_ns;		/* medians */
	double least, median, most;	/* of the ratio */
	double limit;
	bool skipped;			/* by an interrupt */
};

static bool under_tsan(void)
{
	return !strcmp(build_flavour, "tsan");
}

/* Limits are for the flavours that they were set for. */
static double limit_of(const struct figure *f)
{
	return under_tsan() ? f->limit_tsan : strcmp(build_flavour, "release") ? 0 : f->limit;
}

static void measure(const struct figure *f, struct measured *m)
{
	double ratio[TURNS], unit[TURNS], bare[TURNS];

	*m = (struct measured){ .limit = limit_of(f) };
	for (unsigned i = 0; i < TURNS; i++) {
		double seconds = 0;
		u64 units;

		if (interrupted) {
			m->skipped = true;
			return;
		}
		progress("%s, turn %u of %d", f->name, i + 1, TURNS);
		bare[i] = f->yardstick ? f->yardstick() : bench_switch();
		units = f->measure(f->units, &seconds);
		unit[i] = seconds / (double)units;
		ratio[i] = unit[i] / bare[i];
	}
	progress_clear();
	m->ns = bench_median(unit, TURNS) * 1e9;
	m->bare_ns = bench_median(bare, TURNS) * 1e9;
	m->median = bench_median(ratio, TURNS);
	m->least = ratio[0];
	m->most = ratio[TURNS - 1];
}

static bool over(const struct measured *m)
{
	return m->limit > 0 && m->median > m->limit;
}

static void tell_json(const struct figure *f, const struct measured *m)
{
	json_t *o = json_pack("{s:s s:s s:s s:s s:f s:f s:f s:f s:f s:f s:b}", "type", "bench", "figure", f->name, "unit", f->unit,
			      "flavour", build_flavour, "ratio", m->median, "ratio_least", m->least, "ratio_most", m->most, "limit",
			      m->limit, "ns", m->ns, "switch_ns", m->bare_ns, "over", (int)over(m));

	put_json(o, stdout);
}

static void tell_row(struct table *t, const struct figure *f, const struct measured *m)
{
	int digits = f->yardstick ? 2 : 1;

	table_cell(t, TINT_PLAIN, "%s", f->name);
	table_cell(t, over(m) ? TINT_BAD : TINT_BOLD, "%.*f", digits, m->median);
	table_cell(t, TINT_DIM, "%.*f .. %.*f", digits, m->least, digits, m->most);
	if (m->limit > 0)
		table_cell(t, over(m) ? TINT_BAD : TINT_GOOD, "%.4g", m->limit);
	else
		table_cell(t, TINT_DIM, "-");
	table_cell(t, TINT_PLAIN, "%.*f", digits - 1, m->ns);
	table_cell(t, TINT_DIM, "%.1f", m->bare_ns);
	table_cell(t, TINT_PLAIN, "%s", f->unit);
	table_cell(t, TINT_PLAIN, "%s", f->about);
}

static const struct figure *figure_find(const char *name)
{
	for (unsigned i = 0; i < nr_figures; i++)
		if (!strcmp(figures[i].name, name))
			return &figures[i];
	return NULL;
}

static bool wanted(const struct options *o, const char *name)
{
	for (size_t i = 0; i < o->operands.nr; i++)
		if (!strcmp(o->operands.item[i], name))
			return true;
	return !o->operands.nr;
}

static int bench_figures(const struct options *o)
{
	static const struct table_column columns[] = {
		{ "figure", ALIGN_LEFT }, { "ratio", ALIGN_RIGHT }, { "least .. most", ALIGN_RIGHT }, { "limit", ALIGN_RIGHT },
		{ "ns", ALIGN_RIGHT },	  { "yardstick ns", ALIGN_RIGHT }, { "per", ALIGN_LEFT },		{ "", ALIGN_LEFT },
	};
	struct table *t = table_new(columns, ARRAY_SIZE(columns));
	int status = EXIT_CLEAN;
	bool shown = false;

	for (unsigned i = 0; i < nr_figures; i++) {
		struct measured m;

		if (!wanted(o, figures[i].name))
			continue;
		measure(&figures[i], &m);
		if (m.skipped || over(&m))
			status = EXIT_INCONCLUSIVE;
		if (m.skipped)
			break;
		if (format_is_machine(o))
			tell_json(&figures[i], &m);
		else
			tell_row(t, &figures[i], &m);
		shown = true;
	}
	progress_clear();
	if (o->format == FORMAT_TEXT && shown)
		table_print(t, stdout);
	table_free(t);
	return status;
}

/* Figures first: their machines are larger (BENCH_ARENA). */
int cmd_bench(const struct options *o)
{
	int status;

	for (size_t i = 0; i < o->operands.nr; i++)
		if (strcmp(o->operands.item[i], ERAS) != 0 && !figure_find(o->operands.item[i]))
			return usage_error("bench", "expected the name of a figure, or " ERAS ", found '%s'", o->operands.item[i]);
	catch_interrupts();
	status = bench_figures(o);
	if (!interrupted && wanted(o, ERAS))
		status = max(status, bench_eras(format_is_machine(o)));
	return status;
}
