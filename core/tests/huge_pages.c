/* SPDX-License-Identifier: GPL-2.0-only */
/* Huge pages in tests; see huge_pages.h. */
#include "huge_pages.h"

unsigned long map_huge_area_at(int line, struct mm_struct *mm)
{
	long addr = do_mmap_huge(mm, HPAGE_PMD_NR);

	if (addr <= 0)
		rig_fail(line, "mmap for a huge page is %ld", addr);
	return (unsigned long)addr;
}

void fill_huge_area_at(int line, struct mm_struct *mm, unsigned long addr)
{
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
		rig_write(mm, addr + PAGE(i), 100 + i);
	lru_add_drain_all();
	if (!PageHead(rig_page(mm, addr)))
		rig_fail(line, "no huge page at %#lx", addr);
}

struct mm_struct *with_huge_page_at(int line, unsigned long *addr)
{
	struct mm_struct *mm;

	core()->thp = true;
	mm = rig_mm();
	*addr = map_huge_area_at(line, mm);
	fill_huge_area_at(line, mm, *addr);
	return mm;
}

void want_content_at(int line, struct mm_struct *mm, unsigned long addr, unsigned first, unsigned last)
{
	for (unsigned i = first; i <= last; i++) {
		u64 got = rig_read(mm, addr + PAGE(i));

		if (got != 100 + i)
			rig_fail(line, "page %u of the area reads %lu", i, got);
	}
}

bool is_huge(const struct mm_struct *mm, unsigned long addr)
{
	return pmd_trans_huge(pmd_peek(mm, addr));
}

bool split(struct page *page)
{
	struct page *head = compound_head(page);
	bool done;

	get_page(head);
	lock_page(head);
	done = split_huge_page_unlock(page);
	put_page(page);
	return done;
}
