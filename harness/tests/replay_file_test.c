/* SPDX-License-Identifier: GPL-2.0-only */
/* Replay files: round trips, and one exact line for every way in which they can be damaged. Random tests are seeded. */
#include "tests/explore_sim.h"
#include "explore/replay_form.h"
#include "tests/replay_file_test_bad.h"
#include "tests/replay_file_test_same.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct replay_file *parse(const char *text, size_t length, char err[256])
{
	struct replay_file *f;

	strcpy(err, "untouched");
	f = replay_file_parse("f.replay", text, length, err);
	if (f)
		assert_string_equal(err, "untouched");
	return f;
}

static void good_file_is_understood(void **state)
{
	static const u8 choices[] = { 0, 0, 0, 1, 0x80, 0x81, 0x81, 2, 2 };
	struct replay_file *f;
	char err[256], *text;
	size_t length;

	(void)state;
	f = parse(good, strlen(good), err);
	assert_non_null(f);
	assert_string_equal(f->scenario_name, "fork-vs-reclaim");
	assert_string_equal(f->scenario_text,
			    "scenario fork-vs-reclaim\n\n\tsetup { }  # \xc3\xa9\n");
	assert_string_equal(f->provider, "anon-chain");
	assert_int_equal(f->nr_defects, 2);
	assert_string_equal(f->defect[1], "H6");
	assert_int_equal(f->model, 0x0123456789abcdeful);
	assert_string_equal(f->signature, "O8/anon_vma chain.1");
	assert_string_equal(f->strategy, "auto");
	assert_int_equal(f->seed, 1);
	assert_int_equal(f->execution, 4711);
	assert_int_equal(f->rec.steps, 200);
	assert_int_equal(f->rec.switches, 20);
	assert_int_equal(f->rec.hash, 0xfedcba9876543210ul);
	assert_int_equal(f->rec.nr, sizeof(choices));
	assert_memory_equal(f->rec.choice, choices, sizeof(choices));
	assert_int_equal(f->rec.check[2], 0xffffffffu);

	/* Written again, only the line of choices is made anew. */
	text = replay_file_format(f, &length);
	assert_int_equal(length, strlen(good) - 1);
	assert_non_null(strstr(text, "\nchoices 1\nA3Bab2C2\nchecks 1\n"));
	free(text);
	replay_file_free(f);
}

static char *random_name(u64 *rng, unsigned most)
{
	size_t n = 1 + rng_below(rng, most);
	char *s = malloc(n + 1);

	/* A lone "-" means that there is no name. */
	s[0] = (char)('a' + rng_below(rng, 26));
	for (size_t i = 1; i < n; i++)
		s[i] = (char)('!' + rng_below(rng, '~' - '!' + 1));
	s[n] = '\0';
	return s;
}

static char *random_text(u64 *rng)
{
	static const char bytes[] = "abc {}\t\r\n\n\"#\xc3\xff";
	size_t n = rng_below(rng, 300);
	char *s = malloc(n + 1);

	for (size_t i = 0; i < n; i++)
		s[i] = bytes[rng_below(rng, sizeof(bytes) - 1)];
	s[n] = '\0';
	return s;
}

static void random_choices(struct recording *r, u64 *rng)
{
	for (u64 n = rng_below(rng, 600), c = 0; n; n--) {
		if (rng_below(rng, 3))
			c = rng_below(rng, 2) ? rng_below(rng, STRATEGY_TASKS) :
						CHOICE_BIT | rng_below(rng, MAX_ALTERNATIVES);
		recording_add(r, c);
	}
	r->decisions = form_count_tasks(r);
}

static void random_directives(struct replay_directives *d, u64 *rng)
{
	u32 last[2][STRATEGY_TASKS + 1] = { { 0 } };

	for (d->nr_order = 0; d->nr_order < rng_below(rng, STRATEGY_TASKS + 1); d->nr_order++) {
		d->order[d->nr_order] = random_name(rng, 12);
		d->order[d->nr_order][0] = (char)('a' + d->nr_order);
	}
	for (u64 n = d->nr_order ? rng_below(rng, 40) : 0; n; n--) {
		struct replay_directive v = { .choice = rng_below(rng, 2), .what = rng_below(rng, 2) ? random_name(rng, 30) : NULL };

		v.thread = rng_below(rng, 5) ? rng_below(rng, d->nr_order) : REPLAY_NOBODY;
		v.to = rng_below(rng, v.choice ? MAX_ALTERNATIVES : d->nr_order);
		v.n = last[v.choice][v.thread] += 1 + rng_below(rng, 1u << 26);
		replay_directives_add(d, v);
	}
}

static struct replay_file *random_file(u64 *rng)
{
	struct replay_file *f = calloc(1, sizeof(*f));
	struct recording *r = &f->rec;

	f->scenario_name = random_name(rng, FORM_MAX_WORD);
	f->scenario_text = random_text(rng);
	f->provider = rng_below(rng, 4) ? random_name(rng, 20) : NULL;
	f->nr_defects = rng_below(rng, 3) ? 0 : rng_below(rng, REPLAY_MAX_DEFECTS + 1);
	for (unsigned i = 0; i < f->nr_defects; i++)
		f->defect[i] = random_name(rng, 8);
	f->signature = rng_below(rng, 4) ? random_name(rng, FORM_MAX_LINE) : NULL;
	f->strategy = random_name(rng, 8);
	if (rng_below(rng, 2)) {
		f->drawn = random_name(rng, 8);
		f->drawn_steps = rng_below(rng, 1000);
		f->drawn_hash = rng_next(rng);
	}
	f->memory = rng_below(rng, 2) ? MEMORY_SC : MEMORY_TSO;
	f->without = rng_below(rng, 2) ? (u32)rng_next(rng) & ((1u << ORACLE_NR) - 2) : 0;
	f->passes_locks = rng_below(rng, 2);
	f->nr_passed = rng_below(rng, 3) ? 0 : rng_below(rng, REPLAY_MAX_PASSED + 1);
	for (unsigned i = 0; i < f->nr_passed; i++) {
		f->passed[i] = random_name(rng, 20);
		f->passed[i][0] = '/';
	}
	f->access = rng_below(rng, 2) ? 0 : rng_below(rng, 1u << FORM_NR_ACCESS);
	f->model = rng_next(rng);
	f->seed = rng_next(rng) >> rng_below(rng, 64);
	f->execution = rng_next(rng) >> rng_below(rng, 64);
	f->by_directives = rng_below(rng, 2);
	if (f->by_directives)
		random_directives(&f->directives, rng);
	else
		random_choices(r, rng);
	r->hash = rng_next(rng);
	r->steps = rng_below(rng, 5000);
	r->switches = rng_below(rng, r->steps + 1);
	for (u64 n = !f->by_directives && rng_below(rng, 4) ? r->steps / CHECK_EVERY : 0; n; n--) {
		if (r->nr_check == r->cap_check)
			recording_grow_checks(r);
		r->check[r->nr_check++] = (u32)rng_next(rng);
	}
	return f;
}

static void files_go_round(void **state)
{
	char err[256], *text;
	size_t length;
	u64 rng = 5;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		struct replay_file *f = random_file(&rng), *again;

		text = replay_file_format(f, &length);
		assert_non_null(text);
		for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
			assert_true(strcspn(line, "\n") <= FORM_WIDTH || line[0] == '\t' ||
				    strchr("sdpfoc", line[0]));
		again = parse(text, length, err);
		assert_string_equal(err, "untouched");
		assert_same_file(f, again);
		free(text);
		replay_file_free(again);
		replay_file_free(f);
	}
}

static void refused(const char *text, size_t length, const char *message)
{
	char err[256];

	assert_null(parse(text, length, err));
	assert_memory_equal(err, "f.replay:", 9);
	assert_string_equal(err + 9, message);
}

/* whole with the first from in it replaced by n times to; cut there when to is NULL. */
static char *damaged(const char *whole, const char *from, const char *to, unsigned n)
{
	const char *at = strstr(whole, from);
	char *text, *end;

	assert_non_null(at);
	text = malloc(strlen(whole) + 1 + (to ? n * strlen(to) : 0));
	end = text + sprintf(text, "%.*s", (int)(at - whole), whole);
	while (to && n--)
		end = stpcpy(end, to);
	strcpy(end, to ? at + strlen(from) : "");
	return text;
}

static void assert_told(const char *whole, const struct damage *row, size_t nr)
{
	for (; nr--; row++) {
		char *text = damaged(whole, row->from, row->to, 1);

		refused(text, strlen(text), row->message);
		free(text);
	}
}

static void damage_is_told_exactly(void **state)
{
	(void)state;
	assert_told(good, damages, ARRAY_SIZE(damages));
	assert_told(good_directives, directive_damages, ARRAY_SIZE(directive_damages));
}

static void directives_are_understood(void **state)
{
	static struct replay_directive item[] = {
		{ 1, false, REPLAY_NOBODY, 1, NULL }, { 36, false, 1, 0, (char *)"lock" },
		{ 2, true, 0, 63, (char *)"TLB entry evicted" }, { 4, false, 0, 2, (char *)"down_read.wait" },
		{ 37, false, 1, 0, (char *)"load" },
	};
	static const struct replay_directives expected = {
		.order = { (char *)"pager", (char *)"kswapd", (char *)"rcu" }, .nr_order = 3, .item = item, .nr = 5,
	};
	struct replay_file *f;
	char err[256], *text;
	size_t length;

	(void)state;
	f = parse(good_directives, strlen(good_directives), err);
	assert_non_null(f);
	assert_true(f->by_directives);
	assert_same_directives(&f->directives, &expected);
	text = replay_file_format(f, &length);
	assert_string_equal(text, good_directives);
	free(text);
	replay_file_free(f);
}

static void sizes_are_bounded(void **state)
{
	static const struct {
		const char *from, *unit;
		unsigned most;
		const char *message;
	} rows[] = {
		{ "defect H6\n", "defect H6\n", 31,
		  "36:1: expected at most 32 defects, found more" },
		{ "fork-vs-reclaim", "x", 100,
		  "2:10: expected name of a scenario of at most 100 bytes, found 101" },
		{ "O8/anon_vma chain.1", "x", 1000,
		  "7:11: expected a signature of at most 1000 bytes, found 1001" },
		{ "setup", "\t", 1048538,
		  "15:7: expected a scenario of at most 1048576 bytes, found 1048577" },
	};
	char *text, err[256];

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		text = damaged(good, rows[i].from, rows[i].unit, rows[i].most);
		replay_file_free(parse(text, strlen(text), err));
		assert_string_equal(err, "untouched");
		free(text);
		text = damaged(good, rows[i].from, rows[i].unit, rows[i].most + 1);
		refused(text, strlen(text), rows[i].message);
		free(text);
	}
	text = calloc(1, FORM_MAX_FILE + 1);
	strcpy(text, good);
	refused(text, FORM_MAX_FILE, "20:1: expected end of file, found byte 0x00");
	refused(text, FORM_MAX_FILE + 1,
		"1:1: expected a file of at most 33554432 bytes, found more");
	free(text);
}

/* "f.replay:LINE:COLUMN: expected ..., found ...", and nothing that would disturb a terminal. */
static void assert_one_line(const char *err)
{
	unsigned line, column;
	int n = 0;

	assert_int_equal(sscanf(err, "f.replay:%u:%u: expected %n", &line, &column, &n), 2);
	assert_true(n && line && column);
	assert_non_null(strstr(err + n, ", found "));
	for (; *err; err++)
		assert_true(*err >= ' ' && *err < 0x7f);
}

static void no_cut_is_taken(const char *whole)
{
	char err[256];

	for (size_t n = 0; n < strlen(whole) - 1; n++) {
		char *text = malloc(n ? n : 1);	/* as long as needed, for sanitizers to see */

		memcpy(text, whole, n);
		assert_null(parse(text, n, err));
		assert_one_line(err);
		if (n)
			assert_non_null(strstr(err, "found end of file (truncated?)"));
		free(text);
	}
	/* Only the newline after "end" may be missing. */
	replay_file_free(parse(whole, strlen(whole) - 1, err));
	assert_string_equal(err, "untouched");
}

static void every_cut_is_noticed(void **state)
{
	(void)state;
	no_cut_is_taken(good);
	no_cut_is_taken(good_directives);
}

/* A few random edits: bytes changed, dropped, doubled; a piece moved. */
static size_t mutate(char *text, size_t n, u64 *rng)
{
	static const char bytes[] = "\n\t -0918AaPz+\r\x7f\xff";

	for (unsigned edits = 1 + rng_below(rng, 4); edits && n > 40; edits--) {
		size_t at = rng_below(rng, n - 20), length = 1 + rng_below(rng, 19);

		switch (rng_below(rng, 4)) {
		case 0:
			text[at] = (char)rng_next(rng);
			break;
		case 1:
			text[at] = bytes[rng_below(rng, sizeof(bytes))];
			break;
		case 2:
			memmove(text + at, text + at + length, n - at - length);
			n -= length;
			break;
		default:
			memmove(text + at, text + rng_below(rng, n - 20), length);
		}
	}
	return n;
}

static void no_edit_is_a_danger(void **state)
{
	unsigned taken = 0;
	char err[256], *again;
	size_t length;
	u64 rng = 6;

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		char *text = strdup(i & 1 ? good_directives : good);
		size_t n = mutate(text, strlen(text), &rng);
		struct replay_file *f = parse(text, n, err), *second;

		free(text);
		if (!f) {
			assert_one_line(err);
			continue;
		}
		taken++;
		again = replay_file_format(f, &length);
		assert_non_null(again);
		second = parse(again, length, err);
		assert_non_null(second);
		assert_same_file(f, second);
		replay_file_free(f);
		replay_file_free(second);
		free(again);
	}
	assert_in_range(taken, 100, 60000);
}

/* --- On disk --- */

static char dir[] = "/tmp/replay-file-test.XXXXXX";
static char path[sizeof(dir) + 20];

static unsigned files_in_dir(void)
{
	DIR *d = opendir(dir);
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void files_are_whole_or_absent(void **state)
{
	char err[256], sub[sizeof(path) + 4];
	struct replay_file *f, *again;
	u64 rng = 7;

	(void)state;
	snprintf(sub, sizeof(sub), "%s.sub", path);
	f = random_file(&rng);
	assert_int_equal(replay_file_write(f, path), 0);
	again = replay_file_read(path, err);
	assert_non_null(again);
	assert_same_file(f, again);
	replay_file_free(again);

	/* What cannot be written leaves the old file as it is, and nothing beside it. */
	f->seed++;
	f->access = ~0u;
	assert_int_equal(replay_file_write(f, path), -1);
	assert_int_equal(errno, EINVAL);
	f->access = 0;
	assert_int_equal(mkdir(sub, 0777), 0);
	assert_int_equal(replay_file_write(f, sub), -1);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(rmdir(sub), 0);
	assert_int_equal(files_in_dir(), 1);
	assert_int_equal(replay_file_write(f, "/proc/nowhere/f.replay"), -1);
	assert_int_equal(errno, ENOENT);
	again = replay_file_read(path, err);
	assert_int_equal(again->seed, f->seed - 1);
	replay_file_free(again);

	assert_int_equal(replay_file_write(f, path), 0);
	again = replay_file_read(path, err);
	assert_same_file(f, again);
	replay_file_free(again);
	assert_int_equal(files_in_dir(), 1);
	replay_file_free(f);
	unlink(path);
}

static void only_what_can_be_read_is_written(void **state)
{
	static const char *const bad[] = { NULL, "", "a b", "a\n", "\xc3\xa9" };
	static const struct replay_directive bad_item[] = {
		{ .n = 1, .thread = REPLAY_NOBODY }, { .choice = true, .thread = REPLAY_NOBODY },
		{ .n = 1, .choice = true, .thread = 255 },
		{ .n = 1, .choice = true, .thread = REPLAY_NOBODY, .to = MAX_ALTERNATIVES },
	};
	struct replay_file *f;
	size_t length;
	u64 rng = 8;

	(void)state;
	f = random_file(&rng);
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		char *name = f->scenario_name;

		f->scenario_name = (char *)bad[i];
		assert_null(replay_file_format(f, &length));
		assert_int_equal(errno, EINVAL);
		f->scenario_name = name;
	}
	f->by_directives = false;
	recording_clear(&f->rec);
	recording_add(&f->rec, STRATEGY_TASKS);
	assert_null(replay_file_format(f, &length));
	f->rec.choice[0] = CHOICE_BIT | MAX_ALTERNATIVES;
	assert_null(replay_file_format(f, &length));
	f->by_directives = true;
	replay_directives_free(&f->directives);
	recording_clear(&f->rec);
	replay_directives_add(&f->directives, bad_item[0]);
	for (unsigned i = 0; i < ARRAY_SIZE(bad_item); i++) {
		f->directives.item[0] = bad_item[i];
		assert_null(replay_file_format(f, &length));
	}
	replay_file_free(f);
	replay_file_free(NULL);
}

static void write_bytes(const char *bytes, size_t n)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, n, out), n);
	assert_int_equal(fclose(out), 0);
}

static void cannot_be_read(const char *name, const char *why)
{
	char err[256], want[256];

	assert_null(replay_file_read(name, err));
	snprintf(want, sizeof(want), "%s:1:1: expected %s", name, why);
	assert_string_equal(err, want);
}

static void files_that_are_none(void **state)
{
	char err[256], long_path[301];

	(void)state;
	cannot_be_read(path, "a file that can be read, found none (No such file or directory)");
	cannot_be_read(dir, "a file that can be read, found none (Is a directory)");
	write_bytes("", 0);
	cannot_be_read(path, "rmaptorture replay 1, found end of file (truncated?)");
	write_bytes("\x7f\x45LF\0\0", 6);
	cannot_be_read(path, "rmaptorture replay 1, found byte 0x7f");
	unlink(path);
	cannot_be_read("/dev/zero", "a file of at most 33554432 bytes, found more");

	/* A long path is cut from the left, and a strange one is still one line. */
	memset(long_path, 'x', 300);
	long_path[299] = '\n';
	long_path[300] = '\0';
	assert_null(replay_file_read(long_path, err));
	assert_memory_equal(err, "...xxxx", 7);
	assert_memory_equal(err + 98, "x?:1:1: expected ", 17);
}

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/f.replay", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_file_is_understood),
		cmocka_unit_test(files_go_round),
		cmocka_unit_test(damage_is_told_exactly),
		cmocka_unit_test(directives_are_understood),
		cmocka_unit_test(sizes_are_bounded),
		cmocka_unit_test(every_cut_is_noticed),
		cmocka_unit_test(no_edit_is_a_danger),
		cmocka_unit_test(files_are_whole_or_absent),
		cmocka_unit_test(only_what_can_be_read_is_written),
		cmocka_unit_test(files_that_are_none),
	};

	return cmocka_run_group_tests_name("replay files", tests, make_dir, remove_dir);
}
