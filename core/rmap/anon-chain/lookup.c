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
#include "windows.h"

/* The object to try, and which object that was when the page was tied to it; inside an RCU read section. */
struct candidate {
	struct anon_vma *anon_vma;
	struct identity identity;
};

static struct candidate candidate(struct page *page)
{
	struct candidate c = { .anon_vma = mapping_anon_vma(READ_ONCE(compound_head(page)->mapping)) };

	c.identity = page_identity(compound_head(page));
	if (c.anon_vma && !page_mapped(page))
		c.anon_vma = NULL;
	return c;
}

/*
 * What is returned must be what the page was tied to, not a later tenant of the same memory. To a race detector both look
 * alike; the serial number of the object tells them apart.
 */
static struct anon_vma *identified(const struct candidate *c, const struct page *page)
{
	u32 now = slab_serial(c->anon_vma);
	char name[NAME_LEN];

	exec_touch_part(c->anon_vma, TOUCH_LIFE, TOUCH_READ);
	check_that(!identity_of(&c->identity, c->anon_vma) || c->identity.serial == now, ORACLE_LIFETIME, "identity:anon_vma",
		   "page%lu was tied to anon_vma#%u, and what is returned for it is %s", page_to_pfn(page), c->identity.serial,
		   obj_name(c->anon_vma, name));
	return c->anon_vma;
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
static struct anon_vma *still_mapped(struct page *page, const struct candidate *c)
{
	if (page_mapped(page) || defect(D_Z10E)) {
		rcu_read_unlock();
		return identified(c, page);
	}
	if (defect(D_Z13)) {
		put_anon_vma(c->anon_vma);
		rcu_read_unlock();
	} else {
		rcu_read_unlock();
		put_anon_vma(c->anon_vma);
	}
	return lost(page);
}

struct anon_vma *page_get_anon_vma(struct page *page)
{
	WINDOW(ANON_LOOKUP);
	struct candidate c;

	rcu_read_lock();
	c = candidate(page);
	if (!c.anon_vma || !atomic_inc_not_zero(&c.anon_vma->refcount)) {
		rcu_read_unlock();
		return NULL;
	}
	return still_mapped(page, &c);
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

/* Under the root's lock, which the trylock got. Releases it, and returns NULL, when the page is not mapped any more. */
static struct anon_vma *lock_fast(struct page *page, const struct candidate *c, struct anon_vma *root)
{
	/* Mapped while the lock is held: anon_vma_free() waits for the lock, so the object stays ours. */
	if (fast_path_holds(page, c->anon_vma))
		return identified(c, page);
	up_read(&root->rwsem);
	return lost(page);
}

struct anon_vma *page_lock_anon_vma_read(struct page *page)
{
	WINDOW(ANON_LOOKUP);
	struct anon_vma *anon_vma = NULL, *root;
	struct candidate c;

	rcu_read_lock();
	c = candidate(page);
	if (!c.anon_vma)
		goto out;
	root = READ_ONCE(c.anon_vma->root);
	if (down_read_trylock(&root->rwsem)) {
		anon_vma = lock_fast(page, &c, root);
		goto out;
	}
	if (!atomic_inc_not_zero(&c.anon_vma->refcount))
		goto out;
	anon_vma = still_mapped(page, &c);
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

/*
 * Not even a page that is locked keeps an anon_vma that it is no longer mapped by: it is looked for on the VMA's chain, and not looked
 * into. (4.19 compares the roots of the two.)
 */
long page_address_in_vma(struct page *page, struct vm_area_struct *vma)
{
	struct anon_vma *anon_vma = mapping_anon_vma(READ_ONCE(page->mapping));
	unsigned long addr;

	lockdep_assert_held(&page->flags);
	if (!anon_vma || !on_chain(vma, anon_vma))
		return -EFAULT;
	addr = vma_address(page, vma);
	return addr ? (long)addr : -EFAULT;
}
