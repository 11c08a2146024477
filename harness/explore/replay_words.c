/* SPDX-License-Identifier: GPL-2.0-only */
/* Words of replay files, and what is said when one is missing: see replay_words.h. */
#include "explore/replay_words.h"

#include <stdarg.h>
#include <stdlib.h>

/* The path in a form that leaves room for the message and is one line. */
static void begin_error(struct reader *r, const struct place *p)
{
	size_t length = strlen(r->path), shown = length <= 100 ? length : 97;
	int n;

	n = snprintf(r->err, ERR_SIZE, "%s%s", shown < length ? "..." : "",
		     r->path + length - shown);
	for (int i = 0; i < n; i++) {
		if (!form_is_text(r->err[i]))
			r->err[i] = '?';
	}
	snprintf(r->err + n, ERR_SIZE - (size_t)n, ":%u:%zu: expected ", p->line,
		 (size_t)(p->at - p->line_start) + 1);
}

static void append_error(struct reader *r, const char *fmt, va_list args)
{
	size_t n = strlen(r->err);

	vsnprintf(r->err + n, ERR_SIZE - n, fmt, args);
}

/* fmt: "what, found what else" */
bool __printf(3, 4) rd_fail_found(struct reader *r, const struct place *p, const char *fmt, ...)
{
	va_list args;

	begin_error(r, p);
	va_start(args, fmt);
	append_error(r, fmt, args);
	va_end(args);
	return false;
}

/* What stands at p, for people: a word, or the name of a byte that begins none. */
static const char *describe(const struct reader *r, const struct place *p, char buf[40])
{
	int n = 0, room = 24;

	if (p->at == r->end)
		return "end of file (truncated?)";
	if (*p->at == '\n')
		return "end of line";
	if (*p->at == ' ')
		return "a space";
	while (n <= room && p->at + n < r->end && form_is_word(p->at[n]))
		n++;
	if (!n)
		snprintf(buf, 40, "byte 0x%02x", (unsigned char)*p->at);
	else
		snprintf(buf, 40, "'%.*s%s'", min(n, room), p->at, n > room ? "..." : "");
	return buf;
}

/* fmt: what was expected at p */
bool __printf(3, 4) rd_fail(struct reader *r, const struct place *p, const char *fmt, ...)
{
	va_list args;
	char buf[40];
	size_t n;

	begin_error(r, p);
	va_start(args, fmt);
	append_error(r, fmt, args);
	va_end(args);
	n = strlen(r->err);
	snprintf(r->err + n, ERR_SIZE - n, ", found %s", describe(r, p, buf));
	return false;
}

bool rd_no_memory(struct reader *r)
{
	return rd_fail_found(r, &r->now, "memory for this, found none");
}

size_t rd_bytes_left(const struct reader *r)
{
	return (size_t)(r->end - r->now.at);
}

bool rd_at_word(const struct reader *r, const char *word)
{
	size_t n = strlen(word);

	return rd_bytes_left(r) >= n && !memcmp(r->now.at, word, n) &&
	       (rd_bytes_left(r) == n || !form_is_word(r->now.at[n]));
}

/* Does the file end in the middle of the word? */
bool rd_is_cut_off(const struct reader *r, const char *word)
{
	size_t n = rd_bytes_left(r);

	return n && n < strlen(word) && !memcmp(r->now.at, word, n);
}

/* The keyword, and nothing else. */
bool rd_keyword_in(struct reader *r, const char *word, const char *expected)
{
	struct place p = r->now;

	if (rd_at_word(r, word)) {
		r->now.at += strlen(word);
		return true;
	}
	if (rd_is_cut_off(r, word))
		p.at = r->end;
	return rd_fail(r, &p, "%s", expected);
}

bool rd_keyword(struct reader *r, const char *word)
{
	return rd_keyword_in(r, word, word);
}

bool rd_space(struct reader *r)
{
	if (!rd_bytes_left(r) || *r->now.at != ' ')
		return rd_fail(r, &r->now, "a space");
	r->now.at++;
	return true;
}

bool rd_end_of_line(struct reader *r)
{
	if (!rd_bytes_left(r) || *r->now.at != '\n')
		return rd_fail(r, &r->now, "end of line");
	r->now.line_start = ++r->now.at;
	r->now.line++;
	return true;
}

/* A name that is kept: n bytes from here. */
static bool keep(struct reader *r, size_t n, char **to)
{
	*to = strndup(r->now.at, n);
	r->now.at += n;
	return *to || rd_no_memory(r);
}

bool rd_word(struct reader *r, const char *what, char **to)
{
	size_t n = 0;

	while (n < rd_bytes_left(r) && form_is_word(r->now.at[n]))
		n++;
	if (!n)
		return rd_fail(r, &r->now, "%s", what);
	if (n > FORM_MAX_WORD)
		return rd_fail_found(r, &r->now, "%s of at most %d bytes, found %zu", what,
				  FORM_MAX_WORD, n);
	return keep(r, n, to);
}

bool rd_rest_of_line(struct reader *r, const char *what, char **to)
{
	size_t n = 0;

	while (n < rd_bytes_left(r) && form_is_text(r->now.at[n]))
		n++;
	if (!n || *r->now.at == ' ')
		return rd_fail(r, &r->now, "%s", what);
	if (n > FORM_MAX_LINE)
		return rd_fail_found(r, &r->now, "%s of at most %d bytes, found %zu", what,
				  FORM_MAX_LINE, n);
	return keep(r, n, to);
}

bool rd_is_dash(const char *s)
{
	return !strcmp(s, "-");
}

/* "-" says that there is none. */
void rd_dash_is_none(char **s)
{
	if (!rd_is_dash(*s))
		return;
	free(*s);
	*s = NULL;
}

bool rd_number(struct reader *r, u64 most, u64 *to)
{
	struct place start = r->now;
	u64 value = 0;

	for (; rd_bytes_left(r) && *r->now.at >= '0' && *r->now.at <= '9'; r->now.at++) {
		unsigned digit = (unsigned)(*r->now.at - '0');

		if (digit > most || value > (most - digit) / 10)
			return rd_fail(r, &start, "a number up to %lu", most);
		value = value * 10 + digit;
	}
	if (r->now.at == start.at)
		return rd_fail(r, &start, "a number");
	*to = value;
	return true;
}

bool rd_hex(struct reader *r, int digits, u64 *to)
{
	struct place start = r->now;
	u64 value = 0;

	for (int i = 0; i < digits; i++, r->now.at++) {
		char c = rd_bytes_left(r) ? *r->now.at : '\0';

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return rd_fail(r, rd_bytes_left(r) ? &start : &r->now, "%d hexadecimal digits",
				    digits);
		value = value << 4 | (u64)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*to = value;
	return true;
}

/* "what NAME" */
bool rd_named(struct reader *r, const char *what, const char *expected, char **to)
{
	return rd_keyword(r, what) && rd_space(r) && rd_word(r, expected, to);
}

/* "what NUMBER" */
bool rd_counted(struct reader *r, const char *what, u64 most, u64 *to)
{
	return rd_keyword(r, what) && rd_space(r) && rd_number(r, most, to);
}
