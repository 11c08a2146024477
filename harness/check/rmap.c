/* SPDX-License-Identifier: GPL-2.0-only */
/* O2 rmap completeness and O3 counts, at quiescence: page tables are the truth, everything else is compared with them. */
#include "check/check.h"

pte_t peek_pte(const struct mm_struct *mm, unsigned long addr)
{
	const struct pgtable *pt = mm->pgd[addr / HPAGE_PMD_SIZE];
	unsigned i = (addr >> PAGE_SHIFT) % PTRS_PER_PTE;
	pmd_t pmd = pmd_peek(mm, addr);

	if (pmd_trans_huge(pmd))
		return __pte(pmd.pmd + ((unsigned long)i << PTE_SHIFT));
	return pt ? pt->pte[i] : __pte(0);
}

static void for_each_pte_of(struct mm_struct *mm, pte_fn fn, void *arg)
{
	for (unsigned i = 0; i < PTRS_PER_PGD; i++)
		for (unsigned j = 0; mm->pgd[i] && j < PTRS_PER_PTE; j++) {
			unsigned long addr = (i * PTRS_PER_PTE + j) * PAGE_SIZE;
			pte_t pte = peek_pte(mm, addr);

			if (!pte_none(pte))
				fn(mm, addr, pte, arg);
		}
}

void for_each_pte(pte_fn fn, void *arg)
{
	struct mm_struct *mm;

	list_for_each_entry(mm, &core()->mms, mms)
		for_each_pte_of(mm, fn, arg);
}

/* ---- O2 ---- */

struct visit_count {
	const struct mm_struct *mm;
	unsigned long addr;
	unsigned hits;
};

static bool count_visit(struct page *page, const struct rmap_location *at, void *arg)
{
	struct visit_count *v = arg;

	(void)page;
	v->hits += at->vma->vm_mm == v->mm && at->address == v->addr;
	return true;
}

static void check_pte_found(struct mm_struct *mm, unsigned long addr, pte_t pte, void *arg)
{
	struct visit_count v = { mm, addr, 0 };
	struct page *page = pte_migration(pte) ? pfn_to_page(pte_pfn(pte)) : pte_page(pte);
	char name[NAME_LEN];

	(void)arg;
	if (!page)
		return;
	core()->rmap->view_page(page, count_visit, &v);
	if (v.hits == 1)
		return;
	violation(ORACLE_RMAP, v.hits ? "mapping-visited-twice" : "mapping-not-found",
		  "mm#%u maps page%lu at %#lx, and a walk of the page (mapping %s) comes there %u times", mm->id,
		  page_to_pfn(page), addr, obj_name((void *)((unsigned long)compound_head(page)->mapping & ~PAGE_MAPPING_FLAGS), name), v.hits);
}

void check_rmap(void)
{
	if (machine->oracles & 1u << ORACLE_RMAP)
		for_each_pte(check_pte_found, NULL);
}

/* ---- O3 ---- */

struct tally {
	u32 *mapped;			/* present entries of each frame, in tables */
	u32 *huge;			/* entries of directories, of the head of a huge page */
	u32 *cached;			/* how often a frame is in a pagevec, or in the cache of a file */
	u32 *swapped;			/* entries of each slot */
	long anon, swap, file;		/* entries of the mm at hand */
	long files_mapped;		/* pages of files that are mapped somewhere */
};

/* Scratch memory of the check: outside the machine, one check at a time. */
static struct tally *tally_scratch(void)
{
	static u32 words[4 << 16];
	static struct tally t;
	const struct core *c = core();

	if (3 * c->nr_pages + c->nr_slots > ARRAY_SIZE(words))
		die("too many frames for the count check");
	__builtin_memset(words, 0, (3 * c->nr_pages + c->nr_slots) * sizeof(*words));
	t = (struct tally){ words, words + c->nr_pages, words + 2 * c->nr_pages, words + 3 * c->nr_pages, 0, 0, 0, 0 };
	return &t;
}

static bool of_file(const struct page *page)
{
	const struct page *head = compound_head(page);

	return head->mapping && !((unsigned long)head->mapping & PAGE_MAPPING_FLAGS);
}

static void tally_inode(void *obj, void *arg)
{
	const struct inode *inode = obj;
	struct tally *t = arg;

	for (unsigned i = 0; i < FILE_PAGES; i++)
		if (inode->i_data.page[i])
			t->cached[page_to_pfn(inode->i_data.page[i])]++;
}

static void tally_pte(struct mm_struct *mm, unsigned long addr, pte_t pte, void *arg)
{
	struct tally *t = arg;

	(void)mm;
	if (pte_page(pte)) {
		if (of_file(pte_page(pte))) {
			t->file++;
			t->files_mapped += !t->mapped[pte_pfn(pte)];
		} else {
			t->anon++;
		}
		if (!pte_has(pte, PTE_HUGE))
			t->mapped[pte_pfn(pte)]++;
		else if (addr == huge_start(addr))
			t->huge[pte_pfn(pte)]++;
	} else if (pte_swap(pte)) {
		t->swapped[pte_swp(pte)]++;
		t->swap++;
	} else if (pte_migration(pte)) {
		*((unsigned long)pfn_to_page(pte_pfn(pte))->mapping & PAGE_MAPPING_ANON ? &t->anon : &t->file) += 1;
	}
}

/* Of every mm, also of one that has no entry left: it must count none. */
static void tally_mm(struct mm_struct *mm, struct tally *t)
{
	t->anon = t->swap = t->file = 0;
	for_each_pte_of(mm, tally_pte, t);
	check_that(mm->anon_rss.counter == t->anon, ORACLE_COUNTS, "rss", "mm#%u has %ld pages and counts %ld", mm->id, t->anon,
		   mm->anon_rss.counter);
	check_that(mm->file_rss.counter == t->file, ORACLE_COUNTS, "file-rss", "mm#%u has %ld pages of files and counts %ld", mm->id,
		   t->file, mm->file_rss.counter);
	check_that(mm->swapents.counter == t->swap, ORACLE_COUNTS, "swapents", "mm#%u has %ld swap entries and counts %ld", mm->id,
		   t->swap, mm->swapents.counter);
}

/*
 * What a page of a huge one should count, over what tables say: the head counts the directories' entries elsewhere, and each page
 * counts one for all of them as long as PG_double_map is set.
 */
static unsigned expected_mapcount(const struct tally *t, u32 pfn)
{
	const struct page *page = pfn_to_page(pfn);

	return t->mapped[pfn] + (PageCompound(page) && flag_peek(compound_head(page), PG_double_map));
}

/* Who holds the page; of a huge one the head is held by whoever maps any page of it. */
static unsigned holders_of(const struct tally *t, u32 pfn)
{
	const struct page *page = pfn_to_page(pfn);
	unsigned n = t->cached[pfn] + flag_peek(page, PG_swapcache) + t->huge[pfn];

	if (PageCompound(page) && !PageHead(page))
		return 0;
	for (unsigned i = 0; i < compound_nr(page); i++)
		n += t->mapped[pfn + i];
	return n;
}

static void check_huge(const struct tally *t, u32 pfn)
{
	const struct page *head = pfn_to_page(pfn);
	int mapcount = atomic_peek(&head->compound_mapcount) + 1;

	check_that(mapcount == (int)t->huge[pfn], ORACLE_COUNTS, "compound-mapcount",
		   "the huge page%u is mapped by %u directories and counts %d", pfn, t->huge[pfn], mapcount);
	check_that(mapcount || !flag_peek(head, PG_double_map), ORACLE_STRUCTURE, "double-map",
		   "the huge page%u is not mapped by any directory, and counts for them (PG_double_map)", pfn);
}

static void check_page(const struct tally *t, u32 pfn)
{
	const struct page *page = pfn_to_page(pfn), *head = compound_head(page);
	int mapcount = atomic_peek(&page->_mapcount) + 1, refs = atomic_peek(&page->_refcount);
	unsigned mapped = expected_mapcount(t, pfn), holders = holders_of(t, pfn);

	if (!core()->page_live[pfn]) {
		check_that(!t->mapped[pfn] && !t->huge[pfn], ORACLE_FREE_MAPPED, "free-page-mapped", "page%u is free and mapped %u times",
			   pfn, t->mapped[pfn] + t->huge[pfn]);
		return;
	}
	check_that(mapcount == (int)mapped, ORACLE_COUNTS, "mapcount", "page%u is mapped %u times and counts %d", pfn, mapped, mapcount);
	check_that(refs == (int)holders, ORACLE_COUNTS, "refcount", "page%u has %u holders (%u mappings) and counts %d", pfn, holders,
		   t->mapped[pfn], refs);
	check_that(!(t->mapped[pfn] + t->huge[pfn]) || head->mapping, ORACLE_STRUCTURE, "mapped-without-mapping",
		   "page%u is mapped and page->mapping is NULL", pfn);
	if (PageHead(page))
		check_huge(t, pfn);
}

/* Each huge entry has a table in waiting, and there are no others. */
static void check_deposits(const struct tally *t)
{
	long mapped = 0;
	struct mm_struct *mm;

	for (u32 i = 1; i < core()->nr_pages; i++)
		mapped += t->huge[i] > 0;
	check_that(core()->nr_anon_thps.counter == mapped, ORACLE_COUNTS, "nr-anon-thps",
		   "%ld huge pages are mapped by directories, and %ld are counted", mapped, core()->nr_anon_thps.counter);
	list_for_each_entry(mm, &core()->mms, mms) {
		long entries = 0, tables = 0;

		for (unsigned long addr = 0; addr < TASK_SIZE; addr += HPAGE_PMD_SIZE)
			entries += pmd_trans_huge(pmd_peek(mm, addr));
		for (const struct pgtable *pt = mm->pmd_huge_pte; pt; pt = pt->deposited)
			tables++;
		check_that(entries == tables, ORACLE_STRUCTURE, "deposited-tables", "mm#%u has %ld huge entries, and %ld tables to split them",
			   mm->id, entries, tables);
	}
}

static void check_slot(const struct tally *t, u32 i)
{
	const struct swap_slot *slot = &core()->slot[i];

	check_that(slot->count == t->swapped[i], ORACLE_COUNTS, "swap-count", "slot %u has %u entries and counts %u", i,
		   t->swapped[i], slot->count);
	check_that(!slot->cached == !slot->page, ORACLE_COUNTS, "swap-cache", "slot %u: cached %u, page %s", i, slot->cached,
		   slot->page ? "there" : "none");
}

void check_counts(void)
{
	const struct core *c = core();
	struct mm_struct *mm;
	struct tally *t;

	if (!(machine->oracles & 1u << ORACLE_COUNTS))
		return;
	t = tally_scratch();
	for (u32 i = 0; i < c->nr_cpus; i++)
		for (u32 j = 0; j < c->cpu[i].nr_pagevec; j++)
			t->cached[page_to_pfn(c->cpu[i].pagevec[j])]++;
	slab_for_each_live(c->inode_cache, tally_inode, t);
	list_for_each_entry(mm, &core()->mms, mms)
		tally_mm(mm, t);
	check_that(c->nr_file_mapped.counter == t->files_mapped, ORACLE_COUNTS, "nr-file-mapped",
		   "%ld pages of files are mapped, and %ld are counted", t->files_mapped, c->nr_file_mapped.counter);
	for (u32 i = 1; i < c->nr_pages; i++)
		check_page(t, i);
	check_deposits(t);
	for (u32 i = 1; i < c->nr_slots; i++)
		check_slot(t, i);
}

void check_quiescent(void)
{
	check_orphans();
	check_rmap();
	check_counts();
	check_files();
	check_chains();
	check_anon_vmas();
}
