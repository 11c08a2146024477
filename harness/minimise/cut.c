/* SPDX-License-Identifier: GPL-2.0-only */
/* Cutting scenarios: see cut.h. */
#include "minimise/cut.h"

#include <stdlib.h>
#include <string.h>

#include "scn/slots.h"

/* ---- bodies ---- */

static struct scn_body *body_of(struct scenario *scn, unsigned body)
{
	if (body < CUT_THREAD)
		return body ? &scn->finally : &scn->setup;
	return body < cut_bodies(scn) ? &scn->thread[body - CUT_THREAD] : NULL;
}

unsigned cut_statements(const struct scenario *scn, unsigned body)
{
	const struct scn_body *b = body_of((struct scenario *)scn, body);

	return b ? b->nr : 0;
}

/* The other end of each group, after statements were removed. */
static void match_groups(struct scn_body *b)
{
	int32_t open[64];
	unsigned depth = 0;

	for (unsigned i = 0; i < b->nr; i++) {
		if (b->stmt[i].op == SCN_REPEAT && depth < 64)
			open[depth++] = (int32_t)i;
		if (b->stmt[i].op == SCN_END && depth) {
			b->stmt[i].match = open[--depth];
			b->stmt[open[depth]].match = (int32_t)i;
		}
	}
}

static void remove_statements(struct scn_body *b, unsigned first, unsigned count)
{
	b->nr -= count;
	memmove(&b->stmt[first], &b->stmt[first + count], (b->nr - first) * sizeof(*b->stmt));
	match_groups(b);
}

static void remove_thread(struct scenario *scn, unsigned i)
{
	free(scn->thread[i].name);
	free(scn->thread[i].stmt);
	scn->nr_threads--;
	memmove(&scn->thread[i], &scn->thread[i + 1], (scn->nr_threads - i) * sizeof(scn->thread[0]));
}

static void remove_outcome(struct scenario *scn, unsigned i)
{
	free(scn->outcome[i].about);
	scn->nr_outcomes--;
	memmove(&scn->outcome[i], &scn->outcome[i + 1], (scn->nr_outcomes - i) * sizeof(scn->outcome[0]));
}

/* ---- names ---- */

static struct scn_slots names_bound(struct scenario *scn)
{
	struct scn_slots bound = { { 0 } };

	for (unsigned b = 0; b < cut_bodies(scn); b++)
		for (unsigned i = 0; i < body_of(scn, b)->nr; i++) {
			const struct scn_stmt *s = &body_of(scn, b)->stmt[i];

			if (s->op < SCN_REPEAT && s->bind >= 0)
				scn_slots_add(&bound, s->bind);
		}
	return bound;
}

static bool stmt_lacks(const struct scn_stmt *s, const struct scn_slots *bound)
{
	return s->op < SCN_REPEAT && scn_uses_other(s, bound);
}

static bool row_lacks(const struct scn_outcome *row, const struct scn_slots *bound)
{
	for (unsigned i = 0; i < row->nr; i++)
		if (scn_slots_lack(bound, row->condition[i].name))
			return true;
	return false;
}

/* One statement of the body that cannot stay, or an empty group; true when there was one. */
static bool settle_body(struct scn_body *b, const struct scn_slots *bound)
{
	for (unsigned i = 0; i < b->nr; i++) {
		bool empty = b->stmt[i].op == SCN_REPEAT && b->stmt[i].match == (int32_t)i + 1;

		if (!empty && !stmt_lacks(&b->stmt[i], bound))
			continue;
		remove_statements(b, i, empty ? 2 : 1);
		return true;
	}
	return false;
}

/* Remove what uses a name that nothing binds any more, and what uses names bound there, and so on. */
static void settle(struct scenario *scn)
{
	struct scn_slots bound;
	bool again;

	do {
		bound = names_bound(scn);
		again = false;
		for (unsigned b = 0; b < cut_bodies(scn); b++)
			again |= settle_body(body_of(scn, b), &bound);
	} while (again);
	for (unsigned i = scn->nr_outcomes; i-- > 0;)
		if (row_lacks(&scn->outcome[i], &bound))
			remove_outcome(scn, i);
}

/* ---- the ways ---- */

static bool drop_thread(struct scenario *scn, unsigned body, unsigned at)
{
	(void)body;
	if (at >= scn->nr_threads || scn->nr_threads == 1)
		return false;
	remove_thread(scn, at);
	settle(scn);
	return true;
}

static bool drop_outcomes(struct scenario *scn, unsigned body, unsigned at)
{
	(void)body;
	if (at || !scn->nr_outcomes)
		return false;
	while (scn->nr_outcomes)
		remove_outcome(scn, scn->nr_outcomes - 1);
	return true;
}

/* A row that allows something must stay: without it, what it allows would be a finding. */
static bool drop_outcome(struct scenario *scn, unsigned body, unsigned at)
{
	(void)body;
	if (at >= scn->nr_outcomes || scn->outcome[at].grade != SCN_FORBIDDEN)
		return false;
	remove_outcome(scn, at);
	return true;
}

static struct scn_stmt *stmt_at(struct scenario *scn, unsigned body, unsigned at)
{
	struct scn_body *b = body_of(scn, body);

	return b && at < b->nr ? &b->stmt[at] : NULL;
}

/* A statement, or a whole group. */
static bool drop_statement(struct scenario *scn, unsigned body, unsigned at)
{
	const struct scn_stmt *s = stmt_at(scn, body, at);

	if (!s || s->op == SCN_END)
		return false;
	remove_statements(body_of(scn, body), at, s->op == SCN_REPEAT ? (unsigned)s->match - at + 1 : 1);
	settle(scn);
	return true;
}

static unsigned binders(struct scenario *scn, int slot)
{
	unsigned nr = 0;

	for (unsigned b = 0; b < cut_bodies(scn); b++)
		for (unsigned i = 0; i < body_of(scn, b)->nr; i++)
			nr += body_of(scn, b)->stmt[i].op < SCN_REPEAT && body_of(scn, b)->stmt[i].bind == slot;
	return nr;
}

static void rename_in(struct scn_body *b, int from, int to)
{
	for (unsigned i = 0; i < b->nr; i++) {
		struct scn_stmt *s = &b->stmt[i];

		if (s->op >= SCN_REPEAT)
			continue;
		if (s->subject == from)
			s->subject = (int16_t)to;
		if (s->name == from)
			s->name = (int16_t)to;
	}
}

/* The child is not born, and what it does its parent does. */
static bool skip_generation(struct scenario *scn, unsigned body, unsigned at)
{
	const struct scn_stmt *s = stmt_at(scn, body, at);
	int child, parent;

	if (!s || s->op >= SCN_REPEAT || scn_ops[s->op].binding != SCN_MAKES || scn_ops[s->op].binds != SCN_MM)
		return false;
	child = s->bind;
	parent = s->subject;
	if (child == parent || binders(scn, child) != 1)
		return false;
	remove_statements(body_of(scn, body), at, 1);
	for (unsigned b = 0; b < cut_bodies(scn); b++)
		rename_in(body_of(scn, b), child, parent);
	settle(scn);
	return true;
}

/* The statements of a group once, without the group. */
static bool unwrap(struct scenario *scn, unsigned body, unsigned at)
{
	const struct scn_stmt *s = stmt_at(scn, body, at);

	if (!s || s->op != SCN_REPEAT)
		return false;
	remove_statements(body_of(scn, body), (unsigned)s->match, 1);
	remove_statements(body_of(scn, body), at, 1);
	return true;
}

static bool drop_expectation(struct scenario *scn, unsigned body, unsigned at)
{
	struct scn_stmt *s = stmt_at(scn, body, at);

	if (!s || !scn_takes(s, ARG_EXPECT) || !s->has_value)
		return false;
	s->has_value = 0;
	return true;
}

static bool drop_value(struct scenario *scn, unsigned body, unsigned at)
{
	struct scn_stmt *s = stmt_at(scn, body, at);

	if (!s || s->op >= SCN_REPEAT || scn_ops[s->op].binding != SCN_GIVES || s->bind < 0)
		return false;
	for (unsigned i = 0; i < scn->nr_outcomes; i++)
		for (unsigned c = 0; c < scn->outcome[i].nr; c++)
			if (scn->outcome[i].condition[c].name == s->bind)
				return false;
	s->bind = -1;
	return true;
}

const struct cut cuts[] = {
	{ "thread", false, drop_thread },
	{ "all outcomes", false, drop_outcomes },
	{ "outcome", false, drop_outcome },
	{ "statement", true, drop_statement },
	{ "generation", true, skip_generation },
	{ "group", true, unwrap },
	{ "expectation", true, drop_expectation },
	{ "value", true, drop_value },
	{ NULL, false, NULL },
};

/* ---- what is expected ---- */

/* How many statements store that value. */
static unsigned stores_of(const struct scenario *scn, uint64_t value)
{
	unsigned nr = 0;

	for (unsigned b = 0; b < cut_bodies(scn); b++) {
		const struct scn_body *body = body_of((struct scenario *)scn, b);

		for (unsigned i = 0; i < body->nr; i++)
			nr += scn_takes(&body->stmt[i], ARG_SET) && body->stmt[i].value == value;
	}
	return nr;
}

void cut_expectations(struct scenario *scn, const struct scenario *before)
{
	for (unsigned b = 0; b < cut_bodies(scn); b++)
		for (unsigned i = 0; i < body_of(scn, b)->nr; i++) {
			struct scn_stmt *s = &body_of(scn, b)->stmt[i];

			if (scn_takes(s, ARG_EXPECT) && s->has_value && stores_of(scn, s->value) < stores_of(before, s->value))
				s->has_value = 0;
		}
}

/* ---- the whole ---- */

void cut_goals(struct scenario *scn)
{
	while (scn->nr_goals)
		free(scn->goal[--scn->nr_goals].name);
	while (scn->nr_near) {
		free(scn->near[--scn->nr_near].event);
		free(scn->near[scn->nr_near].about);
	}
	free(scn->story.defect);
	scn->story.defect = NULL;
}

unsigned cut_size(const struct scenario *scn)
{
	unsigned nr = 0;

	for (unsigned b = 0; b < cut_bodies(scn); b++) {
		const struct scn_body *body = body_of((struct scenario *)scn, b);

		for (unsigned i = 0; i < body->nr; i++)
			nr += body->stmt[i].op < SCN_REPEAT;
	}
	return nr;
}

struct scenario *cut_reparsed(const struct scenario *scn)
{
	struct scenario *parsed = NULL;
	struct scn_error err;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	scn_print(scn, out);
	if (!fclose(out))
		parsed = scn_parse(scn->path, text, length, &err);
	free(text);
	return parsed;
}
