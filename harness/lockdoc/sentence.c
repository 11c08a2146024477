/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prose in a comment of the kernel. One form of sentence says an order without doubt,
 *
 *	[WHEN,] [down_read of] LOCK, which nests within [the] LOCK [, then the LOCK ...]
 *
 * (or is taken before, after, under), and becomes arcs. If it names several locks on one side, their
 * own order is said in two ways by the same words. All else is a finding.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "lockdoc/ingest.h"
#include "lockdoc/names.h"
#include "lockdoc/paragraph.h"

#define MAX_NAME 64
#define MAX_WORDS 4 /* of the longest name */

static const struct verb {
	const char *words;
	bool inner; /* what stands before it is the inner one */
} verbs[] = {
	{ " nests within ", true },	{ " nests inside ", true },
	{ " nests under ", true },	{ " is taken under ", true },
	{ " is taken after ", true },	{ " must be taken after ", true },
	{ " is taken before ", false }, { " must be taken before ", false },
};

/* A part of a paragraph. */
struct span {
	const char *begin, *end;
};

struct lock {
	struct doc_member member;
	char name[MAX_NAME];
};

struct clause {
	struct ingest *g;
	const struct paragraph *text;
	struct span all;
	struct lock subject;
	struct lock object[DOC_MAX_SET];
	unsigned nr_objects;
};

/* ---- words ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void trim(struct span *s)
{
	while (s->begin < s->end && is_blank(*s->begin))
		s->begin++;
	while (s->end > s->begin && (is_blank(s->end[-1]) || s->end[-1] == ','))
		s->end--;
}

/* Take a word or more from the beginning, or nothing. */
static bool drop(struct span *s, const char *words)
{
	size_t n = strlen(words);

	trim(s);
	if ((size_t)(s->end - s->begin) <= n || memcmp(s->begin, words, n) ||
	    !is_blank(s->begin[n]))
		return false;
	s->begin += n;
	trim(s);
	return true;
}

static bool drop_last(struct span *s, const char *word)
{
	size_t n = strlen(word);

	trim(s);
	if ((size_t)(s->end - s->begin) < n || memcmp(s->end - n, word, n))
		return false;
	if ((size_t)(s->end - s->begin) > n && !is_blank(s->end[-(long)n - 1]))
		return false;
	s->end -= n;
	trim(s);
	return true;
}

static bool take_name(struct clause *c, struct span s, struct lock *lock)
{
	struct kernel_name n;
	struct place at;
	size_t length = 0;

	trim(&s);
	if (s.begin == s.end)
		return false;
	at = paragraph_place(c->text, s.begin);
	for (const char *q = s.begin; q < s.end; q++) {
		if (length + 1 == MAX_NAME)
			return false;
		lock->name[length++] = is_blank(*q) ? ' ' : *q;
	}
	lock->name[length] = '\0';
	n = kernel_resolve(lock->name, c->g->eras);
	lock->member =
		(struct doc_member){ .class = n.class, .line = at.line, .column = at.column };
	return n.class != 0;
}

/* "down_read of" before a name says how it is held. */
static void take_mode(struct lock *lock, bool shared)
{
	lock->member.shared = shared;
}

/* The longest name at the end of what stands before the verb. */
static bool take_subject(struct clause *c, struct span s)
{
	drop_last(&s, "which");
	for (unsigned words = MAX_WORDS; words; words--) {
		struct span name = { s.end, s.end };
		unsigned n = 0;

		for (; name.begin > s.begin && n < words; n++) {
			while (name.begin > s.begin && is_blank(name.begin[-1]))
				name.begin--;
			while (name.begin > s.begin && !is_blank(name.begin[-1]))
				name.begin--;
		}
		if (n < words || !take_name(c, name, &c->subject))
			continue;
		s.end = name.begin;
		take_mode(&c->subject, drop_last(&s, "of") && drop_last(&s, "down_read"));
		return true;
	}
	return false;
}

/* The longest name at the beginning; what is behind it stays. */
static bool take_object(struct clause *c, struct span *s)
{
	struct lock *lock = &c->object[c->nr_objects];
	bool shared = drop(s, "down_read of");

	drop(s, "the");
	for (unsigned words = MAX_WORDS; words; words--) {
		const char *end = s->begin;
		unsigned n = 0;

		for (; end < s->end && n < words; n++) {
			while (end < s->end && is_blank(*end))
				end++;
			while (end < s->end && !is_blank(*end))
				end++;
		}
		if (n < words || !take_name(c, (struct span){ s->begin, end }, lock))
			continue;
		take_mode(lock, shared);
		s->begin = end;
		trim(s);
		c->nr_objects++;
		return true;
	}
	return false;
}

static bool take_objects(struct clause *c, struct span s)
{
	do {
		trim(&s);
		if (c->nr_objects == DOC_MAX_SET || !take_object(c, &s))
			return false;
		drop(&s, ",");
		drop(&s, "and");
	} while (drop(&s, "then"));
	trim(&s);
	return s.begin == s.end;
}

/* ---- what it says ---- */

static bool add_arcs(struct clause *c, bool inner)
{
	struct doc_tail tail = { .note = "" };
	struct doc_set subject = { .member = { c->subject.member }, .nr = 1 };
	struct doc_set objects = { .nr = c->nr_objects };

	for (unsigned i = 0; i < c->nr_objects; i++)
		objects.member[i] = c->object[i].member;
	for (const char *q = c->all.begin; q < c->all.end; q++)
		doc_add_to_note(tail.note, is_blank(*q) ? ' ' : *q);
	doc_end_note(tail.note);
	return inner ? doc_add_arcs(&c->g->p, &objects, &subject, &tail) :
		       doc_add_arcs(&c->g->p, &subject, &objects, &tail);
}

static const char *name_of(const struct doc_member *m)
{
	return lockdoc_kernel.classes[m->class].name;
}

/* "a < b < c", forwards or backwards. */
static char *reading(const struct clause *c, bool backwards)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	for (unsigned i = 0; out && i < c->nr_objects; i++)
		fprintf(out, "%s%s", i ? " < " : "",
			name_of(&c->object[backwards ? c->nr_objects - 1 - i : i].member));
	if (out)
		fclose(out);
	return text;
}

static void tell_readings(struct clause *c)
{
	const struct doc_member *m = &c->object[0].member;
	char *forwards = reading(c, false), *backwards = reading(c, true);

	lint_add(c->g->p.lint, c->g->p.r.path, m->line, m->column, LINT_AMBIGUITY,
		 "expected one order of these %u, found words that say %s as well as %s",
		 c->nr_objects, forwards ? forwards : "one", backwards ? backwards : "the other");
	free(forwards);
	free(backwards);
}

/* An arc from text whose lines are lost is a question. */
static void ask(struct clause *c, bool inner)
{
	for (unsigned i = 0; i < c->nr_objects; i++) {
		const struct doc_member *o = &c->object[i].member, *s = &c->subject.member;

		lint_add(c->g->p.lint, c->g->p.r.path, o->line, o->column, LINT_PROSE,
			 "expected lines, found one that may say %s < %s", name_of(inner ? o : s),
			 name_of(inner ? s : o));
	}
}

static void unread(struct clause *c)
{
	struct place at = paragraph_place(c->text, c->all.begin);
	int n = (int)(c->all.end - c->all.begin);

	lint_add(c->g->p.lint, c->g->p.r.path, at.line, at.column, LINT_PROSE,
		 "expected arcs that say it, found a sentence: '%.*s%s'", n > 100 ? 100 : n,
		 c->all.begin, n > 100 ? "..." : "");
}

static const struct verb *find_verb(const struct clause *c, const char **at)
{
	for (const struct verb *v = verbs; v < verbs + ARRAY_SIZE(verbs); v++) {
		*at = memmem(c->all.begin, (size_t)(c->all.end - c->all.begin), v->words,
			     strlen(v->words));
		if (*at)
			return v;
	}
	return NULL;
}

static void mention(struct ingest *g, const struct lock *l)
{
	ingest_mention(g, l->member.class, l->member.line, l->member.column, l->name);
}

static bool read_clause(struct clause *c, bool squashed)
{
	const char *at;
	const struct verb *v = find_verb(c, &at);
	struct span rest;

	if (!v || !take_subject(c, (struct span){ c->all.begin, at })) {
		unread(c);
		return true;
	}
	rest = (struct span){ at + strlen(v->words), c->all.end };
	if (!take_objects(c, rest)) {
		unread(c);
		return true;
	}
	mention(c->g, &c->subject);
	for (unsigned i = 0; i < c->nr_objects; i++)
		mention(c->g, &c->object[i]);
	if (c->nr_objects > 1)
		tell_readings(c);
	if (!squashed)
		return add_arcs(c, v->inner);
	ask(c, v->inner);
	return true;
}

/* ---- sentences ---- */

/* Where a clause ends: at a semicolon, a full stop, or the next bullet. */
static const char *end_of(const char *begin, const char *stop)
{
	for (const char *at = begin; at < stop; at++) {
		bool last = at + 1 == stop || is_blank(at[1]);

		if (*at == ';' || (*at == '.' && last) ||
		    (*at == '-' && last && at > begin && is_blank(at[-1])))
			return at;
	}
	return stop;
}

bool ingest_sentences(struct ingest *g, const struct paragraph *text, bool squashed)
{
	const char *at = text->text, *stop;
	bool first = true;

	if (!text->length)
		return true;
	stop = at + text->length;
	if (text->bullet)
		at += 2;
	while (at < stop) {
		struct clause c = { .g = g, .text = text, .all = { at, end_of(at, stop) } };

		at = c.all.end + (c.all.end < stop);
		trim(&c.all);
		while (c.all.begin < c.all.end && (*c.all.begin == ',' || is_blank(*c.all.begin)))
			c.all.begin++;
		if (c.all.begin == c.all.end)
			continue;
		if ((first && text->no_begin) || (at == stop && text->no_end))
			unread(&c);
		else if (!read_clause(&c, squashed))
			return false;
		first = false;
	}
	return true;
}
