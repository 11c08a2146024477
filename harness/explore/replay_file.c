/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes replay files. replay_form.h has the form.
 *
 * Concurrency: files belong to one caller.
 */
#include "explore/replay_form.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/files.h"

static bool good_word(const char *s)
{
	size_t n = 0;

	while (s && form_is_word(s[n]))
		n++;
	return n && !s[n] && n <= FORM_MAX_WORD;
}

static bool good_line(const char *s)
{
	size_t n = 0;

	while (form_is_text(s[n]))
		n++;
	return n && !s[n] && n <= FORM_MAX_LINE && s[0] != ' ';
}

static bool good_text(const char *s)
{
	size_t n = 0;

	while (s && (form_is_text(s[n]) || form_is_blank(s[n]) || s[n] == '\n'))
		n++;
	return s && !s[n] && n <= FORM_MAX_TEXT;
}

static bool good_choices(const struct recording *r)
{
	for (u32 i = 0; i < r->nr; i++) {
		unsigned limit = r->choice[i] & CHOICE_BIT ? MAX_ALTERNATIVES : STRATEGY_TASKS;

		if ((r->choice[i] & ~CHOICE_BIT) >= limit)
			return false;
	}
	return r->nr <= RECORDING_MAX;
}

static bool good_recording(const struct recording *r)
{
	if (r->nr_check && r->nr_check != r->steps / CHECK_EVERY)
		return false;
	return good_choices(r) && r->decisions == form_count_tasks(r);
}

static bool good_directive(const struct replay_directives *d, const struct replay_directive *v, u32 before)
{
	if (v->n <= before || (v->thread >= d->nr_order && v->thread != REPLAY_NOBODY))
		return false;
	if (v->to >= (v->choice ? MAX_ALTERNATIVES : d->nr_order))
		return false;
	return !v->what || (good_line(v->what) && strcmp(v->what, "-"));
}

static bool good_directives(const struct replay_directives *d)
{
	u32 last[2][STRATEGY_TASKS + 1] = { { 0 } };

	if (d->nr_order > STRATEGY_TASKS || d->nr > FORM_MAX_DIRECTIVES)
		return false;
	for (unsigned i = 0; i < d->nr_order; i++)
		if (!good_word(d->order[i]) || form_find_thread(d, i, d->order[i]) != REPLAY_NOBODY)
			return false;
	for (u32 i = 0; i < d->nr; i++) {
		const struct replay_directive *v = &d->item[i];

		if (v->thread > REPLAY_NOBODY || !good_directive(d, v, last[v->choice][v->thread]))
			return false;
		last[v->choice][v->thread] = v->n;
	}
	return true;
}

/* Nothing is written that the reader would not take. */
static bool good_file(const struct replay_file *f)
{
	const struct recording *r = &f->rec;

	if (!good_word(f->scenario_name) || !good_text(f->scenario_text) || !good_word(f->strategy))
		return false;
	if ((f->provider && !good_word(f->provider)) || (f->signature && !good_line(f->signature)))
		return false;
	if (f->without & ~FORM_ORACLES || (f->drawn && (!good_word(f->drawn) || f->drawn_steps > FORM_MAX_STEPS)))
		return false;
	if (f->nr_defects > REPLAY_MAX_DEFECTS || f->nr_passed > REPLAY_MAX_PASSED || f->access >> FORM_NR_ACCESS)
		return false;
	for (unsigned i = 0; i < f->nr_passed; i++)
		if (!good_line(f->passed[i]) || !strchr(f->passed[i], '/'))
			return false;
	for (unsigned i = 0; i < f->nr_defects; i++) {
		if (!good_word(f->defect[i]))
			return false;
	}
	if (f->by_directives ? !good_directives(&f->directives) : !good_recording(r))
		return false;
	return r->decisions <= RECORDING_MAX && r->switches <= r->steps && r->steps <= FORM_MAX_STEPS;
}

/* Length of the longest line that begins here and ends between two runs. */
static size_t line_length(const char *codes)
{
	size_t n = strnlen(codes, FORM_WIDTH + 1), whole;

	if (n <= FORM_WIDTH)
		return n;
	/* A run begins with a letter, or with the first of several '+' before one. */
	for (whole = FORM_WIDTH; whole > 1; whole--) {
		if (codes[whole - 1] != '+' && (codes[whole] < '0' || codes[whole] > '9'))
			break;
	}
	return whole;
}

static int put_choices(FILE *out, const struct recording *r)
{
	char *codes = recording_encode(r);
	size_t lines = 0;

	if (!codes)
		return -1;
	for (const char *at = codes; *at; at += line_length(at))
		lines++;
	fprintf(out, "choices %zu\n", lines);
	for (const char *at = codes; *at; at += line_length(at))
		fprintf(out, "%.*s\n", (int)line_length(at), at);
	free(codes);
	return 0;
}

static void put_checks(FILE *out, const struct recording *r)
{
	fprintf(out, "checks %u\n", (r->nr_check + FORM_CHECKS - 1) / FORM_CHECKS);
	for (u32 i = 0; i < r->nr_check; i++) {
		bool last = i % FORM_CHECKS == FORM_CHECKS - 1 || i + 1 == r->nr_check;

		fprintf(out, "%08x%c", r->check[i], last ? '\n' : ' ');
	}
}

static const char *thread_name(const struct replay_directives *d, unsigned thread)
{
	return thread == REPLAY_NOBODY ? "-" : d->order[thread];
}

static void put_directives(FILE *out, const struct replay_directives *d)
{
	fputs("order", out);
	for (unsigned i = 0; i < d->nr_order; i++)
		fprintf(out, " %s", d->order[i]);
	fprintf(out, "\ndirectives %u\n", d->nr);
	for (u32 i = 0; i < d->nr; i++) {
		const struct replay_directive *v = &d->item[i];

		fprintf(out, "%s %s %u ", v->choice ? "choice" : "switch", thread_name(d, v->thread), v->n);
		if (v->choice)
			fprintf(out, "%u", v->to);
		else
			fputs(thread_name(d, v->to), out);
		fprintf(out, " %s\n", v->what ? v->what : "-");
	}
}

static void put_text(FILE *out, const char *text)
{
	size_t length = strlen(text), lines = 0;
	bool ended = !length || text[length - 1] == '\n';

	for (const char *at = text; *at; at++)
		lines += *at == '\n';
	fprintf(out, "text %zu%s\n", lines + !ended, ended ? "" : " unended");
	while (*text) {
		int n = (int)strcspn(text, "\n");

		fprintf(out, "\t%.*s\n", n, text);
		text += n + (text[n] == '\n');
	}
}

static void put_access(FILE *out, u32 access)
{
	static const char *const word[FORM_NR_ACCESS] = FORM_ACCESS;

	if (!access)
		return;
	fputs("access", out);
	for (unsigned i = 0; i < FORM_NR_ACCESS; i++)
		if (access >> i & 1)
			fprintf(out, " %s", word[i]);
	fputc('\n', out);
}

static int put_all(FILE *out, const struct replay_file *f)
{
	const struct recording *r = &f->rec;

	fprintf(out, "rmaptorture replay %d\nscenario %s\n", FORM_VERSION, f->scenario_name);
	fprintf(out, "provider %s\n", f->provider ? f->provider : "-");
	for (unsigned i = 0; i < f->nr_defects; i++)
		fprintf(out, "defect %s\n", f->defect[i]);
	put_access(out, f->access);
	if (f->memory == MEMORY_TSO)
		fputs("memory tso\n", out);
	if (f->without)
		fprintf(out, "oracles %08x\n", ~f->without & FORM_ORACLES);
	if (f->passes_locks)
		fputs("passes locks\n", out);
	for (unsigned i = 0; i < f->nr_passed; i++)
		fprintf(out, "passes %s\n", f->passed[i]);
	fprintf(out, "model %016lx\nsignature %s\n", f->model, f->signature ? f->signature : "-");
	fprintf(out, "found %s seed %lu execution %lu", f->strategy, f->seed, f->execution);
	if (f->drawn)
		fprintf(out, " drawn %s steps %lu hash %016lx", f->drawn, f->drawn_steps, f->drawn_hash);
	fputc('\n', out);
	fprintf(out, "steps %lu decisions %lu switches %lu hash %016lx\n", r->steps, r->decisions,
		r->switches, r->hash);
	if (f->by_directives) {
		put_directives(out, &f->directives);
	} else {
		if (put_choices(out, r))
			return -1;
		put_checks(out, r);
	}
	put_text(out, f->scenario_text);
	fputs("end\n", out);
	return ferror(out) ? -1 : 0;
}

char *replay_file_format(const struct replay_file *f, size_t *length)
{
	char *text = NULL;
	FILE *out;
	int failed;

	errno = EINVAL;
	if (!good_file(f))
		return NULL;
	out = open_memstream(&text, length);
	if (!out)
		return NULL;
	failed = put_all(out, f);
	failed |= fclose(out);
	if (!failed && *length <= FORM_MAX_FILE)
		return text;
	free(text);
	errno = failed ? ENOMEM : EFBIG;
	return NULL;
}

int replay_file_write(const struct replay_file *f, const char *path)
{
	size_t length;
	char *text = replay_file_format(f, &length);
	int ret = text ? text_file_write_all(path, text, length) : -1, saved = errno;

	free(text);
	errno = saved;
	return ret;
}

void replay_directives_add(struct replay_directives *d, struct replay_directive item)
{
	if (d->nr == d->cap) {
		d->cap = d->cap ? 2 * d->cap : 16;
		d->item = realloc(d->item, d->cap * sizeof(*d->item));
		if (!d->item)
			die("no memory for %u directives", d->cap);
	}
	d->item[d->nr++] = item;
}

void replay_directives_free(struct replay_directives *d)
{
	for (unsigned i = 0; i < d->nr_order; i++)
		free(d->order[i]);
	for (u32 i = 0; i < d->nr; i++)
		free(d->item[i].what);
	free(d->item);
	memset(d, 0, sizeof(*d));
}

void replay_file_free(struct replay_file *f)
{
	if (!f)
		return;
	free(f->scenario_name);
	free(f->scenario_text);
	free(f->provider);
	for (unsigned i = 0; i < f->nr_defects; i++)
		free(f->defect[i]);
	for (unsigned i = 0; i < f->nr_passed; i++)
		free(f->passed[i]);
	free(f->signature);
	free(f->strategy);
	free(f->drawn);
	recording_free(&f->rec);
	replay_directives_free(&f->directives);
	free(f);
}
