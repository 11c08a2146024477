/* SPDX-License-Identifier: GPL-2.0-only */
/* Asking a database of nights for all that commands ask it for. Concurrency: one thread. */
#ifndef HARNESS_TESTS_FUZZERS_RESULTS_H
#define HARNESS_TESTS_FUZZERS_RESULTS_H

#include <sqlite3.h>

/* The verdict of each night, what it lacks, and how the newest differs from each. */
void fuzz_ask(sqlite3 *db);

#endif
