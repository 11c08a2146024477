/* SPDX-License-Identifier: GPL-2.0-only */
/* The night that is told, and statements about it: see report.h. */
#include "report/report.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "hash.h"

#define TEXT_OF(number) #number
#define NUMERAL(number) TEXT_OF(number)

/* What is sorted are keys: whole rows carry their traces. */
static const char preamble[] =
	"WITH tonight AS (SELECT * FROM night WHERE night = :night),"
	"past AS (SELECT n.night, n.began, row_number() OVER (ORDER BY n.began, n.night) AS nr FROM night n, tonight t"
	" WHERE (n.began, n.night) <= (t.began, t.night)),"
	"recent AS (SELECT * FROM past WHERE nr > (SELECT max(nr) FROM past) - " NUMERAL(REPORT_RECENT) "),"
	"worn AS (SELECT k.signature, k.owner, k.reason, k.expires, k.expires < substr(t.began, 1, 10) AS expired"
	" FROM known k JOIN tonight t USING (night)),"
	"counted AS (SELECT f.signature, max(f.oracle) AS oracle, count(*) AS findings, count(DISTINCT f.night) AS nights,"
	" sum(f.night = :night) AS now, min(p.nr) AS first_nr, max(p.nr) AS last_nr FROM finding f JOIN past p USING (night)"
	" GROUP BY f.signature),"
	"seen AS (SELECT c.signature, c.oracle, c.findings, c.nights, c.now, a.night AS first_night, b.night AS last_night,"
	" CASE WHEN NOT c.now THEN 'gone' WHEN w.expired THEN 'expired' WHEN w.signature IS NOT NULL THEN 'known'"
	" WHEN c.nights = 1 THEN 'new' ELSE 'again' END AS state"
	" FROM counted c JOIN past a ON a.nr = c.first_nr JOIN past b ON b.nr = c.last_nr LEFT JOIN worn w USING (signature)),"
	"sample AS (SELECT * FROM finding WHERE (night, job, signature, scenario, provider) IN"
	" (SELECT night, job, signature, scenario, provider FROM (SELECT f.night, f.job, f.signature, f.scenario, f.provider,"
	" row_number() OVER (PARTITION BY f.signature ORDER BY p.nr DESC, f.replay IS NULL, f.trace IS NULL,"
	" instr(f.trace, '\"cat\":\"step\"') = 0, length(CAST(f.trace AS BLOB)), f.job, f.line, f.scenario, f.provider) AS place"
	" FROM finding f JOIN past p USING (night)) WHERE place = 1)) ";

/* Nothing of the report can be trusted then. */
static __attribute__((noreturn)) void unreadable(const struct report *r)
{
	fflush(stdout);
	errx(EXIT_USAGE, "%s: %s", r->path, sqlite3_errmsg(r->db));
}

static void bind(const struct report *r, sqlite3_stmt *s, const char *name, const char *value)
{
	int at = sqlite3_bind_parameter_index(s, name);

	if (at && sqlite3_bind_text(s, at, value, -1, SQLITE_STATIC) != SQLITE_OK)
		unreadable(r);
}

sqlite3_stmt *report_prepare(const struct report *r, const char *sql)
{
	sqlite3_stmt *s;
	char *whole = must(sqlite3_mprintf("%s%s", preamble, sql));

	if (sqlite3_prepare_v2(r->db, whole, -1, &s, NULL) != SQLITE_OK)
		unreadable(r);
	sqlite3_free(whole);
	bind(r, s, ":night", r->night);
	bind(r, s, ":signature", r->signature);
	return s;
}

bool report_step(const struct report *r, sqlite3_stmt *s)
{
	int result = sqlite3_step(s);

	if (result != SQLITE_ROW && result != SQLITE_DONE)
		unreadable(r);
	return result == SQLITE_ROW;
}

const char *report_text(sqlite3_stmt *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s, column);

	return text ? text : "";
}

double report_number(const struct report *r, const char *sql)
{
	sqlite3_stmt *s = report_prepare(r, sql);
	double value = (double)NAN;

	if (report_step(r, s) && sqlite3_column_type(s, 0) != SQLITE_NULL)
		value = sqlite3_column_double(s, 0);
	sqlite3_finalize(s);
	return value;
}

char *report_string(const struct report *r, const char *sql)
{
	sqlite3_stmt *s = report_prepare(r, sql);
	char *text = must(strdup(report_step(r, s) ? report_text(s, 0) : ""));

	sqlite3_finalize(s);
	return text;
}

const char *report_hash(const char *signature, char text[REPORT_HASH])
{
	snprintf(text, REPORT_HASH, "%016lx", hash_text(HASH_BASIS, signature));
	return text;
}

/* ---- the verdict ---- */

/* The numbers that make it, the heaviest first. */

static char *why_of(const struct results_summary *s)
{
	const struct {
		unsigned int n;
		const char *one, *many;
	} reasons[] = {
		{ s->findings, "finding that nobody answers for", "findings that nobody answers for" },
		{ s->expired, "of them known until a day that is past", "of them known until a day that is past" },
		{ s->unexplained, "job that says it found something which is not here",
		  "jobs that say they found something which is not here" },
		{ s->shards - s->shards_there, "shard missing", "shards missing" },
		{ s->unfinished, "job missing, cut short or failed", "jobs missing, cut short or failed" },
		{ s->undecided, "job without a verdict", "jobs without a verdict" },
		{ s->unreached, "goal that no job has reached", "goals that no job has reached" },
		{ s->known, "known finding", "known findings" },
	};
	char *text = NULL;
	size_t length;
	FILE *out = must(open_memstream(&text, &length));
	const char *between = "";

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (!reasons[i].n)
			continue;
		fprintf(out, "%s%u %s", between, reasons[i].n, reasons[i].n == 1 ? reasons[i].one : reasons[i].many);
		between = "; ";
	}
	if (!*between)
		fputs(s->done ? "nothing was found, and nothing is missing" : "no job came to its end", out);
	fclose(out);
	return must(text);
}

/* ---- which night ---- */

static bool choose(struct report *r, const char *night, char err[USAGE_TEXT])
{
	sqlite3_stmt *s;
	bool found;

	r->night = must(strdup(night ? night : ""));
	s = report_prepare(r, night ? "SELECT night FROM tonight" : "SELECT night FROM newest");
	found = report_step(r, s);
	if (found) {
		free(r->night);
		r->night = must(strdup(report_text(s, 0)));
	} else if (night) {
		usage_text(err, "%s: expected the name of a night, found '%s'", r->path, night);
	} else {
		usage_text(err, "%s: no night is in it", r->path);
	}
	sqlite3_finalize(s);
	return found;
}

bool report_open(struct report *r, sqlite3 *db, const char *path, const char *night, char err[USAGE_TEXT])
{
	sqlite3_stmt *s;

	*r = (struct report){ .db = db, .path = path };
	if (!choose(r, night, err))
		return false;
	s = report_prepare(r, "SELECT night FROM past ORDER BY nr");
	while (report_step(r, s)) {
		r->nights = must(reallocarray(r->nights, r->nr_nights + 1, sizeof(*r->nights)));
		r->nights[r->nr_nights++] = must(strdup(report_text(s, 0)));
	}
	sqlite3_finalize(s);
	if (!results_verdict(db, r->night, &r->summary, err))
		return false;
	r->why = why_of(&r->summary);
	return true;
}

void report_free(struct report *r)
{
	while (r->nr_nights)
		free((char *)r->nights[--r->nr_nights]);
	free(r->nights);
	free(r->why);
	free(r->against);
	free(r->night);
}
