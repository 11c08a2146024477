/* SPDX-License-Identifier: GPL-2.0-only */
/* See files.h. */
#define _GNU_SOURCE
#include "cli/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/whole_file.h"

char *text_file_read(const char *path, size_t *length)
{
	FILE *in = fopen(path, "rbe"), *out;
	char *text = NULL, part[16384];
	size_t n;
	int failed = 0;

	if (!in)
		return NULL;
	out = open_memstream(&text, length);
	while (out && (n = fread(part, 1, sizeof(part), in)) > 0)
		fwrite(part, 1, n, out);
	if (ferror(in) || !out)
		failed = errno ? errno : EIO;
	if (out && fclose(out) && !failed)
		failed = errno;
	fclose(in);
	if (!failed)
		return text;
	free(text);
	errno = failed;
	return NULL;
}

int text_file_write_all(const char *path, const char *text, size_t length)
{
	struct whole_file w;

	if (whole_file_open(&w, path))
		return -1;
	fwrite(text, 1, length, w.out);	/* what fails is known to the stream */
	return whole_file_close(&w, true);
}

int text_file_begin(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
}

int file_allocate(const char *path, size_t size)
{
	int fd = text_file_begin(path), wrong;

	if (fd < 0)
		return errno;
	wrong = posix_fallocate(fd, 0, (off_t)size);
	close(fd);
	return wrong;
}

static int make_one(const char *path)
{
	return mkdir(path, 0777) && errno != EEXIST ? -1 : 0;
}

int directory_make(const char *path)
{
	char *part = strdup(path);
	int failed = 0;

	if (!part)
		return -1;
	/* The root is there. */
	for (char *slash = strchr(part + strspn(part, "/"), '/'); !failed && slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		failed = make_one(part);
		*slash = '/';
	}
	if (!failed)
		failed = make_one(path);
	free(part);
	return failed;
}

int file_lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666), saved;

	if (fd < 0 || !flock(fd, LOCK_EX | LOCK_NB))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}
