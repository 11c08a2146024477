/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of lock kinds; see lock_kinds.h. */
#include "lock_kinds.h"

#define PAGE_BIT 0
#define SPIN_BIT 63

static void spin_init(struct any_lock *l)
{
	spin_lock_init(&l->spin, l->class);
}

static void spin_acquire(struct any_lock *l)
{
	spin_lock(&l->spin);
}

static bool spin_try(struct any_lock *l)
{
	return spin_trylock(&l->spin);
}

static void spin_release(struct any_lock *l)
{
	spin_unlock(&l->spin);
}

static void spin_held(struct any_lock *l)
{
	lockdep_assert_held(&l->spin);
}

static void mutex_make(struct any_lock *l)
{
	mutex_init(&l->mutex, l->class);
}

static void mutex_acquire(struct any_lock *l)
{
	mutex_lock(&l->mutex);
}

static bool mutex_try(struct any_lock *l)
{
	return mutex_trylock(&l->mutex);
}

static void mutex_release(struct any_lock *l)
{
	mutex_unlock(&l->mutex);
}

static void mutex_held(struct any_lock *l)
{
	lockdep_assert_held(&l->mutex);
}

static void rwsem_init(struct any_lock *l)
{
	init_rwsem(&l->rwsem, l->class);
}

static void rwsem_acquire(struct any_lock *l)
{
	down_write(&l->rwsem);
}

static bool rwsem_try(struct any_lock *l)
{
	return down_write_trylock(&l->rwsem);
}

static void rwsem_release(struct any_lock *l)
{
	up_write(&l->rwsem);
}

static void rwsem_held(struct any_lock *l)
{
	lockdep_assert_held_write(&l->rwsem);
}

static void bit_init(struct any_lock *l)
{
	l->word = 0;
}

static void page_acquire(struct any_lock *l)
{
	bit_lock_at(PAGE_BIT, &l->word, l->class, HERE);
}

static bool page_try(struct any_lock *l)
{
	return bit_trylock_at(PAGE_BIT, &l->word, l->class, HERE);
}

static void page_release(struct any_lock *l)
{
	bit_unlock_at(PAGE_BIT, &l->word, l->class, HERE);
}

static void page_held(struct any_lock *l)
{
	lockdep_assert_held(&l->word);
}

static void bit_acquire(struct any_lock *l)
{
	bit_spin_lock(SPIN_BIT, &l->word, l->class);
}

static bool bit_try(struct any_lock *l)
{
	return bit_spin_trylock(SPIN_BIT, &l->word, l->class);
}

static void bit_release(struct any_lock *l)
{
	bit_spin_unlock(SPIN_BIT, &l->word, l->class);
}

static void bit_held(struct any_lock *l)
{
	lockdep_assert_held(&l->word);
}

const struct lock_kind lock_kinds[NR_KINDS] = {
	{ "spin", CLASS_SPIN, false, spin_init, spin_acquire, spin_try, spin_release, spin_held },
	{ "mutex", CLASS_MUTEX, true, mutex_make, mutex_acquire, mutex_try, mutex_release,
	  mutex_held },
	{ "rwsem", CLASS_RWSEM, true, rwsem_init, rwsem_acquire, rwsem_try, rwsem_release,
	  rwsem_held },
	{ "page", CLASS_PAGE, true, bit_init, page_acquire, page_try, page_release, page_held },
	{ "bit", CLASS_BIT, false, bit_init, bit_acquire, bit_try, bit_release, bit_held },
};

void init_locks(struct any_lock l[LOCKS], const struct lock_kind *k)
{
	for (unsigned i = 0; i < LOCKS; i++) {
		l[i].class = k->class + i;
		k->init(&l[i]);
	}
}
