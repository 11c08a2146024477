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
	EVENT(FORK_BEGIN, "fork-begin")                        \
	EVENT(FORKED, "forked")                                \
	EVENT(EXITED, "exited")                                \
	EVENT(PAGE_ALLOC, "page-alloc")                        \
	EVENT(PAGE_FREE, "page-free")                          \
	EVENT(FAULT_ANON, "fault-new-page")                    \
	EVENT(FAULT_RACED, "fault-lost-race")                  \
	EVENT(COW_COPY, "cow-copy")                            \
	EVENT(COW_REUSE, "cow-reuse")                          \
	EVENT(SWAP_IN, "swap-in")                              \
	EVENT(SWAP_OUT, "swap-out")                            \
	EVENT(RECLAIM_UNMAP, "reclaim-unmap")                  \
	EVENT(RECLAIM_KEPT, "reclaim-kept")                    \
	EVENT(WALK_BEGIN, "walk")                              \
	EVENT(WALK_VMA, "walk-vma")                            \
	EVENT(WALK_CHILD_VMA, "walk-saw-child-vma")            \
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
	EVENT(MIGRATION_ZAPPED, "migration-entry-zapped")      \
	EVENT(ALLOC_FAILED, "alloc-failed")

enum event_kind {
#define EVENT_ENUM(name, text) EV_##name,
	EVENT_TABLE(EVENT_ENUM)
#undef EVENT_ENUM
	EV_NR
};

struct event {
	enum event_kind kind;
	struct mm_struct *mm;		/* whose, or NULL */
	struct mm_struct *other;	/* FORK*: the child */
	unsigned long addr, end;	/* address, or range */
	unsigned long pfn;		/* USER_*, PAGE_* */
	u64 value;			/* USER_*: what was read or written */
	const void *obj;		/* ANON_*: the anon_vma; WALK_*: the page */
};

extern const char *const event_name[EV_NR];

/* Tell the listener, if there is one. */
void core_event(const struct event *e);
#define event(k, ...) core_event(&(struct event){ .kind = EV_##k, ##__VA_ARGS__ })

#endif
