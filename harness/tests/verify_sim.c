/* SPDX-License-Identifier: GPL-2.0-only */
/* Small programs: see verify_sim.h. */
#include "tests/verify_sim.h"

#include <stdio.h>
#include <string.h>

#include "explore/rng.h"

struct thing {
	long value;
	long pad[20];			/* few in a chunk */
};

struct shared {
	long cell[SIM_CELLS];
	long plain[SIM_PLAINS];
	struct mutex mutex[2];
	struct rw_semaphore sem[2];
	unsigned long flags;
	struct thing *where[2];
	struct kmem_cache *cache[2];	/* the second one is type-stable */
	struct rcu_head head[2];
	u64 called;			/* which callbacks have run, and what they saw */
	u64 saw[SIM_THREADS];
};

/* One simulation in a process. */
static struct sim {
	struct target target;
	struct violation_sink sink;
	const struct sim_program *program;
	struct shared *shared;
	struct snapshot *start;
	struct sim_result *result;
	u64 finding;
} sim;

static u64 mixed(u64 h, u64 v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ul;
	return h ^ h >> 29;
}

/* ---- statements ---- */

static void saw(unsigned thread, u64 what)
{
	sim.shared->saw[thread] = mixed(sim.shared->saw[thread], what + 1);
}

static void callback(struct rcu_head *head)
{
	unsigned i = (unsigned)(head - sim.shared->head);

	sim.shared->called |= 1u << i | (u64)(READ_ONCE(sim.shared->cell[i]) & 0xff) << (8 + 8 * i);
}

static bool cell_set(void *arg)
{
	return *(long *)arg != 0;
}

static const struct slab_field thing_fields[] = {
	{ "value", offsetof(struct thing, value), sizeof(long), true },
	{ NULL, 0, 0, false },
};

static void retire(struct thing *t)
{
	struct shared *s = sim.shared;
	char *start;

	if (t)
		kmem_cache_free(s->cache[object_of(t, &start) == s->cache[1]], t);
}

static void publish(unsigned thread, unsigned obj, unsigned which)
{
	struct shared *s = sim.shared;
	struct thing *t = kmem_cache_alloc(s->cache[which], GFP_ATOMIC), *old;

	saw(thread, slab_serial(t));
	t->value = (long)slab_serial(t);
	old = xchg(&s->where[obj], t);
	retire(old);
}

static void touch(unsigned thread, unsigned obj)
{
	struct thing *t = READ_ONCE(sim.shared->where[obj]);

	saw(thread, t ? (u64)READ_ONCE(t->value) : 99);
}

/* A number that the statement gives; trylocks: whether it got it. */
static u64 memory(const struct sim_statement *st)
{
	struct shared *s = sim.shared;
	long *cell = &s->cell[st->obj];

	switch (st->action) {
	case SIM_LOAD:
		return (u64)READ_ONCE(*cell);
	case SIM_STORE:
		WRITE_ONCE(*cell, st->value);
		return 0;
	case SIM_ADD:
		return (u64)rmw_(__atomic_add_fetch, cell, st->value, p, v);
	case SIM_INC_NOT_ZERO:
		exec_point(OP_RMW, cell);
		return *cell ? (u64)++*cell : 0;
	case SIM_CMPXCHG:
		return (u64)cmpxchg(cell, (long)st->value, (long)st->value + 1);
	case SIM_PLAIN:
		return (u64)++s->plain[st->obj];
	case SIM_SET_BIT:
		return test_and_set_bit(2, &s->flags);
	case SIM_TEST_BIT:
		return test_bit(2, &s->flags);
	case SIM_CHOOSE:
		return exec_choose(CHOICE_TLB_EVICT, st->value);
	default:
		return 0;
	}
}

static bool locking(const struct sim_statement *st)
{
	struct shared *s = sim.shared;

	switch (st->action) {
	case SIM_LOCK:
		return mutex_lock(&s->mutex[st->obj]), true;
	case SIM_TRYLOCK:
		return mutex_trylock(&s->mutex[st->obj]);
	case SIM_UNLOCK:
		return mutex_unlock(&s->mutex[st->obj]), true;
	case SIM_DOWN_READ:
		return down_read(&s->sem[st->obj]), true;
	case SIM_TRY_READ:
		return down_read_trylock(&s->sem[st->obj]);
	case SIM_UP_READ:
		return up_read(&s->sem[st->obj]), true;
	case SIM_DOWN_WRITE:
		return down_write(&s->sem[st->obj]), true;
	case SIM_TRY_WRITE:
		return down_write_trylock(&s->sem[st->obj]);
	case SIM_UP_WRITE:
		return up_write(&s->sem[st->obj]), true;
	case SIM_DOWNGRADE:
		return downgrade_write(&s->sem[st->obj]), true;
	case SIM_IS_LOCKED:
		return rwsem_is_locked(&s->sem[st->obj]);
	case SIM_BIT_LOCK:
		return bit_spin_lock(st->obj, &s->flags, 0), true;
	case SIM_BIT_TRY:
		return bit_spin_trylock(st->obj, &s->flags, 0);
	case SIM_BIT_UNLOCK:
		return bit_spin_unlock(st->obj, &s->flags, 0), true;
	default:
		return false;
	}
}

static void waiting(unsigned thread, const struct sim_statement *st)
{
	struct shared *s = sim.shared;

	switch (st->action) {
	case SIM_RCU_LOCK:
		rcu_read_lock();
		break;
	case SIM_RCU_UNLOCK:
		rcu_read_unlock();
		break;
	case SIM_SYNCHRONIZE:
		synchronize_rcu();
		break;
	case SIM_CALL:
		call_rcu(&s->head[st->obj], callback);
		break;
	case SIM_BARRIER:
		rcu_barrier();
		saw(thread, s->called);
		break;
	case SIM_WAIT:
		exec_wait(cell_set, &s->cell[st->obj], &s->cell[st->obj], HERE);
		break;
	case SIM_SPIN:
		while (!READ_ONCE(s->cell[st->obj]))
			cpu_relax();
		break;
	case SIM_YIELD:
		cpu_relax();
		break;
	}
}

/* Behind the release that belongs to a trylock which failed. */
static unsigned behind_release(const struct sim_program *p, unsigned thread, unsigned pc)
{
	static const u8 release[] = {
		[SIM_TRYLOCK] = SIM_UNLOCK, [SIM_TRY_READ] = SIM_UP_READ, [SIM_TRY_WRITE] = SIM_UP_WRITE,
		[SIM_BIT_TRY] = SIM_BIT_UNLOCK,
	};
	const struct sim_statement *try = &p->at[thread][pc];

	while (p->at[thread][pc].action != release[try->action] || p->at[thread][pc].obj != try->obj)
		pc++;
	return pc;
}

static void thread_main(void *arg)
{
	unsigned thread = (unsigned)(unsigned long)arg;
	const struct sim_program *p = sim.program;

	for (unsigned pc = 0; pc < p->nr[thread]; pc++) {
		const struct sim_statement *st = &p->at[thread][pc];

		if (st->action <= SIM_PLAIN || st->action == SIM_SET_BIT || st->action == SIM_TEST_BIT ||
		    st->action == SIM_CHOOSE) {
			saw(thread, memory(st));
		} else if (st->action <= SIM_BIT_UNLOCK) {
			bool got = locking(st);

			saw(thread, got);
			if (!got && st->action != SIM_IS_LOCKED)
				pc = behind_release(p, thread, pc);
		} else if (st->action == SIM_PUBLISH) {
			publish(thread, st->obj, st->value);
		} else if (st->action == SIM_RETIRE) {
			retire(xchg(&sim.shared->where[st->obj], (struct thing *)NULL));
		} else if (st->action == SIM_TOUCH) {
			touch(thread, st->obj);
		} else {
			waiting(thread, st);
		}
	}
}

/* ---- the machine ---- */

static bool report(struct violation_sink *sink, const struct violation *v)
{
	u64 h = v->oracle;

	(void)sink;
	for (const char *c = v->key; *c; c++)
		h = mixed(h, (u64)*c);
	sim.finding = h + !h;
	return true;
}

/* Something to touch and to take away, from the beginning. */
static void first_things(void)
{
	static struct task nobody;

	current = &nobody;
	for (unsigned i = 0; i < 2; i++) {
		sim.shared->where[i] = kmem_cache_alloc(sim.shared->cache[i], GFP_ATOMIC);
		sim.shared->where[i]->value = 7;
	}
	current = NULL;
}

static void build(const struct sim_program *p)
{
	const struct machine_config config = {
		EXEC_CONTROLLED, 1ul << 20, SIM_THREADS + 1, NULL, 0, &sim.sink,
	};

	sim.sink.report = report;
	if (machine_init(&config))
		die("no machine");
	machine->lockdep.nr_classes = 1;
	slab_init(0);
	if (p->callbacks)
		rcu_init(0);
	sim.shared = machine_alloc(sizeof(*sim.shared));
	sim.shared->cache[0] = kmem_cache_create("plain", sizeof(struct thing), 0, 2, NULL, thing_fields);
	sim.shared->cache[1] = kmem_cache_create("stable", sizeof(struct thing), SLAB_TYPESAFE_BY_RCU, 1, NULL,
						 thing_fields);
	for (unsigned i = 0; i < 2; i++) {
		mutex_init(&sim.shared->mutex[i], 0);
		init_rwsem(&sim.shared->sem[i], 0);
	}
	first_things();
	for (unsigned i = 0; i < p->threads; i++)
		task_create("thread", thread_main, (void *)(unsigned long)i, false);
	sim.start = machine_snapshot();
}

static void execute(struct target *t, struct exec_policy *policy, struct target_run *run)
{
	(void)t;
	machine_restore(sim.start);
	sim.finding = 0;
	run->end = sched_run(policy, ~0ul, 300);
	run->found = sim.finding;
}

/* ---- what came of it ---- */

static u64 state_hash(enum sched_end end)
{
	const struct shared *s = sim.shared;
	u64 h = end;

	for (unsigned i = 0; i < SIM_CELLS; i++)
		h = mixed(h, (u64)s->cell[i]);
	for (unsigned i = 0; i < SIM_PLAINS; i++)
		h = mixed(h, (u64)s->plain[i]);
	for (unsigned i = 0; i < sim.program->threads; i++)
		h = mixed(h, s->saw[i]);
	for (unsigned i = 0; i < 2; i++) {
		h = mixed(h, s->mutex[i].l.owner ? s->mutex[i].l.owner->id + 1ul : 0);
		h = mixed(h, s->sem[i].l.owner ? s->sem[i].l.owner->id + 1ul : 0);
		h = mixed(h, s->sem[i].l.readers);
		for (const struct task *w = s->sem[i].l.first; w; w = w->next_waiter)
			h = mixed(h, w->id);
		h = mixed(h, s->where[i] ? slab_serial(s->where[i]) : 0);
		h = mixed(h, s->cache[i]->live);
	}
	return mixed(mixed(mixed(h, s->flags), s->called), machine->rcu.pending);
}

static void ended(void *arg, const struct target_run *run)
{
	struct sim_result *r = arg;

	if (run->found) {
		hash_set_add(&r->findings, sim.finding);
		return;
	}
	r->deadlocks += run->end == SCHED_DEADLOCK;
	hash_set_add(&r->states, state_hash(run->end));
}

void sim_search(const struct sim_program *p, const struct search_config *how, struct sim_result *r)
{
	struct search_config config = *how;
	struct search search;

	memset(r, 0, sizeof(*r));
	sim.program = p;
	sim.target.execute = execute;
	build(p);
	config.target = &sim.target;
	config.local_starts = true;
	config.go_on = true;
	config.ended = ended;
	config.arg = r;
	search_init(&search, &config, &r->search);
	search_run(&search);
	search_free(&search);
	snapshot_free(sim.start);
}

void sim_free(struct sim_result *r)
{
	hash_set_free(&r->states);
	hash_set_free(&r->findings);
}
