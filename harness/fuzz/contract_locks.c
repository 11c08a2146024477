/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scenario's own locks: see contract.h.
 *
 * One order for all threads: mutexes, rwsems, RCU, spinlocks, and in a kind the order of their names. A group neither releases
 * what was taken before it nor keeps what was taken in it. A trylock counts as taken: it may have been.
 */
#include <string.h>

#include "fuzz/contract.h"
#include "fuzz/draft.h"
#include "types.h"

#define MAX_HOLD 8
#define MAX_DEPTH 8

enum hold_mode { HOLD_EXCLUSIVE, HOLD_READ, HOLD_WRITE, HOLD_RCU };

struct hold {
	int lock;		/* slot; of RCU: -1 */
	u8 mode;		/* enum hold_mode */
	unsigned rank;
};

struct walker {
	struct scenario *d;
	struct scn_body *b;
	unsigned at;
	struct hold hold[MAX_HOLD];
	unsigned nr, base[MAX_DEPTH], depth;
	u64 setup;		/* names that set-up binds */
	u64 own;		/* and those that this body has bound so far */
	bool changed;
};

enum lock_act { ACT_NONE, ACT_TAKE, ACT_RELEASE, ACT_DOWNGRADE };

static const struct lock_row {
	u8 act, mode;
} rows[SOP_NR] = {
	[SOP_LOCK] = { ACT_TAKE, HOLD_EXCLUSIVE },
	[SOP_TRYLOCK] = { ACT_TAKE, HOLD_EXCLUSIVE },
	[SOP_SPIN] = { ACT_TAKE, HOLD_EXCLUSIVE },
	[SOP_UNLOCK] = { ACT_RELEASE, HOLD_EXCLUSIVE },
	[SOP_DOWN_READ] = { ACT_TAKE, HOLD_READ },
	[SOP_DOWN_READ_TRYLOCK] = { ACT_TAKE, HOLD_READ },
	[SOP_UP_READ] = { ACT_RELEASE, HOLD_READ },
	[SOP_DOWN_WRITE] = { ACT_TAKE, HOLD_WRITE },
	[SOP_DOWN_WRITE_TRYLOCK] = { ACT_TAKE, HOLD_WRITE },
	[SOP_UP_WRITE] = { ACT_RELEASE, HOLD_WRITE },
	[SOP_DOWNGRADE_WRITE] = { ACT_DOWNGRADE, HOLD_WRITE },
	[SOP_RCU_READ_LOCK] = { ACT_TAKE, HOLD_RCU },
	[SOP_RCU_READ_UNLOCK] = { ACT_RELEASE, HOLD_RCU },
};

static const u16 release_op[] = {
	[HOLD_EXCLUSIVE] = SOP_UNLOCK, [HOLD_READ] = SOP_UP_READ, [HOLD_WRITE] = SOP_UP_WRITE, [HOLD_RCU] = SOP_RCU_READ_UNLOCK,
};

#define RANK_RCU 256u
#define RANK_SPIN 384u

static unsigned rank_of(const struct walker *w, const struct scn_stmt *s)
{
	static const unsigned of_kind[] = { [SCN_MUTEX] = 0, [SCN_RWSEM] = 128, [SCN_SPINLOCK] = RANK_SPIN };

	if (rows[s->op].mode == HOLD_RCU)
		return RANK_RCU;
	return of_kind[w->d->name_of[s->lock].kind] + (unsigned)s->lock;
}

/* May nothing sleep here? */
static bool atomic(const struct walker *w)
{
	return w->nr && w->hold[w->nr - 1].rank >= RANK_RCU;
}

static bool take(struct walker *w, const struct scn_stmt *s)
{
	unsigned rank = rank_of(w, s);
	bool nested = rank == RANK_RCU && w->nr && w->hold[w->nr - 1].rank == RANK_RCU;

	if (w->nr == MAX_HOLD || (w->nr && w->hold[w->nr - 1].rank >= rank && !nested))
		return false;
	w->hold[w->nr++] = (struct hold){ s->lock, rows[s->op].mode, rank };
	return true;
}

static struct hold *held(struct walker *w, const struct scn_stmt *s)
{
	for (unsigned i = w->nr; i-- > w->base[w->depth];)
		if (w->hold[i].lock == s->lock && w->hold[i].mode == rows[s->op].mode)
			return &w->hold[i];
	return NULL;
}

static bool release(struct walker *w, const struct scn_stmt *s)
{
	struct hold *h = held(w, s);

	if (!h)
		return false;
	memmove(h, h + 1, (size_t)(&w->hold[--w->nr] - h) * sizeof(*h));
	return true;
}

static bool downgrade(struct walker *w, const struct scn_stmt *s)
{
	struct hold *h = held(w, s);

	if (h)
		h->mode = HOLD_READ;
	return h;
}

static bool waits_for(const struct walker *w, int slot)
{
	return slot >= 0 && !((w->setup | w->own) >> slot & 1);
}

/* Under a lock, whoever would bind the name may be waiting for that lock. */
static bool other(struct walker *w, const struct scn_stmt *s)
{
	if (atomic(w))
		return false;
	return !w->nr || !(waits_for(w, s->subject) || waits_for(w, s->name) || waits_for(w, s->area) || waits_for(w, s->file) ||
			  waits_for(w, s->memcg));
}

static bool (*const act[])(struct walker *w, const struct scn_stmt *s) = {
	[ACT_NONE] = other, [ACT_TAKE] = take, [ACT_RELEASE] = release, [ACT_DOWNGRADE] = downgrade,
};

/* Give back, before the statement that comes now, all that was taken since the group (or the body) began. */
static void release_all(struct walker *w)
{
	while (w->nr > w->base[w->depth]) {
		const struct hold *h = &w->hold[--w->nr];
		struct scn_stmt s = draft_stmt(release_op[h->mode]);

		s.lock = (int16_t)h->lock;
		draft_insert(w->b, w->at++, &s);
		w->changed = true;
	}
}

static void step(struct walker *w)
{
	const struct scn_stmt *s = &w->b->stmt[w->at];

	if (s->op == SCN_REPEAT) {
		w->base[++w->depth] = w->nr;
	} else if (s->op == SCN_END) {
		release_all(w);
		w->depth--;
	} else if (!act[rows[s->op].act](w, s)) {
		draft_remove(w->b, w->at--, 1);
		w->changed = true;
	} else if (s->bind >= 0) {
		w->own |= 1ul << s->bind;
	}
}

bool contract_locks(struct scenario *d)
{
	struct family f;
	bool changed = false;

	draft_family(d, &f);
	for (unsigned body = 0; body < draft_bodies(d); body++) {
		struct walker w = { .d = d, .b = draft_body(d, body), .setup = f.setup };

		draft_groups(w.b);
		for (; w.at < w.b->nr; w.at++)
			step(&w);
		release_all(&w);
		changed |= w.changed;
	}
	return changed;
}
