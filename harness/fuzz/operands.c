/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operands of generated statements, chosen so that races are likely: few addresses, processes that are known to be there, the deepest
 * of the family for forks and its middle for exits.
 */
#include "fuzz/generate.h"
#include "mm_types.h"

#define one_in(rng, n) (!rng_below((rng), (n)))

enum prefer { PREFER_NONE, PREFER_DEEP, PREFER_MIDDLE };

/* What the body's first statements bind, less what they end. */
static u64 after(const struct scn_body *b, unsigned at, u64 known)
{
	for (unsigned i = 0; i < at && i < b->nr; i++) {
		const struct scn_stmt *s = &b->stmt[i];

		if (draft_is_op(s) && s->bind >= 0)
			known |= 1ul << s->bind;
		if (s->op == SOP_EXIT)
			known &= ~(1ul << s->subject);
	}
	return known;
}

/* What nobody need wait for before this statement of this body, and what has not gone as far as this body knows. */
static u64 at_hand(const struct maker *m, unsigned body, unsigned at)
{
	const struct scn_body *setup = &m->d->setup;

	if (body == DRAFT_FINALLY)
		return ~0ul;
	if (body == DRAFT_SETUP)
		return after(setup, at, 0);
	return after(draft_body(m->d, body), at, after(setup, setup->nr, 0));
}

static u64 deepest(const struct maker *m, u64 mms)
{
	unsigned depth = 0;
	u64 set = 0;

	for (; mms; mms &= mms - 1) {
		unsigned slot = (unsigned)__builtin_ctzl(mms);

		if (m->f.depth[slot] > depth) {
			depth = m->f.depth[slot];
			set = 0;
		}
		if (m->f.depth[slot] == depth)
			set |= 1ul << slot;
	}
	return set;
}

/* Those who have both parent and children. */
static u64 middle(const struct maker *m, u64 mms)
{
	u64 set = 0;

	for (; mms; mms &= mms - 1) {
		unsigned slot = (unsigned)__builtin_ctzl(mms);

		if (m->f.parent[slot] >= 0 && m->f.children[slot])
			set |= 1ul << slot;
	}
	return set;
}

/* Nonzero. Threads rarely name what another thread makes: they have to wait for it. */
static int pick_from(struct maker *m, u64 all, unsigned body, unsigned at)
{
	u64 near = all & at_hand(m, body, at);

	if (!all)
		return -1;
	if (body >= DRAFT_THREAD && one_in(m->rng, 5))
		near = all;
	return (int)rng_bit(m->rng, near ? near : all);
}

static int pick_mm(struct maker *m, enum prefer prefer, unsigned body, unsigned at)
{
	u64 near = m->f.mms & at_hand(m, body, at), set = 0;

	if (prefer == PREFER_DEEP && !one_in(m->rng, 3))
		set = deepest(m, near);
	if (prefer == PREFER_MIDDLE && !one_in(m->rng, 2))
		set = middle(m, near);
	return set ? (int)rng_bit(m->rng, set) : pick_from(m, m->f.mms, body, at);
}

/* The first page is everybody's favourite: races need two in one place. */
static int32_t pick_page(struct maker *m, int area)
{
	if (area < 0 || m->f.pages[area] < 2 || one_in(m->rng, 2))
		return 0;
	return (int32_t)rng_below(m->rng, m->f.pages[area]);
}

static void operand_mm(struct maker *m, struct scn_stmt *s, unsigned body, unsigned at)
{
	s->name = (int16_t)pick_mm(m, PREFER_NONE, body, at);
}

static void operand_guest(struct maker *m, struct scn_stmt *s, unsigned body, unsigned at)
{
	s->name = (int16_t)pick_from(m, m->f.guests, body, at);
}

static void operand_device(struct maker *m, struct scn_stmt *s, unsigned body, unsigned at)
{
	s->name = (int16_t)pick_from(m, m->f.devices, body, at);
}

static void operand_page(struct maker *m, struct scn_stmt *s, unsigned body, unsigned at)
{
	s->area = (int16_t)pick_from(m, m->f.areas, body, at);
	s->first = s->last = pick_page(m, s->area);
}

static bool of_hugetlb(const struct maker *m, int slot)
{
	return slot >= 0 && m->f.hugetlb >> slot & 1;
}

/* What cuts a page of hugetlb's in two is refused. That need not be seen often. */
static void whole_huge_pages(const struct maker *m, struct scn_stmt *s)
{
	if (!of_hugetlb(m, s->area) || s->first < 0 || one_in(m->rng, 6))
		return;
	s->first -= s->first % (int32_t)HPAGE_PMD_NR;
	s->last += (int32_t)HPAGE_PMD_NR - 1 - s->last % (int32_t)HPAGE_PMD_NR;
	if (s->last >= m->f.pages[s->area])
		s->last = m->f.pages[s->area] - 1;
}

static void operand_range(struct maker *m, struct scn_stmt *s, unsigned body, unsigned at)
{
	operand_page(m, s, body, at);
	if (one_in(m->rng, 3))
		s->first = s->last = -1;
	else if (s->area >= 0 && one_in(m->rng, 3))
		s->last = s->first + (int32_t)rng_below(m->rng, m->f.pages[s->area] - (u64)s->first);
	whole_huge_pages(m, s);
}

static void operand_count(struct maker *m, struct scn_stmt *s, unsigned body, unsigned at)
{
	/* The n-th allocation: fork makes some ten of them. */
	static const int64_t limit[SOP_NR] = { [SOP_MMAP] = 4, [SOP_FILE] = 4, [SOP_SHRINK] = 4, [SOP_COMPACT] = 4, [SOP_FAIL_ALLOC] = 12,
					       [SOP_NO_MEMORY] = 8, [SOP_MREMAP] = 20, [SOP_SIGNAL] = 6, [SOP_KSM_SCAN] = 6,
					       [SOP_HUGETLB_POOL] = 3, [SOP_HUGETLB] = 16 };

	(void)body;
	(void)at;
	s->count = 1 + (int64_t)rng_below(m->rng, (u64)(limit[s->op] ? limit[s->op] : 1));
	if (s->op == SOP_MMAP && scn_maps_file(s) && of_hugetlb(m, s->file) && !one_in(m->rng, 6))
		s->count = HPAGE_PMD_NR;
	/* Nothing is done that would change the length. */
	if (s->op == SOP_MREMAP_DONTUNMAP && s->area >= 0 && !one_in(m->rng, 6))
		s->count = s->first < 0 ? m->f.pages[s->area] : s->last - s->first + 1;
}

static void operand_set(struct maker *m, struct scn_stmt *s, unsigned body, unsigned at)
{
	(void)body;
	(void)at;
	s->value = 1 + rng_below(m->rng, 9);
	s->has_value = 1;
}

/* Which value, the contract says: whether there is a word about it at all is all there is to choose. */
static void operand_expect(struct maker *m, struct scn_stmt *s, unsigned body, unsigned at)
{
	(void)body;
	(void)at;
	s->has_value = one_in(m->rng, 2);
}

static void operand_lock(struct maker *m, struct scn_stmt *s, unsigned body, unsigned at)
{
	u64 fit = 0;

	(void)body;
	(void)at;
	for (u64 l = m->f.locks; l; l &= l - 1)
		if (scn_ops[s->op].lock_kinds >> m->d->name_of[__builtin_ctzl(l)].kind & 1)
			fit |= l & -l;
	s->lock = fit ? (int16_t)rng_bit(m->rng, fit) : -1;
}

static void operand_choice(struct maker *m, struct scn_stmt *s, unsigned body, unsigned at)
{
	unsigned nr = 0;

	(void)body;
	(void)at;
	while (scn_ops[s->op].choice[nr])
		nr++;
	s->value = rng_below(m->rng, nr);
}

static void operand_word(struct maker *m, struct scn_stmt *s, unsigned body, unsigned at)
{
	(void)m;
	(void)s;
	(void)body;
	(void)at;
}

static void operand_memcg(struct maker *m, struct scn_stmt *s, unsigned body, unsigned at)
{
	s->memcg = (int16_t)pick_from(m, m->f.memcgs, body, at);
}

static void operand_file(struct maker *m, struct scn_stmt *s, unsigned body, unsigned at)
{
	s->file = (int16_t)pick_from(m, m->f.files, body, at);
}

/* Beyond its end, too, though rarely. */
static void operand_file_page(struct maker *m, struct scn_stmt *s, unsigned body, unsigned at)
{
	operand_file(m, s, body, at);
	s->first = s->last = pick_page(m, s->file);
	if (one_in(m->rng, 8) && s->first < SCN_MAX_FILE_PAGES - 1)
		s->first = ++s->last;
}

static void operand_file_range(struct maker *m, struct scn_stmt *s, unsigned body, unsigned at)
{
	operand_file_page(m, s, body, at);
	if (one_in(m->rng, 3))
		s->first = s->last = -1;
}

static void operand_size(struct maker *m, struct scn_stmt *s, unsigned body, unsigned at)
{
	(void)body;
	(void)at;
	s->count = (int64_t)rng_below(m->rng, one_in(m->rng, 4) ? SCN_MAX_FILE_PAGES + 1 : 3);
	if (of_hugetlb(m, s->file) && s->count < 3)
		s->count *= HPAGE_PMD_NR;
}

/* Where there are files, most of what is mapped is theirs. */
static void operand_backing(struct maker *m, struct scn_stmt *s, unsigned body, unsigned at)
{
	if (one_in(m->rng, 6)) {
		s->backing = SCN_STACK;
		return;
	}
	if (!m->f.files || one_in(m->rng, 4))
		return;
	s->backing = one_in(m->rng, 3) ? SCN_PRIVATE : SCN_SHARED;
	operand_file(m, s, body, at);
	s->first = s->last = one_in(m->rng, 4) ? pick_page(m, s->file) : -1;
	if (of_hugetlb(m, s->file) && s->first >= 0)
		s->first = s->last = s->first / (int32_t)HPAGE_PMD_NR * (int32_t)HPAGE_PMD_NR;
}

static void (*const operand[])(struct maker *m, struct scn_stmt *s, unsigned body, unsigned at) = {
	[ARG_MM] = operand_mm,	   [ARG_PAGE] = operand_page, [ARG_RANGE] = operand_range,   [ARG_COUNT] = operand_count,
	[ARG_LOCK] = operand_lock, [ARG_SET] = operand_set,   [ARG_EXPECT] = operand_expect, [ARG_WORD] = operand_word,
	[ARG_CHOICE] = operand_choice,
	[ARG_BACKING] = operand_backing, [ARG_FILE] = operand_file, [ARG_FILE_PAGE] = operand_file_page,
	[ARG_FILE_RANGE] = operand_file_range, [ARG_SIZE] = operand_size,
	[ARG_MEMCG] = operand_memcg, [ARG_GUEST] = operand_guest,
	[ARG_DEVICE] = operand_device,
};

void make_operands(struct maker *m, struct scn_stmt *s, unsigned body, unsigned at)
{
	const struct scn_op *op = &scn_ops[s->op];
	enum prefer prefer = s->op == SOP_FORK ? PREFER_DEEP : s->op == SOP_EXIT ? PREFER_MIDDLE : PREFER_NONE;

	if (op->subject)
		s->subject = (int16_t)pick_mm(m, prefer, body, at);
	for (unsigned i = 0; i <= SCN_MAX_ARGS && op->args[i] != ARG_NONE; i++)
		operand[op->args[i]](m, s, body, at);
}
