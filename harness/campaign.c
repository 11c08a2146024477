/* SPDX-License-Identifier: GPL-2.0-only */
/* Running a campaign: see campaign.h. */
#include "campaign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "explore/strategy.h"
#include "finding.h"
#include "grade.h"

#define LOOK_AT_CLOCK 64		/* executions between two looks */

struct run {
	const struct campaign *c;
	struct campaign_result *r;
	struct session *session;
	struct explorer explorer;
	struct recording rec;
	struct estimate *est, own;
	struct cover *cover;		/* NULL: not wanted */
	double began;
	void (*step)(struct exec_policy *p, const struct task *t);	/* the explorer's own */
};

/* What sessions pass over goes here. They outlive who opens them: there is one in a process. r->executions are over, from c->first on. */
static struct passing {
	const struct campaign *c;
	struct campaign_result *r;
	bool counts;			/* else it is executed once more, or to no end */
} passing;

static void account_outcome(struct campaign_result *r, const struct outcome *out)
{
	if (out->row >= 0)
		r->outcome[out->row]++;
	r->unlisted += out->row == ROW_UNLISTED;
	for (unsigned i = 0; i < SCN_MAX_NEAR; i++)
		r->near[i] += r->near_event[i] && event_set_has(&out->reached, r->near_event[i] - 1);
}

/* An execution that broke something else than locks may have left nonsense. */
static void account_order(struct campaign_result *r, const struct outcome *out)
{
	if (!out->found || out->finding.oracle == ORACLE_LOCKS)
		observed_harvest(&r->observed, LC_NR);
}

void campaign_account(struct campaign_result *r, const struct outcome *out)
{
	r->steps += out->steps;
	event_set_join(&r->reached, &out->reached);
	r->stuck += out->stuck;
	account_outcome(r, out);
	account_order(r, out);
	r->executions++;
}

static void account(struct run *run, const struct outcome *out)
{
	campaign_account(run->r, out);
	if (run->cover)
		cover_execution(run->cover);
	run->r->decisions += run->rec.decisions;
	if (!estimate_frozen(run->est))
		estimate_execution(run->est, run->rec.decisions, out->steps);
}

static bool wanted(const struct campaign *c, const struct outcome *out)
{
	if (c->target)
		return out->found && !strcmp(c->target, out->finding.signature);
	return out->found && !string_list_has(c->known, out->finding.signature);
}

/* It is known, and nothing went on behind it in this execution. */
static void account_known(struct run *run, const struct outcome *out, u64 i)
{
	if (out->found && string_list_has(run->c->known, out->finding.signature))
		judged_add(&run->r->known, &out->finding, i);
}

static bool out_of_time(const struct run *run, u64 i)
{
	if (interrupted) {
		run->r->interrupted = 1;
		return true;
	}
	if (run->c->is_in_vain && !(i % LOOK_AT_CLOCK) && run->c->is_in_vain(run->c->slice))
		return true;
	return run->c->time_ns && !(i % LOOK_AT_CLOCK) && (now_s() - run->began) * 1e9 >= (double)run->c->time_ns;
}

static void keep_finding(struct run *run, const struct outcome *out, const struct strategy *s, u64 i)
{
	struct campaign_result *r = run->r;

	if (run->c->is_first && !run->c->is_first(run->c->slice))
		return;
	r->found = 1;
	r->finding = out->finding;
	r->found_at = i;
	r->found_decisions = run->rec.decisions;
	snprintf(r->strategy, sizeof(r->strategy), "%s", s->name);
	data_collect(NULL);		/* what is executed to tell of it was executed already */
	passing.counts = false;
	if (run->c->artifacts || run->c->minimise)
		finding_report(run->session, run->c, &run->rec, r);
}

static void watched_step(struct exec_policy *p, const struct task *t)
{
	struct run *run = container_of(p, struct run, explorer.policy);

	run->step(p, t);
	if (run->cover)
		cover_step(run->cover, t);
	if (run->c->watch && run->c->watch->step)
		run->c->watch->step(run->c->watch->arg, t);
}

static void watch_steps(struct run *run)
{
	if (!run->cover && (!run->c->watch || !run->c->watch->step))
		return;
	run->step = run->explorer.policy.step;
	run->explorer.policy.quiet = !run->c->watch;
	run->explorer.policy.step = watched_step;
}

/* Execution i is the same wherever a campaign is cut: what is estimated is estimated from the first ones. */
static void warm_up(struct run *run)
{
	const struct campaign *c = run->c;
	struct outcome out;

	for (u64 i = 0; c->first && !c->estimate && !estimate_frozen(run->est); i++) {
		recording_clear(&run->rec);
		explorer_begin(&run->explorer, strategy_estimated(c->strategy, i, run->est), c->seed, i, run->est, &run->rec);
		run->explorer.estimate = run->est;
		session_execute(run->session, &run->explorer.policy, &out);
		estimate_execution(run->est, run->rec.decisions, out.steps);
	}
}

static void run_all(struct run *run)
{
	const struct campaign *c = run->c;
	u64 bound = c->executions ? c->executions : ~0ul;
	struct outcome out;

	for (u64 i = c->first; i - c->first < bound && !out_of_time(run, i); i++) {
		const struct strategy *s = strategy_estimated(c->strategy, i, run->est);

		recording_clear(&run->rec);
		explorer_begin(&run->explorer, s, c->seed, i, run->est, &run->rec);
		if (explorer_is_over(&run->explorer)) {
			run->r->exhausted = 1;
			break;
		}
		run->explorer.estimate = estimate_frozen(run->est) ? NULL : run->est;
		session_execute(run->session, &run->explorer.policy, &out);
		account(run, &out);
		if (c->watch && c->watch->ended)
			c->watch->ended(c->watch->arg, &out);
		if (wanted(c, &out)) {
			keep_finding(run, &out, s, i);
			break;
		}
		account_known(run, &out, i);
	}
}

/* Does execution i build upon execution at, which comes before it? */
static bool builds_upon(const char *strategy, u64 i, u64 at, const struct estimate *est)
{
	const struct strategy *s = strategy_for(strategy, i);

	if (!estimate_frozen(est) || s->keeps)
		return true;
	return s->learns && strategy_for(strategy, at) == s && at / STRATEGY_EPOCH == i / STRATEGY_EPOCH;
}

bool campaign_draw(struct session *s, const char *strategy, u64 seed, u64 i, struct recording *rec, struct outcome *out)
{
	struct estimate *est = calloc(1, sizeof(*est));
	bool over = false;
	struct explorer e;

	if (!est)
		die("out of memory");
	explorer_init(&e);
	for (u64 at = 0; at <= i && !over; at++) {
		if (at < i && !builds_upon(strategy, i, at, est))
			continue;
		explorer_begin(&e, strategy_estimated(strategy, at, est), seed, at, est, rec);
		over = explorer_is_over(&e);
		if (over)
			break;
		e.estimate = estimate_frozen(est) ? NULL : est;
		session_execute(s, &e.policy, out);
		if (e.estimate)
			estimate_execution(est, rec->decisions, out->steps);
	}
	explorer_free(&e);
	free(est);
	return !over;
}

static void passed(void *arg, const struct finding *f)
{
	const struct passing *p = arg;
	u64 execution = p->c->first + p->r->executions;

	if (!p->counts)
		return;
	if (p->c->judge)
		judged_add(&p->r->judged, f, execution);
	else
		judged_add(&p->r->known, f, execution);
}

struct session *campaign_open(const struct campaign *c, struct campaign_result *r)
{
	const struct session_config sc = {
		.scn = c->scn, .provider = c->provider, .defects = DEFECTS_OF(c), .oracles = c->oracles,
		.access = c->access, .memory = c->memory, .data = c->data, .times = c->times,
		.locking = c->locking, .known = c->known, .only = c->target, .judge = c->judge,
		.passed = passed, .passed_arg = &passing,
		.watch = c->watch ? c->watch->event : NULL, .watch_arg = c->watch ? c->watch->arg : NULL,
	};
	struct session *session;
	char err[512];

	/* What is passed over in set-up counts once, however many slices there are. */
	passing = (struct passing){ c, r, !c->first };
	session_goals(c->scn, &r->goals, err);
	for (unsigned i = 0; i < c->scn->nr_near; i++)
		r->near_event[i] = event_find(c->scn->near[i].event) + 1u;
	session = session_open(&sc, err);
	if (!session) {
		r->failed = 1;
		snprintf(r->error, sizeof(r->error), "%.255s", err);
	}
	return session;
}

void campaign_run(const struct campaign *c, struct campaign_result *r)
{
	struct run run = { .c = c, .r = r, .began = now_s()};

	run.est = c->estimate ? c->estimate : &run.own;
	run.session = campaign_open(c, r);
	if (!run.session)
		return;
	explorer_init(&run.explorer);
	if (c->kept)
		explorer_resume(&run.explorer, c->kept);
	if (c->cover)
		run.cover = cover_new(c->cover_log);
	passing.counts = false;
	warm_up(&run);
	passing.counts = true;
	watch_steps(&run);
	data_collect(c->data);
	run_all(&run);
	data_collect(NULL);
	r->elapsed_s = now_s() - run.began;
	if (run.cover)
		cover_end(run.cover, &r->cover);
	if (c->kept)
		explorer_suspend(&run.explorer, c->kept);
	explorer_free(&run.explorer);
	recording_free(&run.rec);
	session_close(run.session);
}
