/* SPDX-License-Identifier: GPL-2.0-only */
/* Setting a scenario up, and executing it again and again from the snapshot. */
#include "session.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/check.h"
#include "cli/options.h"
#include "defects.h"
#include "fits.h"
#include "hash.h"
#include "pool.h"
#include "sanitize.h"
#include "grade.h"
#include "scn/ops.h"

#define ARENA_BYTES (8ul << 20)
#define MIN_FRAMES 40u			/* few, so that frames are used again soon */
#define MAX_FRAMES 1024u
#define SLOTS 12
#define DEVICE_FRAMES 4			/* few, likewise */
#define MODEL_VERSION 1			/* changes when old replays lose their meaning */

struct body_ref {
	struct session *session;
	const struct scn_body *body;
	int thread;
};

struct session {
	struct session_config config;
	struct violation_sink sink;
	struct lock_class classes[MAX_CLASSES];
	unsigned nr_classes;
	struct lockdoc_orders orders;	/* what the validator is told of the documented one */
	struct world *world;
	struct task *main_task;
	u64 threads;			/* bit set of the scenario's tasks */
	struct snapshot *snapshot;
	struct body_ref ref[SCN_MAX_THREADS + 3];
	struct body_ref *main_ref;	/* what the main task does next */
	struct finding finding;
	struct passed passed, set_up_passed;	/* in this execution; of them, while it was set up */
	bool found, running;
	bool concluding;		/* checks run, and .past_checks says where a crash of theirs leads */
	sigjmp_buf past_checks;
	double lap_began;		/* if .config.times */
	bool setup_broken;		/* then .finding says what, and nothing can be executed */
};

/* The listener has no argument: one session in a process. */
static struct session *the_session;

/* ---- listening ---- */

void finding_of(const struct violation *v, const struct task *by, struct finding *f)
{
	*f = (struct finding){ .oracle = v->oracle };
	snprintf(f->signature, sizeof(f->signature), "O%u/%s", v->oracle, v->key);
	snprintf(f->text, sizeof(f->text), "%s", v->text);
	snprintf(f->task, sizeof(f->task), "%s", by ? by->name : "check");
	if (v->site)
		snprintf(f->site, sizeof(f->site), "%s:%d", v->site->file, v->site->line);
	if (v->follows)
		snprintf(f->follows, sizeof(f->follows), "O%d/%s", ORACLE_LOCKS, v->follows);
}

static void describe(const struct session *s, const struct violation *v, struct finding *f)
{
	finding_of(v, s->running ? v->task : NULL, f);
	f->step = machine->sched.step;
}

static void add_passed(struct passed *p, const char *signature)
{
	for (unsigned i = 0; i < p->nr; i++)
		if (!strcmp(p->signature[i], signature))
			return;
	if (p->nr < MAX_PASSED)
		snprintf(p->signature[p->nr++], SIGNATURE_LEN, "%s", signature);
}

/*
 * The validator goes on as if nothing were wrong, so the execution can; so it can after a data race. What follows from a report that was
 * passed over is passed over, too; who is deadlocked cannot go on, and the execution ends without a finding.
 */
static bool passed_over(struct session *s, const struct finding *f)
{
	const struct session_config *c = &s->config;
	bool locks = f->oracle == ORACLE_LOCKS, known = (locks || f->oracle == ORACLE_RACE) && string_list_has(c->known, f->signature);

	if (known)
		add_passed(&s->passed, f->signature);
	if (!c->judge && c->only && !strcmp(c->only, f->signature))
		return false;
	if (!known && !*f->follows && !(locks && (c->judge || c->only)))
		return false;
	if (c->passed && (known || c->judge))
		c->passed(c->passed_arg, f);
	return true;
}

static bool sink_report(struct violation_sink *sink, const struct violation *v)
{
	struct session *s = container_of(sink, struct session, sink);
	struct finding f;

	if (s->found)
		return s->running;
	describe(s, v, &f);
	if (passed_over(s, &f))
		return false;
	s->found = true;
	s->finding = f;
	return s->running;
}

static void listener(const struct event *e)
{
	struct world *w = the_session->world;

	if (!w)
		return;
	world_event(w, e);
	check_search(&w->lookouts, e);
	if (the_session->config.watch && w->racing)
		the_session->config.watch(the_session->config.watch_arg, e);
	if (e->kind == EV_ANON_UNLOCK || e->kind == EV_FORKED)
		check_chains();
	if (e->kind == EV_ANON_REUSED)
		check_reuse(e->obj);
	if (e->kind == EV_FORKED)
		check_chain_length(e->other);
	if (e->kind == EV_FORKED || e->kind == EV_UNMAP_END || e->kind == EV_PROTECTED || e->kind == EV_MREMAPPED) {
		check_tlb(e->mm);
		check_guests(e->mm);
	}
	if (e->kind == EV_USER_LOAD || e->kind == EV_USER_STORE)
		check_poison_access(e);
	if (e->kind == EV_PAGE_FREE) {
		check_page_free(e->pfn);
		check_guests_page_free(e->pfn);
	}
	if (e->kind == EV_MIGRATE_END)
		check_migration_end(e->pfn);
}

/* A crash of the model is a finding like any other: the execution ends, the next one begins from the snapshot. */
static void on_crash(int sig, siginfo_t *info, void *context)
{
	const struct site *site = san_crash_site(context);

	if (!site)
		site = current && current->op.site ? current->op.site : HERE;
	if (!the_session || !(the_session->running || the_session->concluding))
		die("crashed (signal %d at %p)", sig, info->si_addr);
	violation_at(ORACLE_LIFETIME, sig == SIGFPE ? "crash:arithmetic" : "crash:bad-address", site, "%s touches %p, which is nothing",
		     current ? current->name : "?", info->si_addr);
	/* Nobody looks at lifetimes: the execution is over, and says nothing. */
	if (machine->sched.main_sp)
		sched_stop(SCHED_STOPPED);
	/* Nobody stopped the crashing task: it was a check that followed what the model left. */
	if (the_session->concluding)
		siglongjmp(the_session->past_checks, 1);
	die("crashed (signal %d at %p)", sig, info->si_addr);
}

static void catch_crashes(void)
{
	static char stack[64 << 10];
	const stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction sa = { .sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

	sigaltstack(&alt, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGFPE, &sa, NULL);
}

/* ---- bodies as tasks ---- */

static void thread_body(void *arg)
{
	struct body_ref *r = arg;

	world_run_body(r->session->world, r->body);
	world_body_ended(r->session->world, r->thread);
}

static void tear_down(struct session *s)
{
	world_tear_down(s->world);
	world_settle();
}

static void main_body(void *arg)
{
	struct session *s = arg;

	if (s->main_ref)
		thread_body(s->main_ref);
	else
		tear_down(s);
}

/* The main task alone, in the ordinary order. ref NULL: tear down. False when it did not end well. */
static bool run_main(struct session *s, struct body_ref *ref)
{
	enum sched_end end;

	s->main_ref = ref;
	s->main_task->points = POINT_SCHED | POINT_CHECK;
	s->running = true;
	end = sched_run(sched_sequential(), 1ul << s->main_task->id, STEP_BOUND);
	s->running = false;
	s->main_task->points = 0;
	current = s->main_task;
	san_report_anybodys();
	if (end == SCHED_DEADLOCK)
		check_deadlock();
	if (end == SCHED_BOUND)
		check_livelock(STEP_BOUND);
	return end == SCHED_DONE && !s->found;
}

/* ---- opening ---- */

/* The model's classes, and after them one for each lock that the scenario names. */
unsigned scenario_lock_classes(const struct scenario *scn, const struct rmap_ops *provider, struct lock_class classes[MAX_CLASSES])
{
	unsigned nr = LC_NR;

	core_lock_classes_of(provider, classes);
	for (unsigned i = 0; i < scn->nr_names && nr < MAX_CLASSES; i++) {
		enum scn_kind kind = scn->name_of[i].kind;

		if (kind == SCN_MUTEX || kind == SCN_RWSEM || kind == SCN_SPINLOCK)
			classes[nr++] = (struct lock_class){
				scn->name_of[i].text, kind == SCN_SPINLOCK ? WAIT_SPIN : WAIT_SLEEP, SAME_NEVER, 0,
			};
	}
	return nr;
}

static bool makes_area(const struct scn_stmt *s)
{
	return s->op == SOP_MMAP || s->op == SOP_MREMAP || s->op == SOP_MREMAP_DONTUNMAP;
}

static bool about_huge_pages(const struct scn_stmt *s)
{
	return (s->op == SOP_MMAP && s->backing == SCN_HUGE) || scn_makes_huge_file(s->op) || s->op == SOP_HUGETLB ||
	       s->op == SOP_HUGETLB_POOL || s->op == SOP_RETRACT;
}

static bool to_device(const struct scn_stmt *s)
{
	return s->op == SOP_TO_DEVICE;
}

/* Is there such a statement anywhere in it? */
static bool any_statement(const struct scenario *scn, bool (*is)(const struct scn_stmt *s))
{
	for (unsigned b = 0; b < scn->nr_threads + 2; b++) {
		const struct scn_body *body = b < scn->nr_threads  ? &scn->thread[b] :
					      b == scn->nr_threads ? &scn->setup :
								     &scn->finally;

		for (unsigned i = 0; i < body->nr; i++)
			if (is(&body->stmt[i]))
				return true;
	}
	return false;
}

bool scenario_huge(const struct scenario *scn)
{
	return any_statement(scn, about_huge_pages);
}

unsigned scenario_device_frames(const struct scenario *scn)
{
	return any_statement(scn, to_device) ? DEVICE_FRAMES : 0;
}

/* Repeated groups may run out of memory: that is an outcome. */
unsigned scenario_frames(const struct scenario *scn, unsigned most)
{
	unsigned pages = 0, mms = 0;

	for (unsigned b = 0; b < scn->nr_threads + 2; b++) {
		const struct scn_body *body = b < scn->nr_threads  ? &scn->thread[b] :
					      b == scn->nr_threads ? &scn->setup :
								     &scn->finally;

		for (unsigned i = 0; i < body->nr; i++) {
			pages += makes_area(&body->stmt[i]) || (scn_makes_file(body->stmt[i].op) && body->stmt[i].op != SOP_HUGETLB) ?
					 (unsigned)body->stmt[i].count : 0;
			/* The pool is at multiples, and others do not get it. */
			pages += body->stmt[i].op == SOP_HUGETLB_POOL ? ((unsigned)body->stmt[i].count + 1) * HPAGE_PMD_NR : 0;
			/* Each page of a file but once, however long it gets. */
			pages += body->stmt[i].op == SOP_PWRITE || body->stmt[i].op == SOP_TRUNCATE;
			mms += body->stmt[i].op == SOP_MM || body->stmt[i].op == SOP_FORK || body->stmt[i].op == SOP_EXEC;
		}
	}
	return min(most, 8 + pages * (mms + 1));
}

static int build_machine(struct session *s)
{
	const struct scenario *scn = s->config.scn;
	const unsigned nr_device = scenario_device_frames(scn);
	const struct machine_config mc = {
		.executor = EXEC_CONTROLLED, .arena_size = ARENA_BYTES, .max_tasks = scn->nr_threads + 2,
		.classes = s->classes, .nr_classes = s->nr_classes, .sink = &s->sink,
	};
	const struct core_config cc = {
		.rmap = s->config.provider, .nr_pages = max(MIN_FRAMES, scenario_frames(scn, MAX_FRAMES)) + nr_device, .nr_slots = SLOTS,
		.thp = scenario_huge(scn), .vma_locks = scn->vma_locks, .nr_device = nr_device, .nr_cpus = scn->nr_threads + 2,
		.listener = listener,
	};

	if (machine_init(&mc))
		return -1;
	machine->oracles = s->config.oracles;
	machine->access = s->config.access;
	machine->memory = s->config.memory;
	/* The locks that only the scenario names have no documented order. */
	lockdoc_install(s->config.locking, s->config.provider->name, &s->orders);
	memcpy(machine->defects, s->config.defects, sizeof(machine->defects));
	rcu_init(LC_RCU);
	core_init(&cc);
	if (s->config.data)
		data_begin();
	s->world = world_create(scn, LC_NR, 0);
	s->world->teller = s->config.teller;
	s->main_task = task_create("main", main_body, s, false);
	for (unsigned i = 0; i < scn->nr_threads; i++) {
		struct body_ref *r = &s->ref[i];
		struct task *t;

		*r = (struct body_ref){ s, &scn->thread[i], (int)i };
		t = task_create(scn->thread[i].name, thread_body, r, false);
		s->threads |= 1ul << t->id;
	}
	return 0;
}

struct session *session_open(const struct session_config *config, char err[512])
{
	struct session *s;
	struct body_ref *setup;
	struct misfit misfit;

	/* One that names another provider may be tried all the same. */
	if (!scenario_fits(config->scn, config->provider, &misfit) && misfit.line) {
		snprintf(err, 512, "%s:%d: expected what provider %s has, found need of: %s", config->scn->path, misfit.line,
			 config->provider->name, misfit.needs);
		return NULL;
	}
	s = calloc(1, sizeof(*s));
	if (!s)
		die("out of memory");
	s->config = *config;
	s->sink.report = sink_report;
	the_session = s;
	s->nr_classes = scenario_lock_classes(config->scn, config->provider, s->classes);
	if (build_machine(s)) {
		snprintf(err, 512, "the machine's memory cannot be mapped at its address: %s", strerror(errno));
		session_close(s);
		return NULL;
	}
	catch_crashes();
	setup = &s->ref[SCN_MAX_THREADS];
	*setup = (struct body_ref){ s, &config->scn->setup, -1 };
	s->ref[SCN_MAX_THREADS + 1] = (struct body_ref){ s, &config->scn->finally, -2 };
	run_main(s, setup);
	s->setup_broken = s->found;
	s->set_up_passed = s->passed;
	machine->sched.step = 0;
	s->snapshot = machine_snapshot();
	return s;
}

void session_close(struct session *s)
{
	if (!s)
		return;
	snapshot_free(s->snapshot);
	the_session = NULL;
	free(s);
}

/* ---- executing ---- */

static void run_threads(struct session *s, struct exec_policy *policy, struct outcome *out)
{
	s->world->racing = 1;
	s->running = true;
	out->end = sched_run(policy, s->threads, STEP_BOUND);
	s->running = false;
	s->world->racing = 0;
	current = s->main_task;
	san_report_anybodys();
	s->main_task->points = 0;
	out->steps = machine->sched.step;
	if (out->end == SCHED_DEADLOCK && !s->found)
		out->stuck = !check_deadlock();
	if (out->end == SCHED_BOUND && !s->found)
		check_livelock(STEP_BOUND);
}

/* All threads have ended: what is to be said about the state that they left. */
static void conclude(struct session *s, struct outcome *out)
{
	if (!s->config.scn->finally.nr || run_main(s, &s->ref[SCN_MAX_THREADS + 1])) {
		out->row = grade(s->world);
		check_quiescent();
		world_check_files(s->world);
		world_check_locked(s->world);
	}
	/* After the checks of structure: what they say is nearer to the cause. */
	if (!s->found)
		grade_report(s->world, out->row);
	if (!s->found && run_main(s, NULL))
		check_leaks();
}

size_t session_size(const struct session *s)
{
	return snapshot_size(s->snapshot);
}

/* The time since the last lap goes there; NULL: here it begins. */
static void lap(struct session *s, double *to)
{
	double now;

	if (likely(!s->config.times))
		return;
	now = thread_s();
	if (to)
		*to += now - s->lap_began;
	s->lap_began = now;
}

static void count_points(const struct session *s, const struct outcome *out)
{
	if (likely(!s->config.times))
		return;
	s->config.times->executions++;
	s->config.times->steps += out->steps;
	s->config.times->points += machine->sched.step;
}

void session_execute(struct session *s, struct exec_policy *policy, struct outcome *out)
{
	struct session_times *const times = s->config.times;

	memset(out, 0, sizeof(*out));
	out->row = ROW_NONE;
	lap(s, NULL);
	machine_restore(s->snapshot);
	lap(s, times ? &times->reset : NULL);
	s->found = s->setup_broken;
	s->passed = s->set_up_passed;
	if (!s->found)
		run_threads(s, policy, out);
	lap(s, times ? &times->threads : NULL);
	if (!s->found && out->end == SCHED_DONE && !sigsetjmp(s->past_checks, 0)) {
		s->concluding = true;
		conclude(s, out);
	}
	s->concluding = false;
	out->reached = s->world->reached;
	out->found = s->found;
	if (s->found)
		out->finding = s->finding;
	current = NULL;
	lap(s, times ? &times->conclusion : NULL);
	count_points(s, out);
}

/* ---- telling ---- */

u64 session_hash(const struct session *s)
{
	u64 h = HASH_BASIS, version = MODEL_VERSION;

	h = hash_text(h, s->config.scn->text);
	h = hash_text(h, s->config.provider->name);
	h = hash_bytes(h, s->config.defects, sizeof(s->config.defects));
	return hash_bytes(h, &version, sizeof(version));
}

const struct session_config *session_config(const struct session *s)
{
	return &s->config;
}

const struct passed *session_passed(const struct session *s)
{
	return &s->passed;
}

const struct world *session_world(const struct session *s)
{
	return s->world;
}

const char *session_thread_name(const struct session *s, unsigned task)
{
	(void)s;
	return task < machine->nr_tasks ? machine->task[task].name : "?";
}

enum event_kind event_find(const char *name)
{
	unsigned k = 0;

	while (k < EV_NR && strcmp(event_name[k], name))
		k++;
	return (enum event_kind)k;
}

static int no_event(const struct scenario *scn, int line, int column, const char *name, char err[256])
{
	snprintf(err, 256, "%s:%d:%d: expected the name of an event (list goals), found '%s'", scn->path, line, column, name);
	return -1;
}

int session_goals(const struct scenario *scn, struct event_set *goals, char err[256])
{
	*goals = (struct event_set){ { 0 } };
	for (unsigned i = 0; i < scn->nr_goals; i++) {
		const struct scn_goal *g = &scn->goal[i];
		enum event_kind k = event_find(g->name);

		if (k == EV_NR)
			return no_event(scn, g->line, g->column, g->name, err);
		event_set_add(goals, k);
	}
	for (unsigned i = 0; i < scn->nr_near; i++) {
		const struct scn_near *n = &scn->near[i];

		if (event_find(n->event) == EV_NR)
			return no_event(scn, n->line, n->column, n->event, err);
	}
	return 0;
}
