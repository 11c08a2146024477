/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `rmaptorture merge`: databases, and the directories of nights, joined into one database; then what is there of each night of them.
 *
 * Each input is joined in a transaction of its own, so an input that cannot be read costs nothing but itself: the others are joined all
 * the same, and the exit status says that one was bad.
 */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/exit.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cli/results.h"
#include "cli/usage.h"
#include "results/results.h"

struct merge {
	const struct options *options;
	sqlite3 *db;			/* NULL until there is something to join */
	const char *night;
	int status;
	char error[USAGE_TEXT];
};

static void refuse(struct merge *m)
{
	m->status = exit_combine(m->status, input_error("%s", m->error));
}

/* False: there is no database to join into. */
static bool take(struct merge *m, const char *input)
{
	if (!results_input(input, m->error)) {
		refuse(m);
		return true;
	}
	if (!m->db)
		m->db = results_open(m->options->db, RESULTS_WRITE, m->error);
	if (!m->db) {
		refuse(m);
		return false;
	}
	if (!results_take(m->db, input, m->error))
		refuse(m);
	return true;
}

static void tell_lack_json(const struct merge *m, const struct results_lack *l)
{
	json_t *o = json_pack("{s:s s:s s:i s:s? s:s s:s}", "type", "missing", "night", m->night, "shard", (int)l->shard, "job", l->job,
			      "state", l->state, "why", l->why);

	if (!l->job)
		json_object_set_new(o, "jobs", json_integer(l->jobs));
	put_json(o, stdout);
}

static void tell_lack(void *arg, const struct results_lack *l)
{
	const struct merge *m = arg;
	const char *tint = out_tint(stdout, strcmp(l->state, "skipped") ? TINT_WARN : TINT_DIM);

	if (format_is_machine(m->options))
		tell_lack_json(m, l);
	else if (!l->job)
		printf("  %sshard %u is missing: %u jobs%s\n", tint, l->shard, l->jobs, out_tint(stdout, TINT_PLAIN));
	else
		printf("  %sjob %s of shard %u: %s%s%s%s\n", tint, l->job, l->shard, l->state, *l->why ? ": " : "", l->why,
		       out_tint(stdout, TINT_PLAIN));
}

static void tell_night_json(const struct merge *m, const struct results_summary *s)
{
	put_json(json_pack("{s:s s:s s:i s:i s:i s:i s:i s:i s:i s:i s:i s:i s:i s:i s:s s:i}", "type", "merged-night", "night", m->night,
			   "shards", s->shards, "shards_there", s->shards_there, "jobs", s->jobs, "done", s->done, "skipped", s->skipped,
			   "unfinished", s->unfinished, "undecided", s->undecided, "unreached", s->unreached, "findings", s->findings,
			   "expired", s->expired, "known", s->known, "unexplained", s->unexplained, "verdict",
			   results_verdict_text[s->verdict], "status",
			   s->status), stdout);
}

static void tell_night_line(const struct merge *m, const struct results_summary *s)
{
	static const enum tint tints[NR_NIGHT_VERDICTS] = {
		[NIGHT_CLEAN] = TINT_GOOD, [NIGHT_KNOWN] = TINT_GOOD, [NIGHT_FINDINGS] = TINT_BAD, [NIGHT_INCONCLUSIVE] = TINT_WARN,
	};

	printf("night %s: %u of %u shards, %u of %u jobs done", m->night, s->shards_there, s->shards, s->done, s->jobs);
	if (s->skipped)
		printf(", %u skipped", s->skipped);
	if (s->undecided)
		printf(", %u inconclusive", s->undecided);
	if (s->unreached)
		printf(", %u goals not reached", s->unreached);
	printf(", %u finding%s", s->findings, s->findings == 1 ? "" : "s");
	if (s->expired)
		printf(" (%u known until before it)", s->expired);
	if (s->known)
		printf(", %u known", s->known);
	if (s->unexplained)
		printf(", %u job%s with exit status 1 and no finding", s->unexplained, s->unexplained == 1 ? "" : "s");
	printf(": %s%s%s\n", out_tint(stdout, tints[s->verdict]), results_verdict_text[s->verdict], out_tint(stdout, TINT_PLAIN));
}

static void tell_night(struct merge *m, const char *night)
{
	struct results_summary s;

	m->night = night;
	if (!results_verdict(m->db, night, &s, m->error)) {
		refuse(m);
		return;
	}
	m->status = exit_combine(m->status, s.status);
	(format_is_machine(m->options) ? tell_night_json : tell_night_line)(m, &s);
	if (!results_missing(m->db, night, tell_lack, m, m->error))
		refuse(m);
}

/* Only what was joined now: what an older night lacks was told when it was joined. */
static void tell(struct merge *m)
{
	sqlite3_stmt *q;

	if (sqlite3_prepare_v2(m->db, "SELECT night FROM night JOIN joined USING (night) ORDER BY began, night", -1, &q, NULL) != SQLITE_OK)
		return;		/* nothing was joined */
	while (sqlite3_step(q) == SQLITE_ROW)
		tell_night(m, (const char *)sqlite3_column_text(q, 0));
	sqlite3_finalize(q);
}

int cmd_merge(const struct options *o)
{
	struct merge m = { .options = o };

	if (!o->db)
		return usage_error("merge --help", "merge: expected --db FILE, the database to join into");
	for (unsigned int i = 0; i < o->operands.nr; i++)
		if (!take(&m, o->operands.item[i]))
			break;
	if (m.db)
		tell(&m);
	sqlite3_close(m.db);
	return out_finish(m.status);
}
