/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of what is noted at an access: which member, which locks and whose they are, in which phase of the object's life; and of
 * the tables in which it is counted.
 *
 * Concurrency: tasks of one controlled execution; they note only, the test looks afterwards.
 */
#include "rig.h"

#include <sys/wait.h>

enum { CLASS_RCU = 1, OUTER, OUTER_SUB, FAMILY, SPIN, NR_CLASSES };

static const struct lock_class classes[NR_CLASSES] = {
	[CLASS_RCU] = { "rcu", WAIT_RCU, SAME_RECURSIVE, 0 }, [OUTER] = { "outer", WAIT_SLEEP, SAME_NEVER, 0 },
	[OUTER_SUB] = { "outer/sub", WAIT_SLEEP, SAME_NEVER, 0 }, [FAMILY] = { "family", WAIT_SLEEP, SAME_NEVER, 0 },
	[SPIN] = { "spin", WAIT_SPIN, SAME_NEVER, 0 },
};

struct whole {
	struct rw_semaphore lock;
	u64 a, b;
};

struct part {
	struct whole *whole;
	struct rw_semaphore *family;	/* NULL: it has none */
	u64 x;
};

struct state {
	struct kmem_cache *wholes, *parts;
	struct whole *whole, *other;
	struct part *part;
	struct rw_semaphore family;
	spinlock_t spin;
	u64 array[4];
	bool made;
};

static struct state *state(void)
{
	return machine->core;
}

/* ---- the model ---- */

static const struct slab_field whole_fields[] = {
	SLAB_FIELD(struct whole, lock, false), SLAB_FIELD(struct whole, a, false), SLAB_FIELD(struct whole, b, false), SLAB_FIELDS_END,
};

static const struct slab_field part_fields[] = {
	SLAB_FIELD(struct part, family, false), SLAB_FIELD(struct part, x, false), SLAB_FIELDS_END,
};

static const struct slab_field array_field = SLAB_FIELD(struct state, array, false);

static const void *whole_of(const void *part)
{
	return ((const struct part *)part)->whole;
}

static const void *lock_of_whole(const void *whole)
{
	return &((const struct whole *)whole)->lock.l;
}

static const void *lock_of_part(const void *part)
{
	return whole_of(part) ? lock_of_whole(whole_of(part)) : NULL;
}

static const void *family_of_part(const void *part)
{
	const struct part *p = part;

	return p->family ? (const void *)&p->family->l : DATA_NO_LOCK;
}

enum { WHOLE, PART, ROOT };

static const struct data_type types[] = {
	[WHOLE] = { "whole", whole_fields, NULL }, [PART] = { "part", part_fields, whole_of }, [ROOT] = { "root", NULL, NULL },
};

static const struct data_lock locks[] = {
	{ &types[WHOLE], OUTER, DATA_SAME, lock_of_whole },
	{ &types[PART], OUTER, DATA_SAME, lock_of_part },
	{ &types[PART], FAMILY, DATA_ROOT, family_of_part },
	{ NULL, 0, 0, NULL },
};

static bool find_place(const void *addr, struct data_place *at)
{
	const struct kmem_cache *c;

	if ((u64)addr - (u64)state()->array < sizeof(state()->array)) {
		*at = (struct data_place){ &types[ROOT], state(), &array_field };
		return true;
	}
	at->obj = slab_object(addr, &c);
	at->type = c && c->fields == whole_fields ? &types[WHOLE] : &types[PART];
	return at->obj;
}

static const struct data_model model = { find_place, { locks, NULL } };
static struct data_table table;

/* ---- running ---- */

static void begin(struct rig *r)
{
	struct state *s;

	rig_begin(r, EXEC_CONTROLLED, classes, NR_CLASSES);
	machine->core = s = rig_state(sizeof(*s));
	slab_init(0);
	s->wholes = kmem_cache_create("whole", sizeof(struct whole), 0, 0, NULL, whole_fields);
	s->parts = kmem_cache_create("part", sizeof(struct part), 0, 0, NULL, part_fields);
	init_rwsem(&s->family, FAMILY);
	spin_lock_init(&s->spin, SPIN);
	machine->data = &model;
	data_begin();
	memset(&table, 0, sizeof(table));
	data_collect(&table);
}

static void end(struct rig *r)
{
	data_collect(NULL);
	rig_run_once(r);
	rig_expect_silence(r);
	rig_end(r);
}

static void run(struct rig *r, void (*fn)(void *))
{
	rig_task("t", fn, NULL);
	rig_run_once(r);
	rig_expect_silence(r);
	rig_end(r);
	data_collect(NULL);
}

static void touch(const void *addr, bool write, u32 where)
{
	data_access(current, addr, 8, write, where);
}

static struct whole *new_whole(void)
{
	struct whole *w = kmem_cache_alloc(state()->wholes, GFP_ATOMIC);

	*w = (struct whole){ .a = 0 };
	init_rwsem(&w->lock, OUTER);
	return w;
}

static struct part *new_part(struct whole *w)
{
	struct part *p = kmem_cache_alloc(state()->parts, GFP_ATOMIC);

	*p = (struct part){ .whole = w };
	return p;
}

/* The row of the accesses at this place; there must be one, of so many. */
static const struct data_row *row_at(u32 where, u64 count)
{
	const struct data_row *found = NULL;

	for (const struct data_row *r = table.row; r < table.row + DATA_ROWS; r++)
		if (r->member && r->where == where) {
			assert_null(found);
			found = r;
		}
	assert_non_null(found);
	assert_int_equal(found->count, count);
	return found;
}

static void expect_row(u32 where, const char *type, const char *member, bool write)
{
	const struct data_row *r = row_at(where, 1);

	assert_string_equal(r->type, type);
	assert_string_equal(r->member, member);
	assert_int_equal(r->write, write);
}

/* ---- members ---- */

static void touch_members(void *arg)
{
	struct whole *w = new_whole();
	struct part *p = new_part(w);

	(void)arg;
	touch(&w->a, false, 1);
	touch(&w->b, true, 2);
	touch((char *)&w->b + 4, true, 3);
	touch(&p->x, false, 4);
	touch(&state()->array[3], true, 5);
	touch(&p->whole, false, 6);		/* has no name */
	data_access(current, &w->a, 16, true, 7);
	touch(&w->a, false, 8);
	touch(&w->a, false, 8);
}

static void test_members(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	run(&r, touch_members);
	expect_row(1, "whole", "a", false);
	expect_row(2, "whole", "b", true);
	expect_row(3, "whole", "b", true);
	expect_row(4, "part", "x", false);
	expect_row(5, "root", "array", true);
	row_at(8, 2);
	/* Both members of 7, and nothing of 6. */
	assert_int_equal(table.nr, 8);
}

/* ---- locks ---- */

static void touch_under_locks(void *arg)
{
	struct whole *w = new_whole(), *other = new_whole();
	struct part *p = new_part(w);

	(void)arg;
	touch(&w->a, false, 1);
	down_read(&w->lock);
	touch(&w->a, false, 2);
	touch(&other->a, false, 3);
	touch(&p->x, false, 4);
	up_read(&w->lock);
	down_write_nested(&w->lock, 1);
	spin_lock(&state()->spin);
	touch(&w->a, true, 5);
	spin_unlock(&state()->spin);
	up_write(&w->lock);
	p->family = &state()->family;
	down_write(&state()->family);
	touch(&p->x, true, 6);
	up_write(&state()->family);
	p->whole = NULL;
	down_write(&w->lock);
	touch(&p->x, true, 7);
	up_write(&w->lock);
}

static void expect_locks(u32 where, u64 held, u64 held_write, u64 own, u64 own_write)
{
	const struct data_row *r = row_at(where, 1);

	assert_int_equal(r->held[LOCK_READ], held);
	assert_int_equal(r->held[LOCK_WRITE], held_write);
	assert_int_equal(r->own[LOCK_READ], own);
	assert_int_equal(r->own[LOCK_WRITE], own_write);
}

static void test_locks(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	run(&r, touch_under_locks);
	expect_locks(1, 0, 0, 0, 0);
	expect_locks(2, BIT(OUTER), 0, BIT(OUTER), 0);
	expect_locks(3, BIT(OUTER), 0, 0, 0);
	assert_int_equal(row_at(3, 1)->known, BIT(OUTER));
	expect_locks(4, BIT(OUTER), 0, BIT(OUTER), 0);
	assert_int_equal(row_at(4, 1)->lacks, BIT(FAMILY));
	assert_int_equal(row_at(4, 1)->known, BIT(OUTER) | BIT(FAMILY));
	/* Under the name of the subclass it is the same lock. */
	expect_locks(5, BIT(OUTER_SUB) | BIT(SPIN), BIT(OUTER_SUB) | BIT(SPIN), BIT(OUTER_SUB), BIT(OUTER_SUB));
	assert_int_equal(row_at(5, 1)->known, BIT(OUTER));
	expect_locks(6, BIT(FAMILY), BIT(FAMILY), BIT(FAMILY), BIT(FAMILY));
	assert_int_equal(row_at(6, 1)->lacks, 0);
	/* Whose lock it would be cannot be told. */
	expect_locks(7, BIT(OUTER), BIT(OUTER), 0, 0);
	assert_int_equal(row_at(7, 1)->known, BIT(FAMILY));
}

/* ---- phases ---- */

static bool is_made(void *arg)
{
	(void)arg;
	return state()->made;
}

static void maker(void *arg)
{
	struct state *s = state();

	(void)arg;
	s->whole = new_whole();
	s->part = new_part(s->whole);
	data_leave(s->whole, ~0u);
	data_enter(s->part, DATA_SET_UP);
	touch(&s->part->x, true, 1);
	touch(&s->whole->a, true, 2);
	s->made = true;
	exec_point(OP_LOAD, &s->array);
}

static void looker(void *arg)
{
	struct state *s = state();

	(void)arg;
	exec_wait(is_made, NULL, NULL, HERE);
	touch(&s->part->x, false, 3);
	data_leave(s->part, 1u << DATA_SET_UP);
	data_enter(s->whole, DATA_TORN_DOWN);
	touch(&s->part->x, false, 4);
	touch(&s->whole->a, false, 5);
	data_leave(s->whole, 1u << DATA_SET_UP);
	touch(&s->whole->a, false, 6);
	data_leave(s->whole, ~0u);
	touch(&s->part->x, false, 7);
	data_enter(s->whole, DATA_SET_UP);
	touch(&s->part->x, false, 8);
}

static void test_phases(void **unused)
{
	static const enum data_phase wanted[] = {
		[1] = DATA_SET_UP,	/* who makes it */
		[2] = DATA_IN_USE,	/* another object */
		[3] = DATA_IN_USE,	/* not who makes it */
		[4] = DATA_TORN_DOWN,	/* with the whole */
		[5] = DATA_TORN_DOWN,
		[6] = DATA_TORN_DOWN,	/* to publish it is no way back */
		[7] = DATA_IN_USE,
		[8] = DATA_IN_USE,	/* a part may be older than its whole */
	};
	struct rig r;

	(void)unused;
	begin(&r);
	rig_task("looker", looker, NULL);
	run(&r, maker);
	for (u32 i = 1; i < ARRAY_SIZE(wanted); i++)
		assert_int_equal(row_at(i, 1)->phase, wanted[i]);
}

static void enter_far_too_many(void *arg)
{
	struct rig r;

	begin(&r);
	current = rig_task("t", maker, NULL);
	for (u64 i = 1; i < 100000; i++)
		data_enter((void *)i, DATA_SET_UP);
	(void)arg;
}

static void test_too_many_phases(void **unused)
{
	int status = rig_status_of(enter_far_too_many, NULL);

	(void)unused;
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}

/* ---- when nothing is counted ---- */

static void touch_uncollected(void *arg)
{
	struct whole *w = new_whole();

	(void)arg;
	data_collect(NULL);
	touch(&w->a, false, 1);
	data_collect(&table);
}

static void test_not_counted(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	run(&r, touch_uncollected);
	assert_int_equal(table.nr, 0);
	/* Nobody runs: checks, and set-up. */
	begin(&r);
	current = rig_task("t", touch_uncollected, NULL);
	touch(&state()->array[0], true, 1);
	assert_int_equal(table.nr, 0);
	current = NULL;
	end(&r);
}

/* ---- tables ---- */

static struct data_row some_row(u32 i)
{
	static const char *const member[] = { "a", "b", "c" };

	return (struct data_row){
		.type = "t", .member = member[i % 3], .held = { i % 5, i % 2 }, .own = { i % 4, 0 }, .known = i % 7, .lacks = i % 6,
		.where = i % 11, .write = i % 2, .phase = (u8)(i % 3), .count = 1 + i % 4,
	};
}

static u64 total(const struct data_table *t)
{
	u64 n = 0;

	for (const struct data_row *r = t->row; r < t->row + DATA_ROWS; r++)
		n += r->member ? r->count : 0;
	return n;
}

static void expect_same(const struct data_table *a, const struct data_table *b)
{
	static struct data_table sum;

	assert_int_equal(a->nr, b->nr);
	assert_int_equal(total(a), total(b));
	/* Counted into one table, each row finds its like. */
	memcpy(&sum, a, sizeof(sum));
	data_merge(&sum, b);
	assert_int_equal(sum.nr, a->nr);
	for (const struct data_row *r = sum.row; r < sum.row + DATA_ROWS; r++)
		assert_int_equal(r->count, r->member ? 2 * a->row[r - sum.row].count : 0);
}

static void test_merge(void **unused)
{
	static struct data_table whole, slice[3], merged, backwards;

	(void)unused;
	for (u32 i = 0; i < 3000; i++) {
		struct data_row row = some_row(i);

		data_count(&whole, &row);
		data_count(&slice[i % 3], &row);
	}
	for (unsigned i = 0; i < 3; i++) {
		data_merge(&merged, &slice[i]);
		data_merge(&backwards, &slice[2 - i]);
	}
	assert_true(whole.nr > 1000);
	assert_int_equal(whole.lost, 0);
	expect_same(&whole, &merged);
	expect_same(&whole, &backwards);
}

static void test_full(void **unused)
{
	static struct data_table full, more;

	(void)unused;
	for (u32 i = 0; i < DATA_ROWS + 100; i++) {
		struct data_row row = { .type = "t", .member = "m", .where = i, .count = 3 };

		data_count(&full, &row);
	}
	assert_true(full.nr < DATA_ROWS);
	assert_int_equal(full.lost, (DATA_ROWS + 100 - full.nr) * 3);
	assert_int_equal(total(&full), full.nr * 3);
	/* What is known already has room. */
	more.lost = 5;
	data_count(&more, &(struct data_row){ .type = "t", .member = "m", .where = 0, .count = 2 });
	data_merge(&full, &more);
	assert_int_equal(total(&full), full.nr * 3 + 2);
	assert_int_equal(full.lost, (DATA_ROWS + 100 - full.nr) * 3 + 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),		cmocka_unit_test(test_locks),	    cmocka_unit_test(test_phases),
		cmocka_unit_test(test_too_many_phases), cmocka_unit_test(test_not_counted), cmocka_unit_test(test_merge),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
