/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names of a scenario: which there are, what each stands for, and whether every use of one can
 * be right.
 *
 * Concurrency: see parse.h. Bindings are judged as they are read, uses at the end of the file only:
 * a thread may use what a later one binds.
 */
#include "scn/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_text[] = {
	[SCN_MM] = "an mm",
	[SCN_AREA] = "an area",
	[SCN_MUTEX] = "a mutex",
	[SCN_RWSEM] = "an rwsem",
	[SCN_SPINLOCK] = "a spinlock",
	[SCN_VALUE] = "a value",
	[SCN_FILE] = "a file",
	[SCN_MEMCG] = "a memcg",
	[SCN_GUEST] = "a guest",
	[SCN_DEVICE] = "a device",
};

/* "a mutex or a spinlock" */
static const char *kinds_text(unsigned kinds, char *buffer, size_t size)
{
	size_t n = 0;

	buffer[0] = '\0';
	for (unsigned i = 0; i < sizeof(kind_text) / sizeof(kind_text[0]); i++)
		if (kinds & (1u << i) && n < size)
			n += (size_t)snprintf(buffer + n, size - n, "%s%s", n ? " or " : "",
					      kind_text[i]);
	return buffer;
}

static int same(const char *text, const struct lex_token *word)
{
	return strlen(text) == word->length && !memcmp(text, word->text, word->length);
}

/*
 * Words of the language are no names: without that, an operand that was forgotten would swallow the
 * next statement and the message would be about something else.
 */
static int is_reserved(const struct lex_token *word)
{
	return scn_op_find(word->text, word->length) >= 0 || same("repeat", word) ||
	       same("setup", word) || same("thread", word) || same("finally", word) ||
	       same("outcome", word);
}

int scn_check_new_name(struct parser *p, const struct lex_token *name)
{
	if (is_reserved(name))
		return scn_fail_at(p, name,
				   "expected a name, found '%.*s', which is a word of the language",
				   (int)name->length, name->text);
	if (memchr(name->text, '-', name->length))
		return scn_fail_at(p, name,
				   "expected a name of letters, digits and '_', found '%.*s'",
				   (int)name->length, name->text);
	return 0;
}

struct scn_param *scn_find_param(struct parser *p, const struct lex_token *name)
{
	for (unsigned i = 0; i < p->scn->nr_params; i++)
		if (same(p->scn->param[i].name, name))
			return &p->scn->param[i];
	return NULL;
}

/* The slot of a name, which is made if this is the first time it is seen; or -1. */
static int slot_of(struct parser *p, const struct lex_token *name)
{
	struct scenario *scn = p->scn;
	struct scn_name *made;

	for (unsigned i = 0; i < scn->nr_names; i++)
		if (same(scn->name_of[i].text, name))
			return (int)i;
	if (scn->nr_names == SCN_MAX_NAMES)
		return scn_fail_at(p, name, "expected at most %d names, found '%.*s'",
				   SCN_MAX_NAMES, (int)name->length, name->text);
	made = &scn->name_of[scn->nr_names];
	made->text = strndup(name->text, name->length);
	if (!made->text)
		return scn_no_memory(p);
	return (int)scn->nr_names++;
}

static int note(struct parser *p, const struct lex_token *name, int slot, unsigned op,
		unsigned kinds)
{
	struct scn_use *use = scn_room(p->use, p->nr_uses, sizeof(*use));

	if (!use)
		return scn_no_memory(p);
	p->use = use;
	p->use[p->nr_uses++] = (struct scn_use) {
		.slot = (int16_t)slot, .body = (int16_t)p->body, .op = (uint16_t)op, .kinds = kinds,
		.page = -1, .line = name->line, .column = name->column,
	};
	return slot;
}

int scn_use_name(struct parser *p, const struct lex_token *name, unsigned op, unsigned kinds)
{
	char wanted[64];
	int slot;

	if (scn_check_new_name(p, name))
		return -1;
	if (scn_find_param(p, name))
		return scn_fail_at(p, name, "expected %s, found the param '%.*s'",
				   kinds_text(kinds, wanted, sizeof(wanted)), (int)name->length,
				   name->text);
	slot = slot_of(p, name);
	return slot < 0 ? -1 : note(p, name, slot, op, kinds);
}

int scn_bind_name(struct parser *p, const struct lex_token *name, unsigned op, int64_t pages)
{
	enum scn_kind kind = scn_ops[op].binds;
	struct scn_name *bound;
	int slot;

	if (scn_check_new_name(p, name))
		return -1;
	if (scn_find_param(p, name))
		return scn_fail_at(p, name, "'%.*s' is a param and cannot be %s too",
				   (int)name->length, name->text, kind_text[kind]);
	slot = slot_of(p, name);
	if (slot < 0)
		return -1;
	bound = &p->scn->name_of[slot];
	if (p->binders[slot] && bound->kind != kind)
		return scn_fail_at(p, name, "'%s' is %s since line %d and cannot be %s too",
				   bound->text, kind_text[bound->kind], bound->line,
				   kind_text[kind]);
	if (!p->binders[slot]++) {
		bound->kind = kind;
		bound->bound_by = p->body;
		bound->line = name->line;
		bound->column = name->column;
	}
	p->pages[slot] = pages;
	p->gives[slot] |= scn_ops[op].gives;
	return note(p, name, slot, op, 0);
}

int scn_find_value(struct parser *p, const struct lex_token *name)
{
	const struct scenario *scn = p->scn;

	if (scn_find_param(p, name))
		return scn_fail_at(p, name, "expected a value, found the param '%.*s'",
				   (int)name->length, name->text);
	for (unsigned i = 0; i < scn->nr_names; i++) {
		if (!same(scn->name_of[i].text, name) || !p->binders[i])
			continue;
		if (scn->name_of[i].kind == SCN_VALUE)
			return (int)i;
		return scn_fail_at(p, name, "expected a value, found '%s', which is %s",
				   scn->name_of[i].text, kind_text[scn->name_of[i].kind]);
	}
	return scn_fail_at(p, name, "'%.*s' is bound nowhere in this file", (int)name->length,
			   name->text);
}

static int check_kind(struct parser *p, const struct scn_use *use)
{
	const struct scn_name *name = &p->scn->name_of[use->slot];
	char wanted[64];

	if (!p->binders[use->slot])
		return scn_fail_at(p, use, "'%s' is bound nowhere in this file", name->text);
	if (use->kinds & (1u << name->kind))
		return 0;
	return scn_fail_at(p, use, "expected %s for '%s', found '%s', which is %s",
			   kinds_text(use->kinds, wanted, sizeof(wanted)), scn_ops[use->op].name,
			   name->text, kind_text[name->kind]);
}

/* Setup and finally run alone, from top to bottom: there the order of the lines decides. */
static int check_order(struct parser *p, const struct scn_use *use, int bound_here)
{
	const struct scn_name *name = &p->scn->name_of[use->slot];

	if (use->body == SCN_IN_SETUP && !bound_here)
		return scn_fail_at(p, use, "'%s' is used in setup before it is bound", name->text);
	if (name->bound_by != SCN_IN_FINALLY)
		return 0;
	if (use->body >= 0)
		return scn_fail_at(p, use, "'%s' is used in thread '%s' but bound only in finally",
				   name->text, p->scn->thread[use->body].name);
	if (!bound_here)
		return scn_fail_at(p, use, "'%s' is used in finally before it is bound",
				   name->text);
	return 0;
}

static int check_page(struct parser *p, const struct scn_use *use)
{
	int64_t pages = p->pages[use->slot];

	/* With two binders the text does not show which of them this use will meet. */
	if (p->binders[use->slot] != 1 || use->page < pages)
		return 0;
	return scn_fail(p, use->page_line, use->page_column,
			"page %d is beyond the end of '%s', which has %lld page%s", (int)use->page,
			p->scn->name_of[use->slot].text, (long long)pages, pages == 1 ? "" : "s");
}

int scn_check_uses(struct parser *p)
{
	signed char bound_in[SCN_MAX_NAMES] = { 0 };	/* the body that bound it last, so far */

	for (size_t i = 0; i < p->nr_uses; i++) {
		const struct scn_use *use = &p->use[i];

		if (!use->kinds) {
			bound_in[use->slot] = (signed char)(use->body < 0 ? use->body : 0);
			continue;
		}
		if (check_kind(p, use) || check_order(p, use, bound_in[use->slot] == use->body) ||
		    check_page(p, use))
			return -1;
	}
	return 0;
}
