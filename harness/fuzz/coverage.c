/* SPDX-License-Identifier: GPL-2.0-only */
/* Collecting features of executions: see coverage.h. */
#include "fuzz/coverage.h"

#include <string.h>

#include "explore/rng.h"
#include "hash.h"
#include "lockclass.h"
#include "mm.h"

const char *const feature_text[NR_FEATURES] = {
	[FEATURE_LOCKS] = "lock pairs", [FEATURE_EVENTS] = "event pairs", [FEATURE_SHAPES] = "family shapes",
	[FEATURE_RACES] = "racing places",
};

bool coverage_has(const struct coverage *c, u32 id)
{
	return c->seen[id / 64] >> (id % 64) & 1;
}

bool coverage_add(struct coverage *c, enum feature_kind kind, u32 value)
{
	u32 id = feature_id(kind, value);

	if (likely(coverage_has(c, id)))
		return false;
	c->seen[id / 64] |= 1ul << (id % 64);
	c->nr[kind]++;
	return true;
}

void coverage_merge(struct coverage *to, const struct coverage *from)
{
	for (u32 i = 0; i < FEATURE_WORDS; i++) {
		u64 fresh = from->seen[i] & ~to->seen[i];

		to->seen[i] |= fresh;
		to->nr[i * 64 >> FEATURE_BITS] += (u64)__builtin_popcountl(fresh);
	}
}

static void add(struct observer *o, enum feature_kind kind, u32 value)
{
	if (likely(!coverage_add(o->coverage, kind, value)))
		return;
	if (o->nr_novelties < NOVELTIES)
		o->novelty[o->nr_novelties] = feature_id(kind, value);
	o->nr_novelties++;
}

/* ---- places that race ---- */

/* The same number in every process, whatever address the site has there. */
static u32 site_number(const struct site *site)
{
	static struct known { const struct site *site; u32 number; } known[512];
	struct known *k = &known[((u64)site >> 4) % ARRAY_SIZE(known)];

	if (likely(k->site == site))
		return k->number;
	k->site = site;
	k->number = (u32)rng_mix(hash_text(HASH_BASIS, site->file) + (u64)site->line);
	return k->number;
}

static void step(void *arg, const struct task *t)
{
	struct observer *o = arg;
	u64 obj = op_object_key(&t->op);
	u8 write = op_info[t->op.kind].access == ACCESS_W;
	struct last_touch *last;
	u32 site;

	if (!obj || !t->op.site || op_info[t->op.kind].access == ACCESS_N)
		return;
	site = site_number(t->op.site);
	last = &o->last_touch[rng_mix(obj) % ARRAY_SIZE(o->last_touch)];
	if (last->obj == obj && last->execution == o->execution && last->task != t->id && (last->write | write))
		add(o, FEATURE_RACES, (u32)(rng_mix((u64)last->site << 32 | site) >> 40));
	*last = (struct last_touch){ .obj = obj, .execution = o->execution, .site = site, .task = (u8)t->id, .write = write };
}

/* ---- families ---- */

struct chain {
	unsigned nr;
};

static void count_link(const void *id, void *arg)
{
	struct chain *c = arg;

	(void)id;
	c->nr++;
}

static unsigned chain_length(struct vm_area_struct *vma)
{
	struct chain c = { 0 };

	core()->rmap->view_vma(vma, count_link, &c);
	return c.nr;
}

/* An address space that has just been copied: its VMAs, those that share an anon_vma, the longest chain, how many live. */
static void look_at_family(struct observer *o, const struct mm_struct *mm)
{
	unsigned vmas = 0, sharing = 0, longest = 0, alive = 0;
	const struct mm_struct *any;

	for (struct vm_area_struct *v = mm->mmap; v; v = v->vm_next) {
		unsigned length = v->anon_vma ? chain_length(v) : 0;

		vmas++;
		longest = max(longest, length);
		sharing += v->vm_next && v->anon_vma && v->anon_vma == v->vm_next->anon_vma;
	}
	list_for_each_entry(any, &core()->mms, mms)
		alive++;
	add(o, FEATURE_SHAPES, 1u << 12 | min(longest, 15u) << 8 | min(vmas, 7u) << 4 | min(sharing, 3u));
	add(o, FEATURE_SHAPES, 2u << 12 | min(longest, 15u) << 8 | min(alive, 15u));
}

static void happened(void *arg, const struct event *e)
{
	struct observer *o = arg;

	if (e->kind == EV_FORKED)
		look_at_family(o, e->other);
	if ((e->kind == EV_UNMAP_END || e->kind == EV_PROTECTED) && atomic_peek(&e->mm->mm_users) > 0)
		look_at_family(o, e->mm);
}

/* ---- the end of an execution ---- */

static void pairs_of_events(struct observer *o, const struct event_set *events)
{
	if (event_set_same(events, &o->events))
		return;
	o->events = *events;
	for_each_event (a, events)
		for_each_event (b, events)
			if (b >= a)
				add(o, FEATURE_EVENTS, a << 8 | b);
}

static void pairs_of_locks(struct observer *o, const u64 *under, u64 *known, u32 trylock)
{
	for (u32 c = 1; c < LC_NR; c++) {
		u64 fresh = under[c] & ~known[c] & ((1ul << LC_NR) - 1);

		known[c] |= fresh;
		for (; fresh; fresh &= fresh - 1)
			add(o, FEATURE_LOCKS, trylock << 12 | c << 6 | (u32)__builtin_ctzl(fresh));
	}
}

static void ended(void *arg, const struct outcome *out)
{
	struct observer *o = arg;

	o->execution++;
	/* What a broken model shows is no way to go on. */
	if (out->found)
		return;
	pairs_of_events(o, &out->reached);
	pairs_of_locks(o, machine->lockdep.under, o->under, 0);
	pairs_of_locks(o, machine->lockdep.under_try, o->under_try, 1);
}

void observer_begin(struct observer *o, struct coverage *coverage)
{
	memset(o, 0, sizeof(*o));
	o->watch = (struct campaign_watch){ .step = step, .event = happened, .ended = ended, .arg = o };
	o->coverage = coverage;
}
