/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places in an order and the arcs between them, for LOCKING.md and for the comments of the kernel.
 * In a tree a lock is waited for under all that it is indented below; siblings have no order.
 */
#include "lockdoc/parse.h"

#include <string.h>

#define MAX_ARCS 2048

/* ---- notes ---- */

void doc_add_to_note(char note[DOC_MAX_NOTE], char c)
{
	size_t n = strlen(note);

	if (n + 1 < DOC_MAX_NOTE && (c != ' ' || (n && note[n - 1] != ' '))) {
		note[n] = c;
		note[n + 1] = '\0';
	}
}

/* A note that was too long may end in the middle of a character. */
void doc_end_note(char note[DOC_MAX_NOTE])
{
	size_t n = strlen(note);

	if (n + 1 < DOC_MAX_NOTE)
		return;
	while (n && (note[n - 1] & 0xc0) == 0x80)
		n--;
	note[n - (n && note[n - 1] & 0x80)] = '\0';
}

/* ---- arcs ---- */

static bool same_text(const char *a, const struct doc_cell *b)
{
	if (!a || !b->begin)
		return !a && !b->begin;
	return strlen(a) == (size_t)(b->end - b->begin) && !memcmp(a, b->begin, strlen(a));
}

static struct lockdoc_arc *find_arc(struct lockdoc *doc, const struct doc_member *before,
				    const struct doc_member *after, const struct doc_attrs *attrs)
{
	for (struct lockdoc_arc *a = doc->arc; a < doc->arc + doc->nr_arcs; a++)
		if (a->before == before->class && a->after == after->class &&
		    a->trylock == after->trylock && same_text(a->era, &attrs->value[KEY_ERA]) &&
		    same_text(a->ctx, &attrs->value[KEY_CTX]))
			return a;
	return NULL;
}

static long day_of(const struct doc_cell *c)
{
	return c->begin ? lockdoc_day(c->begin, (size_t)(c->end - c->begin)) : 0;
}

static bool add_arc(struct doc_parser *p, const struct doc_member *before,
		    const struct doc_member *after, const struct doc_tail *tail)
{
	struct lockdoc *doc = p->doc;
	const char *name = doc->model->classes[after->class].name;

	if (!before->class || !after->class)
		return true;
	if (before->class == after->class)
		return doc_wrong_at(
			       &p->r, after->line, after->column,
			       "expected another class than the one before it, found '%s' again",
			       name) ||
		       doc_finding(p, LINT_CYCLE);
	if (find_arc(doc, before, after, &tail->attrs))
		return true;
	if (doc->nr_arcs == MAX_ARCS)
		return doc_wrong_at(&p->r, after->line, after->column,
				    "expected at most %d arcs, found more", MAX_ARCS);
	doc->arc = doc_grow(doc->arc, doc->nr_arcs, sizeof(*doc->arc));
	doc->arc[doc->nr_arcs++] = (struct lockdoc_arc){
		.before = before->class,
		.after = after->class,
		.trylock = after->trylock,
		.shared = before->shared || after->shared,
		.path = p->r.path,
		.line = after->line,
		.column = after->column,
		.era = doc_value(&tail->attrs, KEY_ERA),
		.ctx = doc_value(&tail->attrs, KEY_CTX),
		.waiver = doc_value(&tail->attrs, KEY_UNEXERCISED),
		.rare = doc_value(&tail->attrs, KEY_RARE),
		.until = day_of(&tail->attrs.value[KEY_UNTIL]),
		.note = tail->note[0] ? doc_copy(tail->note, strlen(tail->note)) : NULL,
	};
	return true;
}

bool doc_add_arcs(struct doc_parser *p, const struct doc_set *before, const struct doc_set *after,
		  const struct doc_tail *tail)
{
	for (unsigned i = 0; i < before->nr; i++)
		for (unsigned j = 0; j < after->nr; j++)
			if (!add_arc(p, &before->member[i], &after->member[j], tail))
				return false;
	return true;
}

/* ---- trees ---- */

bool doc_tree_close(struct doc_parser *p, struct doc_tree *tree, struct doc_set *set)
{
	unsigned was = tree->depth;

	while (tree->depth && tree->level[tree->depth - 1].indent > set->indent)
		tree->depth--;
	if (tree->depth && tree->level[tree->depth - 1].indent == set->indent) {
		tree->depth--;
	} else if (tree->depth < was && tree->cut && !tree->depth) {
		set->lost = true;
	} else if (tree->depth < was) {
		doc_wrong(&p->r, p->r.at,
			  "expected the indentation of a line above, found %d columns",
			  set->indent);
		if (!doc_finding(p, LINT_AMBIGUITY))
			return false;
		set->lost = true;
	}
	if (tree->depth == DOC_MAX_DEPTH)
		return doc_wrong(&p->r, p->r.at, "expected at most %d levels, found more",
				 DOC_MAX_DEPTH);
	return true;
}

static bool has_class(const struct doc_set *set)
{
	for (unsigned i = 0; i < set->nr; i++)
		if (set->member[i].class)
			return true;
	return false;
}

/* A level whose names are not known keeps its place: what is below it is below those above it. */
static const struct doc_set *above(const struct doc_tree *tree)
{
	for (unsigned i = tree->depth; i-- && !tree->level[i].lost;)
		if (has_class(&tree->level[i]))
			return &tree->level[i];
	return NULL;
}

bool doc_tree_add(struct doc_parser *p, struct doc_tree *tree, const struct doc_set *set,
		  const struct doc_tail *tail)
{
	const struct doc_set *outer = set->lost ? NULL : above(tree);

	if (outer && !doc_add_arcs(p, outer, set, tail))
		return false;
	tree->level[tree->depth++] = *set;
	return true;
}
