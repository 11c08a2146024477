/* SPDX-License-Identifier: GPL-2.0-only */
/* Every scenario with every provider in every mode: a letter each. */
#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "report/pages.h"
#include "report/table.h"

/* What a cell can be; the later one wins where there were several runs. */
static const struct mark {
	const char *verdict, *letter, *class, *text;
} marks[] = {
	{ "skipped", "\xc2\xb7", "dim", "skipped: does not fit, or cannot run here" },
	{ "clean", "\xe2\x9c\x93", "good", "clean" },
	{ "known", "K", "known", "a finding that is known" },
	{ "goal-missed", "G", "warn", "a goal was not reached here; another job may have" },
	{ "cut", "C", "warn", "inconclusive: cut short" },
	{ "failed", "X", "bad", "the harness failed" },
	{ "finding", "F", "bad", "finding" },
};

#define NR_MARKS (sizeof(marks) / sizeof(marks[0]))

/*
 * What ran, and what was found. A run that says it found something counts by its findings, which may be known; what is found stays, also
 * when the run that found it was cut short and is not here.
 */
#define MATRIX \
	"SELECT scenario, mode, provider, CASE WHEN verdict = 'finding' AND EXISTS (SELECT 1 FROM finding f WHERE f.night = r.night" \
	"  AND f.job = r.job AND f.scenario = r.scenario AND f.provider = r.provider) THEN '' ELSE verdict END AS verdict, executions," \
	"  '' AS signature FROM record r WHERE night = :night AND verdict <> '' AND type NOT IN ('hunt', 'canary')" \
	" UNION ALL SELECT f.scenario, f.mode, f.provider, CASE s.state WHEN 'known' THEN 'known' ELSE 'finding' END, 0, f.signature" \
	"  FROM finding f JOIN seen s USING (signature) WHERE f.night = :night"

static const char cells_sql[] =
	"SELECT scenario, mode, provider, verdict, executions, signature FROM (" MATRIX ") WHERE scenario <> '' AND provider <> ''"
	" ORDER BY scenario, mode, provider, signature = '', signature";

static const char columns_sql[] =
	"SELECT DISTINCT mode, provider FROM (" MATRIX ") WHERE scenario <> '' AND provider <> '' ORDER BY mode, provider";

struct column_name {
	char *mode, *provider;
};

struct cell_of {
	unsigned int mark;			/* 1 + its place in marks; 0: nothing was run */
	double executions;
	char *signature;
};

struct matrix {
	struct column_name *column;
	unsigned int nr;
	struct cell_of *cell;			/* of the row that is being read */
};

static void read_columns(const struct report *r, struct matrix *m)
{
	sqlite3_stmt *s = report_prepare(r, columns_sql);

	*m = (struct matrix){ 0 };
	while (report_step(r, s)) {
		m->column = must(reallocarray(m->column, m->nr + 1, sizeof(*m->column)));
		m->column[m->nr].mode = must(strdup(report_text(s, 0)));
		m->column[m->nr++].provider = must(strdup(report_text(s, 1)));
	}
	sqlite3_finalize(s);
	m->cell = must(calloc(m->nr + 1, sizeof(*m->cell)));
}

static void free_row(struct matrix *m)
{
	for (unsigned int i = 0; i < m->nr; i++)
		free(m->cell[i].signature);
	memset(m->cell, 0, (m->nr + 1) * sizeof(*m->cell));
}

static unsigned int mark_of(const char *verdict)
{
	for (unsigned int i = 0; i < NR_MARKS; i++)
		if (!strcmp(marks[i].verdict, verdict))
			return i + 1;
	return 0;
}

static void add_run(struct matrix *m, sqlite3_stmt *s)
{
	unsigned int mark = mark_of(report_text(s, 3)), i = 0;

	while (i < m->nr && (strcmp(m->column[i].mode, report_text(s, 1)) || strcmp(m->column[i].provider, report_text(s, 2))))
		i++;
	if (i == m->nr)
		return;
	m->cell[i].executions += sqlite3_column_double(s, 4);
	if (mark <= m->cell[i].mark)
		return;
	m->cell[i].mark = mark;
	free(m->cell[i].signature);
	m->cell[i].signature = must(strdup(report_text(s, 5)));
}

/* ---- as a table ---- */

static void put_cell(const struct cell_of *c, const struct column_name *column, FILE *out)
{
	const struct mark *k = &marks[c->mark - 1];
	char hash[REPORT_HASH], number[HTML_NUMBER];

	if (!c->mark) {
		fputs("<td></td>", out);
		return;
	}
	html_put(out, "<td class=\"m %s\" title=\"%s, %s: %s; %s executions%s%s\">", k->class, column->mode, column->provider, k->text,
		 html_number(c->executions, number), c->signature[0] ? "; " : "", c->signature);
	if (c->signature[0])
		html_put(out, "<a href=\"finding-%s.html\">%s</a></td>", report_hash(c->signature, hash), k->letter);
	else
		html_put(out, "%s</td>", k->letter);
}

/* What is not clean is told apart, for who looks for that only. */
static bool is_notable(const struct matrix *m)
{
	for (unsigned int i = 0; i < m->nr; i++)
		if (m->cell[i].mark > 2)
			return true;
	return false;
}

static void put_row(const struct matrix *m, const char *scenario, FILE *out)
{
	html_put(out, is_notable(m) ? "<tr data-notable=\"1\"><th scope=\"row\">%s</th>" : "<tr><th scope=\"row\">%s</th>", scenario);
	for (unsigned int i = 0; i < m->nr; i++)
		put_cell(&m->cell[i], &m->column[i], out);
	fputs("</tr>\n", out);
}

static void put_rows(const struct report *r, struct matrix *m, FILE *out)
{
	sqlite3_stmt *s = report_prepare(r, cells_sql);
	char *scenario = NULL;

	while (report_step(r, s)) {
		if (scenario && strcmp(scenario, report_text(s, 0))) {
			put_row(m, scenario, out);
			free_row(m);
			free(scenario);
			scenario = NULL;
		}
		if (!scenario)
			scenario = must(strdup(report_text(s, 0)));
		add_run(m, s);
	}
	sqlite3_finalize(s);
	if (scenario)
		put_row(m, scenario, out);
	free_row(m);
	free(scenario);
}

static unsigned int of_mode(const struct matrix *m, unsigned int from)
{
	unsigned int n = 1;

	while (from + n < m->nr && !strcmp(m->column[from].mode, m->column[from + n].mode))
		n++;
	return n;
}

static void put_head(const struct matrix *m, FILE *out)
{
	fputs("<thead>\n<tr><th scope=\"col\" rowspan=\"2\">scenario</th>", out);
	for (unsigned int i = 0; i < m->nr; i += of_mode(m, i))
		html_put(out, "<th scope=\"colgroup\" colspan=\"%u\">%s</th>", of_mode(m, i), m->column[i].mode);
	fputs("</tr>\n<tr>", out);
	for (unsigned int i = 0; i < m->nr; i++)
		html_put(out, "<th scope=\"col\"><span>%s</span></th>", m->column[i].provider);
	fputs("</tr>\n</thead>\n", out);
}

static void put_groups(const struct matrix *m, FILE *out)
{
	fputs("<colgroup/>", out);
	for (unsigned int i = 0; i < m->nr; i += of_mode(m, i))
		html_put(out, "<colgroup span=\"%u\"/>", of_mode(m, i));
	fputc('\n', out);
}

static void put_legend(FILE *out)
{
	fputs("<ul class=\"legend\">\n", out);
	for (unsigned int i = NR_MARKS; i--;)
		html_put(out, "<li><span class=\"m %s\">%s</span> %s</li>\n", marks[i].class, marks[i].letter, marks[i].text);
	fputs("</ul>\n", out);
}

void page_matrix(const struct report *r, FILE *out)
{
	struct matrix m;

	read_columns(r, &m);
	put_legend(out);
	if (!m.nr) {
		fputs("<p class=\"none\">No job of this night ran scenarios.</p>\n", out);
	} else {
		fputs("<div class=\"scroll tall\" tabindex=\"0\" role=\"region\" aria-label=\"Scenarios, providers, modes\">\n"
		      "<table class=\"data large matrix\">\n", out);
		put_groups(&m, out);
		put_head(&m, out);
		fputs("<tbody>\n", out);
		put_rows(r, &m, out);
		fputs("</tbody>\n</table>\n</div>\n", out);
	}
	for (unsigned int i = 0; i < m.nr; i++) {
		free(m.column[i].mode);
		free(m.column[i].provider);
	}
	free(m.column);
	free(m.cell);
}
