/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes a scenario in canonical form: what was generated or cut down can be kept as a file.
 *
 * Concurrency: reads an immutable scenario; the stream is the caller's. Counts are printed as the
 * numbers they are, hence no params.
 */
#include "scn/scenario.h"

#include <ctype.h>
#include <inttypes.h>

static const char *name_of(const struct scenario *scn, int slot)
{
	return slot >= 0 && (unsigned)slot < scn->nr_names ? scn->name_of[slot].text : "?";
}

static void print_mm(const struct scenario *scn, const struct scn_stmt *s, FILE *out)
{
	fprintf(out, " %s", name_of(scn, s->name));
}

static void print_memcg(const struct scenario *scn, const struct scn_stmt *s, FILE *out)
{
	fprintf(out, " %s", name_of(scn, s->memcg));
}

static void print_lock(const struct scenario *scn, const struct scn_stmt *s, FILE *out)
{
	fprintf(out, " %s", name_of(scn, s->lock));
}

static void print_pages(const struct scn_stmt *s, FILE *out)
{
	if (s->first >= 0 && s->first == s->last)
		fprintf(out, "[%d]", (int)s->first);
	else if (s->first >= 0)
		fprintf(out, "[%d..%d]", (int)s->first, (int)s->last);
}

static void print_range(const struct scenario *scn, const struct scn_stmt *s, FILE *out)
{
	fprintf(out, " %s", name_of(scn, s->area));
	print_pages(s, out);
}

static void print_file(const struct scenario *scn, const struct scn_stmt *s, FILE *out)
{
	fprintf(out, " %s", name_of(scn, s->file));
	print_pages(s, out);
}

static void print_backing(const struct scenario *scn, const struct scn_stmt *s, FILE *out)
{
	static const char *const word[] = {
		[SCN_ANON] = "anon", [SCN_SHARED] = "shared", [SCN_PRIVATE] = "private", [SCN_HUGE] = "huge", [SCN_STACK] = "stack",
	};

	fprintf(out, " %s", word[s->backing]);
	if (scn_maps_file(s))
		print_file(scn, s, out);
}

static void print_count(const struct scenario *scn, const struct scn_stmt *s, FILE *out)
{
	(void)scn;
	fprintf(out, " %" PRId64, s->count);
}

static void print_set(const struct scenario *scn, const struct scn_stmt *s, FILE *out)
{
	(void)scn;
	fprintf(out, " = %" PRIu64, s->value);
}

static void print_expect(const struct scenario *scn, const struct scn_stmt *s, FILE *out)
{
	(void)scn;
	if (s->has_value)
		fprintf(out, " == %" PRIu64, s->value);
}

static void print_word(const struct scenario *scn, const struct scn_stmt *s, FILE *out)
{
	(void)scn;
	fprintf(out, " %s", scn_ops[s->op].word);
}

static void print_choice(const struct scenario *scn, const struct scn_stmt *s, FILE *out)
{
	(void)scn;
	fprintf(out, " %s", scn_ops[s->op].choice[s->value]);
}

static void (*const print_arg[])(const struct scenario *scn, const struct scn_stmt *s,
				FILE *out) = {
	[ARG_MM] = print_mm,
	[ARG_PAGE] = print_range,
	[ARG_RANGE] = print_range,
	[ARG_COUNT] = print_count,
	[ARG_LOCK] = print_lock,
	[ARG_SET] = print_set,
	[ARG_EXPECT] = print_expect,
	[ARG_WORD] = print_word,
	[ARG_CHOICE] = print_choice,
	[ARG_BACKING] = print_backing,
	[ARG_FILE] = print_file,
	[ARG_FILE_PAGE] = print_file,
	[ARG_FILE_RANGE] = print_file,
	[ARG_SIZE] = print_count,
	[ARG_MEMCG] = print_memcg,
	[ARG_GUEST] = print_mm,
	[ARG_DEVICE] = print_mm,
};

static void print_statement(const struct scenario *scn, const struct scn_stmt *s, FILE *out)
{
	const struct scn_op *op = &scn_ops[s->op];
	/* A child is read first, an area belongs to its mm: "C = P: fork", "P: a = mmap anon 2". */
	int bind_first = op->binding == SCN_MAKES && op->binds == SCN_MM;
	int bind_then = op->binding == SCN_GIVES ? s->bind >= 0 :
			op->binding == SCN_MAKES && !bind_first;

	if (bind_first)
		fprintf(out, "%s = ", name_of(scn, s->bind));
	if (op->subject)
		fprintf(out, "%s: ", name_of(scn, s->subject));
	if (bind_then)
		fprintf(out, "%s = ", name_of(scn, s->bind));
	fputs(op->name, out);
	for (unsigned i = 0; i <= SCN_MAX_ARGS && op->args[i] != ARG_NONE; i++)
		print_arg[op->args[i]](scn, s, out);
	if (op->binding == SCN_DECLARES)
		fprintf(out, " %s", name_of(scn, s->bind));
	fputc('\n', out);
}

const char *scn_statement_key(const struct scenario *scn, const struct scn_stmt *s, char *buf, size_t size)
{
	char text[160] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");
	size_t n = 0;

	if (out) {
		print_statement(scn, s, out);
		fclose(out);
	}
	text[sizeof(text) - 1] = '\0';
	for (const char *p = text; *p && n + 1 < size; p++) {
		if (isalnum((unsigned char)*p) || *p == '_')
			buf[n++] = *p;
		else if (n && buf[n - 1] != '-')
			buf[n++] = '-';
	}
	while (n && buf[n - 1] == '-')
		n--;
	buf[n] = '\0';
	return buf;
}

static void indent(unsigned depth, FILE *out)
{
	while (depth--)
		fputc('\t', out);
}

static void print_body(const struct scenario *scn, const struct scn_body *body, FILE *out)
{
	unsigned depth = 1;

	fputs(" {\n", out);
	for (unsigned i = 0; i < body->nr; i++) {
		const struct scn_stmt *s = &body->stmt[i];

		if (s->op == SCN_END && depth > 1)
			depth--;
		indent(depth, out);
		if (s->op == SCN_END) {
			fputs("}\n", out);
		} else if (s->op == SCN_REPEAT) {
			fprintf(out, "repeat %" PRId64 " {\n", s->count);
			depth++;
		} else {
			print_statement(scn, s, out);
		}
	}
	fputs("}\n", out);
}

static void print_header(const struct scenario *scn, FILE *out)
{
	fprintf(out, "scenario %s\n", scn->name);
	if (scn->about && scn->about[0])
		fprintf(out, "about \"%s\"\n", scn->about);
	if (scn->provider)
		fprintf(out, "provider %s\n", scn->provider);
	if (scn->story.defect)
		fprintf(out, "story %s\n", scn->story.defect);
	if (scn->vma_locks)
		fputs("policy vma-locks\n", out);
	for (unsigned i = 0; i < scn->nr_goals; i++)
		fprintf(out, "goal %s\n", scn->goal[i].name);
	for (unsigned i = 0; i < scn->nr_near; i++)
		fprintf(out, "near %s \"%s\"\n", scn->near[i].event, scn->near[i].about);
}

static void print_outcome(const struct scenario *scn, const struct scn_outcome *row, FILE *out)
{
	char text[SCN_MAX_CONDITIONS * 96];

	fprintf(out, "outcome %s %s \"%s\"\n", scn_grade_text[row->grade],
		scn_condition_text(scn, row, 0, text, sizeof(text)), row->about);
}

void scn_print(const struct scenario *scn, FILE *out)
{
	print_header(scn, out);
	if (scn->setup.nr) {
		fputs("\nsetup", out);
		print_body(scn, &scn->setup, out);
	}
	for (unsigned i = 0; i < scn->nr_threads; i++) {
		fprintf(out, "\nthread %s", scn->thread[i].name);
		print_body(scn, &scn->thread[i], out);
	}
	if (scn->finally.nr) {
		fputs("\nfinally", out);
		print_body(scn, &scn->finally, out);
	}
	if (scn->nr_outcomes)
		fputc('\n', out);
	for (unsigned i = 0; i < scn->nr_outcomes; i++)
		print_outcome(scn, &scn->outcome[i], out);
}
