/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of accesses, which are plain data in every flavour: see data.h. */
#include "data.h"

#include <string.h>

static u64 mix(u64 h, u64 x)
{
	h = (h ^ x) * 0x9e3779b97f4a7c15ul;
	return h ^ h >> 29;
}

static u64 hash(const struct data_row *r)
{
	u64 h = mix((u64)r->type, (u64)r->member);

	h = mix(h, r->held[LOCK_READ] << 32 ^ r->held[LOCK_WRITE]);
	h = mix(h, r->own[LOCK_READ] << 32 ^ r->own[LOCK_WRITE]);
	h = mix(h, r->known << 32 ^ r->lacks);
	return mix(h, (u64)r->where << 16 | (u64)r->phase << 8 | r->write);
}

static bool same(const struct data_row *a, const struct data_row *b)
{
	return a->member == b->member && a->type == b->type && a->where == b->where && a->write == b->write &&
	       a->phase == b->phase && !memcmp(a->held, b->held, sizeof(a->held)) && !memcmp(a->own, b->own, sizeof(a->own)) &&
	       a->known == b->known && a->lacks == b->lacks;
}

/* Three quarters full is full, so that a search ends soon. */
void data_count(struct data_table *table, const struct data_row *row)
{
	unsigned i = (unsigned)(hash(row) % DATA_ROWS);

	for (; table->row[i].member; i = (i + 1) % DATA_ROWS)
		if (same(&table->row[i], row)) {
			table->row[i].count += row->count;
			return;
		}
	if (table->nr == DATA_ROWS / 4 * 3) {
		table->lost += row->count;
		return;
	}
	table->row[i] = *row;
	table->nr++;
}

void data_merge(struct data_table *table, const struct data_table *from)
{
	table->lost += from->lost;
	for (const struct data_row *r = from->row; r < from->row + DATA_ROWS; r++)
		if (r->member)
			data_count(table, r);
}
