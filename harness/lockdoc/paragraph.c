/* SPDX-License-Identifier: GPL-2.0-only */
/* Joining lines of a comment: see paragraph.h. */
#include "lockdoc/paragraph.h"

#include <stdlib.h>
#include <string.h>

#include "cli/must.h"

/* Two blanks, as a table's columns have them between them, are kept as a tab. */
static void add(struct paragraph *p, char c, int line, int column)
{
	if (c == ' ' && p->length &&
	    (p->text[p->length - 1] == ' ' || p->text[p->length - 1] == '\t')) {
		p->text[p->length - 1] = '\t';
		return;
	}
	p->text = must(realloc(p->text, p->length + 2));
	p->place = must(reallocarray(p->place, p->length + 2, sizeof(*p->place)));
	p->text[p->length] = c;
	p->place[p->length++] = (struct place){ line, column };
	p->text[p->length] = '\0';
	p->place[p->length] = (struct place){ line, column + 1 };
}

void paragraph_add(struct paragraph *p, const struct comment_line *l)
{
	if (!p->length) {
		p->indent = l->indent;
		p->bullet = l->length > 1 && l->text[0] == '-' && l->text[1] == ' ';
	} else {
		add(p, ' ', l->line, l->column);
	}
	for (size_t i = 0; i < l->length; i++) {
		char c = l->text[i];

		if (c == '\t' && p->length && p->text[p->length - 1] != ' ')
			add(p, ' ', l->line, l->column + (int)i);
		add(p, c == '\t' ? ' ' : c < ' ' || c > '~' ? '?' : c, l->line, l->column + (int)i);
	}
}

void paragraph_clear(struct paragraph *p)
{
	free(p->text);
	free(p->place);
	*p = (struct paragraph){ 0 };
}
