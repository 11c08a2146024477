/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling what was read from comments, to people and to programs: see ingest.h. */
#include "cli/json.h"
#include "cli/out.h"
#include "lockdoc/ingest.h"

static const char *name_of(unsigned class)
{
	return lockdoc_kernel.classes[class].name;
}

unsigned ingest_classes(const struct ingest *g)
{
	unsigned nr = 0;

	for (unsigned i = 1; i < MAX_CLASSES; i++)
		nr += !!g->mention[i].name;
	return nr;
}

/* ---- text ---- */

static void print_classes(const struct ingest *g, FILE *out)
{
	static const struct table_column columns[] = {
		{ "class", ALIGN_LEFT },
		{ "named", ALIGN_LEFT },
		{ "at", ALIGN_LEFT },
	};
	struct table *t = table_new(columns, ARRAY_SIZE(columns));

	for (unsigned i = 1; i < MAX_CLASSES; i++) {
		const struct ingest_mention *m = &g->mention[i];

		if (!m->name)
			continue;
		table_cell(t, TINT_BOLD, "%s", name_of(i));
		table_cell(t, TINT_PLAIN, "%s", m->name);
		table_cell(t, TINT_PLAIN, "%s:%d", m->path, m->line);
	}
	table_print(t, out);
	table_free(t);
	fputc('\n', out);
}

static void print_arcs(const struct ingest *g, FILE *out)
{
	static const struct table_column columns[] = {
		{ "arc", ALIGN_LEFT },
		{ "at", ALIGN_LEFT },
		{ "where", ALIGN_LEFT },
	};
	struct table *t = table_new(columns, ARRAY_SIZE(columns));
	const struct lockdoc *doc = g->p.doc;

	for (const struct lockdoc_arc *a = doc->arc; a < doc->arc + doc->nr_arcs; a++) {
		table_cell(t, TINT_PLAIN, "%s < %s%s", name_of(a->before), name_of(a->after),
			   a->trylock ? ":try" : "");
		table_cell(t, TINT_PLAIN, "%s:%d", a->path, a->line);
		table_cell(t, TINT_DIM, "%s%s%s%s", a->ctx ? "ctx=" : "", a->ctx ? a->ctx : "",
			   a->ctx && a->note ? " " : "", a->note ? a->note : "");
	}
	table_print(t, out);
	table_free(t);
	fputc('\n', out);
}

void ingest_print(const struct ingest *g, FILE *out)
{
	if (ingest_classes(g))
		print_classes(g, out);
	if (g->p.doc->nr_arcs)
		print_arcs(g, out);
	lint_print(g->p.lint, out);
	fprintf(out, "%u classes, %u arcs, %u findings\n", ingest_classes(g), g->p.doc->nr_arcs,
		g->p.lint->nr);
}

/* ---- JSON ---- */

static void class_json(const struct ingest_mention *m, unsigned class, FILE *out)
{
	put_json(json_pack("{s:s s:s s:o s:o s:i}", "type", "lockdoc-class", "class", name_of(class),
		      "name", json_text(m->name), "file", json_text(m->path), "line",
		      m->line),
	    out);
}

json_t *ingest_arc_json(const char *type, const struct lockdoc_model *model,
			const struct lockdoc_arc *a)
{
	json_t *o = json_pack("{s:s s:s s:s s:b s:b s:o s:i}", "type", type, "before",
			      model->classes[a->before].name, "after",
			      model->classes[a->after].name, "try", a->trylock, "read", a->shared,
			      "file", json_text(a->path), "line", a->line);

	if (a->ctx)
		json_object_set_new(o, "ctx", json_text(a->ctx));
	if (a->note)
		json_object_set_new(o, "note", json_text(a->note));
	return o;
}

void ingest_json(const struct ingest *g, FILE *out)
{
	const struct lockdoc *doc = g->p.doc;

	for (unsigned i = 1; i < MAX_CLASSES; i++)
		if (g->mention[i].name)
			class_json(&g->mention[i], i, out);
	for (unsigned i = 0; i < doc->nr_arcs; i++)
		put_json(ingest_arc_json("lockdoc-arc", doc->model, &doc->arc[i]), out);
	lint_json(g->p.lint, out);
	put_json(json_pack("{s:s s:i s:i s:i}", "type", "lockdoc-ingest", "classes", ingest_classes(g),
		      "arcs", doc->nr_arcs, "findings", g->p.lint->nr),
	    out);
}
