/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the swap token: who gets it, who loses it and when, whose pages are spared for it, and that there is none in other eras.
 *
 * Concurrency: one task, but for the test that needs somebody else to have the lock.
 */
#include "thrash.h"

#include "rig.h"

static void with(const struct rmap_ops *rmap, void **state)
{
	rig_rmap = rmap;
	rig_test(state);
	rig_rmap = &rmap_anon_chain;
}

static void list_body(void **state)
{
	with(&rmap_anon_list, state);
}

static void chain_body(void **state)
{
	with(&rmap_anon_chain, state);
}

#define LIST_TEST(body) { #body, list_body, NULL, NULL, (void *)(body) }
#define CHAIN_TEST(body) { #body, chain_body, NULL, NULL, (void *)(body) }

static void grabs(struct mm_struct *mm, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		grab_swap_token(mm);
}

/* First come, first served; and who has it needs it more each time that it comes. */
static void the_first_one_gets_it(struct rig *r)
{
	struct mm_struct *p = rig_mm(), *q = rig_mm();

	want(!has_swap_token(p) && !has_swap_token(q) && !has_swap_token(NULL));
	grab_swap_token(p);
	want(has_swap_token(p));
	want_int(p->token_priority, 2);
	grab_swap_token(q);
	want(has_swap_token(p) && !has_swap_token(q));
	grab_swap_token(p);
	want_int(p->token_priority, 4);
	want_int(core()->global_faults, 3);
	want_int(p->faultstamp, 3);
	want_int(p->last_interval, 2);
	want_int(r->nr[EV_SWAP_TOKEN_TAKEN], 1);
	mmput(p);
	mmput(q);
	want_nothing_left();
}

/* Who comes more and more often needs it more than one that has it and does not come; who comes less often, less. */
static void need_decides(struct rig *r)
{
	struct mm_struct *p = rig_mm(), *q = rig_mm(), *others = rig_mm();

	(void)r;
	grab_swap_token(p);
	grabs(others, 9);
	grab_swap_token(q);
	want_int(q->token_priority, 0);
	grabs(others, 4);
	grab_swap_token(q);
	want_int(q->token_priority, 1);
	grabs(others, 3);
	grab_swap_token(q);
	want_int(q->token_priority, 2);
	want(has_swap_token(p));
	grabs(others, 2);
	grab_swap_token(q);
	want_int(q->token_priority, 5);
	want(has_swap_token(q));
	want_int(p->token_priority, 2);
	grab_swap_token(p);
	want_int(p->token_priority, 1);
	mmput(q);
	grab_swap_token(p);
	want(has_swap_token(p));
	mmput(p);
	mmput(others);
	want_nothing_left();
}

/* The last user of an mm gives it back, and nobody else's; reclaim that must have pages takes it from whoever has it. */
static void it_comes_back(struct rig *r)
{
	struct mm_struct *p = rig_mm(), *q = rig_mm();
	unsigned long a = rig_mmap(q, 1);

	grab_swap_token(p);
	want(mmget_not_zero(p));
	mmput(p);
	want(has_swap_token(p));
	put_swap_token(q);
	want(has_swap_token(p));
	mmput(p);
	want(!core()->swap_token_mm);
	want_int(r->nr[EV_SWAP_TOKEN_PUT], 1);
	disable_swap_token();
	want_int(r->nr[EV_SWAP_TOKEN_PUT], 1);
	rig_write(q, a, 1);
	lru_add_drain_all();
	grab_swap_token(q);
	age_page(rig_page(q, a), NULL);
	want(has_swap_token(q));
	want_int(reclaim_page(rig_page(q, a)), RECLAIM_FREED);
	want(!core()->swap_token_mm);
	grab_swap_token(q);
	shrink_lru(1);
	want(!core()->swap_token_mm);
	mmput(q);
	want_nothing_left();
}

static int referenced(struct page *page)
{
	unsigned long flags;

	return core()->rmap->referenced(page, false, NULL, &flags);
}

/* Of its holder a page that nobody has used is used, while somebody has the holder's mmap_lock; but not for the holder himself. */
static void pages_of_the_holder_are_spared(struct rig *r)
{
	struct mm_struct *p = rig_mm(), *q;
	unsigned long a = rig_mmap(p, 1);
	struct page *page;

	rig_write(p, a, 1);
	page = rig_page(p, a);
	q = rig_fork(p);
	while (referenced(page))
		continue;
	down_read(&p->mmap_lock);
	want_int(referenced(page), 0);
	grab_swap_token(p);
	want_int(referenced(page), 1);
	want_int(r->nr[EV_SWAP_TOKEN_SPARED], 1);
	{
		RUNS_IN(p);
		want_int(referenced(page), 0);
	}
	{
		RUNS_IN(q);
		want_int(referenced(page), 1);
	}
	up_read(&p->mmap_lock);
	want_int(referenced(page), 0);
	down_write(&p->mmap_lock);
	want_int(referenced(page), 1);
	disable_swap_token();
	want_int(referenced(page), 0);
	up_write(&p->mmap_lock);
	down_read(&q->mmap_lock);
	want_int(referenced(page), 0);
	up_read(&q->mmap_lock);
	mmput(p);
	mmput(q);
	want_nothing_left();
}

/* Who has to wait for the slot to be read asks for the token; who finds the page in the swap cache does not. */
static void swap_in_asks_for_it(struct rig *r)
{
	struct mm_struct *p = rig_mm(), *q;
	unsigned long a = rig_mmap(p, 1);

	(void)r;
	rig_write(p, a, 7);
	lru_add_drain_all();
	want_int(reclaim_page(rig_page(p, a)), RECLAIM_FREED);
	q = rig_fork(p);
	want_int(rig_read(p, a), 7);
	want_int(core()->global_faults, 1);
	want(has_swap_token(p) && !current_mm());
	want_int(rig_read(q, a), 7);
	want_int(core()->global_faults, 1);
	mmput(p);
	mmput(q);
	want_nothing_left();
}

/* In other eras there is none. */
static void others_have_none(struct rig *r)
{
	struct mm_struct *p = rig_mm();
	unsigned long a = rig_mmap(p, 1);

	rig_write(p, a, 7);
	lru_add_drain_all();
	want_int(reclaim_page(rig_page(p, a)), RECLAIM_FREED);
	want_int(rig_read(p, a), 7);
	grab_swap_token(p);
	want(!core()->swap_token_mm && !core()->global_faults && !r->nr[EV_SWAP_TOKEN_TAKEN]);
	mmput(p);
	want_nothing_left();
}

/* ---- the lock is tried ---- */

enum { HELD, TRIED };

static void has_the_lock(struct rig *r)
{
	spin_lock(&core()->swap_token_lock);
	rig_raise(r, HELD);
	rig_wait(r, TRIED);
	spin_unlock(&core()->swap_token_lock);
}

static void does_not_wait(struct rig *r)
{
	struct mm_struct *mm = rig_mm();

	rig_wait(r, HELD);
	grab_swap_token(mm);
	want(!core()->swap_token_mm && !mm->faultstamp);
	want_int(core()->global_faults, 1);
	rig_raise(r, TRIED);
	mmput(mm);
}

static void who_comes_second_does_not_wait(void **state)
{
	struct rig r;

	(void)state;
	rig_rmap = &rmap_anon_list;
	rig_begin(&r);
	rig_run_two(&r, has_the_lock, does_not_wait);
	rig_end(&r);
	rig_rmap = &rmap_anon_chain;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIST_TEST(the_first_one_gets_it), LIST_TEST(need_decides), LIST_TEST(it_comes_back),
		LIST_TEST(pages_of_the_holder_are_spared), LIST_TEST(swap_in_asks_for_it), CHAIN_TEST(others_have_none),
		cmocka_unit_test(who_comes_second_does_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
