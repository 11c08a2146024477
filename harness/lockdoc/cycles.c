/* SPDX-License-Identifier: GPL-2.0-only */
/* Orders that contradict themselves: cycles, and both directions of one pair. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "lockdoc/closure.h"
#include "lockdoc/parse.h"

struct search {
	struct doc_parser *p;
	const char *era, *ctx;
	struct closure c;
	bool shared;		/* an arc of this cycle is */
	u8 next[MAX_CLASSES];
};

static const struct lockdoc_arc *arc_of(const struct search *s, unsigned before, unsigned after)
{
	const struct lockdoc *doc = s->p->doc;

	for (const struct lockdoc_arc *a = doc->arc; a < doc->arc + doc->nr_arcs; a++)
		if (a->before == before && a->after == after && closure_takes(a, s->era, s->ctx))
			return a;
	return NULL;
}

/* " < NAME", and with findings also where that is said. */
static void tell_step(struct search *s, const struct lockdoc_arc *a, FILE *out)
{
	s->shared |= a->shared;
	fprintf(out, " < %s", s->p->doc->model->classes[a->after].name);
	if (!s->p->lint)
		return;
	if (strcmp(a->path, s->p->r.path))
		fprintf(out, " (%s:%d", a->path, a->line);
	else
		fprintf(out, " (line %d", a->line);
	fprintf(out, "%s%s)", a->ctx ? ", context " : "", a->ctx ? a->ctx : "");
}

/* The arc closes a cycle: tell the way from its end back to its beginning. */
static char *way_of(struct search *s, const struct lockdoc_arc *closing)
{
	char *text = NULL;
	size_t length;
	FILE *out = must(open_memstream(&text, &length));
	unsigned class = closing->after;

	s->shared = false;
	fputs(s->p->doc->model->classes[closing->before].name, out);
	tell_step(s, closing, out);
	for (; class != closing->before; class = s->next[class])
		tell_step(s, arc_of(s, class, s->next[class]), out);
	if (s->shared)
		fputs("; a reader is no exception, since it waits behind a writer that waits", out);
	fclose(out);
	return must(text);
}

static bool report(struct search *s, const struct lockdoc_arc *closing)
{
	struct doc_reader *r = &s->p->r;
	bool both = s->next[closing->after] == closing->before;
	const char *path = r->path;
	bool go_on;
	char *way;

	r->path = closing->path;
	way = way_of(s, closing);
	both &= !s->shared;
	if (both && s->p->lint)
		doc_wrong_at(r, closing->line, closing->column,
			     "expected one direction, found both: %s", way);
	else
		doc_wrong_at(r, closing->line, closing->column,
			     "expected an order without a cycle, found %s (E-CYCLE)", way);
	go_on = doc_finding(s->p, both ? LINT_CONFLICT : LINT_CYCLE);
	r->path = path;
	free(way);
	return go_on;
}

/* Arc by arc, so that the place of the error is the first one that cannot be. */
bool doc_acyclic(struct doc_parser *p, const char *era, const char *ctx)
{
	const struct lockdoc *doc = p->doc;
	struct search s = { .p = p, .era = era, .ctx = ctx };

	for (const struct lockdoc_arc *a = doc->arc; a < doc->arc + doc->nr_arcs; a++) {
		if (!closure_takes(a, era, ctx))
			continue;
		s.c.after[a->before] |= BIT(a->after);
		if (!(closure_ways(&s.c, a->before, s.next) & BIT(a->after)))
			continue;
		if (!report(&s, a))
			return false;
		/* One cycle is told once: what follows sees the order without this arc. */
		s.c.after[a->before] &= ~BIT(a->after);
	}
	return true;
}
