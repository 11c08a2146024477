/* SPDX-License-Identifier: GPL-2.0-only */
/* Verifying a scenario: see verify.h. */
#include "verify/verify.h"

#include <stdio.h>
#include <string.h>

#include "finding.h"
#include "mm.h"

struct verifying {
	struct target target;		/* must be first */
	const struct verify *verify;
	struct verify_result *result;
	struct session *session;
	struct outcome out;		/* of the last execution */
	void (*seen)(void *arg, const struct verify_seen *e);
	void *arg;
};

const char *verify_method_name(enum search_method method)
{
	static const char *const name[] = {
		[SEARCH_ALL] = "all", [SEARCH_BOUNDED] = "preemptions", [SEARCH_TRACES] = "traces",
	};

	return name[method];
}

/* After a clean end the machine has gone on to the checks at quiescence. */
static void execute(struct target *t, struct exec_policy *policy, struct target_run *run)
{
	struct verifying *v = container_of(t, struct verifying, target);

	session_execute(v->session, policy, &v->out);
	run->end = v->out.end;
	run->found = v->out.found;
	run->moved_on = v->out.end == SCHED_DONE;
}

/* ---- what an execution came to, for comparison ---- */

static u64 mixed(u64 h, u64 v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ul;
	return h ^ h >> 29;
}

static u64 mixed_text(u64 h, const char *text)
{
	while (*text)
		h = mixed(h, (u64)*text++);
	return h;
}

/* What was reached, each value of the scenario, each frame and slot as the checks and tear-down left them. */
static u64 outcome_hash(const struct verifying *v)
{
	const struct scenario *scn = v->verify->campaign.scn;
	const struct world *w = session_world(v->session);
	u64 h = mixed(v->out.end, v->out.found);

	if (v->out.found)
		return mixed_text(h, v->out.finding.signature);
	for (unsigned i = 0; i < EVENT_WORDS; i++)
		h = mixed(h, v->out.reached.word[i]);
	for (unsigned i = 0; i < scn->nr_names; i++)
		if (scn->name_of[i].kind == SCN_VALUE)
			h = mixed(mixed(h, (u64)w->slot[i].value.result), w->slot[i].value.number);
	for (u32 i = 0; i < core()->nr_pages; i++)
		h = mixed(h, core()->page_serial[i]);
	for (u32 i = 0; i < core()->nr_free_slots; i++)
		h = mixed(h, core()->free_slots[i]);
	return h;
}

/* ---- running ---- */

static void ended(void *arg, const struct target_run *run)
{
	struct verifying *v = arg;

	campaign_account(&v->result->campaign, &v->out);
	if (v->seen)
		v->seen(v->arg, &(struct verify_seen){ run->trace, outcome_hash(v), run->did });
}

static void keep_finding(struct verifying *v, struct search *s)
{
	const struct campaign *c = &v->verify->campaign;
	struct campaign_result *r = &v->result->campaign;
	struct recording rec = { 0 };

	r->found = 1;
	r->finding = v->out.finding;
	r->found_at = v->result->search.executions;
	snprintf(r->strategy, sizeof(r->strategy), "%s", c->strategy);
	search_record(s, &rec);
	r->found_decisions = rec.decisions;
	if (c->artifacts || c->minimise)
		finding_report(v->session, c, &rec, r);
	recording_free(&rec);
}

static void conclude(struct verifying *v, struct search *s)
{
	struct campaign_result *r = &v->result->campaign;

	r->interrupted = v->result->search.end == SEARCH_INTERRUPTED;
	if (v->result->search.end == SEARCH_FOUND)
		keep_finding(v, s);
	if (v->result->search.end == SEARCH_LOST) {
		r->failed = 1;
		snprintf(r->error, sizeof(r->error), "the same choices led elsewhere: the model is not deterministic");
	}
}

static void run(struct verifying *v)
{
	const struct campaign *c = &v->verify->campaign;
	double began = now_s();
	const struct search_config config = {
		.target = &v->target, .method = v->verify->method, .preemptions = v->verify->preemptions,
		.unusual = v->verify->unusual, .executions = c->executions, .go_on = v->seen != NULL, .count_traces = v->seen != NULL,
		.until_s = c->time_ns ? began + (double)c->time_ns * 1e-9 : 0, .ended = ended, .arg = v,
	};
	struct search search;

	search_init(&search, &config, &v->result->search);
	search_run(&search);
	v->result->campaign.elapsed_s = now_s() - began;
	conclude(v, &search);
	search_free(&search);
}

static void begin(struct verifying *v)
{
	v->target.execute = execute;
	v->session = campaign_open(&v->verify->campaign, &v->result->campaign);
	if (!v->session)
		return;
	run(v);
	session_close(v->session);
}

void verify_run(const struct verify *v, struct verify_result *r)
{
	struct verifying verifying = { .verify = v, .result = r };

	begin(&verifying);
}

void verify_compare(const struct verify *v, struct verify_result *r, void (*seen)(void *arg, const struct verify_seen *e),
		    void *arg)
{
	struct verifying verifying = { .verify = v, .result = r, .seen = seen, .arg = arg };

	begin(&verifying);
}
