/* SPDX-License-Identifier: GPL-2.0-only */
/* Saying which scenarios are not for which providers: see fits_tell.h. */
#include "fits_tell.h"

#include <jansson.h>
#include <string.h>

#include "cli/json.h"
#include "cli/results.h"
#include "fits.h"

#define MAX_NEEDS (NR_RMAP_FEATURES + 8u)	/* features, and names of other providers */

/* How many scenarios need what. */
struct tally {
	const char *needs[MAX_NEEDS];
	unsigned times[MAX_NEEDS], nr, all;
	bool named[MAX_NEEDS];			/* it is the name of a provider */
};

static void count(struct tally *t, const struct misfit *m)
{
	unsigned i = 0;

	while (i < t->nr && strcmp(t->needs[i], m->needs))
		i++;
	if (i == MAX_NEEDS)
		return;
	t->needs[i] = m->needs;
	t->named[i] = !m->line;
	t->times[i]++;
	t->nr = max(t->nr, i + 1);
	t->all++;
}

static void print_tally(const struct tally *t, const struct rmap_ops *provider)
{
	if (!t->all)
		return;
	printf("not for %s: %u scenario%s (", provider->name, t->all, t->all == 1 ? "" : "s");
	for (unsigned i = 0; i < t->nr; i++)
		printf("%s%s%s: %u", i ? ", " : "", t->named[i] ? "for " : "", t->needs[i], t->times[i]);
	printf(")\n");
}

static void print_json(const struct scenario *scn, const struct rmap_ops *provider, const struct misfit *m)
{
	put_json(json_pack("{s:s s:s s:s s:s s:i}", "type", "not-for", "scenario", scn->name, "provider", provider->name, "needs",
			   m->needs, "line", m->line), stdout);
}

/* Where nobody asked for a provider, only what is for none at all is worth a word. */
static bool is_left_out(const struct settings *settings, unsigned p, const struct scenario *scn, struct misfit *misfit)
{
	if (settings->newest && settings_provider(settings, p, scn))
		return false;
	return !scenario_fits(scn, settings->provider[p], misfit);
}

void fits_tell(const struct options *o, const struct scenario_list *list, const struct settings *settings)
{
	for (unsigned p = 0; p < settings->nr_providers; p++) {
		struct tally tally = { .nr = 0 };
		struct misfit misfit;

		for (unsigned i = 0; i < list->nr; i++) {
			if (!is_left_out(settings, p, list->item[i], &misfit))
				continue;
			count(&tally, &misfit);
			if (format_is_machine(o))
				print_json(list->item[i], settings->provider[p], &misfit);
		}
		if (o->format == FORMAT_TEXT)
			print_tally(&tally, settings->provider[p]);
	}
}
