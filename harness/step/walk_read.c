/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading a walk: see walk.h. An event of a trace is a line, so that no more than one is in memory at a time. Events of other kinds than
 * ours are passed over.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/json.h"
#include "cli/must.h"
#include "step/walk_words.h"
#include "trace/tracer.h"
#include "trace/words.h"

#define ORIGIN "],\"otherData\":"	/* what the last line begins with */


static u32 word_of(struct walk *w, const json_t *o, const char *key)
{
	const char *text = json_text_of(o, key);

	return walk_word_add(w, text, strlen(text));
}

/* ---- events ---- */

typedef void event_fn(struct walk *w, const json_t *event, const json_t *args, u8 lane);

static void read_step(struct walk *w, const json_t *e, const json_t *args, u8 lane)
{
	struct walk_row *row = must_add(&w->row, &w->nr_rows, sizeof(*row));
	struct walk_lane *l = &w->lane[lane];

	row->ts = json_number_of(e, "ts");
	row->lane = lane;
	row->op = word_of(w, e, "name");
	row->object = word_of(w, args, "object");
	row->site = word_of(w, args, "site");
	l->first = l->first ? l->first : row->ts;
	l->last = row->ts;
}

static void read_stored(struct walk *w, const json_t *e, const json_t *args, u8 lane)
{
	struct walk_row *row = must_add(&w->row, &w->nr_rows, sizeof(*row));

	row->ts = json_number_of(e, "ts");
	row->kind = WALK_STORED;
	row->lane = lane;
	row->stored = json_number_of(args, "stored");
	row->op = word_of(w, e, "name");
	row->object = word_of(w, args, "object");
}

static void read_wait(struct walk *w, const json_t *e, const json_t *args, u8 lane)
{
	struct walk_wait *wait = must_add(&w->wait, &w->nr_waits, sizeof(*wait));

	wait->since = json_number_of(e, "ts");
	wait->until = wait->since + json_number_of(e, "dur");
	wait->lane = lane;
	wait->what = word_of(w, args, "text");
	wait->site = word_of(w, args, "site");
	wait->held_by = word_of(w, args, "held_by");
}

static struct walk_span *add_span(struct walk *w, const json_t *e, const json_t *args, u8 lane, enum walk_hold kind)
{
	struct walk_span *span = must_add(&w->span, &w->nr_spans, sizeof(*span));

	span->since = json_number_of(e, "ts");
	span->until = span->since + json_number_of(e, "dur");
	span->kind = (u8)kind;
	span->lane = lane;
	span->open = json_is_true(json_object_get(args, "open"));
	span->object = word_of(w, args, "object");
	span->class = word_of(w, args, "class");
	span->taken = word_of(w, args, "taken");
	span->released = word_of(w, args, "released");
	return span;
}

static void read_lock(struct walk *w, const json_t *e, const json_t *args, u8 lane)
{
	add_span(w, e, args, lane, strcmp(json_text_of(args, "mode"), "R") ? HOLD_WRITE : HOLD_READ);
}

static void read_section(struct walk *w, const json_t *e, const json_t *args, u8 lane)
{
	add_span(w, e, args, lane, HOLD_SECTION);
}

static void read_grace(struct walk *w, const json_t *e, const json_t *args, u8 lane)
{
	add_span(w, e, args, lane, HOLD_GRACE)->object = word_of(w, e, "name");
}

static void read_violation(struct walk *w, const json_t *e, const json_t *args, u8 lane)
{
	(void)lane;
	w->violation_at = json_number_of(e, "ts");
	w->by = word_of(w, args, "by");
}

static const struct {
	const char *category;
	event_fn *read;
	bool of_another;		/* the thread is in the arguments: the row is that of a lock */
} readers[] = {
	{ "step", read_step, false },	    { "memory", read_stored, false },
	{ "blocked", read_wait, false },    { "violation", read_violation, false },
	{ "lock", read_lock, true },	    { "section", read_section, true },
	{ "grace", read_grace, true },
};

static int lane_of(const struct walk *w, u64 tid)
{
	for (size_t i = 0; i < w->nr_lanes; i++)
		if (w->lane[i].tid == tid)
			return (int)i;
	return -1;
}

static void read_name(struct walk *w, const json_t *e, const json_t *args)
{
	struct walk_lane *lane;

	if (json_number_of(e, "pid") != TRACE_THREADS || strcmp(json_text_of(e, "name"), "thread_name") || w->nr_lanes == WALK_LANES)
		return;
	lane = must_add(&w->lane, &w->nr_lanes, sizeof(*lane));
	lane->tid = json_number_of(e, "tid");
	lane->name = word_of(w, args, "name");
}

static int read_event(struct walk *w, const json_t *e, char err[ERR_LEN])
{
	const json_t *args = json_object_get(e, "args");
	const char *category = json_text_of(e, "cat");

	if (!category[0])
		read_name(w, e, args);
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		u64 tid;
		int lane;

		if (strcmp(category, readers[i].category))
			continue;
		tid = json_number_of(readers[i].of_another ? args : e, "tid");
		lane = lane_of(w, tid);
		if (lane < 0) {
			snprintf(err, ERR_LEN, "the trace: expected the name of thread %lu before what it does", tid);
			return -1;
		}
		readers[i].read(w, e, args, (u8)lane);
	}
	return 0;
}

static void read_defects(struct walk *w, const json_t *defects)
{
	char text[256] = "";
	const json_t *d;
	size_t i, used = 0;

	json_array_foreach(defects, i, d)
		if (used < sizeof(text))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i ? " " : "", json_string_value(d));
	w->defects = walk_word_add(w, text, strlen(text));
}

static void read_origin(struct walk *w, const json_t *o)
{
	w->scenario = word_of(w, o, "scenario");
	w->provider = word_of(w, o, "provider");
	w->strategy = word_of(w, o, "strategy");
	w->signature = word_of(w, o, "signature");
	w->text = word_of(w, o, "text");
	w->site = word_of(w, o, "site");
	w->seed = json_number_of(o, "seed");
	w->steps = json_number_of(o, "steps");
	read_defects(w, json_object_get(o, "defects"));
}

/* ---- when all is read ---- */

static int by_tid(const void *a, const void *b)
{
	const struct walk_lane *l = a, *m = b;

	return l->tid < m->tid ? -1 : l->tid > m->tid;
}

/* Threads appear when they first do something; they stand in the order of their numbers. */
static void sort_lanes(struct walk *w)
{
	u64 tid[WALK_LANES];
	u8 rank[WALK_LANES];

	for (size_t i = 0; i < w->nr_lanes; i++)
		tid[i] = w->lane[i].tid;
	qsort(w->lane, w->nr_lanes, sizeof(*w->lane), by_tid);
	for (size_t i = 0; i < w->nr_lanes; i++)
		rank[i] = (u8)lane_of(w, tid[i]);
	for (size_t i = 0; i < w->nr_rows; i++)
		w->row[i].lane = rank[w->row[i].lane];
	for (size_t i = 0; i < w->nr_spans; i++)
		w->span[i].lane = rank[w->span[i].lane];
	for (size_t i = 0; i < w->nr_waits; i++)
		w->wait[i].lane = rank[w->wait[i].lane];
}

static void measure(struct walk *w)
{
	for (size_t i = 0; i < w->nr_rows; i++) {
		const struct walk_row *r = &w->row[i];
		const size_t words = strlen(w->word[r->op].text) + 1 + strlen(w->word[r->object].text);
		const size_t site = strlen(w->word[r->site].text);

		w->widest = max(w->widest, words);
		w->widest_site = max(w->widest_site, site);
	}
}

static void count_switches(struct walk *w)
{
	for (size_t i = 1; i < w->nr_rows; i++)
		w->row[i].switches = w->row[i - 1].switches + (w->row[i].lane != w->row[i - 1].lane);
}

static void name_stems(struct walk *w)
{
	for (size_t i = 0; i < w->nr_rows; i++) {
		const u32 object = w->row[i].object;
		u32 stem;

		if (!object || w->word[object].stem)
			continue;
		stem = walk_word_add(w, w->word[object].text, stem_length(w->word[object].text));
		w->word[object].stem = stem;
	}
}

/* Of each word the rows that name it, one after the other: counted, placed, filled in. */
static void index_rows(struct walk *w)
{
	u32 object = 0, field = 0;

	name_stems(w);
	w->by_object = must(calloc(w->nr_rows + 1, sizeof(*w->by_object)));
	w->by_field = must(calloc(w->nr_rows + 1, sizeof(*w->by_field)));
	for (size_t i = 0; i < w->nr_rows; i++)
		if (w->row[i].object) {
			w->word[w->row[i].object].nr_field++;
			w->word[w->word[w->row[i].object].stem].nr_object++;
		}
	for (u32 i = 0; i < w->nr_words; i++) {
		w->word[i].object = object;
		w->word[i].field = field;
		object += w->word[i].nr_object;
		field += w->word[i].nr_field;
		w->word[i].nr_object = w->word[i].nr_field = 0;
	}
	for (size_t i = 0; i < w->nr_rows; i++)
		if (w->row[i].object) {
			struct walk_word *part = &w->word[w->row[i].object], *whole = &w->word[part->stem];

			w->by_field[part->field + part->nr_field++] = (u32)i;
			w->by_object[whole->object + whole->nr_object++] = (u32)i;
		}
}

/* What the finding is about: of the objects that were touched the one that its text names first, as exactly as it does. */
static u32 find_subject(const struct walk *w)
{
	const char *text = walk_word(w, w->text), *best = NULL;
	size_t best_length = 0;
	u32 subject = 0;

	for (u32 i = 1; i < w->nr_words; i++) {
		const struct walk_word *word = &w->word[i];
		size_t length = strlen(word->text);
		const char *at = word->nr_field ? find_name(text, word->text, length) : NULL;

		if (!at && word->nr_field) {
			length = stem_length(word->text);
			at = find_name(text, word->text, length);
		}
		if (at && (!best || at < best || (at == best && length > best_length))) {
			best = at;
			best_length = length;
			subject = i;
		}
	}
	return subject;
}

static int finder(const struct walk *w)
{
	for (size_t i = 0; i < w->nr_lanes; i++)
		if (w->by && w->lane[i].name == w->by)
			return (int)i;
	return -1;
}

static void add_end(struct walk *w)
{
	const struct walk_row *last = w->nr_rows ? &w->row[w->nr_rows - 1] : NULL;
	int lane = finder(w);
	struct walk_row end = { .ts = w->steps + 1, .kind = WALK_END, .site = w->site, .object = find_subject(w) };

	end.lane = lane >= 0 ? (u8)lane : last ? last->lane : 0;
	end.switches = last ? last->switches : 0;
	*(struct walk_row *)must_add(&w->row, &w->nr_rows, sizeof(end)) = end;
}

static int finish(struct walk *w, bool ended, char err[ERR_LEN])
{
	if (!ended) {
		snprintf(err, ERR_LEN, "the trace of the execution is not whole");
		return -1;
	}
	/* One that was over before anybody took a step. */
	if (!w->nr_lanes)
		((struct walk_lane *)must_add(&w->lane, &w->nr_lanes, sizeof(*w->lane)))->name = walk_word_add(w, "main", 4);
	sort_lanes(w);
	count_switches(w);
	measure(w);
	index_rows(w);
	add_end(w);
	return 0;
}

/* ---- lines ---- */

/* Returns the event, or what the last line says of the whole; NULL for the first line. */
static json_t *parse_line(const char *line, ssize_t length, bool *last)
{
	while (length && strchr(",\n", line[length - 1]))
		length--;
	*last = !strncmp(line, ORIGIN, strlen(ORIGIN));
	if (*last) {
		line += strlen(ORIGIN);
		length -= (ssize_t)strlen(ORIGIN) + 1;	/* and the brace of the whole */
	}
	return length > 0 ? json_loadb(line, (size_t)length, 0, NULL) : NULL;
}

/* One line of the trace, which is counted from 1. */
static int read_line(struct walk *w, const char *line, ssize_t length, size_t nr, bool *last, char err[ERR_LEN])
{
	json_t *o = parse_line(line, length, last);
	int failed = 0;

	if (o && *last) {
		read_origin(w, o);
	} else if (o) {
		failed = read_event(w, o, err);
	} else if (nr > 1) {
		snprintf(err, ERR_LEN, "the trace: expected an event in line %zu", nr);
		failed = -1;
	}
	json_decref(o);
	return failed;
}

int walk_read(struct walk *w, FILE *trace, char err[ERR_LEN])
{
	char *line = NULL;
	size_t size = 0, nr = 0;
	ssize_t length;
	bool last = false;
	int failed = 0;

	memset(w, 0, sizeof(*w));
	walk_word_add(w, "", 0);
	while (!failed && !last && (length = getline(&line, &size, trace)) > 0)
		failed = read_line(w, line, length, ++nr, &last, err);
	free(line);
	return failed ? failed : finish(w, last, err);
}
