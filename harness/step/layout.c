/* SPDX-License-Identifier: GPL-2.0-only */
/* See layout.h. */
#include "step/layout.h"

#include <string.h>

#define HEAD 2				/* rows above the title of the steps: what is walked, and what came of it */
#define FOOT 2
#define BESIDE 132			/* from so many columns on there is room beside the steps */
#define MOST_SIDE 64
#define TEXT 36				/* so wide a step's words should be, before lanes get more room */
#define LEAST_TEXT 27
#define MOST_TEXT 48
#define MOST_NAME 10			/* of a thread beside its step, where there is no room for it above the lane */

/* Half of the rows are the steps', above; below are locks and object side by side. */
static void below(struct layout *l, int rows, int columns)
{
	const int panes = max(4, min((rows - HEAD - FOOT - 2) * 2 / 5, 16));
	const int y = rows - FOOT - panes, left = columns * 11 / 20;

	l->steps = (struct rect){ HEAD + 1, 0, y - 1 - HEAD - 1, columns };
	l->locks = (struct rect){ y, 0, panes, left };
	l->object = (struct rect){ y, left + 1, panes, columns - left - 1 };
}

static void beside(struct layout *l, int rows, int columns)
{
	const int all = rows - HEAD - FOOT - 1, side = min(columns * 9 / 20, MOST_SIDE), x = columns - side;
	const int locks = (all - 1) * 2 / 5;

	l->beside = true;
	l->steps = (struct rect){ HEAD + 1, 0, all, x - 1 };
	l->locks = (struct rect){ HEAD + 1, x, locks, side };
	l->object = (struct rect){ HEAD + 1 + locks + 1, x, all - locks - 1, side };
}

bool layout_screen(struct layout *l, int rows, int columns)
{
	memset(l, 0, sizeof(*l));
	if (rows < LEAST_ROWS || columns < LEAST_COLUMNS)
		return false;
	(columns >= BESIDE ? beside : below)(l, rows, columns);
	l->say = rows - 2;
	l->keys = rows - 1;
	return true;
}

int digits_of(u64 n)
{
	int digits = 1;

	while (n /= 10)
		digits++;
	return digits;
}

static int longest_name(const struct walk *w, u64 threads)
{
	int longest = 1;

	for (size_t i = 0; i < w->nr_lanes; i++)
		if (threads >> i & 1)
			longest = max(longest, (int)strlen(walk_word(w, w->lane[i].name)));
	return longest;
}

/* room: for how many. What is not in it is to the left or to the right of those that are. */
static void choose_lanes(struct tracks *t, u64 threads, unsigned lane, unsigned room)
{
	unsigned at = 0;

	for (unsigned i = 0; i < WALK_LANES; i++)
		if (threads >> i & 1) {
			if (i == lane)
				at = t->nr_shown;
			t->lane_at[t->nr_shown++] = i;
		}
	t->nr = min(t->nr_shown, room);
	t->first = at >= t->nr ? at - t->nr + 1 : 0;
}

/* What is left beside the lanes: words first, then the place. */
static void divide(struct tracks *t, const struct walk *w, int columns, int longest)
{
	const int words = max(8, (int)w->widest), site = min(SITE, (int)w->widest_site);

	t->names = t->named ? 0 : min(longest, MOST_NAME);
	t->name = t->lane + (int)t->nr * t->step + 1;
	t->text = t->name + t->names + (t->names > 0);
	t->sites = columns - t->text >= min(words, 24) + 1 + site ? site : 0;
	t->texts = min(columns - t->text - (t->sites ? t->sites + 1 : 0), min(words, MOST_TEXT));
	t->site = t->text + t->texts + 1;
}

/* From one lane to the next: with whole names if words and places can have what they want, or words a little less. */
static int lane_step(const struct walk *w, int columns, int n, int longest)
{
	const int words = max(8, (int)w->widest), site = min(SITE, (int)w->widest_site) + 1;
	const int room = columns - min(words, TEXT) - site, named = longest + 2;

	if (columns - min(words, LEAST_TEXT) - site >= n * named)
		return named;
	/* The place is in the last rows of the screen as well. */
	return max(2, min(named, (room < n * 2 ? room + site : room) / max(n, 1)));
}

void layout_tracks(struct tracks *t, const struct walk *w, u64 threads, unsigned lane, int columns)
{
	const int n = __builtin_popcountl(threads), longest = longest_name(w, threads);

	memset(t, 0, sizeof(*t));
	t->digits = max(4, digits_of(w->steps + 1));
	t->number = 1;
	t->lane = t->number + t->digits + 2;
	t->step = lane_step(w, columns - t->lane - 1, n, longest);
	t->named = t->step > longest;
	choose_lanes(t, threads, lane, (unsigned)max(1, (columns - t->lane - 1 - LEAST_TEXT) / t->step));
	divide(t, w, columns, longest);
}
