/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a page to its anon_vma, without any lock that would keep the page mapped.
 *
 * page->mapping is read in an RCU read section. While the page is mapped, its anon_vma lives. If the last mapping goes, the
 * object may be freed and at once become the anon_vma of somebody else: type stability promises only that it is *an*
 * anon_vma, with a lock that works. So after every step that could have taken time, page_mapped() is asked again.
 */
#include "anon_vma.h"
#include "defects.h"

/* The object to try; inside an RCU read section. */
static struct anon_vma *candidate(struct page *page)
{
	struct anon_vma *anon_vma = mapping_anon_vma(READ_ONCE(page->mapping));

	if (!anon_vma || !page_mapped(page))
		return NULL;
	return anon_vma;
}

static struct anon_vma *lost(struct page *page)
{
	event(ANON_LOCK_LOST, .obj = page);
	return NULL;
}

/*
 * Still the page's own? The reference keeps the object from being freed from here on; whose it is, page_mapped() says. If it
 * was the last reference, dropping it sleeps: that must be outside the read section. Leaves the read section.
 */
static struct anon_vma *still_mapped(struct page *page, struct anon_vma *anon_vma)
{
	if (page_mapped(page)) {
		rcu_read_unlock();
		return anon_vma;
	}
	if (defect(D_Z13)) {
		put_anon_vma(anon_vma);
		rcu_read_unlock();
	} else {
		rcu_read_unlock();
		put_anon_vma(anon_vma);
	}
	return lost(page);
}

struct anon_vma *page_get_anon_vma(struct page *page)
{
	struct anon_vma *anon_vma;

	rcu_read_lock();
	anon_vma = candidate(page);
	if (!anon_vma || !atomic_inc_not_zero(&anon_vma->refcount)) {
		rcu_read_unlock();
		return NULL;
	}
	return still_mapped(page, anon_vma);
}

/* The fast path got the root's lock: is the page still mapped, and so the anon_vma still its own? */
static bool fast_path_holds(struct page *page, struct anon_vma *anon_vma)
{
	if (defect(D_Z11_MAPPED))
		return true;
	if (defect(D_Z11_REFCOUNT))
		return atomic_read(&anon_vma->refcount) != 0;
	return page_mapped(page);
}

/* Pinned by a reference: wait for the lock, then give the reference up again. */
static struct anon_vma *lock_pinned(struct anon_vma *anon_vma)
{
	struct anon_vma *root = READ_ONCE(anon_vma->root);

	event(ANON_LOCK_SLOW, .obj = anon_vma);
	down_read(&root->rwsem);
	if (!atomic_dec_and_test(&anon_vma->refcount))
		return anon_vma;
	/* Ours was the last one. put_anon_vma() would wait for the lock that we hold. */
	up_read(&root->rwsem);
	__put_anon_vma(anon_vma);
	return NULL;
}

struct anon_vma *page_lock_anon_vma_read(struct page *page)
{
	struct anon_vma *anon_vma, *root;

	rcu_read_lock();
	anon_vma = candidate(page);
	if (!anon_vma)
		goto out;
	root = READ_ONCE(anon_vma->root);
	if (down_read_trylock(&root->rwsem)) {
		/* Mapped while the lock is held: anon_vma_free() waits for the lock, so the object stays ours. */
		if (!fast_path_holds(page, anon_vma)) {
			up_read(&root->rwsem);
			anon_vma = lost(page);
		}
		goto out;
	}
	if (!atomic_inc_not_zero(&anon_vma->refcount)) {
		anon_vma = NULL;
		goto out;
	}
	anon_vma = still_mapped(page, anon_vma);
	return anon_vma ? lock_pinned(anon_vma) : NULL;
out:
	rcu_read_unlock();
	return anon_vma;
}

void page_unlock_anon_vma_read(struct anon_vma *anon_vma)
{
	struct anon_vma *root = READ_ONCE(anon_vma->root);

	up_read(&root->rwsem);
}
