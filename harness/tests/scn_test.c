/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the scenario language: good texts survive printing, bad ones get exactly one true line,
 * and no text at all can hurt the parser.
 *
 * Concurrency: one thread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "scn/ops.h"
#include "scn/scenario.h"
#include "scn_test_bad.h"
#include "scn_test_good.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Helpers ---- */

static struct scenario *parse(const char *text)
{
	struct scn_error err;
	struct scenario *scn = scn_parse("t.scn", text, strlen(text), &err);

	if (!scn)
		fail_msg("%s\nin:\n%s", err.text, text);
	return scn;
}

static char *print(const struct scenario *scn)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	scn_print(scn, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* The name of the first statement of finally. */
static void assert_key(const char *text, const char *key)
{
	struct scenario *scn = parse(text);
	char buf[48];

	assert_string_equal(scn_statement_key(scn, scn->finally.stmt, buf, sizeof(buf)), key);
	scn_free(scn);
}

/* What lies around a statement does not change what it is called: findings are known again by it. */
static void statement_keys(void **state)
{
	(void)state;
	assert_key("scenario s\nsetup { mm P P: a = mmap anon 2 } thread t { P: exit } finally { P: read a[1] == 3 }\n", "P-read-a-1-3");
	assert_key("# why\nscenario s\nsetup {\nmm P\nP: b = mmap anon 4\nP: a = mmap anon 2\n}\nthread t {\n}\n\n"
		   "finally {\nP: read a[1] == 3\n}\n", "P-read-a-1-3");
	assert_key("scenario s\nsetup { mm P P: a = mmap anon 2 } thread t { } finally { P: munmap a[0..1] }\n", "P-munmap-a-0-1");
	assert_key("scenario s\nsetup { mm P P: a = mmap anon 2 } thread t { } finally { P: munmap a }\n", "P-munmap-a");
}

static int equal_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static int equal_body(const struct scn_body *a, const struct scn_body *b)
{
	if (a->nr != b->nr || !equal_text(a->name, b->name))
		return 0;
	for (unsigned i = 0; i < a->nr; i++) {
		const struct scn_stmt *s = &a->stmt[i], *t = &b->stmt[i];

		if (s->op != t->op || s->bind != t->bind || s->subject != t->subject ||
		    s->name != t->name || s->area != t->area || s->lock != t->lock ||
		    s->file != t->file || s->backing != t->backing ||
		    s->first != t->first || s->last != t->last || s->count != t->count ||
		    s->value != t->value || s->has_value != t->has_value || s->match != t->match)
			return 0;
	}
	return 1;
}

static int equal_header(const struct scenario *a, const struct scenario *b)
{
	if (!equal_text(a->name, b->name) || !equal_text(a->about, b->about) ||
	    !equal_text(a->provider, b->provider) || !equal_text(a->story.defect, b->story.defect) ||
	    a->nr_goals != b->nr_goals || a->nr_names != b->nr_names)
		return 0;
	for (unsigned i = 0; i < a->nr_goals; i++)
		if (!equal_text(a->goal[i].name, b->goal[i].name))
			return 0;
	for (unsigned i = 0; i < a->nr_names; i++)
		if (!equal_text(a->name_of[i].text, b->name_of[i].text) ||
		    a->name_of[i].kind != b->name_of[i].kind ||
		    a->name_of[i].bound_by != b->name_of[i].bound_by)
			return 0;
	return 1;
}

static int equal_outcome(const struct scn_outcome *a, const struct scn_outcome *b)
{
	if (a->grade != b->grade || a->nr != b->nr || !equal_text(a->about, b->about))
		return 0;
	for (unsigned i = 0; i < a->nr; i++)
		if (a->condition[i].name != b->condition[i].name ||
		    a->condition[i].value.result != b->condition[i].value.result ||
		    a->condition[i].value.number != b->condition[i].value.number)
			return 0;
	return 1;
}

static int equal_judgement(const struct scenario *a, const struct scenario *b)
{
	if (a->nr_near != b->nr_near || a->nr_outcomes != b->nr_outcomes)
		return 0;
	for (unsigned i = 0; i < a->nr_near; i++)
		if (!equal_text(a->near[i].event, b->near[i].event) ||
		    !equal_text(a->near[i].about, b->near[i].about))
			return 0;
	for (unsigned i = 0; i < a->nr_outcomes; i++)
		if (!equal_outcome(&a->outcome[i], &b->outcome[i]))
			return 0;
	return 1;
}

/* All but lines, columns and params, which canonical form replaces by their values. */
static int equal(const struct scenario *a, const struct scenario *b)
{
	if (!equal_header(a, b) || !equal_judgement(a, b) || a->nr_threads != b->nr_threads ||
	    !equal_body(&a->setup, &b->setup) || !equal_body(&a->finally, &b->finally))
		return 0;
	for (unsigned i = 0; i < a->nr_threads; i++)
		if (!equal_body(&a->thread[i], &b->thread[i]))
			return 0;
	return 1;
}

/* parse(print(s)) is s, and printing that gives the same text again. */
static void check_round_trip(const struct scenario *scn)
{
	char *printed = print(scn);
	struct scenario *again = parse(printed);
	char *printed_again = print(again);

	if (!equal(scn, again))
		fail_msg("printing changed the scenario:\n%s\nbecame:\n%s", scn->text, printed);
	assert_string_equal(printed, printed_again);
	free(printed_again);
	scn_free(again);
	free(printed);
}

/* ---- Good texts: the table is in scn_test_good.h ---- */

static void good_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(good); i++) {
		struct scenario *scn = parse(good[i]);

		assert_string_equal(scn->text, good[i]);
		check_round_trip(scn);
		scn_free(scn);
	}
}

static void meaning(void **state)
{
	struct scenario *scn = parse(FULL);
	const struct scn_stmt *s;

	(void)state;
	assert_string_equal(scn->name, "fork-vs-reclaim");
	assert_string_equal(scn->about,
			    "a child is born while reclaim walks the anon_vma it will join");
	assert_string_equal(scn->provider, "anon-chain");
	assert_string_equal(scn->path, "t.scn");
	assert_int_equal(scn->nr_goals, 2);
	assert_string_equal(scn->goal[1].name, "second");
	assert_int_equal(scn->goal[0].line, 5);
	assert_int_equal(scn->goal[0].column, 10);
	assert_int_equal(scn->nr_params, 1);
	assert_int_equal(scn->param[0].value, 3);
	assert_int_equal(scn->setup.nr, 3);
	assert_int_equal(scn->setup.line, 9);
	assert_int_equal(scn->setup.stmt[1].line, 11);
	assert_int_equal(scn->setup.stmt[1].column, 5);
	assert_int_equal(scn->setup.stmt[1].count, 2);
	assert_int_equal(scn->nr_threads, 2);
	assert_string_equal(scn->thread[0].name, "forker");

	assert_int_equal(scn->nr_names, 3);
	assert_string_equal(scn->name_of[0].text, "P");
	assert_int_equal(scn->name_of[0].bound_by, -1);
	assert_int_equal(scn->name_of[1].kind, SCN_AREA);
	assert_string_equal(scn->name_of[2].text, "C");
	assert_int_equal(scn->name_of[2].bound_by, 0);
	assert_int_equal(scn->name_of[2].line, 14);
	assert_int_equal(scn->name_of[2].column, 18);

	s = scn->thread[0].stmt;
	assert_int_equal(s[0].op, SOP_FORK);
	assert_int_equal(s[0].bind, 2);
	assert_int_equal(s[0].subject, 0);
	assert_int_equal(s[1].value, 2);
	s = scn->thread[1].stmt;
	assert_int_equal(scn->thread[1].nr, 4);
	assert_int_equal(s[0].op, SCN_REPEAT);
	assert_int_equal(s[0].count, 3);
	assert_int_equal(s[0].match, 3);
	assert_int_equal(s[2].name, 0);
	assert_int_equal(s[2].area, 1);
	assert_int_equal(s[2].first, 1);
	assert_int_equal(s[3].op, SCN_END);
	assert_int_equal(s[3].match, 0);
	assert_int_equal(scn->finally.stmt[0].has_value, 1);
	scn_free(scn);
}

#define GRADED \
	"scenario s\n" \
	"near swap-in \"it came back\"\n" \
	"setup { mm P P: a = mmap anon 1 }\n" \
	"thread t { P: x = read a[0]   y = reclaim P a[0] }\n" \
	"\n" \
	"outcome acceptable x == 0x10 y == none \"fine\"\n" \
	"outcome forbidden  x == segv           \"not so\"\n"

static void outcomes(void **state)
{
	struct scenario *scn = parse(GRADED);
	const struct scn_outcome *row = scn->outcome;
	char text[64];

	(void)state;
	assert_int_equal(scn->nr_near, 1);
	assert_string_equal(scn->near[0].event, "swap-in");
	assert_string_equal(scn->near[0].about, "it came back");
	assert_int_equal(scn->near[0].line, 2);
	assert_int_equal(scn->near[0].column, 6);
	assert_int_equal(scn->name_of[scn->thread[0].stmt[0].bind].kind, SCN_VALUE);

	assert_int_equal(scn->nr_outcomes, 2);
	assert_int_equal(row[0].grade, SCN_ACCEPTABLE);
	assert_int_equal(row[0].nr, 2);
	assert_int_equal(row[0].condition[0].name, scn->thread[0].stmt[0].bind);
	assert_int_equal(row[0].condition[0].value.result, SCN_NUMBER);
	assert_int_equal(row[0].condition[0].value.number, 16);
	assert_int_equal(row[0].condition[1].value.result, SCN_NONE);
	assert_string_equal(row[0].about, "fine");
	assert_int_equal(row[1].grade, SCN_FORBIDDEN);
	assert_int_equal(row[1].line, 7);
	assert_string_equal(scn_condition_text(scn, &row[0], 0, text, sizeof(text)),
			    "x == 16 y == none");
	assert_string_equal(scn_condition_text(scn, &row[0], 1, text, sizeof(text)),
			    "x==16,y==none");
	assert_string_equal(scn_condition_text(scn, &row[0], 1, text, 4), "x==");
	scn_free(scn);
}

static void canonical_form(void **state)
{
	struct scenario *scn = parse("scenario s param n=3 setup{mm P a=P:mmap anon n mutex m}"
				     "thread t{repeat n{P:C=fork C:munmap a[0x1..2]}}");
	char *text = print(scn);

	(void)state;
	assert_string_equal(text,
			    "scenario s\n\n"
			    "setup {\n\tmm P\n\tP: a = mmap anon 3\n\tmutex m\n}\n\n"
			    "thread t {\n\trepeat 3 {\n"
			    "\t\tC = P: fork\n\t\tC: munmap a[1..2]\n\t}\n}\n");
	free(text);
	scn_free(scn);
	scn = parse(GRADED);
	text = print(scn);
	assert_string_equal(text,
			    "scenario s\nnear swap-in \"it came back\"\n\n"
			    "setup {\n\tmm P\n\tP: a = mmap anon 1\n}\n\n"
			    "thread t {\n\tP: x = read a[0]\n\ty = reclaim P a[0]\n}\n\n"
			    "outcome acceptable x == 16 y == none \"fine\"\n"
			    "outcome forbidden x == segv \"not so\"\n");
	free(text);
	scn_free(scn);
}

static void rows(void **state)
{
	(void)state;
	assert_int_equal(scn_nr_ops, SOP_NR);
	for (unsigned i = 0; i < scn_nr_ops; i++) {
		const struct scn_op *op = &scn_ops[i];

		assert_non_null(op->name);
		assert_non_null(op->about);
		for (unsigned j = 0; j <= SCN_MAX_ARGS && op->args[j]; j++) {
			assert_true(j < SCN_MAX_ARGS);
			assert_int_equal(op->args[j] == ARG_LOCK, !!op->lock_kinds);
		}
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(op->name, scn_ops[j].name);
		assert_int_equal(op->binding == SCN_GIVES, op->gives != 0);
		assert_int_equal(op->binding == SCN_GIVES, op->binds == SCN_VALUE);
		assert_false(op->gives & (1u << SCN_NOTHING) || op->gives >> SCN_NR_RESULTS);
	}
	for (unsigned i = 0; i < SCN_NR_RESULTS; i++)
		assert_non_null(scn_result_text[i]);
}

/* ---- Bad texts: the table is in scn_test_bad.h ---- */

static void bad_texts(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < NR(bad); i++) {
		struct scn_error err = { "(nothing)" };
		struct scenario *scn = scn_parse("t.scn", bad[i].text, strlen(bad[i].text), &err);
		char wanted[256];

		snprintf(wanted, sizeof(wanted), "t.scn:%s", bad[i].error);
		if (scn || strcmp(err.text, wanted)) {
			print_error("%s\nwanted: %s\nsaid:   %s\n\n", bad[i].text, wanted,
				    err.text);
			wrong++;
		}
		scn_free(scn);
	}
	assert_int_equal(wrong, 0);
}

static void bad_bytes(void **state)
{
	static const char nul[] = "scenario s # \0\nthread t { }";
	static const char in_body[] = "scenario s thread t { \0 }";
	struct scn_error err;

	(void)state;
	assert_null(scn_parse("t.scn", nul, sizeof(nul) - 1, &err));
	assert_string_equal(err.text, "t.scn:1:14: expected text in UTF-8, found byte 0x00");
	assert_null(scn_parse("t.scn", in_body, sizeof(in_body) - 1, &err));
	assert_string_equal(err.text,
			    "t.scn:1:23: expected an operation or '}', found byte 0x00");
	/* Only the bytes that were given count; whoever does not ask for the error gets none. */
	assert_null(scn_parse("t.scn", "scenario s thread t { }", 22, NULL));
	assert_null(scn_parse("t.scn", NULL, 0, &err));
	assert_string_equal(err.text, "t.scn:1:1: expected 'scenario', found end of file");
}

/* 129 names are one too many; 128 are not. */
static void many_names(void **state)
{
	(void)state;
	for (int nr = SCN_MAX_NAMES; nr <= SCN_MAX_NAMES + 1; nr++) {
		struct scn_error err;
		struct scenario *scn;
		char *text = NULL;
		size_t length;
		FILE *out = open_memstream(&text, &length);

		assert_non_null(out);
		fprintf(out, "scenario s setup {\n");
		for (int i = 0; i < nr; i++)
			fprintf(out, "mm P%d\n", i);
		fprintf(out, "} thread t { }");
		fclose(out);
		scn = scn_parse("t.scn", text, length, &err);
		if (nr <= SCN_MAX_NAMES) {
			assert_non_null(scn);
			assert_int_equal(scn->nr_names, nr);
		} else {
			assert_null(scn);
			assert_string_equal(err.text,
					    "t.scn:130:4: expected at most 128 names, found 'P128'");
		}
		scn_free(scn);
		free(text);
	}
}

/* Exactly 1 MiB of statements is accepted, one byte more is not. */
static void big_text(void **state)
{
	static const char head[] = "scenario s thread t {\n", body[] = "drain\n";
	const size_t max = 1u << 20;
	struct scn_error err;
	struct scenario *scn;
	char *text = malloc(max + 1);
	size_t at = sizeof(head) - 1;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', max + 1);
	memcpy(text, head, at);
	for (; at + sizeof(body) < max; at += sizeof(body) - 1)
		memcpy(text + at, body, sizeof(body) - 1);
	text[max - 1] = '}';
	scn = scn_parse("t.scn", text, max, &err);
	assert_non_null(scn);
	assert_true(scn->thread[0].nr > 100000);
	scn_free(scn);
	assert_null(scn_parse("t.scn", text, max + 1, &err));
	assert_string_equal(err.text, "t.scn:1:1: expected at most 1048576 bytes, found more");
	memset(text, '7', max);
	assert_null(scn_parse("t.scn", text, max, &err));
	assert_string_equal(err.text, "t.scn:1:1: expected a number below 2^64, found "
			    "'7777777777777777777777777777777777777777...'");
	free(text);
}

/* The error stays one line of bounded length; the end of the path is what is kept. */
static void long_path(void **state)
{
	char path[600];
	struct scn_error err;

	(void)state;
	memset(path, 'd', sizeof(path));
	strcpy(path + sizeof(path) - 12, "/\ne\xc3\xa9\x7f.scn");
	assert_null(scn_parse(path, "", 0, &err));
	assert_true(strlen(err.text) < sizeof(err.text));
	assert_null(strchr(err.text, '\n'));
	assert_memory_equal(err.text, "...ddd", 6);
	assert_non_null(strstr(err.text,
			       "d/?e\xc3\xa9?.scn:1:1: expected 'scenario', found end of file"));
}

static void load(void **state)
{
	char path[] = "/tmp/scn_test.XXXXXX";
	struct scn_error err;
	struct scenario *scn;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, FULL, sizeof(FULL) - 1), sizeof(FULL) - 1);
	scn = scn_load(path, &err);
	assert_non_null(scn);
	assert_string_equal(scn->path, path);
	assert_string_equal(scn->text, FULL);
	scn_free(scn);
	assert_int_equal(ftruncate(fd, (1 << 20) + 1), 0);
	assert_null(scn_load(path, &err));
	assert_non_null(strstr(err.text, ":1:1: expected at most 1048576 bytes, found more"));
	close(fd);
	unlink(path);
	assert_null(scn_load("no/such.scn", &err));
	assert_string_equal(err.text, "no/such.scn:1:1: cannot read: No such file or directory");
	assert_null(scn_load("/", &err));
	assert_string_equal(err.text, "/:1:1: cannot read: Is a directory");
	scn_free(NULL);
}

/* ---- Mutations: whatever the text, no crash, and either a scenario or one true line ---- */

#define ROUNDS 100000
#define MAX_TEXT 4096

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

/* Replace a piece of text by another. */
static size_t splice(char *text, size_t length, size_t at, size_t gone, const char *piece,
		     size_t added)
{
	if (length - gone + added > MAX_TEXT)
		return length;
	memmove(text + at + added, text + at + gone, length - at - gone);
	memcpy(text + at, piece, added);
	return length - gone + added;
}

static size_t mutate(char *text, size_t length, uint64_t *seed)
{
	static const char *const words[] = {
		"{", "}", "[", "]", "=", "==", ":", ";", "..", "\"", "#", "-", "0x", "65", "\n",
		"a[0]", " repeat 2 {", " P", " C", " a", " m", " fork", " lock", " mmap anon",
		" thread x {", " setup {", " finally {", " munmap a[0..1]", " n",
		"99999999999999999999", " drain ", " outcome forbidden", " x == ", " y = ",
		" near x \"\"", " gone", " 1", " read a[0]",
	};
	size_t at = next_random(seed) % (length + 1), left = length - at;
	size_t some = left ? next_random(seed) % (left < 20 ? left : 20) + 1 : 0;
	char piece[32], byte = (char)next_random(seed);
	const char *word = words[next_random(seed) % NR(words)];
	size_t from;

	switch (next_random(seed) % 6) {
	case 0:		/* any byte */
		return splice(text, length, at, left ? 1 : 0, &byte, 1);
	case 1:		/* one bit */
		if (left)
			text[at] ^= (char)(1 << next_random(seed) % 8);
		return length;
	case 2:
		return splice(text, length, at, some, "", 0);
	case 3:		/* the same piece somewhere else too */
		from = next_random(seed) % (length - some + 1);
		memcpy(piece, text + from, some);
		return splice(text, length, at, 0, piece, some);
	case 4:
		return splice(text, length, at, 0, word, strlen(word));
	default:	/* a word for a piece, or nothing more at all */
		if (!(next_random(seed) % 8))
			return at;
		return splice(text, length, at, some, word, strlen(word));
	}
}

/* "PATH:LINE:COLUMN: text", the place being inside the text (or at its end). */
static void check_error(const char *error, const char *text, size_t length)
{
	int line, column, n = 0;
	const char *end = text + length;

	if (sscanf(error, "t.scn:%d:%d: %n", &line, &column, &n) != 2 || !n || !error[n] ||
	    strchr(error, '\n'))
		fail_msg("no proper error: %s", error);
	for (int i = 1; i < line; i++) {
		text = memchr(text, '\n', end - text);
		if (!text)
			fail_msg("no such line: %s", error);
		text++;
	}
	assert_true(line >= 1 && column >= 1 && column <= end - text + 1);
	assert_null(memchr(text, '\n', column - 1));
}

static void mutations(void **state)
{
	uint64_t seed = 2009;
	unsigned parsed = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		static char text[MAX_TEXT];
		const char *from = good[round % NR(good)];
		size_t length = strlen(from);
		unsigned changes = 1 + (next_random(&seed) % 3 ? 0 : next_random(&seed) % 6);
		struct scn_error err;
		struct scenario *scn;
		char *exact;

		memcpy(text, from, length);
		while (changes--)
			length = mutate(text, length, &seed);
		/* A copy of exactly that size, so that a sanitizer sees the first byte too far. */
		exact = malloc(length ? length : 1);
		assert_non_null(exact);
		memcpy(exact, text, length);
		scn = scn_parse("t.scn", exact, length, &err);
		if (scn) {
			parsed++;
			check_round_trip(scn);
		} else {
			check_error(err.text, exact, length);
		}
		scn_free(scn);
		free(exact);
	}
	/* A loop that only ever meets the first check would prove nothing. */
	assert_in_range(parsed, ROUNDS / 50, ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
		cmocka_unit_test(good_texts),
		cmocka_unit_test(meaning),
		cmocka_unit_test(outcomes),
		cmocka_unit_test(canonical_form),
		cmocka_unit_test(bad_texts),
		cmocka_unit_test(bad_bytes),
		cmocka_unit_test(statement_keys),
		cmocka_unit_test(many_names),
		cmocka_unit_test(big_text),
		cmocka_unit_test(long_path),
		cmocka_unit_test(load),
		cmocka_unit_test(mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
