/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Phrases: one or a few statements that make sense together, and how likely each is in which role.
 */
#include "fuzz/generate.h"

#define NR(table) ((unsigned)ARRAY_SIZE(table))
#define one_in(rng, n) (!rng_below((rng), (n)))

/* ---- statements ---- */

static unsigned put(struct maker *m, unsigned body, unsigned at, struct scn_stmt *s)
{
	if (scn_ops[s->op].binding == SCN_MAKES && s->bind < 0)
		s->bind = (int16_t)draft_fresh(m->d, scn_ops[s->op].binds);
	if (scn_ops[s->op].binding == SCN_GIVES && one_in(m->rng, 16))
		s->bind = (int16_t)draft_fresh(m->d, SCN_VALUE);
	if (!draft_complete(s))		/* there is nothing of that kind in this scenario */
		return 0;
	draft_insert(draft_body(m->d, body), at, s);
	return 1;
}

/* With operands that it may have here. */
static unsigned put_made(struct maker *m, unsigned body, unsigned at, struct scn_stmt *s)
{
	make_operands(m, s, body, at);
	return put(m, body, at, s);
}

static unsigned put_op(struct maker *m, unsigned op, unsigned body, unsigned at)
{
	struct scn_stmt s = draft_stmt(op);

	return put_made(m, body, at, &s);
}

/* ---- phrases ---- */

static unsigned phrase_op(struct maker *m, unsigned op, enum role role, unsigned body, unsigned at)
{
	(void)role;
	return put_op(m, op, body, at);
}

/* The next generation: the newest forks, the child may write, and who is in the middle now may exit. */
static unsigned phrase_generation(struct maker *m, unsigned op, enum role role, unsigned body, unsigned at)
{
	struct scn_stmt fork = draft_stmt(SOP_FORK), write = draft_stmt(SOP_WRITE), end = draft_stmt(SOP_EXIT);
	unsigned n;

	(void)op;
	(void)role;
	n = put_made(m, body, at, &fork);
	if (!n)
		return 0;
	if (one_in(m->rng, 2)) {
		make_operands(m, &write, body, at);
		write.subject = fork.bind;
		n += put(m, body, at + n, &write);
	}
	end.subject = fork.subject;
	if (one_in(m->rng, 3))
		make_operands(m, &end, body, at);
	if (!one_in(m->rng, 4))
		n += put(m, body, at + n, &end);
	return n;
}

/*
 * A child takes its parent's place and name, again and again: the name is bound to the child, and so the parent exits. What is
 * bounded for a few generations need not be for many.
 */
static unsigned phrase_succession(struct maker *m, unsigned op, enum role role, unsigned body, unsigned at)
{
	struct scn_stmt from = draft_stmt(SCN_REPEAT), to = draft_stmt(SCN_END), fork = draft_stmt(SOP_FORK), write = draft_stmt(SOP_WRITE);
	unsigned n = 1;

	(void)op;
	(void)role;
	make_operands(m, &fork, body, at);
	fork.bind = fork.subject;
	if (!draft_complete(&fork))
		return 0;
	from.count = 2 + (int64_t)rng_below(m->rng, DRAFT_ROUNDS - 1);
	draft_insert(draft_body(m->d, body), at, &from);
	n += put(m, body, at + n, &fork);
	if (one_in(m->rng, 2)) {
		make_operands(m, &write, body, at);
		write.subject = fork.subject;
		n += put(m, body, at + n, &write);
	}
	draft_insert(draft_body(m->d, body), at + n, &to);
	return n + 1;
}

/* A child that does something and is gone. */
static unsigned phrase_short_life(struct maker *m, unsigned op, enum role role, unsigned body, unsigned at)
{
	static const u16 deeds[] = { SOP_WRITE, SOP_READ, SOP_MUNMAP, SOP_WRITE };
	struct scn_stmt fork = draft_stmt(SOP_FORK), end = draft_stmt(SOP_EXIT);
	unsigned n;

	(void)op;
	(void)role;
	n = put_made(m, body, at, &fork);
	if (!n)
		return 0;
	end.subject = fork.bind;
	for (unsigned k = (unsigned)rng_below(m->rng, 3); k; k--) {
		struct scn_stmt s = draft_stmt(deeds[rng_below(m->rng, NR(deeds))]);

		make_operands(m, &s, body, at);
		s.subject = fork.bind;
		n += put(m, body, at + n, &s);
	}
	return n + put(m, body, at + n, &end);
}

/* Unmapping what is inside splits the VMA that is around it. */
static unsigned phrase_split(struct maker *m, unsigned op, enum role role, unsigned body, unsigned at)
{
	struct scn_stmt s = draft_stmt(SOP_MUNMAP);

	(void)op;
	(void)role;
	make_operands(m, &s, body, at);
	if (s.area >= 0 && m->f.pages[s.area] > 2)
		s.first = s.last = 1 + (int32_t)rng_below(m->rng, m->f.pages[s.area] - 2u);
	return put(m, body, at, &s);
}

/* Rights that go and come back: VMAs that are split and merged again. */
static unsigned phrase_rights(struct maker *m, unsigned op, enum role role, unsigned body, unsigned at)
{
	struct scn_stmt take = draft_stmt(op), give;
	unsigned n;

	n = put_made(m, body, at, &take);
	if (!n)
		return 0;
	if (one_in(m->rng, 2))
		n += make_phrase(m, role, body, at + n);
	give = draft_stmt(op);
	give.subject = take.subject;
	give.area = take.area;
	give.first = take.first;
	give.last = take.last;
	give.value = RIGHTS_RW;
	return n + put(m, body, at + n, &give);
}

/* A page moves, because it cannot grow where it is, and is alone then; the next one may come to lie behind it, in its VMA. */
static unsigned phrase_remap(struct maker *m, unsigned op, enum role role, unsigned body, unsigned at)
{
	struct scn_stmt move = draft_stmt(op), shrink = draft_stmt(op), next;
	unsigned n;

	(void)role;
	make_operands(m, &move, body, at);
	if (move.area < 0 || m->f.pages[move.area] < 2)
		return put(m, body, at, &move);
	move.first = move.last = (int32_t)rng_below(m->rng, m->f.pages[move.area] - 1u);
	move.count = 2;
	n = put(m, body, at, &move);
	shrink.subject = move.subject;
	shrink.area = move.bind;
	shrink.count = 1;
	n += put(m, body, at + n, &shrink);
	next = move;
	next.bind = -1;
	next.first = next.last = move.first + 1;
	return n + put(m, body, at + n, &next);
}

/* A page that may be merged, of one of two contents, and KSM, which has to see it twice: the next one like it is merged with it. */
static unsigned phrase_merge(struct maker *m, unsigned op, enum role role, unsigned body, unsigned at)
{
	struct scn_stmt advise = draft_stmt(SOP_MADVISE), fill = draft_stmt(SOP_FILL), see = draft_stmt(op);
	unsigned n;

	(void)role;
	make_operands(m, &fill, body, at);
	if (fill.area < 0)
		return 0;
	fill.value = 1 + rng_below(m->rng, 2);
	advise.subject = fill.subject;
	advise.area = fill.area;
	advise.first = advise.last = -1;
	advise.value = ADVICE_MERGEABLE;
	see.name = fill.subject;
	see.area = fill.area;
	see.first = see.last = fill.first;
	n = put(m, body, at, &advise);
	n += put(m, body, at + n, &fill);
	n += put_op(m, SOP_DRAIN, body, at + n);
	n += put(m, body, at + n, &see);
	return n + put(m, body, at + n, &see);
}

/* A new area, next to an old one as a rule, and its first fault: it may share its neighbour's anon_vma. */
static unsigned phrase_new_area(struct maker *m, unsigned op, enum role role, unsigned body, unsigned at)
{
	struct scn_stmt map = draft_stmt(SOP_MMAP), touch = draft_stmt(one_in(m->rng, 3) ? SOP_READ : SOP_WRITE);
	unsigned n;

	(void)op;
	(void)role;
	n = put_made(m, body, at, &map);
	if (!n)
		return 0;
	make_operands(m, &touch, body, at);
	touch.subject = map.subject;
	touch.area = map.bind;
	touch.first = touch.last = 0;
	return n + put(m, body, at + n, &touch);
}

/* Let something fail that allocates. */
static unsigned phrase_failure(struct maker *m, unsigned op, enum role role, unsigned body, unsigned at)
{
	static const u16 deeds[] = { SOP_FORK, SOP_FORK, SOP_WRITE, SOP_MUNMAP, SOP_MMAP, SOP_MPROTECT, SOP_MREMAP };
	unsigned n = put_op(m, op, body, at);

	(void)role;
	return n + put_op(m, deeds[rng_below(m->rng, NR(deeds))], body, at + n);
}

static unsigned phrase_interrupted(struct maker *m, unsigned op, enum role role, unsigned body, unsigned at)
{
	unsigned n = put_op(m, op, body, at);

	(void)role;
	return n + put_op(m, SOP_REGISTER, body, at + n);
}

/* One of the scenario's locks around a phrase. What does not fit together, the contract takes away. */
static unsigned phrase_locked(struct maker *m, unsigned op, enum role role, unsigned body, unsigned at)
{
	static const u16 takes[][2] = {
		{ SOP_LOCK, SOP_UNLOCK }, { SOP_TRYLOCK, SOP_UNLOCK }, { SOP_SPIN, SOP_UNLOCK }, { SOP_DOWN_READ, SOP_UP_READ },
		{ SOP_DOWN_READ_TRYLOCK, SOP_UP_READ }, { SOP_DOWN_WRITE, SOP_UP_WRITE }, { SOP_DOWN_WRITE_TRYLOCK, SOP_UP_WRITE },
		{ SOP_DOWN_WRITE, SOP_DOWNGRADE_WRITE }, { SOP_RCU_READ_LOCK, SOP_RCU_READ_UNLOCK },
	};
	const u16 *pair = takes[rng_below(m->rng, NR(takes))];
	struct scn_stmt take = draft_stmt(pair[0]), end = draft_stmt(pair[1]);
	unsigned n;

	(void)op;
	n = put_made(m, body, at, &take);
	if (!n)
		return 0;
	n += make_phrase(m, role, body, at + n);
	end.lock = take.lock;
	return n + put(m, body, at + n, &end);
}

static unsigned phrase_repeat(struct maker *m, unsigned op, enum role role, unsigned body, unsigned at)
{
	struct scn_stmt from = draft_stmt(SCN_REPEAT), to = draft_stmt(SCN_END);
	unsigned n;

	(void)op;
	from.count = 2 + (int64_t)rng_below(m->rng, 3);
	draft_insert(draft_body(m->d, body), at, &from);
	n = 1 + make_phrase(m, role, body, at + 1);
	draft_insert(draft_body(m->d, body), at + n, &to);
	return n + 1;
}

static bool has_locks(const struct scenario *d)
{
	for (unsigned i = 0; i < d->nr_names; i++)
		if (d->name_of[i].kind == SCN_MUTEX || d->name_of[i].kind == SCN_RWSEM || d->name_of[i].kind == SCN_SPINLOCK)
			return true;
	return false;
}

/* What can be said, and how likely that is: one column for each role. */
#define LOCKED 0			/* the row of phrase_locked() */
static const struct phrase {
	unsigned (*make)(struct maker *m, unsigned op, enum role role, unsigned body, unsigned at);
	u16 op;
	u8 weight[NR_ROLES];	/* setup, family, process, mapper, reclaim, walker, any */
} table[] = {
	[LOCKED] = { phrase_locked, SOP_LOCK,	{ 0, 1, 1, 1, 1, 1, 1 } },
	{ phrase_generation, SOP_FORK,		{ 3, 8, 0, 1, 0, 0, 3 } },
	{ phrase_succession, SOP_FORK,		{ 1, 2, 0, 0, 0, 0, 1 } },
	{ phrase_short_life, SOP_FORK,		{ 0, 4, 1, 1, 0, 0, 2 } },
	{ phrase_op, SOP_FORK,			{ 2, 3, 1, 1, 0, 0, 2 } },
	{ phrase_op, SOP_EXIT,			{ 2, 4, 2, 1, 0, 0, 3 } },
	{ phrase_op, SOP_READ,			{ 2, 1, 6, 2, 1, 0, 3 } },
	{ phrase_op, SOP_WRITE,			{ 3, 3, 6, 3, 1, 0, 4 } },
	{ phrase_op, SOP_MUNMAP,		{ 1, 1, 2, 4, 0, 0, 2 } },
	{ phrase_op, SOP_MREMAP,		{ 1, 1, 2, 4, 0, 0, 1 } },
	{ phrase_remap, SOP_MREMAP,		{ 1, 0, 1, 3, 0, 0, 1 } },
	{ phrase_op, SOP_MREMAP_DONTUNMAP,	{ 0, 0, 1, 1, 0, 0, 1 } },
	{ phrase_op, SOP_MADVISE,		{ 1, 1, 3, 2, 0, 0, 1 } },
	{ phrase_op, SOP_MLOCK,			{ 1, 1, 2, 2, 0, 0, 1 } },
	{ phrase_op, SOP_EXEC,			{ 0, 1, 1, 0, 0, 0, 0 } },
	{ phrase_op, SOP_MUNLOCK,		{ 0, 0, 2, 1, 0, 0, 1 } },
	{ phrase_op, SOP_MPROTECT,		{ 1, 1, 2, 3, 0, 0, 1 } },
	{ phrase_rights, SOP_MPROTECT,		{ 1, 1, 1, 3, 0, 0, 1 } },
	{ phrase_split, SOP_MUNMAP,		{ 2, 1, 1, 4, 0, 0, 1 } },
	{ phrase_new_area, SOP_MMAP,		{ 2, 1, 1, 4, 0, 0, 1 } },
	{ phrase_op, SOP_RECLAIM,		{ 3, 1, 0, 1, 8, 2, 3 } },
	{ phrase_op, SOP_MIGRATE,		{ 1, 1, 0, 1, 5, 2, 2 } },
	{ phrase_op, SOP_MIGRATE_PAGES,		{ 1, 1, 1, 1, 4, 1, 2 } },
	{ phrase_op, SOP_SWAP_PAGES,		{ 1, 0, 1, 1, 2, 1, 1 } },
	{ phrase_op, SOP_FILE,			{ 1, 0, 0, 1, 0, 0, 1 } },
	{ phrase_op, SOP_PREAD,			{ 0, 0, 2, 1, 1, 0, 1 } },
	{ phrase_op, SOP_PWRITE,		{ 1, 0, 2, 1, 1, 0, 1 } },
	{ phrase_op, SOP_TRUNCATE,		{ 1, 0, 1, 3, 0, 0, 2 } },
	{ phrase_op, SOP_INVALIDATE,		{ 0, 0, 0, 0, 3, 1, 1 } },
	{ phrase_op, SOP_WRITEBACK,		{ 0, 0, 0, 0, 4, 2, 2 } },
	{ phrase_op, SOP_MSYNC,			{ 0, 0, 2, 2, 0, 0, 1 } },
	{ phrase_op, SOP_REMAP,			{ 1, 0, 1, 4, 0, 0, 1 } },
	{ phrase_op, SOP_RECLAIM_FILE,		{ 1, 0, 0, 0, 4, 1, 1 } },
	{ phrase_op, SOP_AGE,			{ 1, 0, 0, 0, 2, 1, 1 } },
	{ phrase_op, SOP_AGE_MEMCG,		{ 1, 0, 0, 0, 1, 1, 1 } },
	{ phrase_op, SOP_JOIN,			{ 2, 1, 2, 2, 0, 0, 1 } },
	{ phrase_op, SOP_COMPACT,		{ 0, 0, 0, 0, 2, 0, 1 } },
	{ phrase_op, SOP_MIGRATE_FILE,		{ 0, 0, 0, 0, 3, 1, 1 } },
	{ phrase_op, SOP_REGISTER,		{ 1, 0, 1, 2, 0, 0, 1 } },
	{ phrase_op, SOP_UNREGISTER,		{ 0, 0, 1, 1, 0, 0, 1 } },
	{ phrase_op, SOP_GUEST_READ,		{ 0, 0, 2, 1, 0, 0, 1 } },
	{ phrase_op, SOP_GUEST_WRITE,		{ 1, 0, 2, 1, 0, 0, 1 } },
	{ phrase_op, SOP_SVA_BIND,		{ 1, 0, 1, 2, 0, 0, 1 } },
	{ phrase_op, SOP_SVA_UNBIND,		{ 0, 0, 1, 1, 0, 0, 1 } },
	{ phrase_op, SOP_SVA_READ,		{ 0, 0, 2, 1, 0, 0, 1 } },
	{ phrase_op, SOP_SVA_WRITE,		{ 1, 0, 2, 1, 0, 0, 1 } },
	{ phrase_interrupted, SOP_SIGNAL,	{ 0, 0, 1, 1, 0, 0, 1 } },
	{ phrase_merge, SOP_KSM_PAGE,		{ 2, 0, 1, 1, 1, 0, 1 } },
	{ phrase_op, SOP_FILL,			{ 1, 0, 2, 1, 0, 0, 1 } },
	{ phrase_op, SOP_KSM_PAGE,		{ 1, 0, 0, 0, 3, 1, 1 } },
	{ phrase_op, SOP_KSM_SCAN,		{ 1, 0, 0, 0, 2, 1, 1 } },
	{ phrase_op, SOP_KSM_UNMERGE,		{ 0, 0, 0, 0, 1, 0, 1 } },
	{ phrase_op, SOP_POISON,		{ 1, 0, 0, 1, 2, 1, 1 } },
	{ phrase_op, SOP_SWAPOFF,		{ 0, 0, 0, 1, 2, 0, 1 } },
	{ phrase_op, SOP_SWAPON,		{ 0, 0, 0, 1, 1, 0, 1 } },
	{ phrase_op, SOP_UFFD_REGISTER,		{ 1, 0, 1, 1, 0, 0, 1 } },
	{ phrase_op, SOP_UFFD_UNREGISTER,	{ 0, 0, 1, 1, 0, 0, 1 } },
	{ phrase_op, SOP_UFFD_COPY,		{ 1, 0, 2, 1, 0, 1, 1 } },
	{ phrase_op, SOP_UFFD_ZEROPAGE,		{ 0, 0, 1, 1, 0, 1, 1 } },
	{ phrase_op, SOP_UFFD_WAKE,		{ 0, 0, 1, 1, 0, 0, 1 } },
	{ phrase_op, SOP_UFFD_CLOSE,		{ 0, 0, 1, 1, 0, 0, 1 } },
	{ phrase_op, SOP_UNUSED,		{ 1, 0, 1, 1, 0, 0, 1 } },
	{ phrase_op, SOP_STABLE,		{ 0, 0, 1, 1, 0, 0, 1 } },
	{ phrase_op, SOP_TO_DEVICE,		{ 1, 0, 0, 1, 3, 1, 1 } },
	{ phrase_op, SOP_MLOCKALL,		{ 1, 0, 1, 1, 0, 0, 1 } },
	{ phrase_op, SOP_MUNLOCKALL,		{ 0, 0, 1, 1, 0, 0, 1 } },
	{ phrase_op, SOP_CLEAR_REFS,		{ 1, 0, 2, 1, 0, 0, 1 } },
	{ phrase_op, SOP_SOFT_DIRTY,		{ 0, 0, 2, 1, 0, 0, 1 } },
	{ phrase_op, SOP_SHRINK,		{ 1, 0, 0, 0, 2, 0, 1 } },
	{ phrase_op, SOP_REFERENCED,		{ 0, 0, 0, 0, 1, 3, 1 } },
	{ phrase_op, SOP_SET_IDLE,		{ 0, 0, 0, 0, 1, 1, 1 } },
	{ phrase_op, SOP_IDLE,			{ 0, 0, 0, 0, 1, 1, 1 } },
	{ phrase_op, SOP_WALK,			{ 0, 0, 0, 0, 1, 6, 2 } },
	{ phrase_op, SOP_MAPPED,		{ 0, 0, 0, 0, 1, 4, 1 } },
	{ phrase_op, SOP_PIN,			{ 0, 0, 2, 1, 0, 0, 1 } },
	{ phrase_op, SOP_DMA,			{ 0, 0, 1, 0, 1, 1, 1 } },
	{ phrase_op, SOP_PEEK,			{ 0, 0, 1, 0, 1, 1, 1 } },
	{ phrase_op, SOP_UNPIN,			{ 0, 0, 2, 0, 0, 1, 1 } },
	{ phrase_op, SOP_DRAIN,			{ 1, 0, 0, 0, 1, 0, 1 } },
	{ phrase_failure, SOP_FAIL_ALLOC,	{ 0, 2, 1, 1, 0, 0, 2 } },
	{ phrase_failure, SOP_NO_MEMORY,	{ 0, 1, 1, 1, 0, 0, 1 } },
	{ phrase_op, SOP_SYNCHRONIZE_RCU,	{ 0, 0, 0, 0, 0, 1, 1 } },
	{ phrase_op, SOP_RCU_BARRIER,		{ 0, 0, 0, 0, 0, 1, 1 } },
	{ phrase_repeat, SCN_REPEAT,		{ 0, 1, 1, 1, 1, 1, 1 } },
	/* Of huge pages: only where there are any. */
	{ phrase_op, SOP_SPLIT,			{ 1, 0, 0, 1, 4, 2, 2 } },
	{ phrase_op, SOP_COLLAPSE,		{ 0, 0, 1, 1, 4, 1, 2 } },
	{ phrase_op, SOP_COLLAPSE_FILE,		{ 1, 0, 1, 1, 6, 1, 3 } },
	{ phrase_op, SOP_RETRACT,		{ 2, 1, 2, 4, 9, 2, 6 } },
	/* Of hugetlb: likewise. */
	{ phrase_op, SOP_HUGETLB_POOL,		{ 1, 0, 0, 0, 2, 0, 1 } },
	{ phrase_op, SOP_HUGETLB,		{ 1, 0, 0, 1, 0, 0, 1 } },
};

static bool about_hugetlb(u16 op)
{
	return op == SOP_HUGETLB_POOL || op == SOP_HUGETLB;
}

static bool about_huge_pages(u16 op)
{
	return op == SOP_SPLIT || op == SOP_COLLAPSE || op == SOP_COLLAPSE_FILE || op == SOP_RETRACT;
}

unsigned make_phrase(struct maker *m, enum role role, unsigned body, unsigned at)
{
	u8 weight[NR(table)];
	const struct phrase *p;

	for (unsigned i = 0; i < NR(table); i++) {
		bool said = (m->huge || !about_huge_pages(table[i].op)) && (m->hugetlb || !about_hugetlb(table[i].op));

		weight[i] = said ? table[i].weight[role] : 0;
	}
	if (has_locks(m->d))
		weight[LOCKED] = (u8)(weight[LOCKED] * 8);	/* few have some, and they are there for this */
	p = &table[pick_weighted(m->rng, weight, NR(table))];
	/* Long bodies are cut off: better to say no more. */
	if (draft_body(m->d, body)->nr + 4 > DRAFT_STATEMENTS)
		return 0;
	return p->make(m, p->op, role, body, at);
}
