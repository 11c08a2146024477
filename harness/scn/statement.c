/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Statements of the scenario language: bodies, 'repeat', and operations with their operands, which
 * the rows of ops.c describe.
 *
 * Concurrency: see parse.h. Nothing here recurses, so no text can exhaust the stack.
 */
#include "scn/parse.h"

#include <string.h>

/* ---- Operands: one function for each enum scn_arg ---- */

static int take_name(struct parser *p, unsigned op, struct scn_stmt *s, const char *what, enum scn_kind kind)
{
	struct lex_token name;
	int slot;

	if (scn_take(p, LEX_WORD, what, &name))
		return -1;
	slot = scn_use_name(p, &name, op, 1u << kind);
	s->name = (int16_t)slot;
	return slot < 0 ? -1 : 0;
}

static int arg_memcg(struct parser *p, unsigned op, struct scn_stmt *s)
{
	struct lex_token name;
	int slot;

	if (scn_take(p, LEX_WORD, "the name of a memcg", &name))
		return -1;
	slot = scn_use_name(p, &name, op, 1u << SCN_MEMCG);
	s->memcg = (int16_t)slot;
	return slot < 0 ? -1 : 0;
}

static int arg_mm(struct parser *p, unsigned op, struct scn_stmt *s)
{
	return take_name(p, op, s, "the name of an mm", SCN_MM);
}

static int arg_guest(struct parser *p, unsigned op, struct scn_stmt *s)
{
	return take_name(p, op, s, "the name of a guest", SCN_GUEST);
}

static int arg_device(struct parser *p, unsigned op, struct scn_stmt *s)
{
	return take_name(p, op, s, "the name of a device", SCN_DEVICE);
}

static int arg_lock(struct parser *p, unsigned op, struct scn_stmt *s)
{
	struct lex_token name;
	int slot;

	if (scn_take(p, LEX_WORD, "the name of a lock", &name))
		return -1;
	slot = scn_use_name(p, &name, op, scn_ops[op].lock_kinds);
	s->lock = (int16_t)slot;
	return slot < 0 ? -1 : 0;
}

static int take_page(struct parser *p, int32_t *page)
{
	struct lex_token tok;
	char found[64];

	if (scn_take(p, LEX_NUMBER, "the number of a page", &tok))
		return -1;
	if (tok.value >= SCN_MAX_PAGES) {
		lex_describe(&tok, found, sizeof(found));
		return scn_fail_at(p, &tok, "expected a page 0..%d, found %s", SCN_MAX_PAGES - 1,
				   found);
	}
	*page = (int32_t)tok.value;
	/* Whether the area has that page is known only when all that bind it have been seen. */
	p->use[p->nr_uses - 1].page = *page;
	p->use[p->nr_uses - 1].page_line = tok.line;
	p->use[p->nr_uses - 1].page_column = tok.column;
	return 0;
}

static int take_area(struct parser *p, unsigned op, struct scn_stmt *s)
{
	struct lex_token name;
	int slot;

	if (scn_take(p, LEX_WORD, "the name of an area", &name))
		return -1;
	slot = scn_use_name(p, &name, op, 1u << SCN_AREA);
	s->area = (int16_t)slot;
	return slot < 0 ? -1 : 0;
}

/* "[i]" and "[i..j]", of whatever has pages: how a number is taken is its own matter. */
typedef int (*take_page_fn)(struct parser *p, int32_t *page);

static int take_index(struct parser *p, struct scn_stmt *s, take_page_fn take)
{
	if (scn_take(p, LEX_INDEX, "'[' and the number of a page", NULL) || take(p, &s->first))
		return -1;
	s->last = s->first;
	return scn_take(p, LEX_INDEX_END, "']'", NULL);
}

static int take_range(struct parser *p, struct scn_stmt *s, take_page_fn take)
{
	struct lex_token tok;

	if (p->tok.kind != LEX_INDEX)
		return 0;
	scn_advance(p);
	if (take(p, &s->first))
		return -1;
	s->last = s->first;
	if (p->tok.kind != LEX_DOTS)
		return scn_take(p, LEX_INDEX_END, "']' or '..'", NULL);
	scn_advance(p);
	tok = p->tok;
	if (take(p, &s->last))
		return -1;
	if (s->last < s->first)
		return scn_fail_at(p, &tok, "expected a page not before %d, found '%d'", (int)s->first,
				   (int)s->last);
	return scn_take(p, LEX_INDEX_END, "']'", NULL);
}

static int arg_page(struct parser *p, unsigned op, struct scn_stmt *s)
{
	return take_area(p, op, s) ? -1 : take_index(p, s, take_page);
}

static int arg_range(struct parser *p, unsigned op, struct scn_stmt *s)
{
	return take_area(p, op, s) ? -1 : take_range(p, s, take_page);
}

static int arg_count(struct parser *p, unsigned op, struct scn_stmt *s)
{
	/* What makes an area is counted in pages, and address spaces here are small. */
	int64_t max = scn_ops[op].binding != SCN_MAKES ? SCN_MAX_COUNT :
		      scn_ops[op].binds == SCN_AREA ? SCN_MAX_PAGES : SCN_MAX_FILE_PAGES;

	return scn_take_count(p, max, &s->count);
}

static int take_value(struct parser *p, struct scn_stmt *s)
{
	struct lex_token tok;

	if (scn_take(p, LEX_NUMBER, "a value", &tok))
		return -1;
	s->value = tok.value;
	s->has_value = 1;
	return 0;
}

static int arg_set(struct parser *p, unsigned op, struct scn_stmt *s)
{
	(void)op;
	return scn_take(p, LEX_SET, "'=' and a value", NULL) ? -1 : take_value(p, s);
}

static int arg_expect(struct parser *p, unsigned op, struct scn_stmt *s)
{
	(void)op;
	if (p->tok.kind == LEX_EQUAL) {
		scn_advance(p);
		return take_value(p, s);
	}
	/* No statement begins with '=': whoever wrote it meant the other. */
	return p->tok.kind == LEX_SET ? scn_expected(p, "'=='") : 0;
}

static int arg_word(struct parser *p, unsigned op, struct scn_stmt *s)
{
	char what[32];

	(void)s;
	snprintf(what, sizeof(what), "'%s'", scn_ops[op].word);
	if (!scn_is_word(&p->tok, scn_ops[op].word))
		return scn_expected(p, what);
	scn_advance(p);
	return 0;
}

static const char *choices_text(const char *const *words, char *buffer, size_t size)
{
	size_t n = 0;

	for (; *words && n < size; words++)
		n += (size_t)snprintf(buffer + n, size - n, "%s'%s'",
				      !n ? "" : words[1] ? ", " : " or ", *words);
	return buffer;
}

static int arg_choice(struct parser *p, unsigned op, struct scn_stmt *s)
{
	const char *const *words = scn_ops[op].choice;
	char what[96];

	for (unsigned i = 0; words[i]; i++)
		if (scn_is_word(&p->tok, words[i])) {
			s->value = i;
			scn_advance(p);
			return 0;
		}
	return scn_expected(p, choices_text(words, what, sizeof(what)));
}

static int take_file(struct parser *p, unsigned op, struct scn_stmt *s)
{
	struct lex_token name;
	int slot;

	if (scn_take(p, LEX_WORD, "the name of a file", &name))
		return -1;
	slot = scn_use_name(p, &name, op, 1u << SCN_FILE);
	s->file = (int16_t)slot;
	return slot < 0 ? -1 : 0;
}

/* A file may grow and shrink: whether it has the page is no matter of the text. */
static int take_file_number(struct parser *p, uint64_t max, const char *what, int64_t *number)
{
	struct lex_token tok;
	char found[64];

	if (scn_take(p, LEX_NUMBER, what, &tok))
		return -1;
	lex_describe(&tok, found, sizeof(found));
	if (tok.value > max)
		return scn_fail_at(p, &tok, "expected %s, 0..%d, found %s", what, (int)max, found);
	*number = (int64_t)tok.value;
	return 0;
}

static int take_file_page(struct parser *p, int32_t *page)
{
	int64_t number = 0;

	if (take_file_number(p, SCN_MAX_FILE_PAGES - 1, "the number of a page", &number))
		return -1;
	*page = (int32_t)number;
	return 0;
}

static int arg_file(struct parser *p, unsigned op, struct scn_stmt *s)
{
	return take_file(p, op, s);
}

static int arg_file_page(struct parser *p, unsigned op, struct scn_stmt *s)
{
	return take_file(p, op, s) ? -1 : take_index(p, s, take_file_page);
}

static int arg_file_range(struct parser *p, unsigned op, struct scn_stmt *s)
{
	return take_file(p, op, s) ? -1 : take_range(p, s, take_file_page);
}

static int arg_size(struct parser *p, unsigned op, struct scn_stmt *s)
{
	(void)op;
	return take_file_number(p, SCN_MAX_FILE_PAGES, "a number of pages", &s->count);
}

static int arg_backing(struct parser *p, unsigned op, struct scn_stmt *s)
{
	int shared = scn_is_word(&p->tok, "shared");

	if (!shared && !scn_is_word(&p->tok, "private")) {
		if (scn_is_word(&p->tok, "huge"))
			s->backing = SCN_HUGE;
		else if (scn_is_word(&p->tok, "stack"))
			s->backing = SCN_STACK;
		else if (!scn_is_word(&p->tok, "anon"))
			return scn_expected(p, "'anon', 'huge', 'stack', 'shared' or 'private'");
		scn_advance(p);
		return 0;
	}
	s->backing = shared ? SCN_SHARED : SCN_PRIVATE;
	scn_advance(p);
	if (take_file(p, op, s))
		return -1;
	return p->tok.kind == LEX_INDEX ? take_index(p, s, take_file_page) : 0;
}

static int (*const parse_arg[])(struct parser *p, unsigned op, struct scn_stmt *s) = {
	[ARG_MM] = arg_mm,
	[ARG_PAGE] = arg_page,
	[ARG_RANGE] = arg_range,
	[ARG_COUNT] = arg_count,
	[ARG_LOCK] = arg_lock,
	[ARG_SET] = arg_set,
	[ARG_EXPECT] = arg_expect,
	[ARG_WORD] = arg_word,
	[ARG_CHOICE] = arg_choice,
	[ARG_BACKING] = arg_backing,
	[ARG_FILE] = arg_file,
	[ARG_FILE_PAGE] = arg_file_page,
	[ARG_FILE_RANGE] = arg_file_range,
	[ARG_SIZE] = arg_size,
	[ARG_MEMCG] = arg_memcg,
	[ARG_GUEST] = arg_guest,
	[ARG_DEVICE] = arg_device,
};

/* ---- Statements ---- */

/* What stands before the operands; a token that is absent has kind LEX_END. */
struct head {
	struct lex_token first, bind, subject, op;
};

/* [NAME '='] [NAME ':'] [NAME '='] WORD */
static int parse_head(struct parser *p, struct head *head)
{
	memset(head, 0, sizeof(*head));
	head->first = p->tok;
	for (;;) {
		struct lex_token word, *place;
		int is_bind;

		if (scn_take(p, LEX_WORD, head->bind.kind || head->subject.kind ?
			 "an operation" : "an operation or '}'", &word))
			return -1;
		is_bind = p->tok.kind == LEX_SET;
		if (!is_bind && p->tok.kind != LEX_COLON) {
			head->op = word;
			return 0;
		}
		place = is_bind ? &head->bind : &head->subject;
		if (place->kind)
			return scn_fail_at(p, &word, "expected one 'NAME%s', found '%s%s' as well",
					   is_bind ? " =" : ":", scn_spell(&word).text,
					   is_bind ? " =" : ":");
		*place = word;
		scn_advance(p);
	}
}

/* Has the statement the subject and the binding that its operation wants, and no other? */
static int check_head(struct parser *p, const struct head *head, const struct scn_op *op)
{
	if (head->subject.kind && !op->subject)
		return scn_fail_at(p, &head->subject, "'%s' takes no subject", op->name);
	if (head->bind.kind && op->binding == SCN_DECLARES)
		return scn_fail_at(p, &head->bind, "'%s' is written '%s NAME', without '='",
				   op->name, op->name);
	if (head->bind.kind && op->binding == SCN_BINDS_NOTHING)
		return scn_fail_at(p, &head->bind, "'%s' binds no name", op->name);
	if (!head->subject.kind && op->subject)
		return scn_fail_at(p, &head->op, "expected 'MM:' before '%s', found none",
				   op->name);
	if (!head->bind.kind && op->binding == SCN_MAKES)
		return scn_fail_at(p, &head->op, "expected 'NAME =' before '%s', found none",
				   op->name);
	if (op->binding == SCN_DECLARES && p->body != SCN_IN_SETUP)
		return scn_fail_at(p, &head->op, "'%s' may stand only in setup", op->name);
	return 0;
}

static int parse_operands(struct parser *p, const struct head *head, struct scn_stmt *s)
{
	const struct scn_op *op = &scn_ops[s->op];
	struct lex_token name = head->bind;
	int slot;

	if (check_head(p, head, op))
		return -1;
	if (head->subject.kind) {
		slot = scn_use_name(p, &head->subject, s->op, 1u << SCN_MM);
		s->subject = (int16_t)slot;
		if (slot < 0)
			return -1;
	}
	for (unsigned i = 0; i <= SCN_MAX_ARGS && op->args[i] != ARG_NONE; i++)
		if (parse_arg[op->args[i]](p, s->op, s))
			return -1;
	if (op->binding == SCN_DECLARES && scn_take(p, LEX_WORD, "a name", &name))
		return -1;
	if (!name.kind)
		return 0;
	/* Last, because "P = P: fork" uses one P and makes another. */
	slot = scn_bind_name(p, &name, s->op, s->count);
	s->bind = (int16_t)slot;
	return slot < 0 ? -1 : 0;
}

static int add_statement(struct parser *p, struct scn_body *body, const struct scn_stmt *s)
{
	struct scn_stmt *array = scn_room(body->stmt, body->nr, sizeof(*array));

	if (!array)
		return scn_no_memory(p);
	body->stmt = array;
	body->stmt[body->nr++] = *s;
	return 0;
}

static struct scn_stmt blank_statement(unsigned op, const struct lex_token *at)
{
	struct scn_stmt s = {
		.op = (uint16_t)op, .bind = -1, .subject = -1, .name = -1, .area = -1, .lock = -1,
		.file = -1, .memcg = -1,
		.first = -1, .last = -1, .match = -1, .line = at->line, .column = at->column,
	};

	return s;
}

static int unknown_operation(struct parser *p, const struct lex_token *word)
{
	const char *nearest = scn_op_nearest(word->text, word->length);
	int op_after = scn_op_find(p->tok.text, p->tok.length);

	if (nearest)
		return scn_fail_at(p, word, "expected an operation, found '%s'; did you mean '%s'?",
				   scn_spell(word).text, nearest);
	/* "P write a[0] = 1" */
	if (op_after >= 0 && scn_ops[op_after].subject)
		return scn_fail_at(p, &p->tok, "expected ':' after '%s', found '%s'",
				   scn_spell(word).text, scn_ops[op_after].name);
	return scn_fail_at(p, word, "expected an operation, found '%s'", scn_spell(word).text);
}

/* The groups of 'repeat' that are open, innermost last. */
struct nesting {
	int32_t start[SCN_MAX_REPEAT];
	int depth;
};

static int parse_repeat(struct parser *p, struct scn_body *body, const struct head *head,
			struct nesting *open)
{
	struct scn_stmt s = blank_statement(SCN_REPEAT, &head->first);

	if (head->subject.kind)
		return scn_fail_at(p, &head->subject, "'repeat' takes no subject");
	if (head->bind.kind)
		return scn_fail_at(p, &head->bind, "'repeat' binds no name");
	if (open->depth == SCN_MAX_REPEAT)
		return scn_fail_at(p, &head->op,
				   "expected 'repeat' at most %d deep, found one more",
				   SCN_MAX_REPEAT);
	if (scn_take_count(p, SCN_MAX_COUNT, &s.count) || scn_take(p, LEX_OPEN, "'{'", NULL))
		return -1;
	open->start[open->depth++] = (int32_t)body->nr;
	return add_statement(p, body, &s);
}

static int parse_statement(struct parser *p, struct scn_body *body, struct nesting *open)
{
	struct head head;
	struct scn_stmt s;
	int op;

	if (parse_head(p, &head))
		return -1;
	if (scn_is_word(&head.op, "repeat"))
		return parse_repeat(p, body, &head, open);
	op = scn_op_find(head.op.text, head.op.length);
	if (op < 0)
		return unknown_operation(p, &head.op);
	s = blank_statement((unsigned)op, &head.first);
	if (parse_operands(p, &head, &s) || add_statement(p, body, &s))
		return -1;
	if (p->tok.kind == LEX_SEMICOLON)
		scn_advance(p);
	return 0;
}

static int close_repeat(struct parser *p, struct scn_body *body, struct nesting *open)
{
	struct scn_stmt s = blank_statement(SCN_END, &p->tok);

	s.match = open->start[--open->depth];
	body->stmt[s.match].match = (int32_t)body->nr;
	if (add_statement(p, body, &s))
		return -1;
	scn_advance(p);
	if (p->tok.kind == LEX_SEMICOLON)
		scn_advance(p);
	return 0;
}

/* A section that begins inside a body, or the end of the file, means that a '}' was forgotten. */
static int missing_brace(struct parser *p, const struct scn_body *body, const struct nesting *open)
{
	const char *what = body->name;
	int line = body->line;
	char missing[128];

	if (open->depth) {
		what = "repeat";
		line = body->stmt[open->start[open->depth - 1]].line;
	}
	snprintf(missing, sizeof(missing), "'}' to end '%s' of line %d", what, line);
	return scn_expected(p, missing);
}

int scn_parse_body(struct parser *p, struct scn_body *body, int which)
{
	struct nesting open = { .depth = 0 };

	p->body = which;
	if (scn_take(p, LEX_OPEN, "'{'", NULL))
		return -1;
	for (;;) {
		if (p->tok.kind == LEX_CLOSE) {
			if (!open.depth)
				break;
			if (close_repeat(p, body, &open))
				return -1;
			continue;
		}
		if (p->tok.kind == LEX_END || scn_is_word(&p->tok, "setup") ||
		    scn_is_word(&p->tok, "thread") || scn_is_word(&p->tok, "finally") ||
		    scn_is_word(&p->tok, "outcome"))
			return missing_brace(p, body, &open);
		if (parse_statement(p, body, &open))
			return -1;
	}
	scn_advance(p);
	return 0;
}
