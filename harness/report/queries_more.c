/* SPDX-License-Identifier: GPL-2.0-only */
/* What the modes of a night measure: hunts, coverage, arcs, data rules, benches; with what became of it over nights. */
#include "report/queries.h"

/*
 * Joins the column trend: an expression over the rows of each recent night that have the same keys, "" where there are none. What was
 * put together until the last night is all of it.
 */
#define TREND(keys, expression, table) \
	" LEFT JOIN (SELECT * FROM (SELECT " keys ", nr, group_concat(coalesce(v, '')) OVER (PARTITION BY " keys " ORDER BY nr)" \
	"  AS trend" \
	" FROM (SELECT DISTINCT " keys " FROM " table " WHERE night = :night) JOIN recent" \
	" LEFT JOIN (SELECT night, " keys ", " expression " AS v FROM " table " WHERE night IN (SELECT night FROM recent)" \
	"  GROUP BY night, " keys ") USING (night, " keys ")) WHERE nr = (SELECT max(nr) FROM recent)) USING (" keys ")"

/* jobs of a tier put it into the record; a record that is not JSON has none. */
#define FIELD(name) "CASE WHEN json_valid(h.text) THEN json_extract(h.text, '$." name "') END"

const struct query query_hunt_totals = {
	"hunts", "Hunts", "Hunts switch one defect on and look for it with one seed after another.", NULL,
	"SELECT provider, how, count(*), sum(found > 0), sum(seeds), sum(found), 1.0 * sum(found) / sum(seeds) FROM hunt"
	" WHERE night = :night GROUP BY provider, how ORDER BY provider, how",
	{ { "provider", "provider", CELL_NAME }, { "how", "how", CELL_NAME }, { "defects", "defects", CELL_NUMBER },
	  { "defects_found", "found", CELL_NUMBER }, { "seeds", "hunts", CELL_NUMBER }, { "found", "successes", CELL_NUMBER },
	  { "share", "share", CELL_PERCENT } }
};

const struct query query_defects = {
	"defects", "Defects", "How soon each defect was found, in executions; a trend is that of the median.", "No hunt was"
	" in this night.",
	"SELECT h.defect, CASE WHEN h.found = h.seeds THEN 'found' WHEN h.found THEN 'partly' ELSE 'missed' END, "
	FIELD("tier") ", " FIELD("class") ", h.provider, h.how, h.found, h.seeds, h.median_executions, h.p95_executions,"
	" h.worst_executions, trend, h.scenario, h.signature"
	" FROM hunt h" TREND("defect, provider, how", "avg(median_executions)", "hunt") " WHERE h.night = :night"
	" ORDER BY h.defect, h.provider, h.how, h.job",
	{ { "defect", "defect", CELL_CODE }, { "state", "state", CELL_STATE }, { "tier", "tier", CELL_NUMBER },
	  { "class", "class", CELL_NAME }, { "provider", "provider", CELL_NAME }, { "how", "how", CELL_NAME },
	  { "found", "found", CELL_NUMBER }, { "seeds", "seeds", CELL_NUMBER }, { "median_executions", "median", CELL_NUMBER },
	  { "p95_executions", "p95", CELL_NUMBER }, { "worst_executions", "worst", CELL_NUMBER }, { "trend", "trend", CELL_TREND },
	  { "scenario", "scenario", CELL_NAME }, { "signature", "as", CELL_CODE } },
	.large = true
};

const struct query query_coverage_nights = {
	"nights", "Night by night", "Sums over all scenarios, providers and modes; the last 60 nights.", NULL,
	"SELECT p.night, sum(c.traces), sum(c.racing_pairs), sum(c.racing_both_orders),"
	" 1.0 * sum(c.racing_both_orders) / sum(c.racing_pairs), count(DISTINCT c.scenario) FROM past p LEFT JOIN coverage c"
	" USING (night) GROUP BY p.night ORDER BY p.nr DESC LIMIT 60",
	{ { "night", "night", CELL_NAME }, { "traces", "traces", CELL_NUMBER }, { "racing_pairs", "racing pairs", CELL_NUMBER },
	  { "racing_both_orders", "in both orders", CELL_NUMBER }, { "share", "share", CELL_PERCENT },
	  { "scenarios", "scenarios", CELL_NUMBER } }
};

/* How many words a JSON array has; 0 if it is none. */
#define LENGTH(column) "CASE WHEN json_valid(" column ") THEN coalesce(json_array_length(" column "), 0) ELSE 0 END"

const struct query query_coverage = {
	"coverage", "By scenario", "Unseen is an estimate: how likely the next execution is one that was not there before"
	" (Good and Turing)."
	" Of two racing accesses one order may never have come first.", "No job of this night measured coverage.",
	"SELECT c.scenario, c.provider, c.mode, c.traces, c.unseen, c.racing_pairs, c.racing_both_orders,"
	" CASE WHEN c.racing_pairs THEN 1.0 * c.racing_both_orders / c.racing_pairs END, c.lock_edges, "
	LENGTH("c.goals_reached") ", " LENGTH("c.goals") ", trend"
	" FROM coverage c" TREND("scenario, provider, mode", "sum(traces)", "coverage")
	" WHERE c.night = :night ORDER BY c.scenario, c.provider, c.mode, c.job",
	{ { "scenario", "scenario", CELL_NAME }, { "provider", "provider", CELL_NAME }, { "mode", "mode", CELL_NAME },
	  { "traces", "traces", CELL_NUMBER }, { "unseen", "unseen", CELL_PERCENT }, { "racing_pairs", "racing pairs", CELL_NUMBER },
	  { "racing_both_orders", "in both orders", CELL_NUMBER }, { "share", "share", CELL_PERCENT },
	  { "lock_edges", "lock edges", CELL_NUMBER }, { "goals_reached", "goals reached", CELL_NUMBER },
	  { "goals", "of", CELL_NUMBER }, { "trend", "traces", CELL_TREND } },
	.large = true
};

const struct query query_rule_totals = {
	"grades", "Data rules by provider", NULL, NULL,
	"SELECT provider, count(*), sum(grade = 'FULL'), sum(grade = 'ACCEPTED'), sum(grade = 'BELOW'), sum(grade = 'NOTFOUND'),"
	" sum(grade = 'UNSEEN'), sum(accesses) FROM rule WHERE night = :night GROUP BY provider ORDER BY provider",
	{ { "provider", "provider", CELL_NAME }, { "rules", "rules", CELL_NUMBER }, { "full", "full", CELL_NUMBER },
	  { "accepted", "accepted", CELL_NUMBER }, { "below", "below", CELL_NUMBER }, { "notfound", "not found", CELL_NUMBER },
	  { "unseen", "unseen", CELL_NUMBER }, { "accesses", "accesses", CELL_NUMBER } }
};

const struct query query_rules = {
	"rules", "Data rules", "Which lock guards which member, as LOCKING.md says, held against each access.",
	"No job of this night looked at data rules (flavour access, --members).",
	"SELECT member, mode, rule, grade, provider, accesses, CASE WHEN accesses THEN support_percent / 100.0 END, line, trend"
	" FROM rule u" TREND("provider, member, mode, rule", "max(support_percent)", "rule") " WHERE night = :night"
	" ORDER BY grade IN ('FULL', 'UNSEEN'), grade = 'UNSEEN', member, mode, rule, provider, job",
	{ { "member", "member", CELL_CODE }, { "mode", "to", CELL_NAME }, { "rule", "rule", CELL_CODE }, { "grade", "grade", CELL_STATE },
	  { "provider", "provider", CELL_NAME }, { "accesses", "accesses", CELL_NUMBER }, { "support", "support", CELL_PERCENT },
	  { "line", "line", CELL_NUMBER }, { "trend", "trend", CELL_TREND } },
	.large = true
};

#define ARC_FIELD(name) "CASE WHEN json_valid(a.text) THEN json_extract(a.text, '$." name "') END"

/* An arc of several jobs is told once, by the one that saw most of it. */
#define ARCS "(SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY provider, id ORDER BY executions DESC, job) AS place" \
	" FROM arc WHERE night = :night) WHERE place = 1)"

const struct query query_arc_totals = {
	"providers", "Lock order by provider", NULL, NULL,
	"SELECT provider, count(*), sum(verdict IN ('OK', 'TRY', 'CTX')), sum(verdict = 'OK-SKIP'), sum(verdict = 'WAIVED'),"
	" sum(verdict = 'NEVER'), sum(verdict = 'STALE'), sum(verdict IN ('UNDOC', 'TRY-UNDOC')),"
	" sum(verdict IN ('CONTRA', 'NEVERTOG', 'REVERSED')) FROM " ARCS " GROUP BY provider ORDER BY provider",
	{ { "provider", "provider", CELL_NAME }, { "lines", "verdicts", CELL_NUMBER }, { "observed", "observed", CELL_NUMBER },
	  { "transitive", "by others", CELL_NUMBER }, { "waived", "waived", CELL_NUMBER }, { "never", "never", CELL_NUMBER },
	  { "stale", "stale waiver", CELL_NUMBER }, { "undocumented", "undocumented", CELL_NUMBER },
	  { "contradicted", "contradicted", CELL_NUMBER } }
};

const struct query query_arcs = {
	"arcs", "Arcs", "A pair of locks: the second is taken, or tried, while the first is held. What is not as documented"
	" comes first.",
	"No job of this night judged the lock order.",
	"SELECT a.provider, coalesce(" ARC_FIELD("before") ", a.id), " ARC_FIELD("after") ", " ARC_FIELD("mode") ", "
	ARC_FIELD("ctx")
	", a.verdict,"
	" coalesce(" ARC_FIELD("waiver") ", " ARC_FIELD("why") ", " ARC_FIELD("text") ", ''), a.executions, "
	ARC_FIELD("first.scenario") ", " ARC_FIELD("first.held") ", " ARC_FIELD("first.acquired") ", "
	ARC_FIELD("doc.line")
	" FROM " ARCS " a ORDER BY a.verdict IN ('OK', 'TRY', 'CTX', 'PIN-OK', 'OK-SKIP', 'WAIVED'),"
	" a.verdict IN ('OK', 'TRY', 'CTX', 'PIN-OK'), a.provider, 2, 3, a.id",
	{ { "provider", "provider", CELL_NAME }, { "before", "held", CELL_CODE }, { "after", "taken", CELL_CODE },
	  { "mode", "by", CELL_NAME }, { "ctx", "context", CELL_NAME }, { "verdict", "verdict", CELL_STATE }, { "why", "why", CELL_ASIDE },
	  { "executions", "executions", CELL_NUMBER }, { "scenario", "first in", CELL_NAME }, { "held_at", "held at", CELL_CODE },
	  { "acquired_at", "taken at", CELL_CODE }, { "line", "line", CELL_NUMBER } },
	.large = true
};

const struct query query_bench = {
	"bench", "Speed", "Ratios to a yardstick on the same machine: lower is faster. Low and high are the least and the most"
	" that was measured.", NULL,
	"SELECT b.figure, b.flavour, b.unit, b.ratio, b.low, b.high, (SELECT t.ratio FROM bench t JOIN past p USING (night)"
	" WHERE p.nr = (SELECT max(nr) - 1 FROM past) AND t.figure = b.figure AND t.flavour = b.flavour"
	"  ORDER BY t.job LIMIT 1), trend"
	" FROM bench b" TREND("figure, flavour", "avg(ratio)", "bench") " WHERE b.night = :night "
	" ORDER BY b.figure, b.flavour, b.job",
	{ { "figure", "figure", CELL_NAME }, { "flavour", "flavour", CELL_NAME }, { "unit", "per", CELL_NAME },
	  { "ratio", "ratio", CELL_NUMBER }, { "low", "low", CELL_NUMBER }, { "high", "high", CELL_NUMBER },
	  { "before", "night before", CELL_NUMBER }, { "trend", "trend", CELL_TREND } }
};
