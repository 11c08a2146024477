/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cuts the text of a scenario file into tokens; every byte of the file passes through here, so that
 * what the parser accepted is known to be text.
 *
 * Concurrency: see lex.h. The classes of bytes are written out: <ctype.h> follows the locale.
 */
#include "scn/lex.h"

#include <stdio.h>
#include <string.h>

static int is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static int is_word_start(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int is_word(unsigned char c)
{
	return is_word_start(c) || is_digit(c);
}

static unsigned char byte_at(const struct lexer *lex, size_t offset)
{
	return offset < (size_t)(lex->end - lex->at) ? (unsigned char)lex->at[offset] : 0;
}

/* How many bytes follow this first one of a UTF-8 sequence, or -1; low..high bounds the next. */
static int utf8_tail(unsigned char lead, unsigned char *low, unsigned char *high)
{
	/* The bounds keep out overlong forms, surrogates and what lies beyond U+10FFFF. */
	*low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
	*high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 1;
	if (lead >= 0xe0 && lead <= 0xef)
		return 2;
	return lead >= 0xf0 && lead <= 0xf4 ? 3 : -1;
}

/* Length of the character at the lexer's place, 0 if it is not one that text may hold. */
static size_t text_character(const struct lexer *lex)
{
	unsigned char lead = byte_at(lex, 0), low, high;
	int tail, i;

	if ((lead >= ' ' && lead < 0x7f) || lead == '\t' || lead == '\r')
		return 1;
	tail = utf8_tail(lead, &low, &high);
	for (i = 1; i <= tail; i++) {
		unsigned char next = byte_at(lex, (size_t)i);

		if (next < low || next > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return tail < 0 ? 0 : (size_t)tail + 1;
}

static struct lex_token token_here(const struct lexer *lex, enum lex_kind kind, size_t length)
{
	struct lex_token token = {
		.kind = kind,
		.line = lex->line,
		.column = (int)(lex->at - lex->line_start) + 1,
		.text = lex->at,
		.length = length,
	};

	return token;
}

static struct lex_token take(struct lexer *lex, enum lex_kind kind, size_t length)
{
	struct lex_token token = token_here(lex, kind, length);

	lex->at += length;
	return token;
}

static struct lex_token not_text(struct lexer *lex)
{
	snprintf(lex->problem, sizeof(lex->problem),
		 "expected text in UTF-8, found byte 0x%02x", byte_at(lex, 0));
	return token_here(lex, LEX_BAD, 1);
}

/* Skip white space and comments. Returns 0 at a byte of a comment that is not text. */
static int skip_blank(struct lexer *lex)
{
	int comment = 0;

	while (lex->at < lex->end) {
		char c = *lex->at;
		size_t length = 1;

		if (c == '\n') {
			lex->line++;
			lex->line_start = lex->at + 1;
			comment = 0;
		} else if (comment) {
			length = text_character(lex);
			if (!length)
				return 0;
		} else if (c == '#') {
			comment = 1;
		} else if (c != ' ' && c != '\t' && c != '\r') {
			break;
		}
		lex->at += length;
	}
	return 1;
}

static struct lex_token lex_word(struct lexer *lex)
{
	size_t n = 1;

	/* A '-' belongs to a name only inside it, so that "a-" never swallows it. */
	while (is_word(byte_at(lex, n)) || (byte_at(lex, n) == '-' && is_word(byte_at(lex, n + 1))))
		n++;
	if (n <= LEX_MAX_WORD)
		return take(lex, LEX_WORD, n);
	snprintf(lex->problem, sizeof(lex->problem),
		 "expected a name of at most %d bytes, found %zu", LEX_MAX_WORD, n);
	return token_here(lex, LEX_BAD, n);
}

static int digit_value(unsigned char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

static struct lex_token bad_number(struct lexer *lex, size_t length, const char *wanted)
{
	struct lex_token token = token_here(lex, LEX_BAD, length);
	char found[56];

	lex_describe(&token, found, sizeof(found));
	snprintf(lex->problem, sizeof(lex->problem), "expected %s, found %s", wanted, found);
	return token;
}

static struct lex_token lex_number(struct lexer *lex)
{
	unsigned base = byte_at(lex, 0) == '0' && (byte_at(lex, 1) | 0x20) == 'x' ? 16 : 10;
	size_t start = base == 16 ? 2 : 0, n = start;
	struct lex_token token;
	uint64_t value = 0;

	while (is_word(byte_at(lex, n)))
		n++;
	if (n == start)
		return bad_number(lex, n, "a number");
	for (size_t i = start; i < n; i++) {
		unsigned digit = (unsigned)digit_value(byte_at(lex, i));

		if (digit >= base)
			return bad_number(lex, n, "a number");
		if (value > (UINT64_MAX - digit) / base)
			return bad_number(lex, n, "a number below 2^64");
		value = value * base + digit;
	}
	token = take(lex, LEX_NUMBER, n);
	token.value = value;
	return token;
}

static struct lex_token lex_string(struct lexer *lex)
{
	struct lex_token token = take(lex, LEX_STRING, 1);
	size_t length;

	for (; lex->at < lex->end; lex->at += length) {
		if (*lex->at == '"') {
			token.text++;
			token.length = (size_t)(lex->at++ - token.text);
			return token;
		}
		if (*lex->at == '\n' || *lex->at == '\r')
			break;
		length = text_character(lex);
		if (!length)
			return not_text(lex);
	}
	snprintf(lex->problem, sizeof(lex->problem),
		 "expected '\"' to end the string, found end of %s",
		 lex->at < lex->end ? "line" : "file");
	return token_here(lex, LEX_BAD, 0);
}

static struct lex_token lex_sign(struct lexer *lex)
{
	static const struct {
		char text[3];
		unsigned char kind;
	} signs[] = {
		{ "==", LEX_EQUAL }, { "=", LEX_SET }, { "..", LEX_DOTS }, { ":", LEX_COLON },
		{ ";", LEX_SEMICOLON }, { "{", LEX_OPEN }, { "}", LEX_CLOSE },
		{ "[", LEX_INDEX }, { "]", LEX_INDEX_END },
	};
	size_t left = (size_t)(lex->end - lex->at);

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t length = strlen(signs[i].text);

		if (length <= left && !memcmp(signs[i].text, lex->at, length))
			return take(lex, signs[i].kind, length);
	}
	return take(lex, LEX_JUNK, 1);
}

void lex_start(struct lexer *lex, const char *text, size_t length)
{
	memset(lex, 0, sizeof(*lex));
	lex->at = lex->line_start = text;
	lex->end = text + length;
	lex->line = 1;
}

struct lex_token lex_next(struct lexer *lex)
{
	unsigned char c;

	if (!skip_blank(lex))
		return not_text(lex);
	if (lex->at == lex->end)
		return token_here(lex, LEX_END, 0);
	c = byte_at(lex, 0);
	if (is_word_start(c))
		return lex_word(lex);
	if (is_digit(c))
		return lex_number(lex);
	return c == '"' ? lex_string(lex) : lex_sign(lex);
}

void lex_describe(const struct lex_token *token, char *buffer, size_t size)
{
	unsigned char c = token->length ? (unsigned char)token->text[0] : 0;
	int shown = token->length > 40 ? 40 : (int)token->length;

	if (token->kind == LEX_END)
		snprintf(buffer, size, "end of file");
	else if (token->kind == LEX_STRING)
		snprintf(buffer, size, "a string");
	else if (token->kind == LEX_JUNK && (c <= ' ' || c >= 0x7f))
		snprintf(buffer, size, "byte 0x%02x", c);
	else
		snprintf(buffer, size, "'%.*s%s'", shown, token->text,
			 (size_t)shown < token->length ? "..." : "");
}
