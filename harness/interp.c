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

void slot_lock(struct name_slot *n)
{
	if (machine->executor == EXEC_REAL)
		inner_lock(&n->word);
}

void slot_unlock(struct name_slot *n)
{
	if (machine->executor == EXEC_REAL)
		inner_unlock(&n->word);
}

static bool slot_decided(void *arg)
{
	const struct name_slot *n = arg;

	return __atomic_load_n(&n->state, __ATOMIC_ACQUIRE) != SLOT_UNBOUND;
}

/* The slot of a name, once somebody has bound it: what that task did before happens before what this one does with the name. */
struct name_slot *slot_of(struct world *w, int name)
{
	struct name_slot *n = &w->slot[name];

	if (!slot_decided(n))
		exec_wait(slot_decided, n, n, HERE);
	hb_acquire(n);
	exec_touch(n, TOUCH_READ);
	return n;
}

struct mm_struct *mm_use(struct world *w, int name)
{
	struct name_slot *n = slot_of(w, name);
	struct mm_struct *mm = NULL;

	slot_lock(n);
	if (n->state == SLOT_BOUND) {
		mm = n->mm;
		hb_acquire(n);	/* it may have been bound again */
		exec_touch(&mm->mm_users, TOUCH_ADD);
		/* No point: a thread of a process that lives holds its mm without having to ask. */
		__atomic_fetch_add(&mm->mm_users.counter, 1, __ATOMIC_RELAXED);
	}
	slot_unlock(n);
	return mm;
}

/*
 * No use of it any more. As long as the name stands for the process this cannot have been the last one, whoever else comes and
 * goes: so it says that it only counted, and that it relied on the name.
 */
void mm_done(struct world *w, int name, struct mm_struct *mm)
{
	const struct name_slot *n = &w->slot[name];

	mmput(mm);
	if (machine->executor != EXEC_CONTROLLED || n->state != SLOT_BOUND || n->mm != mm)
		return;
	exec_touch(n, TOUCH_READ);
	exec_touch(&mm->mm_users, TOUCH_ADD);
}

/* True when the name stood for something before. */
static bool slot_set(struct name_slot *n, enum slot_state state, struct mm_struct *mm)
{
	struct mm_struct *old;
	bool was_bound;

	exec_touch(n, TOUCH_WRITE);
	slot_lock(n);
	was_bound = n->state == SLOT_BOUND;
	old = was_bound ? n->mm : NULL;
	n->mm = mm;
	hb_acquire(n);		/* what the name stood for comes from whoever bound it */
	hb_release(n);
	__atomic_store_n(&n->state, state, __ATOMIC_RELEASE);
	slot_unlock(n);
	if (old)
		mmput(old);		/* a name that is bound again: its process exits */
	return was_bound;
}

/* ---- what came of an operation ---- */

void came(struct context *c, enum scn_result result)
{
	c->came = (struct scn_value){ .result = result };
}

void came_number(struct context *c, u64 number)
{
	c->came = (struct scn_value){ .result = SCN_NUMBER, .number = (u32)number };
}

/* 0, -EFAULT, -ENXIO or -ENOMEM, as the model says it. */
void came_error(struct context *c, int err)
{
	static const struct { int err; enum scn_result result; } table[] = {
		{ 0, SCN_OK }, { -ENOMEM, SCN_ENOMEM }, { -ENXIO, SCN_SIGBUS }, { -EINVAL, SCN_EINVAL }, { -EFAULT, SCN_SEGV },
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

/*
 * The page that an address of an mm maps right now, with a reference, or NULL. A look from outside, by frame number, as memory
 * failure or compaction come to a page: it may be another page's frame by the time it is used.
 */
static struct page *page_at(struct mm_struct *mm, unsigned long addr)
{
	struct pgtable *pt;
	struct page *page = NULL;

	down_read(&mm->mmap_lock);
	pt = pgtable_find(mm, addr);
	if (pt)
		page = pte_page(ptep_get(pte_offset(pt, addr)));
	else if (core()->thp)
		page = page_of_huge(mm, addr);
	up_read(&mm->mmap_lock);
	return page;
}

/* ---- operations, in the order of enum scn_op_id ---- */

static void op_mm(struct context *c)
{
	struct mm_struct *mm = mm_alloc();

	slot_set(&c->w->slot[c->s->bind], mm ? SLOT_BOUND : SLOT_GONE, mm);
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
	slot_set(n, addr > 0 ? SLOT_BOUND : SLOT_GONE, NULL);
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
	struct name_slot *n = &c->w->slot[c->s->bind];
	long addr = -ENOMEM;
	struct range r;

	if (c->mm && range_of(c, &r))
		addr = do_mremap(c->mm, r.start, r.len, (unsigned long)c->s->count << PAGE_SHIFT);
	n->start = addr > 0 ? (unsigned long)addr : 0;
	n->pages = (u32)c->s->count;
	slot_set(n, addr > 0 ? SLOT_BOUND : SLOT_GONE, NULL);
}

void check_expected(struct context *c, u64 got)
{
	char key[80];

	if (!c->s->has_value || got == c->s->value)
		return;
	snprintf(key, sizeof(key), "unexpected-value:%s:%d", c->body->name, c->s->line);
	violation(ORACLE_CONTENT, key, "line %d of the scenario expects %lu and reads %lu", c->s->line,
		  (u64)c->s->value, got);
}

/* A load or store of the page; what came of it if it failed. */
static bool access_page(struct context *c, bool write, u64 *word)
{
	struct range r;

	if (!range_of(c, &r)) {
		came(c, SCN_GONE);
		return false;
	}
	came_error(c, user_access(c->mm, r.start, write, word));
	return c->came.result == SCN_OK;
}

static void op_read(struct context *c)
{
	u64 word;

	if (!access_page(c, false, &word))
		return;
	c->word = word;
	word &= (1ul << VALUE_BITS) - 1;
	came_number(c, word);
	check_expected(c, word);
}

/* What the statement stores, made unique. */
u64 stored_word(struct context *c)
{
	u64 word = c->s->value & ((1ul << VALUE_BITS) - 1);

	if (machine->executor == EXEC_REAL)
		word |= (u64)(c->w->copy + 1) << VALUE_BITS;
	else
		word |= (u64)++c->w->store_serial << VALUE_BITS;
	c->word = word;
	return word;
}

static void op_write(struct context *c)
{
	u64 word = stored_word(c);

	access_page(c, true, &word);
}

static void op_fork(struct context *c)
{
	struct mm_struct *mm = c->mm ? dup_mm(c->mm) : NULL;

	slot_set(&c->w->slot[c->s->bind], mm ? SLOT_BOUND : SLOT_GONE, mm);
}

static void op_exit(struct context *c)
{
	if (!slot_set(&c->w->slot[c->s->subject], SLOT_GONE, NULL))
		came(c, SCN_GONE);	/* another thread's exit was faster */
}

/* Operations of the kernel's own threads on the page behind an address. */
static void with_page(struct context *c, void (*fn)(struct context *c, struct page *page))
{
	struct mm_struct *mm = mm_use(c->w, c->s->name);
	struct page *page = NULL;
	struct range r;

	came(c, SCN_GONE);
	if (!mm)
		return;
	if (range_of(c, &r)) {
		page = page_at(mm, r.start);
		came(c, page ? SCN_OK : SCN_NONE);
	}
	/* The process does not wait for the kernel thread: it may be gone before the page is looked at. */
	mm_done(c->w, c->s->name, mm);
	if (page)
		fn(c, page);
}

void do_reclaim(struct context *c, struct page *page)
{
	if (reclaim_page(page) != RECLAIM_FREED)
		came(c, SCN_AGAIN);
}

void do_migrate(struct context *c, struct page *page)
{
	enum migrate_result r = migrate_page(page);

	if (r != MIGRATED)
		came(c, r == MIGRATE_ENOMEM ? SCN_ENOMEM : SCN_AGAIN);
}

static void op_shrink(struct context *c)
{
	lru_add_drain();
	came_number(c, shrink_lru((unsigned)c->s->count));
}

/* Only mapped pages: others may be so new that whoever allocated them counts on finding them unlocked. */
static void do_referenced(struct context *c, struct page *page)
{
	came(c, SCN_AGAIN);
	page = get_whole_page(page);
	if (!page)
		return;
	if (!page_mapped(page)) {
		came(c, SCN_NONE);
	} else if (trylock_page(page)) {
		came_number(c, (u64)core()->rmap->referenced(page));
		unlock_page(page);
	}
	put_page(page);
}

static bool walk_visit(struct page *page, const struct rmap_location *at, void *arg)
{
	u64 *places = arg;

	(void)page;
	(void)at;
	++*places;
	return true;
}

/* No point: a page that we have a reference to stays a file's, or anonymous. */
static bool page_is_files(const struct page *page)
{
	page = compound_head(page);
	exec_touch(&page->mapping, TOUCH_READ);
	return !((unsigned long)__atomic_load_n(&page->mapping, __ATOMIC_RELAXED) & PAGE_MAPPING_FLAGS);
}

/* A file's page is walked locked, and reclaim's way to do that is to try. */
static void walk_places(struct context *c, struct page *page)
{
	bool file = page_is_files(page);
	u64 places = 0;

	page = compound_head(page);
	if (file && !trylock_page(page))
		return;
	core()->rmap->walk(page, walk_visit, &places);
	came_number(c, places);
	if (file)
		unlock_page(page);
}

static void find_mappings(struct context *c, struct page *page)
{
	if (page_is_files(page))
		came(c, SCN_NONE);
	else
		came_number(c, core()->rmap->find_mappings(page));
}

/* Only pages on the LRU: others may belong to anybody, and their mapping may be no mapping at all. */
static void with_lru_page(struct context *c, struct page *page, void (*fn)(struct context *c, struct page *page))
{
	struct page *whole;

	came(c, SCN_AGAIN);
	if (!PageFlag(compound_head(page), PG_lru))
		return;
	whole = get_whole_page(page);
	if (!whole)
		return;
	if (PageFlag(whole, PG_lru))
		fn(c, page);
	put_page(whole);
}

static void do_walk(struct context *c, struct page *page)
{
	with_lru_page(c, page, walk_places);
}

static void do_mapped(struct context *c, struct page *page)
{
	with_lru_page(c, page, find_mappings);
}

static void op_page(struct context *c)
{
	static void (*const fn[SOP_NR])(struct context *c, struct page *page) = {
		[SOP_SPLIT] = do_split, [SOP_RECLAIM] = do_reclaim,
		[SOP_MIGRATE] = do_migrate, [SOP_REFERENCED] = do_referenced, [SOP_WALK] = do_walk,
		[SOP_MAPPED] = do_mapped,
	};

	with_page(c, fn[c->s->op]);
}

static void op_drain(struct context *c)
{
	(void)c;
	lru_add_drain_all();
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

/* What one statement was to lack, the next one has. */
static void memory_again(const struct context *c)
{
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
	[SOP_MADVISE] = op_madvise,
	[SOP_READ] = op_read,
	[SOP_WRITE] = op_write,
	[SOP_FORK] = op_fork,
	[SOP_EXIT] = op_exit,
	[SOP_RECLAIM] = op_page,
	[SOP_MIGRATE] = op_page,
	[SOP_SPLIT] = op_page,
	[SOP_COLLAPSE] = op_collapse,
	[SOP_SHRINK] = op_shrink,
	[SOP_REFERENCED] = op_page,
	[SOP_WALK] = op_page,
	[SOP_MAPPED] = op_page,
	[SOP_DRAIN] = op_drain,
	[SOP_FAIL_ALLOC] = op_fail_alloc,
	[SOP_NO_MEMORY] = op_no_memory,
	[SOP_FILE] = op_file,
	[SOP_PREAD] = op_pread,
	[SOP_PWRITE] = op_pwrite,
	[SOP_TRUNCATE] = op_truncate,
	[SOP_WRITEBACK] = op_writeback,
	[SOP_MSYNC] = op_msync,
	[SOP_RECLAIM_FILE] = op_file_page,
	[SOP_MIGRATE_FILE] = op_file_page,
	[SOP_RETRACT] = op_retract,
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

static void run_statement(struct context *c)
{
	const struct scn_op *op = &scn_ops[c->s->op];
	unsigned depth = current->depth;

	c->mm = NULL;
	c->word = 0;
	came(c, SCN_OK);
	if (op->subject) {
		c->mm = mm_use(c->w, c->s->subject);
		if (!c->mm && op->binding != SCN_MAKES) {
			came(c, SCN_GONE);
			bind_value(c);
			return;		/* nothing to do, and no name of others to decide */
		}
	}
	if (c->w->teller)
		run_told(c);
	else
		op_run[c->s->op](c);
	memory_again(c);
	bind_value(c);
	if (c->mm)
		mm_done(c->w, c->s->subject, c->mm);
	if (!holds_by_design(c->s) && current->depth > depth)
		lockdep_assert_none_held(op->name);
	if (machine->executor == EXEC_CONTROLLED)
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
			slot_set(&w->slot[i], SLOT_GONE, NULL);
	}
}
