/* SPDX-License-Identifier: GPL-2.0-only */
/* See span.h. */
#include "trace/span.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/must.h"

void spans_free(struct spans *s)
{
	free(s->span);
	free(s->row);
	*s = (struct spans){ NULL };
}

static u32 hash_name(const char *name, unsigned pid)
{
	u32 h = 0x811c9dc5u ^ pid;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 0x01000193u;
	return h;
}

static u32 row_for(struct spans *s, unsigned pid, const char *name, bool *fresh)
{
	u32 hash = hash_name(name, pid);
	struct row *r;

	*fresh = false;
	for (u32 i = 0; i < s->nr_rows; i++) {
		r = &s->row[i];
		if (r->hash == hash && !r->busy && r->pid == pid && !strcmp(r->name, name))
			return i;
	}
	if (s->nr_rows == s->cap_rows) {
		s->cap_rows = s->cap_rows ? 2 * s->cap_rows : 32;
		s->row = must(reallocarray(s->row, s->cap_rows, sizeof(*s->row)));
	}
	r = &s->row[s->nr_rows];
	*r = (struct row){ .hash = hash, .pid = (u8)pid };
	snprintf(r->name, sizeof(r->name), "%s", name);
	*fresh = true;
	return s->nr_rows++;
}

struct span *span_begin(struct spans *s, unsigned pid, const char *row_name, bool *fresh)
{
	u32 row = row_for(s, pid, row_name, fresh);

	if (s->nr == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 32;
		s->span = must(reallocarray(s->span, s->cap, sizeof(*s->span)));
	}
	s->row[row].busy = 1;
	s->span[s->nr] = (struct span){ .row = row };
	return &s->span[s->nr++];
}

void span_end(struct spans *s, struct span *span)
{
	struct span *end = s->span + s->nr--;

	s->row[span->row].busy = 0;
	memmove(span, span + 1, (size_t)(end - span - 1) * sizeof(*span));
}

struct span *span_find(const struct spans *s, enum span_kind kind, const struct task *t, const void *obj, int arg)
{
	for (u32 i = s->nr; i-- > 0;) {
		struct span *span = &s->span[i];

		if (span->kind == kind && (!t || span->task == t) && (!obj || span->obj == obj) && (arg < 0 || span->arg == arg))
			return span;
	}
	return NULL;
}
