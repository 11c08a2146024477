/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the directives of replay files. replay_form.h has the form. */
#include "explore/replay_words.h"

#include <stdlib.h>

static bool read_order(struct reader *r)
{
	struct replay_directives *d = &r->f->directives;

	if (!rd_keyword(r, "order"))
		return false;
	while (rd_bytes_left(r) && *r->now.at == ' ') {
		struct place p;

		if (!rd_space(r))
			return false;
		p = r->now;
		if (d->nr_order == STRATEGY_TASKS)
			return rd_fail_found(r, &p, "at most %d threads, found more", STRATEGY_TASKS);
		if (!rd_word(r, "name of a thread", &d->order[d->nr_order]))
			return false;
		d->nr_order++;
		/* At the end of the file it may be a part of a name. */
		if (!rd_bytes_left(r))
			break;
		if (rd_is_dash(d->order[d->nr_order - 1]))
			return rd_fail(r, &p, "name of a thread");
		if (form_find_thread(d, d->nr_order - 1, d->order[d->nr_order - 1]) != REPLAY_NOBODY)
			return rd_fail(r, &p, "each thread once");
	}
	return rd_end_of_line(r);
}

/* One of the order; or "-" if there may be nobody. */
static bool thread_in_order(struct reader *r, bool nobody, u8 *thread)
{
	struct place p = r->now;
	char *name;
	bool known;

	if (!rd_word(r, "name of a thread", &name))
		return false;
	*thread = (u8)form_find_thread(&r->f->directives, r->f->directives.nr_order, name);
	known = *thread != REPLAY_NOBODY || (nobody && rd_is_dash(name));
	free(name);
	if (known)
		return true;
	/* Names that end with the file are cut ones. */
	if (!rd_bytes_left(r))
		p.at = r->end;
	return rd_fail(r, &p, "name of a thread of the order");
}

/* "N TO WHAT", after the name of the thread, whose directive before this one had the count *last. */
static bool read_rest_of_directive(struct reader *r, struct replay_directive *v, u32 *last)
{
	struct place p;
	u64 n, to = 0;

	if (!rd_space(r))
		return false;
	p = r->now;
	if (!rd_number(r, ~0u, &n))
		return false;
	/* Before the end of the file, the number may be a part of one. */
	if (rd_bytes_left(r) && n <= *last)
		return rd_fail(r, &p, "a count above %u", *last);
	*last = v->n = (u32)n;
	if (!rd_space(r) || !(v->choice ? rd_number(r, MAX_ALTERNATIVES - 1, &to) : thread_in_order(r, false, &v->to)))
		return false;
	if (v->choice)
		v->to = (u8)to;
	if (!rd_space(r) || !rd_rest_of_line(r, "an operation or a choice", &v->what))
		return false;
	rd_dash_is_none(&v->what);
	return true;
}

static bool read_directive(struct reader *r, u32 last[2][STRATEGY_TASKS + 1])
{
	struct replay_directive v = { .choice = rd_at_word(r, "choice") || rd_is_cut_off(r, "choice") };

	if (!rd_keyword_in(r, v.choice ? "choice" : "switch", "switch or choice") || !rd_space(r) ||
	    !thread_in_order(r, true, &v.thread))
		return false;
	if (!read_rest_of_directive(r, &v, &last[v.choice][v.thread]))
		return false;
	replay_directives_add(&r->f->directives, v);
	return rd_end_of_line(r);
}

bool rd_directives(struct reader *r)
{
	u32 last[2][STRATEGY_TASKS + 1] = { { 0 } };
	u64 lines;

	r->f->by_directives = true;
	if (!read_order(r) || !rd_counted(r, "directives", FORM_MAX_DIRECTIVES, &lines) || !rd_end_of_line(r))
		return false;
	while (lines--)
		if (!read_directive(r, last))
			return false;
	return true;
}
