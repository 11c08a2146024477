/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tree's files see instead of the kernel's headers: included before the first line of each of them.
 *
 * The tree's own headers are used where link-tree says so (rmap.h, swapops.h, the trees' and lists' of nodes); every other one is an
 * empty file, and what is needed of it is here: the kernel's names for core's objects and locks. No libc header, and of core only
 * those that have nothing but types.
 */
#ifndef RMAP_LINUX_SHIM_H
#define RMAP_LINUX_SHIM_H

#include "versions.h"
#if !OLDEST_KNOWN
#error "the adapter knows no kernel before 6.1: core/rmap/linux/README.md says what it takes"
#endif

#include "shim_base.h"

/* Core's nodes of a file's tree, as large as they are, in which a real node has room: mm/interval_tree.c is compiled for them, not used. */
#include <linux/rbtree_types.h>
#define CORE_INTERVAL_H
struct itree_node {
	struct rb_node rb;
	struct vm_area_struct *vma;
	unsigned long rb_subtree_last;
	u32 priority;
};

#define swp_entry_t core_swp_entry_t
#include "pte.h"
#undef swp_entry_t
#include "hooks.h"
#include "lockclass.h"
#include "vmstat.h"

#include "shim_lock.h"
#include "shim_page.h"
#include "shim_pte.h"
#include "shim_mm.h"

/* From here on it is rmap.c that is seen. */
#include <linux/rmap.h>
#include "shim_lookup.h"

#endif
