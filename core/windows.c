/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of windows. */
#include "windows.h"

const struct window_info window_info[NR_WINDOWS] = {
#define WINDOW_ROW(name, text, about) { text, about },
	WINDOW_TABLE(WINDOW_ROW)
#undef WINDOW_ROW
};
