/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling a finding: see finding.h. The interleaving is drawn with one column for each thread. */
#include "finding.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/files.h"
#include "defects.h"
#include "explore/strategy.h"
#include "grade.h"
#include "hash.h"
#include "minimise/minimise.h"
#include "minimise/twin.h"
#include "settings.h"
#include "splat.h"
#include "trace/tracer.h"
#include "trace/words.h"

#define SHOWN 28			/* steps of the interleaving that are shown */
#define LANE 36				/* width of a column */

struct trace_step {
	u64 step;
	u16 task;
	char text[2 * NAME_LEN + PLACE_LEN];
};

struct trace {
	struct trace_step at[SHOWN];
	u64 nr;
	struct tracer *tracer;		/* sees all of it, if there is one */
};

static void trace_step(void *arg, const struct task *t, u64 step)
{
	struct trace *trace = arg;
	struct trace_step *s = &trace->at[trace->nr++ % SHOWN];
	struct step_words w;

	if (trace->tracer)
		tracer_step(trace->tracer, t, step);
	step_in_words(t, &w);
	s->step = step;
	s->task = t->id;
	if (w.place[0])
		snprintf(s->text, sizeof(s->text), "%s %s  %s", w.op, w.object, w.place);
	else
		snprintf(s->text, sizeof(s->text), "%s", w.op);
}

/* Only of a store that came late: after another step than its task's next. */
static void trace_written(void *arg, const struct task *t, const void *obj, u64 since, u64 step)
{
	struct trace *trace = arg;
	struct trace_step *s = &trace->at[trace->nr % SHOWN];
	char name[NAME_LEN];

	if (step <= since + 1)
		return;
	if (trace->tracer)
		tracer_written(trace->tracer, t, obj, since, step);
	trace->nr++;
	s->step = step;
	s->task = t->id;
	snprintf(s->text, sizeof(s->text), "(%s in memory: stored at %lu)", obj_name(obj, name), since);
}

/* ---- the parts of a report ---- */

static void print_held(const struct task *t, FILE *out)
{
	char name[NAME_LEN];

	for (unsigned i = 0; i < t->depth; i++) {
		const struct held_lock *h = &t->held[i];

		fprintf(out, "%s%s%s", i ? ", " : "  holds ", lock_class_name(h->class), h->mode == LOCK_READ && h->lock ? ":R" : "");
		if (h->lock)
			fprintf(out, " %s", obj_name(h->lock, name));
		if (h->run)
			fprintf(out, " (%u of them)", h->refs);
		fprintf(out, " (%s:%d)", h->site->file, h->site->line);
	}
}

void finding_print_splat(const struct finding *f, FILE *out)
{
	const char *key = strchr(f->signature, '/');

	if (f->oracle == ORACLE_LOCKS && key)
		lockdep_splat(key + 1, out);
}

void finding_print_tasks(FILE *out)
{
	char name[NAME_LEN];

	fprintf(out, "  threads:\n");
	for (unsigned i = 0; i < machine->nr_tasks; i++) {
		const struct task *t = &machine->task[i];

		if (t->daemon || !t->op.site)
			continue;
		fprintf(out, "    %-12s ", t->name);
		if (t->state == TASK_DONE)
			fprintf(out, "has ended");
		else
			fprintf(out, "at %s %s (%s:%d)", op_info[t->op.kind].text, t->op.obj ? obj_name(t->op.obj, name) : "",
				t->op.site->file, t->op.site->line);
		print_held(t, out);
		fputc('\n', out);
	}
}

/* Which tasks have a column, in their order. */
static unsigned lanes_of(const struct trace *trace, u16 lane[16])
{
	unsigned nr = 0;

	for (u32 id = 0; id < machine->nr_tasks; id++)
		for (u64 i = 0; i < min(trace->nr, (u64)SHOWN); i++)
			if (trace->at[i].task == id) {
				lane[nr++] = (u16)id;
				break;
			}
	return nr;
}

static void print_lanes(const struct trace *trace, const struct finding *f, FILE *out)
{
	u64 from = trace->nr > SHOWN ? trace->nr - SHOWN : 0;
	u64 last = trace->nr ? trace->at[(trace->nr - 1) % SHOWN].step : 0;
	u16 lane[16];
	unsigned nr = lanes_of(trace, lane);

	if (!trace->nr)
		return;
	fprintf(out, "  interleaving (the last %lu of %lu steps):\n    %6s", last + 1 - trace->at[from % SHOWN].step, last, "step");
	for (unsigned l = 0; l < nr; l++)
		fprintf(out, "  %-*s", l + 1 < nr ? LANE : 0, machine->task[lane[l]].name);
	fputc('\n', out);
	for (u64 i = from; i < trace->nr; i++) {
		const struct trace_step *s = &trace->at[i % SHOWN];
		unsigned l = 0;

		fprintf(out, "    %6lu", s->step);
		for (; lane[l] != s->task; l++)
			fprintf(out, "  %-*s", LANE, "");
		fprintf(out, "  %s\n", s->text);
	}
	fprintf(out, "    %6s  *** %s\n", "", f->signature);
}

static void print_finding(const struct finding *f, const struct trace *trace, FILE *out)
{
	fprintf(out, "FINDING %s  (oracle %s)\n  %s\n", f->signature, oracle_names[f->oracle], f->text);
	fprintf(out, "  by %s%s%s, at step %lu\n", f->task, f->site[0] ? " at " : "", f->site, f->step);
	finding_print_splat(f, out);
	finding_print_tasks(out);
	print_lanes(trace, f, out);
}

/* What the values were, and which row of the scenario's outcomes that is. */
static void print_outcome(const struct session *s, int row, FILE *out)
{
	const struct scenario *scn = session_config(s)->scn;
	char values[300];

	if (!grade_values(session_world(s), values, sizeof(values))[0])
		return;
	fprintf(out, "  outcome: %s", values);
	if (row >= 0)
		fprintf(out, " (%s: %s)", scn_grade_text[scn->outcome[row].grade], scn->outcome[row].about);
	else if (row == ROW_UNLISTED)
		fprintf(out, " (%s: no row for this outcome)", scn_grade_text[SCN_FORBIDDEN]);
	else if (scn->nr_outcomes)
		fprintf(out, " (so far: the execution did not come to its end)");
	fputc('\n', out);
}

/* ---- replay ---- */

static struct trace *new_trace(struct tracer *tracer)
{
	struct trace *trace = calloc(1, sizeof(*trace));

	if (!trace)
		die("out of memory");
	trace->tracer = tracer;
	return trace;
}

/* Execute and report. Frees the trace, which the policy fills. */
static void replay_policy(struct session *s, struct exec_policy *policy, const struct recording *wanted, struct trace *trace,
			  FILE *out, struct replayed *result)
{
	session_execute(s, policy, &result->out);
	if (trace->tracer)
		tracer_end(trace->tracer, s, &result->out);
	result->same = result->rec.steps == wanted->steps && result->rec.hash == wanted->hash;
	if (!result->same)
		snprintf(result->why, sizeof(result->why), "expected %lu steps with hash %016lx, found %lu with %016lx",
			 wanted->steps, wanted->hash, result->rec.steps, result->rec.hash);
	if (out && result->out.found)
		print_finding(&result->out.finding, trace, out);
	if (out)
		print_outcome(s, result->out.row, out);
	free(trace);
}

void replay_recording(struct session *s, const struct recording *wanted, FILE *out, struct tracer *tracer,
		      struct replayed *result)
{
	struct replayer p;

	memset(result, 0, sizeof(*result));
	replayer_begin(&p, wanted, &result->rec);
	p.trace = trace_step;
	p.written = trace_written;
	p.trace_arg = new_trace(tracer);
	replay_policy(s, &p.policy, wanted, p.trace_arg, out, result);
	if (!p.diverged)
		return;
	result->same = false;
	snprintf(result->why, sizeof(result->why), "%s", p.why);
}

void replay_directives(struct session *s, const struct directives *d, struct directive_fate *fate, const struct recording *wanted,
		       FILE *out, struct tracer *tracer, struct replayed *result)
{
	struct director p;

	memset(result, 0, sizeof(*result));
	director_begin(&p, d, &result->rec);
	p.fate = fate;
	p.trace = trace_step;
	p.written = trace_written;
	p.trace_arg = new_trace(tracer);
	replay_policy(s, &p.policy, wanted, p.trace_arg, out, result);
}

/* ---- the replay file ---- */

static void file_name(const struct campaign *c, const struct campaign_result *r, char *path, size_t size)
{
	u64 h = hash_text(HASH_BASIS, r->finding.signature);

	snprintf(path, size, "%s/%s-%s-%08lx.replay", c->artifacts, c->scn->name, c->provider->name, (h ^ h >> 32) & 0xffffffff);
}

static void tell_replay(const struct campaign *c, const char *told, const char *path, FILE *out)
{
	fprintf(out, "  %s: rmaptorture replay %s%s%s\n", told, path, c->locking ? " --locking " : "",
		c->locking ? c->locking->path : "");
}

/* The same finding by its directives, next to the replay file. */
static void write_directives(struct session *s, const struct campaign *c, const struct replay_file *f, const struct minimised *m,
			     const struct campaign_result *r, FILE *out)
{
	char *path = twin_path(r->replay, "-directives.replay");

	if (twin_write_directives(f, s, m, path))
		fprintf(out, "  no directives: %s: %s\n", path, strerror(errno));
	else
		tell_replay(c, "by directives", path, out);
	free(path);
}

/* m: of a minimised execution, else NULL. drawn: what it was minimised from. */
static void write_replay(struct session *s, const struct campaign *c, const struct recording *rec, const struct minimised *m,
			 const struct recording *drawn, struct campaign_result *r, FILE *out)
{
	struct replay_file f = {
		.scenario_name = c->scn->name, .scenario_text = c->scn->text, .provider = (char *)c->provider->name,
		.model = session_hash(s), .signature = r->finding.signature, .strategy = r->strategy, .seed = c->seed,
		.execution = r->found_at, .rec = *rec, .access = c->access, .memory = c->memory,
		.without = ~c->oracles & ((1u << ORACLE_NR) - 2), .passes_locks = c->target || c->judge,
	};
	const struct passed *passed = session_passed(s);

	/* Explored in the light of other scenarios it cannot be drawn without them. */
	if (strategy_for(c->strategy, 0) && !(c->estimate && c->estimate->tries)) {
		f.drawn = (char *)c->strategy;
		f.drawn_steps = drawn->steps;
		f.drawn_hash = drawn->hash;
	}
	for (unsigned i = 0; i < passed->nr; i++)
		f.passed[f.nr_passed++] = (char *)passed->signature[i];
	for (int i = 0; i < CORE_NR_DEFECTS && f.nr_defects < REPLAY_MAX_DEFECTS; i++)
		if (defect_in(c->defects, (unsigned)i))
			f.defect[f.nr_defects++] = (char *)core_defects[i].name;
	file_name(c, r, r->replay, sizeof(r->replay));
	if (directory_make(c->artifacts) || replay_file_write(&f, r->replay)) {
		fprintf(out, "  no replay file: %s: %s\n", r->replay, strerror(errno));
		r->replay[0] = 0;
		return;
	}
	if (m)
		write_directives(s, c, &f, m, r, out);
	tell_replay(c, "replay", r->replay, out);
}

static void print_origin(const struct campaign *c, const struct campaign_result *r, FILE *out)
{
	fprintf(out, "  scenario %s, provider %s", c->scn->name, c->provider->name);
	for (int i = 0; i < CORE_NR_DEFECTS; i++)
		if (defect_in(c->defects, (unsigned)i))
			fprintf(out, ", defect %s", core_defects[i].name);
	fprintf(out, "%s; seed %lu, execution %lu (%s)\n", c->memory == MEMORY_TSO ? ", memory tso" : "", c->seed, r->found_at,
		r->strategy);
}

/* A smaller execution that ends in the same finding: the recording to tell it from, or rec when there is none. */
static const struct recording *smaller(struct session *s, const struct campaign *c, const struct recording *rec,
				       struct campaign_result *r, struct minimised *m)
{
	memset(m, 0, sizeof(*m));
	if (!c->minimise || !minimise(s, rec, r->finding.signature, c->minimise, m))
		return rec;
	r->finding = m->finding;
	r->minimised = 1;
	r->preemptions = m->preemptions[1];
	r->directives = m->directives.nr;
	return &m->rec;
}

void finding_report(struct session *s, const struct campaign *c, const struct recording *rec, struct campaign_result *r)
{
	FILE *out = fmemopen(r->report, sizeof(r->report) - 1, "w");
	const struct recording *drawn = rec;
	struct minimised m;
	struct replayed again;
	bool repeats;

	if (!out)
		die("no stream for the report");
	rec = smaller(s, c, rec, r, &m);
	replay_recording(s, rec, out, NULL, &again);
	repeats = again.same && again.out.found && !strcmp(again.out.finding.signature, r->finding.signature);
	print_origin(c, r, out);
	if (rec == &m.rec)
		fprintf(out, "  minimised from %lu to %lu preemptions, %lu executions\n", m.preemptions[0], m.preemptions[1],
			m.executions);
	if (!repeats)
		fprintf(out, "  NOT REPEATED (%s): the harness is not deterministic here\n",
			again.same ? "another finding" : again.why);
	if (c->artifacts)
		write_replay(s, c, rec, rec == &m.rec ? &m : NULL, drawn, r, out);
	recording_free(&again.rec);
	minimised_free(&m);
	fclose(out);
}
