/* SPDX-License-Identifier: GPL-2.0-only */
/* Which pages a process has written to: see soft_dirty.c. The caller is a user of mm. */
#ifndef CORE_SOFT_DIRTY_H
#define CORE_SOFT_DIRTY_H

#include "mm.h"

/* Forget what was written to so far (a 4 written to /proc/PID/clear_refs): what is written after this returns will be known. */
void clear_refs_soft_dirty(struct mm_struct *mm);

/* Was the page at addr written to since then (/proc/PID/pagemap)? 1, 0, or -EFAULT when nothing is mapped there. */
int soft_dirty_of(struct mm_struct *mm, unsigned long addr);

#endif
