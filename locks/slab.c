/* SPDX-License-Identifier: GPL-2.0-only */
/* Object caches and the lifetime oracle; see slab.h. */
#include "slab.h"

#include <stdio.h>
#include <string.h>

#include "inner.h"
#include "lockdep.h"
#include "machine.h"
#include "sanitize.h"

#define POISON 0x6b

/* What the oracle reads without the cache's lock. */
#define peek(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define poke(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)

static void slab_lock(u32 *word)
{
	if (machine->executor == EXEC_REAL)
		inner_lock(word);
}

static void slab_unlock(u32 *word)
{
	if (machine->executor == EXEC_REAL)
		inner_unlock(word);
}

/* ---- chunks ---- */

static char *chunk_at(u32 n)
{
	return (char *)machine->slab.top - (n + 1ul) * CHUNK_SIZE;
}

static struct slab *chunk_of(const void *addr)
{
	const struct slab_state *s = &machine->slab;
	u64 below = s->top - (u64)addr;

	if (below - 1 >= (u64)__atomic_load_n(&s->used, __ATOMIC_RELAXED) * CHUNK_SIZE)
		return NULL;
	return (struct slab *)((u64)addr & ~(u64)(CHUNK_SIZE - 1));
}

void slab_init(unsigned reclaim_class)
{
	struct slab_state *s = &machine->slab;

	s->top = (ARENA_BASE + machine->arena_size) & ~(u64)(CHUNK_SIZE - 1);
	s->reclaim_class = reclaim_class;
	INIT_LIST_HEAD(&s->caches);
}

/*
 * A chunk whose head is zeroed but belongs to nobody yet, or NULL. Returned chunks link through their last word.
 *
 * Giving it back was told ThreadSanitizer as a write, which is over: whoever comes to what is here from now on comes by a pointer that its
 * new owner has stored. In the kernel that orders him (an address dependency: from page->mapping to its anon_vma), for the sanitizer, who
 * knows of no dependency, nothing does. So new memory has no past, be it new or not.
 */
static struct slab *chunk_get(void)
{
	struct slab_state *s = &machine->slab;
	char *chunk = NULL;

	slab_lock(&s->lock);
	if (s->free_chunk) {
		chunk = chunk_at(s->free_chunk - 1);
		s->free_chunk = *(u32 *)(chunk + CHUNK_SIZE - sizeof(u32));
	} else if ((u64)chunk_at(s->used) >= ARENA_BASE + machine->used) {
		chunk = chunk_at(s->used);
		((struct slab *)chunk)->cache = NULL;	/* an execution before this one may have left something */
		__atomic_store_n(&s->used, s->used + 1, __ATOMIC_RELEASE);
	}
	slab_unlock(&s->lock);
	if (chunk) {
		san_unpoison(chunk, CHUNK_SIZE);
		hb_acquire(chunk);
		san_forget(chunk, CHUNK_SIZE);
		raw_set(chunk + sizeof(struct kmem_cache *), 0, sizeof(struct slab) - sizeof(struct kmem_cache *));
	}
	return (struct slab *)chunk;
}

static void chunk_put(struct slab *slab)
{
	struct slab_state *s = &machine->slab;
	u32 n = (u32)((s->top - (u64)slab) / CHUNK_SIZE) - 1;

	hb_release(slab);
	__atomic_store_n(&slab->cache, NULL, __ATOMIC_RELEASE);
	san_unwatch(slab, CHUNK_SIZE);		/* nobody's: the lifetime oracle has it */
	raw_set(&slab->list, POISON, CHUNK_SIZE - offsetof(struct slab, list));
	san_poison(slab + 1, CHUNK_SIZE - sizeof(*slab) - sizeof(u32));	/* head and link are still ours */
	slab_lock(&s->lock);
	*(u32 *)((char *)slab + CHUNK_SIZE - sizeof(u32)) = s->free_chunk;
	s->free_chunk = n + 1;
	slab_unlock(&s->lock);
}

/* ---- slabs ---- */

/* Whose it is, or NULL. Under real threads it may be given back at any moment to who looks without right: ask once. */
static struct kmem_cache *cache_of(const struct slab *slab)
{
	return __atomic_load_n(&slab->cache, __ATOMIC_ACQUIRE);
}

static char *object_at(const struct kmem_cache *c, const struct slab *slab, unsigned i)
{
	return (char *)slab + sizeof(struct slab) + (size_t)i * c->size;
}

/* Beyond per_slab: the address is in the head, or behind the last object. */
static unsigned index_of(const struct kmem_cache *c, const struct slab *slab, const void *addr)
{
	u64 off = (u64)addr - (u64)slab;

	return off < sizeof(struct slab) ? ~0u : (unsigned)((off - sizeof(struct slab)) * c->size_inverse >> 24);
}

/* Names the order between the owners of one object. */
static const void *order_of(const struct slab *slab, unsigned i)
{
	return &slab->freed_at[i];
}

/* Where an address lies: its slab, cache and object, or NULL when it is no object's. */
static struct slab *find_object(const void *addr, struct kmem_cache **cp, unsigned *i)
{
	struct slab *slab = chunk_of(addr);
	struct kmem_cache *c = slab ? cache_of(slab) : NULL;

	*i = 0;
	if (!c)
		return NULL;
	*cp = c;
	*i = index_of(c, slab, addr);
	return *i < c->per_slab ? slab : NULL;
}

struct kmem_cache *kmem_cache_create(const char *name, size_t size, unsigned flags, unsigned per_slab,
				     void (*ctor)(void *), const struct slab_field *fields)
{
	struct kmem_cache *c = machine_alloc(sizeof(*c));
	size_t fit;

	san_unwatch(c, sizeof(*c));
	c->name = name;
	c->size = (u32)((size + 15) & ~15ul);
	c->size_inverse = ((1u << 24) + c->size - 1) / c->size;
	fit = (CHUNK_SIZE - sizeof(struct slab)) / c->size;
	if (!fit)
		die("objects of %s (%zu bytes) do not fit a slab", name, size);
	fit = min(fit, (size_t)SLAB_OBJECTS);
	c->per_slab = (u16)(per_slab && per_slab < fit ? per_slab : fit);
	c->flags = (u16)flags;
	c->ctor = ctor;
	c->fields = fields;
	INIT_LIST_HEAD(&c->slabs);
	list_add_tail(&c->caches, &machine->slab.caches);
	return c;
}

/* The constructor is core's, but it works on what is nobody's object yet, and nobody's but ours. */
static void construct(const struct kmem_cache *c, void *obj)
{
	san_ignore_begin();
	if (c->ctor)
		c->ctor(obj);
	san_ignore_end();
}

static struct slab *slab_create(struct kmem_cache *c)
{
	struct slab *slab = chunk_get();

	if (!slab)
		return NULL;
	san_unwatch(slab, sizeof(*slab));
	san_watch(slab + 1, CHUNK_SIZE - sizeof(*slab));
	slab->nr = slab->nr_free = c->per_slab;
	for (unsigned i = 0; i < slab->nr; i++) {
		raw_set(object_at(c, slab, i), POISON, c->size);
		construct(c, object_at(c, slab, i));
		hb_release(order_of(slab, i));
	}
	__atomic_store_n(&slab->cache, c, __ATOMIC_RELEASE);
	return slab;
}

/* ---- allocation ---- */

bool alloc_allowed(gfp_t gfp, const struct site *site)
{
	struct task *t = current;

	if (gfp & GFP_KERNEL) {
		might_sleep_at("allocation", site);
		if (!t->in_reclaim) {
			lockdep_map_acquire(machine->slab.reclaim_class, site);
			if (machine->reclaim && exec_choose(CHOICE_ALLOC_RECLAIM, 2)) {
				t->in_reclaim = 1;
				machine->reclaim();
				t->in_reclaim = 0;
			}
			lockdep_map_release(machine->slab.reclaim_class);
		}
	}
	if (!t->fail_alloc || --t->fail_alloc)
		return true;
	t->fail_alloc = t->fail_on;	/* 1: the next one as well */
	return false;
}

/*
 * Under the cache's lock: the free object that was freed last, or, where reuse is not wanted, the one that has been free for
 * longest, but not the last freed one.
 */
static void *take_free(struct kmem_cache *c, bool reuse)
{
	struct slab *slab;
	void *best = reuse ? c->last_freed : NULL;
	u64 when = 0;

	if (best) {
		c->last_freed = NULL;
		return best;
	}
	list_for_each_entry(slab, &c->slabs, list) {
		if (!slab->nr_free)
			break;
		for (unsigned i = 0; i < slab->nr; i++) {
			void *obj = object_at(c, slab, i);

			if (slab->state[i] != OBJECT_FREE || (!reuse && obj == c->last_freed))
				continue;
			if (best && (reuse ? slab->freed_at[i] <= when : slab->freed_at[i] >= when))
				continue;
			best = obj;
			when = slab->freed_at[i];
		}
	}
	return best;
}

/* NOLINTBEGIN(clang-analyzer-core.*): find_object() is asked here for objects that the cache has, and finds them; c is one */

/*
 * Freeing an object happens before it is handed out again, and that is all: not before anything else that the cache does, although
 * some kernels' allocators happen to take a lock of the cache each time. So a reader of a type-stable object that comes late
 * is not ordered with the next owner: exactly what it may do unmarked is a race.
 */
static void was_freed_before(struct kmem_cache *c, void *obj)
{
	unsigned i;
	const struct slab *slab = find_object(obj, &c, &i);

	san_unpoison(obj, c->size);
	hb_acquire(order_of(slab, i));
}

static bool poisoned(const struct kmem_cache *c, const void *obj)
{
	const unsigned char *byte = obj;

	return byte[0] == POISON && !memcmp(byte, byte + 1, c->size - 1);
}

/*
 * Nobody may see an object of a plain cache between free and allocation, so that it can be poison all that time: a write that
 * no point announced is found now. Returns false when there was one.
 */
static bool prepare(struct kmem_cache *c, void *obj)
{
	bool intact = true;
	unsigned i;
	struct slab *slab = find_object(obj, &c, &i);

	if (c->flags & SLAB_TYPESAFE_BY_RCU)
		return true;
	if (slab->freed_at[i] || !c->ctor)
		intact = poisoned(c, obj);
	raw_set(obj, POISON, c->size);
	construct(c, obj);
	return intact;
}

static void mark_live(struct kmem_cache *c, void *obj)
{
	unsigned i;
	struct slab *slab = find_object(obj, &c, &i);

	slab->recycled[i] = slab->serial[i] != 0;
	poke(slab->serial[i], ++c->serial);
	poke(slab->state[i], OBJECT_LIVE);
	if (!--slab->nr_free)
		list_move_tail(&slab->list, &c->slabs);
	c->live++;
	c->max_live = max(c->max_live, c->live);
}

void *kmem_cache_alloc_at(struct kmem_cache *c, gfp_t gfp, const struct site *site)
{
	bool reuse = c->flags & SLAB_TYPESAFE_BY_RCU, intact = true;
	char name[NAME_LEN], key[96];
	void *obj;

	if (!alloc_allowed(gfp, site))
		return NULL;
	exec_point_at(OP_SLAB_ALLOC, c, site);
	slab_lock(&c->lock);
	if (c->last_freed && exec_choose(CHOICE_SLAB_REUSE, 2))
		reuse = false;
	obj = take_free(c, reuse);
	if (!obj) {
		struct slab *slab = slab_create(c);

		if (slab) {
			list_add(&slab->list, &c->slabs);
			obj = object_at(c, slab, 0);
		}
	}
	if (obj) {
		was_freed_before(c, obj);
		intact = prepare(c, obj);
		mark_live(c, obj);
		data_set_up(obj);
	}
	slab_unlock(&c->lock);
	if (unlikely(!intact)) {
		snprintf(key, sizeof(key), "poison-overwritten:%s", c->name);
		violation_at(ORACLE_LIFETIME, key, site, "the memory of %s was written to while it was free",
			     obj_name(obj, name));
	}
	return obj;
}

/* ---- freeing ---- */

static void slab_leaves(struct rcu_head *head)
{
	struct slab *slab = container_of(head, struct slab, rcu);

	for (unsigned i = 0; i < slab->nr; i++)
		hb_acquire(order_of(slab, i));
	san_freed(slab + 1, CHUNK_SIZE - sizeof(*slab), __builtin_return_address(0));
	chunk_put(slab);
}

/* Under the cache's lock: an empty slab may be given back, after a grace period if readers may still look at it. */
static bool shrink_slab(struct kmem_cache *c, struct slab *slab)
{
	if (slab->nr_free != slab->nr || slab->leaving)
		return false;
	slab->leaving = 1;
	list_del(&slab->list);
	if (c->last_freed && chunk_of(c->last_freed) == slab)
		c->last_freed = NULL;
	return true;
}

static void becomes_free(struct kmem_cache *c, struct slab *slab, unsigned i)
{
	poke(slab->state[i], OBJECT_FREE);
	if (!slab->nr_free++) {
		list_del(&slab->list);
		list_add(&slab->list, &c->slabs);
	}
}

static void put_in_quarantine(struct kmem_cache *c, struct slab *slab, unsigned i)
{
	void *obj = object_at(c, slab, i);

	poke(slab->state[i], OBJECT_QUARANTINE);
	raw_set(obj, POISON, c->size);
	san_poison(obj, c->size);
	if (c->nr_quarantine == ARRAY_SIZE(c->quarantine)) {
		unsigned j;
		struct slab *old = find_object(c->quarantine[0], &c, &j);

		becomes_free(c, old, j);
		memmove(c->quarantine, c->quarantine + 1, sizeof(c->quarantine) - sizeof(void *));
		c->nr_quarantine--;
	}
	c->quarantine[c->nr_quarantine++] = obj;
}

static void report_bad_free(const struct kmem_cache *c, const void *obj, const struct site *site)
{
	char name[NAME_LEN], key[96];

	snprintf(key, sizeof(key), "double-free:%s", c->name);
	violation_at(ORACLE_LIFETIME, key, site, "%s is freed, but it is no live object of %s", obj_name(obj, name), c->name);
}

/* NOLINTEND(clang-analyzer-core.*) */

/* Real threads have no steps: a count tells at least what was freed after what. */
static u64 free_time(struct kmem_cache *c)
{
	return machine->executor == EXEC_REAL ? ++c->frees : machine->sched.step;
}

void kmem_cache_free_at(struct kmem_cache *c, void *obj, const struct site *site)
{
	struct kmem_cache *owner = NULL;
	bool leaves = false;
	struct slab *slab;
	unsigned i = 0;

	exec_point_at(OP_SLAB_FREE, obj, site);
	slab_lock(&c->lock);
	slab = find_object(obj, &owner, &i);
	if (owner != c || !slab || slab->state[i] != OBJECT_LIVE || object_at(c, slab, i) != (char *)obj) {
		slab_unlock(&c->lock);
		report_bad_free(c, obj, site);
		return;
	}
	if (!(c->flags & SLAB_TYPESAFE_BY_RCU))
		san_freed(obj, c->size, __builtin_return_address(0));
	poke(slab->freed_at[i], free_time(c));
	data_gone(obj);
	c->live--;
	if (c->flags & SLAB_TYPESAFE_BY_RCU) {
		becomes_free(c, slab, i);
		c->last_freed = obj;
		if (slab->nr_free == slab->nr && exec_choose(CHOICE_SLAB_SHRINK, 2))
			leaves = shrink_slab(c, slab);
	} else {
		put_in_quarantine(c, slab, i);
	}
	hb_release(order_of(slab, i));
	slab_unlock(&c->lock);
	if (leaves)
		call_rcu_at(&slab->rcu, slab_leaves, site);
}

/* ---- the lifetime oracle ---- */

const struct slab_field *slab_field_at(const struct kmem_cache *c, unsigned offset)
{
	for (const struct slab_field *f = c->fields; f && f->name; f++)
		if (offset >= f->offset && offset < f->offset + f->size)
			return f;
	return NULL;
}

/* Type stability: a freed object may be touched in its stable fields, in a read section that began before the free. */
static bool stable_access(const struct kmem_cache *c, const struct slab *slab, unsigned i, const void *addr)
{
	const struct slab_field *f = slab_field_at(c, (unsigned)((const char *)addr - object_at(c, slab, i)));
	const struct task *t = current;

	return c->flags & SLAB_TYPESAFE_BY_RCU && f && f->stable && t && t->rcu_nest &&
	       t->rcu_since <= peek(slab->freed_at[i]);
}

/* Checks of a quiescent machine are nobody's. */
static const char *who(void)
{
	return current ? current->name : "a check";
}

static noinline void report_use_after_free(const struct kmem_cache *c, const struct slab *slab, unsigned i,
					   const void *addr, const struct site *site)
{
	const struct task *t = current;
	char name[NAME_LEN], key[128];
	const struct slab_field *f = slab_field_at(c, (unsigned)((const char *)addr - object_at(c, slab, i)));

	snprintf(key, sizeof(key), "use-after-free:%s:%s", c->name, site->func);
	violation_at(ORACLE_LIFETIME, key, site, "%s is touched by %s after it was freed%s", obj_name(addr, name), who(),
		     !(c->flags & SLAB_TYPESAFE_BY_RCU) ? "" :
		     !t || !t->rcu_nest ? ", outside any RCU read section" :
		     !f || !f->stable ? ", in a field that is not stable" :
		     ", in a read section that began after the free");
}

static noinline void report_page_gone(const void *addr, const struct site *site)
{
	char key[96];

	snprintf(key, sizeof(key), "use-after-free:slab-page:%s", site->func);
	violation_at(ORACLE_LIFETIME, key, site, "%s touches %#lx in a slab page that was given back", who(),
		     (unsigned long)addr);
}

/* Of what is in no object nothing is known: the slab's own head has the rcu_head of call_rcu(). */
static bool may_touch(const struct kmem_cache *c, const struct slab *slab, const void *addr, bool must_live)
{
	unsigned i = index_of(c, slab, addr);

	return i >= c->per_slab || peek(slab->state[i]) == OBJECT_LIVE || (!must_live && stable_access(c, slab, i, addr));
}

static void check(const void *addr, bool must_live, const struct site *site)
{
	struct slab *slab = chunk_of(addr);
	struct kmem_cache *c;

	if (!slab)
		return;
	c = cache_of(slab);
	if (unlikely(!c))
		report_page_gone(addr, site);
	else if (!may_touch(c, slab, addr, must_live))
		report_use_after_free(c, slab, index_of(c, slab, addr), addr, site);
}

bool slab_may_touch(const void *addr)
{
	const struct slab *slab = chunk_of(addr);
	const struct kmem_cache *c = slab ? cache_of(slab) : NULL;

	return !slab || (c && may_touch(c, slab, addr, false));
}

void slab_check_at(const void *addr, const struct site *site)
{
	check(addr, false, site);
}

void slab_check_live_at(const void *obj, const struct site *site)
{
	exec_touch_part(obj, TOUCH_LIFE, TOUCH_READ);
	check(obj, true, site);
}

/* ---- looking ---- */

u32 slab_serial(const void *addr)
{
	struct kmem_cache *c;
	unsigned i;
	struct slab *slab = find_object(addr, &c, &i);

	return slab ? peek(slab->serial[i]) : 0;
}

bool slab_recycled(const void *addr)
{
	struct kmem_cache *c;
	unsigned i;
	struct slab *slab = find_object(addr, &c, &i);

	return slab && slab->recycled[i];
}

enum object_state slab_state_of(const void *addr)
{
	struct kmem_cache *c;
	unsigned i;
	struct slab *slab = find_object(addr, &c, &i);

	return slab ? peek(slab->state[i]) : OBJECT_FREE;
}

bool slab_holds(const struct kmem_cache *c, const void *addr)
{
	struct kmem_cache *of;
	unsigned i;
	struct slab *slab = find_object(addr, &of, &i);

	return slab && of == c && object_at(of, slab, i) == addr && peek(slab->state[i]) == OBJECT_LIVE;
}

const void *slab_object(const void *addr, const struct kmem_cache **cache)
{
	struct kmem_cache *c;
	unsigned i;
	struct slab *slab = find_object(addr, &c, &i);

	*cache = slab ? c : NULL;
	return slab ? object_at(c, slab, i) : NULL;
}

void slab_for_each_live(struct kmem_cache *c, void (*fn)(void *obj, void *arg), void *arg)
{
	struct slab *slab, *next;

	list_for_each_entry_safe(slab, next, &c->slabs, list)
		for (unsigned i = 0; i < slab->nr; i++)
			if (slab->state[i] == OBJECT_LIVE)
				fn(object_at(c, slab, i), arg);
}
