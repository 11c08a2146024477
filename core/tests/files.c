/* SPDX-License-Identifier: GPL-2.0-only */
/* Files in tests; see files.h. */
#include "files.h"

struct file *new_file_at(int line, unsigned pages)
{
	struct file *file = file_create(pages);

	if (!file)
		rig_fail(line, "no file");
	return file;
}

unsigned long map_file_at(int line, struct mm_struct *mm, struct file *file, unsigned pages, bool shared)
{
	long addr = do_mmap_file(mm, file, 0, pages, shared);

	if (addr <= 0)
		rig_fail(line, "mmap of a file is %ld", addr);
	return (unsigned long)addr;
}

u64 read_file_at(int line, struct file *file, unsigned long index)
{
	u64 value = 0;
	int err = file_read(file, index, &value);

	if (err)
		rig_fail(line, "reading page %lu of a file is %d", index, err);
	return value;
}

struct page *cached(const struct file *file, unsigned long index)
{
	return file->f_mapping->page[index];
}
