/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every rule of the grammar is made of: take the token that must come next, or say what was
 * expected instead.
 *
 * Concurrency: see parse.h.
 */
#include "scn/parse.h"

#include <stdlib.h>
#include <string.h>

int scn_fail(struct parser *p, int line, int column, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	scn_set_error(p->err, p->scn->path, line, column, format, args);
	va_end(args);
	return -1;
}

int scn_no_memory(struct parser *p)
{
	return scn_fail_at(p, &p->tok, "out of memory");
}

void *scn_room(void *array, size_t nr, size_t size)
{
	/* Arrays grow when their number is a power of two: no field says how much they hold. */
	if (nr & (nr - 1))
		return array;
	return realloc(array, (nr ? 2 * nr : 1) * size);
}

void scn_advance(struct parser *p)
{
	p->tok = lex_next(&p->lex);
}

int scn_expected(struct parser *p, const char *what)
{
	char found[64];

	if (p->tok.kind == LEX_BAD)
		return scn_fail_at(p, &p->tok, "%s", p->lex.problem);
	lex_describe(&p->tok, found, sizeof(found));
	return scn_fail_at(p, &p->tok, "expected %s, found %s", what, found);
}

int scn_take(struct parser *p, enum lex_kind kind, const char *what, struct lex_token *taken)
{
	if (taken)
		*taken = p->tok;
	if (p->tok.kind != kind)
		return scn_expected(p, what);
	scn_advance(p);
	return 0;
}

int scn_is_word(const struct lex_token *tok, const char *word)
{
	return tok->kind == LEX_WORD && strlen(word) == tok->length &&
	       !memcmp(tok->text, word, tok->length);
}

int scn_copy(struct parser *p, char **to, const char *text, size_t length)
{
	*to = strndup(text, length);
	return *to ? 0 : scn_no_memory(p);
}

struct scn_spelled scn_spell(const struct lex_token *tok)
{
	struct scn_spelled word = { "" };

	memcpy(word.text, tok->text, tok->length < LEX_MAX_WORD ? tok->length : LEX_MAX_WORD);
	return word;
}

int scn_take_count(struct parser *p, int64_t max, int64_t *count)
{
	struct lex_token tok = p->tok;
	const struct scn_param *param = NULL;
	char found[64];
	uint64_t value;

	if (tok.kind == LEX_WORD) {
		param = scn_find_param(p, &tok);
		if (!param)
			return scn_expected(p, "a number or the name of a param");
	} else if (tok.kind != LEX_NUMBER) {
		return scn_expected(p, "a number or the name of a param");
	}
	value = param ? (uint64_t)param->value : tok.value;
	if (value < 1 || value > (uint64_t)max) {
		lex_describe(&tok, found, sizeof(found));
		if (param)
			return scn_fail_at(p, &tok, "expected 1..%lld, found %s, which is %lld",
					   (long long)max, found, (long long)param->value);
		return scn_fail_at(p, &tok, "expected 1..%lld, found %s", (long long)max, found);
	}
	*count = (int64_t)value;
	scn_advance(p);
	return 0;
}
