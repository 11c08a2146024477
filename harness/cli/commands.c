/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of commands: help, parsing and dispatch all read it. */
#include <string.h>

#include "cli/commands.h"

#define RACES { .listed = "scenarios", .files = "*.scn" }

const struct command commands[NR_COMMANDS] = {
	[CMD_RUN] = { "run", "[SCENARIO...]", 0, UINT_MAX,
		"the main job: a bounded pass over everything, with verdicts", cmd_run, RACES },
	[CMD_EXPLORE] = { "explore", "SCENARIO...", 1, UINT_MAX,
		"run scenarios under controlled schedules", cmd_explore, RACES },
	[CMD_VERIFY] = { "verify", "SCENARIO...", 1, UINT_MAX,
		"try every schedule, or every one with few preemptions", cmd_verify, RACES },
	[CMD_STRESS] = { "stress", "SCENARIO...", 1, UINT_MAX,
		"run scenarios on real threads", cmd_stress, RACES },
	[CMD_FUZZ] = { "fuzz", NULL, 0, 0,
		"random scenarios, fork-biased; what is found is minimised", cmd_fuzz },
	[CMD_REPLAY] = { "replay", "FILE", 1, 1,
		"run the execution of a finding once more", cmd_replay, { .files = "*.replay" } },
	[CMD_HUNT] = { "hunt", "[DEFECT...]", 0, UINT_MAX,
		"switch defects on and measure how soon each is found", cmd_hunt, { .listed = "defects" } },
	[CMD_LOCKDOC] = { "lockdoc", "ACTION [FILE...]", 1, UINT_MAX,
		"look at documents of lock orders, and at the kernel's comments", cmd_lockdoc,
		{ .words = "check graph ingest diff fmt arcs", .files = "*.md" } },
	[CMD_NIGHTLY] = { "nightly", NULL, 0, 0,
		"a bounded night of everything, with results that are kept", cmd_nightly },
	[CMD_MERGE] = { "merge", "INPUT...", 1, UINT_MAX,
		"join results: databases, and the directories of nights", cmd_merge, { .files = "*" } },
	[CMD_REPORT] = { "report", NULL, 0, 0,
		"what nights came to, as text, as pages, against another one", cmd_report },
	[CMD_BENCH] = { "bench", "[FIGURE|GROUP|eras|all]...", 0, UINT_MAX,
		"measure speed, as ratios; eras: what each reverse map pays", cmd_bench,
		{ .words = "points executions reset memory validator oracles locks scaling scenarios eras all" } },
	[CMD_LIST] = { "list", "KIND", 1, 1,
		"say what there is", cmd_list,
		{ .words = "scenarios providers defects oracles locks strategies goals windows" } },
	[CMD_DOCTOR] = { "doctor", NULL, 0, 0,
		"say whether this machine can run everything", cmd_doctor },
};

const struct command *command_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}
