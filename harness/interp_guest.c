/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out what a scenario's guests do, and its devices that use a process's page tables; see interp.c. */
#include "interp.h"

/* What came of an access; what was read must be what the statement says. */
static void came_access(struct context *c, int err, u64 word, bool write)
{
	came_error(c, err);
	if (err || write)
		return;
	c->word = word;
	word &= (1ul << VALUE_BITS) - 1;
	came_number(c, word);
	check_expected(c, word);
}

/* ---- guests ---- */

void op_register(struct context *c)
{
	struct guest *g = NULL, *old;
	int err;

	if (c->mm)
		g = guest_create(c->mm, &err);
	old = slot_exchange(c->w, &c->w->slot[c->s->bind], g);
	if (old)
		guest_destroy(old);	/* a name that is bound again */
}

void op_unregister(struct context *c)
{
	struct guest *g = slot_exchange(c->w, slot_of(c->w, c->s->name), NULL);

	if (g)
		guest_destroy(g);
	else
		came(c, SCN_GONE);
}

static void guest_page(struct context *c, bool write, u64 word)
{
	struct guest *g = slot_use(c->w, c->s->name, offsetof(struct guest, users));
	struct range r;
	int err;

	came(c, SCN_GONE);
	if (!g)
		return;
	if (range_of(c, &r)) {
		err = guest_access(g, r.start, write, &word);
		came_access(c, err, word, write);
	}
	guest_put(g);
}

void op_guest_read(struct context *c)
{
	guest_page(c, false, 0);
}

void op_guest_write(struct context *c)
{
	guest_page(c, true, stored_word(c));
}

/* ---- devices ---- */

void op_sva_bind(struct context *c)
{
	struct sva *d = NULL, *old;
	int err;

	if (c->mm)
		d = sva_bind_device(c->mm, &err);
	old = slot_exchange(c->w, &c->w->slot[c->s->bind], d);
	if (old)
		sva_unbind_device(old);
}

void op_sva_unbind(struct context *c)
{
	struct sva *d = slot_exchange(c->w, slot_of(c->w, c->s->name), NULL);

	if (d)
		sva_unbind_device(d);
	else
		came(c, SCN_GONE);
}

static void sva_page(struct context *c, bool write, u64 word)
{
	struct sva *d = slot_use(c->w, c->s->name, offsetof(struct sva, users));
	struct range r;
	int err;

	came(c, SCN_GONE);
	if (!d)
		return;
	if (range_of(c, &r)) {
		err = sva_access(d, r.start, write, &word);
		came_access(c, err, word, write);
	}
	sva_put(d);
}

void op_sva_read(struct context *c)
{
	sva_page(c, false, 0);
}

void op_sva_write(struct context *c)
{
	sva_page(c, true, stored_word(c));
}
