/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices that walk a process's page tables: bound, told, unbound (Linux 4.19: drivers/iommu/amd_iommu_v2.c; of 6.6 when they are told). */
#include "sva.h"

#include "internal.h"

static struct sva *sva_of(struct mmu_notifier *mn)
{
	return container_of(mn, struct sva, mn);
}

/* ---- what it is told ---- */

static void sva_invalidate_range(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long start, unsigned long end)
{
	device_tlb_flush(&sva_of(mn)->tlb, mm, start, end);
}

static void sva_release(struct mmu_notifier *mn, struct mm_struct *mm)
{
	device_tlb_off(&sva_of(mn)->tlb, mm);
	event(DEVICE_UNBOUND, .mm = mm);
}

static const struct mmu_notifier_ops sva_ops = {
	.release = sva_release,
	.invalidate_range = sva_invalidate_range,
};

/* ---- faults ---- */

/* The device asks for the page. Somebody works on that for the process, as long as it has users. */
static int page_request(struct sva *d, unsigned long addr, bool write)
{
	int err;

	if (!mmget_not_zero(d->mm))
		return -ESRCH;
	event(DEVICE_PAGE_REQUEST, .mm = d->mm, .addr = addr);
	err = handle_mm_fault(d->mm, addr, write);
	mmput(d->mm);
	return err;
}

int sva_access(struct sva *d, unsigned long addr, bool write, u64 *value)
{
	enum device_access came;
	int err = 0;

	addr &= ~(PAGE_SIZE - 1);
	if (addr >= TASK_SIZE)
		return -EFAULT;
	while (!err && (came = device_tlb_access(&d->tlb, d->mm, addr, write, value)) != DEVICE_DONE)
		err = came == DEVICE_OFF ? -ESRCH : page_request(d, addr, write);
	return err;
}

/* ---- life and death ---- */

struct sva *sva_bind_device(struct mm_struct *mm, int *err)
{
	struct sva *d = kmem_cache_alloc(core()->sva_cache, GFP_KERNEL);

	*err = -ENOMEM;
	if (!d)
		return NULL;
	*d = (struct sva){ .mn.ops = &sva_ops, .mm = mm, .tlb.part = MM_DEVICE_TLB };
	atomic_set(&d->users, 1);
	data_publish(d);
	*err = mmu_notifier_register(&d->mn, mm);
	if (!*err) {
		mmgrab(mm);
		return d;
	}
	kmem_cache_free(core()->sva_cache, d);
	return NULL;
}

void sva_put(struct sva *d)
{
	if (!atomic_dec_and_test(&d->users))
		return;
	mmdrop(d->mm);
	kmem_cache_free(core()->sva_cache, d);
}

void sva_unbind_device(struct sva *d)
{
	mmu_notifier_unregister(&d->mn, d->mm);
	sva_put(d);
}
