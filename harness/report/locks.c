/* SPDX-License-Identifier: GPL-2.0-only */
/* The lock graph of each provider, drawn as `lockdoc graph --observed` draws it, from the verdicts that are kept. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/must.h"
#include "lockdoc/graph.h"
#include "report/pages.h"
#include "report/queries.h"
#include "rmap.h"

/* A verdict that is put together again, and what it points to. */
struct kept {
	struct verdict verdict;
	char *scenario[MAX_EDGES];
};

/* What a record of an arc is about. */
struct about {
	unsigned int before, after, context;
	bool trylock;
};

/* What `lockdoc check` calls a verdict (order_json.c), and what it is: of an arc, or of a pair that the document does not allow. */
static const struct kind {
	const char *kind;
	enum arc_verdict arc;
	bool pair, contradicted;
} kinds[] = {
	{ "OK", ARC_OBSERVED },	    { "TRY", ARC_OBSERVED }, { "CTX", ARC_OBSERVED },	     { "OK-SKIP", ARC_TRANSITIVE },
	{ "WAIVED", ARC_WAIVED },   { "NEVER", ARC_NEVER },  { "STALE", ARC_STALE },	     { "REVERSED", ARC_CONTRADICTED },
	{ "UNDOC", .pair = true },  { "TRY-UNDOC", .pair = true },
	{ "CONTRA", .pair = true, .contradicted = true },    { "NEVERTOG", .pair = true, .contradicted = true },
};

/* 0 is none. */
static unsigned int class_of(const struct lockdoc_model *model, const char *name)
{
	unsigned int class = model->nr - 1;

	while (class && strcmp(model->classes[class].name, name))
		class--;
	return class;
}

/* False if it is about classes or a context that this program does not have. */
static bool read_about(const struct lockdoc_model *model, const json_t *o, struct about *a)
{
	const char *ctx = json_text_of(o, "ctx");

	*a = (struct about){
		.before = class_of(model, json_text_of(o, "before")), .after = class_of(model, json_text_of(o, "after")),
		.trylock = !strcmp(json_text_of(o, "mode"), "try"),
	};
	for (unsigned int i = 1; *ctx && i < model->nr_contexts && !a->context; i++)
		a->context = model->contexts[i] && !strcmp(model->contexts[i], ctx) ? i : 0;
	return a->before && a->after && (!*ctx || a->context);
}

static void set_arc(struct verdict *v, const struct about *a, enum arc_verdict verdict)
{
	for (unsigned int i = 0; i < v->doc->nr_arcs; i++) {
		const struct lockdoc_arc *d = &v->doc->arc[i];

		if (d->before == a->before && d->after == a->after && d->trylock == a->trylock && lockdoc_arc_in_era(d, v->era) &&
		    verdict_context(v, d) == a->context)
			v->arc[i] = (u8)verdict;
	}
}

static void add_pair(struct verdict *v, const struct about *a, const struct kind *k, const json_t *o)
{
	json_int_t line = json_integer_value(json_object_get(json_object_get(o, "doc"), "line"));

	v->pair = must(reallocarray(v->pair, v->nr_pairs + 1, sizeof(*v->pair)));
	v->pair[v->nr_pairs++] = (struct verdict_pair){
		.before = (u8)a->before, .after = (u8)a->after, .context = (u8)a->context, .trylock = a->trylock,
		.contradicted = k->contradicted, .line = line > 0 && line < 10000000 ? (u32)line : 0,
	};
}

static void add_witness(struct kept *kept, const struct about *a, const json_t *o)
{
	struct verdict *v = &kept->verdict;
	const json_t *first = json_object_get(o, "first");
	struct observed_witness *w;
	unsigned int n;

	if (!json_is_object(first) || !(w = observed_add(&v->seen, a->context, a->before, a->after, a->trylock)))
		return;
	snprintf(w->held, sizeof(w->held), "%s", json_text_of(first, "held"));
	snprintf(w->acquired, sizeof(w->acquired), "%s", json_text_of(first, "acquired"));
	usage_one_line(w->held);
	usage_one_line(w->acquired);
	n = v->seen.nr_witnesses - 1;
	kept->scenario[n] = usage_one_line(must(strdup(json_text_of(first, "scenario"))));
	v->scenario[n] = kept->scenario[n];
}

static void add_record(struct kept *kept, const char *verdict, const char *text)
{
	json_t *o = json_loads(text, 0, NULL);
	struct about a;

	for (size_t i = 0; o && i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].kind, verdict) || !read_about(kept->verdict.doc->model, o, &a))
			continue;
		add_witness(kept, &a, o);
		if (kinds[i].pair)
			add_pair(&kept->verdict, &a, &kinds[i], o);
		else
			set_arc(&kept->verdict, &a, kinds[i].arc);
	}
	json_decref(o);
}

/* NULL if nothing is kept of it. To be freed with kept_free(). An arc of several jobs is told by the one that saw most of it. */
static struct kept *kept_of(const struct report *r, const struct lockdoc *doc, const char *provider)
{
	sqlite3_stmt *s = report_prepare(r, "SELECT verdict, text, provider FROM arc WHERE night = :night"
					 " ORDER BY executions, job DESC, id");
	struct kept *kept = NULL;

	while (report_step(r, s)) {
		if (strcmp(report_text(s, 2), provider))
			continue;
		if (!kept) {
			kept = must(calloc(1, sizeof(*kept)));
			verdict_begin(&kept->verdict, doc, provider);
			for (unsigned int i = 0; i < doc->nr_arcs; i++)
				kept->verdict.arc[i] = lockdoc_arc_in_era(&doc->arc[i], provider) ? ARC_NEVER : ARC_OTHER_ERA;
		}
		add_record(kept, report_text(s, 0), report_text(s, 1));
	}
	sqlite3_finalize(s);
	return kept;
}

static void kept_free(struct kept *kept)
{
	for (unsigned int i = 0; i < MAX_EDGES; i++)
		free(kept->scenario[i]);
	verdict_free(&kept->verdict);
	free(kept);
}

static void name_of(const char *provider, char name[64])
{
	snprintf(name, 64, "locks-%s.svg", provider);
}

bool page_lock_graphs(const struct report *r, struct files *f, char err[USAGE_TEXT])
{
	const struct lockdoc *doc = lockdoc_builtin();
	bool done = true;

	for (unsigned int i = 0; doc && done && rmap_providers[i]; i++) {
		struct kept *kept = kept_of(r, doc, rmap_providers[i]->name);
		struct lock_graph g;
		struct whole_file w;
		char name[64];

		if (!kept)
			continue;
		name_of(rmap_providers[i]->name, name);
		done = files_open(f, &w, name, err);
		if (done) {
			graph_of(&kept->verdict, &g);
			graph_svg(&g, w.out);
			graph_free(&g);
			done = files_close(f, &w, true, err);
		}
		kept_free(kept);
	}
	return done;
}

static bool judged(const struct report *r, const char *provider)
{
	sqlite3_stmt *s = report_prepare(r, "SELECT DISTINCT provider FROM arc WHERE night = :night");
	bool found = false;

	while (!found && report_step(r, s))
		found = !strcmp(report_text(s, 0), provider);
	sqlite3_finalize(s);
	return found;
}

void page_locks(const struct report *r, FILE *out)
{
	query_html(r, &query_arc_totals, out);
	for (unsigned int i = 0; lockdoc_builtin() && rmap_providers[i]; i++) {
		const char *provider = rmap_providers[i]->name;
		char name[64];

		if (!judged(r, provider))
			continue;
		name_of(provider, name);
		html_put(out, "<section class=\"graph\">\n<h2>%s</h2>\n<p class=\"about\"><a href=\"%s\">The picture alone</a>"
			 " says of each arrow where it was seen first.</p>\n"
			 "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Lock order of %s\">"
			 "<img src=\"%s\" alt=\"Lock order of %s; the table of arcs below says the same in words\"/></div>\n</section>\n",
			 provider, name, provider, name, provider);
	}
	query_html(r, &query_arcs, out);
}
