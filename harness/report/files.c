/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing the directory of a report, and tidying it: see files.h. */
#define _GNU_SOURCE
#include "report/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/must.h"
#include "report/html.h"

#define REPLAYS "replays"

static char *path_of(const struct files *f, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", f->dir, name) < 0)
		must(NULL);
	return path;
}

static bool failed(const char *path, char err[USAGE_TEXT])
{
	usage_text(err, "%s: %s", path, strerror(errno));
	return false;
}

static bool make_directory(const char *path, char err[USAGE_TEXT])
{
	struct stat st;

	if (!mkdir(path, 0777))
		return true;
	if (errno != EEXIST)
		return failed(path, err);
	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return true;
	usage_text(err, "%s: expected a directory, found something else", path);
	return false;
}

bool files_begin(struct files *f, const char *dir, char err[USAGE_TEXT])
{
	char *replays;
	bool done;

	*f = (struct files){ .dir = dir };
	replays = path_of(f, REPLAYS);
	done = make_directory(dir, err) && make_directory(replays, err);
	free(replays);
	return done;
}

bool files_open(struct files *f, struct whole_file *w, const char *name, char err[USAGE_TEXT])
{
	char *path = path_of(f, name);
	bool done = !whole_file_open(w, path) || failed(path, err);

	free(path);
	if (!done)
		return false;
	f->written = must(reallocarray(f->written, f->nr + 1, sizeof(*f->written)));
	f->written[f->nr++] = must(strdup(name));
	return true;
}

bool files_close(struct files *f, struct whole_file *w, bool keep, char err[USAGE_TEXT])
{
	return !whole_file_close(w, keep) || failed(f->dir, err);
}

/* ---- tidying ---- */

static bool was_written(const struct files *f, const char *name)
{
	for (unsigned int i = 0; i < f->nr; i++)
		if (!strcmp(f->written[i], name))
			return true;
	return false;
}

/* 16 digits of report_hash(). */
static bool is_hash(const char *c)
{
	return strspn(c, "0123456789abcdef") == 16;
}

static bool is_replay(const char *name)
{
	const char *c = name + 17;
	size_t digits;

	if (!is_hash(name) || name[16] != '-')
		return false;
	digits = strspn(c, "0123456789");
	return digits && (!strcmp(c + digits, ".replay") || !strcmp(c + digits, ".trace.json"));
}

/* A page that says of itself who made it; somebody may have put one of his own beside. */
static bool is_our_page(const struct files *f, const char *name)
{
	char *path = path_of(f, name), head[1024];
	FILE *in = fopen(path, "re");
	size_t n = in ? fread(head, 1, sizeof(head) - 1, in) : 0;

	head[n] = 0;
	if (in)
		fclose(in);
	free(path);
	return strstr(head, HTML_GENERATOR);
}

/* What whole_file_open() leaves of a file of ours if the program is killed: NAME.123.tmp. */
static bool is_half(const struct files *f, const char *name)
{
	size_t length = strlen(name), base;

	if (length < 4 || strcmp(name + length - 4, ".tmp"))
		return false;
	for (base = length - 4; base && strchr("0123456789", name[base - 1]);)
		base--;
	if (base < 2 || base == length - 4 || name[base - 1] != '.')
		return false;
	for (unsigned int i = 0; i < f->nr; i++)
		if (strlen(f->written[i]) == base - 1 && !strncmp(f->written[i], name, base - 1))
			return true;
	return false;
}

static bool is_old(const struct files *f, const char *name)
{
	if (is_half(f, name))
		return true;
	if (was_written(f, name))
		return false;
	if (!strncmp(name, REPLAYS "/", strlen(REPLAYS "/")))
		return is_replay(name + strlen(REPLAYS "/"));
	return !strncmp(name, "finding-", 8) && is_hash(name + 8) && !strcmp(name + 24, ".html") && is_our_page(f, name);
}

/* sub: "", or with a slash at its end. */
static bool tidy(struct files *f, const char *sub, char err[USAGE_TEXT])
{
	char *path = path_of(f, sub);
	DIR *d = opendir(path);
	bool done = d || failed(path, err);

	free(path);
	for (struct dirent *e; done && (e = readdir(d));) {
		char *name, *old;

		if (asprintf(&name, "%s%s", sub, e->d_name) < 0)
			must(NULL);
		old = path_of(f, name);
		if (is_old(f, name) && unlink(old) && errno != ENOENT)
			done = failed(old, err);
		free(old);
		free(name);
	}
	if (d)
		closedir(d);
	return done;
}

bool files_end(struct files *f, char err[USAGE_TEXT])
{
	return tidy(f, "", err) && tidy(f, REPLAYS "/", err);
}

void files_free(struct files *f)
{
	while (f->nr)
		free(f->written[--f->nr]);
	free(f->written);
}
