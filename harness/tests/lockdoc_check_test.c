/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of what runs are held against: contexts with an order of their own, reports of the validator that end nothing, the rules for
 * two locks of one class, and the canonical form of a document.
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

#include "cli/embedded.h"
#include "judged.h"
#include "lockdoc/format.h"
#include "lockdoc_test_bad.h"
#include "order_tell.h"

#define ERA "anon-chain"

/* The rows of refused documents are lockdoc_test.c's. */
static const size_t nr_bad = ARRAY_SIZE(bad);

/* ---- the real document, with a context that the model does not have yet ---- */

static const char *const contexts[] = { "", "turned" };
static const struct lockdoc_model with_context = { core_lock_classes, LC_NR, contexts, ARRAY_SIZE(contexts), true };

static char *replaced(const char *text, const char *find, const char *replace)
{
	const char *at = strstr(text, find);
	char *changed;
	size_t size;
	FILE *out = open_memstream(&changed, &size);

	if (!at)
		fail_msg("'%s' is not in the document", find);
	assert_non_null(out);
	fprintf(out, "%.*s%s%s", (int)(at - text), text, replace, at + strlen(find));
	assert_int_equal(fclose(out), 0);
	return changed;
}

/* With a block for the context. */
static struct lockdoc *with_block(const char *block)
{
	char *row = replaced(embedded_find("LOCKING.md")->text, "## Provenance\n",
			     "| Context | When |\n| --- | --- |\n| `turned` | in this test |\n\n## Provenance\n");
	char *head, *text, err[LOCKDOC_ERR];
	struct lockdoc *doc;

	assert_true(asprintf(&head, "## Order\n```lock-order ctx=turned\n%s```\n", block) > 0);
	text = replaced(row, "## Order\n", head);
	doc = lockdoc_parse(&with_context, "real.md", text, strlen(text), err);
	if (!doc)
		fail_msg("%s", err);
	free(text);
	free(head);
	free(row);
	return doc;
}

/* The thread named is in the context from its first event on. */
static void enter(void *arg, const struct event *e)
{
	(void)e;
	if (!strcmp(current->name, arg))
		lockdep_context(1);
}

struct told {
	struct judged judged;
	u64 execution;
};

static void judge(void *arg, const struct finding *f)
{
	struct told *t = arg;

	judged_add(&t->judged, f, t->execution);
}

static const char story[] =
	"scenario s\nsetup { mm P P: a = mmap anon 1 }\n"
	"thread inside { P: b = mmap anon 1 P: write b[0] = 2 }\nthread outside { C = P: fork P: write a[0] = 3 C: exit }\n";

/* Some executions in the ordinary order; all that the validator says goes to told. */
static void execute(const struct lockdoc *doc, const char *only, struct told *told, struct observed *seen, struct outcome *out)
{
	struct scn_error scn_err;
	struct scenario *scn = scn_parse("s.scn", story, strlen(story), &scn_err);
	struct session_config config = {
		.scn = scn, .provider = rmap_find(ERA), .oracles = ~0u, .locking = doc, .watch = enter, .watch_arg = (void *)"inside",
		.judge = told, .passed = judge, .passed_arg = told, .only = only,
	};
	char err[512];
	struct session *s;

	assert_non_null(scn);
	s = session_open(&config, err);
	assert_non_null(s);
	for (unsigned i = 0; i < 3; i++) {
		if (told)
			told->execution = i;
		session_execute(s, sched_sequential(), out);
		if (seen)
			observed_harvest(seen, LC_NR);
	}
	session_close(s);
	scn_free(scn);
}

/* ---- contexts ---- */

static struct verdict *judged_by(const struct lockdoc *doc, const struct observed *seen)
{
	struct verdict *v = calloc(1, sizeof(*v));

	assert_non_null(v);
	verdict_begin(v, doc, ERA);
	verdict_add(v, seen, "s");
	verdict_judge(v);
	return v;
}

static enum arc_verdict arc_verdict(const struct verdict *v, unsigned before, unsigned after, const char *ctx)
{
	for (unsigned i = 0; i < v->doc->nr_arcs; i++) {
		const struct lockdoc_arc *a = &v->doc->arc[i];

		if (a->before == before && a->after == after && !a->ctx == !ctx)
			return v->arc[i];
	}
	fail_msg("no such arc");
	return ARC_NEVER;
}

static char *printed(const struct verdict *v)
{
	const struct order_check check = { .doc = v->doc };
	const struct order_part part = { .check = &check, .verdict = v };
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	order_print(&part, out);
	fclose(out);
	return text;
}

/* What is done in the context is judged by its order, what is done outside by the ordinary one. */
static void each_by_its_own_order(void **state)
{
	struct lockdoc *doc = with_block("mmap_lock < FS_RECLAIM;\nmmap_lock < anon_vma (turned) ;\npte_lock < mmap_lock;\n");
	struct observed *seen = calloc(1, sizeof(*seen));
	struct told *told = calloc(1, sizeof(*told));
	struct outcome out;
	struct verdict *v;
	char *text;

	(void)state;
	execute(doc, NULL, told, seen, &out);
	assert_false(out.found);
	v = judged_by(doc, seen);
	/* The one outside forks, and keeps to the ordinary order. */
	assert_int_equal(arc_verdict(v, LC_MMAP_LOCK, LC_MMAP_LOCK_NESTED, NULL), ARC_OBSERVED);
	assert_int_equal(arc_verdict(v, LC_MMAP_LOCK, LC_FS_RECLAIM, "turned"), ARC_OBSERVED);
	assert_int_equal(arc_verdict(v, LC_MMAP_LOCK, LC_ANON_VMA, "turned"), ARC_OBSERVED);
	/* In the context a fault takes pte_lock under mmap_lock: there that is the wrong way round, and nowhere else. */
	assert_int_equal(arc_verdict(v, LC_PTE_LOCK, LC_MMAP_LOCK, "turned"), ARC_CONTRADICTED);
	assert_int_equal(v->contradicted, 1);
	for (unsigned i = 0; i < v->nr_pairs; i++)
		assert_int_equal(v->pair[i].context, 1);
	assert_non_null(judged_find(&told->judged, "O6/documented:mmap_lock->pte_lock"));
	assert_int_equal(judged_find(&told->judged, "O6/documented:mmap_lock->pte_lock")->executions, 3);
	assert_int_equal(judged_find(&told->judged, "O6/documented:mmap_lock->pte_lock")->first, 0);
	text = printed(v);
	assert_non_null(strstr(text, "contradicted: pte_lock is waited for under mmap_lock in the context turned, but real.md:"));
	assert_non_null(strstr(text, "undocumented in the context turned; if that is right, the document lacks:\n"
			       "```lock-order ctx=turned\n"));
	assert_non_null(strstr(text, "anon_vma < page_table_lock;  # anon_vma.c:"));
	assert_non_null(strstr(text, "contradicted in context turned"));
	assert_non_null(strstr(text, "observed in context turned"));
	free(text);
	verdict_free(v);
	free(v);
	free(told);
	free(seen);
	lockdoc_free(doc);
}

/* What the block says is enough: nothing is left to say. And a context without an order is the ordinary one. */
static void a_whole_order_in_a_context(void **state)
{
	static const char block[] =
		"mmap_lock\n  FS_RECLAIM\n  anon_vma\n    page_table_lock\n    pte_lock\n"
		"pte_lock < lru, zone, swap_lock, i_pages;\n";
	struct lockdoc *doc = with_block(block);
	struct observed *seen = calloc(1, sizeof(*seen));
	struct told *told = calloc(1, sizeof(*told));
	struct outcome out;
	struct verdict *v;

	(void)state;
	execute(doc, NULL, told, seen, &out);
	v = judged_by(doc, seen);
	assert_int_equal(told->judged.nr, 0);
	assert_int_equal(v->nr_pairs, 0);
	assert_int_equal(verdict_status(v), 0);
	verdict_free(v);
	free(v);
	lockdoc_free(doc);

	memset(seen, 0, sizeof(*seen));
	execute(NULL, NULL, told, seen, &out);
	assert_int_equal(told->judged.nr, 0);
	for (unsigned c = 0; c < LC_NR; c++)
		assert_int_equal(seen->under[1][c], 0);
	assert_true(seen->under[0][LC_PTE_LOCK] & BIT(LC_MMAP_LOCK));
	free(told);
	free(seen);
}

/* ---- circles that no execution shows alone ---- */

static void circles_over_executions(void **state)
{
	struct lockdoc *doc = with_block("mmap_lock < FS_RECLAIM;\n");
	struct observed *seen = calloc(1, sizeof(*seen));
	struct verdict *v;
	char *text;

	(void)state;
	observed_add(seen, 0, LC_LRU, LC_ZONE, false);
	observed_add(seen, 0, LC_ZONE, LC_SWAP, false);
	observed_add(seen, 0, LC_SWAP, LC_LRU, false);
	observed_add(seen, 0, LC_I_PAGES, LC_LRU, false);
	observed_add(seen, 0, LC_LRU, LC_I_PAGES, true);		/* a trylock closes none */
	observed_add(seen, 1, LC_LRU, LC_I_PAGES, false);	/* nor does another context */
	v = judged_by(doc, seen);
	text = printed(v);
	assert_non_null(strstr(text, "cycle: zone is waited for under lru, and the other way round was seen, too: "
			       "zone < swap_lock < lru\n"));
	assert_non_null(strstr(text, "cycle: lru is waited for under swap_lock, "));
	assert_null(strstr(text, "cycle: lru is waited for under i_pages"));
	assert_null(strstr(text, "cycle: i_pages"));
	free(text);
	verdict_free(v);
	free(v);
	free(seen);
	lockdoc_free(doc);
}

/* ---- reports that end nothing ---- */

static void only_one_of_them(void **state)
{
	struct lockdoc *doc = with_block("pte_lock < mmap_lock;\nlru < mmap_lock;\nFS_RECLAIM < mmap_lock;\n");
	struct told *told = calloc(1, sizeof(*told));
	struct outcome out;

	(void)state;
	execute(doc, NULL, NULL, NULL, &out);
	assert_true(out.found);
	assert_string_equal(out.finding.signature, "O6/documented:mmap_lock->FS_RECLAIM");
	execute(doc, "O6/documented:mmap_lock->pte_lock", NULL, NULL, &out);
	assert_true(out.found);
	assert_string_equal(out.finding.signature, "O6/documented:mmap_lock->pte_lock");
	execute(doc, "O6/documented:mmap_lock->zone", NULL, NULL, &out);
	assert_false(out.found);
	execute(doc, NULL, told, NULL, &out);
	assert_false(out.found);
	assert_true(told->judged.nr >= 2);
	free(told);
	lockdoc_free(doc);
}

static void reports_are_merged(void **state)
{
	struct judged *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b));
	struct finding f = { .oracle = ORACLE_LOCKS };

	(void)state;
	strcpy(f.signature, "O6/x");
	judged_add(a, &f, 4);
	judged_add(a, &f, 4);
	judged_add(a, &f, 9);
	judged_add(b, &f, 20);
	for (unsigned i = 0; i < MAX_JUDGED; i++) {
		snprintf(f.signature, sizeof(f.signature), "O6/%u", i);
		judged_add(b, &f, 30 + i);
	}
	assert_int_equal(b->nr, MAX_JUDGED);
	assert_int_equal(b->lost, 1);
	judged_merge(a, b);
	assert_int_equal(a->nr, MAX_JUDGED);
	assert_int_equal(a->lost, 1);
	assert_int_equal(judged_find(a, "O6/x")->executions, 3);
	assert_int_equal(judged_find(a, "O6/x")->first, 4);
	assert_int_equal(judged_find(a, "O6/7")->first, 37);
	assert_null(judged_find(a, "O6/47"));
	free(a);
	free(b);
}

/* ---- pins ---- */

static void pins_have_rows(void **state)
{
	char *text = replaced(embedded_find("LOCKING.md")->text, "| `never-together page_table_lock, pte_lock` |",
			      "| `pin anon_vma` | in a walk |\n| `pin mmap_sem` | nowhere |\n"
			      "| `never-together page_table_lock, pte_lock` |");
	struct observed *seen = calloc(1, sizeof(*seen));
	char err[LOCKDOC_ERR], *told;
	struct lockdoc *doc = lockdoc_parse(&lockdoc_core, "real.md", text, strlen(text), err);
	struct verdict *v;

	(void)state;
	assert_non_null(doc);
	assert_int_equal(doc->nr_pins, 2);
	seen->pinned = BIT(LC_ANON_VMA) | BIT(LC_LRU);
	v = judged_by(doc, seen);
	assert_int_equal(v->pins_never, BIT(LC_MMAP_LOCK));
	assert_int_equal(v->pins_undocumented, BIT(LC_LRU));
	assert_int_equal(v->undocumented, 1);
	told = printed(v);
	assert_non_null(strstr(told, "\nnever observed: pin mmap_lock (real.md:"));
	assert_non_null(strstr(told, "\nundocumented: lru is pinned; to document it, in Exceptions: `pin lru`\n"));
	assert_null(strstr(told, "pin anon_vma"));
	free(told);
	verdict_free(v);
	free(v);
	lockdoc_free(doc);
	free(seen);
	free(text);
}

/* ---- two of one class ---- */

enum { NONE, OUTER, SUB, MID, ADDR, SPIN, LEAF, RCU, ALLOC, NR_CLASSES };

static const char *const small_contexts[] = { "", "huge" };

static struct lock_class small_classes[NR_CLASSES] = {
	[NONE] = { "none", WAIT_PSEUDO, SAME_NEVER, 0 },   [OUTER] = { "outer", WAIT_SLEEP, SAME_NEVER, 0 },
	[SUB] = { "outer/sub", WAIT_SLEEP, SAME_NEVER, 0 }, [MID] = { "mid", WAIT_SLEEP, SAME_NEST, OUTER },
	[ADDR] = { "addr", WAIT_SLEEP, SAME_ADDRESS, 0 },  [SPIN] = { "spin", WAIT_SPIN, SAME_NEVER, 0 },
	[LEAF] = { "leaf", WAIT_SPIN, SAME_NEVER, 0 },	   [RCU] = { "rcu", WAIT_RCU, SAME_RECURSIVE, 0 },
	[ALLOC] = { "alloc", WAIT_PSEUDO, SAME_RECURSIVE, 0 },
};

static const struct lockdoc_model small = { small_classes, NR_CLASSES, small_contexts, ARRAY_SIZE(small_contexts), false };

static void same_class_rules(void **state)
{
	static const struct {
		enum same_class same;
		const char *text, *error;
	} rules[] = {
		{ SAME_PARENT, "parent: in fork", NULL },
		{ SAME_ROOT, "root of the family", NULL },
		{ SAME_ADDRESS, "parent",
		  "t.md:8:26: expected 'address', the rule of the code for two of 'addr', found 'parent'" },
		{ SAME_PARENT, "root", "t.md:8:26: expected 'parent', the rule of the code for two of 'addr', found 'root'" },
		{ SAME_ROOT, "never", "t.md:8:26: expected 'root', the rule of the code for two of 'addr', found 'never'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		char *text = replaced(GOOD, "address, ascending", rules[i].text), err[LOCKDOC_ERR];
		struct lockdoc *doc;

		small_classes[ADDR].same = rules[i].same;
		doc = lockdoc_parse(&small, "t.md", text, strlen(text), err);
		assert_int_equal(!doc, !!rules[i].error);
		if (!doc)
			assert_string_equal(err, rules[i].error);
		lockdoc_free(doc);
		free(text);
	}
	small_classes[ADDR].same = SAME_ADDRESS;
}

/* ---- the canonical form ---- */

static char *formatted(const char *text, char err[LOCKDOC_ERR])
{
	size_t length = strlen(text);
	char *out = lockdoc_format(&small, "t.md", text, &length, err);

	if (out)
		assert_int_equal(strlen(out), length);
	return out;
}

static const struct {
	const char *find, *replace, *wanted;
} forms[] = {
	{ "outer            (everywhere)\n", "old:W   ( every\n\twhere )   {era=anon-chain}#x\n",
	  "outer:W                         (every where) {era=anon-chain}  #x\n" },
	{ "  outer/sub      (fork)\n  mid            # a remark\n    spin\n",
	  "     ->outer/sub , ->addr or leaf\n\t# why\n     mid # a remark\n\tspin\n",
	  "  outer/sub or addr or leaf\n    # why\n  mid  # a remark\n    spin\n" },
	{ "    spin\n", "\t  the_spin {until=2027-01-31;unexercised=\"so\"}\n", "    spin {unexercised=\"so\"; until=2027-01-31}\n" },
	{ "mid < addr < leaf;\n", "  mid<addr,the_spin <leaf:try(of   one)  ;  # last\n",
	  "mid < addr, spin < leaf:try     (of one);  # last\n" },
	{ "| `alloc < outer:try` | it must |", "|`alloc<old:try   {rare=\"x\"}`| it  must|",
	  "| `alloc < outer:try {rare=\"x\"}` | it  must |" },
	{ "| `never-together spin, leaf` |", "|   `never-together   the_spin,leaf`|", "| `never-together spin, leaf` |" },
	{ "| `never-together spin, leaf` |", "| `pin   ->old ` |", "| `pin outer` |" },
	{ "| --- | --- | --- | :--- | --- | --- |", "|-|--- |---|:--|--:|:-:|", "| --- | --- | --- | :--- | ---: | :---: |" },
	{ "```lock-order ctx=huge\n", "```  lock-order   ctx=huge  \n", "```lock-order ctx=huge\n" },
	{ "## Order\n", "## Order\nOn  <  `x` |  \n\n``` text\n a   <b\n```\n| no |table|\n",
	  "## Order\nOn  <  `x` |  \n\n``` text\n a   <b\n```\n| no |table|\n" },
	{ "## Order\n", "### More\n|  `x` |\r\n\n## Order \n", NULL },
};

static void one_spelling(void **state)
{
	char err[LOCKDOC_ERR];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		char *text = replaced(GOOD, forms[i].find, forms[i].replace), *out = formatted(text, err), *again;

		if (!forms[i].wanted) {
			assert_null(out);
			free(text);
			continue;
		}
		if (!out)
			fail_msg("%zu: %s", i, err);
		if (!strstr(out, forms[i].wanted))
			fail_msg("%zu: '%s' is not in:\n%s", i, forms[i].wanted, out);
		again = formatted(out, err);
		assert_string_equal(again, out);
		free(again);
		free(out);
		free(text);
	}
}

/* The arcs of a document, without lines and notes. */
static char *arcs_of(const char *text)
{
	char err[LOCKDOC_ERR], *arcs = NULL;
	struct lockdoc *doc = lockdoc_parse(&small, "t.md", text, strlen(text), err);
	size_t length;
	FILE *out = open_memstream(&arcs, &length);

	assert_non_null(out);
	if (!doc)
		fail_msg("%s in:\n%s", err, text);
	for (unsigned i = 0; i < doc->nr_arcs; i++) {
		const struct lockdoc_arc *a = &doc->arc[i];

		fprintf(out, "%u %u %d %d %s %s %s %s %ld\n", a->before, a->after, a->trylock, a->shared, a->era ? a->era : "-",
			a->ctx ? a->ctx : "-", a->waiver ? a->waiver : "-", a->rare ? a->rare : "-", a->until);
	}
	for (unsigned i = 0; i < doc->nr_aparts; i++)
		fprintf(out, "%u | %u\n", doc->apart[i].a, doc->apart[i].b);
	for (unsigned i = 0; i < doc->nr_pins; i++)
		fprintf(out, "pin %u\n", doc->pin[i].class);
	fclose(out);
	lockdoc_free(doc);
	return arcs;
}

static bool keeps_its_meaning(const char *text)
{
	char err[LOCKDOC_ERR], *out = formatted(text, err), *again, *arcs[2];

	if (!out)
		return false;
	again = formatted(out, err);
	if (!again)
		fail_msg("%s in:\n%s", err, out);
	assert_string_equal(again, out);
	arcs[0] = arcs_of(text);
	arcs[1] = arcs_of(out);
	if (strcmp(arcs[0], arcs[1]))
		fail_msg("of\n%s\nbecomes\n%s", text, out);
	free(arcs[0]);
	free(arcs[1]);
	free(again);
	free(out);
	return true;
}

/* Whatever is taken means the same afterwards, and what is formatted is formatted. */
static void means_the_same(void **state)
{
	static const char *const piece[] = {
		" ", "  ", "\t", "\n", "\n\n", "# x\n", " # y", "  mid\n", "    leaf (so\n and so )\n", "\tspin:R\n", "->",
		"mid<spin:W , leaf;\n", " or addr", ", addr", "(a  b)", "{rare=\"x\"}", "\r", "addr:try < leaf (n);", "|",
		"{era=anon-chain; rare=\"x\"; until=2030-01-01}", "``` text\n a < b\n```\n", "### z\n", "outer:try\n",
		"```lock-order\nouter\n   mid\n```\n", "  outer/sub or mid {unexercised=\"y\"}\n",
	};
	unsigned long x = 4711;
	unsigned taken = 0;

	(void)state;
	for (unsigned i = 0; i < 30000; i++) {
		char text[2 * sizeof(GOOD)];
		size_t length = strlen(GOOD);

		memcpy(text, GOOD, length + 1);
		for (unsigned change = 0; change < 1 + i % 3; change++) {
			const char *p;
			size_t at;

			x = x * 6364136223846793005ul + 1442695040888963407ul;
			p = piece[(x >> 40) % ARRAY_SIZE(piece)];
			/* Mostly in the order itself. */
			at = x >> 62 ? (size_t)(strstr(GOOD, "```lock-order") - GOOD) + (x >> 20) % 140 : (x >> 20) % length;
			memmove(text + at + strlen(p), text + at, length - at + 1);
			memcpy(text + at, p, strlen(p));
			length += strlen(p);
		}
		taken += keeps_its_meaning(text);
	}
	print_message("# %u of 30000 documents are taken\n", taken);
	assert_true(taken > 1000);
}

static void every_good_document(void **state)
{
	(void)state;
	assert_true(keeps_its_meaning(GOOD));
	for (size_t i = 0; i < nr_bad; i++) {
		char *text = replaced(GOOD, bad[i].find, bad[i].replace);

		assert_int_equal(keeps_its_meaning(text), !bad[i].error);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_by_its_own_order), cmocka_unit_test(a_whole_order_in_a_context),
		cmocka_unit_test(circles_over_executions),
		cmocka_unit_test(only_one_of_them),	 cmocka_unit_test(reports_are_merged),
		cmocka_unit_test(pins_have_rows),
		cmocka_unit_test(same_class_rules),	 cmocka_unit_test(one_spelling),
		cmocka_unit_test(every_good_document),	 cmocka_unit_test(means_the_same),
	};

	return cmocka_run_group_tests_name("lockdoc check", tests, NULL, NULL);
}
