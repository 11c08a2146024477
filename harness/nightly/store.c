/* SPDX-License-Identifier: GPL-2.0-only */
/* See store.h. */
#include "nightly/store.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/must.h"
#include "cli/out.h"
#include "results/results.h"

struct store {
	const struct night *night;
	sqlite3 *db;			/* NULL: there is none */
	bool lacks;			/* something that was given to it */
};

/* The first complaint is enough: what comes after it says the same. */
static void complain(struct store *s, const char *error)
{
	progress_clear();
	if (!s->lacks)
		fprintf(stderr, "rmaptorture: %s\n", error);
	s->lacks = true;
}

struct store *store_open(const struct night *n)
{
	struct store *s = must(calloc(1, sizeof(*s)));
	char error[USAGE_TEXT];

	s->night = n;
	s->db = results_open(n->db, RESULTS_WRITE, error);
	if (!s->db || !results_load_night(s->db, n->dir, error))
		complain(s, error);
	return s;
}

void store_close(struct store *s)
{
	sqlite3_close(s->db);
	free(s);
}

void store_job(struct store *s, const struct job *job)
{
	char error[USAGE_TEXT];

	if (s->db && !results_load_job(s->db, s->night->dir, job->name, error))
		complain(s, error);
}

sqlite3 *store_db(const struct store *s)
{
	return s->db;
}

bool store_summary(struct store *s, struct results_summary *summary)
{
	char error[USAGE_TEXT];

	if (!s->db || s->lacks)
		return false;
	if (results_shard_verdict(s->db, s->night->name, s->night->shards > 1 ? s->night->shard : 0, summary, error))
		return true;
	complain(s, error);
	return false;
}
