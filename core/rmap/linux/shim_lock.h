/* SPDX-License-Identifier: GPL-2.0-only */
/* Locks, atomics, RCU and slab caches: ours, by the kernel's names. Each is a point, as in core. */
#ifndef RMAP_LINUX_SHIM_LOCK_H
#define RMAP_LINUX_SHIM_LOCK_H

#include "atomic.h"
#include "lock.h"
#include "rcu.h"

/* Trees change under their lock, and are looked at under it: their marks are for who would do so without, as nobody does. */
#ifdef SHIM_TREE_LOCKED
#undef READ_ONCE
#undef WRITE_ONCE
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, val) (*(volatile __typeof__(x) *)&(x) = (val))
#endif

/* *was: what is expected; then what was there. */
#define atomic_try_cmpxchg(v, was, new)                                         \
	({                                                                      \
		const int expected_ = *(was);                                   \
		*(was) = atomic_cmpxchg(v, expected_, new);                     \
		*(was) == expected_;                                            \
	})

#define rcu_dereference_raw(p) rcu_dereference(p)
#define atomic_long_inc(v) atomic_inc(v)
#define atomic_long_sub(i, v) atomic_sub(i, v)

/* The kernel gives each lock that is made a class of its own; here those of anon_vmas are the only ones that the tree makes. */
#undef init_rwsem
#define init_rwsem(s) lock_init(&(s)->l, LC_ANON_VMA)

/* Nor has it any other to release for write: checks of whole families look when that happens. */
#undef up_write
#define shim_up_write_(s, sem)                                          \
	do {                                                            \
		struct rw_semaphore *sem = (s);                         \
		lock_release(&sem->l, OP_UP_WRITE, HERE);               \
		event(ANON_UNLOCK, .obj = sem);                         \
	} while (0)
#define up_write(s) shim_up_write_(s, UNIQUE(sem_))

/* Core's bookkeeping: who is on mmlist knows it without looking at his neighbours. */
static inline void shim_list_add(struct list_head *n, struct list_head *h)
{
	list_add(n, h);
	if (h == lx_mmlist())
		__atomic_store_n(&container_of(n, struct mm_struct, mmlist)->on_mmlist, 1, __ATOMIC_RELAXED);
}
#define list_add shim_list_add

/* Asked of mm->mmlist only: no point, as in core (mmlist_add()). */
static inline bool shim_off_mmlist(const struct list_head *h)
{
	struct mm_struct *mm = container_of(h, struct mm_struct, mmlist);

	exec_touch(&mm->on_mmlist, TOUCH_READ);
	return !__atomic_load_n(&mm->on_mmlist, __ATOMIC_RELAXED);
}
#define list_empty shim_off_mmlist

#define mmlist_lock (*lx_mmlist_lock())
struct shim_init_mm {
	struct list_head mmlist;
};
#define init_mm (*(struct shim_init_mm *)lx_mmlist())

#define mmap_assert_locked(mm) lockdep_assert_held(&(mm)->mmap_lock.l)
#define mmap_assert_write_locked(mm) lockdep_assert_held_write(&(mm)->mmap_lock.l)

#define i_mmap_lock_read(mapping) down_read(lx_i_mmap_rwsem(mapping))
#define i_mmap_trylock_read(mapping) down_read_trylock(lx_i_mmap_rwsem(mapping))
#define i_mmap_unlock_read(mapping) up_read(lx_i_mmap_rwsem(mapping))

/* ---- slab ---- */

#define SLAB_PANIC 0u
#define SLAB_ACCOUNT 0u
#undef kmem_cache_create
#define kmem_cache_create(name, size, align, flags, ctor) lx_cache_create(name, size, flags, ctor)
#define KMEM_CACHE(type, flags) lx_cache_create(#type, sizeof(struct type), flags, NULL)
#undef kmem_cache_alloc
#undef kmem_cache_free
#define kmem_cache_alloc(cache, gfp) lx_cache_alloc(cache, gfp, HERE)
#define kmem_cache_free(cache, obj) lx_cache_free(cache, obj, HERE)

#endif
