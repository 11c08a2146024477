/* SPDX-License-Identifier: GPL-2.0-only */
/* The lock validator: see lockdep.h. Design: shared ideas with Linux's lockdep, classes named by a table. */
#include "lockdep.h"

#include <stdio.h>
#include <string.h>

#include "machine.h"

#define BIT(n) (1ul << (n))

static const struct lock_class *class_of(unsigned class)
{
	return &machine->lockdep.classes[class];
}

const char *lock_class_name(unsigned class)
{
	if (!class || class >= machine->lockdep.nr_classes)
		return "no-class";
	return class_of(class)->name;
}

/* ---- the graph ---- */

static void edge_add(unsigned before, unsigned after, bool trylock, const struct site *held, const struct site *site)
{
	struct lockdep *ld = &machine->lockdep;
	u64 *to = trylock ? ld->under_try : ld->under;
	struct lock_edge *e;
	u32 n;

	if (__atomic_fetch_or(&to[after], BIT(before), __ATOMIC_RELAXED) & BIT(before))
		return;
	if (!trylock)
		__atomic_fetch_or(&ld->after[before], BIT(after), __ATOMIC_SEQ_CST);
	n = __atomic_fetch_add(&ld->nr_edges, 1, __ATOMIC_RELAXED);
	if (n >= MAX_EDGES)
		return;
	e = &ld->edge[n];
	e->held_site = held;
	e->acquired_site = site;
	e->before = (u8)before;
	e->trylock = trylock;
	e->task = (u8)current->id;
	__atomic_store_n(&e->after, (u8)after, __ATOMIC_RELEASE);	/* last: no reader takes half a row */
}

static const struct lock_edge *edge_find(unsigned before, unsigned after)
{
	const struct lockdep *ld = &machine->lockdep;

	u32 n = __atomic_load_n(&ld->nr_edges, __ATOMIC_RELAXED);

	for (const struct lock_edge *e = ld->edge; e < ld->edge + min(n, (u32)MAX_EDGES); e++)
		if (__atomic_load_n(&e->after, __ATOMIC_ACQUIRE) == after && e->before == before && !e->trylock)
			return e;
	return NULL;
}

/*
 * The shortest way from -> ... -> to along documented waits, in path; returns its number of classes, 0 when there is none.
 * Breadth first over bit sets: level[n] holds what n steps reach.
 */
static unsigned path_find(unsigned from, unsigned to, u8 path[MAX_CLASSES])
{
	const struct lockdep *ld = &machine->lockdep;
	u64 level[MAX_CLASSES], seen = BIT(from);
	unsigned n = 0;

	level[0] = seen;
	while (!(level[n] & BIT(to))) {
		u64 next = 0;

		for (u64 l = level[n]; l; l &= l - 1)
			next |= __atomic_load_n(&ld->after[__builtin_ctzl(l)], __ATOMIC_SEQ_CST);
		next &= ~seen;
		if (!next || n + 1 == MAX_CLASSES)
			return 0;
		seen |= next;
		level[++n] = next;
	}
	path[n] = (u8)to;
	for (unsigned i = n; i > 0; i--) {
		u64 back = level[i - 1] & __atomic_load_n(&ld->under[path[i]], __ATOMIC_RELAXED);

		path[i - 1] = (u8)__builtin_ctzl(back);
	}
	return n + 1;
}

/* "order:a,b,c": the classes of the cycle in the order of their names, so that any edge that closes it gives the same key. */
static void cycle_key(const u8 *path, unsigned n, char *key, size_t size)
{
	const char *name[MAX_CLASSES];
	size_t at;

	for (unsigned i = 0; i < n; i++) {
		unsigned j = i;

		for (; j && strcmp(name[j - 1], lock_class_name(path[i])) > 0; j--)
			name[j] = name[j - 1];
		name[j] = lock_class_name(path[i]);
	}
	at = (size_t)snprintf(key, size, "order:");
	for (unsigned i = 0; i < n && at < size; i++)
		at += (size_t)snprintf(key + at, size - at, "%s%s", i ? "," : "", name[i]);
}

static void report_cycle(unsigned before, unsigned after, const struct site *held, const struct site *site,
			 const u8 *path, unsigned n)
{
	char key[160], text[300];
	size_t at;

	cycle_key(path, n, key, sizeof(key));
	at = (size_t)snprintf(text, sizeof(text), "%s (%s:%d) is waited for under %s (%s:%d); the other way round:",
			      lock_class_name(after), site->file, site->line, lock_class_name(before), held->file,
			      held->line);
	for (unsigned i = 0; i + 1 < n && at < sizeof(text); i++) {
		const struct lock_edge *e = edge_find(path[i], path[i + 1]);

		at += (size_t)snprintf(text + at, sizeof(text) - at, " %s under %s", lock_class_name(path[i + 1]),
				       lock_class_name(path[i]));
		if (e && at < sizeof(text))
			at += (size_t)snprintf(text + at, sizeof(text) - at, " (%s:%d)", e->acquired_site->file,
					       e->acquired_site->line);
	}
	violation_at(ORACLE_LOCKS, key, site, "%s", text);
}

/* "a < b < c": from the class that is waited for to the one that is held, as the document has it. */
static void documented_way(const struct lockdep_order *o, unsigned held, unsigned class, char *text, size_t size)
{
	size_t at = (size_t)snprintf(text, size, "%s", lock_class_name(class));

	while (class != held && o->why[held][class].rule == ORDER_REVERSED && at < size) {
		class = o->why[held][class].next;
		at += (size_t)snprintf(text + at, size - at, " < %s", lock_class_name(class));
	}
}

/* One acquisition is enough: what the other order would have been, the document says. */
static void report_documented(unsigned class, const struct held_lock *h, const struct site *site)
{
	const struct lockdep_order *o = machine->lockdep.documented;
	const struct order_why *why = &o->why[h->class][class];
	char key[96], rule[160];

	if (why->rule == ORDER_REVERSED)
		documented_way(o, h->class, class, rule, sizeof(rule));
	else
		snprintf(rule, sizeof(rule), "%s", why->rule == ORDER_TRY_ONLY ? "only trylocks there" :
									      "the two never together");
	snprintf(key, sizeof(key), "documented:%s->%s", lock_class_name(h->class), lock_class_name(class));
	violation_at(ORACLE_LOCKS, key, site, "%s (%s:%d) is waited for under %s (%s:%d), but %s:%u has %s",
		     lock_class_name(class), site->file, site->line, lock_class_name(h->class), h->site->file,
		     h->site->line, o->source, why->line, rule);
}

static void order_check(unsigned class, const struct held_lock *h, const struct site *site)
{
	const struct lockdep *ld = &machine->lockdep;
	u8 path[MAX_CLASSES];
	unsigned n;

	/* Add, then look: of two tasks that close a cycle at once, at least one sees the other's edge. */
	edge_add(h->class, class, false, h->site, site);
	if (ld->documented && ld->documented->forbids[class] & BIT(h->class))
		report_documented(class, h, site);
	n = path_find(class, h->class, path);
	if (n)
		report_cycle(h->class, class, h->site, site, path, n);
}

/* ---- rules about what is held ---- */

static void same_class_check(const struct held_lock *h, const void *lock, enum lock_mode mode, const struct site *site)
{
	const struct lock_class *c = class_of(h->class);
	char a[NAME_LEN], b[NAME_LEN], key[96];

	if (c->same == SAME_RECURSIVE)
		return;
	if (h->lock == lock) {
		snprintf(key, sizeof(key), "recursion:%s", c->name);
		violation_at(ORACLE_LOCKS, key, site, "%s %s is waited for by %s, who holds it already (%s:%d)", c->name,
			     obj_name(lock, a), current->name, h->site->file, h->site->line);
		return;
	}
	(void)mode;
	if (c->same == SAME_ADDRESS && (unsigned long)h->lock < (unsigned long)lock)
		return;
	if (c->same == SAME_NEST) {
		for (unsigned i = 0; i < current->depth; i++)
			if (current->held[i].class == c->nest && current->held[i].mode == LOCK_WRITE)
				return;
	}
	snprintf(key, sizeof(key), "same-class:%s", c->name);
	violation_at(ORACLE_LOCKS, key, site, "%s %s is waited for under %s (%s:%d): two of one class%s", c->name,
		     obj_name(lock, a), obj_name(h->lock, b), h->site->file, h->site->line,
		     c->same == SAME_ADDRESS ? " against the order of addresses" :
		     c->same == SAME_NEST    ? " without the lock that they nest under" :
					       "");
}

/* The innermost lock that forbids to wait for something of this wait type, or NULL. */
static const struct held_lock *forbids(enum wait_type wait)
{
	for (unsigned i = current->depth; i-- > 0;)
		if (class_of(current->held[i].class)->wait < wait)
			return &current->held[i];
	return NULL;
}

static void wait_check(unsigned class, const struct site *site)
{
	enum wait_type wait = class_of(class)->wait;
	const struct held_lock *h;
	char key[96];

	if (wait != WAIT_SLEEP)
		return;
	h = forbids(wait);
	if (!h)
		return;
	snprintf(key, sizeof(key), "sleep-in-atomic:%s:%s", lock_class_name(h->class), lock_class_name(class));
	violation_at(ORACLE_LOCKS, key, site, "%s may sleep, but %s is held since %s:%d", lock_class_name(class),
		     lock_class_name(h->class), h->site->file, h->site->line);
}

void might_sleep_at(const char *what, const struct site *site)
{
	const struct held_lock *h = forbids(WAIT_SLEEP);
	char key[96];

	if (!h)
		return;
	snprintf(key, sizeof(key), "sleep-in-atomic:%s:%s", lock_class_name(h->class), what);
	violation_at(ORACLE_LOCKS, key, site, "%s may sleep, but %s is held since %s:%d", what, lock_class_name(h->class),
		     h->site->file, h->site->line);
}

/* ---- acquire and release ---- */

static noinline void acquire_slow(const void *lock, unsigned class, enum lock_mode mode, bool trylock,
				  const struct site *site)
{
	const struct lockdep *ld = &machine->lockdep;
	const struct task *t = current;

	for (unsigned i = 0; i < t->depth; i++) {
		const struct held_lock *h = &t->held[i];
		u64 known = trylock ? ld->under_try[class] : ld->under[class];

		if (h->class == class) {
			if (!trylock)
				same_class_check(h, lock, mode, site);
		} else if (known & BIT(h->class)) {
			continue;
		} else if (trylock) {
			edge_add(h->class, class, true, h->site, site);
		} else {
			order_check(class, h, site);
		}
	}
}

void lockdep_acquire(const void *lock, unsigned class, enum lock_mode mode, bool trylock, const struct site *site)
{
	const struct lockdep *ld = &machine->lockdep;
	u64 known;

	if (!class)
		return;
	if (!trylock)
		wait_check(class, site);
	known = __atomic_load_n(trylock ? &ld->under_try[class] : &ld->under[class], __ATOMIC_RELAXED);
	if (unlikely(current->heldmask & (~known | BIT(class))))
		acquire_slow(lock, class, mode, trylock, site);
}

void lockdep_acquired(const void *lock, unsigned class, enum lock_mode mode, bool trylock, const struct site *site)
{
	struct task *t = current;

	if (!class)
		return;
	if (t->depth == MAX_HELD)
		die("%s holds more than %d locks", t->name, MAX_HELD);
	t->held[t->depth++] = (struct held_lock){ lock, site, (u8)class, (u8)mode, trylock, 0 };
	t->heldmask |= BIT(class);
}

static void forget(struct task *t, unsigned i)
{
	t->depth--;
	for (; i < t->depth; i++)
		t->held[i] = t->held[i + 1];
	t->heldmask = 0;
	for (i = 0; i < t->depth; i++)
		t->heldmask |= BIT(t->held[i].class);
}

static const struct task *holder_of(const void *lock, unsigned class)
{
	for (unsigned i = 0; i < machine->nr_tasks; i++)
		for (unsigned j = 0; j < machine->task[i].depth; j++)
			if (machine->task[i].held[j].lock == lock && machine->task[i].held[j].class == class)
				return &machine->task[i];
	return NULL;
}

bool lockdep_release(const void *lock, unsigned class, const struct site *site)
{
	struct task *t = current;
	const struct task *owner;
	char name[NAME_LEN], key[96];

	if (!class)
		return true;
	for (unsigned i = t->depth; i-- > 0;)
		if (t->held[i].lock == lock && t->held[i].class == class) {
			forget(t, i);
			return true;
		}
	owner = holder_of(lock, class);
	snprintf(key, sizeof(key), "release-not-held:%s", lock_class_name(class));
	violation_at(ORACLE_LOCKS, key, site, "%s releases %s %s, which it does not hold; held by %s", t->name,
		     lock_class_name(class), obj_name(lock, name), owner ? owner->name : "nobody");
	return false;
}

void lockdep_downgrade(const void *lock)
{
	for (unsigned i = current->depth; i-- > 0;)
		if (current->held[i].lock == lock)
			current->held[i].mode = LOCK_READ;
}

bool lockdep_held(const void *lock, enum lock_mode mode)
{
	for (unsigned i = current->depth; i-- > 0;)
		if (current->held[i].lock == lock)
			return mode == LOCK_READ || current->held[i].mode == LOCK_WRITE;
	return false;
}

void lockdep_map_acquire(unsigned class, const struct site *site)
{
	lockdep_acquire(NULL, class, LOCK_READ, false, site);
	lockdep_acquired(NULL, class, LOCK_READ, false, site);
}

void lockdep_map_release(unsigned class)
{
	struct task *t = current;

	for (unsigned i = t->depth; i-- > 0;)
		if (t->held[i].class == class) {
			forget(t, i);
			return;
		}
}

void lockdep_assert_none_held(const char *operation)
{
	const struct held_lock *h;
	char name[NAME_LEN], key[96];

	if (!current->depth)
		return;
	h = &current->held[current->depth - 1];
	snprintf(key, sizeof(key), "lock-leaked:%s", lock_class_name(h->class));
	violation_at(ORACLE_LOCKS, key, h->site, "%s ends and still holds %s %s", operation, lock_class_name(h->class),
		     obj_name(h->lock, name));
}

void lockdep_assert_failed(const char *what, const void *lock, const struct site *site)
{
	char name[NAME_LEN], key[96];

	snprintf(key, sizeof(key), "not-held:%s", site->func);
	violation_at(ORACLE_LOCKS, key, site, "%s must be %s here, and %s does not hold it so", obj_name(lock, name), what,
		     current->name);
}
