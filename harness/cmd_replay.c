/* SPDX-License-Identifier: GPL-2.0-only */
/* rmaptorture replay: the execution of a replay file, again: step by step the same, or as its directives say. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/exit.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/must.h"
#include "cli/out.h"
#include "cli/results.h"
#include "campaign.h"
#include "defects.h"
#include "explore/strategy.h"
#include "finding.h"
#include "finding_json.h"
#include "minimise/named.h"
#include "minimise/shrink.h"
#include "minimise/twin.h"
#include "settings.h"
#include "step/step.h"
#include "trace/output.h"

#define FATE_LEN 1500			/* names and texts in a file are at most this long together */

struct replay {
	const char *path;
	struct replay_file *file;
	struct scenario *scn;
	struct session_config config;
	struct string_list known;	/* what it passed over */
	struct lockdoc *locking;	/* from --locking, or NULL */
	struct tracer *tracer;		/* from --trace, or NULL */
};

static int open_replay(const char *path, struct replay *r, char err[ERR_LEN])
{
	struct scn_error se;

	r->path = path;
	r->file = replay_file_read(path, err);
	if (!r->file)
		return -1;
	r->scn = scn_parse(path, r->file->scenario_text, strlen(r->file->scenario_text), &se);
	if (!r->scn) {
		snprintf(err, ERR_LEN, "%s: the scenario in it: %s", path, se.text);
		return -1;
	}
	r->known = (struct string_list){ r->file->passed, r->file->nr_passed };
	r->config = (struct session_config){
		.scn = r->scn, .provider = rmap_find(r->file->provider), .oracles = ~r->file->without, .access = r->file->access,
		.memory = r->file->memory, .only = r->file->passes_locks ? r->file->signature : NULL,
		.known = &r->known,
	};
	if (!r->config.provider) {
		snprintf(err, ERR_LEN, "%s: expected the name of a provider, found '%s'", path, r->file->provider);
		return -1;
	}
	for (unsigned i = 0; i < r->file->nr_defects; i++) {
		int id = defect_find(r->file->defect[i]);

		if (id < 0) {
			snprintf(err, ERR_LEN, "%s: expected the name of a defect, found '%s'", path, r->file->defect[i]);
			return -1;
		}
		defect_add(r->config.defects, (unsigned)id);
	}
	return 0;
}

/* A finding against another document than the built-in one needs that document again. */
static int take_locking(const struct options *o, struct replay *r, char err[ERR_LEN])
{
	if (!o->locking)
		return 0;
	r->config.locking = r->locking = lockdoc_load(o->locking, err);
	return r->locking ? 0 : -1;
}

/* The file may be of an execution without any. */
static bool same_finding_as(const struct replay *r, const struct replayed *now)
{
	const char *wanted = r->file->signature;

	return now->out.found && wanted && !strcmp(now->out.finding.signature, wanted);
}

/* Where the report of what is found goes: with the text, or into the record. */
static FILE *open_report(const struct options *o, char **report, size_t *length)
{
	*report = NULL;
	return format_is_machine(o) ? must(open_memstream(report, length)) : stdout;
}

static void put_replay(const struct replay *r, const struct replayed *now, int status, const char *report)
{
	json_t *j = json_pack("{s:s s:s s:s s:s s:I s:b s:b s:i}", "type", "replay", "scenario", r->scn->name, "provider",
			      r->config.provider->name, "signature", now->out.found ? now->out.finding.signature : "", "steps",
			      (json_int_t)now->rec.steps, "same_steps", now->same, "same_finding", same_finding_as(r, now),
			      "findings", now->out.found);

	if (now->out.found)
		finding_json(j, &(struct finding_keys){
			.finding = &now->out.finding, .report = report, .replay = r->path, .execution = r->file->execution,
			.seed = r->file->seed, .defects = r->config.defects,
		});
	if (status == EXIT_INCONCLUSIVE)
		json_object_set_new(j, "error", json_text(now->same ? "the finding did not come again" : now->why));
	put_json(j, stdout);
}

static void print_replay(const struct replay *r, const struct replayed *now)
{
	bool same_finding = same_finding_as(r, now);

	printf("\n%s: %lu steps, hash %016lx: %s\n", r->scn->name, now->rec.steps, now->rec.hash,
	       now->same ? "the same steps" : now->why);
	if (now->out.found && !same_finding)
		printf("finding: another, %s\n", now->out.finding.signature);
	else
		printf("finding: %s\n", same_finding ? "the same" : "none");
}

/* Closes the report. Returns the status. */
static int tell(const struct options *o, const struct replay *r, const struct replayed *now, int status, FILE *out, char **report)
{
	if (!format_is_machine(o)) {
		print_replay(r, now);
		return status;
	}
	fclose(out);
	put_replay(r, now, status, *report);
	free(*report);
	return status;
}

/* ---- directives ---- */

/* One of the file as a session understands it, and what became of it. */
struct told {
	const struct replay_directives *list;
	const struct replay_directive *v;
	const struct directive *directive;
	const struct directive_fate *fate;
};

static const char *name_in(const struct replay_directives *d, unsigned thread)
{
	return thread == REPLAY_NOBODY ? "-" : d->order[thread];
}

/* As the file has it. */
static void directive_text(const struct told *t, char *buf, size_t size)
{
	const struct replay_directive *v = t->v;
	char to[8];

	snprintf(to, sizeof(to), "%u", v->to);
	snprintf(buf, size, "%s %s %u %s %s", v->choice ? "choice" : "switch", name_in(t->list, v->thread), v->n,
		 v->choice ? to : name_in(t->list, v->to), v->what ? v->what : "-");
}

static void fate_text(const struct told *t, char *buf, size_t size)
{
	const struct replay_directive *v = t->v;
	const char *found = what_text(t->directive->kind, t->fate->what), *thread = name_in(t->list, v->thread);

	switch ((enum fate)t->fate->fate) {
	case FATE_APPLIED:
		snprintf(buf, size, "applied");
		if (t->fate->later)
			snprintf(buf, size, "applied, later by %u", t->fate->later);
		break;
	case FATE_NEVER:
		snprintf(buf, size, "skipped: %s", t->directive->task > DIRECTIVE_NOBODY ? "there is no such thread" : "never came");
		break;
	case FATE_OTHER:
		snprintf(buf, size, "skipped: found %s", found ? found : "nobody");
		break;
	case FATE_UNABLE:
		if (v->choice)
			snprintf(buf, size, "skipped: %s has no such alternative", thread);
		else
			snprintf(buf, size, "skipped: %s cannot go on", name_in(t->list, v->to));
	}
}

static void tell_directive(const struct options *o, const struct told *t)
{
	char what[FATE_LEN], fate[FATE_LEN];

	directive_text(t, what, sizeof(what));
	fate_text(t, fate, sizeof(fate));
	if (format_is_machine(o))
		put_json(json_pack("{s:s s:o s:b s:o}", "type", "directive", "directive", json_text(what), "applied",
				    t->fate->fate == FATE_APPLIED, "fate", json_text(fate)), stdout);
	else
		printf("  %s: %s\n", what, fate);
}

static void tell_directives(const struct options *o, const struct replay *r, const struct directives *d,
			    const struct directive_fate *fate)
{
	const struct replay_directives *list = &r->file->directives;
	u32 applied = 0;

	for (u32 i = 0; i < d->nr; i++)
		applied += fate[i].fate == FATE_APPLIED;
	if (o->format == FORMAT_TEXT)
		printf("\ndirectives: %u of %u applied\n", applied, d->nr);
	for (u32 i = 0; i < d->nr; i++) {
		const struct told t = { list, &list->item[i], &d->item[i], &fate[i] };

		tell_directive(o, &t);
	}
}

/* Steps may differ and directives be out of date: what counts is the finding. */
static int replay_loosely(const struct options *o, const struct replay *r, struct session *s)
{
	struct directives d = { .nr = 0 };
	struct directive_fate *fate;
	struct replayed now;
	char *report;
	size_t length;
	FILE *out = open_report(o, &report, &length);
	int status;

	directives_from_names(&d, &r->file->directives, s);
	fate = directive_fates(&d);
	replay_directives(s, &d, fate, &r->file->rec, out, r->tracer, &now);
	tell_directives(o, r, &d, fate);
	status = now.out.found ? EXIT_FINDINGS : r->file->signature ? EXIT_INCONCLUSIVE : EXIT_CLEAN;
	tell(o, r, &now, status, out, &report);
	session_close(s);
	recording_free(&now.rec);
	directives_free(&d);
	free(fate);
	return status;
}

/* ---- --minimise ---- */

/* How to see it again. The path is that of the replay file with another ending. */
typedef int twin_fn(const struct replay_file *file, const struct session *s, const struct minimised *m, const char *path);

static void write_twin(const struct replay *r, const struct session *s, const struct minimised *m, twin_fn *write, const char *ending,
		       const char *told)
{
	char *path = twin_path(r->path, ending);

	if (write(r->file, s, m, path))
		fprintf(stderr, "rmaptorture: cannot write %s: %s\n", path, strerror(errno));
	else if (told)
		printf("%s: rmaptorture replay %s%s%s\n", told, path, r->locking ? " --locking " : "", r->locking ? r->locking->path : "");
	free(path);
}

static void put_minimised(const struct replay *r, const struct session *s, const struct minimised *m, const char *directives,
			  const char *report)
{
	json_t *j = json_pack("{s:s s:s s:s s:o s:I s:I s:I s:I s:I}", "type", "minimised", "scenario", session_config(s)->scn->name,
			      "signature", m->finding.signature, "directives", json_text(directives), "preemptions_before",
			      (json_int_t)m->preemptions[0], "preemptions", (json_int_t)m->preemptions[1], "steps_before",
			      (json_int_t)m->steps[0], "steps", (json_int_t)m->steps[1], "executions", (json_int_t)m->executions);

	finding_json(j, &(struct finding_keys){
		.finding = &m->finding, .report = report, .replay = r->path, .execution = r->file->execution, .seed = r->file->seed,
		.defects = r->config.defects,
	});
	put_json(j, stdout);
}

static void tell_minimised(const struct options *o, const struct replay *r, const struct session *s, const struct minimised *m,
			   const char *report)
{
	char *directives = NULL;
	size_t length;
	FILE *out = open_memstream(&directives, &length);

	if (!out)
		die("no memory for the directives");
	minimised_print(m, s, out);
	fclose(out);
	if (format_is_machine(o))
		put_minimised(r, s, m, directives, report);
	else
		printf("directives: %s\nminimised from %lu to %lu preemptions, from %lu to %lu steps, %lu executions\n", directives,
		       m->preemptions[0], m->preemptions[1], m->steps[0], m->steps[1], m->executions);
	free(directives);
}

static void write_scenario(const struct options *o, const struct replay *r, const struct shrunk *small)
{
	char *path = twin_path(r->path, "-min.scn");

	if (text_file_write(path, small->scn->text))
		fprintf(stderr, "rmaptorture: cannot write %s: %s\n", path, strerror(errno));
	if (format_is_machine(o))
		put_json(json_pack("{s:s s:s s:o s:I s:I s:I}", "type", "shrunk", "scenario", small->scn->name, "path", json_text(path),
				    "statements_before", (json_int_t)small->size[0], "statements", (json_int_t)small->size[1],
				    "executions", (json_int_t)small->executions), stdout);
	else
		printf("\nscenario: %s, from %u to %u statements, %lu executions\n", path, small->size[0], small->size[1],
		       small->executions);
	free(path);
}

/* The smaller scenario, and an execution of it. No session may be open. */
static void replay_shrunk(const struct options *o, const struct replay *r, const struct minimised *m, const struct task_names *names)
{
	struct session_config config = r->config;
	struct shrunk small;
	struct session *s = NULL;
	char err[ERR_LEN];

	if (shrink(&config, m, names, r->file->seed, &small)) {
		write_scenario(o, r, &small);
		config.scn = small.scn;
		s = session_open(&config, err);
	}
	if (s) {
		tell_minimised(o, r, s, &small.m, "");
		write_twin(r, s, &small.m, twin_write, "-min-scn.replay", o->format == FORMAT_TEXT ? "replay" : NULL);
	} else if (!interrupted && o->format == FORMAT_TEXT) {
		/* A sanitizer may report something else first, or only once in a process. */
		printf("\nno smaller scenario: in a session of its own this one does not show the finding again\n");
	}
	session_close(s);
	shrunk_free(&small);
}

static bool minimise_file(struct session *s, const struct replay_file *f, struct minimised *m)
{
	struct directives d = { .nr = 0 };
	bool done;

	if (!f->signature) {
		memset(m, 0, sizeof(*m));
		return false;
	}
	if (!f->by_directives)
		return minimise(s, &f->rec, f->signature, MINIMISE_EXECUTIONS, m);
	directives_from_names(&d, &f->directives, s);
	done = minimise_directives(s, &d, f->signature, MINIMISE_EXECUTIONS, m);
	directives_free(&d);
	return done;
}

/* Closes the session. False when the finding is not repeated, and nothing is said then. */
static bool replay_minimised(const struct options *o, const struct replay *r, struct session *s)
{
	struct task_names names = { { NULL } };
	struct minimised m;
	struct replayed now;
	size_t length;
	char *report;
	FILE *out;
	bool done;

	catch_interrupts();
	done = minimise_file(s, r->file, &m);
	if (done) {
		/* The report of the execution as it came is not shown: whoever asks for less wants to see less. */
		out = open_report(o, &report, &length);
		replay_recording(s, &m.rec, out, r->tracer, &now);
		recording_free(&now.rec);
		if (out != stdout)
			fclose(out);
		tell_minimised(o, r, s, &m, report);
		free(report);
		write_twin(r, s, &m, twin_write, "-min.replay", o->format == FORMAT_TEXT ? "replay" : NULL);
		write_twin(r, s, &m, twin_write_directives, "-min-directives.replay", o->format == FORMAT_TEXT ? "by directives" : NULL);
		fflush(stdout);
		task_names_take(&names, s);
		session_close(s);
		if (!interrupted)
			replay_shrunk(o, r, &m, &names);
	}
	task_names_free(&names);
	minimised_free(&m);
	return done;
}

static int replay_again(const struct options *o, const struct replay *r, struct session *s)
{
	struct replayed now;
	char *report;
	size_t length;
	FILE *out;
	int status;

	if (r->file->by_directives)
		return replay_loosely(o, r, s);
	out = open_report(o, &report, &length);
	replay_recording(s, &r->file->rec, out, r->tracer, &now);
	status = !now.same ? EXIT_INCONCLUSIVE : now.out.found ? EXIT_FINDINGS : EXIT_CLEAN;
	tell(o, r, &now, status, out, &report);
	session_close(s);
	recording_free(&now.rec);
	return status;
}

/* ---- --by-seed ---- */

/* What the strategy draws is replayed choice by choice then, to be told like any other. */
static int replay_drawn(const struct options *o, const struct replay *r, struct session *s, const struct recording *rec)
{
	const struct replay_file *f = r->file;
	struct replayed now;
	char *report;
	size_t length;
	FILE *out = open_report(o, &report, &length);
	int status;

	replay_recording(s, rec, out, r->tracer, &now);
	if (now.same && (rec->steps != f->drawn_steps || rec->hash != f->drawn_hash)) {
		now.same = false;
		snprintf(now.why, sizeof(now.why), "the seed draws other steps: expected %lu with hash %016lx", f->drawn_steps,
			 f->drawn_hash);
	}
	status = now.out.found ? EXIT_FINDINGS : now.same && !f->signature ? EXIT_CLEAN : EXIT_INCONCLUSIVE;
	tell(o, r, &now, status, out, &report);
	recording_free(&now.rec);
	return status;
}

static int replay_by_seed(const struct options *o, const struct replay *r, struct session *s)
{
	struct recording rec = { 0 };
	struct outcome out;
	int status;

	catch_interrupts();
	if (campaign_draw(s, r->file->drawn, r->file->seed, r->file->execution, &rec, &out))
		status = replay_drawn(o, r, s, &rec);
	else
		status = input_error("%s: expected an execution that the strategy '%s' has, found number %lu", r->path, r->file->drawn,
				     r->file->execution);
	session_close(s);
	recording_free(&rec);
	return status;
}

static bool has_seed(const struct replay *r, char err[ERR_LEN])
{
	if (r->file->drawn && strategy_for(r->file->drawn, 0))
		return true;
	snprintf(err, ERR_LEN, "%s: expected a finding that a strategy drew from a seed, found one of '%s'%s", r->path, r->file->strategy,
		 r->file->drawn ? "" : " that is not drawn");
	return false;
}

static int replay_session(const struct options *o, const struct replay *r, struct session *s)
{
	/* What cannot be minimised is told as it is: then it shows why. */
	if (o->by_seed)
		return replay_by_seed(o, r, s);
	return o->minimise && replay_minimised(o, r, s) ? EXIT_FINDINGS : replay_again(o, r, s);
}

/* The screen, when all is told that is told without it. A signal or a failure before that ends more than the screen. */
static int step_through(struct trace_output *output, const struct replay *r, char err[ERR_LEN])
{
	const struct step_title title = { r->file->signature, r->file->execution };
	FILE *trace = trace_output_read(output);

	fflush(stdout);
	return trace && !interrupted ? step_show(trace, &title, err) : 0;
}

/* With --trace and --step, what happens is recorded as well, and seen when it is over. */
static int replay_traced(const struct options *o, struct replay *r, struct session *s)
{
	struct trace_output output;
	char err[ERR_LEN];
	int status, failed;

	if (!o->trace && !o->step)
		return replay_session(o, r, s);
	if (trace_output_open(&output, o->trace, o->step, r->file->strategy, r->file->seed, err)) {
		session_close(s);
		return input_error("%s", err);
	}
	r->tracer = output.tracer;
	status = replay_session(o, r, s);
	failed = o->step ? step_through(&output, r, err) : 0;
	if (failed)
		input_error("%s", err);
	return trace_output_close(&output, err) ? input_error("%s", err) : failed ? EXIT_USAGE : status;
}

int cmd_replay(const struct options *o)
{
	struct replay r = { .file = NULL };
	struct session *s;
	char err[ERR_LEN];
	bool same_model;
	int status;

	if (o->step && step_check(err))
		return input_error("%s", err);
	if (open_replay(o->operands.item[0], &r, err) || take_locking(o, &r, err) || access_from_options(o, &r.config.access, err))
		return input_error("%s", err);
	if (o->by_seed && !has_seed(&r, err))
		return input_error("%s", err);
	s = session_open(&r.config, err);
	if (!s)
		return input_error("%s", err);
	same_model = session_hash(s) == r.file->model;
	status = replay_traced(o, &r, s);
	if (!same_model)
		fprintf(stderr, "rmaptorture: the file was made with another version of the model, or edited\n");
	scn_free(r.scn);
	replay_file_free(r.file);
	lockdoc_free(r.locking);
	return status;
}
