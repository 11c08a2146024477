/* SPDX-License-Identifier: GPL-2.0-only */
/* rmaptorture list: what there is. One function for each kind of thing; each row is a table row or a JSON line. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/results.h"
#include "cli/json.h"
#include "cli/out.h"
#include "defects.h"
#include "explore/strategy.h"
#include "fits.h"
#include "settings.h"
#include "windows.h"

struct listing {
	const struct options *options;
	const char *kind;
	struct table *table;
};

/* One row: name, what else there is to know, a sentence. */
static void row(struct listing *l, const char *name, const char *detail, const char *about)
{
	if (format_is_machine(l->options)) {
		json_t *o = json_pack("{s:s s:s s:s s:s}", "type", l->kind, "name", name, "detail", detail, "about", about);

		put_json(o, stdout);
		return;
	}
	table_cell(l->table, TINT_BOLD, "%s", name);
	table_cell(l->table, TINT_PLAIN, "%s", detail);
	table_cell(l->table, TINT_PLAIN, "%s", about);
}

/* What there is of it, and which providers it is not for. */
static void scenario_detail(const struct scenario *s, char *detail, size_t size)
{
	int at = snprintf(detail, size, "%u threads, %u goals", s->nr_threads, s->nr_goals);
	struct misfit m;

	if (s->story.defect)
		at += snprintf(detail + at, size - (size_t)at, "; story of %s", s->story.defect);
	for (const struct rmap_ops *const *p = rmap_providers; *p && at < (int)size; p++)
		if (!scenario_fits(s, *p, &m))
			at += snprintf(detail + at, size - (size_t)at, "; not for %s (%s%s)", (*p)->name, m.line ? "" : "for ", m.needs);
}

static void list_scenarios(struct listing *l)
{
	const struct options all = { .command = CMD_LIST };
	struct scenario_list list;
	char err[ERR_LEN], detail[200];

	if (scenarios_from_options(&all, &list, err))
		die("a built-in scenario: %s", err);
	for (unsigned i = 0; i < list.nr; i++) {
		const struct scenario *s = list.item[i];

		scenario_detail(s, detail, sizeof(detail));
		row(l, s->name, detail, s->about);
	}
	scenario_list_free(&list);
}

static void list_providers(struct listing *l)
{
	for (const struct rmap_ops *const *p = rmap_providers; *p; p++)
		row(l, (*p)->name, (*p)->kernel, "");
}

/* ", WHAT VALUE", if there is a value. */
static void also(FILE *out, const char *what, const char *value)
{
	if (value)
		fprintf(out, "%s%s", what, value);
}

static void describe_defect(int id, char *text, size_t size)
{
	static const char *const kind[] = { "historical", "rule", "canary" };
	const struct defect_sight *sight = &core_defect_sights[id];
	const struct defect_row *d = &core_defects[id];
	FILE *out = fmemopen(text, size, "w");

	if (!out)
		die("out of memory");
	fputs(kind[d->kind], out);
	also(out, " ", d->commit);
	also(out, " ", d->cve);
	also(out, ", ", d->provider);
	also(out, ", class ", defect_class_names[sight->class]);
	fputs(", by", out);
	for (unsigned o = 1; o < ORACLE_NR; o++)
		if (sight->oracles >> o & 1)
			fprintf(out, " O%u", o);
	also(out, ", in flavour ", d->seen_by);
	also(out, ", ", d->scenario);
	fclose(out);
}

static void list_defects(struct listing *l)
{
	char detail[256];

	for (int i = 0; i < CORE_NR_DEFECTS; i++) {
		describe_defect(i, detail, sizeof(detail));
		row(l, core_defects[i].name, detail, core_defects[i].about);
	}
}

static void list_oracles(struct listing *l)
{
	char number[8];

	for (int i = 1; i < ORACLE_NR; i++) {
		snprintf(number, sizeof(number), "O%d", i);
		if (oracle_about[i])
			row(l, number, oracle_names[i], oracle_about[i]);
	}
}

static void list_locks(struct listing *l)
{
	static const char *const wait[] = { "rcu", "spins", "sleeps", "pseudo" };

	for (unsigned i = 1; i < LC_NR; i++)
		row(l, core_lock_classes[i].name, wait[core_lock_classes[i].wait], "");
}

static void list_strategies(struct listing *l)
{
	row(l, "auto", "", "the others in turns, execution by execution");
	for (const struct strategy *const *s = strategies; *s; s++)
		row(l, (*s)->name, "", (*s)->about);
}

static void list_goals(struct listing *l)
{
	for (unsigned i = 0; i < EV_NR; i++)
		row(l, event_name[i], "", "");
}

static void list_windows(struct listing *l)
{
	for (unsigned i = 0; i < NR_WINDOWS; i++)
		row(l, window_info[i].name, "", window_info[i].about);
}

int cmd_list(const struct options *o)
{
	static const struct {
		const char *name;
		void (*fn)(struct listing *l);
	} kinds[] = {
		{ "scenarios", list_scenarios }, { "providers", list_providers }, { "defects", list_defects },
		{ "oracles", list_oracles },	 { "locks", list_locks },	  { "strategies", list_strategies },
		{ "goals", list_goals },	 { "windows", list_windows },
	};
	static const struct table_column columns[] = { { "name", ALIGN_LEFT }, { "", ALIGN_LEFT }, { "", ALIGN_LEFT } };
	struct listing l = { .options = o };

	if (results_without_verdicts(o, "list", false))
		return EXIT_USAGE;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].name, o->operands.item[0]))
			continue;
		l.kind = kinds[i].name;
		l.table = table_new(columns, ARRAY_SIZE(columns));
		kinds[i].fn(&l);
		if (o->format == FORMAT_TEXT)
			table_print(l.table, stdout);
		table_free(l.table);
		return EXIT_CLEAN;
	}
	return usage_error("list --help",
			   "expected scenarios, providers, defects, oracles, locks, strategies, goals or windows, found '%s'",
			   o->operands.item[0]);
}
