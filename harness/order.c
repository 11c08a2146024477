/* SPDX-License-Identifier: GPL-2.0-only */
/* See order.h. */
#include "order.h"

#include <stdlib.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/must.h"
#include "cli/results.h"
#include "members.h"

struct verdict *order_judge(const struct batch *b, const struct settings *s)
{
	const struct lockdoc *doc = s->locking ? s->locking : lockdoc_builtin();
	struct verdict *v;

	if (!doc)
		return NULL;
	v = must(calloc(s->nr_providers + 1, sizeof(*v)));
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
		if (format_is_machine(o))
			verdict_json(&v[i], stdout);
		else
			verdict_print(&v[i], whole, stdout);
		status = exit_combine(status, verdict_status(&v[i]));
	}
	return status;
}

/* ---- the runs ---- */

bool order_observe(const struct options *o, const struct lockdoc *doc, struct order_runs *r, char err[ERR_LEN])
{
	const struct options all = { .command = CMD_RUN };

	memset(r, 0, sizeof(*r));
	if (settings_from_options(o, &r->settings, err) || scenarios_from_options(&all, &r->list, err))
		return false;
	if (doc)
		r->settings.locking = doc;
	batch_init(&r->batch, o, &r->list, &r->settings);
	r->batch.quiet = true;
	for (unsigned i = 0; i < r->batch.nr; i++)
		r->batch.item[i].judge = true;
	r->data = members_watch(&r->batch, &r->settings);
	batch_run(&r->batch);
	for (unsigned i = 0; r->data && i < r->settings.nr_providers; i++)
		datarules_judge(&r->data[i]);
	r->verdict = order_judge(&r->batch, &r->settings);
	if (!r->verdict)
		snprintf(err, ERR_LEN, "expected a LOCKING.md or --locking FILE, found neither");
	return r->verdict;
}

void order_runs_free(struct order_runs *r)
{
	order_free(r->verdict, r->settings.nr_providers);
	members_free(r->data, r->settings.nr_providers);
	if (r->batch.result)
		batch_free(&r->batch);
	if (r->list.item)
		scenario_list_free(&r->list);
}

/* See judged.c: what was said at one place in two ways is one trouble, what was said by itself at another place is another one. */
static bool takes_place_of(const struct finding *f, const struct finding *old)
{
	bool here = !strcmp(f->site, old->site);

	return here ? *f->follows && !*old->follows : !*f->follows && *old->follows;
}

static void add_report(struct order_report **list, unsigned *nr, const struct campaign *c, const struct judged_report *report)
{
	for (unsigned i = 0; i < *nr; i++) {
		struct order_report *r = &(*list)[i];

		if (strcmp(r->report->finding.signature, report->finding.signature))
			continue;
		r->executions += report->executions;
		if (takes_place_of(&report->finding, &r->report->finding)) {
			r->campaign = c;
			r->report = report;
		}
		return;
	}
	*list = must(reallocarray(*list, *nr + 1, sizeof(**list)));
	(*list)[(*nr)++] = (struct order_report){ c, report, report->executions, NULL };
}

/* Index of the one that it follows, or nr. */
static unsigned next_of(const struct order_report *list, unsigned nr, unsigned i)
{
	const char *follows = list[i].report->finding.follows;
	unsigned n = 0;

	while (n < nr && strcmp(list[n].report->finding.signature, follows))
		n++;
	return n;
}

/* Two may have followed each other, in different executions: then it is the first of them. */
static unsigned root_of(const struct order_report *list, unsigned nr, unsigned i)
{
	unsigned first;

	for (unsigned n = 0; n < nr; n++) {
		unsigned next = next_of(list, nr, i);

		if (next == nr)
			return i;
		i = next;
	}
	first = i;
	for (unsigned n = 0; n < nr; n++) {
		i = next_of(list, nr, i);
		first = min(first, i);
	}
	return first;
}

struct order_report *order_reports(const struct order_runs *r, const struct rmap_ops *provider, unsigned *nr)
{
	struct order_report *list = must(calloc(1, sizeof(*list)));

	*nr = 0;
	for (unsigned i = 0; i < r->batch.nr; i++)
		if (r->batch.item[i].provider == provider)
			for (u32 j = 0; j < r->batch.result[i].judged.nr; j++)
				add_report(&list, nr, &r->batch.item[i], &r->batch.result[i].judged.report[j]);
	for (unsigned i = 0; i < *nr; i++) {
		unsigned root = root_of(list, *nr, i);

		list[i].of = root == i ? NULL : &list[root];
	}
	return list;
}
