/* SPDX-License-Identifier: GPL-2.0-only */
/* Huge pages in tests: made, looked at, split. For bodies of tests. */
#ifndef CORE_TESTS_HUGE_PAGES_H
#define CORE_TESTS_HUGE_PAGES_H

#include "rig.h"

/* These must succeed: room for a huge page, and one in it, each page of it with content of its own, and on the LRU. */
unsigned long map_huge_area_at(int line, struct mm_struct *mm);
void fill_huge_area_at(int line, struct mm_struct *mm, unsigned long addr);
/* A new mm with both. */
struct mm_struct *with_huge_page_at(int line, unsigned long *addr);
#define map_huge_area(mm) map_huge_area_at(__LINE__, mm)
#define fill_huge_area(mm, addr) fill_huge_area_at(__LINE__, mm, addr)
#define with_huge_page(addr) with_huge_page_at(__LINE__, addr)

/* Of the pages first to last of what was filled. */
void want_content_at(int line, struct mm_struct *mm, unsigned long addr, unsigned first, unsigned last);
#define want_content(mm, addr, first, last) want_content_at(__LINE__, mm, addr, first, last)

bool is_huge(const struct mm_struct *mm, unsigned long addr);

/* The page comes out of the huge one; false when somebody else holds it. */
bool split(struct page *page);

#endif
