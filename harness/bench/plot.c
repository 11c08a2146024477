/* SPDX-License-Identifier: GPL-2.0-only */
/* Drawing plots: see plot.h. Each colour is said twice, for programs that do not know variables, as harness/trace/style.c has it. */
#include "bench/plot.h"

#include <math.h>
#include <stdbool.h>

#include "trace/xml.h"
#include "types.h"

#define ACROSS 3u			/* panels in a row */
#define WIDTH 372.0			/* of a panel, with all that belongs to it */
#define HEIGHT 268.0
#define TOP 58.0			/* of the picture: title and note */
#define LEFT 46.0			/* within a panel */
#define RIGHT 82.0			/* names of lines */
#define ABOVE 34.0
#define BELOW 40.0
#define APART 13.0			/* of two names, at least */

static const char style[] =
	".plot{--p-page:#fff;--p-ink:#1b2026;--p-dim:#5d6873;--p-grid:#e4e9ed;--p-axis:#aab4bd;--p-0:#1f62ab;--p-1:#b1500a;--p-2:#23774a;"
	"--p-3:#7a3fae;--p-4:#a8245c;font:12px system-ui,-apple-system,\"Segoe UI\",\"Noto Sans\",\"Liberation Sans\",sans-serif;"
	"font-variant-numeric:tabular-nums}\n"
	"@media (prefers-color-scheme:dark){.plot{--p-page:#14181d;--p-ink:#e3e8ed;--p-dim:#98a4b0;--p-grid:#262d35;--p-axis:#55616d;"
	"--p-0:#74b0f4;--p-1:#f29b55;--p-2:#70cc95;--p-3:#c49bf0;--p-4:#f286ad}}\n"
	".plot text{fill:#1b2026;fill:var(--p-ink)}\n"
	".plot .page{fill:#fff;fill:var(--p-page)}\n"
	".plot .title{font-size:18px;font-weight:650}\n"
	".plot .head{font-size:13px;font-weight:650}\n"
	".plot .dim{fill:#5d6873;fill:var(--p-dim);font-size:11px}\n"
	".plot .grid{fill:none;stroke:#e4e9ed;stroke:var(--p-grid)}\n"
	".plot .axis{fill:none;stroke:#aab4bd;stroke:var(--p-axis)}\n"
	".plot .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}\n"
	".plot .mark{stroke-width:1.6}\n"
	".plot .name{font-size:11.5px;font-weight:600}\n";

static const char *const plain[PLOT_SERIES] = { "#1f62ab", "#b1500a", "#23774a", "#7a3fae", "#a8245c" };

/* Where numbers are on the paper. */
struct paper {
	double left, top;		/* of the panel */
	double x_least, x_most, y_least, y_most;
};

double plot_decade(double value)
{
	double decade = pow(10, floor(log10(value)));

	/* What is a power of 10 but for rounding is one. */
	return decade * 10 <= value * (1 + 1e-12) ? decade * 10 : decade;
}

static double share(double value, double least, double most)
{
	return most > least ? log(value / least) / log(most / least) : 0.5;
}

static double x_at(const struct paper *p, double x)
{
	return p->left + LEFT + (WIDTH - LEFT - RIGHT) * share(x, p->x_least, p->x_most);
}

static double y_at(const struct paper *p, double y)
{
	return p->top + HEIGHT - BELOW - (HEIGHT - ABOVE - BELOW) * share(y, p->y_least, p->y_most);
}

static void text(FILE *out, const char *class, const char *anchor, double x, double y, const char *words)
{
	fprintf(out, "<text class=\"%s\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, anchor, x, y);
	xml_text(words, out);
	fputs("</text>\n", out);
}

static void number(FILE *out, const char *anchor, double x, double y, double value)
{
	char words[32];

	snprintf(words, sizeof(words), "%.4g", value);
	text(out, "dim", anchor, x, y, words);
}

/* All panels have one scale upwards, so that they can be compared; its ends are powers of 10. */
static void scale(const struct plot *plots, unsigned nr, struct paper *p)
{
	bool any = false;

	for (unsigned i = 0; i < nr; i++)
		for (unsigned s = 0; s < plots[i].nr; s++)
			for (unsigned k = 0; k < plots[i].series[s].nr; k++) {
				double y = plots[i].series[s].y[k];

				p->y_least = any ? fmin(p->y_least, y) : y;
				p->y_most = any ? fmax(p->y_most, y) : y;
				any = true;
			}
	p->y_least = any ? plot_decade(p->y_least) : 1;
	p->y_most = any ? plot_decade(p->y_most) * (plot_decade(p->y_most) < p->y_most * (1 - 1e-12) ? 10 : 1) : 10;
	if (p->y_most <= p->y_least)
		p->y_most = p->y_least * 10;
}

static void scale_across(const struct plot *plot, struct paper *p)
{
	p->x_least = p->x_most = plot->nr && plot->series[0].nr ? plot->series[0].x[0] : 1;
	for (unsigned s = 0; s < plot->nr; s++)
		for (unsigned k = 0; k < plot->series[s].nr; k++) {
			p->x_least = fmin(p->x_least, plot->series[s].x[k]);
			p->x_most = fmax(p->x_most, plot->series[s].x[k]);
		}
}

/* A line for each power of 10 upwards, a tick at each number across that was measured. */
static void axes(FILE *out, const struct plot *plot, const struct paper *p)
{
	double left = p->left + LEFT, right = p->left + WIDTH - RIGHT, bottom = p->top + HEIGHT - BELOW, last = -1e9;

	for (double y = p->y_least; y <= p->y_most * 1.001; y *= 10) {
		fprintf(out, "<path class=\"%s\" d=\"M%.1f %.1fH%.1f\"/>\n", y > p->y_least ? "grid" : "axis", left, y_at(p, y), right);
		number(out, "end", left - 7, y_at(p, y) + 4, y);
	}
	for (unsigned k = 0; plot->nr && k < plot->series[0].nr; k++) {
		double x = x_at(p, plot->series[0].x[k]);

		fprintf(out, "<path class=\"axis\" d=\"M%.1f %.1fv4\"/>\n", x, bottom);
		if (x - last >= 24)
			number(out, "middle", x, bottom + 17, plot->series[0].x[k]);
		last = x - last >= 24 ? x : last;
	}
	text(out, "head", "start", left, p->top + 16, plot->title);
	text(out, "dim", "middle", (left + right) / 2, bottom + 32, plot->along);
}

/* From the least to the most of all turns, behind the line. */
static void band(FILE *out, const struct plot_series *s, unsigned colour, const struct paper *p)
{
	fprintf(out, "<path style=\"fill:%s;fill:var(--p-%u)\" fill-opacity=\".14\" d=\"", plain[colour], colour);
	for (unsigned k = 0; k < s->nr; k++)
		fprintf(out, "%s%.1f %.1f", k ? "L" : "M", x_at(p, s->x[k]), fmax(y_at(p, s->most[k]), p->top + ABOVE));
	for (unsigned k = s->nr; k--;)
		fprintf(out, "L%.1f %.1f", x_at(p, s->x[k]), fmin(y_at(p, s->least[k]), p->top + HEIGHT - BELOW));
	fputs("Z\"/>\n", out);
}

/* What differs in colour differs in form as well: it may be printed. */
static void mark(FILE *out, const char *series, unsigned form, double x, double y, double at, double value)
{
	static const char *const forms[PLOT_SERIES] = {
		"m-3.2 0a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0 -6.4 0z", "m-3 -3h6v6h-6z", "m0 -4l3.8 6.6h-7.6z", "m0 -4l4 4l-4 4l-4 -4z",
		"m-3.8 -3h7.6l-3.8 6.6z",
	};

	fprintf(out, "<path class=\"mark\" style=\"fill:%s;fill:var(--p-%u)\" d=\"M%.1f %.1f%s\"><title>", plain[form], form, x, y,
		forms[form]);
	xml_text(series, out);
	fprintf(out, ": %.4g at %.4g</title></path>\n", value, at);
}

static void line(FILE *out, const struct plot_series *s, unsigned colour, const struct paper *p)
{
	fprintf(out, "<path class=\"line\" style=\"stroke:%s;stroke:var(--p-%u)\" d=\"", plain[colour], colour);
	for (unsigned k = 0; k < s->nr; k++)
		fprintf(out, "%s%.1f %.1f", k ? "L" : "M", x_at(p, s->x[k]), y_at(p, s->y[k]));
	fputs("\"/>\n", out);
	for (unsigned k = 0; k < s->nr; k++)
		mark(out, s->name, colour, x_at(p, s->x[k]), y_at(p, s->y[k]), s->x[k], s->y[k]);
}

/* Names stand where their lines end, from the top down, and are moved until none is upon another or below the axis. */
static void names(FILE *out, const struct plot *plot, const struct paper *p)
{
	double at[PLOT_SERIES], bottom = p->top + HEIGHT - BELOW;
	unsigned order[PLOT_SERIES], nr = 0;

	for (unsigned s = 0; s < plot->nr; s++) {
		unsigned i = nr;

		if (!plot->series[s].nr)
			continue;
		at[s] = y_at(p, plot->series[s].y[plot->series[s].nr - 1]);
		for (; i && at[order[i - 1]] > at[s]; i--)
			order[i] = order[i - 1];
		order[i] = s;
		nr++;
	}
	for (unsigned i = 1; i < nr; i++)
		at[order[i]] = fmax(at[order[i]], at[order[i - 1]] + APART);
	for (unsigned i = nr; i--;)
		at[order[i]] = fmin(at[order[i]], i + 1 < nr ? at[order[i + 1]] - APART : bottom);
	for (unsigned i = 0; i < nr; i++) {
		fprintf(out, "<text class=\"name\" style=\"fill:%s;fill:var(--p-%u)\" x=\"%.1f\" y=\"%.1f\">", plain[order[i]], order[i],
			p->left + WIDTH - RIGHT + 9, at[order[i]] + 4);
		xml_text(plot->series[order[i]].name, out);
		fputs("</text>\n", out);
	}
}

static void panel(FILE *out, const struct plot *plot, struct paper *p)
{
	scale_across(plot, p);
	axes(out, plot, p);
	for (unsigned s = 0; s < plot->nr; s++)
		if (plot->series[s].nr)
			band(out, &plot->series[s], s, p);
	for (unsigned s = 0; s < plot->nr; s++)
		if (plot->series[s].nr)
			line(out, &plot->series[s], s, p);
	names(out, plot, p);
}

void plots_draw(FILE *out, const char *title, const char *y, const struct plot *plots, unsigned nr)
{
	unsigned across = min(nr, ACROSS), rows = across ? (nr + across - 1) / across : 0;
	double width = across * WIDTH + 12, height = TOP + rows * HEIGHT + 8;
	struct paper p;

	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" "
		"role=\"img\">\n<title>", width, height, width, height);
	xml_text(title, out);
	fprintf(out, "</title>\n<style>\n%s</style>\n<rect class=\"page\" width=\"100%%\" height=\"100%%\"/>\n", style);
	text(out, "title", "start", 20, 28, title);
	text(out, "dim", "start", 20, 46, y);
	scale(plots, nr, &p);
	for (unsigned i = 0; i < nr; i++) {
		const unsigned column = i % across, row = i / across;

		p.left = 6 + column * WIDTH;
		p.top = TOP + row * HEIGHT;
		panel(out, &plots[i], &p);
	}
	fputs("</svg>\n", out);
}
