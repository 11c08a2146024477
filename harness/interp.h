/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files that carry out statements share; no one else includes this. A function op_X carries out the operation of that
 * name in the current task.
 */
#ifndef HARNESS_INTERP_H
#define HARNESS_INTERP_H

#include "huge.h"
#include "inner.h"
#include "scn/ops.h"
#include "world.h"

struct context {
	struct world *w;
	const struct scn_body *body;
	const struct scn_stmt *s;
	struct mm_struct *mm;		/* the subject, while the statement uses it */
	struct scn_value came;		/* what came of it: for operations that give a value; ok unless they say something else */
	u64 word;			/* read, write: the whole word */
};

struct range {
	unsigned long start;
	unsigned long len;
};

/* ---- interp_name.c ---- */

/* A slot's state and what it stands for change under its word, under real threads. */
void slot_lock(struct name_slot *n);
void slot_unlock(struct name_slot *n);
/* The slot of a name, once somebody has bound it: what that task did before happens before what this one does with the name. */
struct name_slot *slot_of(struct world *w, int name);
/* What the name stands for, with a user more, whose count is at that offset in it: not the last one to go. NULL when it is gone. */
void *slot_use(struct world *w, int name, size_t users);
/* The name stands for that from now on, or for nothing any more (NULL). What it stood for is the caller's. */
void *slot_exchange(const struct world *w, struct name_slot *n, void *held);
/* The same of a process, whose name had the use of the old one. True when there was an old one. */
bool slot_set(const struct world *w, struct name_slot *n, enum slot_state state, struct mm_struct *mm);

/* ---- interp.c ---- */

/* What came of the statement: a word, a number, or what an error of the model (0, -EAGAIN, -EFAULT, -EINVAL, -ENXIO, -ENOMEM) means. */
void came(struct context *c, enum scn_result result);
void came_number(struct context *c, u64 number);
void came_error(struct context *c, int err);
/* The addresses that an area operand names; false when the area is gone or smaller than that. */
bool range_of(struct context *c, struct range *r);
/* The mm of a name, which somebody may end meanwhile, to be used until mm_done(); NULL when it is gone. */
struct mm_struct *mm_use(struct world *w, int name);
void mm_done(struct world *w, int name, struct mm_struct *mm);

/* ---- interp_access.c ---- */

void op_read(struct context *c);
void op_write(struct context *c);
/* What was read must be what the statement says, if it says anything. */
void check_expected(struct context *c, u64 got);
/* A load or store of the page operand. False when it failed; what came of it is said. */
bool access_page(struct context *c, bool write, u64 *word);
/* What the statement stores, made unique. */
u64 stored_word(struct context *c);

/* ---- interp_page.c ---- */

void op_page(struct context *c);
void op_migrate_pages(struct context *c);
/* What the kernel does to a page of its own accord, wherever it was found. */
void do_reclaim(struct context *c, struct page *page);
void do_migrate(struct context *c, struct page *page);

/* ---- interp_huge.c ---- */

/* The page of a huge one that an address maps; NULL when there is no huge entry. mmap_lock held. */
struct page *page_of_huge(struct mm_struct *mm, unsigned long addr);

void do_split(struct context *c, struct page *page);
void op_collapse(struct context *c);
/* What came of it, by enum collapse_result. */
extern const enum scn_result collapse_came[];

/* ---- interp_use.c: on the page that is mapped at the operand ---- */

void do_age(struct context *c, struct page *page);
void do_age_memcg(struct context *c, struct page *page);
void do_set_idle(struct context *c, struct page *page);
void do_idle(struct context *c, struct page *page);

/* ---- interp_poison.c: likewise ---- */

void do_poison(struct context *c, struct page *page);

/* ---- interp_memcg.c ---- */

/* The group operand, with a reference; NULL when it was never made. */
struct mem_cgroup *memcg_use(struct context *c);

void op_memcg(struct context *c);
void op_join(struct context *c);

/* ---- interp_lock.c ---- */

void op_lock(struct context *c);
void op_trylock(struct context *c);
void op_spin(struct context *c);
void op_unlock(struct context *c);
void op_down_read(struct context *c);
void op_down_read_trylock(struct context *c);
void op_up_read(struct context *c);
void op_down_write(struct context *c);
void op_down_write_trylock(struct context *c);
void op_up_write(struct context *c);
void op_downgrade_write(struct context *c);
void op_rcu_read_lock(struct context *c);
void op_rcu_read_unlock(struct context *c);
void op_synchronize_rcu(struct context *c);
void op_rcu_barrier(struct context *c);

/* ---- interp_vma.c ---- */

void op_mprotect(struct context *c);
void op_madvise(struct context *c);
void op_mlock(struct context *c);
void op_munlock(struct context *c);
void op_mlockall(struct context *c);
void op_munlockall(struct context *c);

/* ---- interp_pin.c ---- */

void op_pin(struct context *c);
void op_dma(struct context *c);
void op_peek(struct context *c);
void op_unpin(struct context *c);

/* ---- interp_guest.c ---- */

void op_register(struct context *c);
void op_unregister(struct context *c);
void op_guest_read(struct context *c);
void op_guest_write(struct context *c);
void op_sva_bind(struct context *c);
void op_sva_unbind(struct context *c);
void op_sva_read(struct context *c);
void op_sva_write(struct context *c);

/* ---- interp_lru.c ---- */

void op_shrink(struct context *c);
void op_compact(struct context *c);
void op_drain(struct context *c);

/* ---- interp_ksm.c ---- */

void op_fill(struct context *c);
void op_ksm_page(struct context *c);
void op_ksm_scan(struct context *c);
void op_ksm_unmerge(struct context *c);

/* ---- interp_swap.c ---- */

void op_swapoff(struct context *c);
void op_swapon(struct context *c);

/* ---- interp_uffd.c ---- */

void op_uffd_register(struct context *c);
void op_uffd_unregister(struct context *c);
void op_uffd_copy(struct context *c);
void op_uffd_zeropage(struct context *c);
void op_uffd_wake(struct context *c);
void op_uffd_close(struct context *c);
void op_unused(struct context *c);
void op_stable(struct context *c);

/* ---- interp_soft_dirty.c ---- */

void op_clear_refs(struct context *c);
void op_soft_dirty(struct context *c);

/* ---- interp_hugetlb.c ---- */

void op_hugetlb_pool(struct context *c);
void op_hugetlb(struct context *c);

/* ---- interp_file.c ---- */

/* The file operand, open once more; NULL when it was never made. */
struct file *file_use(struct context *c);

/* The name is bound to the file, or to nothing; what it had is closed. */
void slot_set_file(const struct world *w, struct name_slot *n, struct file *file);
void op_file(struct context *c);
void op_pread(struct context *c);
void op_pwrite(struct context *c);
void op_truncate(struct context *c);
void op_invalidate(struct context *c);
void op_writeback(struct context *c);
void op_file_page(struct context *c);
void op_remap(struct context *c);
void op_msync(struct context *c);
void op_retract(struct context *c);
void op_collapse_file(struct context *c);

#endif
