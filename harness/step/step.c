/* SPDX-License-Identifier: GPL-2.0-only */
/* Keys, one after the other: see step.h. */
#include "step/step.h"

#include <stdlib.h>
#include <string.h>

#include "step/keys.h"

/* What the keys are for, apart from moving. */
enum mode { MODE_WALK, MODE_HELP, MODE_SEARCH };

struct walker {
	struct view view;
	const struct step_title *title;
	enum mode mode;
	u64 number;			/* typed before g or G; 0: none */
	char input[VIEW_NEEDLE + 1];	/* '/' and what is searched for */
	int help_from, help_more;	/* lines of the help */
	bool done;
};

/* How many rows of steps there are on the screen. */
static u32 page_of(void)
{
	struct layout l;

	return layout_screen(&l, screen_rows(), screen_columns()) ? (u32)l.steps.rows : 1;
}

/* Up and down, while another part has them. What is beyond its end is not drawn, and the way back not longer for it. */
static bool scroll(struct view *v, enum motion motion)
{
	static const int lines[] = { [MOVE_DOWN] = 1, [MOVE_UP] = -1, [MOVE_PAGE_DOWN] = 4, [MOVE_PAGE_UP] = -4 };
	int *at = &v->scroll[v->focus];
	u32 nr = 0;

	if (v->focus == PANE_STEPS || motion > MOVE_PAGE_UP)
		return false;
	*at += lines[motion];
	if (v->focus == PANE_LOCKS) {
		free(walk_held(v->w, v->w->row[view_row(v)].ts, &nr));
		*at = *at < 0 ? 0 : *at > (int)(nr + v->w->nr_lanes) - 1 ? (int)(nr + v->w->nr_lanes) - 1 : *at;
	} else {
		const struct walk_list l = walk_object(v->w, view_row(v));
		const int here = (int)walk_list_before(&l, view_row(v));

		*at = *at < -here ? -here : *at > (int)l.nr - here ? (int)l.nr - here : *at;
	}
	v->say[0] = 0;
	return true;
}

static void begin_search(struct walker *s)
{
	s->mode = MODE_SEARCH;
	s->view.say[0] = 0;
	strcpy(s->input, "/");
}

static void act(struct walker *s, u8 what)
{
	static const char *const for_whom[NR_PANES] = { "the steps", "what is held", "the object's history" };
	struct view *v = &s->view;

	switch (what) {
	case DO_SEARCH:
		begin_search(s);
		break;
	case DO_PANE:
		v->focus = (v->focus + 1) % NR_PANES;
		snprintf(v->say, sizeof(v->say), "up and down are for %s", for_whom[v->focus]);
		break;
	case DO_HELP:
		s->mode = MODE_HELP;
		s->help_from = 0;
		break;
	case DO_QUIT:
		s->done = true;
		break;
	default:
		if (s->number && (what == MOVE_FIRST || what == MOVE_LAST))
			view_go(v, s->number);
		else if (what < NR_MOTIONS && !scroll(v, what))
			view_move(v, what, page_of());
	}
}

static void walk_key(struct walker *s, int key)
{
	const struct key_row *row = key_find(key);

	if (key >= '0' && key <= '9') {
		if (s->number < 1000000000)
			s->number = 10 * s->number + (u64)(key - '0');
		snprintf(s->view.say, sizeof(s->view.say), "%lu: g goes to the step of that number", s->number);
		return;
	}
	if (row)
		act(s, row->what);
	else if (key != KEY_OF_ESCAPE)
		snprintf(s->view.say, sizeof(s->view.say), "this key means nothing here: ? says which do");
	else
		s->view.say[0] = 0;
	s->number = 0;
}

static void help_key(struct walker *s, int key)
{
	const struct key_row *row = key_find(key);

	if (row && row->what == MOVE_DOWN && s->help_more > 0)
		s->help_from++;
	else if (row && row->what == MOVE_UP && s->help_from)
		s->help_from--;
	else if (key == KEY_OF_LEAVE)
		s->done = true;
	else if (key != KEY_OF_RESIZE)
		s->mode = MODE_WALK;
}

/* Enter with nothing typed searches for the same again. */
static void end_search(struct walker *s)
{
	s->mode = MODE_WALK;
	if (s->input[1])
		strcpy(s->view.needle, s->input + 1);
	view_move(&s->view, MOVE_NEXT_MATCH, 1);
}

static void search_key(struct walker *s, int key)
{
	const size_t length = strlen(s->input);

	if (key == KEY_OF_LEAVE)
		s->done = true;
	else if (key == KEY_OF_ENTER)
		end_search(s);
	else if (key == KEY_OF_ESCAPE || (key == KEY_OF_ERASE && length == 1))
		s->mode = MODE_WALK;
	else if (key == KEY_OF_ERASE)
		s->input[length - 1] = 0;
	else if (key < KEY_OF_UP && length + 1 < sizeof(s->input))
		strcpy(s->input + length, (char[]){ (char)key, 0 });
}

static void draw(struct walker *s)
{
	if (s->mode == MODE_HELP)
		s->help_more = draw_help(s->help_from);
	else
		draw_view(&s->view, s->title, s->mode == MODE_SEARCH ? s->input : NULL);
}

static void walk_through(struct walker *s)
{
	static void (*const on_key[])(struct walker *s, int key) = {
		[MODE_WALK] = walk_key, [MODE_HELP] = help_key, [MODE_SEARCH] = search_key,
	};

	while (!s->done) {
		draw(s);
		on_key[s->mode](s, screen_key());
	}
}

int step_check(char err[ERR_LEN])
{
	return screen_check(err);
}

int step_show(FILE *trace, const struct step_title *title, char err[ERR_LEN])
{
	struct walker s = { .title = title };
	struct walk w;
	int failed = walk_read(&w, trace, err);

	if (!failed) {
		view_begin(&s.view, &w);
		failed = screen_open(err);
		if (!failed)
			walk_through(&s);
		screen_close();
		view_free(&s.view);
	}
	walk_free(&w);
	return failed;
}
