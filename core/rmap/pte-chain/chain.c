/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chains: links that come and go, under PG_chainlock.
 *
 * Most pages are mapped once: the page itself has room for that, and PG_direct says so. The second mapping makes a chain of both, and
 * the last but one that goes makes it a direct pointer again.
 */
#include "defects.h"
#include "pte_chain.h"

void pte_chain_init(void)
{
	struct pte_chains *p = machine_alloc(sizeof(*p));

	p->cache = kmem_cache_create("pte_chain", sizeof(struct pte_chain), 0, 0, NULL, pte_chain_fields);
	p->reserve = machine_alloc(machine->max_tasks * sizeof(*p->reserve));
	core()->provider = p;
}

/* ---- links ---- */

static struct reserve *my_reserve(void)
{
	return &provider()->reserve[current->id];
}

/*
 * Linux 2.5.31 allocates under the lock, with GFP_ATOMIC, and does not look whether there was any (the defect H4-unchecked). Later 2.5
 * allocates before the lock, pte_chain_alloc(GFP_KERNEL), where the fault can still be given up.
 */
int pte_chain_prepare(gfp_t gfp)
{
	struct reserve *r = my_reserve();

	if (defect(D_H4_UNCHECKED))
		return 0;
	for (unsigned i = 0; i < RESERVE; i++) {
		if (!r->link[i])
			r->link[i] = kmem_cache_alloc(provider()->cache, gfp);
		if (!r->link[i])
			return -ENOMEM;
	}
	return 0;
}

void pte_chain_done(void)
{
	struct reserve *r = my_reserve();

	for (unsigned i = 0; i < RESERVE; i++) {
		if (r->link[i])
			kmem_cache_free(provider()->cache, r->link[i]);
		r->link[i] = NULL;
	}
}

static struct pte_chain *pte_chain_alloc(void)
{
	struct reserve *r = my_reserve();

	for (unsigned i = 0; i < RESERVE; i++) {
		struct pte_chain *link = r->link[i];

		r->link[i] = NULL;
		if (link)
			return link;
	}
	return kmem_cache_alloc(provider()->cache, GFP_ATOMIC);
}

static void pte_chain_free(struct pte_chain *link)
{
	kmem_cache_free(provider()->cache, link);
}

/* ---- what the page has ---- */

/* No point of its own: whoever asks without the lock whether the page is mapped conflicts with the whole step. */
static void set(struct page *page, const void *to)
{
	exec_touch(&page->rmap_private, TOUCH_WRITE);
	__atomic_store_n(&page->rmap_private, (unsigned long)to, __ATOMIC_RELAXED);
}

/* No point: nobody looks at it without the lock. */
static void set_direct(struct page *page, bool direct)
{
	if (direct)
		__atomic_fetch_or(&page->flags, 1ul << PG_direct, __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(&page->flags, ~(1ul << PG_direct), __ATOMIC_RELAXED);
}

static bool PageDirect(const struct page *page)
{
	return flag_peek(page, PG_direct);
}

static struct pte_chain *chain_of(const struct page *page)
{
	return PageDirect(page) ? NULL : (struct pte_chain *)chain_peek(page);
}

static pte_t *direct_of(const struct page *page)
{
	return PageDirect(page) ? (pte_t *)chain_peek(page) : NULL;
}

static void push(struct page *page, struct pte_chain *link, pte_t *ptep)
{
	link->ptep = ptep;
	link->next = chain_of(page);
	set(page, link);
}

/* The direct pointer becomes a chain of one link. */
static bool make_chain(struct page *page)
{
	struct pte_chain *link = pte_chain_alloc();
	pte_t *ptep = direct_of(page);

	if (!link)
		return false;
	set_direct(page, false);
	link->ptep = ptep;
	link->next = NULL;
	set(page, link);
	return true;
}

void chain_settle(struct page *page)
{
	struct pte_chain *link = chain_of(page);

	lockdep_assert_held(&page->flags);
	if (!link || link->next)
		return;
	set_direct(page, true);
	set(page, link->ptep);
	pte_chain_free(link);
}

/* ---- the cursor ---- */

static void point_at(struct chain_cursor *c, struct pte_chain *link)
{
	c->link = link;
	c->next = link ? link->next : NULL;
	c->ptep = link ? link->ptep : NULL;
}

void chain_first(struct chain_cursor *c, struct page *page)
{
	lockdep_assert_held(&page->flags);
	*c = (struct chain_cursor){ .page = page };
	point_at(c, chain_of(page));
	if (PageDirect(page))
		c->ptep = direct_of(page);
}

void chain_next(struct chain_cursor *c)
{
	/* One that was taken out has no link any more, and what was before it still is before what comes. */
	if (c->link)
		c->prev = c->link;
	point_at(c, c->next);
}

void chain_unlink(struct chain_cursor *c)
{
	if (!c->link) {
		set(c->page, NULL);
		set_direct(c->page, false);
		return;
	}
	if (c->prev)
		c->prev->next = c->next;
	else
		set(c->page, c->next);
	pte_chain_free(c->link);
	c->link = NULL;
}

/* ---- mappings ---- */

bool chain_add(struct page *page, pte_t *ptep)
{
	struct pte_chain *link;

	lockdep_assert_held(&page->flags);
	if (!chain_peek(page)) {
		set(page, ptep);
		set_direct(page, true);
		return true;
	}
	if (PageDirect(page) && !make_chain(page))
		return false;
	link = pte_chain_alloc();
	if (link)
		push(page, link, ptep);
	else
		chain_settle(page);
	return link;
}

static bool find(struct chain_cursor *c, struct page *page, const pte_t *ptep)
{
	chain_foreach(c, page)
		if (c->ptep == ptep)
			return true;
	return false;
}

bool chain_remove(struct page *page, pte_t *ptep)
{
	struct chain_cursor c;

	if (!find(&c, page, ptep))
		return false;
	chain_unlink(&c);
	chain_settle(page);
	return true;
}

bool chain_replace(struct page *page, pte_t *from, pte_t *to)
{
	struct chain_cursor c;

	if (!find(&c, page, from))
		return false;
	if (c.link)
		c.link->ptep = to;
	else
		set(page, to);
	return true;
}
