/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of VMAs that are split, shifted and merged, and of mprotect, which makes them so: after
 * any sequence of changes every page has the rights that it was given last, its content, and its
 * place in the reverse map.
 *
 * Concurrency: one thread.
 */
#include "family.h"

#define PAGES 5u
#define RW (VM_READ | VM_WRITE)

/* Of the pages that are looked at. */
struct model {
	struct mm_struct *mm;
	unsigned long addr;
	unsigned long rights[PAGES];
	u64 value[PAGES];
};

static void model_begin(struct model *m)
{
	memset(m, 0, sizeof(*m));
	m->mm = rig_mm();
	m->addr = rig_mmap(m->mm, PAGES);
	for (unsigned i = 0; i < PAGES; i++)
		m->rights[i] = RW;
}

static void model_write(struct model *m, unsigned page)
{
	m->value[page] = 100 + page;
	rig_write(m->mm, m->addr + PAGE(page), m->value[page]);
}

static void model_protect(struct model *m, unsigned first, unsigned last, unsigned long rights)
{
	want_int(do_mprotect(m->mm, m->addr + PAGE(first), PAGE(last - first + 1), rights), 0);
	for (unsigned i = first; i <= last; i++)
		m->rights[i] = rights;
}

static const struct vm_area_struct *vma_of(const struct model *m, unsigned page)
{
	return find_vma(m->mm, m->addr + PAGE(page));
}

/* VMAs lie side by side in order; alike are no two of them, if one anon_vma is all there is. */
static void check_vmas(const struct model *m, bool merged)
{
	const struct vm_area_struct *prev = NULL;
	unsigned nr = 0;

	for (const struct vm_area_struct *v = m->mm->mmap; v; prev = v, v = v->vm_next) {
		nr++;
		want(v->vm_prev == prev);
		want(v->vm_start < v->vm_end);
		want_int(v->vm_pgoff, v->vm_start >> PAGE_SHIFT);
		want(!prev || prev->vm_end == v->vm_start);
		want(!prev || !merged || prev->vm_flags != v->vm_flags);
	}
	want_int(m->mm->map_count, nr);
	want_int(m->mm->mmap->vm_start, m->addr);
	want_int(prev->vm_end, m->addr + PAGE(PAGES));
}

static void check_page(const struct model *m, unsigned page)
{
	unsigned long addr = m->addr + PAGE(page);
	u64 word = m->value[page];

	want_int(vma_of(m, page)->vm_flags & ~VM_SOFTDIRTY, m->rights[page]);
	want_int(user_access(m->mm, addr, false, &word), m->rights[page] & VM_READ ? 0 : -EFAULT);
	want_int(word, m->value[page]);
	if (m->value[page])
		want_int(user_access(m->mm, addr, true, &word),
			 m->rights[page] & VM_WRITE ? 0 : -EFAULT);
}

static void model_check(const struct model *m, bool merged)
{
	check_vmas(m, merged);
	for (unsigned i = 0; i < PAGES; i++)
		check_page(m, i);
	want_counts();
	want_families();
}

static void model_end(struct model *m)
{
	mmput(m->mm);
	want_nothing_left();
}

/* ---- tests ---- */

/* Two changes, one after the other, of every range: all cases in which VMAs are split and merged. */
static void every_range_twice(struct rig *r)
{
	struct model m;

	(void)r;
	for (unsigned n = 0; n < PAGES * PAGES * PAGES * PAGES; n++) {
		unsigned from[2] = { n % PAGES, n / (PAGES * PAGES) % PAGES };
		unsigned to[2] = { n / PAGES % PAGES, n / (PAGES * PAGES * PAGES) };

		if (to[0] < from[0] || to[1] < from[1])
			continue;
		model_begin(&m);
		for (unsigned i = 0; i < PAGES; i++)
			model_write(&m, i);
		model_protect(&m, from[0], to[0], VM_READ);
		model_check(&m, true);
		model_protect(&m, from[1], to[1], n % 2 ? VM_READ : 0);
		model_check(&m, true);
		model_protect(&m, from[0], to[0], RW);
		model_check(&m, true);
		model_protect(&m, 0, PAGES - 1, RW);
		model_check(&m, true);
		want_int(m.mm->map_count, 1);
		model_end(&m);
	}
}

static u32 next_random(u32 *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 16;
}

/* With first faults in between and children that come and go, not everything alike can be merged. */
static void random_changes_and_faults(struct rig *r)
{
	static const unsigned long rights[] = { 0, VM_READ, RW, RW, VM_RIGHTS };
	u32 state = 1;
	struct model m;

	for (unsigned n = 0; n < 150; n++) {
		struct mm_struct *parent = NULL;

		model_begin(&m);
		for (unsigned k = 0; k < 12; k++) {
			unsigned first = next_random(&state) % PAGES;
			unsigned last = first + next_random(&state) % (PAGES - first);

			if (next_random(&state) % 3) {
				model_protect(&m, first, last, rights[next_random(&state) % 5]);
			} else if (m.rights[first] & VM_WRITE) {
				model_write(&m, first);
			} else if (!parent) {
				parent = m.mm;
				m.mm = rig_fork(parent);
			} else {
				mmput(parent);
				parent = NULL;
			}
			model_check(&m, false);
		}
		if (parent)
			mmput(parent);
		model_end(&m);
	}
	want(r->nr[EV_VMA_MERGED] > 100);
}

/* The numbers of the cases are those of the comment at the kernel's vma_merge(). */
static void mmap_merges_in_three_cases(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 6);

	rig_write(mm, addr + PAGE(3), 3);
	want_int(do_munmap(mm, addr + PAGE(1), PAGE(2)), 0);
	want_int(do_munmap(mm, addr + PAGE(4), PAGE(2)), 0);
	want_int(mm->map_count, 2);
	want_int(rig_mmap(mm, 1), addr + PAGE(1));	/* 2: the one before grows */
	want_int(mm->map_count, 2);
	want_int(rig_mmap(mm, 1), addr + PAGE(2));	/* 1: both become one */
	want_int(mm->map_count, 1);
	want_int(mm->mmap->vm_end, addr + PAGE(4));
	want_int(do_munmap(mm, addr, PAGE(1)), 0);
	want_int(rig_mmap(mm, 1), addr);		/* 3: the one behind grows */
	want_int(mm->map_count, 1);
	want_int(mm->mmap->vm_start, addr);
	want_int(r->nr[EV_VMA_MERGED], 1);
	want_int(rig_read(mm, addr + PAGE(3)), 3);
	want_families();
	mmput(mm);
	want_nothing_left();
}

/* What grows over pages gets the anon_vma through which they are found. */
static void importing_an_anon_vma(struct rig *r)
{
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long addr = rig_mmap(mm, 3);
	struct anon_vma *a;

	want_int(do_munmap(mm, addr + PAGE(1), PAGE(1)), 0);
	rig_write(mm, addr + PAGE(2), 3);
	want(!mm->mmap->anon_vma);
	a = mm->mmap->vm_next->anon_vma;
	want_int(rig_mmap(mm, 1), addr + PAGE(1));
	want_int(r->nr[EV_ANON_IMPORTED], 1);
	want_int(mm->map_count, 1);
	want_chain(mm->mmap, a);
	want_anon(a, 1, 1, 1);
	want_counts();
	want_families();
	child = rig_fork(mm);
	want_int(rig_read(child, addr + PAGE(2)), 3);
	mmput(mm);
	mmput(child);
	want_nothing_left();
}

/* A chain with ancestors on it would be lost in a VMA that has none, and is not merged. */
static void no_merge_into_a_forked_chain(struct rig *r)
{
	struct mm_struct *mm = first_process(1), *child = rig_fork(mm);

	rig_mmap(child, 1);
	want_int(child->map_count, 2);
	want_int(r->nr[EV_VMA_EXTENDED], 0);
	want_families();
	mmput(mm);
	mmput(child);
	want_nothing_left();
}

static void rights_are_enforced(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 1);
	u64 word = 7;

	rig_write(mm, addr, 1);
	want_int(do_mprotect(mm, addr, PAGE(1), VM_READ), 0);
	want_int(user_access(mm, addr, true, &word), -EFAULT);
	want_int(rig_read(mm, addr), 1);
	want_int(do_mprotect(mm, addr, PAGE(1), 0), 0);
	want(pte_has(rig_pte(mm, addr), PTE_PRESENT | PTE_PROTNONE));
	want_int(user_access(mm, addr, false, &word), -EFAULT);
	lru_add_drain_all();
	rig_swap_out(mm, addr);		/* what may not be read may be swapped out */
	want_int(user_access(mm, addr, false, &word), -EFAULT);
	want_int(do_mprotect(mm, addr, PAGE(1), RW), 0);
	want_int(rig_read(mm, addr), 1);
	/* Rights that come back are given by the fault, which uses the page again. */
	want_int(do_mprotect(mm, addr, PAGE(1), VM_READ), 0);
	want_int(do_mprotect(mm, addr, PAGE(1), RW), 0);
	want(!pte_has(rig_pte(mm, addr), PTE_WRITE));
	rig_write(mm, addr, 2);
	want(pte_has(rig_pte(mm, addr), PTE_WRITE));
	want_int(r->nr[EV_COW_COPY], 0);
	mmput(mm);
	want_nothing_left();
}

static void other_cpus_lose_their_rights(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 2);

	(void)r;
	for (unsigned cpu = 0; cpu < RIG_CPUS; cpu++) {
		rig_on_cpu(cpu);
		rig_write(mm, addr, cpu);
	}
	want_int(do_mprotect(mm, addr, PAGE(1), VM_READ), 0);
	for (unsigned cpu = 0; cpu < RIG_CPUS; cpu++) {
		rig_on_cpu(cpu);
		want_int(user_access(mm, addr, true, &(u64){ 9 }), -EFAULT);
		want_int(rig_read(mm, addr), RIG_CPUS - 1);
	}
	mmput(mm);
	want_nothing_left();
}

static void holes_are_enomem(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 3);

	(void)r;
	want_int(do_munmap(mm, addr + PAGE(1), PAGE(1)), 0);
	want_int(do_mprotect(mm, addr + PAGE(1), PAGE(1), VM_READ), -ENOMEM);
	want_int(do_mprotect(mm, addr, PAGE(3), VM_READ), -ENOMEM);
	want_int(mm->mmap->vm_flags & ~VM_SOFTDIRTY, VM_READ);		/* up to the hole it is done */
	want_int(mm->mmap->vm_next->vm_flags & ~VM_SOFTDIRTY, RW);
	want_int(do_mprotect(mm, addr + PAGE(2), PAGE(9), VM_READ), -ENOMEM);
	want_int(mm->mmap->vm_next->vm_flags & ~VM_SOFTDIRTY, VM_READ);
	mmput(mm);
	want_nothing_left();
}

/* ---- without memory ---- */

static struct mm_struct *child_with_three_pages(unsigned long *addr)
{
	struct mm_struct *mm = rig_mm(), *child;

	*addr = rig_mmap(mm, 3);
	rig_write(mm, *addr, 1);
	child = rig_fork(mm);
	rig_write(child, *addr + PAGE(2), 3);
	mmput(mm);
	return child;
}

/* The VMA and each link of its chain in turn, and everything after it: no count may be off. */
static void split_without_memory(struct rig *r)
{
	unsigned failures = 0;

	(void)r;
	for (unsigned n = 1, err = 1; err; n++) {
		unsigned long addr;
		struct mm_struct *mm = child_with_three_pages(&addr);

		rig_no_memory(n);
		err = do_mprotect(mm, addr + PAGE(1), PAGE(1), VM_READ) != 0;
		rig_no_memory(0);
		failures += err;
		want_counts();
		want_families();
		want_int(rig_read(mm, addr), 1);
		want_int(rig_read(mm, addr + PAGE(2)), 3);
		mmput(mm);
		want_nothing_left();
	}
	want(failures >= 6);
}

static void import_without_memory(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 3);

	(void)r;
	want_int(do_munmap(mm, addr + PAGE(1), PAGE(1)), 0);
	rig_write(mm, addr + PAGE(2), 3);
	rig_no_memory(1);
	want_int(do_mmap(mm, 1), -ENOMEM);
	rig_no_memory(0);
	want_int(mm->map_count, 2);
	want(!mm->mmap->anon_vma);
	want_counts();
	want_families();
	want_int(rig_mmap(mm, 1), addr + PAGE(1));
	want_int(mm->map_count, 1);
	mmput(mm);
	want_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(every_range_twice),
		RIG_TEST(random_changes_and_faults),
		RIG_TEST(mmap_merges_in_three_cases),
		RIG_TEST(importing_an_anon_vma),
		RIG_TEST(no_merge_into_a_forked_chain),
		RIG_TEST(rights_are_enforced),
		RIG_TEST(other_cpus_lose_their_rights),
		RIG_TEST(holes_are_enomem),
		RIG_TEST(split_without_memory),
		RIG_TEST(import_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
