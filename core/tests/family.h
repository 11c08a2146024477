/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looking at families of anon_vmas: chains, counters, and all of it recomputed from scratch. No
 * points; for bodies of tests.
 */
#ifndef CORE_TESTS_FAMILY_H
#define CORE_TESTS_FAMILY_H

#include "rig.h"

#include "rmap/anon-chain/anon_vma.h"

/* How many live. */
u32 anon_vmas(void);
u32 links(void);

/* That of the process's first VMA. */
struct anon_vma *anon_of(const struct mm_struct *mm);

unsigned chain_length(const struct vm_area_struct *vma);

/* The chain is exactly this, newest first: want_chain(vma, b, a). */
void want_chain_at(int line, const struct vm_area_struct *vma, struct anon_vma *const right[],
		   unsigned nr);
#define want_chain(vma, ...)                                                            \
	do {                                                                            \
		struct anon_vma *const right_[] = { __VA_ARGS__ };                      \
		want_chain_at(__LINE__, vma, right_, ARRAY_SIZE(right_));               \
	} while (0)

struct counts {
	int refcount;
	unsigned long children, active;
};

/* want_anon(a, refcount, children, active VMAs) */
void want_anon_at(int line, const struct anon_vma *a, struct counts right);
#define want_anon(a, ...) want_anon_at(__LINE__, a, (struct counts){ __VA_ARGS__ })

/* Counters, trees and chains agree, and no two processes put their pages into one anon_vma. */
void want_families_at(int line);
#define want_families() want_families_at(__LINE__)

/* A process with one area of which page 0 is written. */
struct mm_struct *first_process(unsigned pages);

/*
 * Link a VMA that belongs to nobody as fork would link the copy of the process's first one. Returns
 * 0 or -ENOMEM.
 */
int fork_vma(struct vm_area_struct *vma, const struct mm_struct *mm);

#endif
