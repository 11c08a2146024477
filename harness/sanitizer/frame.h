/* SPDX-License-Identifier: GPL-2.0-only */
/* A place in the source for an address in a sanitizer's report. Called by the hooks of this directory, inside the runtime. */
#ifndef HARNESS_SANITIZER_FRAME_H
#define HARNESS_SANITIZER_FRAME_H

#define FRAME_DEPTH 16

struct frame {
	char func[64];
	char place[64];			/* "file.c:123" */
};

/* Of a stack, innermost first and ended by NULL: the first function of the model's own; if there is none, the innermost one. */
void frame_of_model(void *const trace[FRAME_DEPTH], struct frame *f);

#endif
