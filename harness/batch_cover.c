/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling what a campaign's executions have covered: see batch.h. */
#include "batch.h"
#include "cli/out.h"

static unsigned lock_edges(const struct campaign_result *r)
{
	unsigned n = 0;

	for (unsigned c = 0; c < ARRAY_SIZE(r->observed.under[0]); c++)
		n += (unsigned)__builtin_popcountl(r->observed.under[0][c]);
	return n;
}

static json_t *windows_json(const struct cover_result *c)
{
	json_t *list = json_array();

	for (unsigned w = 0; w < NR_WINDOWS; w++)
		if (c->window[w][COVER_OPEN])
			json_array_append_new(list, json_pack("{s:s s:I s:I s:I}", "window", window_info[w].name, "open",
							      (json_int_t)c->window[w][COVER_OPEN], "crossed",
							      (json_int_t)c->window[w][COVER_CROSSED], "met",
							      (json_int_t)c->window[w][COVER_MET]));
	return list;
}

json_t *cover_json(const struct campaign_result *r)
{
	const struct cover_result *c = &r->cover;

	return json_pack("{s:I s:I s:f s:I s:I s:i s:o}", "traces", (json_int_t)c->traces, "traces_once", (json_int_t)c->once,
			 "unseen", cover_unseen(c), "racing_pairs", (json_int_t)c->races, "racing_both_orders",
			 (json_int_t)c->both_orders, "lock_edges", (int)lock_edges(r), "windows", windows_json(c));
}

static void print_windows(const struct cover_result *c)
{
	static const struct table_column columns[] = {
		{ "window", ALIGN_LEFT }, { "open", ALIGN_RIGHT }, { "crossed", ALIGN_RIGHT }, { "met", ALIGN_RIGHT },
		{ "", ALIGN_LEFT },
	};
	struct table *t = table_new(columns, ARRAY_SIZE(columns));

	for (unsigned w = 0; w < NR_WINDOWS; w++) {
		const u64 *n = c->window[w];

		if (!n[COVER_OPEN])
			continue;
		table_cell(t, TINT_PLAIN, "%s", window_info[w].name);
		table_cell(t, TINT_PLAIN, "%lu", n[COVER_OPEN]);
		table_cell(t, n[COVER_CROSSED] ? TINT_PLAIN : TINT_WARN, "%lu", n[COVER_CROSSED]);
		table_cell(t, n[COVER_MET] ? TINT_PLAIN : TINT_DIM, "%lu", n[COVER_MET]);
		table_cell(t, TINT_DIM, "%s", window_info[w].about);
	}
	table_print(t, stdout);
	table_free(t);
}

void print_cover(const struct campaign *c, const struct campaign_result *r)
{
	if (!c->cover)
		return;
	printf("\n%s, %s: %lu pairs of racing places, %lu of them in both orders; %u pairs of locks\n", c->scn->name,
	       c->provider->name, r->cover.races, r->cover.both_orders, lock_edges(r));
	print_windows(&r->cover);
}
