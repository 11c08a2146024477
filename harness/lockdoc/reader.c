/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines, names and errors of a document: see reader.h. Classes of bytes are written out: <ctype.h>
 * follows the locale.
 */
#include "lockdoc/reader.h"

#include <stdio.h>
#include <string.h>

#include "cli/usage.h"
#include "lockdoc/lockdoc.h"

#define PATH_SHOWN 200

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* ---- errors ---- */

size_t doc_message(char *err, const char *path, int line, int column, const char *fmt, va_list args)
{
	size_t length = strlen(path);
	int n;

	if (length > PATH_SHOWN) {
		/* The end of a path says more than its beginning; a character is not cut in two. */
		path += length - PATH_SHOWN;
		while (((unsigned char)*path & 0xc0) == 0x80)
			path++;
	}
	n = snprintf(err, LOCKDOC_ERR, "%s%s:%d:%d: ", length > PATH_SHOWN ? "..." : "", path, line,
		     column);
	vsnprintf(err + n, LOCKDOC_ERR - (size_t)n, fmt, args);
	usage_one_line(err);
	return (size_t)n;
}

static void fault(struct doc_reader *r, int line, int column, const char *fmt, va_list args)
{
	r->err_line = line;
	r->err_column = column;
	r->err_text = doc_message(r->err, r->path, line, column, fmt, args);
}

bool doc_wrong(struct doc_reader *r, const char *at, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fault(r, r->line ? r->line : 1, doc_column(r, at), fmt, args);
	va_end(args);
	return false;
}

bool doc_wrong_at(struct doc_reader *r, int line, int column, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fault(r, line, column, fmt, args);
	va_end(args);
	return false;
}

static void describe(const struct doc_reader *r, const char *at, char *found, size_t size)
{
	size_t n = doc_name(at, r->stop);

	if (at >= r->stop)
		snprintf(found, size, "the end of the %s", r->in_cell ? "cell" : "line");
	else if (n)
		snprintf(found, size, "'%.*s%s'", n > 40 ? 40 : (int)n, at, n > 40 ? "..." : "");
	else if (*at > ' ' && *at < 0x7f)
		snprintf(found, size, "'%c'", *at);
	else
		snprintf(found, size, "byte 0x%02x", (unsigned char)*at);
}

bool doc_expected(struct doc_reader *r, const char *at, const char *fmt, ...)
{
	char what[300], found[60];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	describe(r, at, found, sizeof(found));
	return doc_wrong(r, at, "expected %s, found %s", what, found);
}

/* ---- lines ---- */

/* Length of the UTF-8 character at s, 0 if it is none or one that text does not hold. */
static size_t text_character(const unsigned char *s, size_t left)
{
	static const unsigned lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *s < 0x80 ? 1 :
		   *s < 0xc2 ? 0 :
		   *s < 0xe0 ? 2 :
		   *s < 0xf0 ? 3 :
		   *s < 0xf5 ? 4 :
			       0;
	unsigned value = n > 1 ? *s & (0x7f >> n) : *s;

	if (n > left)
		return 0;
	if (n == 1)
		return (*s >= ' ' && *s < 0x7f) || *s == '\t';
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (s[i] & 0x3f);
	}
	return value >= lowest[n] && value <= 0x10ffff && (value & ~0x7ffu) != 0xd800 ? n : 0;
}

static bool check_text(struct doc_reader *r)
{
	for (const char *p = r->at; p < r->stop;) {
		size_t n = text_character((const unsigned char *)p, (size_t)(r->stop - p));

		if (!n)
			return doc_wrong(r, p, "expected text in UTF-8, found byte 0x%02x",
					 (unsigned char)*p);
		p += n;
	}
	return true;
}

void doc_start(struct doc_reader *r, const char *path, const char *text, size_t length, char *err)
{
	*r = (struct doc_reader){
		.path = path, .next = text, .end = text + length, .begin = text, .err = err
	};
	r->at = r->stop = text;
	err[0] = '\0';
}

bool doc_line(struct doc_reader *r)
{
	const char *newline;

	if (*r->err || r->next == r->end)
		return false;
	newline = memchr(r->next, '\n', (size_t)(r->end - r->next));
	r->begin = r->at = r->next;
	r->stop = newline ? newline : r->end;
	r->next = newline ? newline + 1 : r->end;
	if (r->stop > r->begin && r->stop[-1] == '\r')
		r->stop--;
	r->line++;
	r->in_cell = false;
	return check_text(r);
}

/* ---- words ---- */

/*
 * Inside a name: a dot or a slash between letters, an arrow, a dash. So a sentence's full stop is
 * no part of it.
 */
static size_t joint(const char *at, const char *stop)
{
	size_t n = stop - at > 2 && at[0] == '-' && at[1] == '>' ?
			   2 :
			   *at == '.' || *at == '/' || *at == '-';

	return n && at + n < stop && is_alnum(at[n]) ? n : 0;
}

/* Does a name go on here? */
static bool continues(const char *at, const char *stop)
{
	return at < stop && (is_alnum(*at) || joint(at, stop));
}

static void skip_blanks(struct doc_reader *r)
{
	while (r->at < r->stop && (*r->at == ' ' || *r->at == '\t'))
		r->at++;
}

bool doc_done(struct doc_reader *r)
{
	skip_blanks(r);
	return r->at == r->stop;
}

bool doc_take(struct doc_reader *r, const char *text)
{
	size_t n = strlen(text);

	skip_blanks(r);
	if ((size_t)(r->stop - r->at) < n || memcmp(r->at, text, n))
		return false;
	if (is_alnum(text[n - 1]) && continues(r->at + n, r->stop))
		return false;
	r->at += n;
	return true;
}

bool doc_want(struct doc_reader *r, const char *text)
{
	return doc_take(r, text) || doc_expected(r, r->at, "'%s'", text);
}

size_t doc_name(const char *at, const char *stop)
{
	const char *p = at;

	while (p < stop) {
		size_t n = is_alnum(*p) ? 1 : p > at ? joint(p, stop) : 0;

		if (!n)
			break;
		p += n;
	}
	return (size_t)(p - at);
}

size_t doc_want_name(struct doc_reader *r, const char *what)
{
	size_t n;

	skip_blanks(r);
	n = doc_name(r->at, r->stop);
	if (!n)
		doc_expected(r, r->at, "%s", what);
	return n;
}
