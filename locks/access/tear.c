/* SPDX-License-Identifier: GPL-2.0-only */
/* Torn stores; see tear.h. */
#include "access/tear.h"

#include "machine.h"
#include "sanitize.h"

/* The high half of a word is the one at the higher address. */
BUILD_BUG_ON(__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__);

struct word_store {
	void *addr;
	unsigned size;
	u64 old;
	const struct site *site;
};

bool tear_pending;
static struct word_store noted;		/* [const while tear_pending] */

void tear_begin(void)
{
	tear_pending = false;
}

static u64 value_of(const struct word_store *s)
{
	u64 value = 0;

	raw_copy(&value, s->addr, s->size);
	return value;
}

void tear_note(void *addr, unsigned size, const struct site *site)
{
	if (size != sizeof(u32) && size != sizeof(u64))
		return;
	noted = (struct word_store){ addr, size, 0, site };
	noted.old = value_of(&noted);
	tear_pending = true;
}

static bool shows(const struct word_store *s, u64 value)
{
	u64 changed = s->old ^ value;
	unsigned bits = s->size * 8 / 2;

	return changed >> bits && changed & ((1ul << bits) - 1);
}

/* Where no other task may come in between, nobody sees half a store. */
static bool may_switch(const struct task *t)
{
	return t && t->points & POINT_SCHED && !t->unwatched && !t->undivided;
}

void tear_settle_slow(void)
{
	const struct word_store s = noted;
	unsigned half = s.size / 2;
	u64 value = value_of(&s);
	u8 *high = (u8 *)s.addr + half;

	tear_pending = false;		/* what follows has points of its own */
	if (!may_switch(current) || !shows(&s, value) || !exec_choose(CHOICE_TEAR, 2))
		return;
	raw_copy(high, (const u8 *)&s.old + half, half);
	exec_point_slow(OP_WRITE_REST, s.addr, 0, 0, s.site);
	raw_copy(high, (const u8 *)&value + half, half);
}
