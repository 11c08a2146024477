/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of mm_take_all_locks(): each file and each family once, whoever may be on several VMAs; a signal gives back exactly what was
 * taken; and nobody comes in while they are held.
 *
 * Concurrency: one task, or two whose order the test decides.
 */
#include "files.h"

#include "mmu_notifier.h"
#include "rmap/anon-chain/anon_vma.h"

#define FAMILIES 30			/* more than a task can hold of different classes */

/* Pages apart from each other: each a VMA, and a family of its own. */
static unsigned long map_families(struct mm_struct *mm, unsigned nr)
{
	unsigned long a = rig_mmap(mm, 2 * nr);

	for (unsigned i = 0; i < nr; i++) {
		want_int(do_munmap(mm, a + PAGE(2 * i + 1), PAGE_SIZE), 0);
		rig_write(mm, a + PAGE(2 * i), i + 1);
	}
	return a;
}

/* How many roots, and files, this task holds for write; each VMA's is, or none is. */
static unsigned held(struct mm_struct *mm)
{
	const struct lock *seen[2 * FAMILIES];
	unsigned nr = 0;

	for (struct vm_area_struct *vma = mm->mmap; vma; vma = vma->vm_next) {
		const struct lock *l[2] = {
			vma->anon_vma ? &vma->anon_vma->root->rwsem.l : NULL,
			vma->vm_file ? &vma->vm_file->f_mapping->i_mmap_rwsem.l : NULL,
		};

		for (unsigned i = 0; i < 2; i++) {
			unsigned j = 0;

			if (!l[i] || !lockdep_held(l[i], LOCK_WRITE))
				continue;
			while (j < nr && seen[j] != l[i])
				j++;
			if (j == nr)
				seen[nr++] = l[i];
		}
	}
	return nr;
}

static unsigned tags(struct mm_struct *mm)
{
	unsigned nr = 0;

	for (struct vm_area_struct *vma = mm->mmap; vma; vma = vma->vm_next) {
		nr += vma->anon_vma && (unsigned long)vma->anon_vma->root->rb_root & 1;
		nr += vma->vm_file && vma->vm_file->f_mapping->flags;
	}
	return nr;
}

/* Two families, one of them on two VMAs, and a file that is mapped twice, once with a copy: four locks on six VMAs. */
static struct mm_struct *several(void)
{
	struct mm_struct *p = rig_mm(), *c;
	struct file *f = file_create(1);
	unsigned long a = rig_mmap(p, 3);

	want(f);
	rig_write(p, a, 1);
	rig_write(p, a + PAGE(2), 2);
	want_int(do_munmap(p, a + PAGE(1), PAGE_SIZE), 0);
	map_file(p, f, 1, true);
	c = rig_fork(p);
	mmput(p);
	rig_write(c, a, 3);		/* an anon_vma of the child's own, beside its parent's */
	rig_write(c, map_file(c, f, 1, false), 4);
	fput(f);
	return c;
}

static void each_once(struct rig *r)
{
	struct mm_struct *mm = several();

	(void)r;
	down_write(&mm->mmap_lock);
	want_int(mm_take_all_locks(mm), 0);
	want_int(held(mm), 3);
	want_int(tags(mm), mm->map_count + 1);	/* each VMA sees its own, and one sees two */
	mm_drop_all_locks(mm);
	want_int(held(mm), 0);
	want_int(tags(mm), 0);
	want_int(current->depth, 1);
	up_write(&mm->mmap_lock);
	mmput(mm);
	want_nothing_left();
}

/* Far more than entries for what a task holds. */
static void many(struct rig *r)
{
	struct mm_struct *mm = rig_mm();

	(void)r;
	map_families(mm, FAMILIES);
	want_int(mm->map_count, FAMILIES);
	down_write(&mm->mmap_lock);
	want_int(mm_take_all_locks(mm), 0);
	want_int(held(mm), FAMILIES);
	want(current->depth < MAX_HELD);
	mm_drop_all_locks(mm);
	want_int(held(mm), 0);
	up_write(&mm->mmap_lock);
	mmput(mm);
	want_nothing_left();
}

/* At each look in turn, until there are fewer looks: nothing stays. */
static void signals(struct rig *r)
{
	struct mm_struct *mm = several();
	unsigned looks = 1;

	(void)r;
	down_write(&mm->mmap_lock);
	for (;; looks++) {
		int err;

		current->signal = looks;
		err = mm_take_all_locks(mm);
		current->signal = 0;
		if (!err)
			break;
		want_int(err, -EINTR);
		want_int(held(mm), 0);
		want_int(tags(mm), 0);
		want_int(current->depth, 1);
	}
	want_int(looks, 3 * mm->map_count + 1);	/* files of hugetlb, other files, families */
	mm_drop_all_locks(mm);
	up_write(&mm->mmap_lock);
	mmput(mm);
	want_nothing_left();
}

/* ---- who is kept out ---- */

struct shared {
	struct mm_struct *parent, *child;
	unsigned long addr;
	struct file *file;
	int done;
};

static void forks(struct rig *r)
{
	struct shared *s = r->arg;

	rig_wait(r, 1);
	mmput(rig_fork(s->parent));
	s->done = 1;
}

static void truncates(struct rig *r)
{
	struct shared *s = r->arg;

	rig_wait(r, 1);
	file_truncate(s->file, 0);
	s->done = 1;
}

static void reclaims(struct rig *r)
{
	struct shared *s = r->arg;

	rig_wait(r, 1);
	reclaim_page(rig_page(s->parent, s->addr));
	s->done = 1;
}

/* The other one, who does not know the address space, waits until all is dropped. */
static void holds_all(struct rig *r)
{
	struct shared *s = r->arg;

	s->parent = rig_mm();
	s->addr = rig_mmap(s->parent, 1);
	rig_write(s->parent, s->addr, 1);
	s->file = file_create(1);
	want(s->file);
	map_file(s->parent, s->file, 1, true);
	s->child = rig_fork(s->parent);
	lru_add_drain_all();
	down_write(&s->child->mmap_lock);
	want_int(mm_take_all_locks(s->child), 0);
	rig_raise(r, 1);
	rig_until_other_waits(r);
	want_int(s->done, 0);
	mm_drop_all_locks(s->child);
	up_write(&s->child->mmap_lock);
	rig_until_other_waits(r);
	want_int(s->done, 1);
	mmput(s->child);
	mmput(s->parent);
	fput(s->file);
}

static void keeps_others_out(void **unused)
{
	static const rig_body others[] = { forks, truncates, reclaims };

	(void)unused;
	for (unsigned i = 0; i < ARRAY_SIZE(others); i++) {
		struct shared s = { .done = 0 };
		struct rig r;

		rig_begin(&r);
		r.arg = &s;
		rig_run_two(&r, holds_all, others[i]);
		rig_end(&r);
	}
}

/* Not without the lock that they nest under. */
static void without_mmap_lock(struct rig *r)
{
	(void)r;
	mm_take_all_locks(several());
}

static void needs_mmap_lock(void **unused)
{
	struct rig r;

	(void)unused;
	rig_begin(&r);
	rig_run_to_violation(&r, without_mmap_lock, ORACLE_LOCKS, "not-held:mm_take_all_locks");
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(each_once), RIG_TEST(many), RIG_TEST(signals),
		cmocka_unit_test(keeps_others_out), cmocka_unit_test(needs_mmap_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
