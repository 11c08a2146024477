/* SPDX-License-Identifier: GPL-2.0-only */
/* Files as a whole. Any thread may call these. */
#ifndef HARNESS_CLI_FILES_H
#define HARNESS_CLI_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* All of a file, with a NUL behind it that *length does not count; malloc()ed. NULL with errno. */
char *text_file_read(const char *path, size_t *length);

/* The file appears whole or not at all (whole_file.h). Returns 0, or -1 with errno. */
int text_file_write_all(const char *path, const char *text, size_t length);

static inline int text_file_write(const char *path, const char *text)
{
	return text_file_write_all(path, text, strlen(text));
}

/* A descriptor of a new, empty file that is only added to, closed when another program begins; -1 with errno. */
int text_file_begin(const char *path);

/* A file of so many bytes, which has its place on the disk. Returns 0 or an error number. */
int file_allocate(const char *path, size_t size);

/* Make the directory and those above it that are missing. Returns 0, or -1 with errno. */
int directory_make(const char *path);

/*
 * A lock that this process and its children hold until they end; children that execute another program do not. Returns a descriptor,
 * or -1 with errno, EWOULDBLOCK if somebody else holds it.
 */
int file_lock(const char *path);

#endif
