/* SPDX-License-Identifier: GPL-2.0-only */
/* Inodes and open files: made, counted, written, truncated, let go. */
#include "defects.h"
#include "file.h"
#include "hugetlb.h"
#include "internal.h"
#include "references.h"

/* ---- life and death ---- */

static struct inode *inode_alloc(unsigned pages, u32 kind)
{
	struct inode *inode = kmem_cache_alloc(core()->inode_cache, GFP_KERNEL);

	if (!inode)
		return NULL;
	data_set_up(&inode->i_data);
	*inode = (struct inode){ .i_count = ATOMIC_INIT(1), .i_size = pages };
	inode->i_data.host = inode;
	inode->i_data.kind = kind;
	init_rwsem(&inode->i_rwsem, LC_INODE);
	INIT_LIST_HEAD(&inode->i_data.i_mmap_nonlinear);
	init_rwsem(&inode->i_data.i_mmap_rwsem, kind & AS_HUGETLB ? LC_I_MMAP_HUGE : LC_I_MMAP);
	mutex_init(&inode->i_data.unmap_mutex, LC_UNMAP);
	spin_lock_init(&inode->i_data.i_pages, LC_I_PAGES);
	return inode;
}

/*
 * Nobody has it open, and so nobody maps it; reclaim may still be about to take a page from its cache. It has looked for the page
 * without the lock, so an empty cache does not say that it has let go of the lock: taking it once does.
 */
static void iput(struct inode *inode)
{
	if (!atomic_dec_and_test(&inode->i_count))
		return;
	data_tear_down(inode);		/* but reclaim may find its pages */
	if (inode->i_data.kind & AS_HUGETLB)
		remove_inode_hugepages(inode, 0);
	else
		truncate_inode_pages(&inode->i_data, 0);
	spin_lock(&inode->i_data.i_pages);
	spin_unlock(&inode->i_data.i_pages);
	check_that(!inode->i_data.i_mmap && list_empty(&inode->i_data.i_mmap_nonlinear), ORACLE_STRUCTURE,
		   "inode-freed-while-mapped", "an inode goes, and a VMA maps it");
	event(FILE_GONE, .obj = inode);
	kmem_cache_free(core()->inode_cache, inode);
}

struct file *file_create_kind(unsigned pages, u32 kind)
{
	struct file *file = kmem_cache_alloc(core()->file_cache, GFP_KERNEL);
	struct inode *inode = file ? inode_alloc(pages, kind) : NULL;

	if (!inode) {
		if (file)
			kmem_cache_free(core()->file_cache, file);
		return NULL;
	}
	*file = (struct file){ .f_mapping = &inode->i_data };
	atomic_set(&file->f_count, 1);
	data_publish(&inode->i_data);
	data_publish(inode);
	data_publish(file);
	event(FILE_NEW, .obj = inode, .end = pages);
	return file;
}

void get_file(struct file *file)
{
	atomic_inc(&file->f_count);
}

void fput(struct file *file)
{
	struct inode *inode = file_inode(file);

	might_sleep();
	if (!atomic_dec_and_test(&file->f_count))
		return;
	kmem_cache_free(core()->file_cache, file);
	iput(inode);
}

/* ---- truncate ---- */

/* i_rwsem held for write. From here on a fault finds the page beyond the end, or has it locked already. */
static void i_size_write(struct inode *inode, unsigned long pages)
{
	lockdep_assert_held_write(&inode->i_rwsem.l);
	WRITE_ONCE(inode->i_size, pages);
	event(FILE_SIZE, .obj = inode, .end = pages);
}

/* What comes back when the file grows again is zeroes. No page that could be written to it is in the cache any more. */
static void clear_store(struct inode *inode, unsigned long first)
{
	for (unsigned long i = first; i < FILE_PAGES; i++) {
		exec_touch(&inode->store[i], TOUCH_WRITE);
		__atomic_store_n(&inode->store[i], 0, __ATOMIC_RELAXED);
	}
}

/*
 * Entries are zapped twice. The first time only spares the cache the trouble of doing it page by page. But until the last page has
 * left the cache, a fault that found it in time may make a private copy of it, which is no page of the cache: the second time is
 * for these.
 */
static void truncate_pagecache(struct inode *inode, unsigned long first)
{
	struct address_space *mapping = &inode->i_data;

	{
		WINDOW(TRUNCATE);
		unmap_mapping_range(mapping, first, ~0ul, true);
		truncate_inode_pages(mapping, first);
	}
	if (!defect(D_TRUNCATE_ONCE))
		unmap_mapping_range(mapping, first, ~0ul, true);
}

int file_truncate(struct file *file, unsigned long pages)
{
	struct inode *inode = file_inode(file);
	unsigned long old;

	pages = min(pages, (unsigned long)FILE_PAGES);
	if (inode->i_data.kind & AS_HUGETLB && pages % HPAGE_PMD_NR)
		return -EINVAL;
	down_write(&inode->i_rwsem);
	old = inode->i_size;
	if (pages > old)
		pagecache_isize_extended(&inode->i_data, old);
	i_size_write(inode, pages);
	if (pages < old) {
		if (inode->i_data.kind & AS_HUGETLB)
			hugetlb_vmtruncate(inode, pages);
		else
			truncate_pagecache(inode, pages);
		clear_store(inode, pages);
		event(FILE_TRUNCATED, .obj = inode, .end = pages);
	}
	up_write(&inode->i_rwsem);
	return 0;
}

/* ---- read() and write() ---- */

int file_read(struct file *file, unsigned long index, u64 *value)
{
	struct address_space *mapping = file->f_mapping;
	const struct inode *inode = mapping->host;	/* now: nothing may lie between reading the page and telling of it */
	struct page *page, *head;
	unsigned long pfn;
	u64 *word, got;
	int err;

	if (inode->i_data.kind & AS_HUGETLB)
		return hugetlb_read(file, index, value);
	err = filemap_fault(mapping, index, NULL, &page);
	if (err)
		return err;
	/* Copying is done without the page lock: the reference keeps the page, though not in the cache. */
	head = compound_head(page);
	unlock_page(head);
	pfn = page_to_pfn(page);
	word = &core()->data[pfn];
	exec_point(OP_LOAD, word);
	got = __atomic_load_n(word, __ATOMIC_RELAXED);
	exec_touch(&head->mapping, TOUCH_READ);
	/* What was truncated meanwhile may be read as it was when the call began; there is nothing then to compare it with. */
	if (__atomic_load_n(&head->mapping, __ATOMIC_RELAXED) == mapping)
		event(FILE_LOAD, .obj = inode, .addr = index, .value = got, .pfn = pfn);
	*value = got;
	mark_page_accessed(head);
	put_page(page);
	return 0;
}

int file_write(struct file *file, unsigned long index, u64 value)
{
	struct address_space *mapping = file->f_mapping;
	struct inode *inode = mapping->host;
	struct page *page;
	u64 *word;
	int err = -ENXIO;

	if (inode->i_data.kind & AS_HUGETLB)
		return -EINVAL;
	if (index >= FILE_PAGES)
		return err;
	down_write(&inode->i_rwsem);
	if (index >= inode->i_size)
		pagecache_isize_extended(mapping, inode->i_size);
	err = filemap_grab_page(mapping, index, &page);
	if (!err) {
		word = &core()->data[page_to_pfn(page)];
		exec_point(OP_STORE, word);
		__atomic_store_n(word, value, __ATOMIC_RELAXED);
		event(FILE_STORE, .obj = inode, .addr = index, .value = value);
		SetPageFlag(compound_head(page), PG_uptodate);
		set_page_dirty(page);
		if (index >= inode->i_size)
			i_size_write(inode, index + 1);
		unlock_page(compound_head(page));
		put_page(page);
	}
	up_write(&inode->i_rwsem);
	return err;
}
