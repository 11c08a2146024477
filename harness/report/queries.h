/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables that the report consists of, in text, JSON and pages alike. Constant. */
#ifndef HARNESS_REPORT_QUERIES_H
#define HARNESS_REPORT_QUERIES_H

#include "report/table.h"

extern const struct query
	query_findings,			/* what nobody knew of, or no longer */
	query_failures,			/* of the harness */
	query_inconclusive,
	query_known,
	query_gone,			/* found in nights before */
	query_modes,
	query_skipped,
	query_builds,
	query_jobs,
	query_missing,			/* planned jobs that nothing is there of */
	query_defects, query_hunt_totals,
	query_coverage, query_coverage_nights,
	query_rules, query_rule_totals,
	query_arcs, query_arc_totals,
	query_bench;

#endif
