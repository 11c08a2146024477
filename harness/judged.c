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

void judged_add(struct judged *j, const struct finding *f, u64 execution)
{
	struct judged_report *r = place(j, f->signature);

	if (!r || (r->executions && r->last == execution))
		return;
	if (!r->executions) {
		r->finding = *f;
		r->first = execution;
	}
	r->executions++;
	r->last = execution;
}

void judged_merge(struct judged *j, const struct judged *from)
{
	j->lost += from->lost;
	for (u32 i = 0; i < from->nr; i++) {
		const struct judged_report *f = &from->report[i];
		struct judged_report *r = place(j, f->finding.signature);

		if (r && !r->executions)
			*r = *f;
		else if (r)
			r->executions += f->executions;
	}
}
