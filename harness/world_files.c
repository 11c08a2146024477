/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The content oracle (O5) for files: a shared view shows what anybody stored last, a private one too until it is copied, and then
 * what its process stored; what truncate has taken away nobody sees; and what leaves the page cache is in the store.
 */
#include <stdio.h>

#include "world.h"

#define LOW(word) ((word) & ((1ul << VALUE_BITS) - 1))

static struct file_shadow *shadow_of(struct world *w, const void *inode)
{
	for (unsigned i = 0; i < MAX_FILE_SHADOWS; i++)
		if (w->file[i].inode == inode)
			return &w->file[i];
	return NULL;
}

static bool gone(const struct file_shadow *f, unsigned long index)
{
	return index >= FILE_PAGES || f->state[index] == FILE_GONE;
}

/* ---- programs ---- */

static void truncated_access(const struct event *e, const char *what)
{
	char key[64];

	snprintf(key, sizeof(key), "truncated-page-%s", what);
	violation(ORACLE_CONTENT, key, "mm#%u: address %#lx is %s through page%lu after its file was truncated", e->mm->id, e->addr,
		  what, e->pfn);
}

static void check_content(const struct event *e, u64 right)
{
	if (e->value == right || world_stale_read(e))
		return;
	violation(ORACLE_CONTENT, "wrong-file-content",
		  "mm#%u: address %#lx (page%lu), of a file, holds %lu (store %lu), not %lu (store %lu)",
		  e->mm->id, e->addr, e->pfn, LOW(e->value), e->value >> VALUE_BITS, LOW(right), right >> VALUE_BITS);
}

void files_accessed(struct world *w, struct shadow *s, unsigned long a, const struct event *e)
{
	struct file_shadow *f = &w->file[s->file[a]];
	unsigned long index = s->index[a];
	bool store = e->kind == EV_USER_STORE;

	/*
	 * Who reads what he is unmapping has his own race: until the flush he may see a page that truncate has taken out of the file
	 * since, as unmapping has it out of the file's tree by then. Stores are over when a dirty entry is gone, and count.
	 */
	if (!store && s->state[a] == SHADOW_DYING)
		return;
	exec_touch_part(f->inode, PART_FILE + (unsigned)index, store && s->kind[a] == SHADOW_SHARED ? TOUCH_WRITE : TOUCH_READ);
	if (gone(f, index)) {
		truncated_access(e, store ? "written" : "read");
	} else if (store && s->kind[a] == SHADOW_SHARED) {
		f->value[index] = e->value;
	} else if (store) {
		s->kind[a] = SHADOW_OWN;
		s->owns = 1;
		s->value[a] = e->value;
	} else if (f->state[index] == FILE_THERE) {
		if (s->kind[a] != SHADOW_OWN)
			check_content(e, f->value[index]);
		else if (!shadow_takes_maybe(s, a, e->value))
			check_content(e, s->value[a]);
	}
}

/* A private view was copied: from now on it has what the file had when it was read for that, which FILE_LOAD told. */
static void copied(struct world *w, const struct event *e)
{
	struct shadow *s = world_shadow(w, e->mm);
	unsigned long a = e->addr >> PAGE_SHIFT;
	struct file_shadow *f;

	if (!s || a >= SHADOW_PAGES || s->kind[a] == SHADOW_ANON)
		return;
	f = &w->file[s->file[a]];
	exec_touch_part(f->inode, PART_FILE + s->index[a], TOUCH_READ);
	if (gone(f, s->index[a])) {
		truncated_access(e, "copied");
		return;
	}
	if (s->kind[a] != SHADOW_VIEW)
		return;
	s->kind[a] = SHADOW_OWN;
	s->owns = 1;
	s->value[a] = e->value;
}

static void mapped(struct world *w, const struct event *e)
{
	const struct file_shadow *f = shadow_of(w, e->obj);
	struct shadow *s = world_shadow(w, e->mm);
	unsigned long index = e->value;

	for (unsigned long a = e->addr >> PAGE_SHIFT; f && a < e->end >> PAGE_SHIFT && a < SHADOW_PAGES; a++, index++) {
		s->kind[a] = e->shared ? SHADOW_SHARED : SHADOW_VIEW;
		s->file[a] = (u8)(f - w->file);
		s->index[a] = (u8)min(index, 255ul);
	}
}

/* ---- files ---- */

static void resized(struct file_shadow *f, const struct event *e)
{
	for (unsigned i = 0; i < FILE_PAGES; i++) {
		enum file_state was = f->state[i];

		if (i < e->end)
			f->state[i] = FILE_THERE;
		else if (was == FILE_THERE)
			f->state[i] = FILE_GOING;
		if (was != f->state[i])
			exec_touch_part(f->inode, PART_FILE + i, TOUCH_WRITE);
	}
}

static void truncated(struct world *w, struct file_shadow *f, const struct event *e)
{
	unsigned nr = (unsigned)(f - w->file);

	for (unsigned i = (unsigned)e->end; i < FILE_PAGES; i++) {
		exec_touch_part(f->inode, PART_FILE + i, TOUCH_WRITE);
		f->state[i] = FILE_GONE;
		f->value[i] = 0;
	}
	for (struct shadow *s = w->shadow; s < w->shadow + MAX_SHADOWS; s++)
		for (unsigned a = 0; s->mm && s->owns && a < SHADOW_PAGES; a++)
			if (s->kind[a] == SHADOW_OWN && s->file[a] == nr && s->index[a] >= e->end)
				s->kind[a] = SHADOW_VIEW;
}

/* Read by the kernel, for read() or for a private copy. */
static void read_by_kernel(const struct file_shadow *f, const struct event *e)
{
	exec_touch_part(f->inode, PART_FILE + (unsigned)e->addr, TOUCH_READ);
	if (f->state[e->addr] == FILE_THERE && e->value != f->value[e->addr])
		violation(ORACLE_CONTENT, "wrong-file-content",
			  "page %lu of inode#%u (page%lu) is read as %lu (store %lu), not %lu (store %lu)",
			  e->addr, slab_serial(f->inode), e->pfn, LOW(e->value), e->value >> VALUE_BITS, LOW(f->value[e->addr]),
			  f->value[e->addr] >> VALUE_BITS);
}

/* Nobody has it any more: from now on the store is all there is. What truncate is about to clear there matters to nobody. */
static void reclaimed(const struct file_shadow *f, const struct event *e)
{
	const struct inode *inode = e->obj;
	u64 cached = core()->data[e->pfn], stored = inode->store[e->addr];

	exec_touch_part(f->inode, PART_FILE + (unsigned)e->addr, TOUCH_READ);
	if (f->state[e->addr] != FILE_THERE)
		return;
	exec_touch(&core()->data[e->pfn], TOUCH_READ);
	exec_touch(&inode->store[e->addr], TOUCH_READ);
	check_that(cached == stored, ORACLE_CONTENT, "dirty-data-lost",
		   "page%lu leaves the cache of inode#%u with %lu (store %lu), and the store has %lu (store %lu)", e->pfn,
		   slab_serial(inode), LOW(cached), cached >> VALUE_BITS, LOW(stored), stored >> VALUE_BITS);
}

void files_event(struct world *w, const struct event *e)
{
	struct file_shadow *f;

	if (e->kind == EV_FILE_COW) {
		copied(w, e);
		return;
	}
	if (e->kind == EV_FILE_MAPPED) {
		mapped(w, e);
		return;
	}
	f = shadow_of(w, e->kind == EV_FILE_NEW ? NULL : e->obj);
	if (!f)
		return;
	switch (e->kind) {
	case EV_FILE_NEW:
		*f = (struct file_shadow){ .inode = e->obj };
		resized(f, e);
		break;
	case EV_FILE_GONE:
		f->inode = NULL;
		break;
	case EV_FILE_SIZE:
		resized(f, e);
		break;
	case EV_FILE_TRUNCATED:
		locked_event(w, e);
		truncated(w, f, e);
		break;
	case EV_FILE_INVALIDATE:
		exec_touch_part(f->inode, PART_INVALIDATING, TOUCH_WRITE);
		f->invalidating += e->value ? 1 : -1;
		locked_event(w, e);
		break;
	case EV_FILE_STORE:
		exec_touch_part(f->inode, PART_FILE + (unsigned)e->addr, TOUCH_WRITE);
		f->value[e->addr] = e->value;
		break;
	case EV_FILE_LOST:
		exec_touch_part(f->inode, PART_FILE + (unsigned)e->addr, TOUCH_WRITE);
		if (f->state[e->addr] == FILE_THERE)
			f->value[e->addr] = ((const struct inode *)e->obj)->store[e->addr];
		break;
	case EV_FILE_LOAD:
		read_by_kernel(f, e);
		break;
	case EV_FILE_RECLAIMED:
		reclaimed(f, e);
		break;
	default:
		break;
	}
}

/* ---- in the end ---- */

static u64 content(const struct inode *inode, unsigned i)
{
	bool hugetlb = inode->i_data.kind & AS_HUGETLB;
	const struct page *page = inode->i_data.page[hugetlb ? i - i % HPAGE_PMD_NR : i];

	if (page && hugetlb)
		return core()->data[page_to_pfn(page) + i % HPAGE_PMD_NR];
	return page && flag_peek(compound_head(page), PG_uptodate) ? core()->data[page_to_pfn(page)] : inode->store[i];
}

void world_check_files(const struct world *w)
{
	if (!(machine->oracles & 1u << ORACLE_CONTENT))
		return;
	for (unsigned k = 0; k < MAX_FILE_SHADOWS; k++) {
		const struct file_shadow *f = &w->file[k];

		for (unsigned i = 0; f->inode && i < FILE_PAGES; i++)
			check_that(f->state[i] != FILE_THERE || content(f->inode, i) == f->value[i], ORACLE_CONTENT, "file-data-lost",
				   "page %u of inode#%u holds %lu (store %lu), not %lu (store %lu)", i, slab_serial(f->inode),
				   LOW(content(f->inode, i)), content(f->inode, i) >> VALUE_BITS, LOW(f->value[i]),
				   f->value[i] >> VALUE_BITS);
	}
}
