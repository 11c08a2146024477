/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who gets the swap token, by how often each address space has to come for pages that were swapped out.
 *
 * There is no clock in it: time is counted in grabs, of whomever (as since 2.6.20). swap_token_lock guards who has the token and the
 * priorities. Only the count of grabs, and when an mm came last, are used without: who loses a count is a little late, no more.
 */
#include "thrash.h"

static bool there_is_a_token(void)
{
	return rmap_has(core()->rmap, FEATURE_SWAP_TOKEN);
}

/*
 * Whose it is. Where it is nobody's, that is part of the step before. Who finds that it is not his any more may free his mm: nobody may
 * be looking at it then who had the lock while it was. (In Linux nothing but the branch orders the two, which is enough for a store.)
 */
static const struct mm_struct *holder(void)
{
	exec_touch(&core()->swap_token_mm, TOUCH_READ);
	if (!__atomic_load_n(&core()->swap_token_mm, __ATOMIC_ACQUIRE))
		return NULL;
	return smp_load_acquire(&core()->swap_token_mm);
}

/* swap_token_lock held. Whoever had it may go as soon as he sees this. */
static void set_holder(struct mm_struct *mm)
{
	smp_store_release(&core()->swap_token_mm, mm);
}

bool has_swap_token(const struct mm_struct *mm)
{
	return mm && holder() == mm;
}

/* swap_token_lock held. */
static void take_token(struct mm_struct *mm)
{
	mm->token_priority += 2;
	set_holder(mm);
	event(SWAP_TOKEN_TAKEN, .mm = mm);
}

/* swap_token_lock held: which is what keeps the other one, as his last user will wait for it. */
static void contend(struct mm_struct *mm, unsigned interval)
{
	struct mm_struct *has = core()->swap_token_mm;

	if (!has) {
		take_token(mm);
		return;
	}
	if (has == mm) {
		mm->token_priority += 2;	/* it comes again: keeping its pages pays */
		return;
	}
	if (interval < mm->last_interval)
		mm->token_priority++;		/* it comes more often than it did */
	else if (mm->token_priority > 0)
		mm->token_priority--;
	if (mm->token_priority > READ_ONCE(has->token_priority))
		take_token(mm);
}

void grab_swap_token(struct mm_struct *mm)
{
	unsigned now, interval;

	if (!there_is_a_token())
		return;
	now = READ_ONCE(core()->global_faults) + 1;
	WRITE_ONCE(core()->global_faults, now);
	interval = now - READ_ONCE(mm->faultstamp);
	if (!spin_trylock(&core()->swap_token_lock))
		return;
	contend(mm, interval);
	WRITE_ONCE(mm->faultstamp, now);
	mm->last_interval = interval;
	spin_unlock(&core()->swap_token_lock);
}

static void __put_swap_token(const struct mm_struct *mm)
{
	spin_lock(&core()->swap_token_lock);
	/* Somebody else may have taken it meanwhile: from him it is not to be taken. */
	if (core()->swap_token_mm == mm) {
		set_holder(NULL);
		event(SWAP_TOKEN_PUT);
	}
	spin_unlock(&core()->swap_token_lock);
}

/* Who has it is one of its users, or was: so an mm that has none, and does not have it, will not get it behind our back. */
void put_swap_token(struct mm_struct *mm)
{
	if (has_swap_token(mm))
		__put_swap_token(mm);
}

void disable_swap_token(void)
{
	const struct mm_struct *mm = holder();

	/* A name only: it may be gone by now, and the lock is what says whether it has the token still. */
	if (mm)
		__put_swap_token(mm);
}

/* ---- current->mm ---- */

struct mm_struct *current_mm(void)
{
	return core()->task_mm[current->id];
}

struct mm_struct *exchange_current_mm(struct mm_struct *mm)
{
	struct mm_struct *was = core()->task_mm[current->id];

	core()->task_mm[current->id] = mm;
	return was;
}
