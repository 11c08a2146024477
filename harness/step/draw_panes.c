/* SPDX-License-Identifier: GPL-2.0-only */
/* Beside or below the steps: who holds what at the cursor's moment, and who has touched the object under it. */
#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "step/draw.h"

#define PART 10				/* columns of a part of an object, ".refcount" */

/* Lines of a pane, put one after the other; those before the first one and those for which there is no room are only counted. */
struct pane_lines {
	const struct rect *r;
	int first, nr;
};

/* The row of the next line, or -1 if it is not to be seen. */
static int next_line(struct pane_lines *p)
{
	const int at = p->nr++ - p->first;

	return at >= 0 && at < p->r->rows ? p->r->y + at : -1;
}

/* In the last row stands how much more there is. */
static void tell_more(const struct pane_lines *p, const char *what)
{
	const int hidden = p->nr - p->first - p->r->rows;

	if (hidden <= 0)
		return;
	screen_rule(p->r->y + p->r->rows - 1, p->r->x, p->r->columns, STYLE_PLAIN, GLYPH_BLANK);
	screen_print(p->r->y + p->r->rows - 1, p->r->x + 1, p->r->columns - 1, STYLE_DIM, "%d more %s", hidden + 1, what);
}

/* ---- locks ---- */

static const char *const hold_text[] = { [HOLD_WRITE] = "W", [HOLD_READ] = "R", [HOLD_SECTION] = "S", [HOLD_GRACE] = "G" };

/* "anon_vma#1.rwsem"; its class as well if it does not say it itself and there is room. */
static void lock_words(const struct walk *w, const struct walk_span *s, int room, char *buf, size_t size)
{
	const char *object = walk_word(w, s->object), *class = walk_word(w, s->class);

	if (!object[0])
		snprintf(buf, size, "%s", class);
	else if (strstr(object, class) || (int)(strlen(object) + strlen(class)) + 3 > room)
		snprintf(buf, size, "%s", object);
	else
		snprintf(buf, size, "%s (%s)", object, class);
}

/* '+': taken in this step; '-': let go in it. */
static char change_of(const struct walk_span *s, u64 ts)
{
	return s->since == ts ? '+' : !s->open && s->until == ts + 1 ? '-' : ' ';
}

struct lock_columns {
	int name, lock, place;		/* how wide */
};

static struct lock_columns lock_columns(const struct walk *w, const struct rect *r)
{
	struct lock_columns c = { .name = 4 };

	for (size_t i = 0; i < w->nr_lanes; i++)
		if ((int)strlen(walk_word(w, w->lane[i].name)) > c.name)
			c.name = (int)strlen(walk_word(w, w->lane[i].name));
	if (c.name > r->columns / 4)
		c.name = r->columns / 4;
	c.lock = r->columns - 1 - c.name - 4;
	c.place = c.lock >= 24 ? c.lock * 9 / 20 : 0;
	c.place = c.place < SITE ? c.place : SITE;
	c.lock -= c.place + (c.place > 0);
	return c;
}

static void draw_name(const struct walk *w, const struct rect *r, const struct lock_columns *c, int y, unsigned lane)
{
	screen_text(y, r->x + 1, c->name, (STYLE_LANE + lane) | STYLE_STRONG, walk_word(w, w->lane[lane].name));
}

static void draw_span(const struct walk *w, const struct rect *r, const struct lock_columns *c, int y, const struct walk_span *s, u64 ts)
{
	const int x = r->x + 1 + c->name + 1;
	char words[256];

	lock_words(w, s, c->lock, words, sizeof(words));
	screen_print(y, x, 2, STYLE_LANE + s->lane, "%c%s", change_of(s, ts), hold_text[s->kind]);
	screen_text(y, x + 3, c->lock, STYLE_LANE + s->lane, words);
	if (c->place)
		screen_place(y, x + 3 + c->lock + 1, c->place, STYLE_DIM, walk_word(w, s->taken));
}

static void draw_wait(const struct walk *w, const struct rect *r, const struct lock_columns *c, int y, const struct walk_wait *wait)
{
	const char *holder = walk_word(w, wait->held_by);
	const int x = r->x + 1 + c->name + 2;

	screen_print(y, x, r->x + r->columns - x, (STYLE_LANE + wait->lane) | STYLE_STRONG, "waits: %s%s%s", walk_word(w, wait->what),
		     holder[0] ? " of " : "", holder);
}

/* What one thread holds, from span number *at on, and for what it waits. */
static void draw_thread(const struct view *v, struct pane_lines *p, unsigned lane, const u32 *held, u32 nr, u32 *at)
{
	const struct walk *w = v->w;
	const u64 ts = w->row[view_row(v)].ts;
	const struct walk_wait *wait = walk_waits(w, lane, ts);
	const struct lock_columns c = lock_columns(w, p->r);
	bool named = false;

	for (; *at < nr && w->span[held[*at]].lane == lane; ++*at) {
		const int y = next_line(p);

		if (y < 0)
			continue;
		if (!named)
			draw_name(w, p->r, &c, y, lane);
		named = true;
		draw_span(w, p->r, &c, y, &w->span[held[*at]], ts);
	}
	if (wait) {
		const int y = next_line(p);

		if (y >= 0 && !named)
			draw_name(w, p->r, &c, y, lane);
		if (y >= 0)
			draw_wait(w, p->r, &c, y, wait);
	}
}

void draw_locks(const struct view *v, const struct rect *r)
{
	struct pane_lines p = { .r = r, .first = v->scroll[PANE_LOCKS] };
	u32 nr, at = 0, *held = walk_held(v->w, v->w->row[view_row(v)].ts, &nr);

	for (unsigned lane = 0; lane < v->w->nr_lanes; lane++)
		draw_thread(v, &p, lane, held, nr, &at);
	if (!p.nr)
		screen_text(r->y, r->x + 1, r->columns - 1, STYLE_DIM, "no thread holds or waits for anything");
	tell_more(&p, "lines: Tab, then down");
	free(held);
}

/* ---- the object ---- */

/* Words, as many as fit into a line; at least one letter. */
static size_t line_length(const char *text, size_t room)
{
	size_t length = strlen(text), n = room;

	if (length <= room)
		return length;
	while (n && text[n] != ' ')
		n--;
	return n ? n : room;
}

static void draw_message(struct pane_lines *p, style_t style, const char *text)
{
	while (*text) {
		const size_t n = line_length(text, (size_t)p->r->columns - 1);
		const int y = next_line(p);

		if (y >= 0)
			screen_print(y, p->r->x + 1, p->r->columns - 1, style, "%.*s", (int)n, text);
		text += n;
		text += strspn(text, " ");
	}
}

static void draw_finding(const struct view *v, struct pane_lines *p)
{
	const struct walk *w = v->w;
	char where[256];

	if (!w->signature) {
		draw_message(p, STYLE_PLAIN, "The execution came to its end, and nothing was found.");
		return;
	}
	draw_message(p, STYLE_BAD, walk_word(w, w->text));
	snprintf(where, sizeof(where), "by %s at %s%s", walk_word(w, w->by), walk_word(w, w->site),
		 !w->steps ? ", in set-up" : w->violation_at > w->steps ? ", when all steps were done" : "");
	draw_message(p, STYLE_PLAIN, where);
}

/* One access: > 137 pager    .index     load   pages.c:252 */
static void draw_access(const struct view *v, const struct rect *r, int y, u32 row)
{
	const struct walk_row *a = &v->w->row[row], *now = &v->w->row[view_row(v)];
	const struct lock_columns c = lock_columns(v->w, r);
	const char *object = walk_word(v->w, a->object), *part = object + walk_stem(v->w, a->object);
	const style_t style = (STYLE_LANE + a->lane) | (a->object == now->object ? STYLE_STRONG : 0);
	const int digits = digits_of(v->w->steps), words = 1 + digits + 1 + c.name + 1;
	const int place = r->columns >= words + PART + 18 + SITE ? SITE : 0;

	if (row == view_row(v))
		screen_glyph(y, r->x, STYLE_PLAIN, GLYPH_CURSOR);
	screen_print(y, r->x + 1, digits, STYLE_DIM, "%*lu", digits, a->ts);
	screen_text(y, r->x + 1 + digits + 1, c.name, style, walk_word(v->w, v->w->lane[a->lane].name));
	screen_print(y, r->x + words, r->columns - words - place - (place > 0), style, "%-*s %s", PART, part, walk_word(v->w, a->op));
	if (place)
		screen_place(y, r->x + r->columns - place, place, STYLE_DIM, walk_word(v->w, a->site));
}

/* Around the cursor, as far as there is room. */
static void draw_history(const struct view *v, struct pane_lines *p)
{
	const struct walk_list l = walk_object(v->w, view_row(v));
	const u32 here = walk_list_before(&l, view_row(v));
	const int room = p->r->rows - (p->nr - p->first);
	int first = (int)here - room / 2 + v->scroll[PANE_OBJECT];

	if (first + room > (int)l.nr)
		first = (int)l.nr - room;
	if (first < 0)
		first = 0;
	for (u32 i = (u32)first; i < l.nr && (int)i < first + room; i++) {
		const int y = next_line(p);

		if (y >= 0)
			draw_access(v, p->r, y, l.row[i]);
	}
}

/* "page1 23x, .index 2x" */
static void object_title(const struct view *v, char *buf, size_t size)
{
	const struct walk_row *now = &v->w->row[view_row(v)];
	const struct walk_list all = walk_object(v->w, view_row(v)), part = walk_field(v->w, view_row(v));
	const char *object = walk_word(v->w, now->object);
	const int stem = (int)walk_stem(v->w, now->object);

	if (!object[0])
		snprintf(buf, size, now->kind == WALK_END ? "the end" : "no object");
	else if (object[stem])
		snprintf(buf, size, "%.*s %ux, %s %ux", stem, object, all.nr, object + stem, part.nr);
	else
		snprintf(buf, size, "%s %ux", object, all.nr);
}

void draw_object(const struct view *v, const struct rect *r)
{
	struct pane_lines p = { .r = r };
	char title[160];

	object_title(v, title, sizeof(title));
	draw_title(r->y - 1, r->x, r->columns, v->focus == PANE_OBJECT, title);
	if (v->w->row[view_row(v)].kind == WALK_END)
		draw_finding(v, &p);
	if (p.nr < r->rows)
		draw_history(v, &p);
}
