/* SPDX-License-Identifier: GPL-2.0-only */
/* The long form of what the validator found. For the harness: the only header of the validator's that knows of libc. */
#ifndef LOCKS_SPLAT_H
#define LOCKS_SPLAT_H

#include <stdio.h>

/*
 * All that is known about the first report, if its key is this one: what is acquired and what is held, the way back with a place for
 * each step, what could happen, and which line of which document says that it must not. Nothing otherwise. The machine must be as
 * the report left it.
 */
void lockdep_splat(const char *key, FILE *out);

#endif
