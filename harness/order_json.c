/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the runs have shown of a document, as JSON lines of type "lockdoc-verdict": one for each arc of the document, each pair that it
 * does not allow, and each other report of the validator. An id is the hash of what the line is about, and so the same in every run.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/must.h"
#include "cli/out.h"
#include "finding_json.h"
#include "hash.h"
#include "lockdoc/lint.h"
#include "order_tell.h"

static json_t *text_or_null(const char *text)
{
	return text ? json_text(text) : json_null();
}

/* What a line is about: two classes, or the key of a report and nothing. */
struct about {
	const char *kind, *before, *after, *ctx;
	bool trylock;
};

static json_t *line_of(const struct order_part *p, const struct about *a)
{
	u64 h = hash_field(hash_field(hash_field(HASH_BASIS, a->kind), a->before), a->after ? a->after : "");
	char id[20];

	h = hash_field(hash_field(h, a->trylock ? "try" : "wait"), a->ctx ? a->ctx : "");
	snprintf(id, sizeof(id), "%016lx", h);
	return json_pack("{s:s s:i s:s s:s s:s s:s s:o s:s s:o}", "type", "lockdoc-verdict", "v", 1, "id", id, "provider",
			 p->verdict->era, "kind", a->kind, "before", a->before, "after", text_or_null(a->after), "mode",
			 a->trylock ? "try" : "wait", "ctx", text_or_null(a->ctx));
}

static json_t *witness_json(const struct order_part *p, const struct observed_witness *w, const char *scenario)
{
	if (!w)
		return json_null();
	return json_pack("{s:s s:o s:s s:s}", "scenario", scenario, "seed", json_u64(p->check->options->seed), "held", w->held,
			 "acquired", w->acquired);
}

static void add_witness(const struct order_part *p, json_t *o, unsigned context, unsigned before, unsigned after, bool trylock)
{
	const char *scenario;
	const struct observed_witness *w = verdict_witness(p->verdict, context, before, after, trylock, &scenario);

	json_object_set_new(o, "executions", json_integer(w ? (json_int_t)w->executions : 0));
	json_object_set_new(o, "first", witness_json(p, w, scenario));
}

static void add_doc(const struct order_part *p, json_t *o, int line, const char *arc)
{
	if (line)
		json_object_set_new(o, "doc", json_pack("{s:o s:i s:o}", "file", json_text(p->verdict->doc->path), "line", line,
							"arc", text_or_null(arc)));
	else
		json_object_set_new(o, "doc", json_null());
}

static const char *arc_kind(const struct lockdoc_arc *a, enum arc_verdict verdict)
{
	static const char *const kind[NR_ARC_VERDICTS] = {
		[ARC_OBSERVED] = "OK", [ARC_TRANSITIVE] = "OK-SKIP", [ARC_WAIVED] = "WAIVED", [ARC_NEVER] = "NEVER",
		[ARC_STALE] = "STALE", [ARC_CONTRADICTED] = "REVERSED",
	};

	if (verdict == ARC_OBSERVED && (a->trylock || a->ctx))
		return a->trylock ? "TRY" : "CTX";
	return kind[verdict];
}

static const char *name_of(const struct order_part *p, unsigned class)
{
	return p->verdict->doc->model->classes[class].name;
}

static void put_arc(const struct order_part *p, unsigned i, FILE *out)
{
	const struct verdict *v = p->verdict;
	const struct lockdoc_arc *a = &v->doc->arc[i];
	const struct about about = { arc_kind(a, v->arc[i]), name_of(p, a->before), name_of(p, a->after), a->ctx, a->trylock };
	json_t *o = line_of(p, &about);
	char why[WHY_LEN], arc[200];

	snprintf(arc, sizeof(arc), "%s < %s%s", about.before, about.after, a->trylock ? ":try" : "");
	add_witness(p, o, verdict_context(v, a), a->before, a->after, a->trylock);
	add_doc(p, o, a->line, arc);
	json_object_set_new(o, "waiver", text_or_null(a->waiver ? a->waiver : a->rare));
	if (v->arc[i] == ARC_NEVER)
		json_object_set_new(o, "why", json_text(order_why(v, i, why)));
	put_json(o, out);
}

/* pair: with which it is told; NULL: it is told by itself. */
static void add_finding(const struct order_part *p, json_t *o, const struct order_report *r, const struct verdict_pair *pair)
{
	char *report = NULL;
	size_t length;
	FILE *out = must(open_memstream(&report, &length));

	if (pair)
		order_print_contradiction(p, pair, out);
	else
		order_print_report(p, r, out);
	order_print_following(p, r, out);
	fclose(out);
	finding_json(o, &(struct finding_keys){
		.finding = &r->report->finding, .report = report, .replay = "", .execution = r->report->first,
		.seed = r->campaign->seed, .defects = r->campaign->defects,
	});
	free(report);
}

/* What follows from a finding is none itself: it has no keys of one. */
static void add_report(const struct order_part *p, json_t *o, const struct order_report *r, const struct verdict_pair *pair)
{
	char *command = order_command(p->check, r);

	if (r->of)
		json_object_set_new(o, "follows", json_text(r->of->report->finding.signature));
	else
		add_finding(p, o, r, pair);
	json_object_set_new(o, "command", json_text(command));
	free(command);
}

static void put_pair(const struct order_part *p, const struct verdict_pair *pair, FILE *out)
{
	const struct order_report *r = pair->contradicted ? order_report_of(p, pair) : NULL;
	const struct about about = {
		!pair->contradicted	  ? pair->trylock ? "TRY-UNDOC" : "UNDOC" :
		pair->rule == ORDER_APART ? "NEVERTOG" : "CONTRA",
		name_of(p, pair->before), name_of(p, pair->after), lockdoc_context(p->verdict->doc, pair->context), pair->trylock,
	};
	json_t *o = line_of(p, &about);
	char way[CIRCLE_LEN];

	json_object_set_new(o, "cycle", text_or_null(order_circle(p, pair, way)));
	add_witness(p, o, pair->context, pair->before, pair->after, pair->trylock);
	add_doc(p, o, (int)pair->line, NULL);
	if (r)
		add_report(p, o, r, pair);
	put_json(o, out);
}

static void put_report(const struct order_part *p, const struct order_report *r, FILE *out)
{
	const struct order_kind *kind = order_kind(r);
	const struct about about = { kind->kind, strchr(r->report->finding.signature, '/') + 1 + strlen(kind->prefix), NULL, NULL, false };
	json_t *o = line_of(p, &about);

	json_object_set_new(o, "executions", json_integer((json_int_t)r->executions));
	json_object_set_new(o, "first", json_pack("{s:s s:o s:s}", "scenario", r->campaign->scn->name, "seed",
						  json_u64(r->campaign->seed), "site", r->report->finding.site));
	add_doc(p, o, 0, NULL);
	add_report(p, o, r, NULL);
	put_json(o, out);
}

/* A pin is about one class. */
static void put_pin(const struct order_part *p, unsigned class, int line, FILE *out)
{
	bool seen = p->verdict->seen.pinned >> class & 1;
	const struct about about = { !line ? "PIN-UNDOC" : seen ? "PIN-OK" : "PIN-NEVER", name_of(p, class), NULL, NULL, false };
	json_t *o = line_of(p, &about);

	add_doc(p, o, line, NULL);
	put_json(o, out);
}

static void put_pins(const struct order_part *p, FILE *out)
{
	const struct lockdoc *doc = p->verdict->doc;

	for (unsigned i = 0; i < doc->nr_pins; i++)
		put_pin(p, doc->pin[i].class, doc->pin[i].line, out);
	for (u64 pins = p->verdict->pins_undocumented; pins; pins &= pins - 1)
		put_pin(p, (unsigned)__builtin_ctzl(pins), 0, out);
}

void order_json(const struct order_part *p, FILE *out)
{
	for (unsigned i = 0; i < p->verdict->doc->nr_arcs; i++)
		if (p->verdict->arc[i] != ARC_OTHER_ERA)
			put_arc(p, i, out);
	for (unsigned i = 0; i < p->verdict->nr_pairs; i++)
		put_pair(p, &p->verdict->pair[i], out);
	put_pins(p, out);
	for (unsigned i = 0; i < p->nr_reports; i++)
		if (!order_is_pairs(p, &p->report[i]))
			put_report(p, &p->report[i], out);
}
