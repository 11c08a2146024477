/* SPDX-License-Identifier: GPL-2.0-only */
/* What operations touch: see dependence.h. */
#include "verify/dependence.h"

#include <string.h>

#include "lock.h"

enum how {
	NOTHING,
	READS,
	COMMUTES,
	WRITES,
	CHANGES,			/* writes if the value changed; else it might as well have read it */
	GETS,				/* writes if it gets the lock; a trylock that fails has only looked */
	QUEUES,				/* writes (itself into the queue) if it does not get the lock; else it has looked */
	COUNTS,				/* commutes if it gets the lock: one reader more */
};

struct touch_rule {
	enum place place;
	enum how how;
};

/*
 * The table. PLACE_WORD to PLACE_READERS are those of the operation's object; for a bit lock the owner is the bit. What needs
 * more than one look is done by hand below: SLAB_*, read sections, GP_END. What the hardware does, it tells: USER_*, TLB_FLUSH.
 *
 * rwsem: arrivals of readers that are let in, and their releases, change nothing but the number of readers; who has to queue
 * changes the order of the queue, readers too. Whether a reader is let in never depends on how many there are.
 */
static const struct touch_rule table[OP_NR][3] = {
	[OP_LOAD] = { { PLACE_WORD, READS } },
	[OP_STORE] = { { PLACE_WORD, CHANGES } },
	[OP_RMW] = { { PLACE_WORD, CHANGES } },
	[OP_LOCK] = { { PLACE_OWNER, WRITES } },
	[OP_TRYLOCK] = { { PLACE_OWNER, GETS } },
	[OP_UNLOCK] = { { PLACE_OWNER, WRITES } },
	[OP_IS_LOCKED] = { { PLACE_OWNER, READS }, { PLACE_READERS, READS } },
	[OP_DOWN_READ] = { { PLACE_OWNER, QUEUES }, { PLACE_READERS, COUNTS } },
	[OP_DOWN_READ_WAIT] = { { PLACE_OWNER, COMMUTES }, { PLACE_READERS, COMMUTES } },
	[OP_DOWN_READ_TRYLOCK] = { { PLACE_OWNER, READS }, { PLACE_READERS, COUNTS } },
	[OP_UP_READ] = { { PLACE_READERS, COMMUTES } },
	[OP_DOWN_WRITE] = { { PLACE_OWNER, WRITES }, { PLACE_READERS, READS } },
	[OP_DOWN_WRITE_WAIT] = { { PLACE_OWNER, WRITES }, { PLACE_READERS, READS } },
	[OP_DOWN_WRITE_TRYLOCK] = { { PLACE_OWNER, GETS }, { PLACE_READERS, READS } },
	[OP_UP_WRITE] = { { PLACE_OWNER, WRITES } },
	[OP_DOWNGRADE_WRITE] = { { PLACE_OWNER, WRITES }, { PLACE_READERS, COMMUTES } },
	[OP_GP_BEGIN] = { { PLACE_ENTERED, READS }, { PLACE_LEFT, READS } },
	[OP_CALL_RCU] = { { PLACE_ENTERED, READS }, { PLACE_LEFT, READS }, { PLACE_CALLBACKS, WRITES } },
	/* The execution ends with its last task, whether or not a callback is ready: that one is then run later. */
	[OP_RCU_CALLBACK] = { { PLACE_LEFT, READS }, { PLACE_CALLBACKS, WRITES }, { PLACE_END, READS } },
	[OP_RCU_BARRIER] = { { PLACE_CALLBACKS, READS } },
	[OP_WAIT] = { { PLACE_WORD, READS } },
	[OP_TLB_FLUSH] = { { PLACE_WORD, READS } },	/* are interrupts off there? */
	/* Readers that come and go are nothing to each other. */
	[OP_SRCU_READ_LOCK] = { { PLACE_WORD, COMMUTES } },
	[OP_SRCU_READ_UNLOCK] = { { PLACE_WORD, COMMUTES } },
	[OP_SRCU_GP_BEGIN] = { { PLACE_WORD, READS } },
	[OP_SRCU_GP_END] = { { PLACE_WORD, READS } },
};

/* ---- objects of the slab ---- */

static struct slab *slab_at(const void *addr)
{
	const struct slab_state *s = &machine->slab;

	if (s->top - (u64)addr - 1 >= (u64)s->used * CHUNK_SIZE)
		return NULL;
	return (struct slab *)((u64)addr & ~(u64)(CHUNK_SIZE - 1));
}

#define WHOLE_CHUNK 63u			/* index beyond all objects: the head, or the chunk when nobody has it */

static unsigned object_index(const struct slab *slab, const void *addr)
{
	u64 off = (u64)addr - (u64)slab;
	unsigned i;

	if (!slab->cache || off < sizeof(*slab))
		return WHOLE_CHUNK;
	i = (unsigned)(off - sizeof(*slab)) / slab->cache->size;
	return i < slab->cache->per_slab ? i : WHOLE_CHUNK;
}

u64 object_place(const void *addr)
{
	const struct slab *slab = slab_at(addr);

	return slab ? (u64)slab | object_index(slab, addr) : 0;
}

const struct kmem_cache *object_of(const void *addr, char **start)
{
	struct slab *slab = slab_at(addr);
	unsigned i = slab ? object_index(slab, addr) : WHOLE_CHUNK;

	if (i == WHOLE_CHUNK)
		return NULL;
	*start = (char *)slab + sizeof(*slab) + (size_t)i * slab->cache->size;
	return slab->cache;
}

/* The object that the cache handed out last. */
static u64 newest_object(const struct kmem_cache *c)
{
	const struct slab *slab;

	list_for_each_entry(slab, &c->slabs, list)
		for (unsigned i = 0; i < slab->nr; i++)
			if (slab->serial[i] == c->serial && slab->state[i] == OBJECT_LIVE)
				return (u64)slab | i;
	return 0;
}

/* Everything in a chunk that was handed out or given back. */
static void touch_chunk(struct footprint *f, u32 n)
{
	u64 chunk = machine->slab.top - (n + 1ul) * CHUNK_SIZE;

	for (unsigned i = 0; i < SLAB_OBJECTS; i++)
		footprint_add(f, PLACE_OBJECT, chunk | i, MODE_WRITE);
	footprint_add(f, PLACE_OBJECT, chunk | WHOLE_CHUNK, MODE_WRITE);
}

static void touch_chunks(const struct seen *s, struct footprint *f)
{
	const struct slab_state *now = &machine->slab;

	if (now->used == s->chunks && now->free_chunk == s->free_chunk)
		return;
	footprint_add(f, PLACE_CHUNKS, 0, MODE_WRITE);
	if (now->used != s->chunks)
		touch_chunk(f, s->chunks);
	if (s->free_chunk)
		touch_chunk(f, s->free_chunk - 1);
	if (now->free_chunk)
		touch_chunk(f, now->free_chunk - 1);
}

static void touch_allocated(const struct seen *s, bool known, struct footprint *f)
{
	footprint_add(f, PLACE_WORD, (u64)s->cache, MODE_WRITE);
	footprint_add(f, PLACE_FREES, 0, MODE_COMMUTE);
	if (!known || s->cache->serial == s->serial)
		footprint_add(f, PLACE_CHUNKS, 0, MODE_READ);	/* none was left */
	else
		footprint_add(f, PLACE_OBJECT, newest_object(s->cache), MODE_WRITE);
}

static void touch_freed(const struct seen *s, struct footprint *f)
{
	footprint_add(f, PLACE_OBJECT, object_place(s->op.obj), MODE_WRITE);
	footprint_add(f, PLACE_FREES, 0, MODE_COMMUTE);
	if (!s->cache)
		return;
	footprint_add(f, PLACE_WORD, (u64)s->cache, MODE_WRITE);
	/* Whether a read section began before the free decides about what its task may touch. */
	if (s->cache->flags & SLAB_TYPESAFE_BY_RCU)
		footprint_add(f, PLACE_ENTERED, 0, MODE_READ);
}

/* ---- read sections ---- */

static u64 section(unsigned task, u32 n)
{
	return task | (u64)n << 8;
}

void sections_begin(struct sections *c)
{
	memset(c->entered, 0, sizeof(c->entered));
}

void sections_step(struct sections *c, const struct task *t)
{
	if (t->op.kind == OP_RCU_READ_LOCK && !t->rcu_nest)
		c->entered[t->id]++;
	else if (t->op.kind == OP_GP_BEGIN)
		memcpy(c->waited[t->id], c->entered, sizeof(c->entered));
}

/* Only the ends of the sections that the grace period found matter to it. */
static void touch_waited(const struct seen *s, const struct sections *c, struct footprint *f)
{
	for (u64 r = s->waits; r; r &= r - 1) {
		unsigned reader = (unsigned)__builtin_ctzl(r);

		footprint_add(f, PLACE_SECTION, section(reader, c->waited[s->task][reader]), MODE_READ);
	}
}

static void touch_section(const struct seen *s, const struct sections *c, struct footprint *f)
{
	if (!s->outermost)
		return;
	if (s->op.kind == OP_RCU_READ_LOCK) {
		footprint_add(f, PLACE_ENTERED, 0, MODE_COMMUTE);
		return;
	}
	footprint_add(f, PLACE_LEFT, 0, MODE_COMMUTE);
	footprint_add(f, PLACE_SECTION, section(s->task, c->entered[s->task]), MODE_WRITE);
}

/* ---- before ---- */

static bool is_lock_operation(const struct op *op)
{
	return op->kind >= OP_LOCK && op->kind <= OP_DOWNGRADE_WRITE;
}

static u64 word_at(const void *obj)
{
	u64 word = 0;

	memcpy(&word, obj, (u64)obj % sizeof(word) ? sizeof(u32) : sizeof(word));
	return word;
}

static void see_lock(struct seen *s, const struct task *t)
{
	const struct lock *l = s->op.obj;

	if (s->op.arg) {
		s->had = s->was_free = !(s->word >> (s->op.arg - 1) & 1);
	} else if (l->magic == LOCK_MAGIC) {
		s->had = lock_enabled(l, s->op.kind, t);
		s->was_free = !l->owner;
	}
}

void dependence_before(struct seen *s, const struct task *t)
{
	*s = (struct seen){ .op = t->op, .task = t->id, .daemon = t->daemon, .was_free = true };
	s->in_arena = (u64)t->op.obj - ARENA_BASE < machine->arena_size - sizeof(struct lock);
	s->chunks = machine->slab.used;
	s->free_chunk = machine->slab.free_chunk;
	if (s->in_arena && !((u64)t->op.obj % sizeof(u32)))
		s->word = word_at(t->op.obj);
	if (is_lock_operation(&t->op))
		see_lock(s, t);
	else if (t->op.kind == OP_RCU_READ_LOCK)
		s->outermost = !t->rcu_nest;
	else if (t->op.kind == OP_RCU_READ_UNLOCK)
		s->outermost = t->rcu_nest == 1;
	else if (t->op.kind == OP_GP_BEGIN)
		s->outermost = t->rcu_nest;
	else if (t->op.kind == OP_GP_END)
		s->waits = (u64)t->cond_arg;
	else if (t->op.kind == OP_SLAB_ALLOC)
		s->cache = t->op.obj;
	else if (t->op.kind == OP_SLAB_FREE)
		s->cache = object_of(t->op.obj, &(char *){ NULL });
	if (s->cache)
		s->serial = s->cache->serial;
}

/* ---- after ---- */

static enum mode mode_of(enum how how, const struct seen *s, bool known)
{
	switch (how) {
	case READS:
		return MODE_READ;
	case COMMUTES:
	case COUNTS:
		return MODE_COMMUTE;
	case CHANGES:
		return known && s->in_arena && s->word == word_at(s->op.obj) ? MODE_READ : MODE_WRITE;
	case GETS:
		return s->had ? MODE_WRITE : MODE_READ;
	case QUEUES:
		return s->had ? MODE_READ : MODE_WRITE;
	default:
		return MODE_WRITE;
	}
}

/* A bit lock: for who looks at the word as a whole it has changed; locks of other bits do not care. */
static void touch_bit(const struct seen *s, enum mode mode, struct footprint *f)
{
	footprint_add(f, PLACE_BIT, place_bit(s->op.obj, s->op.arg), mode);
	footprint_add(f, PLACE_WORD, (u64)s->op.obj, mode == MODE_WRITE ? MODE_COMMUTE : MODE_READ);
}

static void touch_by_table(const struct seen *s, bool known, struct footprint *f)
{
	for (unsigned i = 0; i < ARRAY_SIZE(table[0]) && table[s->op.kind][i].how; i++) {
		const struct touch_rule *r = &table[s->op.kind][i];
		enum mode mode = mode_of(r->how, s, known);

		if (r->how == COUNTS && !s->had)
			continue;
		if (r->place == PLACE_OWNER && s->op.arg)
			touch_bit(s, mode, f);
		else
			footprint_add(f, r->place, r->place <= PLACE_READERS ? (u64)s->op.obj : 0, mode);
	}
}

static void touch_operation(const struct seen *s, const struct sections *c, bool known, struct footprint *f)
{
	switch (s->op.kind) {
	case OP_SLAB_ALLOC:
		touch_allocated(s, known, f);
		break;
	case OP_SLAB_FREE:
		touch_freed(s, f);
		break;
	case OP_RCU_READ_LOCK:
	case OP_RCU_READ_UNLOCK:
		touch_section(s, c, f);
		break;
	case OP_GP_END:
		touch_waited(s, c, f);
		break;
	case OP_GP_BEGIN:
		/* A reader who waits for readers (a finding where RCU is watched): to others it has left and entered anew. */
		if (s->outermost) {
			footprint_add(f, PLACE_SECTION, section(s->task, c->entered[s->task]), MODE_WRITE);
			footprint_add(f, PLACE_ENTERED, 0, MODE_COMMUTE);
			footprint_add(f, PLACE_LEFT, 0, MODE_COMMUTE);
		}
		touch_by_table(s, known, f);
		break;
	default:
		touch_by_table(s, known, f);
		if (s->in_arena && object_place(s->op.obj))
			footprint_add(f, PLACE_OBJECT, object_place(s->op.obj), MODE_READ);
	}
}

/* What can be told from where the task is now. */
static void touch_at_end(const struct seen *s, bool known, struct footprint *f)
{
	const struct task *t = &machine->task[s->task];

	if (t->state == TASK_DONE) {
		footprint_add(f, PLACE_END, 0, MODE_COMMUTE);
		return;
	}
	if (!known)
		return;
	/* A barrier notes which callbacks it waits for before its point. */
	if (t->op.kind == OP_RCU_BARRIER)
		footprint_add(f, PLACE_CALLBACKS, 0, MODE_READ);
	/* A callback has ended. */
	if (s->daemon && t->op.kind == OP_RCU_CALLBACK)
		footprint_add(f, PLACE_CALLBACKS, 0, MODE_WRITE);
}

/* A counter whose value nobody saw: see TOUCH_ADD. */
static bool only_counted(const struct seen *s, const struct footprint *told)
{
	return s->op.kind == OP_RMW && footprint_has(told, PLACE_WORD, (u64)s->op.obj, MODE_COMMUTE);
}

void dependence_after(const struct seen *s, const struct sections *c, const struct footprint *told, bool known,
		      struct footprint *f)
{
	*f = *told;
	if (!only_counted(s, told))
		touch_operation(s, c, known, f);
	if (known)
		touch_chunks(s, f);
	touch_at_end(s, known, f);
}

static bool is_lock(const void *obj)
{
	return (u64)obj - ARENA_BASE < machine->arena_size - sizeof(struct lock) && !((u64)obj % _Alignof(struct lock)) &&
	       ((const struct lock *)obj)->magic == LOCK_MAGIC;
}

void dependence_told(struct footprint *told, const void *obj, unsigned part, enum touch how)
{
	u64 object = object_place(obj);

	if (object)
		footprint_add(told, PLACE_OBJECT, object, MODE_READ);
	if (part && part != TOUCH_LIFE)
		footprint_add(told, PLACE_PART, place_part(obj, part), (enum mode)how);
	else if (!part)
		footprint_add(told, is_lock(obj) ? PLACE_OWNER : PLACE_WORD, (u64)obj, (enum mode)how);
}

void dependence_pending(const struct task *t, const struct sections *c, struct footprint *f)
{
	struct seen s;

	dependence_before(&s, t);
	footprint_clear(f);
	touch_operation(&s, c, false, f);
}
