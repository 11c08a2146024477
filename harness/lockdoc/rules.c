/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * "## Data rules" and "## Contexts". A data rule names the locks under which a member is read and
 * written. Here it becomes a formula; harness/datarules/ holds it against what runs have seen.
 *
 *	cell = "`" expr "`" [ "{unexercised=" string "}" ] prose
 *	expr = term { "\|" term } | "never"     term = atom { "&" atom }
 *	atom = class [ ":R" | ":W" ] [ "(" selector ")" ] | "none" | "(" expr ")"
 *	selector = whose | "if any" | whose ", if any"     whose = "same" | "root" | "owner" | "any"
 */
#include "lockdoc/parse.h"

#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "objects.h"
#include "rmap.h"

#define MAX_NESTING 8
#define MAX_CONTEXTS (LOCK_CONTEXTS - 1)

struct rule_parser {
	struct doc_parser *p;
	const struct lockdoc_data *row;
	struct lockdoc_expr *expr;
	unsigned depth;
};

static bool expression(struct rule_parser *rp);

/* ---- what the model knows of its objects ---- */

static const struct data_type *type_in(const struct data_type *types, unsigned nr, const char *name,
				       size_t n)
{
	for (unsigned i = 0; i < nr && types[i].name; i++)
		if (strlen(types[i].name) == n && !memcmp(types[i].name, name, n))
			return &types[i];
	return NULL;
}

/* Of memory management, or of a provider that the row may be about. */
static const struct data_type *type_of(const char *member, const char *era)
{
	size_t n = strcspn(member, ".");
	const struct data_type *t = type_in(core_types, NR_CORE_TYPES, member, n);

	for (const struct rmap_ops *const *r = rmap_providers; !t && *r; r++)
		if ((*r)->types && lockdoc_era_has(era, (*r)->name))
			t = type_in((*r)->types, ~0u, member, n);
	return t;
}

static bool exists(const char *member, const char *era)
{
	const struct data_type *t = type_of(member, era);
	const char *name = strchr(member, '.') + 1;

	for (const struct slab_field *f = t ? t->fields : NULL; f && f->name; f++)
		if (!strcmp(f->name, name))
			return true;
	return t == &core_types[TYPE_CORE] && core_array_exists(name);
}

static bool has_lock(const struct data_lock *locks, const struct data_type *t, u8 class,
		     enum data_relation relation)
{
	for (const struct data_lock *l = locks; l && l->type; l++)
		if (l->type == t && l->class == class && l->relation == relation)
			return true;
	return false;
}

static bool owns(const char *member, const char *era, u8 class, enum data_relation relation)
{
	const struct data_type *t = type_of(member, era);

	if (!t || has_lock(core_locks, t, class, relation))
		return true;		/* an unknown type is a finding already */
	for (const struct rmap_ops *const *r = rmap_providers; *r; r++)
		if (has_lock((*r)->locks, t, class, relation))
			return true;
	return false;
}

/* ---- classes ---- */

static const char *class_name(const struct lockdoc_model *model, u8 class)
{
	return model->classes[class].name;
}

u64 doc_subclasses(const struct lockdoc_model *model, u8 class)
{
	const char *name = class_name(model, class);
	size_t n = strlen(name);
	u64 set = BIT(class);

	for (u8 c = 1; c < model->nr; c++)
		if (!strncmp(class_name(model, c), name, n) && class_name(model, c)[n] == '/')
			set |= BIT(c);
	return set;
}

/* The class that a subclass is one of. */
static u8 base_class(const struct lockdoc_model *model, u8 class)
{
	for (u8 c = 1; c < model->nr; c++)
		if (doc_subclasses(model, c) & BIT(class) && !strchr(class_name(model, c), '/'))
			return c;
	return class;
}

/* ---- formulas ---- */

static bool push(struct rule_parser *rp, struct lockdoc_atom atom)
{
	struct lockdoc_expr *e = rp->expr;

	if (e->nr == LOCKDOC_MAX_ATOMS)
		return doc_wrong(&rp->p->r, rp->p->r.at,
				 "expected a rule of at most %d locks and signs, found more",
				 LOCKDOC_MAX_ATOMS);
	e->atom = doc_grow(e->atom, e->nr, sizeof(*e->atom));
	e->atom[e->nr++] = atom;
	return true;
}

static bool push_op(struct rule_parser *rp, enum rule_op op)
{
	return push(rp, (struct lockdoc_atom){ .op = (u8)op });
}

/* Is there such a lock of every object that the row is about? */
static bool relation_exists(struct rule_parser *rp, const char *at, u8 class,
			    enum data_relation relation)
{
	struct doc_parser *p = rp->p;

	for (unsigned i = 0; p->doc->model->objects && class && i < rp->row->nr_members; i++)
		if (!owns(rp->row->member[i], rp->row->era, class, relation))
			return doc_expected(&p->r, at, "a lock of class '%s' that is %s's own in this way",
					    class_name(p->doc->model, class), rp->row->member[i]) ||
			       doc_finding(p, LINT_DEAD_NAME);
	return true;
}

/* Whose lock, of the many of its class. */
static bool whose(struct rule_parser *rp, struct lockdoc_atom *a)
{
	static const char *const text[NR_DATA_RELATIONS] = {
		[DATA_SAME] = "same", [DATA_ROOT] = "root", [DATA_OWNER] = "owner",
	};
	struct doc_reader *r = &rp->p->r;
	const char *at = r->at;

	a->whose = WHOSE_ANY;
	if (doc_take(r, "any"))
		return true;
	a->whose = WHOSE_OWN;
	for (unsigned i = 0; i < NR_DATA_RELATIONS; i++)
		if (doc_take(r, text[i]))
			return relation_exists(rp, at, a->class, (enum data_relation)i);
	return doc_expected(r, r->at, "'same', 'root', 'owner' or 'any'");
}

static bool if_any(struct doc_reader *r, struct lockdoc_atom *a)
{
	a->if_any = true;
	return doc_want(r, "any") && doc_want(r, ")");
}

static bool selector(struct rule_parser *rp, struct lockdoc_atom *a)
{
	struct doc_reader *r = &rp->p->r;

	if (!doc_take(r, "("))
		return true;
	if (doc_take(r, "if"))
		return if_any(r, a);
	if (!whose(rp, a))
		return false;
	if (doc_take(r, ","))
		return doc_want(r, "if") && if_any(r, a);
	return doc_want(r, ")");
}

static bool lock(struct rule_parser *rp)
{
	const struct lockdoc_model *model = rp->p->doc->model;
	struct doc_reader *r = &rp->p->r;
	struct lockdoc_atom a = { .op = RULE_LOCK };

	if (!doc_class(rp->p, &a.class))
		return false;
	a.classes = doc_subclasses(model, a.class);
	a.class = base_class(model, a.class);
	if (doc_take(r, ":") && !doc_take(r, "R")) {
		a.write = doc_take(r, "W");
		if (!a.write)
			return doc_expected(r, r->at, "'R' or 'W'");
	}
	return selector(rp, &a) && push(rp, a);
}

static bool atom(struct rule_parser *rp)
{
	struct doc_reader *r = &rp->p->r;
	bool ok;

	if (!doc_take(r, "("))
		return doc_take(r, "none") ? push_op(rp, RULE_ALWAYS) : lock(rp);
	if (rp->depth == MAX_NESTING)
		return doc_wrong(r, r->at - 1, "expected at most %d nested parentheses, found more",
				 MAX_NESTING);
	rp->depth++;
	ok = expression(rp) && doc_want(r, ")");
	rp->depth--;
	return ok;
}

static bool term(struct rule_parser *rp)
{
	if (!atom(rp))
		return false;
	while (doc_take(&rp->p->r, "&"))
		if (!atom(rp) || !push_op(rp, RULE_AND))
			return false;
	return true;
}

static bool expression(struct rule_parser *rp)
{
	if (!term(rp))
		return false;
	while (doc_take(&rp->p->r, "\\|"))
		if (!term(rp) || !push_op(rp, RULE_OR))
			return false;
	return true;
}

/* ---- cells ---- */

/* As it is written, but for the backslashes that keep bars from being borders. */
static char *plain(const char *begin, const char *end)
{
	char *text = must(malloc((size_t)(end - begin) + 1)), *to = text;

	for (; begin < end; begin++)
		if (*begin != '\\' || begin + 1 == end || begin[1] != '|')
			*to++ = *begin;
	*to = '\0';
	return text;
}

static bool formula(struct rule_parser *rp)
{
	struct doc_attrs attrs = { 0 };
	struct doc_reader *r = &rp->p->r;
	const char *begin = r->at;
	bool ok = doc_take(r, "never") ? push_op(rp, RULE_NEVER) : expression(rp);

	if (!ok)
		return false;
	rp->expr->text = plain(begin, r->at);
	if (!doc_want(r, "`") || !doc_braces(rp->p, 1u << KEY_UNEXERCISED, &attrs))
		return false;
	rp->expr->waiver = doc_value(&attrs, KEY_UNEXERCISED);
	return true;
}

/* An expression in backquotes and a remark, or one of them. */
static bool rule_cell(struct doc_parser *p, const struct doc_cell *cell, struct lockdoc_data *row,
		      bool write)
{
	struct rule_parser rp = { .p = p, .row = row, .expr = &row->expr[write] };
	struct doc_reader *r = &p->r;

	doc_enter_cell(p, cell);
	if (doc_done(r))
		return doc_expected(r, r->at, "a rule");
	return !doc_take(r, "`") || formula(&rp);
}

static bool member(struct doc_parser *p, struct lockdoc_data *row)
{
	struct doc_reader *r = &p->r;
	const char *at;
	size_t n;

	if (!doc_want(r, "`"))
		return false;
	n = doc_want_name(r, "a member");
	if (!n)
		return false;
	at = r->at;
	if (!memchr(at, '.', n))
		return doc_expected(r, at, "a member of a structure ('vma.vm_start')");
	row->member = must(reallocarray(row->member, row->nr_members + 1, sizeof(*row->member)));
	row->member[row->nr_members++] = doc_copy(at, n);
	r->at += n;
	return doc_want(r, "`");
}

/* The names, and whether there are such members: known when the provider is. */
static bool members(struct doc_parser *p, const struct doc_cell *cell, struct lockdoc_data *row)
{
	struct doc_attrs attrs = { 0 };
	struct doc_reader *r = &p->r;

	doc_enter_cell(p, cell);
	do {
		if (!member(p, row))
			return false;
	} while (doc_take(r, ","));
	if (!doc_braces(p, 1u << KEY_ERA, &attrs))
		return false;
	row->era = doc_value(&attrs, KEY_ERA);
	if (!doc_done(r))
		return doc_expected(r, r->at, "',' or the end of the cell");
	for (unsigned i = 0; p->doc->model->objects && i < row->nr_members; i++)
		if (!exists(row->member[i], row->era) &&
		    !doc_wrong(r, cell->begin, "expected members of the model, found '%s'",
			       row->member[i]) &&
		    !doc_finding(p, LINT_DEAD_NAME))
			return false;
	return true;
}

static bool word_at(const char *at, const char *stop, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(stop - at) >= n && !memcmp(at, word, n);
}

/* "`set-up`, `torn-down`" and a remark, or one of them. */
static bool phases(struct doc_parser *p, const struct doc_cell *cell, struct lockdoc_data *row)
{
	struct doc_reader *r = &p->r;

	doc_enter_cell(p, cell);
	if (!doc_take(r, "`"))
		return true;
	do {
		if (doc_take(r, "set-up"))
			row->apart |= 1u << DATA_SET_UP;
		else if (doc_take(r, "torn-down"))
			row->apart |= 1u << DATA_TORN_DOWN;
		else
			return doc_expected(r, r->at, "'set-up' or 'torn-down'");
		if (!doc_want(r, "`"))
			return false;
	} while (doc_take(r, ", `"));
	/* What stands in the remark would be overlooked. */
	for (const char *at = r->at; at < r->stop; at++)
		if (*at == '`' && (word_at(at, r->stop, "`set-up`") || word_at(at, r->stop, "`torn-down`")))
			return doc_expected(r, at, "such words before the remark only");
	return true;
}

bool doc_data_row(struct doc_parser *p, const struct doc_cell *cell)
{
	struct lockdoc_data *row;

	p->doc->data = doc_grow(p->doc->data, p->doc->nr_data, sizeof(*p->doc->data));
	row = &p->doc->data[p->doc->nr_data++];
	row->line = p->r.line;
	return members(p, &cell[0], row) && rule_cell(p, &cell[1], row, false) &&
	       rule_cell(p, &cell[2], row, true) && phases(p, &cell[3], row);
}

static bool of_the_model(const struct lockdoc_model *model, const char *name, size_t n)
{
	for (unsigned i = 1; i < model->nr_contexts; i++)
		if (strlen(model->contexts[i]) == n && !memcmp(model->contexts[i], name, n))
			return true;
	return false;
}

bool doc_context_row(struct doc_parser *p, const struct doc_cell *cell)
{
	struct doc_reader *r = &p->r;
	struct lockdoc *doc = p->doc;
	const char *name;
	size_t n;

	doc_enter_cell(p, &cell[0]);
	if (!doc_want(r, "`"))
		return false;
	name = r->at;
	n = doc_want_name(r, "the name of a context");
	if (!n)
		return false;
	if (!of_the_model(doc->model, name, n) &&
	    !doc_expected(r, name, "a context of the model") && !doc_finding(p, LINT_DEAD_NAME))
		return false;
	if (doc->nr_ctx == MAX_CONTEXTS)
		return doc_wrong(r, name, "expected at most %d contexts, found more", MAX_CONTEXTS);
	doc->ctx = doc_grow(doc->ctx, doc->nr_ctx, sizeof(*doc->ctx));
	doc->ctx[doc->nr_ctx++] = doc_copy(name, n);
	r->at += n;
	return doc_want(r, "`");
}
