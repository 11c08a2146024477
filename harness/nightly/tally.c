/* SPDX-License-Identifier: GPL-2.0-only */
/* See tally.h. */
#define _GNU_SOURCE
#include "nightly/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/must.h"
#include "cli/out.h"
#include "nightly/known.h"
#include "nightly/records.h"
#include "results/results.h"

static const char *const job_state_names[NR_JOB_STATES] = {
	[JOB_NOT_RUN] = "not run", [JOB_DONE] = "done", [JOB_CUT] = "cut", [JOB_FAILED] = "failed", [JOB_SKIPPED] = "skipped",
};

/* ---- findings ---- */

static struct tally_finding *find(const struct tally *t, const char *signature)
{
	for (unsigned i = 0; i < t->nr_findings; i++)
		if (!strcmp(t->finding[i].signature, signature))
			return &t->finding[i];
	return NULL;
}

static const char *known_as(const struct night *n, const char *signature)
{
	size_t i;
	json_t *k;

	json_array_foreach(n->known, i, k)
		if (!strcmp(json_text_of(k, "signature"), signature))
			return known_on(k, json_text_of(n->header, "began")) ? "known" : "expired";
	return "";
}

static void take_replay(struct tally_finding *f, const json_t *record)
{
	size_t i;
	json_t *o;

	json_array_foreach(json_object_get(record, "replays"), i, o) {
		if (strcmp(json_text_of(o, "signature"), f->signature) || f->same)
			continue;
		free(f->replay);
		f->replay = must(strdup(json_text_of(o, "replay")));
		f->same = json_is_true(json_object_get(o, "same_finding"));
	}
}

static void put_finding(const struct tally_finding *f, const json_t *o)
{
	put_json(json_pack("{s:s s:s s:s s:s s:s s:s s:s s:b s:s}", "type", "night-finding", "signature", f->signature, "text",
			   json_text_of(o, "text"), "scenario", f->scenario, "provider", f->provider, "job", f->job, "replay", f->replay,
			   "same_finding", (int)f->same, "known", f->known), stdout);
}

static void tell_finding(const struct night *n, const struct tally_finding *f, const json_t *o)
{
	bool known = !strcmp(f->known, "known");

	if (n->options->format != FORMAT_TEXT) {
		put_finding(f, o);
		return;
	}
	progress_clear();
	printf("%s%s %s%s  %s%s%s%s%s%s\n  %s\n", out_tint(stdout, known ? TINT_WARN : TINT_BAD), known ? "known" : "FINDING", f->signature,
	       out_tint(stdout, TINT_PLAIN), f->scenario, *f->scenario ? ", " : "", f->provider, *f->provider ? ", " : "", f->job,
	       *f->known && !known ? ", known until it expired" : "", json_text_of(o, "text"));
	if (*f->replay)
		printf("  rmaptorture replay %s/%s%s\n", n->dir, f->replay, f->same ? "" : " (which did not show it again)");
	fflush(stdout);
}

/* Returns whether it is one that is not known. */
static bool take_finding(struct tally *t, const struct night *n, const struct job *job, const json_t *o, const json_t *record)
{
	struct tally_finding *f = find(t, json_text_of(o, "signature"));
	bool first = !f;

	if (first) {
		t->finding = must(reallocarray(t->finding, t->nr_findings + 1, sizeof(*t->finding)));
		f = &t->finding[t->nr_findings++];
		*f = (struct tally_finding){
			.signature = must(strdup(json_text_of(o, "signature"))), .scenario = must(strdup(json_text_of(o, "scenario"))),
			.provider = must(strdup(json_text_of(o, "provider"))), .job = must(strdup(job->name)), .replay = must(strdup("")),
			.known = known_as(n, json_text_of(o, "signature")),
		};
	}
	f->times++;
	take_replay(f, record);
	if (first)
		tell_finding(n, f, o);
	return strcmp(f->known, "known") != 0;
}

/* ---- jobs ---- */

static enum job_state state_of(const json_t *record)
{
	for (unsigned s = 1; s < NR_JOB_STATES; s++)
		if (!strcmp(json_text_of(record, "state"), job_state_names[s]))
			return s;
	return JOB_NOT_RUN;
}

/* On real threads they are rounds. */
static u64 executions_of(const json_t *o)
{
	const json_t *executions = json_object_get(o, "executions");

	return (u64)json_integer_value(executions ? executions : json_object_get(o, "rounds"));
}

/* Of this attempt and of those before it: what was told is not lost. Returns how many findings are not known. */
static unsigned take_records(struct tally *t, const struct night *n, const struct job *job, const json_t *record)
{
	struct tally_group *g = &t->group[job->group - n->jobs.plan->group];
	int attempts = max((int)json_integer_value(json_object_get(record, "attempts")), 1);
	unsigned unknown = 0;

	for (int a = 1; a <= attempts; a++) {
		char *path = a < attempts ? night_path(n, "jobs/%s.%d.jsonl", job->name, a) : night_path(n, "jobs/%s.jsonl", job->name);
		json_t *records = records_read(path, NULL, 0), *o;
		size_t i;

		json_array_foreach(records, i, o) {
			if (results_is_finding(o)) {
				unknown += take_finding(t, n, job, o, record);
				g->findings++;
			}
			if (a == attempts)
				g->executions += executions_of(o);
		}
		json_decref(records);
		free(path);
	}
	return unknown;
}

/* As it is kept, and how many of its findings are not known. */
static void put_record(json_t *record, unsigned unknown)
{
	json_object_set_new(record, "findings", json_integer(unknown));
	put_json(json_incref(record), stdout);
}

void tally_job(struct tally *t, const struct night *n, const struct job *job, json_t *record)
{
	struct tally_group *g = &t->group[job->group - n->jobs.plan->group];
	enum job_state state = state_of(record);
	unsigned unknown;

	g->jobs[state]++;
	g->elapsed_s += json_number_value(json_object_get(record, "elapsed_s"));
	g->cpu_s += json_number_value(json_object_get(record, "cpu_s"));
	unknown = take_records(t, n, job, record);
	t->ended += state != JOB_NOT_RUN;
	if (n->options->format != FORMAT_TEXT && record)
		put_record(record, unknown);
	else if (state != JOB_DONE && state != JOB_NOT_RUN)
		printf("%s %s: %s\n", job->name, job_state_names[state], json_text_of(record, "why"));
}

void tally_free(struct tally *t)
{
	for (unsigned i = 0; i < t->nr_findings; i++) {
		struct tally_finding *f = &t->finding[i];

		free(f->signature);
		free(f->scenario);
		free(f->provider);
		free(f->job);
		free(f->replay);
	}
	free(t->finding);
}

/* ---- what it comes to ---- */

static void print_group(struct table *table, const struct plan_group *group, const struct tally_group *g)
{
	unsigned all = 0;

	for (unsigned s = 0; s < NR_JOB_STATES; s++)
		all += g->jobs[s];
	if (!all)
		return;
	table_cell(table, TINT_PLAIN, "%s", group->name);
	table_cell(table, TINT_DIM, "%s", group->flavour);
	table_cell(table, g->jobs[JOB_DONE] == all ? TINT_PLAIN : TINT_WARN, "%u/%u", g->jobs[JOB_DONE], all);
	table_cell(table, TINT_PLAIN, "%lu", g->executions);
	table_cell(table, g->findings ? TINT_BAD : TINT_PLAIN, "%u", g->findings);
	table_cell(table, TINT_PLAIN, "%.0f", g->elapsed_s);
	table_cell(table, TINT_PLAIN, "%.0f", g->cpu_s);
}

void tally_print(const struct tally *t, const struct night *n)
{
	static const struct table_column columns[] = {
		{ "group", ALIGN_LEFT },     { "flavour", ALIGN_LEFT },  { "jobs", ALIGN_RIGHT }, { "executions", ALIGN_RIGHT },
		{ "findings", ALIGN_RIGHT }, { "seconds", ALIGN_RIGHT }, { "CPU", ALIGN_RIGHT },
	};
	struct table *table = table_new(columns, ARRAY_SIZE(columns));

	for (unsigned i = 0; i < n->jobs.plan->nr; i++)
		print_group(table, &n->jobs.plan->group[i], &t->group[i]);
	table_print(table, stdout);
	table_free(table);
}

unsigned tally_unknown(const struct tally *t)
{
	unsigned nr = 0;

	for (unsigned i = 0; i < t->nr_findings; i++)
		nr += strcmp(t->finding[i].known, "known") != 0;
	return nr;
}
