/* SPDX-License-Identifier: GPL-2.0-only */
/* The last lines of a night: what it came to, and what is to be done about it. */
#include <stdio.h>

#include "cli/exit.h"
#include "cli/json.h"
#include "cli/out.h"
#include "nightly/night.h"
#include "results/results.h"

static void tell_json(const struct night *n, const struct results_summary *sum)
{
	put_json(json_pack("{s:s s:s s:s s:i s:i s:i s:i s:i s:i s:i s:i s:i s:s}", "type", "night-verdict", "night", n->name, "verdict",
			   results_verdict_text[sum->verdict], "status", sum->status, "jobs", (int)sum->jobs, "done", (int)sum->done,
			   "skipped",
			   (int)sum->skipped, "unfinished", (int)sum->unfinished, "undecided", (int)sum->undecided, "unreached",
			   (int)sum->unreached, "findings",
			   (int)sum->findings, "known", (int)sum->known, "db", n->db), stdout);
}

static void tell_number(unsigned n, const char *one, const char *many)
{
	if (n)
		printf(", %u %s", n, n == 1 ? one : many);
}

static void tell_goal(void *arg, const struct results_goal *g)
{
	(void)arg;
	printf("%s, %s: the goal %s was reached in no job\n", g->scenario, g->provider, g->goal);
}

void tell_verdict(const struct night *n, sqlite3 *db, const struct results_summary *sum)
{
	char error[USAGE_TEXT];
	enum tint tint = sum->status == EXIT_CLEAN ? TINT_GOOD : sum->status == EXIT_FINDINGS ? TINT_BAD : TINT_WARN;

	if (n->options->format != FORMAT_TEXT) {
		tell_json(n, sum);
		return;
	}
	printf("\nnight %s, seed %lu: %s%s%s: %u of %u jobs done", n->name, n->seed, out_tint(stdout, tint),
	       results_verdict_text[sum->verdict], out_tint(stdout, TINT_PLAIN), sum->done, sum->jobs);
	tell_number(sum->skipped, "could not run here", "could not run here");
	tell_number(sum->undecided, "without a verdict", "without a verdict");
	tell_number(sum->unreached, "goal not reached", "goals not reached");
	tell_number(sum->findings, "finding", "findings");
	tell_number(sum->known, "known one", "known ones");
	putchar('\n');
	if (n->shards == 1 && !results_unreached(db, n->name, tell_goal, NULL, error))
		fprintf(stderr, "rmaptorture: %s\n", error);
	if (sum->unfinished && n->shards == 1)
		printf("not all jobs came to their end: the same command with --night %s goes on\n", n->name);
	printf("report: rmaptorture report --db %s --html DIR\n", n->db);
}
