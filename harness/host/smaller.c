/* SPDX-License-Identifier: GPL-2.0-only */
/* A smaller sequence that differs in the same way: see conform.h. Statements are taken away as long as it does. */
#include "host/conform.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "fuzz/draft.h"
#include "minimise/cut.h"
#include "minimise/cut_while.h"

struct smaller {
	struct host *h;
	const struct conform_config *config;
	struct scenario *scn;		/* the best so far */
	struct difference d;		/* of it */
};

static bool same(void *arg, const struct scenario *candidate)
{
	struct conform_counts counts = { .sequences = 0 };
	struct smaller *k = arg;
	struct difference d;

	if (conform(k->h, k->config, candidate, &counts, &d) != CONFORM_DIFFERS || strcmp(d.key, k->d.key))
		return false;
	k->d = d;
	return true;
}

/* Takes the candidate over. */
static bool accept(struct smaller *k, struct scenario *candidate)
{
	if (!candidate)
		return false;
	if (!same(k, candidate)) {
		scn_free(candidate);
		return false;
	}
	scn_free(k->scn);
	k->scn = candidate;
	return true;
}

/* ---- saying what the kernel does ---- */

static struct scn_stmt *stmt_in_line(struct scenario *scn, int line)
{
	for (unsigned body = 0; body < draft_bodies(scn); body++) {
		struct scn_body *b = draft_body(scn, body);

		for (unsigned i = 0; i < b->nr; i++)
			if (draft_is_op(&b->stmt[i]) && b->stmt[i].line == line)
				return &b->stmt[i];
	}
	return NULL;
}

static char *copy_of(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		die("no memory for a scenario");
	return copy;
}

/* "x1 = P1: read a1[0]" and the row that allows only what the kernel said. NULL where the language cannot say it. */
static struct scenario *with_outcome(const struct smaller *k)
{
	struct scenario *scn = cut_reparsed(k->scn), *said;
	struct scn_outcome *row = &scn->outcome[0];
	struct scn_stmt *s = stmt_in_line(scn, k->d.line);
	struct utsname u;
	char about[200];

	if (!s || scn_ops[s->op].binding != SCN_GIVES || !(scn_ops[s->op].gives >> k->d.host.result & 1)) {
		scn_free(scn);
		return NULL;
	}
	if (s->bind < 0)
		s->bind = (int16_t)draft_fresh(scn, SCN_VALUE);
	uname(&u);
	snprintf(about, sizeof(about), "what Linux %s does", u.release);
	*row = (struct scn_outcome){ .grade = SCN_ACCEPTABLE, .nr = 1, .about = copy_of(about) };
	row->condition[0] = (struct scn_condition){ s->bind, k->d.host };
	scn->nr_outcomes = 1;
	said = cut_reparsed(scn);
	scn_free(scn);
	return said;
}

/* Without goals, and with a name of its own. */
static struct scenario *to_begin_with(const struct scenario *scn)
{
	struct scenario *copy = cut_reparsed(scn), *named = NULL;
	char name[80];

	if (!copy)
		return NULL;
	snprintf(name, sizeof(name), "%.60s-host", scn->name);
	free(copy->name);
	free(copy->about);
	copy->name = copy_of(name);
	copy->about = copy_of("the model and the running kernel differ");
	cut_goals(copy);
	named = cut_reparsed(copy);
	scn_free(copy);
	return named;
}

struct scenario *conform_smaller(struct host *h, const struct conform_config *config, const struct scenario *scn,
				 struct difference *d)
{
	struct smaller k = { .h = h, .config = config, .d = *d };

	if (!accept(&k, to_begin_with(scn)))
		return NULL;
	cut_while(&k.scn, same, &k);
	accept(&k, with_outcome(&k));
	*d = k.d;
	return k.scn;
}
