/* SPDX-License-Identifier: GPL-2.0-only */
/* Mutations, one row each: see mutate.h. */
#include "fuzz/mutate.h"

#include <string.h>

#include "fuzz/generate.h"
#include "machine.h"
#include "minimise/cut.h"

#define NR(table) ((unsigned)ARRAY_SIZE(table))
#define TRIES 8
#define one_in(rng, n) (!rng_below((rng), (n)))

/* How many mutations at once: the index is the number. */
static const u8 how_many[] = { 0, 8, 4, 2, 1, 1 };

struct mutation {
	struct maker m;
	const struct scenario *other;
};

/* ---- places ---- */

/* A body: a thread mostly, because that is where the races are. */
static unsigned pick_body(struct mutation *u)
{
	if (one_in(u->m.rng, 5))
		return DRAFT_SETUP;
	return DRAFT_THREAD + (unsigned)rng_below(u->m.rng, u->m.d->nr_threads);
}

static unsigned pick_thread(struct mutation *u)
{
	return DRAFT_THREAD + (unsigned)rng_below(u->m.rng, u->m.d->nr_threads);
}

/* A place in a body that has statements; false if it has none. */
static bool pick_statement(struct mutation *u, unsigned *body, unsigned *at)
{
	*body = pick_body(u);
	if (!draft_body(u->m.d, *body)->nr)
		return false;
	*at = (unsigned)rng_below(u->m.rng, draft_body(u->m.d, *body)->nr);
	return true;
}

/* Before any statement, or behind the last. */
static unsigned pick_gap(struct mutation *u, unsigned body)
{
	return (unsigned)rng_below(u->m.rng, draft_body(u->m.d, body)->nr + 1);
}

/* ---- mutations ---- */

static void drop(struct mutation *u)
{
	unsigned body, at;

	if (pick_statement(u, &body, &at))
		draft_remove(draft_body(u->m.d, body), at, 1);
}

static void insert(struct mutation *u)
{
	unsigned body = pick_body(u);

	make_phrase(&u->m, body == DRAFT_SETUP ? ROLE_SETUP : ROLE_ANY, body, pick_gap(u, body));
}

static void swap(struct mutation *u)
{
	struct scn_stmt *s, kept;
	unsigned body, at;

	if (!pick_statement(u, &body, &at) || !at)
		return;
	s = draft_body(u->m.d, body)->stmt;
	kept = s[at];
	s[at] = s[at - 1];
	s[at - 1] = kept;
}

static void move(struct mutation *u)
{
	struct scn_stmt s;
	unsigned body, at, to = pick_thread(u);

	if (!pick_statement(u, &body, &at))
		return;
	s = draft_body(u->m.d, body)->stmt[at];
	draft_remove(draft_body(u->m.d, body), at, 1);
	draft_insert(draft_body(u->m.d, to), pick_gap(u, to), &s);
}

static void duplicate(struct mutation *u)
{
	unsigned body, at, to = pick_thread(u);
	struct scn_stmt s;

	if (!pick_statement(u, &body, &at))
		return;
	s = draft_body(u->m.d, body)->stmt[at];
	/* What it makes gets a name of its own: bound again, the name would lose what it had. */
	if (draft_is_op(&s) && scn_ops[s.op].binding == SCN_MAKES)
		s.bind = (int16_t)draft_fresh(u->m.d, scn_ops[s.op].binds);
	if (draft_is_op(&s) && scn_ops[s.op].binding == SCN_MAKES && s.bind < 0)
		return;
	draft_insert(draft_body(u->m.d, to), pick_gap(u, to), &s);
}

static void change_operands(struct mutation *u)
{
	struct scn_stmt *s, new;
	unsigned body, at;

	if (!pick_statement(u, &body, &at))
		return;
	s = &draft_body(u->m.d, body)->stmt[at];
	if (!draft_is_op(s)) {
		s->count = 2 + (int64_t)rng_below(u->m.rng, one_in(u->m.rng, 4) ? DRAFT_ROUNDS - 1 : 3);
		return;
	}
	new = draft_stmt(s->op);
	new.bind = s->bind;
	make_operands(&u->m, &new, body, at);
	/* Some of the old stay, lest a change be a leap. */
	if (scn_ops[s->op].subject && one_in(u->m.rng, 2))
		new.subject = s->subject;
	if (s->area >= 0 && one_in(u->m.rng, 2))
		new.area = s->area;
	if (s->file >= 0 && new.file >= 0 && one_in(u->m.rng, 2))
		new.file = s->file;
	*s = new;
}

/* The same with another process, page by page as before. */
static void change_process(struct mutation *u)
{
	struct scn_stmt *s;
	unsigned body, at;

	if (!pick_statement(u, &body, &at) || !u->m.f.mms)
		return;
	s = &draft_body(u->m.d, body)->stmt[at];
	if (s->subject >= 0)
		s->subject = (int16_t)rng_bit(u->m.rng, u->m.f.mms);
	else if (s->name >= 0 && scn_ops[s->op].args[0] == ARG_MM)
		s->name = (int16_t)rng_bit(u->m.rng, u->m.f.mms);
}

static void add_thread(struct mutation *u)
{
	make_thread(&u->m);
}

static void drop_thread(struct mutation *u)
{
	if (u->m.d->nr_threads > 2)
		draft_body(u->m.d, pick_thread(u))->nr = 0;
}

/* Two threads do, one after the other, what one of them did. */
static void cut_thread(struct mutation *u)
{
	struct scn_body *b = draft_body(u->m.d, pick_thread(u)), *new;
	unsigned at;

	if (b->nr < 2)
		return;
	new = draft_thread(u->m.d);
	if (!new)
		return;
	at = 1 + (unsigned)rng_below(u->m.rng, b->nr - 1);
	for (unsigned i = at; i < b->nr; i++)
		draft_insert(new, new->nr, &b->stmt[i]);
	draft_remove(b, at, b->nr - at);
}

static int16_t translated(struct mutation *u, int16_t slot)
{
	return slot < 0 ? (int16_t)-1 : (int16_t)draft_name(u->m.d, u->other->name_of[slot].text, u->other->name_of[slot].kind);
}

/* A thread of another scenario: generated scenarios call things by the same names. */
static void borrow_thread(struct mutation *u)
{
	const struct scn_body *from = &u->other->thread[rng_below(u->m.rng, u->other->nr_threads)];
	struct scn_body *b = draft_thread(u->m.d);

	for (unsigned i = 0; b && i < from->nr; i++) {
		struct scn_stmt s = from->stmt[i];

		s.bind = translated(u, s.bind);
		s.subject = translated(u, s.subject);
		s.name = translated(u, s.name);
		s.area = translated(u, s.area);
		s.lock = translated(u, s.lock);
		s.file = translated(u, s.file);
		s.memcg = translated(u, s.memcg);
		if (draft_is_op(&s) && scn_ops[s.op].binding == SCN_MAKES && s.bind < 0)
			continue;
		draft_insert(b, b->nr, &s);
	}
}

static const struct row {
	void (*apply)(struct mutation *u);
	u8 weight;
} rows[] = {
	{ insert, 6 },		{ drop, 4 },	    { change_operands, 5 }, { change_process, 3 }, { move, 4 },
	{ swap, 4 },		{ duplicate, 3 },   { add_thread, 2 },	    { drop_thread, 1 },	   { cut_thread, 2 },
	{ borrow_thread, 3 },
};

static struct scenario *mutate_once(const struct scenario *scn, const struct scenario *other, u64 *rng)
{
	struct mutation u = { .m = { .d = cut_reparsed(scn), .rng = rng }, .other = other };
	u8 weight[NR(rows)];

	if (!u.m.d)
		die("a scenario that was printed is refused: %s", scn->name);
	for (unsigned i = 0; i < NR(rows); i++)
		weight[i] = rows[i].weight;
	for (unsigned n = pick_weighted(rng, how_many, NR(how_many)); n; n--) {
		maker_look(&u.m);
		rows[pick_weighted(rng, weight, NR(rows))].apply(&u);
	}
	return draft_finish(u.m.d);
}

/* Much that is tried has no place in this scenario, or is taken away again by a contract. */
struct scenario *mutate(const struct scenario *scn, const struct scenario *other, u64 *rng)
{
	struct scenario *changed = mutate_once(scn, other, rng);

	for (unsigned tries = 0; tries < TRIES && !strcmp(changed->text, scn->text); tries++) {
		scn_free(changed);
		changed = mutate_once(scn, other, rng);
	}
	return changed;
}
