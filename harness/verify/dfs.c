/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Plain depth-first search: every task that can go on is tried at every step; with a bound, only as long as few of these
 * choices take the turn from a task that could have gone on itself.
 *
 * Concurrency: see search.h.
 */
#include "verify/search.h"

/* Did the step before the last node's take the turn from somebody? */
static u32 preempted(const struct search *s)
{
	const struct node *before = &s->node[s->nr - 2];
	u32 same;

	if (s->nr < 3)
		return 0;
	same = before[-1].task;
	return before->enabled >> same & 1 && before->task != same;
}

int dfs_node(struct search *s)
{
	struct node *n = &s->node[s->nr - 1];
	int same = search_current(s);

	n->todo = n->enabled;
	n->preemptions = s->nr > 1 ? n[-1].preemptions + preempted(s) : 0;
	if (s->config->method == SEARCH_BOUNDED && same >= 0 && n->preemptions >= s->config->preemptions)
		n->todo = 1ul << same;
	return same >= 0 ? same : __builtin_ctzl(n->enabled);
}
