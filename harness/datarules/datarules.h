/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The data rules of LOCKING.md against what runs have seen: which locks were held at each access of each member.
 *
 * datarules_begin(), runs that count into datarules_table(), datarules_judge(), then what is to be told, and at last
 * datarules_free(). One of them is for one provider. Only the access flavour sees accesses (DATA_OBSERVED): in others nothing is
 * to be judged, and datarules_unobserved() says so.
 *
 * Grades and thresholds are those of LockDoc (Lochmann et al., EuroSys 2019).
 *
 * Concurrency: one caller.
 */
#ifndef HARNESS_DATARULES_DATARULES_H
#define HARNESS_DATARULES_DATARULES_H

#include <stdio.h>

#include "data.h"
#include "lockdoc/lockdoc.h"

enum data_grade {
	GRADE_FULL,			/* held at every access */
	GRADE_ACCEPTED,			/* at 90 % of them, or more */
	GRADE_BELOW,			/* at some */
	GRADE_NOTFOUND,			/* at none */
	GRADE_UNSEEN,			/* there was no access */
	NR_DATA_GRADES
};

extern const char *const data_grade_name[NR_DATA_GRADES];

/* One rule: of one member, to read or to write. */
struct data_verdict {
	const struct lockdoc_data *doc;
	const char *member;
	const struct lockdoc_expr *rule;
	bool write;
	enum data_grade grade;
	u64 total, satisfied;		/* accesses that the rule is about; of these, as it says */
	u64 apart;			/* by who sets up or tears down, where the document has them apart */
};

struct datarules {
	const struct lockdoc *doc;
	const char *era;		/* name of the provider */
	struct data_table *table;
	const struct data_row **row;	/* of the table, by member, mode, place, and what is held */
	unsigned nr_rows;
	struct data_verdict *verdict;	/* in the order of the document */
	unsigned nr, nr_grade[NR_DATA_GRADES];
	unsigned waived;		/* of those that are unseen */
	unsigned reads_below, writes_below;	/* 100 % */
};

/* doc and era must live as long. */
void datarules_begin(struct datarules *d, const struct lockdoc *doc, const char *era);
struct data_table *datarules_table(struct datarules *d);
void datarules_judge(struct datarules *d);
void datarules_free(struct datarules *d);

/*
 * Exit status: findings for a write that is not as documented; inconclusive for such a read, for what there was no room to count,
 * and, if whole, for a rule without an access and without a reason.
 */
int datarules_status(const struct datarules *d, bool whole);

/*
 * A line for each rule that is not at 100 %, with the places that are against it, and a line with the numbers. whole: also rules
 * without an access. verbose: all rules.
 */
void datarules_print(const struct datarules *d, bool whole, bool verbose, FILE *out);

/* The two parts of it: the rules, and the numbers: "82/86 rules at 100 %, ...", without the end of the line. */
void datarules_print_rules(const struct datarules *d, bool whole, bool verbose, FILE *out);
void datarules_print_score(const struct datarules *d, FILE *out);

/* One JSON line of type "data-rule" for each rule, and one of type "data-rules" with the numbers. whole: as for datarules_status(). */
void datarules_json(const struct datarules *d, bool whole, FILE *out);

/* The rules that follow from what was seen, of all members, as rows for the document. */
void datarules_print_mined(const struct datarules *d, FILE *out);

/* What to say where accesses are not seen. */
void datarules_unobserved(bool json, FILE *out);

/* ---- for tests, and for each other ---- */

/* Is what was held at these accesses what the rule asks for? RULE_NEVER: never. */
bool rule_holds(const struct lockdoc_expr *rule, const struct data_row *row);

/* The grade of so many accesses of which so many were as a rule says. */
enum data_grade data_grade(u64 satisfied, u64 total);

/* Sets of classes as in struct data_row. */
struct held_set {
	u64 held[2], own[2];
};

/* A rule that follows from accesses: all of one set, or all of the other. */
struct mined_rule {
	struct held_set set[2];
	unsigned nr;			/* of sets; 0: no lock is needed */
	u64 satisfied, total;
};

/* Of the rows of one member and mode; subclasses count as their class. */
struct mined_rule mine_rule(const struct lockdoc_model *model, const struct data_row *const *row, unsigned nr);

/* "mmap_lock:W & anon_vma:R(any)" of what is held or mined; "none". Returns buf. */
const char *held_text(const struct lockdoc_model *model, const struct held_set *set, u64 known, char buf[], size_t size);

/* The rows from *i on that are of one member and mode; *i is behind them then. Returns how many. */
unsigned rows_alike(const struct datarules *d, unsigned *i);

#endif
