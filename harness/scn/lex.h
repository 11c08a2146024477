/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words of a scenario file: cuts text into tokens and never reads past its end.
 *
 * Concurrency: a lexer belongs to one caller; there is no shared state.
 */
#ifndef HARNESS_SCN_LEX_H
#define HARNESS_SCN_LEX_H

#include <stddef.h>
#include <stdint.h>

#define LEX_MAX_WORD 64		/* bytes in a name */

enum lex_kind {
	LEX_END,		/* end of the text */
	LEX_WORD,		/* a name, an operation, a keyword; may hold '-' inside */
	LEX_NUMBER,
	LEX_STRING,		/* lex_token.text is what stands between the quotes */
	LEX_OPEN,		/* { */
	LEX_CLOSE,		/* } */
	LEX_INDEX,		/* [ */
	LEX_INDEX_END,		/* ] */
	LEX_SET,		/* = */
	LEX_EQUAL,		/* == */
	LEX_COLON,		/* : */
	LEX_SEMICOLON,		/* ; */
	LEX_DOTS,		/* .. */
	LEX_JUNK,		/* one byte that begins nothing */
	LEX_BAD,		/* begins well and goes wrong: lexer.problem says how */
};

struct lex_token {
	enum lex_kind kind;
	int line, column;	/* of its first byte; for LEX_BAD: of what is wrong */
	const char *text;	/* into the text that is being read: not ended by NUL */
	size_t length;
	uint64_t value;		/* LEX_NUMBER */
};

struct lexer {
	const char *at, *end;
	const char *line_start;
	int line;
	char problem[96];	/* of the last LEX_BAD token, a whole message */
};

void lex_start(struct lexer *lex, const char *text, size_t length);

/* The next token. After LEX_END there is only LEX_END; after LEX_BAD read no more. */
struct lex_token lex_next(struct lexer *lex);

/* What to write after "found" for this token. */
void lex_describe(const struct lex_token *token, char *buffer, size_t size);

#endif
