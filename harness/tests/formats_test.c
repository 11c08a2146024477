/* SPDX-License-Identifier: GPL-2.0-only */
/* Unit tests of formats for machines: what records say as tests, and how KTAP and JUnit XML write it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/exit.h"
#include "cli/json.h"
#include "cli/must.h"
#include "cli/record.h"
#include "cli/results.h"

static json_t *record(const char *text)
{
	return must(json_loads(text, 0, NULL));
}

static void put(const char *text)
{
	put_json(record(text), stdout);
}

/* ---- a document, as it is printed ---- */

typedef void fill_fn(void);

static char *read_all(FILE *file)
{
	char *text = must(calloc(1, 1 << 16));

	rewind(file);
	text[fread(text, 1, (1 << 16) - 1, file)] = '\0';
	fclose(file);
	return text;
}

/* To be freed. */
static char *document(unsigned format, fill_fn *fill, int status)
{
	const struct command command = { .name = "explore" };
	const struct options options = { .command = CMD_EXPLORE, .format = format, .seed = UINT64_MAX };
	FILE *file = must(tmpfile());
	int was;

	fflush(stdout);
	was = dup(STDOUT_FILENO);
	dup2(fileno(file), STDOUT_FILENO);
	results_begin(&command, &options);
	fill();
	assert_int_equal(results_end(status), status);
	fflush(stdout);
	dup2(was, STDOUT_FILENO);
	close(was);
	return read_all(file);
}

static void expect_document(unsigned format, fill_fn *fill, int status, const char *wanted)
{
	char *text = document(format, fill, status);

	assert_string_equal(text, wanted);
	free(text);
}

static void expect_in(unsigned format, fill_fn *fill, int status, const char *wanted)
{
	char *text = document(format, fill, status);

	if (!strstr(text, wanted))
		fail_msg("no '%s' in: %s", wanted, text);
	free(text);
}

static void nothing(void)
{
}

static void a_finding(void)
{
	put("{\"type\":\"explore\",\"scenario\":\"a b#c\",\"provider\":\"p\",\"findings\":1,\"signature\":\"O1/x\","
	    "\"text\":\"<t> #1 & # 2\",\"seed\":7,\"report\":\"FINDING\\n\\n\\u0001 \\\"&<\\n\"}");
	put("{\"type\":\"hunt-summary\",\"found\":1,\"tiers\":[{\"tier\":1}],\"list\":[\"a\",\"b\"]}");
	put("{\"type\":\"explore\",\"scenario\":\"a b#c\",\"provider\":\"p\",\"findings\":0}");
}

static void test_ktap(void **state)
{
	(void)state;
	expect_document(FORMAT_KTAP, a_finding, EXIT_FINDINGS,
			"KTAP version 1\n1..1\n  KTAP version 1\n  # Subtest: explore\n  1..2\n"
			"  # FINDING\n  #\n  # ? \"&<\n  # seed 7\n"
			"  not ok 1 explore.a_b_c.p # <t> -1 & - 2\n"
			"  # hunt-summary: found 1, list a b\n"
			"  ok 2 explore.a_b_c.p-2\n"
			"not ok 1 explore # findings\n");
}

static void test_junit(void **state)
{
	(void)state;
	expect_in(FORMAT_JUNIT, a_finding, EXIT_FINDINGS, " tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\" ");
	expect_in(FORMAT_JUNIT, a_finding, EXIT_FINDINGS,
		  "    <testcase classname=\"rmaptorture.explore\" name=\"a_b_c.p\" time=\"0.000\">\n"
		  "      <failure message=\"&lt;t&gt; #1 &amp; # 2\" type=\"O1/x\">FINDING\n\n? \"&amp;&lt;\nseed 7\n</failure>\n"
		  "    </testcase>\n"
		  "    <testcase classname=\"rmaptorture.explore\" name=\"a_b_c.p-2\" time=\"0.000\">\n"
		  "    </testcase>\n"
		  "    <system-out>hunt-summary: found 1, list a b\n</system-out>\n");
	expect_in(FORMAT_JUNIT, nothing, EXIT_CLEAN, "<property name=\"seed\" value=\"18446744073709551615\"/>");
}

static void characters(void)
{
	/* An escape, DEL, two, three and four bytes, a noncharacter, and what is too long, cut off or no UTF-8 (past jansson). */
	result_junit.note("\x1b \x7f \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xef\xbf\xbf \xc0\xaf \xed\xa0\x80 \xff \xe2\x82");
}

static void a_pass(void)
{
	put("{\"type\":\"doctor\",\"check\":\"a\",\"health\":\"good\",\"text\":\"\"}");
	characters();
}

static void test_characters(void **state)
{
	(void)state;
	expect_in(FORMAT_JUNIT, a_pass, EXIT_CLEAN,
		  "<system-out>? ? \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 ??? ?? ??? ? ??\n</system-out>");
}

/* ---- what the exit status says, and no record ---- */

static void three_expected(void)
{
	results_expect(3);
	put("{\"type\":\"explore\",\"scenario\":\"a\",\"provider\":\"p\",\"findings\":0,\"interrupted\":true}");
}

static void test_status(void **state)
{
	(void)state;
	expect_document(FORMAT_KTAP, nothing, EXIT_USAGE, "");
	expect_document(FORMAT_JUNIT, nothing, EXIT_USAGE, "");
	expect_document(FORMAT_JSON, nothing, EXIT_INCONCLUSIVE, "");
	expect_in(FORMAT_KTAP, nothing, EXIT_CLEAN, "  1..1\n  ok 1 explore.end\nok 1 explore\n");
	expect_in(FORMAT_KTAP, nothing, EXIT_SKIPPED, "  ok 1 explore.end # SKIP nothing could run here\nok 1 explore # SKIP nothing");
	expect_in(FORMAT_KTAP, nothing, EXIT_FINDINGS, "  not ok 1 explore.end # findings\nnot ok 1 explore # findings\n");
	expect_in(FORMAT_KTAP, a_pass, EXIT_INCONCLUSIVE, "  not ok 2 explore.end # ERROR inconclusive");
	expect_in(FORMAT_KTAP, a_finding, EXIT_USAGE, "not ok 1 explore # ERROR bad input");
	expect_in(FORMAT_JUNIT, nothing, EXIT_INCONCLUSIVE, "type=\"inconclusive\"></error>");
}

static void test_expected(void **state)
{
	(void)state;
	expect_document(FORMAT_KTAP, three_expected, EXIT_INCONCLUSIVE,
			"KTAP version 1\n1..1\n  KTAP version 1\n  # Subtest: explore\n  1..3\n"
			"  not ok 1 explore.a.p # ERROR interrupted before its end\n"
			"  not ok 2 explore.missing # ERROR no result came\n"
			"  not ok 3 explore.missing-2 # ERROR no result came\n"
			"not ok 1 explore # ERROR inconclusive: not all of it was done, or not all of it counts\n");
}

/* ---- records ---- */

static const struct {
	const char *record;
	enum mark mark;
	const char *kind;
} verdicts[] = {
	{ "{\"type\":\"explore\",\"findings\":0,\"goals_missed\":[]}", MARK_PASS, "" },
	{ "{\"type\":\"explore\",\"findings\":0,\"goals_missed\":[\"g\"]}", MARK_ERROR, "goal-missed" },
	{ "{\"type\":\"explore\",\"findings\":1,\"signature\":\"O1/x\",\"goals_missed\":[\"g\"],\"error\":\"e\"}", MARK_FAIL, "O1/x" },
	{ "{\"type\":\"explore\",\"findings\":0,\"error\":\"e\"}", MARK_ERROR, "failed" },
	{ "{\"type\":\"stress\",\"findings\":0,\"goals_missed\":[\"g\"],\"goals_judged\":false}", MARK_PASS, "" },
	{ "{\"type\":\"stress\",\"findings\":0,\"goals_missed\":[\"g\"],\"goals_judged\":true}", MARK_ERROR, "goal-missed" },
	{ "{\"type\":\"verify\",\"findings\":0,\"claim\":\"incomplete\"}", MARK_ERROR, "incomplete" },
	{ "{\"type\":\"verify\",\"findings\":0,\"claim\":\"bounded\"}", MARK_PASS, "" },
	{ "{\"type\":\"replay\",\"findings\":1,\"signature\":\"O1/x\",\"error\":\"other steps\"}", MARK_ERROR, "failed" },
	{ "{\"type\":\"not-for\",\"needs\":\"swap\",\"line\":3}", MARK_SKIP, "not-for" },
	{ "{\"type\":\"canary\",\"found\":false}", MARK_ERROR, "canary-missed" },
	{ "{\"type\":\"hunt\",\"found\":3,\"seeds\":3}", MARK_PASS, "" },
	{ "{\"type\":\"hunt\",\"found\":2,\"seeds\":3}", MARK_ERROR, "not-found" },
	{ "{\"type\":\"lockdoc\",\"contradicted\":1,\"undocumented\":1}", MARK_FAIL, "contradicted" },
	{ "{\"type\":\"lockdoc\",\"contradicted\":0,\"undocumented\":1}", MARK_ERROR, "undocumented" },
	{ "{\"type\":\"lockdoc-verdict\",\"kind\":\"CTX\"}", MARK_PASS, "" },
	{ "{\"type\":\"lockdoc-verdict\",\"kind\":\"PIN-NEVER\"}", MARK_ERROR, "PIN-NEVER" },
	{ "{\"type\":\"lockdoc-verdict\",\"kind\":\"WAIVED\"}", MARK_SKIP, "WAIVED" },
	{ "{\"type\":\"lockdoc-verdict\",\"kind\":\"UNHEARD-OF\"}", MARK_FAIL, "UNHEARD-OF" },
	{ "{\"type\":\"data-rule\",\"mode\":\"write\",\"grade\":\"BELOW\",\"accesses\":9,\"satisfied\":8}", MARK_FAIL, "BELOW" },
	{ "{\"type\":\"data-rule\",\"mode\":\"read\",\"grade\":\"BELOW\",\"accesses\":9,\"satisfied\":8}", MARK_ERROR, "BELOW" },
	{ "{\"type\":\"data-rule\",\"mode\":\"read\",\"grade\":\"U\",\"accesses\":0,\"satisfied\":0,\"whole\":true}", MARK_ERROR, "U" },
	{ "{\"type\":\"data-rule\",\"mode\":\"read\",\"grade\":\"U\",\"accesses\":0,\"satisfied\":0,\"whole\":false}", MARK_SKIP, "U" },
	{ "{\"type\":\"data-rule\",\"mode\":\"read\",\"grade\":\"U\",\"accesses\":0,\"whole\":true,\"waiver\":\"w\"}", MARK_SKIP, "U" },
	{ "{\"type\":\"data-rules\",\"observed\":true,\"lost\":2}", MARK_ERROR, "lost" },
	{ "{\"type\":\"lockdoc-tree-arc\",\"verdict\":\"contradicted\",\"seen\":\"a.c:1\"}", MARK_FAIL, "contradicted" },
	{ "{\"type\":\"lockdoc-tree-arc\",\"verdict\":\"never observed\"}", MARK_ERROR, "never observed" },
	{ "{\"type\":\"lockdoc-tree-arc\",\"verdict\":\"not modelled\"}", MARK_SKIP, "not modelled" },
	{ "{\"type\":\"bench\",\"over\":true,\"ratio\":2.5,\"limit\":2.0}", MARK_FAIL, "over-limit" },
	{ "{\"type\":\"doctor\",\"health\":\"BAD\",\"text\":\"no\"}", MARK_SKIP, "health" },
};

static void test_verdicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		json_t *o = record(verdicts[i].record);
		struct judgement j;

		assert_true(record_judge(o, &j));
		if (j.mark != verdicts[i].mark || strcmp(j.kind, verdicts[i].kind) || !*j.why != (j.mark == MARK_PASS))
			fail_msg("%s: %u '%s' '%s'", verdicts[i].record, j.mark, j.kind, j.why);
		json_decref(o);
	}
}

static void test_remarks(void **state)
{
	json_t *o = record("{\"type\":\"never-heard-of\",\"n\":1,\"x\":null,\"r\":0.5,\"o\":{\"a\":1},\"e\":[]}");
	struct judgement j;
	char *text = record_remark(o);

	(void)state;
	assert_false(record_judge(o, &j));
	assert_string_equal(text, "never-heard-of: n 1, x none, r 0.5, e none");
	free(text);
	json_decref(o);
}

static void test_names(void **state)
{
	static const struct {
		const char *record, *name;
	} names[] = {
		{ "{\"type\":\"lockdoc-verdict\",\"provider\":\"p\",\"before\":\"a->b\",\"after\":null,\"mode\":\"wait\",\"ctx\":null}",
		  "lockdoc-verdict.p.a->b.wait" },
		{ "{\"type\":\"lockdoc-finding\",\"file\":\"a b/\\u00e9.md\",\"kind\":\"no row\",\"line\":3,\"column\":1}",
		  "lockdoc-finding.a_b/__.md.no_row.3.1" },
		{ "{\"type\":\"lockdoc-ingest\",\"findings\":0}", "lockdoc-ingest.all" },
	};
	char name[RECORD_NAME], longest[600];
	json_t *o;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		o = record(names[i].record);
		record_name(o, name);
		assert_string_equal(name, names[i].name);
		json_decref(o);
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	o = must(json_pack("{s:s s:s s:s}", "type", "explore", "scenario", longest, "provider", longest));
	record_name(o, name);
	assert_int_equal(strlen(name), RECORD_NAME - 1);
	json_decref(o);
}

/* ---- values ---- */

static void test_values(void **state)
{
	static const struct {
		uint64_t n;
		const char *text;
	} numbers[] = {
		{ 0, "0" }, { INT64_MAX, "9223372036854775807" }, { 1ul << 63, "\"9223372036854775808\"" },
		{ UINT64_MAX, "\"18446744073709551615\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		json_t *o = json_u64(numbers[i].n);
		char *text = json_dumps(o, JSON_ENCODE_ANY);

		assert_string_equal(text, numbers[i].text);
		free(text);
		json_decref(o);
	}
	for (int bad = 0; bad < 2; bad++) {
		json_t *o = json_text(bad ? "caf\xe9 \xff." : "caf\xc3\xa9");

		assert_string_equal(json_string_value(o), bad ? "caf? ?." : "caf\xc3\xa9");
		json_decref(o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ktap),	 cmocka_unit_test(test_junit),	  cmocka_unit_test(test_characters),
		cmocka_unit_test(test_status),	 cmocka_unit_test(test_expected), cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_remarks),	 cmocka_unit_test(test_names),	  cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
