/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Object caches, with the lifetime oracle built in.
 *
 * A plain cache poisons what is freed, keeps it in quarantine, constructs each allocation anew, and says so when the poison
 * was written to. A SLAB_TYPESAFE_BY_RCU cache hands objects out again at once (the last one freed first, unless the policy
 * wants a fresh one), runs the constructor only when a slab is created, and gives a slab back only after a grace period.
 * Every object has a serial number that changes with each allocation: the identity that reuse hides.
 *
 * Concurrency: any task; each cache has its own inner lock, which is no point and nests inside everything.
 */
#ifndef LOCKS_SLAB_H
#define LOCKS_SLAB_H

#include "exec.h"
#include "list.h"
#include "rcu.h"

#define GFP_KERNEL 1u			/* may sleep and reclaim */
#define GFP_ATOMIC 2u
#define GFP_NOWAIT 4u
#define __GFP_NOWARN 0u

#define SLAB_TYPESAFE_BY_RCU 1u

#define CHUNK_SIZE 1024u		/* small slabs, so that whole ones become empty soon */
#define SLAB_OBJECTS 16u

/* A field by which an object is named in reports. */
struct slab_field {
	const char *name;
	u16 offset, size;
	bool stable;			/* may be touched in a freed type-stable object, inside an old enough read section */
};

#define SLAB_FIELD_(type, name, member, stable) { name, offsetof(type, member), sizeof(((type *)0)->member), stable }
#define SLAB_FIELD(type, member, stable) SLAB_FIELD_(type, #member, member, stable)
#define SLAB_FIELDS_END { NULL, 0, 0, false }

enum object_state { OBJECT_FREE, OBJECT_LIVE, OBJECT_QUARANTINE };

struct kmem_cache;

/* Head of a chunk that holds objects. */
struct slab {
	struct kmem_cache *cache;	/* NULL: the chunk belongs to nobody */
	struct list_head list;		/* [cache->lock] all slabs of the cache */
	struct rcu_head rcu;
	u16 nr, nr_free;		/* [cache->lock] */
	u8 leaving;			/* [cache->lock] empty, waits for its grace period */
	u8 recycled[SLAB_OBJECTS];	/* [cache->lock] was it another object before? */
	u8 state[SLAB_OBJECTS];		/* [cache->lock; read without by the oracle] enum object_state */
	u32 serial[SLAB_OBJECTS];	/* [cache->lock] */
	u64 freed_at[SLAB_OBJECTS];	/* [cache->lock] step of the last free (real threads: its number); 0: never */
};

struct kmem_cache {
	const char *name;		/* [const] */
	const struct slab_field *fields;	/* [const] ends with a NULL name */
	void (*ctor)(void *obj);	/* [const] */
	u32 lock;			/* inner lock, real threads only */
	u32 size;			/* [const] */
	u32 size_inverse;		/* [const] 2^24 / size, rounded up: exact for what is divided, which is less than CHUNK_SIZE */
	u16 per_slab;			/* [const] */
	u16 flags;			/* [const] */
	u32 live, max_live;		/* [lock] */
	u32 serial;			/* [lock] last one handed out */
	u32 nr_quarantine;		/* [lock] */
	u64 frees;			/* [lock] counted under real threads only */
	void *last_freed;		/* [lock] a type-stable object, or NULL */
	void *quarantine[8];		/* [lock] oldest first */
	struct list_head slabs;		/* [lock] those with free objects first */
	struct list_head caches;	/* [const after init] all caches */
};

struct slab_state {
	u64 top;			/* [const after init] chunks grow down from here, machine_alloc() grows up */
	u32 used;			/* [lock] chunks handed out so far */
	u32 free_chunk;			/* [lock] list of returned ones, + 1 */
	u32 lock;			/* inner lock, real threads only */
	u32 reclaim_class;		/* [const after init] pseudo class FS_RECLAIM, 0: none */
	struct list_head caches;	/* [const after init] */
};

void slab_init(unsigned reclaim_class);

/* Set-up only. per_slab 0: as many as fit. Dies when the size does not fit a chunk. */
struct kmem_cache *kmem_cache_create(const char *name, size_t size, unsigned flags, unsigned per_slab,
				     void (*ctor)(void *), const struct slab_field *fields);

/*
 * Returns NULL when memory is out or an injected failure is due. GFP_KERNEL may sleep and may reclaim. Contents: as the
 * constructor left them, or the previous owner (type-stable); without a constructor poison at first.
 */
void *kmem_cache_alloc_at(struct kmem_cache *c, gfp_t gfp, const struct site *site);
void kmem_cache_free_at(struct kmem_cache *c, void *obj, const struct site *site);
#define kmem_cache_alloc(c, gfp) kmem_cache_alloc_at(c, gfp, HERE)
#define kmem_cache_free(c, obj) kmem_cache_free_at(c, obj, HERE)

/* What every allocation of the model passes through, pages included: false when an injected failure is due. May reclaim. */
bool alloc_allowed(gfp_t gfp, const struct site *site);

/* May the current task touch this address now? Says nothing itself. */
bool slab_may_touch(const void *addr);
/* The oracle: may the current task touch this address now? Reports if not. Anything outside the slabs is fine. */
void slab_check_at(const void *addr, const struct site *site);
#define check_live_(ptr, p) ({ __typeof__(ptr) p = (ptr); slab_check_live_at(p, HERE); p; })
#define check_live(ptr) check_live_(ptr, UNIQUE(p_))

/* Stricter: the object must be live, whatever the read section. */
void slab_check_live_at(const void *obj, const struct site *site);

/* Serial number of the object at addr, 0 outside the slabs. */
u32 slab_serial(const void *addr);
/* Has this memory been another object of its cache before? */
bool slab_recycled(const void *addr);
/* Its state; OBJECT_FREE outside the slabs. */
enum object_state slab_state_of(const void *addr);

/* Does a live object of this cache begin at addr? */
bool slab_holds(const struct kmem_cache *c, const void *addr);

/* The object of which addr is a part, and its cache; NULL, and no cache, outside the slabs. */
const void *slab_object(const void *addr, const struct kmem_cache **cache);

/* The field of its objects in which this offset lies, or NULL. */
const struct slab_field *slab_field_at(const struct kmem_cache *c, unsigned offset);

/* Call fn for every live object. Quiescent only. */
void slab_for_each_live(struct kmem_cache *c, void (*fn)(void *obj, void *arg), void *arg);

/* "cache#serial.field", or NULL when addr is in no slab. */
const char *slab_name(const void *addr, char buf[]);

#endif
