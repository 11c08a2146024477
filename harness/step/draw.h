/* SPDX-License-Identifier: GPL-2.0-only */
/* Drawing a view: what stands on the screen, anew for each key. Concurrency: see screen.h. */
#ifndef HARNESS_STEP_DRAW_H
#define HARNESS_STEP_DRAW_H

#include "step/layout.h"
#include "step/screen.h"
#include "step/view.h"

/* What is walked, for the head of the screen. */
struct step_title {
	const char *expected;		/* signature that the file was written for, or NULL */
	u64 execution;			/* number of the execution among those of its strategy and seed */
};

/* The whole screen. input: what is being typed, or NULL. */
void draw_view(struct view *v, const struct step_title *title, const char *input);
/* The keys, from that line on. Returns how many lines there are beyond the screen's end. */
int draw_help(int from);

/* draw_steps.c, draw_panes.c: their parts of it. */
void draw_steps(struct view *v, const struct rect *r);
void draw_locks(const struct view *v, const struct rect *r);
void draw_object(const struct view *v, const struct rect *r);

/* A title above a part, with its rule: "── locks held ─────". */
void draw_title(int y, int x, int columns, bool focus, const char *title);

#endif
