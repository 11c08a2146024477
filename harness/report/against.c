/* SPDX-License-Identifier: GPL-2.0-only */
/* The night against another one, in a page. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/must.h"
#include "report/html.h"
#include "report/report.h"
#include "results/compare.h"

static void put_row(void *arg, const struct difference *d)
{
	html_put(arg, "<tr><td><span class=\"word %s\">%s</span></td><td class=\"finding\">%s</td><td class=\"name\">%s</td>"
		 "<td class=\"name\">%s</td><td class=\"name\">%s</td><td>%s</td><td>%s</td></tr>\n", d->worse ? "bad" : "dim", d->what,
		 d->subject, d->scenario, d->provider, d->mode, d->before, d->now);
}

static void put_head(FILE *out, const struct compared *c)
{
	html_put(out, "<section id=\"against\">\n<h2>Against night %s</h2>\n<p class=\"about\">%u difference%s, %u worse%s.</p>\n",
		 c->other, c->differences, c->differences == 1 ? "" : "s", c->worse,
		 c->same_plan ? "" : "; their plans, or how long they ran, are different");
	if (c->differences)
		fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Differences\">\n<table class=\"data large\">\n"
		      "<thead><tr><th scope=\"col\">difference</th><th scope=\"col\">what</th><th scope=\"col\">scenario</th>"
		      "<th scope=\"col\">provider</th><th scope=\"col\">mode</th><th scope=\"col\">before</th><th scope=\"col\">now</th>"
		      "</tr></thead>\n<tbody>\n", out);
}

bool report_against(struct report *r, const char *against, char err[USAGE_TEXT])
{
	char *rows = NULL, *all = NULL;
	size_t length, whole;
	struct compared c;
	FILE *out = must(open_memstream(&rows, &length));
	bool ok = compare(r->db, r->night, against, put_row, out, &c, err);

	fclose(out);
	if (ok) {
		out = must(open_memstream(&all, &whole));
		put_head(out, &c);
		fputs(rows, out);
		fputs(c.differences ? "</tbody>\n</table>\n</div>\n</section>\n" : "</section>\n", out);
		fclose(out);
		r->against = must(all);
	}
	free(rows);
	return ok;
}
