/* SPDX-License-Identifier: GPL-2.0-only */
/* What the runs have shown of a document, for people: a table of its arcs, then all that it does not allow. See order_tell.h. */
#define _GNU_SOURCE
#include "order_tell.h"

#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "cli/out.h"
#include "lockdoc/closure.h"
#include "rmap.h"

/* ---- the validator's reports ---- */

static const struct order_kind kinds[] = {
	{ "documented:", "contradicted", "CONTRA" },
	{ "order:", "cycle", "CYCLE" },
	{ "same-class:", "same class", "SAME" },
	{ "recursion:", "same lock", "SAME" },
	{ "sleep-in-atomic:", "may not sleep here", "WAIT" },
	{ "pinned:", "pinned", "PIN" },
	{ "lock-leaked:", "leaked", "LEAK" },
	{ "release-not-held:", "not held", "UNBAL" },
	{ "not-held:", "not held", "HELD" },
	{ "deadlock:", "deadlock", "DEADLOCK" },
	{ "", "lock discipline", "OTHER" },
};

static const char *key_of(const struct order_report *r)
{
	const char *slash = strchr(r->report->finding.signature, '/');

	return slash ? slash + 1 : "";
}

const struct order_kind *order_kind(const struct order_report *r)
{
	const struct order_kind *k = kinds;

	while (strncmp(key_of(r), k->prefix, strlen(k->prefix)))
		k++;
	return k;
}

static const char *name_of(const struct order_part *p, unsigned class)
{
	return p->verdict->doc->model->classes[class].name;
}

static bool is_about(const struct order_part *p, const struct order_report *r, const struct verdict_pair *pair)
{
	char key[SIGNATURE_LEN];

	snprintf(key, sizeof(key), "documented:%s->%s", name_of(p, pair->before), name_of(p, pair->after));
	return !strcmp(key_of(r), key);
}

const struct order_report *order_report_of(const struct order_part *p, const struct verdict_pair *pair)
{
	for (unsigned i = 0; i < p->nr_reports; i++)
		if (is_about(p, &p->report[i], pair))
			return &p->report[i];
	return NULL;
}

bool order_is_pairs(const struct order_part *p, const struct order_report *r)
{
	for (unsigned i = 0; i < p->verdict->nr_pairs; i++)
		if (p->verdict->pair[i].contradicted && is_about(p, r, &p->verdict->pair[i]))
			return true;
	return false;
}

char *order_command(const struct order_check *c, const struct order_report *r)
{
	char *text = NULL;
	size_t length;
	FILE *out = must(open_memstream(&text, &length));

	fprintf(out, "explore %s --target '%s'", r->campaign->scn->name, r->report->finding.signature);
	if (c->path)
		fprintf(out, " --locking %s", c->path);
	if (rmap_providers[1])
		fprintf(out, " --provider %s", r->campaign->provider->name);
	for (unsigned i = 0; i < c->options->defects.nr; i++)
		fprintf(out, " --defect %s", c->options->defects.item[i]);
	fprintf(out, " --seed %lu --executions %lu", r->campaign->seed, r->report->first + 1);
	fclose(out);
	return must(text);
}

/* ---- circles ---- */

const char *order_circle(const struct order_part *p, const struct verdict_pair *pair, char buf[CIRCLE_LEN])
{
	const u64 *under = p->verdict->seen.under[pair->context];
	struct closure seen = { 0 };
	u8 next[MAX_CLASSES];
	size_t at;

	for (unsigned after = 1; after < MAX_CLASSES; after++)
		for (u64 b = under[after]; b; b &= b - 1)
			seen.after[__builtin_ctzl(b)] |= BIT(after);
	if (pair->trylock || pair->contradicted || !(closure_ways(&seen, pair->before, next) & BIT(pair->after)))
		return NULL;
	at = (size_t)snprintf(buf, CIRCLE_LEN, "%s", name_of(p, pair->after));
	for (unsigned class = pair->after; class != pair->before && at < CIRCLE_LEN;) {
		class = next[class];
		at += (size_t)snprintf(buf + at, CIRCLE_LEN - at, " < %s", name_of(p, class));
	}
	return buf;
}

/* ---- why not ---- */

/* Classes that were waited for or tried with another one, whatever the order. */
static u64 classes_seen(const struct verdict *v)
{
	u64 seen = 0;

	for (u32 i = 0; i < v->seen.nr_witnesses; i++)
		seen |= BIT(v->seen.witness[i].before) | BIT(v->seen.witness[i].after);
	return seen;
}

const char *order_why(const struct verdict *v, unsigned arc, char buf[WHY_LEN])
{
	const struct lockdoc_arc *a = &v->doc->arc[arc];
	u64 seen = classes_seen(v);
	const char *waiver = a->waiver ? a->waiver : a->rare;

	if (v->arc[arc] == ARC_WAIVED || v->arc[arc] == ARC_STALE)
		snprintf(buf, WHY_LEN, "%s", waiver);
	else if (waiver)
		snprintf(buf, WHY_LEN, "the waiver has expired: %.200s", waiver);
	else if (!(seen & BIT(a->before)) || !(seen & BIT(a->after)))
		snprintf(buf, WHY_LEN, "%s is never taken together with another one",
			 v->doc->model->classes[seen & BIT(a->before) ? a->after : a->before].name);
	else
		snprintf(buf, WHY_LEN, "both are in use, but no scenario does it");
	return buf;
}

/* ---- the table of arcs ---- */

static const struct {
	enum tint tint;
	const char *text;
} arc_style[NR_ARC_VERDICTS] = {
	[ARC_OBSERVED] = { TINT_GOOD, "observed" },
	[ARC_TRANSITIVE] = { TINT_PLAIN, "by transitivity only" },
	[ARC_WAIVED] = { TINT_DIM, "waived" },
	[ARC_NEVER] = { TINT_WARN, "never observed" },
	[ARC_STALE] = { TINT_BAD, "observed, waiver stale" },
	[ARC_CONTRADICTED] = { TINT_BAD, "contradicted" },
};

/* Does another order of the document have the two the other way round? */
static bool reversed_elsewhere(const struct verdict *v, const struct lockdoc_arc *a)
{
	for (const struct lockdoc_arc *b = v->doc->arc; b < v->doc->arc + v->doc->nr_arcs; b++)
		if (b->before == a->after && b->after == a->before && verdict_context(v, a) != verdict_context(v, b))
			return true;
	return false;
}

static void verdict_cell(struct table *t, const struct verdict *v, unsigned i)
{
	const struct lockdoc_arc *a = &v->doc->arc[i];
	const char *text = a->trylock && v->arc[i] == ARC_OBSERVED ? "tried, as documented" : arc_style[v->arc[i]].text;

	if (a->ctx)
		table_cell(t, arc_style[v->arc[i]].tint, "%s in context %s%s", text, a->ctx,
			   reversed_elsewhere(v, a) ? ", elsewhere the other way round" : "");
	else
		table_cell(t, arc_style[v->arc[i]].tint, "%s", text);
}

static void witness_cells(struct table *t, const struct verdict *v, unsigned i)
{
	const struct lockdoc_arc *a = &v->doc->arc[i];
	const char *scenario;
	const struct observed_witness *w = verdict_witness(v, verdict_context(v, a), a->before, a->after, a->trylock, &scenario);
	char why[WHY_LEN];

	if (w) {
		table_cell(t, TINT_PLAIN, "%lu", w->executions);
		table_cell(t, TINT_DIM, "%s: %s -> %s%s%s", scenario, w->held, w->acquired, v->arc[i] == ARC_STALE ? "; waived: " : "",
			   v->arc[i] == ARC_STALE ? order_why(v, i, why) : "");
		return;
	}
	table_cell(t, TINT_DIM, "-");
	table_cell(t, TINT_DIM, "%s", v->arc[i] == ARC_WAIVED || v->arc[i] == ARC_NEVER ? order_why(v, i, why) : "");
}

static void print_arcs(const struct verdict *v, FILE *out)
{
	static const struct table_column columns[] = {
		{ "arc", ALIGN_LEFT },	 { "line", ALIGN_RIGHT },     { "verdict", ALIGN_LEFT },
		{ "executions", ALIGN_RIGHT }, { "first seen, or why not", ALIGN_LEFT },
	};
	struct table *t = table_new(columns, ARRAY_SIZE(columns));

	for (unsigned i = 0; i < v->doc->nr_arcs; i++) {
		const struct lockdoc_arc *a = &v->doc->arc[i];

		if (v->arc[i] == ARC_OTHER_ERA)
			continue;
		table_cell(t, TINT_PLAIN, "%s < %s%s", v->doc->model->classes[a->before].name, v->doc->model->classes[a->after].name,
			   a->trylock ? ":try" : "");
		table_cell(t, TINT_DIM, "%d", a->line);
		verdict_cell(t, v, i);
		witness_cells(t, v, i);
	}
	table_print(t, out);
	table_free(t);
}

/* ---- what it does not allow ---- */

static void print_context(const struct order_part *p, unsigned context, FILE *out)
{
	const char *ctx = lockdoc_context(p->verdict->doc, context);

	if (ctx)
		fprintf(out, " in the context %s", ctx);
}

static void print_where(const struct order_part *p, const struct verdict_pair *pair, FILE *out)
{
	const char *scenario;
	const struct observed_witness *w =
		verdict_witness(p->verdict, pair->context, pair->before, pair->after, pair->trylock, &scenario);

	if (w)
		fprintf(out, "%s under %s, first in %s, %lu executions", w->acquired, w->held, scenario, w->executions);
}

static void print_command(const struct order_part *p, const struct order_report *r, FILE *out)
{
	char *command = order_command(p->check, r);

	fprintf(out, "  at length: rmaptorture %s\n", command);
	free(command);
}

void order_print_contradiction(const struct order_part *p, const struct verdict_pair *pair, FILE *out)
{
	static const char *const rule[] = {
		[0] = "does not allow it", [ORDER_REVERSED] = "has the two the other way round",
		[ORDER_TRY_ONLY] = "allows only trylocks there", [ORDER_APART] = "has the two never together",
	};
	const struct order_report *r = order_report_of(p, pair);

	fprintf(out, "%scontradicted%s: %s is %s under %s", out_tint(out, TINT_BAD), out_tint(out, TINT_PLAIN),
		name_of(p, pair->after), pair->trylock ? "tried" : "waited for", name_of(p, pair->before));
	print_context(p, pair->context, out);
	fprintf(out, ", but %s:%u %s\n  ", p->verdict->doc->path, pair->line, rule[pair->rule]);
	print_where(p, pair, out);
	fputc('\n', out);
	if (r)
		print_command(p, r, out);
}

void order_print_report(const struct order_part *p, const struct order_report *r, FILE *out)
{
	fprintf(out, "%s%s%s: %s\n  by %s at %s, first in %s, %lu executions\n", out_tint(out, TINT_BAD), order_kind(r)->word,
		out_tint(out, TINT_PLAIN), r->report->finding.text, r->report->finding.task, r->report->finding.site,
		r->campaign->scn->name, r->executions);
	print_command(p, r, out);
}

void order_print_following(const struct order_part *p, const struct order_report *of, FILE *out)
{
	for (const struct order_report *r = p->report; of && r < p->report + p->nr_reports; r++) {
		if (r->of != of)
			continue;
		fprintf(out, "  and so, %s: %s\n    first in %s, %lu executions\n  ", order_kind(r)->word, r->report->finding.text,
			r->campaign->scn->name, r->executions);
		print_command(p, r, out);
	}
}

/* Each finding, and with it what follows from it. */
static void print_contradictions(const struct order_part *p, FILE *out)
{
	for (unsigned i = 0; i < p->verdict->nr_pairs; i++) {
		const struct verdict_pair *pair = &p->verdict->pair[i];
		const struct order_report *r = pair->contradicted ? order_report_of(p, pair) : NULL;

		if (!pair->contradicted || (r && r->of))
			continue;
		order_print_contradiction(p, pair, out);
		order_print_following(p, r, out);
	}
	for (unsigned i = 0; i < p->nr_reports; i++) {
		const struct order_report *r = &p->report[i];

		if (r->of || order_is_pairs(p, r))
			continue;
		order_print_report(p, r, out);
		order_print_following(p, r, out);
	}
}

/* The order of a context, with all that it lacks added to it. */
struct added {
	struct closure wait;
	u64 trylock[MAX_CLASSES];	/* trylock[a]: what is tried under a, and not to be waited for there */
};

static void add_all(const struct verdict *v, unsigned context, struct added *all)
{
	const char *ctx = lockdoc_context(v->doc, context);

	memset(all, 0, sizeof(*all));
	closure_direct(v->doc, v->era, ctx, &all->wait);
	for (unsigned i = 0; i < v->doc->nr_arcs; i++) {
		const struct lockdoc_arc *a = &v->doc->arc[i];

		if (a->trylock && v->arc[i] != ARC_OTHER_ERA && verdict_context(v, a) == context)
			all->trylock[a->before] |= BIT(a->after);
	}
	for (unsigned i = 0; i < v->nr_pairs; i++) {
		const struct verdict_pair *pair = &v->pair[i];

		if (!pair->contradicted && pair->context == context)
			(pair->trylock ? all->trylock : all->wait.after)[pair->before] |= BIT(pair->after);
	}
}

/* Would it follow from the others? In a circle nothing follows: there everything would. */
static bool follows(const struct added *all, const struct verdict_pair *pair)
{
	u64 below = closure_from(&all->wait, pair->before), after = BIT(pair->after);

	if (pair->trylock) {
		bool tried = below & after;

		for (; below && !tried; below &= below - 1)
			tried = all->trylock[__builtin_ctzl(below)] & after;
		return tried;
	}
	for (u64 via = all->wait.after[pair->before] & ~after; via; via &= via - 1) {
		u64 rest = closure_from(&all->wait, (unsigned)__builtin_ctzl(via));

		if (rest & after && !(rest & BIT(pair->before)))
			return true;
	}
	return false;
}

/* As a block for the document: that which was seen in one context, and does not follow from the rest of it. */
static void print_undocumented(const struct order_part *p, unsigned context, FILE *out)
{
	const char *ctx = lockdoc_context(p->verdict->doc, context);
	unsigned nr = 0, more = 0;
	struct added all;

	add_all(p->verdict, context, &all);
	for (unsigned i = 0; i < p->verdict->nr_pairs; i++) {
		const struct verdict_pair *pair = &p->verdict->pair[i];

		if (pair->contradicted || pair->context != context)
			continue;
		if (follows(&all, pair)) {
			more++;
			continue;
		}
		if (!nr++)
			fprintf(out, "%sundocumented%s%s%s; if that is right, the document lacks:\n```lock-order%s%s\n",
				out_tint(out, TINT_BAD), out_tint(out, TINT_PLAIN), ctx ? " in the context " : "", ctx ? ctx : "",
				ctx ? " ctx=" : "", ctx ? ctx : "");
		fprintf(out, "%s < %s%s;  # ", name_of(p, pair->before), name_of(p, pair->after), pair->trylock ? ":try" : "");
		print_where(p, pair, out);
		fputc('\n', out);
	}
	if (nr)
		fputs("```\n", out);
	if (more)
		fprintf(out, "and %u more that then follow\n", more);
}

/* Of pairs of one circle each is told, since any of them may be the wrong one. */
static void print_circles(const struct order_part *p, FILE *out)
{
	char way[CIRCLE_LEN];

	for (unsigned i = 0; i < p->verdict->nr_pairs; i++) {
		const struct verdict_pair *pair = &p->verdict->pair[i];

		if (!order_circle(p, pair, way))
			continue;
		fprintf(out, "%scycle%s: %s is waited for under %s", out_tint(out, TINT_BAD), out_tint(out, TINT_PLAIN),
			name_of(p, pair->after), name_of(p, pair->before));
		print_context(p, pair->context, out);
		fprintf(out, ", and the other way round was seen, too: %s\n", way);
	}
}

void order_print(const struct order_part *p, FILE *out)
{
	print_arcs(p->verdict, out);
	for (unsigned context = 0; context < LOCK_CONTEXTS; context++)
		print_undocumented(p, context, out);
	print_circles(p, out);
	verdict_print_pins(p->verdict, true, out);
	print_contradictions(p, out);
}
