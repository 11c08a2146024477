/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files: inodes with their outer lock, the page cache, the mappings of a file, and the store behind it.
 *
 * A page of the cache holds one reference for being there, has page->mapping and page->index set, and leaves only with its page
 * lock held. The content of a page is one word, and so is the content of a page of the store.
 *
 * A huge page takes the places of all its pages, which are found each by itself, and has a reference for each of them: references, flags,
 * mapping and index are those of its head. Where a page is said to be locked here, that is its head. As long as somebody has a reference
 * it is not split.
 */
#ifndef CORE_FILE_H
#define CORE_FILE_H

#include "mm.h"

#define FILE_PAGES 16u			/* no file is longer */

/* Bits of mapping->kind: what kind of file it is. */
enum {
	AS_HUGE = 1,			/* its pages come in huge ones where that is possible, as with huge=always */
	AS_HUGETLB = 4,			/* its pages are huge ones, which come from the pool when they are needed: hugetlb.h */
	AS_TMPFS = 2,			/* that a page is dirty is not counted, and its entries are not cleaned: reclaim alone writes it */
};

/* Bits of mapping->flags. */
enum { AS_MM_ALL_LOCKS };		/* mm_take_all_locks() has i_mmap_rwsem */

/* The cache of one file, and who maps it. */
struct address_space {
	struct inode *host;		/* [const] */
	struct rw_semaphore i_mmap_rwsem;
	struct itree_node *i_mmap;	/* [i_mmap_rwsem] the VMAs that map the file, by page offset */
	struct list_head i_mmap_nonlinear;	/* [i_mmap_rwsem] those that cannot be found by an offset */
	struct mutex unmap_mutex;	/* one unmapping at a time, where that gives i_mmap_rwsem up */
	unsigned long truncate_count;	/* [i_mmap_rwsem] the number of the last one: see unmap_mapping.c */
	spinlock_t i_pages;
	u32 dirty;			/* [i_pages] bit set: the tags by which write-back finds dirty pages; read without to begin */
	u32 present;			/* [i_pages; read without] bit set: which places are taken */
	u32 kind;			/* [const] AS_* */
	unsigned long flags;		/* [atomic; mm_all_locks_mutex] AS_* */
	struct page *page[FILE_PAGES];	/* [i_pages; read without, then re-checked] the page cache; a huge page is in all its places */
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

/* A new file of that many zeroed pages (at most FILE_PAGES) and that kind (AS_*), open once; NULL when memory is out. */
struct file *file_create_kind(unsigned pages, u32 kind);
#define file_create(pages) file_create_kind(pages, 0)
void get_file(struct file *file);
/* The last one lets the inode go, and with it the cached pages. May sleep. */
void fput(struct file *file);

static inline struct inode *file_inode(const struct file *file)
{
	return file->f_mapping->host;
}

static inline bool file_hugetlb(const struct file *file)
{
	return file->f_mapping->kind & AS_HUGETLB;
}

#define i_size_read(inode) READ_ONCE((inode)->i_size)

/* Are its dirty pages counted and tagged, and their entries read-only until they are? */
static inline bool accounts_dirty(const struct address_space *mapping)
{
	return !(mapping->kind & AS_TMPFS);
}

/* How many places the page takes in the cache, and references it has there: of hugetlb's only one, that of the head. */
static inline unsigned cached_nr(const struct page *head)
{
	return PageHuge(head) ? 1 : compound_nr(head);
}

/* These places, as a bit set. Locked, or i_pages held. */
static inline u32 page_places(const struct page *head)
{
	return ((1u << cached_nr(head)) - 1) << page_index(head);
}

/*
 * Set the size, in pages. What lies beyond it is gone when this returns: unmapped everywhere, private copies too, and out of the
 * cache. Whoever comes there gets nothing. Returns 0, or -EINVAL if that would be a part of a page of hugetlb's.
 */
int file_truncate(struct file *file, unsigned long pages);

/*
 * A page's word as read() and write() see it. Returns 0, -ENXIO (beyond the end) or -ENOMEM. write extends the file; -EINVAL if it is
 * one of hugetlb's, which cannot be written so.
 */
int file_read(struct file *file, unsigned long index, u64 *value);
int file_write(struct file *file, unsigned long index, u64 value);

/* ---- the page cache (filemap.c) ---- */

/* The cached page with a reference, or NULL. */
struct page *find_get_page(struct address_space *mapping, unsigned long index);
/*
 * The page, read in if need be (for mm, whose group is charged, or NULL), with a reference and locked (its head is): it is in the cache
 * and lies in the file. Returns 0, -ENXIO (beyond the end: SIGBUS to a program) or -ENOMEM. May sleep.
 */
int filemap_fault(struct address_space *mapping, unsigned long index, struct mm_struct *mm, struct page **page);
/* As above for who writes all of the page: nothing is read, and the file's end does not matter. i_rwsem held for write. */
int filemap_grab_page(struct address_space *mapping, unsigned long index, struct page **page);
/* Page locked, unmapped, only the cache and the caller hold it: out of the cache, count frozen to 0. False if it is in use or dirty. */
bool remove_mapping(struct address_space *mapping, struct page *page);
/*
 * The store may be another one's by now, or was written to past the cache: what is cached is not to be relied on. All pages of the file
 * are unmapped everywhere, private copies excepted, and leave the cache. Returns 0, -EBUSY if some stay because they are dirty or in
 * use, or -EINVAL if the file has no store of its own. May sleep; who calls it may hold nothing, not even the inode's lock.
 * (Linux 2.6.15, invalidate_inode_pages2() of mm/truncate.c: direct I/O, and filesystems of networks.)
 */
int invalidate_inode_pages2(struct address_space *mapping);
/*
 * Both pages locked, page unmapped and in the cache, new nobody's yet: new takes its place, dirty if it was, and page is of no file any
 * more. False, and nothing has changed, if anybody but the cache and the caller holds the page.
 */
bool replace_in_page_cache(struct address_space *mapping, struct page *page, struct page *new);
/* Everything from that page on leaves the cache; waits for page locks and write-back. Nobody can read it in again: i_size says so. */
void truncate_inode_pages(struct address_space *mapping, unsigned long first);

/*
 * The file is about to become longer: what a device has written behind its end, to a huge page that truncate could not split, is no
 * content of it. i_rwsem held for write.
 */
void pagecache_isize_extended(struct address_space *mapping, unsigned long old);

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

/* i_mmap_rwsem, or, in an era in which that is a spinlock (i_mmap_lock), the same without readers beside each other. */
#define i_mmap_op(op) (core()->rmap->policy.i_mmap_sleeps ? OP_##op : OP_SPIN_##op)
#define OP_SPIN_DOWN_READ OP_LOCK
#define OP_SPIN_DOWN_WRITE OP_LOCK
#define OP_SPIN_UP_READ OP_UNLOCK
#define OP_SPIN_UP_WRITE OP_UNLOCK
#define i_mmap_lock_write(m) lock_acquire(&(m)->i_mmap_rwsem.l, i_mmap_op(DOWN_WRITE), 0, HERE)
#define i_mmap_unlock_write(m) lock_release(&(m)->i_mmap_rwsem.l, i_mmap_op(UP_WRITE), HERE)
#define i_mmap_lock_read(m) lock_acquire(&(m)->i_mmap_rwsem.l, i_mmap_op(DOWN_READ), 0, HERE)
#define i_mmap_unlock_read(m) lock_release(&(m)->i_mmap_rwsem.l, i_mmap_op(UP_READ), HERE)

static inline struct vm_area_struct *vma_of_node(struct itree_node *n)
{
	return n ? n->vma : NULL;
}

/* Each VMA that maps a page in first..last, i_mmap_rwsem held. */
#define vma_interval_tree_foreach(v, mapping, first, last)                                 \
	for (v = vma_of_node(itree_first((mapping)->i_mmap, first, last)); v;              \
	     v = vma_of_node(itree_next(&(v)->shared, first, last)))

/* Each VMA whose entries say for themselves what they map, i_mmap_rwsem held. */
#define vma_nonlinear_foreach(v, mapping) list_for_each_entry(v, &(mapping)->i_mmap_nonlinear, nonlinear)

/*
 * Into the file's tree: a copy of like's range or a part of it, or (NULL) one in which nothing is mapped yet; mmap_lock held for write, or
 * nobody else uses the mm. Nothing to do for anonymous VMAs.
 */
void vma_link_file(struct vm_area_struct *vma, const struct vm_area_struct *like);
/* The lock of the file's tree alone, for write; nothing for anonymous VMAs. */
void vma_file_lock(struct vm_area_struct *vma);
void vma_file_unlock(struct vm_area_struct *vma);

/* Out of the file's tree, and of the reverse map of anonymous pages; mmap_lock held for write, or nobody else uses the mm. */
void vma_leave_rmap(struct vm_area_struct *vma);
/* Keep walks of its pages out, a file's and anonymous ones, over a move of their entries. mmap_lock held for write. */
void take_rmap_locks(struct vm_area_struct *vma);
void drop_rmap_locks(struct vm_area_struct *vma);
/*
 * Around a change of vm_start, vm_end or vm_pgoff of a linked VMA, and of its neighbour's if the boundary between the two moves (else
 * NULL): both map the same file, or none. Walks of their pages are locked out. mmap_lock held for write.
 */
void vma_adjust_begin(struct vm_area_struct *vma, struct vm_area_struct *next);
void vma_adjust_end(struct vm_area_struct *vma, struct vm_area_struct *next);

/*
 * Who takes the file's pages away has not been here yet: a VMA that has got entries of another one's, of which that may be true as well
 * (NULL: and which is gone through no more). i_mmap held for write, or the VMA maps no file.
 */
void vma_not_unmapped(struct vm_area_struct *vma, const struct vm_area_struct *other);
/*
 * Whose range changes, and who may have no more to do with an unmapping that has come up to somewhere in it: that begins again. i_mmap held
 * for write, or the VMA maps no file.
 */
void vma_unmapped_anew(struct vm_area_struct *vma);
/* A new VMA, with entries as like has them, or none. i_mmap held for write. */
void vma_unmapped_as(struct vm_area_struct *vma, const struct vm_area_struct *like);

/* What of a mapping goes when a file's pages go. */
enum zap_what { ZAP_ALL, ZAP_FILE_AND_COWS, ZAP_FILE };

/*
 * The VMA is in the file's tree and its lock is held: it cannot go, nor its tables, nor its mm. Its owner may be doing whatever takes
 * neither this lock nor the pte lock. Entries of the range go; of a nonlinear one those of the file's pages first to last, of which none
 * is a copy. sync: what somebody else is unmapping is unmapped when this returns, a huge page too.
 */
void zap_file_range(struct vm_area_struct *vma, unsigned long start, unsigned long end, enum zap_what what, bool sync);
void zap_nonlinear(struct vm_area_struct *vma, unsigned long start, unsigned long end, unsigned long first, unsigned long last);

/* Zap all entries for these pages of the file, wherever they are mapped; private copies too, if even_cows. */
void unmap_mapping_range(struct address_space *mapping, unsigned long first, unsigned long last, bool even_cows);
/* The same of a page that is locked, huge or small, private copies excepted: when this returns, it is not mapped. */
void unmap_mapping_page(struct address_space *mapping, struct page *page);

/*
 * Map pages of a file, from page pgoff of it on; shared or private. Returns the address, -ENOMEM, or -EINVAL if it would begin or end
 * in the middle of a page of hugetlb's. The mapping may reach beyond the end of the file.
 */
long do_mmap_file(struct mm_struct *mm, struct file *file, unsigned long pgoff, unsigned pages, bool shared);
/*
 * Let [start, start + len) of one shared mapping show the file from page pgoff on. Returns 0, -EINVAL when it is not that, or is not to be
 * had in this era, or -ENOMEM. nonlinear.c
 */
int do_remap_file_pages(struct mm_struct *mm, unsigned long start, unsigned long len, unsigned long pgoff);
/* Write back what is dirty of the files that are mapped in [start, start + len). */
void do_msync(struct mm_struct *mm, unsigned long start, unsigned long len);

#endif
