/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page-table entries: what they say, and the points at which they are read and written.
 *
 * Written under the pte lock only; the hardware sets accessed and dirty bits without asking.
 */
#ifndef CORE_PTE_H
#define CORE_PTE_H

#include "mm_types.h"

#define PTE_PRESENT 1ul
#define PTE_WRITE 2ul
#define PTE_ACCESSED 4ul
#define PTE_DIRTY 8ul
#define PTE_SPECIAL 16ul		/* maps a frame that rmap does not know: the zero page */
#define PTE_SWAP 32ul			/* not present: a swap entry */
#define PTE_PROTNONE 64ul		/* present, but not for programs: the hardware takes it for absent */
#define PTE_MIGRATION 128ul		/* not present: a migration entry */
#define PTE_MIGRATION_WRITE 256ul	/* of a migration entry: what it stands for was writable */
#define PTE_HUGE 2048ul			/* in the directory: maps a whole huge page */
#define PTE_HWPOISON 512ul		/* not present: a poison entry */
#define PTE_SHIFT 12

static inline pte_t __pte(unsigned long v)
{
	return (pte_t){ v };
}

static inline bool pte_none(pte_t p)
{
	return !p.pte;
}

static inline bool pte_present(pte_t p)
{
	return p.pte & PTE_PRESENT;
}

static inline bool pte_swap(pte_t p)
{
	return p.pte & PTE_SWAP;
}

static inline bool pte_has(pte_t p, unsigned long bits)
{
	return (p.pte & bits) == bits;
}

static inline unsigned long pte_pfn(pte_t p)
{
	return p.pte >> PTE_SHIFT;
}

static inline pte_t pfn_pte(unsigned long pfn, unsigned long bits)
{
	return __pte(pfn << PTE_SHIFT | PTE_PRESENT | bits);
}

static inline pte_t pte_with(pte_t p, unsigned long bits)
{
	return __pte(p.pte | bits);
}

static inline pte_t pte_without(pte_t p, unsigned long bits)
{
	return __pte(p.pte & ~bits);
}

/* Swap entries are slot numbers; slot 0 is never used. */
typedef unsigned long swp_entry_t;

static inline pte_t swp_pte(swp_entry_t entry)
{
	return __pte(entry << PTE_SHIFT | PTE_SWAP);
}

static inline swp_entry_t pte_swp(pte_t p)
{
	return p.pte >> PTE_SHIFT;
}

/*
 * A migration entry stands for a present one while its page is on the move: it names the old frame, which is locked and stays so
 * until the last entry is gone. It counts for no mapping, holds no reference, and is the mm's page all the same (its rss).
 */
static inline pte_t migration_pte(unsigned long pfn, bool write)
{
	return __pte(pfn << PTE_SHIFT | PTE_MIGRATION | (write ? PTE_MIGRATION_WRITE : 0));
}

static inline bool pte_migration(pte_t p)
{
	return p.pte & PTE_MIGRATION;
}

static inline bool pte_migration_write(pte_t p)
{
	return pte_has(p, PTE_MIGRATION | PTE_MIGRATION_WRITE);
}

/* What may be written to no longer, as fork and mprotect want it: the entry comes back read-only. */
static inline pte_t pte_migration_read(pte_t p)
{
	return pte_without(p, PTE_MIGRATION_WRITE);
}

/* A poison entry stands for a page that has failed. It counts for nothing, and who comes there gets SIGBUS. */
static inline pte_t hwpoison_pte(unsigned long pfn)
{
	return __pte(pfn << PTE_SHIFT | PTE_HWPOISON);
}

static inline bool pte_hwpoison(pte_t p)
{
	return p.pte & PTE_HWPOISON;
}

static inline bool pte_same(pte_t a, pte_t b)
{
	return a.pte == b.pte;
}

/* As pte_same(), but the bits that the hardware sets do not count. */
static inline bool pte_same_mapping(pte_t a, pte_t b)
{
	return !((a.pte ^ b.pte) & ~(PTE_ACCESSED | PTE_DIRTY));
}

#define ptep_get(ptep) READ_ONCE(*(ptep))
#define set_pte(ptep, val)                                    \
	do {                                                  \
		pte_t set_pte_val_ = (val);                   \
		WRITE_ONCE(*(ptep), set_pte_val_);            \
		pte_touch_mappers(set_pte_val_);              \
	} while (0)
#define ptep_get_and_clear(ptep)                              \
	({                                                    \
		pte_t pte_old_ = __pte(xchg(&(ptep)->pte, 0ul)); \
		pte_touch_mappers(pte_old_);                  \
		pte_old_;                                     \
	})

/* A migration entry gives way to another entry, or to none. pte lock held. */
#define replace_migration_pte(ptep, old, val)                 \
	do {                                                  \
		set_pte(ptep, val);                           \
		pte_touch_mappers(old);                       \
	} while (0)

/* An entry comes or goes: whoever frees its frame, or ends its migration, looks whether any is left. */
void pte_touch_mappers(pte_t pte);

#endif
