/* SPDX-License-Identifier: GPL-2.0-only */
/* A night from its first job to its last: see night.h. */
#define _GNU_SOURCE
#include "nightly/night.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/json.h"
#include "cli/must.h"
#include "cli/out.h"
#include "nightly/store.h"
#include "nightly/tally.h"
#include "pool.h"

#define LOOK_S 0.5			/* from one look at the disk to the next */
#define TRIES 2				/* of a job that somebody has killed */

/* Somebody who looks after a job. */
struct worker {
	pid_t pid;			/* 0: none */
	unsigned job;
	double began, limit_s;
};

struct driver {
	struct night *night;
	struct store *store;
	struct tally tally;
	struct worker *worker;
	unsigned nr_workers, running;
	unsigned *tries;		/* of each job */
	bool *over;			/* the job has ended, or is another shard's */
	double looked;
	bool stopping;			/* nothing more is begun */
};

static bool mine(const struct night *n, const struct job *job)
{
	return job->shard == n->shard;
}

/* ---- time ---- */

/* Processor time that is kept for what is bounded by executions and has not begun. */
static double reserved_s(const struct driver *d)
{
	double sum = 0;

	for (unsigned i = 0; i < d->night->jobs.nr; i++) {
		const struct job *job = &d->night->jobs.item[i];

		if (!d->over[i] && !d->tries[i] && job->weight <= 0)
			sum += job->estimate_s * (job->group->alone ? d->nr_workers : 1);
	}
	return sum;
}

static double weight_left(const struct driver *d)
{
	double sum = 0;

	for (unsigned i = 0; i < d->night->jobs.nr; i++)
		if (!d->over[i] && !d->tries[i])
			sum += d->night->jobs.item[i].weight;
	return sum;
}

/*
 * What is left of the night, and of it this job's part. Worked out anew for each: so the night ends in time, however long others took.
 * At least a moment: 0 would be no limit.
 */
static double time_for(const struct driver *d, unsigned i)
{
	const struct night *n = d->night;
	const struct job *job = &n->jobs.item[i];
	double end = n->began + n->time_s, now = now_s(), left;

	if (n->time_s <= 0 || job->weight <= 0)
		return 0;
	left = (end - now) * d->nr_workers - reserved_s(d);
	for (unsigned w = 0; w < d->nr_workers; w++)
		if (d->worker[w].pid)
			left -= max(d->worker[w].began + d->worker[w].limit_s - now, 0.0);
	/* Who is begun a second time is not among those that are left. */
	return max(left * job->weight / max(weight_left(d), job->weight), 0.001);
}

/* ---- beginning ---- */

static bool may_begin(const struct driver *d, unsigned i)
{
	const struct job *job = &d->night->jobs.item[i];

	if (d->over[i] || d->tries[i] == TRIES)
		return false;
	for (unsigned w = 0; w < d->nr_workers; w++)
		if (d->worker[w].pid && (d->worker[w].job == i || d->night->jobs.item[d->worker[w].job].group->alone))
			return false;
	return !job->group->alone || !d->running;
}

static void begin(struct driver *d, unsigned i)
{
	struct worker *w = d->worker;
	double limit = time_for(d, i);

	while (w->pid)
		w++;
	fflush(NULL);
	w->pid = fork();
	if (w->pid < 0)
		die("no process: %s", strerror(errno));
	if (!w->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpgid(0, 0);		/* ^C at the terminal is passed on by the driver */
		night_work(d->night, &d->night->jobs.item[i], limit);
		worker_exit();
	}
	w->job = i;
	w->began = now_s();
	w->limit_s = limit > 0 ? limit : d->night->jobs.item[i].estimate_s;
	d->tries[i]++;
	d->running++;
}

static bool begin_next(struct driver *d)
{
	if (d->stopping || d->running == d->nr_workers)
		return false;
	for (unsigned i = 0; i < d->night->jobs.nr; i++)
		if (may_begin(d, i)) {
			begin(d, i);
			return true;
		}
	return false;
}

/* ---- ending ---- */

/* Killed by somebody, not by a fault of its own: that is worth another try. */
static bool was_killed(const json_t *record)
{
	return !record || strstr(json_text_of(record, "why"), "killed by signal 9 ") == json_text_of(record, "why");
}

static void ended(struct driver *d, unsigned i)
{
	const struct job *job = &d->night->jobs.item[i];
	json_t *record = night_record(d->night, job);

	if (was_killed(record) && !d->stopping) {
		progress_clear();
		fprintf(stderr, "rmaptorture: %s: it was killed%s\n", job->name, d->tries[i] < TRIES ? " and is begun again" : " twice");
		if (d->tries[i] < TRIES) {
			json_decref(record);
			return;
		}
	}
	d->over[i] = true;
	store_job(d->store, job);
	tally_job(&d->tally, d->night, job, record);
	json_decref(record);
}

static bool reap(struct driver *d)
{
	bool any = false;

	for (unsigned w = 0; w < d->nr_workers; w++) {
		struct worker *worker = &d->worker[w];

		if (!worker->pid || waitpid(worker->pid, NULL, WNOHANG) <= 0)
			continue;
		worker->pid = 0;
		d->running--;
		ended(d, worker->job);
		any = true;
	}
	return any;
}

static void stop(struct driver *d)
{
	if (d->stopping)
		return;
	d->stopping = true;
	for (unsigned w = 0; w < d->nr_workers; w++)
		if (d->worker[w].pid)
			kill(d->worker[w].pid, SIGTERM);
}

static void look(struct driver *d)
{
	if (interrupted)
		stop(d);
	if (d->stopping || now_s() - d->looked < LOOK_S)
		return;
	d->looked = now_s();
	if (space_is_short(d->night))
		stop(d);
}

/* ---- all of it ---- */

static void show(const struct driver *d)
{
	const struct night *n = d->night;
	double past = now_s() - n->began, left = n->time_s - past;
	unsigned all = 0;
	char when[40] = "";

	if (!progress_due())
		return;
	for (unsigned i = 0; i < n->jobs.nr; i++)
		all += mine(n, &n->jobs.item[i]);
	if (n->time_s > 0)
		snprintf(when, sizeof(when), ", %.0f:%02d left", left / 60, max((int)left % 60, 0));
	for (unsigned w = 0; w < d->nr_workers; w++)
		if (d->worker[w].pid) {
			progress("%u/%u jobs, %u findings%s, %s", d->tally.ended, all, d->tally.nr_findings, when,
				 n->jobs.item[d->worker[w].job].name);
			return;
		}
}

/* Those that ended in an earlier process, and those of other shards, are not begun. */
static void take_up(struct driver *d)
{
	const struct night *n = d->night;

	for (unsigned i = 0; i < n->jobs.nr; i++) {
		json_t *record;

		if (!mine(n, &n->jobs.item[i])) {
			d->over[i] = true;
			continue;
		}
		record = night_record(n, &n->jobs.item[i]);
		if (record && !strcmp(json_text_of(record, "state"), "done")) {
			d->over[i] = true;
			tally_job(&d->tally, n, &n->jobs.item[i], record);
		}
		json_decref(record);
	}
}

/* What did not come to be run counts as well: as what has not. */
static void count_the_rest(struct driver *d)
{
	for (unsigned i = 0; i < d->night->jobs.nr; i++) {
		json_t *record;

		if (d->over[i])
			continue;
		record = night_record(d->night, &d->night->jobs.item[i]);
		tally_job(&d->tally, d->night, &d->night->jobs.item[i], record);
		json_decref(record);
	}
}

/* Its last lines: one verdict, one status. */
static int tell_end(struct driver *d)
{
	const struct night *n = d->night;
	struct results_summary sum;

	if (n->options->format == FORMAT_TEXT)
		tally_print(&d->tally, n);
	if (store_summary(d->store, &sum)) {
		tell_verdict(n, store_db(d->store), &sum);
		return sum.status;
	}
	fprintf(stderr, "rmaptorture: %s: not all results are in it; the records have them: rmaptorture merge --db NEW %s\n", n->db,
		n->dir);
	return tally_unknown(&d->tally) ? EXIT_FINDINGS : EXIT_INCONCLUSIVE;
}

int night_run(struct night *n)
{
	const struct timespec moment = { 0, 20000000 };
	struct driver d = { .night = n, .nr_workers = (unsigned)n->options->jobs };
	int status;

	if (!space_reserve(n))
		return EXIT_INCONCLUSIVE;
	d.worker = must(calloc(d.nr_workers, sizeof(*d.worker)));
	d.tries = must(calloc(n->jobs.nr + 1, sizeof(*d.tries)));
	d.over = must(calloc(n->jobs.nr + 1, sizeof(*d.over)));
	catch_interrupts();
	take_up(&d);
	d.store = store_open(n);
	while (begin_next(&d) || d.running) {
		if (!reap(&d))
			nanosleep(&moment, NULL);
		look(&d);
		show(&d);
	}
	progress_clear();
	count_the_rest(&d);
	space_release(n);
	status = tell_end(&d);
	store_close(d.store);
	tally_free(&d.tally);
	free(d.worker);
	free(d.tries);
	free(d.over);
	return status;
}
