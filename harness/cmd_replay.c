/* SPDX-License-Identifier: GPL-2.0-only */
/* rmaptorture replay: the execution of a replay file, again, step by step the same. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/exit.h"
#include "cli/out.h"
#include "defects.h"
#include "finding.h"
#include "minimise/twin.h"
#include "settings.h"

struct replay {
	const char *path;
	struct replay_file *file;
	struct scenario *scn;
	struct session_config config;
	struct lockdoc *locking;	/* from --locking, or NULL */
};

static int open_replay(const char *path, struct replay *r, char err[ERR_LEN])
{
	struct scn_error se;

	r->path = path;
	r->file = replay_file_read(path, err);
	if (!r->file)
		return -1;
	r->scn = scn_parse(path, r->file->scenario_text, strlen(r->file->scenario_text), &se);
	if (!r->scn) {
		snprintf(err, ERR_LEN, "%s: the scenario in it: %s", path, se.text);
		return -1;
	}
	r->config = (struct session_config){ .scn = r->scn, .provider = rmap_find(r->file->provider), .oracles = ~0u };
	if (!r->config.provider) {
		snprintf(err, ERR_LEN, "%s: expected the name of a provider, found '%s'", path, r->file->provider);
		return -1;
	}
	for (unsigned i = 0; i < r->file->nr_defects; i++) {
		int id = defect_find(r->file->defect[i]);

		if (id < 0) {
			snprintf(err, ERR_LEN, "%s: expected the name of a defect, found '%s'", path, r->file->defect[i]);
			return -1;
		}
		r->config.defects[id / 64] |= 1ul << (id % 64);
	}
	return 0;
}

/* A finding against another document than the built-in one needs that document again. */
static int take_locking(const struct options *o, struct replay *r, char err[ERR_LEN])
{
	if (!o->locking)
		return 0;
	r->config.locking = r->locking = lockdoc_load(o->locking, err);
	return r->locking ? 0 : -1;
}

static void tell(const struct options *o, const struct replay *r, const struct replayed *now)
{
	bool same_finding = now->out.found && !strcmp(now->out.finding.signature, r->file->signature);

	if (o->format == FORMAT_JSON) {
		json_t *j = json_pack("{s:s s:s s:s s:s s:I s:b s:b s:i}", "type", "replay", "scenario", r->scn->name, "provider",
				      r->config.provider->name, "signature",
				      now->out.found ? now->out.finding.signature : "", "steps", (json_int_t)now->rec.steps,
				      "same_steps", now->same, "same_finding", same_finding, "findings", now->out.found);

		json_dumpf(j, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(j);
		return;
	}
	printf("\n%s: %lu steps, hash %016lx: %s\n", r->scn->name, now->rec.steps, now->rec.hash,
	       now->same ? "the same steps" : now->why);
	printf("finding: %s\n", same_finding ? "the same" : now->out.found ? now->out.finding.signature : "none");
}

/* ---- --minimise ---- */

static void write_twin(const struct replay *r, const struct session *s, const struct minimised *m, const char *ending)
{
	char *path = twin_path(r->path, ending);

	if (twin_write(r->file, s, m, path))
		fprintf(stderr, "rmaptorture: cannot write %s: %s\n", path, strerror(errno));
	else
		printf("replay: rmaptorture replay %s\n", path);
	free(path);
}

static void tell_minimised(const struct session *s, const struct minimised *m)
{
	printf("directives: ");
	minimised_print(m, s, stdout);
	printf("\nminimised from %lu to %lu preemptions, from %lu to %lu steps, %lu executions\n", m->preemptions[0],
	       m->preemptions[1], m->steps[0], m->steps[1], m->executions);
}

/* The report of the execution as it came is not shown: whoever asks for less wants to see less. */
static int replay_minimised(const struct options *o, const struct replay *r, struct session *s)
{
	struct minimised m;
	struct replayed now;
	int status = EXIT_FINDINGS;

	catch_interrupts();
	if (minimise(s, &r->file->rec, r->file->signature, MINIMISE_EXECUTIONS, &m)) {
		replay_recording(s, &m.rec, stdout, &now);
		tell_minimised(s, &m);
		write_twin(r, s, &m, "-min.replay");
		recording_free(&now.rec);
	} else {
		printf("not repeated: %s\n", r->file->signature);
		status = EXIT_INCONCLUSIVE;
	}
	minimised_free(&m);
	(void)o;
	return status;
}

int cmd_replay(const struct options *o)
{
	struct replay r = { .file = NULL };
	struct replayed now;
	struct session *s;
	char err[ERR_LEN];
	bool same_model;
	int status;

	if (open_replay(o->operands.item[0], &r, err) || take_locking(o, &r, err))
		return input_error("%s", err);
	s = session_open(&r.config, err);
	if (!s)
		return input_error("%s", err);
	same_model = session_hash(s) == r.file->model;
	if (o->minimise)
		printf("%d\n", replay_minimised(o, &r, s));
	replay_recording(s, &r.file->rec, o->format == FORMAT_TEXT ? stdout : NULL, &now);
	tell(o, &r, &now);
	if (!same_model)
		fprintf(stderr, "rmaptorture: the file was made with another version of the model, or edited\n");
	status = !now.same ? EXIT_INCONCLUSIVE : now.out.found ? EXIT_FINDINGS : EXIT_CLEAN;
	session_close(s);
	recording_free(&now.rec);
	scn_free(r.scn);
	replay_file_free(r.file);
	lockdoc_free(r.locking);
	return status;
}
