/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The database of a night, as far as the night itself fills it. Records are files: a database that cannot be written is told once, and
 * costs nothing but the time to make it again (rmaptorture merge).
 */
#ifndef HARNESS_NIGHTLY_STORE_H
#define HARNESS_NIGHTLY_STORE_H

#include "nightly/night.h"

struct store;

/* Opens or makes it, with what is there of the night already. NULL with a line on stderr; the functions below take NULL. */
struct store *store_open(const struct night *n);
void store_close(struct store *s);

/* A job has ended. */
void store_job(struct store *s, const struct job *job);

/* Does it have all that was given to it? */
bool store_is_whole(const struct store *s);

#endif
