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

/*
 * How many letters of an object's name are those of what it is a part of: "anon_vma#1" of "anon_vma#1.root", "pgtable#1" of
 * "pgtable#1+8".
 */
size_t stem_length(const char *object);

/* Where the text has this name, not as a part of a longer one; NULL: nowhere. */
const char *find_name(const char *text, const char *name, size_t length);

#endif
