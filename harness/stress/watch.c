/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The supervisor of a stress run: time, interrupts, threads that hang, crashes, and the report of what was found.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "campaign.h"
#include "check/check.h"
#include "defects.h"
#include "finding.h"
#include "noise.h"
#include "realthreads.h"
#include "sanitize.h"
#include "settings.h"
#include "stress/memory.h"
#include "stress/stress.h"

#define LOOK_NS 20000000l		/* between two looks */
#define SETTLE_NS 300000000l		/* until threads that were told to stand still do so */

static void nap(long ns)
{
	const struct timespec t = { 0, ns };

	nanosleep(&t, NULL);
}

/* ---- the report ---- */

/* The command that looks for it on schedules. */
static void hand_over(struct stress *s)
{
	const struct stress_config *c = s->config;
	FILE *out = fmemopen(s->result->next, sizeof(s->result->next) - 1, "w");

	if (!out)
		die("no stream for the report");
	fprintf(out, "rmaptorture explore %s --provider %s", c->scn->name, c->provider->name);
	for (int i = 0; i < CORE_NR_DEFECTS; i++)
		if (defect_in(c->defects, (unsigned)i))
			fprintf(out, " --defect %s", core_defects[i].name);
	fprintf(out, " --target '%s'", s->result->finding.signature);
	fclose(out);
}

const char *stress_noise_name(const struct stress_config *c)
{
	return c->noise_profile < NOISE_PROFILES ? noise_names[c->noise_profile] : "mixed";
}

static void report(struct stress *s)
{
	const struct stress_config *c = s->config;
	struct stress_result *r = s->result;
	const struct finding *f = &r->finding;
	FILE *out = fmemopen(r->report, sizeof(r->report) - 1, "w");

	if (!out)
		die("no stream for the report");
	fprintf(out, "FINDING %s  (oracle %s)\n  %s\n  by %s%s%s, on real threads\n", f->signature, oracle_names[f->oracle], f->text,
		f->task, f->site[0] ? " at " : "", f->site);
	finding_print_splat(f, out);
	finding_print_tasks(out);
	fprintf(out, "  scenario %s, provider %s, seed %lu, noise %u %% %s, %u copies; once in %lu rounds, after %.1f s\n", c->scn->name,
		c->provider->name, c->seed, c->noise, stress_noise_name(c), c->copies, r->rounds + 1, now_s() - s->began);
	if (s->dump[0])
		fprintf(out, "  state of all threads: %s\n", s->dump);
	hand_over(s);
	fprintf(out, "  hand over: %s\n", r->next);
	fclose(out);
}

/* ---- hangs ---- */

/*
 * Time is counted in looks here: while the whole machine stood still (a virtual one may, for seconds) nobody could make a step.
 */
struct pulse {
	u64 steps;
	double since;			/* when it last changed, in what was watched */
};

/* What all threads together have done. */
struct pace {
	u64 finished;			/* operations */
	u64 steps;
	double since;			/* when .finished last changed; .steps is of then */
};

static struct pace pace_now(const struct stress *s)
{
	struct pace p = { .since = s->watched_s };

	for (unsigned i = 1; i < machine->nr_tasks; i++) {
		p.finished += __atomic_load_n(&machine->task[i].ops_done, __ATOMIC_RELAXED);
		p.steps += __atomic_load_n(&machine->task[i].steps, __ATOMIC_RELAXED);
	}
	return p;
}

static bool asleep_for_good(const struct task *t, struct pulse *p, double now, double limit)
{
	u64 steps = __atomic_load_n(&t->steps, __ATOMIC_RELAXED);

	if (steps != p->steps || !__atomic_load_n(&t->blocked, __ATOMIC_RELAXED)) {
		p->steps = steps;
		p->since = now;
		return false;
	}
	return now - p->since > limit;
}

static struct task nobody = { .name = "watchdog" };

#define LOOK_S 30u			/* so long may the supervisor take to say what hangs */

static struct stress_result *hung;	/* the handler has no argument */

/* The supervisor himself hangs, in what the threads have left: then nobody can say more than that. */
static void on_late(int sig)
{
	(void)sig;
	hung->failed = 1;
	strcpy(hung->error, "threads hang, and so does the check that was to say which");
	_exit(0);
}

/* From here on the supervisor alone reports, and the threads stand still where they are. */
static void take_over(struct stress *s)
{
	hung = s->result;
	signal(SIGALRM, on_late);
	alarm(LOOK_S);
	stress_dump_stacks();
	s->supervising = 1;
	__atomic_store_n(&machine->stop, 1, __ATOMIC_RELAXED);
	nap(SETTLE_NS);
	current = &nobody;
	if (!stress_dump(s, s->dump))
		s->dump[0] = 0;
}

/* Everybody stands still: name the cycle, or at least who hangs. */
static void name_hang(struct stress *s, const struct task *t)
{
	take_over(s);
	if (!check_deadlock() && !s->claimed)
		violation_at(ORACLE_PROGRESS, "hang", t->op.site, "%s has made no step for %.0f s", t->name, s->config->hang_s);
	current = NULL;
}

/*
 * Steps are made, and nothing comes of them: those that spin keep each other going. So many for each thread, lest a machine that
 * has other things to do looks like that.
 */
static bool look_for_livelock(struct stress *s, struct pace *last)
{
	struct pace now = pace_now(s);

	if (now.finished != last->finished) {
		*last = now;
		return false;
	}
	if (now.since - last->since <= s->config->hang_s || now.steps - last->steps < STEP_BOUND * (u64)machine->nr_tasks)
		return false;
	take_over(s);
	if (!s->claimed)
		check_livelock_lasting(s->config->hang_s);
	current = NULL;
	return true;
}

#define STANDSTILL 12			/* times as long as a thread may hang */

/* Nobody makes a step, and nobody sleeps for a lock: a check of the harness's own that goes round and round, at a barrier. */
static bool look_for_standstill(struct stress *s, struct pace *last)
{
	struct pace now = pace_now(s);

	if (now.finished != last->finished || now.steps != last->steps) {
		*last = now;
		return false;
	}
	if (now.since - last->since <= STANDSTILL * s->config->hang_s)
		return false;
	take_over(s);
	current = NULL;
	s->result->failed = 1;
	snprintf(s->result->error, sizeof(s->result->error), "no thread has made a step for %.0f s: a check hangs%s%s",
		 now.since - last->since, s->dump[0] ? ", see " : "", s->dump);
	return true;
}

static bool look_for_hangs(struct stress *s, struct pulse *pulse)
{
	for (unsigned i = 1; i < machine->nr_tasks; i++)
		if (machine->task[i].state == TASK_READY &&
		    asleep_for_good(&machine->task[i], &pulse[i], s->watched_s, s->config->hang_s)) {
			name_hang(s, &machine->task[i]);
			return true;
		}
	return false;
}

/* ---- crashes ---- */

static void on_crash(int sig, siginfo_t *info, void *context)
{
	const struct site *site = san_crash_site(context);

	if (!site)
		site = current && current->op.site ? current->op.site : HERE;
	if (!current)
		die("crashed (signal %d at %p)", sig, info->si_addr);
	violation_at(ORACLE_LIFETIME, sig == SIGFPE ? "crash:arithmetic" : "crash:bad-address", site, "%s touches %p, which is nothing",
		     current->name, info->si_addr);
	die("crashed (signal %d at %p)", sig, info->si_addr);
}

static void catch_crashes(void)
{
	struct sigaction sa = { .sa_sigaction = on_crash, .sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGFPE, &sa, NULL);
}

/* Above the ceiling: no more rounds, and what was done until then is told. */
static void look_at_memory(struct stress *s)
{
	struct stress_result *r = s->result;
	const u64 most = s->config->memory_max;
	char where[400];

	if (!most || r->failed || memory_resident_mib() <= most)
		return;
	memory_describe(where, sizeof(where));
	snprintf(r->error, sizeof(r->error), "more than --rss-max %lu: %s", most, where);
	r->failed = 1;
	__atomic_store_n(&s->stopping, 1, __ATOMIC_RELAXED);
}

void stress_watch(struct stress *s)
{
	struct pulse *pulse = calloc(machine->nr_tasks, sizeof(*pulse));
	struct pace last = { .finished = ~0ul }, still = last;
	const struct stress_config *c = s->config;

	if (!pulse)
		die("out of memory");
	catch_crashes();
	while (!threads_ended(s->threads)) {
		nap(LOOK_NS);
		s->watched_s += LOOK_NS * 1e-9;
		/* DRD remembers all that some thread has not heard of: who never meets the others must hear of it, too. */
		hb_acquire(s);
		look_at_memory(s);
		if (interrupted)
			s->result->interrupted = 1;
		if (interrupted || (c->time_ns && (now_s() - s->began) * 1e9 >= (double)c->time_ns))
			__atomic_store_n(&s->stopping, 1, __ATOMIC_RELAXED);
		if (look_for_standstill(s, &still))
			break;
		if (__atomic_load_n(&s->result->found, __ATOMIC_ACQUIRE) || look_for_hangs(s, pulse) ||
		    look_for_livelock(s, &last)) {
			nap(SETTLE_NS);
			stress_sum_up(s);
			report(s);
			alarm(0);
			break;
		}
	}
	free(pulse);
}
