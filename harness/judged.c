/* SPDX-License-Identifier: GPL-2.0-only */
/* See judged.h. */
#include "judged.h"

#include <string.h>

const struct judged_report *judged_find(const struct judged *j, const char *signature)
{
	for (u32 i = 0; i < j->nr; i++)
		if (!strcmp(j->report[i].finding.signature, signature))
			return &j->report[i];
	return NULL;
}

/* A place of its own, or NULL. */
static struct judged_report *place(struct judged *j, const char *signature)
{
	const struct judged_report *known = judged_find(j, signature);

	if (known)
		return &j->report[known - j->report];
	if (j->nr == MAX_JUDGED) {
		j->lost++;
		return NULL;
	}
	return &j->report[j->nr++];
}

/*
 * What is said of a place once as following from another report, and once by itself, is still one trouble. What is said by itself of
 * another place is another one.
 */
static void reconcile(struct judged_report *r, const struct finding *f, u64 execution)
{
	bool here = !strcmp(r->finding.site, f->site);

	if (here && !*r->finding.follows) {
		memcpy(r->finding.follows, f->follows, sizeof(f->follows));
	} else if (!here && *r->finding.follows && !*f->follows) {
		r->finding = *f;
		r->first = execution;
	}
}

void judged_add(struct judged *j, const struct finding *f, u64 execution)
{
	struct judged_report *r = place(j, f->signature);

	if (!r)
		return;
	if (!r->executions) {
		r->finding = *f;
		r->first = execution;
	}
	reconcile(r, f, execution);
	if (r->executions && r->last == execution)
		return;
	r->executions++;
	r->last = execution;
}

void judged_merge(struct judged *j, const struct judged *from)
{
	j->lost += from->lost;
	for (u32 i = 0; i < from->nr; i++) {
		const struct judged_report *f = &from->report[i];
		struct judged_report *r = place(j, f->finding.signature);

		if (!r)
			continue;
		if (!r->executions) {
			*r = *f;
			continue;
		}
		reconcile(r, &f->finding, f->first);
		r->executions += f->executions;
	}
}
