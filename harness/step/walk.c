/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be asked about a walk: see walk.h. */
#define _GNU_SOURCE
#include "step/walk.h"

#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "step/walk_words.h"
#include "trace/words.h"

void walk_free(struct walk *w)
{
	walk_words_free(w);
	free(w->row);
	free(w->span);
	free(w->wait);
	free(w->lane);
	free(w->by_object);
	free(w->by_field);
	memset(w, 0, sizeof(*w));
}

size_t walk_stem(const struct walk *w, u32 object)
{
	return stem_length(walk_word(w, object));
}

/* ---- who touched what ---- */

struct walk_list walk_field(const struct walk *w, u32 row)
{
	const struct walk_word *word = &w->word[w->row[row].object];

	return (struct walk_list){ w->by_field + word->field, word->nr_field };
}

struct walk_list walk_object(const struct walk *w, u32 row)
{
	const struct walk_word *word = &w->word[w->word[w->row[row].object].stem];

	return (struct walk_list){ w->by_object + word->object, word->nr_object };
}

u32 walk_list_before(const struct walk_list *l, u32 row)
{
	u32 low = 0, high = l->nr;

	while (low < high) {
		u32 middle = (low + high) / 2;

		if (l->row[middle] < row)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* ---- who held what ---- */

/* The one walk whose spans are being sorted. */
static int by_thread(const void *a, const void *b, void *walk)
{
	const struct walk *w = walk;
	const struct walk_span *s = &w->span[*(const u32 *)a], *t = &w->span[*(const u32 *)b];

	if (s->lane != t->lane)
		return s->lane < t->lane ? -1 : 1;
	return s->since < t->since ? -1 : s->since > t->since;
}

u32 *walk_held(const struct walk *w, u64 ts, u32 *nr)
{
	u32 *held = NULL, cap = 0;

	*nr = 0;
	for (size_t i = 0; i < w->nr_spans; i++) {
		if (!walk_lasts(&w->span[i], ts))
			continue;
		if (*nr == cap) {
			cap = cap ? 2 * cap : 16;
			held = must(reallocarray(held, cap, sizeof(*held)));
		}
		held[(*nr)++] = (u32)i;
	}
	if (*nr)
		qsort_r(held, *nr, sizeof(*held), by_thread, (void *)w);
	return held;
}

const struct walk_wait *walk_waits(const struct walk *w, unsigned lane, u64 ts)
{
	for (size_t i = 0; i < w->nr_waits; i++)
		if (w->wait[i].lane == lane && w->wait[i].since <= ts && ts < w->wait[i].until)
			return &w->wait[i];
	return NULL;
}

/* ---- in words ---- */

void walk_line(const struct walk *w, u32 row, char *buf, size_t size)
{
	const struct walk_row *r = &w->row[row];

	if (r->kind == WALK_END)
		snprintf(buf, size, "%s %s %s", walk_word(w, w->signature), walk_word(w, w->text), walk_word(w, w->site));
	else
		snprintf(buf, size, "%s %s %s %s", walk_word(w, w->lane[r->lane].name), walk_word(w, r->op), walk_word(w, r->object),
			 walk_word(w, r->site));
}
