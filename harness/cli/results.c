/* SPDX-License-Identifier: GPL-2.0-only */
/* See results.h. */
#include "cli/results.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/exit.h"
#include "cli/json.h"
#include "cli/must.h"
#include "cli/record.h"
#include "cli/usage.h"

/* The one document of a run of the program. */
static struct {
	const struct command *command;
	const struct options *options;
	const struct result_format *format;	/* NULL: text or JSON, nothing to be done here */
	json_t *names;			/* an object: those that tests have */
	unsigned expected, nr[NR_MARKS];
	bool open;
	struct timespec began;
} document;

static const struct result_format *const formats[] = {
	[FORMAT_TEXT] = NULL, [FORMAT_KTAP] = &result_ktap, [FORMAT_JUNIT] = &result_junit, [FORMAT_JSON] = NULL,
};

void results_begin(const struct command *command, const struct options *o)
{
	document = (__typeof__(document)){
		.command = command, .options = o, .format = formats[o->format], .names = must(json_object()),
	};
	clock_gettime(CLOCK_MONOTONIC, &document.began);
}

bool results_machine_only(void)
{
	return document.format != NULL;
}

/* Bad input prints nothing, so the first line waits for the first result. */
static void open_document(void)
{
	if (document.open)
		return;
	document.open = true;
	document.format->open(document.command->name);
}

void results_expect(unsigned nr)
{
	if (!document.format || !nr)
		return;
	open_document();
	document.expected = nr;
	document.format->expect(nr);
}

/* What comes twice gets a number: "replay.cow-twice.anon-chain-2". */
static void make_unique(char name[RECORD_NAME])
{
	size_t length = strlen(name);

	if (length > RECORD_NAME - 8)
		length = RECORD_NAME - 8;
	for (unsigned i = 2; json_object_get(document.names, name); i++)
		snprintf(name + length, RECORD_NAME - length, "-%u", i);
	json_object_set_new(document.names, name, json_true());
}

static void tell(struct test *t, const char *wanted)
{
	char name[RECORD_NAME];

	open_document();
	snprintf(name, sizeof(name), "%s", wanted);
	make_unique(name);
	t->name = name;
	document.nr[t->mark]++;
	document.format->test(t);
}

void results_put(const json_t *o)
{
	struct judgement j;
	char name[RECORD_NAME], *text;

	if (!record_judge(o, &j)) {
		text = record_remark(o);
		open_document();
		document.format->note(text);
	} else {
		text = record_details(o);
		record_name(o, name);
		tell(&(struct test){
			.type = json_string_value(json_object_get(o, "type")), .mark = j.mark, .why = j.why, .kind = j.kind,
			.details = text, .seconds = record_seconds(o),
		}, name);
	}
	free(text);
}

/* ---- the end ---- */

/* What an exit status stands for. */
static const struct {
	enum mark mark;
	const char *why, *kind;
} meaning[] = {
	[EXIT_CLEAN] = { MARK_PASS, "", "" },
	[EXIT_FINDINGS] = { MARK_FAIL, "findings", "findings" },
	[EXIT_USAGE] = { MARK_ERROR, "bad input: standard error says what", "bad-input" },
	[EXIT_INCONCLUSIVE] = { MARK_ERROR, "inconclusive: not all of it was done, or not all of it counts", "inconclusive" },
	[EXIT_SKIPPED] = { MARK_SKIP, "nothing could run here", "skipped" },
};

static unsigned nr_tests(void)
{
	return document.nr[MARK_PASS] + document.nr[MARK_FAIL] + document.nr[MARK_ERROR] + document.nr[MARK_SKIP];
}

/* A document that says something else than the exit status would lead astray whoever looks at one of them only. */
static void explain(int status)
{
	enum mark mark = meaning[status].mark;
	char name[RECORD_NAME];

	snprintf(name, sizeof(name), "%s.missing", document.command->name);
	while (nr_tests() < document.expected)
		tell(&(struct test){ .type = document.command->name, .mark = MARK_ERROR, .kind = "missing", .details = "",
				     .why = "no result came" }, name);
	snprintf(name, sizeof(name), "%s.end", document.command->name);
	if (!document.expected && (!nr_tests() || !(document.nr[mark] || mark == MARK_PASS)))
		tell(&(struct test){ .type = document.command->name, .mark = mark, .kind = meaning[status].kind, .details = "",
				     .why = meaning[status].why }, name);
}

int results_end(int status)
{
	struct whole w = { .options = document.options };
	struct timespec now;

	if (document.format && (status != EXIT_USAGE || document.open)) {
		open_document();
		explain(status);
		clock_gettime(CLOCK_MONOTONIC, &now);
		w.seconds = (double)(now.tv_sec - document.began.tv_sec) + (double)(now.tv_nsec - document.began.tv_nsec) / 1e9;
		w.name = document.command->name;
		w.mark = meaning[status].mark;
		w.why = meaning[status].why;
		memcpy(w.nr, document.nr, sizeof(w.nr));
		document.format->close(&w);
	}
	json_decref(document.names);
	document.format = NULL;
	return status;
}

int results_without_verdicts(const struct options *o, const char *what, bool is_document)
{
	static const char *const name[] = {
		[FORMAT_TEXT] = "text", [FORMAT_KTAP] = "ktap", [FORMAT_JUNIT] = "junit", [FORMAT_JSON] = "json",
	};
	char see[64];

	if (!formats[o->format] && !(is_document && o->format == FORMAT_JSON))
		return 0;
	snprintf(see, sizeof(see), "%s --help", document.command->name);
	return usage_error(see, "--format: expected %s, since %s %s; found '%s'", is_document ? "text" : "text or json", what,
			   is_document ? "prints a document" : "has no verdicts", name[o->format]);
}
