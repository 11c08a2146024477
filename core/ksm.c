/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KSM's slots and its scan: which address spaces have something mergeable, and which page comes next.
 *
 * A slot holds the structure of its mm, and not its users: the mm may die at any time. What the scan touches of it stays because
 * whoever was the last user comes to ksm_exit() before he takes anything down: there he waits for mmap_lock once, and from then on
 * the scan, which asks behind that lock, finds that nobody uses the mm. The slot is then the scan's to free, unless there is nothing
 * in it and the scan is elsewhere.
 */
#include "defects.h"
#include "ksm_internal.h"
#include "sanitize.h"
#include "objects.h"

void ksm_init(void)
{
	struct ksm *k = machine_alloc(sizeof(*k));

	core()->ksm = k;
	mutex_init(&k->thread_mutex, LC_KSM);
	spin_lock_init(&k->mmlist_lock, LC_KSM_MMLIST);
	INIT_LIST_HEAD(&k->mm_head.mm_list);
	INIT_LIST_HEAD(&k->stable_tree);
	INIT_LIST_HEAD(&k->unstable_tree);
	k->scan.mm_slot = &k->mm_head;
	k->slots = kmem_cache_create("mm_slot", sizeof(struct mm_slot), 0, 0, NULL, core_types[TYPE_MM_SLOT].fields);
	k->items = kmem_cache_create("rmap_item", sizeof(struct rmap_item), 0, 0, NULL, core_types[TYPE_RMAP_ITEM].fields);
	k->nodes = kmem_cache_create("stable_node", sizeof(struct stable_node), 0, 0, NULL, core_types[TYPE_STABLE_NODE].fields);
}

/* ---- slots come and go ---- */

/* ksm_mmlist_lock held. (The kernel has a hash table for this.) */
static struct mm_slot *get_mm_slot(const struct mm_struct *mm)
{
	struct mm_slot *slot;

	list_for_each_entry(slot, &ksm()->mm_head.mm_list, mm_list)
		if (slot->mm == mm)
			return slot;
	return NULL;
}

static int __ksm_enter(struct mm_struct *mm)
{
	struct mm_slot *slot = kmem_cache_alloc(ksm()->slots, GFP_KERNEL);

	if (!slot)
		return -ENOMEM;
	slot->mm = mm;
	slot->rmap_list = NULL;
	spin_lock(&ksm()->mmlist_lock);
	/* Just behind the scan, which has gone round once before it comes here: the pages may settle until then. */
	list_add_tail(&slot->mm_list, &ksm()->scan.mm_slot->mm_list);
	data_publish(slot);
	spin_unlock(&ksm()->mmlist_lock);
	set_bit(MMF_VM_MERGEABLE, &mm->flags);
	mmgrab(mm);
	return 0;
}

/*
 * Who enters it holds mmap_lock for write; it is left when nobody uses it any more, or by the scan, under mmap_lock. Who finds it left
 * does not wait for that lock: what the scan has read in the mm it has read before (Linux leaves that to the atomic operation).
 */
static bool mm_mergeable(const struct mm_struct *mm)
{
	unsigned long flags = __atomic_load_n(&mm->flags, __ATOMIC_ACQUIRE);

	hb_acquire(&mm->flags);
	exec_touch(&mm->flags, TOUCH_READ);
	return flags >> MMF_VM_MERGEABLE & 1;
}

int ksm_enter(struct mm_struct *mm)
{
	return mm_mergeable(mm) ? 0 : __ksm_enter(mm);
}

int ksm_fork(struct mm_struct *mm, struct mm_struct *oldmm)
{
	return mm_mergeable(oldmm) ? __ksm_enter(mm) : 0;
}

static void slot_free(struct mm_slot *slot)
{
	struct mm_struct *mm = slot->mm;

	kmem_cache_free(ksm()->slots, slot);
	hb_release(&mm->flags);
	clear_bit(MMF_VM_MERGEABLE, &mm->flags);
}

/*
 * A slot in which nothing is, and at which the scan is not: whoever has the lock may take it away. Else the scan has to do it, and is
 * sent there next. Returns the slot to be freed, or NULL; *waits: the scan may be in the mm.
 */
static struct mm_slot *leave(const struct mm_struct *mm, bool *waits)
{
	struct mm_slot *slot;

	spin_lock(&ksm()->mmlist_lock);
	slot = get_mm_slot(mm);
	*waits = slot;
	if (slot && ksm()->scan.mm_slot != slot) {
		list_del(&slot->mm_list);
		if (slot->rmap_list)
			list_add(&slot->mm_list, &ksm()->scan.mm_slot->mm_list);
		else
			*waits = false;
	}
	spin_unlock(&ksm()->mmlist_lock);
	return slot && !*waits ? slot : NULL;
}

void ksm_exit(struct mm_struct *mm)
{
	struct mm_slot *slot;
	bool waits;

	if (!mm_mergeable(mm))
		return;
	slot = leave(mm, &waits);
	if (slot) {
		slot_free(slot);
		mmdrop(mm);		/* not the last one: the caller's is that */
	} else if (waits && !defect(D_KSM_EXIT)) {
		down_write(&mm->mmap_lock);
		mmap_write_unlock(mm);
	}
}

/* ---- items ---- */

static struct rmap_item *rmap_item_alloc(struct mm_struct *mm, unsigned long addr, struct rmap_item *next)
{
	struct rmap_item *item = kmem_cache_alloc(ksm()->items, GFP_KERNEL);

	if (item)
		*item = (struct rmap_item){ .mm = mm, .address = addr, .rmap_list = next, .state = ITEM_ALONE };
	return item;
}

static void remove_first(struct rmap_item **rmap_list)
{
	struct rmap_item *item = *rmap_list;

	*rmap_list = item->rmap_list;
	/* What is mapped there may be on its way in, or in migration; and children may have what they have from there. */
	if (item->state == ITEM_STABLE)
		ksm_unseen_mapping(pfn_to_page(READ_ONCE(item->head->kpfn)));
	remove_rmap_item_from_tree(item);
	kmem_cache_free(ksm()->items, item);
}

static void remove_trailing_rmap_items(struct rmap_item **rmap_list)
{
	while (*rmap_list)
		remove_first(rmap_list);
}

/*
 * The item of this address, which is new if need be; NULL when memory is out. Those before it are of addresses at which there was
 * nothing to be merged: they go (if so wanted). *rmap_list is behind it then. mmap_lock held.
 */
static struct rmap_item *get_next_rmap_item(struct mm_slot *slot, struct rmap_item ***rmap_list, unsigned long addr, bool keep)
{
	struct rmap_item *item;

	while ((item = **rmap_list) && item->address < addr) {
		if (keep)
			*rmap_list = &item->rmap_list;
		else
			remove_first(*rmap_list);
	}
	if (!item || item->address != addr) {
		item = rmap_item_alloc(slot->mm, addr, item);
		if (!item)
			return NULL;
		**rmap_list = item;
		data_publish(item);
	}
	*rmap_list = &item->rmap_list;
	return item;
}

/* ---- the scan ---- */

/* The slot behind, from its beginning. ksm_mmlist_lock held: a slot at which the scan is does not go away. */
static void go_on(struct mm_slot *slot)
{
	struct ksm_scan *scan = &ksm()->scan;

	scan->mm_slot = list_entry(slot->mm_list.next, struct mm_slot, mm_list);
	scan->address = 0;
	scan->rmap_list = &scan->mm_slot->rmap_list;
}

/* A new pass. False when there is nothing to scan. */
static bool begin_pass(void)
{
	/* Pages in the caches in front of the LRU are held by these: they could not be merged. */
	lru_add_drain_all();
	unstable_tree_forget();
	spin_lock(&ksm()->mmlist_lock);
	go_on(&ksm()->mm_head);
	spin_unlock(&ksm()->mmlist_lock);
	/* The last one may have left since we saw that there is one. */
	return defect(D_KSM_EMPTY) || ksm()->scan.mm_slot != &ksm()->mm_head;
}

/* The next page that may be merged of the VMA, from where the scan is, with a reference and with its item; else NULL. */
static struct rmap_item *next_in_vma(struct mm_slot *slot, struct vm_area_struct *vma, struct page **page)
{
	struct ksm_scan *scan = &ksm()->scan;
	struct rmap_item *item;

	scan->address = max(scan->address, vma->vm_start);
	if (!smp_load_acquire(&vma->anon_vma))
		scan->address = vma->vm_end;
	for (; scan->address < vma->vm_end && !ksm_test_exit(slot->mm); scan->address += PAGE_SIZE) {
		*page = get_mapped_page(vma->vm_mm, scan->address, false);
		if (*page && PageAnon(*page)) {
			item = get_next_rmap_item(slot, &scan->rmap_list, scan->address, false);
			if (item)
				scan->address += PAGE_SIZE;
			else
				put_page(*page);
			return item;
		}
		if (*page)
			put_page(*page);
		*page = NULL;
	}
	return NULL;
}

/* mmap_lock held. */
static struct rmap_item *next_in_mm(struct mm_slot *slot, struct page **page)
{
	struct vm_area_struct *vma = NULL;

	if (!ksm_test_exit(slot->mm))
		vma = find_vma(slot->mm, ksm()->scan.address);
	for (; vma; vma = vma->vm_next) {
		struct rmap_item *item;

		if (!(vma->vm_flags & VM_MERGEABLE))
			continue;
		item = next_in_vma(slot, vma, page);
		if (item || *page)
			return item;	/* without one, memory is out */
	}
	return NULL;
}

/*
 * The scan leaves the slot, and goes on behind it. What is left of its items is of addresses beyond the last page. If nothing was
 * mergeable at all, the slot goes: the mm has exited, or may come again. mmap_lock is held, and dropped.
 */
static void leave_slot(struct mm_slot *slot)
{
	struct ksm_scan *scan = &ksm()->scan;
	struct mm_struct *mm = slot->mm;
	bool empty;

	if (ksm_test_exit(mm)) {
		scan->address = 0;
		scan->rmap_list = &slot->rmap_list;
	}
	remove_trailing_rmap_items(scan->rmap_list);
	empty = !scan->address;
	spin_lock(&ksm()->mmlist_lock);
	go_on(slot);
	if (empty) {
		list_del(&slot->mm_list);
		spin_unlock(&ksm()->mmlist_lock);
		slot_free(slot);
		up_read(&mm->mmap_lock);
		mmdrop(mm);
		return;
	}
	/* First mmap_lock: without the other one, ksm_exit() may take the slot away, as the scan is elsewhere, and with it the mm. */
	if (!defect(D_KSM_UNLOCK))
		up_read(&mm->mmap_lock);
	spin_unlock(&ksm()->mmlist_lock);
	if (defect(D_KSM_UNLOCK))
		up_read(&mm->mmap_lock);
}

/* The next item with its page, which is referenced; NULL at the end of the pass, or when memory is out. */
static struct rmap_item *scan_get_next_rmap_item(struct page **page)
{
	struct ksm *k = ksm();

	if (k->scan.mm_slot == &k->mm_head) {
		bool none;

		spin_lock(&k->mmlist_lock);
		none = list_empty(&k->mm_head.mm_list);
		spin_unlock(&k->mmlist_lock);
		if (none || !begin_pass())
			return NULL;
	}
	do {
		struct mm_slot *slot = k->scan.mm_slot;
		struct mm_struct *mm = slot->mm;
		struct rmap_item *item;

		*page = NULL;
		down_read(&mm->mmap_lock);
		item = next_in_mm(slot, page);
		if (item || *page) {
			up_read(&mm->mmap_lock);
			return item;
		}
		leave_slot(slot);
	} while (k->scan.mm_slot != &k->mm_head);
	return NULL;
}

unsigned ksm_do_scan(unsigned pages)
{
	unsigned scanned = 0;
	struct page *page;

	mutex_lock(&ksm()->thread_mutex);
	while (scanned < pages) {
		struct rmap_item *item = scan_get_next_rmap_item(&page);

		if (!item)
			break;
		cmp_and_merge_page(page, item);
		put_page(page);
		scanned++;
	}
	mutex_unlock(&ksm()->thread_mutex);
	return scanned;
}

/* ---- one address ---- */

/* The scan comes to the slot of this mm, if it has one: it stays until the scan goes on. */
static struct mm_slot *go_to(const struct mm_struct *mm)
{
	struct mm_slot *slot;

	spin_lock(&ksm()->mmlist_lock);
	slot = get_mm_slot(mm);
	if (slot)
		ksm()->scan.mm_slot = slot;
	spin_unlock(&ksm()->mmlist_lock);
	return slot;
}

static struct rmap_item *item_at(struct mm_slot *slot, unsigned long addr, struct page **page)
{
	struct rmap_item **rmap_list = &slot->rmap_list, *item = NULL;
	struct vm_area_struct *vma;

	down_read(&slot->mm->mmap_lock);
	vma = find_mergeable_vma(slot->mm, addr);
	*page = vma ? get_mapped_page(vma->vm_mm, addr, false) : NULL;
	if (*page && PageAnon(*page))
		item = get_next_rmap_item(slot, &rmap_list, addr, true);
	up_read(&slot->mm->mmap_lock);
	return item;
}

static enum ksm_result scan_slot_at(struct mm_slot *slot, unsigned long addr)
{
	enum ksm_result result = KSM_NO_PAGE;
	struct page *page;
	struct rmap_item *item = item_at(slot, addr, &page);

	if (item)
		result = cmp_and_merge_page(page, item) ? KSM_MERGED : KSM_NOT_MERGED;
	if (page)
		put_page(page);
	spin_lock(&ksm()->mmlist_lock);
	go_on(slot);
	spin_unlock(&ksm()->mmlist_lock);
	return result;
}

enum ksm_result ksm_scan_address(struct mm_struct *mm, unsigned long addr)
{
	enum ksm_result result = KSM_NO_PAGE;
	struct mm_slot *slot;

	mutex_lock(&ksm()->thread_mutex);
	slot = go_to(mm);
	if (slot)
		result = scan_slot_at(slot, addr);
	mutex_unlock(&ksm()->thread_mutex);
	return result;
}

/* ---- all is taken back ---- */

/* mmap_lock held. */
static int unmerge_mm(struct mm_struct *mm)
{
	int err = 0;

	if (ksm_test_exit(mm))
		return 0;
	for (struct vm_area_struct *vma = mm->mmap; vma && !err; vma = vma->vm_next)
		if (vma->vm_flags & VM_MERGEABLE && smp_load_acquire(&vma->anon_vma))
			err = unmerge_ksm_pages(vma, vma->vm_start, vma->vm_end);
	return err;
}

/* The scan is at this slot. */
static int unmerge_slot(struct mm_slot *slot)
{
	struct mm_struct *mm = slot->mm;
	bool gone;
	int err;

	down_read(&mm->mmap_lock);
	err = unmerge_mm(mm);
	if (!err)
		remove_trailing_rmap_items(&slot->rmap_list);
	up_read(&mm->mmap_lock);
	spin_lock(&ksm()->mmlist_lock);
	go_on(slot);
	gone = !err && ksm_test_exit(mm);
	if (gone)
		list_del(&slot->mm_list);
	spin_unlock(&ksm()->mmlist_lock);
	if (gone) {
		slot_free(slot);
		mmdrop(mm);
	}
	return err;
}

static int unmerge_and_remove_all_rmap_items(void)
{
	struct ksm *k = ksm();
	int err = 0;

	spin_lock(&k->mmlist_lock);
	go_on(&k->mm_head);
	spin_unlock(&k->mmlist_lock);
	while (k->scan.mm_slot != &k->mm_head && !err)
		err = unmerge_slot(k->scan.mm_slot);
	if (!err)
		remove_all_stable_nodes();
	return err;
}

int ksm_unmerge_all(void)
{
	struct ksm *k = ksm();
	int err;

	mutex_lock(&k->thread_mutex);
	WRITE_ONCE(k->unmerging, 1);
	err = unmerge_and_remove_all_rmap_items();
	WRITE_ONCE(k->unmerging, 0);
	mutex_unlock(&k->thread_mutex);
	return err;
}

void ksm_settle(void)
{
	if (ksm_used() || !list_empty(&ksm()->mm_head.mm_list))
		ksm_unmerge_all();
}
