/* SPDX-License-Identifier: GPL-2.0-only */
/* One row for each defect of the model: what it is called, where it comes from, what was wrong. */
#include "defects.h"

const struct defect_row core_defects[CORE_NR_DEFECTS] = {
	[D_Z02] = { "Z02", DEFECT_HISTORICAL, "anon-chain", "2555283eb40d", "CVE-2022-42703",
		    "one degree counter for children and VMAs lets an anon_vma be reused twice", "fork-chain" },
	[D_Z03] = { "Z03", DEFECT_HISTORICAL, "anon-chain", "7a3ef208e662", NULL,
		    "anon_vmas are never reused: the chain grows with every generation of forks", "fork-chain" },
	[D_Z05] = { "Z05", DEFECT_HISTORICAL, "anon-chain", "ea90002b0fa7", NULL,
		    "a page that several processes share is tied to the newest anon_vma, not to the oldest",
		    "swapin-shared" },
	[D_Z10E] = { "Z10e", DEFECT_HISTORICAL, "anon-chain", "1ce82b69e96c", NULL,
		     "after taking a reference to the anon_vma, page_mapped() is not looked at again",
		     "exit-vs-walk" },
	[D_Z11_MAPPED] = { "Z11-mapped", DEFECT_HISTORICAL, "anon-chain", "f18194275c39", NULL,
			   "the anon_vma is locked through its root, but page_mapped() is not looked at again",
			   "exit-vs-walk" },
	[D_Z11_REFCOUNT] = { "Z11-refcount", DEFECT_HISTORICAL, "anon-chain", "eee0f252c653", NULL,
			     "after locking, the reference count is looked at again instead of page_mapped()",
			     "exit-vs-walk" },
	[D_Z12] = { "Z12", DEFECT_HISTORICAL, "anon-chain", "624483f3ea82", NULL,
		    "the last reference to a child frees the root before the child that needs its lock",
		    "exit-family" },
	[D_Z13] = { "Z13", DEFECT_HISTORICAL, "anon-chain", "7f39dda9d86f", NULL,
		    "a reference that may be the last is dropped inside the RCU read section", "exit-family" },
	[D_H6] = { "H6", DEFECT_RULE, "anon-chain", NULL, NULL,
		   "anon_vma_prepare() does not look again at vma->anon_vma under page_table_lock", "fault-twice" },
	[D_CANARY_PAGE_MMAP] = { "canary-page-mmap", DEFECT_CANARY, NULL, NULL, NULL,
				 "reclaim waits for mmap_lock under the page lock; faults do it the other way round",
				 "fork-vs-reclaim" },
	[D_CANARY_PTL_ANON] = { "canary-ptl-anon", DEFECT_CANARY, "anon-chain", NULL, NULL,
				"unlink_anon_vmas() takes page_table_lock outside the anon_vma lock", "fork-chain" },
};
