/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pages of a file are taken away from whoever maps them: for truncate, and for whoever takes pages out of the cache.
 *
 * As long as the lock of a file's tree spins, it cannot be held over all of that. It is given up between blocks, and then the tree is not
 * what it was: so it is gone through from the start again, and each VMA says how far it is. vm_truncate_count is the number of the
 * unmapping that is done with it, or else, a multiple of the page's size, the address up to which one has come. Such an address says
 * nothing of whose it is; therefore there is one unmapping of a file at a time (unmap_mutex, of 2.6.38), and none leaves an address
 * behind: a part of a VMA to which it does not come any more must have none (Linux left it, and the next unmapping took it for its own).
 * (Linux 2.6.11 to 2.6.39, mm/memory.c. Before, the lock was never given up; since 3.0 it sleeps.)
 */
#include "defects.h"
#include "file.h"
#include "internal.h"

#define ZAP_BLOCK_SIZE (2 * PAGE_SIZE)		/* tables are small here, too */

/* What of a file goes. */
struct zap {
	struct address_space *mapping;
	unsigned long first, last;
	enum zap_what what;
	bool sync;
};

static bool gives_way(void)
{
	return core()->rmap->policy.unmap_gives_way;
}

/* ---- in blocks: i_mmap held ---- */

static bool is_restart_addr(unsigned long count)
{
	return count % PAGE_SIZE == 0;
}

static unsigned long next_truncate_count(struct address_space *mapping)
{
	if (is_restart_addr(++mapping->truncate_count))
		mapping->truncate_count++;
	return mapping->truncate_count;
}

/* As long as the file's tree is locked this stays, whatever else becomes of the flags. */
static bool is_nonlinear(const struct vm_area_struct *vma)
{
	return READ_ONCE(vma->vm_flags) & VM_NONLINEAR;
}

/* What may lie in the VMA of the pages that go: from, to. All of a nonlinear one. */
static void range_in(const struct zap *z, const struct vm_area_struct *vma, unsigned long *from, unsigned long *to)
{
	unsigned long first = max(z->first, vma->vm_pgoff), last = min(z->last, vma->vm_pgoff + vma_pages(vma) - 1);

	*from = vma->vm_start;
	*to = vma->vm_end;
	if (is_nonlinear(vma))
		return;
	*to = *from + ((last - vma->vm_pgoff + 1) << PAGE_SHIFT);
	*from += (first - vma->vm_pgoff) << PAGE_SHIFT;
}

static void zap_range(const struct zap *z, struct vm_area_struct *vma, unsigned long from, unsigned long to)
{
	if (is_nonlinear(vma))
		zap_nonlinear(vma, from, to, z->first, z->last);
	else
		zap_file_range(vma, from, to, z->what, z->sync);
}

/* One block of the VMA, from where the last one ended. */
static void unmap_mapping_range_vma(const struct zap *z, struct vm_area_struct *vma, unsigned long count)
{
	unsigned long from, to, stop;

	range_in(z, vma, &from, &to);
	if (is_restart_addr(vma->vm_truncate_count))
		from = max(from, vma->vm_truncate_count);
	/* Its end may have been split off meanwhile. */
	stop = from < to ? min(to, from + ZAP_BLOCK_SIZE) : to;
	if (from < stop)
		zap_range(z, vma, from, stop);
	vma->vm_truncate_count = stop == to ? count : stop;
}

static struct vm_area_struct *first_not_done(const struct zap *z, unsigned long count)
{
	struct vm_area_struct *vma;

	vma_interval_tree_foreach(vma, z->mapping, z->first, z->last)
		if (vma->vm_truncate_count != count)
			return vma;
	vma_nonlinear_foreach(vma, z->mapping)
		if (vma->vm_truncate_count != count)
			return vma;
	return NULL;
}

/* Others get the lock between two blocks. */
static void unmap_in_blocks(const struct zap *z)
{
	unsigned long count;
	struct vm_area_struct *vma;

	i_mmap_lock_write(z->mapping);
	count = next_truncate_count(z->mapping);
	while ((vma = first_not_done(z, count))) {
		unmap_mapping_range_vma(z, vma, count);

		WINDOW(UNMAP_BREAK);
		i_mmap_unlock_write(z->mapping);
		i_mmap_lock_write(z->mapping);
	}
	i_mmap_unlock_write(z->mapping);
}

static void unmap_alone(const struct zap *z)
{
	if (!defect(D_Z47))
		mutex_lock(&z->mapping->unmap_mutex);
	unmap_in_blocks(z);
	if (!defect(D_Z47))
		mutex_unlock(&z->mapping->unmap_mutex);
}

void vma_not_unmapped(struct vm_area_struct *vma, const struct vm_area_struct *other)
{
	if (gives_way() && vma->vm_file && (!other || vma->vm_truncate_count != other->vm_truncate_count))
		vma->vm_truncate_count = 0;
}

void vma_unmapped_anew(struct vm_area_struct *vma)
{
	if (gives_way() && vma->vm_file && is_restart_addr(vma->vm_truncate_count) && !defect(D_Z47_SPLIT))
		vma->vm_truncate_count = 0;
}

void vma_unmapped_as(struct vm_area_struct *vma, const struct vm_area_struct *like)
{
	if (gives_way())
		vma->vm_truncate_count = like ? like->vm_truncate_count : vma->vm_file->f_mapping->truncate_count;
}

/* ---- at once ---- */

static void unmap_at_once(const struct zap *z)
{
	struct vm_area_struct *vma;
	unsigned long from, to;

	i_mmap_lock_write(z->mapping);
	vma_interval_tree_foreach(vma, z->mapping, z->first, z->last) {
		range_in(z, vma, &from, &to);
		zap_range(z, vma, from, to);
	}
	vma_nonlinear_foreach(vma, z->mapping)
		zap_range(z, vma, vma->vm_start, vma->vm_end);
	i_mmap_unlock_write(z->mapping);
}

static void unmap_zap(const struct zap *z)
{
	if (gives_way())
		unmap_alone(z);
	else
		unmap_at_once(z);
}

void unmap_mapping_range(struct address_space *mapping, unsigned long first, unsigned long last, bool even_cows)
{
	unmap_zap(&(const struct zap){ .mapping = mapping, .first = first, .last = last,
				       .what = even_cows ? ZAP_FILE_AND_COWS : ZAP_FILE });
}

void unmap_mapping_page(struct address_space *mapping, struct page *page)
{
	unsigned long first = page->index;

	lockdep_assert_held(&page->flags);
	unmap_zap(&(const struct zap){ .mapping = mapping, .first = first, .last = first + compound_nr(page) - 1, .what = ZAP_FILE,
				       .sync = PageCompound(page) });
}
