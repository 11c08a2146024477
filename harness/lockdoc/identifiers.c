/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of the words in notes are identifiers of a tree of sources: a name that only comments have is
 * that of something that is gone.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "lockdoc/ingest.h"

#define MAX_SOURCE (8u << 20) /* bytes of a source that is looked at */

struct look {
	struct ingest *g;
	unsigned left; /* words that were not seen */
};

/* A comment, a string or a character: where it ends; NULL if it is none of these. */
static const char *skip_text(const char *at, const char *stop)
{
	const char *end;

	if (stop - at > 1 && at[0] == '/' && at[1] == '*') {
		end = memmem(at + 2, (size_t)(stop - at - 2), "*/", 2);
		return end ? end + 2 : stop;
	}
	if (stop - at > 1 && at[0] == '/' && at[1] == '/') {
		end = memchr(at, '\n', (size_t)(stop - at));
		return end ? end : stop;
	}
	if (*at != '"' && *at != '\'')
		return NULL;
	/* An apostrophe that is no quote (in assembler, behind #error) does not reach beyond its line. */
	for (end = at + 1; end < stop && *end != *at && *end != '\n'; end++)
		if (*end == '\\' && end + 1 < stop)
			end++;
	return end < stop ? end + 1 : stop;
}

static void see_word(struct look *l, const char *begin, size_t length)
{
	for (struct ingest_word *w = l->g->word; w < l->g->word + l->g->nr_words; w++)
		if (!w->seen && !strncmp(w->text, begin, length) && !w->text[length]) {
			w->seen = true;
			l->left--;
		}
}

static void look_in_text(struct look *l, const char *at, const char *stop)
{
	while (at < stop) {
		const char *end = skip_text(at, stop), *from = at;

		if (end) {
			at = end;
			continue;
		}
		while (at < stop && is_word(*at))
			at++;
		if (at == from)
			at++;
		else if (memchr(from, '_', (size_t)(at - from)))
			see_word(l, from, (size_t)(at - from));
	}
}

static void look_in_file(struct look *l, const char *path, char *buffer)
{
	FILE *file = fopen(path, "rb");
	size_t length;

	if (!file)
		return;
	length = fread(buffer, 1, MAX_SOURCE, file);
	fclose(file);
	look_in_text(l, buffer, buffer + length);
}

static bool is_source(const FTSENT *e)
{
	return e->fts_info == FTS_F && e->fts_namelen > 2 &&
	       e->fts_name[e->fts_namelen - 2] == '.' &&
	       strchr("chS", e->fts_name[e->fts_namelen - 1]);
}

static void tell_unseen(const struct ingest *g)
{
	for (const struct ingest_word *w = g->word; w < g->word + g->nr_words; w++)
		if (!w->seen)
			lint_add(g->p.lint, w->path, w->line, w->column, LINT_DEAD_NAME,
				 "expected a name that the sources have, found '%s'", w->text);
}

/* "VERSION = 6": the number behind the name at the beginning of a line; -1: there is none. */
static int variable(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = text; at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
		int value;

		if (!strncmp(at, name, n) && sscanf(at + n, " = %d", &value) == 1)
			return value;
	}
	return -1;
}

static unsigned era_of_version(int version, int patchlevel, int sublevel)
{
	if (version < 2 || (version == 2 && patchlevel < 6))
		return ERA_PTE_CHAIN;
	if (version == 2 && sublevel < 34)
		return ERA_ANON_LIST;
	return version < 6 ? ERA_ANON_CHAIN : ERA_LINUX;
}

unsigned ingest_era_of(const char *tree)
{
	char path[4096], text[4096];
	size_t length = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/Makefile", tree);
	file = fopen(path, "re");
	if (file) {
		length = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[length] = '\0';
	if (variable(text, "VERSION") < 0 || variable(text, "PATCHLEVEL") < 0)
		return ERA_ANY;
	return era_of_version(variable(text, "VERSION"), variable(text, "PATCHLEVEL"), variable(text, "SUBLEVEL"));
}

bool ingest_look_up(struct ingest *g, const char *tree, char err[LOCKDOC_ERR])
{
	char *roots[] = { must(strdup(tree)), NULL }, *buffer = must(malloc(MAX_SOURCE));
	struct look l = { .g = g, .left = g->nr_words };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	bool ok = fts;
	FTSENT *e;

	while (fts && l.left && (e = fts_read(fts)))
		if (is_source(e))
			look_in_file(&l, e->fts_path, buffer);
	if (fts)
		fts_close(fts);
	if (!ok)
		snprintf(err, LOCKDOC_ERR, "%.200s:1:1: expected a directory, found: %s", tree,
			 strerror(errno));
	else
		tell_unseen(g);
	free(roots[0]);
	free(buffer);
	return ok;
}
