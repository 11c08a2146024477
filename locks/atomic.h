/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Marked accesses, atomics, bit operations and barriers, under the kernel's names; each marked access is a point.
 *
 * Controlled schedules are sequentially consistent, and a barrier then orders nothing that was not ordered and is no point, or they
 * are those of x86 (store_buffer.h): then smp_mb() is one, and the others still order nothing that was not ordered.
 */
#ifndef LOCKS_ATOMIC_H
#define LOCKS_ATOMIC_H

#include "exec.h"

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	long counter;
} atomic_long_t;

#define ATOMIC_INIT(i) { (i) }

/* Operands are evaluated once, before the point; a qualifier of the object is none of the value. */
#define unqualified_(p) __typeof__(({ __typeof__(*(p)) unqualified_value; unqualified_value; }))

#define load_(ptr, order, p, v)                                     \
	({                                                          \
		__typeof__(ptr) p = (ptr);                          \
		unqualified_(p) v;                                  \
		exec_point(OP_LOAD, (const void *)p);               \
		__atomic_load(p, &v, order);                        \
		v;                                                  \
	})

#define store_(ptr, val, order, p, v)                               \
	do {                                                        \
		__typeof__(ptr) p = (ptr);                          \
		unqualified_(p) v = (val);                          \
		exec_point_size(OP_STORE, (const void *)p, sizeof(v)); \
		__atomic_store(p, &v, order);                       \
	} while (0)

#define READ_ONCE(x) load_(&(x), __ATOMIC_RELAXED, UNIQUE(p_), UNIQUE(v_))
#define WRITE_ONCE(x, val) store_(&(x), val, __ATOMIC_RELAXED, UNIQUE(p_), UNIQUE(v_))
#define smp_load_acquire(p) load_(p, __ATOMIC_ACQUIRE, UNIQUE(p_), UNIQUE(v_))
#define smp_store_release(p, val) store_(p, val, __ATOMIC_RELEASE, UNIQUE(p_), UNIQUE(v_))

#define rcu_dereference(p) smp_load_acquire(&(p))
#define rcu_assign_pointer(p, v) smp_store_release(&(p), v)

#define barrier() __asm__ __volatile__("" ::: "memory")
#define smp_mb()                                                    \
	do {                                                        \
		exec_fence();                                       \
		__atomic_thread_fence(__ATOMIC_SEQ_CST);            \
	} while (0)
#define smp_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)
#define smp_mb__before_atomic() barrier()
#define smp_mb__after_atomic() barrier()

#define atomic_read(v) READ_ONCE((v)->counter)
#define atomic_set(v, i) WRITE_ONCE((v)->counter, (i))

/* Value of a counter as it is now, without a point: for checks and reports. */
#define atomic_peek(v) __atomic_load_n(&(v)->counter, __ATOMIC_RELAXED)

/* As in the kernel, who is given a value is ordered fully, and who is not is not ordered at all. */
#define ordered_rmw_(fn, order, ptr, operand, p, v)                             \
	({                                                                      \
		__typeof__(ptr) p = (ptr);                                      \
		__typeof__(*p) v = (operand);                                   \
		exec_point(OP_RMW, p);                                          \
		fn(p, v, order);                                                \
	})
#define rmw_(fn, ptr, operand, p, v) ordered_rmw_(fn, __ATOMIC_SEQ_CST, ptr, operand, p, v)
#define atomic_rmw_(fn, v, i) rmw_(fn, &(v)->counter, i, UNIQUE(p_), UNIQUE(v_))
#define atomic_void_(fn, v, i) \
	((void)ordered_rmw_(fn, __ATOMIC_RELAXED, &(v)->counter, i, UNIQUE(p_), UNIQUE(v_)))

#define atomic_add_return(i, v) atomic_rmw_(__atomic_add_fetch, v, i)
#define atomic_sub_return(i, v) atomic_rmw_(__atomic_sub_fetch, v, i)
#define atomic_inc_return(v) atomic_add_return(1, v)
#define atomic_dec_return(v) atomic_sub_return(1, v)
#define atomic_add(i, v) atomic_void_(__atomic_fetch_add, v, i)
#define atomic_sub(i, v) atomic_void_(__atomic_fetch_sub, v, i)
#define atomic_inc(v) atomic_add(1, v)
#define atomic_dec(v) atomic_sub(1, v)
#define atomic_dec_and_test(v) (atomic_dec_return(v) == 0)
#define atomic_inc_and_test(v) (atomic_inc_return(v) == 0)
#define atomic_add_negative(i, v) (atomic_add_return(i, v) < 0)

/* Store new if the value is old; returns what it was. Ordered only if it was. */
#define cmpxchg_(ptr, was, val, p, o, n)                                        \
	({                                                                      \
		__typeof__(ptr) p = (ptr);                                      \
		__typeof__(*p) o = (was), n = (val);                            \
		exec_point(OP_RMW, p);                                          \
		__atomic_compare_exchange_n(p, &o, n, false, __ATOMIC_SEQ_CST,  \
					    __ATOMIC_RELAXED);                  \
		o;                                                              \
	})
#define cmpxchg(ptr, old, new) cmpxchg_(ptr, old, new, UNIQUE(p_), UNIQUE(o_), UNIQUE(n_))
#define atomic_cmpxchg(v, old, new) cmpxchg(&(v)->counter, old, new)

/* Add a unless the value is u; true when it was added. */
static inline bool atomic_add_unless_at(atomic_t *v, int a, int u, const struct site *site)
{
	int old;

	exec_point_at(OP_RMW, v, site);
	old = __atomic_load_n(&v->counter, __ATOMIC_RELAXED);
	do {
		if (old == u)
			return false;
	} while (!__atomic_compare_exchange_n(&v->counter, &old, old + a, false, __ATOMIC_SEQ_CST,
					      __ATOMIC_RELAXED));
	return true;
}
#define atomic_add_unless(v, a, u) atomic_add_unless_at(v, a, u, HERE)
#define atomic_inc_not_zero(v) atomic_add_unless(v, 1, 0)

#define xchg(p, val) rmw_(__atomic_exchange_n, p, val, UNIQUE(p_), UNIQUE(v_))

#define bit_rmw_(fn, order, bit, word, mask, b)                                 \
	({                                                                      \
		unsigned b = (bit);                                             \
		(ordered_rmw_(fn, order, word, mask(b), UNIQUE(p_), UNIQUE(v_)) >> b & 1ul) != 0; \
	})
#define bit_only_(b) (1ul << (b))
#define bit_others_(b) (~(1ul << (b)))
#define bit_set_(order, bit, word) bit_rmw_(__atomic_fetch_or, order, bit, word, bit_only_, UNIQUE(b_))
#define bit_clear_(order, bit, word) bit_rmw_(__atomic_fetch_and, order, bit, word, bit_others_, UNIQUE(b_))
#define test_and_set_bit(bit, word) bit_set_(__ATOMIC_SEQ_CST, bit, word)
#define test_and_clear_bit(bit, word) bit_clear_(__ATOMIC_SEQ_CST, bit, word)
#define set_bit(bit, word) ((void)bit_set_(__ATOMIC_RELAXED, bit, word))
#define clear_bit(bit, word) ((void)bit_clear_(__ATOMIC_RELAXED, bit, word))
#define test_bit(bit, word) ((READ_ONCE(*(word)) >> (bit) & 1ul) != 0)

#endif
