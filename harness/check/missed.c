/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * O2, during a search: an entry that maps the page from the search's beginning to its end was found, wherever it was moved
 * meanwhile. Controlled executions only.
 *
 * What is there at the beginning is what page tables say; entries that are removed or moved are told by events. An entry that is
 * made meanwhile may be missed.
 */
#include "check/check.h"

static struct lookout *lookout_of(struct lookouts *s, const struct task *task)
{
	for (unsigned i = 0; i < MAX_LOOKOUTS; i++)
		if (s->lookout[i].task == task)
			return &s->lookout[i];
	return NULL;
}

/*
 * What exec has not finished is nobody's memory yet, and walks may miss what it moves. Its first VMA may be coming or going just now, in
 * two halves: then there is something to find only if there is a VMA.
 */
static bool is_being_set_up(const struct mm_struct *mm)
{
	return mm->mmap && slab_holds(core()->vma_cache, mm->mmap) && mm->mmap->vm_flags & VM_STACK_INCOMPLETE_SETUP;
}

static void note_mapper(struct mm_struct *mm, unsigned long addr, pte_t pte, void *arg)
{
	struct lookout *s = arg;

	if (!pte_page(pte) || pte_pfn(pte) != s->pfn || s->nr == MAX_MAPPERS || is_being_set_up(mm))
		return;
	s->mapper[s->nr++] = (struct mapper){ .mm = mm, .addr = addr };
}

static void touch_mappers(unsigned long pfn)
{
	exec_touch_part(pfn_to_page(pfn), PAGE_MAPPERS, TOUCH_READ);
}

static void begin(struct lookouts *all, const struct event *e)
{
	struct lookout *s = lookout_of(all, NULL);

	if (!s)
		return;			/* more at once than are watched */
	touch_mappers(e->pfn);
	s->task = current;
	s->pfn = e->pfn;
	s->nr = 0;
	for_each_pte(note_mapper, s);
}

/* The entry with this address in every search that knows it. */
static void each_mapper(struct lookouts *all, const struct event *e, void (*fn)(struct mapper *m, const struct event *e))
{
	for (unsigned i = 0; i < MAX_LOOKOUTS; i++) {
		struct lookout *s = &all->lookout[i];

		for (unsigned j = 0; s->task && s->pfn == e->pfn && j < s->nr; j++)
			if (s->mapper[j].mm == e->mm && s->mapper[j].addr == e->addr && !s->mapper[j].gone)
				fn(&s->mapper[j], e);
	}
}

static void moved(struct mapper *m, const struct event *e)
{
	m->addr = e->end;
}

static void removed(struct mapper *m, const struct event *e)
{
	(void)e;
	m->gone = 1;
}

static void found(struct lookouts *all, const struct event *e)
{
	struct lookout *s = lookout_of(all, current);

	for (unsigned j = 0; s && j < s->nr; j++)
		if (s->mapper[j].mm == e->mm && s->mapper[j].addr == e->addr)
			s->mapper[j].found = 1;
}

/* Cleared already, and not told as removed yet? */
static bool still_there(const struct mapper *m, unsigned long pfn)
{
	pte_t pte = pte_peek(m->mm, m->addr);

	return pte_page(pte) && pte_pfn(pte) == pfn;
}

static void end(struct lookouts *all, const struct event *e)
{
	struct lookout *s = lookout_of(all, current);

	if (!s)
		return;
	touch_mappers(e->pfn);
	s->task = NULL;
	for (unsigned j = 0; j < s->nr; j++) {
		const struct mapper *m = &s->mapper[j];

		check_that(m->gone || m->found || !still_there(m, s->pfn), ORACLE_RMAP, "mapping-missed",
			   "page%lu was mapped at %#lx of mm#%u all the time, and a search for its entries did not find it", s->pfn,
			   m->addr, m->gone ? 0 : m->mm->id);
	}
}

void check_search(struct lookouts *all, const struct event *e)
{
	if (!(machine->oracles & 1u << ORACLE_RMAP))
		return;
	switch (e->kind) {
	case EV_FIND_BEGIN:
		begin(all, e);
		break;
	case EV_FIND_HIT:
		found(all, e);
		break;
	case EV_FIND_END:
		end(all, e);
		break;
	case EV_PTE_MOVED:
		each_mapper(all, e, moved);
		break;
	case EV_PTE_REMOVED:
		each_mapper(all, e, removed);
		break;
	default:
		break;
	}
}
