/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out what a scenario's guests do; see interp.c. */
#include "interp.h"

/* The guest operand, which stays until guest_put(); NULL when it is gone. */
static struct guest *guest_use(struct context *c)
{
	struct name_slot *n = slot_of(c->w, c->s->name);
	struct guest *g = NULL;

	slot_lock(n);
	if (n->state == SLOT_BOUND) {
		g = n->guest;
		hb_acquire(n);
		exec_touch(&g->users, TOUCH_ADD);
		/* No point: who has a guest lets it run without having to ask. */
		__atomic_fetch_add(&g->users.counter, 1, __ATOMIC_RELAXED);
	}
	slot_unlock(n);
	return g;
}

/* What the name stood for is the caller's. */
static struct guest *slot_set_guest(struct name_slot *n, struct guest *g)
{
	struct guest *old;

	exec_touch(n, TOUCH_WRITE);
	slot_lock(n);
	old = n->state == SLOT_BOUND ? n->guest : NULL;
	n->guest = g;
	hb_acquire(n);
	hb_release(n);
	__atomic_store_n(&n->state, g ? SLOT_BOUND : SLOT_GONE, __ATOMIC_RELEASE);
	slot_unlock(n);
	return old;
}

void op_register(struct context *c)
{
	struct guest *g = NULL, *old;
	int err;

	if (c->mm)
		g = guest_create(c->mm, &err);
	old = slot_set_guest(&c->w->slot[c->s->bind], g);
	if (old)
		guest_destroy(old);	/* a name that is bound again */
}

void op_unregister(struct context *c)
{
	struct guest *g = slot_set_guest(slot_of(c->w, c->s->name), NULL);

	if (g)
		guest_destroy(g);
	else
		came(c, SCN_GONE);
}

/* A load or store of the page; false, with what came of it, if it failed. */
static bool access_guest_page(struct context *c, bool write, u64 *word)
{
	struct guest *g = guest_use(c);
	struct range r;

	came(c, SCN_GONE);
	if (!g)
		return false;
	if (range_of(c, &r))
		came_error(c, guest_access(g, r.start, write, word));
	guest_put(g);
	return c->came.result == SCN_OK;
}

void op_guest_read(struct context *c)
{
	u64 word;

	if (!access_guest_page(c, false, &word))
		return;
	c->word = word;
	word &= (1ul << VALUE_BITS) - 1;
	came_number(c, word);
	check_expected(c, word);
}

void op_guest_write(struct context *c)
{
	u64 word = stored_word(c);

	access_guest_page(c, true, &word);
}
