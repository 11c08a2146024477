/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A night against another one. Each kind of difference is a row of a table: its name, and the statement that finds it.
 *
 * Two nights with different seeds differ in every number. So numbers count as worse only beyond what chance can do, with these bounds:
 *
 * traces	How many different traces n executions show changes by one at most when one execution is another one. Then (McDiarmid's
 *		inequality) two such numbers differ by more than t with a probability of less than exp(-2 t^2 / (n1 + n2)), whatever the
 *		traces' own probabilities are. t is chosen for ODDS. A night with fewer executions is allowed proportionally less: it
 *		grows ever slower with n, so that can only be too much to allow.
 * racing pairs, lock edges
 *		One execution can show many at once. The variance of such a number is less than the number itself (Efron and Stein: less
 *		than the expected number of those that are shown by one execution only); SIGMAS deviations of the difference are allowed.
 *		A loss that is small, or among few, is therefore never told: for locks, see arcs.
 * arcs		Seen in k executions before, and in none now: were it as likely as before, all k would be in the first night with a
 *		probability of (n1 / (n1 + n2))^k, which must be less than ODDS: k is 20 or more when the nights are of equal length.
 * hunts	Worse if nothing at all is found any more, or the rate is lower by more than three deviations.
 * medians	How many executions it takes to find something is distributed about exponentially: the logarithm of a median of k has a
 *		deviation of 1 / (ln 2 sqrt(k)). Worse if the intervals of 95 % do not overlap.
 * ratios	Of figures that have their own lowest and highest: worse if these ranges do not overlap.
 * goals	It is not known how often a goal was reached: worse unless there are less than half as many executions as before.
 *
 * Where this night found something, or was cut short, it has seen less for that reason: there, nothing is told of goals and numbers. Nor
 * of numbers of searches through everything: they fall when the search gets better.
 *
 * Executions are not quite independent (a strategy learns from those before), which is what the low odds are for.
 */
#include "results/compare.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "results/schema.h"

#define ODDS 1e-6
#define SIGMAS 5.0

/* ?1: the night in main; ?2: the one in other. Columns: subject, scenario, provider, mode, before, now, worse. */
static const struct comparison {
	const char *what, *sql;
} comparisons[] = {
	{ "new-finding",
	  "SELECT signature, min(scenario), min(provider), min(mode), '', text, signature NOT IN (SELECT k.signature FROM main.known k"
	  "  JOIN main.night n USING (night) WHERE k.night = ?1 AND k.expires >= substr(n.began, 1, 10))"
	  " FROM main.finding WHERE night = ?1 AND signature NOT IN (SELECT signature FROM other.finding WHERE night = ?2)"
	  " GROUP BY signature" },
	{ "gone-finding",
	  "SELECT f.signature, min(f.scenario), min(f.provider), min(f.mode), f.text,"
	  "  CASE WHEN max(EXISTS (SELECT 1 FROM main.job j WHERE j.night = ?1 AND j.job = f.job AND j.state = 'done'))"
	  "   THEN 'its job ran again' ELSE 'its job did not run again' END, 0"
	  " FROM other.finding f WHERE f.night = ?2 AND f.signature NOT IN (SELECT signature FROM main.finding WHERE night = ?1)"
	  " GROUP BY f.signature" },
	{ "lost-goal",
#define GOALS(db, night) \
	  "SELECT DISTINCT c.scenario, c.provider, c.mode, g.value AS goal FROM " db ".coverage c, json_each(c.goals_reached) g" \
	  "  WHERE c.night = " night
#define RUNS(db, night) \
	  "SELECT scenario, provider, mode, sum(executions) AS n, sum(verdict IN ('finding', 'cut', 'failed')) AS short" \
	  "  FROM " db ".record WHERE night = " night " AND verdict <> '' GROUP BY 1, 2, 3"
	  "WITH a AS (" RUNS("other", "?2") "), b AS (" RUNS("main", "?1") "),"
	  " lost AS (" GOALS("other", "?2") " EXCEPT " GOALS("main", "?1") ")"
	  "SELECT goal, scenario, provider, mode, 'reached in ' || a.n || ' executions', 'missed in ' || b.n, 2 * b.n >= a.n"
	  " FROM lost JOIN a USING (scenario, provider, mode) JOIN b USING (scenario, provider, mode) WHERE NOT b.short"
	  " ORDER BY 2, 3, 4, 1" },
#undef GOALS
#undef RUNS
#define NUMBER(name, column, bound) { name, \
	  "WITH n1 AS (SELECT job, scenario, provider, sum(executions) AS n FROM other.record WHERE night = ?2 GROUP BY 1, 2, 3)," \
	  " n2 AS (SELECT job, scenario, provider, sum(executions) AS n FROM main.record WHERE night = ?1 GROUP BY 1, 2, 3" \
	  "  HAVING sum(type = 'verify' OR verdict IN ('finding', 'cut', 'failed')) = 0)" \
	  "SELECT a.job, a.scenario, a.provider, a.mode, a." column ", b." column ", 1" \
	  " FROM other.coverage a JOIN main.coverage b USING (job, scenario, provider) JOIN n1 USING (job, scenario, provider)" \
	  " JOIN n2 USING (job, scenario, provider)" \
	  " JOIN other.job x ON x.night = ?2 AND x.job = a.job JOIN main.job y ON y.night = ?1 AND y.job = b.job" \
	  " WHERE a.night = ?2 AND b.night = ?1 AND x.state = 'done' AND y.state = 'done'" \
	  "  AND " bound "(a." column ", n1.n, b." column ", n2.n) ORDER BY 2, 3, 4, 1" }
	NUMBER("fewer-traces", "traces", "fewer_distinct"),
	NUMBER("fewer-races", "racing_both_orders", "fewer_shown"),
	NUMBER("fewer-lock-edges", "lock_edges", "fewer_shown"),
#undef NUMBER
	{ "lost-arc",
#define ARCS(db, night) \
	  "SELECT job, provider, json_extract(text, '$.before') || ' < ' || ifnull(json_extract(text, '$.after'), '') ||" \
	  "  iif(json_extract(text, '$.mode') = 'try', ':try', '') || ifnull(' ' || json_extract(text, '$.ctx'), '') AS arc," \
	  "  max(executions) AS seen FROM " db ".arc" \
	  " WHERE night = " night " AND json_extract(text, '$.signature') IS NULL GROUP BY 1, 2, 3"
	  "WITH a AS (" ARCS("other", "?2") "), b AS (" ARCS("main", "?1") ")"
	  "SELECT a.arc, '', a.provider, x.job_group, a.seen || ' executions', 'never', 1 FROM a LEFT JOIN b USING (job, provider, arc)"
	  " JOIN other.job x ON x.night = ?2 AND x.job = a.job JOIN main.job y ON y.night = ?1 AND y.job = a.job"
	  " WHERE x.state = 'done' AND y.state = 'done' AND ifnull(b.seen, 0) = 0 AND never_now(a.seen, x.executions, y.executions)"
	  " ORDER BY 3, 1" },
#undef ARCS
#define HUNTS \
	  "WITH a AS (SELECT defect, provider, how, sum(seeds) AS seeds, sum(found) AS found, avg(median_executions) AS median" \
	  "  FROM other.hunt WHERE night = ?2 GROUP BY 1, 2, 3)," \
	  " b AS (SELECT defect, provider, how, sum(seeds) AS seeds, sum(found) AS found, avg(median_executions) AS median" \
	  "  FROM main.hunt WHERE night = ?1 GROUP BY 1, 2, 3)"
	{ "found-less-often",
	  HUNTS "SELECT defect, '', provider, how, a.found || ' of ' || a.seeds, b.found || ' of ' || b.seeds,"
	  "  b.found = 0 OR rarer(a.found, a.seeds, b.found, b.seeds)"
	  " FROM a JOIN b USING (defect, provider, how) WHERE a.found * b.seeds > b.found * a.seeds ORDER BY 1, 3, 4" },
	{ "slower-hunt",
	  HUNTS "SELECT defect, '', provider, how, CAST(a.median AS INTEGER), CAST(b.median AS INTEGER), 1"
	  " FROM a JOIN b USING (defect, provider, how) WHERE slower(a.median, a.found, b.median, b.found) ORDER BY 1, 3, 4" },
#undef HUNTS
	{ "slower",
	  "SELECT a.figure, '', '', a.flavour, printf('%.3g (%.3g..%.3g)', a.ratio, a.low, a.high),"
	  "  printf('%.3g (%.3g..%.3g)', b.ratio, b.low, b.high), 1"
	  " FROM other.bench a JOIN main.bench b USING (job, figure, flavour) WHERE a.night = ?2 AND b.night = ?1 AND b.low > a.high"
	  " ORDER BY 1, 4" },
	{ "job-not-run",
	  "SELECT a.job, '', a.provider, a.job_group, 'done', ifnull(b.state, 'missing'), 0 FROM other.job a"
	  " LEFT JOIN main.job b ON b.night = ?1 AND b.job = a.job"
	  " WHERE a.night = ?2 AND a.state = 'done' AND ifnull(b.state, '') <> 'done'"
	  " ORDER BY 1" },
};

/* ---- the bounds ---- */

/* Arguments: a number, of so many executions, before; the same now. What is allowed before is for as many executions as now. */
static double expected(const double v[4])
{
	return v[1] > 0 && v[3] < v[1] ? v[0] * v[3] / v[1] : v[0];
}

static bool fewer_distinct(const double v[4])
{
	return expected(v) - v[2] > sqrt((v[1] + v[3]) / 2 * -log(ODDS));
}

static bool fewer_shown(const double v[4])
{
	return expected(v) - v[2] > SIGMAS * sqrt(expected(v) + v[2]);
}

/* Seen in so many executions; how many there were before, and are now: if that is not known, as many. */
static bool never_now(const double v[4])
{
	double now = v[1] > 0 && v[2] > 0 ? v[2] / v[1] : 1;

	return v[0] * log1p(now) > -log(ODDS);
}

/* Found of so many, before; now. */
static bool rarer(const double v[4])
{
	double rate = (v[0] + v[2]) / (v[1] + v[3]), less = v[0] / v[1] - v[2] / v[3];

	return less > 0 && less * less > 9 * rate * (1 - rate) * (1 / v[1] + 1 / v[3]);
}

/* A median of so many, before; now. */
static bool slower(const double v[4])
{
	const double deviations = 1.96 / log(2);

	return v[0] > 0 && v[2] > v[0] && v[1] > 0 && v[3] > 0 &&
	       log(v[2] / v[0]) > deviations * (1 / sqrt(v[1]) + 1 / sqrt(v[3]));
}

static const struct bound {
	const char *name;
	int arguments;
	bool (*holds)(const double v[4]);
} bounds[] = {
	{ "fewer_distinct", 4, fewer_distinct }, { "fewer_shown", 4, fewer_shown }, { "never_now", 3, never_now },
	{ "rarer", 4, rarer }, { "slower", 4, slower },
};

static void call_bound(sqlite3_context *context, int nr, sqlite3_value **value)
{
	const struct bound *b = sqlite3_user_data(context);
	double v[4] = { 0 };

	for (int i = 0; i < nr; i++)
		v[i] = sqlite3_value_double(value[i]);
	sqlite3_result_int(context, b->holds(v));
}

static bool add_bounds(sqlite3 *db)
{
	for (unsigned int i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
		if (sqlite3_create_function(db, bounds[i].name, bounds[i].arguments, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
					    (void *)&bounds[i], call_bound, NULL, NULL) != SQLITE_OK)
			return false;
	return true;
}

/* ---- which nights ---- */

/* The first text of a row, or "" if there is no row. */
static bool first_text(sqlite3 *db, const char *sql, const char *night, char text[USAGE_TEXT], char error[USAGE_TEXT])
{
	sqlite3_stmt *s;

	text[0] = '\0';
	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		return results_error(db, NULL, error);
	if (night)
		sqlite3_bind_text(s, 1, night, -1, SQLITE_STATIC);
	if (sqlite3_step(s) == SQLITE_ROW)
		snprintf(text, USAGE_TEXT, "%s", (const char *)sqlite3_column_text(s, 0));
	return sqlite3_finalize(s) == SQLITE_OK || results_error(db, NULL, error);
}

/* A file that is looked at for the first time. */
static bool readable(const char *path, char error[USAGE_TEXT])
{
	sqlite3 *other = results_open(path, RESULTS_READ, error);

	sqlite3_close(other);
	return other;
}

static bool attach(sqlite3 *db, const char *path, char error[USAGE_TEXT])
{
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(db, "ATTACH ? AS other", -1, &s, NULL) != SQLITE_OK)
		return results_error(db, path, error);
	sqlite3_bind_text(s, 1, path, -1, SQLITE_STATIC);
	sqlite3_step(s);
	return sqlite3_finalize(s) == SQLITE_OK || results_error(db, path, error);
}

/* Attach what is compared with, and find the names of both nights. */
static bool find_nights(sqlite3 *db, const char *night, const char *against, struct compared *c, char error[USAGE_TEXT])
{
	const char *own = sqlite3_db_filename(db, "main");
	struct stat st;
	bool file;

	if (!first_text(db, night ? "SELECT night FROM main.night WHERE night = ?" : "SELECT night FROM main.newest", night, c->night,
			error))
		return false;
	if (!c->night[0]) {
		usage_text(error, night ? "%s: no night '%s' in it" : "%s: no night in it", own, night);
		return false;
	}
	if (!first_text(db, "SELECT night FROM main.night WHERE night = ?", against, c->other, error))
		return false;
	file = !c->other[0];
	if (file && stat(against, &st)) {
		usage_text(error, "--against: expected a night in %s, or a file, found '%s'", own, against);
		return false;
	}
	if ((file && !readable(against, error)) || !attach(db, file ? against : own, error))
		return false;
	if (!file || (first_text(db, "SELECT night FROM other.night ORDER BY began DESC, night DESC LIMIT 1", NULL, c->other, error) &&
		      c->other[0]))
		return true;
	if (!*error)
		usage_text(error, "%s: no night in it", against);
	return false;
}

/* ---- comparing ---- */

static const char *column(sqlite3_stmt *s, int i)
{
	const char *text = (const char *)sqlite3_column_text(s, i);

	return text ? text : "";
}

static bool run_comparison(sqlite3 *db, const struct comparison *k, void (*tell)(void *arg, const struct difference *d), void *arg,
			   struct compared *c, char error[USAGE_TEXT])
{
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(db, k->sql, -1, &s, NULL) != SQLITE_OK)
		return results_error(db, NULL, error);
	sqlite3_bind_text(s, 1, c->night, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, c->other, -1, SQLITE_STATIC);
	while (sqlite3_step(s) == SQLITE_ROW) {
		const struct difference d = {
			k->what, column(s, 0), column(s, 1), column(s, 2), column(s, 3), column(s, 4), column(s, 5),
			sqlite3_column_int(s, 6),
		};

		c->differences++;
		c->worse += d.worse;
		tell(arg, &d);
	}
	return sqlite3_finalize(s) == SQLITE_OK || results_error(db, NULL, error);
}

static bool same_plan(sqlite3 *db, struct compared *c, char error[USAGE_TEXT])
{
	char a[USAGE_TEXT], b[USAGE_TEXT];

	if (!first_text(db, "SELECT plan_hash || ' ' || bound || ' ' || time_s FROM main.night WHERE night = ?", c->night, a, error) ||
	    !first_text(db, "SELECT plan_hash || ' ' || bound || ' ' || time_s FROM other.night WHERE night = ?", c->other, b, error))
		return false;
	c->same_plan = !strcmp(a, b);
	return true;
}

bool compare(sqlite3 *db, const char *night, const char *against, void (*tell)(void *arg, const struct difference *d), void *arg,
	     struct compared *c, char error[USAGE_TEXT])
{
	bool ok;

	*c = (struct compared){ .differences = 0 };
	error[0] = '\0';
	if (!add_bounds(db))
		return results_error(db, NULL, error);
	ok = find_nights(db, night, against, c, error) && same_plan(db, c, error);
	for (unsigned int i = 0; ok && i < sizeof(comparisons) / sizeof(comparisons[0]); i++)
		ok = run_comparison(db, &comparisons[i], tell, arg, c, error);
	sqlite3_exec(db, "DETACH other", NULL, NULL, NULL);
	return ok;
}
