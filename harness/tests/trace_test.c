/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traces of real executions: every step, locks that nobody shares who must not, and drawings in which nothing lies over anything else.
 *
 * Executions are drawn from a seed: a failure is the same in every run.
 */
#include <stddef.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "campaign.h"
#include "cli/embedded.h"
#include "defects.h"
#include "finding.h"
#include "trace/draw.h"
#include "trace/picture.h"
#include "trace/tracer.h"
#include "settings.h"
#include "trace/words.h"

/* ---- executions ---- */

#define ABBA "scenario abba\nsetup { mutex m  mutex n  rwsem s }\n" \
	"thread first { down_read s lock m lock n unlock n unlock m up_read s }\n" \
	"thread second { down_read s lock n lock m unlock m unlock n up_read s }\n" \
	"thread third { down_write s downgrade_write s up_read s }\n"

static const struct subject {
	const char *scenario;		/* name of one, or its text */
	const char *provider, *defect;
	enum memory_model memory;
	u32 without;			/* oracles */
	unsigned executions;
} subject[] = {
	{ "exit-vs-walk", "anon-chain", "Z11-mapped", MEMORY_SC, 0, 40 },
	{ "fork-vs-reclaim", "anon-chain", NULL, MEMORY_SC, 0, 10 },
	{ "fork-vs-reclaim", "pte-chain", "H3", MEMORY_SC, 0, 20 },
	{ "story-rcu-hole", "anon-list", "Z07", MEMORY_SC, 0, 10 },
	{ "story-batched-flush", "anon-chain", "Z16", MEMORY_SC, 0, 20 },
	{ "vma-lock-vs-munmap", "anon-chain", NULL, MEMORY_SC, 0, 10 },	/* call_rcu() */
	{ "swapoff-vs-fault", "anon-chain", NULL, MEMORY_SC, 0, 10 },	/* synchronize_rcu() */
	{ "register-vs-fork", "anon-chain", NULL, MEMORY_SC, 0, 6 },	/* takes all locks of a class, one after the other */
	{ "fork-chain", "anon-chain", "Z34", MEMORY_SC, 0, 1 },		/* found in set-up: no step at all */
	{ "fork-vs-reclaim", "anon-chain", NULL, MEMORY_TSO, 0, 20 },
	{ ABBA, "anon-chain", NULL, MEMORY_SC, 1u << ORACLE_LOCKS, 30 },
};

struct seen_step {
	u16 task;
	u8 kind;
	struct step_words words;
};

/* An execution twice: as somebody else sees its steps, and its trace. */
struct traced {
	const struct subject *subject;
	struct scenario *scn;
	struct session *session;
	struct recording rec;
	struct seen_step *step;		/* that of step 1 first */
	u64 steps;
	struct outcome out;
	json_t *trace;
};

static struct session *open_subject(const struct subject *sub, struct scenario **scn)
{
	const struct embedded_file *file = embedded_scenario(sub->scenario);
	const char *text = file ? file->text : sub->scenario;
	struct scn_error se;
	char err[512];
	struct session_config config = { .provider = rmap_find(sub->provider), .oracles = ~sub->without, .memory = sub->memory };
	struct session *s;

	*scn = scn_parse("subject", text, strlen(text), &se);
	if (!*scn)
		fail_msg("%s: %s", sub->scenario, se.text);
	config.scn = *scn;
	if (sub->defect)
		defect_add(config.defects, (unsigned)defect_find(sub->defect));
	s = session_open(&config, err);
	if (!s)
		fail_msg("%s", err);
	return s;
}

static void see_step(void *arg, const struct task *t, u64 step)
{
	struct traced *x = arg;

	assert_int_equal(step, ++x->steps);
	x->step = realloc(x->step, x->steps * sizeof(*x->step));
	x->step[step - 1] = (struct seen_step){ .task = t->id, .kind = t->op.kind };
	step_in_words(t, &x->step[step - 1].words);
}

/* By the recording, or by the directives of the order alone. The machine is left as the traced execution left it. */
static void trace_execution(struct traced *x, bool by_directives)
{
	struct directives d = { .nr = 0 };
	struct directive_fate *fate = directive_fates(&d);
	struct replayed now;
	struct replayer p;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	struct tracer *tr = tracer_new(out, "random", 7);
	json_error_t why;

	for (unsigned i = 0; i < STRATEGY_TASKS; i++)
		d.order[i] = (u8)(STRATEGY_TASKS - 1 - i);
	if (by_directives)
		replay_directives(x->session, &d, fate, &x->rec, NULL, tr, &now);
	else
		replay_recording(x->session, &x->rec, NULL, tr, &now);
	assert_true(tracer_free(tr));
	fclose(out);
	x->trace = json_loads(text, JSON_REJECT_DUPLICATES, &why);
	if (!x->trace)
		fail_msg("%s: %s", x->subject->scenario, why.text);
	free(text);
	free(fate);
	x->out = now.out;
	/* And once more, without a tracer. */
	replayer_begin(&p, &now.rec, &x->rec);
	p.trace = see_step;
	p.trace_arg = x;
	session_execute(x->session, &p.policy, &now.out);
	assert_false(p.diverged);
	assert_int_equal(now.out.found, x->out.found);
	recording_free(&now.rec);
}

static void traced_free(struct traced *x)
{
	json_decref(x->trace);
	free(x->step);
	recording_free(&x->rec);
	x->step = NULL;
	x->steps = 0;
}

typedef void check_fn(const struct traced *x);

/* All executions of all subjects. */
static void for_all(check_fn *check)
{
	for (size_t i = 0; i < ARRAY_SIZE(subject); i++) {
		struct traced x = { .subject = &subject[i] };
		struct outcome out;

		x.session = open_subject(x.subject, &x.scn);
		for (unsigned e = 0; e < 2 * x.subject->executions; e++) {
			campaign_draw(x.session, "random", 1, e / 2, &x.rec, &out);
			trace_execution(&x, e & 1);
			check(&x);
			traced_free(&x);
		}
		session_close(x.session);
		scn_free(x.scn);
	}
}

/* ---- what is in a trace ---- */

static const json_t *args_of(const json_t *e)
{
	return json_object_get(e, "args");
}

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static u64 number_of(const json_t *o, const char *key)
{
	return (u64)json_integer_value(json_object_get(o, key));
}

static bool is_of(const json_t *e, const char *category)
{
	return !strcmp(text_of(e, "cat"), category);
}

static u64 end_of(const json_t *e)
{
	return number_of(e, "ts") + number_of(e, "dur");
}

static bool overlap(const json_t *a, const json_t *b)
{
	return number_of(a, "ts") < end_of(b) && number_of(b, "ts") < end_of(a);
}

static const json_t *events_of(const struct traced *x)
{
	return json_object_get(x->trace, "traceEvents");
}

static void check_steps(const struct traced *x)
{
	const json_t *e;
	u64 nr = 0;
	size_t i;

	json_array_foreach(events_of(x), i, e) {
		const struct seen_step *s = &x->step[nr];

		if (!is_of(e, "step"))
			continue;
		assert_true(nr < x->steps);
		assert_int_equal(number_of(e, "ts"), ++nr);
		assert_int_equal(number_of(args_of(e), "step"), nr);
		assert_true(number_of(e, "dur") == 1 && number_of(e, "pid") == TRACE_THREADS);
		assert_int_equal(number_of(e, "tid"), s->task + 1);
		assert_string_equal(text_of(e, "name"), s->words.op);
		assert_string_equal(text_of(args_of(e), "object"), s->words.object);
		assert_string_equal(text_of(args_of(e), "site"), s->words.place);
	}
	assert_int_equal(nr, x->steps);
	assert_int_equal(number_of(json_object_get(x->trace, "otherData"), "steps"), x->steps);
}

static void every_step_is_there_once(void **state)
{
	(void)state;
	for_all(check_steps);
}

/* Is this pair what must not be at one time? */
static bool clash(const json_t *a, const json_t *b)
{
	const json_t *p = args_of(a), *q = args_of(b);

	if (!overlap(a, b))
		return false;
	if (number_of(a, "pid") == number_of(b, "pid") && number_of(a, "tid") == number_of(b, "tid"))
		return true;
	if (!is_of(a, "lock") || !is_of(b, "lock") || strcmp(text_of(p, "object"), text_of(q, "object")) ||
	    strcmp(text_of(p, "class"), text_of(q, "class")))
		return false;
	return !strcmp(text_of(p, "mode"), "W") || !strcmp(text_of(q, "mode"), "W") || number_of(p, "tid") == number_of(q, "tid");
}

static void check_overlaps(const struct traced *x)
{
	const json_t *events = events_of(x), *a, *b;
	size_t i, j;

	json_array_foreach(events, i, a) {
		if (strcmp(text_of(a, "ph"), "X"))
			continue;
		for (j = i + 1; j < json_array_size(events); j++) {
			b = json_array_get(events, j);
			if (!strcmp(text_of(b, "ph"), "X") && clash(a, b))
				fail_msg("%s: %s and %s", x->subject->scenario, json_dumps(a, 0), json_dumps(b, 0));
		}
	}
}

static void nothing_overlaps_wrongly(void **state)
{
	(void)state;
	for_all(check_overlaps);
}

static bool lets_go(enum op_kind kind)
{
	return kind == OP_UNLOCK || kind == OP_UP_READ || kind == OP_UP_WRITE || kind == OP_DOWNGRADE_WRITE;
}

/* Locks that the task holds, as the validator sees it. */
static unsigned held_by(const struct task *t)
{
	unsigned n = 0;

	for (unsigned i = 0; i < t->depth; i++)
		if (t->held[i].lock || t->held[i].run)
			n += t->held[i].refs;
	return n;
}

/* Each release ends a hold of that lock by that thread, and what is open is what is held. */
static void check_holds(const struct traced *x)
{
	const json_t *e;
	unsigned released = 0, ended = 0, open = 0, held = 0;
	u64 stepped = 0;		/* set-up and finally are not in it */
	size_t i;

	for (u64 n = 0; n < x->steps; n++) {
		released += lets_go(x->step[n].kind);
		stepped |= 1ul << x->step[n].task;
	}
	json_array_foreach(events_of(x), i, e) {
		const struct seen_step *first, *last;

		if (!is_of(e, "lock"))
			continue;
		first = &x->step[number_of(e, "ts") - 1];
		if (strcmp(text_of(args_of(e), "taken"), first->words.place))
			assert_int_equal((--first)->kind, OP_DOWNGRADE_WRITE);
		last = &x->step[end_of(e) - 2];
		assert_int_equal(number_of(args_of(e), "tid"), first->task + 1);
		assert_string_equal(text_of(args_of(e), "object"), first->words.object);
		assert_string_equal(text_of(args_of(e), "taken"), first->words.place);
		if (json_is_true(json_object_get(args_of(e), "open"))) {
			open++;
			continue;
		}
		ended++;
		assert_true(lets_go(last->kind));
		assert_int_equal(last->task, first->task);
		assert_string_equal(last->words.object, first->words.object);
		assert_string_equal(text_of(args_of(e), "released"), last->words.place);
	}
	/* The last step may be in the middle of it. */
	assert_in_range(released - ended, 0, x->out.found);
	for (unsigned t = 0; t < machine->nr_tasks; t++)
		held += stepped >> t & 1 ? held_by(&machine->task[t]) : 0;
	assert_int_equal(open, held);
}

static void holds_are_those_of_the_model(void **state)
{
	(void)state;
	for_all(check_holds);
}

static void check_violation(const struct traced *x)
{
	const json_t *origin = json_object_get(x->trace, "otherData"), *e;
	unsigned nr = 0;
	size_t i;

	json_array_foreach(events_of(x), i, e) {
		if (!is_of(e, "violation"))
			continue;
		nr++;
		assert_string_equal(text_of(e, "name"), x->out.finding.signature);
		assert_string_equal(text_of(args_of(e), "text"), x->out.finding.text);
		assert_int_equal(number_of(e, "ts"), x->out.finding.step <= x->steps ? x->out.finding.step : x->steps + 1);
		assert_in_range(number_of(e, "ts"), x->steps, x->steps + 1);
	}
	assert_int_equal(nr, x->out.found);
	assert_string_equal(text_of(origin, "signature"), x->out.found ? x->out.finding.signature : "");
	assert_string_equal(text_of(origin, "scenario"), x->scn->name);
	assert_string_equal(text_of(origin, "provider"), x->subject->provider);
	assert_int_equal(json_array_size(json_object_get(origin, "defects")), x->subject->defect != NULL);
	assert_int_equal(number_of(origin, "seed"), 7);
}

static void the_violation_is_at_its_step(void **state)
{
	(void)state;
	for_all(check_violation);
}

static struct {
	unsigned found, clean, empty, memory, waits, stuck, synchronize, call_rcu, sections, readers;
} kinds;

static void count_kinds(const struct traced *x)
{
	const json_t *e;
	size_t i;

	kinds.found += x->out.found;
	kinds.clean += !x->out.found;
	kinds.empty += !x->steps;
	json_array_foreach(events_of(x), i, e) {
		kinds.memory += is_of(e, "memory") && number_of(args_of(e), "stored") + 1 < number_of(e, "ts");
		kinds.waits += is_of(e, "blocked") && strcmp(text_of(args_of(e), "held_by"), "");
		kinds.stuck += is_of(e, "blocked") && json_is_true(json_object_get(args_of(e), "open"));
		kinds.synchronize += !strcmp(text_of(e, "name"), "synchronize");
		kinds.call_rcu += !strcmp(text_of(e, "name"), "call_rcu") && is_of(e, "grace");
		kinds.sections += is_of(e, "section");
		kinds.readers += is_of(e, "lock") && !strcmp(text_of(args_of(e), "mode"), "R");
	}
}

/* The other tests say nothing of what does not happen. */
static void everything_happens(void **state)
{
	(void)state;
	for_all(count_kinds);
	assert_true(kinds.found && kinds.clean && kinds.empty && kinds.waits && kinds.stuck && kinds.sections && kinds.readers);
	assert_true(kinds.memory);
	assert_true(kinds.synchronize);
	assert_true(kinds.call_rcu);
}

/* ---- the drawing ---- */

static char *drawn(const json_t *trace, const struct trace_drawing *how)
{
	char *svg = NULL, err[TRACE_DRAW_ERR] = "";
	size_t length;
	FILE *out = open_memstream(&svg, &length);

	if (trace_draw(out, trace, how, err))
		fail_msg("%s", err);
	fclose(out);
	return svg;
}

struct box {
	double x, y, width, height;
};

/* The next rectangle of that class, behind at; NULL: none. */
static const char *next_rect(const char *at, const char *class, struct box *b)
{
	char begin[64];

	snprintf(begin, sizeof(begin), "<rect class=\"%s", class);
	at = strstr(at, begin);
	if (!at)
		return NULL;
	at = strstr(at, "\" ");
	return sscanf(at, "\" x=\"%lf\" y=\"%lf\" width=\"%lf\" height=\"%lf\"", &b->x, &b->y, &b->width, &b->height) == 4 ? at : NULL;
}

/* Letters of a text element: an entity is one. */
static size_t letters_of(const char *at)
{
	size_t n = 0;

	for (; *at && *at != '<'; at++, n++)
		if (*at == '&')
			at = strchr(at, ';');
	return n;
}

static bool within(const struct box *in, double from, double to)
{
	return from >= in->x && to <= in->x + in->width;
}

/* Does one of the lanes hold it? */
static bool within_a_lane(const char *svg, double from, double to)
{
	struct box lane;

	for (const char *at = svg; (at = next_rect(at, "rt-lane\"", &lane));)
		if (within(&lane, from, to))
			return true;
	return false;
}

static void check_bars(const char *svg)
{
	struct box a, b;

	for (const char *at = svg; (at = next_rect(at, "rt-bar ", &a));) {
		assert_true(within_a_lane(svg, a.x, a.x + a.width));
		assert_true(a.height > 0);
		for (const char *other = at; (other = next_rect(other, "rt-bar ", &b));)
			if (a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height)
				fail_msg("bars overlap at %.1f %.1f", b.x, b.y);
	}
}

/* Texts of steps and waits end before their lane does, and all others within the drawing. */
static void check_texts(const char *svg)
{
	struct box page;
	double x, y;
	int name, end;

	assert_non_null(next_rect(svg, "rt-page\"", &page));
	for (const char *at = svg; (at = strstr(at, "<text class=\"")); at++) {
		name = end = 0;
		if (sscanf(at, "<text class=\"%*[^\"]%n\" x=\"%lf\" y=\"%lf\">%n", &name, &x, &y, &end) != 2 || !end)
			continue;
		assert_in_range(y, 1, page.height);
		if (strstr(at, "rt-number") == at + 13 || strstr(at, "rt-letter") == at + 13)
			continue;
		if (strstr(at, "rt-op") == at + 13 || strstr(at, "rt-wait") == at + 13 || strstr(at, "rt-note") == at + 13)
			assert_true(within_a_lane(svg, x, x + (double)letters_of(at + end) * 7.23));
		else
			assert_true(x + (double)letters_of(at + end) * 7.23 <= page.width);
	}
}

/* What is drawn and what is left out are all steps. */
static void check_counts(const struct traced *x, const char *svg)
{
	u64 sum = 0, n;

	for (const char *at = svg; (at = strstr(at, "<text class=\"rt-number\"")); at++)
		sum += strchr(at, '>')[1] != 'e' && strchr(at, '>')[1] != '0';
	for (const char *at = svg; (at = strstr(at, ">... ")); at++)
		if (sscanf(at, ">... %lu step", &n) == 1)
			sum += n;
	assert_int_equal(sum, x->steps);
}

static void check_drawing(const struct traced *x)
{
	static const struct trace_drawing how[] = { TRACE_DRAWING, { .last = 0 }, { .last = 7, .touching = 3 } };
	const json_t *e;
	size_t j;

	for (size_t i = 0; i < ARRAY_SIZE(how); i++) {
		char *svg = drawn(x->trace, &how[i]);

		check_bars(svg);
		check_texts(svg);
		check_counts(x, svg);
		json_array_foreach(events_of(x), j, e)
			if (!strcmp(text_of(e, "name"), "thread_name") && number_of(e, "pid") == TRACE_THREADS)
				assert_non_null(strstr(svg, text_of(args_of(e), "name")));
		assert_int_equal(strstr(svg, "rt-signature\"") != NULL, x->out.found);
		assert_int_equal(!how[i].last && strstr(svg, "left out") != NULL, 0);
		free(svg);
	}
}

static void drawings_are_tidy(void **state)
{
	(void)state;
	for_all(check_drawing);
}

/* Nothing in a trace is taken for markup, and a text that is too long is cut. */
static void texts_are_escaped(void **state)
{
	static const char text[] =
		"{'traceEvents':[{'ph':'M','pid':1,'tid':1,'name':'thread_name','args':{'name':'<b>&'}},"
		"{'ph':'X','pid':1,'tid':1,'ts':1,'dur':1,'cat':'step','name':'load','args':{'text':'load <x>&amp;\\u0001"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','object':'<x>','site':'a<b.c:1'}}],"
		"'otherData':{'scenario':'</svg><script>','steps':1}}";
	char json[sizeof(text)], *svg;
	struct trace_drawing how = TRACE_DRAWING;
	json_t *trace;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		json[i] = text[i] == '\'' ? '"' : text[i];
	trace = json_loads(json, 0, NULL);
	assert_non_null(trace);
	svg = drawn(trace, &how);
	assert_null(strstr(svg, "<b>"));
	assert_null(strstr(svg, "<script"));
	assert_null(strchr(svg, 1));
	assert_non_null(strstr(svg, "&lt;b&gt;&amp;"));
	assert_non_null(strstr(svg, "load &lt;x&gt;&amp;amp;?aaa"));
	check_texts(svg);
	free(svg);
	json_decref(trace);
}

static void refuse(const char *json, const char *why)
{
	struct trace_drawing how = TRACE_DRAWING;
	char err[TRACE_DRAW_ERR] = "", *svg = NULL;
	size_t length;
	FILE *out = open_memstream(&svg, &length);
	json_t *trace = json_loads(json, JSON_DECODE_ANY, NULL);

	assert_int_equal(trace_draw(out, trace, &how, err), -1);
	assert_non_null(strstr(err, why));
	fclose(out);
	assert_int_equal(length, 0);
	free(svg);
	json_decref(trace);
}

static void no_trace_is_refused(void **state)
{
	(void)state;
	refuse("{\"traceEvents\":{},\"otherData\":{}}", "expected a trace");
	refuse("{\"traceEvents\":[]}", "expected a trace");
	refuse("{\"traceEvents\":[{\"ph\":\"X\",\"pid\":1,\"tid\":4,\"ts\":1,\"cat\":\"step\"}],\"otherData\":{}}", "thread 4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_step_is_there_once),
		cmocka_unit_test(nothing_overlaps_wrongly),
		cmocka_unit_test(holds_are_those_of_the_model),
		cmocka_unit_test(the_violation_is_at_its_step),
		cmocka_unit_test(everything_happens),
		cmocka_unit_test(drawings_are_tidy),
		cmocka_unit_test(texts_are_escaped),
		cmocka_unit_test(no_trace_is_refused),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
