/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What mlock promises to a program: a page that it has found present stays, until it is unlocked, unmapped, truncated or invalidated.
 *
 * The promise begins where mlock looks at the entry, under its lock, and not where it returns: a mlock that fails in the middle has
 * promised what it has come by.
 */
#include "huge.h"
#include "world.h"

#include "memory_failure.h"

void locked_set(struct shadow *s, unsigned long a, u8 locked)
{
	if (s->locked[a] == locked)
		return;
	exec_touch_part(s->mm, PART_LOCKED + (unsigned)a, TOUCH_WRITE);
	s->locked[a] = locked;
}

static void set_range(struct shadow *s, const struct event *e, u8 locked)
{
	for (unsigned long a = e->addr >> PAGE_SHIFT; s && a < e->end >> PAGE_SHIFT && a < SHADOW_PAGES; a++)
		locked_set(s, a, locked);
}

static bool lies_beyond(const struct world *w, const struct shadow *s, unsigned long a, const void *inode, unsigned long size)
{
	return s->kind[a] != SHADOW_ANON && w->file[s->file[a]].inode == inode && s->index[a] >= size;
}

/* Truncate takes pages away from whoever has them, locked or not. It has done so now. */
static void truncated(struct world *w, const struct event *e)
{
	for (unsigned i = 0; i < MAX_SHADOWS; i++) {
		struct shadow *s = &w->shadow[i];

		for (unsigned long a = 0; s->mm && a < SHADOW_PAGES; a++)
			if (lies_beyond(w, s, a, e->obj, e->end))
				locked_set(s, a, 0);
	}
}

static bool shows(const struct world *w, const struct shadow *s, unsigned long a, const void *inode)
{
	return s->kind[a] != SHADOW_ANON && s->kind[a] != SHADOW_OWN && w->file[s->file[a]].inode == inode;
}

/* Who takes pages out of a file's cache takes them from whoever has them, as truncate does. While he does, nothing is promised. */
static void invalidated(struct world *w, const struct event *e)
{
	for (unsigned i = 0; i < MAX_SHADOWS; i++) {
		struct shadow *s = &w->shadow[i];

		for (unsigned long a = 0; s->mm && a < SHADOW_PAGES; a++)
			if (shows(w, s, a, e->obj))
				locked_set(s, a, 0);
	}
}

static bool being_invalidated(const struct world *w, const struct shadow *s, unsigned long a)
{
	const struct file_shadow *f = &w->file[s->file[a]];

	if (!shows(w, s, a, f->inode))
		return false;
	exec_touch_part(f->inode, PART_INVALIDATING, TOUCH_READ);
	return f->invalidating;
}

/* Is the entry empty, or one for swap, or does it only say which page of a file belongs there? */
static bool is_away(const struct shadow *s, unsigned long a)
{
	pte_t pte = pte_peek(s->mm, a << PAGE_SHIFT);

	return pte_none(pte) || pte_swap(pte) || pte_file(pte);
}

/* A mapping is gone, its pte lock is held: another one may have taken its place. */
static void unmapped(struct world *w, const struct event *e)
{
	struct shadow *s = world_shadow(w, e->mm);
	unsigned long a = e->addr >> PAGE_SHIFT;
	const struct inode *inode;

	if (!s || a >= SHADOW_PAGES)
		return;
	exec_touch_part(s->mm, PART_LOCKED + (unsigned)a, TOUCH_READ);
	/*
	 * A file's huge page is unmapped when a part of it is, and when small pages are made of it. It is in memory still, and it takes a
	 * fault to say that it stays.
	 */
	if (s->locked[a] && huge_of_file(pfn_to_page(e->pfn))) {
		locked_set(s, a, 0);
		return;
	}
	/* Without a table: khugepaged has taken it away, and a huge page is about to take its place. The end will tell. */
	if (pmd_none(pmd_peek(s->mm, e->addr)))
		return;
	if (!s->locked[a] || !is_away(s, a))
		return;
	if (PageHWPoison(pfn_to_page(e->pfn))) {
		locked_set(s, a, 0);	/* no promise holds against the hardware */
		return;
	}
	inode = s->kind[a] == SHADOW_ANON ? NULL : w->file[s->file[a]].inode;
	if (inode && lies_beyond(w, s, a, inode, inode->i_size))
		return;
	violation(ORACLE_STRUCTURE, "locked-page-unmapped", "mm#%u has %#lx locked in memory, and page%lu is taken away from there",
		  e->mm->id, e->addr, e->pfn);
}

void locked_event(struct world *w, const struct event *e)
{
	struct shadow *s = world_shadow(w, e->mm);
	unsigned long a = e->addr >> PAGE_SHIFT;

	switch (e->kind) {
	case EV_MLOCKED:
		if (s && a < SHADOW_PAGES && !being_invalidated(w, s, a))
			locked_set(s, a, 1);
		break;
	case EV_MUNLOCK:
		set_range(s, e, 0);
		break;
	case EV_FILE_TRUNCATED:
		truncated(w, e);
		break;
	case EV_FILE_INVALIDATE:
		invalidated(w, e);
		break;
	default:
		unmapped(w, e);
	}
}

void world_check_locked(const struct world *w)
{
	for (unsigned i = 0; i < MAX_SHADOWS; i++) {
		const struct shadow *s = &w->shadow[i];

		for (unsigned a = 0; s->mm && a < SHADOW_PAGES; a++)
			check_that(!s->locked[a] || !is_away(s, a), ORACLE_STRUCTURE, "locked-page-gone",
				   "mm#%u has %#lx locked in memory, and it is not there", s->mm->id, (unsigned long)a << PAGE_SHIFT);
	}
}
