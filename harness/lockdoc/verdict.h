/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The document held against what was observed: which arcs were seen, which pairs are in no
 * document, which contradict it. Each context is judged by its own order.
 *
 * verdict_begin(), verdict_add() for each run, verdict_judge(), then what is to be told, and at
 * last verdict_free().
 *
 * Concurrency: a verdict belongs to one caller.
 */
#ifndef HARNESS_LOCKDOC_VERDICT_H
#define HARNESS_LOCKDOC_VERDICT_H

#include <jansson.h>
#include <stdio.h>

#include "lockdoc/lockdoc.h"
#include "lockdoc/observed.h"

enum arc_verdict {
	ARC_OTHER_ERA,			/* of another provider: does not count */
	ARC_OBSERVED,			/* this very pair was seen */
	ARC_TRANSITIVE,			/* follows from other pairs that were seen */
	ARC_WAIVED,			/* not seen, and the document says why */
	ARC_NEVER,
	ARC_STALE,			/* seen, and the document says that it cannot be */
	ARC_CONTRADICTED,		/* the other direction was seen */
	NR_ARC_VERDICTS
};

/* A pair that was seen and that the document does not allow. */
struct verdict_pair {
	u8 before, after, context;
	bool trylock;
	bool contradicted;		/* it forbids it; else it says nothing */
	u8 rule;			/* contradicted: enum order_rule */
	u32 line;			/* contradicted: where the document says so */
};

struct verdict {
	const struct lockdoc *doc;
	const char *era;		/* name of the provider */
	bool documented_only;		/* nothing was run: an arc is as good as another */
	long today;			/* as lockdoc_day() counts: waivers expire */
	struct observed seen;
	const char *scenario[MAX_EDGES];	/* of each witness in seen: in which it was */
	u8 *arc;			/* enum arc_verdict, for each arc of the document */
	unsigned nr_arcs[NR_ARC_VERDICTS];
	struct verdict_pair *pair;
	unsigned nr_pairs, undocumented, contradicted;
	u64 pins_never, pins_undocumented;	/* bit sets of classes */
};

void verdict_begin(struct verdict *v, const struct lockdoc *doc, const char *era);

/* scenario: its name, which must live as long as the verdict. */
void verdict_add(struct verdict *v, const struct observed *seen, const char *scenario);

void verdict_judge(struct verdict *v);
void verdict_free(struct verdict *v);

/* The arcs that count: those of this era. */
unsigned verdict_documented(const struct verdict *v);

/* Those that were seen, whatever else is to be said of them. */
unsigned verdict_observed(const struct verdict *v);

/* The number of the arc's context. */
unsigned verdict_context(const struct verdict *v, const struct lockdoc_arc *a);

/* The witness, or NULL, and the scenario that it is from. */
const struct observed_witness *verdict_witness(const struct verdict *v, unsigned context,
					       unsigned before, unsigned after, bool trylock,
					       const char **scenario);

/* Exit status: findings for what contradicts, inconclusive for what is not documented. */
int verdict_status(const struct verdict *v);

/*
 * What is not as documented, a line each, and a line with the numbers. whole: also arcs that were
 * not seen.
 */
void verdict_print(const struct verdict *v, bool whole, FILE *out);

/* Pins that no row is about and, if whole, rows that no pin was seen for. */
void verdict_print_pins(const struct verdict *v, bool whole, FILE *out);

/* One JSON line of type "lockdoc". */
void verdict_json(const struct verdict *v, FILE *out);

/* An arc, or a pair that is none of the document's, as JSON. */
json_t *verdict_arc_json(const struct verdict *v, unsigned i);
json_t *verdict_pair_json(const struct verdict *v, const struct verdict_pair *p);

#endif
