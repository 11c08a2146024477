/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A full disk must not cost what was found. So some of it is taken at the beginning; when little is left, it is given back, and the night
 * ends: what jobs say when they are asked to end then has its place.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cli/files.h"
#include "nightly/night.h"

#define RESERVE (4ul << 20)
#define SHORT (4ul << 20)		/* besides what is reserved */

static char *reserve_path(const struct night *n)
{
	return night_path(n, "reserve");
}

bool space_reserve(const struct night *n)
{
	char *path = reserve_path(n);
	struct statvfs fs;
	int wrong = file_allocate(path, RESERVE);

	if (!wrong && !statvfs(n->dir, &fs) && fs.f_bavail * fs.f_frsize < SHORT)
		wrong = ENOSPC;
	if (wrong) {
		unlink(path);
		input_error("%s: expected %lu MiB of free space at least, found: %s", n->dir, (RESERVE + SHORT) >> 20, strerror(wrong));
	}
	free(path);
	return !wrong;
}

bool space_is_short(const struct night *n)
{
	struct statvfs fs;

	if (statvfs(n->dir, &fs) || fs.f_bavail * fs.f_frsize >= SHORT)
		return false;
	input_error("%s: only %lu KiB of the disk are left: the night ends here, and goes on when there is more", n->dir,
		    (unsigned long)(fs.f_bavail * fs.f_frsize) >> 10);
	space_release(n);
	return true;
}

void space_release(const struct night *n)
{
	char *path = reserve_path(n);

	unlink(path);
	free(path);
}
