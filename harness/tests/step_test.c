/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walking an execution, without a screen: what is read of a trace, who holds what when, who touched what, and where keys lead. First in a
 * small trace whose answers are known; then in those of real executions, against what their JSON says.
 */
#include <stddef.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "campaign.h"
#include "cli/embedded.h"
#include "cli/json.h"
#include "defects.h"
#include "finding.h"
#include "step/keys.h"
#include "step/layout.h"
#include "step/screen.h"
#include "step/view.h"
#include "tests/step_traces.h"
#include "trace/tracer.h"

/* ---- a trace whose answers are known ---- */

static void assert_line(const struct walk *w, u32 row, const char *expected)
{
	char line[256];

	walk_line(w, row, line, sizeof(line));
	assert_string_equal(line, expected);
}

static void test_read(void **state)
{
	struct walk w;

	(void)state;
	read_small(&w);
	assert_int_equal(w.nr_rows, 10);	/* 8 steps, a store that comes late, the end */
	assert_int_equal(w.nr_lanes, 2);
	assert_string_equal(walk_word(&w, w.lane[0].name), "writer");
	assert_string_equal(walk_word(&w, w.lane[1].name), "reader");
	assert_int_equal(w.lane[0].first, 2);
	assert_int_equal(w.lane[0].last, 6);
	assert_line(&w, 0, "reader start  ");
	assert_line(&w, 1, "writer lock page1.flags a.c:10");
	assert_int_equal(w.row[7].kind, WALK_STORED);
	assert_int_equal(w.row[7].stored, 3);
	assert_int_equal(w.row[9].kind, WALK_END);
	assert_int_equal(w.row[9].ts, 9);
	assert_int_equal(w.row[9].lane, 1);
	assert_line(&w, 9, "O1/x reader sees that page1.mapping is not page10.mapping f.c:9");
	assert_string_equal(walk_word(&w, w.defects), "Z01 Z02");
	assert_int_equal(w.violation_at, 8);
	/* reader, writer, reader, writer, reader, (its store) writer, reader */
	assert_int_equal(w.row[9].switches, 6);
	walk_free(&w);
}

static void assert_rows(const struct walk_list *l, u32 nr, const u32 *row)
{
	assert_int_equal(l->nr, nr);
	for (u32 i = 0; i < nr; i++)
		assert_int_equal(l->row[i], row[i]);
}

static void test_objects(void **state)
{
	static const u32 page1[] = { 1, 2, 4, 5, 6, 7 }, flags[] = { 1, 5, 6 }, mapping[] = { 2, 7 }, page10[] = { 3 };
	struct walk_list l;
	struct walk w;

	(void)state;
	read_small(&w);
	l = walk_object(&w, 2);
	assert_rows(&l, 6, page1);
	assert_int_equal(walk_list_before(&l, 0), 0);
	assert_int_equal(walk_list_before(&l, 3), 2);
	assert_int_equal(walk_list_before(&l, 9), 6);
	l = walk_field(&w, 1);
	assert_rows(&l, 3, flags);
	l = walk_object(&w, 4);			/* the object as a whole */
	assert_rows(&l, 6, page1);
	l = walk_object(&w, 3);			/* page10 is not page1 */
	assert_rows(&l, 1, page10);
	l = walk_object(&w, 0);
	assert_int_equal(l.nr, 0);
	/* What the finding is about: what its text names first, to the field. */
	assert_string_equal(walk_word(&w, w.row[9].object), "page1.mapping");
	l = walk_field(&w, 9);
	assert_rows(&l, 2, mapping);
	walk_free(&w);
}

static void test_held(void **state)
{
	/* By step: who holds page1.flags, and since when. */
	static const struct {
		int lane;
		u64 since;
	} expected[] = { { -1, 0 }, { -1, 0 }, { 0, 2 }, { 0, 2 }, { 0, 2 }, { 0, 2 }, { 0, 2 }, { 1, 7 }, { 1, 7 }, { 1, 7 } };
	struct walk w;

	(void)state;
	read_small(&w);
	for (u64 ts = 1; ts < ARRAY_SIZE(expected); ts++) {
		u32 nr, *held = walk_held(&w, ts, &nr);

		assert_int_equal(nr, expected[ts].lane >= 0);
		if (nr) {
			assert_int_equal(w.span[held[0]].lane, expected[ts].lane);
			assert_int_equal(w.span[held[0]].since, expected[ts].since);
			assert_int_equal(w.span[held[0]].kind, expected[ts].lane ? HOLD_READ : HOLD_WRITE);
		}
		free(held);
	}
	assert_null(walk_waits(&w, 1, 4));
	assert_null(walk_waits(&w, 0, 5));
	assert_string_equal(walk_word(&w, walk_waits(&w, 1, 5)->held_by), "writer");
	assert_non_null(walk_waits(&w, 1, 6));
	assert_null(walk_waits(&w, 1, 7));
	walk_free(&w);
}

static void test_bad_traces(void **state)
{
	static const char *const bad[] = {
		"", "[]\n", BEGINNING, BEGINNING NAME(2, "a") STEP(1, 2, "load", "x", "y"),
		BEGINNING STEP(1, 2, "load", "x", "y") END(1, "", ""),		/* of a thread without a name */
		BEGINNING NAME(2, "a") "{\"ph\":\n" END(0, "", ""),
	};
	char err[ERR_LEN];
	struct walk w;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		err[0] = 0;
		assert_int_equal(read_text(&w, bad[i], err), -1);
		assert_non_null(strstr(err, "trace"));
		assert_null(strchr(err, '\n'));
		walk_free(&w);
	}
}

/* An execution that ended before anybody took a step has one row, the end. */
static void test_no_step(void **state)
{
	char err[ERR_LEN];
	struct walk w;
	struct view v;

	(void)state;
	assert_int_equal(read_text(&w, BEGINNING END(0, "", ""), err), 0);
	assert_int_equal(w.nr_rows, 1);
	view_begin(&v, &w);
	for (enum motion m = 0; m < NR_MOTIONS; m++) {
		view_move(&v, m, 10);
		assert_int_equal(view_row(&v), 0);
	}
	view_go(&v, 5);
	view_scroll(&v, 10);
	assert_int_equal(v.top, 0);
	view_free(&v);
	walk_free(&w);
}

/* ---- moving ---- */

static void moves(struct view *v, enum motion motion, u32 row)
{
	const bool moved = view_move(v, motion, 5);

	if (!moved || view_row(v) != row)
		fail_msg("motion %d: %s, to row %u and not to %u: %s", motion, moved ? "moved" : "did not move", view_row(v), row, v->say);
}

static void stays(struct view *v, enum motion motion, const char *why)
{
	const u32 row = view_row(v);

	assert_false(view_move(v, motion, 5));
	assert_int_equal(view_row(v), row);
	assert_string_equal(v->say, why);
}

static void test_moves(void **state)
{
	struct walk w;
	struct view v;

	(void)state;
	read_small(&w);
	view_begin(&v, &w);
	assert_int_equal(view_row(&v), 9);	/* at the violation */
	stays(&v, MOVE_DOWN, "this is the end");
	moves(&v, MOVE_UP, 8);
	moves(&v, MOVE_PAGE_UP, 4);
	moves(&v, MOVE_PAGE_UP, 0);
	stays(&v, MOVE_UP, "this is the first step");
	moves(&v, MOVE_PAGE_DOWN, 4);
	moves(&v, MOVE_LAST, 9);
	moves(&v, MOVE_FIRST, 0);
	moves(&v, MOVE_NEXT_SWITCH, 1);
	moves(&v, MOVE_NEXT_SWITCH, 3);
	moves(&v, MOVE_NEXT_SWITCH, 4);
	moves(&v, MOVE_NEXT_SWITCH, 6);
	moves(&v, MOVE_NEXT_SWITCH, 7);
	moves(&v, MOVE_NEXT_SWITCH, 8);
	stays(&v, MOVE_NEXT_SWITCH, "no later context switch");
	moves(&v, MOVE_PREVIOUS_SWITCH, 7);
	moves(&v, MOVE_FIRST, 0);
	stays(&v, MOVE_PREVIOUS_SWITCH, "no earlier context switch");
	moves(&v, MOVE_NEXT_OF_THREAD, 3);
	moves(&v, MOVE_NEXT_OF_THREAD, 6);
	moves(&v, MOVE_PREVIOUS_OF_THREAD, 3);
	moves(&v, MOVE_VIOLATION, 9);
	view_go(&v, 5);
	assert_int_equal(view_row(&v), 4);
	view_go(&v, 0);
	assert_int_equal(view_row(&v), 0);
	view_go(&v, 1000);
	assert_int_equal(view_row(&v), 9);
	view_free(&v);
	walk_free(&w);
}

static void test_moves_by_object(void **state)
{
	struct walk w;
	struct view v;

	(void)state;
	read_small(&w);
	view_begin(&v, &w);
	moves(&v, MOVE_PREVIOUS_ACCESS, 7);	/* of what the finding is about */
	moves(&v, MOVE_PREVIOUS_FIELD, 2);
	stays(&v, MOVE_PREVIOUS_FIELD, "no earlier access of page1.mapping");
	moves(&v, MOVE_PREVIOUS_ACCESS, 1);
	stays(&v, MOVE_PREVIOUS_ACCESS, "no earlier access of page1");
	moves(&v, MOVE_NEXT_FIELD, 5);
	moves(&v, MOVE_NEXT_ACCESS, 6);
	moves(&v, MOVE_NEXT_ACCESS, 7);
	stays(&v, MOVE_NEXT_ACCESS, "no later access of page1");
	moves(&v, MOVE_FIRST, 0);
	stays(&v, MOVE_NEXT_ACCESS, "this step touches no object");
	view_free(&v);
	walk_free(&w);
}

static void search(struct view *v, const char *needle)
{
	snprintf(v->needle, sizeof(v->needle), "%s", needle);
}

static void test_search(void **state)
{
	struct walk w;
	struct view v;

	(void)state;
	read_small(&w);
	view_begin(&v, &w);
	stays(&v, MOVE_NEXT_MATCH, "nothing is searched for: / begins a search");
	search(&v, "LOCK page1");
	moves(&v, MOVE_NEXT_MATCH, 1);
	assert_string_equal(v.say, "went on at the beginning");
	moves(&v, MOVE_NEXT_MATCH, 5);		/* unlock */
	assert_string_equal(v.say, "");
	moves(&v, MOVE_NEXT_MATCH, 6);
	moves(&v, MOVE_PREVIOUS_MATCH, 5);
	search(&v, "b.c:22");
	moves(&v, MOVE_NEXT_MATCH, 8);
	moves(&v, MOVE_NEXT_MATCH, 8);		/* the only one */
	search(&v, "nowhere");
	stays(&v, MOVE_NEXT_MATCH, "no step has 'nowhere'");
	view_free(&v);
	walk_free(&w);
}

static void test_lanes(void **state)
{
	struct walk w;
	struct view v;

	(void)state;
	read_small(&w);
	view_begin(&v, &w);
	view_go(&v, 8);
	assert_int_equal(view_row(&v), 8);
	moves(&v, MOVE_LANES, 8);		/* vma#1 is touched by the reader alone */
	assert_int_equal(v.threads, 2);
	assert_int_equal(v.nr_shown, 5);
	assert_string_equal(v.say, "only threads that touch vma#1: 1 of 2");
	stays(&v, MOVE_PREVIOUS_SWITCH, "no earlier context switch");
	moves(&v, MOVE_UP, 6);
	moves(&v, MOVE_PREVIOUS_ACCESS, 5);	/* of a thread that was hidden */
	assert_string_equal(v.say, "all threads are shown again: writer was hidden");
	assert_int_equal(v.nr_shown, 10);
	moves(&v, MOVE_LANES, 5);		/* page1: both */
	assert_int_equal(v.nr_shown, 10);
	moves(&v, MOVE_LANES, 5);
	assert_string_equal(v.say, "only writer");
	assert_int_equal(v.nr_shown, 6);
	moves(&v, MOVE_LAST, 9);
	moves(&v, MOVE_LANES, 9);
	assert_int_equal(v.nr_shown, 10);
	view_free(&v);
	walk_free(&w);
}

/* ---- a long one ---- */

static void test_scroll(void **state)
{
	struct walk w;
	struct view v;

	(void)state;
	read_long(&w);
	view_begin(&v, &w);
	for (u32 rows = 1; rows < 40; rows += 3)
		for (int i = 0; i < 400; i++) {
			view_move(&v, (enum motion[]){ MOVE_DOWN, MOVE_NEXT_ACCESS, MOVE_UP, MOVE_PAGE_DOWN, MOVE_NEXT_SWITCH,
				  MOVE_PREVIOUS_ACCESS, MOVE_PAGE_UP }[(i * i + i / 7) % 7], rows);
			view_scroll(&v, rows);
			assert_true(v.top <= v.at && v.at < v.top + rows);
			assert_true(v.top + rows <= v.nr_shown || !v.top);
		}
	/* From afar to the middle. */
	view_go(&v, 100);
	view_scroll(&v, 20);
	assert_int_equal(v.at - v.top, 10);
	/* One step further moves the screen by one at most. */
	view_go(&v, 1500);
	view_scroll(&v, 20);
	for (int i = 0; i < 50; i++) {
		const u32 top = v.top;

		view_move(&v, MOVE_DOWN, 20);
		view_scroll(&v, 20);
		assert_in_range(v.top, top, top + 1);
	}
	view_free(&v);
	walk_free(&w);
}

/* Each text is kept once, and is still itself. */
static void test_words(void **state)
{
	struct walk w;
	char name[32];

	(void)state;
	read_long(&w);
	assert_int_equal(w.nr_words, 1409);	/* 700 objects, a part of each, and nine others */
	for (u32 i = 0; i < LONG; i++) {
		snprintf(name, sizeof(name), "o%u.x", (i + 1) % 700);
		assert_string_equal(walk_word(&w, w.row[i].object), name);
		assert_int_equal(walk_object(&w, i).nr, (i + 1) % 700 <= LONG % 700 && (i + 1) % 700 ? 5 : 4);
	}
	walk_free(&w);
}

static void test_history(void **state)
{
	struct walk w;
	struct view v;

	(void)state;
	read_long(&w);
	view_begin(&v, &w);
	assert_int_equal(view_row(&v), 0);	/* nothing was found */
	assert_false(view_move(&v, MOVE_VIOLATION, 9));
	assert_int_equal(view_row(&v), LONG);
	view_go(&v, 65);
	moves(&v, MOVE_NEXT_ACCESS, 764);
	moves(&v, MOVE_NEXT_ACCESS, 1464);
	moves(&v, MOVE_NEXT_FIELD, 2164);
	moves(&v, MOVE_NEXT_ACCESS, 2864);
	stays(&v, MOVE_NEXT_ACCESS, "no later access of o65");
	assert_int_equal(w.row[LONG].switches, LONG / 100);
	view_free(&v);
	walk_free(&w);
}

/* ---- where things stand ---- */

static bool inside(const struct rect *r, int rows, int columns)
{
	return r->y > 0 && r->x >= 0 && r->rows > 0 && r->columns > 0 && r->y + r->rows <= rows - 2 && r->x + r->columns <= columns;
}

static bool apart(const struct rect *a, const struct rect *b)
{
	/* Above each one is its title. */
	return a->y + a->rows < b->y || b->y + b->rows < a->y || a->x + a->columns < b->x || b->x + b->columns < a->x;
}

static void test_layout(void **state)
{
	struct layout l;

	(void)state;
	assert_false(layout_screen(&l, LEAST_ROWS - 1, 200));
	assert_false(layout_screen(&l, 200, LEAST_COLUMNS - 1));
	for (int rows = LEAST_ROWS; rows < 120; rows++)
		for (int columns = LEAST_COLUMNS; columns < 260; columns++) {
			assert_true(layout_screen(&l, rows, columns));
			assert_true(inside(&l.steps, rows, columns) && inside(&l.locks, rows, columns) && inside(&l.object, rows, columns));
			assert_true(apart(&l.steps, &l.locks) && apart(&l.steps, &l.object) && apart(&l.locks, &l.object));
			assert_true(l.steps.rows >= 4);
		}
}

static void assert_tracks(const struct tracks *t, int columns, unsigned lane)
{
	bool there = false;

	for (unsigned i = 0; i < t->nr; i++)
		there |= t->lane_at[t->first + i] == lane;
	assert_true(there);
	assert_true(t->first + t->nr <= t->nr_shown);
	assert_true(t->step >= 2 && t->lane + (int)t->nr * t->step <= t->name && t->name + t->names <= t->text);
	assert_true(t->texts >= 8 && t->text + t->texts <= columns);
	assert_true(!t->sites || t->site + t->sites <= columns);
}

static void test_tracks(void **state)
{
	struct tracks t;
	struct walk w;

	(void)state;
	read_small(&w);
	/* As many threads as there can be: what is asked of a lane is its name. */
	w.lane = realloc(w.lane, WALK_LANES * sizeof(*w.lane));
	for (size_t i = 2; i < WALK_LANES; i++)
		w.lane[i] = w.lane[i % 2];
	w.nr_lanes = WALK_LANES;
	for (int columns = LEAST_COLUMNS; columns < 200; columns += 7)
		for (unsigned lane = 0; lane < WALK_LANES; lane++) {
			layout_tracks(&t, &w, ~0ul >> (WALK_LANES - 1 - lane), lane, columns);
			assert_tracks(&t, columns, lane);
			layout_tracks(&t, &w, ~0ul, lane, columns);
			assert_tracks(&t, columns, lane);
		}
	layout_tracks(&t, &w, 3, 0, 80);
	assert_true(t.named && t.sites);
	walk_free(&w);
}

/* No key twice, each motion by one, and the help in 80 columns. */
static void test_keys(void **state)
{
	u64 seen = 0;

	(void)state;
	for (const struct key_row *row = key_rows; row->key[0]; row++) {
		seen |= 1ul << row->what;
		for (size_t i = 0; i < ARRAY_SIZE(row->key) && row->key[i]; i++)
			assert_ptr_equal(key_find(row->key[i]), row);
		assert_true(!row->name || (strlen(row->name) <= 16 && strlen(row->about) <= 60));
	}
	assert_int_equal(seen, (1ul << (DO_QUIT + 1)) - 1);
	assert_null(key_find('x'));
	assert_null(key_find(KEY_OF_NOTHING));
}

/* ---- real executions ---- */

static json_t *traced(const char *scenario, const char *defect, enum memory_model memory, struct walk *w)
{
	const struct embedded_file *file = embedded_scenario(scenario);
	struct session_config config = { .provider = rmap_find("anon-chain"), .oracles = ~0u, .memory = memory };
	struct scn_error se;
	struct recording rec = { 0 };
	struct outcome out = { .found = false };
	struct replayed now;
	char err[ERR_LEN], *text = NULL;
	size_t length;
	FILE *f = open_memstream(&text, &length);
	struct session *s;
	struct tracer *tr;
	json_t *trace;

	config.scn = scn_parse(scenario, file->text, strlen(file->text), &se);
	if (defect)
		defect_add(config.defects, (unsigned)defect_find(defect));
	s = session_open(&config, err);
	for (u64 e = 0; e < 40 && !out.found; e++) {
		recording_free(&rec);
		assert_true(campaign_draw(s, "random", 1, e, &rec, &out));
	}
	tr = tracer_new(f, "random", 1);
	replay_recording(s, &rec, NULL, tr, &now);
	assert_true(tracer_free(tr));
	fclose(f);
	trace = json_loads(text, 0, NULL);
	if (read_text(w, text, err))
		fail_msg("%s", err);
	session_close(s);
	scn_free((struct scenario *)config.scn);
	recording_free(&rec);
	recording_free(&now.rec);
	free(text);
	return trace;
}

/* How many of these there are in the trace, and, with a step, how many of them last then. */
static u32 count(const json_t *trace, const char *category, u64 ts)
{
	const json_t *e;
	size_t i;
	u32 n = 0;

	json_array_foreach(json_object_get(trace, "traceEvents"), i, e) {
		const u64 since = json_number_of(e, "ts");

		if (!strcmp(json_text_of(e, "cat"), category))
			n += !ts || (since <= ts && (ts < since + json_number_of(e, "dur") ||
				     json_is_true(json_object_get(json_object_get(e, "args"), "open"))));
	}
	return n;
}

static void check_held(const struct walk *w, const json_t *trace, u64 ts)
{
	u32 nr, *held = walk_held(w, ts, &nr);

	assert_int_equal(nr, count(trace, "lock", ts) + count(trace, "section", ts) + count(trace, "grace", ts));
	for (u32 i = 1; i < nr; i++) {
		const struct walk_span *a = &w->span[held[i - 1]], *b = &w->span[held[i]];

		assert_true(a->lane < b->lane || (a->lane == b->lane && a->since <= b->since));
	}
	free(held);
}

static void check_lists(const struct walk *w)
{
	for (u32 i = 0; i < w->nr_rows; i++) {
		const struct walk_list whole = walk_object(w, i), part = walk_field(w, i);

		if (w->row[i].kind == WALK_END)
			continue;
		assert_true(part.nr <= whole.nr);
		assert_true(!w->row[i].object || whole.row[walk_list_before(&whole, i)] == i);
		assert_true(!w->row[i].object || part.row[walk_list_before(&part, i)] == i);
	}
}

static void test_executions(void **state)
{
	static const struct {
		const char *scenario, *defect;
		enum memory_model memory;
	} subject[] = {
		{ "exit-vs-walk", "Z11-mapped", MEMORY_SC }, { "story-batched-flush", "Z16", MEMORY_SC },
		{ "vma-lock-vs-munmap", NULL, MEMORY_SC }, { "fork-vs-reclaim", NULL, MEMORY_TSO },
		{ "swapoff-vs-fault", NULL, MEMORY_SC },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(subject); i++) {
		struct walk w;
		json_t *trace = traced(subject[i].scenario, subject[i].defect, subject[i].memory, &w);

		assert_int_equal(w.nr_rows, count(trace, "step", 0) + count(trace, "memory", 0) + 1);
		assert_int_equal(w.nr_spans, count(trace, "lock", 0) + count(trace, "section", 0) + count(trace, "grace", 0));
		assert_int_equal(w.nr_waits, count(trace, "blocked", 0));
		assert_string_equal(walk_word(&w, w.scenario), subject[i].scenario);
		for (u64 ts = 1; ts <= w.steps + 1; ts += 3)
			check_held(&w, trace, ts);
		check_lists(&w);
		json_decref(trace);
		walk_free(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read), cmocka_unit_test(test_objects), cmocka_unit_test(test_held),
		cmocka_unit_test(test_bad_traces), cmocka_unit_test(test_no_step), cmocka_unit_test(test_moves),
		cmocka_unit_test(test_moves_by_object), cmocka_unit_test(test_search), cmocka_unit_test(test_lanes),
		cmocka_unit_test(test_scroll), cmocka_unit_test(test_words), cmocka_unit_test(test_history), cmocka_unit_test(test_layout),
		cmocka_unit_test(test_tracks), cmocka_unit_test(test_keys), cmocka_unit_test(test_executions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
