/* SPDX-License-Identifier: GPL-2.0-only */
/* See words.h. */
#include "trace/words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

void place_in_words(const struct site *site, char place[PLACE_LEN])
{
	place[0] = 0;
	if (site)
		snprintf(place, PLACE_LEN, "%s:%d", site->file, site->line);
}

void step_in_words(const struct task *t, struct step_words *w)
{
	char buf[NAME_LEN];

	w->op = op_info[t->op.kind].text;
	w->object[0] = 0;
	if (t->op.obj)
		snprintf(w->object, sizeof(w->object), "%s", obj_name(t->op.obj, buf));
	if (t->op.kind == OP_SLAB_FREE)
		w->object[strcspn(w->object, ".")] = 0;	/* the object, not the field that happens to come first in it */
	place_in_words(t->op.site, w->place);
}

size_t stem_length(const char *object)
{
	return strcspn(object, ".+");
}

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

const char *find_name(const char *text, const char *name, size_t length)
{
	for (const char *at = text; length && *at; at++)
		if (!strncmp(at, name, length) && !in_name(at[length]) && (at == text || !in_name(at[-1])))
			return at;
	return NULL;
}
