/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The objects of memory management, for those who name them in reports and who ask which locks are held when they are touched.
 *
 * Which lock is an object's own is asked in the middle of accesses to it: pointers in it are followed only to what is live.
 */
#include "objects.h"

#include <string.h>

#include "guest.h"
#include "sva.h"
#include "file.h"
#include "ksm.h"
#include "memcontrol.h"

static const struct slab_field vma_fields[] = {
	SLAB_FIELD(struct vm_area_struct, vm_start, false),
	SLAB_FIELD(struct vm_area_struct, vm_end, false),
	SLAB_FIELD(struct vm_area_struct, vm_next, false),
	SLAB_FIELD(struct vm_area_struct, vm_prev, false),
	SLAB_FIELD(struct vm_area_struct, vm_mm, false),
	SLAB_FIELD(struct vm_area_struct, vm_flags, false),
	SLAB_FIELD(struct vm_area_struct, vm_pgoff, false),
	SLAB_FIELD(struct vm_area_struct, anon_vma_chain, false),
	SLAB_FIELD(struct vm_area_struct, anon_vma_node, false),
	SLAB_FIELD(struct vm_area_struct, anon_vma, false),
	SLAB_FIELD(struct vm_area_struct, vm_file, false),
	SLAB_FIELD(struct vm_area_struct, shared, false),
	SLAB_FIELD(struct vm_area_struct, nonlinear, false),
	SLAB_FIELD(struct vm_area_struct, vm_private_data, false),
	SLAB_FIELD(struct vm_area_struct, vm_truncate_count, false),
	SLAB_FIELD(struct vm_area_struct, vm_lock, false),
	SLAB_FIELD(struct vm_area_struct, vm_lock_seq, false),
	SLAB_FIELD(struct vm_area_struct, detached, false),
	SLAB_FIELD(struct vm_area_struct, mt_next, false),
	SLAB_FIELD(struct vm_area_struct, mt_start, false),
	SLAB_FIELD(struct vm_area_struct, mt_end, false),
	SLAB_FIELDS_END,
};

static const struct slab_field mm_fields[] = {
	SLAB_FIELD(struct mm_struct, mmap_lock, false),
	SLAB_FIELD(struct mm_struct, page_table_lock, false),
	SLAB_FIELD(struct mm_struct, mm_users, false),
	SLAB_FIELD(struct mm_struct, id, false),
	SLAB_FIELD(struct mm_struct, mmap, false),
	SLAB_FIELD(struct mm_struct, map_count, false),
	SLAB_FIELD(struct mm_struct, mm_lock_seq, false),
	SLAB_FIELD(struct mm_struct, mm_mt, false),
	SLAB_FIELD(struct mm_struct, def_flags, false),
	SLAB_FIELD(struct mm_struct, locked_vm, false),
	SLAB_FIELD(struct mm_struct, mm_count, false),
	SLAB_FIELD(struct mm_struct, flags, false),
	SLAB_FIELD(struct mm_struct, anon_rss, false),
	SLAB_FIELD(struct mm_struct, file_rss, false),
	SLAB_FIELD(struct mm_struct, swapents, false),
	SLAB_FIELD(struct mm_struct, hugetlb_usage, false),
	SLAB_FIELD(struct mm_struct, memcg, false),
	SLAB_FIELD(struct mm_struct, mms, false),
	SLAB_FIELD(struct mm_struct, pmd_huge_pte, false),
	SLAB_FIELD(struct mm_struct, mmlist, false),
	SLAB_FIELD(struct mm_struct, on_mmlist, false),
	SLAB_FIELD(struct mm_struct, faultstamp, false),
	SLAB_FIELD(struct mm_struct, last_interval, false),
	SLAB_FIELD(struct mm_struct, token_priority, false),
	SLAB_FIELD(struct mm_struct, cpu_bitmap, false),
	SLAB_FIELD(struct mm_struct, tlb_flush_pending, false),
	SLAB_FIELD(struct mm_struct, tlb_flush_batched, false),
	SLAB_FIELD(struct mm_struct, tlb_flush_done, false),
	SLAB_FIELD(struct mm_struct, mmu_notifier_mm, false),
	SLAB_FIELD(struct mm_struct, uffd_lock, false),
	SLAB_FIELD(struct mm_struct, uffd_wqh, false),
	SLAB_FIELD(struct mm_struct, pgd, false),
	SLAB_FIELD(struct mm_struct, pud, false),
	SLAB_FIELDS_END,
};

static const struct slab_field pgtable_fields[] = {
	SLAB_FIELD(struct pgtable, pte, false),
	SLAB_FIELD(struct pgtable, ptl, false),
	SLAB_FIELD(struct pgtable, mm, false),
	SLAB_FIELD(struct pgtable, start, false),
	SLAB_FIELD(struct pgtable, deposited, false),
	SLAB_FIELDS_END,
};

const struct slab_field pmd_table_fields[] = {
	SLAB_FIELD(struct pmd_table, pmd, false),
	SLAB_FIELD(struct pmd_table, ptl, false),
	SLAB_FIELD(struct pmd_table, pt_share_count, false),
	SLAB_FIELDS_END,
};

static const struct slab_field page_fields[] = {
	SLAB_FIELD(struct page, flags, false),
	SLAB_FIELD(struct page, lru, false),
	SLAB_FIELD(struct page, mapping, false),
	SLAB_FIELD(struct page, index, false),
	SLAB_FIELD(struct page, private, false),
	SLAB_FIELD(struct page, _mapcount, false),
	SLAB_FIELD(struct page, _refcount, false),
	SLAB_FIELD(struct page, mem_cgroup, false),
	SLAB_FIELD(struct page, rmap_private, false),
	SLAB_FIELD(struct page, compound_head, false),
	SLAB_FIELD(struct page, compound_mapcount, false),
	SLAB_FIELD(struct page, deferred_list, false),
	SLAB_FIELDS_END,
};

static const struct slab_field swap_slot_fields[] = {
	SLAB_FIELD(struct swap_slot, count, false),
	SLAB_FIELD(struct swap_slot, continued, false),
	SLAB_FIELD(struct swap_slot, cached, false),
	SLAB_FIELD(struct swap_slot, memcg, false),
	SLAB_FIELD(struct swap_slot, page, false),
	SLAB_FIELD(struct swap_slot, data, false),
	SLAB_FIELDS_END,
};

static const struct slab_field cpu_fields[] = {
	SLAB_FIELD(struct cpu, tlb, false),
	SLAB_FIELD(struct cpu, pagevec, false),
	SLAB_FIELD(struct cpu, nr_pagevec, false),
	SLAB_FIELDS_END,
};

/* The names that an inode's address_space has in reports; as an object it has its own members, below. */
static const struct slab_field inode_fields[] = {
	SLAB_FIELD(struct inode, i_rwsem, false),
	SLAB_FIELD(struct inode, i_count, false),
	SLAB_FIELD(struct inode, i_size, false),
	SLAB_FIELD(struct inode, i_data.i_mmap_rwsem, false),
	SLAB_FIELD(struct inode, i_data.i_mmap, false),
	SLAB_FIELD(struct inode, i_data.i_mmap_nonlinear, false),
	SLAB_FIELD(struct inode, i_data.unmap_mutex, false),
	SLAB_FIELD(struct inode, i_data.truncate_count, false),
	SLAB_FIELD(struct inode, i_data.i_pages, false),
	SLAB_FIELD(struct inode, i_data.dirty, false),
	SLAB_FIELD(struct inode, i_data.present, false),
	SLAB_FIELD(struct inode, i_data.flags, false),
	SLAB_FIELD(struct inode, i_data.kind, false),
	SLAB_FIELD(struct inode, i_data.page, false),
	SLAB_FIELD(struct inode, store, false),
	SLAB_FIELDS_END,
};

static const struct slab_field address_space_fields[] = {
	SLAB_FIELD(struct address_space, host, false),
	SLAB_FIELD(struct address_space, i_mmap_rwsem, false),
	SLAB_FIELD(struct address_space, i_mmap, false),
	SLAB_FIELD(struct address_space, i_mmap_nonlinear, false),
	SLAB_FIELD(struct address_space, unmap_mutex, false),
	SLAB_FIELD(struct address_space, truncate_count, false),
	SLAB_FIELD(struct address_space, i_pages, false),
	SLAB_FIELD(struct address_space, dirty, false),
	SLAB_FIELD(struct address_space, present, false),
	SLAB_FIELD(struct address_space, flags, false),
	SLAB_FIELD(struct address_space, kind, false),
	SLAB_FIELD(struct address_space, page, false),
	SLAB_FIELDS_END,
};

static const struct slab_field file_fields[] = {
	SLAB_FIELD(struct file, f_count, false),
	SLAB_FIELD(struct file, f_mapping, false),
	SLAB_FIELDS_END,
};

static const struct slab_field memcg_fields[] = {
	SLAB_FIELD(struct mem_cgroup, css, false),
	SLAB_FIELD(struct mem_cgroup, moving_account, false),
	SLAB_FIELD(struct mem_cgroup, move_lock, false),
	SLAB_FIELD(struct mem_cgroup, memory, false),
	SLAB_FIELD(struct mem_cgroup, stat, false),
	SLAB_FIELDS_END,
};

static const struct slab_field notifier_mm_fields[] = {
	SLAB_FIELD(struct mmu_notifier_mm, list, false),
	SLAB_FIELD(struct mmu_notifier_mm, lock, false),
	SLAB_FIELD(struct mmu_notifier_mm, tlbs, false),
	SLAB_FIELDS_END,
};

static const struct slab_field guest_fields[] = {
	SLAB_FIELD(struct guest, mn.hlist, false),
	SLAB_FIELD(struct guest, mn.ops, false),
	SLAB_FIELD(struct guest, mm, false),
	SLAB_FIELD(struct guest, users, false),
	SLAB_FIELD(struct guest, mmu_lock, false),
	SLAB_FIELD(struct guest, mmu_notifier_seq, false),
	SLAB_FIELD(struct guest, mmu_notifier_count, false),
	SLAB_FIELD(struct guest, released, false),
	SLAB_FIELD(struct guest, spte, false),
	SLAB_FIELDS_END,
};

static const struct slab_field sva_fields[] = {
	SLAB_FIELD(struct sva, mn.hlist, false),
	SLAB_FIELD(struct sva, mn.ops, false),
	SLAB_FIELD(struct sva, mm, false),
	SLAB_FIELD(struct sva, users, false),
	SLAB_FIELD(struct sva, tlb, false),
	SLAB_FIELDS_END,
};

static const struct slab_field mm_slot_fields[] = {
	SLAB_FIELD(struct mm_slot, mm_list, false),
	SLAB_FIELD(struct mm_slot, mm, false),
	SLAB_FIELD(struct mm_slot, rmap_list, false),
	SLAB_FIELDS_END,
};

static const struct slab_field rmap_item_fields[] = {
	SLAB_FIELD(struct rmap_item, rmap_list, false),
	SLAB_FIELD(struct rmap_item, mm, false),
	SLAB_FIELD(struct rmap_item, address, false),
	SLAB_FIELD(struct rmap_item, oldchecksum, false),
	SLAB_FIELD(struct rmap_item, unstable, false),
	SLAB_FIELD(struct rmap_item, anon_vma, false),
	SLAB_FIELD(struct rmap_item, head, false),
	SLAB_FIELD(struct rmap_item, hlist, false),
	SLAB_FIELD(struct rmap_item, state, false),
	SLAB_FIELDS_END,
};

static const struct slab_field stable_node_fields[] = {
	SLAB_FIELD(struct stable_node, list, false),
	SLAB_FIELD(struct stable_node, hlist, false),
	SLAB_FIELD(struct stable_node, kpfn, false),
	SLAB_FIELDS_END,
};

/* The pointers to arrays are constant: by their names go the arrays. */
static const struct slab_field core_fields[] = {
	SLAB_FIELD(struct core, mm_serial, false),
	SLAB_FIELD(struct core, nr_free, false),
	SLAB_FIELD(struct core, lru, false),
	SLAB_FIELD(struct core, split_queue, false),
	SLAB_FIELD(struct core, unevictable, false),
	SLAB_FIELD(struct core, nr_free_slots, false),
	SLAB_FIELD(struct core, mms, false),
	SLAB_FIELD(struct core, mmlist, false),
	SLAB_FIELD(struct core, swap_token_mm, false),
	SLAB_FIELD(struct core, global_faults, false),
	SLAB_FIELD(struct core, swap_info, false),
	SLAB_FIELD(struct core, scanned, false),
	SLAB_FIELDS_END,
};

static const struct slab_field array_fields[] = {
	SLAB_FIELD(struct core, free_stack, false),
	SLAB_FIELD(struct core, page_serial, false),
	SLAB_FIELD(struct core, page_live, false),
	SLAB_FIELD(struct core, free_slots, false),
	SLAB_FIELD(struct core, data, false),
	SLAB_FIELD(struct core, poisoned, false),
};

const char *page_field_name(size_t offset)
{
	for (const struct slab_field *f = page_fields; f->name; f++)
		if (f->offset == offset)
			return f->name;
	return "?";
}

bool core_array_exists(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(array_fields); i++)
		if (!strcmp(array_fields[i].name, name))
			return true;
	return false;
}

/* ---- an address space and its parts ---- */

static const void *live_mm(const struct mm_struct *mm)
{
	return slab_holds(core()->mm_cache, mm) ? mm : NULL;
}

static const void *mm_of_vma(const void *vma)
{
	return live_mm(((const struct vm_area_struct *)vma)->vm_mm);
}

static const void *mm_of_pgtable(const void *pt)
{
	return live_mm(((const struct pgtable *)pt)->mm);
}

const void *mm_mmap_lock(const void *mm)
{
	return mm ? &((const struct mm_struct *)mm)->mmap_lock.l : NULL;
}

const void *mm_page_table_lock(const void *mm)
{
	return mm ? &((const struct mm_struct *)mm)->page_table_lock.l : NULL;
}

const void *vma_mmap_lock(const void *vma)
{
	return mm_mmap_lock(mm_of_vma(vma));
}

const void *vma_page_table_lock(const void *vma)
{
	return mm_page_table_lock(mm_of_vma(vma));
}

static const void *vma_vm_lock(const void *vma)
{
	return &((const struct vm_area_struct *)vma)->vm_lock.l;
}

static const void *pgtable_mmap_lock(const void *pt)
{
	return mm_mmap_lock(mm_of_pgtable(pt));
}

static const void *pgtable_page_table_lock(const void *pt)
{
	return mm_page_table_lock(mm_of_pgtable(pt));
}

static const void *pgtable_ptl(const void *pt)
{
	return &((const struct pgtable *)pt)->ptl.l;
}

static const void *pmd_table_ptl(const void *table)
{
	return &((const struct pmd_table *)table)->ptl.l;
}

/* ---- pages and swap ---- */

static const void *page_page_lock(const void *page)
{
	return &((const struct page *)page)->flags;
}

/* Of the page in the swap cache; while there is none, which page is about to come cannot be told. */
static const void *slot_page_lock(const void *slot)
{
	const struct page *page = ((const struct swap_slot *)slot)->page;

	return page ? &page->flags : NULL;
}

/* ---- files ---- */

static const void *inode_i_rwsem(const void *inode)
{
	return &((const struct inode *)inode)->i_rwsem.l;
}

static const void *inode_of_mapping(const void *mapping)
{
	return (const char *)mapping - offsetof(struct inode, i_data);
}

static const void *mapping_i_mmap(const void *mapping)
{
	return &((const struct address_space *)mapping)->i_mmap_rwsem.l;
}

static const void *mapping_i_pages(const void *mapping)
{
	return &((const struct address_space *)mapping)->i_pages.l;
}

/* Of the file that the VMA maps, if it is of that kind. */
static const void *vma_file_lock_of(const struct vm_area_struct *vma, bool hugetlb)
{
	const struct file *file = vma->vm_file;

	if (!file || !(vma->vm_flags & VM_HUGETLB) == hugetlb)
		return DATA_NO_LOCK;
	return slab_holds(core()->file_cache, file) ? mapping_i_mmap(file->f_mapping) : NULL;
}

static const void *vma_i_mmap(const void *vma)
{
	return vma_file_lock_of(vma, false);
}

static const void *vma_i_mmap_huge(const void *vma)
{
	return vma_file_lock_of(vma, true);
}

/* ---- notifiers ---- */

static const void *notifier_mm_lock(const void *nmm)
{
	return &((const struct mmu_notifier_mm *)nmm)->lock.l;
}

static const void *guest_mmu_lock(const void *guest)
{
	return &((const struct guest *)guest)->mmu_lock.l;
}

/* That of the list that a notifier is on, as long as its address space is kept. */
static const void *notifiers_lock(const struct mm_struct *kept)
{
	const struct mm_struct *mm = live_mm(kept);

	return mm && mm->mmu_notifier_mm ? &mm->mmu_notifier_mm->lock.l : NULL;
}

static const void *guest_notifiers_lock(const void *guest)
{
	return notifiers_lock(((const struct guest *)guest)->mm);
}

static const void *sva_notifiers_lock(const void *sva)
{
	return notifiers_lock(((const struct sva *)sva)->mm);
}

/* ---- KSM ---- */

/* Of the page that the node stands for. */
static const void *node_page_lock(const void *node)
{
	return page_page_lock(pfn_to_page(((const struct stable_node *)node)->kpfn));
}

/* The item has a node only while it is merged. */
static const void *item_page_lock(const void *item)
{
	const struct stable_node *node = ((const struct rmap_item *)item)->head;

	if (!node)
		return DATA_NO_LOCK;
	return slab_holds(ksm()->nodes, node) ? node_page_lock(node) : NULL;
}

/* ---- the tables ---- */

const struct data_type core_types[NR_CORE_TYPES] = {
	[TYPE_VMA] = { "vma", vma_fields, mm_of_vma },
	[TYPE_MM] = { "mm", mm_fields, NULL },
	[TYPE_PGTABLE] = { "pgtable", pgtable_fields, mm_of_pgtable },
	[TYPE_PAGE] = { "page", page_fields, NULL },
	[TYPE_SWAP_SLOT] = { "swap_slot", swap_slot_fields, NULL },
	[TYPE_CPU] = { "cpu", cpu_fields, NULL },
	[TYPE_CORE] = { "core", core_fields, NULL },
	[TYPE_INODE] = { "inode", inode_fields, NULL },
	[TYPE_ADDRESS_SPACE] = { "address_space", address_space_fields, inode_of_mapping },
	[TYPE_FILE] = { "file", file_fields, NULL },
	[TYPE_MEM_CGROUP] = { "mem_cgroup", memcg_fields, NULL },
	[TYPE_NOTIFIER_MM] = { "mmu_notifier_mm", notifier_mm_fields, NULL },
	[TYPE_GUEST] = { "guest", guest_fields, NULL },
	[TYPE_SVA] = { "sva", sva_fields, NULL },
	[TYPE_PMD_TABLE] = { "pmd_table", pmd_table_fields, NULL },
	[TYPE_MM_SLOT] = { "mm_slot", mm_slot_fields, NULL },
	[TYPE_RMAP_ITEM] = { "rmap_item", rmap_item_fields, NULL },
	[TYPE_STABLE_NODE] = { "stable_node", stable_node_fields, NULL },
};

const struct data_lock core_locks[] = {
	{ &core_types[TYPE_VMA], LC_MMAP_LOCK, DATA_SAME, vma_mmap_lock },
	{ &core_types[TYPE_VMA], LC_PAGE_TABLE, DATA_SAME, vma_page_table_lock },
	{ &core_types[TYPE_VMA], LC_VM_LOCK, DATA_SAME, vma_vm_lock },
	{ &core_types[TYPE_VMA], LC_I_MMAP, DATA_OWNER, vma_i_mmap },
	{ &core_types[TYPE_VMA], LC_I_MMAP_HUGE, DATA_OWNER, vma_i_mmap_huge },
	{ &core_types[TYPE_MM], LC_MMAP_LOCK, DATA_SAME, mm_mmap_lock },
	{ &core_types[TYPE_MM], LC_PAGE_TABLE, DATA_SAME, mm_page_table_lock },
	{ &core_types[TYPE_PGTABLE], LC_MMAP_LOCK, DATA_SAME, pgtable_mmap_lock },
	{ &core_types[TYPE_PGTABLE], LC_PAGE_TABLE, DATA_SAME, pgtable_page_table_lock },
	{ &core_types[TYPE_PGTABLE], LC_PTE_LOCK, DATA_SAME, pgtable_ptl },
	{ &core_types[TYPE_PMD_TABLE], LC_PTE_LOCK, DATA_SAME, pmd_table_ptl },
	{ &core_types[TYPE_PAGE], LC_PAGE_LOCK, DATA_SAME, page_page_lock },
	{ &core_types[TYPE_SWAP_SLOT], LC_PAGE_LOCK, DATA_OWNER, slot_page_lock },
	{ &core_types[TYPE_INODE], LC_INODE, DATA_SAME, inode_i_rwsem },
	{ &core_types[TYPE_ADDRESS_SPACE], LC_I_MMAP, DATA_SAME, mapping_i_mmap },
	{ &core_types[TYPE_ADDRESS_SPACE], LC_I_MMAP_HUGE, DATA_SAME, mapping_i_mmap },
	{ &core_types[TYPE_ADDRESS_SPACE], LC_I_PAGES, DATA_SAME, mapping_i_pages },
	{ &core_types[TYPE_NOTIFIER_MM], LC_NOTIFIERS, DATA_SAME, notifier_mm_lock },
	{ &core_types[TYPE_GUEST], LC_MMU_LOCK, DATA_SAME, guest_mmu_lock },
	{ &core_types[TYPE_GUEST], LC_NOTIFIERS, DATA_OWNER, guest_notifiers_lock },
	{ &core_types[TYPE_SVA], LC_NOTIFIERS, DATA_OWNER, sva_notifiers_lock },
	{ &core_types[TYPE_RMAP_ITEM], LC_PAGE_LOCK, DATA_OWNER, item_page_lock },
	{ &core_types[TYPE_STABLE_NODE], LC_PAGE_LOCK, DATA_OWNER, node_page_lock },
	{ NULL, 0, 0, NULL },
};

/* ---- looking up an address ---- */

/* The address_space in it is an object of its own. */
static void find_in_inode(const void *addr, struct data_place *at)
{
	u64 off = (u64)addr - (u64)at->obj;

	if (off - offsetof(struct inode, i_data) >= sizeof(struct address_space))
		return;
	at->type = &core_types[TYPE_ADDRESS_SPACE];
	at->obj = &((const struct inode *)at->obj)->i_data;
}

static bool find_in_slab(const void *addr, struct data_place *at)
{
	const struct data_type *provided = core()->rmap->types;
	const struct kmem_cache *c;

	at->obj = slab_object(addr, &c);
	if (!at->obj)
		return false;
	for (unsigned i = 0; i < NR_CORE_TYPES; i++)
		if (core_types[i].fields == c->fields)
			at->type = &core_types[i];
	for (const struct data_type *t = provided; t && t->name; t++)
		if (t->fields == c->fields)
			at->type = t;
	if (at->type == &core_types[TYPE_INODE])
		find_in_inode(addr, at);
	return at->type;
}

static bool find_in_array(const void *addr, struct data_place *at)
{
	const struct core *c = core();
	const struct { const void *base; size_t size; } array[] = {
		{ c->free_stack, c->nr_pages * sizeof(*c->free_stack) },
		{ c->page_serial, c->nr_pages * sizeof(*c->page_serial) },
		{ c->page_live, c->nr_pages * sizeof(*c->page_live) },
		{ c->free_slots, c->nr_slots * sizeof(*c->free_slots) },
		{ c->data, c->nr_pages * sizeof(*c->data) },
		{ c->poisoned, c->nr_pages * sizeof(*c->poisoned) },
	};

	BUILD_BUG_ON(ARRAY_SIZE(array) != ARRAY_SIZE(array_fields));
	for (unsigned i = 0; i < ARRAY_SIZE(array); i++)
		if ((u64)addr - (u64)array[i].base < array[i].size) {
			*at = (struct data_place){ &core_types[TYPE_CORE], c, &array_fields[i] };
			return true;
		}
	return false;
}

/* An element of base. */
static bool find_element(const void *addr, const void *base, size_t nr, size_t size, enum core_type type, struct data_place *at)
{
	u64 off = (u64)addr - (u64)base;

	if (off >= nr * size)
		return false;
	at->type = &core_types[type];
	at->obj = (const char *)addr - off % size;
	return true;
}

static bool find_object(const void *addr, struct data_place *at)
{
	const struct core *c = core();

	return find_element(addr, c->mem_map, c->nr_pages, sizeof(struct page), TYPE_PAGE, at) || find_in_slab(addr, at) ||
	       find_element(addr, c, 1, sizeof(*c), TYPE_CORE, at) ||
	       find_element(addr, c->slot, c->nr_slots, sizeof(struct swap_slot), TYPE_SWAP_SLOT, at) ||
	       find_element(addr, c->cpu, c->nr_cpus, sizeof(struct cpu), TYPE_CPU, at) || find_in_array(addr, at);
}

void core_objects_init(void)
{
	struct data_model *m = machine_alloc(sizeof(*m));
	struct core *c = core();

	*m = (struct data_model){ find_object, { core_locks, c->rmap->locks } };
	machine->data = m;
	c->mm_cache = kmem_cache_create("mm", sizeof(struct mm_struct), 0, 0, NULL, mm_fields);
	c->vma_cache = kmem_cache_create("vma", sizeof(struct vm_area_struct), 0, 0, NULL, vma_fields);
	c->inode_cache = kmem_cache_create("inode", sizeof(struct inode), 0, 0, NULL, inode_fields);
	c->file_cache = kmem_cache_create("file", sizeof(struct file), 0, 0, NULL, file_fields);
	c->memcg_cache = kmem_cache_create("mem_cgroup", sizeof(struct mem_cgroup), 0, 0, NULL, memcg_fields);
	c->notifier_cache = kmem_cache_create("mmu_notifier_mm", sizeof(struct mmu_notifier_mm), 0, 0, NULL, notifier_mm_fields);
	c->guest_cache = kmem_cache_create("guest", sizeof(struct guest), 0, 0, NULL, guest_fields);
	c->sva_cache = kmem_cache_create("sva", sizeof(struct sva), 0, 0, NULL, sva_fields);
	c->pgtable_cache = kmem_cache_create("pgtable", sizeof(struct pgtable), 0, 0, NULL, pgtable_fields);
}
