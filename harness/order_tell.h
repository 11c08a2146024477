/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling, arc by arc, what the runs have shown of a document; see order.h. */
#ifndef HARNESS_ORDER_TELL_H
#define HARNESS_ORDER_TELL_H

#include "order.h"

/* What lockdoc check has found out, and for whom. */
struct order_check {
	const struct options *options;
	const struct lockdoc *doc;
	const char *path;		/* of the document, as --locking would name it; NULL: it is built in */
	const struct order_runs *runs;
};

/* One provider's: its verdict, and what the validator reported there. */
struct order_part {
	const struct order_check *check;
	const struct verdict *verdict;
	const struct order_report *report;
	unsigned nr_reports;
	u64 executions;			/* of all its campaigns */
	const struct datarules *data;	/* NULL: not observed */
};

/* What the validator's report is about: a word for people, and the kind that JSON has. */
struct order_kind {
	const char *prefix;		/* of its key */
	const char *word, *kind;
};

const struct order_kind *order_kind(const struct order_report *r);

/* The report of a contradicted pair; NULL if the validator had none. */
const struct order_report *order_report_of(const struct order_part *p, const struct verdict_pair *pair);

/* Is it told with its pair? */
bool order_is_pairs(const struct order_part *p, const struct order_report *r);

/* Why an arc was not seen: "nothing was ever taken with it"; in buf. */
#define WHY_LEN 300
const char *order_why(const struct verdict *v, unsigned arc, char buf[WHY_LEN]);

/*
 * The way back, if a pair that is not documented closes a circle with others that were seen, perhaps in other executions: "b < c < a",
 * in buf; else NULL. Then not all of them can be documented.
 */
#define CIRCLE_LEN 300
const char *order_circle(const struct order_part *p, const struct verdict_pair *pair, char buf[CIRCLE_LEN]);

/* The words after rmaptorture that show this report again, at length. To be freed. */
char *order_command(const struct order_check *c, const struct order_report *r);

/* What order_print() says of one of them. */
void order_print_contradiction(const struct order_part *p, const struct verdict_pair *pair, FILE *out);
void order_print_report(const struct order_part *p, const struct order_report *r, FILE *out);
/* ... and of what follows from it. of NULL: nothing does. */
void order_print_following(const struct order_part *p, const struct order_report *of, FILE *out);

void order_print(const struct order_part *p, FILE *out);
void order_json(const struct order_part *p, FILE *out);

#endif
