/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A secondary MMU: a guest that uses the memory of a process through translations of its own (sptes), as KVM's do.
 *
 * Its hardware asks nobody: as long as there is an spte, the guest reads and writes through it. They come from the process's page table
 * by a fault, and go when the notifier says so.
 */
#ifndef CORE_GUEST_H
#define CORE_GUEST_H

#include "mmu_notifier.h"

#define GUEST_SPTES 8u

/* What a guest stands for besides its fields, to those who touch it (exec_touch_part()). */
enum guest_part {
	GUEST_PAGE = 1,			/* + page of an address: its spte */
	GUEST_ANY = GUEST_PAGE + TASK_PAGES,	/* which sptes there are */
};

struct spte {
	unsigned long addr, pfn;
	u8 present, writable;
	u8 accessed, dirty;		/* [the hardware sets them] */
	u32 pad;
};

struct guest {
	struct mmu_notifier mn;
	struct mm_struct *mm;		/* [const after register] whose memory it is; kept, but not its users */
	atomic_t users;			/* [atomic] who has it registered, and who lets it run */
	u32 word;			/* inner lock of its hardware; real threads only */
	spinlock_t mmu_lock;
	unsigned long mmu_notifier_seq;	/* [mmu_lock; read without, and again under it] changes of page tables that have ended */
	long mmu_notifier_count;	/* [mmu_lock] changes that are going on */
	u32 released;			/* [mmu_lock] no more sptes */
	u32 next;			/* [mmu_lock] the one to be replaced next */
	struct spte spte[GUEST_SPTES];	/* [mmu_lock to come and go; the hardware reads them] */
};

/* A guest that uses mm's memory, of which the caller is a user. NULL, with -ENOMEM or -EINTR in *err, when there can be none. May sleep. */
struct guest *guest_create(struct mm_struct *mm, int *err);
/* Its notifier is unregistered, and it is let go. May sleep. */
void guest_destroy(struct guest *g);
/* For who lets it run: it stays until he puts it. */
void guest_put(struct guest *g);

/*
 * A load or store of the guest: through its spte, or a fault of its own and, if need be, of the process. Returns 0, -EFAULT, -ENXIO and
 * -ENOMEM as user_access(), or -ESRCH: the process, or the guest's use of it, is gone. May sleep.
 */
int guest_access(struct guest *g, unsigned long addr, bool write, u64 *value);

/* ---- its hardware (spte.c); mmu_lock held, but for the access ---- */

/* Take one away that translates an address of the range; *old is as it was then. False: there is none. */
bool spte_take(struct guest *g, unsigned long start, unsigned long end, struct spte *old);
/* There is none for the address. True, with *old filled in, when another one had to go for it. */
bool spte_set(struct guest *g, const struct spte *new, struct spte *old);
/* Was one of the range used since the last call? */
bool spte_test_clear_young(struct guest *g, unsigned long start, unsigned long end);
/* One try of the guest's access: a single step. False when it faults. */
bool spte_access(struct guest *g, unsigned long addr, bool write, u64 *value);

#endif
