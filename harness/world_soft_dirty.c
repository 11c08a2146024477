/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What soft-dirty bits promise: a page that was written to since the bits were cleared says so. One that was not may say so, too.
 *
 * What is written while somebody clears them may be forgotten or not. Of anonymous memory only: who unmaps a file's page forgets it. So
 * does who gives a page up, and then nothing need be said of it.
 */
#include "world.h"

void soft_stored(struct shadow *s, unsigned long a)
{
	s->soft[a] = !s->clearing;
}

static void mapped(struct shadow *s, const struct event *e)
{
	for (unsigned long a = e->addr >> PAGE_SHIFT; a < e->end >> PAGE_SHIFT && a < SHADOW_PAGES; a++)
		s->soft[a] = e->fresh;
}

static void moved(struct shadow *s, const struct event *e)
{
	unsigned long from = e->addr >> PAGE_SHIFT, to = e->end >> PAGE_SHIFT;

	if (from >= SHADOW_PAGES || to >= SHADOW_PAGES)
		return;
	s->soft[to] = 1;
	s->soft[from] = 0;
}

static void dropped(struct shadow *s, const struct event *e)
{
	if (e->addr >> PAGE_SHIFT < SHADOW_PAGES)
		s->soft[e->addr >> PAGE_SHIFT] = 0;
}

static void clear_begin(struct shadow *s, const struct event *e)
{
	(void)e;
	s->clearing++;
	for (unsigned long a = 0; a < SHADOW_PAGES; a++) {
		if (s->state[a] == SHADOW_UNMAPPED)
			continue;
		shadow_touch(s, a, TOUCH_WRITE);
		s->soft[a] = 0;
	}
}

static void cleared(struct shadow *s, const struct event *e)
{
	(void)e;
	s->clearing--;
	for (unsigned long a = 0; a < SHADOW_PAGES; a++)
		if (s->state[a] != SHADOW_UNMAPPED)
			shadow_touch(s, a, TOUCH_WRITE);
}

static void seen(struct shadow *s, const struct event *e)
{
	unsigned long a = e->addr >> PAGE_SHIFT;

	if (a >= SHADOW_PAGES)
		return;
	shadow_touch(s, a, TOUCH_READ);
	check_that(e->value || !s->soft[a] || s->lazy[a] || s->kind[a] != SHADOW_ANON || s->state[a] != SHADOW_MAPPED, ORACLE_CONTENT,
		   "write-forgotten", "mm#%u: %#lx was written to since that was last asked to be forgotten, and does not say so",
		   s->mm->id, e->addr);
}

void soft_event(struct world *w, const struct event *e)
{
	static void (*const handler[EV_NR])(struct shadow *s, const struct event *e) = {
		[EV_MMAPPED] = mapped, [EV_PTE_MOVED] = moved, [EV_PTE_DROPPED] = dropped, [EV_CLEAR_SOFT_BEGIN] = clear_begin,
		[EV_CLEARED_SOFT] = cleared, [EV_SOFT_DIRTY_SEEN] = seen,
	};
	struct shadow *s = handler[e->kind] ? world_shadow(w, e->mm) : NULL;

	if (s)
		handler[e->kind](s, e);
}
