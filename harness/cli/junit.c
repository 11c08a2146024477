/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JUnit XML, as far as Jenkins and GitLab read it (ci/junit.xsd): one suite for the command, a test case for each result. Its totals
 * stand in front, so all of it is kept until the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/build-id.h"
#include "cli/must.h"
#include "cli/results.h"
#include "cli/utc.h"

static struct {
	FILE *cases, *notes;
	char *kept_cases, *kept_notes;
	size_t length[2];
	char began[32];
} junit;

/*
 * The bytes of the UTF-8 character at text, if XML may have it: 0 if not, for control characters, surrogates, U+FFFE, U+FFFF and what
 * is no UTF-8.
 */
static unsigned char_length(const unsigned char *text)
{
	unsigned long c = *text;
	unsigned more = c < 0x80 ? 0 : c >= 0xf0 && c < 0xf5 ? 3 : c >= 0xe0 ? 2 : c >= 0xc2 ? 1 : 4;

	if (c >= 0xf5 || more == 4)
		return 0;
	if (!more)
		return (c >= ' ' && c != 0x7f) || c == '\t' || c == '\n';
	c &= 0x3fu >> more;
	for (unsigned i = 1; i <= more; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (text[i] & 0x3f);
	}
	if (c < (more == 3 ? 0x10000u : more == 2 ? 0x800u : 0x80u) || c > 0x10ffff || (c & 0xfffff800) == 0xd800 || (c & 0xfffe) == 0xfffe)
		return 0;
	return more + 1;
}

static const char *entity(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\n': return "&#10;";
	case '\t': return "&#9;";
	default: return NULL;
	}
}

/* attribute: line ends would become blanks there. */
static void print_xml(const char *text, bool attribute, FILE *out)
{
	while (*text) {
		unsigned length = char_length((const unsigned char *)text);
		const char *e = entity(*text);

		if (!length)
			fputc('?', out);
		else if (e && (attribute || (*text != '\n' && *text != '\t' && *text != '"')))
			fputs(e, out);
		else
			fwrite(text, 1, length, out);
		text += length ? length : 1;
	}
}

static void print_attribute(const char *name, const char *value, FILE *out)
{
	fprintf(out, " %s=\"", name);
	print_xml(value, true, out);
	fputc('"', out);
}

static void print_element(const char *indent, const char *name, const char *text, FILE *out)
{
	if (!*text)
		return;
	fprintf(out, "%s<%s>", indent, name);
	print_xml(text, false, out);
	fprintf(out, "</%s>\n", name);
}

static void junit_open(const char *name)
{
	(void)name;
	junit.cases = must(open_memstream(&junit.kept_cases, &junit.length[0]));
	junit.notes = must(open_memstream(&junit.kept_notes, &junit.length[1]));
	utc_now(junit.began, sizeof(junit.began), "%Y-%m-%dT%H:%M:%S");
}

static void junit_expect(unsigned nr)
{
	(void)nr;
}

static void print_bad(const char *element, const struct test *t, FILE *out)
{
	fprintf(out, "      <%s", element);
	print_attribute("message", t->why, out);
	print_attribute("type", t->kind, out);
	fputc('>', out);
	print_xml(t->details, false, out);
	fprintf(out, "</%s>\n", element);
}

static void junit_test(const struct test *t)
{
	static const char *const element[NR_MARKS] = { [MARK_FAIL] = "failure", [MARK_ERROR] = "error" };
	size_t type = strlen(t->type);
	const char *rest = t->name[type] == '.' ? t->name + type + 1 : t->name;
	FILE *out = junit.cases;
	char class[96];

	snprintf(class, sizeof(class), "rmaptorture.%s", t->type);
	fputs("    <testcase", out);
	print_attribute("classname", class, out);
	print_attribute("name", rest, out);
	fprintf(out, " time=\"%.3f\">\n", t->seconds);
	if (element[t->mark])
		print_bad(element[t->mark], t, out);
	if (t->mark == MARK_SKIP) {
		fputs("      <skipped", out);
		print_attribute("message", t->why, out);
		fputs("/>\n", out);
	}
	if (!element[t->mark])
		print_element("      ", "system-out", t->details, out);
	fputs("    </testcase>\n", out);
}

static void junit_note(const char *line)
{
	fprintf(junit.notes, "%s\n", line);
}

static void print_totals(const struct whole *w, bool skipped)
{
	unsigned all = w->nr[MARK_PASS] + w->nr[MARK_FAIL] + w->nr[MARK_ERROR] + w->nr[MARK_SKIP];

	printf(" tests=\"%u\" failures=\"%u\" errors=\"%u\"", all, w->nr[MARK_FAIL], w->nr[MARK_ERROR]);
	if (skipped)
		printf(" skipped=\"%u\"", w->nr[MARK_SKIP]);
	printf(" time=\"%.3f\"", w->seconds);
}

static void print_property(const char *name, const char *value)
{
	fputs("      <property", stdout);
	print_attribute("name", name, stdout);
	print_attribute("value", value, stdout);
	fputs("/>\n", stdout);
}

static void print_properties(const struct whole *w)
{
	char seed[24];

	snprintf(seed, sizeof(seed), "%lu", w->options->seed);
	fputs("    <properties>\n", stdout);
	print_property("version", build_version);
	print_property("flavour", build_flavour);
	print_property("commit", build_commit);
	print_property("model", build_model);
	print_property("seed", seed);
	fputs("    </properties>\n", stdout);
}

static void junit_close(const struct whole *w)
{
	fclose(junit.cases);
	fclose(junit.notes);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"rmaptorture\"", stdout);
	print_totals(w, false);
	printf(">\n  <testsuite name=\"rmaptorture.%s\"", w->name);
	print_totals(w, true);
	printf(" timestamp=\"%s\">\n", junit.began);
	print_properties(w);
	fwrite(junit.kept_cases, 1, junit.length[0], stdout);
	print_element("    ", "system-out", junit.kept_notes, stdout);
	fputs("  </testsuite>\n</testsuites>\n", stdout);
	free(junit.kept_cases);
	free(junit.kept_notes);
	fflush(stdout);
}

const struct result_format result_junit = {
	.open = junit_open, .expect = junit_expect, .test = junit_test, .note = junit_note, .close = junit_close,
};
