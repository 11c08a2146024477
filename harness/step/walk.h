/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An execution to walk through: what a trace (trace/README.md) says, as rows of steps, with who held what and who touched what.
 *
 * A row takes some forty bytes, and each text is kept once: runs of a million steps fit. Texts are numbers, walk_word() has their
 * letters; 0 is "".
 *
 * Concurrency: each walk belongs to one caller, and nothing changes it once it is read.
 */
#ifndef HARNESS_STEP_WALK_H
#define HARNESS_STEP_WALK_H

#include <stdbool.h>
#include <stdio.h>

#include "settings.h"
#include "types.h"

#define WALK_LANES 64			/* threads, at most: one bit each */

enum walk_kind {
	WALK_STEP,
	WALK_STORED,			/* what was stored in an earlier step has come to memory */
	WALK_END,			/* the last row of each walk: what came of it */
};

struct walk_row {
	u64 ts;				/* number of the step; of the end one more than there are */
	u64 stored;			/* of WALK_STORED: in which step */
	u32 op, object, site;
	u32 switches;			/* how often another thread had gone on, up to here */
	u8 lane;
	u8 kind;			/* enum walk_kind */
};

/* The rows, in order, that touched something. */
struct walk_list {
	const u32 *row;
	u32 nr;
};

enum walk_hold { HOLD_WRITE, HOLD_READ, HOLD_SECTION, HOLD_GRACE };

/* What lasts from step since to step until - 1, both included. */
struct walk_span {
	u64 since, until;
	u32 object, class, taken, released;
	u8 lane;
	u8 kind;			/* enum walk_hold */
	bool open;			/* to the end, and at the end as well */
};

/* The thread could not go on in steps since to until - 1. */
struct walk_wait {
	u64 since, until;
	u32 what, site, held_by;
	u8 lane;
};

struct walk_lane {
	u64 tid;
	u32 name;
	u64 first, last;		/* its steps; first 0: it has none */
};

struct walk_word;

struct walk {
	struct walk_row *row;
	struct walk_span *span;
	struct walk_wait *wait;
	struct walk_lane *lane;		/* in the order of their numbers */
	size_t nr_rows, nr_spans, nr_waits, nr_lanes;

	u32 scenario, provider, defects, strategy;
	u32 signature, text, site, by;	/* of the finding; signature 0: nothing was found */
	u64 seed, steps;
	u64 violation_at;		/* in which step, or one more than there are; 0: nothing was found */
	size_t widest, widest_site;	/* letters of the longest step in words, "load page1.index", and of the longest place */

	/* No one but walk.c and walk_words.c looks into these. */
	struct walk_word *word;
	u32 nr_words, cap_words, *slot, nr_slots;
	u32 *by_object, *by_field;
};

/* Reads what tracer.h wrote, event by event. Returns 0, or -1 with a line in err; to be freed in both cases. */
int walk_read(struct walk *w, FILE *trace, char err[ERR_LEN]);
void walk_free(struct walk *w);

/* Letters of a text. */
const char *walk_word(const struct walk *w, u32 word);
/* How many of them name the object, "anon_vma#1" of "anon_vma#1.root". */
size_t walk_stem(const struct walk *w, u32 object);

/* Who touched the object of that row (of an end: what the finding is about), or this part of it alone. Empty if there is none. */
struct walk_list walk_object(const struct walk *w, u32 row);
struct walk_list walk_field(const struct walk *w, u32 row);
/* How many of the list come before that row. */
u32 walk_list_before(const struct walk_list *l, u32 row);

/* Is the lock held, or does the section last, in that step? */
static inline bool walk_lasts(const struct walk_span *s, u64 ts)
{
	return s->since <= ts && (ts < s->until || s->open);
}

/* What lasts then, by thread and in the order of its beginning: numbers of spans, malloc()ed. */
u32 *walk_held(const struct walk *w, u64 ts, u32 *nr);
/* For what the thread waits then, or NULL. */
const struct walk_wait *walk_waits(const struct walk *w, unsigned lane, u64 ts);

/* The row as a line, for a search: "pager load page1.index pages.c:252". */
void walk_line(const struct walk *w, u32 row, char *buf, size_t size);

#endif
