/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sections of a scenario file and their order; the whole grammar is in docs/scenarios.md.
 *
 * Concurrency: see parse.h. Every function that can fail returns -1 with the first error filled in,
 * and its callers only pass that on.
 */
#include "scn/parse.h"

#include <stdlib.h>
#include <string.h>

/* ---- Sections: each function begins after the word that names the section ---- */

static int parse_scenario(struct parser *p, const struct lex_token *word)
{
	struct lex_token name;

	(void)word;
	return scn_take(p, LEX_WORD, "the name of the scenario", &name) ? -1 :
	       scn_copy(p, &p->scn->name, name.text, name.length);
}

static int parse_about(struct parser *p, const struct lex_token *word)
{
	struct lex_token about;

	(void)word;
	if (scn_take(p, LEX_STRING, "a string", &about))
		return -1;
	free(p->scn->about);
	return scn_copy(p, &p->scn->about, about.text, about.length);
}

static int parse_provider(struct parser *p, const struct lex_token *word)
{
	struct lex_token name;

	(void)word;
	return scn_take(p, LEX_WORD, "the name of a provider", &name) ? -1 :
	       scn_copy(p, &p->scn->provider, name.text, name.length);
}

static int parse_story(struct parser *p, const struct lex_token *word)
{
	struct scn_story *story = &p->scn->story;
	struct lex_token name;

	(void)word;
	if (scn_take(p, LEX_WORD, "the name of a defect", &name))
		return -1;
	story->line = name.line;
	story->column = name.column;
	return scn_copy(p, &story->defect, name.text, name.length);
}

static int parse_policy(struct parser *p, const struct lex_token *word)
{
	struct lex_token name;

	if (scn_take(p, LEX_WORD, "'vma-locks'", &name))
		return -1;
	if (!scn_is_word(&name, "vma-locks"))
		return scn_fail_at(p, &name, "expected 'vma-locks', found '%s'", scn_spell(&name).text);
	p->scn->vma_locks = word->line;
	return 0;
}

static int parse_goal(struct parser *p, const struct lex_token *word)
{
	struct scenario *scn = p->scn;
	struct scn_goal *goal = &scn->goal[scn->nr_goals];
	struct lex_token name;

	if (scn->nr_goals == SCN_MAX_GOALS)
		return scn_fail_at(p, word, "expected at most %d goals, found one more",
				   SCN_MAX_GOALS);
	if (scn_take(p, LEX_WORD, "the name of a goal", &name))
		return -1;
	for (unsigned i = 0; i < scn->nr_goals; i++)
		if (scn_is_word(&name, scn->goal[i].name))
			return scn_fail_at(p, &name, "goal '%s' stands in line %d already",
					   scn->goal[i].name, scn->goal[i].line);
	if (scn_copy(p, &goal->name, name.text, name.length))
		return -1;
	goal->line = name.line;
	goal->column = name.column;
	scn->nr_goals++;
	return 0;
}

static int parse_param(struct parser *p, const struct lex_token *word)
{
	struct scenario *scn = p->scn;
	const unsigned max = sizeof(scn->param) / sizeof(scn->param[0]);
	struct lex_token name;
	int64_t value;

	if (scn->nr_params == max)
		return scn_fail_at(p, word, "expected at most %u params, found one more", max);
	if (scn_take(p, LEX_WORD, "the name of a param", &name) || scn_check_new_name(p, &name))
		return -1;
	if (scn_find_param(p, &name))
		return scn_fail_at(p, &name, "param '%s' is there already", scn_spell(&name).text);
	if (scn_take(p, LEX_SET, "'='", NULL) || scn_take_count(p, SCN_MAX_COUNT, &value) ||
	    scn_copy(p, &scn->param[scn->nr_params].name, name.text, name.length))
		return -1;
	scn->param[scn->nr_params++].value = value;
	return 0;
}

static int parse_setup(struct parser *p, const struct lex_token *word)
{
	p->scn->setup.line = word->line;
	return scn_parse_body(p, &p->scn->setup, SCN_IN_SETUP);
}

static int parse_finally(struct parser *p, const struct lex_token *word)
{
	if (!p->scn->nr_threads)
		return scn_fail_at(p, word, "expected 'thread', found 'finally'");
	p->scn->finally.line = word->line;
	return scn_parse_body(p, &p->scn->finally, SCN_IN_FINALLY);
}

static int parse_thread(struct parser *p, const struct lex_token *word)
{
	struct scenario *scn = p->scn;
	struct scn_body *body = &scn->thread[scn->nr_threads];
	struct lex_token name;

	if (scn->nr_threads == SCN_MAX_THREADS)
		return scn_fail_at(p, word, "expected at most %d threads, found one more",
				   SCN_MAX_THREADS);
	if (scn_take(p, LEX_WORD, "the name of the thread", &name))
		return -1;
	/* Findings tell bodies apart by their names, so these two are taken. */
	if (scn_is_word(&name, "setup") || scn_is_word(&name, "finally"))
		return scn_fail_at(p, &name,
				   "expected a name, found '%s', which is a word of the language",
				   scn_spell(&name).text);
	for (unsigned i = 0; i < scn->nr_threads; i++)
		if (scn_is_word(&name, scn->thread[i].name))
			return scn_fail_at(p, &name, "thread '%s' stands in line %d already",
					   scn->thread[i].name, scn->thread[i].line);
	if (scn_copy(p, &body->name, name.text, name.length))
		return -1;
	body->line = word->line;
	return scn_parse_body(p, body, (int)scn->nr_threads++);
}

enum stage { AT_NAME, AT_HEAD, AT_SETUP, AT_THREADS, AT_FINALLY, AT_OUTCOMES };

static const struct section {
	const char *word;
	enum stage stage;	/* sections stand in the order of their stages */
	int once;
	int (*parse)(struct parser *p, const struct lex_token *word);
} sections[] = {
	{ "scenario", AT_NAME, 1, parse_scenario },
	{ "about", AT_HEAD, 1, parse_about },
	{ "provider", AT_HEAD, 1, parse_provider },
	{ "story", AT_HEAD, 1, parse_story },
	{ "policy", AT_HEAD, 1, parse_policy },
	{ "goal", AT_HEAD, 0, parse_goal },
	{ "near", AT_HEAD, 0, scn_parse_near },
	{ "param", AT_HEAD, 0, parse_param },
	{ "setup", AT_SETUP, 1, parse_setup },
	{ "thread", AT_THREADS, 0, parse_thread },
	{ "finally", AT_FINALLY, 1, parse_finally },
	{ "outcome", AT_OUTCOMES, 0, scn_parse_outcome },
};

#define NR_SECTIONS (sizeof(sections) / sizeof(sections[0]))

#define HEAD_OR_BODY "'about', 'provider', 'story', 'policy', 'goal', 'near', 'param', 'setup' or 'thread'"

/* What may come after a section of that stage. */
static const char *const then_expected[] = {
	[AT_NAME] = HEAD_OR_BODY,
	[AT_HEAD] = HEAD_OR_BODY,
	[AT_SETUP] = "'thread'",
	[AT_THREADS] = "'thread', 'finally', 'outcome' or end of file",
	[AT_FINALLY] = "'outcome' or end of file",
	[AT_OUTCOMES] = "'outcome' or end of file",
};

static const struct section *find_section(const struct lex_token *tok)
{
	for (size_t i = 0; i < NR_SECTIONS; i++)
		if (scn_is_word(tok, sections[i].word))
			return &sections[i];
	return NULL;
}

static int parse_sections(struct parser *p)
{
	const struct section *last = NULL;
	int line_of[NR_SECTIONS] = { 0 };

	while (p->tok.kind != LEX_END || !p->scn->nr_threads) {
		const struct section *section = find_section(&p->tok);
		struct lex_token word = p->tok;
		int *line;

		if (!last && (!section || section->stage != AT_NAME))
			return scn_expected(p, "'scenario'");
		if (!section)
			return scn_expected(p, then_expected[last->stage]);
		line = &line_of[section - sections];
		if (section->once && *line)
			return scn_fail_at(p, &word, "'%s' stands in line %d already",
					   section->word, *line);
		if (last && section->stage < last->stage)
			return scn_fail_at(p, &word, "expected %s, found '%s'",
					   then_expected[last->stage], section->word);
		*line = word.line;
		scn_advance(p);
		if (section->parse(p, &word))
			return -1;
		last = section;
	}
	return 0;
}

static int parse_text(struct parser *p, const char *text, size_t length)
{
	struct scenario *scn = p->scn;

	if (length > SCN_MAX_TEXT)
		return scn_fail(p, 1, 1, "expected at most %u bytes, found more", SCN_MAX_TEXT);
	/* Not strndup: what comes after a NUL is wanted in the messages. */
	scn->text = malloc(length + 1);
	scn->about = strdup("");
	scn->setup.name = strdup("setup");
	scn->finally.name = strdup("finally");
	if (!scn->text || !scn->about || !scn->setup.name || !scn->finally.name)
		return scn_fail(p, 1, 1, "out of memory");
	if (length)
		memcpy(scn->text, text, length);
	scn->text[length] = '\0';
	lex_start(&p->lex, scn->text, length);
	scn_advance(p);
	return parse_sections(p) || scn_check_uses(p) ? -1 : 0;
}

struct scenario *scn_parse(const char *path, const char *text, size_t length,
			   struct scn_error *err)
{
	struct parser p = { .err = err, .scn = calloc(1, sizeof(*p.scn)) };
	struct scn_error ignored;
	int failed;

	if (!err)
		p.err = &ignored;
	p.err->text[0] = '\0';
	if (p.scn)
		p.scn->path = strdup(path);
	if (!p.scn || !p.scn->path) {
		snprintf(p.err->text, sizeof(p.err->text), "%.200s:1:1: out of memory", path);
		scn_free(p.scn);
		return NULL;
	}
	failed = parse_text(&p, text, length);
	free(p.use);
	if (!failed)
		return p.scn;
	scn_free(p.scn);
	return NULL;
}
