/* SPDX-License-Identifier: GPL-2.0-only */
/* rmaptorture fuzz: scenarios that nobody wrote. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/results.h"
#include "cli/json.h"
#include "cli/out.h"
#include "explore/strategy.h"
#include "ending.h"
#include "finding_json.h"
#include "fuzz/fuzz.h"
#include "known_tell.h"
#include "settings.h"

struct fuzzing {
	const struct options *options;
	const struct fuzz_config *config;
};

/* ---- telling ---- */

/* What is known of one that did not come again: its signature. */
static void unrepeated(const struct fuzz_finding *f, struct finding *finding, char *report, size_t size)
{
	memset(finding, 0, sizeof(*finding));
	snprintf(finding->signature, sizeof(finding->signature), "%s", f->first.signature);
	snprintf(report, size, "FINDING %s\n  NOT REPEATED, in scenario %s with seed %lu\n", f->first.signature, f->name, f->first.seed);
}

static void found_json(const struct fuzzing *z, const struct fuzz_finding *f)
{
	const struct fuzz_report *r = f->report;
	struct finding finding = r->finding;
	char report[SIGNATURE_LEN + 200];
	json_t *j = json_pack("{s:s s:s s:s s:b}", "type", "fuzz-finding", "provider", z->config->provider->name, "scenario", f->name,
			      "repeated", r->repeated);

	if (!r->repeated)
		unrepeated(f, &finding, report, sizeof(report));
	finding_json(j, &(struct finding_keys){
		.finding = &finding, .report = r->repeated ? r->text : report, .replay = r->replay, .execution = f->at,
		.seed = f->first.seed, .defects = z->config->defects,
	});
	if (r->statements[1]) {
		json_object_set_new(j, "statements_before", json_integer(r->statements[0]));
		json_object_set_new(j, "statements", json_integer(r->statements[1]));
		json_object_set_new(j, "small_scenario", json_text(r->small_scenario));
		json_object_set_new(j, "small_replay", json_text(r->small_replay));
	}
	put_json(j, stdout);
}

static void found(void *arg, const struct fuzz_finding *f)
{
	const struct fuzzing *z = arg;

	progress_clear();
	if (format_is_machine(z->options)) {
		found_json(z, f);
		return;
	}
	if (f->report->repeated)
		fputs(f->report->text, stdout);
	else
		printf("FINDING %s\n  NOT REPEATED, in scenario %s with seed %lu\n", f->first.signature, f->name, f->first.seed);
	if (f->report->statements[1])
		printf("  found as %s, after %lu executions\n", f->report->replay, f->at);
	putchar('\n');
	fflush(stdout);
}

static void tick(void *arg, const struct fuzz_result *r)
{
	const struct fuzz_config *c = ((const struct fuzzing *)arg)->config;
	double by_executions = (double)r->executions / (double)c->executions;
	double by_time = c->time_ns ? r->elapsed_s * 1e9 / (double)c->time_ns : 0;
	char time[PROGRESS_TIME];

	progress("%lu executions (%.0f/s), %s, %u findings, %lu scenarios, %lu kept, %lu racing places", r->executions,
		 (double)r->executions / (r->elapsed_s + 1e-9),
		 progress_time(time, r->elapsed_s, by_executions > by_time ? by_executions : by_time), r->nr_findings, r->scenarios,
		 r->kept, r->features[FEATURE_RACES]);
}

static int status_of(const struct fuzz_result *r)
{
	if (r->nr_findings)
		return EXIT_FINDINGS;
	return r->interrupted || r->failed ? EXIT_INCONCLUSIVE : EXIT_CLEAN;
}

static const char *verdict(const struct fuzz_result *r)
{
	if (r->failed)
		return r->error;
	if (r->interrupted)
		return "interrupted";
	return r->nr_findings ? "findings" : r->known.nr ? KNOWN_ONLY : "clean";
}

static void result_json(const struct fuzzing *z, const struct fuzz_result *r)
{
	static const char *const key[NR_FEATURES] = {
		[FEATURE_LOCKS] = "lock_pairs", [FEATURE_EVENTS] = "event_pairs", [FEATURE_SHAPES] = "family_shapes",
		[FEATURE_RACES] = "racing_places",
	};
	json_t *j = json_pack("{s:s s:s s:o s:o s:I s:I s:I s:I s:I s:I s:I s:b s:f}", "type", "fuzz", "provider",
			      z->config->provider->name, "defects", defects_json(z->config->defects), "seed",
			      json_u64(z->config->seed), "executions", (json_int_t)r->executions, "steps", (json_int_t)r->steps,
			      "stuck", (json_int_t)r->stuck, "scenarios", (json_int_t)r->scenarios, "mutants",
			      (json_int_t)r->mutants, "corpus", (json_int_t)r->kept, "findings", (json_int_t)r->nr_findings,
			      "interrupted", r->interrupted, "elapsed_s", r->elapsed_s);

	for (unsigned i = 0; i < NR_FEATURES; i++)
		json_object_set_new(j, key[i], json_integer((json_int_t)r->features[i]));
	if (r->failed)
		json_object_set_new(j, "error", json_text(r->error));
	put_json(j, stdout);
	known_put(&r->known, &(struct known_place){ "", z->config->provider->name, z->config->defects, z->config->seed });
}

static void print_findings(const struct fuzz_result *r)
{
	static const struct table_column columns[] = {
		{ "finding", ALIGN_LEFT }, { "scenarios", ALIGN_RIGHT }, { "after", ALIGN_RIGHT }, { "first in", ALIGN_LEFT },
	};
	struct table *t = table_new(columns, ARRAY_SIZE(columns));

	for (unsigned i = 0; i < r->nr_findings; i++) {
		table_cell(t, TINT_BAD, "%s", r->finding[i].first.signature);
		table_cell(t, TINT_PLAIN, "%lu", r->finding[i].times);
		table_cell(t, TINT_PLAIN, "%lu", r->finding[i].at);
		table_cell(t, TINT_PLAIN, "%s", r->finding[i].name);
	}
	if (r->nr_findings)
		table_print(t, stdout);
	table_free(t);
}

static void print_result(const struct fuzzing *z, const struct fuzz_result *r)
{
	enum tint tint = r->nr_findings ? TINT_BAD : status_of(r) ? TINT_WARN : TINT_GOOD;

	print_findings(r);
	known_print(&r->known, 1, sizeof(*r));
	printf("%s%s: %lu scenarios (%lu of them changed from others), %lu executions, %lu steps, %.1f s\n", r->nr_findings ? "\n" : "",
	       z->config->provider->name, r->scenarios, r->mutants, r->executions, r->steps, r->elapsed_s);
	printf("%s: %lu scenarios kept for", z->config->provider->name, r->kept);
	for (unsigned i = 0; i < NR_FEATURES; i++)
		printf("%s %lu %s", i ? "," : "", r->features[i], feature_text[i]);
	printf("\n%s: %s%s%s\n", z->config->provider->name, out_tint(stdout, tint), verdict(r), out_tint(stdout, TINT_PLAIN));
}

/* ---- the command ---- */

static int fuzz_one(const struct options *o, const struct settings *settings, const struct rmap_ops *provider)
{
	const struct fuzz_config config = {
		.provider = provider, .defects = DEFECTS_OF(settings), .oracles = settings->oracles,
		.strategy = o->strategy ? o->strategy : "auto", .seed = o->seed, .executions = o->executions,
		.schedules = o->schedules, .time_ns = o->time_ns, .locking = settings->locking, .known = &settings->known,
		.jobs = (unsigned)o->jobs, .artifacts = o->artifacts, .memory = settings->memory, .access = settings->access,
	};
	struct fuzzing z = { .options = o, .config = &config };
	const struct fuzz_listener listener = { .found = found, .tick = tick, .arg = &z };
	struct fuzz_result *r = calloc(1, sizeof(*r));
	int status;

	if (!r)
		die("no memory for the result");
	fuzz_run(&config, &listener, r);
	progress_clear();
	if (format_is_machine(o))
		result_json(&z, r);
	else
		print_result(&z, r);
	status = status_of(r);
	free(r);
	return status;
}

int cmd_fuzz(const struct options *o)
{
	struct settings settings;
	char err[ERR_LEN];
	int status = EXIT_CLEAN;

	if (o->strategy && !strategy_for(o->strategy, 0))
		return usage_error("list strategies", "--strategy: expected the name of a strategy, found '%s'", o->strategy);
	if (settings_from_options(o, &settings, err))
		return input_error("%s", err);
	catch_interrupts();
	for (unsigned i = 0; i < settings.nr_providers; i++)
		status = exit_combine(status, interrupted ? EXIT_INCONCLUSIVE : fuzz_one(o, &settings, settings.provider[i]));
	return status;
}
