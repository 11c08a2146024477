/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of hugetlb: their cache, which is all there is of them, and truncate.
 *
 * The cache has the head of a page where the page begins, and nothing in the other places.
 */
#include "hugetlb.h"
#include "internal.h"

/* Shared and private mappings alike (as of 5.1): what they bring in is one page of one cache. */
struct mutex *hugetlb_fault_mutex(const struct address_space *mapping, unsigned long index)
{
	return &core()->hugetlb->fault_mutex[(slab_serial(mapping->host) + index / HPAGE_PMD_NR) % NR_FAULT_MUTEXES];
}

int huge_add_to_page_cache(struct page *head, struct address_space *mapping, unsigned long index)
{
	int err = add_to_page_cache_locked(head, mapping, index);

	/* Nobody writes it anywhere: dirty says that it may not be thrown away. */
	if (!err)
		SetPageFlag(head, PG_dirty);
	return err;
}

/* Page locked. */
static void remove_huge_page(struct address_space *mapping, struct page *head, bool failed)
{
	ClearPageFlag(head, PG_dirty);
	spin_lock(&mapping->i_pages);
	page_cache_clear(mapping, head);
	/* From now on: read() reads what it has found as long as it is the file's. */
	for (unsigned i = 0; failed && i < HPAGE_PMD_NR; i++)
		event(FILE_LOST, .obj = mapping->host, .addr = head->index + i, .pfn = page_to_pfn(head) + i);
	spin_unlock(&mapping->i_pages);
	put_page(head);
}

/* Whoever faults there has looked for it before, and looks again under the page lock: it has gone, and he brings another one. */
void hugetlbfs_error_remove_page(struct address_space *mapping, struct page *head)
{
	lockdep_assert_held(&head->flags);
	remove_huge_page(mapping, head, true);
}

/*
 * A fault that found the size as it was has mapped what was zapped since, or sees under the entry's lock that it came too late: so
 * no page that comes by here is mapped, nor will be.
 */
void remove_inode_hugepages(struct inode *inode, unsigned long first)
{
	struct address_space *mapping = &inode->i_data;
	u32 present = READ_ONCE(mapping->present);

	for (unsigned long i = first; i < FILE_PAGES; i += HPAGE_PMD_NR) {
		struct mutex *mutex = hugetlb_fault_mutex(mapping, i);
		struct page *head = present >> i & 1 ? find_get_page(mapping, i) : NULL;

		if (!head)
			continue;
		mutex_lock(mutex);
		if (lock_cached_page(mapping, head)) {
			remove_huge_page(mapping, head, false);
			unlock_page(head);
			put_page(head);
		}
		mutex_unlock(mutex);
	}
}

/* Once is enough, other than for files of small pages: a private copy is not made of a page whose entry is gone. */
void hugetlb_vmtruncate(struct inode *inode, unsigned long first)
{
	{
		WINDOW(TRUNCATE);
		unmap_mapping_range(&inode->i_data, first, ~0ul, true);
	}
	remove_inode_hugepages(inode, first);
}

/* The page in which index lies, locked for an instant, so that it is seen whole; or NULL. */
static struct page *find_huge_page(struct address_space *mapping, unsigned long index)
{
	struct page *head = find_get_page(mapping, index / HPAGE_PMD_NR * HPAGE_PMD_NR);

	if (!head || !lock_cached_page(mapping, head))
		return NULL;
	unlock_page(head);
	return head;
}

int hugetlb_read(struct file *file, unsigned long index, u64 *value)
{
	struct address_space *mapping = file->f_mapping;
	const struct inode *inode = mapping->host;	/* now: see file_read() */
	struct page *head;
	unsigned long pfn;
	u64 *word;

	*value = 0;
	if (index >= i_size_read(inode))
		return -ENXIO;
	head = find_huge_page(mapping, index);
	if (!head)
		return 0;
	pfn = page_to_pfn(head) + index % HPAGE_PMD_NR;
	word = &core()->data[pfn];
	exec_point(OP_LOAD, word);
	*value = __atomic_load_n(word, __ATOMIC_RELAXED);
	exec_touch(&head->mapping, TOUCH_READ);
	if (__atomic_load_n(&head->mapping, __ATOMIC_RELAXED) == mapping)
		event(FILE_LOAD, .obj = inode, .addr = index, .value = *value, .pfn = pfn);
	put_page(head);
	return 0;
}
