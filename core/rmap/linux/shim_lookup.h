/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How folio_lock_anon_vma_read() and folio_get_anon_vma() fare, for goals and statistics: what they do between rcu_read_lock() and the
 * answer is told by what they call. And which entries go, or stay. Each is the operation that it is without this.
 */
#ifndef RMAP_LINUX_SHIM_LOOKUP_H
#define RMAP_LINUX_SHIM_LOOKUP_H

#undef rcu_read_lock
#define rcu_read_lock()                                                         \
	do {                                                                    \
		lx_lookup(LOOKUP_BEGINS);                                       \
		rcu_read_lock_at(HERE);                                         \
	} while (0)

#undef down_read_trylock
#define down_read_trylock(s) lx_lookup_got(LOOKUP_LOCK, lock_tryacquire(&(s)->l, OP_DOWN_READ_TRYLOCK, HERE))
#undef atomic_inc_not_zero
#define atomic_inc_not_zero(v) lx_lookup_got(LOOKUP_REFERENCE, atomic_add_unless(v, 1, 0))
#undef folio_mapped
#define folio_mapped(folio) lx_lookup_mapped(&(folio)->page, shim_mapped(folio))

#define find_mergeable_anon_vma(vma) lx_find_mergeable(vma)

/* Who leaves a walk over entries before its end leaves one where it is. */
#ifdef SHIM_RMAP
/* "current->tlb_ubc" is all that rmap.c wants of its task. */
#undef current
#define current lx_task()
#define page_vma_mapped_walk_done(pvmw) (lx_entry_kept(), page_vma_mapped_walk_done(pvmw))
#endif

#ifdef folio_remove_rmap_pte
#undef folio_remove_rmap_pte
#define folio_remove_rmap_pte(folio, page, vma)                                 \
	do {                                                                    \
		folio_remove_rmap_ptes(folio, page, 1, vma);                    \
		shim_removed(page, vma, false);                                 \
	} while (0)
#endif

#endif
