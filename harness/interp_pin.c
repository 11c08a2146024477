/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Carrying out what a scenario says of pinned pages; see interp.c. A pin goes by the names of the process and the area for which it
 * was made, and outlives both.
 */
#include "gup.h"
#include "interp.h"

static const unsigned flags_of[NR_PIN_WAYS] = {
	[PIN_READ] = 0, [PIN_WRITE] = FOLL_WRITE, [PIN_FORCE] = FOLL_WRITE | FOLL_FORCE, [PIN_FAST_READ] = FOLL_FAST,
	[PIN_FAST_WRITE] = FOLL_FAST | FOLL_WRITE,
};

static void pins_lock(struct world *w)
{
	if (machine->executor == EXEC_REAL)
		inner_lock(&w->pins_word);
}

static void pins_unlock(struct world *w)
{
	if (machine->executor == EXEC_REAL)
		inner_unlock(&w->pins_word);
	else
		exec_touch(&w->pins_word, TOUCH_WRITE);
}

static struct pin *find_pin(struct world *w, int mm, int area, int page)
{
	for (unsigned i = 0; i < MAX_PINS; i++) {
		struct pin *p = &w->pin[i];

		if (p->state != PIN_FREE && p->of_mm == mm && p->of_area == area && p->of_page == page)
			return p;
	}
	return NULL;
}

static struct pin *new_pin(struct context *c)
{
	struct pin *p = NULL;

	pins_lock(c->w);
	for (unsigned i = 0; i < MAX_PINS && !p; i++)
		if (c->w->pin[i].state == PIN_FREE)
			p = &c->w->pin[i];
	if (find_pin(c->w, c->s->subject, c->s->area, c->s->first))
		p = NULL;
	c->w->nr_pins += p != NULL;
	if (p)
		*p = (struct pin){ .state = PIN_TAKING, .of_mm = c->s->subject, .of_area = c->s->area, .of_page = c->s->first };
	pins_unlock(c->w);
	return p;
}

static void set_state(struct world *w, struct pin *p, enum pin_state state)
{
	pins_lock(w);
	w->nr_pins -= state == PIN_FREE;
	p->state = (u8)state;
	pins_unlock(w);
}

void op_pin(struct context *c)
{
	struct page *page = NULL;
	struct range r;
	struct pin *p;
	int err;

	if (!range_of(c, &r)) {
		came(c, SCN_GONE);
		return;
	}
	p = new_pin(c);
	if (!p) {
		came(c, SCN_AGAIN);
		return;
	}
	p->mm = c->mm;
	p->at = r.start >> PAGE_SHIFT;
	p->write = flags_of[c->s->value] & FOLL_WRITE;
	if (machine->executor == EXEC_CONTROLLED)
		pin_begins(c->w, p);
	/* By way of our own stack: the pin was somebody else's before, and that is no business of the model's. */
	err = get_user_page(c->mm, r.start, flags_of[c->s->value], &page);
	p->page = page;
	if (!err && machine->executor == EXEC_CONTROLLED)
		pin_taken(p);
	set_state(c->w, p, err ? PIN_FREE : PIN_HELD);
	came_error(c, err);
}

/* The pin for the time of one statement; NULL when there is none, or another statement has it. */
static struct pin *claim(struct context *c)
{
	struct pin *p;

	pins_lock(c->w);
	p = find_pin(c->w, c->s->name, c->s->area, c->s->first);
	came(c, p ? SCN_AGAIN : SCN_NONE);
	if (p && p->state == PIN_HELD)
		p->state = PIN_BUSY;
	else
		p = NULL;
	pins_unlock(c->w);
	return p;
}

/* Asked in the step of the access: it is the program's business that nobody forks in between. */
static bool may_use(const void *arg)
{
	const struct pin *p = arg;

	return machine->executor != EXEC_CONTROLLED || pin_usable(p);
}

void op_dma(struct context *c)
{
	u64 word = stored_word(c);
	struct pin *p = claim(c);

	if (!p)
		return;
	came(c, SCN_NONE);
	if (p->write && device_access(p->page, true, &word, may_use, p)) {
		if (machine->executor == EXEC_CONTROLLED)
			pin_stored(c->w, p, word);
		came(c, SCN_OK);
	}
	set_state(c->w, p, PIN_HELD);
}

void op_peek(struct context *c)
{
	struct pin *p = claim(c);
	u64 word;

	if (!p)
		return;
	came(c, SCN_NONE);
	if (device_access(p->page, false, &word, may_use, p)) {
		if (machine->executor == EXEC_CONTROLLED)
			pin_loaded(c->w, p, word);
		word &= (1ul << VALUE_BITS) - 1;
		came_number(c, word);
		check_expected(c, word);
	}
	set_state(c->w, p, PIN_HELD);
}

void op_unpin(struct context *c)
{
	struct pin *p = claim(c);

	if (!p)
		return;
	put_user_page(p->page, p->write);
	set_state(c->w, p, PIN_FREE);
	came(c, SCN_OK);
}

void world_unpin_all(struct world *w)
{
	for (unsigned i = 0; i < MAX_PINS; i++) {
		if (w->pin[i].state == PIN_HELD)
			put_user_page(w->pin[i].page, w->pin[i].write);
		w->pin[i].state = PIN_FREE;
	}
	w->nr_pins = 0;
}
