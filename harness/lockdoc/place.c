/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading one line of a tree: see place.h. */
#define _GNU_SOURCE
#include "lockdoc/place.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool starts(const char *at, const char *stop, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(stop - at) >= n && !memcmp(at, text, n);
}

/* ---- names ---- */

/* Does this look like the name of a lock, or rather like a few words of a sentence? */
static bool looks_like_name(const char *name)
{
	static const char *const ends[] = { "lock", "locks", "mutex", "sem", "rwsem", "semaphore" };
	static const char *const words[] = { " of ",  " and ", " is ", " in ",
					     " the ", " to ",  " are " };
	const char *last = strrchr(name, ' ');
	unsigned blanks = 0;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(name, words[i]))
			return false;
	for (const char *c = name; *c; c++)
		blanks += *c == ' ';
	if (blanks > 2 || !is_word(*name) || strpbrk(name, ";\"!?:()*"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (!strcmp(last ? last + 1 : name, ends[i]))
			return true;
	return !blanks && strpbrk(name, "_>.") && name[strlen(name) - 1] != '.';
}

static struct kernel_name unlike(struct kernel_name a, struct kernel_name b)
{
	if (a.verdict == b.verdict && a.class == b.class)
		return a;
	return (struct kernel_name){ .verdict = NAME_AMBIGUOUS };
}

/* "take_it some_lock": a lock, behind the function that takes it. */
static struct kernel_name resolve_name(const char *name, unsigned eras)
{
	struct kernel_name n = kernel_resolve(name, eras), behind;
	size_t first = strcspn(name, " ");

	if (n.verdict != NAME_UNKNOWN || !name[first] || !memchr(name, '_', first) || strpbrk(name, "->."))
		return n;
	behind = kernel_resolve(name + first + 1, eras);
	return behind.verdict == NAME_UNKNOWN ? n : behind;
}

/* "a_{b,c}_d" are two names of one lock. */
static struct kernel_name resolve(const char *name, unsigned eras)
{
	const char *open = strchr(name, '{'), *comma = open ? strchr(open, ',') : NULL;
	const char *close = comma ? strchr(comma, '}') : NULL;
	char one[2 * PLACE_NAME], other[2 * PLACE_NAME];

	if (!close)
		return resolve_name(name, eras);
	snprintf(one, sizeof(one), "%.*s%.*s%s", (int)(open - name), name, (int)(comma - open - 1),
		 open + 1, close + 1);
	snprintf(other, sizeof(other), "%.*s%.*s%s", (int)(open - name), name,
		 (int)(close - comma - 1), comma + 1, close + 1);
	return unlike(kernel_resolve(one, eras), kernel_resolve(other, eras));
}

static bool add_name(const struct paragraph *p, const char *begin, const char *end, unsigned eras,
		     struct place_line *line)
{
	struct place_name *n = &line->name[line->nr];
	size_t length = 0;

	while (begin < end && is_blank(*begin))
		begin++;
	while (end > begin && is_blank(end[-1]))
		end--;
	/* The owner of "->lock" is left to the reader. */
	if (starts(begin, end, "->"))
		begin += 2;
	if (begin == end || line->nr == DOC_MAX_SET || end - begin >= PLACE_NAME)
		return false;
	n->at = paragraph_place(p, begin);
	n->step = line->steps;
	for (; begin < end; begin++)
		n->text[length++] = is_blank(*begin) ? ' ' : *begin;
	n->text[length] = '\0';
	n->is = resolve(n->text, eras);
	line->nr++;
	return n->is.verdict != NAME_UNKNOWN || looks_like_name(n->text);
}

/* What stands between two names: how long it is, and whether it leads to the next place. */
static size_t separator(const char *at, const char *stop, bool braces, bool *next)
{
	static const struct {
		const char *text;
		bool next;
	} between[] = {
		{ " or ", false }, { "\tor ", false }, { ",", false },
		{ " -> ", true },  { " < ", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(between); i++)
		if (starts(at, stop, between[i].text) && !(braces && *at == ',')) {
			*next = between[i].next;
			return strlen(between[i].text);
		}
	return 0;
}

static bool read_names(const struct paragraph *p, const char *stop, unsigned eras,
		       struct place_line *line)
{
	const char *from = p->text;
	bool braces = false;

	for (const char *at = from; at < stop;) {
		bool next = false;
		size_t n;

		braces = *at == '{' || (braces && *at != '}');
		n = separator(at, stop, braces, &next);
		if (!n) {
			at++;
			continue;
		}
		if (!add_name(p, from, at, eras, line))
			return false;
		line->steps += next;
		from = at += n;
	}
	if (!add_name(p, from, stop, eras, line))
		return false;
	line->steps++;
	return true;
}

/* ---- notes ---- */

/* Where the names end: at a note in parentheses, or at a column of functions behind a wide space. */
static const char *end_of_names(const struct paragraph *p)
{
	for (const char *c = p->text; *c; c++) {
		if (*c == '(' && (c == p->text || !is_word(c[-1])))
			return c;
		if (*c == '\t' && strstr(c, "()"))
			return c;
	}
	return p->text + p->length;
}

static const char *end_of_note(const char *at)
{
	int depth = 0;

	for (; *at; at++) {
		depth += (*at == '(') - (*at == ')');
		if (!depth)
			return at;
	}
	return NULL;
}

/* Notes in parentheses, with stars or nothing between them. */
static bool read_notes(const char *at, struct place_line *line)
{
	line->note[0] = line->note[1] = at;
	for (;; at++) {
		const char *end;

		while (is_blank(*at) || *at == '*')
			at++;
		if (*at != '(')
			break;
		end = end_of_note(at);
		if (!end)
			return false;
		if (line->tail.note[0]) {
			doc_add_to_note(line->tail.note, ';');
			doc_add_to_note(line->tail.note, ' ');
		}
		for (at++; at < end; at++)
			doc_add_to_note(line->tail.note, *at == '\t' ? ' ' : *at);
		line->note[1] = end;
	}
	doc_end_note(line->tail.note);
	return !*at;
}

static void read_column(const char *at, struct place_line *line)
{
	while (is_blank(*at))
		at++;
	line->note[0] = at;
	for (; *at; at++)
		doc_add_to_note(line->tail.note, *at == '\t' ? ' ' : *at);
	line->note[1] = at;
	doc_end_note(line->tail.note);
}

bool place_read(const struct paragraph *text, unsigned eras, struct place_line *line)
{
	const char *end;

	*line = (struct place_line){ .nr = 0 };
	if (!text->length)
		return false;
	end = end_of_names(text);
	if (*end == '\t')
		read_column(end, line);
	else if (*end && !read_notes(end, line))
		return false;
	return read_names(text, end, eras, line);
}

bool place_known(const struct place_line *line)
{
	for (unsigned i = 0; i < line->nr; i++)
		if (line->name[i].is.verdict == NAME_UNKNOWN)
			return false;
	return line->nr;
}
