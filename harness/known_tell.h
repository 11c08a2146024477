/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling what was found and is known: it was passed over, and counted. */
#ifndef HARNESS_KNOWN_TELL_H
#define HARNESS_KNOWN_TELL_H

#include "judged.h"

/* Where it was. */
struct known_place {
	const char *scenario;		/* "": of no scenario that has a name */
	const char *provider;
	const u64 *defects;
	u64 seed;
};

/* One JSON line for each. */
void known_put(const struct judged *known, const struct known_place *at);

/* "known: SIGNATURE, seen N times", a line for each; of nr results, which are size bytes long and have theirs at first. */
void known_print(const struct judged *first, unsigned nr, size_t size);

#endif
