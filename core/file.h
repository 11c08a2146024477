/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files: inodes with their outer lock, the page cache, the mappings of a file, and the store behind it.
 *
 * A page of the cache holds one reference for being there, has page->mapping and page->index set, and leaves only with its page
 * lock held. The content of a page is one word, and so is the content of a page of the store.
 */
#ifndef CORE_FILE_H
#define CORE_FILE_H

#include "mm_types.h"

#define FILE_PAGES 16u			/* no file is longer */

/* Bits of mapping->flags. */
enum { AS_MM_ALL_LOCKS };		/* mm_take_all_locks() has i_mmap_rwsem */

/* The cache of one file, and who maps it. */
struct address_space {
	struct inode *host;		/* [const] */
	struct rw_semaphore i_mmap_rwsem;
	struct itree_node *i_mmap;	/* [i_mmap_rwsem] the VMAs that map the file, by page offset */
	spinlock_t i_pages;
	u32 dirty;			/* [i_pages] bit set: the tags by which write-back finds dirty pages; read without to begin */
	u32 present;			/* [i_pages; read without] bit set: which places are taken */
	u32 pad;
	unsigned long flags;		/* [atomic; mm_all_locks_mutex] AS_* */
	struct page *page[FILE_PAGES];	/* [i_pages; read without, then re-checked] the page cache */
};

struct inode {
	struct rw_semaphore i_rwsem;	/* outermost: who writes to the file or truncates it; not who reads or faults */
	atomic_t i_count;		/* [atomic] files that are open, for whatever reason */
	u32 pad;
	unsigned long i_size;		/* [i_rwsem:W; read by anyone, and again under the page lock] in pages */
	struct address_space i_data;
	u64 store[FILE_PAGES];		/* [page lock or PG_writeback of the cached page, or i_rwsem:W if there can be none] */
};

/* An open file. */
struct file {
	atomic_t f_count;		/* [atomic] the opener, and each VMA */
	u32 pad;
	struct address_space *f_mapping;	/* [const] */
};

/* ---- files (file.c) ---- */

/* A new file of that many zeroed pages (at most FILE_PAGES), open once; NULL when memory is out. */
struct file *file_create(unsigned pages);
void get_file(struct file *file);
/* The last one lets the inode go, and with it the cached pages. May sleep. */
void fput(struct file *file);

static inline struct inode *file_inode(const struct file *file)
{
	return file->f_mapping->host;
}

#define i_size_read(inode) READ_ONCE((inode)->i_size)

/*
 * Set the size, in pages. What lies beyond it is gone when this returns: unmapped everywhere, private copies too, and out of the
 * cache. Whoever comes there gets nothing.
 */
void file_truncate(struct file *file, unsigned long pages);

/* A page's word as read() and write() see it. Returns 0, -ENXIO (beyond the end) or -ENOMEM. write extends the file. */
int file_read(struct file *file, unsigned long index, u64 *value);
int file_write(struct file *file, unsigned long index, u64 value);

/* ---- the page cache (filemap.c) ---- */

/* The cached page with a reference, or NULL. */
struct page *find_get_page(struct address_space *mapping, unsigned long index);
/*
 * The page, read in if need be (for mm, whose group is charged, or NULL), with a reference and locked: it is in the cache and lies in
 * the file. Returns 0, -ENXIO (beyond the end: SIGBUS to a program) or -ENOMEM. May sleep.
 */
int filemap_fault(struct address_space *mapping, unsigned long index, struct mm_struct *mm, struct page **page);
/* As above for who writes all of the page: nothing is read, and the file's end does not matter. i_rwsem held for write. */
int filemap_grab_page(struct address_space *mapping, unsigned long index, struct page **page);
/* Page locked, unmapped, only the cache and the caller hold it: out of the cache, count frozen to 0. False if it is in use or dirty. */
bool remove_mapping(struct address_space *mapping, struct page *page);
/*
 * Both pages locked, page unmapped and in the cache, new nobody's yet: new takes its place, dirty if it was, and page is of no file any
 * more. False, and nothing has changed, if anybody but the cache and the caller holds the page.
 */
bool replace_in_page_cache(struct address_space *mapping, struct page *page, struct page *new);
/* Everything from that page on leaves the cache; waits for page locks and write-back. Nobody can read it in again: i_size says so. */
void truncate_inode_pages(struct address_space *mapping, unsigned long first);

/* Page locked, in the cache: it leaves, and what it held that the store does not have is lost. */
void truncate_error_page(struct address_space *mapping, struct page *page);

/* ---- dirty pages and write-back (writeback.c) ---- */

/* The page is in the cache and cannot leave it: locked, or mapped with the pte lock held. True if it was clean. */
bool set_page_dirty(struct page *page);
/* Page locked, in the cache: it need not be written. True if it was dirty. */
bool cancel_dirty_page(struct page *page);
/* Page locked: clean it, its entries first. True when there is something to write. */
bool clear_page_dirty_for_io(struct page *page);
/* Write the page, which is locked and was cleaned just now, to the store. Unlocks it. The caller holds a reference. */
void writepage(struct page *page);
/* Page locked, or i_rwsem held for write: nobody begins another one. */
void wait_on_page_writeback(struct page *page);
/* Write what is dirty among these pages; when it returns, what was dirty when it was called is in the store. */
void filemap_write_range(struct address_space *mapping, unsigned long first, unsigned long last);

/* ---- who maps a file (i_mmap.c) ---- */

#define i_mmap_lock_write(m) down_write(&(m)->i_mmap_rwsem)
#define i_mmap_unlock_write(m) up_write(&(m)->i_mmap_rwsem)
#define i_mmap_lock_read(m) down_read(&(m)->i_mmap_rwsem)
#define i_mmap_unlock_read(m) up_read(&(m)->i_mmap_rwsem)

static inline struct vm_area_struct *vma_of_node(struct itree_node *n)
{
	return n ? n->vma : NULL;
}

/* Each VMA that maps a page in first..last, i_mmap_rwsem held. */
#define vma_interval_tree_foreach(v, mapping, first, last)                                 \
	for (v = vma_of_node(itree_first((mapping)->i_mmap, first, last)); v;              \
	     v = vma_of_node(itree_next(&(v)->shared, first, last)))

/* Into the file's tree and out of it; mmap_lock held for write, or nobody else uses the mm. Nothing to do for anonymous VMAs. */
void vma_link_file(struct vm_area_struct *vma);
void unlink_file_vma(struct vm_area_struct *vma);
/* The lock of the file's tree alone, for write; nothing for anonymous VMAs. */
void vma_file_lock(struct vm_area_struct *vma);
void vma_file_unlock(struct vm_area_struct *vma);
/* Around a change of the range of a linked VMA, and of the next one's (or NULL), which maps the same file: locked, out, in again. */
void vma_file_adjust_begin(struct vm_area_struct *vma, struct vm_area_struct *next);
void vma_file_adjust_end(struct vm_area_struct *vma, struct vm_area_struct *next);

/* Zap all entries for these pages of the file, wherever they are mapped; private copies too, if even_cows. */
void unmap_mapping_range(struct address_space *mapping, unsigned long first, unsigned long last, bool even_cows);

/*
 * Map pages of a file, from page pgoff of it on; shared or private. Returns the address, or -ENOMEM. The mapping may reach beyond the
 * end of the file.
 */
long do_mmap_file(struct mm_struct *mm, struct file *file, unsigned long pgoff, unsigned pages, bool shared);
/* Write back what is dirty of the files that are mapped in [start, start + len). */
void do_msync(struct mm_struct *mm, unsigned long start, unsigned long len);

#endif
