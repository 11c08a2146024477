/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One job: the program is started, what it prints goes to a file, and what it has found is seen again and drawn. The record of the job
 * is written last: a job without one has not ended, and is done again.
 */
#define _GNU_SOURCE
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/files.h"
#include "cli/must.h"
#include "cli/utc.h"
#include "nightly/child.h"
#include "nightly/night.h"
#include "nightly/records.h"
#include "pool.h"
#include "results/results.h"

#define HANDOVER_EXECUTIONS "20000"	/* under controlled schedules, for what real threads have shown */

struct work {
	const struct night *night;
	const struct job *job;
	double limit_s;
	char *program;			/* NULL: there is no such flavour */
	char *artifacts;		/* directory */
	char **command;			/* without the program */
	int out, err;
	unsigned attempt;
	char began[24];
	struct child main;
	const char *state;
	char why[400];
	json_t *replays;
};

/* ---- can it run here? ---- */

static bool in_path(const char *name)
{
	const char *at = getenv("PATH");
	char path[4096];

	for (at = at ? at : ""; *at; at += strcspn(at, ":"), at += *at == ':') {
		snprintf(path, sizeof(path), "%.*s/%s", (int)strcspn(at, ":"), at, name);
		if (!access(path, X_OK))
			return true;
	}
	return false;
}

static bool possible(struct work *w)
{
	const struct words *needs = &w->job->group->needs;

	if (!w->program) {
		snprintf(w->why, sizeof(w->why), "there is no program of the flavour %s beside this one (make %s)", w->job->group->flavour,
			 w->job->group->flavour);
		return false;
	}
	for (unsigned i = 0; i < needs->nr; i++)
		if (strchr(needs->word[i], '/') ? access(needs->word[i], R_OK) : !in_path(needs->word[i])) {
			snprintf(w->why, sizeof(w->why), "it needs %s, which is not here", needs->word[i]);
			return false;
		}
	if (w->limit_s > 0 && job_time_each(w->job, w->limit_s) * 1000 < (double)w->job->group->least_ms) {
		w->state = "cut";
		snprintf(w->why, sizeof(w->why), "there is no time for it: %.3f s each, and it needs %.3f s at least",
			 job_time_each(w->job, w->limit_s), (double)w->job->group->least_ms / 1000);
		return false;
	}
	return true;
}

/* ---- files ---- */

static char *job_file(const struct work *w, const char *ending)
{
	return night_path(w->night, "jobs/%s%s", w->job->name, ending);
}

/* What an attempt before this one has printed is kept under another name: what it found was found. */
static void put_aside(struct work *w)
{
	char *now = job_file(w, ".jsonl"), *record = job_file(w, ".json"), *aside = NULL;

	for (w->attempt = 1;; w->attempt++) {
		free(aside);
		aside = night_path(w->night, "jobs/%s.%u.jsonl", w->job->name, w->attempt);
		if (access(aside, F_OK))
			break;
	}
	if (!access(now, F_OK) && !rename(now, aside))
		w->attempt++;
	unlink(record);
	free(aside);
	free(now);
	free(record);
}

static int open_file(const struct work *w, const char *ending)
{
	char *path = job_file(w, ending);
	int fd = text_file_begin(path);

	if (fd < 0)
		warn("%s", path);
	free(path);
	return fd;
}

/* ---- starting programs ---- */

static const char **words_of(const struct words *before, const char *program, const char *const *behind)
{
	unsigned nr = 0, n = 0;
	const char **all;

	while (behind[n])
		n++;
	all = must(calloc(before->nr + n + 2, sizeof(*all)));
	for (unsigned i = 0; i < before->nr; i++)
		all[nr++] = before->word[i];
	all[nr++] = program;
	memcpy(all + nr, behind, n * sizeof(*all));
	return all;
}

/* As far as it is known how long it may take: who exceeds that by far hangs. */
static double hard_limit(const struct work *w)
{
	return w->limit_s > 0 ? 3 * w->limit_s + 120 : fmax(900, 30 * w->job->estimate_s);
}

static void run_main(struct work *w)
{
	const char **words = words_of(&w->job->group->under, w->program, (const char *const *)w->command);

	w->main = (struct child){ .words = words, .out = w->out, .err = w->err, .limit_s = hard_limit(w) };
	child_run(&w->main);
	free(words);
}

/* ---- how it ended ---- */

/* The first line that it complained with: the word after the program's name. */
static void first_complaint(const struct work *w, char *text, size_t size)
{
	char *path = job_file(w, ".err");
	FILE *file = fopen(path, "re");

	text[0] = 0;
	if (file && fgets(text, (int)size, file))
		text[strcspn(text, "\n")] = 0;
	if (file)
		fclose(file);
	free(path);
}

static void judge_state(struct work *w)
{
	const struct child *c = &w->main;
	char said[300];

	first_complaint(w, said, sizeof(said));
	if (interrupted || c->late) {
		w->state = "cut";
		snprintf(w->why, sizeof(w->why), c->late ? "it did not end within %.0f s" : "the night was cut short", c->limit_s);
	} else if (c->signal) {
		w->state = "failed";
		snprintf(w->why, sizeof(w->why), "killed by signal %d (%s)%s%s", c->signal, strsignal(c->signal), *said ? ": " : "", said);
	} else if (c->status == 4) {
		w->state = "skipped";
		snprintf(w->why, sizeof(w->why), "%s", *said ? said : "nothing could run here");
	} else if (c->status == 0 || c->status == 1 || c->status == 3) {
		w->state = "done";
	} else {
		w->state = "failed";
		snprintf(w->why, sizeof(w->why), "exit status %d%s%s", c->status, *said ? ": " : "", said);
	}
}

/* ---- what was found: once more ---- */

/* As it stands in records: from the night's directory on. */
static const char *below(const struct night *n, const char *path)
{
	size_t length = strlen(n->dir);

	return !strncmp(path, n->dir, length) && path[length] == '/' ? path + length + 1 : path;
}

/* Was that signature drawn before? One picture of each is enough. */
static bool drawn(const struct work *w, const char *signature)
{
	size_t i;
	json_t *o;

	json_array_foreach(w->replays, i, o)
		if (!strcmp(signature, json_text_of(o, "signature")) && *json_text_of(o, "trace"))
			return true;
	return false;
}

/* under: what starts the program. */
static void replay(struct work *w, const struct words *under, const char *program, const char *file, const char *signature)
{
	const char *behind[] = { "replay", file, "--format", "json", NULL, NULL, NULL };
	char *trace = NULL, *text;
	struct child c = { .out = -1, .err = w->err, .limit_s = 300 };
	json_t *last;

	if (!drawn(w, signature)) {
		if (asprintf(&trace, "%s.trace.json", file) < 0)
			must(NULL);
		behind[4] = "--trace";
		behind[5] = trace;
	}
	c.words = words_of(under, program, behind);
	text = child_output(&c);
	last = text ? json_last(text, "replay") : NULL;
	json_array_append_new(w->replays, json_pack("{s:s s:s s:s s:b s:b}", "signature", signature, "replay", below(w->night, file),
						    "trace",
						    trace && !access(trace, R_OK) ? below(w->night, trace) : "", "same_steps",
						    json_is_true(json_object_get(last, "same_steps")), "same_finding",
						    json_is_true(json_object_get(last, "same_finding"))));
	json_decref(last);
	free(c.words);
	free(text);
	free(trace);
}

/* Real threads have shown it and no schedule is known: explore looks for that one. What it prints is added to the job's. */
static void hand_over(struct work *w, const json_t *finding)
{
	char *program = w->job->group->handover ? night_program(w->job->group->handover) : NULL, seed[24];
	const char *const look_for[] = { program, "explore", json_text_of(finding, "scenario"), "--provider",
			    json_text_of(finding, "provider"), "--target", json_text_of(finding, "signature"), "--executions",
			    HANDOVER_EXECUTIONS, "--seed", seed, "--artifacts", w->artifacts, "--jobs", "1", "--format", "json" };
	unsigned n = ARRAY_SIZE(look_for), more = 0;
	struct child c = { .out = w->out, .err = w->err, .limit_s = 600 };

	while (w->command[more])
		more++;
	c.words = must(calloc(n + more + 1, sizeof(*c.words)));
	snprintf(seed, sizeof(seed), "%lu", w->night->seed);
	memcpy(c.words, look_for, sizeof(look_for));
	/* With the defects that it had itself, and what is known: they stand in its command line. */
	for (char **word = w->command; *word; word++)
		if (!strcmp(*word, "--defect") || !strcmp(*word, "--known")) {
			c.words[n++] = word[0];
			c.words[n++] = word[1];
		}
	if (program && *look_for[2] && *look_for[4])
		child_run(&c);
	free(c.words);
	free(program);
}

/* What a job has passed over. It has no replay, and nobody looks for one. */
static bool is_known(const json_t *o)
{
	return !strcmp(json_text_of(o, "type"), "known-finding");
}

static bool seen_before(const json_t *records, size_t upto, const json_t *o)
{
	for (size_t i = 0; i < upto; i++) {
		const json_t *other = json_array_get(records, i);

		if (results_is_finding(other) && !strcmp(json_text_of(other, "signature"), json_text_of(o, "signature")))
			return true;
	}
	return false;
}

static json_t *read_own(struct work *w)
{
	char *path = job_file(w, ".jsonl");
	json_t *records = records_read(path, w->why[0] ? NULL : w->why, sizeof(w->why));

	free(path);
	return records;
}

static void look_again(struct work *w)
{
	static const struct words nothing;
	const char *handover = w->job->group->handover;
	char *other = handover ? night_program(handover) : NULL;
	json_t *records = read_own(w), *o;
	size_t i, own = json_array_size(records);

	if (w->why[0] && !strcmp(w->state, "done"))
		w->state = "failed";	/* what it printed cannot be read */
	json_array_foreach(records, i, o)
		if (results_is_finding(o) && !is_known(o) && !*json_text_of(o, "replay") && handover && !seen_before(records, i, o) &&
		    !interrupted)
			hand_over(w, o);
	json_decref(records);
	records = read_own(w);
	json_array_foreach(records, i, o)
		if (results_is_finding(o) && *json_text_of(o, "replay") && !interrupted)
			replay(w, i < own ? &w->job->group->under : &nothing, i < own ? w->program : other, json_text_of(o, "replay"),
			       json_text_of(o, "signature"));
	json_decref(records);
	free(other);
}

/* ---- the record ---- */

static json_t *array_of(char *const *words)
{
	json_t *list = json_array();

	for (; words && *words; words++)
		json_array_append_new(list, json_string(*words));
	return list;
}

static void write_record(struct work *w)
{
	const struct job *job = w->job;
	char *path = job_file(w, ".json"), *text;
	json_t *o = json_pack("{s:s s:i s:s s:s s:s s:s s:o s:I s:i s:i s:s s:i s:s s:s}", "type", "job", "v", 1, "job", job->name, "group",
			      job->group->name, "flavour", job->group->flavour, "provider", job->provider ? job->provider->name : "",
			      "command", array_of(w->command), "seed", (json_int_t)w->night->seed, "shard", (int)job->shard, "attempts",
			      (int)w->attempt, "state", w->state, "status", w->main.status, "why", w->why, "began", w->began);

	json_object_set_new(o, "elapsed_s", json_real(w->main.elapsed_s));
	json_object_set_new(o, "cpu_s", json_real(w->main.cpu_s));
	json_object_set_new(o, "rss_kib", json_integer(w->main.rss_kib));
	json_object_set_new(o, "build", program_build(w->program, job->group->flavour));
	json_object_set(o, "replays", w->replays);
	text = must(json_dumps(o, JSON_INDENT(1)));
	if (text_file_write(path, text))
		warn("%s", path);
	free(text);
	json_decref(o);
	free(path);
}

void night_work(const struct night *n, const struct job *job, double limit_s)
{
	struct work w = { .night = n, .job = job, .limit_s = limit_s, .program = night_program(job->group->flavour),
			  .artifacts = night_path(n, "artifacts/%s", job->name), .replays = json_array(), .state = "skipped",
			  .main = { .status = -1 } };

	utc_now(w.began, sizeof(w.began), UTC_SECOND);
	w.command = job_command(&n->jobs, job, limit_s, w.artifacts);
	put_aside(&w);
	w.out = open_file(&w, ".jsonl");
	w.err = open_file(&w, ".err");
	if (w.out >= 0 && w.err >= 0 && possible(&w)) {
		run_main(&w);
		judge_state(&w);
		look_again(&w);
	}
	write_record(&w);
	close(w.out);
	close(w.err);
	json_decref(w.replays);
	words_list_free(w.command);
	free(w.artifacts);
	free(w.program);
}
