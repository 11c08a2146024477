/* SPDX-License-Identifier: GPL-2.0-only */
/* Page tables: core's two levels, the upper ones folded; its bits of an entry by the kernel's names. */
#ifndef RMAP_LINUX_SHIM_PTE_H
#define RMAP_LINUX_SHIM_PTE_H

/* ---- the way down ---- */

typedef pmd_t pgd_t, p4d_t, pud_t;

#undef PUD_SIZE
#define PMD_SIZE (PTRS_PER_PTE * PAGE_SIZE)
#define PUD_SIZE PMD_SIZE
#define P4D_SIZE PMD_SIZE
#define PGDIR_SIZE PMD_SIZE
#define PMD_ORDER 3
#define PMD_SHIFT (PAGE_SHIFT + PMD_ORDER)

#define pgd_offset(mm, addr) ((pgd_t *)&(mm)->pgd[((addr) >> PAGE_SHIFT) / PTRS_PER_PTE])
#define p4d_offset(pgd, addr) ((p4d_t *)(pgd))
#define pud_offset(p4d, addr) ((pud_t *)(p4d))
#define pmd_offset(pud, addr) ((pmd_t *)(pud))
#define pgd_present(pgd) true
#define p4d_present(p4d) true
#define pud_present(pud) true

#define __pmd(v) ((pmd_t){ (v) })
#define pmdp_get_lockless(pmdp) smp_load_acquire(pmdp)
#define pmd_present(entry) ((entry).pmd != 0)
#define pmd_val(entry) ((entry).pmd)
#define pmd_trans_huge(entry) ((pmd_val(entry) & PTE_PRESENT) != 0)
#define pmd_devmap(entry) ((void)(entry), false)
#define pmd_pfn(entry) (pmd_val(entry) >> PTE_SHIFT)
#define thp_migration_supported() false

static inline spinlock_t *shim_pmd_lock(struct mm_struct *mm)
{
	spin_lock(&mm->page_table_lock);
	return &mm->page_table_lock;
}
#define pmd_lock(mm, pmd) ((void)(pmd), shim_pmd_lock(mm))

/* The directory's entry was looked at by the caller, marked; a table goes when no walk can be in it. */
static inline struct pgtable *shim_table(const pmd_t *pmd)
{
	unsigned long entry = __atomic_load_n(&pmd->pmd, __ATOMIC_ACQUIRE);

	exec_touch(pmd, TOUCH_READ);
	return entry & PTE_PRESENT ? NULL : (struct pgtable *)entry;
}

static inline pte_t *shim_offset(struct pgtable *table, unsigned long addr)
{
	return &table->pte[(addr >> PAGE_SHIFT) % PTRS_PER_PTE];
}

#define pte_offset_map(pmd, addr) shim_offset(shim_table(pmd), addr)
#define pte_lockptr(mm, pmd) ((void)(mm), lx_pte_lockptr(shim_table(pmd)))
#define pte_unmap(pte) ((void)(pte))

static inline pte_t *pte_offset_map_nolock(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, spinlock_t **ptlp)
{
	struct pgtable *table = shim_table(pmd);

	(void)mm;
	if (!table)
		return NULL;
	*ptlp = lx_pte_lockptr(table);
	return shim_offset(table, addr);
}

#define pte_offset_map_lock(mm, pmd, addr, ptlp)                                        \
	({                                                                              \
		pte_t *shim_pte_ = pte_offset_map_nolock(mm, pmd, addr, ptlp);          \
		if (shim_pte_)                                                          \
			spin_lock(*(ptlp));                                             \
		shim_pte_;                                                              \
	})

/* ---- entries ---- */

#define pte_val(entry) ((entry).pte)
#define pte_young(entry) ((pte_val(entry) & PTE_ACCESSED) != 0)
#define pte_dirty(entry) ((pte_val(entry) & PTE_DIRTY) != 0)
#define pte_write(entry) ((pte_val(entry) & PTE_WRITE) != 0)
#define pte_unused(entry) ((pte_val(entry) & PTE_UNUSED) != 0)
#define pte_uffd_wp(entry) ((void)(entry), false)
#define pte_accessible(mm, entry) pte_present(entry)
#define pte_mkclean(entry) pte_without(entry, PTE_DIRTY)

/* Asked for by folio_mkclean() alone. */
static inline pte_t pte_wrprotect(pte_t entry)
{
	event(PAGE_CLEANED, .pfn = pte_pfn(entry));
	return pte_without(entry, PTE_WRITE);
}

/* The tree itself says nothing of an entry that stands for a page which has failed. */
#define set_pte_at(mm_, addr_, ptep, entry)                                                               \
	do {                                                                                              \
		set_pte(ptep, entry);                                                                     \
		if (pte_hwpoison(entry) && !pte_present(entry))                                           \
			event(POISON_ENTRY, .mm = (mm_), .addr = (addr_), .pfn = pte_pfn(entry));         \
	} while (0)
#undef ptep_get_and_clear
#define ptep_get_and_clear(mm, addr, ptep) ((void)(mm), lx_get_and_clear(addr, ptep))
#define pte_clear(mm, addr, ptep) ((void)(mm), (void)shim_unreached(ptep))
#define ptep_clear_flush(vma, addr, ptep) lx_clear_flush(vma, addr, ptep)
#define ptep_clear_flush_young_notify(vma, addr, ptep) lx_clear_flush_young(vma, addr, ptep)
#define pmdp_clear_flush_young_notify(vma, addr, pmd) ((void)(pmd), lx_huge_clear_flush_young(vma, addr))
#define pte_install_uffd_wp_if_needed(vma, addr, ptep, entry) ((void)(ptep))
#define flush_cache_page(vma, addr, pfn) ((void)(pfn))
#define flush_cache_range(vma, start, end) ((void)(start))

/* ---- entries of the directory that map a huge page; folio_mkclean() ---- */

#define pmd_dirty(entry) ((pmd_val(entry) & PTE_DIRTY) != 0)
#define pmd_write(entry) ((pmd_val(entry) & PTE_WRITE) != 0)
#define pmd_mkclean(entry) __pmd(pmd_val(entry) & ~PTE_DIRTY)
#define pmdp_invalidate(vma, addr, pmdp) ((void)(pmdp), lx_huge_invalidate((vma)->vm_mm, addr))
#define set_pmd_at(mm, addr, pmdp, entry) lx_set_pmd(pmdp, entry)

static inline pmd_t pmd_wrprotect(pmd_t entry)
{
	event(PAGE_CLEANED, .pfn = pmd_pfn(entry));
	return __pmd(pmd_val(entry) & ~PTE_WRITE);
}

/* ---- entries that map nothing: swapops.h has types, core has bits ---- */

typedef struct {
	unsigned long val;
} swp_entry_t;
typedef swp_entry_t softleaf_t;

enum {
	SHIM_SWAP, SWP_HWPOISON, SWP_MIGRATION_READ, SWP_MIGRATION_READ_EXCLUSIVE, SWP_MIGRATION_WRITE, SWP_DEVICE_READ, SWP_DEVICE_WRITE,
	SWP_DEVICE_EXCLUSIVE_READ, SWP_DEVICE_EXCLUSIVE_WRITE, SWP_PTE_MARKER, SWP_SWAPIN_ERROR,
};
#define MAX_SWAPFILES_SHIFT 5
#define MAX_SWAPFILES 1
#define BITS_PER_XA_VALUE 63
#define MAX_PHYSMEM_BITS 46
#define swap_migration_ad_supported false
#define swapfile_maximum_size 0
#define xa_to_value(p) ((unsigned long)(p) >> 1)
#define xa_mk_value(v) ((void *)((v) << 1 | 1))

#define __pte_to_swp_entry(entry) ((swp_entry_t){ (entry).pte })
#define __swp_entry_to_pte(entry) __pte((entry).val)
#define __swp_offset(entry) ((entry).val >> PTE_SHIFT)

static inline unsigned long __swp_type(swp_entry_t entry)
{
	if (entry.val & PTE_MIGRATION)
		return entry.val & PTE_MIGRATION_WRITE ? SWP_MIGRATION_WRITE : SWP_MIGRATION_READ;
	if (entry.val & PTE_DEVICE)
		return entry.val & PTE_DEVICE_WRITE ? SWP_DEVICE_WRITE : SWP_DEVICE_READ;
	return entry.val & PTE_HWPOISON ? SWP_HWPOISON : SHIM_SWAP;
}

static inline swp_entry_t __swp_entry(unsigned long type, unsigned long offset)
{
	/* That a page is its owner's alone is not known of entries: who comes back looks at its counts, as before 5.19. */
	static const unsigned long bits[] = {
		[SHIM_SWAP] = PTE_SWAP, [SWP_HWPOISON] = PTE_HWPOISON, [SWP_MIGRATION_READ] = PTE_MIGRATION,
		[SWP_MIGRATION_READ_EXCLUSIVE] = PTE_MIGRATION, [SWP_MIGRATION_WRITE] = PTE_MIGRATION | PTE_MIGRATION_WRITE,
	};

	if (type >= ARRAY_SIZE(bits))
		lx_unreached("__swp_entry");
	return (swp_entry_t){ offset << PTE_SHIFT | bits[type] };
}

#define pte_swp_soft_dirty(entry) (pte_soft_dirty(entry) != 0)
#define pte_swp_mksoft_dirty(entry) pte_with(entry, PTE_SOFT_DIRTY)
#define pte_swp_clear_soft_dirty(entry) pte_without(entry, PTE_SOFT_DIRTY)
#define pte_swp_exclusive(entry) ((void)(entry), false)
#define pte_swp_mkexclusive(entry) (entry)
#define pte_swp_clear_exclusive(entry) (entry)
#define pte_swp_uffd_wp(entry) ((void)(entry), false)
#define pte_swp_mkuffd_wp(entry) (entry)
#define pte_swp_clear_uffd_wp(entry) (entry)

/* Of a page in the swap cache. Core's slots are numbers, and those of the first type. */
#define page_swap_entry(p) ((swp_entry_t){ page_private(p) })
#define swap_duplicate(entry) lx_swap_duplicate((entry).val)
#define swap_free(entry) lx_swap_free((entry).val)

#endif
