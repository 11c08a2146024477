/* SPDX-License-Identifier: GPL-2.0-only */
/* Terminals: colours, the progress line, and the last look at whether results were written. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cli/exit.h"
#include "cli/out.h"

#define PROGRESS_INTERVAL_NS 200000000u

/* The line that is on the screen now. [printing thread] */
static struct {
	bool shown;
	uint64_t last_ns;
} line;

bool out_is_terminal(FILE *file)
{
	int error = errno;
	bool terminal = isatty(fileno(file));

	errno = error;
	return terminal;
}

unsigned int out_columns(FILE *file)
{
	struct winsize size;

	if (ioctl(fileno(file), TIOCGWINSZ, &size) || !size.ws_col)
		return 80;
	return size.ws_col;
}

static bool coloured(FILE *file)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if ((no_color && *no_color) || !term || !strcmp(term, "dumb"))
		return false;
	return out_is_terminal(file);
}

const char *out_tint(FILE *file, enum tint tint)
{
	static const char *const escape[NR_TINTS] = {
		[TINT_PLAIN] = "\033[0m", [TINT_BOLD] = "\033[1m",  [TINT_DIM] = "\033[2m",
		[TINT_GOOD] = "\033[32m", [TINT_WARN] = "\033[33m", [TINT_BAD] = "\033[31m",
	};

	return coloured(file) ? escape[tint] : "";
}

int out_finish(int status)
{
	progress_clear();
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	fprintf(stderr, "rmaptorture: cannot write the results: %s\n",
		errno ? strerror(errno) : "an earlier write failed");
	return exit_combine(status, EXIT_INCONCLUSIVE);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

bool progress_due(void)
{
	const char *term;

	if (line.last_ns && now_ns() - line.last_ns < PROGRESS_INTERVAL_NS)
		return false;
	term = getenv("TERM");
	return term && strcmp(term, "dumb") && out_is_terminal(stderr);
}

void progress(const char *format, ...)
{
	char text[512];
	size_t width, i;
	va_list args;

	if (!progress_due())
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* The last column stays free: some terminals wrap as soon as it is written. */
	width = out_columns(stderr) - 1;
	for (i = 0; i < width && text[i]; i++)
		if (text[i] == '\n')
			break;
	fprintf(stderr, "\r%.*s\033[K", (int)i, text);
	fflush(stderr);
	line.last_ns = now_ns();
	line.shown = true;
}

/* "40 s", "2:05", "1:10:00". */
static int put_time(char *text, size_t size, double seconds)
{
	unsigned long s = seconds < 1e9 ? (unsigned long)seconds : 1000000000;

	if (s < 100)
		return snprintf(text, size, "%lu s", s);
	if (s < 3600)
		return snprintf(text, size, "%lu:%02lu", s / 60, s % 60);
	return snprintf(text, size, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
}

const char *progress_time(char text[PROGRESS_TIME], double elapsed_s, double share)
{
	char left[PROGRESS_TIME / 2];
	int length = put_time(text, PROGRESS_TIME, elapsed_s);

	/* The pace of the first second says little. */
	if (share <= 0 || share >= 1 || elapsed_s < 1)
		return text;
	put_time(left, sizeof(left), elapsed_s / share - elapsed_s);
	snprintf(text + length, PROGRESS_TIME - (size_t)length, ", %s left", left);
	return text;
}

void progress_clear(void)
{
	if (!line.shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	line.shown = false;
}
