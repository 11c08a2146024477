/* SPDX-License-Identifier: GPL-2.0-only */
/* A page for each signature: what broke, where, since when, drawn, told, and how to see it again. */
#define _GNU_SOURCE
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/must.h"
#include "report/pages.h"
#include "report/table.h"
#include "trace/draw.h"

/* Of a signature so many replay files are written, each of another scenario, provider or mode; they are all of one kind. */
#define MOST_REPLAYS 12

static const struct query query_places = {
	"places", "Where it was seen", NULL, NULL,
	"SELECT c.scenario, c.provider, c.mode, c.times, c.nights, a.night, b.night, c.now FROM (SELECT f.scenario,"
	" f.provider, f.mode,"
	" count(*) AS times, count(DISTINCT f.night) AS nights, min(p.nr) AS first_nr, max(p.nr) AS last_nr, sum(f.night ="
	" :night) AS now"
	" FROM finding f JOIN past p USING (night) WHERE f.signature = :signature GROUP BY f.scenario, f.provider, f.mode) c"
	" JOIN past a ON a.nr = c.first_nr JOIN past b ON b.nr = c.last_nr ORDER BY c.last_nr DESC, c.scenario, c.provider, c.mode",
	{ { "scenario", "scenario", CELL_NAME }, { "provider", "provider", CELL_NAME }, { "mode", "mode", CELL_NAME },
	  { "findings", "times", CELL_NUMBER }, { "nights", "nights", CELL_NUMBER }, { "first", "first seen", CELL_NAME },
	  { "last", "last seen", CELL_NAME }, { "now", "tonight", CELL_NUMBER } }
};

/* The first 200 are enough to see who finds it. */
static const struct query query_times = {
	"times", "Each time", NULL, NULL,
	"SELECT f.night, f.job, f.scenario, f.provider, f.mode, f.defects, f.seed, f.execution, f.site, f.replayed"
	" FROM finding f JOIN past p USING (night) WHERE f.signature = :signature"
	" ORDER BY p.nr DESC, f.job, f.line, f.scenario, f.provider LIMIT 200",
	{ { "night", "night", CELL_NAME }, { "job", "job", CELL_CODE }, { "scenario", "scenario", CELL_NAME },
	  { "provider", "provider", CELL_NAME }, { "mode", "mode", CELL_NAME }, { "defects", "defects on", CELL_COMMAND },
	  { "seed", "seed", CELL_NUMBER }, { "execution", "execution", CELL_NUMBER }, { "site", "where", CELL_CODE },
	  { "replayed", "replayed", CELL_STATE } },
	.large = true
};

static const char replays_sql[] =
	"SELECT f.scenario, f.provider, f.mode, coalesce(j.flavour, 'release'), f.replay, f.trace, f.replayed"
	" FROM (SELECT p.nr, f.night, f.job, f.signature, f.scenario, f.provider,"
	" row_number() OVER (PARTITION BY f.scenario, f.provider, f.mode ORDER BY p.nr DESC, f.trace IS NULL, f.job, f.line) AS place"
	" FROM finding f JOIN past p USING (night)"
	" WHERE f.signature = :signature AND f.replay IS NOT NULL)"
	" JOIN finding f USING (night, job, signature, scenario, provider) LEFT JOIN job j USING (night, job)"
	" WHERE place = 1 ORDER BY nr DESC, f.trace IS NULL, f.job, f.line, f.scenario, f.provider";

/* ---- how to see it again ---- */

static bool put_beside(struct files *f, const char *name, const void *text, int length, char err[USAGE_TEXT])
{
	struct whole_file w;

	if (!files_open(f, &w, name, err))
		return false;
	fwrite(text, 1, (size_t)length, w.out);
	return files_close(f, &w, true, err);
}

struct beside {
	char replay[64], trace[64];
};

static bool write_beside(const struct report *r, struct files *f, sqlite3_stmt *s, unsigned int n, struct beside *b, char err[USAGE_TEXT])
{
	char hash[REPORT_HASH];

	report_hash(r->signature, hash);
	snprintf(b->replay, sizeof(b->replay), "replays/%s-%u.replay", hash, n);
	snprintf(b->trace, sizeof(b->trace), "replays/%s-%u.trace.json", hash, n);
	if (!put_beside(f, b->replay, report_text(s, 4), sqlite3_column_bytes(s, 4), err))
		return false;
	if (sqlite3_column_type(s, 5) != SQLITE_NULL)
		return put_beside(f, b->trace, report_text(s, 5), sqlite3_column_bytes(s, 5), err);
	b->trace[0] = 0;
	return true;
}

static void put_replay(sqlite3_stmt *s, const struct beside *b, FILE *out)
{
	const char *flavour = report_text(s, 3);
	bool release = !strcmp(flavour, "release") || !*flavour;

	html_put(out, "<tr><td>%s</td><td>%s</td><td>%s</td><td><code>rmaptorture%s%s replay %s</code></td><td><a"
	" href=\"%s\">replay file</a>",
		 report_text(s, 0), report_text(s, 1), report_text(s, 2), release ? "" : "-", release ? "" : flavour, b->replay,
		 b->replay);
	if (b->trace[0])
		html_put(out, ", <a href=\"%s\">trace</a>", b->trace);
	html_put(out, "</td><td><span class=\"word %s\">%s</span></td></tr>\n", word_class(report_text(s, 6)), report_text(s, 6));
}

/* The part of the page goes to out, the files beside go to the directory. */
static bool replays(const struct report *r, struct files *f, FILE *out, char err[USAGE_TEXT])
{
	sqlite3_stmt *s = report_prepare(r, replays_sql);
	struct beside b;
	bool done = true;
	unsigned int n = 0;

	fputs("<section id=\"again\">\n<h2>To see it again</h2>\n", out);
	while (done && n < MOST_REPLAYS && report_step(r, s)) {
		if (!n++)
			fputs("<p class=\"about\">In this directory. A trace can be opened in Perfetto or in Chrome's viewer of traces."
			      "</p>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"To see it again\">\n"
			      "<table class=\"data\">\n<thead><tr><th scope=\"col\">scenario</th><th scope=\"col\">provider</th>"
			      "<th scope=\"col\">mode</th><th scope=\"col\">command</th><th scope=\"col\">files</th>"
			      "<th scope=\"col\">replayed</th></tr></thead>\n<tbody>\n", out);
		done = write_beside(r, f, s, n, &b, err);
		if (done)
			put_replay(s, &b, out);
	}
	sqlite3_finalize(s);
	fputs(n ? "</tbody>\n</table>\n</div>\n</section>\n" : "<p class=\"none\">There is no replay file; the command of its job is"
	      " under <a href=\"jobs.html\">jobs</a>.</p>\n</section>\n", out);
	return done;
}

/* ---- drawn and told ---- */

static void drawing(const char *text, FILE *out)
{
	static const struct trace_drawing how = TRACE_DRAWING;
	char *svg = NULL, why[TRACE_DRAW_ERR] = "";
	size_t length;
	json_t *trace = json_loads(text, 0, NULL);
	FILE *to = must(open_memstream(&svg, &length));
	bool drawn = trace && !trace_draw(to, trace, &how, why);

	fclose(to);
	json_decref(trace);
	fputs("<section id=\"interleaving\">\n<h2>Interleaving</h2>\n", out);
	if (drawn && length) {
		fputs("<div class=\"scroll drawing\" tabindex=\"0\" role=\"region\" aria-label=\"Interleaving\">\n", out);
		fwrite(svg, 1, length, out);
		fputs("</div>\n", out);
	} else {
		html_put(out, "<p class=\"none\">Not drawn: %s.</p>\n",
			 !*text ? "there is no trace" : trace ? why : "its"
		" trace is no JSON");
	}
	fputs("</section>\n", out);
	free(svg);
}

static void told(const char *report, FILE *out)
{
	fputs("<section id=\"report\">\n<h2>Report</h2>\n", out);
	if (*report)
		html_put(out, "<pre tabindex=\"0\">%s</pre>\n</section>\n", report);
	else
		fputs("<p class=\"none\">Its text was not kept; the command above prints it.</p>\n</section>\n", out);
}

/* ---- the head ---- */

static void fact(const char *title, const char *text, FILE *out)
{
	if (*text)
		html_put(out, "<div><dt>%s</dt><dd>%s</dd></div>\n", title, text);
}

/* Where it was seen, as lists of names. */
static const char head_sql[] =
	"SELECT s.state, s.oracle, x.text, x.site, s.first_night, s.last_night, s.nights, s.findings, s.now, w.owner,"
	" w.reason, w.expires,"
	" x.report, x.trace,"
	" (SELECT group_concat(m, ', ') FROM (SELECT DISTINCT mode AS m FROM finding f JOIN past USING (night)"
	"  WHERE f.signature = s.signature ORDER BY 1)),"
	" (SELECT group_concat(m, ', ') FROM (SELECT DISTINCT provider AS m FROM finding f JOIN past USING (night)"
	"  WHERE f.signature = s.signature ORDER BY 1))"
	" FROM seen s JOIN sample x USING (signature) LEFT JOIN worn w USING (signature) WHERE s.signature = :signature";

static void known(sqlite3_stmt *s, FILE *out)
{
	bool expired = !strcmp(report_text(s, 0), "expired");

	if (sqlite3_column_type(s, 9) == SQLITE_NULL)
		return;
	html_put(out, "<div class=\"note %s\"><p><b>%s</b> %s answers for it until"
	" %s.</p><p>%s</p></div>\n", expired ? "bad" : "known",
		 expired ? "Known, and its day is past." : "Known.", report_text(s, 9), report_text(s, 11), report_text(s, 10));
}

static void head(const struct report *r, sqlite3_stmt *s, FILE *out)
{
	char times[128];

	html_put(out, "<p class=\"crumb\"><span class=\"word %s\">%s</span> <code>%s</code></p>\n<h1 class=\"sentence\">%s</h1>\n",
		 word_class(report_text(s, 0)), report_text(s, 0), r->signature, report_text(s, 2));
	known(s, out);
	fputs("<dl class=\"facts\">\n", out);
	fact("Where", report_text(s, 3), out);
	fact("Oracle", report_text(s, 1), out);
	snprintf(times, sizeof(times), "%d tonight, %d in %d night%s", sqlite3_column_int(s, 8), sqlite3_column_int(s, 7),
		 sqlite3_column_int(s, 6), sqlite3_column_int(s, 6) == 1 ? "" : "s");
	fact("Times", times, out);
	fact("First seen", report_text(s, 4), out);
	fact("Last seen", report_text(s, 5), out);
	fact("Modes", report_text(s, 14), out);
	fact("Providers", report_text(s, 15), out);
	fputs("</dl>\n", out);
}

/* ---- the page ---- */

static bool contents(const struct report *r, struct files *f, sqlite3_stmt *s, FILE *out, char err[USAGE_TEXT])
{
	head(r, s, out);
	drawing(report_text(s, 13), out);
	if (!replays(r, f, out, err))
		return false;
	told(report_text(s, 12), out);
	query_html(r, &query_places, out);
	query_html(r, &query_times, out);
	return true;
}

static bool page_finding(const struct report *r, struct files *f, const struct html_link *nav, char err[USAGE_TEXT])
{
	char *title, *subtitle, name[64], hash[REPORT_HASH];
	struct whole_file w;
	sqlite3_stmt *s;
	bool done;

	snprintf(name, sizeof(name), "finding-%s.html", report_hash(r->signature, hash));
	if (!files_open(f, &w, name, err))
		return false;
	subtitle = page_subtitle(r);
	if (asprintf(&title, "%s \xe2\x80\x93 rmaptorture, %s", r->signature, subtitle) < 0)
		must(NULL);
	html_begin(w.out, title, subtitle, nav, name);
	s = report_prepare(r, head_sql);
	done = report_step(r, s) && contents(r, f, s, w.out, err);
	sqlite3_finalize(s);
	html_end(w.out);
	free(title);
	free(subtitle);
	return files_close(f, &w, done, err) && done;
}

bool page_findings(const struct report *r, struct files *f, const struct html_link *nav, char err[USAGE_TEXT])
{
	struct report of = *r;
	sqlite3_stmt *s = report_prepare(r, "SELECT signature FROM seen ORDER BY signature");
	bool done = true;

	while (done && report_step(r, s)) {
		of.signature = report_text(s, 0);
		done = page_finding(&of, f, nav, err);
	}
	sqlite3_finalize(s);
	return done;
}
