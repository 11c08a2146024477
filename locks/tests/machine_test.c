/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the machine: its arena, who gets which part of it, snapshots, names.
 *
 * Concurrency: one thread, in one task that no scheduler runs.
 */
#include "rig.h"

#include <sys/wait.h>
#include <unistd.h>

static const struct lock_class classes[] = {
	{ "none", WAIT_PSEUDO, SAME_NEVER, 0 },
	{ "rcu", WAIT_RCU, SAME_RECURSIVE, 0 },
};

struct odd {
	int a, b;
	long c[3];
};

static const struct slab_field odd_fields[] = {
	{ "a", offsetof(struct odd, a), sizeof(int), true },
	{ "c", offsetof(struct odd, c), 3 * sizeof(long), false },
	{ NULL, 0, 0, false },
};

/* The only task of these tests: set-up code runs in one. */
static void begin(struct rig *r)
{
	rig_begin(r, EXEC_CONTROLLED, classes, ARRAY_SIZE(classes));
	current = rig_task("set-up", NULL, NULL);
	current->points = 0;
}

static void end(struct rig *r)
{
	current = NULL;
	rig_end(r);
}

/* ---- the arena ---- */

#define AREAS 24

/* Machine memory, caches and objects in any order: nobody gets what another has. */
static void test_parts_do_not_overlap(void **unused)
{
	struct {
		unsigned char *at;
		size_t size;
	} area[AREAS];
	struct kmem_cache *c[AREAS / 3];
	struct rig r;

	(void)unused;
	begin(&r);
	for (unsigned i = 0; i < AREAS; i += 3) {
		area[i].size = 200 + i * 40;
		area[i].at = machine_alloc(area[i].size);
		assert_int_equal((unsigned long)area[i].at % 64, 0);
		c[i / 3] =
			kmem_cache_create("cache", sizeof(struct odd), i & 1, 2, NULL, odd_fields);
		area[i + 1].size = sizeof(struct kmem_cache);
		area[i + 1].at = (unsigned char *)c[i / 3];
		area[i + 2].size = sizeof(struct odd);
		area[i + 2].at = kmem_cache_alloc(c[i / 3], GFP_KERNEL);
		memset(area[i].at, (int)i, area[i].size);
		memset(area[i + 2].at, (int)i, area[i + 2].size);
	}
	for (unsigned i = 0; i < AREAS; i++)
		for (unsigned j = 0; j < AREAS; j++)
			assert_true(i == j || area[i].at + area[i].size <= area[j].at ||
				    area[j].at + area[j].size <= area[i].at);
	for (unsigned i = 0; i < AREAS; i += 3) {
		for (unsigned j = 0; j < area[i].size; j++)
			assert_int_equal(area[i].at[j], i);
		assert_string_equal(c[i / 3]->name, "cache");
		assert_int_equal(c[i / 3]->live, 1);
	}
	assert_true(ARENA_BASE + machine->arena_size >=
		    (u64)(area[AREAS - 1].at + area[AREAS - 1].size));
	end(&r);
}

static void test_memory_is_zeroed(void **unused)
{
	struct rig r;
	char *p, *q;

	(void)unused;
	begin(&r);
	p = machine_alloc(100);
	memset(p, 1, 100);
	end(&r);
	begin(&r); /* the same addresses, given away anew */
	q = machine_alloc(100);
	assert_ptr_equal(p, q);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(q[i], 0);
	end(&r);
}

struct limit {
	void (*fn)(void);
};

static void ask_too_much(void)
{
	for (;;)
		machine_alloc(4096);
}

static void ask_for_a_giant(void)
{
	machine_alloc(~0ul - 100);
}

static void make_giant_objects(void)
{
	kmem_cache_create("giant", CHUNK_SIZE, 0, 0, NULL, NULL);
}

static void take_all_chunks(void)
{
	struct kmem_cache *c = kmem_cache_create("c", 400, 0, 0, NULL, NULL);
	struct kmem_cache *d = kmem_cache_create("d", 400, 0, 0, NULL, NULL);
	unsigned n = 0;

	while (kmem_cache_alloc(c, GFP_KERNEL))
		n++;
	if (n != c->live || n < 1000 || kmem_cache_alloc(d, GFP_KERNEL))
		_exit(9);
	machine_alloc(CHUNK_SIZE * 2);
}

static void too_many_classes(void)
{
	static struct violation_sink sink;
	const struct machine_config config = { EXEC_CONTROLLED, 1 << 20,	 2,
					       classes,		MAX_CLASSES + 1, &sink };

	machine_init(&config);
}

static void in_a_machine(void *limit)
{
	struct rig r;

	begin(&r);
	((const struct limit *)limit)->fn();
}

/* The harness' own failure: status 3. */
static void test_limits(void **unused)
{
	static const struct limit limits[] = {
		{ ask_too_much },    { ask_for_a_giant },  { make_giant_objects },
		{ take_all_chunks }, { too_many_classes },
	};

	(void)unused;
	for (unsigned i = 0; i < ARRAY_SIZE(limits); i++) {
		int status = rig_status_of(in_a_machine, (void *)&limits[i]);

		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 3);
	}
}

static void test_tasks_run_out(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	for (unsigned i = 1; i < machine->max_tasks; i++)
		assert_int_equal(rig_task("task", NULL, NULL)->id, i);
	assert_null(task_create("one too many", NULL, NULL, false));
	end(&r);
}

/* ---- snapshots ---- */

static void fill(struct kmem_cache *c, unsigned n)
{
	while (n--)
		assert_non_null(kmem_cache_alloc(c, GFP_KERNEL));
}

/* Restored, the machine is what it was, slabs included; what lay beyond does not matter. */
static void test_snapshot_and_restore(void **unused)
{
	struct kmem_cache *c[3];
	struct snapshot *one, *two;
	char *obj[3], *next[3];
	struct rig r;

	(void)unused;
	begin(&r);
	for (unsigned i = 0; i < 3; i++) {
		c[i] = kmem_cache_create("c", 100u << i, i ? SLAB_TYPESAFE_BY_RCU : 0, 0, NULL,
					 NULL);
		obj[i] = kmem_cache_alloc(c[i], GFP_KERNEL);
		memset(obj[i], 'a' + (int)i, 100u << i);
	}
	one = machine_snapshot();
	for (unsigned again = 0; again < 3; again++) {
		for (unsigned i = 0; i < 3; i++) {
			for (unsigned j = 0; j < 100u << i; j++)
				assert_int_equal(obj[i][j], 'a' + i);
			assert_int_equal(c[i]->live, 1);
			assert_int_equal(slab_state_of(obj[i]), OBJECT_LIVE);
			memset(obj[i], 'z', 100u << i);
			kmem_cache_free(c[i], obj[i]);
			fill(c[i], 20 * (again + 1));
		}
		machine_restore(one);
		two = machine_snapshot();
		assert_int_equal(snapshot_size(one), snapshot_size(two));
		snapshot_free(two);
	}
	for (unsigned i = 0; i < 3; i++)
		next[i] = kmem_cache_alloc(c[i], GFP_KERNEL);
	machine_restore(one);
	for (unsigned i = 0; i < 3; i++)
		assert_ptr_equal(next[i], kmem_cache_alloc(c[i], GFP_KERNEL));
	snapshot_free(one);
	end(&r);
}

/* A snapshot holds what is in use, not the whole arena. */
static void test_snapshot_is_small(void **unused)
{
	struct snapshot *snap;
	struct rig r;

	(void)unused;
	begin(&r);
	fill(kmem_cache_create("c", 64, 0, 0, NULL, NULL), 3);
	snap = machine_snapshot();
	assert_true(snapshot_size(snap) < sizeof(struct machine) + 16 * sizeof(struct task) + 4096);
	snapshot_free(snap);
	snapshot_free(NULL);
	end(&r);
}

/* ---- names ---- */

static const char *core_names(const void *obj, char buf[NAME_LEN])
{
	if (obj != &machine->core)
		return NULL;
	snprintf(buf, NAME_LEN, "the core");
	return buf;
}

static void test_names(void **unused)
{
	struct kmem_cache *c;
	char buf[NAME_LEN];
	struct odd *o;
	struct rig r;

	(void)unused;
	begin(&r);
	c = kmem_cache_create("odd", sizeof(struct odd), 0, 0, NULL, odd_fields);
	kmem_cache_alloc(c, GFP_KERNEL);
	o = kmem_cache_alloc(c, GFP_KERNEL);
	assert_string_equal(obj_name(NULL, buf), "-");
	assert_string_equal(obj_name(o, buf), "odd#2.a");
	assert_string_equal(obj_name(&o->b, buf), "odd#2+4");
	assert_string_equal(obj_name(&o->c, buf), "odd#2.c");
	assert_string_equal(obj_name(&o->c[1], buf), "odd#2+16");
	assert_string_equal(obj_name(c, buf), "cache odd");
	assert_string_equal(obj_name((void *)0x123, buf), "0x123");
	machine->namer = core_names;
	assert_string_equal(obj_name(&machine->core, buf), "the core");
	assert_string_equal(obj_name((void *)0x123, buf), "0x123");
	end(&r);
}

/* A machine of locks alone has no slabs to look into. */
static void test_names_without_slabs(void **unused)
{
	static struct violation_sink sink;
	const struct machine_config config = { EXEC_CONTROLLED, 1 << 20, 2, classes, 2, &sink };
	char buf[NAME_LEN];

	(void)unused;
	assert_int_equal(machine_init(&config), 0);
	assert_string_equal(obj_name((void *)0x123, buf), "0x123");
	assert_int_equal(slab_serial((void *)ARENA_BASE), 0);
	slab_check_at((void *)ARENA_BASE, HERE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_do_not_overlap),
		cmocka_unit_test(test_memory_is_zeroed),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_tasks_run_out),
		cmocka_unit_test(test_snapshot_and_restore),
		cmocka_unit_test(test_snapshot_is_small),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_names_without_slabs),
	};

	return cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
