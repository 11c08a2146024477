/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the names of a scenario stand for, and how to use it while others end it; see interp.c.
 *
 * On real threads each statement begins with a name, and what is written there would be the hottest line of all, though the kernel has
 * nothing like it: a thread of a process does not count itself in with each system call. So who uses what a name stands for notes
 * it in a line of his own, looks whether the name still stands for it, and crosses it out in the end. Who takes the name away looks
 * at the notes of all threads afterwards: for each one that he finds he counts a user in the object, and says so in the note; that use
 * is then the thread's to give back. (Hazard pointers, but nobody waits.)
 */
#include "interp.h"

#include "sanitize.h"

#define COUNTED 1ul			/* in a note: a user was counted for it */

void slot_lock(struct name_slot *n)
{
	if (machine->executor == EXEC_REAL)
		inner_lock(&n->word);
}

void slot_unlock(struct name_slot *n)
{
	if (machine->executor == EXEC_REAL)
		inner_unlock(&n->word);
}

static bool slot_decided(void *arg)
{
	const struct name_slot *n = arg;

	return __atomic_load_n(&n->state, __ATOMIC_ACQUIRE) != SLOT_UNBOUND;
}

struct name_slot *slot_of(struct world *w, int name)
{
	struct name_slot *n = &w->slot[name];

	if (!slot_decided(n))
		exec_wait(slot_decided, n, n, HERE);
	hb_acquire(n);
	exec_touch(n, TOUCH_READ);
	return n;
}

/* ---- notes of who uses what; real threads only ---- */

/* No point: as long as the name stands for it, it is held without anybody having to ask; nor can one less be the last one to go. */
static void count_user(void *held, size_t users, int more)
{
	atomic_t *count = (atomic_t *)((char *)held + users);

	__atomic_fetch_add(&count->counter, more, __ATOMIC_RELAXED);
}

static struct use_note *own_notes(const struct world *w)
{
	return w->notes[current->id - w->first_task].note;
}

/* The caller's note of that; of what: NULL, a free one. */
static struct use_note *note_of(const struct world *w, const void *held)
{
	struct use_note *note = own_notes(w);

	for (unsigned i = 0; i < USE_NOTES; i++)
		if ((note[i].held & ~COUNTED) == (u64)held)
			return &note[i];
	die("%s uses more than %d things at once", current->name, USE_NOTES);
}

/* It stands for that, and goes on doing so as long as the caller has noted it; NULL: for nothing. */
static void *note_use(const struct world *w, struct name_slot *n, size_t users)
{
	struct use_note *note = note_of(w, NULL);

	while (__atomic_load_n(&n->state, __ATOMIC_ACQUIRE) == SLOT_BOUND) {
		void *held = __atomic_load_n(&n->held, __ATOMIC_RELAXED);
		u64 mine = (u64)held;

		if (!held)
			break;
		note->users = users;
		/* In this order, as who takes the name away first does that and then looks here. */
		__atomic_store_n(&note->held, mine, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&n->state, __ATOMIC_SEQ_CST) == SLOT_BOUND && __atomic_load_n(&n->held, __ATOMIC_SEQ_CST) == held) {
			hb_acquire(n);	/* it may have been bound again */
			return held;
		}
		/* Too late; but if he has seen the note, a user was counted, and that is as good. */
		if (!__atomic_compare_exchange_n(&note->held, &mine, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
			hb_acquire(n);
			return held;
		}
	}
	return NULL;
}

/* The note is crossed out. True: a user was counted for it, whom the caller has now. */
static bool cross_out(struct use_note *note)
{
	hb_release(note);
	return __atomic_exchange_n(&note->held, 0, __ATOMIC_SEQ_CST) & COUNTED;
}

/* Nobody finds it under its name any more; the name's own use of it goes next. */
static void count_noted(const struct world *w, void *held)
{
	if (!w->notes || !held)
		return;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (unsigned t = 0; t <= w->scn->nr_threads; t++)
		for (unsigned i = 0; i < USE_NOTES; i++) {
			struct use_note *note = &w->notes[t].note[i];
			u64 seen = __atomic_load_n(&note->held, __ATOMIC_SEQ_CST);

			hb_acquire(note);
			if (seen != (u64)held)
				continue;
			/* First counted, then said: if it is crossed out meanwhile, the name still has its own. */
			count_user(held, note->users, 1);
			if (!__atomic_compare_exchange_n(&note->held, &seen, seen | COUNTED, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
				count_user(held, note->users, -1);
		}
}

void world_notes(struct world *w, unsigned first_task)
{
	w->first_task = first_task;
	w->notes = machine_alloc((w->scn->nr_threads + 1) * sizeof(*w->notes));
	san_unwatch(w->notes, (w->scn->nr_threads + 1) * sizeof(*w->notes));
}

/* ---- using, binding ---- */

static void *use_noted(const struct world *w, struct name_slot *n, size_t users)
{
	void *held = note_use(w, n, users);

	if (!held)
		return NULL;
	count_user(held, users, 1);
	if (cross_out(note_of(w, held)))
		count_user(held, users, -1);
	return held;
}

void *slot_use(struct world *w, int name, size_t users)
{
	struct name_slot *n = slot_of(w, name);
	void *held = NULL;

	if (machine->executor == EXEC_REAL)
		return use_noted(w, n, users);
	if (n->state == SLOT_BOUND) {
		held = n->held;
		hb_acquire(n);	/* it may have been bound again */
		exec_touch((char *)held + users, TOUCH_ADD);
		count_user(held, users, 1);
	}
	return held;
}

/* The name stands for that from now on; what it stood for, if anything, is returned. */
static void *take_over(const struct world *w, struct name_slot *n, enum slot_state state, void *held)
{
	void *old;

	/* Who finds it under its name finds it whole: the call that made it has returned. The name does not wait in a buffer of stores. */
	if (held)
		smp_mb();
	exec_touch(n, TOUCH_WRITE);
	slot_lock(n);
	old = n->state == SLOT_BOUND ? n->held : NULL;
	__atomic_store_n(&n->held, held, __ATOMIC_RELAXED);
	hb_acquire(n);		/* what the name stood for comes from whoever bound it */
	hb_release(n);
	__atomic_store_n(&n->state, state, __ATOMIC_RELEASE);
	slot_unlock(n);
	count_noted(w, old);
	return old;
}

void *slot_exchange(const struct world *w, struct name_slot *n, void *held)
{
	return take_over(w, n, held ? SLOT_BOUND : SLOT_GONE, held);
}

bool slot_set(const struct world *w, struct name_slot *n, enum slot_state state, struct mm_struct *mm)
{
	struct mm_struct *old = take_over(w, n, state, mm);

	if (old)
		mmput(old);		/* a name that is bound again: its process exits */
	return old;
}

/* As one of its threads does. */
struct mm_struct *mm_use(struct world *w, int name)
{
	if (machine->executor == EXEC_REAL)
		return note_use(w, slot_of(w, name), offsetof(struct mm_struct, mm_users));
	return slot_use(w, name, offsetof(struct mm_struct, mm_users));
}

/*
 * No use of it any more. As long as the name stands for the process this cannot have been the last one, whoever else comes and
 * goes: so it says that it only counted, and that it relied on the name.
 */
void mm_done(struct world *w, int name, struct mm_struct *mm)
{
	const struct name_slot *n = &w->slot[name];

	if (machine->executor == EXEC_REAL) {
		if (cross_out(note_of(w, mm)))
			mmput(mm);
		return;
	}
	mmput(mm);
	if (n->state != SLOT_BOUND || n->mm != mm)
		return;
	exec_touch(n, TOUCH_READ);
	exec_touch(&mm->mm_users, TOUCH_ADD);
}
