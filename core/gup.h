/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages of a process that somebody else holds and reads or writes: get_user_pages(), and the device that does so. */
#ifndef CORE_GUP_H
#define CORE_GUP_H

#include "mm.h"

enum foll_flags {
	FOLL_WRITE = 1,
	FOLL_FORCE = 2,			/* as a debugger writes: into a private copy, though the area may not be written */
	FOLL_FAST = 4,			/* without a lock first */
	FOLL_COW = 8,			/* internal: our write fault has made the copy */
};

/* The page at an address, faulted in as far as need be, with a reference. Returns 0, or -EFAULT, -ENXIO or -ENOMEM. May sleep. */
int get_user_page(struct mm_struct *mm, unsigned long addr, unsigned flags, struct page **pagep);
/* Let go of it; written: what the device has written is to be kept. May sleep. */
void put_user_page(struct page *page, bool written);
/*
 * A device reads or writes a page that is pinned: whatever it is by now. may is asked in the step in which it does so: false when it
 * must not, and has not.
 */
bool device_access(struct page *page, bool write, u64 *value, bool (*may)(const void *arg), const void *arg);

#endif
