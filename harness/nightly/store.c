/* SPDX-License-Identifier: GPL-2.0-only */
#include "nightly/store.h"
struct store *store_open(const struct night *n) { (void)n; return (void*)1; }
void store_close(struct store *s) { (void)s; }
void store_job(struct store *s, const struct job *job) { (void)s; (void)job; }
bool store_is_whole(const struct store *s) { (void)s; return true; }
