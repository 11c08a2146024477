/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The copies and their rounds. Each copy has a leader, which sets up, lets the copy's threads race, runs `finally` and lets every
 * process exit. Every so many rounds all leaders meet; then nobody is in the middle of anything, and everything can be checked.
 */
#define _GNU_SOURCE
#include "stress/stress.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "campaign.h"
#include "check/check.h"
#include "cli/options.h"
#include "explore/rng.h"
#include "lockdoc/lockdoc.h"
#include "noise.h"
#include "pool.h"
#include "realthreads.h"
#include "sanitize.h"
#include "sharing/sharing.h"


struct thread_arg {
	struct copy *copy;
	int thread;
};

static pthread_barrier_t everybody;	/* the leaders; outside the machine, whose state it is not */

/* ---- listening ---- */

/* See session.c: after these a thread can go on. Threads report at the same time. */
static bool passed_over(struct stress *s, const struct violation *v)
{
	struct finding f;

	if (v->oracle != ORACLE_LOCKS && v->oracle != ORACLE_RACE)
		return false;
	finding_of(v, v->task, &f);
	if (!string_list_has(s->config->known, f.signature) && !*f.follows)
		return false;
	while (__atomic_exchange_n(&s->passing, 1, __ATOMIC_ACQUIRE))
		sched_yield();
	judged_add(&s->result->known, &f, __atomic_load_n(&s->copy->rounds, __ATOMIC_RELAXED));
	__atomic_store_n(&s->passing, 0, __ATOMIC_RELEASE);
	return true;
}

static bool sink_report(struct violation_sink *sink, const struct violation *v)
{
	struct stress *s = container_of(sink, struct stress, sink);

	if (passed_over(s, v))
		return false;
	if (__atomic_exchange_n(&s->claimed, 1, __ATOMIC_ACQ_REL))
		return !s->supervising;
	finding_of(v, v->task, &s->result->finding);
	/* Nobody goes on after a deadlock: what is known, and has come to this, ends the run by its own name. */
	if (v->follows)
		memcpy(s->result->finding.signature, s->result->finding.follows, SIGNATURE_LEN);
	__atomic_store_n(&s->result->found, 1, __ATOMIC_RELEASE);
	return !s->supervising;
}

static void listener(const struct event *e)
{
	struct copy *c = current ? current->user : NULL;
	struct ring *r;

	if (!c)
		return;
	r = &c->stress->ring[current->id];
	r->at[r->nr++ % RING_EVENTS] = (struct ring_event){ current->steps, e->addr, e->mm ? e->mm->id : 0, e->kind };
	stress_shares_event();
	world_event_racy(c->world, e);
}

/* ---- a copy ---- */

/* Once in each stretch from barrier to barrier; rounds: that its copy has behind it. */
static void take_cpu(const struct copy *c, u64 rounds)
{
	const struct stress_config *config = c->stress->config;

	if (config->affinity && !(rounds % config->barrier))
		affinity_bind(config->affinity, current->id - 1u, rounds / config->barrier, config->seed);
}

/* On its CPU before it touches anything. */
static void begin_thread(struct copy *c)
{
	take_cpu(c, 0);
	sharing_enter(c->number, &c->barriers);
}

static void thread_rounds(void *arg)
{
	const struct thread_arg *a = arg;
	struct copy *c = a->copy;

	begin_thread(c);
	for (u64 rounds = 0;; rounds++) {
		pthread_barrier_wait(&c->begin);
		if (c->last)
			return;
		take_cpu(c, rounds);
		world_run_body(c->world, &c->world->scn->thread[a->thread]);
		world_body_ended(c->world, a->thread);
		pthread_barrier_wait(&c->end);
	}
}

/* Its processes live on, until world_tear_down(). */
static void one_round(struct copy *c)
{
	const struct scenario *scn = c->world->scn;

	world_reset(c->world);
	world_run_body(c->world, &scn->setup);
	world_body_ended(c->world, -1);
	c->world->first_born = __atomic_load_n(&core()->mm_serial, __ATOMIC_RELAXED) + 1;
	c->barriers++;
	pthread_barrier_wait(&c->begin);
	pthread_barrier_wait(&c->end);
	c->barriers++;
	world_run_body(c->world, &scn->finally);
	world_body_ended(c->world, -2);
	__atomic_store_n(&c->rounds, c->rounds + 1, __ATOMIC_RELAXED);
}

/* Everybody stands at the barrier, and the processes of all copies are as their scenario left them. */
static void check_living(struct copy *c)
{
	(void)c;
	lru_add_drain_all();
	rcu_barrier();			/* callbacks free objects in a thread of their own */
	check_quiescent();
}

/* Everybody stands at the barrier and every process has exited: nothing may be left. */
static void check_leftovers(void)
{
	world_settle();
	check_quiescent();
	check_leaks();
}

/* The leaders wait for each other, and one of them looks while nobody moves. */
static void look(struct copy *c, void (*check)(struct copy *c))
{
	pthread_barrier_wait(&everybody);
	if (!c->number) {
		sharing_barrier();
		check(c);
		sharing_barrier();
	}
	pthread_barrier_wait(&everybody);
}

/* What comes once, like pairs of locks that are seen for the first time, has come by the first barrier for the most part. */
static void sharing_measure(struct stress *s)
{
	if (!SHARING_MEASURED || s->result->measured_from)
		return;
	stress_sum_up(s);
	s->result->measured_from = s->result->ops;
	sharing_begin();
}

static bool more_rounds;		/* for all: only one leader decides, so that all decide the same */

static void decide(struct copy *c)
{
	struct stress *s = c->stress;

	check_leftovers();
	sharing_measure(s);
	more_rounds = !__atomic_load_n(&s->stopping, __ATOMIC_RELAXED) && (!s->config->rounds || c->rounds < s->config->rounds);
	hb_release(s);			/* for the supervisor: see stress_watch() */
}

static void leader_rounds(void *arg)
{
	struct copy *c = arg;
	const struct stress_config *config = c->stress->config;

	begin_thread(c);
	do {
		u64 left = config->rounds ? config->rounds - c->rounds : ~0ul;
		bool alive = false;

		take_cpu(c, c->rounds);
		for (u64 n = min((u64)config->barrier, left); n && !__atomic_load_n(&c->stress->stopping, __ATOMIC_RELAXED); n--) {
			if (alive)
				world_tear_down(c->world);
			one_round(c);
			alive = true;
		}
		/* What the last round has left is looked at while it lives, and when it has gone. */
		look(c, check_living);
		if (alive)
			world_tear_down(c->world);
		look(c, decide);
	} while (more_rounds);
	c->last = 1;
	pthread_barrier_wait(&c->begin);
}

/* ---- building ---- */

#define MAX_FRAMES 32768u		/* of all copies together */
#define FRAME_BYTES 512ul		/* with its share of page tables and of the reverse map, many times over */

/* Mixed noise: each copy another profile, beginning elsewhere with each seed. */
static enum noise_profile profile_of(const struct stress_config *config, const struct copy *c)
{
	if (config->noise_profile < NOISE_PROFILES)
		return config->noise_profile;
	return (enum noise_profile)((config->seed + c->number) % NOISE_PROFILES);
}

static void make_tasks(struct stress *s, struct copy *c, struct thread_arg *args)
{
	const struct scenario *scn = s->config->scn;
	unsigned n = scn->nr_threads;

	for (unsigned i = 0; i <= n; i++) {
		struct task *t;

		args[i] = (struct thread_arg){ c, (int)i };
		t = i < n ? task_create(scn->thread[i].name, thread_rounds, &args[i], false) :
			    task_create("leader", leader_rounds, c, false);
		t->user = c;
		noise_init(t, profile_of(s->config, c), s->config->noise, rng_mix(s->config->seed * 1000003 + (u64)c->number * 64 + i));
	}
}

static int build(struct stress *s, struct thread_arg *args, const struct lock_class *classes, unsigned nr_classes)
{
	static struct lockdoc_orders orders;	/* outlives the machine, which points to it */
	const struct stress_config *config = s->config;
	unsigned per_copy = config->scn->nr_threads + 1, nr_tasks = config->copies * per_copy + 1;
	unsigned frames = 32 + config->copies * scenario_frames(config->scn, MAX_FRAMES / config->copies);
	const struct machine_config mc = {
		.executor = EXEC_REAL, .max_tasks = nr_tasks,
		.arena_size = (8ul << 20) + config->copies * (1ul << 20) + frames * FRAME_BYTES,
		.classes = classes, .nr_classes = nr_classes, .sink = &s->sink,
	};
	const unsigned nr_device = config->copies * scenario_device_frames(config->scn);
	const struct core_config cc = {
		.rmap = config->provider, .nr_pages = frames + nr_device, .nr_device = nr_device,
		.nr_slots = 16 + 16 * config->copies, .nr_cpus = nr_tasks, .listener = listener, .thp = scenario_huge(config->scn),
		.vma_locks = config->scn->vma_locks,
	};

	u64 model;

	if (machine_init(&mc))
		return -1;
	san_unwatch(&interrupted, sizeof(interrupted));		/* a signal's handler writes it, on any thread */
	san_unwatch(s, sizeof(*s));
	san_unwatch(s->result, sizeof(*s->result));
	san_unwatch(s->copy, config->copies * sizeof(*s->copy));
	machine->oracles = config->oracles;
	lockdoc_install(config->locking, config->provider->name, &orders);
	memcpy(machine->defects, config->defects, sizeof(machine->defects));
	rcu_init(LC_RCU);
	model = machine->used;
	core_init(&cc);
	sharing_region((char *)machine + model, machine->used - model, NULL, 0);
	for (unsigned i = 0; i < config->copies; i++) {
		struct copy *c = &s->copy[i];

		c->stress = s;
		c->number = i;
		c->world = world_create(config->scn, LC_NR, i);
		world_notes(c->world, machine->nr_tasks);
		pthread_barrier_init(&c->begin, NULL, per_copy);
		pthread_barrier_init(&c->end, NULL, per_copy);
		make_tasks(s, c, args + (size_t)i * per_copy);
	}
	stress_shares(s);
	return 0;
}

/* ---- running ---- */

void stress_sum_up(struct stress *s)
{
	struct stress_result *r = s->result;

	r->elapsed_s = now_s() - s->began;
	r->rounds = r->ops = 0;
	for (unsigned i = 0; i < s->config->copies; i++) {
		r->rounds += __atomic_load_n(&s->copy[i].rounds, __ATOMIC_RELAXED);
		event_set_join(&r->reached, &s->copy[i].world->reached);
	}
	for (unsigned i = 0; i < machine->nr_tasks; i++)
		r->ops += machine->task[i].ops_done;
}

void stress_run(const struct stress_config *config, struct stress_result *r)
{
	static struct lock_class classes[MAX_CLASSES];
	struct stress s = { .config = config, .result = r, .sink = { sink_report }, .began = now_s() };
	struct thread_arg *args = calloc((size_t)config->copies * (config->scn->nr_threads + 1), sizeof(*args));
	unsigned nr_classes = scenario_lock_classes(config->scn, config->provider, classes);
	char err[256];

	s.copy = aligned_alloc(64, config->copies * sizeof(*s.copy));
	if (!args || !s.copy)
		die("out of memory");
	memset(s.copy, 0, config->copies * sizeof(*s.copy));
	session_goals(config->scn, &r->goals, err);
	pthread_barrier_init(&everybody, NULL, config->copies);
	if (build(&s, args, classes, nr_classes)) {
		r->failed = 1;
		snprintf(r->error, sizeof(r->error), "the machine cannot be had: %s", strerror(errno));
		goto out;
	}
	stress_dump_init(&s);
	s.threads = threads_start(1, machine->nr_tasks - 1);
	if (!s.threads) {
		r->failed = 1;
		snprintf(r->error, sizeof(r->error), "no more threads: %s", strerror(errno));
		fflush(NULL);
		worker_exit();		/* those that could be started wait for the others for ever */
	}
	stress_watch(&s);
	stress_sum_up(&s);
	if (r->measured_from)
		sharing_sum_up(&r->sharing);
	if (r->found) {
		r->done = 1;
		fflush(NULL);
		worker_exit();		/* the threads stand still for ever */
	}
	if (s.supervising) {
		if (!r->failed)
			strcpy(r->error, "a thread hangs, which no oracle is on to report");
		r->failed = 1;
		fflush(NULL);
		worker_exit();
	}
	threads_join(s.threads);
out:
	free(s.copy);
	free(args);
}
