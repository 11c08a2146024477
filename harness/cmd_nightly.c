/* SPDX-License-Identifier: GPL-2.0-only */
/* rmaptorture nightly: a plan's jobs, in the time that there is; see nightly/night.h. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/build-id.h"
#include "cli/exit.h"
#include "cli/json.h"
#include "cli/must.h"
#include "cli/number.h"
#include "cli/utc.h"
#include "nightly/known.h"
#include "nightly/night.h"
#include "pool.h"

/* Where clusters say which part this is: variables of the number, of how many there are, and of the first number or what it is. */
static const struct {
	const char *number, *count, *first;
	u64 first_is;
} clusters[] = {
	{ "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN", 1 },
	{ "JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", NULL, 0 },
	{ "PARALLEL_SEQ", "PARALLEL_SHARDS", NULL, 1 },
};

static bool number_in(const char *variable, u64 *number)
{
	const char *text = variable ? getenv(variable) : NULL;

	return text && parse_number(text, 0, 1000000, number);
}

static bool shard_of_cluster(struct night *n)
{
	for (unsigned i = 0; i < ARRAY_SIZE(clusters); i++) {
		u64 k, count, first = clusters[i].first_is;

		if (!number_in(clusters[i].number, &k) || !number_in(clusters[i].count, &count))
			continue;
		number_in(clusters[i].first, &first);
		n->shard = (unsigned)(k - first + 1);
		n->shards = (unsigned)count;
		return k >= first && n->shard <= count;
	}
	return false;
}

static bool shard_of_text(struct night *n, const char *text)
{
	u64 k, of;
	const char *slash = parse_digits(text, &k);

	if (!slash || *slash != '/' || !parse_number(slash + 1, 1, 100000, &of) || k < 1 || k > of)
		return false;
	n->shard = (unsigned)k;
	n->shards = (unsigned)of;
	return true;
}

static int take_shard(struct night *n, const struct options *o)
{
	n->shard = n->shards = 1;
	if (!o->shard)
		return EXIT_CLEAN;
	if (!strcmp(o->shard, "auto"))
		return shard_of_cluster(n) ? EXIT_CLEAN :
		       usage_error("nightly --help", "--shard auto: expected variables of a cluster (SLURM_ARRAY_TASK_ID and _COUNT, "
				   "JOB_COMPLETION_INDEX and JOB_COMPLETIONS, PARALLEL_SEQ and PARALLEL_SHARDS), found none that agree");
	return shard_of_text(n, o->shard) ? EXIT_CLEAN :
	       usage_error("nightly --help", "--shard: expected K/N with K from 1 to N, found '%s'", o->shard);
}

/* It becomes the name of a directory. */
static int take_name(struct night *n, const struct options *o)
{
	char day[16];

	if (o->night) {
		if (strspn(o->night, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != strlen(o->night) ||
		    strlen(o->night) > 64 || o->night[0] == '.')
			return usage_error("nightly --help", "--night: expected at most 64 letters, digits, '.', '_', '-', found '%s'",
					   o->night);
		n->name = must(strdup(o->night));
		return EXIT_CLEAN;
	}
	if (asprintf(&n->name, "%s-%.12s", utc_now(day, sizeof(day), UTC_DAY), build_commit) < 0)
		must(NULL);
	return EXIT_CLEAN;
}

/* Shards have databases of their own, whatever file systems they share. */
static void take_places(struct night *n, const struct options *o)
{
	char part[32] = "";

	if (n->shards > 1)
		snprintf(part, sizeof(part), ".%u-of-%u", n->shard, n->shards);
	if (asprintf(&n->dir, "%s/%s%s", o->artifacts, n->name, part) < 0)
		must(NULL);
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): what asprintf() is given is one member, and the name is in another */
	if (o->db)
		n->db = must(strdup(o->db));
	else if (asprintf(&n->db, "%s/results.db", n->shards > 1 ? n->dir : o->artifacts) < 0)
		must(NULL);
}

/* The day, so that each night looks elsewhere; of a night that goes on, what it began with. */
static u64 seed_of(const struct night *n, const struct options *o)
{
	char day[16];

	if (options_given(o, OPT_SEED))
		return o->seed;
	if (n->header)
		return (u64)json_integer_value(json_object_get(n->header, "seed"));
	return strtoul(utc_now(day, sizeof(day), "%Y%m%d"), NULL, 10);
}

static int take_header(struct night *n)
{
	char *path = night_path(n, "night.json");
	json_error_t wrong;
	int status = EXIT_CLEAN;

	n->header = json_load_file(path, 0, &wrong);
	/* No such file is how a night begins. */
	if (!n->header && wrong.line > 0)
		status = input_error("%s:%d:%d: expected the header of a night, found another thing: %s", path, wrong.line, wrong.column,
				     wrong.text);
	free(path);
	return status;
}

static int take_jobs(struct night *n, const struct options *o)
{
	char err[ERR_LEN];
	struct plan *plan = plan_read(o->plan, err);

	if (!plan)
		return input_error("%s", err);
	if (jobs_from_plan(&n->jobs, plan, o, n->seed, n->shards, err))
		return input_error("%s", err);
	n->known = o->known_findings ? known_read(o->known_findings, err) : json_array();
	return n->known ? EXIT_CLEAN : input_error("%s", err);
}

int cmd_nightly(const struct options *o)
{
	struct night n = { .options = o, .time_s = (double)o->time_ns * 1e-9, .began = now_s() };
	int status;

	if (o->seed > INT64_MAX)
		return usage_error("nightly --help", "--seed: expected a number up to %ld, found %lu", INT64_MAX, o->seed);
	status = take_shard(&n, o);

	if (!status)
		status = take_name(&n, o);
	if (status)
		return status;
	take_places(&n, o);
	status = take_header(&n);
	if (!status) {
		n.seed = seed_of(&n, o);
		status = take_jobs(&n, o);
	}
	if (!status && o->dry_run)
		night_tell_plan(&n);
	else if (!status)
		status = night_open(&n);
	if (!status && !o->dry_run)
		known_add(n.known, json_text_of(n.header, "began"), &n.jobs.known, NULL);
	if (!status && !o->dry_run)
		status = night_run(&n);
	night_close(&n);
	return status;
}
