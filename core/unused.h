/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages that a guest does not use: see unused.c. */
#ifndef CORE_UNUSED_H
#define CORE_UNUSED_H

#include "mm.h"

/*
 * By the guest whose memory mm is: what the page at addr holds is of no interest, or is so again (unused false; it may hold anything by
 * then). Returns 0, -EFAULT when nothing is mapped there, -EINVAL in a mapping of a file, or -EAGAIN when no page is there, or a huge one.
 */
int page_set_unused(struct mm_struct *mm, unsigned long addr, bool unused);

#endif
