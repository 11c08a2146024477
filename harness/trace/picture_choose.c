/* SPDX-License-Identifier: GPL-2.0-only */
/* Which steps of an execution are drawn: see picture.h. */
#include "trace/picture.h"

#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "trace/words.h"

#define SHORT_GAP 2			/* so few steps take no more room than the words that they are left out */

static void draw_last(struct picture *p, const struct trace_drawing *how)
{
	size_t from = how->last && p->nr_items > how->last ? p->nr_items - how->last : 0;

	for (size_t i = from; i < p->nr_items; i++)
		p->item[i].drawn = true;
}

static void draw_touching(struct picture *p, const struct trace_drawing *how)
{
	unsigned left = how->touching;

	for (size_t i = p->nr_items; i-- > 0;) {
		struct item *item = &p->item[i];

		item->touches = p->violated && find_name(p->about, item->object, stem_length(item->object));
		if (!item->touches || item->drawn || !left)
			continue;
		item->drawn = true;
		left--;
	}
}

static struct item *step_at(struct picture *p, u64 ts)
{
	size_t low = 0, high = p->nr_items;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (p->item[middle].ts < ts)
			low = middle + 1;
		else
			high = middle;
	}
	return low < p->nr_items && p->item[low].ts == ts ? &p->item[low] : NULL;
}

/* What each thread did before the last steps begin: where it comes from. */
static void draw_previous(struct picture *p, const struct trace_drawing *how)
{
	size_t from = how->last && p->nr_items > how->last ? p->nr_items - how->last : 0;
	u64 seen = 0;

	for (size_t i = from; i-- > 0;) {
		const unsigned lane = p->item[i].lane;

		p->item[i].drawn |= p->item[i].site[0] && !(seen >> lane % 64 & 1);	/* but that it began is no news */
		seen |= 1ul << lane % 64;
	}
}

/* Where that was taken which is still held at the end. */
static void draw_takings(struct picture *p)
{
	for (size_t i = 0; i < p->nr_bars; i++) {
		struct item *item = p->bar[i].open ? step_at(p, p->bar[i].since) : NULL;

		if (item)
			item->drawn = true;
	}
}

static void fill_gaps(struct picture *p)
{
	size_t gap = 0;

	for (size_t i = 0; i < p->nr_items; i++) {
		if (!p->item[i].drawn) {
			gap++;
			continue;
		}
		for (; gap && gap <= SHORT_GAP; gap--)
			p->item[i - gap].drawn = true;
		gap = 0;
	}
}

static void add_row(struct picture *p, enum row_kind kind, size_t first, size_t last)
{
	struct row *before = p->nr_rows ? &p->row[p->nr_rows - 1] : NULL;

	if (kind == ROW_GAP && before && before->kind == ROW_GAP) {
		before->last = last;
		before->to = p->item[last].ts;
		return;
	}
	p->row[p->nr_rows++] = (struct row){ kind, first, last, p->item[first].ts, p->item[last].ts };
}

/* Somebody waits when all steps are done, or a check finds something then. */
static bool has_tail(const struct picture *p)
{
	if (p->violated && !p->by_thread)
		return true;
	for (size_t i = 0; i < p->nr_waits; i++)
		if (p->wait[i].until > p->steps + 1)
			return true;
	return false;
}

void picture_choose(struct picture *p, const struct trace_drawing *how)
{
	draw_last(p, how);
	draw_touching(p, how);
	draw_previous(p, how);
	draw_takings(p);
	fill_gaps(p);
	p->row = must(calloc(p->nr_items + 1, sizeof(*p->row)));
	for (size_t i = 0; i < p->nr_items; i++) {
		add_row(p, p->item[i].drawn ? ROW_STEP : ROW_GAP, i, i);
		p->item[i].row = (unsigned)p->nr_rows - 1;
	}
	if (has_tail(p))
		p->row[p->nr_rows++] = (struct row){ ROW_TAIL, 0, 0, p->steps + 1, ~0ul };
}
