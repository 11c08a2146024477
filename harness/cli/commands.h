/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands: one row each, and the functions that carry them out. */
#ifndef HARNESS_CLI_COMMANDS_H
#define HARNESS_CLI_COMMANDS_H

#include <limits.h>
#include <stddef.h>

struct options;

enum command_id {
	CMD_RUN,
	CMD_EXPLORE,
	CMD_VERIFY,
	CMD_STRESS,
	CMD_FUZZ,
	CMD_REPLAY,
	CMD_HUNT,
	CMD_LOCKDOC,
	CMD_NIGHTLY,
	CMD_MERGE,
	CMD_REPORT,
	CMD_BENCH,
	CMD_LIST,
	CMD_DOCTOR,
	NR_COMMANDS
};

/* What a word on the command line may be, for who completes it. Each NULL if it cannot be that. */
struct word_values {
	const char *listed;		/* what `rmaptorture list LISTED` says */
	const char *words;		/* these, with blanks between them */
	const char *files;		/* files of this pattern, "/": directories */
};

struct command {
	const char *name;
	const char *operands;		/* as help shows them: "SCENARIO...", or NULL */
	unsigned int min, max;		/* how many of them; UINT_MAX: any number */
	const char *about;		/* one line */
	int (*handler)(const struct options *options);	/* returns an enum exit_status */
	struct word_values values;	/* what operands may be */
};

/* Indexed by enum command_id. */
extern const struct command commands[NR_COMMANDS];

/* The command of that name, or NULL. */
const struct command *command_find(const char *name);

int cmd_run(const struct options *options);
int cmd_explore(const struct options *options);
int cmd_verify(const struct options *options);
int cmd_stress(const struct options *options);
int cmd_fuzz(const struct options *options);
int cmd_replay(const struct options *options);
int cmd_hunt(const struct options *options);
int cmd_lockdoc(const struct options *options);
int cmd_nightly(const struct options *options);
int cmd_merge(const struct options *options);
int cmd_report(const struct options *options);
int cmd_bench(const struct options *options);
int cmd_list(const struct options *options);
int cmd_doctor(const struct options *options);

#endif
