/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling a verdict, to people and to programs: see verdict.h. */
#include "lockdoc/verdict.h"

#include <jansson.h>

#include "cli/json.h"
#include "cli/out.h"
#include "rmap.h"

static const char *name_of(const struct verdict *v, unsigned class)
{
	return v->doc->model->classes[class].name;
}

static const struct {
	const char *line, *word;
} arc_text[NR_ARC_VERDICTS] = {
	[ARC_OBSERVED] = { "observed", "observed" },
	[ARC_TRANSITIVE] = { "seen by transitivity only", "transitive" },
	[ARC_WAIVED] = { "never observed", "waived" },
	[ARC_NEVER] = { "never observed", "never" },
	[ARC_STALE] = { "observed", "stale" },
	[ARC_CONTRADICTED] = { "observed, but not so", "contradicted" },
};

/* ---- text ---- */

static void print_arc(const struct verdict *v, const struct lockdoc_arc *a,
		      enum arc_verdict verdict, FILE *out)
{
	fprintf(out, "%s: %s < %s%s (%s:%d%s%s)", arc_text[verdict].line, name_of(v, a->before),
		name_of(v, a->after), a->trylock ? ":try" : "", v->doc->path, a->line,
		a->ctx ? ", context " : "", a->ctx ? a->ctx : "");
	if (verdict == ARC_WAIVED || verdict == ARC_STALE)
		fprintf(out, ", waived: %s", a->waiver ? a->waiver : a->rare);
	fputc('\n', out);
}

static void print_pair(const struct verdict *v, const struct verdict_pair *p, FILE *out)
{
	const char *scenario, *after = name_of(v, p->after), *before = name_of(v, p->before);
	const char *ctx = lockdoc_context(v->doc, p->context);
	const struct observed_witness *w =
		verdict_witness(v, p->context, p->before, p->after, p->trylock, &scenario);

	fprintf(out, "%s%s%s: %s %s under %s", out_tint(out, TINT_BAD),
		p->contradicted ? "contradicted" : "undocumented", out_tint(out, TINT_PLAIN), after,
		p->trylock ? "is tried" : "is waited for", before);
	if (ctx)
		fprintf(out, " in the context %s", ctx);
	if (w)
		fprintf(out, " (%s under %s, in %s)", w->acquired, w->held, scenario);
	if (p->contradicted)
		fprintf(out, ", against %s:%u\n", v->doc->path, p->line);
	else
		fprintf(out, "; to document it: %s < %s%s;\n", before, after,
			p->trylock ? ":try" : "");
}

void verdict_print_pins(const struct verdict *v, bool whole, FILE *out)
{
	for (unsigned i = 0; whole && i < v->doc->nr_pins; i++)
		if (v->pins_never >> v->doc->pin[i].class & 1)
			fprintf(out, "never observed: pin %s (%s:%d)\n", name_of(v, v->doc->pin[i].class),
				v->doc->path, v->doc->pin[i].line);
	for (u64 pins = v->pins_undocumented; pins; pins &= pins - 1)
		fprintf(out, "%sundocumented%s: %s is pinned; to document it, in Exceptions: `pin %s`\n",
			out_tint(out, TINT_BAD), out_tint(out, TINT_PLAIN),
			name_of(v, (unsigned)__builtin_ctzl(pins)),
			name_of(v, (unsigned)__builtin_ctzl(pins)));
}

void verdict_print(const struct verdict *v, bool whole, FILE *out)
{
	for (unsigned i = 0; whole && i < v->doc->nr_arcs; i++)
		if (v->arc[i] > ARC_OBSERVED)
			print_arc(v, &v->doc->arc[i], v->arc[i], out);
	for (unsigned i = 0; i < v->nr_pairs; i++)
		print_pair(v, &v->pair[i], out);
	verdict_print_pins(v, whole, out);
	fprintf(out,
		"lock order%s%s: %u/%u documented arcs observed, %u undocumented, "
		"%u contradicted\n",
		rmap_providers[1] ? " of " : "", rmap_providers[1] ? v->era : "",
		verdict_observed(v), verdict_documented(v), v->undocumented, v->contradicted);
}

/* ---- JSON ---- */

static json_t *pair_json(const struct verdict *v, unsigned context, unsigned before,
			 unsigned after, bool trylock)
{
	const char *scenario, *ctx = lockdoc_context(v->doc, context);
	const struct observed_witness *w =
		verdict_witness(v, context, before, after, trylock, &scenario);
	json_t *o = json_pack("{s:s s:s s:b}", "before", name_of(v, before), "after",
			      name_of(v, after), "try", trylock);

	if (ctx)
		json_object_set_new(o, "ctx", json_text(ctx));
	if (w) {
		json_object_set_new(o, "held", json_string(w->held));
		json_object_set_new(o, "acquired", json_string(w->acquired));
		json_object_set_new(o, "scenario", json_string(scenario));
		json_object_set_new(o, "executions", json_integer((json_int_t)w->executions));
	}
	return o;
}

json_t *verdict_arc_json(const struct verdict *v, unsigned i)
{
	const struct lockdoc_arc *a = &v->doc->arc[i];
	json_t *o = pair_json(v, verdict_context(v, a), a->before, a->after, a->trylock);

	json_object_set_new(o, "verdict", json_string(arc_text[v->arc[i]].word));
	json_object_set_new(o, "line", json_integer(a->line));
	if (a->note)
		json_object_set_new(o, "note", json_text(a->note));
	if (a->waiver || a->rare)
		json_object_set_new(o, "waiver", json_text(a->waiver ? a->waiver : a->rare));
	return o;
}

json_t *verdict_pair_json(const struct verdict *v, const struct verdict_pair *p)
{
	json_t *o = pair_json(v, p->context, p->before, p->after, p->trylock);

	json_object_set_new(o, "verdict",
			    json_string(p->contradicted ? "contradicted" : "undocumented"));
	if (p->contradicted)
		json_object_set_new(o, "line", json_integer(p->line));
	return o;
}

void verdict_json(const struct verdict *v, FILE *out)
{
	json_t *arcs = json_array(), *pairs = json_array(), *o;

	for (unsigned i = 0; i < v->doc->nr_arcs; i++)
		if (v->arc[i] != ARC_OTHER_ERA)
			json_array_append_new(arcs, verdict_arc_json(v, i));
	for (unsigned i = 0; i < v->nr_pairs; i++)
		json_array_append_new(pairs, verdict_pair_json(v, &v->pair[i]));
	o = json_pack("{s:s s:s s:o s:i s:i s:i s:i s:i s:i s:i s:o s:o}", "type", "lockdoc",
		      "provider", v->era, "document", json_text(v->doc->path), "documented",
		      (int)verdict_documented(v), "observed", (int)verdict_observed(v), "transitive",
		      (int)v->nr_arcs[ARC_TRANSITIVE], "waived", (int)v->nr_arcs[ARC_WAIVED],
		      "never", (int)v->nr_arcs[ARC_NEVER], "undocumented", (int)v->undocumented,
		      "contradicted", (int)v->contradicted, "arcs", arcs, "pairs", pairs);
	put_json(o, out);
}
