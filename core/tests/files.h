/* SPDX-License-Identifier: GPL-2.0-only */
/* Files in tests: made, mapped, read, looked into. For bodies of tests. */
#ifndef CORE_TESTS_FILES_H
#define CORE_TESTS_FILES_H

#include "rig.h"

/* These must succeed. */
struct file *new_file_at(int line, unsigned pages);
unsigned long map_file_at(int line, struct mm_struct *mm, struct file *file, unsigned pages, bool shared);
u64 read_file_at(int line, struct file *file, unsigned long index);
#define new_file(pages) new_file_at(__LINE__, pages)
#define map_file(mm, file, pages, shared) map_file_at(__LINE__, mm, file, pages, shared)
#define read_file(file, index) read_file_at(__LINE__, file, index)

/* The page in the page cache, or NULL. */
struct page *cached(const struct file *file, unsigned long index);

#endif
