/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading and writing pages, and what a scenario says must be read; see interp.c. */
#include "interp.h"

/* On real threads nobody can tell a monitor that is gone from one that is slow: what is read without him says nothing. */
static bool monitor_lost(const struct mm_struct *mm)
{
	return mm && __atomic_load_n(&mm->uffd_gone, __ATOMIC_RELAXED);
}

/* Does the scenario say anything of what is read here, and has what it says been written? */
static bool expects(const struct context *c)
{
	const struct world *w = c->w;

	if (!c->s->has_value || monitor_lost(c->mm))
		return false;
	return !(w->unwritten >> c->s->value % 64 & 1) && !__atomic_load_n(&w->write_failed, __ATOMIC_RELAXED);
}

static bool as_expected(const struct context *c, u64 got)
{
	return got == c->s->value || !expects(c);
}

void check_expected(struct context *c, u64 got)
{
	char statement[48], key[112];

	if (as_expected(c, got))
		return;
	snprintf(key, sizeof(key), "unexpected-value:%s:%s", c->body->name,
		 scn_statement_key(c->w->scn, c->s, statement, sizeof(statement)));
	violation(ORACLE_CONTENT, key, "line %d of the scenario expects %lu and reads %lu", c->s->line,
		  (u64)c->s->value, got);
}

bool access_page(struct context *c, bool write, u64 *word)
{
	struct range r;

	if (!range_of(c, &r)) {
		came(c, SCN_GONE);
		return false;
	}
	came_error(c, user_access(c->mm, r.start, write, word));
	return c->came.result == SCN_OK;
}

/* Flushes that reclaim has put off. */
struct put_off {
	bool owed;			/* to this CPU */
	int batched;			/* times that one was put off for the mm */
};

static struct put_off put_off_now(const struct mm_struct *mm)
{
	return (struct put_off){ tlb_flush_put_off(current->cpu % core()->nr_cpus), atomic_peek(&mm->tlb_flush_batched) };
}

/*
 * Who reads through a translation whose flush is owed finds what was there: world_stale_read(). In a controlled run that is still as it was
 * at the read. On real threads the flush may have been put off, and made up for, since; whoever had cleared the entry, and not said so
 * yet, had the lock of its table.
 */
static bool may_be_stale(struct context *c, const struct put_off *before)
{
	struct mm_struct *mm = c->mm;
	struct pgtable *pt;
	struct put_off now;
	struct range r;

	if (machine->executor != EXEC_REAL)
		return put_off_now(mm).owed;
	down_read(&mm->mmap_lock);
	pt = range_of(c, &r) ? pgtable_find(mm, r.start) : NULL;
	if (pt) {
		spin_lock(pte_lockptr(pt));
		spin_unlock(pte_lockptr(pt));
	}
	up_read(&mm->mmap_lock);
	now = put_off_now(mm);
	return before->owed || now.owed || now.batched != before->batched;
}

void op_read(struct context *c)
{
	struct put_off before = { 0 };
	u64 word;

	if (c->s->has_value && machine->executor == EXEC_REAL && c->mm)
		before = put_off_now(c->mm);
	if (!access_page(c, false, &word))
		return;
	c->word = word;
	word &= (1ul << VALUE_BITS) - 1;
	came_number(c, word);
	if (!as_expected(c, word) && !may_be_stale(c, &before))
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

/* For lack of memory; on real threads another copy of the scenario may have had the last page of hugetlb's pool, too. */
static bool came_short(const struct context *c)
{
	return c->came.result == SCN_ENOMEM || (c->came.result == SCN_SIGBUS && machine->executor == EXEC_REAL);
}

void op_write(struct context *c)
{
	u64 word = stored_word(c);

	access_page(c, true, &word);
	if (came_short(c))
		__atomic_store_n(&c->w->write_failed, 1, __ATOMIC_RELAXED);
}
