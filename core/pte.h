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
#define PTE_SOFT_DIRTY 1024ul		/* of whatever maps a page, or stands for one: written to since that was last forgotten */
#define PTE_UNUSED 4096ul		/* present: its owner, a guest, does not care for what the page holds */
#define PTE_DEVICE 8192ul		/* not present: maps a page that no processor can reach: device.h */
#define PTE_DEVICE_WRITE 16384ul	/* of such an entry: the device may write */
#define PTE_FILE 32768ul		/* not present: a file entry, which names a page of the VMA's file */
#define PTE_SHIFT 16

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

/* Of a nonlinear mapping: which page of the file is to be brought here. It counts for nothing. */
static inline pte_t file_pte(unsigned long pgoff)
{
	return __pte(pgoff << PTE_SHIFT | PTE_FILE);
}

static inline bool pte_file(pte_t p)
{
	return !(p.pte & PTE_PRESENT) && p.pte & PTE_FILE;
}

static inline unsigned long pte_to_pgoff(pte_t p)
{
	return p.pte >> PTE_SHIFT;
}

static inline pte_t device_pte(unsigned long pfn, bool write, unsigned long soft_dirty)
{
	return __pte(pfn << PTE_SHIFT | PTE_DEVICE | (write ? PTE_DEVICE_WRITE : 0) | soft_dirty);
}

static inline bool pte_device(pte_t p)
{
	return p.pte & PTE_DEVICE;
}

static inline bool pte_same(pte_t a, pte_t b)
{
	return a.pte == b.pte;
}

/* The bit, to be given to what takes the entry's place. */
static inline unsigned long pte_soft_dirty(pte_t p)
{
	return p.pte & PTE_SOFT_DIRTY;
}

/* Is it an entry for this slot? Whether the page was written to does not matter. */
static inline bool pte_same_as_swp(pte_t p, swp_entry_t entry)
{
	return pte_same(pte_without(p, PTE_SOFT_DIRTY), swp_pte(entry));
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
