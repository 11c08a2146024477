/* SPDX-License-Identifier: GPL-2.0-only */
/* See keys.h. */
#include "step/keys.h"

#include "step/screen.h"

const struct key_row key_rows[] = {
	{ { 'j', KEY_OF_DOWN }, MOVE_DOWN, "j  down", "the next step", NULL },
	{ { 'k', KEY_OF_UP }, MOVE_UP, "k  up", "the step before", NULL },
	{ { KEY_OF_PAGE_DOWN, ' ' }, MOVE_PAGE_DOWN, "PgDn  space  ^F", "a screen further", NULL },
	{ { KEY_OF_PAGE_UP, 'b' }, MOVE_PAGE_UP, "PgUp  b  ^B", "a screen back", NULL },
	{ { 'g', KEY_OF_HOME }, MOVE_FIRST, "g  Home", "the first step; after a number: the step of that number", NULL },
	{ { 'G', KEY_OF_END }, MOVE_LAST, "G  End", "the end; after a number: as g", NULL },
	{ { 'n' }, MOVE_NEXT_SWITCH, "n  N", "the next, the previous context switch", "n/N switch" },
	{ { 'N' }, MOVE_PREVIOUS_SWITCH, NULL, NULL, NULL },
	{ { 't' }, MOVE_NEXT_OF_THREAD, "t  T", "the next, the previous step of the same thread", NULL },
	{ { 'T' }, MOVE_PREVIOUS_OF_THREAD, NULL, NULL, NULL },
	{ { 'o' }, MOVE_NEXT_ACCESS, "o  O", "the next, the previous access of the same object", "o/O object" },
	{ { 'O' }, MOVE_PREVIOUS_ACCESS, NULL, NULL, NULL },
	{ { 'f' }, MOVE_NEXT_FIELD, "f  F", "the same of this field, this entry, this lock of it alone", "f/F field" },
	{ { 'F' }, MOVE_PREVIOUS_FIELD, NULL, NULL, NULL },
	{ { 'v' }, MOVE_VIOLATION, "v", "the violation, at the end", "v violation" },
	{ { '/' }, DO_SEARCH, "/", "search for a text in steps: thread, operation, object, place", "/ search" },
	{ { '.' }, MOVE_NEXT_MATCH, ".  ,", "the next, the previous step that has it", NULL },
	{ { ',' }, MOVE_PREVIOUS_MATCH, NULL, NULL, NULL },
	{ { 'l' }, MOVE_LANES, "l", "which threads: all, those that touch the object, this one", "l lanes" },
	{ { KEY_OF_TAB }, DO_PANE, "Tab", "who has up and down: the steps, what is held, the history", NULL },
	{ { KEY_OF_RESIZE }, DO_REDRAW, "^L", "draw the screen again", NULL },
	{ { '?', 'h' }, DO_HELP, "?  h", "this", "? help" },
	{ { 'q', 'Q', KEY_OF_LEAVE }, DO_QUIT, "q  ^C", "leave", "q quit" },
	{ { 0 } },
};

const struct key_row *key_find(int key)
{
	for (const struct key_row *row = key_rows; row->key[0]; row++)
		for (size_t i = 0; i < ARRAY_SIZE(row->key) && row->key[i]; i++)
			if (row->key[i] == key)
				return row;
	return NULL;
}
