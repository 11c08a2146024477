/* SPDX-License-Identifier: GPL-2.0-only */
/* Minimising an execution: see minimise.h. */
#include "minimise/minimise.h"

#include <stdlib.h>
#include <string.h>

#include "campaign.h"
#include "minimise/ddmin.h"
#include "minimise/orders.h"

#define STEPS_EACH 500			/* of an execution, as far as the cap is concerned */
#define EXCHANGES 4000u			/* in vain, one after the other */

struct search {
	struct session *session;
	const char *signature;
	u64 cap;
	u64 steps;			/* of all executions */
	bool spoilt;			/* the result would not repeat in another process */
	struct minimised *best;
	struct schedule_log log, first, best_log;	/* of the last execution, of the one to begin with, of the best one */
	struct recording rec;		/* of the last execution */
	struct orders orders;
};

static bool exhausted(const struct search *s)
{
	/* One is left to see whether the result repeats. Long executions count for several, lest a livelock takes minutes. */
	return s->best->executions + 1 >= s->cap || s->steps / STEPS_EACH >= s->cap || s->spoilt || interrupted;
}

/*
 * ThreadSanitizer and AddressSanitizer report a thing once in a process. After a report on the way, later executions run on past
 * that place, and would not in another process: nothing found from then on can be trusted.
 */
static bool reported_once(const struct finding *f)
{
#if defined(FLAVOUR_TSAN) || defined(FLAVOUR_ASAN)
	return f->oracle == ORACLE_RACE || strstr(f->signature, "asan:");
#else
	(void)f;
	return false;
#endif
}

/* Execute once. True when it ends with the signature. */
static bool execute(struct search *s, struct exec_policy *policy, struct finding *finding)
{
	struct logger logger;
	struct outcome out;

	logger_begin(&logger, policy, &s->log);
	session_execute(s->session, &logger.policy, &out);
	s->best->executions++;
	s->steps += out.steps;
	*finding = out.finding;
	if (!out.found)
		return false;
	if (!strcmp(out.finding.signature, s->signature))
		return true;
	s->spoilt |= reported_once(&out.finding);
	return false;
}

static void log_copy(struct schedule_log *to, const struct schedule_log *from)
{
	if (to->cap < from->nr) {
		to->cap = from->nr;
		free(to->entry);
		to->entry = malloc(to->cap * sizeof(*to->entry));
		if (!to->entry)
			die("no memory for a log of %u entries", to->cap);
	}
	if (from->nr)
		memcpy(to->entry, from->entry, from->nr * sizeof(*to->entry));
	to->nr = from->nr;
	to->preemptions = from->preemptions;
	to->tasks = from->tasks;
}

/* Fewer preemptions; then fewer directives; then fewer steps. */
static bool better(const struct search *s, const struct directives *d)
{
	const struct minimised *b = s->best;

	if (s->log.preemptions != b->preemptions[1])
		return s->log.preemptions < b->preemptions[1];
	if (d->nr != b->directives.nr)
		return d->nr < b->directives.nr;
	return s->rec.steps < b->steps[1];
}

static void keep(struct search *s, const struct directives *d, const struct finding *finding)
{
	struct minimised *b = s->best;

	directives_copy(&b->directives, d);
	recording_copy(&b->rec, &s->rec);
	log_copy(&s->best_log, &s->log);
	b->finding = *finding;
	b->preemptions[1] = s->log.preemptions;
	b->steps[1] = s->rec.steps;
	b->tasks = s->log.tasks;
}

static bool test(void *arg, struct directives *candidate)
{
	struct search *s = arg;
	struct director director;
	struct finding finding;

	if (exhausted(s))
		return false;
	director_begin(&director, candidate, &s->rec);
	if (!execute(s, &director.policy, &finding))
		return false;
	directives_derive(candidate, &s->log);
	if (better(s, candidate))
		keep(s, candidate, &finding);
	return true;
}

/* With one base order: from that of two executions which takes fewer directives in it. */
static void try_order(struct search *s, unsigned i, const struct schedule_log *a, const struct schedule_log *b)
{
	const struct ddmin dd = { .test = test, .arg = s };
	struct directives d = { .nr = 0 }, other = { .nr = 0 };

	orders_get(&s->orders, i, d.order);
	memcpy(other.order, d.order, sizeof(other.order));
	directives_derive(&d, a);
	directives_derive(&other, b);
	ddmin_run(&dd, other.nr < d.nr ? &other : &d);
	directives_free(&d);
	directives_free(&other);
}

static bool least(const struct search *s)
{
	return !s->best->directives.nr;
}

/* ---- out of a local minimum ---- */

/* Number which of the switches in d; directives of a switch that would have come anyhow count, too. */
static u32 nth_switch(const struct directives *d, u32 which)
{
	u32 i = 0;

	while (d->item[i].kind != DIRECTIVE_SWITCH || which--)
		i++;
	return i;
}

static u32 switches(const struct directives *d)
{
	u32 nr = 0;

	for (u32 i = 0; i < d->nr; i++)
		nr += d->item[i].kind == DIRECTIVE_SWITCH;
	return nr;
}

/* A switch to one of the tasks, before one of the operations that the best execution has. */
static struct directive random_switch(const struct search *s, u64 *rng)
{
	const struct schedule_log *log = &s->best_log;
	struct directive v = { .kind = DIRECTIVE_SWITCH };
	u32 at;

	do
		at = (u32)rng_below(rng, log->nr);
	while (!log->entry[at].enabled);
	v.task = log->entry[at].answer;
	for (u32 i = 0; i <= at; i++)
		v.n += log->entry[i].enabled && log->entry[i].answer == v.task;
	v.to = (u8)rng_bit(rng, log->tasks);
	return v;
}

/* In its place, so that those of its task come in the order of n. */
static void insert(struct directives *to, const struct directives *from, struct directive v)
{
	u32 i = 0;

	memcpy(to->order, from->order, sizeof(to->order));
	to->nr = 0;
	while (i < from->nr && (from->item[i].kind != v.kind || from->item[i].task != v.task || from->item[i].n < v.n))
		directives_add(to, from->item[i++]);
	directives_add(to, v);
	while (i < from->nr)
		directives_add(to, from->item[i++]);
}

/* The best directives with one switch in place of two others, sometimes in another order. */
static void mutate(const struct search *s, u64 *rng, struct directives *spare, struct directives *to)
{
	directives_copy(spare, &s->best->directives);
	for (unsigned i = 0; i < 2; i++) {
		directives_without(to, spare, nth_switch(spare, (u32)rng_below(rng, switches(spare))), 1);
		directives_copy(spare, to);
	}
	insert(to, spare, random_switch(s, rng));
	if (!rng_below(rng, 4))
		orders_get(&s->orders, (unsigned)rng_below(rng, s->orders.nr), to->order);
}

/*
 * Taking away alone ends where each of five switches is needed for the next one. What two switches bring about, a single one
 * elsewhere often does.
 */
static void exchange(struct search *s, u32 limit)
{
	const struct ddmin dd = { .test = test, .arg = s };
	struct directives d = { .nr = 0 }, spare = { .nr = 0 };
	u64 rng = rng_start(0, 0, 'x');

	for (u32 failed = 0; failed < limit && !exhausted(s); failed++) {
		u64 before = s->best->preemptions[1];

		if (before < 2 || switches(&s->best->directives) < 2)
			break;
		mutate(s, &rng, &spare, &d);
		if (!test(s, &d))
			continue;
		ddmin_run(&dd, &d);
		if (s->best->preemptions[1] < before)
			failed = 0;
	}
	directives_free(&d);
	directives_free(&spare);
}

/*
 * From what is best so far a few executions show whether another order is better; from the first execution it takes many, and
 * they are worth it only with many left.
 */
static void search_orders(struct search *s)
{
	for (unsigned i = 0; i < s->orders.nr && !exhausted(s) && !least(s); i++)
		try_order(s, i, &s->first, &s->best_log);
	exchange(s, EXCHANGES / 4);
	for (unsigned i = 1; i < s->orders.nr && !exhausted(s) && s->best->preemptions[1] > 1; i++)
		try_order(s, i, &s->first, &s->first);
	exchange(s, EXCHANGES);
}

/* Does the result repeat as a recording? */
static bool repeats(struct search *s)
{
	const struct recording *wanted = &s->best->rec;
	struct replayer p;
	struct finding finding;

	replayer_begin(&p, wanted, &s->rec);
	return !s->spoilt && execute(s, &p.policy, &finding) && !p.diverged && s->rec.steps == wanted->steps && s->rec.hash == wanted->hash;
}

/* policy leads to the execution to begin with. */
static bool search(struct search *s, struct exec_policy *policy)
{
	struct directives d = { .nr = 0 };
	struct finding finding;

	if (!execute(s, policy, &finding))
		return false;
	log_copy(&s->first, &s->log);
	for (u32 i = 0; i < s->log.nr; i++)
		if (s->log.entry[i].enabled)
			orders_add(&s->orders, s->log.entry[i].answer);
	orders_seal(&s->orders);
	s->best->preemptions[0] = s->log.preemptions;
	s->best->steps[0] = s->rec.steps;
	orders_get(&s->orders, 0, d.order);
	directives_derive(&d, &s->first);
	keep(s, &d, &finding);
	directives_free(&d);
	search_orders(s);
	return repeats(s);
}

static void search_end(struct search *s)
{
	log_free(&s->log);
	log_free(&s->first);
	log_free(&s->best_log);
	recording_free(&s->rec);
}

bool minimise(struct session *session, const struct recording *rec, const char *signature, u64 cap, struct minimised *m)
{
	struct search s = { .session = session, .signature = signature, .cap = cap, .best = m };
	struct replayer p;
	bool done;

	memset(m, 0, sizeof(*m));
	replayer_begin(&p, rec, &s.rec);
	done = search(&s, &p.policy);
	search_end(&s);
	return done && !p.diverged;
}

bool minimise_directives(struct session *session, const struct directives *d, const char *signature, u64 cap,
			 struct minimised *m)
{
	struct search s = { .session = session, .signature = signature, .cap = cap, .best = m };
	struct director p;
	bool done;

	memset(m, 0, sizeof(*m));
	director_begin(&p, d, &s.rec);
	p.fate = directive_fates(d);
	done = search(&s, &p.policy);
	search_end(&s);
	free(p.fate);
	return done;
}

void minimised_free(struct minimised *m)
{
	recording_free(&m->rec);
	directives_free(&m->directives);
}

static const char *task_name(void *arg, unsigned task)
{
	return session_thread_name(arg, task);
}

void minimised_print(const struct minimised *m, const struct session *s, FILE *out)
{
	directives_print(&m->directives, m->tasks, task_name, (void *)s, out);
}
