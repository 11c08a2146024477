/* SPDX-License-Identifier: GPL-2.0-only */
/* What a night came to, and what it lacks. */
#include <string.h>

#include "cli/exit.h"
#include "results/results.h"
#include "results/schema.h"

const char *const results_verdict_text[NR_NIGHT_VERDICTS] = {
	[NIGHT_CLEAN] = "clean", [NIGHT_KNOWN] = "known findings only", [NIGHT_FINDINGS] = "findings",
	[NIGHT_INCONCLUSIVE] = "inconclusive",
};

static const int status_of[NR_NIGHT_VERDICTS] = {
	[NIGHT_CLEAN] = EXIT_CLEAN, [NIGHT_KNOWN] = EXIT_CLEAN, [NIGHT_FINDINGS] = EXIT_FINDINGS,
	[NIGHT_INCONCLUSIVE] = EXIT_INCONCLUSIVE,
};

/* Jobs that were planned, or are there without that; what is not there has no state. */
#define JOBS \
	"jobs AS (SELECT job, shard, 'missing' AS state, '' AS why, -1 AS status FROM planned" \
	"  WHERE night = ?1 AND job NOT IN (SELECT job FROM job WHERE night = ?1)" \
	" UNION ALL SELECT job, shard, state, why, status FROM job WHERE night = ?1)"

/* Records that stand for the exit status 3 of their jobs, but for those of goals. */
#define LACKING \
	"lacking AS (SELECT job, coalesce(json_array_length(iif(json_valid(text), text, '{}'), '$.goals_missed'), 0) > 0 AS goal" \
	" FROM record" \
	" WHERE night = ?1 AND verdict IN ('goal-missed', 'cut', 'failed'))"

/*
 * In the order of the numbers in struct results_summary. ?2: a shard, of which alone they are; 0: all. A goal that one shard does not
 * reach another may.
 */
static const char counts[] =
	"WITH " JOBS ", " LACKING ", wanted AS (SELECT * FROM jobs WHERE ?2 IN (0, shard)),"
	" found AS (SELECT DISTINCT signature FROM finding WHERE night = ?1 AND (?2 = 0 OR job IN (SELECT job FROM wanted))),"
	" old AS (SELECT signature, expires >= substr((SELECT began FROM night WHERE night = ?1), 1, 10) AS valid"
	"  FROM known WHERE night = ?1)"
	" SELECT iif(?2, 1, shards), (SELECT count(*) FROM shard WHERE night = ?1 AND shard BETWEEN 1 AND shards AND ?2 IN (0, shard)),"
	"  (SELECT count(*) FROM wanted), (SELECT count(*) FROM wanted WHERE state = 'done'),"
	"  (SELECT count(*) FROM wanted WHERE state = 'skipped'),"
	"  (SELECT count(*) FROM wanted WHERE state IN ('missing', 'cut', 'failed')),"
	"  (SELECT count(*) FROM wanted WHERE state = 'done' AND status NOT IN (0, 1, 4)"
	"   AND (job NOT IN (SELECT job FROM lacking) OR job IN (SELECT job FROM lacking WHERE NOT goal))),"
	"  iif(?2, 0, (SELECT count(*) FROM unreached WHERE night = ?1)),"
	"  (SELECT count(*) FROM found WHERE signature NOT IN (SELECT signature FROM old WHERE valid)),"
	"  (SELECT count(*) FROM found JOIN old USING (signature) WHERE NOT valid),"
	"  (SELECT count(*) FROM found JOIN old USING (signature) WHERE valid),"
	"  (SELECT count(*) FROM wanted WHERE status = 1 AND state = 'done'"
	"   AND job NOT IN (SELECT job FROM finding WHERE night = ?1))"
	" FROM night WHERE night = ?1";

static enum results_verdict verdict_of(const struct results_summary *s)
{
	if (s->findings || s->unexplained)
		return NIGHT_FINDINGS;
	if (s->shards_there < s->shards || s->unfinished || s->undecided || s->unreached || !s->done)
		return NIGHT_INCONCLUSIVE;
	return s->known ? NIGHT_KNOWN : NIGHT_CLEAN;
}

bool results_verdict(sqlite3 *db, const char *night, struct results_summary *s, char error[USAGE_TEXT])
{
	return results_shard_verdict(db, night, 0, s, error);
}

bool results_shard_verdict(sqlite3 *db, const char *night, unsigned int shard, struct results_summary *s, char error[USAGE_TEXT])
{
	unsigned int *const to[] = {
		&s->shards, &s->shards_there, &s->jobs, &s->done, &s->skipped, &s->unfinished, &s->undecided, &s->unreached,
		&s->findings, &s->expired, &s->known, &s->unexplained,
	};
	sqlite3_stmt *q;
	bool there = false;

	*s = (struct results_summary){ 0 };
	if (sqlite3_prepare_v2(db, counts, -1, &q, NULL) != SQLITE_OK)
		return results_error(db, NULL, error);
	sqlite3_bind_text(q, 1, night, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 2, shard);
	if (sqlite3_step(q) == SQLITE_ROW) {
		there = true;
		for (unsigned int i = 0; i < sizeof(to) / sizeof(to[0]); i++)
			*to[i] = (unsigned int)sqlite3_column_int64(q, (int)i);
		s->verdict = verdict_of(s);
		s->status = status_of[s->verdict];
	}
	if (sqlite3_finalize(q) != SQLITE_OK)
		return results_error(db, NULL, error);
	if (!there)
		usage_text(error, "%s: no night '%s' in it", sqlite3_db_filename(db, "main"), night);
	return there;
}

/* A shard of which nothing is there is told as one, without its jobs. */
static const char lacks[] =
	"WITH RECURSIVE " JOBS ", number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number"
	"  WHERE n < (SELECT shards FROM night WHERE night = ?1)),"
	" gone AS (SELECT n FROM number WHERE n <= (SELECT shards FROM night WHERE night = ?1)"
	"  AND n NOT IN (SELECT shard FROM shard WHERE night = ?1)),"
	" lack AS (SELECT n AS shard, (SELECT count(*) FROM jobs WHERE shard = n) AS jobs, NULL AS job, 'missing' AS state, '' AS why"
	"   FROM gone"
	"  UNION ALL SELECT shard, 1, job, state, why FROM jobs WHERE state <> 'done'"
	"   AND NOT (state = 'missing' AND shard IN (SELECT n FROM gone)))"
	" SELECT * FROM lack ORDER BY job IS NOT NULL, job, shard";

bool results_missing(sqlite3 *db, const char *night, void (*tell)(void *arg, const struct results_lack *l), void *arg,
		     char error[USAGE_TEXT])
{
	sqlite3_stmt *q;

	if (sqlite3_prepare_v2(db, lacks, -1, &q, NULL) != SQLITE_OK)
		return results_error(db, NULL, error);
	sqlite3_bind_text(q, 1, night, -1, SQLITE_STATIC);
	while (sqlite3_step(q) == SQLITE_ROW) {
		const struct results_lack l = {
			.shard = (unsigned int)sqlite3_column_int64(q, 0), .jobs = (unsigned int)sqlite3_column_int64(q, 1),
			.job = (const char *)sqlite3_column_text(q, 2), .state = (const char *)sqlite3_column_text(q, 3),
			.why = (const char *)sqlite3_column_text(q, 4),
		};

		tell(arg, &l);
	}
	return sqlite3_finalize(q) == SQLITE_OK || results_error(db, NULL, error);
}

static const char goals[] = "SELECT scenario, provider, goal FROM unreached WHERE night = ?1 ORDER BY scenario, provider, goal";

bool results_unreached(sqlite3 *db, const char *night, void (*tell)(void *arg, const struct results_goal *g), void *arg,
		       char error[USAGE_TEXT])
{
	sqlite3_stmt *q;

	if (sqlite3_prepare_v2(db, goals, -1, &q, NULL) != SQLITE_OK)
		return results_error(db, NULL, error);
	sqlite3_bind_text(q, 1, night, -1, SQLITE_STATIC);
	while (sqlite3_step(q) == SQLITE_ROW) {
		const struct results_goal g = {
			.scenario = (const char *)sqlite3_column_text(q, 0), .provider = (const char *)sqlite3_column_text(q, 1),
			.goal = (const char *)sqlite3_column_text(q, 2),
		};

		tell(arg, &g);
	}
	return sqlite3_finalize(q) == SQLITE_OK || results_error(db, NULL, error);
}
