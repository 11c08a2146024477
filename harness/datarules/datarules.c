/* SPDX-License-Identifier: GPL-2.0-only */
/* Judging: see datarules.h. */
#include "datarules/datarules.h"

#include <stdlib.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/must.h"

#define ACCEPTED_PERCENT 90

const char *const data_grade_name[NR_DATA_GRADES] = {
	[GRADE_FULL] = "FULL", [GRADE_ACCEPTED] = "ACCEPTED", [GRADE_BELOW] = "BELOW",
	[GRADE_NOTFOUND] = "NOTFOUND", [GRADE_UNSEEN] = "UNSEEN",
};

void datarules_begin(struct datarules *d, const struct lockdoc *doc, const char *era)
{
	*d = (struct datarules){ .doc = doc, .era = era, .table = must(calloc(1, sizeof(*d->table))) };
}

struct data_table *datarules_table(struct datarules *d)
{
	return d->table;
}

void datarules_free(struct datarules *d)
{
	free(d->table);
	free(d->row);
	free(d->verdict);
}

/* ---- formulas ---- */

static bool lock_held(const struct lockdoc_atom *a, const struct data_row *row)
{
	unsigned mode = a->write ? LOCK_WRITE : LOCK_READ;
	bool known = row->known & BIT(a->class);

	if (a->if_any && row->lacks & BIT(a->class))
		return true;
	if (a->whose == WHOSE_ANY || (a->whose == WHOSE_OWN_IF_KNOWN && !known))
		return row->held[mode] & a->classes;
	return row->own[mode] & a->classes;
}

bool rule_holds(const struct lockdoc_expr *rule, const struct data_row *row)
{
	bool truth[LOCKDOC_MAX_ATOMS] = { true };	/* no rule: nothing is demanded */
	unsigned n = 0;

	for (const struct lockdoc_atom *a = rule->atom; a < rule->atom + rule->nr; a++) {
		if (a->op == RULE_AND || a->op == RULE_OR) {
			n--;
			truth[n - 1] = a->op == RULE_AND ? truth[n - 1] && truth[n] : truth[n - 1] || truth[n];
		} else {
			truth[n++] = a->op == RULE_ALWAYS || (a->op == RULE_LOCK && lock_held(a, row));
		}
	}
	return truth[0];
}

enum data_grade data_grade(u64 satisfied, u64 total)
{
	if (!total)
		return GRADE_UNSEEN;
	if (satisfied == total)
		return GRADE_FULL;
	if (satisfied * 100 >= total * ACCEPTED_PERCENT)
		return GRADE_ACCEPTED;
	return satisfied ? GRADE_BELOW : GRADE_NOTFOUND;
}

/* ---- rows in an order that does not depend on where they were in the table ---- */

static int by_u64(const u64 *a, const u64 *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

static int by_member(const struct data_row *a, const struct data_row *b)
{
	int order = strcmp(a->type, b->type);

	if (!order)
		order = strcmp(a->member, b->member);
	return order ? order : a->write - b->write;
}

static int by_place(const void *x, const void *y)
{
	const struct data_row *a = *(const struct data_row *const *)x, *b = *(const struct data_row *const *)y;
	const u64 ka[] = { a->where, a->phase, a->known, a->lacks }, kb[] = { b->where, b->phase, b->known, b->lacks };
	int order = by_member(a, b);

	if (!order)
		order = by_u64(ka, kb, ARRAY_SIZE(ka));
	if (!order)
		order = by_u64(a->held, b->held, 2);
	return order ? order : by_u64(a->own, b->own, 2);
}

static void sort_rows(struct datarules *d)
{
	d->row = must(calloc(d->table->nr + 1, sizeof(const struct data_row *)));
	for (const struct data_row *r = d->table->row; r < d->table->row + DATA_ROWS; r++)
		if (r->member)
			d->row[d->nr_rows++] = r;
	qsort(d->row, d->nr_rows, sizeof(const struct data_row *), by_place);
}

unsigned rows_alike(const struct datarules *d, unsigned *i)
{
	unsigned from = *i;

	while (*i < d->nr_rows && !by_member(d->row[from], d->row[*i]))
		++*i;
	return *i - from;
}

/* ---- judging ---- */

static bool is_of(const struct data_row *r, const char *member, bool write)
{
	size_t n = strlen(r->type);

	return r->write == write && !strncmp(member, r->type, n) && member[n] == '.' && !strcmp(member + n + 1, r->member);
}

/* Who sets up does what nobody else ever does. */
static void judge_row(struct data_verdict *v, const struct data_row *r)
{
	bool apart = v->doc->apart >> r->phase & 1;

	if (apart)
		v->apart += r->count;
	if (!apart || v->rule->atom->op == RULE_NEVER) {
		v->total += r->count;
		v->satisfied += apart || rule_holds(v->rule, r) ? r->count : 0;
	}
}

static void judge(struct datarules *d, const struct lockdoc_data *doc, const char *member, bool write)
{
	struct data_verdict *v;

	if (!doc->expr[write].atom)
		return;
	d->verdict = must(reallocarray(d->verdict, d->nr + 1, sizeof(*d->verdict)));
	v = &d->verdict[d->nr++];
	*v = (struct data_verdict){ .doc = doc, .member = member, .rule = &doc->expr[write], .write = write };
	for (unsigned i = 0; i < d->nr_rows; i++)
		if (is_of(d->row[i], member, write))
			judge_row(v, d->row[i]);
	v->grade = data_grade(v->satisfied, v->total);
	d->nr_grade[v->grade]++;
	d->waived += v->grade == GRADE_UNSEEN && v->rule->waiver;
	if (v->satisfied < v->total && write)
		d->writes_below++;
	else if (v->satisfied < v->total)
		d->reads_below++;
}

void datarules_judge(struct datarules *d)
{
	sort_rows(d);
	for (unsigned i = 0; i < d->doc->nr_data; i++) {
		const struct lockdoc_data *doc = &d->doc->data[i];

		for (unsigned m = 0; m < doc->nr_members && lockdoc_era_has(doc->era, d->era); m++) {
			judge(d, doc, doc->member[m], false);
			judge(d, doc, doc->member[m], true);
		}
	}
}

int datarules_status(const struct datarules *d, bool whole)
{
	if (d->writes_below)
		return EXIT_FINDINGS;
	return d->reads_below || d->table->lost || (whole && d->nr_grade[GRADE_UNSEEN] > d->waived) ? EXIT_INCONCLUSIVE : EXIT_CLEAN;
}
