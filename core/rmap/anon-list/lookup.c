/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a page to its anon_vma, without any lock that would keep the page mapped; and to an entry.
 *
 * page->mapping is read in an RCU read section. While the page is mapped, its anon_vma lives. If the last mapping goes, the object may
 * be freed, and at once become the anon_vma of somebody else. Here that does no harm: its list is either empty, or one of VMAs of which
 * none maps the page, and each entry is looked at before anything is done to it. What must not happen is that the memory becomes
 * something that is no anon_vma: until the list has been walked and the lock released, the read section keeps it from that.
 */
#include "anon_vma.h"
#include "defects.h"
#include "windows.h"

/* It was unmapped while we waited for the lock. Nobody asks that: it is said to those who listen, and no point. */
static void tell_lost(const struct page *page)
{
	exec_touch(&page->_mapcount, TOUCH_READ);
	if (atomic_peek(&page->_mapcount) < 0)
		event(ANON_LOCK_LOST, .obj = page);
}

struct anon_vma *page_lock_anon_vma(struct page *page)
{
	WINDOW(ANON_LOOKUP);
	struct anon_vma *anon_vma;

	rcu_read_lock();
	anon_vma = mapping_anon_vma(READ_ONCE(page->mapping));
	if (!anon_vma || !page_mapped(page)) {
		rcu_read_unlock();
		return NULL;
	}
	spin_lock(&anon_vma->lock);
	tell_lost(page);
	/* Who holds a spinlock was once believed to be in a read section for that alone. */
	if (defect(D_Z07))
		rcu_read_unlock();
	return anon_vma;
}

void page_unlock_anon_vma(struct anon_vma *anon_vma)
{
	spin_unlock(&anon_vma->lock);
	if (!defect(D_Z07))
		rcu_read_unlock();
}

/*
 * Between its two walks migration has the page mapped nowhere. It does not sleep there: a read section is enough, in which the walk may
 * come to an anon_vma that is freed, or somebody else's, and has none of the page's migration entries.
 */
struct anon_vma *page_pin(struct page *page)
{
	struct anon_vma *anon_vma;

	if (defect(D_Z10A))
		return NULL;
	rcu_read_lock();
	anon_vma = mapping_anon_vma(READ_ONCE(page->mapping));
	if (anon_vma && page_mapped(page))
		return anon_vma;
	rcu_read_unlock();
	return NULL;
}

void page_unpin(struct anon_vma *anon_vma)
{
	(void)anon_vma;
	rcu_read_unlock();
}

long page_address_in_vma(struct page *page, struct vm_area_struct *vma)
{
	struct anon_vma *anon_vma = mapping_anon_vma(READ_ONCE(page->mapping));

	lockdep_assert_held(&page->flags);
	if (!anon_vma || vma->anon_vma != anon_vma)
		return -EFAULT;
	return (long)vma_address(page, vma);
}

/* The table stays: its VMA is linked, and tables are freed only after unlinking, which waits for the walk's lock. */
struct pgtable *page_check_address(struct page *page, struct rmap_location *at, bool sync)
{
	struct pgtable *pt = pgtable_find(at->vma->vm_mm, at->address);

	if (!pt)
		return NULL;
	at->pte = pte_offset(pt, at->address);
	if (!sync && !pte_present(ptep_get(at->pte)))
		return NULL;
	spin_lock(pte_lockptr(pt));
	if (pte_page(ptep_get(at->pte)) == page)
		return pt;
	spin_unlock(pte_lockptr(pt));
	return NULL;
}
