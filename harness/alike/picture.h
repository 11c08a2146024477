/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A picture of memory as the reverse map shows it, in words that do not depend on who provides it: which VMAs there are, what their entries
 * are, where a walk of each mapped page would come to, which anon_vmas each VMA is chained to, and what those count.
 *
 * Concurrency: quiescent; looks through core's objects and the provider's views.
 */
#ifndef HARNESS_ALIKE_PICTURE_H
#define HARNESS_ALIKE_PICTURE_H

#include "mm.h"

/* Lines of text, which the caller frees. */
char *picture(void);

#endif
