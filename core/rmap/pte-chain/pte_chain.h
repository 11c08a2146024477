/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pte chain reverse map of Linux 2.5.30 and 2.5.31: structures of this provider alone.
 *
 * A page knows every entry that maps it, by the entry's address: one directly, several by a chain. The entry's table knows its mm and
 * its address. No VMA is looked through in vain, and none is needed to find a page's mappings; the price is a link for each mapping of a
 * shared page, which fork has to allocate and exit to free again.
 */
#ifndef CORE_PTE_CHAIN_PTE_CHAIN_H
#define CORE_PTE_CHAIN_PTE_CHAIN_H

#include "internal.h"

struct pte_chain {
	struct pte_chain *next;		/* [pte_chain lock of its page] */
	pte_t *ptep;			/* likewise */
};

/* Links for a direct pointer that becomes a chain, and for the mapping that makes it one. */
#define RESERVE 2

struct pte_chains {
	struct kmem_cache *cache;
	struct reserve {
		struct pte_chain *link[RESERVE];	/* [own task] NULL: none */
	} *reserve;			/* [const after init] one for each task */
};

extern const struct slab_field pte_chain_fields[];
extern const struct data_type pte_chain_types[];
extern const struct data_lock pte_chain_locks[];

static inline struct pte_chains *provider(void)
{
	return core()->provider;
}

/* PG_chainlock guards what the page's rmap_private is: with PG_direct one entry, else the first link of a chain, or nothing. */
#define pte_chain_lock(page) bit_spin_lock(PG_chainlock, &(page)->flags, LC_PTE_CHAIN)
#define pte_chain_unlock(page) bit_spin_unlock(PG_chainlock, &(page)->flags, LC_PTE_CHAIN)

/* ---- chain.c; but for the first three, PG_chainlock is held ---- */

void pte_chain_init(void);
/* See rmap.h. */
int pte_chain_prepare(gfp_t gfp);
void pte_chain_done(void);

/* One mapping more. False when there is no memory for it: then nothing has changed. */
bool chain_add(struct page *page, pte_t *ptep);
/* One mapping less; false when the chain has it not. */
bool chain_remove(struct page *page, pte_t *ptep);
/* The mapping is by another entry. False when the chain has it not. */
bool chain_replace(struct page *page, pte_t *from, pte_t *to);

/*
 * A look at each mapping in turn, in which the one that is looked at may be taken out. chain_first: from the beginning. at: the entry, NULL
 * behind the last one.
 */
struct chain_cursor {
	struct page *page;
	struct pte_chain *link, *prev, *next;	/* NULL: a direct pointer */
	pte_t *ptep;
};

void chain_first(struct chain_cursor *c, struct page *page);
void chain_next(struct chain_cursor *c);
/* The one that the cursor is at leaves the chain. Several may go so; when none is to go any more, chain_settle(). */
void chain_unlink(struct chain_cursor *c);
/* A chain of one link becomes a direct pointer. */
void chain_settle(struct page *page);

#define chain_foreach(c, page) for (chain_first(c, page); (c)->ptep; chain_next(c))

/* What the page has, without a point: for whoever holds the lock, and for checks. */
static inline unsigned long chain_peek(const struct page *page)
{
	return __atomic_load_n(&page->rmap_private, __ATOMIC_RELAXED);
}

/* ---- ptep.c: an entry's mm and address, by its table. What is in a chain is in a table: the table is not freed before. ---- */

/* NULL when it is in none, which should not be. */
struct pgtable *ptep_to_table(pte_t *ptep);
/* The mm's page_table_lock is held, or the table cannot be moved: nobody moves whole tables here. */
unsigned long ptep_to_address(const struct pgtable *pt, const pte_t *ptep);

/* ---- walk.c, try_to_unmap.c, views.c: see rmap.h ---- */
int page_referenced(struct page *page, bool is_locked, struct mem_cgroup *memcg, unsigned long *vm_flags);
void chain_walk(struct page *page, rmap_visit_t visit, void *arg);
unsigned find_mappings(struct page *page);
enum swap_result try_to_unmap(struct page *page, unsigned flags);
int page_mkclean(struct page *page);
void view_page(struct page *page, rmap_visit_t visit, void *arg);
int view_mapcount(const struct page *page);
void view_vma(struct vm_area_struct *vma, void (*fn)(const void *id, void *arg), void *arg);
void view_anon_vmas(void (*fn)(const struct anon_vma_view *v, void *arg), void *arg);
void view_vmas_of(const void *id, void (*fn)(struct vm_area_struct *vma, void *arg), void *arg);

#endif
