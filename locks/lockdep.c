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
		die("%u lock classes, at most %u", nr, MAX_CLASSES);
	ld->classes = classes;
	ld->nr_classes = nr;
	for (unsigned c = 1; c < nr; c++) {
		ld->sleeping |= classes[c].wait == WAIT_SLEEP ? BIT(c) : 0;
		ld->atomic |= classes[c].wait < WAIT_SLEEP ? BIT(c) : 0;
		ld->recursive |= classes[c].same == SAME_RECURSIVE ? BIT(c) : 0;
	}
}

/* ---- acquire ---- */

static noinline void acquire_slow(const struct acquiring *a)
{
	const struct lockdep *ld = &machine->lockdep;
	const struct task *t = current;

	if (!a->trylock)
		lockdep_check_wait(a);
	for (unsigned i = 0; i < t->depth; i++) {
		const struct held_lock *h = &t->held[i];
		u64 known = a->trylock ? ld->under_try[a->class] : ld->under_kind[dep_kind(h->mode, a->mode)][a->class];

		if (h->class == a->class) {
			if (!a->trylock)
				lockdep_check_same_class(a, h);
		} else if (!(known & BIT(h->class))) {
			lockdep_new_edge(a, h);
		}
	}
}

static u64 known_good(const u64 *row, unsigned class)
{
	return __atomic_load_n(&row[class], __ATOMIC_RELAXED);
}

/* The classes held that have something to say about this acquisition. */
static u64 objections(const struct task *t, unsigned class, enum lock_mode mode)
{
	const struct lockdep *ld = &machine->lockdep;
	unsigned kind = dep_kind(LOCK_READ, mode);
	u64 unknown = (t->heldmask[LOCK_READ] & ~known_good(ld->under_kind[kind], class)) |
		      (t->heldmask[LOCK_WRITE] & ~known_good(ld->under_kind[kind | DEP_EXCLUSIVE], class));
	u64 in_vain = ld->sleeping & BIT(class) ? ld->atomic : 0;

	return unknown | (classes_held(t) & in_vain);
}

void lockdep_acquire(const void *lock, unsigned class, enum lock_mode mode, bool trylock, const struct site *site)
{
	const struct lockdep *ld = &machine->lockdep;
	const struct task *t = current;
	u64 slow;

	if (!class)
		return;
	slow = trylock ? classes_held(t) & ~known_good(ld->under_try, class) & ~BIT(class) : objections(t, class, mode);
	/* The class itself is in no row: who holds one of it already always comes by here, if that is to be looked at. */
	if (unlikely(slow & ~(ld->recursive & BIT(class))))
		acquire_slow(&(struct acquiring){ lock, site, (u8)class, (u8)mode, trylock });
}

void lockdep_acquired(const void *lock, unsigned class, enum lock_mode mode, bool trylock, const struct site *site)
{
	struct task *t = current;
	struct held_lock *h = &t->held[t->depth];

	if (!class)
		return;
	if (unlikely(t->depth == MAX_HELD))
		die("%s holds more than %d locks", t->name, MAX_HELD);
	if (mode == LOCK_READ_RECURSIVE)
		mode = LOCK_READ;
	*h = (struct held_lock){
		.lock = lock, .site = site, .class = (u8)class, .mode = (u8)mode, .trylock = trylock,
		.fresh = !(t->heldmask[mode] & BIT(class)), .refs = 1,
	};
	t->depth++;
	t->heldmask[mode] |= BIT(class);
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

static struct held_lock *find(const void *lock)
{
	struct task *t = current;

	for (unsigned i = t->depth; i-- > 0;)
		if (t->held[i].lock == lock)
			return &t->held[i];
	return NULL;
}

/* Two bits of one word are two locks, which their class tells apart. */
static struct held_lock *find_class(const void *lock, unsigned class)
{
	struct task *t = current;

	for (unsigned i = t->depth; i-- > 0;)
		if (t->held[i].lock == lock && t->held[i].class == class)
			return &t->held[i];
	return NULL;
}

const struct held_lock *lockdep_find(const void *lock)
{
	return find(lock);
}

static const struct task *holder_of(const void *lock, unsigned class)
{
	for (unsigned i = 0; i < machine->nr_tasks; i++)
		for (unsigned j = 0; j < machine->task[i].depth; j++)
			if (machine->task[i].held[j].lock == lock && machine->task[i].held[j].class == class)
				return &machine->task[i];
	return NULL;
}

static noinline void report_not_held(const void *lock, unsigned class, const struct site *site)
{
	const struct task *owner = holder_of(lock, class);
	char name[NAME_LEN], key[96];

	snprintf(key, sizeof(key), "release-not-held:%s", lock_class_name(class));
	violation_at(ORACLE_LOCKS, key, site, "%s releases %s %s, which it does not hold; held by %s", current->name,
		     lock_class_name(class), obj_name(lock, name), owner ? owner->name : "nobody");
}

bool lockdep_release(const void *lock, unsigned class, const struct site *site)
{
	struct held_lock *h;

	if (!class)
		return true;
	h = find_class(lock, class);
	if (unlikely(!h)) {
		report_not_held(lock, class, site);
		return false;
	}
	forget(current, h);
	return true;
}

void lockdep_downgrade(const void *lock)
{
	struct held_lock *h = find(lock);

	if (!h)
		return;
	h->mode = LOCK_READ;
	recount(current);
}

bool lockdep_held(const void *lock, enum lock_mode mode)
{
	const struct held_lock *h = find(lock);

	return h && (mode == LOCK_READ || h->mode == LOCK_WRITE);
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
