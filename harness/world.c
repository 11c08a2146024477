/* SPDX-License-Identifier: GPL-2.0-only */
/* The world of a scenario: making it, tearing it down, and the content oracle (O5) that follows every store and load. */
#include "world.h"

#include <stdio.h>
#include <string.h>

#include "ksm.h"
#include "memory_failure.h"
#include "huge.h"
#include "memcontrol.h"
#include "sanitize.h"
#include "scheduler.h"

struct world *world_create(const struct scenario *scn, unsigned first_lock_class, unsigned copy)
{
	struct world *w = machine_alloc(sizeof(*w));

	san_unwatch(w, sizeof(*w));
	w->scn = scn;
	w->copy = copy;
	w->slot = machine_alloc(max(scn->nr_names, 1u) * sizeof(*w->slot));
	san_unwatch(w->slot, scn->nr_names * sizeof(*w->slot));
	for (unsigned i = 0; i < scn->nr_names; i++) {
		enum scn_kind kind = scn->name_of[i].kind;

		if (kind != SCN_MUTEX && kind != SCN_RWSEM && kind != SCN_SPINLOCK)
			continue;
		w->slot[i].lock = machine_alloc(sizeof(struct lock));
		lock_init(w->slot[i].lock, first_lock_class++);
	}
	return w;
}

static bool outlives_processes(enum scn_kind kind)
{
	return kind == SCN_FILE || kind == SCN_MEMCG || kind == SCN_GUEST || kind == SCN_DEVICE;
}

void world_tear_down(struct world *w)
{
	world_unpin_all(w);
	for (unsigned i = 0; i < w->scn->nr_names; i++) {
		struct name_slot *n = &w->slot[i];
		struct mm_struct *mm = n->state == SLOT_BOUND ? n->mm : NULL;

		if (outlives_processes(w->scn->name_of[i].kind))
			continue;
		n->state = SLOT_GONE;
		if (mm)
			mmput(mm);
		exec_progress();
	}
	for (unsigned i = 0; i < w->scn->nr_names; i++) {
		struct name_slot *n = &w->slot[i];

		if (w->scn->name_of[i].kind == SCN_FILE && n->state == SLOT_BOUND)
			fput(n->file);
		if (w->scn->name_of[i].kind == SCN_MEMCG && n->state == SLOT_BOUND)
			mem_cgroup_put(n->memcg);
		if (w->scn->name_of[i].kind == SCN_GUEST && n->state == SLOT_BOUND)
			guest_destroy(n->guest);
		if (w->scn->name_of[i].kind == SCN_DEVICE && n->state == SLOT_BOUND)
			sva_unbind_device(n->sva);
		n->state = SLOT_GONE;
	}
}

void world_settle(void)
{
	unpoison_all();
	ksm_settle();
	lru_add_drain_all();
	/* Pages that only the swap cache holds: nobody can want them back. */
	for (unsigned tries = 0; tries < 2 * core()->nr_pages && !list_empty(&core()->lru); tries++) {
		shrink_lru(1);
		exec_progress();
	}
	rcu_barrier();
}

void world_reset(struct world *w)
{
	w->write_failed = 0;
	w->unwritten = 0;
	for (unsigned i = 0; i < w->scn->nr_names; i++) {
		w->slot[i].held = NULL;
		__atomic_store_n(&w->slot[i].state, SLOT_UNBOUND, __ATOMIC_RELEASE);
	}
}

/* ---- shadows ---- */

struct shadow *world_shadow(const struct world *w, const struct mm_struct *mm)
{
	for (unsigned i = 0; i < MAX_SHADOWS; i++)
		if (w->shadow[i].mm == mm)
			return (struct shadow *)&w->shadow[i];
	return NULL;
}

static struct shadow *shadow_get(struct world *w, struct mm_struct *mm)
{
	struct shadow *s = world_shadow(w, mm);

	if (!s)
		s = world_shadow(w, NULL);
	if (s)
		s->mm = mm;
	return s;
}

static void set_range(struct shadow *s, const struct event *e, enum shadow_state state)
{
	for (unsigned long a = e->addr >> PAGE_SHIFT; a < e->end >> PAGE_SHIFT && a < SHADOW_PAGES; a++) {
		if (state == SHADOW_DYING && s->state[a] == SHADOW_UNMAPPED)
			continue;
		if (s->state[a] != state || state == SHADOW_MAPPED)
			shadow_touch(s, a, TOUCH_WRITE);
		s->state[a] = (u8)state;
		if (s->locked[a])
			locked_set(s, a, 0);
		if (state != SHADOW_DYING)
			s->moved_to[a] = s->lazy[a] = s->has_maybe[a] = 0;
		if (state != SHADOW_MAPPED)
			continue;
		s->value[a] = 0;
		s->kind[a] = SHADOW_ANON;
	}
}

static void mapped(struct world *w, const struct event *e)
{
	struct shadow *s = shadow_get(w, e->mm);

	if (!s)
		return;
	set_range(s, e, SHADOW_MAPPED);
	if (e->kind == EV_FILE_MAPPED)
		files_event(w, e);
}

static void unmap_begin(struct world *w, const struct event *e)
{
	struct shadow *s = world_shadow(w, e->mm);

	if (s)
		set_range(s, e, SHADOW_DYING);
}

static void unmap_end(struct world *w, const struct event *e)
{
	struct shadow *s = world_shadow(w, e->mm);

	if (s)
		set_range(s, e, SHADOW_UNMAPPED);
}

/* Until the old address is flushed, both lead to the same memory. */
static void moved(struct world *w, const struct event *e)
{
	unsigned long from = e->addr >> PAGE_SHIFT, to = e->end >> PAGE_SHIFT;
	struct shadow *s = world_shadow(w, e->mm);

	if (!s || from >= SHADOW_PAGES || to >= SHADOW_PAGES)
		return;
	shadow_touch(s, from, TOUCH_WRITE);
	shadow_touch(s, to, TOUCH_WRITE);
	s->value[to] = s->value[from];
	s->kind[to] = s->kind[from];
	s->file[to] = s->file[from];
	s->index[to] = s->index[from];
	s->lazy[to] = s->lazy[from];
	locked_set(s, to, s->locked[from]);
	locked_set(s, from, 0);
	s->maybe[to] = s->maybe[from];
	s->has_maybe[to] = s->has_maybe[from];
	s->moved_to[to] = 0;
	s->moved_to[from] = (u8)to;
}

/* Until the parent's flush every store of its threads went to memory that the child shares: the child inherits what is now. */
static void forked(struct world *w, const struct event *e)
{
	const struct shadow *parent = world_shadow(w, e->mm);
	struct shadow *child;

	if (!parent)
		return;
	child = shadow_get(w, e->other);
	if (!child)
		return;
	for (unsigned a = 0; a < SHADOW_PAGES; a++)
		if (parent->state[a] != SHADOW_UNMAPPED)
			exec_touch_part(e->mm, PART_PAGE + a, TOUCH_READ);
	exec_touch_part(e->other, PART_BORN, TOUCH_WRITE);
	*child = *parent;
	child->mm = e->other;
	child->born_racing = w->racing;
	memset(child->locked, 0, sizeof(child->locked));
	uffd_forked(child);
}

static void exited(struct world *w, const struct event *e)
{
	struct shadow *s = world_shadow(w, e->mm);

	if (s)
		*s = (struct shadow){ .mm = NULL };
}

static const char *access_word(const struct event *e)
{
	return e->kind == EV_USER_STORE ? "written" : "read";
}

/* Where the access went to a page that is on its way out, what is known of that; else NULL. */
static struct stale *stale_of(struct world *w, const struct event *e)
{
	for (unsigned i = 0; i < MAX_STALE; i++) {
		struct stale *s = &w->stale[i];

		if (s->by && s->mm == e->mm && s->addr == e->addr && s->pfn == e->pfn)
			return s;
	}
	return NULL;
}

pte_t entry_of(const struct mm_struct *mm, unsigned long addr)
{
	struct pgtable *pt = pgtable_peek(mm, addr);

	exec_touch(&mm->pgd[(addr >> PAGE_SHIFT) / PTRS_PER_PTE], TOUCH_READ);
	if (pt)
		exec_touch(pte_offset(pt, addr), TOUCH_READ);
	return pte_peek(mm, addr);
}

bool world_stale_read(const struct event *e)
{
	const struct page *page = compound_head(pfn_to_page(e->pfn));
	pte_t pte;

	if (!tlb_flush_put_off(current->cpu % core()->nr_cpus))
		return false;
	exec_touch(&page->_refcount, TOUCH_READ);
	pte = entry_of(e->mm, e->addr);
	return !atomic_peek(&page->_refcount) || !pte_present(pte) || pte_pfn(pte) != e->pfn;
}

static void check_load(const struct event *e, u64 right)
{
	if (e->value == right || world_stale_read(e))
		return;
	violation(ORACLE_CONTENT, "wrong-content", "mm#%u: address %#lx (page%lu) holds %lu (store %lu), not %lu (store %lu)",
		  e->mm->id, e->addr, e->pfn, e->value & ((1ul << VALUE_BITS) - 1), e->value >> VALUE_BITS,
		  right & ((1ul << VALUE_BITS) - 1), right >> VALUE_BITS);
}

static void stored(struct shadow *s, unsigned long a, const struct event *e)
{
	s->value[a] = e->value;
	s->has_maybe[a] = 0;
	s->any[a] = s->unused[a];
	soft_stored(s, a);
	if (!s->freeing[a])
		s->lazy[a] = 0;
}

static void loaded(struct shadow *s, unsigned long a, const struct event *e)
{
	if (uffd_adopts(s, a, e->value))
		return;
	if (s->lazy[a] && !e->value && s->value[a]) {
		shadow_touch(s, a, TOUCH_WRITE);
		s->value[a] = 0;	/* it is gone, and does not come back */
	}
	if (!shadow_takes_maybe(s, a, e->value))
		check_load(e, s->value[a]);
}

/*
 * What is read of a file's page may be truncated, or another page's by now. Stores to it are over when a dirty entry is gone, and
 * count.
 */
static void stale_access(struct stale *s, const struct event *e)
{
	if (s->file)
		return;
	if (e->kind == EV_USER_STORE)
		s->value = e->value;
	else
		check_load(e, s->value);
}

static void accessed(struct world *w, const struct event *e)
{
	unsigned long a = e->addr >> PAGE_SHIFT;
	struct shadow *s = world_shadow(w, e->mm);
	struct stale *stale = stale_of(w, e);
	char key[64];

	if (!s || a >= SHADOW_PAGES)
		return;
	exec_touch_part(e->mm, PART_PAGE + (unsigned)a, TOUCH_READ);
	if (s->moved_to[a])
		a = s->moved_to[a];
	exec_touch_part(e->mm, PART_PAGE + (unsigned)a, e->kind == EV_USER_STORE ? TOUCH_WRITE : TOUCH_READ);
	if (s->state[a] == SHADOW_UNMAPPED) {
		snprintf(key, sizeof(key), "unmapped-page-%s", access_word(e));
		violation(ORACLE_CONTENT, key, "mm#%u: address %#lx is %s through page%lu after it was unmapped", e->mm->id,
			  e->addr, access_word(e), e->pfn);
	} else if (stale && (!stale->file || e->kind == EV_USER_LOAD)) {
		stale_access(stale, e);
	} else if (s->kind[a] != SHADOW_ANON) {
		files_accessed(w, s, a, e);
	} else {
		uffd_accessed(s, a, e);
		e->kind == EV_USER_STORE ? stored(s, a, e) : loaded(s, a, e);
	}
}

/* ---- madvise ---- */

static void madvise_pages(struct world *w, const struct event *e, int step)
{
	struct shadow *s = world_shadow(w, e->mm);

	for (unsigned long a = e->addr >> PAGE_SHIFT; s && e->value == MADVISE_FREE && a < e->end >> PAGE_SHIFT && a < SHADOW_PAGES; a++) {
		if (s->state[a] == SHADOW_UNMAPPED)
			continue;
		shadow_touch(s, a, TOUCH_WRITE);
		s->freeing[a] = (u8)(s->freeing[a] + step);
		s->lazy[a] = 1;
	}
}

static void madvise_begin(struct world *w, const struct event *e)
{
	madvise_pages(w, e, 1);
}

/* From here on nobody reads or writes what was taken away. */
static void madvised(struct world *w, const struct event *e)
{
	madvise_pages(w, e, -1);
	for (unsigned i = 0; i < MAX_STALE; i++) {
		struct stale *s = &w->stale[i];

		if (s->by != current)
			continue;
		shadow_touch(s, s->addr >> PAGE_SHIFT, TOUCH_WRITE);
		s->by = NULL;
	}
}

/* Nobody translates to it any more; the frame may come back as another page at the same place. */
static void page_freed(struct world *w, const struct event *e)
{
	for (unsigned i = 0; i < MAX_STALE; i++) {
		struct stale *s = &w->stale[i];

		if (!s->by || s->pfn != e->pfn)
			continue;
		shadow_touch(s, s->addr >> PAGE_SHIFT, TOUCH_WRITE);
		s->by = NULL;
	}
}

/* The next fault makes a new page; old translations lead to the old one. */
static void dropped(struct world *w, const struct event *e)
{
	unsigned long a = e->addr >> PAGE_SHIFT;
	struct shadow *s = world_shadow(w, e->mm);

	if (!s || a >= SHADOW_PAGES)
		return;
	shadow_touch(s, a, TOUCH_WRITE);
	for (unsigned i = 0; i < MAX_STALE && e->pfn != NO_PFN; i++) {
		if (w->stale[i].by)
			continue;
		w->stale[i] = (struct stale){ current, e->mm, e->addr, e->pfn, core()->data[e->pfn],
					    s->kind[a] == SHADOW_VIEW || s->kind[a] == SHADOW_SHARED };
		break;
	}
	if (s->kind[a] == SHADOW_OWN)
		s->kind[a] = SHADOW_VIEW;
	s->value[a] = 0;		/* of a file's page it says nothing */
	s->lazy[a] = s->freeing[a] > 0;
	s->has_maybe[a] = 0;
}

static bool walked_a_child(struct world *w, const struct event *e)
{
	const struct shadow *s = world_shadow(w, e->mm);

	exec_touch_part(e->mm, PART_BORN, TOUCH_READ);
	return s && s->born_racing;
}

void world_event(struct world *w, const struct event *e)
{
	static void (*const handler[EV_NR])(struct world *w, const struct event *e) = {
		[EV_USER_LOAD] = accessed,  [EV_USER_STORE] = accessed, [EV_MMAPPED] = mapped, [EV_UNMAP_BEGIN] = unmap_begin,
		[EV_UNMAP_END] = unmap_end, [EV_FORKED] = forked,	[EV_EXITED] = exited,
		[EV_PTE_MOVED] = moved,	    [EV_PTE_DROPPED] = dropped, [EV_MADVISE_BEGIN] = madvise_begin,
		[EV_MADVISED] = madvised,   [EV_PAGE_FREE] = page_freed,
		[EV_FILE_MAPPED] = mapped,
		[EV_FILE_NEW] = files_event, [EV_FILE_GONE] = files_event, [EV_FILE_SIZE] = files_event,
		[EV_FILE_TRUNCATED] = files_event, [EV_FILE_INVALIDATE] = files_event, [EV_FILE_LOAD] = files_event,
		[EV_FILE_STORE] = files_event, [EV_FILE_COW] = files_event, [EV_FILE_LOST] = files_event, [EV_FILE_RECLAIMED] = files_event,
		[EV_MLOCKED] = locked_event, [EV_MUNLOCK] = locked_event, [EV_PTE_REMOVED] = locked_event,
	};

	if (w->racing)
		event_set_add(&w->reached, e->kind);
	if (e->kind == EV_WALK_VMA && w->racing && walked_a_child(w, e))
		event_set_add(&w->reached, EV_WALK_CHILD_VMA);
	if (e->mm)
		pins_event(w, e);
	if (handler[e->kind] && machine->oracles & 1u << ORACLE_CONTENT)
		handler[e->kind](w, e);
	if (e->mm && machine->oracles & 1u << ORACLE_CONTENT) {
		soft_event(w, e);
		uffd_event(w, e);
	}
	if (!e->mm)
		pins_event(w, e);		/* of files: what is left of them */
}

/*
 * Without an order between threads there is no last store. What can be told: each copy of the scenario has its own processes,
 * so memory never holds what another copy stored.
 */
static void check_origin(const struct world *w, const struct event *e)
{
	u64 copy = e->value >> VALUE_BITS;

	if (copy == w->copy + 1u || !e->value)
		return;
	violation(ORACLE_CONTENT, "foreign-content", "%s#%u: address %#lx (page%lu) holds %lu, stored by copy %lu; this is copy %u",
		  e->mm ? "mm" : "file", e->mm ? e->mm->id : slab_serial(e->obj), e->addr, e->pfn,
		  e->value & ((1ul << VALUE_BITS) - 1), copy - 1, w->copy);
}

void world_event_racy(struct world *w, const struct event *e)
{
	event_set_add_racy(&w->reached, e->kind);
	if (e->kind == EV_WALK_VMA && e->mm->id >= w->first_born)
		event_set_add_racy(&w->reached, EV_WALK_CHILD_VMA);
	if (e->kind == EV_USER_LOAD || e->kind == EV_FILE_LOAD)
		check_origin(w, e);
}
