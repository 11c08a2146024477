/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out what a scenario lets KSM do; see interp.c. */
#include "interp.h"
#include "ksm.h"

/* The same word wherever the same value is filled in: what KSM takes for equal is so for everybody. */
void op_fill(struct context *c)
{
	u64 word = c->s->value & ((1ul << VALUE_BITS) - 1);

	if (machine->executor == EXEC_REAL)
		word |= (u64)(c->w->copy + 1) << VALUE_BITS;
	c->word = word;
	access_page(c, true, &word);
}

/* Which mm the name stands for; it may be gone by now, and is not to be looked into. NULL when the process is gone. */
static struct mm_struct *mm_named(struct context *c, int name)
{
	struct name_slot *n = slot_of(c->w, name);
	struct mm_struct *mm;

	slot_lock(n);
	mm = n->state == SLOT_BOUND ? n->mm : NULL;
	slot_unlock(n);
	return mm;
}

/*
 * KSM has no thread of its own here: whoever makes it scan does so as the kernel's thread would, holding nothing and using no
 * process. The process may be gone when KSM comes to it.
 */
void op_ksm_page(struct context *c)
{
	static const enum scn_result results[] = { [KSM_MERGED] = SCN_OK, [KSM_NOT_MERGED] = SCN_AGAIN, [KSM_NO_PAGE] = SCN_NONE };
	struct mm_struct *mm = mm_named(c, c->s->name);
	struct range r;

	if (mm && range_of(c, &r))
		came(c, results[ksm_scan_address(mm, r.start)]);
	else
		came(c, SCN_GONE);
}

void op_ksm_scan(struct context *c)
{
	came_number(c, ksm_do_scan((unsigned)c->s->count));
}

void op_ksm_unmerge(struct context *c)
{
	came_error(c, ksm_unmerge_all());
}
