/* SPDX-License-Identifier: GPL-2.0-only */
/* Which key does what: one table, for those who press them and for the help. Concurrency: constant. */
#ifndef HARNESS_STEP_KEYS_H
#define HARNESS_STEP_KEYS_H

#include "step/view.h"

/* What is no motion. */
enum { DO_SEARCH = NR_MOTIONS, DO_PANE, DO_HELP, DO_REDRAW, DO_QUIT };

struct key_row {
	int key[3];			/* characters, or KEY_OF_*; 0: no more */
	u8 what;			/* enum motion, or DO_* */
	const char *name;		/* in the help; NULL: it stands with the row before */
	const char *about;
	const char *hint;		/* in the last row of the screen, if there is room; or NULL */
};

/* Ends with an empty row. */
extern const struct key_row key_rows[];

/* NULL if the key means nothing. */
const struct key_row *key_find(int key);

#endif
