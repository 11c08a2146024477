/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Userfaultfd: who comes to an empty entry of a registered range waits until the monitor has put a page there.
 *
 * He waits without mmap_lock, which the monitor needs. So he is on the list before he looks a last time whether the entry is
 * empty still, and only then goes to sleep: a monitor who has filled it in between finds him on the list, or he finds the page.
 */
#include "userfaultfd.h"

#include "defects.h"
#include "memcontrol.h"
#include "mlock.h"
#include "mmu_notifier.h"

/* One who waits; on his stack. */
struct userfault {
	struct list_head wq;		/* [uffd_wqh.lock] */
	struct task *task;		/* [const] */
	unsigned long address;		/* [const] */
	u32 waken;			/* [uffd_wqh.lock; read without] */
	u32 looks;			/* [own] real threads: how often he has looked */
};

#define MAX_LOOKS 200			/* of real threads, until a monitor counts as gone */

bool userfaultfd_armed(const struct vm_area_struct *vma)
{
	exec_touch(&vma->vm_flags, TOUCH_READ);
	return __atomic_load_n(&vma->vm_flags, __ATOMIC_RELAXED) & VM_UFFD_MISSING;
}

/* ---- waiting ---- */

static bool answered(void *arg)
{
	const struct userfault *u = arg;

	return __atomic_load_n(&u->waken, __ATOMIC_ACQUIRE);
}

static bool answered_or_alone(void *arg);

/* Is that task waiting for something that nobody has done yet? */
static bool waits(const struct task *t)
{
	if (t->op.kind != OP_WAIT)
		return false;
	return t->cond == answered_or_alone ? !answered(t->cond_arg) : !t->cond(t->cond_arg);
}

/*
 * Nobody is left who could be, or become, the monitor: everybody else has ended, or waits as he does. A process whose monitor has died is
 * one without a monitor; here he counts as dead then.
 */
static bool alone(struct userfault *u)
{
	if (machine->executor == EXEC_REAL)
		return ++u->looks > MAX_LOOKS;
	for (unsigned i = 0; i < machine->nr_tasks; i++) {
		const struct task *t = &machine->task[i];

		if (t != u->task && t->state == TASK_READY && !t->daemon && !waits(t))
			return false;
	}
	return true;
}

static bool answered_or_alone(void *arg)
{
	return answered(arg) || alone(arg);
}

/* Is the entry empty still? (In 4.19 without its lock: then an entry that somebody is changing just now looks empty, and is not.) */
static bool userfaultfd_must_wait(struct mm_struct *mm, unsigned long addr)
{
	struct pgtable *pt;
	bool empty;

	if (defect(D_UFFD_NO_LOOK))
		return true;
	if (huge_at(mm, addr))
		return false;
	pt = pgtable_find(mm, addr);
	if (!pt)
		return !huge_at(mm, addr);
	if (defect(D_UFFD_LOCKLESS))
		return pte_none(ptep_get(pte_offset(pt, addr)));
	spin_lock(pte_lockptr(pt));
	empty = pte_none(ptep_get(pte_offset(pt, addr)));
	if (empty)
		event(USERFAULT, .mm = mm, .addr = addr);
	spin_unlock(pte_lockptr(pt));
	return empty;
}

static void queue(struct mm_struct *mm, struct userfault *u)
{
	spin_lock(&mm->uffd_lock);
	list_add_tail(&u->wq, &mm->uffd_wqh);
	spin_unlock(&mm->uffd_lock);
}

static void unqueue(struct mm_struct *mm, struct userfault *u)
{
	spin_lock(&mm->uffd_lock);
	list_del_init(&u->wq);
	spin_unlock(&mm->uffd_lock);
}

/* Nobody answers. If the page is there, somebody has overlooked that we wait for it. */
static void give_up(struct mm_struct *mm, unsigned long addr)
{
	const struct vm_area_struct *vma;
	bool there = false;

	down_read(&mm->mmap_lock);
	vma = find_vma(mm, addr);
	if (vma && vma->vm_start <= addr && machine->executor == EXEC_CONTROLLED)
		there = !userfaultfd_missing(vma) || !pte_none(pte_peek(mm, addr));
	up_read(&mm->mmap_lock);
	check_that(!there, ORACLE_PROGRESS, "userfault-not-woken",
		   "mm#%u: who waits for the page at %#lx is not woken, though it is there, or nobody need wait any more", mm->id, addr);
	if (machine->executor == EXEC_REAL)
		__atomic_store_n(&mm->uffd_gone, 1, __ATOMIC_RELAXED);
	userfaultfd_release(mm);
}

int handle_userfault(struct fault *f)
{
	struct userfault u = { .task = current, .address = f->at.address };
	struct mm_struct *mm = f->mm;
	bool lonely = false;

	if (!f->allow_retry)
		return -ENXIO;
	INIT_LIST_HEAD(&u.wq);
	queue(mm, &u);
	if (userfaultfd_must_wait(mm, u.address)) {
		WINDOW(USERFAULT);

		up_read(&mm->mmap_lock);
		event(USERFAULT_WAIT, .mm = mm, .addr = u.address);
		exec_wait(answered_or_alone, &u, &mm->uffd_wqh, HERE);
		lonely = !answered(&u);
	} else {
		event(USERFAULT_RACED, .mm = mm, .addr = u.address);
		up_read(&mm->mmap_lock);
	}
	unqueue(mm, &u);
	if (lonely)
		give_up(mm, u.address);
	return -EAGAIN;
}

/* ---- the monitor ---- */

void userfaultfd_wake(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	struct list_head *p, *next;

	spin_lock(&mm->uffd_lock);
	for (p = mm->uffd_wqh.next; p != &mm->uffd_wqh; p = next) {
		struct userfault *u = container_of(p, struct userfault, wq);

		next = p->next;
		if (u->address - start >= len)
			continue;
		list_del_init(&u->wq);
		exec_touch(&mm->uffd_wqh, TOUCH_WRITE);
		__atomic_store_n(&u->waken, 1, __ATOMIC_RELEASE);
	}
	spin_unlock(&mm->uffd_lock);
}

/* pte lock held, the entry empty: page, or NULL for zeros. */
static void install(struct fault *f, struct page *page)
{
	/* Before it is there for others to use; who finds it missing has the lock. */
	event(USERFAULT_FILLED, .mm = f->mm, .addr = f->at.address, .value = page ? core()->data[page_to_pfn(page)] : 0, .fresh = page);
	if (!page) {
		set_pte(f->at.pte, pfn_pte(ZERO_PFN, PTE_SPECIAL));
	} else {
		count_anon(f->mm, 1);
		core()->rmap->page_add_new(page, &f->at);
		lru_cache_add_mapped(page, f->vma);
		set_pte(f->at.pte, fault_writable(f, pfn_pte(page_to_pfn(page), PTE_ACCESSED)));
	}
}

/* mmap_lock held. page is used up, or the caller's still. */
static int fill(struct fault *f, struct page *page)
{
	int err = -EEXIST;

	f->pt = pgtable_get(f->mm, f->at.address);
	if (!f->pt)
		return huge_at(f->mm, f->at.address) ? -EEXIST : -ENOMEM;
	f->at.pte = pte_offset(f->pt, f->at.address);
	spin_lock(pte_lockptr(f->pt));
	if (pte_none(ptep_get(f->at.pte))) {
		flush_tlb_batched_pending(f->mm);
		install(f, page);
		err = 0;
	}
	spin_unlock(pte_lockptr(f->pt));
	return err;
}

static struct page *page_with(struct mm_struct *mm, u64 content)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return NULL;
	exec_touch(&core()->data[page_to_pfn(page)], TOUCH_WRITE);
	__atomic_store_n(&core()->data[page_to_pfn(page)], content, __ATOMIC_RELAXED);
	mem_cgroup_charge(page, mm);
	return page;
}

/* mmap_lock held. */
static int mcopy_atomic(struct mm_struct *mm, unsigned long addr, const u64 *content)
{
	struct fault f = { .mm = mm, .vma = find_vma(mm, addr), .at = { .address = addr } };
	struct page *page = NULL;
	int err;

	if (!f.vma || f.vma->vm_start > addr || !userfaultfd_missing(f.vma))
		return -ENOENT;
	f.at.vma = f.vma;
	if (content) {
		if (core()->rmap->vma_prepare(f.vma))
			return -ENOMEM;
		page = page_with(mm, *content);
		if (!page)
			return -ENOMEM;
	}
	err = fill(&f, page);
	if (err && page)
		put_page(page);
	return err;
}

int userfaultfd_copy(struct mm_struct *mm, unsigned long addr, const u64 *content)
{
	int err;

	down_read(&mm->mmap_lock);
	err = mcopy_atomic(mm, addr, content);
	up_read(&mm->mmap_lock);
	if (!err)
		userfaultfd_wake(mm, addr, PAGE_SIZE);
	return err;
}

/* ---- ranges; mmap_lock held for write ---- */

static bool cannot_userfault(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	for (struct vm_area_struct *vma = find_vma(mm, start); vma && vma->vm_start < end; vma = vma->vm_next)
		if (vma->vm_file)
			return true;
	return false;
}

static int change_uffd(struct vm_area_struct *vma, struct vm_area_struct **prev, unsigned long start, unsigned long end, unsigned long flag)
{
	vma = vma_change_flags(vma, *prev, start, end, (vma->vm_flags & ~VM_UFFD_MISSING) | flag);
	if (!vma)
		return -ENOMEM;
	event(USERFAULT_RANGE, .mm = vma->vm_mm, .addr = start, .end = end, .value = flag != 0);
	*prev = vma;
	return 0;
}

static int change_range(struct mm_struct *mm, unsigned long start, unsigned long len, unsigned long flag)
{
	int err;

	down_write(&mm->mmap_lock);
	err = cannot_userfault(mm, start, start + len) ? -EINVAL : fixup_range(mm, start, start + len, change_uffd, flag);
	mmap_write_unlock(mm);
	return err;
}

int userfaultfd_register(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	return change_range(mm, start, len, VM_UFFD_MISSING);
}

int userfaultfd_unregister(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	int err = change_range(mm, start, len, 0);

	/* Whoever has seen the flag is on the list by now. */
	userfaultfd_wake(mm, start, len);
	return err;
}

void userfaultfd_release(struct mm_struct *mm)
{
	down_write(&mm->mmap_lock);
	for (struct vm_area_struct *vma = mm->mmap; vma; vma = vma->vm_next) {
		if (!userfaultfd_missing(vma))
			continue;
		vma_start_write(vma);
		WRITE_ONCE(vma->vm_flags, vma->vm_flags & ~VM_UFFD_MISSING);
		event(USERFAULT_RANGE, .mm = mm, .addr = vma->vm_start, .end = vma->vm_end);
	}
	mmap_write_unlock(mm);
	userfaultfd_wake(mm, 0, TASK_SIZE);
}
