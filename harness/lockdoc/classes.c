/* SPDX-License-Identifier: GPL-2.0-only */
/* "## Lock classes": each row says what the code says, and each class of the code has a row. */
#include "lockdoc/parse.h"

#include <string.h>

#include "lockclass.h"
#include "rmap.h"

static const char *const wait_text[] = {
	[WAIT_RCU] = "rcu", [WAIT_SPIN] = "spin", [WAIT_SLEEP] = "sleep", [WAIT_PSEUDO] = "pseudo",
};

static const char *const same_text[] = {
	[SAME_NEVER] = "never", [SAME_ADDRESS] = "address", [SAME_NEST] = "nest",
	[SAME_RECURSIVE] = "recursive", [SAME_PARENT] = "parent", [SAME_ROOT] = "root",
};

static bool is_text(const char *text, const char *begin, size_t length)
{
	return strlen(text) == length && !memcmp(text, begin, length);
}

/* The class of the model that bears this very name; 0: none. */
static unsigned by_name(const struct lockdoc *doc, const char *name, size_t length)
{
	for (unsigned i = 1; i < doc->model->nr; i++)
		if (is_text(doc->model->classes[i].name, name, length))
			return i;
	return 0;
}

static const struct lockdoc_alias *by_alias(const struct lockdoc *doc, const char *name,
					    size_t length)
{
	for (unsigned i = 0; i < doc->nr_aliases; i++)
		if (is_text(doc->alias[i].name, name, length))
			return &doc->alias[i];
	return NULL;
}

u8 doc_known(const struct lockdoc *doc, const char *name, size_t length)
{
	const struct lockdoc_alias *alias;
	unsigned class = by_name(doc, name, length);

	alias = class ? NULL : by_alias(doc, name, length);
	return alias ? alias->class : (u8)class;
}

bool doc_class(struct doc_parser *p, u8 *class)
{
	struct doc_reader *r = &p->r;
	size_t n;

	/* "->lock" is how the kernel's comments write a member whose owner is clear. */
	doc_take(r, "->");
	n = doc_want_name(r, "a lock class");
	if (!n)
		return false;
	*class = doc_known(p->doc, r->at, n);
	if (!*class && !doc_expected(r, r->at, "a lock class") && !doc_finding(p, LINT_DEAD_NAME))
		return false;
	r->at += n;
	return true;
}

/* ---- the cells of a row ---- */

static bool eras_overlap(const char *a, const char *b)
{
	for (const struct rmap_ops *const *era = rmap_providers; *era; era++)
		if (lockdoc_era_has(a, (*era)->name) && lockdoc_era_has(b, (*era)->name))
			return true;
	return false;
}

static bool class_cell(struct doc_parser *p, struct lockdoc_row *row)
{
	struct doc_reader *r = &p->r;
	struct doc_attrs attrs = { 0 };
	const char *name;
	size_t n;

	if (!doc_want(r, "`"))
		return false;
	name = r->at;
	n = doc_want_name(r, "a lock class of the model");
	if (!n)
		return false;
	row->class = (u8)by_name(p->doc, name, n);
	if (!row->class && !doc_expected(r, name, "a lock class of the model") &&
	    !doc_finding(p, LINT_DEAD_NAME))
		return false;
	r->at += n;
	if (!doc_want(r, "`") || !doc_braces(p, 1u << KEY_ERA, &attrs))
		return false;
	row->era = doc_value(&attrs, KEY_ERA);
	if (!doc_done(r))
		return doc_expected(r, r->at, "'{' or nothing after the class");
	for (unsigned i = 0; i + 1 < p->doc->nr_rows; i++)
		if (row->class && p->doc->row[i].class == row->class &&
		    eras_overlap(p->doc->row[i].era, row->era))
			return doc_wrong(r, name,
					 "expected one row for '%.*s', found another in line %d",
					 (int)n, name, p->doc->row[i].line) ||
			       doc_finding(p, LINT_AMBIGUITY);
	return true;
}

/* One of the words in the table; what follows it is a remark. -1 after an error. */
static int keyword(struct doc_parser *p, const char *const *text, unsigned nr, const char *what)
{
	for (unsigned i = 0; i < nr; i++)
		if (doc_take(&p->r, text[i]))
			return (int)i;
	doc_expected(&p->r, p->r.at, "%s", what);
	return -1;
}

/* "(mmap_lock)" or "(mmap_lock:W)" behind nest. */
static bool nest_cell(struct doc_parser *p, const struct lock_class *c)
{
	struct doc_reader *r = &p->r;
	const char *at;
	u8 outer;

	if (!doc_want(r, "("))
		return false;
	at = r->at;
	if (!doc_class(p, &outer))
		return false;
	if (outer && outer != c->nest &&
	    !doc_expected(r, at, "'%s', under which the code nests '%s'",
			  p->doc->model->classes[c->nest].name, c->name) &&
	    !doc_finding(p, LINT_CHANGED))
		return false;
	return (!doc_take(r, ":") || doc_want(r, "W")) && doc_want(r, ")");
}

static bool same_cell(struct doc_parser *p, const struct lock_class *c)
{
	const char *at = p->r.at;
	int same = keyword(p, same_text, ARRAY_SIZE(same_text),
			   "'never', 'address', 'nest', 'recursive', 'parent' or 'root'");

	if (same < 0)
		return false;
	if ((enum same_class)same != c->same)
		return doc_expected(&p->r, at, "'%s', the rule of the code for two of '%s'",
				    same_text[c->same], c->name) ||
		       doc_finding(p, LINT_CHANGED);
	return same != SAME_NEST || nest_cell(p, c);
}

static bool wait_cell(struct doc_parser *p, const struct lock_class *c)
{
	const char *at = p->r.at;
	int wait = keyword(p, wait_text, ARRAY_SIZE(wait_text),
			   "'rcu', 'spin', 'sleep' or 'pseudo'");

	if (wait < 0)
		return false;
	if ((enum wait_type)wait != c->wait)
		return doc_expected(&p->r, at, "'%s', the wait type of '%s' in the code",
				    wait_text[c->wait], c->name) ||
		       doc_finding(p, LINT_CHANGED);
	return true;
}

static bool add_alias(struct doc_parser *p, u8 class, const char *name, size_t n)
{
	struct lockdoc *doc = p->doc;
	const struct lockdoc_alias *other = by_alias(doc, name, n);
	unsigned named = by_name(doc, name, n);

	if (named == class || (other && other->class == class))
		return true;
	if (other || named)
		return doc_wrong(&p->r, name,
				 "expected a name of one class only, found '%.*s' for '%s' too",
				 (int)n, name,
				 doc->model->classes[other ? other->class : named].name) ||
		       doc_finding(p, LINT_AMBIGUITY);
	doc->alias = doc_grow(doc->alias, doc->nr_aliases, sizeof(*doc->alias));
	doc->alias[doc->nr_aliases++] =
		(struct lockdoc_alias){ class, p->r.line, doc_copy(name, n) };
	return true;
}

/* Names in backquotes between remarks. */
static bool sees_cell(struct doc_parser *p, u8 class)
{
	struct doc_reader *r = &p->r;

	for (;;) {
		const char *name;
		size_t n;

		while (r->at < r->stop && *r->at != '`')
			r->at++;
		if (!doc_take(r, "`"))
			return true;
		name = r->at;
		n = doc_want_name(r, "a name");
		if (!n || !add_alias(p, class, name, n))
			return false;
		r->at += n;
		if (!doc_want(r, "`"))
			return false;
	}
}

static bool rule_cells(struct doc_parser *p, const struct doc_cell *cell, const struct lock_class *c)
{
	doc_enter_cell(p, &cell[3]);
	if (!same_cell(p, c))
		return false;
	doc_enter_cell(p, &cell[4]);
	return wait_cell(p, c);
}

/* What a row says has to be so with each provider that it is about. */
static bool rules_of_eras(struct doc_parser *p, const struct doc_cell *cell, const struct lockdoc_row *row)
{
	struct lock_class classes[LC_NR];

	/* Other classes than the program's own are the same with all. */
	if (p->doc->model->classes != core_lock_classes)
		return rule_cells(p, cell, &p->doc->model->classes[row->class]);
	for (const struct rmap_ops *const *era = rmap_providers; *era; era++) {
		if (!eras_overlap(row->era, (*era)->name))
			continue;
		core_lock_classes_of(*era, classes);
		if (!rule_cells(p, cell, &classes[row->class]))
			return false;
	}
	return true;
}

bool doc_class_row(struct doc_parser *p, const struct doc_cell *cell)
{
	struct lockdoc *doc = p->doc;
	struct lockdoc_row *row;

	doc->row = doc_grow(doc->row, doc->nr_rows, sizeof(*doc->row));
	row = &doc->row[doc->nr_rows++];
	row->line = p->r.line;
	doc_enter_cell(p, &cell[0]);
	if (!class_cell(p, row))
		return false;
	if (!row->class)
		return true;
	if (!rules_of_eras(p, cell, row))
		return false;
	doc_enter_cell(p, &cell[5]);
	return sees_cell(p, row->class);
}

/* ---- when all is read ---- */

static bool has_row(const struct lockdoc *doc, unsigned class, const char *era)
{
	for (unsigned i = 0; i < doc->nr_rows; i++)
		if (doc->row[i].class == class && eras_overlap(doc->row[i].era, era))
			return true;
	return false;
}

bool doc_all_classes(struct doc_parser *p)
{
	const struct lockdoc *doc = p->doc;

	bool ours = doc->model->classes == core_lock_classes;

	for (unsigned i = 1; i < doc->model->nr; i++)
		for (const struct rmap_ops *const *era = rmap_providers; *era; era++)
			if (!has_row(doc, i, ours ? (*era)->name : NULL) &&
			    !doc_wrong_at(&p->r, p->section_line[SECTION_CLASSES], 1,
					  "expected a row for '%s', found none (E-NOCLASS)",
					  doc->model->classes[i].name) &&
			    !doc_finding(p, LINT_NO_ROW))
				return false;
	return true;
}
