/* SPDX-License-Identifier: GPL-2.0-only */
/* Where everything in a drawing is: see picture.h. */
#include "trace/picture.h"

#include <stdlib.h>
#include <string.h>

#include "cli/must.h"

#define HEAD 74				/* above the rows: title and names of the threads */
#define LEAST_WIDTH 640.0
#define LEFT_OUT 16			/* letters of "123456 left out" */

double row_y(const struct picture *p, size_t row)
{
	return p->top + (double)row * ROW + ROW / 2.0;
}

void item_text(const struct item *i, char *buf, size_t size)
{
	if (i->note)
		snprintf(buf, size, "(%s in memory, of step %lu)", i->object, i->stored);
	else
		snprintf(buf, size, "%s", i->text);
}

size_t left_out(const struct picture *p, size_t row, unsigned lane)
{
	const struct row *r = &p->row[row];
	size_t steps = 0;

	for (size_t i = r->first; r->kind == ROW_GAP && i <= r->last; i++)
		steps += p->item[i].lane == lane && !p->item[i].note;
	return steps;
}

void gap_text(size_t steps, char *buf, size_t size)
{
	snprintf(buf, size, "... %zu step%s", steps, steps == 1 ? "" : "s");
}

void wait_text(const struct wait *w, char *buf, size_t size)
{
	const char *what = w->object[0] ? w->object : w->op;

	if (w->held_by[0])
		snprintf(buf, size, "waits: %s, held by %s", what, w->held_by);
	else
		snprintf(buf, size, "waits: %s", what);
}

/* ---- rows ---- */

/* The row that the step is in, or the next one; nr_rows if there is none. */
static size_t row_of(const struct picture *p, u64 ts)
{
	size_t low = 0, high = p->nr_rows;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (p->row[middle].to < ts)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Of steps since to until - 1. What begins or ends among steps that are left out does so in the middle of their row. */
static void extent(const struct picture *p, u64 since, u64 until, double *from, double *to)
{
	size_t first = row_of(p, since), last = row_of(p, until - 1);

	*from = *to = 0;
	if (first == p->nr_rows)
		return;
	if (last == p->nr_rows)
		last--;
	/* Moments that stores came to memory share the number of a step. */
	while (last + 1 < p->nr_rows && p->row[last + 1].from <= until - 1)
		last++;
	if (first == last && p->row[first].kind == ROW_GAP)
		return;
	*from = row_y(p, first) - (p->row[first].kind == ROW_GAP ? 0 : ROW / 2.0 - 1.5);
	*to = row_y(p, last) + (p->row[last].kind == ROW_GAP ? 0 : ROW / 2.0 - 1.5);
}

static int by_beginning(const void *a, const void *b)
{
	const struct bar *p = a, *q = b;

	if (p->lane != q->lane)
		return p->lane < q->lane ? -1 : 1;
	if (p->since != q->since)
		return p->since < q->since ? -1 : 1;
	return p->until < q->until ? 1 : p->until > q->until ? -1 : 0;
}

static bool taken(const struct picture *p, size_t bar, unsigned slot)
{
	const struct bar *b = &p->bar[bar];

	for (size_t i = bar; i-- > 0 && p->bar[i].lane == b->lane;)
		if (p->bar[i].slot == slot && p->bar[i].to > p->bar[i].from && p->bar[i].to > b->from)
			return true;
	return false;
}

/* Bars that overlap stand side by side, the longest-held one outside. */
static void place_bars(struct picture *p)
{
	if (p->nr_bars)
		qsort(p->bar, p->nr_bars, sizeof(*p->bar), by_beginning);
	for (size_t i = 0; i < p->nr_bars; i++) {
		struct bar *b = &p->bar[i];
		struct lane *l = &p->lane[b->lane];

		extent(p, b->since, b->until, &b->from, &b->to);
		if (b->to <= b->from)
			continue;
		while (taken(p, i, b->slot))
			b->slot++;
		l->bars = b->slot + 1 > l->bars ? b->slot + 1 : l->bars;
	}
}

/* ---- lanes ---- */

static void widen(struct lane *l, size_t letters)
{
	letters = letters < MOST_LETTERS ? letters : MOST_LETTERS;
	l->letters = letters > l->letters ? letters : l->letters;
}

static void place_waits(struct picture *p)
{
	char text[TRACE_DRAW_ERR];

	for (size_t i = 0; i < p->nr_waits; i++) {
		struct wait *w = &p->wait[i];
		size_t row = row_of(p, w->since);

		extent(p, w->since, w->until, &w->from, &w->to);
		if (w->to <= w->from)
			continue;
		/* Its words stand in the first row in which there is nothing else in its lane. */
		while (row < p->nr_rows && p->row[row].from < w->until &&
		       (p->row[row].kind == ROW_GAP ||
			(p->row[row].kind == ROW_STEP && p->item[p->row[row].first].lane == w->lane)))
			row++;
		if (row == p->nr_rows || p->row[row].from >= w->until)
			continue;
		w->row = (int)row;
		wait_text(w, text, sizeof(text));
		widen(&p->lane[w->lane], strlen(text));
	}
}

static void place_lanes(struct picture *p)
{
	double x = p->left;

	for (size_t i = 0; i < p->nr_lanes; i++) {
		struct lane *l = &p->lane[i];
		const bool threads = i + 1 < p->nr_lanes;

		l->x = x;
		l->line = x + PAD + l->bars * BAR_STEP + (l->bars ? 4 : 0) + 4;
		l->text = l->line + 14;
		l->width = threads ? l->text + (double)l->letters * LETTER + PAD - x : (double)l->bars * BAR_STEP + 2 * PAD;
		if (!threads && !l->bars)
			l->width = 0;
		else if (l->width < (double)strlen(l->name) * 8 + 2 * PAD)
			l->width = (double)strlen(l->name) * 8 + 2 * PAD;
		x += l->width > 0 ? l->width + 6 : 0;
	}
	p->right = x;
}

static void place_gaps(struct picture *p)
{
	char text[48];

	for (size_t row = 0; row < p->nr_rows; row++)
		for (unsigned lane = 0; lane + 1 < p->nr_lanes; lane++) {
			const size_t steps = left_out(p, row, lane);

			gap_text(steps, text, sizeof(text));
			if (steps)
				widen(&p->lane[lane], strlen(text));
		}
}

static size_t site_letters(const struct picture *p)
{
	size_t most = LEFT_OUT;

	for (size_t i = 0; i < p->nr_items; i++)
		if (p->item[i].drawn && strlen(p->item[i].site) > most)
			most = strlen(p->item[i].site);
	return most;
}

static void place_all(struct picture *p)
{
	p->width = p->right + (double)site_letters(p) * LETTER + 2 * PAD;
	p->width = p->width < LEAST_WIDTH ? LEAST_WIDTH : p->width;
	p->bottom = p->top + (double)p->nr_rows * ROW;
}

void picture_place(struct picture *p)
{
	char text[TRACE_DRAW_ERR];

	p->top = HEAD;
	p->left = PAD + (double)snprintf(text, sizeof(text), "%lu", p->steps + 1000) * LETTER + 18;
	for (size_t i = 0; i < p->nr_items; i++)
		if (p->item[i].drawn) {
			item_text(&p->item[i], text, sizeof(text));
			widen(&p->lane[p->item[i].lane], strlen(text));
		}
	if (p->violated && p->finder >= 0)
		widen(&p->lane[p->finder], strlen(FINDS));
	place_gaps(p);
	place_bars(p);
	place_waits(p);
	place_lanes(p);
	place_all(p);
}
