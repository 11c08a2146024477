/* SPDX-License-Identifier: GPL-2.0-only */
/* Footprints: see footprint.h. */
#include "verify/footprint.h"

void footprint_clear(struct footprint *f)
{
	f->seen = 0;
	f->nr = 0;
	f->wild = false;
}

static void add(struct footprint *f, u64 access)
{
	u64 key = access_key(access), bit = 1ul << (key_hash(key) & 63);

	if (f->seen & bit) {
		for (u32 i = 0; i < f->nr; i++) {
			if (access_key(f->at[i]) != key)
				continue;
			if (f->at[i] != access)
				f->at[i] = key | (u64)MODE_WRITE << ACCESS_MODE_SHIFT;
			return;
		}
	}
	if (f->nr == FOOTPRINT_MAX) {
		f->wild = true;
		return;
	}
	f->seen |= bit;
	f->at[f->nr++] = access;
}

void footprint_add(struct footprint *f, enum place place, u64 what, enum mode mode)
{
	add(f, access_of(place, what, mode));
}

void footprint_union(struct footprint *f, const struct footprint *with)
{
	for (u32 i = 0; i < with->nr; i++)
		add(f, with->at[i]);
	f->wild |= with->wild;
}

bool footprint_has(const struct footprint *f, enum place place, u64 what, enum mode mode)
{
	u64 access = access_of(place, what, mode);

	for (u32 i = 0; i < f->nr; i++)
		if (f->at[i] == access)
			return true;
	return false;
}

bool footprints_conflict(const struct footprint *a, const struct footprint *b)
{
	if (a->wild || b->wild)
		return true;
	if (!(a->seen & b->seen))
		return false;
	for (u32 i = 0; i < a->nr; i++)
		for (u32 j = 0; j < b->nr; j++)
			if (access_key(a->at[i]) == access_key(b->at[j]) &&
			    modes_conflict(access_mode(a->at[i]), access_mode(b->at[j])))
				return true;
	return false;
}
