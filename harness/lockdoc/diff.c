/* SPDX-License-Identifier: GPL-2.0-only */
/* Comparing orders: see diff.h. An arc is in an order if it follows from it, said or not. */
#include "lockdoc/diff.h"

#include <string.h>

#include "cli/json.h"
#include "cli/out.h"
#include "lockdoc/closure.h"
#include "lockdoc/ingest.h"

struct order {
	const struct diff_side *side;
	struct closure direct;
	u64 tried[MAX_CLASSES]; /* tried[a]: what may be tried under a, or under what a may be over */
	u64 named; /* classes that are in some arc */
	u8 other[MAX_CLASSES]; /* the class of the other order that has this name; 0: none */
};

struct comparison {
	struct order order[2];
	struct diff_count count;
	bool json;
	FILE *out;
};

static void read_order(struct order *o, const struct diff_side *side)
{
	const struct lockdoc *doc = side->doc;
	u64 direct[MAX_CLASSES] = { 0 };

	*o = (struct order){ .side = side };
	closure_direct(doc, side->era, closure_any, &o->direct);
	for (const struct lockdoc_arc *a = doc->arc; a < doc->arc + doc->nr_arcs; a++) {
		if (!lockdoc_arc_in_era(a, side->era))
			continue;
		o->named |= BIT(a->before) | BIT(a->after);
		if (a->trylock)
			direct[a->before] |= BIT(a->after);
	}
	for (unsigned i = 1; i < doc->model->nr; i++)
		for (u64 at = closure_from(&o->direct, i) | BIT(i); at; at &= at - 1)
			o->tried[i] |= direct[__builtin_ctzl(at)];
}

static void match_names(struct order *o, const struct order *other)
{
	const struct lockdoc_model *mine = o->side->doc->model, *theirs = other->side->doc->model;

	for (unsigned i = 1; i < mine->nr; i++)
		for (unsigned j = 1; j < theirs->nr; j++)
			if (other->named & BIT(j) &&
			    !strcmp(mine->classes[i].name, theirs->classes[j].name))
				o->other[i] = (u8)j;
}

static const char *name_of(const struct order *o, unsigned class)
{
	return o->side->doc->model->classes[class].name;
}

static bool follows(const struct order *o, unsigned before, unsigned after)
{
	return before && after && closure_from(&o->direct, before) & BIT(after);
}

/* The arc that says it; NULL if it only follows. */
static const struct lockdoc_arc *said(const struct order *o, unsigned before, unsigned after)
{
	const struct lockdoc *doc = o->side->doc;

	for (const struct lockdoc_arc *a = doc->arc; a < doc->arc + doc->nr_arcs; a++)
		if (a->before == before && a->after == after &&
		    closure_takes(a, o->side->era, closure_any))
			return a;
	return NULL;
}

/* ---- telling ---- */

static void put_arc_json(const struct comparison *c, const struct lockdoc_arc *a, const char *verdict,
		     unsigned which, const char *missing)
{
	json_t *o = ingest_arc_json("lockdoc-diff", c->order[which].side->doc->model, a);

	json_object_set_new(o, "verdict", json_string(verdict));
	json_object_set_new(o, "in", json_text(c->order[which].side->name));
	if (missing)
		json_object_set_new(o, "missing", json_string(missing));
	put_json(o, c->out);
}

static void tell_only(struct comparison *c, const struct lockdoc_arc *a, unsigned which)
{
	const struct order *o = &c->order[which];
	const char *missing = !o->other[a->before] ? name_of(o, a->before) :
			      !o->other[a->after]  ? name_of(o, a->after) :
						     NULL;

	c->count.only[which]++;
	if (c->json) {
		put_arc_json(c, a, "only", which, missing);
		return;
	}
	fprintf(c->out, "only in %s: %s < %s%s (%s:%d)", o->side->name, name_of(o, a->before),
		name_of(o, a->after), a->trylock ? ":try" : "", a->path, a->line);
	if (missing)
		fprintf(c->out, ", the other one does not name %s", missing);
	fputc('\n', c->out);
}

static void tell_reversed(struct comparison *c, const struct lockdoc_arc *a, unsigned which)
{
	const struct order *o = &c->order[which], *other = &c->order[!which];
	const struct lockdoc_arc *b = said(other, o->other[a->after], o->other[a->before]);

	c->count.reversed++;
	if (c->json) {
		put_arc_json(c, a, "reversed", which, NULL);
		return;
	}
	fprintf(c->out, "%sreversed%s: %s < %s (%s:%d), but in %s %s < %s",
		out_tint(c->out, TINT_BAD), out_tint(c->out, TINT_PLAIN), name_of(o, a->before),
		name_of(o, a->after), a->path, a->line, other->side->name, name_of(o, a->after),
		name_of(o, a->before));
	if (b)
		fprintf(c->out, " (%s:%d)\n", b->path, b->line);
	else
		fputs(", which follows\n", c->out);
}

/* ---- comparing ---- */

/* Contexts may repeat an arc; it is told once. */
static bool is_first(const struct order *o, const struct lockdoc_arc *a)
{
	for (const struct lockdoc_arc *b = o->side->doc->arc; b < a; b++)
		if (b->before == a->before && b->after == a->after && b->trylock == a->trylock &&
		    lockdoc_arc_in_era(b, o->side->era))
			return false;
	return true;
}

static void compare_arc(struct comparison *c, const struct lockdoc_arc *a, unsigned which)
{
	const struct order *o = &c->order[which], *other = &c->order[!which];
	unsigned before = o->other[a->before], after = o->other[a->after];

	if (follows(other, before, after) || (a->trylock && other->tried[before] & BIT(after)))
		c->count.same += !which;
	else if (a->trylock || !follows(other, after, before))
		tell_only(c, a, which);
	else if (!which || !said(other, after, before))
		tell_reversed(c, a, which);
}

static void tell_counts(const struct comparison *c)
{
	const struct diff_count *n = &c->count;
	const char *a = c->order[0].side->name, *b = c->order[1].side->name;
	json_t *o;

	if (!c->json) {
		fprintf(c->out,
			"%u arcs of %s are in %s too, %u only in %s, %u only in %s, %u reversed\n",
			n->same, a, b, n->only[0], a, n->only[1], b, n->reversed);
		return;
	}
	o = json_pack("{s:s s:o s:o s:i s:i s:i s:i}", "type", "lockdoc-compared", "a",
		      json_text(a), "b", json_text(b), "same", n->same, "only_a",
		      n->only[0], "only_b", n->only[1], "reversed", n->reversed);
	put_json(o, c->out);
}

struct diff_count diff_tell(const struct diff_side side[2], bool json, FILE *out)
{
	struct comparison c = { .json = json, .out = out };

	for (unsigned i = 0; i < 2; i++)
		read_order(&c.order[i], &side[i]);
	for (unsigned i = 0; i < 2; i++)
		match_names(&c.order[i], &c.order[!i]);
	for (unsigned i = 0; i < 2; i++) {
		const struct lockdoc *doc = side[i].doc;

		for (const struct lockdoc_arc *a = doc->arc; a < doc->arc + doc->nr_arcs; a++)
			if (lockdoc_arc_in_era(a, side[i].era) && is_first(&c.order[i], a))
				compare_arc(&c, a, i);
	}
	tell_counts(&c);
	return c.count;
}
