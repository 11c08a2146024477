/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding comments about lock orders: see comment.h. The text may hold any bytes. */
#define _GNU_SOURCE
#include "lockdoc/comment.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/must.h"

struct scan {
	struct comment *c;
	const char *path;
	struct lint *lint;
	const char *begin, *at, *stop; /* of the line, what is left of it */
	int line;
	bool inside;
	bool numbered; /* its lines have numbers of their own */
	long number; /* of the line before */
};

/* ---- pieces of a line ---- */

static void skip_blanks(struct scan *s)
{
	while (s->at < s->stop && (*s->at == ' ' || *s->at == '\t'))
		s->at++;
}

static bool skip(struct scan *s, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(s->stop - s->at) < n || memcmp(s->at, text, n))
		return false;
	s->at += n;
	return true;
}

/* The number of a line in a listing; -1: it has none. */
static long skip_number(struct scan *s)
{
	const char *from = s->at;
	long number = 0;

	skip_blanks(s);
	for (; s->at < s->stop && *s->at >= '0' && *s->at <= '9' && number < 10000000; s->at++)
		number = number * 10 + (*s->at - '0');
	if (s->at < s->stop && number && (*s->at == ' ' || *s->at == '\t'))
		return number;
	s->at = from;
	return -1;
}

static int columns_before(const struct scan *s, const char *at)
{
	int columns = 0;

	for (const char *c = s->begin; c < at; c++)
		columns = *c == '\t' ? (columns | 7) + 1 : columns + 1;
	return columns;
}

/* ---- lines of the result ---- */

static void add(struct scan *s, enum comment_kind kind)
{
	struct comment_line *l;
	const char *stop = s->stop;

	skip_blanks(s);
	while (stop > s->at && (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\r'))
		stop--;
	s->c->line = must(reallocarray(s->c->line, s->c->nr + 1, sizeof(*s->c->line)));
	l = &s->c->line[s->c->nr++];
	*l = (struct comment_line){
		.kind = kind == COMMENT_TEXT && s->at == stop ? COMMENT_BLANK : kind,
		.line = s->line,
		.column = (int)(s->at - s->begin) + 1,
		.indent = columns_before(s, s->at),
		.text = s->at,
		.length = (size_t)(stop - s->at),
	};
}

static void gap(struct scan *s, const char *what, const char *found)
{
	lint_add(s->lint, s->path, s->line, (int)(s->at - s->begin) + 1, LINT_GAP,
		 "expected %s, found %s", what, found);
	add(s, COMMENT_CUT);
}

static void end_comment(struct scan *s)
{
	add(s, COMMENT_END);
	s->inside = false;
}

/* What is left of the line; "*" and "/" behind it end the comment. */
static void add_text(struct scan *s, enum comment_kind kind)
{
	const char *stop = s->stop;
	const char *end = memmem(s->at, (size_t)(s->stop - s->at), "*/", 2);

	if (end)
		s->stop = end;
	add(s, kind);
	s->stop = stop;
	if (!end)
		return;
	s->at = end;
	end_comment(s);
}

/* ---- beginnings ---- */

/* Does a comment about the order of locks begin like this? Returns the length of its title. */
static size_t title(const char *at, const char *stop)
{
	static const char *const text[] = { "lock order", "locking order", "locking:" };
	size_t left = (size_t)(stop - at);

	/* The colon is looked for only where there is a title: a line may be a whole file. */
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		size_t n = strlen(text[i]);
		const char *colon;

		if (left < n || strncasecmp(at, text[i], n))
			continue;
		colon = memchr(at, ':', left);
		return colon ? (size_t)(colon - at) + 1 : 0;
	}
	return 0;
}

static bool begins(struct scan *s)
{
	long number = skip_number(s);
	size_t n;

	skip_blanks(s);
	skip(s, "/*");
	while (skip(s, "*"))
		;
	skip_blanks(s);
	n = title(s->at, s->stop);
	if (!n)
		return false;
	s->at += n;
	s->inside = true;
	s->numbered = number >= 0;
	s->number = number;
	add_text(s, COMMENT_HEAD);
	return true;
}

/* A title behind stars in the middle of a line: once there were lines. */
static void squashed(struct scan *s)
{
	const char *stop = s->stop;

	for (const char *c = s->begin; c + 2 < stop; c++) {
		const char *end;
		size_t n;

		if (*c != '*' || c[1] != ' ' || !(n = title(c + 2, stop)))
			continue;
		s->at = c + 2;
		lint_add(s->lint, s->path, s->line, (int)(s->at - s->begin) + 1, LINT_GAP,
			 "expected a line for each line of the comment, found all of it in one");
		s->at += n;
		end = memmem(s->at, (size_t)(stop - s->at), "*/", 2);
		s->stop = end ? end : stop;
		add(s, COMMENT_SQUASHED);
		s->stop = stop;
		if (!end)
			return;
		c = end;
	}
}

/* ---- lines ---- */

/* The lines of a listing have to be without a gap, or nobody knows what stands below what. */
static void check_number(struct scan *s)
{
	long number = skip_number(s);
	char what[60], found[40] = "a line without a number";

	if (number != s->number + 1) {
		snprintf(what, sizeof(what), "line %ld of the listing", s->number + 1);
		if (number >= 0)
			snprintf(found, sizeof(found), "line %ld", number);
		gap(s, what, found);
	}
	s->number = number >= 0 ? number : s->number + 1;
}

static void inside_line(struct scan *s)
{
	if (s->numbered)
		check_number(s);
	skip_blanks(s);
	if (skip(s, "*/")) {
		end_comment(s);
	} else if (skip(s, "*")) {
		add_text(s, COMMENT_TEXT);
	} else {
		gap(s, "'*' or the end of the comment",
		    s->at == s->stop ? "an empty line" : "another text");
		end_comment(s);
	}
}

static bool is_title(const struct scan *s)
{
	struct scan probe = *s;
	struct comment scratch = { 0 };
	bool is;

	probe.c = &scratch;
	is = begins(&probe);
	comment_free(&scratch);
	return is;
}

static void one_line(struct scan *s)
{
	s->at = s->begin;
	if (s->inside && !(!s->numbered && is_title(s))) {
		inside_line(s);
	} else if (!begins(s)) {
		s->at = s->begin;
		squashed(s);
	}
}

void comment_read(struct comment *c, const char *path, const char *text, size_t length,
		  struct lint *lint)
{
	struct scan s = { .c = c, .path = path, .lint = lint };

	*c = (struct comment){ 0 };
	for (const char *next = text, *end = text + length; next < end;) {
		const char *newline = memchr(next, '\n', (size_t)(end - next));

		s.begin = next;
		s.stop = newline ? newline : end;
		s.line++;
		next = newline ? newline + 1 : end;
		one_line(&s);
	}
	if (!s.inside)
		return;
	s.at = s.stop;
	gap(&s, "'*/' to end the comment", "the end of the file");
	end_comment(&s);
}

void comment_free(struct comment *c)
{
	free(c->line);
	*c = (struct comment){ 0 };
}
