/* SPDX-License-Identifier: GPL-2.0-only */
/* FNV-1a: numbers for texts, the same on every machine and in every build. Any thread may call these; they look at nothing else. */
#ifndef LOCKS_HASH_H
#define LOCKS_HASH_H

#include "types.h"

#define HASH_BASIS 0xcbf29ce484222325ul	/* to begin with */

static inline u64 hash_byte(u64 h, u8 byte)
{
	return (h ^ byte) * 0x100000001b3ul;
}

static inline u64 hash_bytes(u64 h, const void *bytes, size_t n)
{
	for (const u8 *b = bytes; n--; b++)
		h = hash_byte(h, *b);
	return h;
}

/* The text without its end. */
static inline u64 hash_text(u64 h, const char *text)
{
	for (; *text; text++)
		h = hash_byte(h, (u8)*text);
	return h;
}

/* One of several texts: where it ends is part of it. */
static inline u64 hash_field(u64 h, const char *text)
{
	return hash_byte(hash_text(h, text), 0xff);
}

#endif
