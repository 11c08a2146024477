/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The database of a night, as far as the night itself fills it. Records are files: a database that cannot be written is told once, and
 * costs nothing but the time to make it again (rmaptorture merge).
 */
#ifndef HARNESS_NIGHTLY_STORE_H
#define HARNESS_NIGHTLY_STORE_H

#include "nightly/night.h"
#include "results/results.h"

struct store;

/* Opens or makes it, with what is there of the night already. Never NULL: what is wrong is told on stderr. */
struct store *store_open(const struct night *n);
void store_close(struct store *s);

/* A job has ended. */
void store_job(struct store *s, const struct job *job);

/* The connection, or NULL. */
sqlite3 *store_db(const struct store *s);

/* What the night came to. False if the database lacks something that was given to it. */
bool store_summary(struct store *s, struct results_summary *summary);

#endif
