/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event stream: what happened in the model, told at the moment when it did. Oracles and goals listen; the core does not
 * know who does. An event is no point, and listeners must not make one.
 *
 * EVENT(NAME, text): text is the name under which a scenario can make it a goal.
 */
#ifndef CORE_EVENTS_H
#define CORE_EVENTS_H

#include "mm_types.h"

#define EVENT_TABLE(EVENT)                                     \
	EVENT(USER_LOAD, "user-load")                          \
	EVENT(USER_STORE, "user-store")                        \
	EVENT(MMAPPED, "mmapped")                              \
	EVENT(UNMAP_BEGIN, "unmap-begin")                      \
	EVENT(UNMAP_END, "unmapped")                           \
	EVENT(VMA_EXTENDED, "vma-extended")                    \
	EVENT(VMA_MERGED, "vmas-merged")                       \
	EVENT(ANON_IMPORTED, "anon-vma-imported")              \
	EVENT(PROTECTED, "protected")                          \
	EVENT(PTE_MOVED, "entry-moved")                        \
	EVENT(PTE_REMOVED, "entry-removed")                    \
	EVENT(TABLE_MOVED, "table-moved")                      \
	EVENT(MREMAP_BACK, "mremap-moved-back")                \
	EVENT(MREMAPPED, "mremapped")                          \
	EVENT(MREMAP_LEFT, "mremap-left-area")                 \
	EVENT(MADVISE_BEGIN, "madvise-begin")                  \
	EVENT(PTE_DROPPED, "entry-dropped")                    \
	EVENT(MADVISED, "madvised")                            \
	EVENT(LAZY_FREED, "lazily-freed")                      \
	EVENT(LAZY_KEPT, "lazy-page-dirty-again")              \
	EVENT(FIND_BEGIN, "find-begin")                        \
	EVENT(FIND_HIT, "find-found-entry")                    \
	EVENT(FIND_END, "find-end")                            \
	EVENT(FORK_BEGIN, "fork-begin")                        \
	EVENT(FORKED, "forked")                                \
	EVENT(EXITED, "exited")                                \
	EVENT(PAGE_ALLOC, "page-alloc")                        \
	EVENT(PAGE_FREE, "page-free")                          \
	EVENT(FAULT_ANON, "fault-new-page")                    \
	EVENT(FAULT_RACED, "fault-lost-race")                  \
	EVENT(VMA_LOCK_SUCCESS, "fault-under-vma-lock")        \
	EVENT(VMA_LOCK_ABORT, "vma-lock-not-had")              \
	EVENT(VMA_LOCK_MISS, "vma-lock-found-detached")        \
	EVENT(VMA_LOCK_RETRY, "vma-lock-not-enough")           \
	EVENT(COW_COPY, "cow-copy")                            \
	EVENT(COW_REUSE, "cow-reuse")                          \
	EVENT(SWAP_IN, "swap-in")                              \
	EVENT(SWAP_OUT, "swap-out")                            \
	EVENT(SWAP_TOKEN_TAKEN, "swap-token-taken")            \
	EVENT(SWAP_TOKEN_PUT, "swap-token-given-up")           \
	EVENT(SWAP_TOKEN_SPARED, "swap-token-spared-page")     \
	EVENT(POISONED, "page-poisoned")                       \
	EVENT(POISON_FOUND, "poison-found")                    \
	EVENT(POISON_ENTRY, "poison-entry")                    \
	EVENT(POISON_FORKED, "poison-entry-forked")            \
	EVENT(POISON_FAULT, "poison-fault")                    \
	EVENT(FILE_LOST, "file-page-lost")                     \
	EVENT(SWAP_COUNT_FULL, "swap-count-full")              \
	EVENT(ARCH_UNMAP_FAILED, "arch-unmap-failed")          \
	EVENT(SWAP_UNUSED, "swap-entry-unused")                \
	EVENT(SWAPPED_OFF, "swapped-off")                      \
	EVENT(RECLAIM_UNMAP, "reclaim-unmap")                  \
	EVENT(RECLAIM_KEPT, "reclaim-kept")                    \
	EVENT(UNMAP_AGAIN, "unmap-missed-lock")                \
	EVENT(UNMAP_NO_VMA, "unmap-found-no-vma")              \
	EVENT(UNMAP_MISSED, "unmap-missed-mapping")            \
	EVENT(WALK_BEGIN, "walk")                              \
	EVENT(WALK_VMA, "walk-vma")                            \
	EVENT(WALK_CHILD_VMA, "walk-saw-child-vma")            \
	EVENT(WALK_PAST_VMA, "walk-passed-vma")                \
	EVENT(ANON_PREPARED, "anon-vma-prepared")              \
	EVENT(ANON_PREPARE_RACED, "anon-vma-prepare-raced")    \
	EVENT(ANON_MERGED, "anon-vma-merged")                  \
	EVENT(ANON_REUSED, "anon-vma-reused")                  \
	EVENT(ANON_FREED, "anon-vma-freed")                    \
	EVENT(ANON_RECYCLED, "anon-vma-recycled")              \
	EVENT(ANON_LOCK_SLOW, "anon-lock-slow-path")           \
	EVENT(ANON_LOCK_LOST, "anon-lock-found-unmapped")      \
	EVENT(ANON_UNLOCK, "anon-vma-unlock")                  \
	EVENT(MIGRATE_UNMAP, "migrate-unmap")                  \
	EVENT(MIGRATED, "migrated")                            \
	EVENT(MIGRATE_KEPT, "migrate-kept")                    \
	EVENT(MIGRATE_END, "migrate-end")                      \
	EVENT(MIGRATION_WAIT, "migration-wait")                \
	EVENT(MIGRATION_FORKED, "migration-entry-forked")      \
	EVENT(MIGRATION_PROTECTED, "migration-entry-protected") \
	EVENT(MIGRATION_MOVED, "migration-entry-moved")        \
	EVENT(MIGRATION_ZAPPED, "migration-entry-zapped")      \
	EVENT(ALLOC_FAILED, "alloc-failed")                    \
	EVENT(FILE_NEW, "file-new")                            \
	EVENT(FILE_GONE, "file-gone")                          \
	EVENT(FILE_MAPPED, "file-mapped")                      \
	EVENT(NONLINEAR, "nonlinear")                          \
	EVENT(FILE_ENTRY, "file-entry-left")                   \
	EVENT(FILE_SIZE, "file-size")                          \
	EVENT(FILE_TRUNCATED, "truncated")                     \
	EVENT(FILE_INVALIDATE, "file-invalidate")              \
	EVENT(FILE_LOAD, "file-load")                          \
	EVENT(FILE_STORE, "file-store")                        \
	EVENT(FILE_COW, "file-cow")                            \
	EVENT(FILE_WRITTEN, "written-back")                    \
	EVENT(FILE_RECLAIMED, "file-page-reclaimed")           \
	EVENT(FAULT_FILE, "fault-file-page")                   \
	EVENT(FAULT_BEYOND, "fault-beyond-end")                \
	EVENT(PAGE_TRUNCATED, "page-found-truncated")          \
	EVENT(PAGE_CLEANED, "page-cleaned")                    \
	EVENT(MLOCKED, "mlocked")                              \
	EVENT(MUNLOCK, "munlock")                              \
	EVENT(FLUSH_DEFERRED, "flush-put-off")                 \
	EVENT(BATCH_FLUSHED, "batch-flushed")                  \
	EVENT(SPTE_ZAPPED, "spte-zapped")                      \
	EVENT(GUEST_RETRY, "guest-fault-retried")              \
	EVENT(DEVICE_PAGE_REQUEST, "device-asked-for-page")    \
	EVENT(DEVICE_UNBOUND, "device-unbound")                \
	EVENT(KSM_MERGED, "ksm-merged")                        \
	EVENT(KSM_COPIED, "ksm-swap-in-copied")                \
	EVENT(KSM_STALE, "ksm-node-stale")                     \
	EVENT(FAULT_HUGE, "fault-huge-page")                   \
	EVENT(FAULT_HUGE_FILE, "fault-huge-file-page")         \
	EVENT(HUGE_PMD_SPLIT, "huge-entry-split")              \
	EVENT(HUGE_PAGE_SPLIT, "huge-page-split")              \
	EVENT(COLLAPSED, "collapsed")                          \
	EVENT(FILE_COLLAPSED, "file-collapsed")                \
	EVENT(PMD_SHARED, "table-shared")                      \
	EVENT(PMD_UNSHARED, "table-given-up")                  \
	EVENT(TABLE_RETRACTED, "table-retracted")              \
	EVENT(USERFAULT, "userfault")                          \
	EVENT(USERFAULT_WAIT, "userfault-waits")               \
	EVENT(USERFAULT_RACED, "userfault-found-page")         \
	EVENT(USERFAULT_FILLED, "userfault-filled")            \
	EVENT(USERFAULT_RANGE, "userfault-range")              \
	EVENT(UNUSED, "page-unused")                           \
	EVENT(STABLE, "page-stable")                           \
	EVENT(UNUSED_DROPPED, "unused-page-dropped")           \
	EVENT(DEVICE_MOVED, "moved-to-device")                 \
	EVENT(DEVICE_FAULT, "moved-from-device")               \
	EVENT(DEVICE_FORKED, "device-entry-forked")            \
	EVENT(SWAP_CHARGE_MOVED, "swap-charge-moved")          \
	EVENT(CLEAR_SOFT_BEGIN, "soft-dirty-clearing")         \
	EVENT(CLEARED_SOFT, "soft-dirty-cleared")              \
	EVENT(SOFT_DIRTY_SEEN, "soft-dirty-read")

enum event_kind {
#define EVENT_ENUM(name, text) EV_##name,
	EVENT_TABLE(EVENT_ENUM)
#undef EVENT_ENUM
	EV_NR
};

#define NO_PFN ~0ul

struct event {
	enum event_kind kind;
	struct mm_struct *mm;		/* whose, or NULL */
	struct mm_struct *other;	/* FORK*: the child */
	unsigned long addr, end;	/* address, or range; PTE_MOVED: from, to; of FILE_LOAD, _STORE, _WRITTEN, _RECLAIMED the
					 * page of the file; of FILE_NEW, _SIZE, _TRUNCATED end is the size in pages */
	unsigned long pfn;		/* USER_*, PAGE_*, PTE_*; NO_PFN: the entry was no translation */
	u64 value;			/* USER_*: what was read or written; MADVISE*: the advice;
					 * SOFT_DIRTY_SEEN: was it? */
	const void *obj;		/* ANON_*: the anon_vma; WALK_*: the page; FILE_*: the inode */
	bool shared;			/* FILE_MAPPED; value is the file's first page there */
	bool fresh;			/* MMAPPED: by a call that maps, so that all of it counts as written to */
};

extern const char *const event_name[EV_NR];

/* Tell the listener, if there is one. */
void core_event(const struct event *e);
#define event(k, ...) core_event(&(struct event){ .kind = EV_##k, ##__VA_ARGS__ })

#endif
