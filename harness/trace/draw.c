/* SPDX-License-Identifier: GPL-2.0-only */
/* Drawing an interleaving: see draw.h. What is where has been decided (picture.h); here it is written. */
#include "trace/draw.h"

#include <string.h>

#include "trace/picture.h"
#include "trace/style.h"
#include "trace/xml.h"

#define LINE 17				/* from one line of prose to the next */
#define CORNER 5.0			/* radius of the turns of the path */

/* ---- pieces ---- */

/* As text; what is longer than the most is cut. */
static void put_text(FILE *out, const char *class, double x, double y, const char *text, size_t most)
{
	const bool whole = strlen(text) <= most;

	fprintf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
	xml_text_part(text, whole ? most : most - 1, out);
	fprintf(out, "%s</text>\n", whole ? "" : "&#8230;");
}

static void put_rect(FILE *out, const char *class, double x, double y, double width, double height, double radius)
{
	fprintf(out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"%.1f\"/>\n", class, x, y, width,
		height, radius);
}

static bool is_violating(const struct picture *p, const struct item *i)
{
	return p->violated && p->by_thread && !i->note && i->ts == p->violation_at;
}

/* ---- lanes ---- */

static void draw_lanes(const struct picture *p, FILE *out)
{
	for (size_t i = 0; i < p->nr_lanes; i++) {
		const struct lane *l = &p->lane[i];
		const bool thread = i + 1 < p->nr_lanes;

		if (!(l->width > 0))
			continue;
		put_rect(out, "rt-lane", l->x, p->top - 30, l->width, p->bottom - p->top + 36, 6);
		put_text(out, thread ? "rt-name" : "rt-name rt-grace-name", l->x + PAD, p->top - 11, l->name, 64);
		if (thread && p->nr_rows)
			fprintf(out, "<path class=\"rt-life\" d=\"M%.1f %.1fV%.1f\"/>\n", l->line, p->top, p->bottom);
	}
}

/* How much is left out in a row: of each lane in that lane, and of all to the right. */
static void draw_gap(const struct picture *p, size_t row, FILE *out)
{
	const double y = row_y(p, row) + 4;
	size_t all = 0;

	for (unsigned lane = 0; lane + 1 < p->nr_lanes; lane++) {
		const size_t steps = left_out(p, row, lane);
		char text[48];

		gap_text(steps, text, sizeof(text));
		if (steps)
			put_text(out, "rt-left-out", p->lane[lane].text, y, text, MOST_LETTERS);
		all += steps;
	}
	fprintf(out, "<text class=\"rt-left-out\" x=\"%.1f\" y=\"%.1f\">%zu left out</text>\n", p->right + 6, y, all);
}

/* ---- what lasts ---- */

static const struct {
	const char *class, *letter, *about;
	double narrower;
} bar_style[] = {
	[BAR_WRITE] = { "rt-write", "W", "held for write by", 0 },
	[BAR_READ] = { "rt-read", "R", "held for read by", 0 },
	[BAR_SECTION] = { "rt-section", "", "read section of", 3 },
	[BAR_GRACE] = { "rt-grace", "", "grace period of", 0 },
};

static void draw_bar_label(const struct bar *b, double x, FILE *out)
{
	const char *letter = bar_style[b->kind].letter;
	double y = b->from + 12, room;

	if (y > b->to)
		return;
	if (letter[0])
		fprintf(out, "<text class=\"rt-letter rt-on-%s\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", bar_style[b->kind].class + 3,
			x + BAR / 2.0, y, letter);
	y += letter[0] ? 5 : -6;
	room = b->to - y - 3;
	if (room < (double)strlen(b->label) * SMALL_LETTER)
		return;
	fprintf(out, "<text class=\"rt-label rt-on-%s\" transform=\"translate(%.1f %.1f) rotate(90)\">", bar_style[b->kind].class + 3,
		x + BAR / 2.0 - 3.3, y);
	xml_text(b->label, out);
	fputs("</text>\n", out);
}

static void draw_bar(const struct picture *p, const struct bar *b, FILE *out)
{
	const struct lane *l = &p->lane[b->lane];
	const double x = l->x + PAD + b->slot * BAR_STEP, in = bar_style[b->kind].narrower;
	const char *whose = b->kind == BAR_GRACE ? b->class : l->name;
	char class[32];

	if (b->to <= b->from)
		return;
	fputs("<g><title>", out);
	xml_text(b->label, out);
	fprintf(out, ": %s ", bar_style[b->kind].about);
	xml_text(whose, out);
	fprintf(out, ", steps %lu to ", b->since);
	if (b->open)
		fputs("the end", out);
	else
		fprintf(out, "%lu", b->until - 1);
	fputs(" (", out);
	xml_text(b->taken, out);
	fputs(b->open ? "" : " to ", out);
	xml_text(b->open ? "" : b->released, out);
	fputs(")</title>", out);
	snprintf(class, sizeof(class), "rt-bar %s", bar_style[b->kind].class);
	put_rect(out, class, x + in / 2, b->from, BAR - in, b->to - b->from, 3);
	draw_bar_label(b, x, out);
	fputs("</g>\n", out);
}

static void draw_wait(const struct picture *p, const struct wait *w, FILE *out)
{
	const struct lane *l = &p->lane[w->lane];
	const bool lasts = p->nr_rows && p->row[p->nr_rows - 1].kind == ROW_TAIL && w->until > p->steps + 1;
	char text[TRACE_DRAW_ERR];

	if (w->to <= w->from)
		return;
	wait_text(w, text, sizeof(text));
	fputs("<g><title>", out);
	xml_text(l->name, out);
	fputs(" ", out);
	xml_text(text, out);
	fputs(" (", out);
	xml_text(w->site, out);
	fprintf(out, ")</title><path class=\"rt-wait\" d=\"M%.1f %.1fV%.1f\"/>", l->line, w->from, w->to);
	if (w->row >= 0)
		put_text(out, "rt-waits", l->text, row_y(p, (size_t)w->row) + 4, text, MOST_LETTERS);
	if (lasts && w->row + 1 != (int)p->nr_rows)
		put_text(out, "rt-waits", l->text, row_y(p, p->nr_rows - 1) + 4, text, MOST_LETTERS);
	fputs("</g>\n", out);
}

/* ---- steps ---- */

/* From the step before to this one: down, and over to the other lane just above it. */
static void turn(FILE *out, double from, double to, double y)
{
	const double side = to > from ? CORNER : -CORNER, level = y - ROW / 2.0;

	if (from < to || from > to)
		fprintf(out, "V%.1fQ%.1f %.1f %.1f %.1fH%.1fQ%.1f %.1f %.1f %.1f", level - CORNER, from, level, from + side, level,
			to - side, to, level, to, level + CORNER);
	fprintf(out, "V%.1f", y);
}

/* One line through all steps in their order: where it goes over to another lane, another thread goes on. */
static void draw_path(const struct picture *p, FILE *out)
{
	double at = 0;
	bool on = false;

	fputs("<path class=\"rt-path\" d=\"", out);
	for (size_t i = 0; i < p->nr_rows; i++) {
		const struct item *item = &p->item[p->row[i].first];
		double x;

		if (p->row[i].kind != ROW_STEP)
			on = false;
		if (p->row[i].kind != ROW_STEP || item->note)
			continue;
		x = p->lane[item->lane].line;
		if (on)
			turn(out, at, x, row_y(p, i));
		else
			fprintf(out, "M%.1f %.1f", x, row_y(p, i));
		at = x;
		on = true;
	}
	fputs("\"/>\n", out);
}

static void draw_cross(double x, double y, FILE *out)
{
	fprintf(out, "<circle class=\"rt-bad-dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"7\"/>"
		"<path class=\"rt-cross\" d=\"M%.1f %.1fl6 6m0 -6l-6 6\"/>",
		x, y, x - 3, y - 3);
}

static void draw_dot(const struct picture *p, const struct item *i, double x, double y, FILE *out)
{
	if (is_violating(p, i))
		draw_cross(x, y, out);
	else if (i->note)
		fprintf(out, "<path class=\"rt-note-dot\" d=\"M%.1f %.1fl4 4l-4 4l-4 -4z\"/>", x, y - 4);
	else
		fprintf(out, "<circle class=\"rt-dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"/>", x, y, i->touches ? "4" : "3");
}

/* What lies behind bars and words: a band where steps are left out; the row of the violation; dots that lead to the place in the source. */
static void draw_behind(const struct picture *p, size_t row, FILE *out)
{
	const struct row *r = &p->row[row];
	const struct item *i = &p->item[r->first];
	const double y = row_y(p, row);
	char text[TRACE_DRAW_ERR];
	double from;

	if (r->kind == ROW_GAP)
		put_rect(out, "rt-gap", PAD, y - ROW / 2.0 + 2, p->width - 2 * PAD, ROW - 4, 3);
	if (r->kind == ROW_TAIL && p->violated && !p->by_thread)
		put_rect(out, "rt-bad-row", PAD, y - ROW / 2.0 + 0.5, p->width - 2 * PAD, ROW - 1, 3);
	if (r->kind != ROW_STEP)
		return;
	if (is_violating(p, i))
		put_rect(out, "rt-bad-row", PAD, y - ROW / 2.0 + 0.5, p->width - 2 * PAD, ROW - 1, 3);
	item_text(i, text, sizeof(text));
	from = p->lane[i->lane].text + (double)min(strlen(text), (size_t)MOST_LETTERS) * LETTER + 6;
	if (i->site[0] && p->right - from > 24)
		fprintf(out, "<path class=\"rt-leader\" d=\"M%.1f %.1fH%.1f\"/>", from, y + 3.5, p->right);
}

static void draw_item(const struct picture *p, size_t row, FILE *out)
{
	const struct item *i = &p->item[p->row[row].first];
	const struct lane *l = &p->lane[i->lane];
	const double y = row_y(p, row);
	char text[TRACE_DRAW_ERR];

	item_text(i, text, sizeof(text));
	fprintf(out, "<g class=\"rt-step\"><title>step %lu, ", i->ts);
	xml_text(l->name, out);
	fputs(": ", out);
	xml_text(text, out);
	fputs(i->site[0] ? " at " : "", out);
	xml_text(i->site, out);
	fputs("</title>", out);
	draw_dot(p, i, l->line, y, out);
	if (!i->note)
		fprintf(out, "<text class=\"rt-number\" x=\"%.1f\" y=\"%.1f\">%lu</text>", p->left - 12, y + 4, i->ts);
	put_text(out, i->note ? "rt-note" : i->touches ? "rt-op rt-touch" : "rt-op", l->text, y + 4, text, MOST_LETTERS);
	if (i->site[0])
		put_text(out, "rt-site", p->right + 6, y + 4, i->site, 64);
	fputs("</g>\n", out);
}

/* When all steps are done: somebody may find something then. */
static void draw_tail(const struct picture *p, double y, FILE *out)
{
	fprintf(out, "<text class=\"rt-number\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", p->left - 12, y + 4,
		p->steps ? "end" : "0");
	if (!p->violated || p->finder < 0)
		return;
	draw_cross(p->lane[p->finder].line, y, out);
	put_text(out, "rt-op", p->lane[p->finder].text, y + 4, FINDS, MOST_LETTERS);
}

/* ---- above and below ---- */

static void draw_title(const struct picture *p, FILE *out)
{
	size_t i;
	const json_t *d;

	fprintf(out, "<text class=\"rt-title\" x=\"%d\" y=\"24\">", PAD);
	xml_text(p->scenario, out);
	fputs("<tspan class=\"rt-origin\" dx=\"9\">provider ", out);
	xml_text(p->provider, out);
	json_array_foreach(p->defects, i, d) {
		fputs(i ? ", " : " &#183; defect ", out);
		xml_text(json_string_value(d) ? json_string_value(d) : "", out);
	}
	fprintf(out, " &#183; %lu steps</tspan></text>\n", p->steps);
}

/* Bytes of the first line, when lines have so many letters. */
static size_t line_of(const char *text, size_t letters)
{
	size_t n = strlen(text);

	if (n <= letters)
		return n;
	for (n = letters; n && text[n] != ' ';)
		n--;
	return n ? n : letters;
}

/* The violation. Returns where it ends; out NULL: only that. */
static double draw_box(const struct picture *p, double y, FILE *out)
{
	const size_t letters = (size_t)((p->width - 4 * PAD) / LETTER);
	const char *at = p->about;
	double end = y + 14 + LINE + 8;

	for (; *at; at += line_of(at, letters), at += *at == ' ')
		end += LINE;
	if (!out)
		return end;
	put_rect(out, "rt-box", PAD, y, p->width - 2 * PAD, end - y, 5);
	put_text(out, "rt-signature", 2 * PAD, y + 22, p->signature, letters);
	y += 22;
	for (at = p->about; *at; at += line_of(at, letters), at += *at == ' ') {
		y += LINE;
		fprintf(out, "<text class=\"rt-about\" x=\"%d\" y=\"%.1f\">", 2 * PAD, y);
		xml_text_part(at, line_of(at, letters), out);
		fputs("</text>\n", out);
	}
	return end;
}

static bool bar_is_used(const struct picture *p, enum bar_kind kind)
{
	for (size_t i = 0; i < p->nr_bars; i++)
		if (p->bar[i].kind == kind && p->bar[i].to > p->bar[i].from)
			return true;
	return false;
}

static bool anybody_waits(const struct picture *p)
{
	for (size_t i = 0; i < p->nr_waits; i++)
		if (p->wait[i].to > p->wait[i].from)
			return true;
	return false;
}

static bool anything_touches(const struct picture *p)
{
	for (size_t i = 0; i < p->nr_items; i++)
		if (p->item[i].drawn && p->item[i].touches)
			return true;
	return false;
}

#define SWATCH(class) "<rect class=\"rt-bar " class "\" width=\"22\" height=\"12\" rx=\"3\" y=\"-10\"/>"

/* What each mark means, of those that are in the drawing. Returns where it ends; out NULL: only that. */
static double draw_legend(const struct picture *p, double y, FILE *out)
{
	const struct {
		const char *mark, *text;
		bool used;
	} row[] = {
		{ SWATCH("rt-write"), "held for write", bar_is_used(p, BAR_WRITE) },
		{ SWATCH("rt-read"), "held for read", bar_is_used(p, BAR_READ) },
		{ SWATCH("rt-section"), "read section", bar_is_used(p, BAR_SECTION) },
		{ SWATCH("rt-grace"), "grace period", bar_is_used(p, BAR_GRACE) },
		{ "<path class=\"rt-wait\" d=\"M0 -4H22\"/>", "waits", anybody_waits(p) },
		{ "<circle class=\"rt-dot\" cx=\"11\" cy=\"-4\" r=\"4\"/>", "in bold: what the violation is about", anything_touches(p) },
	};
	double x = 0;

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		const double width = 30 + (double)strlen(row[i].text) * LETTER + 18;

		if (!row[i].used)
			continue;
		if (x < 1 || x + width > p->width - PAD) {
			x = PAD;
			y += LINE + 5;
		}
		if (out)
			fprintf(out, "<g transform=\"translate(%.1f %.1f)\">%s<text class=\"rt-legend\" x=\"30\">%s</text></g>\n", x, y,
				row[i].mark, row[i].text);
		x += width;
	}
	return y;
}

static void draw_all(const struct picture *p, FILE *out)
{
	double y = p->bottom + 18;

	draw_title(p, out);
	draw_lanes(p, out);
	for (size_t i = 0; i < p->nr_rows; i++)
		draw_behind(p, i, out);
	for (size_t i = 0; i < p->nr_bars; i++)
		draw_bar(p, &p->bar[i], out);
	draw_path(p, out);
	for (size_t i = 0; i < p->nr_rows; i++) {
		if (p->row[i].kind == ROW_GAP)
			draw_gap(p, i, out);
		else if (p->row[i].kind == ROW_STEP)
			draw_item(p, i, out);
		else
			draw_tail(p, row_y(p, i), out);
	}
	for (size_t i = 0; i < p->nr_waits; i++)
		draw_wait(p, &p->wait[i], out);
	if (p->violated)
		y = draw_box(p, y, out);
	draw_legend(p, y, out);
}

static void draw_picture(const struct picture *p, FILE *out)
{
	double y = p->bottom + 18;

	if (p->violated)
		y = draw_box(p, y, NULL);
	y = draw_legend(p, y, NULL) + PAD;
	fprintf(out, "<svg class=\"rt\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" "
		"role=\"img\" aria-label=\"", p->width, y, p->width, y);
	xml_text(p->scenario, out);
	fputs(": ", out);
	xml_text(p->violated ? p->signature : "an execution", out);
	fprintf(out, "\">\n<style>\n%s</style>\n", trace_style);
	put_rect(out, "rt-page", 0, 0, p->width, y, 0);
	draw_all(p, out);
	fputs("</svg>\n", out);
}

int trace_draw(FILE *out, const json_t *trace, const struct trace_drawing *how, char err[TRACE_DRAW_ERR])
{
	struct picture p;
	int failed = picture_read(&p, trace, err);

	if (!failed) {
		picture_choose(&p, how);
		picture_place(&p);
		draw_picture(&p, out);
	}
	picture_free(&p);
	return failed;
}
