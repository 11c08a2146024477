/* SPDX-License-Identifier: GPL-2.0-only */
/* O2 rmap completeness and O3 counts, at quiescence: page tables are the truth, everything else is compared with them. */
#include <stdio.h>

#include "check/check.h"
#include "hugetlb.h"
#include "ksm.h"

static void for_each_pte_of(struct mm_struct *mm, pte_fn fn, void *arg)
{
	for (unsigned i = 0; i < PTRS_PER_PGD; i++)
		for (unsigned j = 0; (mm->pgd[i] || mm->pud[i / PTRS_PER_PMD]) && j < PTRS_PER_PTE; j++) {
			unsigned long addr = (i * PTRS_PER_PTE + j) * PAGE_SIZE;
			pte_t pte = pte_peek(mm, addr);

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

/*
 * A walk of a page of KSM's comes to an entry through the item of its own address, and through those of the mms that it was forked
 * from. What fork or swap-in have made may have no item left: KSM has not come by since then. And a page that got no node, because
 * memory was out, is found by nobody.
 */
static bool ksm_may_miss(const struct page *page, unsigned hits)
{
	return PageKsm(page) && (hits || !mapping_stable_node(page->mapping) || core()->unseen[page_to_pfn(page)]);
}

static void check_pte_found(struct mm_struct *mm, unsigned long addr, pte_t pte, void *arg)
{
	struct visit_count v = { mm, addr, 0 };
	struct page *page = pte_migration(pte) || pte_device(pte) ? pfn_to_page(pte_pfn(pte)) : pte_page(pte);
	unsigned long mapping;
	char name[NAME_LEN];

	(void)arg;
	if (!page)
		return;
	core()->rmap->view_page(page, count_visit, &v);
	if (v.hits == 1 || ksm_may_miss(page, v.hits))
		return;
	mapping = (unsigned long)compound_head(page)->mapping & ~PAGE_MAPPING_FLAGS;
	violation(ORACLE_RMAP, v.hits ? "mapping-visited-twice" : "mapping-not-found",
		  "mm#%u maps page%lu at %#lx, and a walk of the page (mapping %s) comes there %u times", mm->id,
		  page_to_pfn(page), addr, obj_name((void *)mapping, name), v.hits);
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
	u32 *seen;			/* entries of either kind */
	u32 *cached;			/* how often a frame is in a pagevec, or in the cache of a file */
	u32 *swapped;			/* entries of each slot */
	long anon, swap, file, hugetlb;	/* entries of the mm at hand */
	long vmstat[NR_NODE_STAT_ITEMS];	/* what the counters should be */
};

/* Scratch memory of the check: outside the machine, one check at a time. */
static struct tally *tally_scratch(void)
{
	static u32 words[5 << 16];
	static struct tally t;
	const struct core *c = core();

	if (4 * c->nr_pages + c->nr_slots > ARRAY_SIZE(words))
		die("too many frames for the count check");
	__builtin_memset(words, 0, (4 * c->nr_pages + c->nr_slots) * sizeof(*words));
	t = (struct tally){
		.mapped = words, .huge = words + c->nr_pages, .seen = words + 2ul * c->nr_pages, .cached = words + 3ul * c->nr_pages,
		.swapped = words + 4ul * c->nr_pages,
	};
	return &t;
}

static void tally_inode(void *obj, void *arg)
{
	const struct inode *inode = obj;
	struct tally *t = arg;

	for (unsigned i = 0; i < FILE_PAGES; i++) {
		const struct page *page = inode->i_data.page[i];

		if (!page)
			continue;
		/* Of a huge page the head has a reference for each place. */
		page = compound_head(page);
		t->cached[page_to_pfn(page)]++;
		t->vmstat[NR_FILE_DIRTY] += accounts_dirty(&inode->i_data) && flag_peek(page, PG_dirty) && !PageHuge(page);
		t->vmstat[NR_WRITEBACK] += flag_peek(page, PG_writeback);
	}
}

/* Of hugetlb: no page of the rss, nor of any of the counters. A table that several have maps once, and for none of them. */
static void tally_hugetlb(struct tally *t, const struct mm_struct *mm, unsigned long addr, pte_t pte)
{
	bool table = pud_table_peek(mm, addr);

	t->hugetlb += !table;
	if (addr == huge_start(addr) && (!table || pmd_table_first(mm, addr)))
		t->huge[pte_pfn(pte)]++;
}

/* What maps nothing and stands for nothing: a page without a count, a file's offset, a page that has failed. All else is nobody's. */
static void check_known(const struct mm_struct *mm, unsigned long addr, pte_t pte)
{
	check_that(pte_none(pte) || pte_present(pte) || pte_file(pte) || pte_hwpoison(pte), ORACLE_COUNTS, "bad-entry",
		   "mm#%u has an entry at %#lx that is none of those that there are: %#lx", mm->id, addr, pte.pte);
}

static void tally_pte(struct mm_struct *mm, unsigned long addr, pte_t pte, void *arg)
{
	struct tally *t = arg;

	if (pte_page(pte) && PageHuge(pte_page(pte))) {
		tally_hugetlb(t, mm, addr, pte);
	} else if (pte_page(pte)) {
		bool file = of_file(pte_page(pte));

		(*(file ? &t->file : &t->anon))++;
		/* Of a huge page each of its pages counts, however it is mapped. */
		if (!mapcount_there())
			t->vmstat[NR_REVERSE_MAPS]++;
		else
			t->vmstat[file ? NR_FILE_MAPPED : NR_ANON_MAPPED] += !t->seen[pte_pfn(pte)]++;
		if (!pte_has(pte, PTE_HUGE))
			t->mapped[pte_pfn(pte)]++;
		else if (addr == huge_start(addr))
			t->vmstat[file ? NR_SHMEM_PMDMAPPED : NR_ANON_THPS] += !t->huge[pte_pfn(pte)]++;
	} else if (pte_device(pte)) {
		t->anon++;
		t->vmstat[NR_ANON_MAPPED] += !t->seen[pte_pfn(pte)]++;
		t->mapped[pte_pfn(pte)]++;
	} else if (pte_swap(pte)) {
		t->swapped[pte_swp(pte)]++;
		t->swap++;
	} else if (pte_migration(pte) && PageHuge(pfn_to_page(pte_pfn(pte)))) {
		t->hugetlb += !pud_table_peek(mm, addr);
	} else if (pte_migration(pte)) {
		*(of_file(pfn_to_page(pte_pfn(pte))) ? &t->file : &t->anon) += 1;
	} else {
		check_known(mm, addr, pte);
	}
}

/* Of every mm, also of one that has no entry left: it must count none. */
static void tally_mm(struct mm_struct *mm, struct tally *t)
{
	t->anon = t->swap = t->file = t->hugetlb = 0;
	for_each_pte_of(mm, tally_pte, t);
	check_that(mm->anon_rss.counter == t->anon, ORACLE_COUNTS, "rss", "mm#%u has %ld pages and counts %ld", mm->id, t->anon,
		   mm->anon_rss.counter);
	check_that(mm->file_rss.counter == t->file, ORACLE_COUNTS, "file-rss", "mm#%u has %ld pages of files and counts %ld", mm->id,
		   t->file, mm->file_rss.counter);
	check_that(mm->hugetlb_usage.counter == t->hugetlb, ORACLE_COUNTS, "hugetlb-usage", "mm#%u has %ld pages of hugetlb and counts %ld",
		   mm->id, t->hugetlb, mm->hugetlb_usage.counter);
	check_that(mm->swapents.counter == t->swap, ORACLE_COUNTS, "swapents", "mm#%u has %ld swap entries and counts %ld", mm->id,
		   t->swap, mm->swapents.counter);
	check_that(!mm->tlb_flush_pending.counter, ORACLE_COUNTS, "tlb-flush-pending",
		   "mm#%u counts %d flushes as pending, and nobody flushes", mm->id, mm->tlb_flush_pending.counter);
}

/*
 * What a page of a huge one should count, over what tables say: the head counts the directories' entries elsewhere, and each page
 * counts one for all of them as long as PG_double_map is set. Each page of a file's counts them as well, where parts do so.
 */
static unsigned expected_mapcount(const struct tally *t, u32 pfn)
{
	const struct page *page = pfn_to_page(pfn);

	if (parts_count_whole(page))
		return t->mapped[pfn] + t->huge[page_to_pfn(compound_head(page))];
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
		n += t->mapped[pfn + i] + core()->page_pins[pfn + i];
	return n;
}

static void check_huge(const struct tally *t, u32 pfn)
{
	const struct page *head = pfn_to_page(pfn);
	int mapcount = atomic_peek(&head->compound_mapcount) + 1;

	check_that(mapcount == (int)t->huge[pfn], ORACLE_COUNTS, "compound-mapcount",
		   "the huge page%u is mapped by %u directories and counts %d", pfn, t->huge[pfn], mapcount);
	check_that(mapcount || !flag_peek(head, PG_double_map) || huge_of_file(head), ORACLE_STRUCTURE, "double-map",
		   "the huge page%u is not mapped by any directory, and counts for them (PG_double_map)", pfn);
}

static void check_page(const struct tally *t, u32 pfn)
{
	const struct page *page = pfn_to_page(pfn), *head = compound_head(page);
	int mapcount = mapcount_peek(page), refs = atomic_peek(&page->_refcount);
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

static bool has_deposit(pmd_t pmd)
{
	return pmd_trans_huge(pmd) && !PageHuge(pmd_page(pmd)) && !of_file(pmd_page(pmd));
}

/* Each huge entry of anonymous memory has a table in waiting, but for those of hugetlb, which are never split; and there are no others. */
static void check_deposits(void)
{
	struct mm_struct *mm;

	list_for_each_entry(mm, &core()->mms, mms) {
		long entries = 0, tables = 0;

		for (unsigned long addr = 0; addr < TASK_SIZE; addr += HPAGE_PMD_SIZE)
			entries += has_deposit(pmd_peek(mm, addr));
		for (const struct pgtable *pt = mm->pmd_huge_pte; pt; pt = pt->deposited)
			tables++;
		check_that(entries == tables, ORACLE_STRUCTURE, "deposited-tables",
			   "mm#%u has %ld huge entries, and %ld tables to split them", mm->id, entries, tables);
	}
}

static void check_shared_table(const struct pmd_table *table)
{
	struct mm_struct *mm;
	int places = 0;

	list_for_each_entry(mm, &core()->mms, mms)
		for (unsigned i = 0; i < ARRAY_SIZE(mm->pud); i++)
			places += mm->pud[i] == table;
	check_that(places == atomic_peek(&table->pt_share_count) + 1, ORACLE_COUNTS, "pt-share-count",
		   "a table of hugetlb is in %d places, and counts %d but for one", places, atomic_peek(&table->pt_share_count));
}

static void check_shared_tables(void)
{
	struct mm_struct *mm;

	list_for_each_entry(mm, &core()->mms, mms)
		for (unsigned i = 0; i < ARRAY_SIZE(mm->pud); i++)
			if (mm->pud[i])
				check_shared_table(mm->pud[i]);
}

static void check_vmstat(const struct tally *t)
{
	char key[64];

	for (unsigned i = 0; i < NR_NODE_STAT_ITEMS; i++) {
		long counted = core()->vmstat[i].counter;

		if (counted == t->vmstat[i])
			continue;
		snprintf(key, sizeof(key), "vmstat:%s", vmstat_info[i].name);
		violation(ORACLE_COUNTS, key, "%s: there are %ld such pages, and %ld are counted", vmstat_info[i].name, t->vmstat[i],
			  counted);
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
	for (u32 i = 1; i < c->nr_pages; i++)
		if (c->page_live[i] && flag_peek(pfn_to_page(i), PG_mlocked))
			t->vmstat[NR_MLOCK] += compound_nr(pfn_to_page(i));
	check_vmstat(t);
	for (u32 i = 1; i < c->nr_pages; i++)
		check_page(t, i);
	check_deposits();
	check_shared_tables();
	for (u32 i = 1; i < c->nr_slots; i++)
		check_slot(t, i);
}

void check_quiescent(void)
{
	check_orphans();
	check_rmap();
	check_counts();
	check_memcgs();
	check_files();
	check_mlock();
	check_swap();
	check_poison();
	check_chains();
	check_anon_vmas();
	check_guests(NULL);
}
