/* SPDX-License-Identifier: GPL-2.0-only */
/* anon_vmas and their chains: prepare, clone, fork, unlink (Linux 4.19, with the reuse rule of 6.0). */
#include "anon_vma.h"
#include "defects.h"
#include "windows.h"

/* Only when a slab is made: an object that is reused keeps its lock, on which somebody may be waiting. */
static void anon_vma_ctor(void *obj)
{
	struct anon_vma *anon_vma = obj;

	*anon_vma = (struct anon_vma){ .root = NULL };
	init_rwsem(&anon_vma->rwsem, LC_ANON_VMA);
}

void anon_chain_init(void)
{
	struct anon_chain *p = machine_alloc(sizeof(*p));

	p->anon_vmas = kmem_cache_create("anon_vma", sizeof(struct anon_vma), SLAB_TYPESAFE_BY_RCU, 2, anon_vma_ctor,
					 anon_vma_fields);
	p->chains = kmem_cache_create("anon_vma_chain", sizeof(struct anon_vma_chain), 0, 0, NULL,
				      anon_vma_chain_fields);
	core()->provider = p;
}

/* ---- life and death ---- */

static struct anon_vma *anon_vma_alloc(void)
{
	struct anon_vma *anon_vma = kmem_cache_alloc(provider()->anon_vmas, GFP_KERNEL);

	if (!anon_vma)
		return NULL;
	if (slab_recycled(anon_vma))
		event(ANON_RECYCLED, .obj = anon_vma);
	atomic_set(&anon_vma->refcount, 1);
	anon_vma->num_children = 0;
	anon_vma->num_active_vmas = 0;
	anon_vma->parent = anon_vma;
	WRITE_ONCE(anon_vma->root, anon_vma);
	return anon_vma;
}

/*
 * A walker may have locked the root through this anon_vma just before it saw that the page is mapped no more. It may not lose
 * the anon_vma under that lock, so whoever frees waits until the lock was free once.
 */
static void anon_vma_free(struct anon_vma *anon_vma)
{
	struct anon_vma *root = READ_ONCE(anon_vma->root);

	might_sleep();
	if (rwsem_is_locked(&root->rwsem)) {
		down_write(&root->rwsem);
		up_write(&root->rwsem);
	}
	event(ANON_FREED, .obj = anon_vma);
	kmem_cache_free(provider()->anon_vmas, anon_vma);
}

void __put_anon_vma(struct anon_vma *anon_vma)
{
	struct anon_vma *root = READ_ONCE(anon_vma->root);
	bool last;

	if (defect(D_Z12)) {
		if (root != anon_vma && atomic_dec_and_test(&root->refcount))
			anon_vma_free(root);
		anon_vma_free(anon_vma);
		return;
	}
	/* The child first: freeing it looks at the lock in the root. */
	anon_vma_free(anon_vma);
	last = root != anon_vma && atomic_dec_and_test(&root->refcount);
	if (last)
		anon_vma_free(root);
}

void put_anon_vma(struct anon_vma *anon_vma)
{
	if (atomic_dec_and_test(&anon_vma->refcount))
		__put_anon_vma(anon_vma);
}

static struct anon_vma_chain *chain_alloc(gfp_t gfp)
{
	struct anon_vma_chain *avc = kmem_cache_alloc(provider()->chains, gfp);

	if (avc)
		*avc = (struct anon_vma_chain){ .vma = NULL };
	return avc;
}

static void chain_free(struct anon_vma_chain *avc)
{
	kmem_cache_free(provider()->chains, avc);
}

/* ---- locking a family ---- */

static void unlock_anon_vma_root(struct anon_vma *root)
{
	if (!root)
		return;
	up_write(&root->rwsem);
	event(ANON_UNLOCK, .obj = root);
}

/* All anon_vmas on one chain have one root: the lock is taken once, and kept through the whole traversal. */
static struct anon_vma *lock_anon_vma_root(struct anon_vma *held, struct anon_vma *anon_vma)
{
	struct anon_vma *root = READ_ONCE(anon_vma->root);

	if (root == held)
		return held;
	check_that(!held, ORACLE_STRUCTURE, "chain-with-two-roots", "one chain leads to two roots");
	unlock_anon_vma_root(held);
	down_write(&root->rwsem);
	return root;
}

static struct anon_vma *lock_write(struct anon_vma *anon_vma)
{
	return lock_anon_vma_root(NULL, anon_vma);
}

static void chain_link(struct vm_area_struct *vma, struct anon_vma_chain *avc, struct anon_vma *anon_vma)
{
	lockdep_assert_held_write(&anon_vma->root->rwsem.l);
	avc->vma = vma;
	avc->anon_vma = anon_vma;
	/* Walks find all three from here on. */
	data_publish(avc);
	data_publish(vma);
	data_publish(anon_vma);
	list_add(&avc->same_vma, &vma->anon_vma_chain);
	anon_vma_interval_tree_insert(avc, &anon_vma->rb_root);
}

/* ---- prepare: before the first anonymous page of a VMA; mmap_lock held for read ---- */

/* Two threads may fault in one VMA at once: under both locks, the first one to find it unset sets it. */
static bool install(struct vm_area_struct *vma, struct anon_vma_chain *avc, struct anon_vma *anon_vma, bool allocated)
{
	struct mm_struct *mm = vma->vm_mm;
	struct anon_vma *root = lock_write(anon_vma);
	bool installed = false;

	spin_lock(&mm->page_table_lock);
	if (!vma->anon_vma || defect(D_H6)) {
		/* Others read it without these locks, and what it leads to: that must be seen first. */
		if (defect(D_Z48))
			vma->anon_vma = anon_vma;
		else
			smp_store_release(&vma->anon_vma, anon_vma);
		exec_touch(&core()->mms, TOUCH_ADD);	/* checks walk all VMAs that have one */
		chain_link(vma, avc, anon_vma);
		anon_vma->num_active_vmas++;
		if (allocated)
			anon_vma->num_children++;	/* the new root is its own child: it is never reused */
		installed = true;
	}
	spin_unlock(&mm->page_table_lock);
	unlock_anon_vma_root(root);
	return installed;
}

static int prepare_slow(struct vm_area_struct *vma)
{
	WINDOW(ANON_PREPARE);
	struct anon_vma_chain *avc = chain_alloc(GFP_KERNEL);
	struct anon_vma *anon_vma, *allocated = NULL;

	if (!avc)
		return -ENOMEM;
	anon_vma = find_mergeable_anon_vma(vma);
	if (anon_vma) {
		event(ANON_MERGED, .mm = vma->vm_mm, .obj = anon_vma);
	} else {
		anon_vma = allocated = anon_vma_alloc();
		if (!anon_vma) {
			chain_free(avc);
			return -ENOMEM;
		}
	}
	if (install(vma, avc, anon_vma, allocated)) {
		event(ANON_PREPARED, .mm = vma->vm_mm, .obj = anon_vma);
		return 0;
	}
	event(ANON_PREPARE_RACED, .mm = vma->vm_mm, .obj = anon_vma);
	if (allocated)
		put_anon_vma(allocated);
	/* A link was made in any case, an anon_vma only where no neighbour's was found. */
	if (allocated || !defect(D_Z33B))
		chain_free(avc);
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

/*
 * May a forked VMA take this ancestor's anon_vma for its own? Only one that no VMA uses and that has at most one child: then
 * the chain cannot grow without end, and no two processes put their pages into one anon_vma.
 */
static bool reusable(const struct anon_vma *anon_vma, const struct vm_area_struct *src)
{
	if (defect(D_Z03))
		return false;
	if (defect(D_Z02))
		return anon_vma != src->anon_vma && anon_vma->num_children + anon_vma->num_active_vmas < 2;
	return anon_vma->num_children < 2 && !anon_vma->num_active_vmas;
}

/* An allocation under the family's lock may not wait for memory: reclaim takes that lock. */
static struct anon_vma_chain *chain_alloc_under(struct anon_vma **root)
{
	struct anon_vma_chain *avc = chain_alloc(defect(D_Z34) ? GFP_KERNEL : GFP_NOWAIT | __GFP_NOWARN);

	if (avc)
		return avc;
	/* Nobody is told: what is being linked is half done, and our mmap_lock keeps those away who would mind. */
	if (*root)
		up_write(&(*root)->rwsem);
	*root = NULL;
	return chain_alloc(GFP_KERNEL);
}

int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	struct anon_vma_chain *avc, *pavc;
	struct anon_vma *root = NULL;
	bool counted = false;

	list_for_each_entry_reverse(pavc, &src->anon_vma_chain, same_vma) {
		struct anon_vma *anon_vma;

		avc = chain_alloc_under(&root);
		if (!avc)
			goto enomem;
		anon_vma = pavc->anon_vma;
		root = lock_anon_vma_root(root, anon_vma);
		chain_link(dst, avc, anon_vma);
		if (!dst->anon_vma && src->anon_vma && reusable(anon_vma, src)) {
			dst->anon_vma = anon_vma;
			event(ANON_REUSED, .mm = dst->vm_mm, .obj = anon_vma);
			/* At once: the next link may cost us the lock, and meanwhile another fork must not take it as well. */
			counted = !defect(D_Z02_LATE);
			anon_vma->num_active_vmas += counted;
		}
	}
	if (dst->anon_vma && !counted)
		dst->anon_vma->num_active_vmas++;
	unlock_anon_vma_root(root);
	return 0;

enomem:
	/* A split's new half is not counted as a user of its anon_vma yet: unlinking must not uncount it. */
	if (!counted && !defect(D_Z04))
		dst->anon_vma = NULL;
	unlink_anon_vmas(dst);
	return -ENOMEM;
}

static void fork_link(struct vm_area_struct *vma, struct vm_area_struct *pvma, struct anon_vma *anon_vma,
		      struct anon_vma_chain *avc)
{
	struct anon_vma *root;

	WRITE_ONCE(anon_vma->root, pvma->anon_vma->root);
	anon_vma->parent = pvma->anon_vma;
	/* The lock lives in the root, so the root may not go before the child. */
	get_anon_vma(anon_vma->root);
	vma->anon_vma = anon_vma;
	root = lock_write(anon_vma);
	anon_vma->num_active_vmas++;
	chain_link(vma, avc, anon_vma);
	anon_vma->parent->num_children++;
	unlock_anon_vma_root(root);
}

int anon_vma_fork(struct vm_area_struct *vma, struct vm_area_struct *pvma)
{
	struct anon_vma_chain *avc;
	struct anon_vma *anon_vma;

	if (!pvma->anon_vma)
		return 0;
	/* The parent's anon_vmas first, so that walks find the pages that are not copied yet. */
	vma->anon_vma = NULL;
	if (anon_vma_clone(vma, pvma))
		return -ENOMEM;
	if (vma->anon_vma)
		return 0;
	anon_vma = anon_vma_alloc();
	if (!anon_vma)
		goto unlink;
	avc = chain_alloc(GFP_KERNEL);
	if (!avc)
		goto put;
	fork_link(vma, pvma, anon_vma, avc);
	return 0;

put:
	put_anon_vma(anon_vma);
unlink:
	if (!defect(D_Z33A))
		unlink_anon_vmas(vma);
	return -ENOMEM;
}

/* ---- unlink: the VMA leaves ---- */

/* Takes the VMA out of every tree. Links of anon_vmas that became empty stay on the list: they are freed outside the lock. */
static void unlink_locked(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc, *next;
	struct anon_vma *root = NULL;

	list_for_each_entry_safe(avc, next, &vma->anon_vma_chain, same_vma) {
		struct anon_vma *anon_vma = avc->anon_vma;

		root = lock_anon_vma_root(root, anon_vma);
		anon_vma_interval_tree_remove(avc, &anon_vma->rb_root);
		if (!anon_vma->rb_root) {
			anon_vma->parent->num_children--;
			continue;
		}
		list_del(&avc->same_vma);
		chain_free(avc);
	}
	if (vma->anon_vma) {
		vma->anon_vma->num_active_vmas--;
		/* Marked: khugepaged, who comes from the file, looks at it before he has locked anything of the mm's. */
		__atomic_store_n(&vma->anon_vma, NULL, __ATOMIC_RELAXED);
	}
	unlock_anon_vma_root(root);
}

void unlink_anon_vmas(struct vm_area_struct *vma)
{
	WINDOW(ANON_UNLINK);
	bool canary = defect(D_CANARY_PTL_ANON) && vma->anon_vma;
	struct anon_vma_chain *avc, *next;

	if (canary)
		spin_lock(&vma->vm_mm->page_table_lock);
	unlink_locked(vma);
	if (canary)
		spin_unlock(&vma->vm_mm->page_table_lock);
	list_for_each_entry_safe(avc, next, &vma->anon_vma_chain, same_vma) {
		struct anon_vma *anon_vma = avc->anon_vma;

		data_tear_down(anon_vma);	/* no VMA leads to it any more */
		check_that(!anon_vma->num_children && !anon_vma->num_active_vmas, ORACLE_STRUCTURE, "empty-anon-vma-in-use",
			   "an anon_vma without VMAs has %lu children and %lu active VMAs", anon_vma->num_children,
			   anon_vma->num_active_vmas);
		put_anon_vma(anon_vma);
		list_del(&avc->same_vma);
		chain_free(avc);
	}
}

/* ---- linked VMAs change their ranges: out of the trees, and in again ---- */

static void leave_trees(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		anon_vma_interval_tree_remove(avc, &avc->anon_vma->rb_root);
}

static void enter_trees(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		anon_vma_interval_tree_insert(avc, &avc->anon_vma->rb_root);
}

/* Of two VMAs between which a boundary moves, either may have no anon_vma yet; if both have, it is the same family. */
static struct anon_vma *anon_vma_of_either(const struct vm_area_struct *vma, const struct vm_area_struct *next)
{
	return vma->anon_vma ? vma->anon_vma : next ? next->anon_vma : NULL;
}

void anon_vma_adjust_begin(struct vm_area_struct *vma, struct vm_area_struct *next)
{
	struct anon_vma *anon_vma = anon_vma_of_either(vma, next);

	if (!anon_vma)
		return;
	lock_write(anon_vma);
	leave_trees(vma);
	if (next)
		leave_trees(next);
}

void anon_vma_adjust_end(struct vm_area_struct *vma, struct vm_area_struct *next)
{
	struct anon_vma *anon_vma = anon_vma_of_either(vma, next);

	if (!anon_vma)
		return;
	enter_trees(vma);
	if (next)
		enter_trees(next);
	unlock_anon_vma_root(anon_vma->root);
}

/* ---- entries of a linked VMA move ---- */

void anon_vma_lock_vma(struct vm_area_struct *vma)
{
	if (vma->anon_vma)
		lock_write(vma->anon_vma);
}

void anon_vma_unlock_vma(struct vm_area_struct *vma)
{
	if (vma->anon_vma)
		unlock_anon_vma_root(vma->anon_vma->root);
}
