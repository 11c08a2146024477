/* SPDX-License-Identifier: GPL-2.0-only */
/* See order.h. */
#include "order.h"

#include <stdlib.h>

#include "cli/exit.h"
#include "cli/must.h"

struct verdict *order_judge(const struct batch *b, const struct settings *s)
{
	const struct lockdoc *doc = s->locking ? s->locking : lockdoc_builtin();
	struct verdict *v;

	if (!doc)
		return NULL;
	v = must(calloc(s->nr_providers, sizeof(*v)));
	for (unsigned p = 0; p < s->nr_providers; p++) {
		verdict_begin(&v[p], doc, s->provider[p]->name);
		for (unsigned i = 0; i < b->nr; i++)
			if (b->item[i].provider == s->provider[p])
				verdict_add(&v[p], &b->result[i].observed, b->item[i].scn->name);
		verdict_judge(&v[p]);
	}
	return v;
}

void order_free(struct verdict *v, unsigned nr)
{
	for (unsigned i = 0; v && i < nr; i++)
		verdict_free(&v[i]);
	free(v);
}

int order_tell(const struct options *o, const struct verdict *v, unsigned nr, bool whole)
{
	int status = EXIT_CLEAN;

	for (unsigned i = 0; v && i < nr; i++) {
		if (o->format == FORMAT_JSON)
			verdict_json(&v[i], stdout);
		else
			verdict_print(&v[i], whole, stdout);
		status = exit_combine(status, verdict_status(&v[i]));
	}
	return status;
}
