/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Telling each operation that a scenario carries out: whose address space, which addresses, what came of it.
 *
 * Concurrency: by the thread that carries the operation out. Names may mean something else before its end if others run, too.
 */
#include "world.h"

#include "scn/ops.h"

/* The slot of a name of that kind that stands for something, or NULL. */
static const struct name_slot *bound(const struct world *w, int name, enum scn_kind kind)
{
	const struct name_slot *n = name < 0 ? NULL : &w->slot[name];

	return n && w->scn->name_of[name].kind == kind && n->state == SLOT_BOUND ? n : NULL;
}

static u32 mm_named(const struct world *w, int name)
{
	const struct name_slot *n = bound(w, name, SCN_MM);

	return n ? n->mm->id : 0;
}

/* Now: the operation may give its names another meaning. */
void world_tell_begin(const struct world *w, const struct scn_stmt *s, struct world_op *op)
{
	const struct name_slot *area = bound(w, s->area, SCN_AREA);
	u32 first = s->first < 0 ? 0 : (u32)s->first, last = s->first < 0 ? 0 : (u32)s->last;

	*op = (struct world_op){ .s = s, .mm = mm_named(w, s->subject >= 0 ? s->subject : s->name) };
	op->ended = mm_named(w, s->op == SOP_EXIT ? s->subject : s->bind);
	if (!area)
		return;
	if (s->first < 0)
		last = area->pages - 1;
	if (last >= area->pages)
		return;
	op->start = area->start + ((unsigned long)first << PAGE_SHIFT);
	op->len = (unsigned long)(last - first + 1) << PAGE_SHIFT;
}

void world_tell_end(const struct world *w, struct world_op *op)
{
	const struct name_slot *area = bound(w, op->s->bind, SCN_AREA);

	op->made = mm_named(w, op->s->bind);
	if (area) {
		op->made_start = area->start;
		op->made_len = (unsigned long)area->pages << PAGE_SHIFT;
	}
	w->teller->op(w->teller->arg, op);
}
