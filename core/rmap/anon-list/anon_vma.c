/* SPDX-License-Identifier: GPL-2.0-only */
/* anon_vmas and their lists: prepare, link, unlink (Linux 2.6.15, with what was put right until 2.6.28). */
#include "anon_vma.h"
#include "defects.h"
#include "windows.h"

/* Only when a slab is made. What is freed has an empty list and a free lock, and so whoever still looks at it finds nothing. */
static void anon_vma_ctor(void *data)
{
	struct anon_vma *anon_vma = data;

	spin_lock_init(&anon_vma->lock, LC_ANON_VMA);
	INIT_LIST_HEAD(&anon_vma->head);
}

void anon_vma_init(void)
{
	struct anon_list *p = machine_alloc(sizeof(*p));

	p->anon_vmas = kmem_cache_create("anon_vma", sizeof(struct anon_vma), SLAB_TYPESAFE_BY_RCU, 2, anon_vma_ctor, anon_vma_fields);
	core()->provider = p;
}

static struct anon_vma *anon_vma_alloc(void)
{
	struct anon_vma *anon_vma = kmem_cache_alloc(provider()->anon_vmas, GFP_KERNEL);

	if (anon_vma && slab_recycled(anon_vma))
		event(ANON_RECYCLED, .obj = anon_vma);
	return anon_vma;
}

static void anon_vma_free(struct anon_vma *anon_vma)
{
	event(ANON_FREED, .obj = anon_vma);
	kmem_cache_free(provider()->anon_vmas, anon_vma);
}

/* ---- the list; anon_vma->lock is held ---- */

/* The VMA is on its anon_vma's list, once. */
static void validate_anon_vma(const struct vm_area_struct *find_vma)
{
	const struct anon_vma *anon_vma = find_vma->anon_vma;
	const struct vm_area_struct *vma;
	unsigned found = 0;

	anon_vma_foreach(vma, anon_vma)
		found += vma == find_vma;
	check_that(found == 1, ORACLE_STRUCTURE, "vma-not-on-list", "mm#%u: the VMA at %#lx is %u times on the list of its anon_vma",
		   find_vma->vm_mm->id, find_vma->vm_start, found);
}

/* Behind all others: the source of a fork, or of a move, is visited before what comes of it. */
static void __anon_vma_link(struct vm_area_struct *vma)
{
	struct anon_vma *anon_vma = vma->anon_vma;

	lockdep_assert_held_write(&anon_vma->lock.l);
	/* Walks find both from here on. */
	data_publish(vma);
	data_publish(anon_vma);
	if (defect(D_Z08))
		list_add(&vma->anon_vma_node, &anon_vma->head);
	else
		list_add_tail(&vma->anon_vma_node, &anon_vma->head);
	validate_anon_vma(vma);
}

static void unlock(struct anon_vma *anon_vma)
{
	spin_unlock(&anon_vma->lock);
	event(ANON_UNLOCK, .obj = anon_vma);
}

static void anon_vma_link(struct vm_area_struct *vma)
{
	struct anon_vma *anon_vma = vma->anon_vma;

	if (!anon_vma)
		return;
	spin_lock(&anon_vma->lock);
	__anon_vma_link(vma);
	unlock(anon_vma);
}

/*
 * The VMA leaves; its pages are unmapped, or are others' to find. Who was the last frees the anon_vma: no page names it that is mapped,
 * and who read the name of one while it still was finds an empty list.
 */
void anon_vma_unlink(struct vm_area_struct *vma)
{
	WINDOW(ANON_UNLINK);
	struct anon_vma *anon_vma = vma->anon_vma;
	bool empty;

	if (!anon_vma)
		return;
	spin_lock(&anon_vma->lock);
	validate_anon_vma(vma);
	list_del(&vma->anon_vma_node);
	empty = list_empty(&anon_vma->head);
	unlock(anon_vma);
	if (!empty)
		return;
	data_tear_down(anon_vma);	/* no VMA leads to it any more */
	anon_vma_free(anon_vma);
}

/* ---- prepare: before the first anonymous page of a VMA; mmap_lock held for read ---- */

/* Two threads may fault in one VMA at once: under both locks, the first one to find it unset sets it. */
static bool install(struct vm_area_struct *vma, struct anon_vma *anon_vma)
{
	struct mm_struct *mm = vma->vm_mm;
	bool installed = false;

	spin_lock(&mm->page_table_lock);
	if (!vma->anon_vma || defect(D_H6)) {
		/* Others read it without these locks, and what it leads to. */
		smp_store_release(&vma->anon_vma, anon_vma);
		exec_touch(&core()->mms, TOUCH_ADD);	/* checks walk all VMAs that have one */
		__anon_vma_link(vma);
		installed = true;
	}
	spin_unlock(&mm->page_table_lock);
	return installed;
}

/*
 * Also a new one is locked: nobody has been told of it, but what it was before its memory was reused may have been told to somebody who
 * is about to walk its list.
 */
static bool lock_and_install(struct vm_area_struct *vma, struct anon_vma *anon_vma, bool allocated)
{
	bool locked = !allocated || !defect(D_Z06), installed;

	if (locked)
		spin_lock(&anon_vma->lock);
	installed = install(vma, anon_vma);
	if (locked)
		unlock(anon_vma);
	return installed;
}

static int prepare_slow(struct vm_area_struct *vma)
{
	WINDOW(ANON_PREPARE);
	struct anon_vma *anon_vma = find_mergeable_anon_vma(vma), *allocated = NULL;

	if (anon_vma) {
		event(ANON_MERGED, .mm = vma->vm_mm, .obj = anon_vma);
	} else {
		anon_vma = allocated = anon_vma_alloc();
		if (!anon_vma)
			return -ENOMEM;
	}
	if (lock_and_install(vma, anon_vma, allocated)) {
		event(ANON_PREPARED, .mm = vma->vm_mm, .obj = anon_vma);
		return 0;
	}
	event(ANON_PREPARE_RACED, .mm = vma->vm_mm, .obj = anon_vma);
	if (allocated)
		anon_vma_free(allocated);
	return 0;
}

int anon_vma_prepare(struct vm_area_struct *vma)
{
	might_sleep();
	/* Set once and never changed while the VMA is in use: seeing it set is enough. */
	if (likely(smp_load_acquire(&vma->anon_vma)))
		return 0;
	return prepare_slow(vma);
}

/* ---- clone and fork: mmap_lock held for write ---- */

/* A split, a copy by mremap, or a neighbour that grows over the other's pages: one anon_vma more or less has always room. */
int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	dst->anon_vma = src->anon_vma;
	anon_vma_link(dst);
	return 0;
}

/* The child joins the family. */
int anon_vma_fork(struct vm_area_struct *vma, struct vm_area_struct *pvma)
{
	return anon_vma_clone(vma, pvma);
}

/* ---- linked VMAs change their ranges, or their entries move; mmap_lock held for write ---- */

void anon_vma_lock(struct vm_area_struct *vma)
{
	struct anon_vma *anon_vma = vma->anon_vma;

	if (anon_vma)
		spin_lock(&anon_vma->lock);
}

void anon_vma_unlock(struct vm_area_struct *vma)
{
	struct anon_vma *anon_vma = vma->anon_vma;

	if (anon_vma)
		unlock(anon_vma);
}

/* Of two VMAs between which a boundary moves, either may have no anon_vma yet; if both have, it is the same one. */
static struct vm_area_struct *with_anon_vma(struct vm_area_struct *vma, struct vm_area_struct *next)
{
	return vma->anon_vma || !next ? vma : next;
}

/* They stay on the list: nothing there is in the order of addresses. */
void anon_vma_adjust_begin(struct vm_area_struct *vma, struct vm_area_struct *next)
{
	anon_vma_lock(with_anon_vma(vma, next));
}

void anon_vma_adjust_end(struct vm_area_struct *vma, struct vm_area_struct *next)
{
	anon_vma_unlock(with_anon_vma(vma, next));
}
