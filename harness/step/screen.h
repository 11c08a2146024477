/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The terminal: from taking it over to giving it back, and what can be put on it. Curses is behind this; those who draw put texts,
 * in styles, and lines, in glyphs, and need not know whether there are colours or more than ASCII.
 *
 * Concurrency: one at a time in a process, and one thread.
 */
#ifndef HARNESS_STEP_SCREEN_H
#define HARNESS_STEP_SCREEN_H

#include <stdbool.h>

#include "settings.h"

/* Why there can be no screen, as a line in err; or 0. Standard input and output must be a terminal that can put the cursor anywhere. */
int screen_check(char err[ERR_LEN]);

/* Takes the terminal over. Returns 0, or -1 with a line in err. */
int screen_open(char err[ERR_LEN]);
/* Gives it back as it was; nothing if it has been given back. */
void screen_close(void);

int screen_rows(void);
int screen_columns(void);

/* ---- input ---- */

/* What is no character. */
enum {
	KEY_OF_UP = 0x100, KEY_OF_DOWN, KEY_OF_PAGE_UP, KEY_OF_PAGE_DOWN, KEY_OF_HOME, KEY_OF_END, KEY_OF_TAB, KEY_OF_ENTER, KEY_OF_ERASE,
	KEY_OF_ESCAPE,
	KEY_OF_RESIZE,			/* the terminal has another size, or wants to be drawn again */
	KEY_OF_LEAVE,			/* a signal says so, or the terminal has gone */
	KEY_OF_NOTHING,			/* one that means nothing here */
};

/* Waits for the next one. */
int screen_key(void);

/* ---- output ---- */

enum style { STYLE_PLAIN, STYLE_DIM, STYLE_BAD, STYLE_LANE, STYLE_STRONG = 0x1000 };

enum glyph {
	GLYPH_BLANK, GLYPH_LINE, GLYPH_HEAVY, GLYPH_DOTTED, GLYPH_DASH,	/* a thread's line: free, holds a lock, waits */
	GLYPH_STEP, GLYPH_TOUCH, GLYPH_STORED, GLYPH_END,
	GLYPH_LEAVE_RIGHT, GLYPH_LEAVE_LEFT,				/* the line from one lane to another: its beginning */
	GLYPH_LAST_RIGHT, GLYPH_LAST_LEFT,				/* the same of a thread that has no more steps */
	GLYPH_CROSS, GLYPH_TEE, GLYPH_BOTTOM_TEE, GLYPH_BAR, GLYPH_CURSOR, GLYPH_MORE,
	NR_GLYPHS
};

/* A style, or STYLE_LANE + the number of a lane, of which each has a colour; | STYLE_STRONG: in bold. */
typedef unsigned int style_t;

void screen_clear(void);
void screen_show(void);

/* Puts as much of the text as there is room for, the end cut off visibly. Returns how many columns that took. */
int screen_text(int y, int x, int width, style_t style, const char *text);
int screen_print(int y, int x, int width, style_t style, const char *format, ...) __attribute__((format(printf, 5, 6)));
/* The same of a place, "file.c:123", whose end says more than its beginning. */
int screen_place(int y, int x, int width, style_t style, const char *place);
void screen_glyph(int y, int x, style_t style, enum glyph glyph);
/* The same glyph width times, to the right. */
void screen_rule(int y, int x, int width, style_t style, enum glyph glyph);
/* What has been put there in reverse. */
void screen_highlight(int y, int x, int width, style_t style);

#endif
