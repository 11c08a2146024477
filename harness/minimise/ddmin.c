/* SPDX-License-Identifier: GPL-2.0-only */
/* Delta debugging: see ddmin.h. Chunks are taken away, half of all first, single items last. */
#include "minimise/ddmin.h"

static bool try_without(const struct ddmin *dd, struct directives *d, struct directives *candidate, u32 first, u32 count)
{
	directives_without(candidate, d, first, count);
	if (!dd->test(dd->arg, candidate))
		return false;
	directives_copy(d, candidate);
	return true;
}

/* One pass over all chunks of that size. */
static bool pass(const struct ddmin *dd, struct directives *d, struct directives *candidate, u32 chunk)
{
	bool any = false;

	for (u32 at = 0; at < d->nr;) {
		if (try_without(dd, d, candidate, at, chunk))
			any = true;	/* what came next is at this place now */
		else
			at += chunk;
	}
	return any;
}

void ddmin_run(const struct ddmin *dd, struct directives *d)
{
	struct directives candidate = { .nr = 0 };
	u32 chunk;

	if (d->nr && !try_without(dd, d, &candidate, 0, d->nr)) {
		for (chunk = (d->nr + 1) / 2; d->nr; chunk = min((chunk + 1) / 2, (d->nr + 1) / 2)) {
			bool any = pass(dd, d, &candidate, chunk);

			/* With one taken away, another one may have become needless. */
			if (chunk <= 1 && !any)
				break;
		}
	}
	directives_free(&candidate);
}
