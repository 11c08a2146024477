/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The findings path: what locks and core say when a rule is broken. Who listens is not their business.
 *
 * Callable from any task at any place; takes no lock of the machine.
 */
#ifndef LOCKS_REPORT_H
#define LOCKS_REPORT_H

#include "exec.h"

/* The oracles of DESIGN.md, section 6. */
enum oracle {
	ORACLE_LIFETIME = 1, ORACLE_RMAP, ORACLE_COUNTS, ORACLE_FREE_MAPPED, ORACLE_CONTENT, ORACLE_LOCKS,
	ORACLE_LEAK, ORACLE_STRUCTURE, ORACLE_PROGRESS, ORACLE_ORPHAN, ORACLE_TLB, ORACLE_RACE,
	ORACLE_NR
};

struct violation {
	enum oracle oracle;
	const char *key;		/* stable: with the oracle it is the signature */
	const char *text;		/* one line for people */
	const struct task *task;	/* who did it, or NULL */
	const struct site *site;	/* where, or NULL */
	const char *follows;		/* key of that of ORACLE_LOCKS of which it is a consequence, or NULL */
};

/* The listener. report() returns true when the execution is to end here. */
struct violation_sink {
	bool (*report)(struct violation_sink *sink, const struct violation *v);
};

/*
 * Tell the listener. May not return: a controlled execution ends here if the listener says so. Under real threads the task
 * stops for good in that case. key may not contain addresses or numbers that differ from run to run.
 */
void violation_at(enum oracle oracle, const char *key, const struct site *site, const char *fmt, ...) __printf(4, 5);
/* The same of what comes of another violation, which the listener has let pass; follows: its key, or NULL. */
void violation_following(const char *follows, enum oracle oracle, const char *key, const struct site *site, const char *fmt, ...)
	__printf(5, 6);
#define violation(oracle, key, ...) violation_at(oracle, key, HERE, __VA_ARGS__)

/* A rule of the model's own code; false reports it. */
#define check_that(cond, oracle, key, ...)                            \
	do {                                                          \
		if (unlikely(!(cond)))                                \
			violation(oracle, key, __VA_ARGS__);          \
	} while (0)

/* A readable name of any address in the machine ("anon_vma#3.rwsem"), in buf; returns buf. */
#define NAME_LEN 48
const char *obj_name(const void *obj, char buf[NAME_LEN]);

#endif
