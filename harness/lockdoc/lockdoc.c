/* SPDX-License-Identifier: GPL-2.0-only */
/* Where documents come from, and where they go: files, the one that is built in, freeing. */
#define _GNU_SOURCE
#include "lockdoc/lockdoc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/embedded.h"
#include "cli/must.h"
#include "lockclass.h"
#include "lockdoc/reader.h"
#include "machine.h"

/* ---- days ---- */

long lockdoc_day(const char *text, size_t length)
{
	static const char form[] = "dddd-dd-dd";
	struct tm tm = { 0 }, same;
	time_t at;

	if (length != strlen(form))
		return 0;
	for (size_t i = 0; i < length; i++)
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return 0;
	tm.tm_year = (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + text[3] - '0' - 1900;
	tm.tm_mon = (text[5] - '0') * 10 + text[6] - '0' - 1;
	tm.tm_mday = (text[8] - '0') * 10 + text[9] - '0';
	same = tm;
	at = timegm(&same);
	/* The 31st of June would have become the 1st of July. */
	return at > 0 && same.tm_mon == tm.tm_mon && same.tm_mday == tm.tm_mday ? at / 86400 : 0;
}

long lockdoc_today(void)
{
	return time(NULL) / 86400;
}

/* ---- the model ---- */

/* The model enters no context yet: lockdep_context() is for what is to come. */
const struct lockdoc_model lockdoc_core = { core_lock_classes, LC_NR, NULL, 0, true };

static void __printf(3, 4) describe(char err[LOCKDOC_ERR], const char *path, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	doc_message(err, path, 1, 1, fmt, args);
	va_end(args);
}

static void cannot_read(char err[LOCKDOC_ERR], const char *path)
{
	describe(err, path, "expected a file that can be read, found: %s",
		 strerror(errno ? errno : EIO));
}

char *lockdoc_read(const char *path, size_t *length, char err[LOCKDOC_ERR])
{
	FILE *file = fopen(path, "rb");
	char *text;

	if (!file) {
		cannot_read(err, path);
		return NULL;
	}
	/* One byte more than allowed tells a file that is too long from one that just fits. */
	text = must(malloc(LOCKDOC_MAX_TEXT + 1));
	errno = 0;
	*length = fread(text, 1, LOCKDOC_MAX_TEXT + 1, file);
	if (ferror(file)) {
		cannot_read(err, path);
		free(text);
		text = NULL;
	}
	fclose(file);
	return text;
}

struct lockdoc *lockdoc_load(const char *path, char err[LOCKDOC_ERR])
{
	struct lockdoc *doc;
	size_t length;
	char *text = lockdoc_read(path, &length, err);

	if (!text)
		return NULL;
	doc = lockdoc_parse(&lockdoc_core, path, text, length, err);
	free(text);
	return doc;
}

const struct lockdoc *lockdoc_builtin(void)
{
	static const struct lockdoc *builtin;
	const struct embedded_file *file = embedded_find("LOCKING.md");
	char err[LOCKDOC_ERR];

	if (!builtin && file) {
		builtin = lockdoc_parse(&lockdoc_core, file->name, file->text, file->length, err);
		if (!builtin)
			die("%s", err);
	}
	return builtin;
}

const char *lockdoc_context(const struct lockdoc *doc, unsigned context)
{
	if (!context || context >= doc->model->nr_contexts)
		return NULL;
	for (unsigned i = 0; i < doc->nr_ctx; i++)
		if (!strcmp(doc->ctx[i], doc->model->contexts[context]))
			return doc->ctx[i];
	return NULL;
}

void lockdoc_install(const struct lockdoc *doc, const char *era, struct lockdoc_orders *orders)
{
	if (!doc)
		doc = lockdoc_builtin();
	if (!doc)
		return;
	lockdoc_order(doc, era, NULL, &orders->order[0]);
	machine->lockdep.documented = &orders->order[0];
	for (unsigned i = 1; i < LOCK_CONTEXTS; i++) {
		const char *ctx = lockdoc_context(doc, i);

		if (!ctx)
			continue;
		lockdoc_order(doc, era, ctx, &orders->order[i]);
		machine->lockdep.context[i] = &orders->order[i];
	}
}

static void free_data(struct lockdoc_data *d)
{
	for (unsigned i = 0; i < d->nr_members; i++)
		free(d->member[i]);
	for (unsigned write = 0; write < 2; write++) {
		free(d->expr[write].atom);
		free(d->expr[write].text);
		free(d->expr[write].waiver);
	}
	free(d->member);
	free(d->era);
}

void lockdoc_free(struct lockdoc *doc)
{
	if (!doc)
		return;
	for (unsigned i = 0; i < doc->nr_rows; i++)
		free(doc->row[i].era);
	for (unsigned i = 0; i < doc->nr_aliases; i++)
		free(doc->alias[i].name);
	for (unsigned i = 0; i < doc->nr_arcs; i++) {
		free(doc->arc[i].era);
		free(doc->arc[i].ctx);
		free(doc->arc[i].note);
		free(doc->arc[i].waiver);
		free(doc->arc[i].rare);
	}
	for (unsigned i = 0; i < doc->nr_ctx; i++)
		free(doc->ctx[i]);
	for (unsigned i = 0; i < doc->nr_data; i++)
		free_data(&doc->data[i]);
	free(doc->data);
	free(doc->row);
	free(doc->alias);
	free(doc->arc);
	free(doc->apart);
	free(doc->pin);
	free(doc->ctx);
	free(doc->path);
	free(doc);
}
