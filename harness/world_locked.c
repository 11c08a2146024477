/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What mlock promises to a program: a page that it has found present stays, until it is unlocked, unmapped or truncated.
 *
 * The promise begins where mlock looks at the entry, under its lock, and not where it returns: a mlock that fails in the middle has
 * promised what it has come by.
 */
#include "world.h"

static void touch(const struct shadow *s, unsigned long a)
{
	exec_touch_part(s->mm, PART_PAGE + (unsigned)a, TOUCH_WRITE);
}

static void set(struct shadow *s, unsigned long from, unsigned long to, u8 locked)
{
	for (unsigned long a = from; s && a < to && a < SHADOW_PAGES; a++) {
		touch(s, a);
		s->locked[a] = locked;
	}
}

/* Truncate takes pages away from whoever has them, locked or not. */
static void truncated(struct world *w, const struct event *e)
{
	for (unsigned i = 0; i < MAX_SHADOWS; i++) {
		struct shadow *s = &w->shadow[i];

		for (unsigned long a = 0; s->mm && a < SHADOW_PAGES; a++) {
			if (s->kind[a] == SHADOW_ANON || w->file[s->file[a]].inode != e->obj || s->index[a] < e->end)
				continue;
			touch(s, a);
			s->locked[a] = 0;
		}
	}
}

void locked_event(struct world *w, const struct event *e)
{
	unsigned long from = e->addr >> PAGE_SHIFT;

	if (e->kind == EV_MLOCKED)
		set(world_shadow(w, e->mm), from, from + 1, 1);
	else if (e->kind == EV_MUNLOCK)
		set(world_shadow(w, e->mm), from, e->end >> PAGE_SHIFT, 0);
	else
		truncated(w, e);
}

void world_check_locked(const struct world *w)
{
	for (unsigned i = 0; i < MAX_SHADOWS; i++) {
		const struct shadow *s = &w->shadow[i];

		for (unsigned a = 0; s->mm && a < SHADOW_PAGES; a++) {
			const struct pgtable *pt = s->mm->pgd[a / PTRS_PER_PTE];

			check_that(!s->locked[a] || (pt && pte_present(pt->pte[a % PTRS_PER_PTE])), ORACLE_STRUCTURE, "locked-page-gone",
				   "mm#%u has %#lx locked in memory, and it is not there", s->mm->id, (unsigned long)a << PAGE_SHIFT);
		}
	}
}
