/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of device memory: pages that go there and come back, what maps them meanwhile, and which stay.
 *
 * Concurrency: one thread.
 */
#include "device.h"
#include "mlock.h"
#include "rig.h"

/* A process with that many pages, page i holds 100 + i; the first is the device's. */
static struct mm_struct *process(unsigned pages, unsigned long *addr)
{
	struct mm_struct *mm = rig_mm();

	*addr = rig_mmap(mm, pages);
	for (unsigned i = 0; i < pages; i++)
		rig_write(mm, *addr + PAGE(i), 100 + i);
	lru_add_drain_all();
	want_int(migrate_to_device(rig_page(mm, *addr)), MIGRATED);
	return mm;
}

static void there_and_back(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = process(2, &addr);
	struct page *page = pte_device_page(rig_pte(mm, addr));

	want(page && is_device_private_page(page) && page_mapcount(page) == 1 && page_count(page) == 1);
	want_int(mm->anon_rss.counter, 2);
	want_counts();
	want_int(rig_read(mm, addr), 100);
	want_int(r->nr[EV_DEVICE_FAULT], 1);
	want(rig_page(mm, addr) && !is_device_private_page(rig_page(mm, addr)));
	rig_write(mm, addr, 7);
	want_int(r->nr[EV_COW_COPY], 0);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void fork_maps_it_twice(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = process(1, &addr), *child = rig_fork(mm);
	struct page *page = pte_device_page(rig_pte(mm, addr));

	want(page == pte_device_page(rig_pte(child, addr)) && page_mapcount(page) == 2);
	want(!pte_has(rig_pte(mm, addr), PTE_DEVICE_WRITE));
	want_counts();
	rig_write(child, addr, 8);
	want_int(rig_read(mm, addr), 100);
	want_int(rig_read(child, addr), 8);
	want_int(r->nr[EV_DEVICE_FAULT], 1);		/* it came back for both */
	mmput(child);
	mmput(mm);
	want_nothing_left();
}

static void it_is_unmapped_there(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = process(2, &addr);

	(void)r;
	want_int(do_madvise(mm, addr, PAGE(1), MADVISE_DONTNEED), 0);
	want_int(core()->nr_device_free, core()->nr_device);
	want_int(rig_read(mm, addr), 0);
	want_int(migrate_to_device(rig_page(mm, addr + PAGE(1))), MIGRATED);
	mmput(mm);
	want_nothing_left();
	want_int(core()->nr_device_free, core()->nr_device);
}

static void what_stays(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 1);

	rig_write(mm, addr, 1);
	lru_add_drain_all();
	want_int(do_mlock(mm, addr, PAGE(1)), 0);
	want(migrate_to_device(rig_page(mm, addr)) != MIGRATED);
	want_int(do_munlock(mm, addr, PAGE(1)), 0);
	/* Somebody holds it. */
	get_page(rig_page(mm, addr));
	want_int(migrate_to_device(rig_page(mm, addr)), MIGRATE_AGAIN);
	put_page(rig_page(mm, addr));
	want(rig_page(mm, addr) && rig_read(mm, addr) == 1);
	want_int(r->nr[EV_DEVICE_MOVED], 0);
	want_counts();
	mmput(mm);
}

static void no_memory_to_come_back_to(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = process(1, &addr);

	(void)r;
	rig_no_memory(1);
	want_int(user_access(mm, addr, false, &(u64){ 0 }), -ENOMEM);
	rig_no_memory(0);
	want(pte_device(rig_pte(mm, addr)));
	want_int(rig_read(mm, addr), 100);
	mmput(mm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(there_and_back),	RIG_TEST(fork_maps_it_twice), RIG_TEST(it_is_unmapped_there),
		RIG_TEST(what_stays),		RIG_TEST(no_memory_to_come_back_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
