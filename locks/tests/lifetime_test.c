/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the lifetime oracle: what may be touched after it was freed, by whom and until when.
 *
 * Concurrency: one thread.
 */
#include "things.h"

/* ---- what may be touched ---- */

/*
 * 'f' free, 'a' allocate, '(' and ')' a read section; 'c' touch the count (stable), 'd' the data,
 * 'm' what no field describes, 'l' the lock, '!' demand that it lives.
 */
static void touch(void *path)
{
	struct kmem_cache *c = *(const char *)path == 'P' ? state()->plain : state()->stable;
	struct thing *t = get(c);

	mutex_init(&t->lock, 0);
	for (const char *p = (const char *)path + 1; *p; p++) {
		switch (*p) {
		case 'f':
			kmem_cache_free(c, t);
			break;
		case 'a':
			expect(kmem_cache_alloc(c, GFP_ATOMIC) == t);
			break;
		case '(':
			rcu_read_lock();
			break;
		case ')':
			rcu_read_unlock();
			break;
		case 'c':
			atomic_inc(&t->count);
			break;
		case 'd':
			WRITE_ONCE(t->data, 1);
			break;
		case 'm':
			state()->word = READ_ONCE(t->more);
			break;
		case 'l':
			mutex_lock(&t->lock);
			mutex_unlock(&t->lock);
			break;
		case '!':
			check_live(t);
			break;
		}
	}
}

struct touch_case {
	const char *path; /* of touch(), S: in the stable cache, P: in the plain one */
	const char *text; /* of the violation; NULL: it is legal */
};

static const struct touch_case touch_cases[] = {
	{ "Pcdml!", NULL },
	{ "S(cdml!)cdml!", NULL },
	{ "S(fc)", NULL },
	{ "S(fl)", NULL },
	{ "S((f)c)", NULL },
	{ "S(f(c))", NULL },
	{ "S(fcaf)", NULL },
	{ "Sfacdml!", NULL },
	{ "S(facdm)", NULL },
	{ "Sfc", "outside any RCU read section" },
	{ "S(f)l", "outside any RCU read section" },
	{ "Sf(c)", "began after the free" },
	{ "S(f)(c)", "began after the free" },
	{ "S()f()(l)", "began after the free" },
	{ "S(fafd)", "not stable" },
	{ "S(fd)", "not stable" },
	{ "S(fm)", "not stable" },
	{ "Sfd", "outside any RCU read section" },
	{ "S(f!)", "freed" },
	{ "P(fc)", "freed" },
	{ "P(fl)", "freed" },
	{ "Pfd", "freed" },
	{ "Pf!", "freed" },
};

static void test_touching(void **unused)
{
	(void)unused;
	for (const struct touch_case *c = touch_cases; c < touch_cases + ARRAY_SIZE(touch_cases);
	     c++) {
		struct rig r;

		print_message("# %s\n", c->path);
		things_begin(&r);
		run_task(&r, touch, (void *)c->path);
		if (!c->text) {
			rig_expect_silence(&r);
			rig_end(&r);
			continue;
		}
		rig_expect(&r, ORACLE_LIFETIME,
			   *c->path == 'P' ? "use-after-free:plain:touch" :
					     "use-after-free:stable:touch");
		assert_int_equal(r.ends[SCHED_STOPPED], 1);
		assert_non_null(strstr(r.found[0].text, c->text));
		assert_non_null(strstr(r.found[0].text, *c->path == 'P' ? "plain#1" : "stable#"));
		rig_end(&r);
		/* Going on does no harm to the machine itself. */
		things_begin(&r);
		r.go_on = true;
		rig_task("task", touch, (void *)c->path);
		assert_int_not_equal(rig_run_once(&r), SCHED_STOPPED);
		assert_int_equal(r.found[0].oracle, ORACLE_LIFETIME);
		rig_end(&r);
	}
}

/* ---- a waiter whose lock is freed under it ---- */

static bool somebody_waits(void *arg)
{
	(void)arg;
	return machine->task[1].op.kind == OP_LOCK || state()->flag;
}

static void frees_held_lock(void *arg)
{
	struct thing *t = state()->shared = get(arg);

	mutex_init(&t->lock, THINGS_MUTEX);
	mutex_lock(&t->lock);
	exec_wait(somebody_waits, NULL, NULL, HERE);
	kmem_cache_free(arg, t);
}

static bool shared_is_set(void *arg)
{
	(void)arg;
	return state()->shared && state()->shared->lock.l.owner;
}

static void waits_for_freed_lock(void *arg)
{
	(void)arg;
	exec_wait(shared_is_set, NULL, NULL, HERE);
	mutex_lock(&state()->shared->lock);
}

/* It is a use after free, not a deadlock: what was freed cannot be released by anybody. */
static void test_waiter_on_freed_lock(void **unused)
{
	struct rig r;

	(void)unused;
	things_begin(&r);
	rig_task("frees", frees_held_lock, state()->plain);
	rig_task("waits", waits_for_freed_lock, NULL);
	rig_run_all(&r, 1000);
	rig_expect(&r, ORACLE_LIFETIME, "use-after-free:plain:waits_for_freed_lock");
	assert_int_equal(r.ends[SCHED_STOPPED], r.executions);
	rig_end(&r);
}

/* ---- slabs come and go ---- */

static void reads_shared(void *section)
{
	struct thing *t;

	if (section)
		rcu_read_lock();
	t = rcu_dereference(state()->shared);
	if (t)
		atomic_inc(&t->count);
	if (section)
		rcu_read_unlock();
}

static void frees_shared(void *arg)
{
	struct thing *t = state()->shared;

	(void)arg;
	rcu_assign_pointer(state()->shared, NULL);
	kmem_cache_free(state()->single, t);
}

struct pages {
	struct rig rig;
	unsigned returned, kept;
};

static void pages_end(struct rig *r, enum sched_end end)
{
	struct pages *p = container_of(r, struct pages, rig);

	p->returned += machine->slab.free_chunk != 0;
	p->kept += machine->slab.free_chunk == 0;
	(void)end;
}

static void run_pages(struct pages *p, bool section)
{
	memset(p, 0, sizeof(*p));
	things_begin(&p->rig);
	p->rig.on_end = pages_end;
	share_thing(rig_task("frees", frees_shared, NULL), state()->single);
	rig_task("reads", reads_shared, (void *)(long)section);
	rcu_init(THINGS_RCU);
	rig_run_all(&p->rig, 100000);
}

/*
 * The page is there as long as any reader may look at it; who is no reader finds object and page
 * gone.
 */
static void test_page_leaves_after_grace_period(void **unused)
{
	static const char object[] = "use-after-free:single:reads_shared";
	static const char page[] = "use-after-free:slab-page:reads_shared";
	struct pages p;

	(void)unused;
	run_pages(&p, true);
	rig_expect_silence(&p.rig);
	assert_true(p.returned > 0 && p.kept > 0);
	rig_end(&p.rig);
	run_pages(&p, false);
	assert_int_equal(p.rig.nr_found, 2);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(p.rig.found[i].oracle, ORACLE_LIFETIME);
		assert_true(!strcmp(p.rig.found[i].key, object) ||
			    !strcmp(p.rig.found[i].key, page));
	}
	assert_true(p.rig.ends[SCHED_DONE] > 0);
	rig_end(&p.rig);
}

static void page_goes_to_another_cache(void *arg)
{
	struct things *s = state();
	struct thing *t = get(s->single), *other;
	u32 used;

	(void)arg;
	kmem_cache_free(s->single, t); /* the choice: give the page back */
	rcu_barrier();
	used = machine->slab.used;
	expect(s->constructed == 1 && !slab_serial(t));
	other = get(s->plain);
	expect(machine->slab.used == used);
	expect((u64)other / CHUNK_SIZE == (u64)t / CHUNK_SIZE);
	expect(slab_serial(other) == 1 && !slab_recycled(other));
	expect(is_poison(other, sizeof(struct thing)));
	other = get(s->single);
	expect(machine->slab.used == used + 1 && s->constructed == 2 && other->data == 8);
}

static unsigned other_alternative(struct exec_policy *p, enum choice_kind kind, unsigned n)
{
	(void)p;
	(void)n;
	return kind == CHOICE_SLAB_SHRINK;
}

static void test_page_is_used_again(void **unused)
{
	struct rig r;

	(void)unused;
	things_begin(&r);
	rcu_init(THINGS_RCU);
	r.policy.choose = other_alternative;
	run_task(&r, page_goes_to_another_cache, NULL);
	rig_expect_silence(&r);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_touching),
		cmocka_unit_test(test_waiter_on_freed_lock),
		cmocka_unit_test(test_page_leaves_after_grace_period),
		cmocka_unit_test(test_page_is_used_again),
	};

	return cmocka_run_group_tests_name("lifetime", tests, NULL, NULL);
}
