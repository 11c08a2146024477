/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where somebody stands in a walk, which threads are shown, and how keys move him: all that a screen shows, but for the screen.
 *
 * Concurrency: as walk.h.
 */
#ifndef HARNESS_STEP_VIEW_H
#define HARNESS_STEP_VIEW_H

#include "step/walk.h"

#define VIEW_SAY 160
#define VIEW_NEEDLE 80

enum motion {
	MOVE_DOWN, MOVE_UP, MOVE_PAGE_DOWN, MOVE_PAGE_UP, MOVE_FIRST, MOVE_LAST,
	MOVE_NEXT_SWITCH, MOVE_PREVIOUS_SWITCH,
	MOVE_NEXT_OF_THREAD, MOVE_PREVIOUS_OF_THREAD,
	MOVE_NEXT_ACCESS, MOVE_PREVIOUS_ACCESS,		/* of the object: any part of it */
	MOVE_NEXT_FIELD, MOVE_PREVIOUS_FIELD,		/* of this part of it */
	MOVE_VIOLATION,
	MOVE_NEXT_MATCH, MOVE_PREVIOUS_MATCH,
	MOVE_LANES,					/* not the cursor: which threads are shown */
	NR_MOTIONS
};

enum lanes { LANES_ALL, LANES_OBJECT, LANES_THREAD, NR_LANES };

enum pane { PANE_STEPS, PANE_LOCKS, PANE_OBJECT, NR_PANES };

struct view {
	const struct walk *w;
	u32 *shown, nr_shown;		/* rows whose thread is shown; the end always is */
	u32 at;				/* the cursor: index into shown */
	u32 top;			/* the first one on the screen */
	u32 page;			/* how many rows the screen has */
	enum lanes lanes;
	u64 threads;			/* bit per lane that is shown */
	enum pane focus;		/* whom the keys up and down are for */
	int scroll[NR_PANES];		/* lines, of the panes beside the steps */
	char needle[VIEW_NEEDLE];	/* what is searched for, "" at first */
	char say[VIEW_SAY];		/* what the last key came to, if the cursor does not say it; else "" */
};

/* Begins at the violation if there is one, else with the first step. To be freed. */
void view_begin(struct view *v, const struct walk *w);
void view_free(struct view *v);

/* The row under the cursor. */
static inline u32 view_row(const struct view *v)
{
	return v->shown[v->at];
}

/* page: how many rows the screen has. False if nothing has moved: say has why. */
bool view_move(struct view *v, enum motion motion, u32 page);

/* To the step of that number, or the nearest. */
void view_go(struct view *v, u64 step);

/* Moves v->top so that the cursor is among that many rows: as little as that takes, or, from afar, to the middle. */
void view_scroll(struct view *v, u32 rows);

#endif
