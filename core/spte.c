/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hardware of a secondary MMU: its translations, and loads and stores through them.
 *
 * This is hardware, and accesses here are none of the kernel's: as tlb.c, it is compiled without ThreadSanitizer's instrumentation. Under
 * real threads its word stands for what makes the guest's processors stop before an spte is gone.
 */
#include "guest.h"
#include "inner.h"

/* What an spte is for who may change places with whom: of that page of the guest's. */
static unsigned part(unsigned long addr)
{
	return GUEST_PAGE + (unsigned)(addr >> PAGE_SHIFT);
}

static void hardware_lock(struct guest *g)
{
	if (machine->executor == EXEC_REAL)
		inner_lock(&g->word);
}

static void hardware_unlock(struct guest *g)
{
	if (machine->executor == EXEC_REAL)
		inner_unlock(&g->word);
}

/* One comes or goes. */
static void touch(const struct guest *g, const struct spte *e)
{
	exec_touch_part(g, part(e->addr), TOUCH_WRITE);
	exec_touch_part(g, GUEST_ANY, TOUCH_ADD);
	exec_touch_part(pfn_to_page(e->pfn), PAGE_MAPPERS, TOUCH_ADD);
}

static struct spte *find(struct guest *g, unsigned long start, unsigned long end)
{
	for (unsigned i = 0; i < GUEST_SPTES; i++)
		if (g->spte[i].present && g->spte[i].addr >= start && g->spte[i].addr < end)
			return &g->spte[i];
	return NULL;
}

static struct spte *find_free(struct guest *g)
{
	for (unsigned i = 0; i < GUEST_SPTES; i++)
		if (!g->spte[i].present)
			return &g->spte[i];
	return NULL;
}

bool spte_take(struct guest *g, unsigned long start, unsigned long end, struct spte *old)
{
	struct spte *e;

	hardware_lock(g);
	e = find(g, start, end);
	if (e) {
		touch(g, e);
		*old = *e;
		e->present = 0;
	}
	hardware_unlock(g);
	return e;
}

bool spte_set(struct guest *g, const struct spte *new, struct spte *old)
{
	struct spte *e;

	hardware_lock(g);
	e = find_free(g);
	old->present = 0;
	if (!e) {
		e = &g->spte[g->next];
		g->next = (g->next + 1) % GUEST_SPTES;
		touch(g, e);
		*old = *e;
	}
	*e = *new;
	touch(g, e);
	hardware_unlock(g);
	return old->present;
}

bool spte_test_clear_young(struct guest *g, unsigned long start, unsigned long end)
{
	bool young = false;

	hardware_lock(g);
	for (unsigned i = 0; i < GUEST_SPTES; i++) {
		struct spte *e = &g->spte[i];

		if (!e->present || e->addr < start || e->addr >= end)
			continue;
		exec_touch_part(g, part(e->addr), e->accessed ? TOUCH_WRITE : TOUCH_READ);
		young |= e->accessed;
		e->accessed = 0;
	}
	hardware_unlock(g);
	return young;
}

static void transfer(const struct guest *g, const struct spte *e, bool write, u64 *value)
{
	u64 *word = &core()->data[e->pfn];

	exec_touch(word, write ? TOUCH_WRITE : TOUCH_READ);
	if (write) {
		__atomic_store_n(word, *value, __ATOMIC_RELAXED);
		event(USER_STORE, .mm = g->mm, .addr = e->addr, .pfn = e->pfn, .value = *value);
	} else {
		*value = __atomic_load_n(word, __ATOMIC_RELAXED);
		event(USER_LOAD, .mm = g->mm, .addr = e->addr, .pfn = e->pfn, .value = *value);
	}
}

bool spte_access(struct guest *g, unsigned long addr, bool write, u64 *value)
{
	struct spte *e;

	exec_point(write ? OP_USER_STORE : OP_USER_LOAD, &g->spte);
	hardware_lock(g);
	e = find(g, addr, addr + PAGE_SIZE);
	if (e && write && !e->writable)
		e = NULL;
	exec_touch_part(g, part(addr), e && (!e->accessed || (write && !e->dirty)) ? TOUCH_WRITE : TOUCH_READ);
	if (e) {
		e->accessed = 1;
		e->dirty |= write;
		transfer(g, e, write, value);
	}
	hardware_unlock(g);
	return e;
}
