/* SPDX-License-Identifier: GPL-2.0-only */
/* The report as pages: which there are, and writing all of them. */
#define _GNU_SOURCE
#include "report/pages.h"

#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "report/queries.h"
#include "report/trends.h"

static void page_data(const struct report *r, FILE *out)
{
	query_html(r, &query_rule_totals, out);
	query_html(r, &query_rules, out);
}

static void page_defects(const struct report *r, FILE *out)
{
	query_html(r, &query_hunt_totals, out);
	query_html(r, &query_defects, out);
}

static void page_coverage(const struct report *r, FILE *out)
{
	trends_html(r, trends_coverage, out);
	query_html(r, &query_coverage_nights, out);
	query_html(r, &query_coverage, out);
}

static void page_jobs(const struct report *r, FILE *out)
{
	query_html(r, &query_missing, out);
	query_html(r, &query_jobs, out);
}

static const struct page {
	const char *file, *title, *heading;
	void (*write)(const struct report *r, FILE *out);
} pages[] = {
	{ "matrix.html", "Matrix", "Scenarios, providers, modes", page_matrix },
	{ "locks.html", "Locks", "Lock order", page_locks },
	{ "data.html", "Data", "Data rules", page_data },
	{ "defects.html", "Defects", "Defects and how soon they are found", page_defects },
	{ "coverage.html", "Coverage", "Coverage", page_coverage },
	{ "jobs.html", "Jobs", "Jobs", page_jobs },
	/* Last: who sees a new one sees all that it leads to. */
	{ "index.html", "Night", NULL, page_index },
};

#define NR_PAGES (sizeof(pages) / sizeof(pages[0]))

/* The first page is the last that is written. */
static void navigation(struct html_link nav[NR_PAGES + 1])
{
	nav[0] = (struct html_link){ pages[NR_PAGES - 1].file, pages[NR_PAGES - 1].title };
	for (size_t i = 0; i + 1 < NR_PAGES; i++)
		nav[i + 1] = (struct html_link){ pages[i].file, pages[i].title };
	nav[NR_PAGES] = (struct html_link){ NULL, NULL };
}

void put_count(FILE *out, double n, const char *one, const char *many)
{
	char number[HTML_NUMBER];

	fprintf(out, "%s %s", html_number(n, number), n == 1 ? one : many);
}

char *page_subtitle(const struct report *r)
{
	char *text;

	if (asprintf(&text, "night %s", r->night) < 0)
		must(NULL);
	return text;
}

static bool write_page(const struct report *r, struct files *f, const struct html_link *nav, const struct page *p, char err[USAGE_TEXT])
{
	char *subtitle, *title;
	struct whole_file w;

	if (!files_open(f, &w, p->file, err))
		return false;
	subtitle = page_subtitle(r);
	if (asprintf(&title, "%s \xe2\x80\x93 rmaptorture, %s", p->heading ? p->heading : "Report", subtitle) < 0)
		must(NULL);
	html_begin(w.out, title, subtitle, nav, p->file);
	if (p->heading)
		html_put(w.out, "<h1>%s</h1>\n", p->heading);
	p->write(r, w.out);
	html_end(w.out);
	free(title);
	free(subtitle);
	return files_close(f, &w, true, err);
}

static bool write_style(struct files *f, char err[USAGE_TEXT])
{
	struct whole_file w;

	if (!files_open(f, &w, "style.css", err))
		return false;
	fputs(html_style, w.out);
	return files_close(f, &w, true, err);
}

static bool write_all(const struct report *r, struct files *f, char err[USAGE_TEXT])
{
	struct html_link nav[NR_PAGES + 1];

	navigation(nav);
	if (!write_style(f, err) || !page_findings(r, f, nav, err) || !page_lock_graphs(r, f, err))
		return false;
	for (size_t i = 0; i < NR_PAGES; i++)
		if (!write_page(r, f, nav, &pages[i], err))
			return false;
	return true;
}

bool report_pages(const struct report *r, const char *dir, char err[USAGE_TEXT])
{
	struct files f;
	bool done = files_begin(&f, dir, err) && write_all(r, &f, err) && files_end(&f, err);

	files_free(&f);
	return done;
}
