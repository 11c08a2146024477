/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the lock documentation: what the parser takes and what it refuses, what follows from an
 * order, and the verdicts.
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
#include "lockdoc/verdict.h"
#include "lockdoc_small.h"
#include "lockdoc_test_bad.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))

#define ERA "anon-chain"
#define HEAD "outer            (everywhere)\n"
#define OLD_ORDER                                                                         \
	HEAD "  outer/sub      (fork)\n  mid            # a remark\n    spin\nmid < addr < leaf;\n"

/* ---- Helpers ---- */

static char *replaced(const char *text, const char *find, const char *replace)
{
	const char *at = strstr(text, find);
	char *new;

	if (!at)
		fail_msg("'%s' is not in the document", find);
	if (asprintf(&new, "%.*s%s%s", (int)(at - text), text, replace, at + strlen(find)) < 0)
		fail();
	return new;
}

/* In memory that ends where the text ends, so that a sanitizer sees who reads on. */
static struct lockdoc *parse_bytes(const char *text, size_t length, char err[LOCKDOC_ERR])
{
	char *copy = malloc(length ? length : 1);
	struct lockdoc *doc;

	assert_non_null(copy);
	memcpy(copy, text, length);
	doc = lockdoc_parse(&model, "t.md", copy, length, err);
	free(copy);
	return doc;
}

static struct lockdoc *parse(const char *text)
{
	char err[LOCKDOC_ERR];
	struct lockdoc *doc = parse_bytes(text, strlen(text), err);

	if (!doc)
		fail_msg("%s\nin:\n%s", err, text);
	return doc;
}

/* The document with another order in its first block. */
static struct lockdoc *with_order(const char *order)
{
	char *text = replaced(GOOD, OLD_ORDER, order);
	struct lockdoc *doc = parse(text);

	free(text);
	return doc;
}

static void print_arcs(const struct lockdoc *doc, FILE *out)
{
	for (unsigned i = 0; i < doc->nr_arcs; i++) {
		const struct lockdoc_arc *a = &doc->arc[i];

		fprintf(out, "%s<%s%s", classes[a->before].name, classes[a->after].name,
			a->trylock ? ":try" : "");
		if (a->era)
			fprintf(out, " era=%s", a->era);
		if (a->ctx)
			fprintf(out, " ctx=%s", a->ctx);
		if (a->note)
			fprintf(out, " (%s)", a->note);
		if (a->waiver)
			fprintf(out, " \"%s\"", a->waiver);
		fputs("; ", out);
	}
}

static char *arcs_of(const struct lockdoc *doc)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	print_arcs(doc, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* ---- What is taken ---- */

static const struct good {
	const char *order, *arcs;
} good[] = {
	{ "", "" },
	{ "outer\n", "" },
	{ "outer\n  mid\n    spin\n  addr\n", "outer<mid; mid<spin; outer<addr; " },
	{ "outer\n\tmid\n\t  spin\n        addr\n", "outer<mid; mid<spin; outer<addr; " },
	{ "  ->old\n     the_spin\n", "outer<spin; " },
	{ "outer or outer/sub\n  mid, addr   (here)\n",
	  "outer<mid (here); outer<addr (here); outer/sub<mid (here); outer/sub<addr (here); " },
	{ "outer\n  mid\n\nspin\n", "outer<mid; " },
	{ "outer\n  mid (a note (of two\n       lines)) {unexercised=\"so; }\"}   # remark\n",
	  "outer<mid (a note (of two lines)) \"so; }\"; " },
	{ "outer\n  mid:try {era=anon-chain}\n    spin:W\n",
	  "outer<mid:try era=anon-chain; mid<spin; " },
	{ "outer<mid<spin, leaf;\n",
	  "outer<mid; mid<spin; mid<leaf; " },
	{ "outer\n  mid\nmm->outer < mid (again);\nouter < mid:try {unexercised=\"why\"};\n",
	  "outer<mid; outer<mid:try \"why\"; " },
	{ "# nothing\n   # at all\n", "" },
	{ "outer\r\n  mid\r\n", "outer<mid; " },
};

static void takes_good_orders(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(good); i++) {
		struct lockdoc *doc = with_order(good[i].order);
		char *arcs = arcs_of(doc), *wanted;

		assert_true(asprintf(&wanted, "%s%s", good[i].arcs,
				     "mid<outer ctx=huge; alloc<outer:try; ") > 0);
		assert_string_equal(arcs, wanted);
		free(wanted);
		free(arcs);
		lockdoc_free(doc);
	}
}

static void keeps_lines_and_columns(void **state)
{
	struct lockdoc *doc = parse(GOOD);

	(void)state;
	assert_int_equal(doc->nr_arcs, 7);
	assert_int_equal(doc->arc[2].line, 18);
	assert_int_equal(doc->arc[2].column, 5);
	assert_int_equal(doc->arc[4].line, 19);
	assert_int_equal(doc->arc[4].column, 14);
	assert_int_equal(doc->nr_aparts, 1);
	assert_int_equal(doc->apart[0].line, 28);
	assert_int_equal(doc->nr_rows, NR_CLASSES - 1);
	assert_int_equal(doc->nr_aliases, 3);
	assert_int_equal(doc->nr_ctx, 1);
	lockdoc_free(doc);
}

static void takes_prose_anywhere(void **state)
{
	char *text = replaced(GOOD, "## Order\n",
			      "### More\n| any | table |\n\n## Other\n| x |\n``` c\n## Order\n```\n"
			      "## Order\nText < that is | no code; {x}\n```\nbox -> box\n```\n");

	(void)state;
	/* A table in a section of tables is not prose. */
	char err[LOCKDOC_ERR];

	assert_null(parse_bytes(text, strlen(text), err));
	assert_string_equal(err, "t.md:14:1: expected a row of 6 cells, found 2");
	free(text);
	text = replaced(GOOD, "## Order\n",
			"### More\n\n## Other\n| x |\n``` c\n## Order\n```\n"
			"## Order\nText < that is | no code; {x}\n```\nbox -> box\n```\n");
	lockdoc_free(parse(text));
	free(text);
}

/* ---- What is refused ---- */

static void refuses_bad_documents(void **state)
{
	char err[LOCKDOC_ERR];

	(void)state;
	for (size_t i = 0; i < NR(bad); i++) {
		char *text = replaced(GOOD, bad[i].find, bad[i].replace);
		struct lockdoc *doc = parse_bytes(text, strlen(text), err);

		if (!doc != !!bad[i].error)
			fail_msg("case %zu, '%s': %s", i, bad[i].replace, doc ? "taken" : err);
		if (!doc)
			assert_string_equal(err + strlen("t.md:"), bad[i].error);
		lockdoc_free(doc);
		free(text);
	}
}

static bool is_one_line(const char *err)
{
	int line, column, n = 0;

	return sscanf(err, "t.md:%d:%d: expected %n", &line, &column, &n) == 2 && n && line > 0 &&
	       column > 0 && !strchr(err, '\n') && strlen(err) < LOCKDOC_ERR;
}

static void survives(const char *text, size_t length)
{
	char err[LOCKDOC_ERR];
	struct lockdoc *doc = parse_bytes(text, length, err);

	if (!doc && !is_one_line(err))
		fail_msg("'%s' for:\n%.*s", err, (int)length, text);
	lockdoc_free(doc);
}

static void survives_its_beginnings(void **state)
{
	(void)state;
	for (size_t n = 0; n <= strlen(GOOD); n++)
		survives(GOOD, n);
}

/* Pieces that mean something are worth more than single bytes. */
static void survives_changes(void **state)
{
	static const char *const piece[] = {
		"|",
		"\\|",
		"`",
		"``",
		"```",
		"\n",
		" ",
		"\t",
		"(",
		")",
		"{",
		"}",
		"<",
		";",
		":try",
		",",
		" or ",
		"->",
		"#",
		"## Order\n",
		"```lock-order\n",
		"outer",
		"mid < spin;\n",
		"\"",
		"=",
		"\xc3",
		"\r\n",
		"never-together ",
		"{unexercised=\"x\"}",
		"(root, if any)",
		"`set-up`, ",
		"never",
		" & ",
		"era=anon-chain",
	};
	unsigned long x = 12345;
	char text[2 * sizeof(GOOD)];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		size_t length = strlen(GOOD);

		memcpy(text, GOOD, length);
		for (int change = 0; change < 4; change++) {
			const char *p;
			size_t at, n, cut;

			x = x * 6364136223846793005ul + 1442695040888963407ul;
			p = piece[(x >> 40) % NR(piece)];
			at = (x >> 20) % length;
			cut = (x >> 60) % 6;
			cut = cut < length - at ? cut : length - at;
			n = strlen(p);
			memmove(text + at + n, text + at + cut, length - at - cut);
			memcpy(text + at, p, n);
			length = length - cut + n;
		}
		survives(text, length);
	}
}

/* ---- What follows from an order ---- */

static void knows_what_is_allowed(void **state)
{
	struct lockdoc *doc = parse(GOOD);
	struct lockdoc_allowed a;

	(void)state;
	lockdoc_allowed_anywhere(doc, ERA, &a);
	assert_int_equal(a.wait[SPIN], BIT(OUTER) | BIT(MID));
	assert_int_equal(a.wait[LEAF], BIT(OUTER) | BIT(MID) | BIT(ADDR));
	assert_int_equal(a.wait[OUTER], BIT(MID));
	assert_int_equal(a.trylock[OUTER], BIT(MID) | BIT(ALLOC));
	assert_int_equal(a.wait[RCU], 0);
	lockdoc_allowed(doc, ERA, NULL, &a);
	assert_int_equal(a.wait[OUTER], 0);
	assert_int_equal(a.trylock[OUTER], BIT(ALLOC));
	lockdoc_allowed(doc, ERA, "huge", &a);
	assert_int_equal(a.wait[OUTER], BIT(MID));
	assert_int_equal(a.wait[MID], 0);
	lockdoc_free(doc);
}

static void knows_what_is_forbidden(void **state)
{
	struct lockdoc *doc = parse(GOOD);
	struct lockdep_order *o = calloc(1, sizeof(*o));

	(void)state;
	assert_non_null(o);
	lockdoc_order(doc, ERA, NULL, o);
	assert_string_equal(o->source, "t.md");
	/* Backwards; tried only; never together. */
	assert_int_equal(o->forbids[OUTER],
			 BIT(SUB) | BIT(MID) | BIT(ADDR) | BIT(SPIN) | BIT(LEAF) | BIT(ALLOC));
	assert_int_equal(o->forbids[MID], BIT(ADDR) | BIT(SPIN) | BIT(LEAF));
	assert_int_equal(o->forbids[LEAF], BIT(SPIN));
	assert_int_equal(o->forbids[SPIN], BIT(LEAF));
	assert_int_equal(o->why[LEAF][OUTER].rule, ORDER_REVERSED);
	assert_int_equal(o->why[LEAF][OUTER].next, MID);
	assert_int_equal(o->why[LEAF][OUTER].line, 17);
	assert_int_equal(o->why[LEAF][MID].next, ADDR);
	assert_int_equal(o->why[ALLOC][OUTER].rule, ORDER_TRY_ONLY);
	assert_int_equal(o->why[ALLOC][OUTER].line, 27);
	assert_int_equal(o->why[SPIN][LEAF].rule, ORDER_APART);
	/* In its context, only its own; but never together is never. */
	lockdoc_order(doc, ERA, "huge", o);
	assert_int_equal(o->forbids[OUTER], 0);
	assert_int_equal(o->forbids[MID], BIT(OUTER));
	assert_int_equal(o->forbids[LEAF], BIT(SPIN));
	assert_int_equal(o->why[OUTER][MID].line, 22);
	free(o);
	lockdoc_free(doc);
}

static void leaves_other_eras_out(void **state)
{
	struct lockdoc *doc = with_order("outer\n  mid {era=anon-chain}\n  spin\n");
	struct lockdoc_allowed a;

	(void)state;
	lockdoc_allowed(doc, "pte-chain", NULL, &a);
	assert_int_equal(a.wait[MID], 0);
	assert_int_equal(a.wait[SPIN], BIT(OUTER));
	lockdoc_free(doc);
}

/* ---- Verdicts ---- */

static void see(struct observed *o, unsigned context, unsigned before, unsigned after, bool trylock)
{
	struct observed_witness *w = observed_add(o, context, before, after, trylock);

	assert_non_null(w);
	strcpy(w->held, "held.c:1");
	strcpy(w->acquired, "acquired.c:2");
	w->executions = 7;
}

enum { WAITS, TRIES, HUGE };	/* HUGE: in that context */

/* What is printed about an order after these pairs were seen. */
struct verdict_case {
	const char *order;
	struct { unsigned before, after, how; } seen[4];
	int status;
	const char *text;
};

#define SEEN "(acquired.c:2 under held.c:1, in scn)"

static const struct verdict_case verdicts[] = {
	{ "outer\n  mid\n",
	  { { OUTER, MID, WAITS }, { ALLOC, OUTER, TRIES } },
	  EXIT_CLEAN,
	  "never observed: mid < outer (t.md:19, context huge)\n"
	  "lock order of anon-chain: 2/3 documented arcs observed, 0 undocumented, 0 contradicted\n" },
	{ "outer\n  mid {unexercised=\"why not\"}\n",
	  { { ALLOC, OUTER, TRIES }, { MID, OUTER, HUGE } },
	  EXIT_CLEAN,
	  "never observed: outer < mid (t.md:16), waived: why not\n"
	  "lock order of anon-chain: 2/3 documented arcs observed, 0 undocumented, 0 contradicted\n" },
	/* A waiver until a day that is long gone, one for good, and one that is not true. */
	{ "outer\n  mid {rare=\"so\"; until=2001-02-03}\n  spin {rare=\"so\"; until=9999-12-31}\n"
	  "  leaf {unexercised=\"never\"}\n  addr {rare=\"now and then\"}\n",
	  { { ALLOC, OUTER, TRIES }, { MID, OUTER, HUGE }, { OUTER, LEAF, WAITS }, { OUTER, ADDR, WAITS } },
	  EXIT_CLEAN,
	  "never observed: outer < mid (t.md:16)\n"
	  "never observed: outer < spin (t.md:17), waived: so\n"
	  "observed: outer < leaf (t.md:18), waived: never\n"
	  "lock order of anon-chain: 4/6 documented arcs observed, 0 undocumented, 0 contradicted\n" },
	/* Each context by its own order. */
	{ "outer < mid;\n",
	  { { OUTER, MID, HUGE }, { MID, OUTER, WAITS }, { MID, SPIN, HUGE }, { ALLOC, OUTER, HUGE | TRIES } },
	  EXIT_FINDINGS,
	  "observed, but not so: outer < mid (t.md:15)\n"
	  "observed, but not so: mid < outer (t.md:18, context huge)\n"
	  "never observed: alloc < outer:try (t.md:23)\n"
	  "contradicted: outer is waited for under mid " SEEN ", against t.md:15\n"
	  "undocumented: outer is tried under alloc in the context huge " SEEN "; "
	  "to document it: alloc < outer:try;\n"
	  "contradicted: mid is waited for under outer in the context huge " SEEN ", against t.md:18\n"
	  "undocumented: spin is waited for under mid in the context huge " SEEN "; "
	  "to document it: mid < spin;\n"
	  "lock order of anon-chain: 0/3 documented arcs observed, 2 undocumented, 2 contradicted\n" },
	/* Never together is not even tried. */
	{ "spin\n",
	  { { SPIN, LEAF, TRIES } },
	  EXIT_FINDINGS,
	  "never observed: mid < outer (t.md:18, context huge)\n"
	  "never observed: alloc < outer:try (t.md:23)\n"
	  "contradicted: leaf is tried under spin " SEEN ", against t.md:24\n"
	  "lock order of anon-chain: 0/2 documented arcs observed, 0 undocumented, 1 contradicted\n" },
	{ "outer < mid < spin;\nouter < spin;\n",
	  { { OUTER, MID, WAITS }, { MID, SPIN, WAITS } },
	  EXIT_CLEAN,
	  "seen by transitivity only: outer < spin (t.md:16)\n"
	  "never observed: mid < outer (t.md:19, context huge)\n"
	  "never observed: alloc < outer:try (t.md:24)\n"
	  "lock order of anon-chain: 2/5 documented arcs observed, 0 undocumented, 0 contradicted\n" },
	/* Implied pairs need no arc; read sections begin anywhere. */
	{ "outer < mid < spin;\n",
	  { { OUTER, SPIN, WAITS }, { SPIN, RCU, TRIES }, { OUTER, SPIN, TRIES } },
	  EXIT_CLEAN,
	  "never observed: outer < mid (t.md:15)\n"
	  "never observed: mid < spin (t.md:15)\n"
	  "never observed: mid < outer (t.md:18, context huge)\n"
	  "never observed: alloc < outer:try (t.md:23)\n"
	  "lock order of anon-chain: 0/4 documented arcs observed, 0 undocumented, 0 contradicted\n" },
	{ "",
	  { { OUTER, LEAF, WAITS }, { LEAF, OUTER, TRIES } },
	  EXIT_INCONCLUSIVE,
	  "never observed: mid < outer (t.md:17, context huge)\n"
	  "never observed: alloc < outer:try (t.md:22)\n"
	  "undocumented: outer is tried under leaf " SEEN "; "
	  "to document it: leaf < outer:try;\n"
	  "undocumented: leaf is waited for under outer " SEEN "; "
	  "to document it: outer < leaf;\n"
	  "lock order of anon-chain: 0/2 documented arcs observed, 2 undocumented, 0 contradicted\n" },
	{ "outer\n  addr\n    leaf\n",
	  { { LEAF, OUTER, WAITS }, { LEAF, OUTER, TRIES } },
	  EXIT_FINDINGS,
	  "never observed: outer < addr (t.md:16)\n"
	  "never observed: addr < leaf (t.md:17)\n"
	  "never observed: mid < outer (t.md:20, context huge)\n"
	  "never observed: alloc < outer:try (t.md:25)\n"
	  "contradicted: outer is waited for under leaf " SEEN ", against t.md:16\n"
	  "undocumented: outer is tried under leaf " SEEN "; "
	  "to document it: leaf < outer:try;\n"
	  "lock order of anon-chain: 0/4 documented arcs observed, 1 undocumented, 1 contradicted\n" },
	/* Waiting where only a trylock is documented, and two that are never together. */
	{ "",
	  { { ALLOC, OUTER, WAITS }, { SPIN, LEAF, WAITS } },
	  EXIT_FINDINGS,
	  "never observed: mid < outer (t.md:17, context huge)\n"
	  "observed, but not so: alloc < outer:try (t.md:22)\n"
	  "contradicted: outer is waited for under alloc " SEEN ", against t.md:22\n"
	  "contradicted: leaf is waited for under spin " SEEN ", against t.md:23\n"
	  "lock order of anon-chain: 0/2 documented arcs observed, 0 undocumented, 2 contradicted\n" },
};

/* Not inlined: gcc 12 then warns of a pointer that it has lost sight of. */
static noinline char *printed(const struct verdict *v,
			      void (*print)(const struct verdict *v, FILE *out))
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	print(v, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void print_whole(const struct verdict *v, FILE *out)
{
	verdict_print(v, true, out);
}

static void judge(const struct verdict_case *c, struct lockdoc *doc)
{
	struct observed *o = calloc(1, sizeof(*o));
	struct verdict *v = calloc(1, sizeof(*v));
	char *text;

	for (size_t i = 0; i < NR(c->seen); i++)
		if (c->seen[i].before)
			see(o, !!(c->seen[i].how & HUGE), c->seen[i].before, c->seen[i].after,
			    c->seen[i].how & TRIES);
	verdict_begin(v, doc, ERA);
	verdict_add(v, o, "scn");
	verdict_add(v, o, "another");
	verdict_judge(v);
	text = printed(v, print_whole);
	assert_string_equal(text, c->text);
	assert_int_equal(verdict_status(v), c->status);
	free(text);
	text = printed(v, verdict_json);
	assert_non_null(strstr(
		text, "{\"type\":\"lockdoc\",\"provider\":\"anon-chain\",\"document\":\"t.md\","));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	free(text);
	verdict_free(v);
	free(v);
	free(o);
}

static void gives_verdicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(verdicts); i++) {
		struct lockdoc *doc = with_order(verdicts[i].order);

		judge(&verdicts[i], doc);
		lockdoc_free(doc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_good_orders),
		cmocka_unit_test(keeps_lines_and_columns),
		cmocka_unit_test(takes_prose_anywhere),
		cmocka_unit_test(refuses_bad_documents),
		cmocka_unit_test(survives_its_beginnings),
		cmocka_unit_test(survives_changes),
		cmocka_unit_test(knows_what_is_allowed),
		cmocka_unit_test(knows_what_is_forbidden),
		cmocka_unit_test(leaves_other_eras_out),
		cmocka_unit_test(gives_verdicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
