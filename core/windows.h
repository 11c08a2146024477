/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Windows: stretches of code between two steps that belong together, where another thread that comes in between is what races are
 * about. They change nothing; exploration tells how often each was open, and how often somebody came in between.
 *
 * W(NAME, text, about)
 */
#ifndef CORE_WINDOWS_H
#define CORE_WINDOWS_H

#include "exec.h"

#define WINDOW_TABLE(W)                                                                                             \
	W(ANON_LOOKUP, "anon-lookup", "page->mapping was read, and its anon_vma is not locked or referenced yet")   \
	W(ANON_PREPARE, "anon-prepare", "a VMA had no anon_vma, and none is installed yet")                         \
	W(ANON_UNLINK, "anon-unlink", "a VMA leaves the reverse map: its links go, its anon_vmas are not put yet")  \
	W(FORK_COPY, "fork-copy", "the child's VMA is in the reverse map, and its entries are not all copied")      \
	W(FORK_FLUSH, "fork-flush", "the parent's entries are write-protected, and its TLBs are not flushed")       \
	W(UNMAP_FLUSH, "unmap-flush", "entries are cleared, and neither are TLBs flushed nor the pages given back") \
	W(PROTECT_FLUSH, "protect-flush", "entries lose rights, and TLBs are not flushed")                          \
	W(MREMAP_MOVE, "mremap-move", "entries move from one table to another")                                     \
	W(VMA_LOOKUP, "vma-lookup", "a VMA was found without mmap_lock, and is not locked and looked at yet")        \
	W(COW_COPY, "cow-copy", "a page is copied, and the copy is not mapped yet")                                 \
	W(SWAP_LOOKUP, "swap-lookup", "a page was seen in the swap cache, and is not referenced yet")               \
	W(TRUNCATE, "truncate", "the file is shorter, and pages beyond its end are still mapped or cached")         \
	W(CLEAN_PAGE, "clean-page", "a dirty page is being cleaned, entries first, for write-back")                 \
	W(SPLIT_PMD, "split-pmd", "a huge entry is no longer used by the processor, and no table is in its place yet") \
	W(SPLIT_PAGE, "split-page", "a huge page's entries are migration entries, and not all of them are present again") \
	W(COLLAPSE, "collapse", "a table is off the directory, and the huge page that takes its place is not mapped yet") \
	W(RECLAIM_FREE, "reclaim-free", "a page lost its last mapping, and is not out of the swap cache yet")       \
	W(UNMAP_BREAK, "unmap-break", "the lock of a file's tree is given up, and not all is unmapped yet")         \
	W(MIGRATE, "migrate", "a page's entries are migration entries, and not all of them are present again")      \
	W(MEMORY_FAILURE, "memory-failure", "a page has failed, and is not yet out of everybody's hands")           \
	W(KSM_LOOKUP, "ksm-lookup", "a stable node's page was seen, and is not referenced and looked at again yet") \
	W(USERFAULT, "userfault", "an entry was found empty, and its monitor has not answered yet") \
	W(SOFT_DIRTY_FLUSH, "soft-dirty-flush", "entries lose the right to write, to be told of the next write, and TLBs are not flushed") \
	W(KSM_MERGE, "ksm-merge", "a page is write-protected and compared, and its entry is not replaced yet")

enum window {
#define WINDOW_ENUM(name, text, about) WINDOW_##name,
	WINDOW_TABLE(WINDOW_ENUM)
#undef WINDOW_ENUM
	NR_WINDOWS
};

struct window_info {
	const char *name, *about;
};

extern const struct window_info window_info[NR_WINDOWS];

static inline void window_leave(const u32 *was)
{
	exec_windows(*was);
}

/* Open from here to the end of the block. */
#define WINDOW_HERE(w, was) \
	const u32 was __attribute__((cleanup(window_leave), unused)) = exec_windows(current->windows | 1u << WINDOW_##w)
#define WINDOW(w) WINDOW_HERE(w, UNIQUE(window_))

#endif
