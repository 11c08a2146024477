/* SPDX-License-Identifier: GPL-2.0-only */
/* See members.h. */
#include "members.h"

#include <stdlib.h>

#include "cli/exit.h"
#include "cli/must.h"
#include "cli/results.h"

struct datarules *members_watch(struct batch *b, const struct settings *s)
{
	const struct lockdoc *doc = s->locking ? s->locking : lockdoc_builtin();
	struct datarules *d;

	if (!doc || !DATA_OBSERVED)
		return NULL;
	d = must(calloc(s->nr_providers, sizeof(*d)));
	for (unsigned p = 0; p < s->nr_providers; p++) {
		datarules_begin(&d[p], doc, s->provider[p]->name);
		for (unsigned i = 0; i < b->nr; i++)
			if (b->item[i].provider == s->provider[p])
				b->item[i].data = datarules_table(&d[p]);
	}
	return d;
}

void members_free(struct datarules *d, unsigned nr)
{
	for (unsigned i = 0; d && i < nr; i++)
		datarules_free(&d[i]);
	free(d);
}

int members_tell(const struct options *o, struct datarules *d, unsigned nr, bool whole)
{
	int status = EXIT_CLEAN;

	if (!d)
		datarules_unobserved(format_is_machine(o), stdout);
	for (unsigned i = 0; d && i < nr; i++) {
		datarules_judge(&d[i]);
		if (format_is_machine(o))
			datarules_json(&d[i], whole, stdout);
		else
			datarules_print(&d[i], whole, o->verbose, stdout);
		if (o->verbose && o->format == FORMAT_TEXT)
			datarules_print_mined(&d[i], stdout);
		status = exit_combine(status, datarules_status(&d[i], whole));
	}
	return status;
}
