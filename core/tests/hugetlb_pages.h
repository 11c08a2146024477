/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of hugetlb in tests: made, mapped, looked into. For bodies of tests. */
#ifndef CORE_TESTS_HUGETLB_PAGES_H
#define CORE_TESTS_HUGETLB_PAGES_H

#include "hugetlb.h"
#include "rig.h"

#define HUGE(n) PAGE((n) * HPAGE_PMD_NR)

/* These must succeed: a file of that many huge pages, with a pool; and so many of them mapped. */
struct file *hugetlb_file_at(int line, unsigned pages, unsigned pool);
unsigned long map_hugetlb_at(int line, struct mm_struct *mm, struct file *file, unsigned first, unsigned pages, bool shared);
#define hugetlb_file(pages, pool) hugetlb_file_at(__LINE__, pages, pool)
#define map_hugetlb(mm, file, first, pages, shared) map_hugetlb_at(__LINE__, mm, file, first, pages, shared)

/* The huge page that is mapped there, or NULL. */
struct page *mapped_huge_page(const struct mm_struct *mm, unsigned long addr);

/* For rig_each_failure(): writes to the first page of r->arg, an mm; and nothing is to be undone after that. */
int write_first_page(struct rig *r);
void nothing_to_undo(struct rig *r);

/* So many pages are left in the pool. */
#define want_free(n) want_int(core()->hugetlb->nr_free, n)

#endif
