/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The choices of a recording as text.
 *
 *   choices      = { run }
 *   run          = ( task | alternative ) [ count ]   count: how often in a row; 1 when left out
 *   task         = "A" ... "P"                        task 0 to 15
 *   alternative  = { "+" } ( "a" ... "z" )            0 to 25, and 26 for each "+"; at most 63
 *
 * "A3Bab2" is: three times task 0, then task 1, then alternative 0, then twice alternative 1.
 *
 * Concurrency: pure functions.
 */
#include "explore/recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LETTERS 26

static char *put_run(char *to, u8 choice, u32 count)
{
	unsigned alternative = choice & ~CHOICE_BIT;

	if (choice & CHOICE_BIT) {
		for (; alternative >= LETTERS; alternative -= LETTERS)
			*to++ = '+';
		*to++ = (char)('a' + alternative);
	} else {
		*to++ = (char)('A' + choice);
	}
	if (count > 1)
		to += sprintf(to, "%u", count);
	return to;
}

char *recording_encode(const struct recording *r)
{
	/* No run takes more than three bytes for each choice; sprintf() ends with a NUL. */
	char *text = malloc(3ul * r->nr + 1), *to = text, *shrunk;
	u32 count;

	if (!text)
		return NULL;
	for (u32 i = 0; i < r->nr; i += count) {
		for (count = 1; i + count < r->nr && r->choice[i + count] == r->choice[i]; count++)
			;
		to = put_run(to, r->choice[i], count);
	}
	*to++ = '\0';
	shrunk = realloc(text, (size_t)(to - text));
	return shrunk ? shrunk : text;
}

/* Place in a text that is being decoded; expected says what is wrong with it. */
struct decoder {
	const char *at, *end;
	const char *expected;
};

static bool bad(struct decoder *d, const char *at, const char *expected)
{
	d->at = at;
	d->expected = expected;
	return false;
}

static bool decode_choice(struct decoder *d, u8 *choice)
{
	const char *start = d->at;
	unsigned plus = 0, alternative;

	if (d->at < d->end && *d->at >= 'A' && *d->at < 'A' + STRATEGY_TASKS) {
		*choice = (u8)(*d->at++ - 'A');
		return true;
	}
	for (; d->at < d->end && *d->at == '+' && plus < MAX_ALTERNATIVES / LETTERS; d->at++)
		plus++;
	if (d->at == d->end || *d->at < 'a' || *d->at > 'z')
		return bad(d, d->at, plus ? "an alternative a to z" :
			   "a task A to P or an alternative a to z");
	alternative = plus * LETTERS + (unsigned)(*d->at++ - 'a');
	if (alternative >= MAX_ALTERNATIVES)
		return bad(d, start, "an alternative up to ++l");
	*choice = (u8)(CHOICE_BIT | alternative);
	return true;
}

static bool is_digit(const struct decoder *d)
{
	return d->at < d->end && *d->at >= '0' && *d->at <= '9';
}

static bool decode_count(struct decoder *d, u32 room, u32 *count)
{
	const char *start = d->at;

	*count = is_digit(d) ? 0 : 1;
	if (is_digit(d) && *d->at == '0')
		return bad(d, start, "a count above 0");
	for (; is_digit(d) && *count <= RECORDING_MAX; d->at++)
		*count = *count * 10 + (u32)(*d->at - '0');
	if (*count > room)
		return bad(d, start, "at most 16777216 choices");
	return true;
}

static int append_run(struct recording *r, u8 choice, u32 count)
{
	if (r->nr + count > r->cap) {
		u32 cap = max(r->cap ? r->cap * 2 : 256, r->nr + count);
		u8 *room = realloc(r->choice, cap);

		if (!room)
			return -1;
		r->choice = room;
		r->cap = cap;
	}
	memset(r->choice + r->nr, choice, count);
	r->nr += count;
	return 0;
}

size_t recording_append(struct recording *r, const char *text, size_t length, const char **expected)
{
	struct decoder d = { .at = text, .end = text + length };
	u8 choice;
	u32 count;

	BUILD_BUG_ON(RECORDING_MAX != 16777216);
	BUILD_BUG_ON(STRATEGY_TASKS != 16);
	while (d.at < d.end && decode_choice(&d, &choice) &&
	       decode_count(&d, RECORDING_MAX - r->nr, &count)) {
		if (append_run(r, choice, count))
			d.expected = "memory for the choices";
		if (d.expected)
			break;
	}
	*expected = d.expected;
	return (size_t)(d.at - text);
}

int recording_decode(struct recording *r, const char *text, size_t length, char why[80])
{
	const char *expected;
	size_t at;

	recording_clear(r);
	at = recording_append(r, text, length, &expected);
	if (!expected)
		return 0;
	snprintf(why, 80, "expected %s at %zu", expected, at);
	return -1;
}
