/* SPDX-License-Identifier: GPL-2.0-only */
/* Each text of a walk once: see walk.h. No one but walk*.c includes this. */
#ifndef HARNESS_STEP_WALK_WORDS_H
#define HARNESS_STEP_WALK_WORDS_H

#include "step/walk.h"

struct walk_word {
	char *text;
	u32 stem;			/* of an object: the word of what it is a part of, or itself; else 0 */
	u32 object, nr_object;		/* of a stem: where its rows begin in by_object, and how many they are */
	u32 field, nr_field;		/* of an object as a step names it: the same in by_field */
};

/* The number of a text: a new one if it has none. */
u32 walk_word_add(struct walk *w, const char *text, size_t length);
void walk_words_free(struct walk *w);

#endif
