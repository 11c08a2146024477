/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the data rules: what formulas ask of what was held, the five grades and what they say of a run, what is told of a rule
 * that does not hold, and which rules follow from accesses.
 *
 * Concurrency: one thread.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/exit.h"
#include "datarules/datarules.h"

enum { NONE, OUTER, SUB, ROOT, LEAF, ALLOC, NR_CLASSES };

static const struct lock_class classes[NR_CLASSES] = {
	[NONE] = { "none", WAIT_PSEUDO, SAME_NEVER, 0 },	[OUTER] = { "outer", WAIT_SLEEP, SAME_NEVER, 0 },
	[SUB] = { "outer/sub", WAIT_SLEEP, SAME_NEVER, 0 },	[ROOT] = { "tree", WAIT_SLEEP, SAME_NEVER, 0 },
	[LEAF] = { "leaf", WAIT_SPIN, SAME_NEVER, 0 },		[ALLOC] = { "alloc", WAIT_PSEUDO, SAME_RECURSIVE, 0 },
};

static const struct lockdoc_model model = { classes, NR_CLASSES, NULL, 0, false };

#define ERA "anon-chain"

/* A document with these rows of data rules. */
static struct lockdoc *document(const char *rows)
{
	char *text, err[LOCKDOC_ERR];
	struct lockdoc *doc;

	assert_true(asprintf(&text,
			     "## Lock classes\n| Class | Primitive | Instance key | Same class | Wait | Sees |\n"
			     "| --- | --- | --- | --- | --- | --- |\n| `outer` | x | x | never | sleep | |\n"
			     "| `outer/sub` | x | x | never | sleep | |\n| `tree` | x | x | never | sleep | |\n"
			     "| `leaf` | x | x | never | spin | |\n| `alloc` | x | x | recursive | pseudo | |\n"
			     "## Order\n## Exceptions\n## Data rules\n| Member | Read | Write | Set up and torn down |\n"
			     "| --- | --- | --- | --- |\n%s## Contexts\n## Provenance\n", rows) > 0);
	doc = lockdoc_parse(&model, "t.md", text, strlen(text), err);
	if (!doc)
		fail_msg("%s\nin:\n%s", err, rows);
	free(text);
	return doc;
}

/* ---- formulas ---- */

/* What may be held: each a class, how, and whose. */
enum { R = 1, W = 2, OWN = 4, KNOWN = 8, LACKS = 16 };

struct held {
	u8 outer, sub, tree, leaf;
};

static void hold(struct data_row *row, unsigned class, unsigned base, unsigned how)
{
	for (unsigned mode = 0; mode < 2; mode++)
		if (how & (mode == LOCK_WRITE ? W : R | W)) {
			row->held[mode] |= BIT(class);
			row->own[mode] |= how & OWN ? BIT(class) : 0;
		}
	row->known |= how & (KNOWN | OWN | LACKS) ? BIT(base) : 0;
	row->lacks |= how & LACKS ? BIT(base) : 0;
}

static struct data_row row_of(struct held h)
{
	struct data_row row = { .type = "t", .member = "m", .count = 1 };

	hold(&row, OUTER, OUTER, h.outer);
	hold(&row, SUB, OUTER, h.sub);
	hold(&row, ROOT, ROOT, h.tree);
	hold(&row, LEAF, LEAF, h.leaf);
	return row;
}

static const struct {
	const char *rule;
	struct held held;
	bool holds;
} cases[] = {
	{ "none", { 0 }, true },
	{ "never", { W | OWN, 0, W | OWN, W }, false },
	{ "leaf", { 0 }, false },
	{ "leaf", { .leaf = R }, true },
	{ "leaf:R", { .leaf = W }, true },
	{ "leaf:W", { .leaf = R }, false },
	/* the object's own one, where that is known */
	{ "outer:R", { .outer = R }, true },
	{ "outer:R", { .outer = R | KNOWN }, false },
	{ "outer:R", { .outer = R | OWN }, true },
	{ "outer:W", { .outer = R | OWN }, false },
	{ "outer:R(any)", { .outer = R | KNOWN }, true },
	{ "outer:R(same)", { .outer = R | OWN }, true },
	{ "outer:R(same)", { .outer = R | KNOWN }, false },
	{ "outer:R(same)", { .outer = R }, false },
	{ "tree:W(root)", { .tree = W | OWN }, true },
	{ "tree:W(root)", { .tree = W }, false },
	/* its subclasses are the same locks, and the other way round they are not */
	{ "outer:W", { .sub = W | OWN }, true },
	{ "outer:W", { .outer = R | OWN, .sub = W | KNOWN }, false },
	{ "outer/sub:W", { .sub = W | OWN }, true },
	{ "outer/sub:W", { .sub = W | KNOWN }, false },
	{ "outer/sub:W", { .outer = W | OWN }, false },
	/* nothing is asked of who has none */
	{ "tree:W(root)", { .tree = LACKS }, false },
	{ "tree:W(root, if any)", { .tree = LACKS }, true },
	{ "tree:W(root, if any)", { .tree = KNOWN }, false },
	{ "tree:W(root, if any)", { .tree = W | OWN }, true },
	{ "tree:W(if any)", { .tree = LACKS }, true },
	{ "tree:W(if any)", { .tree = W }, true },
	{ "tree:W(any, if any)", { .tree = LACKS | R }, true },
	/* "and" binds more closely */
	{ "outer:R & leaf \\| tree:R", { .outer = R }, false },
	{ "outer:R & leaf \\| tree:R", { .tree = R }, true },
	{ "outer:R & leaf \\| tree:R", { .outer = R, .leaf = W }, true },
	{ "tree:R \\| outer:R & leaf", { .tree = R }, true },
	{ "tree:R \\| outer:R & leaf", { .leaf = W }, false },
	{ "(tree:R \\| outer:R) & leaf", { .tree = R }, false },
	{ "(tree:R \\| outer:R) & leaf", { .outer = R, .leaf = W }, true },
	{ "leaf & (tree:R \\| outer:R)", { .tree = R, .leaf = W }, true },
	{ "none & leaf", { 0 }, false },
	{ "none \\| leaf", { 0 }, true },
};

static void asks_for_locks(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct data_row row = row_of(cases[i].held);
		struct lockdoc *doc;
		char *text;

		assert_true(asprintf(&text, "| `t.m` | `%s` | prose | |\n", cases[i].rule) > 0);
		doc = document(text);
		assert_null(doc->data[0].expr[1].atom);
		if (rule_holds(&doc->data[0].expr[0], &row) != cases[i].holds)
			fail_msg("case %zu: '%s' %s", i, cases[i].rule, cases[i].holds ? "does not hold" : "holds");
		lockdoc_free(doc);
		free(text);
	}
}

static void keeps_rows(void **state)
{
	struct lockdoc *doc = document("| `a.b`, `c.d` {era=" ERA "} | `outer:R \\| none` {unexercised=\"so\"} why | "
				       "`never`; remark | `set-up`, `torn-down`: exit |\n"
				       "| `e.f` | none of these | `leaf` | `torn-down` |\n| `e.g` | - | - | prose |\n");
	const struct lockdoc_data *d = doc->data;

	(void)state;
	assert_int_equal(doc->nr_data, 3);
	assert_int_equal(d[0].nr_members, 2);
	assert_string_equal(d[0].member[1], "c.d");
	assert_string_equal(d[0].era, ERA);
	assert_string_equal(d[0].expr[0].text, "outer:R | none");
	assert_string_equal(d[0].expr[0].waiver, "so");
	assert_string_equal(d[0].expr[1].text, "never");
	assert_null(d[0].expr[1].waiver);
	assert_int_equal(d[0].apart, 1u << DATA_SET_UP | 1u << DATA_TORN_DOWN);
	assert_null(d[1].expr[0].atom);
	assert_int_equal(d[1].apart, 1u << DATA_TORN_DOWN);
	assert_int_equal(d[1].line, d[0].line + 1);
	assert_int_equal(d[2].apart, 0);
	lockdoc_free(doc);
}

/* ---- grades ---- */

static void has_five_grades(void **state)
{
	(void)state;
	assert_int_equal(data_grade(0, 0), GRADE_UNSEEN);
	assert_int_equal(data_grade(1, 1), GRADE_FULL);
	assert_int_equal(data_grade(999999, 1000000), GRADE_ACCEPTED);
	assert_int_equal(data_grade(9, 10), GRADE_ACCEPTED);
	assert_int_equal(data_grade(899, 1000), GRADE_BELOW);
	assert_int_equal(data_grade(1, 1000000), GRADE_BELOW);
	assert_int_equal(data_grade(0, 1), GRADE_NOTFOUND);
}

static void see(struct datarules *d, const char *member, bool write, struct held held, enum data_phase phase, u64 count)
{
	struct data_row row = row_of(held);

	row.member = member;
	row.write = write;
	row.phase = (u8)phase;
	row.count = count;
	data_count(datarules_table(d), &row);
}

static const struct data_verdict *verdict_on(const struct datarules *d, const char *member, bool write)
{
	for (unsigned i = 0; i < d->nr; i++)
		if (!strcmp(d->verdict[i].member, member) && d->verdict[i].write == write)
			return &d->verdict[i];
	fail_msg("no rule to %s %s", write ? "write" : "read", member);
	return NULL;
}

static void expect_verdict(const struct datarules *d, const char *member, bool write, enum data_grade grade, u64 satisfied, u64 total)
{
	const struct data_verdict *v = verdict_on(d, member, write);

	assert_int_equal(v->grade, grade);
	assert_int_equal(v->satisfied, satisfied);
	assert_int_equal(v->total, total);
}

static char *told(const struct datarules *d, bool whole)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	datarules_print(d, whole, false, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

#define ROWS "| `t.a`, `t.b` | `outer:R` | `outer:W` | `set-up` |\n"                                      \
	     "| `t.c` | `none` | `never` | `set-up` |\n"                                                   \
	     "| `t.d` | `leaf` | `leaf` {unexercised=\"nobody does\"} | |\n"                               \
	     "| `t.e` {era=" ERA "} | `leaf` | prose | |\n"

static void judges_runs(void **state)
{
	struct lockdoc *doc = document(ROWS);
	struct datarules d;
	char *text;

	(void)state;
	datarules_begin(&d, doc, ERA);
	see(&d, "a", false, (struct held){ .outer = R | OWN }, DATA_IN_USE, 95);
	see(&d, "a", false, (struct held){ 0 }, DATA_IN_USE, 4);
	see(&d, "a", false, (struct held){ .outer = R | KNOWN }, DATA_IN_USE, 1);
	see(&d, "a", true, (struct held){ .outer = W | OWN }, DATA_IN_USE, 10);
	see(&d, "a", true, (struct held){ 0 }, DATA_SET_UP, 7);
	see(&d, "b", false, (struct held){ 0 }, DATA_TORN_DOWN, 3);	/* is not left out */
	see(&d, "b", true, (struct held){ 0 }, DATA_SET_UP, 3);		/* is: nothing is left */
	see(&d, "c", true, (struct held){ 0 }, DATA_SET_UP, 5);		/* but not nothing of "never" */
	see(&d, "d", false, (struct held){ .leaf = W }, DATA_IN_USE, 1);
	see(&d, "e", false, (struct held){ .leaf = W }, DATA_IN_USE, 2);
	see(&d, "nobody", true, (struct held){ 0 }, DATA_IN_USE, 2);
	datarules_judge(&d);
	assert_int_equal(d.nr, 9);
	expect_verdict(&d, "t.a", false, GRADE_ACCEPTED, 95, 100);
	expect_verdict(&d, "t.a", true, GRADE_FULL, 10, 10);
	assert_int_equal(verdict_on(&d, "t.a", true)->apart, 7);
	expect_verdict(&d, "t.b", false, GRADE_NOTFOUND, 0, 3);
	expect_verdict(&d, "t.b", true, GRADE_UNSEEN, 0, 0);
	expect_verdict(&d, "t.c", false, GRADE_UNSEEN, 0, 0);
	expect_verdict(&d, "t.c", true, GRADE_FULL, 5, 5);
	expect_verdict(&d, "t.d", false, GRADE_FULL, 1, 1);
	expect_verdict(&d, "t.d", true, GRADE_UNSEEN, 0, 0);
	expect_verdict(&d, "t.e", false, GRADE_FULL, 2, 2);
	assert_int_equal(d.waived, 1);
	assert_int_equal(datarules_status(&d, false), EXIT_INCONCLUSIVE);
	text = told(&d, false);
	assert_string_equal(text,
			    "data rule ACCEPTED: t.a read `outer:R` (t.md:14), 95.00 % of 100\n"
			    "  ?: 4 with none\n  ?: 1 with outer:R(any)\n"
			    "data rule NOTFOUND: t.b read `outer:R` (t.md:14), 0.00 % of 3\n"
			    "  ?: 3 with none\n"
			    "data rules of anon-chain: 4/9 rules at 100 %, 1 accepted, 0 below, 1 not found, 3 unseen (1 waived)\n");
	free(text);
	text = told(&d, true);
	assert_non_null(strstr(text, "data rule UNSEEN: t.b write `outer:W` (t.md:14), 3 apart\n"));
	assert_non_null(strstr(text, "data rule UNSEEN: t.d write `leaf` (t.md:16), waived: nobody does\n"));
	free(text);
	datarules_free(&d);
	lockdoc_free(doc);
}

/* One kind of trouble after the other, on top of a run in which all is well. */
static void has_an_exit_status(void **state)
{
	struct lockdoc *doc = document("| `t.a` | `leaf` | `leaf` | |\n| `t.b` {era=" ERA "} | `leaf` | `leaf` {unexercised=\"x\"} | |\n");

	(void)state;
	for (unsigned trouble = 0; trouble < 5; trouble++) {
		static const int whole[] = { EXIT_CLEAN, EXIT_INCONCLUSIVE, EXIT_INCONCLUSIVE, EXIT_FINDINGS, EXIT_INCONCLUSIVE };
		static const int some[] = { EXIT_CLEAN, EXIT_CLEAN, EXIT_INCONCLUSIVE, EXIT_FINDINGS, EXIT_INCONCLUSIVE };
		struct datarules d;

		datarules_begin(&d, doc, ERA);
		see(&d, "a", false, (struct held){ .leaf = W }, DATA_IN_USE, 1);
		see(&d, "a", true, (struct held){ .leaf = W }, DATA_IN_USE, 1);
		if (trouble != 1)
			see(&d, "b", false, (struct held){ .leaf = W }, DATA_IN_USE, 1);
		if (trouble == 2)
			see(&d, "a", false, (struct held){ 0 }, DATA_IN_USE, 1);
		if (trouble == 3)
			see(&d, "a", true, (struct held){ 0 }, DATA_IN_USE, 1);
		if (trouble == 4)
			d.table->lost = 1;
		datarules_judge(&d);
		assert_int_equal(datarules_status(&d, true), whole[trouble]);
		assert_int_equal(datarules_status(&d, false), some[trouble]);
		datarules_free(&d);
	}
	lockdoc_free(doc);
}

static void leaves_out_other_providers(void **state)
{
	struct lockdoc *doc = document("| `t.a` | `leaf` | `leaf` | |\n| `t.b` {era=" ERA "} | `leaf` | `leaf` | |\n");
	struct datarules d;

	(void)state;
	datarules_begin(&d, doc, "another");
	datarules_judge(&d);
	assert_int_equal(d.nr, 2);
	assert_int_equal(d.nr_grade[GRADE_UNSEEN], 2);
	datarules_free(&d);
	lockdoc_free(doc);
}

/* ---- mining ---- */

struct seen {
	struct held held;
	u64 count;
};

static void expect_mined(const struct seen *seen, unsigned nr, const char *wanted, u64 satisfied)
{
	struct data_row rows[8];
	const struct data_row *row[8];
	struct mined_rule rule;
	char text[256], other[256];

	for (unsigned i = 0; i < nr; i++) {
		rows[i] = row_of(seen[i].held);
		rows[i].count = seen[i].count;
		row[i] = &rows[i];
	}
	rule = mine_rule(&model, row, nr);
	held_text(&model, &rule.set[0], BIT(OUTER), text, sizeof(text));
	if (rule.nr > 1) {
		held_text(&model, &rule.set[1], BIT(OUTER), other, sizeof(other));
		strcat(strcat(text, " | "), other);
	}
	assert_string_equal(text, wanted);
	assert_int_equal(rule.satisfied, satisfied);
}

#define MINED(wanted, satisfied, ...)                                           \
	do {                                                                    \
		static const struct seen seen_[] = { __VA_ARGS__ };             \
		expect_mined(seen_, ARRAY_SIZE(seen_), wanted, satisfied);      \
	} while (0)

static void mines_rules(void **state)
{
	(void)state;
	MINED("leaf:W", 100, { { .leaf = W }, 100 });
	/* All that all have in common, as exactly as it can be said. */
	MINED("outer:R & leaf:W", 100, { { .outer = R | OWN, .leaf = W }, 50 }, { { .outer = W | OWN, .tree = R, .leaf = W }, 50 });
	MINED("outer:R(any)", 100, { { .outer = R | OWN }, 50 }, { { .outer = R | KNOWN }, 50 });
	/* A subclass is another name for the same locks. */
	MINED("outer:W", 100, { { .outer = W | OWN }, 50 }, { { .sub = W | OWN }, 50 });
	/* 5 % without a lock: none is needed. */
	MINED("leaf:W", 951, { { .leaf = W }, 951 }, { { 0 }, 49 });
	MINED("none", 1000, { { .leaf = W }, 950 }, { { 0 }, 50 });
	/* The stricter one of two, if it costs 5 % at most. */
	MINED("outer:R & leaf:W", 95, { { .outer = R | OWN, .leaf = W }, 95 }, { { .leaf = W }, 5 });
	MINED("leaf:W", 100, { { .outer = R | OWN, .leaf = W }, 94 }, { { .leaf = W }, 6 });
	/* Accepted from 90 % on. */
	MINED("leaf:W", 90, { { .leaf = W }, 90 }, { { .tree = R }, 10 });
	/* Below that, two together; what is held at less than 10 % is chance. */
	MINED("leaf:W | tree:R", 100, { { .leaf = W }, 89 }, { { .tree = R }, 11 });
	MINED("none", 100, { { .leaf = W }, 89 }, { { .tree = R }, 9 }, { { .outer = R | OWN }, 2 });
	MINED("none", 100, { { .leaf = W }, 34 }, { { .tree = R }, 33 }, { { .outer = R | OWN }, 33 });
}

static void leaves_no_access_alone(void **state)
{
	struct mined_rule rule = mine_rule(&model, NULL, 0);

	(void)state;
	assert_int_equal(rule.nr, 0);
	assert_int_equal(rule.total, 0);
}

/* What is mined can be put into the document, and then it holds. */
static void proposes_rows(void **state)
{
	struct lockdoc *doc = document("| `t.other` | `leaf` | `leaf` | |\n");
	struct datarules d, again;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	datarules_begin(&d, doc, ERA);
	see(&d, "a", false, (struct held){ .outer = R | OWN }, DATA_IN_USE, 60);
	see(&d, "a", false, (struct held){ .tree = R }, DATA_IN_USE, 40);
	see(&d, "a", true, (struct held){ 0 }, DATA_SET_UP, 3);
	see(&d, "other", true, (struct held){ .leaf = W }, DATA_IN_USE, 3);
	datarules_judge(&d);
	datarules_print_mined(&d, out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "| Member | Read | Write | Set up and torn down |\n| --- | --- | --- | --- |\n"
				  "| `t.a` | `outer:R \\| tree:R` 100 % of 100 | `never` | `set-up`; not in the document |\n"
				  "| `t.other` | not seen | `leaf:W` 100 % of 3 | |\n");
	lockdoc_free(doc);
	doc = document(strstr(text, "| `t.a`"));
	datarules_begin(&again, doc, ERA);
	data_merge(datarules_table(&again), datarules_table(&d));
	datarules_judge(&again);
	expect_verdict(&again, "t.a", false, GRADE_FULL, 100, 100);
	expect_verdict(&again, "t.a", true, GRADE_FULL, 3, 3);
	expect_verdict(&again, "t.other", true, GRADE_FULL, 3, 3);
	assert_int_equal(datarules_status(&again, true), EXIT_CLEAN);
	free(text);
	datarules_free(&d);
	datarules_free(&again);
	lockdoc_free(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_for_locks),	   cmocka_unit_test(keeps_rows),
		cmocka_unit_test(has_five_grades),	   cmocka_unit_test(judges_runs),
		cmocka_unit_test(has_an_exit_status),	   cmocka_unit_test(leaves_out_other_providers),
		cmocka_unit_test(mines_rules),		   cmocka_unit_test(leaves_no_access_alone),
		cmocka_unit_test(proposes_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
