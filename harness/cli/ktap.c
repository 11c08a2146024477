/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Kernel Test Anything Protocol, version 1, as Documentation/dev-tools/ktap.rst and tools/testing/kunit/kunit_parser.py of the
 * kernel have it: one test for the command, whose subtests are the results. What is inconclusive is "not ok" with the directive
 * ERROR: who does not know directives takes it for a failure, which is the safe side.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "cli/results.h"

static struct {
	FILE *out;			/* stdout, or the subtests until their number is known */
	char *kept;
	size_t length;
	unsigned nr;			/* tests so far */
} ktap;

/* Nothing of a text may look like a line of its own, or move the cursor. */
static void print_printable(const char *text, size_t length, FILE *out)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		fputc((c < ' ' && c != '\t') || c == 0x7f ? '?' : c, out);
	}
}

static void print_diagnostics(const char *lines, FILE *out)
{
	while (*lines) {
		size_t length = strcspn(lines, "\n");

		fputs(length ? "  # " : "  #", out);
		print_printable(lines, length, out);
		fputc('\n', out);
		lines += length + (lines[length] == '\n');
	}
}

static void print_test(unsigned nr, const char *indent, const char *name, enum mark mark, const char *why, FILE *out)
{
	static const char *const result[NR_MARKS] = {
		[MARK_PASS] = "ok", [MARK_FAIL] = "not ok", [MARK_ERROR] = "not ok", [MARK_SKIP] = "ok",
	};
	static const char *const directive[NR_MARKS] = { [MARK_PASS] = "", [MARK_FAIL] = "", [MARK_ERROR] = "ERROR", [MARK_SKIP] = "SKIP" };
	bool more = *directive[mark] || *why;

	fprintf(out, "%s%s %u %s%s%s%s", indent, result[mark], nr, name, more ? " # " : "", directive[mark],
		*directive[mark] && *why ? " " : "");
	/* Behind a blank '#' begins a directive for those who look for the last one. */
	for (const char *c = why; *c; c++)
		print_printable(*c == '#' && (c == why || c[-1] == ' ') ? "-" : c, 1, out);
	fputc('\n', out);
}

static void ktap_open(const char *name)
{
	ktap.nr = 0;
	ktap.out = must(open_memstream(&ktap.kept, &ktap.length));
	printf("KTAP version 1\n1..1\n  KTAP version 1\n  # Subtest: %s\n", name);
}

/* From now on nothing is kept. */
static void ktap_expect(unsigned nr)
{
	fclose(ktap.out);
	ktap.out = stdout;
	printf("  1..%u\n%s", nr, ktap.kept);
	free(ktap.kept);
	fflush(stdout);
}

static void ktap_test(const struct test *t)
{
	print_diagnostics(t->details, ktap.out);
	print_test(++ktap.nr, "  ", t->name, t->mark, t->why, ktap.out);
	fflush(ktap.out);
}

static void ktap_note(const char *line)
{
	print_diagnostics(line, ktap.out);
	fflush(ktap.out);
}

static void ktap_close(const struct whole *w)
{
	if (ktap.out != stdout)
		ktap_expect(ktap.nr);
	print_test(1, "", w->name, w->mark, w->why, stdout);
	fflush(stdout);
}

const struct result_format result_ktap = {
	.open = ktap_open, .expect = ktap_expect, .test = ktap_test, .note = ktap_note, .close = ktap_close,
};
