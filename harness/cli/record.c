/* SPDX-License-Identifier: GPL-2.0-only */
/* See record.h. The table at the end has a row for each type with a verdict; FORMATS.md says what the keys mean. */
#include "cli/record.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/json.h"
#include "cli/must.h"

static json_int_t number_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static bool is_true(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

static bool is_word(const json_t *o, const char *key, const char *word)
{
	return !strcmp(json_text_of(o, key), word);
}

/* ---- values, as text ---- */

static void print_value(const json_t *v, FILE *out)
{
	const json_t *item;
	size_t i;

	switch (json_typeof(v)) {
	case JSON_STRING:  fputs(json_string_value(v), out); break;
	case JSON_INTEGER: fprintf(out, "%lld", (long long)json_integer_value(v)); break;
	case JSON_REAL:	   fprintf(out, "%.6g", json_real_value(v)); break;
	case JSON_TRUE:	   fputs("true", out); break;
	case JSON_FALSE:   fputs("false", out); break;
	case JSON_NULL:	   fputs("none", out); break;
	case JSON_ARRAY:
		if (!json_array_size(v))
			fputs("none", out);
		json_array_foreach((json_t *)v, i, item) {
			fputs(i ? " " : "", out);
			print_value(item, out);
		}
		break;
	case JSON_OBJECT: break;
	}
}

/* Objects, and arrays of them, are too much for a line. */
static bool fits_line(const json_t *v)
{
	return v && !json_is_object(v) && !json_is_object(json_array_get(v, 0));
}

static char *first_line(const json_t *v, char *buf, size_t size)
{
	FILE *out = fmemopen(buf, size, "w");

	must(out);
	if (fits_line(v))
		print_value(v, out);
	fputc('\0', out);
	fclose(out);
	buf[size - 1] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return buf;
}

/* ---- rules: each looks at one thing, and is true if that decides ---- */

typedef bool rule_fn(const json_t *o, struct judgement *j);

static bool decide(struct judgement *j, enum mark mark, const char *kind, const char *why)
{
	j->mark = mark;
	snprintf(j->kind, sizeof(j->kind), "%.*s", (int)strcspn(kind, "\n"), kind);
	why = *why ? why : kind;
	snprintf(j->why, sizeof(j->why), "%.*s", (int)strcspn(why, "\n"), why);
	return true;
}

static bool a_finding(const json_t *o, struct judgement *j)
{
	const char *signature = json_text_of(o, "signature"), *text = json_text_of(o, "text");

	return decide(j, MARK_FAIL, *signature ? signature : "finding", *text ? text : signature);
}

static bool findings(const json_t *o, struct judgement *j)
{
	char why[64];

	if (number_of(o, "findings") <= 0)
		return false;
	if (*json_text_of(o, "signature"))
		return a_finding(o, j);
	snprintf(why, sizeof(why), "findings: %lld", (long long)number_of(o, "findings"));
	return decide(j, MARK_FAIL, "finding", why);
}

static bool error(const json_t *o, struct judgement *j)
{
	const char *why = json_text_of(o, "error");

	return *why && decide(j, MARK_ERROR, "failed", why);
}

static bool cut(const json_t *o, struct judgement *j)
{
	return is_true(o, "interrupted") && decide(j, MARK_ERROR, "interrupted", "interrupted before its end");
}

static bool incomplete(const json_t *o, struct judgement *j)
{
	return is_word(o, "claim", "incomplete") && decide(j, MARK_ERROR, "incomplete", "its bound came before the last schedule");
}

static bool goals(const json_t *o, struct judgement *j)
{
	const json_t *missed = json_object_get(o, "goals_missed");
	char list[300], why[360];

	if (!json_array_size(missed) || json_is_false(json_object_get(o, "goals_judged")))
		return false;
	snprintf(why, sizeof(why), "goals not reached: %s", first_line(missed, list, sizeof(list)));
	return decide(j, MARK_ERROR, "goal-missed", why);
}

static bool unfit(const json_t *o, struct judgement *j)
{
	const char *needs = json_text_of(o, "needs");
	char why[200];

	snprintf(why, sizeof(why), "not for this provider: %s%s", number_of(o, "line") ? "it has no " : "for ", needs);
	return decide(j, MARK_SKIP, "not-for", why);
}

/* Whether a goal was reached by anybody is for the night to say. */
static bool unfinished(const json_t *o, struct judgement *j)
{
	const char *state = json_text_of(o, "state");

	return strcmp(state, "done") && decide(j, strcmp(state, "skipped") ? MARK_ERROR : MARK_SKIP, state, json_text_of(o, "why"));
}

/* Of two nights. */
static bool worse(const json_t *o, struct judgement *j)
{
	return is_true(o, "worse") && decide(j, MARK_FAIL, json_text_of(o, "what"), json_text_of(o, "subject"));
}

static bool night_found(const json_t *o, struct judgement *j)
{
	return !is_word(o, "known", "known") && a_finding(o, j);
}

static bool night_ended(const json_t *o, struct judgement *j)
{
	const char *verdict = json_text_of(o, "verdict");
	json_int_t status = number_of(o, "status");

	return status && decide(j, status == EXIT_FINDINGS ? MARK_FAIL : MARK_ERROR, "night", verdict);
}

static bool no_canary(const json_t *o, struct judgement *j)
{
	return !is_true(o, "found") && decide(j, MARK_ERROR, "canary-missed", "not found: the silence of the rest does not count");
}

static bool unhunted(const json_t *o, struct judgement *j)
{
	char why[80];

	snprintf(why, sizeof(why), "found in %lld of %lld seeds", (long long)number_of(o, "found"), (long long)number_of(o, "seeds"));
	return number_of(o, "found") < number_of(o, "seeds") && decide(j, MARK_ERROR, "not-found", why);
}

static bool over(const json_t *o, struct judgement *j)
{
	char why[80];

	snprintf(why, sizeof(why), "ratio %.4g, limit %.4g", json_number_value(json_object_get(o, "ratio")),
		 json_number_value(json_object_get(o, "limit")));
	return is_true(o, "over") && decide(j, MARK_FAIL, "over-limit", why);
}

static bool ill(const json_t *o, struct judgement *j)
{
	return is_word(o, "health", "BAD") && decide(j, MARK_SKIP, "health", json_text_of(o, "text"));
}

/* Counters that have to be zero. */
static bool counted(const json_t *o, struct judgement *j, enum mark mark, const char *const keys[])
{
	char why[80];

	for (; *keys; keys++) {
		if (number_of(o, *keys) <= 0)
			continue;
		snprintf(why, sizeof(why), "%s: %lld", *keys, (long long)number_of(o, *keys));
		return decide(j, mark, *keys, why);
	}
	return false;
}

static bool contradictions(const json_t *o, struct judgement *j)
{
	return counted(o, j, MARK_FAIL, (const char *const[]){ "contradicted", NULL });
}

static bool undocumented(const json_t *o, struct judgement *j)
{
	return counted(o, j, MARK_ERROR, (const char *const[]){ "undocumented", NULL });
}

static bool differences(const json_t *o, struct judgement *j)
{
	return counted(o, j, MARK_FAIL, (const char *const[]){ "reversed", "only_a", "only_b", NULL });
}

static bool lost(const json_t *o, struct judgement *j)
{
	return counted(o, j, MARK_ERROR, (const char *const[]){ "lost", NULL });
}

static bool unobserved(const json_t *o, struct judgement *j)
{
	return json_is_false(json_object_get(o, "observed")) &&
	       decide(j, MARK_SKIP, "unobserved", "this build does not observe accesses to data (make access)");
}

/* ---- words that are verdicts ---- */

struct word {
	const char *word;
	enum mark mark;
	const char *why;
};

static bool by_word(const struct word *w, const char *word, const char *more, struct judgement *j)
{
	char why[400];

	while (w->word && strcmp(w->word, word))
		w++;
	snprintf(why, sizeof(why), "%s%s%s", w->why, *more ? ": " : "", more);
	return w->mark != MARK_PASS && decide(j, w->mark, word, why);
}

/* Of one trouble it is told once that something is wrong. */
static bool following(const json_t *o, struct judgement *j)
{
	const char *follows = json_text_of(o, "follows");
	char why[300];

	snprintf(why, sizeof(why), "it follows from %s", follows);
	return *follows && decide(j, MARK_SKIP, "follows", why);
}

/* What is not listed is a report of the validator's. */
static bool order_kind(const json_t *o, struct judgement *j)
{
	static const struct word kinds[] = {
		{ "OK", MARK_PASS, "" },      { "OK-SKIP", MARK_PASS, "" }, { "TRY", MARK_PASS, "" },
		{ "CTX", MARK_PASS, "" },     { "PIN-OK", MARK_PASS, "" },
		{ "WAIVED", MARK_SKIP, "never observed, waived" },
		{ "NEVER", MARK_ERROR, "never observed" },
		{ "PIN-NEVER", MARK_ERROR, "never observed" },
		{ "STALE", MARK_FAIL, "observed, though it is waived" },
		{ "REVERSED", MARK_FAIL, "observed the other way round" },
		{ "UNDOC", MARK_FAIL, "observed, but not documented" },
		{ "TRY-UNDOC", MARK_FAIL, "observed, but not documented" },
		{ "PIN-UNDOC", MARK_FAIL, "observed, but not documented" },
		{ "CONTRA", MARK_FAIL, "observed against the document" },
		{ "NEVERTOG", MARK_FAIL, "observed together, against the document" },
		{ NULL, MARK_FAIL, "reported by the validator" },
	};
	const char *text = json_text_of(o, "text"), *why = json_text_of(o, "why"), *waiver = json_text_of(o, "waiver");

	return by_word(kinds, json_text_of(o, "kind"), *text ? text : *why ? why : waiver, j);
}

static bool tree_verdict(const json_t *o, struct judgement *j)
{
	static const struct word said[] = {
		{ "observed", MARK_PASS, "" },		{ "by transitivity", MARK_PASS, "" },
		{ "never observed", MARK_ERROR, "never observed" }, { "not modelled", MARK_SKIP, "not modelled" },
		{ NULL, MARK_FAIL, "observed the other way round" },
	};

	return by_word(said, json_text_of(o, "verdict"), json_text_of(o, "seen"), j);
}

static bool tree_undocumented(const json_t *o, struct judgement *j)
{
	(void)o;
	return decide(j, MARK_FAIL, "undocumented", "observed, but the comments do not say it");
}

static bool document(const json_t *o, struct judgement *j)
{
	return decide(j, MARK_FAIL, json_text_of(o, "kind"), json_text_of(o, "text"));
}

static bool difference(const json_t *o, struct judgement *j)
{
	return decide(j, MARK_FAIL, json_text_of(o, "verdict"), json_text_of(o, "in"));
}

/* Writes against a rule are findings; reads that nobody has to lock for are many. */
static bool data_rule(const json_t *o, struct judgement *j)
{
	json_int_t against = number_of(o, "accesses") - number_of(o, "satisfied");
	const char *waiver = json_text_of(o, "waiver"), *grade = json_text_of(o, "grade");
	char why[80];

	snprintf(why, sizeof(why), "%lld of %lld accesses are against the rule", (long long)against,
		 (long long)number_of(o, "accesses"));
	if (against > 0)
		return decide(j, is_word(o, "mode", "write") ? MARK_FAIL : MARK_ERROR, grade, why);
	if (number_of(o, "accesses"))
		return false;
	if (*waiver)
		return decide(j, MARK_SKIP, grade, waiver);
	return decide(j, is_true(o, "whole") ? MARK_ERROR : MARK_SKIP, grade, "no such access was seen");
}

/* ---- the table ---- */

/* Names: keys whose values tell records of a type apart. Rules: the first one that decides; none: passed. */
static const struct row {
	const char *type;
	const char *names[5];
	rule_fn *rules[5];
	const char *shown[9];		/* keys that are shown beside a verdict, after the report */
} rows[] = {
	{ "explore", { "scenario", "provider" }, { findings, error, cut, goals },
	  { "strategy", "seed", "executions", "steps", "goals_missed", "defects", "replay" } },
	{ "verify", { "scenario", "provider" }, { findings, error, cut, incomplete, goals },
	  { "claim", "executions", "traces", "open", "longest", "goals_missed", "defects", "replay" } },
	{ "stress", { "scenario", "provider" }, { findings, error, cut, goals },
	  { "threads", "rounds", "ops", "noise", "noise_profile", "seed", "goals_missed", "defects" } },
	{ "not-for", { "scenario", "provider" }, { unfit }, { "needs", "line" } },
	{ "fuzz-finding", { "provider", "signature" }, { a_finding },
	  { "scenario", "seed", "execution", "defects", "replay", "small_scenario", "small_replay" } },
	{ "fuzz", { "provider" }, { findings, error, cut },
	  { "seed", "executions", "steps", "scenarios", "mutants", "corpus", "defects" } },
	{ "replay", { "scenario", "provider" }, { error, findings }, { "steps", "same_steps", "same_finding", "defects", "replay" } },
	{ "minimised", { "scenario" }, { a_finding },
	  { "directives", "preemptions_before", "preemptions", "steps_before", "steps", "executions" } },
	{ "canary", { "defect" }, { no_canary }, { "scenario", "executions", "signature" } },
	{ "hunt", { "defect", "provider" }, { unhunted },
	  { "seeds", "found", "unfinished", "median_executions", "p95_executions", "worst_executions", "signature", "scenario" } },
	{ "lockdoc", { "provider" }, { contradictions, undocumented },
	  { "document", "documented", "observed", "transitive", "waived", "never", "undocumented", "contradicted" } },
	{ "lockdoc-verdict", { "provider", "before", "after", "mode", "ctx" }, { following, order_kind },
	  { "id", "kind", "executions", "cycle", "waiver", "signature", "follows", "command" } },
	{ "lockdoc-finding", { "file", "kind", "line", "column" }, { document }, { "file", "line", "column", "kind" } },
	{ "lockdoc-check", { "file" }, { findings }, { "classes", "arcs" } },
	{ "lockdoc-ingest", { NULL }, { findings }, { "classes", "arcs" } },
	{ "lockdoc-diff", { "verdict", "in", "before", "after", "ctx" }, { difference },
	  { "verdict", "in", "before", "after", "try", "file", "line", "missing" } },
	{ "lockdoc-compared", { "a", "b" }, { differences }, { "same", "only_a", "only_b", "reversed" } },
	{ "lockdoc-tree-arc", { "before", "after" }, { tree_verdict }, { "verdict", "file", "line", "seen" } },
	{ "lockdoc-tree-undocumented", { "before", "after" }, { tree_undocumented }, { "file", "line" } },
	{ "data-rule", { "provider", "member", "mode", "rule" }, { data_rule },
	  { "rule", "grade", "line", "accesses", "satisfied", "apart", "waiver" } },
	{ "data-rules", { "provider" }, { unobserved, lost }, { "rules", "full", "accepted", "below", "not_found", "unseen", "waived" } },
	{ "bench", { "figure" }, { over }, { "flavour", "ratio", "ratio_least", "ratio_most", "limit", "ns", "unit" } },
	{ "job", { "job" }, { unfinished, findings }, { "command", "status", "attempts", "elapsed_s", "rss_kib" } },
	{ "night-finding", { "signature" }, { night_found }, { "scenario", "provider", "job", "replay", "same_finding", "known" } },
	{ "night-verdict", { "night" }, { night_ended },
	  { "jobs", "done", "skipped", "unfinished", "undecided", "unreached", "findings", "known", "db" } },
	{ "merged-night", { "night" }, { night_ended },
	  { "shards", "shards_there", "jobs", "done", "skipped", "unfinished", "undecided", "unreached" } },
	{ "report", { "night" }, { night_ended }, { "verdict", "why", "plan", "seed", "commit", "began" } },
	{ "missing", { "night", "shard", "job" }, { unfinished }, { "state", "jobs" } },
	{ "compared", { "what", "subject", "scenario", "provider", "mode" }, { worse }, { "before", "now" } },
	{ "compared-nights", { "night", "against" }, { night_ended }, { "same_plan", "differences", "worse" } },
	{ "doctor", { "check" }, { ill }, { "health", "text" } },
};

static const struct row *row_of(const json_t *o)
{
	for (const struct row *r = rows; r < rows + sizeof(rows) / sizeof(rows[0]); r++)
		if (is_word(o, "type", r->type))
			return r;
	return NULL;
}

bool record_judge(const json_t *o, struct judgement *j)
{
	const struct row *r = row_of(o);

	if (!r)
		return false;
	*j = (struct judgement){ .mark = MARK_PASS };
	for (rule_fn *const *rule = r->rules; rule < r->rules + 5 && *rule; rule++)
		if ((*rule)(o, j))
			break;
	return true;
}

/* ---- names ---- */

/* KTAP wants no '#', and blanks end a name for many who read it; what is not ASCII may be too long or cut in two. */
static void append_name(char name[RECORD_NAME], const char *part)
{
	size_t n = strlen(name);

	if (n && n < RECORD_NAME - 1)
		name[n++] = '.';
	for (; *part && n < RECORD_NAME - 1; part++)
		name[n++] = isalnum((unsigned char)*part) || strchr("._/:<>=+-", *part) ? *part : '_';
	name[n] = '\0';
}

void record_name(const json_t *o, char name[RECORD_NAME])
{
	const struct row *r = row_of(o);
	char part[RECORD_NAME];
	size_t length;

	name[0] = '\0';
	append_name(name, json_text_of(o, "type"));
	length = strlen(name);
	for (unsigned i = 0; r && i < 5 && r->names[i]; i++) {
		const json_t *v = json_object_get(o, r->names[i]);

		if (!v || json_is_null(v))
			continue;
		first_line(v, part, sizeof(part));
		if (*part)
			append_name(name, part);
	}
	if (!name[length])
		append_name(name, "all");
}

/* ---- what is shown ---- */

/* "seed 1, executions 20": of these keys, or of all (NULL). False: there are none. */
static bool print_keys(const json_t *o, const char *const *keys, unsigned nr, FILE *out)
{
	const char *between = "", *key;
	const json_t *v;
	unsigned i = 0;

	json_object_foreach((json_t *)o, key, v) {
		for (i = 0; i < nr && keys[i] && strcmp(keys[i], key); i++)
			;
		if (keys ? i == nr || !keys[i] : !strcmp(key, "type"))
			continue;
		if (!fits_line(v))
			continue;
		fprintf(out, "%s%s ", between, key);
		print_value(v, out);
		between = ", ";
	}
	return *between;
}

char *record_details(const json_t *o)
{
	const struct row *r = row_of(o);
	const char *report = json_text_of(o, "report");
	char *text = NULL;
	size_t length;
	FILE *out = must(open_memstream(&text, &length));

	fputs(report, out);
	if (*report && report[strlen(report) - 1] != '\n')
		fputc('\n', out);
	if (print_keys(o, r->shown, 9, out))
		fputc('\n', out);
	fclose(out);
	return must(text);
}

char *record_remark(const json_t *o)
{
	char *text = NULL;
	size_t length;
	FILE *out = must(open_memstream(&text, &length));

	fprintf(out, "%s: ", json_text_of(o, "type"));
	print_keys(o, NULL, 0, out);
	fclose(out);
	return must(text);
}

double record_seconds(const json_t *o)
{
	return json_number_value(json_object_get(o, "elapsed_s"));
}
