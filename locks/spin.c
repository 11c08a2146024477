/* SPDX-License-Identifier: GPL-2.0-only */
/* See spin.h. */
#include "spin.h"

#include "machine.h"

enum role {
	MOVES_ALL,			/* who knows what */
	NOTHING,
	LOOKS,				/* and if it changes something, that can be seen in the word */
	TRIES,				/* changes something if it succeeds: spin_had() */
	MOVES
};

/* What is not here: MOVES_ALL. */
static const u8 role_of[OP_NR] = {
	[OP_START] = NOTHING,		[OP_RCU_READ_LOCK] = NOTHING,	[OP_RCU_READ_UNLOCK] = NOTHING,
	[OP_RCU_BARRIER] = NOTHING,	[OP_YIELD] = NOTHING,		[OP_WAIT] = NOTHING,
	[OP_FENCE] = NOTHING,		[OP_SRCU_READ_LOCK] = NOTHING,	[OP_SRCU_READ_UNLOCK] = NOTHING,
	[OP_LOAD] = LOOKS,		[OP_RMW] = LOOKS,		[OP_PLAIN_READ] = LOOKS,
	[OP_IS_LOCKED] = LOOKS,		[OP_USER_LOAD] = LOOKS,
	[OP_TRYLOCK] = TRIES,		[OP_DOWN_READ_TRYLOCK] = TRIES, [OP_DOWN_WRITE_TRYLOCK] = TRIES,
	[OP_STORE] = MOVES,		[OP_PLAIN_WRITE] = MOVES,	[OP_WRITE_REST] = MOVES,
	[OP_LOCK] = MOVES,		[OP_UNLOCK] = MOVES,		[OP_DOWN_READ] = MOVES,
	[OP_DOWN_READ_WAIT] = MOVES,	[OP_UP_READ] = MOVES,		[OP_DOWN_WRITE] = MOVES,
	[OP_DOWN_WRITE_WAIT] = MOVES,	[OP_UP_WRITE] = MOVES,		[OP_DOWNGRADE_WRITE] = MOVES,
};

static u64 __attribute__((no_sanitize("address"))) word_at(const void *obj)
{
	return *(const u64 *)((u64)obj & ~7ul);
}

static void looks(struct spin *s, const void *obj)
{
	for (unsigned i = 0; i < s->nr; i++)
		if (s->obj[i] == obj)
			return;
	if (s->nr == SPIN_OBJECTS || (u64)obj - ARENA_BASE >= machine->arena_size) {
		s->moved = true;
		return;
	}
	s->obj[s->nr] = obj;
	s->was[s->nr++] = word_at(obj);
}

static bool looked(const struct spin *s, const void *obj)
{
	for (unsigned i = 0; i < s->nr; i++)
		if (s->obj[i] == obj)
			return true;
	return false;
}

/* Everybody else who looked at it has to look again. NULL: at anything. */
static void changed(const struct task *by, const void *obj)
{
	struct sched *sched = &machine->sched;

	for (u64 b = sched->looping & ~(1ul << by->id); b; b &= b - 1) {
		unsigned i = (unsigned)__builtin_ctzl(b);
		struct spin *s = &machine->task[i].spin;

		if (obj && !looked(s, obj))
			continue;
		s->stale = true;
		sched->idle &= ~(1ul << i);
	}
}

void spin_step(struct task *t)
{
	struct sched *sched = &machine->sched;
	bool own = sched->looping >> t->id & 1;

	switch (role_of[t->op.kind]) {
	case NOTHING:
		if (t->op.kind == OP_YIELD) {
			t->spin.nr = 0;
			t->spin.moved = t->spin.stale = false;
			sched->idle &= ~(1ul << t->id);
		}
		break;
	case LOOKS:
		if (own)
			looks(&t->spin, t->op.obj);
		if (t->op.kind == OP_RMW)
			changed(t, t->op.obj);
		break;
	case TRIES:
		if (own)
			looks(&t->spin, t->op.obj);
		break;
	case MOVES:
		t->spin.moved = true;
		changed(t, t->op.obj);
		break;
	case MOVES_ALL:
		t->spin.moved = true;
		changed(t, NULL);
		break;
	}
}

void spin_had(const void *lock)
{
	current->spin.moved = true;
	changed(current, lock);
}

static bool is_as_it_was(const struct spin *s)
{
	for (unsigned i = 0; i < s->nr; i++)
		if (word_at(s->obj[i]) != s->was[i])
			return false;
	return true;
}

/* The first time it is not known what it looked at. Stores that wait in buffers change it when nobody says so. */
void spin_relaxes(struct task *t)
{
	struct sched *sched = &machine->sched;
	const struct spin *s = &t->spin;
	u64 bit = 1ul << t->id;

	if (sched->looping & bit && !sched->buffered && s->nr && !s->moved && !s->stale && is_as_it_was(s))
		sched->idle |= bit;
	sched->looping |= bit;
}

void spin_ends(void)
{
	machine->sched.looping &= ~(1ul << current->id);
	machine->sched.idle &= ~(1ul << current->id);
}
