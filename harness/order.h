/* SPDX-License-Identifier: GPL-2.0-only */
/* The documented lock order against what many campaigns have seen. */
#ifndef HARNESS_ORDER_H
#define HARNESS_ORDER_H

#include "batch.h"
#include "lockdoc/verdict.h"

/* A verdict for each provider; NULL when no order is documented. The batch's scenarios must live as long. */
struct verdict *order_judge(const struct batch *b, const struct settings *s);
void order_free(struct verdict *v, unsigned nr);

/* Print them. whole: all scenarios took part, so that what was not seen is worth a line. Returns an exit status. */
int order_tell(const struct options *o, const struct verdict *v, unsigned nr, bool whole);

#endif
