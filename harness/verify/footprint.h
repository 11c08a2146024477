/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one step touched: places, and how. Two steps of different tasks are dependent when their footprints conflict; if they do
 * not, doing them in the other order leads to the same state.
 *
 * Concurrency: plain values; one caller.
 */
#ifndef HARNESS_VERIFY_FOOTPRINT_H
#define HARNESS_VERIFY_FOOTPRINT_H

#include "machine.h"

/*
 * MODE_COMMUTE: changes the place, but two such changes give the same in either order, and neither sees the other (a reader
 * more, a reader less). So equal modes are independent unless both write; unequal ones conflict.
 */
enum mode { MODE_READ = TOUCH_READ, MODE_COMMUTE = TOUCH_ADD, MODE_WRITE = TOUCH_WRITE };

/* Kinds of places. */
enum place {
	PLACE_WORD = 1,			/* the word at an address */
	PLACE_BIT,			/* one bit of it that is a lock */
	PLACE_OWNER,			/* of a lock: exclusive owner and queue */
	PLACE_READERS,			/* of an rwsem: how many read */
	PLACE_OBJECT,			/* memory of the slab: which object it is, and whether it is live */
	PLACE_CHUNKS,			/* which chunks are handed out */
	PLACE_FREES,			/* something was allocated or freed, whatever it was */
	PLACE_SECTION,			/* one outermost read section of RCU: that it has ended */
	PLACE_ENTERED,			/* somebody entered a read section */
	PLACE_LEFT,			/* somebody left one */
	PLACE_CALLBACKS,		/* the list of RCU callbacks */
	PLACE_END,			/* which tasks have ended */
	PLACE_PART,			/* something that one address stands for: exec_touch_part() */
	PLACE_NR
};

#define FOOTPRINT_MAX 40u

struct footprint {
	u64 seen;			/* a bit for each place's hash: two footprints without a common bit cannot conflict */
	u32 nr;
	bool wild;			/* it may have touched anything */
	u64 at[FOOTPRINT_MAX];		/* access_of() */
};

/* One word: kind of place, mode, and which place (an address, or an address and something small). */
#define ACCESS_MODE_SHIFT 54
#define ACCESS_MODE_MASK (3ul << ACCESS_MODE_SHIFT)

static inline u64 access_of(enum place place, u64 what, enum mode mode)
{
	return (u64)place << 56 | (u64)mode << ACCESS_MODE_SHIFT | (what & ((1ul << ACCESS_MODE_SHIFT) - 1));
}

static inline u64 access_key(u64 access)
{
	return access & ~ACCESS_MODE_MASK;
}

static inline enum mode access_mode(u64 access)
{
	return (enum mode)((access & ACCESS_MODE_MASK) >> ACCESS_MODE_SHIFT);
}

static inline bool modes_conflict(enum mode a, enum mode b)
{
	return a != b || a == MODE_WRITE;
}

static inline u64 key_hash(u64 key)
{
	u64 h = key * 0x9e3779b97f4a7c15ul;

	return h ^ h >> 29;
}

/* An address and a number below 64, or an object of the arena and a number below 65536. */
static inline u64 place_bit(const void *word, unsigned bit)
{
	return (u64)word | (u64)bit << 48;
}

static inline u64 place_part(const void *obj, u64 part)
{
	return ((u64)obj - ARENA_BASE) << 16 | (part & 0xffff);
}

void footprint_clear(struct footprint *f);
/* A place that is there already is touched in both ways. When there is no room left the footprint becomes wild. */
void footprint_add(struct footprint *f, enum place place, u64 what, enum mode mode);
void footprint_union(struct footprint *f, const struct footprint *with);
bool footprint_has(const struct footprint *f, enum place place, u64 what, enum mode mode);
bool footprints_conflict(const struct footprint *a, const struct footprint *b);

#endif
