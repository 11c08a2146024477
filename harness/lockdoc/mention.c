/* SPDX-License-Identifier: GPL-2.0-only */
/* Where each lock is first named in the kernel's comments, and whether it is spelt in one way: see ingest.h. */
#define _GNU_SOURCE
#include <string.h>

#include "cli/must.h"
#include "lockdoc/ingest.h"

/* "a.b->c" and "a->b.c": one of them is not how it is written in C. */
static bool is_misspelt(const char *a, const char *b)
{
	if (!strcmp(a, b))
		return false;
	while (*a && *b) {
		bool arrow = a[0] == '-' && a[1] == '>', other = b[0] == '-' && b[1] == '>';
		bool same = *a == *b || ((arrow || *a == '.') && (other || *b == '.'));

		if (!same)
			return false;
		a += 1 + arrow;
		b += 1 + other;
	}
	return *a == *b;
}

void ingest_mention(struct ingest *g, u8 class, int line, int column, const char *name)
{
	struct ingest_mention *m = &g->mention[class];

	if (!class)
		return;
	if (!m->name)
		*m = (struct ingest_mention){ .path = g->p.r.path, .line = line, .column = column, .name = must(strdup(name)) };
	if (m->misspelt || !is_misspelt(m->name, name))
		return;
	m->misspelt = true;
	lint_add(g->p.lint, g->p.r.path, line, column, LINT_AMBIGUITY, "expected one spelling, found '%s' and '%s' (%s:%d)", name,
		 m->name, m->path, m->line);
}
