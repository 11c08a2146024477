/* SPDX-License-Identifier: GPL-2.0-only */
/* The locks' state machines, and how each executor drives them. */
#include "lock.h"

#include <stdio.h>

#include "inner.h"
#include "lockdep_internal.h"
#include "machine.h"
#include "realthreads.h"
#include "sanitize.h"

void lock_init(struct lock *l, unsigned class)
{
	san_unwatch(l, sizeof(*l));
	*l = (struct lock){ .magic = LOCK_MAGIC, .class = (u8)class };
}

const struct lock *lock_at(const void *address)
{
	const struct lock *l = address;

	if ((u64)l - ARENA_BASE >= machine->arena_size || (u64)l % _Alignof(struct lock) || l->magic != LOCK_MAGIC)
		return NULL;
	return l;
}

/* ---- queue of an rwsem: those who have arrived and not been granted, in order ---- */

/* What a task that queued does next. */
static enum op_kind wait_kind(enum op_kind kind)
{
	if (kind == OP_LOCK)
		return OP_LOCK;
	return kind == OP_DOWN_READ ? OP_DOWN_READ_WAIT : OP_DOWN_WRITE_WAIT;
}

static void enqueue(struct lock *l, struct task *t, enum op_kind kind)
{
	t->next_waiter = NULL;
	t->wait_write = kind != OP_DOWN_READ;
	t->wait_kind = (u8)wait_kind(kind);
	t->queued = 1;
	if (l->last)
		l->last->next_waiter = t;
	else
		l->first = t;
	l->last = t;
}

static void dequeue(struct lock *l, struct task *t)
{
	struct task **p = &l->first, *prev = NULL;

	while (*p && *p != t) {
		prev = *p;
		p = &(*p)->next_waiter;
	}
	*p = t->next_waiter;
	if (l->last == t)
		l->last = prev;
	t->next_waiter = NULL;
	t->queued = 0;
}

/* Readers at the head of the queue are let in together; the first writer in it stops the rest. */
static bool only_readers_ahead(const struct lock *l, const struct task *t)
{
	const struct task *w;

	for (w = l->first; w && w != t; w = w->next_waiter)
		if (w->wait_write)
			return false;
	return true;
}

/* ---- the state machine ---- */

bool lock_enabled(const struct lock *l, enum op_kind kind, const struct task *t)
{
	if (unlikely(l->magic != LOCK_MAGIC))
		return true;
	switch (kind) {
	case OP_LOCK:
	case OP_TRYLOCK:
		return lock_is_free(l);
	case OP_DOWN_READ:
	case OP_DOWN_READ_TRYLOCK:
		return !l->owner && !l->first;
	case OP_DOWN_READ_WAIT:
		return !l->owner && only_readers_ahead(l, t);
	case OP_DOWN_WRITE:
	case OP_DOWN_WRITE_TRYLOCK:
		return !l->owner && !l->readers && !l->first;
	case OP_DOWN_WRITE_WAIT:
		return !l->owner && !l->readers && l->first == t;
	default:
		return true;
	}
}

static bool may_steal(const struct lock *l, enum op_kind kind)
{
	return kind == OP_DOWN_WRITE && l->first && !l->owner && !l->readers &&
	       exec_choose(CHOICE_STEAL, 2) == 1;
}

/* Checkers of races are told who has it now. Who released it last knows already all that could be known from it. */
static void tell_order(const struct lock *l, const struct task *t, bool read, bool shared)
{
	if (shared || l->let_go != t->id + 1 || machine->executor == EXEC_REAL)
		san_locked(l, read, shared);
}

bool lock_try(struct lock *l, enum op_kind kind, struct task *t)
{
	bool read = kind == OP_DOWN_READ || kind == OP_DOWN_READ_WAIT || kind == OP_DOWN_READ_TRYLOCK;

	if (!lock_enabled(l, kind, t) && !may_steal(l, kind)) {
		if (kind == OP_DOWN_READ || kind == OP_DOWN_WRITE)
			enqueue(l, t, kind);
		return false;
	}
	if (t->queued)
		dequeue(l, t);
	tell_order(l, t, read, kind != OP_LOCK && kind != OP_TRYLOCK);
	if (read)
		l->readers++;
	else
		l->owner = t;
	return true;
}

static void lock_drop(struct lock *l, enum op_kind kind)
{
	san_unlocked(l, kind == OP_UP_READ);
	l->let_go = (u8)(current->id + 1);
	if (kind == OP_UP_READ)
		l->readers--;
	else
		l->owner = NULL;
	if (kind == OP_DOWNGRADE_WRITE) {
		l->readers++;
		san_locked(l, true, true);
	}
}

/* ---- real threads ---- */

static void wake(struct task *t)
{
	__atomic_store_n(&t->futex, 1, __ATOMIC_RELEASE);
	futex_wake(&t->futex, 1);
}

/* Under l->word: wake those who would get it now. */
static void wake_enabled(struct lock *l)
{
	struct task *w, *next;

	for (w = l->first; w; w = next) {
		next = w->next_waiter;
		if (!lock_enabled(l, w->wait_kind, w))
			break;
		wake(w);
		if (w->wait_write)
			break;
	}
}

static void sleep_on(struct lock *l, struct task *t)
{
	__atomic_store_n(&t->futex, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&t->blocked, 1, __ATOMIC_RELAXED);
	inner_unlock(&l->word);
	while (!__atomic_load_n(&t->futex, __ATOMIC_ACQUIRE))
		futex_wait(&t->futex, 0);
	inner_lock(&l->word);
	__atomic_store_n(&t->blocked, 0, __ATOMIC_RELAXED);
}

static void real_acquire(struct lock *l, enum op_kind kind, struct task *t)
{
	inner_lock(&l->word);
	if (!lock_try(l, kind, t)) {
		if (kind == OP_LOCK) {
			enqueue(l, t, kind);
		} else {
			kind = wait_kind(kind);
			t->op.kind = (u8)kind;
		}
		/*
		 * Ask once more before the first sleep: a reader that queued behind readers who were woken but have not
		 * come yet may go in with them, and nobody would wake it for that.
		 */
		while (!lock_try(l, kind, t))
			sleep_on(l, t);
	}
	inner_unlock(&l->word);
}

/* ---- what the rest of the world calls ---- */

static noinline void report_no_lock(const struct lock *l, const struct site *site)
{
	char name[NAME_LEN];

	violation_at(ORACLE_LIFETIME, "lock-not-initialised", site,
		     "%s is no initialised lock (overwritten, or its object is gone)", obj_name(l, name));
}

/* Is it a lock? Nothing in it may be used if not: not even its class. */
static bool check_magic(const struct lock *l, const struct site *site)
{
	if (likely(l->magic == LOCK_MAGIC))
		return true;
	report_no_lock(l, site);
	return false;
}

/* The class for the validator; 0, that is none, for what is no lock: the point or check_magic() will say so. */
static unsigned class_of_lock(const struct lock *l, unsigned subclass)
{
	unsigned class = l->class + subclass;

	if (unlikely(l->magic != LOCK_MAGIC || !l->class))
		return 0;
	if (unlikely(class >= machine->lockdep.nr_classes))
		die("%s has no class %u below it", lock_class_name(l->class), subclass);
	return class;
}

/* The class under which this task holds it: a subclass, perhaps. */
static unsigned class_as_held(const struct lock *l)
{
	const struct task *t = current;
	const struct held_lock *h = t->held + t->depth - 1;

	/* Mostly it is the last one. */
	if (!t->depth || h->lock != l)
		h = lockdep_find(l);
	return h ? h->class : class_of_lock(l, 0);
}

static bool reads(enum op_kind kind)
{
	return kind == OP_DOWN_READ || kind == OP_DOWN_READ_TRYLOCK || kind == OP_UP_READ;
}

void lock_acquire(struct lock *l, enum op_kind kind, unsigned subclass, const struct site *site)
{
	struct task *t = current;
	unsigned class = class_of_lock(l, subclass);
	enum lock_mode mode = reads(kind) ? LOCK_READ : LOCK_WRITE;

	lockdep_acquire(l, class, mode, false, site);
	exec_point_slow(kind, l, 0, class, site);
	if (!check_magic(l, site))
		return;
	if (machine->executor == EXEC_REAL) {
		real_acquire(l, kind, t);
	} else if (!lock_try(l, kind, t)) {
		kind = wait_kind(kind);
		exec_point_slow(kind, l, 0, class, site);
		if (!check_magic(l, site))
			return;
		if (!lock_try(l, kind, t))
			die("%s was chosen for a lock that it cannot have", t->name);
	}
	lockdep_acquired(l, class, mode, false, site);
}

bool lock_tryacquire(struct lock *l, enum op_kind kind, const struct site *site)
{
	enum lock_mode mode = reads(kind) ? LOCK_READ : LOCK_WRITE;
	bool got;

	exec_point_slow(kind, l, 0, class_of_lock(l, 0), site);
	if (!check_magic(l, site))
		return false;
	if (machine->executor == EXEC_REAL)
		inner_lock(&l->word);
	got = lock_try(l, kind, current);
	if (machine->executor == EXEC_REAL)
		inner_unlock(&l->word);
	if (got) {
		if (unlikely(machine->sched.looping))
			spin_had(l);
		lockdep_acquire(l, l->class, mode, true, site);
		lockdep_acquired(l, l->class, mode, true, site);
	}
	return got;
}

static noinline void report_mode(const struct lock *l, enum op_kind kind, const struct site *site)
{
	struct lockdep_incident inc = { 0 };
	char name[NAME_LEN];

	snprintf(inc.key, sizeof(inc.key), "release-mode:%s", lock_class_name(class_as_held(l)));
	lockdep_tell(&inc, site, "%s of %s, which %s holds for %s", op_info[kind].text, obj_name(l, name),
		     current->name, kind == OP_UP_WRITE ? "read" : "write");
}

/* A read hold is not dropped by up_write(), nor a write hold by up_read(). */
static bool mode_fits(const struct lock *l, enum op_kind kind, const struct site *site)
{
	const struct held_lock *h = kind == OP_UNLOCK ? NULL : lockdep_find(l);

	if (!h || (h->mode == LOCK_WRITE) == (kind == OP_UP_WRITE))
		return true;
	report_mode(l, kind, site);
	return false;
}

/* It is held until the step in which it is dropped: whoever looks between steps finds owner and owned in agreement. */
void lock_release(struct lock *l, enum op_kind kind, const struct site *site)
{
	unsigned class = class_as_held(l);

	exec_point_slow(kind, l, 0, class, site);
	if (!check_magic(l, site) || !mode_fits(l, kind, site) || !lockdep_release(l, class, site))
		return;
	if (machine->executor == EXEC_REAL)
		inner_lock(&l->word);
	lock_drop(l, kind);
	if (machine->executor == EXEC_REAL) {
		wake_enabled(l);
		inner_unlock(&l->word);
	}
}

static noinline void report_downgrade(const struct lock *l, unsigned class, const struct site *site)
{
	struct lockdep_incident inc = { 0 };
	char name[NAME_LEN];

	snprintf(inc.key, sizeof(inc.key), "downgrade-not-held:%s", lock_class_name(class));
	lockdep_tell(&inc, site, "%s downgrades %s, which it does not hold for write", current->name, obj_name(l, name));
}

void lock_downgrade(struct lock *l, const struct site *site)
{
	unsigned class = class_as_held(l);

	exec_point_slow(OP_DOWNGRADE_WRITE, l, 0, class, site);
	if (!check_magic(l, site))
		return;
	if (class && !lockdep_held(l, LOCK_WRITE)) {
		report_downgrade(l, class, site);
		return;
	}
	if (machine->executor == EXEC_REAL)
		inner_lock(&l->word);
	lockdep_downgrade(l);
	lock_drop(l, OP_DOWNGRADE_WRITE);
	if (machine->executor == EXEC_REAL) {
		wake_enabled(l);
		inner_unlock(&l->word);
	}
}

bool lock_is_locked(struct lock *l, const struct site *site)
{
	bool locked;

	exec_point_slow(OP_IS_LOCKED, l, 0, class_of_lock(l, 0), site);
	if (!check_magic(l, site))
		return false;
	if (machine->executor == EXEC_REAL)
		inner_lock(&l->word);
	locked = l->owner || l->readers || l->first;
	if (!locked)
		san_seen_free(l);
	if (machine->executor == EXEC_REAL)
		inner_unlock(&l->word);
	return locked;
}
