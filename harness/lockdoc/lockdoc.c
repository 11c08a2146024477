/* SPDX-License-Identifier: GPL-2.0-only */
/* Where documents come from, and where they go: files, the one that is built in, freeing. */
#include "lockdoc/lockdoc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/embedded.h"
#include "cli/must.h"
#include "lockclass.h"
#include "lockdoc/reader.h"
#include "machine.h"

const struct lockdoc_model lockdoc_core = { core_lock_classes, LC_NR, true };

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

void lockdoc_install(const struct lockdoc *doc, const char *era, struct lockdep_order *order)
{
	if (!doc)
		doc = lockdoc_builtin();
	if (!doc)
		return;
	lockdoc_order(doc, era, order);
	machine->lockdep.documented = order;
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
	free(doc->ctx);
	free(doc->path);
	free(doc);
}
