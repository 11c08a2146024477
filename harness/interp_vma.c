/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out what a scenario says of the rights and the content of areas; see interp.c. */
#include "interp.h"
#include "mlock.h"
#include "ksm.h"

void op_mprotect(struct context *c)
{
	static const unsigned long rights[NR_RIGHTS] = {
		[RIGHTS_R] = VM_READ, [RIGHTS_RW] = VM_READ | VM_WRITE, [RIGHTS_RX] = VM_READ | VM_EXEC,
		[RIGHTS_RWX] = VM_READ | VM_WRITE | VM_EXEC,
	};
	struct range r;

	if (range_of(c, &r))
		came_error(c, do_mprotect(c->mm, r.start, r.len, rights[c->s->value]));
	else
		came(c, SCN_GONE);
}

void op_madvise(struct context *c)
{
	static const enum madvice advice[NR_ADVICE_WORDS] = {
		[ADVICE_DONTNEED] = MADVISE_DONTNEED, [ADVICE_FREE] = MADVISE_FREE, [ADVICE_SEQUENTIAL] = MADVISE_SEQUENTIAL,
		[ADVICE_NORMAL] = MADVISE_NORMAL,
	};
	struct range r;

	if (range_of(c, &r) && (c->s->value == ADVICE_MERGEABLE || c->s->value == ADVICE_UNMERGEABLE))
		came_error(c, do_madvise_mergeable(c->mm, r.start, r.len, c->s->value == ADVICE_MERGEABLE));
	else if (range_of(c, &r))
		came_error(c, do_madvise(c->mm, r.start, r.len, advice[c->s->value]));
	else
		came(c, SCN_GONE);
}

void op_mlock(struct context *c)
{
	struct range r;

	if (range_of(c, &r))
		came_error(c, do_mlock(c->mm, r.start, r.len));
	else
		came(c, SCN_GONE);
}

void op_munlock(struct context *c)
{
	struct range r;

	if (range_of(c, &r))
		came_error(c, do_munlock(c->mm, r.start, r.len));
	else
		came(c, SCN_GONE);
}

void op_mlockall(struct context *c)
{
	static const unsigned flags[NR_MLOCKALL_WORDS] = {
		[MLOCKALL_CURRENT] = MCL_CURRENT, [MLOCKALL_FUTURE] = MCL_FUTURE, [MLOCKALL_ALL] = MCL_CURRENT | MCL_FUTURE,
		[MLOCKALL_CURRENT_ONFAULT] = MCL_CURRENT | MCL_ONFAULT, [MLOCKALL_FUTURE_ONFAULT] = MCL_FUTURE | MCL_ONFAULT,
		[MLOCKALL_ALL_ONFAULT] = MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT,
	};

	do_mlockall(c->mm, flags[c->s->value]);
}

void op_munlockall(struct context *c)
{
	do_munlockall(c->mm);
}
