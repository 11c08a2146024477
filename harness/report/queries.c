/* SPDX-License-Identifier: GPL-2.0-only */
/* What a night came to, as statements: findings first, then what went wrong with the harness, then what was not tried. */
#include "report/queries.h"

#define FINDING_COLUMNS \
	{ "signature", "finding", CELL_FINDING }, { "state", "state", CELL_STATE }, { "text", "what", CELL_TEXT }, \
	{ "site", "where", CELL_CODE }, { "modes", "modes", CELL_TEXT }, { "scenarios", "scenarios", CELL_NUMBER }, \
	{ "findings", "times", CELL_NUMBER }, { "nights", "nights", CELL_NUMBER }, { "first", "first seen", CELL_NAME }, \
	{ "last", "last seen", CELL_NAME }

#define FINDINGS_OF(when, nights) \
	"SELECT s.signature, s.state, x.text, x.site," \
	" (SELECT group_concat(mode, ', ') FROM (SELECT DISTINCT mode FROM finding f JOIN past USING (night)" \
	"  WHERE f.signature = s.signature AND " nights " ORDER BY mode))," \
	" (SELECT count(DISTINCT scenario) FROM finding f JOIN past USING (night) WHERE f.signature = s.signature AND " nights ")," \
	" CASE WHEN s.now THEN s.now ELSE s.findings END, s.nights, s.first_night, s.last_night" \
	" FROM seen s JOIN sample x USING (signature) WHERE " when \
	" ORDER BY s.state = 'again', s.now DESC, s.signature"

const struct query query_findings = {
	"findings", "Findings", "What broke tonight and is not known, or no longer: its day is past.", "Nothing that is not known.",
	FINDINGS_OF("s.state IN ('new', 'again', 'expired')", "night = :night"), { FINDING_COLUMNS }
};

const struct query query_known = {
	"known", "Known", "Found tonight, and somebody answers for it until its day.", NULL,
	"SELECT s.signature, s.state, x.text, s.now, s.nights, s.first_night, w.owner, w.expires, w.reason FROM seen s"
	" JOIN sample x USING (signature) JOIN worn w USING (signature) WHERE s.state = 'known' ORDER BY s.now DESC, s.signature",
	{ { "signature", "finding", CELL_FINDING }, { "state", "state", CELL_STATE }, { "text", "what", CELL_TEXT },
	  { "findings", "times", CELL_NUMBER }, { "nights", "nights", CELL_NUMBER }, { "first", "first seen", CELL_NAME },
	  { "owner", "owner", CELL_NAME }, { "expires", "until", CELL_NAME }, { "reason", "reason", CELL_TEXT } }
};

const struct query query_gone = {
	"gone", "Not seen tonight", "Found in nights before, and not in this one.", NULL,
	FINDINGS_OF("s.state = 'gone'", "1"), { FINDING_COLUMNS }
};

const struct query query_failures = {
	"failures", "Harness failures", "Jobs that died, or whose output cannot be read: what they would have found"
	" is not known.", NULL,
	"SELECT job, state, status, why, elapsed_s, attempts FROM job WHERE night = :night AND state = 'failed'"
	" UNION ALL SELECT job, 'unexplained', status, 'it says it found something, which is not here', elapsed_s, attempts"
	" FROM job WHERE night = :night AND state = 'done' AND status = 1"
	" AND job NOT IN (SELECT job FROM finding WHERE night = :night) ORDER BY 1",
	{ { "job", "job", CELL_CODE }, { "state", "state", CELL_STATE }, { "status", "status", CELL_NUMBER }, { "why", "why", CELL_TEXT },
	  { "elapsed_s", "time", CELL_SECONDS }, { "attempts", "attempts", CELL_NUMBER } }
};

/* There are no more shards than this on a page: a wrong number in a database is no reason to count for ever. */
#define MOST_SHARDS "10000"

const struct query query_inconclusive = {
	"inconclusive", "Inconclusive", "What should have been tried or reached and was not: its silence says nothing.", NULL,
	"SELECT kind, what, why FROM ("
	" SELECT 1 AS place, 'missing' AS kind, 'shard ' || i AS what, 'nothing of it is here' AS why FROM"
	"  (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
	"   (SELECT min(shards, " MOST_SHARDS ") FROM tonight))"
	"  SELECT i FROM n) WHERE i NOT IN (SELECT shard FROM shard WHERE night = :night)"
	" UNION ALL SELECT 2, 'missing', count(*) || CASE count(*) WHEN 1 THEN ' job' ELSE ' jobs' END || ' of shard ' || shard,"
	"  group_concat(job, ' ') FROM"
	"  (SELECT p.job, p.shard FROM planned p LEFT JOIN job j USING (night, job) WHERE p.night = :night AND j.job IS NULL"
	"  ORDER BY p.job) GROUP BY shard"
	" UNION ALL SELECT 3, state, job, why FROM job WHERE night = :night AND state = 'cut'"
	" UNION ALL SELECT 4, 'missed', 'a canary of ' || job, 'not found: the detectors may be blind' FROM record"
	"  WHERE night = :night AND type = 'canary' AND verdict = 'goal-missed'"
	" UNION ALL SELECT 4, 'missed', 'defect ' || defect || ', ' || provider || ', ' || how,"
	"  'found with none of ' || seeds || ' seeds' FROM hunt WHERE night = :night AND found = 0"
	" UNION ALL SELECT 5, 'goal-missed', scenario || ', ' || provider || ': ' || goal, 'it was reached in no job' FROM unreached"
	"  WHERE night = :night"
	" UNION ALL SELECT 7, 'no verdict', j.job, 'it ended with status ' || j.status FROM job j WHERE j.night = :night"
	"  AND j.state = 'done' AND j.status NOT IN (0, 1, 4) AND NOT EXISTS (SELECT 1 FROM record r WHERE r.night = j.night"
	"  AND r.job = j.job AND r.verdict = 'goal-missed')"
	" UNION ALL SELECT 6, 'not again', signature, 'the replay of ' || job || ' shows ' || CASE replayed"
	"  WHEN 'other' THEN 'something else' ELSE 'nothing: it failed' END FROM finding"
	"  WHERE night = :night AND replayed IN ('other', 'failed')"
	") ORDER BY place, what",
	{ { "kind", "kind", CELL_STATE }, { "what", "what", CELL_TEXT }, { "why", "why", CELL_TEXT } }
};

const struct query query_modes = {
	"modes", "By mode", "A line for each group of jobs; a run is a scenario with a provider.", NULL,
	"SELECT m.mode, (SELECT count(*) FROM planned WHERE night = :night AND job_group = m.mode),"
	" (SELECT count(*) FROM job WHERE night = :night AND job_group = m.mode AND state = 'done'),"
	" (SELECT sum(executions) FROM job WHERE night = :night AND job_group = m.mode),"
	" (SELECT sum(cpu_s) FROM job WHERE night = :night AND job_group = m.mode), sum(r.verdict <> ''), sum(r.verdict = 'clean'),"
	" sum(r.verdict = 'finding'), sum(r.verdict = 'goal-missed'), sum(r.verdict = 'cut'), sum(r.verdict = 'failed'),"
	" sum(r.verdict = 'skipped') FROM (SELECT job_group AS mode FROM job WHERE night = :night UNION"
	" SELECT job_group FROM planned WHERE night = :night) m LEFT JOIN record r ON r.night = :night AND r.mode = m.mode"
	" GROUP BY m.mode ORDER BY m.mode",
	{ { "mode", "mode", CELL_NAME }, { "planned", "jobs", CELL_NUMBER }, { "done", "done", CELL_NUMBER },
	  { "executions", "executions", CELL_NUMBER }, { "cpu_s", "CPU time", CELL_SECONDS }, { "runs", "runs", CELL_NUMBER },
	  { "clean", "clean", CELL_NUMBER }, { "finding", "finding", CELL_NUMBER }, { "goal_missed", "goal missed", CELL_NUMBER },
	  { "cut", "cut", CELL_NUMBER }, { "failed", "failed", CELL_NUMBER }, { "skipped", "skipped", CELL_NUMBER } }
};

const struct query query_builds = {
	"builds", "Builds", NULL, NULL,
	"SELECT b.flavour, b.version, b.commit_id, b.model, b.compiler, b.flags, count(*), sum(j.executions), sum(j.cpu_s)"
	" FROM job j JOIN build b USING (build) WHERE j.night = :night GROUP BY b.build ORDER BY b.flavour, b.build",
	{ { "flavour", "flavour", CELL_NAME }, { "version", "version", CELL_TEXT }, { "commit", "commit", CELL_CODE },
	  { "model", "model", CELL_CODE }, { "compiler", "compiler", CELL_TEXT }, { "flags", "flags", CELL_CODE },
	  { "jobs", "jobs", CELL_NUMBER }, { "executions", "executions", CELL_NUMBER }, { "cpu_s", "CPU time", CELL_SECONDS } }
};

const struct query query_jobs = {
	"jobs", "Jobs", NULL, "No job has ended.",
	"SELECT j.job, j.state, j.status, j.why, j.job_group, j.flavour, j.provider, j.executions, j.elapsed_s, j.cpu_s,"
	" j.rss_kib, j.attempts, j.began, j.command FROM job j WHERE night = :night ORDER BY job",
	{ { "job", "job", CELL_CODE }, { "state", "state", CELL_STATE }, { "status", "status", CELL_NUMBER }, { "why", "why", CELL_TEXT },
	  { "mode", "mode", CELL_NAME }, { "flavour", "flavour", CELL_NAME }, { "provider", "provider", CELL_NAME },
	  { "executions", "executions", CELL_NUMBER }, { "elapsed_s", "time", CELL_SECONDS }, { "cpu_s", "CPU", CELL_SECONDS },
	  { "rss_kib", "MiB", CELL_MIB }, { "attempts", "attempts", CELL_NUMBER }, { "began", "began", CELL_TIME },
	  { "command", "command", CELL_COMMAND } },
	.large = true
};

const struct query query_missing = {
	"missing", "Jobs of which nothing is here", "Planned for this night, and neither done nor said why not.", NULL,
	"SELECT p.job, p.job_group, p.flavour, p.shard FROM planned p LEFT JOIN job j USING (night, job)"
	" WHERE p.night = :night AND j.job IS NULL ORDER BY p.job",
	{ { "job", "job", CELL_CODE }, { "mode", "mode", CELL_NAME }, { "flavour", "flavour", CELL_NAME },
	  { "shard", "shard", CELL_NUMBER } }
};

const struct query query_skipped = {
	"skipped", "Skipped jobs", "They cannot run on the machine of this night, which is nobody's fault.", NULL,
	"SELECT job, state, why FROM job WHERE night = :night AND state = 'skipped' ORDER BY job",
	{ { "job", "job", CELL_CODE }, { "state", "state", CELL_STATE }, { "why", "why", CELL_TEXT } }
};
