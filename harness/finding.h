/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling a finding: what broke, who holds and waits for what, the last part of the interleaving, how to see it again. */
#ifndef HARNESS_FINDING_H
#define HARNESS_FINDING_H

#include "campaign.h"
#include "explore/replay_file.h"
#include "minimise/directive.h"

struct tracer;

/*
 * Minimise the execution if the campaign says so, and execute it again, with a trace. Fills r->report; if it repeats and the campaign
 * has a directory for it, writes the replay file and fills r->replay. Says so in the report if it does not repeat: then the model is
 * not deterministic, which is a defect of the harness.
 */
void finding_report(struct session *s, const struct campaign *c, const struct recording *rec, struct campaign_result *r);

/* If it is the validator's: all that it knows. The machine must be as the execution left it. */
void finding_print_splat(const struct finding *f, FILE *out);

/* Each task of the machine: where it is, what it holds. */
void finding_print_tasks(FILE *out);

/* What a replay found. */
struct replayed {
	struct outcome out;
	struct recording rec;
	bool same;			/* to the last step */
	char why[200];			/* if not: how it differs */
};

/*
 * Execute as the directives say, as far as they make sense; what becomes of each is in fate, which directive_fates() made. It is
 * the same if it has the steps and the hash of wanted. The tracer, NULL for none, is told all steps and the end.
 */
void replay_directives(struct session *s, const struct directives *d, struct directive_fate *fate, const struct recording *wanted,
		       FILE *out, struct tracer *tracer, struct replayed *result);

/* Execute a recording again; the report of what is found then goes to out (may be NULL). tracer: as above. */
void replay_recording(struct session *s, const struct recording *wanted, FILE *out, struct tracer *tracer,
		      struct replayed *result);

#endif
