/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The minimised twin of a replay file: the same finding, told with as little as possible.
 *
 * Concurrency: as session.h.
 */
#ifndef HARNESS_MINIMISE_TWIN_H
#define HARNESS_MINIMISE_TWIN_H

#include "explore/replay_file.h"
#include "minimise/minimise.h"

/* "DIR/NAME.replay" and "-min.replay" give "DIR/NAME-min.replay"; malloc()ed. */
char *twin_path(const char *path, const char *ending);

/* Write file with the execution and the scenario of another session, to path. As replay_file_write(). */
int twin_write(const struct replay_file *file, const struct session *s, const struct minimised *m, const char *path);

/* The same by directives, which survive changes of the model as long as they make sense. */
int twin_write_directives(const struct replay_file *file, const struct session *s, const struct minimised *m, const char *path);

#endif
