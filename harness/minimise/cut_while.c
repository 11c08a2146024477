/* SPDX-License-Identifier: GPL-2.0-only */
/* See cut_while.h. */
#include "minimise/cut_while.h"

#include "campaign.h"
#include "minimise/cut.h"

#define PASSES 8

struct cutting {
	struct scenario **scn;		/* the best so far */
	bool (*same)(void *arg, const struct scenario *candidate);
	void *arg;
};

/* Takes the candidate over, which may be NULL. */
static bool accept(const struct cutting *k, struct scenario *candidate)
{
	if (!candidate)
		return false;
	if (!k->same(k->arg, candidate)) {
		scn_free(candidate);
		return false;
	}
	scn_free(*k->scn);
	*k->scn = candidate;
	return true;
}

static bool try_cut(const struct cutting *k, const struct cut *cut, unsigned body, unsigned at)
{
	struct scenario *scn = interrupted ? NULL : cut_reparsed(*k->scn), *cutted = NULL;

	if (scn && cut->apply(scn, body, at))
		cutted = cut_reparsed(scn);
	scn_free(scn);
	return accept(k, cutted);
}

/* From the end: what comes after what matters goes at once. */
static bool try_everywhere(const struct cutting *k, const struct cut *cut)
{
	bool any = false;

	for (unsigned body = cut->statements ? cut_bodies(*k->scn) : 1; body-- > 0;) {
		unsigned at = cut->statements ? cut_statements(*k->scn, body) : SCN_MAX_OUTCOMES;

		while (at-- > 0)
			any |= try_cut(k, cut, body, at);
	}
	return any;
}

void cut_while(struct scenario **scn, bool (*same)(void *arg, const struct scenario *candidate), void *arg)
{
	const struct cutting k = { scn, same, arg };
	bool any = true;

	for (unsigned pass = 0; pass < PASSES && any; pass++) {
		any = false;
		for (const struct cut *cut = cuts; cut->name; cut++)
			any |= try_everywhere(&k, cut);
	}
}
