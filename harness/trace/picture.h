/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is in a drawing of an interleaving, and where: read from a trace, chosen, laid out. No one but the drawing includes this. Lengths
 * are in CSS pixels, texts belong to the trace.
 *
 * Concurrency: see draw.h.
 */
#ifndef HARNESS_TRACE_PICTURE_H
#define HARNESS_TRACE_PICTURE_H

#include "trace/draw.h"
#include "types.h"

#define ROW 20				/* height of a row */
#define LETTER 7.3			/* width of a letter of the steps, about: none of the usual fonts is wider */
#define SMALL_LETTER 6.1		/* of the labels on bars */
#define BAR 14				/* width of a bar */
#define BAR_STEP 17			/* from one bar to the next */
#define PAD 12
#define FINDS "finds it"
#define MOST_LETTERS 46			/* of a step in a lane; what is longer is cut, and whole in the tooltip */

/* A step, or a moment at which a store came to memory. */
struct item {
	u64 ts;
	unsigned lane;
	bool note;			/* the latter */
	bool drawn, touches;		/* touches: what the violation is about */
	const char *op, *object, *site, *text;
	u64 stored;			/* of a note: in which step */
	unsigned row;			/* if drawn */
};

enum bar_kind { BAR_WRITE, BAR_READ, BAR_SECTION, BAR_GRACE };

/* Steps since to until - 1. */
struct bar {
	u64 since, until;
	enum bar_kind kind;
	unsigned lane, slot;
	bool open;
	const char *label, *class, *taken, *released;
	double from, to;		/* y; equal: not drawn */
};

struct wait {
	u64 since, until;
	unsigned lane;
	const char *op, *object, *site, *held_by;
	double from, to;
	int row;			/* where its text is; -1: nowhere */
};

enum row_kind { ROW_STEP, ROW_GAP, ROW_TAIL };

/* TAIL: after all steps; who still waits, and what a check finds then, stands there. */
struct row {
	enum row_kind kind;
	size_t first, last;		/* items */
	u64 from, to;			/* their steps */
};

struct lane {
	u64 tid;
	const char *name;
	unsigned bars;			/* side by side */
	size_t letters;
	double x, line, text, width;	/* line: where its steps stand; text: where their words begin */
};

struct picture {
	const char *scenario, *provider, *signature, *about, *site, *strategy;
	const json_t *defects;
	u64 steps, seed, violation_at;
	bool violated;
	bool by_thread;			/* in the middle of its step; else a check found it, between steps */
	int finder;			/* lane of whoever found it when all steps were done; -1: nobody did */
	struct item *item;
	struct bar *bar;
	struct wait *wait;
	struct lane *lane;		/* the last one is that of grace periods */
	struct row *row;
	size_t nr_items, nr_bars, nr_waits, nr_lanes, nr_rows;
	double top, bottom, left, right;	/* of the rows */
	double width;			/* of all */
};

/* picture_read.c: returns 0, or -1 with a line in err. */
int picture_read(struct picture *p, const json_t *trace, char err[TRACE_DRAW_ERR]);
void picture_free(struct picture *p);

/* picture_choose.c: which items are drawn, and in which rows. */
void picture_choose(struct picture *p, const struct trace_drawing *how);

/* picture_place.c: where all of it is. */
void picture_place(struct picture *p);

/* What a lane says of a wait. */
void wait_text(const struct wait *w, char *buf, size_t size);
/* What it says of an item. */
void item_text(const struct item *i, char *buf, size_t size);
/* How many steps of a lane are left out in a row, and what the lane says of it. */
size_t left_out(const struct picture *p, size_t row, unsigned lane);
void gap_text(size_t steps, char *buf, size_t size);
/* The middle of a row. */
double row_y(const struct picture *p, size_t row);

#endif
