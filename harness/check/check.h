/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The oracles that look at structures. They look through the provider's views and report like everybody else.
 *
 * Quiescent: no task is in the middle of anything. Between steps: called from an event in a controlled run, reads only what the
 * stepping task's locks guard or what no point lies inside of.
 */
#ifndef HARNESS_CHECK_CHECK_H
#define HARNESS_CHECK_CHECK_H

#include "huge.h"
#include "world.h"

/* O2: every present entry and every migration entry is found by a walk of its page, exactly once. Quiescent. */
void check_rmap(void);

/* O2, while it happens: a search for a page's entries misses none that is there all the time. Between steps; every event. */
void check_search(struct lookouts *all, const struct event *e);

/*
 * O3: mapcounts, reference counts, swap counts, rss and the counters of vmstat against what page tables and caches say; no flush of a TLB
 * is pending. Quiescent.
 */
void check_counts(void);

/* O3: what each memory control group counts against the pages that are charged to it. Quiescent. */
void check_memcgs(void);

/* O8, what must hold whenever a family's lock is dropped. Between steps. */
void check_chains(void);

/*
 * O8: a fork has chosen an anon_vma that was there for its child. With two children or more it stands for a place where the family
 * branches, and walks would come from one branch to the other. Nobody gives it another child before the fork is over, as it is no
 * other VMA's. Between steps. Source: Linux 6.1, anon_vma_clone().
 */
void check_reuse(const void *anon_vma);

/* O8, the counters of every anon_vma recomputed. Quiescent. */
void check_anon_vmas(void);

/* O5 and O8, files: what is clean is in the store, what is dirty is found by write-back. Quiescent. */
void check_files(void);

/* O8 and O3, mlock: who is mlocked is mapped by somebody who has locked it; counts. Quiescent. */
void check_mlock(void);

/* O8 and O3, swap: swapoff finds who has entries; areas that are off; slots. Quiescent. */
void check_swap(void);

/* O4, a load or store: not of a page that memory failure has taken away. Between steps. */
void check_poison_access(const struct event *e);
/* O4: nobody maps, or finds, such a page. Quiescent. */
void check_poison(void);

/* O7: chains stay bounded, however often is forked. Between steps. */
void check_chain_length(const struct mm_struct *mm);

/* O4: nobody can reach this frame any more. Between steps. */
void check_page_free(unsigned long pfn);

/* O10: this frame's content has gone elsewhere or stays; no entry may wait for that any more. Between steps. */
void check_migration_end(unsigned long pfn);
/* O10: no migration goes on, and no migration entry is left. Quiescent. */
void check_orphans(void);

/* O11: an operation that takes rights away has ended. Between steps; mmap_lock held for write, or nobody else uses the mm. */
void check_tlb(const struct mm_struct *mm);

/* O4 of guests: none can reach this frame any more. Between steps. */
void check_guests_page_free(unsigned long pfn);

/* O11 of guests: none has a translation, of this address space or (NULL) of any, that the page table does not have. Between steps. */
void check_guests(const struct mm_struct *mm);

/* O7: everybody has exited; nothing may be left. Quiescent. */
void check_leaks(void);

/* All of the quiescent ones but the leaks. */
void check_quiescent(void);

/* O9: who waits for whom. Reports the cycle; false when tasks wait only for names that nobody will bind. */
bool check_deadlock(void);
/* O9: too many steps without progress. */
void check_livelock(u64 steps);
void check_livelock_lasting(double seconds);	/* of real threads */

/* Does what maps an address allow such a translation? */
bool entry_allows(pte_t pte, unsigned long pfn, bool writable);

/* Quiescent. */
static inline bool of_file(const struct page *page)
{
	unsigned long mapping = (unsigned long)compound_head(page)->mapping;

	return mapping && !(mapping & PAGE_MAPPING_FLAGS);
}

/* For every present entry / every entry of every address space. Quiescent. */
typedef void (*pte_fn)(struct mm_struct *mm, unsigned long addr, pte_t pte, void *arg);
void for_each_pte(pte_fn fn, void *arg);

#endif
