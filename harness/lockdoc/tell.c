/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling a verdict, to people and to programs: see verdict.h. */
#include "lockdoc/verdict.h"

#include <jansson.h>

#include "cli/out.h"
#include "rmap.h"

static const char *name_of(const struct verdict *v, unsigned class)
{
	return v->doc->model->classes[class].name;
}

static const struct observed_witness *witness_of(const struct verdict *v, unsigned before,
						 unsigned after, bool trylock,
						 const char **scenario)
{
	const struct observed_witness *w = observed_find(&v->seen, before, after, trylock);

	*scenario = w ? v->scenario[w - v->seen.witness] : NULL;
	return w;
}

static unsigned documented(const struct verdict *v)
{
	return v->doc->nr_arcs - v->nr_arcs[ARC_OTHER_ERA];
}

/* ---- text ---- */

static void print_arc(const struct verdict *v, const struct lockdoc_arc *a,
		      enum arc_verdict verdict, FILE *out)
{
	fprintf(out, "%s: %s < %s%s (%s:%d)",
		verdict == ARC_TRANSITIVE ? "seen by transitivity only" : "never observed",
		name_of(v, a->before), name_of(v, a->after), a->trylock ? ":try" : "", v->doc->path,
		a->line);
	if (verdict == ARC_WAIVED)
		fprintf(out, ", waived: %s", a->waiver);
	fputc('\n', out);
}

static void print_pair(const struct verdict *v, const struct verdict_pair *p, FILE *out)
{
	const char *scenario, *after = name_of(v, p->after), *before = name_of(v, p->before);
	const struct observed_witness *w =
		witness_of(v, p->before, p->after, p->trylock, &scenario);

	fprintf(out, "%s%s%s: %s %s under %s", out_tint(out, TINT_BAD),
		p->contradicted ? "contradicted" : "undocumented", out_tint(out, TINT_PLAIN), after,
		p->trylock ? "is tried" : "is waited for", before);
	if (w)
		fprintf(out, " (%s under %s, in %s)", w->acquired, w->held, scenario);
	if (p->contradicted)
		fprintf(out, ", against %s:%u\n", v->doc->path, p->line);
	else
		fprintf(out, "; to document it: %s < %s%s;\n", before, after,
			p->trylock ? ":try" : "");
}

void verdict_print(const struct verdict *v, bool whole, FILE *out)
{
	for (unsigned i = 0; whole && i < v->doc->nr_arcs; i++)
		if (v->arc[i] > ARC_OBSERVED)
			print_arc(v, &v->doc->arc[i], v->arc[i], out);
	for (unsigned i = 0; i < v->nr_pairs; i++)
		print_pair(v, &v->pair[i], out);
	fprintf(out,
		"lock order%s%s: %u/%u documented arcs observed, %u undocumented, "
		"%u contradicted\n",
		rmap_providers[1] ? " of " : "", rmap_providers[1] ? v->era : "",
		v->nr_arcs[ARC_OBSERVED], documented(v), v->undocumented, v->contradicted);
}

/* ---- JSON ---- */

static json_t *pair_json(const struct verdict *v, unsigned before, unsigned after, bool trylock)
{
	const char *scenario;
	const struct observed_witness *w = witness_of(v, before, after, trylock, &scenario);
	json_t *o = json_pack("{s:s s:s s:b}", "before", name_of(v, before), "after",
			      name_of(v, after), "try", trylock);

	if (w) {
		json_object_set_new(o, "held", json_string(w->held));
		json_object_set_new(o, "acquired", json_string(w->acquired));
		json_object_set_new(o, "scenario", json_string(scenario));
	}
	return o;
}

static json_t *arc_json(const struct verdict *v, unsigned i)
{
	static const char *const text[NR_ARC_VERDICTS] = {
		[ARC_OBSERVED] = "observed",
		[ARC_TRANSITIVE] = "transitive",
		[ARC_WAIVED] = "waived",
		[ARC_NEVER] = "never",
	};
	const struct lockdoc_arc *a = &v->doc->arc[i];
	json_t *o = pair_json(v, a->before, a->after, a->trylock);

	json_object_set_new(o, "verdict", json_string(text[v->arc[i]]));
	json_object_set_new(o, "line", json_integer(a->line));
	if (a->note)
		json_object_set_new(o, "note", json_string(a->note));
	if (a->waiver)
		json_object_set_new(o, "waiver", json_string(a->waiver));
	return o;
}

static json_t *strange_json(const struct verdict *v, const struct verdict_pair *p)
{
	json_t *o = pair_json(v, p->before, p->after, p->trylock);

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
			json_array_append_new(arcs, arc_json(v, i));
	for (unsigned i = 0; i < v->nr_pairs; i++)
		json_array_append_new(pairs, strange_json(v, &v->pair[i]));
	o = json_pack("{s:s s:s s:s s:i s:i s:i s:i s:i s:i s:i s:o s:o}", "type", "lockdoc",
		      "provider", v->era, "document", v->doc->path, "documented",
		      (int)documented(v), "observed", (int)v->nr_arcs[ARC_OBSERVED], "transitive",
		      (int)v->nr_arcs[ARC_TRANSITIVE], "waived", (int)v->nr_arcs[ARC_WAIVED],
		      "never", (int)v->nr_arcs[ARC_NEVER], "undocumented", (int)v->undocumented,
		      "contradicted", (int)v->contradicted, "arcs", arcs, "pairs", pairs);
	json_dumpf(o, out, JSON_COMPACT);
	fputc('\n', out);
	json_decref(o);
}
