/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The validator's verdicts as tables: small scenarios that tell validators apart, and families of
 * them that are counted out over modes and kinds of locks (as lib/locking-selftest.c does for
 * Linux).
 *
 * The tasks of a scenario run one after the other, so nothing can really deadlock: what is found is
 * found from the order alone.
 *
 * Concurrency: one thread.
 */
#include "rig.h"

#include "lock_kinds.h"

/* ---- what a task does, as a text ---- */

enum { NONE, RCU, FREE, NR_FREE = 4, ADDRESS = FREE + NR_FREE, NEST, FIRST, SECOND, NR_CLASSES };

#define INSTANCES 4
#define MANY 200 /* more than a task has entries */

static const struct lock_class classes[NR_CLASSES] = {
	[NONE] = { "none", WAIT_PSEUDO, SAME_NEVER, 0 },
	[RCU] = { "rcu", WAIT_RCU, SAME_RECURSIVE, 0 },
	[FREE] = { "a", WAIT_SLEEP, SAME_NEVER, 0 },
	[FREE + 1] = { "b", WAIT_SLEEP, SAME_NEVER, 0 },
	[FREE + 2] = { "c", WAIT_SLEEP, SAME_NEVER, 0 },
	[FREE + 3] = { "d", WAIT_SLEEP, SAME_NEVER, 0 },
	[ADDRESS] = { "h", WAIT_SLEEP, SAME_ADDRESS, 0 },
	[NEST] = { "n", WAIT_SLEEP, SAME_NEST, FREE + 3 },
	[FIRST] = { "x", WAIT_SLEEP, SAME_NEVER, 0 },
	[SECOND] = { "y", WAIT_SLEEP, SAME_NEVER, 0 },
};

struct state {
	struct rw_semaphore sem[NR_CLASSES][INSTANCES], many[MANY];
	struct any_lock kind[NR_KINDS][LOCKS];
};

static struct state *state(void)
{
	return machine->core;
}

static unsigned class_named(char name)
{
	for (unsigned c = FREE; c < NR_CLASSES; c++)
		if (classes[c].name[0] == name)
			return c;
	die("no class '%c'", name);
}

/* The validator alone: the model has no lock with recursive readers. */
static void hold(const void *lock, unsigned class, enum lock_mode mode)
{
	lockdep_acquire(lock, class, mode, false, HERE);
	lockdep_acquired(lock, class, mode, false, HERE);
}

static void drop(struct rw_semaphore *sem)
{
	if (!sem->l.owner && !sem->l.readers)
		lockdep_release(sem, sem->l.class, HERE);
	else if (sem->l.owner)
		up_write(sem);
	else
		up_read(sem);
}

/*
 * Words of three letters: w, r, R (recursively), t (trylock for write), - (release); the class; the
 * instance.
 */
static void follow(void *arg)
{
	for (const char *p = arg; *p && *p != '|'; p += p[3] == ' ' ? 4 : 3) {
		unsigned class = class_named(p[1]);
		struct rw_semaphore *sem = &state()->sem[class][p[2] - '1'];

		if (*p == 'w')
			down_write(sem);
		else if (*p == 'r')
			down_read(sem);
		else if (*p == 'R')
			hold(sem, class, LOCK_READ_RECURSIVE);
		else if (*p == 't')
			(void)down_write_trylock(sem);
		else
			drop(sem);
	}
}

/* ---- the rig ---- */

static void begin(struct rig *r, const struct lock_class *rows, unsigned nr)
{
	rig_begin(r, EXEC_CONTROLLED, rows, nr);
	r->go_on = true;
	rig_state(sizeof(struct state));
}

static void begin_sems(struct rig *r)
{
	begin(r, classes, NR_CLASSES);
	for (unsigned c = FREE; c < NR_CLASSES; c++)
		for (unsigned i = 0; i < INSTANCES; i++)
			init_rwsem(&state()->sem[c][i], c);
}

static void expect(struct rig *r, const char *key)
{
	if (key)
		rig_expect(r, ORACLE_LOCKS, key);
	else
		rig_expect_silence(r);
	rig_end(r);
}

/* ---- the fifteen scenarios ---- */

struct row {
	const char *name;
	const char *tasks; /* separated by | */
	const char *key; /* NULL: silence */
};

static const struct row matrix[] = {
	{ "S1: both orders, same instances", "wa1 wb1 -b1 -a1|wb1 wa1 -a1 -b1", "order:a,b" },
	{ "S2: both orders, other instances", "wa1 wb1 -b1 -a1|wb2 wa2 -a2 -b2", "order:a,b" },
	{ "S3: three classes", "wa1 wb1 -b1 -a1|wb1 wc1 -c1 -b1|wc1 wa1 -a1 -c1", "order:a,b,c" },
	{ "S4: trylock against the order", "wa1 wb1 -b1 -a1|wb1 ta1 -a1 -b1", NULL },
	{ "S5: waits under what a trylock got", "wa1 wb1 -b1 -a1|tb1 wa1 -a1 -b1", "order:a,b" },
	{ "S6: reads twice", "ra1 ra1 -a1 -a1", "recursion:a" },
	{ "S7: readers in both orders", "ra1 rb1 -b1 -a1|rb1 ra1 -a1 -b1", "order:a,b" },
	{ "S8: recursive reader, in both orders", "Ra1 wb1 -b1 -a1|wb1 Ra1 -a1 -b1", NULL },
	{ "S9: both orders under one lock", "wc1 wa1 wb1 -b1 -a1 -c1|wc1 wb1 wa1 -a1 -b1 -c1",
	  "order:a,b" },
	{ "S10: both orders in one task", "wa1 wb1 -b1 -a1 wb1 wa1 -a1 -b1", "order:a,b" },
	{ "S11: ascending addresses", "wh1 wh2 wh3 -h3 -h2 -h1|wh2 wh4 -h4 -h2", NULL },
	{ "S12: two of a class, both ways", "wh1 wh2 -h2 -h1|wh2 wh1 -h1 -h2", "same-class:h" },
	{ "S13: others of a class, descending", "wh1 wh2 -h2 -h1|wh4 wh3 -h3 -h4",
	  "same-class:h" },
	{ "S14: many of a class under one lock",
	  "wd1 wn3 wn1 wn2 -n1 -n2 -n3 -d1|wd1 wn2 wn3 wn1 -n2 -n3 -n1 -d1", NULL },
	{ "S15: once against the document", "wy1 wx1 -x1 -y1", "documented:y->x" },
	/* The same from the other side. */
	{ "S1: one order", "wa1 wb1 -b1 -a1|wa1 wb1 -a1 -b1", NULL },
	{ "S3: no way round", "wa1 wb1 -b1 -a1|wb1 wc1 -c1 -b1|wa1 wc1 -c1 -a1", NULL },
	{ "S5: trylocks only", "ta1 tb1 -b1 -a1|tb1 ta1 -a1 -b1", NULL },
	{ "S6: reads one after the other", "ra1 -a1 ra1 -a1", NULL },
	{ "S6: reads twice recursively", "ra1 Ra1 -a1 -a1|Ra1 Ra1 -a1 -a1", NULL },
	{ "S8: and then without recursion", "Ra1 wb1 -b1 -a1|wb1 Ra1 -a1 -b1|wb1 ra1 -a1 -b1",
	  "order:a,b" },
	{ "S8: and then held for write", "Ra1 wb1 -b1 -a1|wb1 Ra1 -a1 -b1|wa1 wb1 -b1 -a1",
	  "order:a,b" },
	{ "S14: without the lock", "wn1 wn2 -n2 -n1", "same-class:n" },
	{ "S14: under it for read", "rd1 wn1 wn2 -n2 -n1 -d1", "same-class:n" },
	{ "S15: as documented", "wx1 wy1 -y1 -x1", NULL },
	{ "S15: a trylock against it", "wy1 tx1 -x1 -y1", NULL },
};

/* Document: x < y. */
static void document(struct lockdep_order *o)
{
	*o = (struct lockdep_order){ .source = "test" };
	o->forbids[FIRST] = 1ul << SECOND;
	o->why[SECOND][FIRST] = (struct order_why){ ORDER_REVERSED, SECOND, 7 };
	machine->lockdep.documented = o;
}

static void test_matrix(void **unused)
{
	static struct lockdep_order order;

	(void)unused;
	for (const struct row *row = matrix; row < matrix + ARRAY_SIZE(matrix); row++) {
		struct rig r;

		print_message("# %s\n", row->name);
		begin_sems(&r);
		document(&order);
		for (const char *p = row->tasks; p; p = strchr(p, '|') ? strchr(p, '|') + 1 : NULL)
			rig_task("task", follow, (void *)p);
		for (unsigned i = 0; i < 2; i++)
			assert_int_equal(rig_run_once(&r), SCHED_DONE);
		expect(&r, row->key);
	}
}

/* ---- modes: which ways round are strong ---- */

static const enum lock_mode modes[] = { LOCK_READ, LOCK_WRITE, LOCK_READ_RECURSIVE };
#define MODES ARRAY_SIZE(modes)

/* Edge i of a ring: class i is held so, and the next one is waited for so. */
struct ring {
	unsigned nr;
	struct {
		enum lock_mode held, waited;
	} edge[4];
};

static void go_round(void *arg)
{
	const struct ring *ring = arg;

	for (unsigned i = 0; i < ring->nr; i++) {
		unsigned next = (i + 1) % ring->nr;
		const void *held = &state()->sem[FREE + i][0], *waited = &state()->sem[FREE + next][1];

		hold(held, FREE + i, ring->edge[i].held);
		hold(waited, FREE + next, ring->edge[i].waited);
		lockdep_release(waited, FREE + next, HERE);
		lockdep_release(held, FREE + i, HERE);
	}
}

/* At each class of a deadlock the one who holds it keeps out the one who waits for it. */
static bool deadlocks(const struct ring *ring)
{
	for (unsigned i = 0; i < ring->nr; i++)
		if (ring->edge[i].waited == LOCK_READ_RECURSIVE &&
		    ring->edge[(i + 1) % ring->nr].held != LOCK_WRITE)
			return false;
	return true;
}

static void test_modes_of_a_ring(void **unused)
{
	static const char *const keys[] = { [2] = "order:a,b", [3] = "order:a,b,c" };

	(void)unused;
	for (unsigned nr = 2; nr <= 3; nr++) {
		unsigned all = nr == 2 ? 81 : 729, strong = 0;

		for (unsigned which = 0; which < all; which++) {
			struct ring ring = { .nr = nr };
			struct rig r;

			for (unsigned i = 0, w = which; i < nr; i++, w /= MODES * MODES) {
				ring.edge[i].held = modes[w % MODES];
				ring.edge[i].waited = modes[w / MODES % MODES];
			}
			begin_sems(&r);
			rig_task("ring", go_round, &ring);
			assert_int_equal(rig_run_once(&r), SCHED_DONE);
			strong += deadlocks(&ring);
			expect(&r, deadlocks(&ring) ? keys[nr] : NULL);
		}
		assert_in_range(strong, all / 4, all - 1);
	}
}

/* Twice the same lock: only who reads recursively, and only what is held for read. */
static void twice(void *arg)
{
	const struct ring *ring = arg;
	const void *lock = &state()->sem[FREE][0];

	hold(lock, FREE, ring->edge[0].held);
	hold(lock, FREE, ring->edge[0].waited);
	lockdep_release(lock, FREE, HERE);
	lockdep_release(lock, FREE, HERE);
}

static void test_modes_of_recursion(void **unused)
{
	(void)unused;
	for (unsigned which = 0; which < MODES * MODES; which++) {
		struct ring ring = { .nr = 1,
				     .edge = { { modes[which % MODES], modes[which / MODES] } } };
		struct rig r;

		begin_sems(&r);
		rig_task("twice", twice, &ring);
		assert_int_equal(rig_run_once(&r), SCHED_DONE);
		expect(&r, deadlocks(&ring) ? "recursion:a" : NULL);
	}
}

/* ---- kinds of locks ---- */

static const struct lock_class kind_classes[] = { KIND_CLASSES };

/* Two locks of one kind or two. */
struct two {
	const struct lock_kind *kind[2];
	struct any_lock *lock[2];
	const char *letters; /* a, b: acquire; A, B: release; 1, 2: try; ?: assert a; !: at the end */
};

static void follow_kinds(void *arg)
{
	const struct two *two = arg;

	for (const char *p = two->letters; *p; p++) {
		unsigned second = *p == 'b' || *p == 'B' || *p == '2';
		const struct lock_kind *k = two->kind[second];
		struct any_lock *l = two->lock[second];

		if (*p == '?')
			two->kind[0]->assert_held(two->lock[0]);
		else if (*p == '!')
			lockdep_assert_none_held("operation");
		else if (*p >= 'a')
			k->lock(l);
		else if (*p >= 'A')
			k->unlock(l);
		else
			(void)k->trylock(l);
	}
}

struct family {
	const char *letters;
	const char *key; /* %0, %1: names of the classes; NULL: silence */
	bool order; /* the key has the names in their order */
};

static const struct family families[] = {
	{ "abBAabBA", NULL, false },
	{ "abABbBaA", NULL, false },
	{ "abBAbaAB", "order:%0,%1", true },
	{ "abBA2aAB", "order:%0,%1", true },
	{ "abBAb1AB", NULL, false },
	{ "12BA21AB", NULL, false },
	{ "ab?BA", NULL, false },
	{ "b?B", "not-held:$_held", false },
	{ "bAB", "release-not-held:%0", false },
	{ "1AA", "release-not-held:%0", false },
	{ "ba!AB", "lock-leaked:%0", false },
};

static void key_of(const struct family *f, const struct two *two, char key[128])
{
	const char *name[2] = { kind_classes[two->lock[0]->class].name,
				kind_classes[two->lock[1]->class].name };
	bool turned = f->order && strcmp(name[0], name[1]) > 0;
	char *to = key;

	for (const char *p = f->key; *p; p++) {
		if (*p == '%')
			to = stpcpy(to, name[(*++p == '1') != turned]);
		else if (*p == '$')
			to = stpcpy(to, two->kind[0]->name);
		else
			*to++ = *p;
	}
	*to = 0;
}

static bool found(const struct rig *r, const char *key)
{
	for (unsigned i = 0; i < r->nr_found; i++)
		if (!strcmp(r->found[i].key, key))
			return true;
	return false;
}

/* Does somebody wait for a lock that sleeps while holding one that spins? */
static unsigned sleeps_in_vain(const struct two *two, const char *letters)
{
	unsigned held = 0, times = 0;

	for (const char *p = letters; *p; p++) {
		unsigned i = *p == 'b' || *p == 'B' || *p == '2', other = held >> !i & 1;

		if ((*p == 'a' || *p == 'b') && other && two->kind[i]->sleeps && !two->kind[!i]->sleeps)
			times = 1;
		if (*p == '?' || *p == '!')
			continue;
		held = *p >= 'A' && *p < 'a' ? held & ~(1u << i) : held | 1u << i;
	}
	return times;
}

static void check_family(const struct family *f, struct two *two)
{
	char key[128] = "", sleep[128];
	unsigned spinning = two->kind[0]->sleeps, in_vain = sleeps_in_vain(two, f->letters);
	struct rig r;

	begin(&r, kind_classes, ARRAY_SIZE(kind_classes));
	for (unsigned k = 0; k < NR_KINDS; k++)
		init_locks(state()->kind[k], &lock_kinds[k]);
	for (unsigned i = 0; i < 2; i++)
		two->lock[i] = &state()->kind[two->kind[i] - lock_kinds][i];
	two->letters = f->letters;
	if (f->key)
		key_of(f, two, key);
	rig_task("two", follow_kinds, two);
	assert_int_equal(rig_run_once(&r), SCHED_DONE);
	snprintf(sleep, sizeof(sleep), "sleep-in-atomic:%s:%s", kind_classes[two->lock[spinning]->class].name,
		 kind_classes[two->lock[!spinning]->class].name);
	if (r.nr_found != in_vain + !!f->key || (f->key && !found(&r, key)) ||
	    (in_vain && !found(&r, sleep)))
		fail_msg("%s over %s and %s: %u found, the first is %s; expected %s%s%s", f->letters,
			 two->kind[0]->name, two->kind[1]->name, r.nr_found, r.found[0].key, key,
			 in_vain ? " and " : "", in_vain ? sleep : "");
	rig_end(&r);
}

static void test_kinds(void **unused)
{
	(void)unused;
	for (unsigned which = 0; which < ARRAY_SIZE(families) * NR_KINDS * NR_KINDS; which++) {
		struct two two = { .kind = { &lock_kinds[which % NR_KINDS],
					     &lock_kinds[which / NR_KINDS % NR_KINDS] } };

		check_family(&families[which / (NR_KINDS * NR_KINDS)], &two);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matrix),
		cmocka_unit_test(test_modes_of_a_ring),
		cmocka_unit_test(test_modes_of_recursion),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests_name("lockdep_matrix", tests, NULL, NULL);
}
