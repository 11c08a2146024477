/* SPDX-License-Identifier: GPL-2.0-only */
/* The contracts of generated scenarios: see contract.h. Passes take away until none finds anything to do. */
#include "fuzz/contract.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz/draft.h"

static unsigned statements(const struct scenario *d)
{
	unsigned nr = 0;

	for (unsigned b = 0; b < draft_bodies(d); b++)
		nr += draft_body((struct scenario *)d, b)->nr;
	return nr;
}

/* ---- form: groups, sizes, what may stand where ---- */

static bool declares(const struct scn_stmt *s)
{
	return draft_is_op(s) && scn_ops[s->op].binding == SCN_DECLARES;
}

static bool misplaced(const struct scn_stmt *s, unsigned body)
{
	if (draft_is_op(s) && !draft_complete(s))
		return true;
	/* What set-up lacks, every execution lacks. */
	if (s->op == SOP_FAIL_ALLOC || s->op == SOP_NO_MEMORY)
		return body < DRAFT_THREAD;
	return declares(s) && body != DRAFT_SETUP;
}

static bool empty_group(const struct scn_body *b, unsigned i)
{
	return b->stmt[i].op == SCN_REPEAT && i + 1 < b->nr && b->stmt[i + 1].op == SCN_END;
}

static void keep_form(struct scenario *d, unsigned body)
{
	struct scn_body *b = draft_body(d, body);

	draft_groups(b);
	for (unsigned i = 0; i < b->nr; i++) {
		struct scn_stmt *s = &b->stmt[i];

		if (s->op == SCN_REPEAT && s->count > DRAFT_ROUNDS)
			s->count = DRAFT_ROUNDS;
		if (empty_group(b, i)) {
			draft_remove(b, i, 2);
			i = (unsigned)-1;	/* that may have emptied the one around it */
		} else if (misplaced(s, body)) {
			draft_remove(b, i--, 1);
		}
	}
	draft_groups(b);
}

/* ---- names: everything that is used is bound, and where the order is known, bound before ---- */

struct bound {
	u64 setup, threads, finally;	/* bit sets of slots that are bound there */
	u64 mms;
	u8 binders[DRAFT_MAX_NAMES];
	u8 pages[DRAFT_MAX_NAMES];
};

static void count_binding(struct bound *n, const struct scn_stmt *s, unsigned body)
{
	u64 bit = 1ul << s->bind;

	*(body == DRAFT_SETUP ? &n->setup : body == DRAFT_FINALLY ? &n->finally : &n->threads) |= bit;
	if (scn_ops[s->op].binds == SCN_MM)
		n->mms |= bit;
	n->binders[s->bind]++;
	n->pages[s->bind] = (u8)s->count;
}

static void count_bindings(const struct scenario *d, struct bound *n)
{
	memset(n, 0, sizeof(*n));
	for (unsigned body = 0; body < draft_bodies(d); body++) {
		const struct scn_body *b = draft_body((struct scenario *)d, body);

		for (unsigned i = 0; i < b->nr; i++)
			if (draft_is_op(&b->stmt[i]) && b->stmt[i].bind >= 0)
				count_binding(n, &b->stmt[i], body);
	}
}

/* A page beyond the end is refused where the text shows it. */
static void keep_pages(struct scn_stmt *s, const struct bound *n)
{
	int32_t pages;

	if (s->area < 0 || s->first < 0)
		return;
	pages = n->binders[s->area] == 1 ? n->pages[s->area] : 64;
	s->first %= pages;
	s->last %= pages;
	if (s->last < s->first)
		s->last = s->first;
}

static void keep_names_of(struct scenario *d, unsigned body, const struct bound *n)
{
	struct scn_body *b = draft_body(d, body);
	/* Set-up and finally go from top to bottom, threads wait. */
	u64 known = body == DRAFT_SETUP ? 0 : n->setup | n->threads;

	for (unsigned i = 0; i < b->nr; i++) {
		struct scn_stmt *s = &b->stmt[i];

		if (!draft_is_op(s))
			continue;
		if (draft_uses_other(s, known)) {
			draft_remove(b, i--, 1);
			continue;
		}
		keep_pages(s, n);
		if (s->bind >= 0)
			known |= 1ul << s->bind;
	}
}

static void keep_names(struct scenario *d)
{
	struct bound n;

	count_bindings(d, &n);
	for (unsigned body = 0; body < draft_bodies(d); body++)
		keep_names_of(d, body, &n);
}

/* More address spaces than are tracked: the last forks go. */
static void keep_mms(struct scenario *d)
{
	u64 mms = 0;

	for (unsigned body = 0; body < draft_bodies(d); body++) {
		struct scn_body *b = draft_body(d, body);

		for (unsigned i = 0; i < b->nr; i++) {
			struct scn_stmt *s = &b->stmt[i];

			if (!draft_is_op(s) || s->bind < 0 || scn_ops[s->op].binds != SCN_MM)
				continue;
			if (!(mms >> s->bind & 1) && __builtin_popcountl(mms) == DRAFT_MMS)
				draft_remove(b, i--, 1);
			else
				mms |= 1ul << s->bind;
		}
	}
}

/* ---- waiting: threads wait for names, and must not do so in a circle ---- */

struct runner {
	const struct scenario *d;
	unsigned at[SCN_MAX_THREADS];
	u64 bound;
};

/* As far as the thread comes with what is bound so far. Bindings never go away: the order of threads makes no difference. */
static bool run_on(struct runner *r, unsigned thread)
{
	const struct scn_body *b = &r->d->thread[thread];
	unsigned from = r->at[thread];

	for (; r->at[thread] < b->nr; r->at[thread]++) {
		const struct scn_stmt *s = &b->stmt[r->at[thread]];

		if (!draft_is_op(s))
			continue;
		if (draft_uses_other(s, r->bound))
			break;
		if (s->bind >= 0)
			r->bound |= 1ul << s->bind;
	}
	return r->at[thread] > from;
}

/* The first statement at which a thread would wait for ever goes; true when there was one. */
static bool break_circle(struct scenario *d, u64 setup)
{
	struct runner r = { .d = d, .bound = setup };
	bool any;

	do {
		any = false;
		for (unsigned t = 0; t < d->nr_threads; t++)
			any |= run_on(&r, t);
	} while (any);
	for (unsigned t = 0; t < d->nr_threads; t++)
		if (r.at[t] < d->thread[t].nr) {
			draft_remove(&d->thread[t], r.at[t], 1);
			return true;
		}
	return false;
}

static void keep_waits(struct scenario *d)
{
	struct bound n;

	do
		count_bindings(d, &n);
	while (break_circle(d, n.setup));
}

/* ---- expectations ---- */

/* What is known of one page of one area. */
struct page_fact {
	u64 value;
	u8 writes;			/* in the whole text */
	bool certain;
};

/*
 * Can one tell from the text which addresses an area has? Not when there is another family, whose areas may have the same; nor
 * when something was unmapped before it was made, or is made again and again.
 */
static bool plain_setup(const struct scenario *d)
{
	unsigned roots = 0, others = 0;

	for (unsigned i = 0; i < d->setup.nr; i++) {
		const struct scn_stmt *s = &d->setup.stmt[i];

		roots += s->op == SOP_MM;
		others += s->op == SCN_REPEAT || s->op == SOP_MUNMAP || s->op == SOP_MREMAP ||
			  s->op == SOP_MREMAP_DONTUNMAP || s->op == SOP_MADVISE || s->op == SOP_EXIT;
	}
	return roots == 1 && !others;
}

/* A write whose order after others nobody knows. */
static bool writes_elsewhere(const struct scn_stmt *s)
{
	return s->op == SOP_GUEST_WRITE || s->op == SOP_SVA_WRITE;
}

/* What else than a write changes what an area holds? */
static bool casts_doubt(const struct scn_stmt *s)
{
	return s->op == SOP_MUNMAP || s->op == SOP_MREMAP || s->op == SOP_MREMAP_DONTUNMAP || s->op == SOP_MADVISE || s->op == SOP_DMA ||
	       s->op == SOP_UFFD_COPY || s->op == SOP_UNUSED;
}

/*
 * A page whose content nobody can doubt: its area is made once, in set-up, before anybody is forked, and no part of it is ever
 * unmapped, so that everybody has it; it is written at most once, then and there.
 */
static void learn(const struct scenario *d, int area, int32_t page, struct page_fact *fact)
{
	bool forked = false;

	*fact = (struct page_fact){ .certain = draft_binders(d, area) == 1 && plain_setup(d) };
	for (unsigned body = 0; body < draft_bodies(d); body++) {
		const struct scn_body *b = draft_body((struct scenario *)d, body);

		for (unsigned i = 0; i < b->nr; i++) {
			const struct scn_stmt *s = &b->stmt[i];

			forked |= s->op == SOP_FORK;
			/* A stack may grow over the addresses of any area. */
			if (s->op == SOP_EXEC)
				fact->certain = false;
			/* Others may write to what is a view of a file, or make it shorter. */
			if (s->op == SOP_MMAP && s->bind == area && scn_maps_file(s))
				fact->certain = false;
			if (draft_is_op(s) && s->bind == area && (s->op != SOP_MMAP || body != DRAFT_SETUP || forked))
				fact->certain = false;
			if (casts_doubt(s) && s->area == area)
				fact->certain = false;
			if ((s->op != SOP_WRITE && !writes_elsewhere(s) && s->op != SOP_FILL) || s->area != area ||
			    s->first != page)
				continue;
			if (writes_elsewhere(s))
				fact->certain = false;
			fact->value = s->value;
			if (fact->writes++ || body != DRAFT_SETUP || forked)
				fact->certain = false;
		}
	}
}

static void keep_expectations(struct scenario *d)
{
	for (unsigned body = 0; body < draft_bodies(d); body++) {
		struct scn_body *b = draft_body(d, body);

		for (unsigned i = 0; i < b->nr; i++) {
			struct scn_stmt *s = &b->stmt[i];
			struct page_fact fact;

			if (s->op == SOP_PREAD || s->op == SOP_PEEK || s->op == SOP_GUEST_READ || s->op == SOP_SVA_READ)
				s->has_value = 0;
			if (s->op != SOP_READ || !s->has_value)
				continue;
			learn(d, s->area, s->first, &fact);
			s->has_value = body != DRAFT_SETUP && fact.certain;
			s->value = fact.value;
		}
	}
}

/* ---- all of them ---- */

/* At least one stays, even if it has nothing to do: a scenario has threads. */
static void drop_empty_threads(struct scenario *d)
{
	for (unsigned t = d->nr_threads; t-- > 0;) {
		if (d->thread[t].nr || d->nr_threads == 1)
			continue;
		free(d->thread[t].name);
		free(d->thread[t].stmt);
		d->nr_threads--;
		memmove(&d->thread[t], &d->thread[t + 1], (d->nr_threads - t) * sizeof(d->thread[0]));
	}
}

void contract_keep(struct scenario *d)
{
	unsigned before;

	if (!d->nr_threads)
		draft_thread(d);
	for (unsigned body = 0; body < draft_bodies(d); body++)
		draft_body(d, body)->nr = min(draft_body(d, body)->nr, DRAFT_STATEMENTS);
	do {
		before = statements(d);
		for (unsigned body = 0; body < draft_bodies(d); body++)
			keep_form(d, body);
		keep_mms(d);
		keep_names(d);
		keep_waits(d);
	} while (contract_locks(d) || statements(d) != before);
	keep_expectations(d);
	drop_empty_threads(d);
}
