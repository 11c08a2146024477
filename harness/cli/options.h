/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line, parsed: what a command was asked to do.
 *
 * Concurrency: filled in before any thread starts, constant afterwards.
 */
#ifndef HARNESS_CLI_OPTIONS_H
#define HARNESS_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/usage.h"

enum option_id {
	OPT_PROVIDER,
	OPT_DEFECT,
	OPT_SEED,
	OPT_SEEDS,
	OPT_ALL,
	OPT_BLIND,
	OPT_MODE,
	OPT_ABLATION,
	OPT_BUILT_IN,
	OPT_EXECUTIONS,
	OPT_SCHEDULES,
	OPT_TIME,
	OPT_PREEMPTIONS,
	OPT_CHOICES,
	OPT_STRATEGY,
	OPT_KNOWN,
	OPT_TARGET,
	OPT_POINTS,
	OPT_RACES,
	OPT_TEAR,
	OPT_MEMBERS,
	OPT_MEMORY,
	OPT_BY_SEED,
	OPT_MINIMISE,
	OPT_THREADS,
	OPT_NOISE,
	OPT_NOISE_PROFILE,
	OPT_ROUNDS,
	OPT_JOBS,
	OPT_ORACLES,
	OPT_PARAM,
	OPT_LOCKING,
	OPT_TREE,
	OPT_ERA,
	OPT_LINT,
	OPT_OBSERVED,
	OPT_TRACE,
	OPT_STEP,
	OPT_SVG,
	OPT_AFFINITY,
	OPT_MEMORY_MAX,
	OPT_PLAN,
	OPT_SHARD,
	OPT_NIGHT,
	OPT_KNOWN_FINDINGS,
	OPT_DRY_RUN,
	OPT_DB,
	OPT_HTML,
	OPT_AGAINST,
	OPT_ARTIFACTS,
	OPT_FORMAT,
	OPT_VERBOSE,
	OPT_HELP,
	NR_OPTIONS
};

enum output_format { FORMAT_TEXT, FORMAT_KTAP, FORMAT_JUNIT, FORMAT_JSON };

struct string_list {
	char **item;		/* each one non-empty, none twice, in the order given */
	unsigned int nr;
};

static inline bool string_list_has(const struct string_list *list, const char *text)
{
	for (unsigned int i = 0; list && i < list->nr; i++)
		if (!strcmp(list->item[i], text))
			return true;
	return false;
}

struct param_list {
	struct param_value {
		char *name;
		int64_t value;
	} *item;		/* none twice; the value given last */
	unsigned int nr;
};

struct options {
	enum command_id command;
	struct string_list operands;
	uint64_t given;		/* bit per enum option_id: options_given() */

	/* What was not given holds its default for this command; 0 or NULL if there is none. */
	struct string_list providers, defects;
	struct string_list known;
	struct string_list oracles;	/* a leading '-' switches one off */
	struct param_list params;
	uint64_t seed, seeds, executions, schedules, time_ns, preemptions, choices, threads, noise, rounds, jobs;
	char *strategy, *target, *artifacts, *locking, *tree;
	char *trace, *svg, *affinity, *plan, *shard, *night, *known_findings, *db, *html, *against;
	uint64_t memory_max;		/* MiB; 0: no ceiling */
	unsigned int format;		/* enum output_format */
	unsigned int noise_profile;	/* enum noise_profile; NOISE_PROFILES: mixed */
	unsigned int mode;		/* enum hunt_mode */
	unsigned int points, races;	/* 1: at each access, what the kernel tolerates as well */
	unsigned int memory;		/* enum memory_model */
	unsigned int era;		/* 0: any; else a bit of enum kernel_era, counted from 1 */
	bool all, blind, built_in, ablation, tear, members, minimise, by_seed, step, lint, observed, dry_run, verbose;
};

enum options_result { OPTIONS_OK, OPTIONS_HELP, OPTIONS_BAD };

/*
 * Parse the words after the command's name; argv[0] is that name. On OPTIONS_BAD, text holds the
 * message (without "rmaptorture: " and without newline). Pair each call with options_free().
 */
enum options_result options_parse(const struct command *command, int argc, char **argv,
				  struct options *options, char text[USAGE_TEXT]);

void options_free(struct options *options);

/* Was it on the command line? */
static inline bool options_given(const struct options *options, enum option_id id)
{
	return options->given >> id & 1;
}

/* Does the command have that option? */
bool option_applies(enum option_id id, const struct command *command);

#endif
