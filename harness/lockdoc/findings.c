/* SPDX-License-Identifier: GPL-2.0-only */
/* The list of findings: see lint.h. */
#define _GNU_SOURCE
#include "lockdoc/lint.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/must.h"
#include "cli/out.h"
#include "cli/usage.h"

static const char *const kind_text[NR_LINT_KINDS] = {
	[LINT_CYCLE] = "strong cycle",	       [LINT_CONFLICT] = "conflict",
	[LINT_AMBIGUITY] = "ambiguity",	       [LINT_GAP] = "gap",
	[LINT_DEAD_NAME] = "dead name",	       [LINT_CHANGED] = "changed meaning",
	[LINT_PROSE] = "unacknowledged prose", [LINT_NO_ROW] = "no row",
};

/* Two findings of a kind at one place are one, told twice: by two eras, for instance. */
static bool known(const struct lint *lint, const struct lint_finding *f)
{
	for (const struct lint_finding *k = lint->item; k < lint->item + lint->nr; k++)
		if (k->kind == f->kind && k->line == f->line && k->column == f->column &&
		    !strcmp(k->path, f->path) &&
		    (f->kind <= LINT_CONFLICT || !strcmp(k->text, f->text)))
			return true;
	return false;
}

void lint_add(struct lint *lint, const char *path, int line, int column, enum lint_kind kind,
	      const char *fmt, ...)
{
	struct lint_finding f = { .path = path, .line = line, .column = column, .kind = kind };
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&f.text, fmt, args) < 0)
		must(NULL);
	va_end(args);
	usage_one_line(f.text);
	if (lint->nr && known(lint, &f)) {
		free(f.text);
		return;
	}
	lint->item = must(reallocarray(lint->item, lint->nr + 1, sizeof(*lint->item)));
	lint->item[lint->nr++] = f;
}

static bool in_order(const struct lint_finding *a, const struct lint_finding *b)
{
	if (strcmp(a->path, b->path))
		return true;
	return a->line != b->line ? a->line < b->line : a->column <= b->column;
}

/* Stable, and the files stay as they came; there are few findings. */
void lint_sort(struct lint *lint)
{
	for (unsigned i = 1; i < lint->nr; i++)
		for (unsigned j = i; j && !in_order(&lint->item[j - 1], &lint->item[j]); j--) {
			struct lint_finding f = lint->item[j];

			lint->item[j] = lint->item[j - 1];
			lint->item[j - 1] = f;
		}
}

void lint_print(const struct lint *lint, FILE *out)
{
	for (unsigned i = 0; i < lint->nr; i++) {
		const struct lint_finding *f = &lint->item[i];

		fprintf(out, "%s:%d:%d: %s%s%s: %s\n", f->path, f->line, f->column,
			out_tint(out, TINT_BAD), kind_text[f->kind], out_tint(out, TINT_PLAIN),
			f->text);
	}
}

void lint_json(const struct lint *lint, FILE *out)
{
	for (unsigned i = 0; i < lint->nr; i++) {
		const struct lint_finding *f = &lint->item[i];
		json_t *o = json_pack("{s:s s:o s:i s:i s:s s:o}", "type", "lockdoc-finding",
				      "file", json_text(f->path), "line", f->line, "column",
				      f->column, "kind", kind_text[f->kind], "text",
				      json_text(f->text));

		put_json(o, out);
	}
}

void lint_free(struct lint *lint)
{
	while (lint->nr)
		free(lint->item[--lint->nr].text);
	free(lint->item);
	lint->item = NULL;
}
