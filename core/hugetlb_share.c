/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of huge entries that several address spaces have at once: huge_pmd_share() and huge_pmd_unshare().
 *
 * What a shared mapping of hugetlb has in a whole such table is the same for all who map the file there: so one table will do. Each
 * page is mapped by it once then, whoever uses it. The file's i_mmap lock keeps the table: held for read, the mm that has it goes on
 * having it; held for write, an mm may give it up. It does so before it changes an entry for itself alone, and all translations that it
 * has had through the table must be gone before the lock is released: from then on who has the table may let its pages go, and the
 * table itself, without knowing whose it once was.
 */
#include "defects.h"
#include "hugetlb.h"
#include "internal.h"

static struct pmd_table **pud_offset(struct mm_struct *mm, unsigned long addr)
{
	return &mm->pud[addr / PUD_SIZE];
}

static unsigned long pud_start(unsigned long addr)
{
	return addr & ~(PUD_SIZE - 1);
}

static struct address_space *mapping_of(const struct vm_area_struct *vma)
{
	return vma->vm_file->f_mapping;
}

/* ---- may they have one table? i_mmap held ---- */

/* All of the table belongs to the VMA, and what it maps to the file. The flags of another mm's VMA change without our lock. */
static bool vma_shareable(const struct vm_area_struct *vma, unsigned long addr)
{
	return READ_ONCE(vma->vm_flags) & VM_MAYSHARE && vma->vm_start <= pud_start(addr) && vma->vm_end >= pud_start(addr) + PUD_SIZE;
}

/* The address at which svma has what vma has at addr, if the two may have one table for it; else 0. idx: that page of the file. */
static unsigned long page_table_shareable(const struct vm_area_struct *svma, const struct vm_area_struct *vma, unsigned long addr,
					  unsigned long idx)
{
	unsigned long saddr = svma->vm_start + ((idx - svma->vm_pgoff) << PAGE_SHIFT);

	if (saddr % PUD_SIZE != addr % PUD_SIZE || !vma_shareable(svma, saddr))
		return 0;
	return (READ_ONCE(svma->vm_flags) ^ vma->vm_flags) & ~VM_LOCKED ? 0 : saddr;
}

/* A table that another VMA has for this, counted once more; or NULL. */
static struct pmd_table *find_shared(const struct vm_area_struct *vma, unsigned long addr)
{
	unsigned long idx = linear_page_index(vma, addr);
	struct address_space *mapping = mapping_of(vma);
	struct vm_area_struct *svma;

	vma_interval_tree_foreach(svma, mapping, idx, idx) {
		unsigned long saddr = svma == vma ? 0 : page_table_shareable(svma, vma, addr, idx);
		struct pmd_table *table = saddr ? smp_load_acquire(pud_offset(svma->vm_mm, saddr)) : NULL;

		if (!table)
			continue;
		atomic_inc(&table->pt_share_count);
		return table;
	}
	return NULL;
}

static struct pmd_table *new_table(void)
{
	struct pmd_table *table = kmem_cache_alloc(core()->hugetlb->tables, GFP_KERNEL);

	if (!table)
		return NULL;
	*table = (struct pmd_table){ .pt_share_count = { 0 } };
	spin_lock_init(&table->ptl, LC_PTE_LOCK);
	return table;
}

void pmd_table_free(struct pmd_table *table)
{
	kmem_cache_free(core()->hugetlb->tables, table);
}

/* Another thread of the mm may have been faster. */
static void pud_populate(struct mm_struct *mm, unsigned long addr, struct pmd_table *table, bool shared)
{
	struct pmd_table **pud = pud_offset(mm, addr);

	spin_lock(&mm->page_table_lock);
	if (!*pud) {
		if (!shared)
			data_publish(table);
		smp_store_release(pud, table);
		table = NULL;
	}
	spin_unlock(&mm->page_table_lock);
	if (!table && shared)
		event(PMD_SHARED, .mm = mm, .addr = pud_start(addr));
	else if (table && shared)
		atomic_dec(&table->pt_share_count);
	else if (table)
		pmd_table_free(table);
}

pmd_t *huge_pte_alloc(struct vm_area_struct *vma, unsigned long addr)
{
	struct mm_struct *mm = vma->vm_mm;

	if (!smp_load_acquire(pud_offset(mm, addr)) && vma_shareable(vma, addr)) {
		struct pmd_table *table = find_shared(vma, addr);
		bool shared = table;

		if (!table)
			table = new_table();
		if (!table)
			return NULL;
		pud_populate(mm, addr, table, shared);
	}
	return pmd_offset(mm, addr);
}

/* ---- and giving it up ---- */

bool huge_pmd_unshare(struct vm_area_struct *vma, unsigned long addr)
{
	struct pmd_table **pud = pud_offset(vma->vm_mm, addr), *table = *pud;

	lockdep_assert_held_write(&mapping_of(vma)->i_mmap_rwsem.l);
	if (!table || !atomic_read(&table->pt_share_count))
		return false;
	WRITE_ONCE(*pud, NULL);
	pmd_touch_table(table);
	atomic_dec(&table->pt_share_count);
	event(PMD_UNSHARED, .mm = vma->vm_mm, .addr = pud_start(addr));
	return true;
}

struct pmd_table *pud_clear_table(struct vm_area_struct *vma, unsigned long addr)
{
	struct pmd_table **pud = pud_offset(vma->vm_mm, addr), *table = *pud;

	if (table)
		WRITE_ONCE(*pud, NULL);
	return table;
}

/* For good, as is_vm_hugetlb_page(). */
static bool is_shared(const struct vm_area_struct *vma)
{
	return __atomic_load_n(&vma->vm_flags, __ATOMIC_RELAXED) & VM_SHARED;
}

void adjust_range_if_pmd_sharing_possible(const struct vm_area_struct *vma, unsigned long *start, unsigned long *end)
{
	unsigned long from = pud_start(vma->vm_start + PUD_SIZE - 1), to = pud_start(vma->vm_end);

	/* What a table belongs to the VMA in part, it shares with nobody. */
	if (!is_shared(vma) || !is_vm_hugetlb_page(vma) || from >= to || *start >= to || *end <= from ||
	    defect(D_HUGETLB_UNSHARE_RANGE))
		return;
	*start = *start > from ? pud_start(*start) : *start;
	*end = *end < to ? pud_start(*end + PUD_SIZE - 1) : *end;
}

/*
 * Nobody shares what is about to belong to two VMAs: they would look for it in vain when they unmap a part of it. What the table maps is
 * in the file: a fault finds it.
 */
void hugetlb_split(struct vm_area_struct *vma, unsigned long addr)
{
	struct pmd_table *table;

	if (!(addr % PUD_SIZE) || defect(D_HUGETLB_SPLIT))
		return;
	addr = pud_start(addr);
	if (!pud_table_peek(vma->vm_mm, addr))
		return;
	zap_hugetlb_range(vma, addr, addr + PUD_SIZE);
	table = pud_clear_table(vma, addr);
	if (!table)
		return;
	flush_tlb_range(vma->vm_mm, addr, addr + PUD_SIZE);	/* who pins a page may be looking into it */
	pmd_table_free(table);
}

bool pmd_table_first(const struct mm_struct *mm, unsigned long addr)
{
	const struct pmd_table *table = pud_table_peek(mm, addr);
	const struct mm_struct *other;

	list_for_each_entry(other, &core()->mms, mms)
		for (unsigned i = 0; i < ARRAY_SIZE(mm->pud); i++)
			if (other->pud[i] == table)
				return other == mm && i == addr / PUD_SIZE;
	return false;
}

/* ---- looking into it, without being the file's ---- */

bool follow_hugetlb(struct mm_struct *mm, unsigned long addr, struct mapping_entry *e)
{
	struct vm_area_struct *vma = find_vma(mm, addr);
	pmd_t *pmd;

	if (!vma || vma->vm_start > addr || !is_vm_hugetlb_page(vma))
		return false;
	/* Else the table might be another one's, or nobody's, before its lock is had. */
	if (!defect(D_HUGETLB_FOLLOW))
		i_mmap_lock_read(mapping_of(vma));
	pmd = pmd_offset(mm, addr);
	e->ptl = huge_pte_lock(mm, pmd, addr);
	if (!defect(D_HUGETLB_FOLLOW))
		i_mmap_unlock_read(mapping_of(vma));
	e->pt = NULL;
	e->pte = pmd_pte_at(pmdp_get(pmd), addr);
	if (pte_present(e->pte))
		return true;
	spin_unlock(e->ptl);
	return false;
}
