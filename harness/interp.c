/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Carrying out a scenario's statements on the model.
 *
 * Operations are total: an operand that is gone, an unmapped address or a failed allocation is an outcome, never an error.
 */
#include "interp.h"

#include "sanitize.h"
#include "scheduler.h"

#define MAX_REPEAT_DEPTH 4

/* ---- what came of an operation ---- */

void came(struct context *c, enum scn_result result)
{
	c->came = (struct scn_value){ .result = result };
}

void came_number(struct context *c, u64 number)
{
	c->came = (struct scn_value){ .result = SCN_NUMBER, .number = (u32)number };
}

void came_error(struct context *c, int err)
{
	static const struct { int err; enum scn_result result; } table[] = {
		{ 0, SCN_OK }, { -ENOMEM, SCN_ENOMEM }, { -ENXIO, SCN_SIGBUS }, { -EINVAL, SCN_EINVAL }, { -EFAULT, SCN_SEGV },
		{ -EAGAIN, SCN_AGAIN }, { -EINTR, SCN_AGAIN }, { -EBUSY, SCN_AGAIN }, { -EEXIST, SCN_AGAIN },
		{ -ENOENT, SCN_EINVAL }, { -ESRCH, SCN_GONE },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].err == err)
			came(c, table[i].result);
}

/* Bind the value that the statement gives, if it says so. */
static void bind_value(struct context *c)
{
	struct name_slot *n;

	if (scn_ops[c->s->op].binding != SCN_GIVES || c->s->bind < 0)
		return;
	n = &c->w->slot[c->s->bind];
	exec_touch(n, TOUCH_WRITE);
	slot_lock(n);
	n->value = c->came;
	hb_release(n);
	__atomic_store_n(&n->state, SLOT_BOUND, __ATOMIC_RELEASE);
	slot_unlock(n);
}

/* ---- operands ---- */

/* The addresses that an area operand names; false when the area is gone or smaller than that. */
bool range_of(struct context *c, struct range *r)
{
	const struct name_slot *n = slot_of(c->w, c->s->area);
	u32 first = c->s->first < 0 ? 0 : (u32)c->s->first;
	u32 last = c->s->first < 0 ? n->pages - 1 : (u32)c->s->last;

	if (n->state != SLOT_BOUND || last >= n->pages)
		return false;
	r->start = n->start + ((unsigned long)first << PAGE_SHIFT);
	r->len = (unsigned long)(last - first + 1) << PAGE_SHIFT;
	return true;
}

/* ---- operations, in the order of enum scn_op_id ---- */

static void op_mm(struct context *c)
{
	struct mm_struct *mm = mm_alloc();

	slot_set(c->w, &c->w->slot[c->s->bind], mm ? SLOT_BOUND : SLOT_GONE, mm);
}

static void op_declare_lock(struct context *c)
{
	c->w->slot[c->s->bind].state = SLOT_BOUND;
}

static long map_pages(struct context *c)
{
	unsigned long first = c->s->first < 0 ? 0 : (unsigned long)c->s->first;
	struct file *file;
	long addr;

	if (!c->mm)
		return -ENOMEM;
	if (c->s->backing == SCN_ANON)
		return do_mmap(c->mm, (unsigned)c->s->count);
	if (c->s->backing == SCN_HUGE)
		return do_mmap_huge(c->mm, (unsigned)c->s->count);
	if (c->s->backing == SCN_STACK)
		return do_mmap_stack(c->mm, (unsigned)c->s->count);
	file = file_use(c);
	if (!file)
		return -ENOMEM;
	addr = do_mmap_file(c->mm, file, first, (unsigned)c->s->count, c->s->backing == SCN_SHARED);
	fput(file);
	return addr;
}

static void op_mmap(struct context *c)
{
	struct name_slot *n = &c->w->slot[c->s->bind];
	long addr = map_pages(c);

	n->start = addr > 0 ? (unsigned long)addr : 0;
	n->pages = (u32)c->s->count;
	slot_set(c->w, n, addr > 0 ? SLOT_BOUND : SLOT_GONE, NULL);
}

static void op_munmap(struct context *c)
{
	struct range r;

	if (range_of(c, &r))
		came_error(c, do_munmap(c->mm, r.start, r.len));
	else
		came(c, SCN_GONE);
}

static void op_mremap(struct context *c)
{
	unsigned long len = (unsigned long)c->s->count << PAGE_SHIFT;
	struct name_slot *n = &c->w->slot[c->s->bind];
	long addr = -ENOMEM;
	struct range r;

	if (c->mm && range_of(c, &r))
		addr = (c->s->op == SOP_MREMAP ? do_mremap : do_mremap_dontunmap)(c->mm, r.start, r.len, len);
	n->start = addr > 0 ? (unsigned long)addr : 0;
	n->pages = (u32)c->s->count;
	slot_set(c->w, n, addr > 0 ? SLOT_BOUND : SLOT_GONE, NULL);
}

static void op_fork(struct context *c)
{
	struct mm_struct *mm = c->mm ? dup_mm(c->mm) : NULL;

	slot_set(c->w, &c->w->slot[c->s->bind], mm ? SLOT_BOUND : SLOT_GONE, mm);
}

static void op_exec(struct context *c)
{
	struct mm_struct *mm = NULL;
	struct range r;

	if (c->mm && range_of(c, &r))
		mm = do_execve(c->mm, &(struct exec_args){ r.start, r.start + r.len });
	slot_set(c->w, &c->w->slot[c->s->bind], mm ? SLOT_BOUND : SLOT_GONE, mm);
}

static void op_exit(struct context *c)
{
	if (!slot_set(c->w, &c->w->slot[c->s->subject], SLOT_GONE, NULL))
		came(c, SCN_GONE);	/* another thread's exit was faster */
}

static void op_fail_alloc(struct context *c)
{
	current->fail_alloc = c->s->count;
}

static void op_no_memory(struct context *c)
{
	current->fail_alloc = c->s->count;
	current->fail_on = 1;
}

/* Delivered when the next statement is over, whatever it has made of it. */
static void op_signal(struct context *c)
{
	current->signal = (u32)c->s->count;
}

static bool prepares_next(const struct scn_stmt *s)
{
	return s->op == SOP_SIGNAL || s->op == SOP_NO_MEMORY || s->op == SOP_FAIL_ALLOC;
}

/* What one statement was to lack, the next one has. */
static void memory_again(const struct context *c)
{
	if (!prepares_next(c->s))
		current->signal = 0;
	if (!current->fail_on || c->s->op == SOP_NO_MEMORY)
		return;
	current->fail_on = 0;
	current->fail_alloc = 0;
}

static void (*const op_run[SOP_NR])(struct context *c) = {
	[SOP_MM] = op_mm,
	[SOP_MUTEX] = op_declare_lock,
	[SOP_RWSEM] = op_declare_lock,
	[SOP_SPINLOCK] = op_declare_lock,
	[SOP_MMAP] = op_mmap,
	[SOP_MUNMAP] = op_munmap,
	[SOP_MPROTECT] = op_mprotect,
	[SOP_MREMAP] = op_mremap,
	[SOP_MREMAP_DONTUNMAP] = op_mremap,
	[SOP_MADVISE] = op_madvise,
	[SOP_MLOCK] = op_mlock,
	[SOP_MUNLOCK] = op_munlock,
	[SOP_READ] = op_read,
	[SOP_WRITE] = op_write,
	[SOP_FORK] = op_fork,
	[SOP_EXEC] = op_exec,
	[SOP_EXIT] = op_exit,
	[SOP_RECLAIM] = op_page,
	[SOP_MIGRATE] = op_page,
	[SOP_SPLIT] = op_page,
	[SOP_COLLAPSE] = op_collapse,
	[SOP_AGE] = op_page,
	[SOP_AGE_MEMCG] = op_page,
	[SOP_MIGRATE_PAGES] = op_migrate_pages,
	[SOP_SWAP_PAGES] = op_migrate_pages,
	[SOP_COMPACT] = op_compact,
	[SOP_SHRINK] = op_shrink,
	[SOP_REFERENCED] = op_page,
	[SOP_SET_IDLE] = op_page,
	[SOP_IDLE] = op_page,
	[SOP_WALK] = op_page,
	[SOP_MAPPED] = op_page,
	[SOP_DRAIN] = op_drain,
	[SOP_FAIL_ALLOC] = op_fail_alloc,
	[SOP_NO_MEMORY] = op_no_memory,
	[SOP_MEMCG] = op_memcg,
	[SOP_JOIN] = op_join,
	[SOP_PIN] = op_pin,
	[SOP_DMA] = op_dma,
	[SOP_PEEK] = op_peek,
	[SOP_UNPIN] = op_unpin,
	[SOP_FILE] = op_file,
	[SOP_HUGE_FILE] = op_file,
	[SOP_TMPFS] = op_file,
	[SOP_HUGETLB_POOL] = op_hugetlb_pool,
	[SOP_HUGETLB] = op_hugetlb,
	[SOP_PREAD] = op_pread,
	[SOP_PWRITE] = op_pwrite,
	[SOP_TRUNCATE] = op_truncate,
	[SOP_INVALIDATE] = op_invalidate,
	[SOP_WRITEBACK] = op_writeback,
	[SOP_REMAP] = op_remap,
	[SOP_MSYNC] = op_msync,
	[SOP_RECLAIM_FILE] = op_file_page,
	[SOP_MIGRATE_FILE] = op_file_page,
	[SOP_COLLAPSE_FILE] = op_collapse_file,
	[SOP_RETRACT] = op_retract,
	[SOP_REGISTER] = op_register,
	[SOP_UNREGISTER] = op_unregister,
	[SOP_GUEST_READ] = op_guest_read,
	[SOP_GUEST_WRITE] = op_guest_write,
	[SOP_SVA_BIND] = op_sva_bind,
	[SOP_SVA_UNBIND] = op_sva_unbind,
	[SOP_SVA_READ] = op_sva_read,
	[SOP_SVA_WRITE] = op_sva_write,
	[SOP_SIGNAL] = op_signal,
	[SOP_FILL] = op_fill,
	[SOP_KSM_PAGE] = op_ksm_page,
	[SOP_KSM_SCAN] = op_ksm_scan,
	[SOP_KSM_UNMERGE] = op_ksm_unmerge,
	[SOP_POISON] = op_page,
	[SOP_SWAPOFF] = op_swapoff,
	[SOP_SWAPON] = op_swapon,
	[SOP_UFFD_REGISTER] = op_uffd_register,
	[SOP_UFFD_UNREGISTER] = op_uffd_unregister,
	[SOP_UFFD_COPY] = op_uffd_copy,
	[SOP_UFFD_ZEROPAGE] = op_uffd_zeropage,
	[SOP_UFFD_WAKE] = op_uffd_wake,
	[SOP_UFFD_CLOSE] = op_uffd_close,
	[SOP_UNUSED] = op_unused,
	[SOP_STABLE] = op_stable,
	[SOP_TO_DEVICE] = op_page,
	[SOP_MLOCKALL] = op_mlockall,
	[SOP_MUNLOCKALL] = op_munlockall,
	[SOP_CLEAR_REFS] = op_clear_refs,
	[SOP_SOFT_DIRTY] = op_soft_dirty,
	[SOP_LOCK] = op_lock,
	[SOP_TRYLOCK] = op_trylock,
	[SOP_SPIN] = op_spin,
	[SOP_UNLOCK] = op_unlock,
	[SOP_DOWN_READ] = op_down_read,
	[SOP_DOWN_READ_TRYLOCK] = op_down_read_trylock,
	[SOP_UP_READ] = op_up_read,
	[SOP_DOWN_WRITE] = op_down_write,
	[SOP_DOWN_WRITE_TRYLOCK] = op_down_write_trylock,
	[SOP_UP_WRITE] = op_up_write,
	[SOP_DOWNGRADE_WRITE] = op_downgrade_write,
	[SOP_RCU_READ_LOCK] = op_rcu_read_lock,
	[SOP_RCU_READ_UNLOCK] = op_rcu_read_unlock,
	[SOP_SYNCHRONIZE_RCU] = op_synchronize_rcu,
	[SOP_RCU_BARRIER] = op_rcu_barrier,
};

/* Operations of the scenario's own locks may end with them held; those of the model may hold nothing when they end. */
static bool holds_by_design(const struct scn_stmt *s)
{
	return s->op >= SOP_LOCK && s->op <= SOP_RCU_READ_UNLOCK;
}

static void run_told(struct context *c)
{
	struct world_op op;

	world_tell_begin(c->w, c->s, &op);
	op_run[c->s->op](c);
	op.came = c->came;
	op.word = c->word;
	world_tell_end(c->w, &op);
}

/*
 * Set-up was to write that, and has not: memory was out, the area may not be written to, a stack cannot grow there, or whatever else. Then
 * who expects to read it expects too much. What threads cannot write is another matter: perhaps they should have been able to.
 */
static void note_unwritten(const struct context *c)
{
	if (c->body == &c->w->scn->setup && scn_takes(c->s, ARG_SET) && c->came.result != SCN_OK)
		c->w->unwritten |= 1ul << c->s->value % 64;
}

static void run_statement(struct context *c)
{
	const struct scn_op *op = &scn_ops[c->s->op];
	unsigned depth = current->depth;

	current->doing = c->s;
	c->mm = NULL;
	c->word = 0;
	came(c, SCN_OK);
	if (op->subject) {
		c->mm = mm_use(c->w, c->s->subject);
		if (!c->mm && op->binding != SCN_MAKES) {
			came(c, SCN_GONE);
			note_unwritten(c);
			bind_value(c);
			return;		/* nothing to do, and no name of others to decide */
		}
	}
	if (c->w->teller)
		run_told(c);
	else
		op_run[c->s->op](c);
	memory_again(c);
	note_unwritten(c);
	bind_value(c);
	if (c->mm)
		mm_done(c->w, c->s->subject, c->mm);
	if (!holds_by_design(c->s) && current->depth > depth)
		lockdep_assert_none_held(op->name);
	exec_progress();
	current->ops_done++;
}

void world_run_body(struct world *w, const struct scn_body *body)
{
	struct context c = { .w = w, .body = body };
	s64 left[MAX_REPEAT_DEPTH + 1];
	int depth = 0;

	for (unsigned pc = 0; pc < body->nr; pc++) {
		c.s = &body->stmt[pc];
		if (c.s->op == SCN_REPEAT) {
			left[++depth] = c.s->count;
		} else if (c.s->op == SCN_END) {
			/* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): what ends has begun, the parser has seen to that */
			if (--left[depth] > 0)
				pc = (unsigned)c.s->match;	/* the loop's increment steps into its body */
			else
				depth--;
		} else {
			run_statement(&c);
		}
	}
	lockdep_assert_none_held(body->name);
}

void world_body_ended(struct world *w, int thread)
{
	const struct scenario *scn = w->scn;

	for (unsigned i = 0; i < scn->nr_names; i++) {
		if (scn->name_of[i].bound_by != thread)
			continue;
		exec_touch(&w->slot[i], TOUCH_READ);
		if (w->slot[i].state == SLOT_UNBOUND)
			slot_set(w, &w->slot[i], SLOT_GONE, NULL);
	}
}
