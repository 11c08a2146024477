/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lock validator: what each task holds, and the test that nearly every acquisition passes. See lockdep.h.
 *
 * Shared ideas with Linux's lockdep; but classes are named by a table, and what is known to be right is a matrix of bits and no
 * hash of whole chains: there is nothing to overflow. The matrix belongs to the machine and not to a task: once all pairs are in
 * it nobody writes to it, and every processor has its own copy in its cache.
 */
#include "lockdep_internal.h"

void lockdep_init(const struct lock_class *classes, unsigned nr)
{
	struct lockdep *ld = &machine->lockdep;

	if (nr > MAX_CLASSES)
		die("%u lock classes, at most %d", nr, MAX_CLASSES);
	ld->classes = classes;
	ld->nr_classes = nr;
	for (unsigned c = 1; c < nr; c++) {
		ld->atomic |= classes[c].wait < WAIT_SLEEP ? BIT(c) : 0;
		ld->recursive |= classes[c].same == SAME_RECURSIVE ? BIT(c) : 0;
	}
	for (unsigned c = 1; c < nr; c++)
		ld->in_vain[c] = classes[c].wait == WAIT_SLEEP ? ld->atomic : 0;
}

/* ---- runs of one class ---- */

/*
 * mm_take_all_locks() takes thousands of locks of one class under one that they nest under. They are one entry with a count (Linux:
 * held_lock.references); who asks about one of them is answered by the lock, which knows its owner.
 */

/* A lock with an owner that goes by the class of its own, not by a subclass. */
static const struct lock *may_run(const void *lock, unsigned class)
{
	const struct lock *l = lock;

	/* lock_at(), of whom thousands are asked one after the other. */
	if (unlikely((u64)l - ARENA_BASE >= machine->arena_size || (u64)l % _Alignof(struct lock)))
		return NULL;
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): NULL is outside the arena */
	return l->magic == LOCK_MAGIC && l->class == class ? l : NULL;
}

static bool is_mine(const void *lock, unsigned class)
{
	const struct lock *l = may_run(lock, class);

	return l && __atomic_load_n(&l->owner, __ATOMIC_RELAXED) == current;
}

bool lockdep_is(const struct held_lock *h, const void *lock)
{
	return h->lock == lock || (h->run && is_mine(lock, h->class));
}

/* The innermost entry, if one more lock of its class goes with it: then it is not waited for against any order. */
static inline struct held_lock *run_of(struct task *t, unsigned class, unsigned mode)
{
	const struct lock_class *c = class_row(class);
	struct held_lock *h = t->held + t->depth - 1;

	if (mode != LOCK_WRITE || c->same != SAME_NEST || !(t->heldmask[LOCK_WRITE] & BIT(c->nest)) ||
	    t->heldmask[LOCK_READ] & BIT(class) || h->class != class || h->pins || h->refs == (u16)~0 ||
	    !(h->run || may_run(h->lock, class)))
		return NULL;
	return h;
}

/* ---- acquire ---- */

static noinline void acquire_slow(const struct acquiring *a)
{
	const struct lockdep *ld = &machine->lockdep;
	struct task *t = current;

	t->told = (u8)lockdep_wrong_wait(t, a->class);
	if (!a->trylock)
		lockdep_check_wait(a);
	for (unsigned i = 0; i < t->depth; i++) {
		const struct held_lock *h = &t->held[i];
		u64 known = a->trylock ? ld->under_try[a->class] : ld->under_kind[dep_kind(h->mode, a->mode)][a->class];

		if (h->class == a->class) {
			if (!a->trylock)
				lockdep_check_same_class(a, h);
		} else if (!(known & BIT(h->class)) || t->lock_context) {
			lockdep_new_edge(a, h);
		}
	}
}

#define TRIES 4u

static inline u64 known_good(const u64 *row, unsigned class)
{
	return __atomic_load_n(&row[class], __ATOMIC_RELAXED);
}

/*
 * The classes held that have something to say about this acquisition. The class itself is in no row: who holds one of it already is
 * always looked at.
 */
static inline u64 objections(const struct task *t, unsigned class, enum lock_mode mode)
{
	const struct lockdep *ld = &machine->lockdep;
	const u64 (*row)[MAX_CLASSES] = &ld->under_kind[mode == LOCK_READ_RECURSIVE ? 0 : DEP_WAITS];
	u64 reads = t->heldmask[LOCK_READ], writes = t->heldmask[LOCK_WRITE];

	return (reads & ~known_good(row[0], class)) | (writes & ~known_good(row[DEP_EXCLUSIVE], class)) |
	       ((reads | writes) & ld->in_vain[class]);
}

static inline u64 untried(const struct task *t, unsigned class)
{
	return classes_held(t) & ~known_good(machine->lockdep.under_try, class);
}

/* Out of the way of who need not come here: few arguments, and nothing of it inline. Runs first, since they are long. */
static noinline void acquire_looking(const void *lock, unsigned class, unsigned how, const struct site *site)
{
	const struct lockdep *ld = &machine->lockdep;
	struct task *t = current;
	u64 slow = how & TRIES ? untried(t, class) & ~BIT(class) : objections(t, class, how);
	const struct lock *l;
	struct acquiring a;

	slow &= ~(ld->recursive & BIT(class));
	if (!slow && !t->lock_context)
		return;
	if (slow == BIT(class) && run_of(t, class, how)) {
		l = may_run(lock, class);
		if (l && __atomic_load_n(&l->owner, __ATOMIC_RELAXED) != t)
			return;
	}
	a = (struct acquiring){ lock, site, (u8)class, (u8)(how & ~TRIES), how & TRIES };
	acquire_slow(&a);
}

void lockdep_wait(const void *lock, unsigned class, enum lock_mode mode, const struct site *site)
{
	const struct task *t = current;

	if (class && unlikely(objections(t, class, mode) || t->lock_context))
		acquire_looking(lock, class, mode, site);
}

void lockdep_tried(const void *lock, unsigned class, enum lock_mode mode, const struct site *site)
{
	const struct task *t = current;

	if (class && unlikely(untried(t, class) || t->lock_context))
		acquire_looking(lock, class, mode | TRIES, site);
}

static noinline bool run_grows(struct task *t, const void *lock, unsigned class, enum lock_mode mode)
{
	struct held_lock *h = run_of(t, class, mode);

	if (!h || !is_mine(lock, class))
		return false;
	h->run = 1;
	h->refs++;
	h->lock = lock;
	return true;
}

#define HELD_ONE (1ul << 32)		/* refs == 1 in held_lock.word */
BUILD_BUG_ON(offsetof(struct held_lock, refs) != offsetof(struct held_lock, word) + 4);

/* There is room for it. */
static inline void hold(struct task *t, const void *lock, unsigned class, unsigned mode, bool trylock, const struct site *site)
{
	struct held_lock *h = &t->held[t->depth];
	u64 of_mode = t->heldmask[mode];

	h->lock = lock;
	h->site = site;
	/* In one store: when it is read again soon, and as a whole, the parts would still be on their way. */
	h->word = HELD_ONE | class | mode << 8 | (unsigned)trylock << 16 | (~of_mode >> class & 1) << 24;
	h->since = t->steps;
	t->depth++;
	t->heldmask[mode] = of_mode | BIT(class);
}

static noinline void hold_another(const void *lock, unsigned class, enum lock_mode mode, bool trylock, const struct site *site)
{
	struct task *t = current;

	if (t->heldmask[LOCK_WRITE] & BIT(class) && run_grows(t, lock, class, mode))
		return;
	if (t->depth == MAX_HELD)
		die("%s holds more than %d locks", t->name, MAX_HELD);
	hold(t, lock, class, mode == LOCK_WRITE, trylock, site);
}

void lockdep_acquired(const void *lock, unsigned class, enum lock_mode mode, bool trylock, const struct site *site)
{
	struct task *t = current;

	BUILD_BUG_ON(LOCK_WRITE != 1);
	if (!class)
		return;
	if (unlikely(t->heldmask[LOCK_WRITE] & BIT(class) || t->depth == MAX_HELD))
		hold_another(lock, class, mode, trylock, site);
	else
		hold(t, lock, class, mode == LOCK_WRITE, trylock, site);
}

/* ---- release ---- */

/* What is held is held in another way now. */
static void recount(struct task *t)
{
	t->heldmask[LOCK_READ] = t->heldmask[LOCK_WRITE] = 0;
	for (unsigned i = 0; i < t->depth; i++) {
		struct held_lock *h = &t->held[i];

		h->fresh = !(t->heldmask[h->mode] & BIT(h->class));
		t->heldmask[h->mode] |= BIT(h->class);
	}
}

/* Mostly the last one, and then nothing is to be counted. */
static void forget(struct task *t, struct held_lock *h)
{
	if (h == &t->held[--t->depth]) {
		t->heldmask[h->mode] &= ~((u64)h->fresh << h->class);
		return;
	}
	for (; h < &t->held[t->depth]; h++)
		h[0] = h[1];
	recount(t);
}

/* Of this class, or, if that is 0, of any: two bits of one word are two locks, which their class tells apart. */
static struct held_lock *find_class(const void *lock, unsigned class)
{
	struct task *t = current;

	for (unsigned i = t->depth; i-- > 0;)
		if (t->held[i].lock == lock && (!class || t->held[i].class == class))
			return &t->held[i];
	for (unsigned i = t->depth; i-- > 0;)
		if (t->held[i].run && (!class || t->held[i].class == class) && is_mine(lock, t->held[i].class))
			return &t->held[i];
	return NULL;
}

static struct held_lock *find(const void *lock)
{
	return find_class(lock, 0);
}

/* The lock is h, or one of it. */
static void leave(struct task *t, struct held_lock *h, const void *lock)
{
	if (!--h->refs)
		forget(t, h);
	else if (h->lock == lock)
		h->lock = NULL;
}

/* One of a run, with an entry of its own from now on. */
static struct held_lock *set_apart(struct task *t, struct held_lock *h, const void *lock)
{
	struct held_lock *own = &t->held[t->depth];

	if (!h->run)
		return h;
	if (t->depth == MAX_HELD)
		die("%s holds more than %d locks", t->name, MAX_HELD);
	*own = *h;
	own->run = own->fresh = 0;
	own->refs = 1;
	own->lock = lock;
	t->depth++;
	leave(t, h, lock);
	return &t->held[t->depth - 1];
}

const struct held_lock *lockdep_find(const void *lock)
{
	return find(lock);
}

const struct held_lock *lockdep_find_of(const void *lock, u64 classes)
{
	const struct held_lock *h = NULL;

	for (unsigned class = 0; !h && classes >> class; class++)
		if (classes >> class & 1)
			h = find_class(lock, class);
	return h;
}

static const struct task *holder_of(const void *lock, unsigned class)
{
	const struct lock *l = may_run(lock, class);

	if (l && l->owner)
		return l->owner;
	for (unsigned i = 0; i < machine->nr_tasks; i++)
		for (unsigned j = 0; j < machine->task[i].depth; j++)
			if (machine->task[i].held[j].lock == lock && machine->task[i].held[j].class == class)
				return &machine->task[i];
	return NULL;
}

static noinline void report_not_held(const void *lock, unsigned class, const struct site *site)
{
	const struct task *owner = holder_of(lock, class);
	struct lockdep_incident inc = { 0 };
	char name[NAME_LEN];

	snprintf(inc.key, sizeof(inc.key), "release-not-held:%s", lock_class_name(class));
	lockdep_tell(&inc, site, "%s releases %s %s, which it does not hold; held by %s", current->name,
		     lock_class_name(class), obj_name(lock, name), owner ? owner->name : "nobody");
}

static noinline void report_pinned(const void *lock, const struct held_lock *h, const struct site *site)
{
	struct lockdep_incident inc = { .held = *h, .held_counts = true };
	char name[NAME_LEN];

	snprintf(inc.key, sizeof(inc.key), "pinned:%s", lock_class_name(h->class));
	lockdep_tell(&inc, site, "%s releases %s %s (%s:%d), which a caller has pinned", current->name,
		     lock_class_name(h->class), obj_name(lock, name), h->site->file, h->site->line);
}

static noinline bool release_looking(const void *lock, unsigned class, const struct site *site)
{
	struct task *t = current;
	struct held_lock *h = t->held + t->depth - 1;

	/* With two entries, one of a run is nothing else: the other is the lock that they nest under. */
	if (!(t->depth == 2 && h->run && h->class == class && is_mine(lock, class)))
		h = find_class(lock, class);
	if (unlikely(!h)) {
		report_not_held(lock, class, site);
		return false;
	}
	if (unlikely(h->pins))
		report_pinned(lock, h, site);
	if (unlikely(t->steps - h->since > SHORT_HOLD))
		lockdep_check_hold(h);
	leave(t, h, lock);
	return true;
}

bool lockdep_release(const void *lock, unsigned class, const struct site *site)
{
	struct task *t = current;
	struct held_lock *h = t->held + t->depth - 1;

	if (!class)
		return true;
	/* Mostly it is the last one: neither a run of more than one nor pinned. */
	if (likely(t->depth && h->lock == lock && (h->word & ~0xffffff00ul) == (HELD_ONE | class))) {
		u64 word = h->word;

		if (unlikely(t->steps - h->since > SHORT_HOLD))
			lockdep_check_hold(h);
		t->depth--;
		t->heldmask[word >> 8 & 1] &= ~((word >> 24 & 1) << class);
		return true;
	}
	return release_looking(lock, class, site);
}

void lockdep_downgrade(const void *lock)
{
	struct held_lock *h = find(lock);

	if (!h)
		return;
	h = set_apart(current, h, lock);
	h->mode = LOCK_READ;
	recount(current);
}

bool lockdep_held(const void *lock, enum lock_mode mode)
{
	const struct held_lock *h = find(lock);

	return h && (mode == LOCK_READ || h->mode == LOCK_WRITE);
}

void lockdep_pin_at(const void *lock, const struct site *site)
{
	struct held_lock *h = find(lock);

	if (!h) {
		lockdep_assert_failed("held to be pinned", lock, site);
		return;
	}
	set_apart(current, h, lock)->pins++;
	__atomic_fetch_or(&machine->lockdep.pinned, BIT(h->class), __ATOMIC_RELAXED);
}

void lockdep_unpin_at(const void *lock, const struct site *site)
{
	struct held_lock *h = find(lock);

	if (h && h->pins)
		h->pins--;
	else
		lockdep_assert_failed("held and pinned", lock, site);
}

unsigned lockdep_context(unsigned context)
{
	unsigned was = current->lock_context;

	if (context >= LOCK_CONTEXTS)
		die("%u is no context, there are %d", context, LOCK_CONTEXTS);
	current->lock_context = (u8)context;
	return was;
}

/* ---- pseudo classes ---- */

void lockdep_map_acquire(unsigned class, const struct site *site)
{
	lockdep_acquire(NULL, class, LOCK_READ, false, site);
	lockdep_acquired(NULL, class, LOCK_READ, false, site);
}

void lockdep_map_release(unsigned class)
{
	struct held_lock *h = class ? find_class(NULL, class) : NULL;

	if (h)
		forget(current, h);
}
