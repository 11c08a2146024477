/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a monitor and a guest may rely on: nobody sees a registered page before the monitor has filled it; the monitor is not asked
 * again for what he has filled, unless the process gave it up; and what the guest says to use stays as it is.
 */
#include "huge.h"
#include "world.h"

/* An entry that somebody has in hand may be empty for an instant. */
static u8 missing_now(const struct shadow *s, unsigned long a)
{
	struct pgtable *pt = pgtable_peek(s->mm, a << PAGE_SHIFT);

	if (!pte_none(pte_peek(s->mm, a << PAGE_SHIFT)))
		return MISSING_NOT;
	return pt && pte_lockptr(pt)->l.owner ? MISSING_UNKNOWN : MISSING_YES;
}

static void range(struct shadow *s, const struct event *e)
{
	for (unsigned long a = e->addr >> PAGE_SHIFT; a < e->end >> PAGE_SHIFT && a < SHADOW_PAGES; a++) {
		struct pgtable *pt = pgtable_peek(s->mm, a << PAGE_SHIFT);

		shadow_touch(s, a, TOUCH_WRITE);
		if (pt) {
			exec_touch(&pte_lockptr(pt)->l, TOUCH_READ);
			exec_touch(pte_offset(pt, a << PAGE_SHIFT), TOUCH_READ);
		}
		s->registered[a] = e->value != 0;
		s->missing[a] = e->value ? missing_now(s, a) : MISSING_NOT;
	}
}

/* Part of what is registered may have grown. */
static void mapped(struct shadow *s, const struct event *e)
{
	for (unsigned long a = e->addr >> PAGE_SHIFT; a < e->end >> PAGE_SHIFT && a < SHADOW_PAGES; a++) {
		s->registered[a] = s->unused[a] = s->any[a] = 0;
		s->missing[a] = MISSING_UNKNOWN;
	}
}

static void moved(struct shadow *s, unsigned long from, const struct event *e)
{
	unsigned long to = e->end >> PAGE_SHIFT;

	if (to >= SHADOW_PAGES)
		return;
	s->registered[to] = 0;
	s->missing[to] = MISSING_NOT;
	s->unused[to] = s->unused[from];
	s->any[to] = s->any[from];
}

static void dropped(struct shadow *s, unsigned long a, const struct event *e)
{
	(void)e;
	s->missing[a] = s->registered[a] ? MISSING_YES : MISSING_NOT;
	s->unused[a] = s->any[a] = 0;
}

static void asked(struct shadow *s, unsigned long a, const struct event *e)
{
	shadow_touch(s, a, TOUCH_READ);
	check_that(s->missing[a] || s->lazy[a] || s->state[a] != SHADOW_MAPPED, ORACLE_CONTENT, "userfault-of-filled-page",
		   "mm#%u: the monitor is asked for %#lx, which was there, and the process has not given it up", s->mm->id, e->addr);
}

static void filled(struct shadow *s, unsigned long a, const struct event *e)
{
	shadow_touch(s, a, TOUCH_WRITE);
	s->missing[a] = MISSING_NOT;
	s->value[a] = e->value;
	s->has_maybe[a] = s->any[a] = s->unused[a] = 0;
	if (!s->freeing[a])
		s->lazy[a] = 0;
	if (e->fresh)
		soft_stored(s, a);
}

static void unused(struct shadow *s, unsigned long a, const struct event *e)
{
	shadow_touch(s, a, TOUCH_WRITE);
	s->unused[a] = e->kind == EV_UNUSED;
	s->any[a] = 1;
	s->soft[a] = 0;
}

static void unused_dropped(struct shadow *s, unsigned long a, const struct event *e)
{
	shadow_touch(s, a, TOUCH_WRITE);
	locked_set(s, a, 0);		/* what mlock has promised goes with it */
	check_that(s->unused[a], ORACLE_CONTENT, "used-page-dropped", "mm#%u: page%lu is dropped from %#lx, and the guest uses it",
		   s->mm->id, e->pfn, e->addr);
}

void uffd_forked(struct shadow *child)
{
	for (unsigned a = 0; a < SHADOW_PAGES; a++) {
		child->any[a] |= child->unused[a];
		child->unused[a] = child->registered[a] = child->missing[a] = 0;
	}
}

void uffd_accessed(const struct shadow *s, unsigned long a, const struct event *e)
{
	check_that(s->missing[a] != MISSING_YES, ORACLE_CONTENT, "missing-page-used",
		   "mm#%u: %#lx leads to page%lu, and the monitor has not filled it", s->mm->id, e->addr, e->pfn);
}

bool uffd_adopts(struct shadow *s, unsigned long a, u64 value)
{
	if (!s->any[a])
		return false;
	shadow_touch(s, a, TOUCH_WRITE);
	s->value[a] = value;
	s->any[a] = s->unused[a];	/* what is seen once stays so, if it is used */
	return true;
}

void uffd_event(struct world *w, const struct event *e)
{
	static void (*const handler[EV_NR])(struct shadow *s, unsigned long a, const struct event *e) = {
		[EV_PTE_MOVED] = moved, [EV_PTE_DROPPED] = dropped, [EV_USERFAULT] = asked, [EV_USERFAULT_FILLED] = filled,
		[EV_UNUSED] = unused, [EV_STABLE] = unused, [EV_UNUSED_DROPPED] = unused_dropped,
	};
	struct shadow *s;

	if (!handler[e->kind] && e->kind != EV_USERFAULT_RANGE && e->kind != EV_MMAPPED)
		return;
	s = world_shadow(w, e->mm);
	if (!s)
		return;
	if (e->kind == EV_USERFAULT_RANGE)
		range(s, e);
	else if (e->kind == EV_MMAPPED)
		mapped(s, e);
	else if (e->addr >> PAGE_SHIFT < SHADOW_PAGES)
		handler[e->kind](s, e->addr >> PAGE_SHIFT, e);
}
