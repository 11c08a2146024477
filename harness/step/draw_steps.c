/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The steps, a row each: a lane for each thread, in which a line runs as long as the thread does; the step stands in the lane of who took
 * it, and a line from another lane leads to it where the turn went over.
 */
#include <string.h>

#include <stdlib.h>

#include "cli/must.h"
#include "step/draw.h"

/* What threads do in the rows that are on the screen: bits of lanes, a word for each row. */
struct lines {
	u64 *holds, *waits;
	u32 first, nr;			/* rows, as indices into view.shown */
};

static const struct walk_row *shown_row(const struct view *v, u32 at)
{
	return &v->w->row[v->shown[at]];
}

static void mark(const struct view *v, const struct lines *l, u64 *bits, unsigned lane, u64 since, u64 until)
{
	for (u32 i = 0; i < l->nr; i++) {
		const u64 ts = shown_row(v, l->first + i)->ts;

		if (since <= ts && ts < until)
			bits[i] |= 1ul << lane;
	}
}

/* One look at all that lasts, whatever the number of rows. */
static void look(const struct view *v, struct lines *l, u32 rows)
{
	const struct walk *w = v->w;
	u64 from, to;

	l->first = v->top;
	l->nr = v->nr_shown - v->top < rows ? v->nr_shown - v->top : rows;
	l->holds = must(calloc(l->nr, sizeof(u64)));
	l->waits = must(calloc(l->nr, sizeof(u64)));
	from = shown_row(v, l->first)->ts;
	to = shown_row(v, l->first + l->nr - 1)->ts;
	for (size_t i = 0; i < w->nr_spans; i++) {
		const struct walk_span *s = &w->span[i];

		if (s->kind <= HOLD_READ && s->since <= to && (s->until > from || s->open))
			mark(v, l, l->holds, s->lane, s->since, s->open ? ~0ul : s->until);
	}
	for (size_t i = 0; i < w->nr_waits; i++)
		if (w->wait[i].since <= to && w->wait[i].until > from)
			mark(v, l, l->waits, w->wait[i].lane, w->wait[i].since, w->wait[i].until);
}

static bool same_object(const struct view *v, u32 row)
{
	const struct walk_list l = walk_object(v->w, view_row(v));
	const u32 at = walk_list_before(&l, row);

	return at < l.nr && l.row[at] == row;
}

static enum glyph line_of(const struct view *v, const struct lines *l, u32 i, unsigned lane)
{
	const struct walk_lane *thread = &v->w->lane[lane];
	const u64 ts = shown_row(v, l->first + i)->ts;

	if (l->waits[i] >> lane & 1)
		return GLYPH_DOTTED;
	if (!thread->first || ts < thread->first || ts > thread->last)
		return GLYPH_BLANK;
	return l->holds[i] >> lane & 1 ? GLYPH_HEAVY : GLYPH_LINE;
}

static enum glyph step_of(const struct view *v, u32 row)
{
	static const enum glyph of_kind[] = { [WALK_STEP] = GLYPH_STEP, [WALK_STORED] = GLYPH_STORED, [WALK_END] = GLYPH_END };
	const u8 kind = v->w->row[row].kind;

	return kind == WALK_STEP && same_object(v, row) ? GLYPH_TOUCH : of_kind[kind];
}

/* Where a lane stands; -1: it has no room, or is hidden. */
static int track_of(const struct tracks *t, unsigned lane)
{
	for (unsigned i = 0; i < t->nr; i++)
		if (t->lane_at[t->first + i] == lane)
			return t->lane + (int)i * t->step;
	return -1;
}

/* From the lane of the row before to that of this one, over all between. */
static void draw_switch(const struct view *v, const struct rect *r, const struct tracks *t, const struct lines *l, u32 i)
{
	const u32 at = l->first + i;
	const struct walk_row *now = shown_row(v, at), *before = at ? shown_row(v, at - 1) : now;
	const int from = track_of(t, before->lane), to = track_of(t, now->lane), y = r->y + (int)i;
	const bool ended = v->w->lane[before->lane].last < now->ts, right = from < to;
	const style_t style = STYLE_LANE + now->lane;

	if (from < 0 || to < 0 || from == to || now->kind == WALK_END)
		return;
	for (int x = min(from, to) + 1; x < max(from, to); x++) {
		const int k = (x - t->lane) / t->step;
		const bool crosses = !((x - t->lane) % t->step) && line_of(v, l, i, t->lane_at[t->first + (unsigned)k]) != GLYPH_BLANK;

		screen_glyph(y, r->x + x, style, crosses ? GLYPH_CROSS : GLYPH_DASH);
	}
	screen_glyph(y, r->x + from, style, right ? (ended ? GLYPH_LAST_RIGHT : GLYPH_LEAVE_RIGHT) :
		     (ended ? GLYPH_LAST_LEFT : GLYPH_LEAVE_LEFT));
}

static void row_words(const struct view *v, const struct walk_row *row, char *buf, size_t size)
{
	const struct walk *w = v->w;
	const char *object = walk_word(w, row->object);

	if (row->kind == WALK_END)
		snprintf(buf, size, "*** %s", w->signature ? walk_word(w, w->signature) : "the end: nothing was found");
	else if (row->kind == WALK_STORED)
		snprintf(buf, size, "%s %s, stored in step %lu", object, walk_word(w, row->op), row->stored);
	else
		snprintf(buf, size, "%s%s%s", walk_word(w, row->op), object[0] ? " " : "", object);
}

static void draw_row(const struct view *v, const struct rect *r, const struct tracks *t, const struct lines *l, u32 i)
{
	const u32 at = l->first + i, row = v->shown[at];
	const struct walk_row *now = &v->w->row[row];
	const int y = r->y + (int)i, lane = track_of(t, now->lane);
	const bool end = now->kind == WALK_END, touches = !end && same_object(v, row);
	const style_t style = end && v->w->signature ? STYLE_BAD : (STYLE_LANE + now->lane) | (touches ? STYLE_STRONG : 0);
	char words[512];

	if (!end)
		screen_print(y, r->x + t->number, t->digits, STYLE_DIM, "%*lu", t->digits, now->ts);
	for (unsigned k = 0; k < t->nr; k++) {
		const unsigned n = t->lane_at[t->first + k];

		screen_glyph(y, r->x + t->lane + (int)k * t->step, STYLE_LANE + n, line_of(v, l, i, n));
	}
	draw_switch(v, r, t, l, i);
	if (lane >= 0)
		screen_glyph(y, r->x + lane, style | STYLE_STRONG, step_of(v, row));
	row_words(v, now, words, sizeof(words));
	if (t->names && !end)
		screen_text(y, r->x + t->name, t->names, style, walk_word(v->w, v->w->lane[now->lane].name));
	screen_text(y, r->x + (end ? t->name : t->text), end ? r->columns - t->name : t->texts, style, words);
	if (t->sites && !end)
		screen_place(y, r->x + t->site, t->sites, STYLE_DIM, walk_word(v->w, now->site));
	if (at == v->at) {
		screen_highlight(y, r->x, r->columns, style);
		screen_glyph(y, r->x, STYLE_PLAIN, GLYPH_CURSOR);
	}
}

static void draw_names(const struct view *v, const struct rect *r, const struct tracks *t)
{
	const int y = r->y - 1;

	screen_print(y, r->x + t->number, t->digits, STYLE_DIM, "%*s", t->digits, "step");
	for (unsigned k = 0; k < t->nr; k++) {
		const unsigned lane = t->lane_at[t->first + k];
		const char *name = walk_word(v->w, v->w->lane[lane].name);
		const int x = r->x + t->lane + (int)k * t->step;

		/* Cut off without a sign: there may be room for one letter. */
		screen_print(y, x, t->step, (STYLE_LANE + lane) | STYLE_STRONG, "%.*s", t->step - 1, name);
	}
	if (t->nr < t->nr_shown)
		screen_print(y, r->x + t->text, r->columns - t->text, STYLE_DIM, "(%u more)", t->nr_shown - t->nr);
	else if (v->lanes != LANES_ALL)
		screen_print(y, r->x + t->text, r->columns - t->text, STYLE_DIM, "(of %zu threads)", v->w->nr_lanes);
}

void draw_steps(struct view *v, const struct rect *r)
{
	struct lines lines;
	struct tracks tracks;

	view_scroll(v, (u32)r->rows);
	layout_tracks(&tracks, v->w, v->threads, v->w->row[view_row(v)].lane, r->columns);
	draw_names(v, r, &tracks);
	look(v, &lines, (u32)r->rows);
	for (u32 i = 0; i < lines.nr; i++)
		draw_row(v, r, &tracks, &lines, i);
	free(lines.holds);
	free(lines.waits);
}
