/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A scenario: what a .scn file says, parsed and checked, ready to be run any number of times.
 *
 * Concurrency: immutable after scn_parse() returned it; any number of threads may read it.
 */
#ifndef HARNESS_SCN_SCENARIO_H
#define HARNESS_SCN_SCENARIO_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SCN_MAX_THREADS 12	/* scenario threads; the controlled scheduler has 16 in all */
#define SCN_MAX_NAMES 128	/* bound names: mms, areas, locks, values */
#define SCN_MAX_GOALS 8
#define SCN_MAX_NEAR 8
#define SCN_MAX_OUTCOMES 16
#define SCN_MAX_CONDITIONS 8	/* in one outcome */
#define SCN_MAX_FILE_PAGES 16	/* pages in a file */
#define SCN_VALUE_BITS 32	/* of a page's content that a scenario writes and sees */

/* What a name stands for. A name keeps its kind for the whole file. */
enum scn_kind { SCN_MM, SCN_AREA, SCN_MUTEX, SCN_RWSEM, SCN_SPINLOCK, SCN_VALUE, SCN_FILE, SCN_MEMCG, SCN_GUEST, SCN_DEVICE };

/* What came of an operation: the words are in outcome.c. */
enum scn_result {
	SCN_NOTHING,		/* it was not carried out (yet) */
	SCN_NUMBER,		/* what was read or counted: scn_value.number */
	SCN_OK,
	SCN_GONE,		/* an operand was gone */
	SCN_SEGV,		/* nothing is mapped at the address, or it may not be accessed so */
	SCN_ENOMEM,
	SCN_AGAIN,		/* somebody else was using it */
	SCN_NONE,		/* there is no page at the address */
	SCN_YES,
	SCN_NO,
	SCN_SIGBUS,		/* the address is mapped, and lies beyond the end of its file */
	SCN_EINVAL,		/* it cannot be done with a file */
	SCN_ACTIVE,		/* the page was used, and stays */
	SCN_NR_RESULTS
};

struct scn_value {
	enum scn_result result;
	uint32_t number;
};

/* What is good and bad about an outcome. */
enum scn_grade { SCN_ACCEPTABLE, SCN_INTERESTING, SCN_FORBIDDEN, SCN_NR_GRADES };

extern const char *const scn_result_text[SCN_NR_RESULTS];
extern const char *const scn_grade_text[SCN_NR_GRADES];

/* What an operation takes, in the order of its words in the file. One row per operation: ops.c */
enum scn_arg {
	ARG_NONE,
	ARG_MM,			/* NAME of an mm */
	ARG_PAGE,		/* AREA[i] */
	ARG_RANGE,		/* AREA, AREA[i] or AREA[i..j] (j included) */
	ARG_COUNT,		/* an integer >= 1, or the name of a param */
	ARG_LOCK,		/* NAME of a mutex, rwsem or spinlock; which of them: scn_op.lock */
	ARG_SET,		/* '=' value */
	ARG_EXPECT,		/* optional '==' value */
	ARG_WORD,		/* a fixed word (scn_op.word) */
	ARG_CHOICE,		/* one of the words of scn_op.choice; which: scn_stmt.value */
	ARG_BACKING,		/* "anon", "huge", "stack", or "shared" or "private" and FILE or FILE[i], from which page on */
	ARG_FILE,		/* NAME of a file */
	ARG_FILE_PAGE,		/* FILE[i], which may lie beyond its end */
	ARG_FILE_RANGE,		/* FILE, FILE[i] or FILE[i..j] */
	ARG_MEMCG,		/* NAME of a memory control group */
	ARG_SIZE,		/* pages of a file, 0 to SCN_MAX_FILE_PAGES */
	ARG_GUEST,		/* NAME of a guest */
	ARG_DEVICE,		/* NAME of a device */
};

/* What memory that is mapped is a view of. */
enum scn_backing { SCN_ANON, SCN_SHARED, SCN_PRIVATE, SCN_HUGE, SCN_STACK };

#define SCN_MAX_ARGS 3

/* What an operation has to do with a name before '='. */
enum scn_binding {
	SCN_BINDS_NOTHING,
	SCN_DECLARES,		/* "mm P": the name stands after the operation */
	SCN_MAKES,		/* "C = P: fork": must be given a name */
	SCN_GIVES,		/* "x = P: read a[0]": may be given one, of a value */
};

struct scn_op {
	const char *name;
	const char *about;	/* one line for the documentation */
	int subject;		/* 1: must be written "MM: op"; 0: must not */
	enum scn_binding binding;
	enum scn_kind binds;	/* what the name is bound to, unless SCN_BINDS_NOTHING */
	unsigned gives;		/* SCN_GIVES: bit mask of 1 << enum scn_result */
	const char *word;	/* the word of ARG_WORD */
	const char *const *choice;	/* the words of ARG_CHOICE, NULL at the end */
	unsigned lock_kinds;	/* for ARG_LOCK: bit mask of 1 << enum scn_kind */
	enum scn_arg args[SCN_MAX_ARGS + 1];
};

/* The table of operations, in harness/scn/ops.c; indices are enum scn_op_id of scn/ops.h. */
extern const struct scn_op scn_ops[];
extern const unsigned scn_nr_ops;

struct scn_stmt {
	uint16_t op;		/* index into scn_ops, or SCN_REPEAT / SCN_END */
	int16_t bind;		/* name slot that is bound, or -1 */
	int16_t subject;	/* name slot of the mm, or -1 */
	int16_t name;		/* name slot of the ARG_MM, ARG_GUEST or ARG_DEVICE operand, or -1 */
	int16_t area;		/* name slot of the ARG_PAGE / ARG_RANGE operand, or -1 */
	int16_t lock;		/* name slot of the ARG_LOCK operand, or -1 */
	int16_t file;		/* name slot of the file operand, or -1 */
	int16_t memcg;		/* name slot of the ARG_MEMCG operand, or -1 */
	uint16_t backing;	/* ARG_BACKING: enum scn_backing */
	int32_t first, last;	/* page indices, of the area or the file; -1, -1: the whole of it */
	int64_t count;		/* ARG_COUNT, ARG_SIZE, or the number of rounds of SCN_REPEAT */
	uint64_t value;		/* ARG_SET / ARG_EXPECT; ARG_CHOICE: index of the word */
	int has_value;
	int32_t match;		/* SCN_REPEAT: index of its SCN_END, and the other way round */
	int line, column;
};

/* Of mmap: is what it maps a file's? */
static inline int scn_maps_file(const struct scn_stmt *s)
{
	return s->backing == SCN_SHARED || s->backing == SCN_PRIVATE;
}

#define SCN_REPEAT 0xfffe	/* start of a repeated group */
#define SCN_END 0xffff		/* its end */

/* Does the statement take such an argument? */
int scn_takes(const struct scn_stmt *s, enum scn_arg arg);

struct scn_name {
	char *text;
	enum scn_kind kind;
	int bound_by;		/* -1 setup, -2 finally, else index of the thread that binds it first */
	int line, column;
};

struct scn_body {
	char *name;		/* thread name; "setup", "finally" */
	struct scn_stmt *stmt;
	unsigned nr;
	int line;
};

struct scn_goal {
	char *name;
	int line, column;
};

/* "near EVENT": counted and told, never a failure. */
struct scn_near {
	char *event;
	char *about;
	int line, column;	/* of the event */
};

/* "story DEFECT": the scenario tells of this one, and is not for who is to find it knowing nothing. */
struct scn_story {
	char *defect;		/* NULL: it tells of none */
	int line, column;
};

struct scn_condition {
	int16_t name;		/* slot of a value */
	struct scn_value value;
};

/* "outcome GRADE NAME == VALUE ...": holds when all conditions do; the first that holds decides. */
struct scn_outcome {
	enum scn_grade grade;
	struct scn_condition condition[SCN_MAX_CONDITIONS];
	unsigned nr;
	char *about;
	int line;
};

struct scn_param {
	char *name;
	int64_t value;
};

struct scenario {
	char *name;
	char *about;
	char *text;		/* the file as it was read: replay files carry it */
	char *path;		/* as given to scn_parse(), for messages */
	struct scn_body setup, finally;
	struct scn_body thread[SCN_MAX_THREADS];
	unsigned nr_threads;
	struct scn_name name_of[SCN_MAX_NAMES];
	unsigned nr_names;
	struct scn_goal goal[SCN_MAX_GOALS];
	unsigned nr_goals;
	struct scn_near near[SCN_MAX_NEAR];
	unsigned nr_near;
	struct scn_outcome outcome[SCN_MAX_OUTCOMES];
	unsigned nr_outcomes;		/* 0: every outcome is good */
	struct scn_param param[8];
	unsigned nr_params;
	char *provider;		/* "provider NAME": runs only on this one; NULL: on all */
	struct scn_story story;
	int vma_locks;		/* "policy vma-locks" stands in this line; 0: it does not */
};

struct scn_error {
	char text[256];		/* "file:line:column: expected ..., found ...": one line, no newline */
};

/*
 * Parse text (length bytes, need not end in NUL) that came from path (for messages only).
 * Returns the scenario, or NULL with *err filled in. Free it with scn_free().
 */
struct scenario *scn_parse(const char *path, const char *text, size_t length,
			   struct scn_error *err);

/* As scn_parse(), from a file; "cannot read" is an error of the same form. */
struct scenario *scn_load(const char *path, struct scn_error *err);

void scn_free(struct scenario *scn);

/* "x == 1 y == gone", or "x==1,y==gone" if terse; in buf, which is returned. */
const char *scn_condition_text(const struct scenario *scn, const struct scn_outcome *row, int terse,
			       char *buf, size_t size);

/* A number, or the word; in buf, which is returned. */
const char *scn_value_text(const struct scn_value *value, char buf[16]);

/*
 * What a statement is called where a line number would not last: "Q-read-b-0-1" for "Q: read b[0] == 1". Adding a comment to the file,
 * or cutting other statements, does not change it. In buf, which is returned.
 */
const char *scn_statement_key(const struct scenario *scn, const struct scn_stmt *s, char *buf, size_t size);

/* Write the scenario in canonical form: parsing that gives the same statements. */
void scn_print(const struct scenario *scn, FILE *out);

#endif
