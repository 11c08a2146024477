/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading a plan: see plan.h. A line is a word that says what it is, and the words that belong to it. */
#include "nightly/plan.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/embedded.h"
#include "cli/files.h"
#include "cli/must.h"
#include "cli/number.h"
#include "cli/usage.h"
#include "hash.h"

#define BUILT_IN "harness/nightly/night.plan"
#define MOST (UINT64_C(1) << 40)

enum value_kind { VALUE_WORD, VALUE_TEXT, VALUE_WORDS, VALUE_NUMBER, VALUE_SECONDS, VALUE_FLAG };

/* One row for each line that a group may have. */
static const struct {
	const char *key;
	enum value_kind kind;
	size_t where;			/* in struct plan_group */
	u64 min;
} rows[] = {
	{ "about", VALUE_TEXT, offsetof(struct plan_group, about) },
	{ "flavour", VALUE_WORD, offsetof(struct plan_group, flavour) },
	{ "handover", VALUE_WORD, offsetof(struct plan_group, handover) },
	{ "command", VALUE_WORDS, offsetof(struct plan_group, command) },
	{ "under", VALUE_WORDS, offsetof(struct plan_group, under) },
	{ "needs", VALUE_WORDS, offsetof(struct plan_group, needs) },
	{ "scenarios", VALUE_WORDS, offsetof(struct plan_group, scenarios) },
	{ "defects", VALUE_WORDS, offsetof(struct plan_group, defects) },
	{ "providers", VALUE_WORDS, offsetof(struct plan_group, providers) },
	{ "sample", VALUE_NUMBER, offsetof(struct plan_group, sample), 1 },
	{ "chunk", VALUE_NUMBER, offsetof(struct plan_group, chunk), 1 },
	{ "share", VALUE_NUMBER, offsetof(struct plan_group, share), 1 },
	{ "executions", VALUE_NUMBER, offsetof(struct plan_group, executions), 1 },
	{ "rate", VALUE_NUMBER, offsetof(struct plan_group, rate), 1 },
	{ "cost", VALUE_SECONDS, offsetof(struct plan_group, cost_ms) },
	{ "alone", VALUE_FLAG, offsetof(struct plan_group, alone) },
	{ "least", VALUE_SECONDS, offsetof(struct plan_group, least_ms) },
};

struct reader {
	const char *path;
	unsigned line;
	const char *begin, *at, *end;	/* of this line */
	struct plan *plan;
	char *err;
	bool named;
};

static bool wrong(struct reader *r, const char *at, const char *expected)
{
	const char *end = at;

	while (end < r->end && !isspace((unsigned char)*end))
		end++;
	snprintf(r->err, 512, "%s:%u:%ld: expected %s, found %s%.*s%s", r->path, r->line, (long)(at - r->begin) + 1, expected,
		 end > at ? "'" : "", end > at ? (int)(end - at) : 22, end > at ? at : "the end of the line", end > at ? "'" : "");
	usage_one_line(r->err);
	return false;
}

static void skip_blanks(struct reader *r)
{
	while (r->at < r->end && isblank((unsigned char)*r->at))
		r->at++;
	if (r->at < r->end && *r->at == '#')
		r->end = r->at;
}

/* The next word, or NULL at the end of the line; *start is where it stands. */
static char *next_word(struct reader *r, const char **start)
{
	skip_blanks(r);
	*start = r->at;
	while (r->at < r->end && !isspace((unsigned char)*r->at))
		r->at++;
	return r->at > *start ? must(strndup(*start, (size_t)(r->at - *start))) : NULL;
}

static bool take_text(struct reader *r, char **text)
{
	const char *close;

	skip_blanks(r);
	if (r->at == r->end || *r->at != '"')
		return wrong(r, r->at, "a text in quotes");
	close = memchr(r->at + 1, '"', (size_t)(r->end - r->at - 1));
	if (!close)
		return wrong(r, r->end, "a quote at the end of the text");
	free(*text);
	*text = must(strndup(r->at + 1, (size_t)(close - r->at - 1)));
	r->at = close + 1;
	return true;
}

static bool take_words(struct reader *r, struct words *w)
{
	const char *start;
	char *word;

	while ((word = next_word(r, &start))) {
		if (w->nr == PLAN_WORDS) {
			free(word);
			return wrong(r, start, "fewer words");
		}
		w->word[w->nr++] = word;
	}
	return w->nr || wrong(r, r->at, "words");
}

static bool take_word(struct reader *r, char **into)
{
	const char *start;
	char *word = next_word(r, &start);

	if (!word)
		return wrong(r, start, "a word");
	free(*into);
	*into = word;
	return true;
}

/* Seconds with at most three decimals, as milliseconds. */
static bool seconds(const char *word, u64 *ms)
{
	const char *end = parse_digits(word, ms);
	unsigned decimals = 0;

	if (!end || *ms > MOST)
		return false;
	*ms *= 1000;
	if (*end == '.')
		for (end++; isdigit((unsigned char)*end) && decimals < 3; end++, decimals++)
			*ms += (u64)(*end - '0') * (decimals == 0 ? 100 : decimals == 1 ? 10 : 1);
	return !*end;
}

static bool take_number(struct reader *r, u64 *into, u64 min, bool is_seconds)
{
	const char *start;
	char *word = next_word(r, &start);
	bool right = word && (is_seconds ? seconds(word, into) : parse_number(word, min, MOST, into));

	free(word);
	return right || wrong(r, start, is_seconds ? "seconds, as 0.25" : "a number");
}

static bool take_value(struct reader *r, struct plan_group *g, unsigned row)
{
	void *where = (char *)g + rows[row].where;

	switch (rows[row].kind) {
	case VALUE_TEXT:
		return take_text(r, where);
	case VALUE_WORD:
		return take_word(r, where);
	case VALUE_WORDS:
		return take_words(r, where);
	case VALUE_FLAG:
		*(bool *)where = true;
		return true;
	default:
		return take_number(r, where, rows[row].min, rows[row].kind == VALUE_SECONDS);
	}
}

/* Groups without what a group needs are found when the next one begins, or at the end. */
static bool group_is_whole(struct reader *r)
{
	const struct plan_group *g = r->plan->nr ? &r->plan->group[r->plan->nr - 1] : NULL;

	if (!g || (g->flavour && g->command.nr))
		return true;
	snprintf(r->err, 512, "%s:%u:1: expected a group with %s, found none in '%s'", r->path, g->line,
		 g->flavour ? "a command" : "a flavour", g->name);
	return false;
}

static bool name_is_free(const struct plan *p, const char *name)
{
	for (unsigned i = 0; i < p->nr; i++)
		if (!strcmp(p->group[i].name, name))
			return false;
	return true;
}

/* Names become parts of file names. */
static bool begin_group(struct reader *r)
{
	struct plan_group *g = &r->plan->group[r->plan->nr];
	const char *start;
	char *name;

	if (!group_is_whole(r))
		return false;
	name = next_word(r, &start);
	if (!name || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] || !name_is_free(r->plan, name) ||
	    r->plan->nr == PLAN_GROUPS) {
		free(name);
		return wrong(r, start, r->plan->nr == PLAN_GROUPS ? "fewer groups" : "a name of its own: small letters, digits, '-'");
	}
	*g = (struct plan_group){ .name = name, .line = r->line };
	r->plan->nr++;
	return true;
}

static bool take_line(struct reader *r, const char *key, const char *start)
{
	if (!strcmp(key, "plan")) {
		if (r->named)
			return wrong(r, start, "one plan");
		r->named = true;
		return take_word(r, &r->plan->name) && take_text(r, &r->plan->about);
	}
	if (!r->named)
		return wrong(r, start, "'plan NAME \"TEXT\"' first");
	if (!strcmp(key, "group"))
		return begin_group(r);
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(key, rows[i].key))
			return r->plan->nr ? take_value(r, &r->plan->group[r->plan->nr - 1], i) : wrong(r, start, "'group' first");
	return wrong(r, start, "'group' or what a group has (harness/nightly/README.md)");
}

static bool read_line(struct reader *r)
{
	const char *start;
	char *key = next_word(r, &start);
	bool right = !key || take_line(r, key, start);

	free(key);
	if (!right)
		return false;
	skip_blanks(r);
	return r->at == r->end || wrong(r, r->at, "the end of the line");
}

struct plan *plan_parse(const char *path, const char *text, size_t length, char err[512])
{
	struct plan *p = must(calloc(1, sizeof(*p)));
	struct reader r = { .path = path, .plan = p, .err = err };
	const char *end = text + length;
	bool right = true;

	if (memchr(text, 0, length)) {
		snprintf(err, 512, "%s:1:1: expected text, found a byte 0", path);
		right = false;
	}
	for (const char *line = text; right && line < end; line = r.end + 1) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));

		r.line++;
		r.begin = r.at = line;
		r.end = stop = stop ? stop : end;
		right = read_line(&r);
		r.end = stop;
	}
	if (right && !p->nr) {
		snprintf(err, 512, "%s:%u:1: expected a group, found none", path, r.line);
		right = false;
	}
	if (right && group_is_whole(&r)) {
		p->hash = hash_bytes(HASH_BASIS, text, length);
		return p;
	}
	plan_free(p);
	return NULL;
}

struct plan *plan_read(const char *path, char err[512])
{
	const struct embedded_file *file = embedded_find(BUILT_IN);
	struct plan *p;
	size_t length;
	char *text;

	if (!path)
		return plan_parse(file->name, file->text, file->length, err);
	text = text_file_read(path, &length);
	if (!text) {
		snprintf(err, 512, "%s: cannot be read: %s", path, strerror(errno));
		return NULL;
	}
	p = plan_parse(path, text, length, err);
	free(text);
	return p;
}

static void words_free(struct words *w)
{
	while (w->nr)
		free(w->word[--w->nr]);
}

void plan_free(struct plan *p)
{
	for (unsigned i = 0; p && i < p->nr; i++) {
		struct plan_group *g = &p->group[i];

		for (unsigned k = 0; k < ARRAY_SIZE(rows); k++) {
			void *where = (char *)g + rows[k].where;

			if (rows[k].kind == VALUE_WORDS)
				words_free(where);
			else if (rows[k].kind == VALUE_WORD || rows[k].kind == VALUE_TEXT)
				free(*(char **)where);
		}
		free(g->name);
	}
	if (p) {
		free(p->name);
		free(p->about);
	}
	free(p);
}

bool plan_says(const struct plan_group *g, const char *word)
{
	for (unsigned i = 0; i < g->command.nr; i++)
		if (!strcmp(g->command.word[i], word))
			return true;
	return false;
}
