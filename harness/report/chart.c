/* SPDX-License-Identifier: GPL-2.0-only */
/* Line charts over nights, as SVG within a page. */
#include <math.h>
#include <string.h>

#include "report/html.h"

#define WIDTH 320
#define HEIGHT 96
#define TOP 12
#define BOTTOM 6
#define LEFT 6
#define RIGHT 10
#define SPARK_WIDTH 120
#define SPARK_HEIGHT 22

/* Where numbers are on the paper. */
struct scale {
	double least, most, left, right, top, bottom;
	unsigned int nr;
};

static bool scale_of(const struct html_series *s, struct scale *to)
{
	bool any = false;

	to->least = to->most = 0;
	to->nr = s->nr;
	for (unsigned int i = 0; i < s->nr; i++) {
		if (isnan(s->value[i]))
			continue;
		to->most = any ? fmax(to->most, s->value[i]) : s->value[i];
		to->least = any ? fmin(to->least, s->value[i]) : s->value[i];
		any = true;
	}
	/* From nought, so that small changes look small. */
	to->least = fmin(to->least, 0);
	return any;
}

static double x_of(const struct scale *c, unsigned int i)
{
	return c->nr > 1 ? c->left + (c->right - c->left) * i / (c->nr - 1) : (c->left + c->right) / 2;
}

static double y_of(const struct scale *c, double value)
{
	return c->most > c->least ? c->bottom - (c->bottom - c->top) * (value - c->least) / (c->most - c->least) : c->bottom;
}

/* A line ends where a number is missing. */
static void draw_line(FILE *out, const struct html_series *s, const struct scale *c)
{
	bool pen = false;

	fputs("<path class=\"line\" d=\"", out);
	for (unsigned int i = 0; i < s->nr; i++) {
		if (!isnan(s->value[i]))
			fprintf(out, "%s%.1f %.1f", pen ? " L" : " M", x_of(c, i), y_of(c, s->value[i]));
		pen = !isnan(s->value[i]);
	}
	fputs("\"/>", out);
}

static void draw_points(FILE *out, const struct html_series *s, const struct scale *c)
{
	char number[HTML_NUMBER];

	for (unsigned int i = 0; i < s->nr; i++)
		if (!isnan(s->value[i]) && (s->nr <= 120 || i == s->nr - 1))
			html_put(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"><title>%s: %s %s</title></circle>", x_of(c, i),
				 y_of(c, s->value[i]), i == s->nr - 1 ? 3.0 : 2.0, s->label[i], html_number(s->value[i], number),
				 s->unit);
}

/* Many of them are in a page: one title has all numbers. */
void html_spark(FILE *out, const struct html_series *s)
{
	struct scale c = { .left = 3, .right = SPARK_WIDTH - 4, .top = 4, .bottom = SPARK_HEIGHT - 4 };
	unsigned int last = s->nr - 1;
	char number[HTML_NUMBER];

	if (!s->nr || !scale_of(s, &c))
		return;
	html_put(out, "<svg class=\"spark\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\"><title>%s until %s:",
		 SPARK_WIDTH, SPARK_HEIGHT, SPARK_WIDTH, SPARK_HEIGHT, s->title, s->label[last]);
	for (unsigned int i = 0; i < s->nr; i++)
		fprintf(out, " %s", isnan(s->value[i]) ? "\xe2\x80\x93" : html_number(s->value[i], number));
	fputs("</title>", out);
	draw_line(out, s, &c);
	if (!isnan(s->value[last]))
		fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"/>", x_of(&c, last), y_of(&c, s->value[last]));
	fputs("</svg>", out);
}

static void numbers(FILE *out, const struct html_series *s)
{
	char number[HTML_NUMBER];

	fputs("<details><summary>numbers</summary><table class=\"small\"><thead><tr><th scope=\"col\">night</th><th scope=\"col\" "
	      "class=\"n\">", out);
	html_put(out, "%s</th></tr></thead><tbody>\n", s->unit[0] ? s->unit : s->title);
	for (unsigned int i = s->nr; i--;)
		html_put(out, "<tr><th scope=\"row\">%s</th><td class=\"n\">%s</td></tr>\n", s->label[i],
			 isnan(s->value[i]) ? "\xe2\x80\x93" : html_number(s->value[i], number));
	fputs("</tbody></table></details>\n", out);
}

void html_chart(FILE *out, const struct html_series *s)
{
	struct scale c = { .left = LEFT, .right = WIDTH - RIGHT, .top = TOP, .bottom = HEIGHT - BOTTOM };
	char number[HTML_NUMBER];
	double last;

	if (!scale_of(s, &c))
		return;
	last = s->value[s->nr - 1];
	html_put(out, "<figure class=\"chart\"><figcaption><span>%s</span> <b>%s</b></figcaption>\n"
		 "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s over %u nights\">"
		 "<path class=\"axis\" d=\"M %d %.1f H %d\"/>", s->title,
		 isnan(last) ? "\xe2\x80\x93" : html_number(last, number), WIDTH, HEIGHT, s->title, s->nr, LEFT, c.bottom, WIDTH - RIGHT);
	draw_line(out, s, &c);
	draw_points(out, s, &c);
	html_put(out, "</svg>\n<p class=\"axis\"><span>%s</span><span>%s</span></p>\n", s->label[0],
		 s->nr > 1 ? s->label[s->nr - 1] : "");
	numbers(out, s);
	fputs("</figure>\n", out);
}
