/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing a trace: see tracer.h.
 *
 * What a step did is seen when the next one is about to begin: then its task has published what comes next, and what it holds is what
 * the step left it with.
 */
#include "trace/tracer.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/json.h"
#include "cli/must.h"
#include "defects.h"
#include "lockclass.h"
#include "trace/span.h"

#define FIRST_ROW 100			/* tid of the first row; threads are counted from 1 */
#define MAX_TASKS 64

/* Since when a task could not go on, and with what. */
struct blocked {
	u64 since;			/* 0: it can */
	struct step_words words;
	char held_by[160];		/* "A, B": who had the lock then */
};

/* The step that is being taken. */
struct step {
	const struct task *task;	/* NULL: none yet */
	struct op op;
	struct step_words words;
	unsigned held_before;
	u64 nr;
};

struct tracer {
	FILE *out;
	const char *strategy;
	u64 seed, events;
	u64 told;			/* bit set of the tasks that have a row */
	bool ended;
	struct step step;
	struct spans spans;
	struct blocked blocked[MAX_TASKS];
};

/* ---- writing ---- */

static void put_event(struct tracer *tr, json_t *event)
{
	fputs(tr->events++ ? ",\n" : "\n", tr->out);
	json_dumpf(must(event), tr->out, JSON_COMPACT);
	json_decref(event);
}

static void put_name(struct tracer *tr, int pid, u64 tid, const char *what, const char *name)
{
	put_event(tr, json_pack("{s:s s:i s:I s:s s:{s:o}}", "ph", "M", "pid", pid, "tid", (json_int_t)tid, "name", what, "args",
				"name", json_text(name)));
}

static void put_order(struct tracer *tr, int pid, u64 tid, const char *what, u64 order)
{
	put_event(tr, json_pack("{s:s s:i s:I s:s s:{s:I}}", "ph", "M", "pid", pid, "tid", (json_int_t)tid, "name", what, "args",
				"sort_index", (json_int_t)order));
}

static u64 tid_of(const struct task *t)
{
	return t->id + 1u;
}

static u64 tid_of_row(u32 row)
{
	return FIRST_ROW + row;
}

/* A thread has a row from its first appearance on. */
static void tell_task(struct tracer *tr, const struct task *t)
{
	if (tr->told >> t->id & 1)
		return;
	tr->told |= 1ul << t->id;
	put_name(tr, TRACE_THREADS, tid_of(t), "thread_name", t->name);
	put_order(tr, TRACE_THREADS, tid_of(t), "thread_sort_index", tid_of(t));
}

static void put_slice(struct tracer *tr, int pid, u64 tid, u64 since, u64 until, const char *category, const char *name, json_t *args)
{
	put_event(tr, json_pack("{s:s s:i s:I s:I s:I s:s s:o s:o}", "ph", "X", "pid", pid, "tid", (json_int_t)tid, "ts",
				(json_int_t)since, "dur", (json_int_t)(until - since), "cat", category, "name", json_text(name), "args",
				must(args)));
}

/* "down_read anon_vma#1.rwsem" */
static json_t *words_text(const struct step_words *w)
{
	char buf[2 * NAME_LEN];

	snprintf(buf, sizeof(buf), "%s%s%s", w->op, w->object[0] ? " " : "", w->object);
	return json_text(buf);
}

static json_t *words_args(const struct step_words *w)
{
	json_t *args = json_pack("{s:o}", "text", words_text(w));

	if (w->object[0])
		json_object_set_new(args, "object", json_text(w->object));
	if (w->place[0])
		json_object_set_new(args, "site", json_text(w->place));
	return args;
}

static void put_step(struct tracer *tr)
{
	const struct step *s = &tr->step;
	json_t *args = words_args(&s->words);

	json_object_set_new(args, "step", json_integer((json_int_t)s->nr));
	put_slice(tr, TRACE_THREADS, tid_of(s->task), s->nr, s->nr + 1, "step", s->words.op, args);
}

/* ---- what lasts ---- */

static struct span *begin_span(struct tracer *tr, enum span_kind kind, unsigned pid, const char *row_name)
{
	bool fresh;
	struct span *span = span_begin(&tr->spans, pid, row_name, &fresh);
	u64 tid = tid_of_row(span->row);

	if (fresh) {
		put_name(tr, (int)pid, tid, "thread_name", row_name);
		put_order(tr, (int)pid, tid, "thread_sort_index", tid);
	}
	span->kind = (u8)kind;
	span->since = tr->step.nr;
	span->task = tr->step.task;
	snprintf(span->place, sizeof(span->place), "%s", tr->step.words.place);
	snprintf(span->name, sizeof(span->name), "%s", tr->step.words.object);
	return span;
}

static const struct {
	unsigned pid;
	const char *category, *name;	/* name NULL: of a hold that of the thread, of a section that of the class */
} span_style[] = {
	[SPAN_HOLD] = { TRACE_LOCKS, "lock", NULL },
	[SPAN_SECTION] = { TRACE_RCU, "section", NULL },
	[SPAN_SYNCHRONIZE] = { TRACE_RCU, "grace", "synchronize" },
	[SPAN_CALLBACK] = { TRACE_RCU, "grace", "call_rcu" },
};

static json_t *span_args(const struct span *span, const char *released)
{
	json_t *args = json_pack("{s:I s:o s:s}", "tid", (json_int_t)tid_of(span->task), "thread", json_text(span->task->name), "taken",
				 span->place);

	if (span->kind == SPAN_HOLD)
		json_object_set_new(args, "mode", json_string(span->mode == LOCK_READ ? "R" : "W"));
	if (span->class)
		json_object_set_new(args, "class", json_text(lock_class_name(span->class)));
	if (span->name[0])
		json_object_set_new(args, "object", json_text(span->name));
	if (released)
		json_object_set_new(args, "released", json_text(released));
	else
		json_object_set_new(args, "open", json_true());
	return args;
}

static const char *span_name(const struct span *span)
{
	const char *name = span_style[span->kind].name;

	return name ? name : span->kind == SPAN_HOLD ? span->task->name : lock_class_name(span->class);
}

/* released: where; NULL: never. It lasts until the end of the step that is being taken. */
static void end_span(struct tracer *tr, struct span *span, const char *released)
{
	put_slice(tr, (int)span_style[span->kind].pid, tid_of_row(span->row), span->since, tr->step.nr + 1,
		  span_style[span->kind].category, span_name(span), span_args(span, released));
	span_end(&tr->spans, span);
}

/* ---- locks ---- */

enum effect { NO_EFFECT, TAKES, GIVES, DOWNGRADES, GP_BEGINS, GP_ENDS, QUEUES, RUNS };

static const struct {
	u8 effect;			/* that it may have: a trylock may fail */
	u8 mode;
} effect_of[OP_NR] = {
	[OP_LOCK] = { TAKES, LOCK_WRITE },	     [OP_TRYLOCK] = { TAKES, LOCK_WRITE },
	[OP_DOWN_READ] = { TAKES, LOCK_READ },	     [OP_DOWN_WRITE] = { TAKES, LOCK_WRITE },
	[OP_DOWN_READ_WAIT] = { TAKES, LOCK_READ },  [OP_DOWN_WRITE_WAIT] = { TAKES, LOCK_WRITE },
	[OP_DOWN_READ_TRYLOCK] = { TAKES, LOCK_READ }, [OP_DOWN_WRITE_TRYLOCK] = { TAKES, LOCK_WRITE },
	[OP_UNLOCK] = { GIVES, LOCK_WRITE },	     [OP_UP_WRITE] = { GIVES, LOCK_WRITE },
	[OP_UP_READ] = { GIVES, LOCK_READ },	     [OP_DOWNGRADE_WRITE] = { DOWNGRADES, LOCK_WRITE },
	[OP_GP_BEGIN] = { GP_BEGINS, 0 },	     [OP_GP_END] = { GP_ENDS, 0 },
	[OP_SRCU_GP_BEGIN] = { GP_BEGINS, 0 },	     [OP_SRCU_GP_END] = { GP_ENDS, 0 },
	[OP_CALL_RCU] = { QUEUES, 0 },		     [OP_RCU_CALLBACK] = { RUNS, 0 },
};

/* How often the task holds this lock; of a run of its class, how many there are in it. */
static unsigned times_held(const struct task *t, const struct op *op)
{
	unsigned n = 0;

	for (unsigned i = 0; i < t->depth; i++) {
		const struct held_lock *h = &t->held[i];

		if (h->class == op->class && (h->run || h->lock == op->obj))
			n += h->refs;
	}
	return n;
}

static void take(struct tracer *tr, enum lock_mode mode)
{
	const struct step *s = &tr->step;
	char name[2 * NAME_LEN];
	struct span *span;

	/* One word may have several of these in it. */
	if (s->op.arg)
		snprintf(name, sizeof(name), "%s (%s)", s->words.object, lock_class_name(s->op.class));
	else
		snprintf(name, sizeof(name), "%s", s->words.object);
	span = begin_span(tr, SPAN_HOLD, TRACE_LOCKS, name);
	span->mode = (u8)mode;
	span->class = (u8)s->op.class;
	span->obj = s->op.obj;
	span->arg = s->op.arg;
}

static void give(struct tracer *tr)
{
	struct span *span = span_find(&tr->spans, SPAN_HOLD, tr->step.task, tr->step.op.obj, tr->step.op.arg);

	if (span)
		end_span(tr, span, tr->step.words.place);
}

static void lock_effect(struct tracer *tr, enum effect effect, enum lock_mode mode)
{
	const struct step *s = &tr->step;
	unsigned now = times_held(s->task, &s->op);

	if (effect == TAKES && now > s->held_before)
		take(tr, mode);
	else if (effect == GIVES && now < s->held_before)
		give(tr);
}

static void downgrade(struct tracer *tr)
{
	const struct step *s = &tr->step;

	for (unsigned i = 0; i < s->task->depth; i++)
		if (s->task->held[i].lock == s->op.obj && s->task->held[i].mode == LOCK_READ) {
			give(tr);
			take(tr, LOCK_READ);
			/* The step belongs to the first: none of a lock's writers meets anybody. */
			tr->spans.span[tr->spans.nr - 1].since++;
			return;
		}
}

/* ---- RCU ---- */

/* What somebody waits for, though it is no lock: of these, pseudo classes, the sections are told. */
static const u8 section_class[] = { LC_RCU, LC_SRCU, LC_IRQS_OFF };

static const struct held_lock *section_of(const struct task *t, unsigned class)
{
	for (unsigned i = 0; i < t->depth; i++)
		if (t->held[i].class == class && !t->held[i].lock && !t->held[i].run)
			return &t->held[i];
	return NULL;
}

static void sections(struct tracer *tr)
{
	const struct task *t = tr->step.task;
	char name[2 * NAME_LEN];

	for (unsigned i = 0; i < ARRAY_SIZE(section_class); i++) {
		const struct held_lock *h = section_of(t, section_class[i]);
		struct span *span = span_find(&tr->spans, SPAN_SECTION, t, NULL, section_class[i]);

		if (span && !h)
			end_span(tr, span, tr->step.words.place);
		if (span || !h)
			continue;
		snprintf(name, sizeof(name), "%s: %s", t->name, lock_class_name(section_class[i]));
		span = begin_span(tr, SPAN_SECTION, TRACE_RCU, name);
		span->class = span->arg = section_class[i];
		place_in_words(h->site, span->place);
	}
}

static bool queued(const void *head)
{
	for (const struct rcu_head *h = machine->rcu.first; h; h = h->next)
		if (h == head)
			return true;
	return false;
}

/* The callback that is queued no longer is the one that runs. One that set-up queued has no span. */
static void callback_runs(struct tracer *tr)
{
	for (u32 i = 0; i < tr->spans.nr; i++) {
		struct span *span = &tr->spans.span[i];

		if (span->kind == SPAN_CALLBACK && !queued(span->obj)) {
			end_span(tr, span, tr->step.words.place);
			return;
		}
	}
}

static void grace_effect(struct tracer *tr, enum effect effect)
{
	struct span *span;

	if (effect == RUNS) {
		callback_runs(tr);
	} else if (effect == GP_ENDS) {
		span = span_find(&tr->spans, SPAN_SYNCHRONIZE, tr->step.task, NULL, -1);
		if (span)
			end_span(tr, span, tr->step.words.place);
	} else {
		span = begin_span(tr, effect == QUEUES ? SPAN_CALLBACK : SPAN_SYNCHRONIZE, TRACE_RCU, "grace periods");
		span->obj = tr->step.op.obj;
	}
}

/* ---- who waits ---- */

static void name_holders(const struct tracer *tr, const struct op *op, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = 0;
	for (u32 i = 0; op->obj && i < tr->spans.nr; i++) {
		const struct span *h = &tr->spans.span[i];

		if (h->kind == SPAN_HOLD && h->obj == op->obj && h->arg == op->arg && used < size)
			used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "", h->task->name);
	}
}

static void block(struct tracer *tr, const struct task *t, u64 step)
{
	struct blocked *b = &tr->blocked[t->id];

	if (b->since)
		return;
	b->since = step;
	step_in_words(t, &b->words);
	name_holders(tr, &t->op, b->held_by, sizeof(b->held_by));
}

static void unblock(struct tracer *tr, unsigned id, u64 step, bool open)
{
	struct blocked *b = &tr->blocked[id];
	json_t *args;

	if (!b->since)
		return;
	args = words_args(&b->words);
	if (b->held_by[0])
		json_object_set_new(args, "held_by", json_text(b->held_by));
	if (open)
		json_object_set_new(args, "open", json_true());
	tell_task(tr, &machine->task[id]);
	put_slice(tr, TRACE_THREADS, id + 1, b->since, step, "blocked", "waits", args);
	b->since = 0;
}

/* Between two steps the scheduler asks the same. Who waits for callbacks to run has nothing to do. */
static void look_who_waits(struct tracer *tr, u64 step)
{
	const u64 blockable = machine->sched.blockable & machine->sched.ready;

	for (unsigned i = 0; i < machine->nr_tasks; i++) {
		const struct task *t = &machine->task[i];

		if (blockable >> i & 1 && t->op.kind != OP_RCU_CALLBACK && !task_enabled(t))
			block(tr, t, step);
		else
			unblock(tr, i, step, false);
	}
}

/* ---- looking on ---- */

/* What the step has done that lasts. */
static void settle(struct tracer *tr)
{
	const struct step *s = &tr->step;
	enum effect effect;

	if (!s->task)
		return;
	effect = effect_of[s->op.kind].effect;
	sections(tr);
	if (effect >= GP_BEGINS)
		grace_effect(tr, effect);
	else if (effect == DOWNGRADES)
		downgrade(tr);
	else if (effect)
		lock_effect(tr, effect, effect_of[s->op.kind].mode);
}

void tracer_step(struct tracer *tr, const struct task *t, u64 step)
{
	settle(tr);
	look_who_waits(tr, step);
	tell_task(tr, t);
	tr->step = (struct step){ .task = t, .op = t->op, .nr = step, .held_before = times_held(t, &t->op) };
	step_in_words(t, &tr->step.words);
	put_step(tr);
}

void tracer_written(struct tracer *tr, const struct task *t, const void *obj, u64 since, u64 step)
{
	char name[NAME_LEN];

	put_event(tr, json_pack("{s:s s:s s:i s:I s:I s:s s:s s:{s:o s:I s:I}}", "ph", "i", "s", "t", "pid", TRACE_THREADS, "tid",
				(json_int_t)tid_of(t), "ts", (json_int_t)step, "cat", "memory", "name", "in memory", "args", "object",
				json_text(obj_name(obj, name)), "stored", (json_int_t)since, "step", (json_int_t)step));
}

/* ---- beginning and end ---- */

struct tracer *tracer_new(FILE *out, const char *strategy, u64 seed)
{
	static const char *const name[] = { [TRACE_THREADS] = "threads", [TRACE_LOCKS] = "locks", [TRACE_RCU] = "RCU" };
	struct tracer *tr = must(calloc(1, sizeof(*tr)));

	*tr = (struct tracer){ .out = out, .strategy = strategy, .seed = seed };
	fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[", out);
	for (int pid = TRACE_THREADS; pid <= TRACE_RCU; pid++) {
		put_name(tr, pid, 0, "process_name", name[pid]);
		put_order(tr, pid, 0, "process_sort_index", (u64)pid);
	}
	return tr;
}

/* The thread that the finding names; else, of a check, the last one that took a step, or the one that sets up. */
static const struct task *violator(const struct tracer *tr, const struct finding *f)
{
	for (unsigned i = 0; i < machine->nr_tasks; i++)
		if (!strcmp(machine->task[i].name, f->task))
			return &machine->task[i];
	if (tr->step.task)
		return tr->step.task;
	return &machine->task[machine->nr_tasks > 1];
}

/* What is found when the threads have ended comes one step after the last. */
static void put_violation(struct tracer *tr, const struct finding *f)
{
	const struct task *t = violator(tr, f);
	u64 step = min(f->step, tr->step.nr + 1);

	tell_task(tr, t);
	put_event(tr, json_pack("{s:s s:s s:i s:I s:I s:s s:o s:{s:o s:o s:o}}", "ph", "i", "s", "g", "pid", TRACE_THREADS, "tid",
				(json_int_t)tid_of(t), "ts", (json_int_t)step, "cat", "violation", "name", json_text(f->signature), "args",
				"text", json_text(f->text), "site", json_text(f->site), "by", json_text(f->task)));
}

static void put_origin(struct tracer *tr, const struct session *s, const struct outcome *out)
{
	const struct session_config *c = session_config(s);
	json_t *defects = json_array(), *o;

	for (int i = 0; i < CORE_NR_DEFECTS; i++)
		if (defect_in(c->defects, (unsigned)i))
			json_array_append_new(defects, json_string(core_defects[i].name));
	o = json_pack("{s:o s:s s:o s:o s:o s:o s:I s:o s:o}", "scenario", json_text(c->scn->name), "provider", c->provider->name,
		      "defects", defects, "signature", json_text(out->found ? out->finding.signature : ""), "text",
		      json_text(out->found ? out->finding.text : ""), "site", json_text(out->found ? out->finding.site : ""), "steps",
		      (json_int_t)tr->step.nr, "strategy", json_text(tr->strategy), "seed", json_u64(tr->seed));
	fputs("\n],\"otherData\":", tr->out);
	json_dumpf(must(o), tr->out, JSON_COMPACT);
	fputs("}\n", tr->out);
	json_decref(o);
}

/* Those that would wait now. What is no address of the model's may be what the finding is about. */
static void look_who_is_stuck(struct tracer *tr)
{
	for (unsigned i = 0; i < machine->nr_tasks; i++) {
		const struct task *t = &machine->task[i];
		bool ours = !t->op.obj || (u64)t->op.obj - ARENA_BASE < machine->arena_size;

		if (t->state == TASK_READY && tr->told >> i & 1 && ours && op_blocks(t->op.kind) && t->op.kind != OP_RCU_CALLBACK &&
		    !task_enabled(t))
			block(tr, t, tr->step.nr + 1);
		unblock(tr, i, tr->step.nr + 2, true);
	}
}

void tracer_end(struct tracer *tr, const struct session *s, const struct outcome *out)
{
	settle(tr);
	if (out->end != SCHED_DONE)
		look_who_is_stuck(tr);
	while (tr->spans.nr)
		end_span(tr, tr->spans.span, NULL);
	if (out->found)
		put_violation(tr, &out->finding);
	put_origin(tr, s, out);
	tr->ended = true;
}

bool tracer_free(struct tracer *tr)
{
	bool ended = tr->ended;

	spans_free(&tr->spans);
	free(tr);
	return ended;
}
