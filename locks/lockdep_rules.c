/* SPDX-License-Identifier: GPL-2.0-only */
/* The validator's rules about what is held: two of one class, what may sleep under what, what must be held, what may be left. */
#include "lockdep_internal.h"

/* ---- two of one class ---- */

void lockdep_check_same_class(const struct acquiring *a, const struct held_lock *h)
{
	const struct lock_class *c = class_row(h->class);
	char x[NAME_LEN], y[NAME_LEN], key[96];

	if (c->same == SAME_RECURSIVE)
		return;
	/* Two readers, of whom the second does not queue: neither keeps the other out. */
	if (a->mode == LOCK_READ_RECURSIVE && h->mode == LOCK_READ)
		return;
	if (h->lock == a->lock) {
		snprintf(key, sizeof(key), "recursion:%s", c->name);
		violation_at(ORACLE_LOCKS, key, a->site, "%s %s is waited for by %s, who holds it already (%s:%d)", c->name,
			     obj_name(a->lock, x), current->name, h->site->file, h->site->line);
		return;
	}
	if (c->same == SAME_ADDRESS && (unsigned long)h->lock < (unsigned long)a->lock)
		return;
	if (c->same == SAME_NEST && current->heldmask[LOCK_WRITE] & BIT(c->nest))
		return;
	snprintf(key, sizeof(key), "same-class:%s", c->name);
	violation_at(ORACLE_LOCKS, key, a->site, "%s %s is waited for under %s (%s:%d): two of one class%s", c->name,
		     obj_name(a->lock, x), obj_name(h->lock, y), h->site->file, h->site->line,
		     c->same == SAME_ADDRESS ? " against the order of addresses" :
		     c->same == SAME_NEST    ? " without the lock that they nest under" :
					       "");
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

static void check_sleep(const char *what, const struct site *site)
{
	const struct held_lock *h = forbids_sleep();
	char key[96];

	if (!h)
		return;
	snprintf(key, sizeof(key), "sleep-in-atomic:%s:%s", lock_class_name(h->class), what);
	violation_at(ORACLE_LOCKS, key, site, "%s may sleep, but %s is held since %s:%d", what, lock_class_name(h->class),
		     h->site->file, h->site->line);
}

void lockdep_check_wait(const struct acquiring *a)
{
	if (machine->lockdep.sleeping & BIT(a->class))
		check_sleep(lock_class_name(a->class), a->site);
}

void might_sleep_at(const char *what, const struct site *site)
{
	check_sleep(what, site);
}

/* ---- what must be held, and what must not ---- */

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
