/* SPDX-License-Identifier: GPL-2.0-only */
/* Shrinking a scenario: see shrink.h. */
#include "minimise/shrink.h"

#include <stdlib.h>
#include <string.h>

#include "campaign.h"
#include "minimise/cut.h"
#include "minimise/named.h"

#define SHRINK_EXECUTIONS 200000u	/* in all */
#define SHRINK_STEPS 40000000u		/* in all: a livelock makes long executions */
#define SHRINK_MINIMISE 300		/* for new directives after each cut */
#define SHRINK_PASSES 8
#define SHRINK_INNOCENT 100		/* executions without the defects, which must not have the finding */

struct shrinker {
	struct session_config config;
	const char *signature;
	u64 seed;
	u64 steps;			/* of all executions but those that minimise */
	struct task_names names;	/* of the tasks in result->m */
	struct shrunk *result;		/* the best so far */
};

/* ---- names ---- */

void task_names_free(struct task_names *names)
{
	for (unsigned i = 0; i < STRATEGY_TASKS; i++) {
		free(names->name[i]);
		names->name[i] = NULL;
	}
}

void task_names_take(struct task_names *names, const struct session *s)
{
	task_names_free(names);
	for (unsigned i = 0; i < machine->nr_tasks && i < STRATEGY_TASKS; i++) {
		names->name[i] = strdup(session_thread_name(s, i));
		if (!names->name[i])
			die("no memory for a name");
	}
}

/* The directives of the best execution, as far as their tasks still are there. */
static void translate(const struct shrinker *k, const struct session *s, struct directives *to)
{
	const struct directives *from = &k->result->m.directives;
	unsigned task[STRATEGY_TASKS + 1], nr = 0;

	for (unsigned i = 0; i < STRATEGY_TASKS; i++)
		task[i] = task_named(s, k->names.name[i]);
	task[DIRECTIVE_NOBODY] = DIRECTIVE_NOBODY;
	for (unsigned i = 0; i < STRATEGY_TASKS; i++)
		if (task[from->order[i]] != DIRECTIVE_NOBODY)
			to->order[nr++] = (u8)task[from->order[i]];
	for (unsigned i = 0; i < STRATEGY_TASKS; i++)
		if (!memchr(to->order, (int)i, nr))
			to->order[nr++] = (u8)i;
	to->nr = 0;
	for (u32 i = 0; i < from->nr; i++) {
		struct directive v = from->item[i];
		bool to_task = v.kind == DIRECTIVE_SWITCH;

		if (v.task != DIRECTIVE_NOBODY && task[v.task] == DIRECTIVE_NOBODY)
			continue;
		if (to_task && task[v.to] == DIRECTIVE_NOBODY)
			continue;
		v.task = (u8)task[v.task];
		v.to = (u8)(to_task ? task[v.to] : v.to);
		directives_add(to, v);
	}
}

/* ---- is it still found? ---- */

static bool found(struct shrinker *k, const struct outcome *out)
{
	k->result->executions++;
	k->steps += out->steps;
	return out->found && !strcmp(out->finding.signature, k->signature);
}

static bool find_by_directives(struct shrinker *k, struct session *s, struct recording *rec)
{
	struct directives d = { .nr = 0 };
	struct director p;
	struct outcome out;

	translate(k, s, &d);
	director_begin(&p, &d, rec);
	session_execute(s, &p.policy, &out);
	directives_free(&d);
	return found(k, &out);
}

static bool find_by_exploring(struct shrinker *k, struct session *s, u64 executions, struct recording *rec)
{
	struct estimate *est = calloc(1, sizeof(*est));
	struct explorer e;
	struct outcome out;
	bool got = false;

	if (!est)
		die("no memory for an estimate");
	explorer_init(&e);
	for (u64 i = 0; i < executions && !got && !interrupted; i++) {
		explorer_begin(&e, strategy_estimated("auto", i, est), k->seed, i, est, rec);
		e.estimate = estimate_frozen(est) ? NULL : est;
		session_execute(s, &e.policy, &out);
		if (!estimate_frozen(est))
			estimate_execution(est, rec->decisions, out.steps);
		got = found(k, &out);
	}
	explorer_free(&e);
	free(est);
	return got;
}

static struct session *open_session(const struct shrinker *k, const struct scenario *scn, bool defects)
{
	struct session_config config = k->config;
	char err[512];

	config.scn = scn;
	if (!defects)
		memset(config.defects, 0, sizeof(config.defects));
	return session_open(&config, err);
}

/* A cut may break the scenario itself (an expectation without its write): then the finding is there without the defect, too. */
static bool innocent(struct shrinker *k, const struct scenario *scn)
{
	struct recording rec = { .nr = 0 };
	struct session *s;
	bool guilty, any = false;

	for (unsigned i = 0; i < ARRAY_SIZE(k->config.defects); i++)
		any |= k->config.defects[i];
	if (!any)
		return true;
	s = open_session(k, scn, false);
	if (!s)
		return false;
	guilty = find_by_directives(k, s, &rec) || find_by_exploring(k, s, SHRINK_INNOCENT, &rec);
	session_close(s);
	recording_free(&rec);
	return !guilty;
}

/* A statement less is not worth a preemption more. The first scenario of all has nothing to be compared with. */
static bool simple(const struct shrinker *k, const struct minimised *m)
{
	return !k->result->scn || m->preemptions[1] <= k->result->m.preemptions[1];
}

/* If the scenario has the finding, fill in an execution of it, with few preemptions. */
static bool still_found(struct shrinker *k, const struct scenario *scn, struct minimised *m, struct task_names *names)
{
	struct recording rec = { .nr = 0 };
	struct session *s = open_session(k, scn, true);
	bool got;

	memset(m, 0, sizeof(*m));
	if (!s)
		return false;
	got = find_by_directives(k, s, &rec) || find_by_exploring(k, s, SHRINK_EXPLORE, &rec);
	if (got)
		got = minimise(s, &rec, k->signature, SHRINK_MINIMISE, m);
	got = got && simple(k, m);
	k->result->executions += m->executions;
	task_names_take(names, s);
	session_close(s);
	recording_free(&rec);
	return got;
}

/* ---- cutting ---- */

/* Takes scn over. */
static bool accept(struct shrinker *k, struct scenario *scn)
{
	struct task_names names = { { NULL } };
	struct minimised m;

	if (!scn)
		return false;
	if (!still_found(k, scn, &m, &names) || !innocent(k, scn)) {
		minimised_free(&m);
		task_names_free(&names);
		scn_free(scn);
		return false;
	}
	scn_free(k->result->scn);
	minimised_free(&k->result->m);
	task_names_free(&k->names);
	k->result->scn = scn;
	k->result->m = m;
	k->names = names;
	return true;
}

static bool exhausted(const struct shrinker *k)
{
	return k->result->executions >= SHRINK_EXECUTIONS || k->steps >= SHRINK_STEPS || interrupted;
}

static bool try_cut(struct shrinker *k, const struct cut *cut, unsigned body, unsigned at)
{
	struct scenario *scn, *smaller = NULL;

	if (exhausted(k))
		return false;
	scn = cut_reparsed(k->result->scn);
	if (!scn)
		return false;
	if (cut->apply(scn, body, at)) {
		cut_expectations(scn, k->result->scn);
		smaller = cut_reparsed(scn);
	}
	scn_free(scn);
	return accept(k, smaller);
}

/* From the end: what comes last is needed least. */
static bool try_everywhere(struct shrinker *k, const struct cut *cut)
{
	bool any = false;

	for (unsigned body = cut->statements ? cut_bodies(k->result->scn) : 1; body-- > 0;) {
		unsigned at = cut->statements ? cut_statements(k->result->scn, body) : SCN_MAX_OUTCOMES;

		while (at-- > 0)
			any |= try_cut(k, cut, body, at);
	}
	return any;
}

static void cut_all(struct shrinker *k)
{
	bool any = true;

	for (unsigned pass = 0; pass < SHRINK_PASSES && any; pass++) {
		any = false;
		for (const struct cut *cut = cuts; cut->name; cut++)
			any |= try_everywhere(k, cut);
	}
}

/* Without goals, and with a name of its own. */
static struct scenario *to_begin_with(const struct scenario *scn)
{
	struct scenario *copy = cut_reparsed(scn), *named = NULL;
	size_t room = strlen(scn->name) + 5;
	char *name = malloc(room);

	if (copy && name) {
		snprintf(name, room, "%s-min", scn->name);
		free(copy->name);
		copy->name = name;
		name = NULL;
		cut_goals(copy);
		named = cut_reparsed(copy);
	}
	free(name);
	scn_free(copy);
	return named;
}

/* The last word about the schedule: with all the executions that a schedule may cost. */
static bool finish(struct shrinker *k)
{
	struct session *s = open_session(k, k->result->scn, true);
	struct minimised m;
	bool got;

	if (!s)
		return false;
	got = minimise(s, &k->result->m.rec, k->signature, MINIMISE_EXECUTIONS, &m);
	k->result->executions += m.executions;
	if (got) {
		minimised_free(&k->result->m);
		k->result->m = m;
	} else {
		minimised_free(&m);
	}
	session_close(s);
	return got;
}

bool shrink(const struct session_config *config, const struct minimised *from, const struct task_names *names, u64 seed,
	    struct shrunk *result)
{
	struct shrinker k = { .config = *config, .signature = from->finding.signature, .seed = seed, .result = result };
	bool done = false;

	memset(result, 0, sizeof(*result));
	directives_copy(&result->m.directives, &from->directives);
	for (unsigned i = 0; i < STRATEGY_TASKS; i++)
		k.names.name[i] = names->name[i] ? strdup(names->name[i]) : NULL;
	result->size[0] = cut_size(config->scn);
	if (accept(&k, to_begin_with(config->scn))) {
		cut_all(&k);
		result->size[1] = cut_size(result->scn);
		done = finish(&k);
		/* What was before is the execution that all began with. */
		result->m.preemptions[0] = from->preemptions[0];
		result->m.steps[0] = from->steps[0];
	}
	task_names_free(&k.names);
	return done;
}

void shrunk_free(struct shrunk *result)
{
	scn_free(result->scn);
	minimised_free(&result->m);
	memset(result, 0, sizeof(*result));
}
