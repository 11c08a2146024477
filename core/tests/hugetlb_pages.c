/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of hugetlb in tests; see hugetlb_pages.h. */
#include "hugetlb_pages.h"

struct file *hugetlb_file_at(int line, unsigned pages, unsigned pool)
{
	struct file *file;

	core()->thp = true;
	if (hugetlb_pool_grow(pool) != pool)
		rig_fail(line, "no pool of %u huge pages", pool);
	file = file_create_kind(pages * HPAGE_PMD_NR, AS_HUGETLB);
	if (!file)
		rig_fail(line, "no file");
	return file;
}

unsigned long map_hugetlb_at(int line, struct mm_struct *mm, struct file *file, unsigned first, unsigned pages, bool shared)
{
	long addr = do_mmap_file(mm, file, first * HPAGE_PMD_NR, pages * HPAGE_PMD_NR, shared);

	if (addr <= 0 || addr % (long)HPAGE_PMD_SIZE)
		rig_fail(line, "mmap of a file of hugetlb is %ld", addr);
	return (unsigned long)addr;
}

struct page *mapped_huge_page(const struct mm_struct *mm, unsigned long addr)
{
	pmd_t pmd = pmd_peek(mm, addr);

	return pmd_trans_huge(pmd) ? pmd_page(pmd) : NULL;
}

int write_first_page(struct rig *r)
{
	struct mm_struct *mm = r->arg;
	u64 value = 5;

	return user_access(mm, mm->mmap->vm_start, true, &value);
}

void nothing_to_undo(struct rig *r)
{
	(void)r;
}
