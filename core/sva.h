/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared virtual addressing: a device that uses a process's memory by the process's own page tables, as those behind an IOMMU do.
 *
 * It walks the tables itself, whenever it likes, and keeps translations in a TLB of its own. So nobody can stop it between a begin and an
 * end, as a guest is stopped: each time that CPUs are to forget translations it has to be told, before a page or a table goes, or another
 * page takes a place. What is not there it asks the process for.
 */
#ifndef CORE_SVA_H
#define CORE_SVA_H

#include "mmu_notifier.h"

struct sva {
	struct mmu_notifier mn;
	struct mm_struct *mm;		/* [const after bind] whose tables it walks; kept, but not its users */
	atomic_t users;			/* [atomic] who has it bound, and who lets it run */
	u32 pad;
	struct tlb tlb;
};

/* A device that uses mm's tables; the caller is a user of mm. NULL, with -ENOMEM or -EINTR in *err, when there can be none. May sleep. */
struct sva *sva_bind_device(struct mm_struct *mm, int *err);
/* It walks no tables any more, and is let go. May sleep. */
void sva_unbind_device(struct sva *d);
/* For who lets it run: it stays until he puts it. */
void sva_put(struct sva *d);

/* A load or store of the device. Returns 0, -EFAULT, -ENXIO and -ENOMEM as user_access(), or -ESRCH: it is bound no longer. May sleep. */
int sva_access(struct sva *d, unsigned long addr, bool write, u64 *value);

/* ---- its hardware (tlb.c) ---- */

enum device_access { DEVICE_DONE, DEVICE_FAULT, DEVICE_OFF };

/* One try of the access: a single step. */
enum device_access device_tlb_access(struct tlb *tlb, struct mm_struct *mm, unsigned long addr, bool write, u64 *value);
/* Forget; any lock may be held. */
void device_tlb_flush(struct tlb *tlb, const struct mm_struct *mm, unsigned long start, unsigned long end);
/* Forget all, for good. */
void device_tlb_off(struct tlb *tlb, const struct mm_struct *mm);

#endif
