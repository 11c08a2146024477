/* SPDX-License-Identifier: GPL-2.0-only */
/* Places in the source: see frame.h. What stands in core/ tells more than the list helper or memset() that it was inlined into. */
#if defined(FLAVOUR_TSAN) || defined(FLAVOUR_ASAN)
#include "sanitizer/frame.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void __sanitizer_symbolize_pc(void *pc, const char *fmt, char *out, size_t size);

/* One address may be several functions, inlined into each other: the runtime gives one after the other, each ended by NUL. */
static bool take(char *text, struct frame *f, bool any)
{
	char *func = text, *file = strchr(text, ' ');

	if (!file)
		return false;
	*file++ = 0;
	if (!any && !strstr(file, "core/"))
		return false;
	if (strrchr(file, '/'))
		file = strrchr(file, '/') + 1;
	snprintf(f->func, sizeof(f->func), "%s", func);
	snprintf(f->place, sizeof(f->place), "%s", file);
	return true;
}

static bool take_from(void *pc, struct frame *f, bool any)
{
	char text[1024] = "";

	__sanitizer_symbolize_pc(pc, "%f %s:%l", text, sizeof(text) - 1);
	for (char *at = text; at < text + sizeof(text) && *at;) {
		size_t length = strlen(at) + 1;

		if (take(at, f, any))
			return true;
		at += length;
	}
	return false;
}

void frame_of_model(void *const trace[FRAME_DEPTH], struct frame *f)
{
	for (int i = 0; i < FRAME_DEPTH && trace[i]; i++)
		if (take_from(trace[i], f, false))
			return;
	if (!trace[0] || !take_from(trace[0], f, true))
		*f = (struct frame){ "?", "?" };
}
#endif
