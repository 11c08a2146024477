/* SPDX-License-Identifier: GPL-2.0-only */
/* What stands where on a screen of some size. Concurrency: none of it has any state. */
#ifndef HARNESS_STEP_LAYOUT_H
#define HARNESS_STEP_LAYOUT_H

#include "step/walk.h"

#define LEAST_ROWS 15
#define LEAST_COLUMNS 60
#define SITE 18				/* columns of a place in the source, if there are so many */

struct rect {
	int y, x, rows, columns;
};

struct layout {
	struct rect steps, locks, object;	/* without their titles, which stand in the row above */
	bool beside;				/* locks and object stand beside the steps, not below */
	int say, keys;				/* the last two rows */
};

/* False if it is too small. */
bool layout_screen(struct layout *l, int rows, int columns);

/* The columns of the steps: > 137  |  |  o  load page1.index  pages.c:252 */
struct tracks {
	int number, lane, name, text, site;	/* where they begin, from the left edge of the steps */
	int digits, step;			/* step: from one lane to the next */
	int names, texts, sites;		/* how wide; names 0: they are above the lanes; sites 0: there is no room for them */
	unsigned lane_at[WALK_LANES];		/* the lanes that are shown, from the left */
	unsigned first, nr;			/* those of them for which there is room */
	unsigned nr_shown;
	bool named;				/* names are whole above the lanes */
};

/* How many columns a number takes. */
int digits_of(u64 n);

/* threads: which lanes are shown; lane: one of them that there must be room for. */
void layout_tracks(struct tracks *t, const struct walk *w, u64 threads, unsigned lane, int columns);

#endif
