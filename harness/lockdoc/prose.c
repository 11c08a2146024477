/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sentences of a document that say in which order two classes are taken, "`a` before `b`": the
 * program does not live by them, so an arc must say the same.
 */
#include "lockdoc/parse.h"

#include <string.h>

static const struct {
	const char *words;
	bool reversed;
} verbs[] = {
	{ "before", false },	  { "comes before", false },  { "is taken before", false },
	{ "comes after", true },  { "is taken after", true }, { "is taken under", true },
	{ "nests within", true }, { "nests inside", true },
};

/* A class between backquotes; the reader stands behind the first one. */
static u8 quoted_class(struct doc_parser *p)
{
	struct doc_reader *r = &p->r;
	size_t n = doc_name(r->at, r->stop);
	u8 class = n ? doc_known(p->doc, r->at, n) : 0;

	r->at += n;
	return r->at < r->stop && *r->at == '`' ? class : 0;
}

static int verb(struct doc_reader *r)
{
	for (unsigned i = 0; i < ARRAY_SIZE(verbs); i++)
		if (doc_take(r, verbs[i].words))
			return (int)i;
	return -1;
}

static void keep(struct doc_parser *p, u8 before, u8 after, int column)
{
	p->statement = doc_grow(p->statement, p->nr_statements, sizeof(*p->statement));
	p->statement[p->nr_statements++] =
		(struct doc_statement){ before, after, p->r.line, column };
}

/* What follows the first class: a verb, and another class. */
static void statement(struct doc_parser *p, u8 first, int column)
{
	struct doc_reader *r = &p->r;
	int i = verb(r);
	u8 second;

	if (i < 0 || !doc_take(r, "`"))
		return;
	second = quoted_class(p);
	if (second && second != first)
		keep(p, verbs[i].reversed ? second : first, verbs[i].reversed ? first : second,
		     column);
}

void doc_prose_line(struct doc_parser *p)
{
	struct doc_reader *r = &p->r;

	while (r->at < r->stop) {
		const char *begin = r->at;
		u8 class;

		if (*r->at++ != '`')
			continue;
		class = quoted_class(p);
		if (r->at < r->stop && *r->at == '`')
			r->at++;
		if (class)
			statement(p, class, doc_column(r, begin));
	}
}
