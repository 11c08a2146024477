/* SPDX-License-Identifier: GPL-2.0-only */
/* See whole_file.h. */
#define _GNU_SOURCE			/* gettid() */
#include "cli/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void forget(struct whole_file *w)
{
	int saved = errno;

	free(w->path);
	free(w->temporary);
	*w = (struct whole_file){ NULL };
	errno = saved;
}

/* The temporary name holds the id of this thread: what may lie there is left from a dead one. */
static char *temporary_name(const char *path)
{
	size_t room = strlen(path) + 32;
	char *name = malloc(room);

	if (name) {
		snprintf(name, room, "%s.%d.tmp", path, (int)gettid());
		unlink(name);
	}
	return name;
}

static FILE *create(const char *temporary)
{
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");

	if (fd >= 0 && !out) {
		close(fd);
		unlink(temporary);
	}
	return out;
}

int whole_file_open(struct whole_file *w, const char *path)
{
	struct stat there;
	bool plain = stat(path, &there) || S_ISREG(there.st_mode);

	*w = (struct whole_file){ .path = strdup(path), .temporary = plain ? temporary_name(path) : NULL };
	errno = ENOMEM;
	if (w->path && (!plain || w->temporary))
		w->out = plain ? create(w->temporary) : fopen(path, "we");
	if (w->out)
		return 0;
	forget(w);
	return -1;
}

/* All that was written is where it belongs. What is no plain file cannot be asked. */
static int flush(const struct whole_file *w)
{
	if (fflush(w->out) || ferror(w->out))
		return -1;
	return w->temporary ? fsync(fileno(w->out)) : 0;
}

int whole_file_close(struct whole_file *w, bool keep)
{
	int failed = keep ? flush(w) : 0, saved = errno;

	if (fclose(w->out) && keep && !failed) {
		failed = -1;
		saved = errno;
	}
	if (w->temporary && keep && !failed && rename(w->temporary, w->path)) {
		failed = -1;
		saved = errno;
	}
	if (w->temporary && (!keep || failed))
		unlink(w->temporary);
	errno = saved;
	forget(w);
	return failed;
}
