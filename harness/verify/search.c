/* SPDX-License-Identifier: GPL-2.0-only */
/* Systematic search: see search.h. */
#include "verify/search.h"

#include <stdlib.h>
#include <string.h>

#include "campaign.h"
#include "explore/recorder.h"

#define LOOK_AT_CLOCK 64		/* executions between two looks */
#define LONGEST 60000u			/* steps in one execution that clocks can count */

/* ---- one step ---- */

/* Only new steps have to be looked at closely; the others are in the trace already. */
static bool is_new(const struct search *s)
{
	return s->track && s->at - 1 >= s->keep;
}

static void begin_step(struct search *s, const struct task *t)
{
	s->at++;
	s->kind = t->op.kind;
	s->salt = 0;
	sections_step(&s->sections, t);
	footprint_clear(&s->told);
	if (is_new(s))
		dependence_before(&s->seen, t);
}

static void own_footprint(struct node *n, unsigned task, const struct footprint *f)
{
	if (!n->own[task])
		n->own[task] = malloc(sizeof(*f));
	if (!n->own[task])
		die("no memory for a footprint");
	if (n->owned >> task & 1)
		footprint_union(n->own[task], f);
	else
		*n->own[task] = *f;
	n->owned |= 1ul << task;
}

static void new_event(struct search *s, bool known, bool wild)
{
	struct node *n = &s->node[s->at - 1];
	struct trace_event *e;

	dependence_after(&s->seen, &s->sections, &s->told, known, &s->now);
	s->now.wild |= wild;
	trace_find(&s->trace, n->task, &s->now);
	e = trace_add(&s->trace, n->task, &s->now, s->salt);
	e->op = s->seen.op;
	e->word = s->seen.word;
	e->was_free = s->seen.was_free;
	e->enabled = n->enabled;
	if (s->config->method != SEARCH_TRACES)
		return;
	own_footprint(n, n->task, &s->now);
	dpor_races(s);
}

/* known: the machine is as the step left it. wild: nothing can be said about what it did. */
static void end_step(struct search *s, bool known, bool wild)
{
	unsigned task = s->node[s->at - 1].task;

	s->moved[task] = s->at;
	if (op_info[s->kind].access == ACCESS_W)
		s->wrote[task] = s->at;
	s->spun |= s->kind == OP_YIELD;
	if (is_new(s))
		new_event(s, known, wild);
}

/* ---- the policy ---- */

/* Tasks that touch nothing before their first point begin at once; so do daemons, which an execution would else end without. */
static u64 to_start(const struct search *s, u64 enabled)
{
	for (u64 b = enabled; b; b &= b - 1) {
		const struct task *t = &machine->task[__builtin_ctzl(b)];

		if (t->op.kind == OP_START && (s->config->local_starts || t->daemon))
			return b & -b;
	}
	return 0;
}

/*
 * A task that spins need not look again before somebody else has done something: it would see the same. So of those that give
 * way only the ones are offered for which that is the case, unless there is nobody else. What others do who spin, too, does not
 * count: two of them could keep each other busy for ever, and the one that both wait for would never have its turn.
 */
static u64 offered(const struct search *s, u64 enabled)
{
	u64 rest = enabled, start = to_start(s, enabled);

	if (start)
		return start;
	for (u64 b = enabled; b; b &= b - 1) {
		unsigned t = (unsigned)__builtin_ctzl(b);
		bool news = false;

		if (machine->task[t].op.kind != OP_YIELD)
			continue;
		for (unsigned r = 0; r < VERIFY_TASKS; r++)
			news |= r != t && s->wrote[r] > s->moved[t] && machine->task[r].op.kind != OP_YIELD;
		if (!news)
			rest &= ~(1ul << t);
	}
	return rest ? rest : enabled;
}

static void more_nodes(struct search *s)
{
	u32 was = s->cap;

	s->node = verify_grow(s->node, &s->cap, sizeof(*s->node));
	memset(s->node + was, 0, (s->cap - was) * sizeof(*s->node));
}

static int new_node(struct search *s, u64 enabled)
{
	struct node *n;
	int task;

	if (s->nr == s->cap)
		more_nodes(s);
	if (s->nr == LONGEST)
		die("an execution of more than %u steps", LONGEST);
	n = &s->node[s->nr++];
	n->enabled = offered(s, enabled);
	n->todo = n->done = n->sleep = n->owned = 0;
	n->first_choice = s->choice_at;
	task = s->config->method == SEARCH_TRACES ? dpor_node(s) : dfs_node(s);
	if (task < 0)
		return -1;
	n->todo |= 1ul << task;
	n->task = (u32)task;
	return task;
}

/* Everything that this execution does is the same as in the one before, up to here: if not, the search makes no sense. */
static bool goes_on_as_before(struct search *s, u64 enabled)
{
	const struct node *n = &s->node[s->at];

	if (n->enabled == offered(s, enabled) && n->first_choice == s->choice_at)
		return true;
	s->lost = true;
	return false;
}

static unsigned search_pick(struct exec_policy *p, u64 enabled)
{
	struct search *s = container_of(p, struct search, policy);
	int task = -1;

	if (s->at)
		end_step(s, true, false);
	else
		s->callbacks = machine->rcu.pending;
	if (s->at >= s->forced)
		task = new_node(s, enabled);
	else if (goes_on_as_before(s, enabled))
		task = (int)s->node[s->at].task;
	if (task < 0) {
		s->blocked = true;
		sched_stop(SCHED_STOPPED);
	}
	if (s->rec && enabled & (enabled - 1)) {
		recording_add(s->rec, (u8)task);
		s->rec->decisions++;
	}
	begin_step(s, &machine->task[task]);
	return (unsigned)task;
}

/*
 * Bounding the unusual choices leaves the reduction sound: how many there are is the same in every order of independent steps,
 * and the ordinary alternative, which is tried first, can always be had.
 */
static unsigned alternative(struct search *s, enum choice_kind kind, unsigned n)
{
	struct choice *c;

	if (s->choice_at < s->forced_choices) {
		c = &s->choice[s->choice_at++];
		if (c->kind == kind && c->n == n)
			return c->taken;
		s->lost = s->blocked = true;
		sched_stop(SCHED_STOPPED);
	}
	if (s->nr_choices == s->cap_choices)
		s->choice = verify_grow(s->choice, &s->cap_choices, sizeof(*s->choice));
	s->choice[s->nr_choices++] = (struct choice){ .kind = (u8)kind, .n = (u8)n };
	s->choice_at++;
	return 0;
}

static unsigned search_choose(struct exec_policy *p, enum choice_kind kind, unsigned n)
{
	struct search *s = container_of(p, struct search, policy);
	unsigned taken = 0;

	n = min(n, MAX_ALTERNATIVES);
	if (s->unusual < s->config->unusual)
		taken = alternative(s, kind, n);
	else
		s->result->skipped += n - 1;
	s->unusual += taken != 0;
	s->salt = (s->salt + kind * 64ul + taken + 1) * 0x9e3779b97f4a7c15ul;
	if (s->rec)
		recording_add(s->rec, (u8)(CHOICE_BIT | taken));
	return taken;
}

static void search_step(struct exec_policy *p, const struct task *t)
{
	struct search *s = container_of(p, struct search, policy);

	if (s->rec)
		recording_step(s->rec, t, &s->rec_last);
	if (s->config->count_traces)
		s->did[t->id] = (s->did[t->id] ^ step_word(t)) * 0xd6e8feb86659fd93ul;
}

/* What each task did, whatever came in between. */
static u64 done_by_all(const struct search *s)
{
	u64 h = 0;

	for (unsigned i = 0; i < machine->nr_tasks; i++)
		h = key_hash(h + s->did[i]);
	return h;
}

static void search_touch(struct exec_policy *p, const void *obj, unsigned part, enum touch how)
{
	struct search *s = container_of(p, struct search, policy);

	if (s->at && is_new(s))
		dependence_told(&s->told, obj, part, how);
}

/* ---- one execution ---- */

static void begin(struct search *s)
{
	s->at = s->choice_at = s->unusual = 0;
	s->blocked = s->spun = false;
	memset(s->did, 0, sizeof(s->did));
	memset(s->moved, 0, sizeof(s->moved));
	memset(s->wrote, 0, sizeof(s->wrote));
	sections_begin(&s->sections);
}

static void account(struct search *s, struct target_run *run)
{
	struct search_result *r = s->result;

	r->steps += s->at;
	r->spins += s->spun;
	r->longest = max(r->longest, s->at);
	if (s->blocked) {
		r->redundant++;
		return;
	}
	r->executions++;
	run->trace = trace_hash(&s->trace);
	run->did = done_by_all(s);
	if (s->track && hash_set_add(&s->traces, trace_hash(&s->trace)))
		r->traces++;
	if (s->config->ended)
		s->config->ended(s->config->arg, run);
}

static void execute(struct search *s, struct target_run *run)
{
	*run = (struct target_run){ .end = SCHED_DONE };
	begin(s);
	s->config->target->execute(s->config->target, &s->policy, run);
	if (s->lost)
		return;
	if (!s->blocked && s->at) {
		end_step(s, !run->moved_on, run->end == SCHED_STOPPED || run->end == SCHED_BOUND);
		if (s->config->method == SEARCH_TRACES)
			dpor_pending(s);
	}
	account(s, run);
}

/* ---- from one execution to the next ---- */

static u64 left(const struct node *n)
{
	return n->todo & ~n->done & ~n->sleep;
}

/* The last alternative that step i still has; false when it has none. */
static bool change(struct search *s, u32 i)
{
	struct node *n = &s->node[i];

	for (u32 c = s->nr_choices; c-- > n->first_choice;) {
		if (s->choice[c].taken + 1u == s->choice[c].n)
			continue;
		s->choice[c].taken++;
		s->nr_choices = s->forced_choices = c + 1;
		return true;
	}
	s->nr_choices = s->forced_choices = n->first_choice;
	n->done |= 1ul << n->task;
	if (!left(n))
		return false;
	n->task = (u32)__builtin_ctzl(left(n));
	return true;
}

/* Give up what was done last until something else can be done. */
static bool next(struct search *s)
{
	while (s->nr) {
		if (change(s, s->nr - 1)) {
			s->keep = s->nr - 1;
			s->forced = s->nr;
			trace_cut(&s->trace, s->keep);
			return true;
		}
		s->nr--;
	}
	return false;
}

static u64 count_open(const struct search *s)
{
	u64 open = 0;

	for (u32 i = 0; i < s->nr; i++)
		open += (u64)__builtin_popcountl(left(&s->node[i]) & ~(1ul << s->node[i].task));
	for (u32 c = 0; c < s->nr_choices; c++)
		open += s->choice[c].n - s->choice[c].taken - 1u;
	return open;
}

/* Is there reason to stop after this execution? */
static bool stops(struct search *s, const struct target_run *run)
{
	const struct search_config *c = s->config;
	struct search_result *r = s->result;
	u64 begun = r->executions + r->redundant;

	if (s->lost)
		r->end = SEARCH_LOST;
	else if (run->found && !c->go_on)
		r->end = SEARCH_FOUND;
	else if (interrupted)
		r->end = SEARCH_INTERRUPTED;
	else if ((c->executions && begun >= c->executions) ||
		 (c->until_s > 0 && !(begun % LOOK_AT_CLOCK) && now_s() >= c->until_s))
		r->end = SEARCH_CAPPED;
	else
		return false;
	return true;
}

void search_run(struct search *s)
{
	struct target_run run;
	bool more;

	do {
		execute(s, &run);
		if (stops(s, &run)) {
			s->result->open = count_open(s);
			/* A bound that is met with the last execution has cut off nothing. */
			if (s->result->end == SEARCH_CAPPED && !s->result->open)
				s->result->end = SEARCH_COMPLETE;
			return;
		}
		more = next(s);
	} while (more);
	s->result->end = SEARCH_COMPLETE;
}

void search_record(struct search *s, struct recording *rec)
{
	struct target_run run = { .end = SCHED_DONE };

	s->keep = s->forced = s->nr;
	s->forced_choices = s->nr_choices;
	recording_clear(rec);
	s->rec = rec;
	s->rec_last = NO_TASK;
	begin(s);
	s->config->target->execute(s->config->target, &s->policy, &run);
	s->rec = NULL;
}

void search_init(struct search *s, const struct search_config *config, struct search_result *result)
{
	memset(s, 0, sizeof(*s));
	memset(result, 0, sizeof(*result));
	s->policy = (struct exec_policy){ search_pick, search_choose, search_step, search_touch, NULL, false };
	s->config = config;
	s->result = result;
	s->track = config->method == SEARCH_TRACES || config->count_traces;
	trace_init(&s->trace, machine->nr_tasks);
}

void search_free(struct search *s)
{
	for (u32 i = 0; i < s->cap; i++)
		for (unsigned t = 0; t < VERIFY_TASKS; t++)
			free(s->node[i].own[t]);
	free(s->node);
	free(s->choice);
	free(s->racing);
	trace_free(&s->trace);
	hash_set_free(&s->traces);
	memset(s, 0, sizeof(*s));
}
