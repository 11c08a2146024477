/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rmaptorture lockdoc check: what is wrong with a document, by itself, and held against a bounded set of runs. The runs obey nothing
 * but the model: what breaks the documented order there ends no execution, so that all of it is judged.
 */
#include <jansson.h>
#include <stdlib.h>

#include "cli/exit.h"
#include "cli/results.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cmd_lockdoc.h"
#include "lockdoc/lint.h"
#include "lockdoc_side.h"
#include "order.h"
#include "order_tell.h"

/* ---- the document by itself ---- */

static int tell_lint(const struct options *o, const struct lockdoc *doc, struct lint *lint)
{
	lint_sort(lint);
	if (format_is_machine(o)) {
		lint_json(lint, stdout);
		put_json(json_pack("{s:s s:o s:i s:i s:i}", "type", "lockdoc-check", "file", json_text(doc->path), "classes",
				     doc->nr_rows, "arcs", doc->nr_arcs, "findings", lint->nr), stdout);
	} else {
		lint_print(lint, stdout);
		printf("%s: %u classes, %u arcs, %u findings\n", doc->path, doc->nr_rows, doc->nr_arcs, lint->nr);
	}
	return lint->nr ? EXIT_FINDINGS : EXIT_CLEAN;
}

/* ---- held against the runs ---- */

/* How many of each kind, of one provider. */
struct score {
	unsigned documented, observed, waived, contradicted, undocumented, transitive, never, stale, circles, reports;
};

static struct score score_of(const struct order_part *p)
{
	const struct verdict *v = p->verdict;
	char way[CIRCLE_LEN];
	struct score s = {
		.documented = verdict_documented(v), .observed = verdict_observed(v), .waived = v->nr_arcs[ARC_WAIVED],
		.contradicted = v->contradicted, .undocumented = v->undocumented, .transitive = v->nr_arcs[ARC_TRANSITIVE],
		.never = v->nr_arcs[ARC_NEVER] + (unsigned)__builtin_popcountl(v->pins_never), .stale = v->nr_arcs[ARC_STALE],
	};

	for (unsigned i = 0; i < v->nr_pairs; i++)
		s.circles += order_circle(p, &v->pair[i], way) != NULL;
	for (unsigned i = 0; i < p->nr_reports; i++)
		s.reports += !p->report[i].of && !order_is_pairs(p, &p->report[i]);
	return s;
}

static int score_status(const struct score *s)
{
	if (s->contradicted || s->undocumented || s->stale || s->reports)
		return EXIT_FINDINGS;
	return s->never ? EXIT_INCONCLUSIVE : EXIT_CLEAN;
}

static json_t *data_json(const struct datarules *d)
{
	if (!d)
		return json_null();
	return json_pack("{s:i s:i s:i}", "rules", (int)d->nr, "full", (int)d->nr_grade[GRADE_FULL], "waived", (int)d->waived);
}

static void print_score(const struct order_part *p, const struct score *s)
{
	const struct {
		unsigned n;
		const char *text;
	} more[] = {
		{ s->undocumented, "undocumented" },	   { s->circles, "in a circle" }, { s->transitive, "by transitivity only" },
		{ s->never, "never observed" },		   { s->stale, "with a stale waiver" },
		{ s->reports, "other reports of the validator" },
	};

	printf("order %s%s%s%u/%u arcs observed, %u waived, %u contradicted", rmap_providers[1] ? "of " : "",
	       rmap_providers[1] ? p->verdict->era : "", rmap_providers[1] ? ": " : "", s->observed,
	       s->documented, s->waived, s->contradicted);
	for (unsigned i = 0; i < ARRAY_SIZE(more); i++)
		if (more[i].n)
			printf(", %u %s", more[i].n, more[i].text);
	printf("; data: ");
	if (p->data)
		datarules_print_score(p->data, stdout);
	else
		printf("not observed by this build (make access)");
	putchar('\n');
}

static void print_json_score(const struct order_part *p, const struct score *s)
{
	put_json(json_pack("{s:s s:s s:o s:i s:i s:i s:i s:i s:i s:i s:i s:i s:i s:I s:o}", "type", "lockdoc-score", "provider",
			     p->verdict->era, "file", json_text(p->verdict->doc->path), "documented", s->documented, "observed",
			     s->observed, "waived", s->waived, "contradicted", s->contradicted, "undocumented", s->undocumented,
			     "transitive", s->transitive, "never", s->never, "stale", s->stale, "circles", s->circles, "reports",
			     s->reports, "executions", (json_int_t)p->executions, "data", data_json(p->data)), stdout);
}

static void tell_json(const struct order_part *p, const struct score *s)
{
	order_json(p, stdout);
	if (p->data)
		datarules_json(p->data, true, stdout);
	print_json_score(p, s);
}

static void tell_text(const struct order_part *p, const struct score *s)
{
	bool verbose = p->check->options->verbose;

	putchar('\n');
	order_print(p, stdout);
	if (p->data)
		datarules_print_rules(p->data, true, verbose, stdout);
	if (p->data && verbose)
		datarules_print_mined(p->data, stdout);
	print_score(p, s);
}

static int tell_provider(const struct order_check *c, unsigned i)
{
	const struct rmap_ops *provider = c->runs->settings.provider[i];
	struct order_part p = {
		.check = c, .verdict = &c->runs->verdict[i], .data = c->runs->data ? &c->runs->data[i] : NULL,
	};
	struct order_report *reports = order_reports(c->runs, provider, &p.nr_reports);
	struct score score;
	int status;

	p.report = reports;
	for (unsigned j = 0; j < c->runs->batch.nr; j++)
		if (c->runs->batch.item[j].provider == provider)
			p.executions += c->runs->batch.result[j].executions;
	score = score_of(&p);
	if (format_is_machine(c->options))
		tell_json(&p, &score);
	else
		tell_text(&p, &score);
	status = score_status(&score);
	if (p.data)
		status = exit_combine(status, datarules_status(p.data, true));
	free(reports);
	return status;
}

static int tell_campaign(const struct options *o, const struct campaign *c, const struct campaign_result *r, unsigned *cut_short)
{
	const char *name = c->scn->name;

	if (format_is_machine(o) && (r->found || r->failed || !r->done || r->interrupted))
		print_campaign_json("explore", c, r);
	if (r->found) {
		fprintf(stderr, "rmaptorture: %s: finding %s, which is none of locks; what came after it was not seen\n", name,
			r->finding.signature);
		return EXIT_FINDINGS;
	}
	if (r->failed)
		fprintf(stderr, "rmaptorture: %s: %s\n", name, r->error);
	*cut_short += !r->failed && (!r->done || r->interrupted);
	return r->failed || !r->done || r->interrupted ? EXIT_INCONCLUSIVE : EXIT_CLEAN;
}

/* A goal that was not reached is no business of the document's: an arc that was not seen for that is told as such. */
static int tell_runs(const struct order_check *c)
{
	const struct batch *b = &c->runs->batch;
	int status = EXIT_CLEAN;
	unsigned cut_short = 0;

	for (unsigned i = 0; i < b->nr; i++)
		status = exit_combine(status, tell_campaign(c->options, &b->item[i], &b->result[i], &cut_short));
	if (cut_short)
		fprintf(stderr, "rmaptorture: %u of %u scenarios were cut short\n", cut_short, b->nr);
	return status;
}

static int check_runs(const struct options *o, const struct lockdoc *doc, const char *path)
{
	struct order_runs runs;
	const struct order_check c = { .options = o, .doc = doc, .path = path, .runs = &runs };
	char err[ERR_LEN];
	int status;

	if (order_observe(o, doc, &runs, err)) {
		status = tell_runs(&c);
		for (unsigned i = 0; i < runs.settings.nr_providers; i++)
			status = exit_combine(status, tell_provider(&c, i));
	} else {
		status = input_error("%s", err);
	}
	order_runs_free(&runs);
	return status;
}

/* ---- the command ---- */

/* Only an order that can be enforced can be held against runs. */
static int check_order(const struct options *o, const char *name, const char *path, const char *text, size_t length)
{
	char err[LOCKDOC_ERR];
	struct lockdoc *doc = lockdoc_parse(&lockdoc_core, name, text, length, err);
	int status;

	if (!doc) {
		if (o->format == FORMAT_TEXT)
			printf("nothing was run: such an order cannot be held against runs\n");
		return EXIT_FINDINGS;
	}
	status = check_runs(o, doc, path);
	lockdoc_free(doc);
	return status;
}

static int check_text(const struct options *o, const struct lockdoc_text *t)
{
	struct lint lint = { 0 };
	char err[LOCKDOC_ERR];
	struct lockdoc *doc = lockdoc_lint(&lockdoc_core, t->name, t->text, t->length, &lint, err);
	int status = doc ? tell_lint(o, doc, &lint) : input_error("%s", err);

	if (doc && !o->lint)
		status = exit_combine(status, check_order(o, t->name, t->path, t->text, t->length));
	lockdoc_free(doc);
	lint_free(&lint);
	return status;
}

int lockdoc_check(const struct options *o)
{
	struct lockdoc_text t;
	int status;

	if (o->tree)
		return lockdoc_check_tree(o);
	if (lockdoc_text_open(o, &t, &status))
		status = check_text(o, &t);
	lockdoc_text_close(&t);
	return status;
}
