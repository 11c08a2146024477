/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of guests and notifiers: a guest sees what its process sees; whatever takes something away from an entry takes it from the
 * guest first; and nothing of it is left in the end, whichever of the two goes first.
 *
 * Concurrency: one task, or two whose order the test decides.
 */
#include "rig.h"

#include "guest.h"

static struct guest *new_guest(struct mm_struct *mm)
{
	int err = 0;
	struct guest *g = guest_create(mm, &err);

	want(g);
	want_int(err, 0);
	return g;
}

static u64 guest_read(struct guest *g, unsigned long addr)
{
	u64 value = 0;

	want_int(guest_access(g, addr, false, &value), 0);
	return value;
}

static void guest_write(struct guest *g, unsigned long addr, u64 value)
{
	want_int(guest_access(g, addr, true, &value), 0);
}

static const struct spte *spte_of(const struct guest *g, unsigned long addr)
{
	for (unsigned i = 0; i < GUEST_SPTES; i++)
		if (g->spte[i].present && g->spte[i].addr == addr)
			return &g->spte[i];
	return NULL;
}

/* ---- memory ---- */

static void same_memory(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long a = rig_mmap(mm, 3);
	struct guest *g = new_guest(mm);
	u64 value;

	(void)r;
	rig_write(mm, a, 1);
	want_int(guest_read(g, a), 1);
	guest_write(g, a, 2);
	want_int(rig_read(mm, a), 2);
	want_int(spte_of(g, a)->pfn, page_to_pfn(rig_page(mm, a)));
	/* The zero page, and then one of its own. */
	want_int(guest_read(g, a + PAGE(1)), 0);
	want(!spte_of(g, a + PAGE(1))->writable);
	guest_write(g, a + PAGE(1), 3);
	want_int(rig_read(mm, a + PAGE(1)), 3);
	want_int(guest_access(g, a + PAGE(3), false, &value), -EFAULT);
	want_int(guest_access(g, TASK_SIZE, true, &value), -EFAULT);
	want_int(do_mprotect(mm, a, PAGE_SIZE, VM_READ), 0);
	want_int(guest_read(g, a), 2);
	want_int(guest_access(g, a, true, &value), -EFAULT);
	guest_destroy(g);
	mmput(mm);
	want_nothing_left();
}

/* More pages than it has translations: what it wrote is known of all the same. */
static void few_translations(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long a = rig_mmap(mm, 2 * GUEST_SPTES);
	struct guest *g = new_guest(mm);

	(void)r;
	for (unsigned i = 0; i < 2 * GUEST_SPTES; i++) {
		rig_write(mm, a + PAGE(i), 100 + i);
		guest_write(g, a + PAGE(i), i + 1);
	}
	want(!spte_of(g, a));
	want(PageFlag(rig_page(mm, a), PG_dirty));
	for (unsigned i = 0; i < 2 * GUEST_SPTES; i++)
		want_int(guest_read(g, a + PAGE(i)), i + 1);
	guest_destroy(g);
	mmput(mm);
	want_nothing_left();
}

/* ---- what takes translations away ---- */

struct stage {
	struct mm_struct *mm;
	struct file *file;
	struct guest *g;
	unsigned long a, f;		/* anonymous memory, and the file's */
};

static struct stage stage(void)
{
	struct stage s = { rig_mm(), file_create(1), NULL, 0, 0 };

	want(s.file);
	s.a = rig_mmap(s.mm, 2);
	s.f = (unsigned long)do_mmap_file(s.mm, s.file, 0, 1, true);
	rig_write(s.mm, s.a, 1);
	rig_write(s.mm, s.f, 2);
	lru_add_drain_all();
	s.g = new_guest(s.mm);
	guest_write(s.g, s.a, 3);
	guest_write(s.g, s.f, 4);
	return s;
}

static void clear_stage(struct stage *s)
{
	guest_destroy(s->g);
	mmput(s->mm);
	fput(s->file);
	lru_add_drain_all();
	want_nothing_left();
}

static void by_munmap(struct stage *s)
{
	want_int(do_munmap(s->mm, s->a, PAGE_SIZE), 0);
	want_int(do_munmap(s->mm, s->f, PAGE_SIZE), 0);
}

static void by_mprotect(struct stage *s)
{
	want_int(do_mprotect(s->mm, s->a, PAGE_SIZE, VM_READ), 0);
	want_int(do_mprotect(s->mm, s->f, PAGE_SIZE, VM_READ), 0);
}

static void by_madvise(struct stage *s)
{
	want_int(do_madvise(s->mm, s->a, PAGE_SIZE, MADVISE_DONTNEED), 0);
	want_int(do_madvise(s->mm, s->f, PAGE_SIZE, MADVISE_DONTNEED), 0);
}

static void by_free(struct stage *s)
{
	want_int(do_madvise(s->mm, s->a, PAGE_SIZE, MADVISE_FREE), 0);
}

static void by_mremap(struct stage *s)
{
	want(do_mremap(s->mm, s->a, PAGE(1), PAGE(2)) > 0);
}

static void by_fork(struct stage *s)
{
	mmput(rig_fork(s->mm));
}

static void by_reclaim(struct stage *s)
{
	want_int(reclaim_page(rig_page(s->mm, s->a)), RECLAIM_FREED);
	want_int(reclaim_page(rig_page(s->mm, s->f)), RECLAIM_FREED);
	want_int(file_inode(s->file)->store[0], 4);
}

static void by_writeback(struct stage *s)
{
	filemap_write_range(s->file->f_mapping, 0, 0);
	want_int(file_inode(s->file)->store[0], 4);
}

static void by_truncate(struct stage *s)
{
	file_truncate(s->file, 0);
}

static void by_exit(struct stage *s)
{
	u64 value;

	get_file(s->file);
	mmput(s->mm);
	want_int(guest_access(s->g, s->a, false, &value), -ESRCH);
	fput(s->file);
}

static const struct taker {
	void (*take)(struct stage *s);
	bool anon, file, ends;		/* whose translation goes; the process does */
} takers[] = {
	{ by_munmap, true, true, false },   { by_mprotect, true, true, false }, { by_madvise, true, true, false },
	{ by_free, true, false, false },    { by_mremap, true, false, false },	{ by_fork, true, false, false },
	{ by_reclaim, true, true, false },  { by_writeback, false, true, false }, { by_truncate, false, true, false },
	{ by_exit, true, true, true },
};

static void taken_away(struct rig *r)
{
	for (unsigned i = 0; i < ARRAY_SIZE(takers); i++) {
		const struct taker *t = &takers[i];
		struct stage s = stage();
		unsigned zapped = r->nr[EV_SPTE_ZAPPED];

		t->take(&s);
		if (!spte_of(s.g, s.a) != t->anon || !spte_of(s.g, s.f) != t->file)
			rig_fail(__LINE__, "row %u takes the wrong translations", i);
		want_int(r->nr[EV_SPTE_ZAPPED] - zapped, t->anon + t->file);
		want_int(s.g->mmu_notifier_count, 0);
		if (t->ends) {
			guest_destroy(s.g);
			fput(s.file);
			lru_add_drain_all();
			want_nothing_left();
		} else {
			clear_stage(&s);
		}
	}
}

/* The process writes to a page that it shares with its child: the guest reads the copy. */
static void copies(struct rig *r)
{
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long a = rig_mmap(mm, 1);
	struct guest *g;

	(void)r;
	rig_write(mm, a, 1);
	g = new_guest(mm);
	child = rig_fork(mm);
	want_int(guest_read(g, a), 1);
	want(!spte_of(g, a)->writable);
	rig_write(mm, a, 2);
	want_int(guest_read(g, a), 2);
	guest_write(g, a, 3);
	want_int(rig_read(child, a), 1);
	mmput(child);
	guest_destroy(g);
	mmput(mm);
	want_nothing_left();
}

/* A page that need not be kept: what the guest stores keeps it. */
static void dirty_again(struct rig *r)
{
	struct stage s = stage();

	by_free(&s);
	lru_add_drain_all();
	guest_write(s.g, s.a, 9);
	want_int(reclaim_page(rig_page(s.mm, s.a)), RECLAIM_KEPT);
	want_int(r->nr[EV_LAZY_KEPT], 1);
	want_int(rig_read(s.mm, s.a), 9);
	clear_stage(&s);
}

/* Who used the page last was the guest. */
static void young(struct rig *r)
{
	unsigned long flags;
	struct stage s = stage();
	struct page *page = rig_page(s.mm, s.a);

	(void)r;
	lock_page(page);
	core()->rmap->referenced(page, true, NULL, &flags);
	want_int(core()->rmap->referenced(page, true, NULL, &flags), 0);
	guest_read(s.g, s.a);
	want_int(core()->rmap->referenced(page, true, NULL, &flags), 1);
	want_int(core()->rmap->referenced(page, true, NULL, &flags), 0);
	unlock_page(page);
	want(spte_of(s.g, s.a));
	clear_stage(&s);
}

/* ---- registering ---- */

static void two_guests(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long a = rig_mmap(mm, 1);
	struct guest *g = new_guest(mm), *h = new_guest(mm);

	(void)r;
	guest_write(g, a, 1);
	want_int(guest_read(h, a), 1);
	guest_destroy(g);
	want_int(do_munmap(mm, a, PAGE_SIZE), 0);
	want(!spte_of(h, a));
	mmput(mm);
	want_int(atomic_peek(&h->mm->mm_count), 2);	/* its own, and its notifier's */
	guest_destroy(h);
	want_nothing_left();
}

static int register_once(struct rig *r)
{
	struct mm_struct *mm = r->arg;
	int err;
	struct guest *g = guest_create(mm, &err);

	if (!g)
		return err;
	guest_destroy(g);
	return 0;
}

static void short_of_memory(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	int err;

	r->arg = mm;
	rig_write(mm, rig_mmap(mm, 1), 1);
	want_int(rig_each_failure(r, register_once, NULL, true), 2);
	current->signal = 1;
	want(!guest_create(mm, &err));
	want_int(err, -EINTR);
	current->signal = 0;
	mmput(mm);
	want_nothing_left();
}

/* ---- both at once ---- */

struct pair {
	struct mm_struct *mm;
	struct guest *g;
};

static void unregisters(struct rig *r)
{
	const struct pair *p = r->arg;

	rig_wait(r, 1);
	guest_destroy(p->g);
}

static void exits(struct rig *r)
{
	struct pair *p = r->arg;
	unsigned long a;

	p->mm = rig_mm();
	a = rig_mmap(p->mm, 1);
	p->g = new_guest(p->mm);
	guest_write(p->g, a, 1);
	rig_raise(r, 1);
	/* It has seen that it is on the list, and is about to take it off: exit does so first. */
	rig_hold(r, "release_one", OP_LOCK, NULL);
	rig_until_held(r);
	mmput(p->mm);
}

static void exit_comes_first(void **unused)
{
	struct pair p;
	struct rig r;

	(void)unused;
	rig_begin(&r);
	r.arg = &p;
	rig_run_two(&r, exits, unregisters);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(same_memory), RIG_TEST(few_translations), RIG_TEST(taken_away), RIG_TEST(copies), RIG_TEST(dirty_again),
		RIG_TEST(young),       RIG_TEST(two_guests),	   RIG_TEST(short_of_memory), cmocka_unit_test(exit_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
