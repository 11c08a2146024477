/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of memory control groups: who is charged, what is counted, and what of that moves.
 *
 * Concurrency: one thread, or two that are held where they must not be.
 */
#include "memcontrol.h"
#include "references.h"
#include "rig.h"

static struct mem_cgroup *new_group(void)
{
	struct mem_cgroup *memcg = mem_cgroup_alloc();

	want(memcg);
	return memcg;
}

static unsigned long map_file(struct mm_struct *mm, struct file *file)
{
	long a = do_mmap_file(mm, file, 0, 2, true);

	want(a > 0);
	return (unsigned long)a;
}

static struct file *new_file(void)
{
	struct file *file = file_create(2);

	want(file);
	return file;
}

static void want_group(int line, const struct mem_cgroup *g, long pages, long is_mapped, long dirty)
{
	if (g->memory.counter != pages || g->stat[NR_FILE_MAPPED].counter != is_mapped || g->stat[NR_FILE_DIRTY].counter != dirty)
		rig_fail(line, "the group has %ld pages, %ld mapped, %ld dirty; not %ld, %ld, %ld", g->memory.counter,
			 g->stat[NR_FILE_MAPPED].counter, g->stat[NR_FILE_DIRTY].counter, pages, is_mapped, dirty);
}

#define want_counted(g, pages, mapped, dirty) want_group(__LINE__, g, pages, mapped, dirty)

/* Who brings a page in is charged, also for what was in swap; who finds it there is not; copies are the copier's. */
static void who_comes_first_is_charged(struct rig *r)
{
	struct mem_cgroup *a = new_group(), *b = new_group();
	struct mm_struct *p = rig_mm(), *q = rig_mm(), *child;
	struct file *file = new_file();
	unsigned long fp = map_file(p, file), fq = map_file(q, file), m = rig_mmap(p, 1);

	(void)r;
	want_int(mem_cgroup_attach(p, a), 0);
	want_int(mem_cgroup_attach(q, b), 0);
	rig_read(p, fp);
	rig_read(q, fq);
	rig_write(q, fq + PAGE(1), 5);
	rig_write(p, m, 1);
	want_counted(a, 2, 1, 0);
	want_counted(b, 1, 1, 1);
	child = rig_fork(p);
	want_int(mem_cgroup_attach(child, b), 2);	/* a child is in its parent's group, and takes along what it maps */
	want_counted(a, 0, 0, 0);
	want_counted(b, 3, 2, 1);
	rig_write(child, m, 2);
	want_counted(b, 4, 2, 1);
	rig_swap_out(p, m);
	want_counted(b, 3, 2, 1);
	want_int(rig_read(p, m), 1);
	want_counted(a, 1, 0, 0);
	mmput(child);
	want_counted(b, 2, 2, 1);
	mmput(p);
	mmput(q);
	want_counted(a, 0, 0, 0);
	want_counted(b, 2, 0, 1);
	fput(file);
	want_counted(b, 0, 0, 0);
	mem_cgroup_put(a);
	mem_cgroup_put(b);
	rcu_barrier();
	want_nothing_left();
}

/* What is cleaned, written and reclaimed is counted so. */
static void counts_follow_the_page(struct rig *r)
{
	struct mem_cgroup *a = new_group();
	struct mm_struct *p = rig_mm();
	struct file *file = new_file();
	unsigned long f = map_file(p, file);

	(void)r;
	mem_cgroup_attach(p, a);
	rig_write(p, f, 1);
	rig_write(p, f + PAGE(1), 2);
	want_counted(a, 2, 2, 2);
	filemap_write_range(file->f_mapping, 0, 0);
	want_counted(a, 2, 2, 1);
	want_int(a->stat[NR_WRITEBACK].counter, 0);
	lru_add_drain_all();
	want_int(reclaim_page(file->f_mapping->page[0]), RECLAIM_FREED);
	want_counted(a, 1, 1, 1);
	file_truncate(file, 1);
	want_counted(a, 0, 0, 0);
	mmput(p);
	fput(file);
	mem_cgroup_put(a);
	rcu_barrier();
	want_nothing_left();
}

/* A page that migrates takes its charge along, and what it is counted as, whether it is a file's or not. */
static void charges_migrate(struct rig *r)
{
	struct mem_cgroup *a = new_group();
	struct mm_struct *p = rig_mm();
	struct file *file = new_file();
	unsigned long f = map_file(p, file), m = rig_mmap(p, 1);
	struct page *page;

	(void)r;
	mem_cgroup_attach(p, a);
	rig_write(p, f, 1);
	rig_write(p, m, 2);
	lru_add_drain_all();
	page = rig_page(p, f);
	want(page_idle_set(page));
	want_int(migrate_page(page), MIGRATED);
	want(rig_page(p, f) != page && rig_page(p, f)->mem_cgroup == a);
	want(flag_peek(rig_page(p, f), PG_idle));
	want_int(migrate_page(rig_page(p, m)), MIGRATED);
	want(rig_page(p, m)->mem_cgroup == a);
	want_counted(a, 2, 1, 1);
	mmput(p);
	fput(file);
	want_counted(a, 0, 0, 0);
	mem_cgroup_put(a);
	rcu_barrier();
	want_nothing_left();
}

/* Page locks and isolation keep a charge where it is; and what is charged elsewhere is left alone. */
static void some_charges_stay(struct rig *r)
{
	struct mem_cgroup *a = new_group(), *b = new_group(), *c = new_group();
	struct mm_struct *p = rig_mm(), *q = rig_mm();
	struct file *file = new_file();
	unsigned long fp = map_file(p, file), fq = map_file(q, file);
	struct page *page;

	(void)r;
	mem_cgroup_attach(p, a);
	mem_cgroup_attach(q, c);
	rig_read(p, fp);
	rig_read(q, fq + PAGE(1));
	rig_read(p, fp + PAGE(1));
	lru_add_drain_all();
	page = rig_page(p, fp);
	SetPageFlag(page, PG_locked);	/* by somebody else */
	want_int(mem_cgroup_attach(p, b), 0);
	ClearPageFlag(page, PG_locked);
	want_counted(a, 1, 1, 0);
	want_int(mem_cgroup_attach(p, a), 0);
	want(isolate_lru_page(page));
	want_int(mem_cgroup_attach(p, b), 0);
	putback_lru_page(page);
	want_int(mem_cgroup_attach(p, a), 0);
	want_int(mem_cgroup_attach(p, a), 0);
	want_int(mem_cgroup_attach(p, b), 1);
	want_counted(b, 1, 1, 0);
	want_counted(c, 1, 1, 0);
	mmput(p);
	mmput(q);
	fput(file);
	mem_cgroup_put(a);
	mem_cgroup_put(b);
	mem_cgroup_put(c);
	rcu_barrier();
	want_nothing_left();
}

/* Reclaim for a group asks its own processes only. */
static void others_do_not_count(struct rig *r)
{
	struct mem_cgroup *a = new_group(), *b = new_group();
	struct mm_struct *p = rig_mm(), *q = rig_mm();
	struct file *file = new_file();
	unsigned long fp = map_file(p, file), fq = map_file(q, file), flags;
	struct page *page;

	(void)r;
	mem_cgroup_attach(p, a);
	mem_cgroup_attach(q, b);
	rig_read(p, fp);
	rig_read(q, fq);
	page = rig_page(p, fp);
	lock_page(page);
	want_int(core()->rmap->referenced(page, true, a, &flags), 1);
	want_int(core()->rmap->referenced(page, true, a, &flags), 0);
	want_int(core()->rmap->referenced(page, true, NULL, &flags), 1);
	unlock_page(page);
	mmput(p);
	mmput(q);
	fput(file);
	mem_cgroup_put(a);
	mem_cgroup_put(b);
	rcu_barrier();
	want_nothing_left();
}

/* ---- two at once ---- */

struct moving {
	struct mem_cgroup *a, *b;
	struct mm_struct *p;
	struct file *file;
	struct page *page;
};

static void begin_moving(struct moving *m)
{
	unsigned long f;

	m->a = new_group();
	m->b = new_group();
	m->p = rig_mm();
	m->file = new_file();
	f = map_file(m->p, m->file);
	mem_cgroup_attach(m->p, m->a);
	rig_read(m->p, f);
	lru_add_drain_all();
	m->page = rig_page(m->p, f);
}

static void end_moving(struct moving *m)
{
	mmput(m->p);
	fput(m->file);
	mem_cgroup_put(m->a);
	mem_cgroup_put(m->b);
	rcu_barrier();
	want_nothing_left();
}

/* The first one is in its section before charges move: it takes no lock, and the mover waits for it. */
static void reader(struct rig *r)
{
	static struct moving m;

	begin_moving(&m);
	r->arg = &m;
	want(!lock_page_memcg(m.page));
	rig_raise(r, 1);
	rig_until_other_waits(r);
	want_int(atomic_peek(&m.a->moving_account), 1);
	want(m.page->mem_cgroup == m.a);
	unlock_page_memcg(m.page, NULL);
	rig_wait(r, 2);
	want(m.page->mem_cgroup == m.b);
	end_moving(&m);
}

static void mover(struct rig *r)
{
	struct moving *m;

	rig_wait(r, 1);
	m = r->arg;
	want_int(mem_cgroup_attach(m->p, m->b), 1);
	rig_raise(r, 2);
}

/* And who comes later takes the lock of the group that the page is charged to. */
static void late_comers_take_the_lock(struct rig *r)
{
	struct mem_cgroup *locked;
	struct moving m;

	(void)r;
	begin_moving(&m);
	atomic_inc(&m.a->moving_account);
	locked = lock_page_memcg(m.page);
	want(locked == m.a);
	lockdep_assert_held(&m.a->move_lock.l);
	unlock_page_memcg(m.page, locked);
	atomic_dec(&m.a->moving_account);
	want(!lock_page_memcg(m.page));
	unlock_page_memcg(m.page, NULL);
	end_moving(&m);
}

static void the_mover_waits_for_readers(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	rig_run_two(&r, reader, mover);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(who_comes_first_is_charged),
		RIG_TEST(counts_follow_the_page),
		RIG_TEST(charges_migrate),
		RIG_TEST(some_charges_stay),
		RIG_TEST(others_do_not_count),
		RIG_TEST(late_comers_take_the_lock),
		cmocka_unit_test(the_mover_waits_for_readers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
