/* SPDX-License-Identifier: GPL-2.0-only */
/* Directives by name: see named.h. */
#include "minimise/named.h"

#include <stdlib.h>
#include <string.h>

unsigned task_named(const struct session *s, const char *name)
{
	for (unsigned i = 0; name && i < machine->nr_tasks && i < STRATEGY_TASKS; i++)
		if (!strcmp(session_thread_name(s, i), name))
			return i;
	return DIRECTIVE_NOBODY;
}

/* ---- what is expected ---- */

static const unsigned nr_whats[DIRECTIVE_KINDS] = {
	[DIRECTIVE_SWITCH] = WHAT_END + 1, [DIRECTIVE_CHOICE] = WHAT_FIRST + CHOICE_NR,
};

const char *what_text(enum directive_kind kind, unsigned what)
{
	if (what < WHAT_FIRST || what >= nr_whats[kind])
		return NULL;
	if (kind == DIRECTIVE_CHOICE)
		return choice_info[what - WHAT_FIRST].text;
	return what == WHAT_END ? "end" : op_info[what - WHAT_FIRST].text;
}

unsigned what_find(enum directive_kind kind, const char *text)
{
	if (!text)
		return WHAT_EVER;
	for (unsigned what = WHAT_FIRST; what < nr_whats[kind]; what++)
		if (!strcmp(what_text(kind, what), text))
			return what;
	return WHAT_NONE;
}

/* ---- to names ---- */

static char *copy_of(const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy)
		die("no memory for a name");
	return copy;
}

void directives_to_names(struct replay_directives *to, const struct minimised *from, const struct session *s)
{
	u8 place[STRATEGY_TASKS + 1] = { [DIRECTIVE_NOBODY] = REPLAY_NOBODY };
	const u64 told = directives_order_told(&from->directives, from->tasks);

	memset(to, 0, sizeof(*to));
	for (unsigned i = 0; i < STRATEGY_TASKS; i++) {
		unsigned task = from->directives.order[i];

		if (!(told >> task & 1))
			continue;
		place[task] = (u8)to->nr_order;
		to->order[to->nr_order++] = copy_of(session_thread_name(s, task));
	}
	for (u32 i = 0; i < from->directives.nr; i++) {
		const struct directive *v = &from->directives.item[i];
		bool choice = v->kind == DIRECTIVE_CHOICE;

		replay_directives_add(to, (struct replay_directive){
			.n = v->n, .choice = choice, .thread = place[v->task], .to = choice ? v->to : place[v->to],
			.what = copy_of(what_text(v->kind, v->what)),
		});
	}
}

/* ---- from names ---- */

/* Who is not in the order stands behind it, as in orders_get(). */
static void take_order(struct directives *to, const u8 task[STRATEGY_TASKS + 1], unsigned nr_order)
{
	unsigned nr = 0;

	for (unsigned i = 0; i < nr_order; i++)
		if (task[i] < STRATEGY_TASKS)
			to->order[nr++] = task[i];
	for (unsigned i = 0; i < STRATEGY_TASKS; i++)
		if (!memchr(to->order, (int)i, nr))
			to->order[nr++] = (u8)i;
}

void directives_from_names(struct directives *to, const struct replay_directives *from, const struct session *s)
{
	enum { NO_SUCH_TASK = DIRECTIVE_NOBODY + 1 };
	u8 task[STRATEGY_TASKS + 1];

	for (unsigned i = 0; i < from->nr_order; i++) {
		unsigned t = task_named(s, from->order[i]);

		task[i] = (u8)(t == DIRECTIVE_NOBODY ? NO_SUCH_TASK : t);
	}
	task[REPLAY_NOBODY] = DIRECTIVE_NOBODY;
	take_order(to, task, from->nr_order);
	to->nr = 0;
	for (u32 i = 0; i < from->nr; i++) {
		const struct replay_directive *v = &from->item[i];
		enum directive_kind kind = v->choice ? DIRECTIVE_CHOICE : DIRECTIVE_SWITCH;

		directives_add(to, (struct directive){
			.n = v->n, .kind = (u8)kind, .task = task[v->thread], .to = v->choice ? v->to : task[v->to],
			.what = (u8)what_find(kind, v->what),
		});
	}
}
