/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The content oracle for pages that are pinned: what a device writes is what the process sees, as long as the page is still its own,
 * and what the device reads is what the process saw last.
 *
 * The page stops being the process's when it is unmapped or thrown away; the pin then leads to memory of nobody. Where a pin and
 * that meet it may be either. A fork while a page is pinned leaves it open whose the page is: then the device keeps away from it, as
 * programs have to see to it.
 */
#include "world.h"

static bool about(const struct pin *p, const struct mm_struct *mm)
{
	return p->state != PIN_FREE && p->mm == mm;
}

static bool within(const struct pin *p, const struct event *e)
{
	return p->at >= e->addr >> PAGE_SHIFT && p->at < e->end >> PAGE_SHIFT;
}

/* What the page holds, as far as the process and its device decide that alone. */
static bool content_known(const struct shadow *s, const struct pin *p)
{
	return s && p->fate == PIN_OWNED && (s->kind[p->at] == SHADOW_ANON || s->kind[p->at] == SHADOW_OWN) && !s->lazy[p->at] &&
	       !s->has_maybe[p->at];
}

static void set_fate(struct pin *p, enum pin_fate fate)
{
	exec_touch(p, TOUCH_WRITE);
	if (p->fate < fate)
		p->fate = (u8)fate;
}

/* It is not mapped there any more, but it is the file's as before. */
static void keep_file(struct pin *p, const struct shadow *s)
{
	if (!s || p->fate >= PIN_LOST || s->kind[p->at] != SHADOW_SHARED)
		return;
	p->file = (u8)(s->file[p->at] + 1);
	p->index = s->index[p->at];
}

/* All translations are gone, too: what the page held last, it holds for the device for ever. */
static void unmapped(struct world *w, struct pin *p)
{
	const struct shadow *s = world_shadow(w, p->mm);
	bool known = content_known(s, p);

	keep_file(p, s);
	if (known)
		p->value = s->value[p->at];
	if (p->state == PIN_TAKING)
		set_fate(p, PIN_OPEN);
	else
		set_fate(p, known || p->fate == PIN_LOST ? PIN_LOST : PIN_ORPHAN);
}

/* Other threads may still write to it through translations: what it holds is not known. */
static void dropped(const struct world *w, struct pin *p)
{
	keep_file(p, world_shadow(w, p->mm));
	set_fate(p, p->state == PIN_TAKING ? PIN_DOUBTFUL : PIN_ORPHAN);
}

static void moved(struct pin *p, const struct event *e)
{
	exec_touch(p, TOUCH_WRITE);
	p->at = e->end >> PAGE_SHIFT;
	if (p->state == PIN_TAKING || p->at >= SHADOW_PAGES)
		set_fate(p, PIN_OPEN);
}

/* The address shows another page of its file from now on. The pin is of the one that was there; while it is taken, of either. */
static void shows_another(const struct world *w, struct pin *p)
{
	keep_file(p, world_shadow(w, p->mm));
	set_fate(p, p->state == PIN_TAKING ? PIN_OPEN : PIN_ORPHAN);
}

static void mm_event(struct world *w, struct pin *p, const struct event *e)
{
	if (e->kind == EV_UNMAP_END && within(p, e))
		unmapped(w, p);
	else if (e->kind == EV_PTE_DROPPED && p->at == e->addr >> PAGE_SHIFT)
		dropped(w, p);
	else if (e->kind == EV_PTE_MOVED && p->at == e->addr >> PAGE_SHIFT)
		moved(p, e);
	else if (e->kind == EV_COW_COPY && p->at == e->addr >> PAGE_SHIFT && !rmap_has(core()->rmap, FEATURE_MAPCOUNT))
		dropped(w, p);			/* where references are counted, the pin is one, and so the page is copied */
	else if (e->kind == EV_MADVISE_BEGIN && e->value == MADVISE_FREE && within(p, e))
		set_fate(p, PIN_DOUBTFUL);
	else if (e->kind == EV_UNUSED && p->at == e->addr >> PAGE_SHIFT)
		set_fate(p, PIN_OPEN);		/* it may be dropped: the device is not told */
	else if (e->kind == EV_FILE_MAPPED && within(p, e) && p->fate < PIN_LOST)
		shows_another(w, p);
	else if (e->kind == EV_FORK_BEGIN)
		set_fate(p, PIN_OPEN);
}

/* Is it of a part of a file that is not there, the file's own page or a private copy? Then truncate takes it away. */
static bool cut_off(struct world *w, const struct pin *p)
{
	const struct shadow *s = p->fate < PIN_LOST ? world_shadow(w, p->mm) : NULL;
	const struct file_shadow *f;

	if (!s || s->kind[p->at] == SHADOW_ANON)
		return false;
	f = &w->file[s->file[p->at]];
	exec_touch_part(f->inode, PART_FILE + s->index[p->at], TOUCH_READ);
	return s->index[p->at] >= FILE_PAGES || f->state[s->index[p->at]] != FILE_THERE;
}

static bool size_event(const struct event *e)
{
	return e->kind == EV_FILE_SIZE || e->kind == EV_FILE_TRUNCATED;
}

void pins_event(struct world *w, const struct event *e)
{
	if (!w->nr_pins || !(e->mm || size_event(e)))
		return;
	for (unsigned i = 0; i < MAX_PINS; i++) {
		struct pin *p = &w->pin[i];

		if (p->state != PIN_FREE && size_event(e) && cut_off(w, p))
			set_fate(p, p->state == PIN_TAKING ? PIN_OPEN : PIN_ORPHAN);
		else if (about(p, e->mm))
			mm_event(w, p, e);
	}
}

/* Somebody is changing the address space as a whole: before or after, nobody can tell. */
static bool being_changed(struct mm_struct *mm)
{
	exec_touch(&mm->mmap_lock.l, TOUCH_READ);
	return mm->mmap_lock.l.owner && mm->mmap_lock.l.owner != current;
}

void pin_begins(struct world *w, struct pin *p)
{
	const struct shadow *s = world_shadow(w, p->mm);

	p->fate = PIN_OWNED;
	p->file = 0;
	if (being_changed(p->mm) || !s || p->at >= SHADOW_PAGES || s->any[p->at] || cut_off(w, p))
		p->fate = PIN_OPEN;
	else if (s->freeing[p->at])
		p->fate = PIN_DOUBTFUL;
	exec_touch(p, TOUCH_WRITE);
}

void pin_taken(struct pin *p)
{
	if (being_changed(p->mm))
		set_fate(p, PIN_OPEN);
}

bool pin_usable(const struct pin *p)
{
	exec_touch(p, TOUCH_READ);
	return p->fate != PIN_OPEN;
}

/* A page of a file, mapped shared: everybody who maps the file sees it, unless it was truncated. */
static void stored_in_file(struct world *w, const struct pin *p, unsigned file, unsigned index, u64 value)
{
	const struct address_space *mapping = p->page->mapping;
	struct file_shadow *f = &w->file[file];

	exec_touch(&p->page->mapping, TOUCH_READ);
	exec_touch_part(f->inode, PART_FILE + index, TOUCH_WRITE);
	if (mapping && f->inode == container_of(mapping, struct inode, i_data) && f->state[index] == FILE_THERE)
		f->value[index] = value;
}

/*
 * A part of a file's huge page stays in the cache, and is what everybody sees, also when the file was cut before it and has grown again:
 * the pin kept truncate from splitting the page.
 */
static void stored_in_huge_page(struct world *w, const struct pin *p, u64 value)
{
	const struct page *head = compound_head(p->page);
	const struct address_space *mapping = head->mapping;
	unsigned long index = page_index(p->page);

	exec_touch(&head->mapping, TOUCH_READ);
	for (unsigned i = 0; mapping && i < MAX_FILE_SHADOWS; i++) {
		struct file_shadow *f = &w->file[i];

		if (f->inode != container_of(mapping, struct inode, i_data))
			continue;
		exec_touch_part(f->inode, PART_FILE + (unsigned)index, TOUCH_WRITE);
		f->value[index] = value;
	}
}

void pin_stored(struct world *w, struct pin *p, u64 value)
{
	struct shadow *s = world_shadow(w, p->mm);

	p->value = value;
	if (huge_of_file(p->page))
		stored_in_huge_page(w, p, value);
	if (p->file)
		stored_in_file(w, p, p->file - 1u, p->index, value);
	if (!s || (p->fate != PIN_OWNED && p->fate != PIN_DOUBTFUL))
		return;
	shadow_touch(s, p->at, TOUCH_WRITE);
	if (s->kind[p->at] == SHADOW_SHARED) {
		stored_in_file(w, p, s->file[p->at], s->index[p->at], value);
	} else if (p->fate == PIN_DOUBTFUL) {
		s->maybe[p->at] = value;
		s->has_maybe[p->at] = 1;
	} else {
		s->value[p->at] = value;
		s->lazy[p->at] = 0;
	}
}

void pin_loaded(struct world *w, struct pin *p, u64 value)
{
	const struct shadow *s = world_shadow(w, p->mm);
	u64 right = p->value;

	if (p->fate == PIN_OWNED && s)
		shadow_touch(s, p->at, TOUCH_READ);
	if (content_known(s, p))
		right = s->value[p->at];
	else if (p->fate != PIN_LOST)
		return;
	check_that(value == right, ORACLE_CONTENT, "wrong-pinned-content",
		   "page%lu, pinned for page %lu of an address space, holds %lu (store %lu), not %lu (store %lu)", page_to_pfn(p->page),
		   p->at, value & ((1ul << VALUE_BITS) - 1), value >> VALUE_BITS, right & ((1ul << VALUE_BITS) - 1),
		   right >> VALUE_BITS);
}

bool shadow_takes_maybe(struct shadow *s, unsigned long a, u64 value)
{
	bool was = s->has_maybe[a];

	if (!was)
		return false;
	shadow_touch(s, a, TOUCH_WRITE);
	s->has_maybe[a] = 0;		/* what is seen once stays so */
	if (value != s->maybe[a])
		return false;
	s->value[a] = value;
	return true;
}
