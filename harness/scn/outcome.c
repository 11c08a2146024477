/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is judged about an execution beyond its goals: the rows of graded outcomes, and near misses.
 *
 * Concurrency: see parse.h. Outcomes stand below all bodies, so what a name is, is known here.
 */
#include "scn/parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *const scn_result_text[SCN_NR_RESULTS] = {
	[SCN_NOTHING] = "nothing", [SCN_NUMBER] = "a number", [SCN_OK] = "ok",
	[SCN_GONE] = "gone",	   [SCN_SEGV] = "segv",	      [SCN_ENOMEM] = "enomem",
	[SCN_AGAIN] = "again",	   [SCN_NONE] = "none",	      [SCN_YES] = "yes",
	[SCN_NO] = "no",	   [SCN_SIGBUS] = "sigbus",    [SCN_EINVAL] = "einval",
	[SCN_ACTIVE] = "active",
};

const char *const scn_grade_text[SCN_NR_GRADES] = {
	[SCN_ACCEPTABLE] = "acceptable",
	[SCN_INTERESTING] = "interesting",
	[SCN_FORBIDDEN] = "forbidden",
};

/* ---- Text ---- */

const char *scn_value_text(const struct scn_value *value, char buf[16])
{
	if (value->result == SCN_NUMBER)
		snprintf(buf, 16, "%" PRIu32, value->number);
	else
		snprintf(buf, 16, "%s", scn_result_text[value->result]);
	return buf;
}

const char *scn_condition_text(const struct scenario *scn, const struct scn_outcome *row, int terse,
			       char *buf, size_t size)
{
	size_t n = 0;
	char value[16];

	buf[0] = '\0';
	for (unsigned i = 0; i < row->nr && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s%s%s%s", !i ? "" : terse ? "," : " ",
				      scn->name_of[row->condition[i].name].text,
				      terse ? "==" : " == ",
				      scn_value_text(&row->condition[i].value, value));
	return buf;
}

/* "a number, gone or segv" */
static const char *results_text(unsigned results, char *buffer, size_t size)
{
	size_t n = 0;

	buffer[0] = '\0';
	for (unsigned i = 0; i < SCN_NR_RESULTS; i++) {
		const char *between = !n ? "" : results >> (i + 1) ? ", " : " or ";

		if (results & (1u << i) && n < size)
			n += (size_t)snprintf(buffer + n, size - n, "%s%s", between,
					      scn_result_text[i]);
	}
	return buffer;
}

/* ---- near EVENT "sentence" ---- */

int scn_parse_near(struct parser *p, const struct lex_token *word)
{
	struct scenario *scn = p->scn;
	struct scn_near *near = &scn->near[scn->nr_near];
	struct lex_token event, about;

	if (scn->nr_near == SCN_MAX_NEAR)
		return scn_fail_at(p, word, "expected at most %d near misses, found one more",
				   SCN_MAX_NEAR);
	if (scn_take(p, LEX_WORD, "the name of an event", &event))
		return -1;
	for (unsigned i = 0; i < scn->nr_near; i++)
		if (scn_is_word(&event, scn->near[i].event))
			return scn_fail_at(p, &event, "near miss '%s' stands in line %d already",
					   scn->near[i].event, scn->near[i].line);
	if (scn_take(p, LEX_STRING, "a string", &about))
		return -1;
	/* Counted first: what is allocated is freed with the scenario, half a row too. */
	scn->nr_near++;
	near->line = event.line;
	near->column = event.column;
	return scn_copy(p, &near->event, event.text, event.length) ||
	       scn_copy(p, &near->about, about.text, about.length) ? -1 : 0;
}

/* ---- outcome GRADE NAME == VALUE ... "sentence" ---- */

static int take_grade(struct parser *p, enum scn_grade *grade)
{
	for (int i = 0; i < SCN_NR_GRADES; i++) {
		if (!scn_is_word(&p->tok, scn_grade_text[i]))
			continue;
		*grade = (enum scn_grade)i;
		scn_advance(p);
		return 0;
	}
	return scn_expected(p, "'acceptable', 'interesting' or 'forbidden'");
}

/* One of the results that the operations which bind this name can have. */
static int take_result(struct parser *p, const struct lex_token *name, struct scn_condition *c)
{
	unsigned gives = p->gives[c->name];
	struct lex_token tok = p->tok;
	char wanted[80], what[160];

	if (tok.kind == LEX_NUMBER && tok.value >> SCN_VALUE_BITS)
		return scn_expected(p, "a number below 2^32");
	for (int i = SCN_NUMBER; i < SCN_NR_RESULTS; i++) {
		if (!(gives & (1u << i)))
			continue;
		if (i == SCN_NUMBER ? tok.kind != LEX_NUMBER :
				      !scn_is_word(&tok, scn_result_text[i]))
			continue;
		c->value.result = (enum scn_result)i;
		c->value.number = (uint32_t)tok.value;
		scn_advance(p);
		return 0;
	}
	snprintf(what, sizeof(what), "%s for '%s'", results_text(gives, wanted, sizeof(wanted)),
		 scn_spell(name).text);
	return scn_expected(p, what);
}

static int take_condition(struct parser *p, struct scn_outcome *row)
{
	struct scn_condition *c = &row->condition[row->nr];
	struct lex_token name;
	int slot;

	if (scn_take(p, LEX_WORD, row->nr ? "the name of a value, or a string" :
		     "the name of a value", &name))
		return -1;
	if (row->nr == SCN_MAX_CONDITIONS)
		return scn_fail_at(p, &name, "expected at most %d conditions, found one more",
				   SCN_MAX_CONDITIONS);
	slot = scn_find_value(p, &name);
	if (slot < 0)
		return -1;
	for (unsigned i = 0; i < row->nr; i++)
		if (row->condition[i].name == slot)
			return scn_fail_at(p, &name, "'%s' stands twice in this outcome",
					   scn_spell(&name).text);
	c->name = (int16_t)slot;
	if (scn_take(p, LEX_EQUAL, "'=='", NULL) || take_result(p, &name, c))
		return -1;
	row->nr++;
	return 0;
}

/* Does row hold whenever other does? Then, standing above it, it leaves nothing for it. */
static int covers(const struct scn_outcome *row, const struct scn_outcome *other)
{
	unsigned met = 0;

	for (unsigned i = 0; i < row->nr; i++)
		for (unsigned j = 0; j < other->nr; j++) {
			const struct scn_condition *a = &row->condition[i];
			const struct scn_condition *b = &other->condition[j];

			met += a->name == b->name && a->value.result == b->value.result &&
			       a->value.number == b->value.number;
		}
	return met == row->nr;
}

int scn_parse_outcome(struct parser *p, const struct lex_token *word)
{
	struct scenario *scn = p->scn;
	struct scn_outcome *row = &scn->outcome[scn->nr_outcomes];
	struct lex_token about;

	if (!scn->nr_threads)
		return scn_fail_at(p, word, "expected 'thread', found 'outcome'");
	if (scn->nr_outcomes == SCN_MAX_OUTCOMES)
		return scn_fail_at(p, word, "expected at most %d outcomes, found one more",
				   SCN_MAX_OUTCOMES);
	row->line = word->line;
	if (take_grade(p, &row->grade))
		return -1;
	do {
		if (take_condition(p, row))
			return -1;
	} while (p->tok.kind != LEX_STRING);
	for (unsigned i = 0; i < scn->nr_outcomes; i++)
		if (covers(&scn->outcome[i], row))
			return scn_fail_at(p, word, "the outcome of line %d covers this one",
					   scn->outcome[i].line);
	if (scn_take(p, LEX_STRING, "a string", &about))
		return -1;
	scn->nr_outcomes++;
	return scn_copy(p, &row->about, about.text, about.length);
}
