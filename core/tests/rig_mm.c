/* SPDX-License-Identifier: GPL-2.0-only */
/* What bodies of tests do to address spaces, and how they look at what came of it; see rig.h. */
#include "device.h"
#include "hugetlb.h"
#include "rig.h"

#define MAX_FRAMES 256

/* ---- doing ---- */

void rig_write_at(int line, struct mm_struct *mm, unsigned long addr, u64 value)
{
	int err = user_access(mm, addr, true, &value);

	if (err)
		rig_fail(line, "a write to %#lx gives %d", addr, err);
}

u64 rig_read_at(int line, struct mm_struct *mm, unsigned long addr)
{
	u64 value = 0;
	int err = user_access(mm, addr, false, &value);

	if (err)
		rig_fail(line, "a read from %#lx gives %d", addr, err);
	return value;
}

struct mm_struct *rig_mm(void)
{
	struct mm_struct *mm = mm_alloc();

	want(mm);
	return mm;
}

unsigned long rig_mmap(struct mm_struct *mm, unsigned pages)
{
	long addr = do_mmap(mm, pages);

	want(addr > 0);
	return (unsigned long)addr;
}

struct mm_struct *rig_fork(struct mm_struct *mm)
{
	struct mm_struct *child = dup_mm(mm);

	want(child);
	return child;
}

swp_entry_t rig_swap_out_at(int line, struct mm_struct *mm, unsigned long addr)
{
	struct page *page = rig_page(mm, addr);
	enum reclaim_result result;

	if (!page)
		rig_fail(line, "no page is mapped at %#lx", addr);
	lru_add_drain_all();
	result = reclaim_page(page);
	if (result != RECLAIM_FREED)
		rig_fail(line, "reclaim of page%lu gives %d", page_to_pfn(page), result);
	if (!pte_swap(rig_pte(mm, addr)))
		rig_fail(line, "the entry at %#lx is %#lx, which is no swap entry", addr,
			 rig_pte(mm, addr).pte);
	return pte_swp(rig_pte(mm, addr));
}

void rig_no_memory(unsigned n)
{
	current->fail_alloc = n;
	current->fail_on = n > 0;
}

/* ---- looking: no points ---- */

pte_t rig_pte(const struct mm_struct *mm, unsigned long addr)
{
	return pte_peek(mm, addr);
}

struct page *rig_page(const struct mm_struct *mm, unsigned long addr)
{
	return pte_page(rig_pte(mm, addr));
}

struct ledger rig_ledger(void)
{
	const struct core *c = core();
	const struct kmem_cache *cache;
	struct ledger l = { 0 };
	unsigned i = 0;

	for (u32 pfn = 1; pfn < c->nr_pages; pfn++)
		l.pages += c->page_live[pfn];
	l.slots = c->nr_slots - 1 - c->nr_free_slots;
	list_for_each_entry(cache, &machine->slab.caches, caches)
		if (i < RIG_CACHES)
			l.live[i++] = cache->live;
	return l;
}

void rig_want_ledger(int line, const struct ledger *right)
{
	const struct ledger now = rig_ledger();
	const struct kmem_cache *cache;
	unsigned i = 0;

	if (now.pages != right->pages)
		rig_fail(line, "%u pages are in use, not %u", now.pages, right->pages);
	if (now.slots != right->slots)
		rig_fail(line, "%u swap slots are in use, not %u", now.slots, right->slots);
	list_for_each_entry(cache, &machine->slab.caches, caches) {
		if (i < RIG_CACHES && now.live[i] != right->live[i])
			rig_fail(line, "%u objects of %s live, not %u", now.live[i], cache->name,
				 right->live[i]);
		i++;
	}
}

void rig_want_nothing_left(int line)
{
	const struct rig *r = current->user;

	lru_add_drain_all();
	/* Pages that only the swap cache holds. */
	for (u32 i = 0; i < 2 * core()->nr_pages && !list_empty(&core()->lru); i++)
		shrink_lru(1);
	rcu_barrier();
	rig_want_ledger(line, &r->empty);
}

/* ---- counting ---- */

struct tally {
	u32 mapped[MAX_FRAMES], huge[MAX_FRAMES], cached[MAX_FRAMES], swapped[MAX_FRAMES];
	int line;
};

struct visits {
	const struct mm_struct *mm;
	unsigned long addr;
	unsigned nr;
};

static bool count_visit(struct page *page, const struct rmap_location *at, void *arg)
{
	struct visits *v = arg;

	(void)page;
	v->nr += at->vma->vm_mm == v->mm && at->address == v->addr;
	return true;
}

static void tally_page(struct tally *t, const struct mm_struct *mm, unsigned long addr,
		       struct page *page)
{
	struct visits v = { mm, addr, 0 };

	if (!pte_has(rig_pte(mm, addr), PTE_HUGE))
		t->mapped[page_to_pfn(page)]++;
	else if (addr == huge_start(addr) && (!pud_table_peek(mm, addr) || pmd_table_first(mm, addr)))
		t->huge[page_to_pfn(page)]++;
	core()->rmap->view_page(page, count_visit, &v);
	if (v.nr != 1)
		rig_fail(t->line,
			 "mm#%u maps page%lu at %#lx; the reverse map comes there %u times", mm->id,
			 page_to_pfn(page), addr, v.nr);
}

static void tally_inode(void *obj, void *arg)
{
	const struct inode *inode = obj;
	struct tally *t = arg;

	for (unsigned i = 0; i < FILE_PAGES; i++)
		if (inode->i_data.page[i])
			t->cached[page_to_pfn(compound_head(inode->i_data.page[i]))]++;
}

static void tally_mm(struct tally *t, const struct mm_struct *mm)
{
	long anon = 0, swap = 0, file = 0, hugetlb = 0;

	for (unsigned long addr = 0; addr < TASK_SIZE; addr += PAGE_SIZE) {
		pte_t pte = rig_pte(mm, addr);

		if (pte_page(pte)) {
			tally_page(t, mm, addr, pte_page(pte));
			if (PageHuge(pte_page(pte)))
				hugetlb += !pud_table_peek(mm, addr);
			else if ((unsigned long)compound_head(pte_page(pte))->mapping & PAGE_MAPPING_FLAGS)
				anon++;
			else
				file++;
		} else if (pte_device(pte)) {
			tally_page(t, mm, addr, pte_device_page(pte));
			anon++;
		} else if (pte_migration(pte)) {
			if (PageHuge(pfn_to_page(pte_pfn(pte))))
				hugetlb += !pud_table_peek(mm, addr);
			else if ((unsigned long)pfn_to_page(pte_pfn(pte))->mapping & PAGE_MAPPING_FLAGS)
				anon++;
			else
				file++;
		} else if (pte_swap(pte)) {
			t->swapped[pte_swp(pte)]++;
			swap++;
		}
	}
	if (mm->hugetlb_usage.counter != hugetlb)
		rig_fail(t->line, "mm#%u has %ld pages of hugetlb, and counts %ld", mm->id, hugetlb,
			 mm->hugetlb_usage.counter);
	if (mm->file_rss.counter != file)
		rig_fail(t->line, "mm#%u has %ld pages of files, and counts %ld", mm->id, file,
			 mm->file_rss.counter);
	if (mm->anon_rss.counter != anon || mm->swapents.counter != swap)
		rig_fail(t->line,
			 "mm#%u has %ld pages and %ld swap entries, and counts %ld and %ld", mm->id,
			 anon, swap, mm->anon_rss.counter, mm->swapents.counter);
}

static void compare_page(const struct tally *t, u32 pfn)
{
	const struct page *page = pfn_to_page(pfn);
	u32 holders = t->huge[pfn] + t->cached[pfn] + flag_peek(page, PG_swapcache) + core()->page_pins[pfn];
	u32 mapped = t->mapped[pfn];

	if (huge_of_file(page))
		mapped += t->huge[page_to_pfn(compound_head(page))];
	else if (PageCompound(page))
		mapped += flag_peek(compound_head(page), PG_double_map);

	for (u32 i = 0; i < compound_nr(page); i++)
		holders += t->mapped[pfn + i];
	if (!core()->page_live[pfn] || (PageCompound(page) && !PageHead(page)))
		holders = 0;
	if (mapcount_peek(page) != (int)mapped)
		rig_fail(t->line, "page%u is mapped %u times and counts %d", pfn, mapped,
			 mapcount_peek(page));
	if (atomic_peek(&page->compound_mapcount) + 1 != (int)t->huge[pfn])
		rig_fail(t->line, "page%u is mapped by %u directories and counts %d", pfn, t->huge[pfn],
			 atomic_peek(&page->compound_mapcount) + 1);
	if (atomic_peek(&page->_refcount) != (int)holders)
		rig_fail(t->line, "page%u has %u holders and counts %d", pfn, holders,
			 atomic_peek(&page->_refcount));
}

static void compare_slot(const struct tally *t, u32 i)
{
	const struct swap_slot *slot = &core()->slot[i];

	if (slot->count != t->swapped[i])
		rig_fail(t->line, "slot %u has %u entries and counts %u", i, t->swapped[i],
			 slot->count);
	if (!slot->cached != !slot->page)
		rig_fail(t->line, "slot %u: cached %u, page %s", i, slot->cached,
			 slot->page ? "there" : "none");
}

void rig_want_counts(int line)
{
	struct tally t = { .line = line };
	const struct core *c = core();
	struct mm_struct *mm;

	if (c->nr_pages > MAX_FRAMES || c->nr_slots > MAX_FRAMES)
		rig_fail(line, "too many frames to count");
	for (u32 i = 0; i < c->nr_cpus; i++)
		for (u32 j = 0; j < c->cpu[i].nr_pagevec; j++)
			t.cached[page_to_pfn(c->cpu[i].pagevec[j])]++;
	slab_for_each_live(c->inode_cache, tally_inode, &t);
	list_for_each_entry(mm, &c->mms, mms)
		tally_mm(&t, mm);
	for (u32 i = 1; i < c->nr_pages; i++)
		compare_page(&t, i);
	for (u32 i = 1; i < c->nr_slots; i++)
		compare_slot(&t, i);
}

/* ---- failures ---- */

unsigned rig_each_failure(struct rig *r, int (*op)(struct rig *r), void (*undo)(struct rig *r),
			  bool clean)
{
	unsigned failures = 0;
	bool due = true;

	for (unsigned n = 1; due; n++) {
		const struct ledger before = rig_ledger();
		int err;

		current->fail_alloc = n;
		err = op(r);
		due = !current->fail_alloc;
		current->fail_alloc = 0;
		want_counts();
		if (!err) {
			if (undo)
				undo(r);
			continue;
		}
		want_int(err, -ENOMEM);
		want(due);
		failures++;
		if (clean)
			want_ledger(&before);
	}
	return failures;
}
