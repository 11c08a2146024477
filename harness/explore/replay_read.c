/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads replay files, which may come from anywhere: whatever the bytes, the answer is a whole file
 * or one line that says what is wrong where. replay_form.h has the form.
 *
 * Concurrency: files belong to one caller.
 */
#include "explore/replay_form.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define ERR_SIZE 256

struct place {
	const char *at, *line_start;
	unsigned line;
};

struct reader {
	const char *path;
	struct place now;
	const char *end;
	struct replay_file *f;
	char *err;
};

/* The functions below return false after an error, which they have described. */

/* The path in a form that leaves room for the message and is one line. */
static void begin_error(struct reader *r, const struct place *p)
{
	size_t length = strlen(r->path), shown = length <= 100 ? length : 97;
	int n;

	n = snprintf(r->err, ERR_SIZE, "%s%s", shown < length ? "..." : "",
		     r->path + length - shown);
	for (int i = 0; i < n; i++) {
		if (!form_is_text(r->err[i]))
			r->err[i] = '?';
	}
	snprintf(r->err + n, ERR_SIZE - n, ":%u:%zu: expected ", p->line,
		 (size_t)(p->at - p->line_start) + 1);
}

static void append_error(struct reader *r, const char *fmt, va_list args)
{
	size_t n = strlen(r->err);

	vsnprintf(r->err + n, ERR_SIZE - n, fmt, args);
}

/* fmt: "what, found what else" */
static bool __printf(3, 4) fail_found(struct reader *r, const struct place *p, const char *fmt, ...)
{
	va_list args;

	begin_error(r, p);
	va_start(args, fmt);
	append_error(r, fmt, args);
	va_end(args);
	return false;
}

/* What stands at p, for people: a word, or the name of a byte that begins none. */
static const char *describe(const struct reader *r, const struct place *p, char buf[40])
{
	int n = 0, room = 24;

	if (p->at == r->end)
		return "end of file (truncated?)";
	if (*p->at == '\n')
		return "end of line";
	if (*p->at == ' ')
		return "a space";
	while (n <= room && p->at + n < r->end && form_is_word(p->at[n]))
		n++;
	if (!n)
		snprintf(buf, 40, "byte 0x%02x", (unsigned char)*p->at);
	else
		snprintf(buf, 40, "'%.*s%s'", min(n, room), p->at, n > room ? "..." : "");
	return buf;
}

/* fmt: what was expected at p */
static bool __printf(3, 4) fail(struct reader *r, const struct place *p, const char *fmt, ...)
{
	va_list args;
	char buf[40];
	size_t n;

	begin_error(r, p);
	va_start(args, fmt);
	append_error(r, fmt, args);
	va_end(args);
	n = strlen(r->err);
	snprintf(r->err + n, ERR_SIZE - n, ", found %s", describe(r, p, buf));
	return false;
}

static bool no_memory(struct reader *r)
{
	return fail_found(r, &r->now, "memory for this, found none");
}

static size_t bytes_left(const struct reader *r)
{
	return r->end - r->now.at;
}

static bool at_word(const struct reader *r, const char *word)
{
	size_t n = strlen(word);

	return bytes_left(r) >= n && !memcmp(r->now.at, word, n) &&
	       (bytes_left(r) == n || !form_is_word(r->now.at[n]));
}

/* Does the file end in the middle of the word? */
static bool is_cut_off(const struct reader *r, const char *word)
{
	size_t n = bytes_left(r);

	return n && n < strlen(word) && !memcmp(r->now.at, word, n);
}

/* The keyword, and nothing else. */
static bool keyword_in(struct reader *r, const char *word, const char *expected)
{
	struct place p = r->now;

	if (at_word(r, word)) {
		r->now.at += strlen(word);
		return true;
	}
	if (is_cut_off(r, word))
		p.at = r->end;
	return fail(r, &p, "%s", expected);
}

static bool keyword(struct reader *r, const char *word)
{
	return keyword_in(r, word, word);
}

static bool space(struct reader *r)
{
	if (!bytes_left(r) || *r->now.at != ' ')
		return fail(r, &r->now, "a space");
	r->now.at++;
	return true;
}

static bool end_of_line(struct reader *r)
{
	if (!bytes_left(r) || *r->now.at != '\n')
		return fail(r, &r->now, "end of line");
	r->now.line_start = ++r->now.at;
	r->now.line++;
	return true;
}

/* A name that is kept: n bytes from here. */
static bool keep(struct reader *r, size_t n, char **to)
{
	*to = strndup(r->now.at, n);
	r->now.at += n;
	return *to || no_memory(r);
}

static bool word(struct reader *r, const char *what, char **to)
{
	size_t n = 0;

	while (n < bytes_left(r) && form_is_word(r->now.at[n]))
		n++;
	if (!n)
		return fail(r, &r->now, "%s", what);
	if (n > FORM_MAX_WORD)
		return fail_found(r, &r->now, "%s of at most %d bytes, found %zu", what,
				  FORM_MAX_WORD, n);
	return keep(r, n, to);
}

static bool rest_of_line(struct reader *r, const char *what, char **to)
{
	size_t n = 0;

	while (n < bytes_left(r) && form_is_text(r->now.at[n]))
		n++;
	if (!n || *r->now.at == ' ')
		return fail(r, &r->now, "%s", what);
	if (n > FORM_MAX_LINE)
		return fail_found(r, &r->now, "%s of at most %d bytes, found %zu", what,
				  FORM_MAX_LINE, n);
	return keep(r, n, to);
}

static bool is_dash(const char *s)
{
	return !strcmp(s, "-");
}

/* "-" says that there is none. */
static void dash_is_none(char **s)
{
	if (!is_dash(*s))
		return;
	free(*s);
	*s = NULL;
}

static bool number(struct reader *r, u64 most, u64 *to)
{
	struct place start = r->now;
	u64 value = 0;

	for (; bytes_left(r) && *r->now.at >= '0' && *r->now.at <= '9'; r->now.at++) {
		unsigned digit = *r->now.at - '0';

		if (digit > most || value > (most - digit) / 10)
			return fail(r, &start, "a number up to %lu", most);
		value = value * 10 + digit;
	}
	if (r->now.at == start.at)
		return fail(r, &start, "a number");
	*to = value;
	return true;
}

static bool hex(struct reader *r, int digits, u64 *to)
{
	struct place start = r->now;
	u64 value = 0;

	for (int i = 0; i < digits; i++, r->now.at++) {
		char c = bytes_left(r) ? *r->now.at : '\0';

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return fail(r, bytes_left(r) ? &start : &r->now, "%d hexadecimal digits",
				    digits);
		value = value << 4 | (c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*to = value;
	return true;
}

/* "what NAME" */
static bool named(struct reader *r, const char *what, const char *expected, char **to)
{
	return keyword(r, what) && space(r) && word(r, expected, to);
}

/* "what NUMBER" */
static bool counted(struct reader *r, const char *what, u64 most, u64 *to)
{
	return keyword(r, what) && space(r) && number(r, most, to);
}

static bool read_version(struct reader *r)
{
	struct place p;
	u64 version;

	BUILD_BUG_ON(FORM_VERSION != 1);
	if (!keyword_in(r, "rmaptorture", "rmaptorture replay 1") || !space(r) ||
	    !keyword(r, "replay") || !space(r))
		return false;
	p = r->now;
	if (!number(r, ~0ul, &version))
		return false;
	if (version != FORM_VERSION)
		return fail(r, &p, "version %d of the form", FORM_VERSION);
	return end_of_line(r);
}

static bool read_defects(struct reader *r)
{
	struct replay_file *f = r->f;

	while (at_word(r, "defect") || is_cut_off(r, "defect")) {
		struct place p = r->now;

		if (f->nr_defects == REPLAY_MAX_DEFECTS)
			return fail_found(r, &p, "at most %d defects, found more",
					  REPLAY_MAX_DEFECTS);
		if (!named(r, "defect", "name of a defect", &f->defect[f->nr_defects]))
			return false;
		f->nr_defects++;
		if (!end_of_line(r))
			return false;
	}
	return true;
}

static bool read_access_word(struct reader *r)
{
	static const char *const words[FORM_NR_ACCESS] = FORM_ACCESS;
	struct place p = r->now;

	for (unsigned i = 0; i < FORM_NR_ACCESS; i++) {
		if (at_word(r, words[i])) {
			r->now.at += strlen(words[i]);
			r->f->access |= 1u << i;
			return true;
		}
		if (is_cut_off(r, words[i]))
			p.at = r->end;
	}
	return fail(r, &p, "points or strict");
}

static bool read_access(struct reader *r)
{
	BUILD_BUG_ON(ACCESS_POINTS != 1 || ACCESS_STRICT != 2);
	if (!at_word(r, "access") && !is_cut_off(r, "access"))
		return true;
	if (!keyword(r, "access"))
		return false;
	do {
		if (!space(r) || !read_access_word(r))
			return false;
	} while (bytes_left(r) && *r->now.at == ' ');
	return end_of_line(r);
}

static bool read_origin(struct reader *r)
{
	struct replay_file *f = r->f;

	if (!named(r, "scenario", "name of a scenario", &f->scenario_name) || !end_of_line(r) ||
	    !named(r, "provider", "name of a provider", &f->provider) || !end_of_line(r) ||
	    !read_defects(r) || !read_access(r))
		return false;
	if (!keyword(r, "model") || !space(r) || !hex(r, 16, &f->model) || !end_of_line(r))
		return false;
	if (!keyword(r, "signature") || !space(r) ||
	    !rest_of_line(r, "a signature", &f->signature) || !end_of_line(r))
		return false;
	dash_is_none(&f->provider);
	dash_is_none(&f->signature);
	return named(r, "found", "name of a strategy", &f->strategy) && space(r) &&
	        counted(r, "seed", ~0ul, &f->seed) && space(r) &&
	       counted(r, "execution", ~0ul, &f->execution) && end_of_line(r);
}

/* *decisions: where their number stands, for when it turns out to be wrong. */
static bool read_totals(struct reader *r, struct place *decisions)
{
	struct recording *rec = &r->f->rec;

	if (!counted(r, "steps", FORM_MAX_STEPS, &rec->steps) || !space(r))
		return false;
	*decisions = r->now;
	return counted(r, "decisions", RECORDING_MAX, &rec->decisions) && space(r) &&
	       counted(r, "switches", rec->steps, &rec->switches) && space(r) &&
	       keyword(r, "hash") && space(r) && hex(r, 16, &rec->hash) && end_of_line(r);
}

static bool read_choices(struct reader *r, const struct place *decisions)
{
	struct recording *rec = &r->f->rec;
	const char *expected;
	u64 lines;
	u32 tasks;

	if (!keyword_in(r, "choices", "choices or order") || !space(r) ||
	    !number(r, RECORDING_MAX, &lines) || !end_of_line(r))
		return false;
	while (lines--) {
		size_t length = 0;

		while (length < bytes_left(r) && r->now.at[length] != '\n')
			length++;
		/* Letters of a keyword could be choices, the space after it could not. */
		if (!length || (at_word(r, "checks") && length > strlen("checks")))
			return fail(r, &r->now, "a line of choices");
		r->now.at += recording_append(rec, r->now.at, length, &expected);
		if (expected)
			return fail(r, &r->now, "%s", expected);
		if (!end_of_line(r))
			return false;
	}
	tasks = form_count_tasks(rec);
	if (tasks != rec->decisions)
		return fail_found(r, decisions, "decisions %u, as in the choices, found %lu", tasks,
				  rec->decisions);
	return true;
}

static bool read_check(struct reader *r)
{
	struct recording *rec = &r->f->rec;
	struct place start = r->now;
	u64 value = 0;

	if (!hex(r, 8, &value))
		return false;
	if (rec->nr_check == rec->steps / CHECK_EVERY)
		return fail(r, &start, "no more than %u checks for %lu steps", rec->nr_check,
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

	if (!counted(r, "checks", RECORDING_MAX, &lines) || !end_of_line(r))
		return false;
	while (lines--) {
		if (!read_check(r))
			return false;
		for (int i = 1; i < FORM_CHECKS && bytes_left(r) && *r->now.at == ' '; i++) {
			if (!space(r) || !read_check(r))
				return false;
		}
		if (!end_of_line(r))
			return false;
	}
	if (rec->nr_check && rec->nr_check != rec->steps / CHECK_EVERY)
		return fail_found(r, &start, "%lu checks for %lu steps, found %u",
				  rec->steps / CHECK_EVERY, rec->steps, rec->nr_check);
	return true;
}

/* ---- directives ---- */

static bool read_order(struct reader *r)
{
	struct replay_directives *d = &r->f->directives;

	if (!keyword(r, "order"))
		return false;
	while (bytes_left(r) && *r->now.at == ' ') {
		struct place p;

		if (!space(r))
			return false;
		p = r->now;
		if (d->nr_order == STRATEGY_TASKS)
			return fail_found(r, &p, "at most %u threads, found more", STRATEGY_TASKS);
		if (!word(r, "name of a thread", &d->order[d->nr_order]))
			return false;
		d->nr_order++;
		/* At the end of the file it may be a part of a name. */
		if (!bytes_left(r))
			break;
		if (is_dash(d->order[d->nr_order - 1]))
			return fail(r, &p, "name of a thread");
		if (form_find_thread(d, d->nr_order - 1, d->order[d->nr_order - 1]) != REPLAY_NOBODY)
			return fail(r, &p, "each thread once");
	}
	return end_of_line(r);
}

/* One of the order; or "-" if there may be nobody. */
static bool thread_in_order(struct reader *r, bool nobody, u8 *thread)
{
	struct place p = r->now;
	char *name;
	bool known;

	if (!word(r, "name of a thread", &name))
		return false;
	*thread = form_find_thread(&r->f->directives, r->f->directives.nr_order, name);
	known = *thread != REPLAY_NOBODY || (nobody && is_dash(name));
	free(name);
	if (known)
		return true;
	/* Names that end with the file are cut ones. */
	if (!bytes_left(r))
		p.at = r->end;
	return fail(r, &p, "name of a thread of the order");
}

/* "N TO WHAT", after the name of the thread, whose directive before this one had the count *last. */
static bool read_rest_of_directive(struct reader *r, struct replay_directive *v, u32 *last)
{
	struct place p;
	u64 n, to = 0;

	if (!space(r))
		return false;
	p = r->now;
	if (!number(r, ~0u, &n))
		return false;
	/* Before the end of the file, the number may be a part of one. */
	if (bytes_left(r) && n <= *last)
		return fail(r, &p, "a count above %u", *last);
	*last = v->n = (u32)n;
	if (!space(r) || !(v->choice ? number(r, MAX_ALTERNATIVES - 1, &to) : thread_in_order(r, false, &v->to)))
		return false;
	if (v->choice)
		v->to = (u8)to;
	if (!space(r) || !rest_of_line(r, "an operation or a choice", &v->what))
		return false;
	dash_is_none(&v->what);
	return true;
}

static bool read_directive(struct reader *r, u32 last[2][STRATEGY_TASKS + 1])
{
	struct replay_directive v = { .choice = at_word(r, "choice") || is_cut_off(r, "choice") };

	if (!keyword_in(r, v.choice ? "choice" : "switch", "switch or choice") || !space(r) ||
	    !thread_in_order(r, true, &v.thread))
		return false;
	if (!read_rest_of_directive(r, &v, &last[v.choice][v.thread]))
		return false;
	replay_directives_add(&r->f->directives, v);
	return end_of_line(r);
}

static bool read_directives(struct reader *r)
{
	u32 last[2][STRATEGY_TASKS + 1] = { { 0 } };
	u64 lines;

	r->f->by_directives = true;
	if (!read_order(r) || !counted(r, "directives", FORM_MAX_DIRECTIVES, &lines) || !end_of_line(r))
		return false;
	while (lines--)
		if (!read_directive(r, last))
			return false;
	return true;
}

/* What was chosen: one form or the other. */
static bool read_schedule(struct reader *r, const struct place *decisions)
{
	if (at_word(r, "order") || is_cut_off(r, "order"))
		return read_directives(r);
	return read_choices(r, decisions) && read_checks(r);
}

/* One line of the scenario, without the tab before it. */
static bool read_text_line(struct reader *r, char **to)
{
	if (!bytes_left(r) || *r->now.at != '\t')
		return fail(r, &r->now, "a tab before a line of the scenario");
	for (r->now.at++; bytes_left(r) && *r->now.at != '\n'; r->now.at++) {
		if (!form_is_text(*r->now.at) && !form_is_blank(*r->now.at))
			return fail(r, &r->now, "text");
		*(*to)++ = *r->now.at;
	}
	*(*to)++ = '\n';
	return end_of_line(r);
}

static bool read_text(struct reader *r)
{
	struct place start;
	bool unended = false;
	char *to;
	u64 lines;

	if (!counted(r, "text", FORM_MAX_TEXT, &lines))
		return false;
	if (bytes_left(r) && *r->now.at == ' ') {
		unended = true;
		if (!space(r) || !keyword(r, "unended"))
			return false;
	}
	start = r->now;
	if (!end_of_line(r))
		return false;
	/* Enough for whatever follows: each line loses a tab, the last one gains a NUL. */
	to = r->f->scenario_text = malloc(bytes_left(r) + 2);
	if (!to)
		return no_memory(r);
	while (lines--) {
		if (!read_text_line(r, &to))
			return false;
	}
	if (unended && to == r->f->scenario_text)
		return fail_found(r, &start, "a line that is not ended, found no line");
	to -= unended;
	*to = '\0';
	if (to - r->f->scenario_text > FORM_MAX_TEXT)
		return fail_found(r, &start, "a scenario of at most %u bytes, found %zu",
				  FORM_MAX_TEXT, (size_t)(to - r->f->scenario_text));
	return true;
}

static bool read_all(struct reader *r)
{
	struct place decisions;

	if (!read_version(r) || !read_origin(r) || !read_totals(r, &decisions) ||
	    !read_schedule(r, &decisions) || !read_text(r) || !keyword(r, "end"))
		return false;
	/* A last line without its newline is all there. */
	if (bytes_left(r) && !end_of_line(r))
		return false;
	return !bytes_left(r) || fail(r, &r->now, "end of file");
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
		fail_found(&r, &r.now, "a file of at most %u bytes, found more", FORM_MAX_FILE);
		return NULL;
	}
	r.f = calloc(1, sizeof(*r.f));
	if (!r.f) {
		no_memory(&r);
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
		fail_found(&r, &r.now, "a file that can be read, found none (%s)", strerror(errno));
		return NULL;
	}
	f = replay_file_parse(path, text, length, err);
	free(text);
	return f;
}
