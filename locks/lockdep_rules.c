/* SPDX-License-Identifier: GPL-2.0-only */
/* The validator's rules about what is held: two of one class, what may sleep under what, what must be held, what may be left. */
#include "lockdep_internal.h"

/* ---- two of one class ---- */

#define MAX_GENERATIONS 64		/* a family that is deeper, or goes round in a circle, is none */

static const void *parent_of(unsigned class, const void *lock)
{
	return machine->lockdep.parent ? machine->lockdep.parent(class, lock) : NULL;
}

/* Ascending. That is an order of all locks, whoever takes them: Linux wants a cmp_fn for it (lock_set_cmp_fn(), since 6.5). */
static bool same_address(const struct acquiring *a, const struct held_lock *h)
{
	return (unsigned long)h->lock < (unsigned long)a->lock;
}

static bool same_nest(const struct acquiring *a, const struct held_lock *h)
{
	(void)a;
	return current->heldmask[LOCK_WRITE] & BIT(class_row(h->class)->nest);
}

static bool same_parent(const struct acquiring *a, const struct held_lock *h)
{
	const void *above = parent_of(a->class, a->lock);

	for (unsigned n = 0; above && n < MAX_GENERATIONS; n++, above = parent_of(a->class, above))
		if (above == h->lock)
			return true;
	return false;
}

static const void *root_of(unsigned class, const void *lock)
{
	const void *above;

	for (unsigned n = 0; n < MAX_GENERATIONS && (above = parent_of(class, lock)); n++)
		lock = above;
	return lock;
}

/* Who holds the root alone holds, for the family, what a nest lock is. */
static bool same_root(const struct acquiring *a, const struct held_lock *h)
{
	const void *root = root_of(a->class, a->lock);

	return a->lock != root && root_of(h->class, h->lock) == root && lockdep_held(root, LOCK_WRITE);
}

/* The policies, and what is said when one is broken. NULL: there is no way. */
static const struct {
	bool (*allows)(const struct acquiring *a, const struct held_lock *h);
	const char *broken;
} policy[] = {
	[SAME_NEVER] = { NULL, "" },
	[SAME_ADDRESS] = { same_address, " against the order of addresses" },
	[SAME_NEST] = { same_nest, " without the lock that they nest under" },
	[SAME_RECURSIVE] = { NULL, "" },
	[SAME_PARENT] = { same_parent, ", and the one held is not above the other" },
	[SAME_ROOT] = { same_root, " without the root of their family" },
};

/* The name of the lock, or of the run, since all that is known of a run may be how many they are. */
static const char *held_name(const struct held_lock *h, char buf[NAME_LEN])
{
	if (h->lock || !h->run)
		return obj_name(h->lock, buf);
	snprintf(buf, NAME_LEN, "%u of them", h->refs);
	return buf;
}

void lockdep_check_same_class(const struct acquiring *a, const struct held_lock *h)
{
	struct lockdep_incident inc = { .acquiring = *a, .held = *h, .held_counts = true };
	const struct lock_class *c = class_row(h->class);
	char x[NAME_LEN], y[NAME_LEN];

	/* Two readers, of whom the second does not queue: neither keeps the other out. */
	if (c->same == SAME_RECURSIVE || (a->mode == LOCK_READ_RECURSIVE && h->mode == LOCK_READ))
		return;
	if (lockdep_is(h, a->lock)) {
		snprintf(inc.key, sizeof(inc.key), "recursion:%s", c->name);
		lockdep_tell(&inc, a->site, "%s %s is waited for by %s, who holds it already (%s:%d)", c->name,
			     obj_name(a->lock, x), current->name, h->site->file, h->site->line);
		return;
	}
	if (policy[c->same].allows && policy[c->same].allows(a, h))
		return;
	snprintf(inc.key, sizeof(inc.key), "same-class:%s", c->name);
	lockdep_tell(&inc, a->site, "%s %s is waited for under %s (%s:%d): two of one class%s", c->name, obj_name(a->lock, x),
		     held_name(h, y), h->site->file, h->site->line, policy[c->same].broken);
}

/* ---- what sleeps ---- */

/* The innermost lock under which nobody may sleep, or NULL. */
static const struct held_lock *forbids_sleep(void)
{
	if (!(classes_held(current) & machine->lockdep.atomic))
		return NULL;
	for (unsigned i = current->depth; i-- > 0;)
		if (machine->lockdep.atomic & BIT(current->held[i].class))
			return &current->held[i];
	return NULL;
}

static noinline void report_sleep(const struct acquiring *a, const struct held_lock *h, const char *what)
{
	struct lockdep_incident inc = { .acquiring = *a, .held = *h, .held_counts = true };

	snprintf(inc.key, sizeof(inc.key), "sleep-in-atomic:%s:%s", lock_class_name(h->class), what);
	lockdep_tell(&inc, a->site, "%s may sleep, but %s is held since %s:%d", what, lock_class_name(h->class), h->site->file,
		     h->site->line);
}

void lockdep_check_wait(const struct acquiring *a)
{
	const struct held_lock *h = machine->lockdep.in_vain[a->class] ? forbids_sleep() : NULL;

	if (h)
		report_sleep(a, h, lock_class_name(a->class));
}

void might_sleep_at(const char *what, const struct site *site)
{
	const struct held_lock *h = classes_held(current) & machine->lockdep.atomic ? forbids_sleep() : NULL;

	if (h)
		report_sleep(&(struct acquiring){ .site = site }, h, what);
}

/* ---- what must be held, and what must not ---- */

static noinline void report_leaked(const char *operation)
{
	struct lockdep_incident inc = { .held = current->held[current->depth - 1], .held_counts = true };
	char name[NAME_LEN];

	snprintf(inc.key, sizeof(inc.key), "lock-leaked:%s", lock_class_name(inc.held.class));
	lockdep_tell(&inc, inc.held.site, "%s ends and still holds %s %s", operation, lock_class_name(inc.held.class),
		     held_name(&inc.held, name));
}

void lockdep_assert_none_held(const char *operation)
{
	if (current->depth)
		report_leaked(operation);
}

void lockdep_assert_failed(const char *what, const void *lock, const struct site *site)
{
	struct lockdep_incident inc = { 0 };
	char name[NAME_LEN];

	snprintf(inc.key, sizeof(inc.key), "not-held:%s", site->func);
	if (what)
		lockdep_tell(&inc, site, "%s must be %s here, and %s does not hold it so", obj_name(lock, name), what,
			     current->name);
	else
		lockdep_tell(&inc, site, "%s must not be held here, and %s holds it", obj_name(lock, name), current->name);
}

/* ---- for how long ---- */

void lockdep_held_shortly(unsigned class, unsigned points)
{
	if (points < SHORT_HOLD)
		die("%s held for %u points: others are not counted", lock_class_name(class), points);
	machine->lockdep.points[class] = (u16)points;
}

/*
 * Who may only try a lock gets it never if it is held for long, again and again: it has to be released where it can be. How long is told
 * in steps of the holder, so that it is all the same who runs meanwhile; and anew from each cpu_relax(), as who spins waits for somebody,
 * and whether that comes to an end is another question. Real threads spin in steps, and where each plain access is a step there are many
 * more.
 */
void lockdep_check_hold(const struct held_lock *h)
{
	unsigned bound = machine->lockdep.points[h->class];
	u64 points = current->steps - max(h->since, current->relaxed);
	char key[80], name[NAME_LEN];

	if (!bound || points <= bound || machine->executor == EXEC_REAL || machine->access & ACCESS_POINTS)
		return;
	snprintf(key, sizeof(key), "held-long:%s", lock_class_name(h->class));
	violation_at(ORACLE_PROGRESS, key, h->site, "%s holds %s %s for %lu steps, and others only try to get it", current->name,
		     lock_class_name(h->class), obj_name(h->lock, name), points);
}
