/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of what the validator allows or forbids beyond the order of classes: thousands of locks
 * under one, families of locks, pins, contexts, never together; and that each kind of report is
 * made once and counted.
 *
 * Concurrency: one thread.
 */
#include "rig.h"

#include "splat.h"

enum { NONE, RCU, OUTER, NEST, PARENT, ROOT, LEFT, RIGHT, NR_CLASSES };

#define MANY 3072u
#define FAMILY 7u

static const struct lock_class classes[NR_CLASSES] = {
	[NONE] = { "none", WAIT_PSEUDO, SAME_NEVER, 0 },
	[RCU] = { "rcu", WAIT_RCU, SAME_RECURSIVE, 0 },
	[OUTER] = { "outer", WAIT_SLEEP, SAME_NEVER, 0 },
	[NEST] = { "nest", WAIT_SLEEP, SAME_NEST, OUTER },
	[PARENT] = { "parent", WAIT_SLEEP, SAME_PARENT, 0 },
	[ROOT] = { "root", WAIT_SLEEP, SAME_ROOT, 0 },
	[LEFT] = { "left", WAIT_SLEEP, SAME_NEVER, 0 },
	[RIGHT] = { "right", WAIT_SLEEP, SAME_NEVER, 0 },
};

struct state {
	struct rw_semaphore outer, many[MANY];
	struct mutex parent[FAMILY], root[FAMILY], left, right;
	unsigned long word;
	unsigned wrong;
};

static struct state *state(void)
{
	return machine->core;
}

/* Both families are heaps: the lock above number i is number (i - 1) / 2. */
static const void *above(unsigned class, const void *lock)
{
	const struct mutex *family = class == PARENT ? state()->parent : state()->root;
	long i = (const struct mutex *)lock - family;

	return i > 0 ? &family[(i - 1) / 2] : NULL;
}

static void begin(struct rig *r)
{
	struct state *s;

	rig_begin(r, EXEC_CONTROLLED, classes, NR_CLASSES);
	s = rig_state(sizeof(*s));
	machine->lockdep.parent = above;
	init_rwsem(&s->outer, OUTER);
	for (unsigned i = 0; i < MANY; i++)
		init_rwsem(&s->many[i], NEST);
	for (unsigned i = 0; i < FAMILY; i++) {
		mutex_init(&s->parent[i], PARENT);
		mutex_init(&s->root[i], ROOT);
	}
	mutex_init(&s->left, LEFT);
	mutex_init(&s->right, RIGHT);
}

/* ---- thousands under one ---- */

static void want(struct state *s, bool right)
{
	s->wrong += !right;
}

static void take_many(struct state *s)
{
	down_write(&s->outer);
	for (unsigned i = 0; i < MANY; i++)
		down_write(&s->many[i * 5 % MANY]);
}

static void drop_many(struct state *s, unsigned stride)
{
	for (unsigned i = 0; i < MANY; i++)
		up_write(&s->many[i * stride % MANY]);
	up_write(&s->outer);
	lockdep_assert_none_held("operation");
}

static void many_first_in_first_out(struct state *s)
{
	take_many(s);
	want(s, current->depth == 2 && current->held[1].refs == MANY);
	drop_many(s, 5);
	want(s, !current->heldmask[LOCK_WRITE] && !current->heldmask[LOCK_READ]);
}

static void many_last_in_first_out(struct state *s)
{
	take_many(s);
	for (unsigned i = MANY; i-- > 0;)
		up_write(&s->many[i * 5 % MANY]);
	want(s, current->depth == 1);
	up_write(&s->outer);
	lockdep_assert_none_held("operation");
}

static void many_one_missing(struct state *s)
{
	take_many(s);
	up_write(&s->many[17]);
	lockdep_assert_held_write(&s->many[16]);
	lockdep_assert_not_held(&s->many[17]);
	down_write(&s->many[17]);
	lockdep_assert_held_write(&s->many[17]);
	drop_many(s, 1);
}

/* One of many becomes a reader's, and keeps the rest apart. */
static void many_one_downgraded(struct state *s)
{
	take_many(s);
	downgrade_write(&s->many[9]);
	lockdep_assert_held_read(&s->many[9]);
	lockdep_assert_held_write(&s->many[8]);
	up_read(&s->many[9]);
	down_write(&s->many[9]);
	drop_many(s, 1);
}

static void many_with_leaf_between(struct state *s)
{
	down_write(&s->outer);
	for (unsigned i = 0; i < 6; i++) {
		down_write(&s->many[i]);
		if (i == 2)
			mutex_lock(&s->left);
		if (i == 4)
			mutex_unlock(&s->left);
	}
	for (unsigned i = 0; i < 6; i++)
		up_write(&s->many[i]);
	up_write(&s->outer);
	lockdep_assert_none_held("operation");
}

static void many_again(struct state *s)
{
	take_many(s);
	down_write(&s->many[100]);
}

static void many_release_of_another(struct state *s)
{
	down_write(&s->outer);
	down_write(&s->many[1]);
	down_write(&s->many[2]);
	up_write(&s->many[3]);
}

static void many_not_held(struct state *s)
{
	take_many(s);
	up_write(&s->many[100]);
	lockdep_assert_held(&s->many[100]);
}

static void many_leaked(struct state *s)
{
	take_many(s);
	up_write(&s->many[MANY - 5]);
	lockdep_assert_none_held("operation");
}

static void many_without_outer(struct state *s)
{
	down_write(&s->outer);
	down_write(&s->many[1]);
	down_write(&s->many[2]);
	up_write(&s->outer);
	down_write(&s->many[3]);
}

static void many_order(struct state *s)
{
	down_write(&s->outer);
	down_write(&s->many[1]);
	down_write(&s->many[2]);
	mutex_lock(&s->left);
	mutex_unlock(&s->left);
	up_write(&s->many[2]);
	up_write(&s->many[1]);
	mutex_lock(&s->left);
	down_write(&s->many[1]);
}

/* ---- families ---- */

static void parent_down(struct state *s)
{
	mutex_lock(&s->parent[0]);
	mutex_lock(&s->parent[2]);
	mutex_lock(&s->parent[5]);
	mutex_unlock(&s->parent[0]);
	mutex_unlock(&s->parent[2]);
	mutex_unlock(&s->parent[5]);
}

static void parent_to_grandchild(struct state *s)
{
	mutex_lock(&s->parent[0]);
	mutex_lock(&s->parent[5]);
	mutex_unlock(&s->parent[5]);
	mutex_unlock(&s->parent[0]);
}

static void parent_up(struct state *s)
{
	mutex_lock(&s->parent[5]);
	mutex_lock(&s->parent[2]);
}

static void parent_to_sibling(struct state *s)
{
	mutex_lock(&s->parent[0]);
	mutex_lock(&s->parent[1]);
	mutex_lock(&s->parent[2]);
}

static void root_in_any_order(struct state *s)
{
	mutex_lock(&s->root[0]);
	mutex_lock(&s->root[5]);
	mutex_lock(&s->root[1]);
	mutex_lock(&s->root[2]);
	mutex_unlock(&s->root[1]);
	mutex_unlock(&s->root[5]);
	mutex_unlock(&s->root[2]);
	mutex_unlock(&s->root[0]);
}

static void root_not_held(struct state *s)
{
	mutex_lock(&s->root[1]);
	mutex_lock(&s->root[2]);
}

static void root_last(struct state *s)
{
	mutex_lock(&s->root[1]);
	mutex_lock(&s->root[0]);
}

/* ---- pins and asserts ---- */

static void pinned_and_kept(struct state *s)
{
	down_write(&s->outer);
	want(s, !machine->lockdep.pinned);
	lockdep_pin_lock(&s->outer);
	want(s, machine->lockdep.pinned == 1ul << OUTER);
	mutex_lock(&s->left);
	mutex_unlock(&s->left);
	lockdep_unpin_lock(&s->outer);
	up_write(&s->outer);
}

/* The callee drops it and takes it again: when it comes back all looks as before. */
static void pinned_and_dropped(struct state *s)
{
	down_write(&s->outer);
	lockdep_pin_lock(&s->outer);
	up_write(&s->outer);
	down_write(&s->outer);
}

static void pinned_one_of_many(struct state *s)
{
	take_many(s);
	lockdep_pin_lock(&s->many[7]);
	for (unsigned i = 0; i < MANY; i++)
		if (i != 7)
			up_write(&s->many[i]);
	lockdep_assert_held_write(&s->many[7]);
	lockdep_unpin_lock(&s->many[7]);
	up_write(&s->many[7]);
	up_write(&s->outer);
	lockdep_assert_none_held("operation");
}

static void pins_what_it_has_not(struct state *s)
{
	lockdep_pin_lock(&s->outer);
}

static void unpins_what_is_free(struct state *s)
{
	down_read(&s->outer);
	lockdep_unpin_lock(&s->outer);
}

static void asserts_not_held(struct state *s)
{
	lockdep_assert_not_held(&s->left);
	mutex_lock(&s->left);
	lockdep_assert_not_held(&s->left);
}

static void asserts_read_of_writer(struct state *s)
{
	down_read(&s->outer);
	lockdep_assert_held_read(&s->outer);
	up_read(&s->outer);
	down_write(&s->outer);
	lockdep_assert_held_read(&s->outer);
}

/* ---- documents ---- */

static void pair(struct mutex *first, struct mutex *second)
{
	mutex_lock(first);
	mutex_lock(second);
	mutex_unlock(first);
	mutex_unlock(second);
}

static void tried_together(struct state *s)
{
	down_write(&s->outer);
	if (mutex_trylock(&s->left))
		mutex_unlock(&s->left);
}

/* Left before right; in context 1, right before left. */
static void each_in_its_context(struct state *s)
{
	pair(&s->left, &s->right);
	want(s, lockdep_context(1) == 0);
	pair(&s->right, &s->left);
	pair(&s->right, &s->left);
	want(s, lockdep_context(0) == 1);
	pair(&s->left, &s->right);
}

static void wrong_in_context(struct state *s)
{
	pair(&s->left, &s->right);
	lockdep_context(1);
	pair(&s->left, &s->right);
}

static void wrong_outside_context(struct state *s)
{
	lockdep_context(1);
	pair(&s->right, &s->left);
	lockdep_context(0);
	pair(&s->right, &s->left);
}

static struct lockdep_order ordinary = { .source = "test" }, other = { .source = "test" };

static void document(void)
{
	ordinary.forbids[LEFT] = 1ul << RIGHT | 1ul << OUTER;
	ordinary.why[RIGHT][LEFT] = (struct order_why){ ORDER_REVERSED, RIGHT, 1 };
	ordinary.why[OUTER][LEFT] = (struct order_why){ ORDER_APART, 0, 2 };
	other.forbids[RIGHT] = 1ul << LEFT;
	other.why[LEFT][RIGHT] = (struct order_why){ ORDER_REVERSED, LEFT, 3 };
	machine->lockdep.documented = &ordinary;
	machine->lockdep.context[1] = &other;
}

/* ---- the table ---- */

struct rule {
	void (*fn)(struct state *s);
	const char *key; /* NULL: silence */
	bool documented;
};

static const struct rule rules[] = {
	{ many_first_in_first_out, NULL, false },
	{ many_last_in_first_out, NULL, false },
	{ many_one_missing, NULL, false },
	{ many_one_downgraded, NULL, false },
	{ many_with_leaf_between, "order:left,nest", false },
	{ many_again, "recursion:nest", false },
	{ many_release_of_another, "release-not-held:nest", false },
	{ many_not_held, "not-held:many_not_held", false },
	{ many_leaked, "lock-leaked:nest", false },
	{ many_without_outer, "same-class:nest", false },
	{ many_order, "order:left,nest", false },
	{ parent_down, NULL, false },
	{ parent_to_grandchild, NULL, false },
	{ parent_up, "same-class:parent", false },
	{ parent_to_sibling, "same-class:parent", false },
	{ root_in_any_order, NULL, false },
	{ root_not_held, "same-class:root", false },
	{ root_last, "same-class:root", false },
	{ pinned_and_kept, NULL, false },
	{ pinned_and_dropped, "pinned:outer", false },
	{ pinned_one_of_many, NULL, false },
	{ pins_what_it_has_not, "not-held:pins_what_it_has_not", false },
	{ unpins_what_is_free, "not-held:unpins_what_is_free", false },
	{ asserts_not_held, "not-held:asserts_not_held", false },
	{ asserts_read_of_writer, "not-held:asserts_read_of_writer", false },
	{ tried_together, "documented:outer->left", true },
	{ each_in_its_context, NULL, true },
	{ wrong_in_context, "documented:left->right", true },
	{ wrong_outside_context, "documented:right->left", true },
};

static void rule_task(void *arg)
{
	((const struct rule *)arg)->fn(state());
}

static void test_rules(void **unused)
{
	(void)unused;
	for (const struct rule *rule = rules; rule < rules + ARRAY_SIZE(rules); rule++) {
		struct rig r;

		begin(&r);
		if (rule->documented)
			document();
		r.bound = 100000;
		rig_task("task", rule_task, (void *)rule);
		for (unsigned i = 0; i < 2; i++)
			rig_run_once(&r);
		print_message("# rule %u: %s\n", (unsigned)(rule - rules), r.nr_found ? r.found[0].text : "silence");
		if (rule->key)
			rig_expect(&r, ORACLE_LOCKS, rule->key);
		else
			rig_expect_silence(&r);
		assert_int_equal(state()->wrong, 0);
		rig_end(&r);
	}
}

/* ---- what is observed in a context ---- */

static void each_in_its_context_task(void *arg)
{
	(void)arg;
	each_in_its_context(state());
}

static void test_contexts_are_kept_apart(void **unused)
{
	const struct lockdep *ld;
	unsigned nr[2] = { 0, 0 };
	struct rig r;

	(void)unused;
	begin(&r);
	document();
	rig_task("task", each_in_its_context_task, NULL);
	rig_run_once(&r);
	rig_expect_silence(&r);
	ld = &machine->lockdep;
	assert_int_equal(ld->under[RIGHT], 1ul << LEFT);
	assert_int_equal(ld->under[LEFT], 0);
	assert_int_equal(ld->context_under[1][LEFT], 1ul << RIGHT);
	assert_int_equal(ld->context_under[1][RIGHT], 0);
	for (const struct lock_edge *e = ld->edge; e < ld->edge + ld->nr_edges; e++) {
		assert_int_equal(e->before, e->context ? RIGHT : LEFT);
		nr[e->context]++;
	}
	assert_int_equal(nr[0], 1);
	assert_int_equal(nr[1], 1);
	rig_end(&r);
}

/* ---- once, and counted ---- */

static void often(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < 5; i++) {
		mutex_lock(&state()->parent[1]);
		mutex_lock(&state()->parent[2]);
		mutex_unlock(&state()->parent[2]);
		mutex_unlock(&state()->parent[1]);
		pair(&state()->left, &state()->right);
		pair(&state()->right, &state()->left);
		lockdep_assert_held(&state()->left);
	}
}

static void test_once_and_counted(void **unused)
{
	static const struct {
		const char *key;
		unsigned times;
	} wanted[] = { { "same-class:parent", 5 }, { "order:left,right", 1 },
		       { "not-held:often", 5 }, { "order:left,nest", 0 } };
	struct rig r;

	(void)unused;
	begin(&r);
	r.go_on = true;
	rig_task("often", often, NULL);
	for (unsigned run = 1; run <= 2; run++) {
		assert_int_equal(rig_run_once(&r), SCHED_DONE);
		assert_int_equal(r.nr_found, 3);
		assert_int_equal(r.violations, 3 * run);
		for (unsigned i = 0; i < ARRAY_SIZE(wanted); i++)
			assert_int_equal(lockdep_times(wanted[i].key), wanted[i].times);
	}
	rig_end(&r);
}

/* ---- the long form ---- */

static void cycle_of_three(struct state *s)
{
	pair(&s->left, &s->right);
	mutex_lock(&s->right);
	down_read(&s->outer);
	up_read(&s->outer);
	mutex_unlock(&s->right);
	down_read(&s->outer);
	mutex_lock(&s->left);
}

static const struct {
	struct rule rule;
	const char *const lines[8]; /* in this order */
} splats[] = {
	{ { cycle_of_three, "order:left,outer,right", false },
	  { "possible circular locking dependency", "task is about to wait for", "left left, at ",
	    "-> outer:R outer, at lockdep_policy_test.c", "#2 outer under right: task, at lockdep_policy_test.c",
	    "#1 right under left: task, at lockdep_policy_test.c", "CPU0 ", "read(outer)" } },
	{ { wrong_in_context, "documented:left->right", true },
	  { "against the documented order", "right right, at ", "-> left left", "#1 left under right: not seen",
	    "broken: test:3: right < left", "CPU1", "lock(right)", "*** DEADLOCK ***" } },
	{ { tried_together, "documented:outer->left", true },
	  { "against the documented order", "task is trying", "left left", "-> outer outer",
	    "broken: test:2: outer and left: never together" } },
	{ { root_last, "same-class:root", false },
	  { "two locks of one class", "root root, at ", "-> root root", "lock(root)", "lock(root)",
	    "if another has them the other way round" } },
	{ { many_leaked, "lock-leaked:nest", false },
	  { "lock held when returning", "outer outer", "-> nest (3071 of them), at " } },
};

static void test_splat(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < ARRAY_SIZE(splats); i++) {
		char text[4096] = "", *at = text;
		FILE *out = fmemopen(text, sizeof(text) - 1, "w");
		struct rig r;

		begin(&r);
		if (splats[i].rule.documented)
			document();
		r.bound = 100000;
		rig_task("task", rule_task, (void *)&splats[i].rule);
		rig_run_once(&r);
		rig_expect(&r, ORACLE_LOCKS, splats[i].rule.key);
		lockdep_splat("order:of,others", out);
		assert_int_equal(ftell(out), 0);
		lockdep_splat(splats[i].rule.key, out);
		fclose(out);
		for (unsigned l = 0; l < ARRAY_SIZE(splats[i].lines) && splats[i].lines[l]; l++) {
			at = strstr(at, splats[i].lines[l]);
			if (!at)
				fail_msg("expected '%s' in:\n%s", splats[i].lines[l], text);
			at++;
		}
		rig_end(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_splat),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_contexts_are_kept_apart),
		cmocka_unit_test(test_once_and_counted),
	};

	return cmocka_run_group_tests_name("lockdep_policy", tests, NULL, NULL);
}
