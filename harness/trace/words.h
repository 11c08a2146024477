/* SPDX-License-Identifier: GPL-2.0-only */
/* What a task is about to do, in words. Concurrency: called between steps. */
#ifndef HARNESS_TRACE_WORDS_H
#define HARNESS_TRACE_WORDS_H

#include "exec.h"
#include "report.h"

#define PLACE_LEN 64

struct step_words {
	const char *op;
	char object[NAME_LEN];		/* "" if it is done to none */
	char place[PLACE_LEN];		/* "file.c:123"; "" of the first step of a thread */
};

void step_in_words(const struct task *t, struct step_words *w);

/* "file.c:123", or "" for NULL. */
void place_in_words(const struct site *site, char place[PLACE_LEN]);

#endif
