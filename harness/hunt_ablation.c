/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ablation of oracles: what each of them is worth. See hunt_batch.h.
 *
 * Up to the execution that finds a defect no oracle has reported anything. So without one that is not the one which reports then,
 * the hunt is the same to the last step, and only the others have to be run again.
 */
#include <jansson.h>
#include <stdlib.h>

#include "cli/exit.h"
#include "cli/results.h"
#include "cli/json.h"
#include "cli/out.h"
#include "hunt_batch.h"

struct ablation {
	const struct hunts *with;	/* all oracles */
	struct hunt_result *without;	/* the one that was the first to see something; shared with the workers */
	unsigned told;
	double began;
};

static bool begin(unsigned i, void *arg)
{
	const struct ablation *a = arg;

	return a->with->result[i].found;
}

static void work(unsigned i, void *arg)
{
	struct ablation *a = arg;
	struct hunt h = a->with->item[i];

	h.oracles &= ~(1u << a->with->result[i].finding.oracle);
	h.artifacts = NULL;
	hunt_run(&h, &a->without[i]);
	a->without[i].done = 1;
}

static void told(unsigned i, void *arg)
{
	struct ablation *a = arg;

	(void)i;
	a->told++;
}

static void tick(void *arg)
{
	const struct ablation *a = arg;
	double elapsed = now_s() - a->began;
	char time[PROGRESS_TIME];

	progress("%u/%u hunts without an oracle, %s", a->told, a->with->nr,
		 progress_time(time, elapsed, (double)a->told / a->with->nr));
}

/* ---- telling ---- */

/* Seeds that find the d-th defect without the oracle; 0: with all. */
static unsigned found_without(const struct ablation *a, unsigned d, unsigned oracle)
{
	unsigned nr = 0;

	for (unsigned i = d * a->with->seeds; i < (d + 1) * a->with->seeds; i++) {
		const struct hunt_result *r = &a->with->result[i];

		nr += r->found && (r->finding.oracle != oracle || a->without[i].found);
	}
	return nr;
}

static bool enough_without(const struct ablation *a, unsigned d, unsigned oracle)
{
	return found_without(a, d, oracle) >= hunt_enough(a->with->seeds);
}

/* Found with all oracles, not without this one. */
static bool escapes(const struct ablation *a, unsigned d, unsigned oracle)
{
	return enough_without(a, d, 0) && !enough_without(a, d, oracle);
}

struct ablation_row {
	unsigned first;			/* defects that it was the first to see, in some seed */
	unsigned found, escaped;	/* defects, without it */
};

static struct ablation_row row_of(const struct ablation *a, unsigned oracle)
{
	struct ablation_row row = { .found = 0 };

	for (unsigned d = 0; d < a->with->nr_defects; d++) {
		struct hunt_sum s;

		hunt_sum_up(&a->with->result[(size_t)d * a->with->seeds], a->with->seeds, ~0u, &s);
		row.first += s.oracle[oracle] > 0;
		row.found += enough_without(a, d, oracle);
		row.escaped += escapes(a, d, oracle);
	}
	return row;
}

static void print_json(const struct ablation *a, unsigned oracle, const struct ablation_row *row)
{
	const struct hunts *h = a->with;
	json_t *list = json_array();

	for (unsigned d = 0; d < h->nr_defects; d++)
		if (escapes(a, d, oracle))
			json_array_append_new(list, json_pack("{s:s s:i s:i}", "name", hunts_name(h, d), "found",
							      (int)found_without(a, d, oracle), "found_with_all",
							      (int)found_without(a, d, 0)));
	put_json(json_pack("{s:s s:s s:s s:i s:i s:i s:i s:o}", "type", "ablation", "oracle", oracle ? oracle_names[oracle] : "none",
			   "mode", hunt_mode_names[h->options->mode], "seeds", (int)h->seeds, "defects", (int)h->nr_defects, "found",
			   (int)row->found, "first", (int)row->first, "escapes", list),
		 stdout);
}

/* "Z03 Z04 (2/5)": in so many seeds it is found all the same. */
static void print_escapes(const struct ablation *a, unsigned oracle, struct table *t)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		die("out of memory");
	for (unsigned d = 0, nr = 0; d < a->with->nr_defects; d++) {
		unsigned found = found_without(a, d, oracle);

		if (!escapes(a, d, oracle))
			continue;
		fprintf(out, "%s%s", nr++ ? " " : "", hunts_name(a->with, d));
		if (found)
			fprintf(out, " (%u/%u)", found, a->with->seeds);
	}
	fclose(out);
	table_cell(t, TINT_PLAIN, "%s", text[0] ? text : "-");
	free(text);
}

static void print_row(const struct ablation *a, unsigned oracle, const struct ablation_row *row, struct table *t)
{
	if (oracle) {
		table_cell(t, TINT_PLAIN, "O%u", oracle);
		table_cell(t, TINT_PLAIN, "%s", oracle_names[oracle]);
		table_cell(t, TINT_PLAIN, "%u", row->first);
	} else {
		table_cell(t, TINT_PLAIN, "-");
		table_cell(t, TINT_PLAIN, "(none)");
		table_cell(t, TINT_DIM, "-");
	}
	table_cell(t, row->escaped ? TINT_WARN : TINT_PLAIN, "%u/%u", row->found, a->with->nr_defects);
	print_escapes(a, oracle, t);
}

/* Oracles that were on; the first row: all of them. */
static void print_rows(const struct ablation *a)
{
	static const struct table_column columns[] = {
		{ "without", ALIGN_LEFT }, { "", ALIGN_LEFT }, { "first to see", ALIGN_RIGHT }, { "found", ALIGN_RIGHT },
		{ "escape", ALIGN_LEFT },
	};
	struct table *t = table_new(columns, ARRAY_SIZE(columns));
	char how[32], enough[64];

	for (unsigned oracle = 0; a->with->nr && oracle < ORACLE_NR; oracle++) {
		struct ablation_row row;

		if (oracle && !(oracle_about[oracle] && a->with->item[0].oracles >> oracle & 1))
			continue;
		row = row_of(a, oracle);
		if (format_is_machine(a->with->options))
			print_json(a, oracle, &row);
		else
			print_row(a, oracle, &row, t);
	}
	if (a->with->options->format == FORMAT_TEXT) {
		table_print(t, stdout);
		printf("\nablation of oracles, %s; found:%s, with %lu executions each\n", hunts_how(a->with->options, how),
		       hunts_enough_text(a->with->seeds, enough), a->with->options->executions);
	}
	table_free(t);
}

/* Both rounds; an execution that runs on where the oracle was off may end its process. */
static unsigned unfinished(const struct ablation *a)
{
	unsigned nr = 0;

	for (unsigned i = 0; i < a->with->nr; i++) {
		const struct hunt_result *r = &a->with->result[i], *last = r->found ? &a->without[i] : r;

		nr += !last->found && (!last->done || last->interrupted || last->failed);
	}
	return nr;
}

int hunts_ablate(const struct hunts *h)
{
	struct ablation a = { .with = h, .without = shared_alloc((h->nr + 1) * sizeof(*a.without)), .began = now_s() };
	unsigned lost;

	pool_run(&(struct pool){
		.nr = h->nr, .jobs = (unsigned)h->options->jobs, .begin = begin, .fn = work, .done = told, .tick = tick, .arg = &a,
	});
	progress_clear();
	print_rows(&a);
	lost = unfinished(&a);
	if (lost && h->options->format == FORMAT_TEXT)
		printf("%u of %u hunts did not come to their end: %s\n", lost, h->nr, hunts_unfinished(a.without, h->nr));
	shared_free(a.without, (h->nr + 1) * sizeof(*a.without));
	return lost ? EXIT_INCONCLUSIVE : EXIT_CLEAN;
}
