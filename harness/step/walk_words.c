/* SPDX-License-Identifier: GPL-2.0-only */
/* See walk_words.h: a table with open addressing, half of it empty at least. */
#include "step/walk_words.h"

#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "hash.h"

static u32 *slot_of(const struct walk *w, const char *text, size_t length)
{
	u32 at = (u32)hash_bytes(HASH_BASIS, text, length) & (w->nr_slots - 1);

	for (;; at = (at + 1) & (w->nr_slots - 1)) {
		const char *there = w->slot[at] ? w->word[w->slot[at] - 1].text : NULL;

		if (!there || (!strncmp(there, text, length) && !there[length]))
			return &w->slot[at];
	}
}

/* Slots hold numbers from 1 on: 0 is an empty one. */
static void grow(struct walk *w)
{
	w->cap_words = w->cap_words ? 2 * w->cap_words : 64;
	w->word = must(reallocarray(w->word, w->cap_words, sizeof(*w->word)));
	w->nr_slots = 2 * w->cap_words;
	free(w->slot);
	w->slot = must(calloc(w->nr_slots, sizeof(*w->slot)));
	for (u32 i = 0; i < w->nr_words; i++)
		*slot_of(w, w->word[i].text, strlen(w->word[i].text)) = i + 1;
}

static u32 add(struct walk *w, const char *text, size_t length)
{
	u32 *slot;

	if (w->nr_words == w->cap_words)
		grow(w);
	slot = slot_of(w, text, length);
	if (!*slot) {
		w->word[w->nr_words] = (struct walk_word){ .text = must(strndup(text, length)) };
		*slot = ++w->nr_words;
	}
	return *slot - 1;
}

u32 walk_word_add(struct walk *w, const char *text, size_t length)
{
	if (!w->nr_words)
		add(w, "", 0);
	return add(w, text, length);
}

void walk_words_free(struct walk *w)
{
	for (u32 i = 0; i < w->nr_words; i++)
		free(w->word[i].text);
	free(w->word);
	free(w->slot);
}

const char *walk_word(const struct walk *w, u32 word)
{
	return word < w->nr_words ? w->word[word].text : "";
}
