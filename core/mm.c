/* SPDX-License-Identifier: GPL-2.0-only */
/* Address spaces: made, counted, copied by fork, torn down. */
#include "defects.h"
#include "hugetlb.h"
#include "inner.h"
#include "internal.h"
#include "memcontrol.h"
#include "mmu_notifier.h"
#include "ksm.h"
#include "thrash.h"

struct mm_struct *mm_alloc(void)
{
	struct core *c = core();
	struct mm_struct *mm = kmem_cache_alloc(c->mm_cache, GFP_KERNEL);

	if (!mm)
		return NULL;
	*mm = (struct mm_struct){ .mm_users = ATOMIC_INIT(1), .mm_count = ATOMIC_INIT(1) };
	init_rwsem(&mm->mmap_lock, LC_MMAP_LOCK);
	spin_lock_init(&mm->page_table_lock, LC_PAGE_TABLE);
	spin_lock_init(&mm->uffd_lock, LC_UFFD);
	INIT_LIST_HEAD(&mm->uffd_wqh);
	inner_lock(&c->mms_word);
	mm->id = ++c->mm_serial;
	list_add_tail(&mm->mms, &c->mms);
	INIT_LIST_HEAD(&mm->mmlist);
	inner_unlock(&c->mms_word);
	data_publish(mm);
	return mm;
}

bool mmget_not_zero(struct mm_struct *mm)
{
	return atomic_inc_not_zero(&mm->mm_users);
}

/* Nothing is mapped any more: what is still counted was counted wrongly. As check_mm() of the kernel. */
static void check_mm(const struct mm_struct *mm)
{
	long anon = __atomic_load_n(&mm->anon_rss.counter, __ATOMIC_RELAXED);
	long file = __atomic_load_n(&mm->file_rss.counter, __ATOMIC_RELAXED);
	long swap = __atomic_load_n(&mm->swapents.counter, __ATOMIC_RELAXED);
	long huge = __atomic_load_n(&mm->hugetlb_usage.counter, __ATOMIC_RELAXED);

	check_that(!huge, ORACLE_COUNTS, "bad-hugetlb-usage", "mm#%u has exited, and counts %ld pages of hugetlb", mm->id, huge);
	check_that(!anon && !file && !swap, ORACLE_COUNTS, "bad-rss-counter",
		   "mm#%u has exited, and counts %ld pages, %ld pages of files and %ld swap entries", mm->id, anon, file, swap);
}

void mmput(struct mm_struct *mm)
{
	might_sleep();
	if (!atomic_dec_and_test(&mm->mm_users))
		return;
	ksm_exit(mm);
	khugepaged_exit(mm);
	data_tear_down(mm);		/* nobody may use it any more, nor its VMAs but through the reverse map */
	exit_mmap(mm);
	mmlist_del(mm);
	put_swap_token(mm);
	if (mm->memcg)
		mem_cgroup_put(mm->memcg);
	check_mm(mm);
	event(EXITED, .mm = mm);
	inner_lock(&core()->mms_word);
	list_del(&mm->mms);
	inner_unlock(&core()->mms_word);
	mmdrop(mm);
}

/*
 * No point in either where there are no notifiers: what decides is who is the last one, and freeing is a point. With notifiers many come
 * and go.
 */
void mmgrab(struct mm_struct *mm)
{
	if (mm_has_notifiers(mm)) {
		atomic_inc(&mm->mm_count);
		return;
	}
	exec_touch(&mm->mm_count, TOUCH_WRITE);
	__atomic_fetch_add(&mm->mm_count.counter, 1, __ATOMIC_RELAXED);
}

static bool mm_count_dec_and_test(struct mm_struct *mm)
{
	if (mm_has_notifiers(mm))
		return atomic_dec_and_test(&mm->mm_count);
	exec_touch(&mm->mm_count, TOUCH_WRITE);
	return !__atomic_sub_fetch(&mm->mm_count.counter, 1, __ATOMIC_SEQ_CST);
}

void mmdrop(struct mm_struct *mm)
{
	if (!mm_count_dec_and_test(mm))
		return;
	mmu_notifier_mm_destroy(mm);
	kmem_cache_free(core()->mm_cache, mm);
}

/* One VMA into the child: link it to the reverse map first, copy its entries then. */
static int dup_vma(struct mm_struct *mm, struct vm_area_struct *src)
{
	struct vm_area_struct *vma;

	/* Until the parent's TLBs are flushed: a fault would copy a page that others of its threads may still write to. */
	if (!defect(D_VMA_LOCK_FORK))
		vma_start_write(src);
	vma = vm_area_alloc(mm);
	if (!vma)
		return -ENOMEM;
	vma->vm_start = src->vm_start;
	vma->vm_end = src->vm_end;
	/* What the parent has locked, or its monitor answers, is the parent's alone. */
	vma->vm_flags = src->vm_flags & ~(VM_LOCKED_MASK | VM_UFFD_MISSING);
	vma->vm_pgoff = src->vm_pgoff;
	vma_set_file(vma, src->vm_file);
	if (core()->rmap->vma_fork(vma, src)) {
		vm_area_free(vma);
		return -ENOMEM;
	}
	WINDOW(FORK_COPY);
	vma_link(mm, vma, src);
	/* A VMA without an anon_vma has no page of its own: the child will fault them in. But for hugetlb, and file entries. */
	return vma_may_have_anon(src) || is_vm_hugetlb_page(src) || src->vm_flags & VM_NONLINEAR ? copy_page_range(vma, src) : 0;
}

struct mm_struct *dup_mm(struct mm_struct *old)
{
	struct mm_struct *mm = mm_alloc();
	int err = 0;

	if (!mm)
		return NULL;
	mm->memcg = get_mem_cgroup_from_mm(old);
	down_write(&old->mmap_lock);
	down_write_nested(&mm->mmap_lock, SINGLE_DEPTH_NESTING);
	event(FORK_BEGIN, .mm = old, .other = mm);
	{
		WINDOW(FORK_FLUSH);
		err = ksm_fork(mm, old);
		for (struct vm_area_struct *v = old->mmap; v && !err; v = v->vm_next)
			err = dup_vma(mm, v);
		mmap_write_unlock(mm);
		/* Until here the parent's other threads may have written through translations that are writable no longer. */
		flush_tlb_mm(old);
	}
	if (!err)
		event(FORKED, .mm = old, .other = mm);
	mmap_write_unlock(old);
	if (err) {
		mmput(mm);
		return NULL;
	}
	return mm;
}
