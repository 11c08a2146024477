/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of the report as text, as JSON and in a page: see table.h. */
#include "report/table.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/must.h"
#include "cli/out.h"

/* ---- what cells say ---- */

static const struct word {
	const char *word, *class;
	enum tint tint;
} words[] = {
	{ "clean", "good", TINT_GOOD },	      { "done", "good", TINT_GOOD },	    { "same", "good", TINT_GOOD },
	{ "finding", "bad", TINT_BAD },	      { "new", "bad", TINT_BAD },	    { "again", "bad", TINT_BAD },
	{ "expired", "bad", TINT_BAD },	      { "failed", "bad", TINT_BAD },	    { "known", "known", TINT_PLAIN },
	{ "unexplained", "bad", TINT_BAD },
	{ "no verdict", "warn", TINT_WARN },	      { "partly", "warn", TINT_WARN },
	{ "goal-missed", "warn", TINT_WARN }, { "cut", "warn", TINT_WARN },	    { "missing", "warn", TINT_WARN },
	{ "other", "warn", TINT_WARN },	      { "skipped", "dim", TINT_DIM },	    { "gone", "dim", TINT_DIM },
	{ "none", "dim", TINT_DIM },	      { "missed", "warn", TINT_WARN },	    { "not again", "warn", TINT_WARN },
	{ "OK", "good", TINT_GOOD },	      { "TRY", "good", TINT_GOOD },	    { "CTX", "good", TINT_GOOD },
	{ "PIN-OK", "good", TINT_GOOD },      { "OK-SKIP", "good", TINT_GOOD },	    { "WAIVED", "dim", TINT_DIM },
	{ "NEVER", "warn", TINT_WARN },	      { "PIN-NEVER", "warn", TINT_WARN },   { "STALE", "warn", TINT_WARN },
	{ "REVERSED", "bad", TINT_BAD },      { "UNDOC", "bad", TINT_BAD },	    { "TRY-UNDOC", "bad", TINT_BAD },
	{ "PIN-UNDOC", "bad", TINT_BAD },     { "NEVERTOG", "bad", TINT_BAD },	    { "CONTRA", "bad", TINT_BAD },
	{ "FULL", "good", TINT_GOOD },	      { "UNSEEN", "dim", TINT_DIM },	    { "ACCEPTED", "warn", TINT_WARN },
	{ "BELOW", "bad", TINT_BAD },	      { "NOTFOUND", "bad", TINT_BAD },	    { "found", "good", TINT_GOOD },
};

static const struct word *word_find(const char *text)
{
	static const struct word plain = { "", "", TINT_PLAIN };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i].word, text))
			return &words[i];
	return &plain;
}

const char *word_class(const char *word)
{
	return word_find(word)->class;
}

const char *seconds_text(double seconds, char text[HTML_NUMBER])
{
	if (seconds < 60)
		snprintf(text, HTML_NUMBER, "%.*f s", seconds < 10 ? 2 : 0, seconds);
	else if (seconds < 3600)
		snprintf(text, HTML_NUMBER, "%.0f min", seconds / 60);
	else
		snprintf(text, HTML_NUMBER, "%.0f h %02.0f min", floor(seconds / 3600), floor(fmod(seconds, 3600) / 60));
	return text;
}

char *command_text(const char *json)
{
	json_t *list = json_loads(json, 0, NULL), *word;
	char *text = NULL;
	size_t length, i;
	FILE *out;

	if (!json_is_array(list)) {
		json_decref(list);
		return must(strdup(json));
	}
	out = must(open_memstream(&text, &length));
	json_array_foreach(list, i, word)
		fprintf(out, "%s%s", i ? " " : "", json_is_string(word) ? json_string_value(word) : "?");
	fclose(out);
	json_decref(list);
	return must(text);
}

/* "2026-01-31 23:59", if it is a time. */
static char *time_text(const char *text, char to[HTML_NUMBER])
{
	snprintf(to, HTML_NUMBER, "%.16s", text);
	if (strlen(to) == 16 && to[10] == 'T')
		to[10] = ' ';
	return to;
}

static bool is_number(enum cell cell)
{
	return cell == CELL_NUMBER || cell == CELL_PERCENT || cell == CELL_SECONDS || cell == CELL_MIB;
}

/* A number as people read it. */
static const char *number_text(enum cell cell, double value, char text[HTML_NUMBER])
{
	switch (cell) {
	case CELL_PERCENT:
		snprintf(text, HTML_NUMBER, "%.1f %%", 100 * value);
		return text;
	case CELL_SECONDS:
		return seconds_text(value, text);
	case CELL_MIB:
		snprintf(text, HTML_NUMBER, "%.0f", value / 1024);
		return text;
	default:
		return html_number(value, text);
	}
}

static unsigned int columns_of(const struct query *q)
{
	unsigned int n = 0;

	while (n < REPORT_COLUMNS && q->column[n].key)
		n++;
	return n;
}

/* ---- text ---- */

static bool in_text(const struct column *c)
{
	return c->cell != CELL_TREND && c->cell != CELL_ASIDE;
}

static void print_cell(struct table *t, const struct column *c, sqlite3_stmt *s, int i)
{
	char number[HTML_NUMBER], *command;
	double value = sqlite3_column_double(s, i);
	const char *text = report_text(s, i);

	if (is_number(c->cell) && sqlite3_column_type(s, i) == SQLITE_NULL) {
		table_cell(t, TINT_DIM, "-");
	} else if (c->cell == CELL_NUMBER) {
		table_cell(t, TINT_PLAIN, value == floor(value) ? "%.0f" : "%.2f", value);
	} else if (is_number(c->cell)) {
		table_cell(t, TINT_PLAIN, "%s", number_text(c->cell, value, number));
	} else if (c->cell == CELL_TIME) {
		table_cell(t, TINT_PLAIN, "%s", usage_one_line(time_text(text, number)));
	} else if (c->cell == CELL_COMMAND) {
		command = command_text(text);
		table_cell(t, TINT_PLAIN, "%s", usage_one_line(command));
		free(command);
	} else {
		char *line = must(strdup(text));

		table_cell(t, c->cell == CELL_STATE ? word_find(text)->tint : TINT_PLAIN, "%s", usage_one_line(line));
		free(line);
	}
}

unsigned int query_print(const struct report *r, const struct query *q, FILE *out)
{
	unsigned int nr = columns_of(q), n = 0, rows = 0;
	struct table_column column[REPORT_COLUMNS];
	sqlite3_stmt *s = report_prepare(r, q->sql);
	struct table *t;

	for (unsigned int i = 0; i < nr; i++)
		if (in_text(&q->column[i]))
			column[n++] = (struct table_column){ q->column[i].title,
							       is_number(q->column[i].cell) ? ALIGN_RIGHT : ALIGN_LEFT };
	t = table_new(column, n);
	for (; report_step(r, s); rows++)
		for (unsigned int i = 0; i < nr; i++)
			if (in_text(&q->column[i]))
				print_cell(t, &q->column[i], s, (int)i);
	sqlite3_finalize(s);
	if (rows) {
		fprintf(out, "\n%s%s%s\n", out_tint(out, TINT_BOLD), q->title, out_tint(out, TINT_PLAIN));
		table_print(t, out);
	}
	table_free(t);
	return rows;
}

/* ---- JSON ---- */

/* One number of "1,,3"; moves on to what follows. */
static double trend_next(const char **text)
{
	char *end;
	double value = strtod(*text, &end);

	if (end == *text)
		value = (double)NAN;
	*text += strcspn(*text, ",");
	*text += **text == ',';
	return value;
}

/* So many nights, the last ones, have a number in a trend. */
static unsigned int recent_of(const struct report *r)
{
	return r->nr_nights < REPORT_RECENT ? r->nr_nights : REPORT_RECENT;
}

static json_t *trend_json(const struct report *r, const char *text)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < recent_of(r); i++) {
		double value = trend_next(&text);

		json_array_append_new(list, isnan(value) ? json_null() : json_real(value));
	}
	return list;
}

static json_t *cell_json(const struct report *r, const struct column *c, sqlite3_stmt *s, int i)
{
	json_t *j;

	if (c->cell == CELL_TREND)
		return trend_json(r, report_text(s, i));
	if (c->cell == CELL_COMMAND && (j = json_loads(report_text(s, i), 0, NULL)))
		return j;
	switch (sqlite3_column_type(s, i)) {
	case SQLITE_NULL: return json_null();
	case SQLITE_INTEGER: return json_integer(sqlite3_column_int64(s, i));
	case SQLITE_FLOAT: return json_real(sqlite3_column_double(s, i));
	default: return json_text(report_text(s, i));
	}
}

unsigned int query_json(const struct report *r, const struct query *q, FILE *out)
{
	sqlite3_stmt *s = report_prepare(r, q->sql);
	unsigned int nr = columns_of(q), rows = 0;

	for (; report_step(r, s); rows++) {
		json_t *o = json_pack("{s:s+}", "type", "report-", q->type);

		for (unsigned int i = 0; i < nr; i++)
			json_object_set_new(o, q->column[i].key, cell_json(r, &q->column[i], s, (int)i));
		put_json(o, out);
	}
	sqlite3_finalize(s);
	return rows;
}

/* ---- pages ---- */

/* So many letters stay in one line. */
#define SHORT 24

static void trend_html(const struct report *r, const char *text, const char *title, FILE *out)
{
	unsigned int nr = recent_of(r);
	double value[REPORT_RECENT];

	for (unsigned int i = 0; i < nr; i++)
		value[i] = trend_next(&text);
	fputs("<td>", out);
	html_spark(out, &(struct html_series){ title, "", nr, r->nights + r->nr_nights - nr, value });
	fputs("</td>", out);
}

static void number_html(enum cell cell, sqlite3_stmt *s, int i, FILE *out)
{
	char number[HTML_NUMBER];
	double value = sqlite3_column_double(s, i);

	if (sqlite3_column_type(s, i) == SQLITE_NULL)
		fputs("<td class=\"n\" data-v=\"-1\">\xe2\x80\x93</td>", out);
	else
		html_put(out, "<td class=\"n\" data-v=\"%.6f\">%s</td>", value, number_text(cell, value, number));
}

static void cell_html(const struct report *r, const struct column *c, sqlite3_stmt *s, int i, FILE *out)
{
	const char *text = report_text(s, i);
	char hash[REPORT_HASH], time[HTML_NUMBER], *command;

	switch (c->cell) {
	case CELL_TREND:
		trend_html(r, text, c->title, out);
		break;
	case CELL_FINDING:
		if (*text)
			html_put(out, "<td class=\"finding\"><a href=\"finding-%s.html\"><code>%s</code></a></td>",
				 report_hash(text, hash), text);
		else
			fputs("<td></td>", out);
		break;
	case CELL_TIME:
		html_put(out, "<td class=\"name\">%s</td>", time_text(text, time));
		break;
	case CELL_NAME:
		html_put(out, "<td class=\"name\">%s</td>", text);
		break;
	case CELL_CODE:
		html_put(out, "<td class=\"%s\"><code>%s</code></td>", strlen(text) > 2 * SHORT ? "long" : "name", text);
		break;
	case CELL_COMMAND:
		command = command_text(text);
		html_put(out, strlen(command) > 40 ? "<td class=\"command\"><code>%s</code></td>" : "<td><code>%s</code></td>", command);
		free(command);
		break;
	case CELL_STATE:
		html_put(out, "<td><span class=\"word %s\">%s</span></td>", word_class(text), text);
		break;
	case CELL_ASIDE:
		html_put(out, *text ? "<td class=\"aside\">%s</td>" : "<td>%s</td>", text);
		break;
	default:
		if (is_number(c->cell))
			number_html(c->cell, s, i, out);
		else
			html_put(out, strlen(text) > SHORT ? "<td class=\"long\">%s</td>" : "<td class=\"name\">%s</td>", text);
	}
}

static void head_html(const struct query *q, unsigned int nr, FILE *out)
{
	html_put(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n<table class=\"data%s\">\n<thead><tr>",
		 q->title, q->large ? " large" : "");
	for (unsigned int i = 0; i < nr; i++)
		html_put(out, is_number(q->column[i].cell) ? "<th scope=\"col\" class=\"n\">%s</th>" : "<th scope=\"col\">%s</th>",
			 q->column[i].title);
	fputs("</tr></thead>\n<tbody>\n", out);
}

unsigned int query_html(const struct report *r, const struct query *q, FILE *out)
{
	sqlite3_stmt *s = report_prepare(r, q->sql);
	unsigned int nr = columns_of(q), rows = 0;
	bool more = report_step(r, s);

	if (!more && !q->none) {
		sqlite3_finalize(s);
		return 0;
	}
	html_put(out, "<section id=\"%s\">\n<h2>%s</h2>\n", q->type, q->title);
	if (q->about && more)
		html_put(out, "<p class=\"about\">%s</p>\n", q->about);
	if (!more)
		html_put(out, "<p class=\"none\">%s</p>\n", q->none);
	else
		head_html(q, nr, out);
	for (; more; more = report_step(r, s), rows++) {
		fputs("<tr>", out);
		for (unsigned int i = 0; i < nr; i++)
			cell_html(r, &q->column[i], s, (int)i, out);
		fputs("</tr>\n", out);
	}
	fputs(rows ? "</tbody>\n</table>\n</div>\n</section>\n" : "</section>\n", out);
	sqlite3_finalize(s);
	return rows;
}
