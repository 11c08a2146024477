/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads replay files, which may come from anywhere: whatever the bytes, the answer is a whole file
 * or one line that says what is wrong where. replay_form.h has the form.
 *
 * Concurrency: files belong to one caller.
 */
#include "explore/replay_words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool read_version(struct reader *r)
{
	struct place p;
	u64 version;

	BUILD_BUG_ON(FORM_VERSION != 1);
	if (!rd_keyword_in(r, "rmaptorture", "rmaptorture replay 1") || !rd_space(r) ||
	    !rd_keyword(r, "replay") || !rd_space(r))
		return false;
	p = r->now;
	if (!rd_number(r, ~0ul, &version))
		return false;
	if (version != FORM_VERSION)
		return rd_fail(r, &p, "version %d of the form", FORM_VERSION);
	return rd_end_of_line(r);
}

static bool read_defects(struct reader *r)
{
	struct replay_file *f = r->f;

	while (rd_at_word(r, "defect") || rd_is_cut_off(r, "defect")) {
		struct place p = r->now;

		if (f->nr_defects == REPLAY_MAX_DEFECTS)
			return rd_fail_found(r, &p, "at most %d defects, found more",
					  REPLAY_MAX_DEFECTS);
		if (!rd_named(r, "defect", "name of a defect", &f->defect[f->nr_defects]))
			return false;
		f->nr_defects++;
		if (!rd_end_of_line(r))
			return false;
	}
	return true;
}

static bool read_access_word(struct reader *r)
{
	static const char *const words[FORM_NR_ACCESS] = FORM_ACCESS;
	struct place p = r->now;

	for (unsigned i = 0; i < FORM_NR_ACCESS; i++) {
		if (rd_at_word(r, words[i])) {
			r->now.at += strlen(words[i]);
			r->f->access |= 1u << i;
			return true;
		}
		if (rd_is_cut_off(r, words[i]))
			p.at = r->end;
	}
	return rd_fail(r, &p, "points, strict or tear");
}

static bool read_access(struct reader *r)
{
	BUILD_BUG_ON(ACCESS_POINTS != 1 || ACCESS_STRICT != 2 || ACCESS_TEAR != 4);
	if (!rd_at_word(r, "access") && !rd_is_cut_off(r, "access"))
		return true;
	if (!rd_keyword(r, "access"))
		return false;
	do {
		if (!rd_space(r) || !read_access_word(r))
			return false;
	} while (rd_bytes_left(r) && *r->now.at == ' ');
	return rd_end_of_line(r);
}

/* A file that ends in the middle of this line ends too early for the next one, and says so there. */
static bool read_memory(struct reader *r)
{
	if (!rd_at_word(r, "memory"))
		return true;
	if (!rd_keyword(r, "memory") || !rd_space(r) || !rd_keyword(r, "tso"))
		return false;
	r->f->memory = MEMORY_TSO;
	return rd_end_of_line(r);
}

static bool read_oracles(struct reader *r)
{
	struct place p;
	u64 in_use;

	if (!rd_at_word(r, "oracles"))
		return true;
	if (!rd_keyword(r, "oracles") || !rd_space(r))
		return false;
	p = r->now;
	if (!rd_hex(r, 8, &in_use))
		return false;
	if (in_use & ~(u64)FORM_ORACLES)
		return rd_fail(r, &p, "a bit set of oracles");
	r->f->without = ~(u32)in_use & FORM_ORACLES;
	return rd_end_of_line(r);
}

/* "locks", or a signature. */
static bool read_passed(struct reader *r)
{
	struct replay_file *f = r->f;
	struct place p = r->now;
	char *what;

	if (!rd_rest_of_line(r, "locks or a signature", &what))
		return false;
	if (strchr(what, '/') && f->nr_passed < REPLAY_MAX_PASSED) {
		f->passed[f->nr_passed++] = what;
		return rd_end_of_line(r);
	}
	f->passes_locks |= !strcmp(what, "locks");
	free(what);
	if (f->nr_passed == REPLAY_MAX_PASSED)
		return rd_fail_found(r, &p, "at most %d signatures, found more", REPLAY_MAX_PASSED);
	return f->passes_locks ? rd_end_of_line(r) : rd_fail(r, &p, "locks or a signature");
}

static bool read_passes(struct reader *r)
{
	while (rd_at_word(r, "passes"))
		if (!rd_keyword(r, "passes") || !rd_space(r) || !read_passed(r))
			return false;
	return true;
}

static bool read_drawn(struct reader *r)
{
	struct replay_file *f = r->f;

	if (!rd_bytes_left(r) || *r->now.at != ' ')
		return true;
	return rd_space(r) && rd_named(r, "drawn", "name of a strategy", &f->drawn) && rd_space(r) &&
	       rd_counted(r, "steps", FORM_MAX_STEPS, &f->drawn_steps) && rd_space(r) &&
	       rd_keyword(r, "hash") && rd_space(r) && rd_hex(r, 16, &f->drawn_hash);
}

static bool read_origin(struct reader *r)
{
	struct replay_file *f = r->f;

	if (!rd_named(r, "scenario", "name of a scenario", &f->scenario_name) || !rd_end_of_line(r) ||
	    !rd_named(r, "provider", "name of a provider", &f->provider) || !rd_end_of_line(r) ||
	    !read_defects(r) || !read_access(r) || !read_memory(r) || !read_oracles(r) ||
	    !read_passes(r))
		return false;
	if (!rd_keyword(r, "model") || !rd_space(r) || !rd_hex(r, 16, &f->model) || !rd_end_of_line(r))
		return false;
	if (!rd_keyword(r, "signature") || !rd_space(r) ||
	    !rd_rest_of_line(r, "a signature", &f->signature) || !rd_end_of_line(r))
		return false;
	rd_dash_is_none(&f->provider);
	rd_dash_is_none(&f->signature);
	return rd_named(r, "found", "name of a strategy", &f->strategy) && rd_space(r) &&
	       rd_counted(r, "seed", ~0ul, &f->seed) && rd_space(r) &&
	       rd_counted(r, "execution", ~0ul, &f->execution) && read_drawn(r) && rd_end_of_line(r);
}

/* *decisions: where their number stands, for when it turns out to be wrong. */
static bool read_totals(struct reader *r, struct place *decisions)
{
	struct recording *rec = &r->f->rec;

	if (!rd_counted(r, "steps", FORM_MAX_STEPS, &rec->steps) || !rd_space(r))
		return false;
	*decisions = r->now;
	return rd_counted(r, "decisions", RECORDING_MAX, &rec->decisions) && rd_space(r) &&
	       rd_counted(r, "switches", rec->steps, &rec->switches) && rd_space(r) &&
	       rd_keyword(r, "hash") && rd_space(r) && rd_hex(r, 16, &rec->hash) && rd_end_of_line(r);
}

static bool read_choices(struct reader *r, const struct place *decisions)
{
	struct recording *rec = &r->f->rec;
	const char *expected;
	u64 lines;
	u32 tasks;

	if (!rd_keyword_in(r, "choices", "choices or order") || !rd_space(r) ||
	    !rd_number(r, RECORDING_MAX, &lines) || !rd_end_of_line(r))
		return false;
	while (lines--) {
		size_t length = 0;

		while (length < rd_bytes_left(r) && r->now.at[length] != '\n')
			length++;
		/* Letters of a keyword could be choices, the space after it could not. */
		if (!length || (rd_at_word(r, "checks") && length > strlen("checks")))
			return rd_fail(r, &r->now, "a line of choices");
		r->now.at += recording_append(rec, r->now.at, length, &expected);
		if (expected)
			return rd_fail(r, &r->now, "%s", expected);
		if (!rd_end_of_line(r))
			return false;
	}
	tasks = form_count_tasks(rec);
	if (tasks != rec->decisions)
		return rd_fail_found(r, decisions, "decisions %u, as in the choices, found %lu", tasks,
				  rec->decisions);
	return true;
}

static bool read_check(struct reader *r)
{
	struct recording *rec = &r->f->rec;
	struct place start = r->now;
	u64 value = 0;

	if (!rd_hex(r, 8, &value))
		return false;
	if (rec->nr_check == rec->steps / CHECK_EVERY)
		return rd_fail(r, &start, "no more than %u checks for %lu steps", rec->nr_check,
			    rec->steps);
	if (rec->nr_check == rec->cap_check)
		recording_grow_checks(rec);
	rec->check[rec->nr_check++] = (u32)value;
	return true;
}

static bool read_checks(struct reader *r)
{
	struct recording *rec = &r->f->rec;
	struct place start = r->now;
	u64 lines;

	if (!rd_counted(r, "checks", RECORDING_MAX, &lines) || !rd_end_of_line(r))
		return false;
	while (lines--) {
		if (!read_check(r))
			return false;
		for (int i = 1; i < FORM_CHECKS && rd_bytes_left(r) && *r->now.at == ' '; i++) {
			if (!rd_space(r) || !read_check(r))
				return false;
		}
		if (!rd_end_of_line(r))
			return false;
	}
	if (rec->nr_check && rec->nr_check != rec->steps / CHECK_EVERY)
		return rd_fail_found(r, &start, "%lu checks for %lu steps, found %u",
				  rec->steps / CHECK_EVERY, rec->steps, rec->nr_check);
	return true;
}

/* What was chosen: one form or the other. */
static bool read_schedule(struct reader *r, const struct place *decisions)
{
	if (rd_at_word(r, "order") || rd_is_cut_off(r, "order"))
		return rd_directives(r);
	return read_choices(r, decisions) && read_checks(r);
}

/* One line of the scenario, without the tab before it. */
static bool read_text_line(struct reader *r, char **to)
{
	if (!rd_bytes_left(r) || *r->now.at != '\t')
		return rd_fail(r, &r->now, "a tab before a line of the scenario");
	for (r->now.at++; rd_bytes_left(r) && *r->now.at != '\n'; r->now.at++) {
		if (!form_is_text(*r->now.at) && !form_is_blank(*r->now.at))
			return rd_fail(r, &r->now, "text");
		*(*to)++ = *r->now.at;
	}
	*(*to)++ = '\n';
	return rd_end_of_line(r);
}

static bool read_text(struct reader *r)
{
	struct place start;
	bool unended = false;
	char *to;
	u64 lines;

	if (!rd_counted(r, "text", FORM_MAX_TEXT, &lines))
		return false;
	if (rd_bytes_left(r) && *r->now.at == ' ') {
		unended = true;
		if (!rd_space(r) || !rd_keyword(r, "unended"))
			return false;
	}
	start = r->now;
	if (!rd_end_of_line(r))
		return false;
	/* Enough for whatever follows: each line loses a tab, the last one gains a NUL. */
	to = r->f->scenario_text = malloc(rd_bytes_left(r) + 2);
	if (!to)
		return rd_no_memory(r);
	while (lines--) {
		if (!read_text_line(r, &to))
			return false;
	}
	if (unended && to == r->f->scenario_text)
		return rd_fail_found(r, &start, "a line that is not ended, found no line");
	to -= unended;
	*to = '\0';
	if (to - r->f->scenario_text > FORM_MAX_TEXT)
		return rd_fail_found(r, &start, "a scenario of at most %u bytes, found %zu",
				  FORM_MAX_TEXT, (size_t)(to - r->f->scenario_text));
	return true;
}

static bool read_all(struct reader *r)
{
	struct place decisions;

	if (!read_version(r) || !read_origin(r) || !read_totals(r, &decisions) ||
	    !read_schedule(r, &decisions) || !read_text(r) || !rd_keyword(r, "end"))
		return false;
	/* A last line without its newline is all there. */
	if (rd_bytes_left(r) && !rd_end_of_line(r))
		return false;
	return !rd_bytes_left(r) || rd_fail(r, &r->now, "end of file");
}

struct replay_file *replay_file_parse(const char *path, const char *text, size_t length,
				      char err[ERR_SIZE])
{
	struct reader r = {
		.path = path,
		.now = { text, text, 1 },
		.end = text + length,
		.err = err,
	};

	if (length > FORM_MAX_FILE) {
		rd_fail_found(&r, &r.now, "a file of at most %u bytes, found more", FORM_MAX_FILE);
		return NULL;
	}
	r.f = calloc(1, sizeof(*r.f));
	if (!r.f) {
		rd_no_memory(&r);
		return NULL;
	}
	if (read_all(&r))
		return r.f;
	replay_file_free(r.f);
	return NULL;
}

/* The whole file, or one byte more than is allowed. Returns NULL with errno. */
static char *read_stream(FILE *in, size_t *length)
{
	size_t cap = 1 << 14;
	char *text = malloc(cap), *room;

	*length = 0;
	while (text) {
		*length += fread(text + *length, 1, cap - *length, in);
		if (ferror(in))
			break;
		if (*length < cap || cap > FORM_MAX_FILE)
			return text;
		cap = min(cap * 4, (size_t)FORM_MAX_FILE + 1);
		room = realloc(text, cap);
		if (!room)
			break;
		text = room;
	}
	free(text);
	return NULL;
}

static char *read_bytes(const char *path, size_t *length)
{
	FILE *in = fopen(path, "re");
	char *text;
	int saved;

	if (!in)
		return NULL;
	text = read_stream(in, length);
	saved = errno;
	fclose(in);
	errno = saved;
	return text;
}

struct replay_file *replay_file_read(const char *path, char err[ERR_SIZE])
{
	struct reader r = { .path = path, .now = { .line = 1 }, .err = err };
	struct replay_file *f;
	size_t length;
	char *text;

	text = read_bytes(path, &length);
	if (!text) {
		rd_fail_found(&r, &r.now, "a file that can be read, found none (%s)", strerror(errno));
		return NULL;
	}
	f = replay_file_parse(path, text, length, err);
	free(text);
	return f;
}
