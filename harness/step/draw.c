/* SPDX-License-Identifier: GPL-2.0-only */
/* The whole screen: see draw.h. */
#include "step/draw.h"

#include <stdio.h>
#include <string.h>

#include "step/keys.h"

void draw_title(int y, int x, int columns, bool focus, const char *title)
{
	int used;

	screen_rule(y, x, columns, STYLE_DIM, GLYPH_DASH);
	used = screen_print(y, x + 1, columns - 2, focus ? STYLE_STRONG : STYLE_PLAIN, " %s%s ", focus ? "> " : "", title);
	(void)used;
}

/* What stands at the right edge goes first: the left one is cut off. */
static void draw_pair(int y, style_t left_style, const char *left, style_t right_style, const char *right)
{
	const int columns = screen_columns(), length = (int)strlen(right);

	screen_text(y, 1, columns - length - 4, left_style, left);
	screen_text(y, columns - length - 1, length, right_style, right);
}

static void draw_head(const struct view *v, const struct step_title *title)
{
	const struct walk *w = v->w;
	const struct walk_row *now = &w->row[view_row(v)];
	const char *found = walk_word(w, w->signature);
	const bool other = title->expected && strcmp(found, title->expected);
	char left[512], right[160], at[32];

	snprintf(left, sizeof(left), "%s  %s%s%s", walk_word(w, w->scenario), walk_word(w, w->provider), w->defects ? "  " : "",
		 walk_word(w, w->defects));
	snprintf(right, sizeof(right), "%s, seed %lu, execution %lu", walk_word(w, w->strategy), w->seed, title->execution);
	draw_pair(0, STYLE_STRONG, left, STYLE_PLAIN, right);
	snprintf(left, sizeof(left), "%s%s%s%s", found[0] ? found : "nothing was found", other ? ", not " : "",
		 other ? title->expected : "", other ? " as the file says" : "");
	snprintf(at, sizeof(at), now->kind == WALK_END ? "the end, after" : "step %lu of", now->ts);
	snprintf(right, sizeof(right), "%s %lu  switch %u of %u", at, w->steps, now->switches, w->row[w->nr_rows - 1].switches);
	draw_pair(1, found[0] ? STYLE_BAD : STYLE_PLAIN, left, STYLE_PLAIN, right);
}

/* The step under the cursor, in full; or what the last key came to. */
static void draw_say(const struct view *v, const struct layout *l, const char *input)
{
	const int columns = screen_columns() - 2;
	const struct walk_row *now = &v->w->row[view_row(v)];
	char line[512];

	if (input) {
		const int used = screen_text(l->say, 1, columns - 1, STYLE_STRONG, input);

		screen_glyph(l->say, 1 + used, STYLE_PLAIN, GLYPH_BLANK);
		screen_highlight(l->say, 1 + used, 1, STYLE_PLAIN);
	} else if (v->say[0]) {
		screen_text(l->say, 1, columns, STYLE_STRONG, v->say);
	} else {
		if (now->kind == WALK_END)
			snprintf(line, sizeof(line), "%s", walk_word(v->w, v->w->text));
		else
			walk_line(v->w, view_row(v), line, sizeof(line));
		screen_text(l->say, 1, columns, now->kind == WALK_END ? STYLE_BAD : STYLE_LANE + now->lane, line);
	}
}

/* As many hints as there is room for, the last ones of the table before others: leaving comes first. */
static void draw_hints(const struct layout *l)
{
	int right = screen_columns() - 1, x = 1;

	for (const struct key_row *row = key_rows; row->key[0]; row++)
		if (row->what >= DO_HELP && row->hint)
			right -= (int)strlen(row->hint) + 2;
	for (const struct key_row *row = key_rows; row->key[0]; row++) {
		const int length = row->hint ? (int)strlen(row->hint) : 0;

		if (!length || (row->what < DO_HELP && x + length > right))
			continue;
		x += screen_text(l->keys, x, length, STYLE_DIM, row->hint) + 2;
	}
}

static void draw_too_small(void)
{
	screen_print(0, 0, screen_columns(), STYLE_STRONG, "%dx%d is needed,", LEAST_COLUMNS, LEAST_ROWS);
	screen_print(1, 0, screen_columns(), STYLE_STRONG, "this is %dx%d:", screen_columns(), screen_rows());
	screen_text(2, 0, screen_columns(), STYLE_PLAIN, "enlarge it, or q");
}

/* The rule between what is side by side. */
static void draw_bar(const struct layout *l)
{
	const int x = (l->beside ? l->locks.x : l->object.x) - 1, top = l->beside ? l->steps.y - 1 : l->locks.y - 1;
	const int bottom = l->object.y + l->object.rows;

	for (int y = top; y < bottom; y++)
		screen_glyph(y, x, STYLE_DIM, y == top && !l->beside ? GLYPH_TEE : GLYPH_BAR);
}

void draw_view(struct view *v, const struct step_title *title, const char *input)
{
	struct layout l;

	screen_clear();
	if (!layout_screen(&l, screen_rows(), screen_columns())) {
		draw_too_small();
		screen_show();
		return;
	}
	draw_head(v, title);
	draw_steps(v, &l.steps);
	draw_title(l.locks.y - 1, l.locks.x, l.locks.columns, v->focus == PANE_LOCKS, "held");
	draw_locks(v, &l.locks);
	draw_object(v, &l.object);
	draw_bar(&l);
	draw_say(v, &l, input);
	draw_hints(&l);
	screen_show();
}

/* ---- help ---- */

static const char *const legend[] = {
	"",
	"> under the cursor     a row is a step, a column a thread",
	"held: W for write, R for read, S a read section (RCU, SRCU) or no interrupts,",
	"      G a grace period; + taken in this step, - let go in it; where it was taken",
	NULL
};

static const struct {
	enum glyph glyph;
	const char *about;
} signs[] = {
	{ GLYPH_LINE, "a thread goes on" },	 { GLYPH_HEAVY, "and holds a lock" },
	{ GLYPH_DOTTED, "it waits" },		 { GLYPH_STEP, "its step" },
	{ GLYPH_TOUCH, "one that touches the object under the cursor" },
	{ GLYPH_STORED, "an earlier store comes to memory" },
};

static void help_line(int *y, int from, int *nr, const char *left, const char *text)
{
	const int at = (*nr)++ - from;

	if (at < 0 || at >= screen_rows() - 1)
		return;
	*y = at;
	screen_text(at, 1, 16, STYLE_STRONG, left);
	screen_text(at, left[0] ? 19 : 1, screen_columns() - (left[0] ? 20 : 2), STYLE_PLAIN, text);
}

int draw_help(int from)
{
	int nr = 0, y;

	screen_clear();
	for (const struct key_row *row = key_rows; row->key[0]; row++)
		if (row->name)
			help_line(&y, from, &nr, row->name, row->about);
	for (size_t i = 0; legend[i]; i++)
		help_line(&y, from, &nr, "", legend[i]);
	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		y = -1;
		help_line(&y, from, &nr, " ", signs[i].about);
		if (y >= 0)
			screen_glyph(y, 1, STYLE_STRONG, signs[i].glyph);
	}
	screen_text(screen_rows() - 1, 1, screen_columns() - 2, STYLE_DIM,
		    nr - from > screen_rows() - 1 ? "down: more; any other key: back" : "any key: back");
	screen_show();
	return nr - from - (screen_rows() - 1);
}
