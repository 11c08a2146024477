/* SPDX-License-Identifier: GPL-2.0-only */
/* See view.h. Each motion looks for a row, and is done when it has one: a table says how. */
#define _GNU_SOURCE
#include "step/view.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/must.h"

#define MARGIN 2			/* rows to be seen above and below the cursor, if there are any */
#define NOWHERE (~0u)

__attribute__((format(printf, 2, 3))) static bool say(struct view *v, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(v->say, sizeof(v->say), format, args);
	va_end(args);
	return false;
}

static const struct walk_row *row_of(const struct view *v)
{
	return &v->w->row[view_row(v)];
}

/* ---- what is shown ---- */

/* The index of the row, or of the next one that is shown. */
static u32 index_of(const struct view *v, u32 row)
{
	const struct walk_list shown = { v->shown, v->nr_shown };
	u32 at = walk_list_before(&shown, row);

	return at < v->nr_shown ? at : v->nr_shown - 1;
}

static void show(struct view *v, u64 threads, u32 row)
{
	v->threads = threads;
	v->nr_shown = 0;
	for (size_t i = 0; i < v->w->nr_rows; i++)
		if (v->w->row[i].kind == WALK_END || threads >> v->w->row[i].lane & 1)
			v->shown[v->nr_shown++] = (u32)i;
	v->at = index_of(v, row);
	v->top = 0;
}

static void show_all(struct view *v, u32 row)
{
	v->lanes = LANES_ALL;
	show(v, ~0ul >> (WALK_LANES - v->w->nr_lanes), row);
}

void view_begin(struct view *v, const struct walk *w)
{
	memset(v, 0, sizeof(*v));
	v->w = w;
	v->shown = must(calloc(w->nr_rows, sizeof(*v->shown)));
	show_all(v, 0);
	if (w->signature)
		view_move(v, MOVE_VIOLATION, 0);
}

void view_free(struct view *v)
{
	free(v->shown);
	memset(v, 0, sizeof(*v));
}

/* To a row that may be one of a thread that is hidden: then all are shown again. */
static bool go_to(struct view *v, u32 row)
{
	const struct walk_row *r = &v->w->row[row];

	if (r->kind != WALK_END && !(v->threads >> r->lane & 1)) {
		show_all(v, row);
		say(v, "all threads are shown again: %s was hidden", walk_word(v->w, v->w->lane[r->lane].name));
	}
	v->at = index_of(v, row);
	return true;
}

void view_go(struct view *v, u64 step)
{
	u32 low = 0, high = (u32)v->w->nr_rows - 1;

	v->say[0] = 0;
	while (low < high) {
		u32 middle = (low + high) / 2;

		if (v->w->row[middle].ts < step)
			low = middle + 1;
		else
			high = middle;
	}
	go_to(v, low);
	v->scroll[PANE_LOCKS] = v->scroll[PANE_OBJECT] = 0;
}

void view_scroll(struct view *v, u32 rows)
{
	const u32 margin = rows > 4 * MARGIN ? MARGIN : 0, last = v->nr_shown > rows ? v->nr_shown - rows : 0;
	const u32 highest = v->at > margin ? v->at - margin : 0;			/* top is at most this, */
	const u32 lowest = v->at + margin + 1 > rows ? v->at + margin + 1 - rows : 0;	/* and this at least */

	if (v->top > highest + rows || v->top + rows < lowest)
		v->top = v->at > rows / 2 ? v->at - rows / 2 : 0;
	else if (v->top > highest)
		v->top = highest;
	else if (v->top < lowest)
		v->top = lowest;
	v->top = v->top < last ? v->top : last;
}

/* ---- motions ---- */

typedef bool motion_fn(struct view *v, int direction);

static bool by_rows(struct view *v, u32 rows, int direction)
{
	const u32 room = direction > 0 ? v->nr_shown - 1 - v->at : v->at;

	if (!room)
		return say(v, direction > 0 ? "this is the end" : "this is the first step");
	v->at = direction > 0 ? v->at + (rows < room ? rows : room) : v->at - (rows < room ? rows : room);
	return true;
}

static bool move_row(struct view *v, int direction)
{
	return by_rows(v, 1, direction);
}

static bool move_page(struct view *v, int direction)
{
	return by_rows(v, v->page > 1 ? v->page - 1 : 1, direction);
}

static bool move_edge(struct view *v, int direction)
{
	v->at = direction > 0 ? v->nr_shown - 1 : 0;
	return true;
}

/* The nearest step before or behind the cursor that begins what a thread does in one go. */
static bool move_switch(struct view *v, int direction)
{
	for (u32 i = v->at + (u32)direction; i > 0 && i < v->nr_shown; i += (u32)direction) {
		const struct walk_row *r = &v->w->row[v->shown[i]];

		if (r->kind != WALK_END && r->lane != v->w->row[v->shown[i - 1]].lane) {
			v->at = i;
			return true;
		}
	}
	return say(v, "no %s context switch", direction > 0 ? "later" : "earlier");
}

static bool move_in_thread(struct view *v, int direction)
{
	const u8 lane = row_of(v)->lane;

	for (u32 i = v->at + (u32)direction; i < v->nr_shown; i += (u32)direction)
		if (v->w->row[v->shown[i]].lane == lane && v->w->row[v->shown[i]].kind != WALK_END) {
			v->at = i;
			return true;
		}
	return say(v, "no %s step of %s", direction > 0 ? "later" : "earlier", walk_word(v->w, v->w->lane[lane].name));
}

/* The row of the list behind or before the cursor. */
static u32 neighbour(const struct walk_list *l, u32 row, int direction)
{
	const u32 at = walk_list_before(l, direction > 0 ? row + 1 : row);

	if (direction > 0)
		return at < l->nr ? l->row[at] : NOWHERE;
	return at ? l->row[at - 1] : NOWHERE;
}

static bool move_in_list(struct view *v, const struct walk_list *l, int letters, int direction)
{
	const u32 row = neighbour(l, view_row(v), direction);

	if (!row_of(v)->object)
		return say(v, "this step touches no object");
	if (row == NOWHERE)
		return say(v, "no %s access of %.*s", direction > 0 ? "later" : "earlier", letters, walk_word(v->w, row_of(v)->object));
	return go_to(v, row);
}

static bool move_object(struct view *v, int direction)
{
	const struct walk_list l = walk_object(v->w, view_row(v));

	return move_in_list(v, &l, (int)walk_stem(v->w, row_of(v)->object), direction);
}

static bool move_field(struct view *v, int direction)
{
	const struct walk_list l = walk_field(v->w, view_row(v));

	return move_in_list(v, &l, (int)strlen(walk_word(v->w, row_of(v)->object)), direction);
}

static bool move_violation(struct view *v, int direction)
{
	move_edge(v, 1);
	(void)direction;
	return v->w->signature || say(v, "nothing was found in this execution");
}

/* Beyond an end it goes on at the other. */
static bool move_match(struct view *v, int direction)
{
	char line[512];
	u32 i = v->at;

	if (!v->needle[0])
		return say(v, "nothing is searched for: / begins a search");
	for (u32 n = 0; n < v->nr_shown; n++) {
		const u32 before = i;

		i = (i + v->nr_shown + (u32)direction) % v->nr_shown;
		if (direction > 0 ? i < before : i > before)
			say(v, "went on at the %s", direction > 0 ? "beginning" : "end");
		walk_line(v->w, v->shown[i], line, sizeof(line));
		if (strcasestr(line, v->needle)) {
			v->at = i;
			return true;
		}
	}
	return say(v, "no step has '%s'", v->needle);
}

/* ---- lanes ---- */

static u64 touching(const struct view *v)
{
	const struct walk_list l = walk_object(v->w, view_row(v));
	u64 threads = 0;

	for (u32 i = 0; i < l.nr; i++)
		threads |= 1ul << v->w->row[l.row[i]].lane;
	return threads;
}

/* All; those that touch the object; the one of the step. */
static bool next_lanes(struct view *v, int direction)
{
	const struct walk_row *r = row_of(v);
	const u32 row = view_row(v);
	u64 threads;

	(void)direction;
	v->lanes = (v->lanes + 1) % NR_LANES;
	threads = touching(v);
	if (v->lanes == LANES_OBJECT && !threads)
		v->lanes = LANES_THREAD;
	if (v->lanes == LANES_ALL) {
		show_all(v, row);
		say(v, "all threads are shown");
	} else if (v->lanes == LANES_OBJECT) {
		show(v, threads, row);
		say(v, "only threads that touch %.*s: %d of %zu", (int)walk_stem(v->w, r->object), walk_word(v->w, r->object),
		    __builtin_popcountl(threads), v->w->nr_lanes);
	} else {
		show(v, 1ul << r->lane, row);
		say(v, "only %s", walk_word(v->w, v->w->lane[r->lane].name));
	}
	return true;
}

static const struct {
	motion_fn *fn;
	int direction;
} motions[NR_MOTIONS] = {
	[MOVE_DOWN] = { move_row, 1 },		       [MOVE_UP] = { move_row, -1 },
	[MOVE_PAGE_DOWN] = { move_page, 1 },	       [MOVE_PAGE_UP] = { move_page, -1 },
	[MOVE_LAST] = { move_edge, 1 },		       [MOVE_FIRST] = { move_edge, -1 },
	[MOVE_NEXT_SWITCH] = { move_switch, 1 },       [MOVE_PREVIOUS_SWITCH] = { move_switch, -1 },
	[MOVE_NEXT_OF_THREAD] = { move_in_thread, 1 }, [MOVE_PREVIOUS_OF_THREAD] = { move_in_thread, -1 },
	[MOVE_NEXT_ACCESS] = { move_object, 1 },       [MOVE_PREVIOUS_ACCESS] = { move_object, -1 },
	[MOVE_NEXT_FIELD] = { move_field, 1 },	       [MOVE_PREVIOUS_FIELD] = { move_field, -1 },
	[MOVE_VIOLATION] = { move_violation, 1 },      [MOVE_LANES] = { next_lanes, 1 },
	[MOVE_NEXT_MATCH] = { move_match, 1 },	       [MOVE_PREVIOUS_MATCH] = { move_match, -1 },
};

bool view_move(struct view *v, enum motion motion, u32 page)
{
	bool moved;

	v->say[0] = 0;
	v->page = page;
	moved = motions[motion].fn(v, motions[motion].direction);
	if (moved)
		v->scroll[PANE_LOCKS] = v->scroll[PANE_OBJECT] = 0;
	return moved;
}
