/* SPDX-License-Identifier: GPL-2.0-only */
/* Random scenarios as a whole: see generate.h; what single phrases are is in phrase.c. */
#include "fuzz/generate.h"

#include "mm_types.h"

#define NR(table) ((unsigned)ARRAY_SIZE(table))

void maker_look(struct maker *m)
{
	draft_family(m->d, &m->f);
}

unsigned pick_weighted(u64 *rng, const u8 *weights, unsigned nr)
{
	u64 sum = 0, at;
	unsigned i = 0;

	for (; i < nr; i++)
		sum += weights[i];
	at = rng_below(rng, sum);
	/* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): it is below the sum of all weights */
	for (i = 0; at >= weights[i]; i++)
		at -= weights[i];
	return i;
}

/* ---- how many: the index is the number ---- */

static const u8 roots[] = { 0, 4, 2 };
static const u8 files[] = { 3, 2, 1 };
static const u8 areas[] = { 0, 5, 4, 2 };
static const u8 area_pages[] = { 0, 5, 4, 4, 2, 1, 1, 0, 0, 1 };	/* nine do not fit into one page table */
static const u8 generations[] = { 4, 4, 3, 2, 1, 1, 1 };	/* that are there when the threads begin */
static const u8 extras[] = { 5, 3, 2, 1 };			/* phrases more in set-up */
static const u8 thread_count[] = { 0, 0, 5, 5, 3, 1 };
static const u8 phrases[] = { 0, 2, 3, 4, 3, 2, 2, 1, 1 };	/* in a thread */
static const u8 thread_role[NR_ROLES] = {
	[ROLE_FAMILY] = 6, [ROLE_PROCESS] = 5, [ROLE_MAPPER] = 3, [ROLE_RECLAIM] = 5, [ROLE_WALKER] = 4, [ROLE_ANY] = 3,
};

#define one_in(rng, n) (!rng_below((rng), (n)))

static int bind_new(struct maker *m, struct scn_stmt *s, enum scn_kind kind)
{
	int slot = draft_fresh(m->d, kind);

	s->bind = (int16_t)slot;
	if (slot >= 0)
		draft_insert(&m->d->setup, m->d->setup.nr, s);
	return slot;
}

/* What an area is a view of: where there is a file, its own pages as a rule, from the first one on. */
static void choose_backing(struct maker *m, struct scn_stmt *map)
{
	if (m->huge && one_in(m->rng, 2)) {
		map->backing = SCN_HUGE;
		map->count = HPAGE_PMD_NR;
		return;
	}
	if (!m->f.files || one_in(m->rng, 3))
		return;
	map->backing = one_in(m->rng, 2) ? SCN_PRIVATE : SCN_SHARED;
	map->file = (int16_t)rng_bit(m->rng, m->f.files);
	/* All of a file with huge pages, as a rule: then huge entries map them. */
	if (m->f.pages[map->file] >= HPAGE_PMD_NR && !(m->f.hugetlb >> map->file & 1) && !one_in(m->rng, 4)) {
		map->count = HPAGE_PMD_NR;
		return;
	}
	if (one_in(m->rng, 4))
		map->first = map->last = (int32_t)rng_below(m->rng, 2);
	if (!(m->f.hugetlb >> map->file & 1))
		return;
	map->count = HPAGE_PMD_NR * (1 + (unsigned)one_in(m->rng, 3));
	if (map->first >= 0)
		map->first = map->last = map->first * (int32_t)HPAGE_PMD_NR;
}

/* Most pages are there before it begins: the first fault is only one of the things that can happen to a page. */
static void make_area(struct maker *m, int mm)
{
	struct scn_stmt map = draft_stmt(SOP_MMAP), write = draft_stmt(SOP_WRITE);

	map.subject = write.subject = (int16_t)mm;
	map.count = pick_weighted(m->rng, area_pages, NR(area_pages));
	choose_backing(m, &map);
	write.area = (int16_t)bind_new(m, &map, SCN_AREA);
	write.has_value = 1;
	for (int32_t i = 0; i < map.count; i++) {
		/* The first fault brings all of a huge page. */
		if (one_in(m->rng, 4) || (map.count >= (int64_t)HPAGE_PMD_NR && !one_in(m->rng, 4)))
			continue;
		write.first = write.last = i;
		write.value = 1 + rng_below(m->rng, 9);
		draft_insert(&m->d->setup, m->d->setup.nr, &write);
	}
}

static void make_root(struct maker *m)
{
	struct scn_stmt s = draft_stmt(SOP_MM);
	int mm = bind_new(m, &s, SCN_MM);

	for (unsigned n = pick_weighted(m->rng, areas, NR(areas)); n; n--)
		make_area(m, mm);
}

/* The newest process forks, or any; some write, some in the middle exit: then anon_vmas are left that nobody uses. */
static void make_ancestors(struct maker *m)
{
	struct scn_stmt fork = draft_stmt(SOP_FORK), end = draft_stmt(SOP_EXIT);
	int newest;

	maker_look(m);
	newest = (int)__builtin_ctzl(m->f.mms);

	for (unsigned n = pick_weighted(m->rng, generations, NR(generations)); n; n--) {
		maker_look(m);
		fork.subject = (int16_t)newest;
		if (one_in(m->rng, 4))
			fork.subject = (int16_t)rng_bit(m->rng, m->f.mms);
		newest = bind_new(m, &fork, SCN_MM);
		if (one_in(m->rng, 3))
			make_phrase(m, ROLE_PROCESS, DRAFT_SETUP, m->d->setup.nr);
		end.subject = fork.subject;
		if (one_in(m->rng, 4))
			draft_insert(&m->d->setup, m->d->setup.nr, &end);
	}
}

static void make_locks(struct maker *m)
{
	static const u16 op[] = { SOP_MUTEX, SOP_RWSEM, SOP_SPINLOCK };
	static const enum scn_kind kind[] = { SCN_MUTEX, SCN_RWSEM, SCN_SPINLOCK };

	for (unsigned i = 0; i < NR(op); i++) {
		struct scn_stmt s = draft_stmt(op[i]);

		if (one_in(m->rng, 2))
			bind_new(m, &s, kind[i]);
	}
}

static void make_file(struct maker *m)
{
	struct scn_stmt file = draft_stmt(SOP_FILE);

	file.count = 1 + (int64_t)rng_below(m->rng, 3);
	bind_new(m, &file, SCN_FILE);
	maker_look(m);
}

static void make_huge_file(struct maker *m)
{
	struct scn_stmt file = draft_stmt(one_in(m->rng, 2) ? SOP_HUGE_FILE : SOP_TMPFS);

	file.count = one_in(m->rng, 4) ? 2 * HPAGE_PMD_NR : HPAGE_PMD_NR;
	bind_new(m, &file, SCN_FILE);
	maker_look(m);
}

/* With fewer pages than there may be a use for. */
static void make_hugetlb(struct maker *m)
{
	struct scn_stmt pool = draft_stmt(SOP_HUGETLB_POOL), file = draft_stmt(SOP_HUGETLB);

	pool.count = 1 + (int64_t)rng_below(m->rng, 4);
	draft_insert(&m->d->setup, m->d->setup.nr, &pool);
	file.count = HPAGE_PMD_NR * (1 + (unsigned)one_in(m->rng, 2));
	bind_new(m, &file, SCN_FILE);
	maker_look(m);
}

/* Two, between which processes change. */
static void make_groups(struct maker *m)
{
	struct scn_stmt group = draft_stmt(SOP_MEMCG);

	bind_new(m, &group, SCN_MEMCG);
	bind_new(m, &group, SCN_MEMCG);
}

static void make_setup(struct maker *m, bool locks)
{
	const struct scn_stmt drain = draft_stmt(SOP_DRAIN);

	maker_look(m);
	for (unsigned n = pick_weighted(m->rng, files, NR(files)); n; n--)
		make_file(m);
	if (m->huge && !one_in(m->rng, 3))
		make_huge_file(m);
	if (m->hugetlb)
		make_hugetlb(m);

	for (unsigned n = pick_weighted(m->rng, roots, NR(roots)); n; n--)
		make_root(m);
	make_ancestors(m);
	if (locks && one_in(m->rng, 8))
		make_locks(m);
	if (one_in(m->rng, 8))
		make_groups(m);
	/* Pages that are on no list yet cannot be reclaimed, and half of all races would be none. */
	if (!one_in(m->rng, 8))
		draft_insert(&m->d->setup, m->d->setup.nr, &drain);
	for (unsigned n = pick_weighted(m->rng, extras, NR(extras)); n; n--) {
		maker_look(m);
		make_phrase(m, ROLE_SETUP, DRAFT_SETUP, m->d->setup.nr);
	}
}

struct scn_body *make_thread(struct maker *m)
{
	enum role role = pick_weighted(m->rng, thread_role, NR_ROLES);
	struct scn_body *b = draft_thread(m->d);

	if (!b)
		return NULL;
	for (unsigned n = pick_weighted(m->rng, phrases, NR(phrases)); n; n--) {
		maker_look(m);
		make_phrase(m, role, draft_bodies(m->d) - 1, b->nr);
	}
	return b;
}

/* In the end everybody looks: what is wrong by then, a read may show that no check of structures does. */
static void make_finally(struct maker *m)
{
	struct scn_stmt s = draft_stmt(SOP_READ);
	u64 mms;

	maker_look(m);
	for (mms = m->f.mms; mms; mms &= mms - 1) {
		if (!one_in(m->rng, 2))
			continue;
		s.subject = (int16_t)__builtin_ctzl(mms);
		make_operands(m, &s, DRAFT_FINALLY, m->d->finally.nr);
		s.subject = (int16_t)__builtin_ctzl(mms);
		draft_insert(&m->d->finally, m->d->finally.nr, &s);
	}
}

struct scenario *generate(u64 *rng)
{
	struct maker m = { .d = draft_new(), .rng = rng };
	u64 aside = *rng;

	/* Drawn aside: what a seed gives without huge pages does not depend on there being any. */
	m.huge = one_in(&aside, 6);
	m.hugetlb = one_in(&aside, 8);
	make_setup(&m, true);
	for (unsigned n = pick_weighted(rng, thread_count, NR(thread_count)); n; n--)
		make_thread(&m);
	make_finally(&m);
	return draft_finish(m.d);
}

/* ---- sequences ---- */

static const u8 sequence_phrases[] = { 0, 0, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 1 };
/* Of each phrase: a sequence is about everything. */
static const u8 sequence_role[NR_ROLES] = { [ROLE_FAMILY] = 4, [ROLE_PROCESS] = 5, [ROLE_MAPPER] = 5, [ROLE_RECLAIM] = 3, [ROLE_ANY] = 3 };

/* Somebody who is there reads, as far as the thread's first statements tell, into the body. */
static void make_look(struct maker *m, struct scn_body *into)
{
	struct scn_stmt s = draft_stmt(SOP_READ);

	maker_look(m);
	make_operands(m, &s, DRAFT_THREAD, m->d->thread[0].nr);
	if (draft_complete(&s) && into->nr < DRAFT_STATEMENTS)
		draft_insert(into, into->nr, &s);
}

static void make_sequence_thread(struct maker *m)
{
	struct scn_body *b = draft_thread(m->d);

	for (unsigned n = pick_weighted(m->rng, sequence_phrases, NR(sequence_phrases)); n; n--) {
		maker_look(m);
		make_phrase(m, pick_weighted(m->rng, sequence_role, NR_ROLES), DRAFT_THREAD, b->nr);
		if (one_in(m->rng, 3))
			make_look(m, b);
	}
}

static void plain_values(struct scenario *d, bool (*wanted)(const struct scn_stmt *s))
{
	u64 value = 0;

	for (unsigned body = 0; body < draft_bodies(d); body++) {
		struct scn_body *b = draft_body(d, body);

		for (unsigned i = 0; i < b->nr; i++) {
			struct scn_stmt *s = &b->stmt[i];

			if (draft_is_op(s) && !wanted(s))
				draft_remove(b, i--, 1);
			else if (s->op == SOP_WRITE)
				s->value = ++value;
			else if (s->op == SOP_READ)
				s->has_value = 0;
		}
	}
}

struct scenario *generate_sequence(u64 *rng, bool (*wanted)(const struct scn_stmt *s))
{
	struct maker m = { .d = draft_new(), .rng = rng };

	make_setup(&m, false);
	make_sequence_thread(&m);
	for (unsigned n = 0; n < DRAFT_STATEMENTS; n++)
		make_look(&m, &m.d->finally);
	plain_values(m.d, wanted);
	return draft_finish(m.d);
}
