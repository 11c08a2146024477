/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is told about a finding: the scenario that showed it is run once more, as explore would run it, and then made smaller,
 * as replay --minimise would do it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "cli/files.h"
#include "finding.h"
#include "fuzz/fuzz.h"
#include "minimise/shrink.h"
#include "minimise/twin.h"

/* What came of making it smaller. */
struct smaller {
	const struct fuzz_finding *f;
	struct replay_file *file;	/* of the finding as it came */
	struct session_config config;
	struct shrunk small;
	struct fuzz_report *report;
	FILE *out;
};

/* "" if it could not be written. */
static void put_file(struct smaller *s, const char *ending, char path[256], struct session *session)
{
	char *at = twin_path(s->report->replay, ending);
	int failed = session ? twin_write(s->file, session, &s->small.m, at) : text_file_write(at, s->small.scn->text);

	snprintf(path, 256, "%s", at);
	if (failed) {
		fprintf(s->out, "  cannot write %s: %s\n", at, strerror(errno));
		path[0] = 0;
	}
	free(at);
}

static void print_scenario(const char *text, FILE *out)
{
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
		fprintf(out, "    %.*s\n", (int)strcspn(line, "\n"), line);
}

/* The report of the smaller scenario, in place of that of the one that was found. */
static bool tell_smaller(struct smaller *s)
{
	struct session *session;
	struct replayed now;
	char err[512];

	s->config.scn = s->small.scn;
	session = session_open(&s->config, err);
	if (!session)
		return false;
	replay_recording(session, &s->small.m.rec, s->out, NULL, &now);
	recording_free(&now.rec);
	put_file(s, "-min-scn.replay", s->report->small_replay, session);
	put_file(s, "-min.scn", s->report->small_scenario, NULL);
	s->report->statements[0] = s->small.size[0];
	s->report->statements[1] = s->small.size[1];
	s->report->finding = s->small.m.finding;
	fprintf(s->out, "  directives: ");
	minimised_print(&s->small.m, session, s->out);
	fprintf(s->out, "\n  the scenario, from %u to %u statements:\n\n", s->small.size[0], s->small.size[1]);
	print_scenario(s->small.scn->text, s->out);
	fprintf(s->out, "\n  scenario: %s\n  replay: rmaptorture replay %s%s%s\n", s->report->small_scenario, s->report->small_replay,
		s->config.locking ? " --locking " : "", s->config.locking ? s->config.locking->path : "");
	session_close(session);
	return true;
}

/* No session may be open. */
static bool make_smaller(struct smaller *s)
{
	struct task_names names = { { NULL } };
	struct minimised m = { .executions = 0 };
	struct session *session;
	char err[512];
	bool done;

	session = session_open(&s->config, err);
	if (!session)
		return false;
	done = minimise(session, &s->file->rec, s->f->first.signature, MINIMISE_EXECUTIONS, &m);
	task_names_take(&names, session);
	session_close(session);
	done = done && !interrupted && shrink(&s->config, &m, &names, s->file->seed, &s->small) && tell_smaller(s);
	task_names_free(&names);
	minimised_free(&m);
	shrunk_free(&s->small);
	return done;
}

static bool smaller(const struct fuzz_config *config, const struct scenario *scn, const struct fuzz_finding *f,
		    struct fuzz_report *report)
{
	struct smaller s = {
		.f = f, .report = report,
		.config = { .scn = scn, .provider = config->provider, .defects = DEFECTS_OF(config),
			    .oracles = config->oracles, .locking = config->locking, .known = config->known,
			    .memory = config->memory, .access = config->access },
	};
	char err[512];
	bool done;

	s.file = replay_file_read(report->replay, err);
	if (!s.file)
		return false;
	s.out = fmemopen(report->text, sizeof(report->text) - 1, "w");
	if (!s.out)
		die("no stream for the report");
	done = make_smaller(&s);
	fclose(s.out);
	replay_file_free(s.file);
	return done;
}

void fuzz_report(const struct fuzz_config *config, const struct fuzz_finding *f, struct fuzz_report *report)
{
	struct campaign_result *r = calloc(1, sizeof(*r));
	struct scn_error err;
	struct scenario *scn = scn_parse("fuzz.scn", f->first.text, strlen(f->first.text), &err);
	struct campaign c = lane_campaign(config, scn, f->first.seed);

	if (!r || !scn)
		die("a finding has lost its scenario");
	c.artifacts = config->artifacts;
	c.minimise = MINIMISE_FOUND;
	campaign_run(&c, r);
	report->repeated = r->found && !strcmp(r->finding.signature, f->first.signature);
	report->finding = r->finding;
	snprintf(report->replay, sizeof(report->replay), "%s", r->replay);
	if (!report->repeated || config->quick || !r->replay[0] || !smaller(config, scn, f, report))
		snprintf(report->text, sizeof(report->text), "%s", r->report);
	scn_free(scn);
	free(r);
}
