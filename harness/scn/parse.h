/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the scenario parser share with each other; no one else includes this.
 *
 * Concurrency: a parser belongs to one caller; there is no shared state.
 */
#ifndef HARNESS_SCN_PARSE_H
#define HARNESS_SCN_PARSE_H

#include "scn/lex.h"
#include "scn/scenario.h"

#include <stdarg.h>

#define SCN_MAX_TEXT (1u << 20)	/* bytes in a file */
#define SCN_MAX_COUNT 1000000
#define SCN_MAX_PAGES 64	/* pages in an area */
#define SCN_MAX_REPEAT 4	/* depth of nesting */

enum { SCN_IN_SETUP = -1, SCN_IN_FINALLY = -2 };	/* scn_name.bound_by, and below */

/* One place of the file where a name stands. Kept because a use may come before its binding. */
struct scn_use {
	int16_t slot;
	int16_t body;		/* SCN_IN_SETUP, SCN_IN_FINALLY, or index of the thread */
	uint16_t op;
	unsigned kinds;		/* bit mask of 1 << enum scn_kind that will do; 0: a binding */
	int32_t page;		/* highest page index of it that is used, or -1 */
	int line, column;
	int page_line, page_column;
};

struct parser {
	struct lexer lex;
	struct lex_token tok;	/* the next token, not yet taken */
	struct scenario *scn;
	struct scn_error *err;
	int body;		/* the one being parsed, as in scn_use.body */
	struct scn_use *use;
	size_t nr_uses;
	unsigned binders[SCN_MAX_NAMES];	/* statements that bind the name */
	int64_t pages[SCN_MAX_NAMES];		/* size of the area, as last bound */
	unsigned gives[SCN_MAX_NAMES];		/* what the value may hold, by all that bind it */
};

/* scenario.c: fill in *err (if there is one). */
void scn_set_error(struct scn_error *err, const char *path, int line, int column,
		   const char *format, va_list args) __attribute__((format(printf, 5, 0)));

/* cursor.c: scn_fail() and what calls it return -1 with the parser's error filled in. */
int scn_fail(struct parser *p, int line, int column, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
#define scn_fail_at(p, at, ...) scn_fail(p, (at)->line, (at)->column, __VA_ARGS__)
int scn_no_memory(struct parser *p);
/* The next token is not what the grammar wants here. */
int scn_expected(struct parser *p, const char *what);
void scn_advance(struct parser *p);
int scn_take(struct parser *p, enum lex_kind kind, const char *what, struct lex_token *taken);
/* A number or the name of a param, within 1..max. */
int scn_take_count(struct parser *p, int64_t max, int64_t *count);
int scn_is_word(const struct lex_token *tok, const char *word);
int scn_copy(struct parser *p, char **to, const char *text, size_t length);
/* The array with room for element nr, or NULL (the array stays as it was). */
void *scn_room(void *array, size_t nr, size_t size);

/* A word as text that ends, for messages. */
struct scn_spelled {
	char text[LEX_MAX_WORD + 1];
};

struct scn_spelled scn_spell(const struct lex_token *tok);

/* statement.c: '{' statements '}'; which as in scn_use.body */
int scn_parse_body(struct parser *p, struct scn_body *body, int which);

/* ops.c: index of an operation, or -1; the operation that the word may be meant for, or NULL. */
int scn_op_find(const char *word, size_t length);
const char *scn_op_nearest(const char *word, size_t length);

/* names.c: 0 (or a slot), or -1 with the error filled in */
int scn_check_new_name(struct parser *p, const struct lex_token *name);
struct scn_param *scn_find_param(struct parser *p, const struct lex_token *name);
int scn_use_name(struct parser *p, const struct lex_token *name, unsigned op, unsigned kinds);
int scn_bind_name(struct parser *p, const struct lex_token *name, unsigned op, int64_t pages);
/* A value that the bodies above bind. */
int scn_find_value(struct parser *p, const struct lex_token *name);
int scn_check_uses(struct parser *p);

/* outcome.c: sections; each begins after its word. */
int scn_parse_near(struct parser *p, const struct lex_token *word);
int scn_parse_outcome(struct parser *p, const struct lex_token *word);

#endif
