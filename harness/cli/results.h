/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results for machines, in the format that was asked for. Commands make JSON objects (json.h); as JSON Lines these are printed as they
 * are, in KTAP and JUnit each is a test or a remark (record.h), and the command is what these tests belong to.
 *
 * Concurrency: one thread only, the one that prints results, in the process that began; workers print nothing.
 */
#ifndef HARNESS_CLI_RESULTS_H
#define HARNESS_CLI_RESULTS_H

#include <jansson.h>
#include <stdbool.h>

#include "cli/options.h"

/* Do results go to a machine? Then nothing but put_json() prints on standard output. */
static inline bool format_is_machine(const struct options *o)
{
	return o->format != FORMAT_TEXT;
}

/* Once, before the command runs. The options must live until results_end(). */
void results_begin(const struct command *command, const struct options *o);

/*
 * There will be this many tests, of which each is told even if the run is interrupted: then KTAP can print its plan first and each
 * test as it comes. Without this call tests are kept until the end.
 */
void results_expect(unsigned nr);

/* Complete the document. status is the program's; it is returned. After bad input that came before any result nothing is printed. */
int results_end(int status);

/* For put_json(): is it KTAP or JUnit? And a record for that. */
bool results_machine_only(void);
void results_put(const json_t *o);

/*
 * For commands that have no verdicts: EXIT_USAGE and one line if KTAP or JUnit was asked for, or JSON where a document is printed that
 * has one form only; else 0. what: "list", "lockdoc fmt".
 */
int results_without_verdicts(const struct options *o, const char *what, bool document);

/* ---- the formats, ktap.c and junit.c ---- */

enum mark { MARK_PASS, MARK_FAIL, MARK_ERROR, MARK_SKIP, NR_MARKS };

struct test {
	const char *type;		/* of its record */
	const char *name;		/* with the type in front: "explore.fork-vs-reclaim.anon-chain"; no '#', no blanks, unique */
	enum mark mark;
	const char *why;		/* one line; "": nothing to say */
	const char *kind;		/* of failures and errors: "O8/chain-order", "goal-missed" */
	const char *details;		/* lines, "" or with a newline at the end */
	double seconds;			/* 0: not known */
};

struct whole {
	const char *name;		/* "explore" */
	enum mark mark;			/* what the exit status stands for */
	const char *why;
	unsigned nr[NR_MARKS];		/* tests */
	double seconds;
	const struct options *options;
};

/* All text is of one line's characters: printable, UTF-8. [open, tell, ..., close] */
struct result_format {
	void (*open)(const char *name);
	void (*expect)(unsigned nr);	/* after open(), before any test */
	void (*test)(const struct test *t);
	void (*note)(const char *line);
	void (*close)(const struct whole *w);
};

extern const struct result_format result_ktap, result_junit;

#endif
