/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Directives by name, as replay files have them, and by number, as a session obeys them.
 *
 * Concurrency: as session.h.
 */
#ifndef HARNESS_MINIMISE_NAMED_H
#define HARNESS_MINIMISE_NAMED_H

#include "explore/replay_file.h"
#include "minimise/minimise.h"

/* The task of that name in this session, or DIRECTIVE_NOBODY. */
unsigned task_named(const struct session *s, const char *name);

/* directive.what in one word or some, NULL for WHAT_EVER; and what has that text, WHAT_NONE for nothing in this model. */
#define WHAT_NONE 255u
const char *what_text(enum directive_kind kind, unsigned what);
unsigned what_find(enum directive_kind kind, const char *text);

/* Free the result in both cases. */
void directives_to_names(struct replay_directives *to, const struct minimised *from, const struct session *s);
/* One for each; those of threads that are not there never apply. */
void directives_from_names(struct directives *to, const struct replay_directives *from, const struct session *s);

#endif
