/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From an address in the program to a place in the source, by this program's own symbols and lines.
 *
 * Concurrency: any thread; findings and points ask, and the first question reads the tables.
 */
#ifndef LOCKS_ACCESS_WHERE_H
#define LOCKS_ACCESS_WHERE_H

#include "exec.h"

/* The place of the instruction before pc, a return address: one constant per pc. Never NULL. */
const struct site *where_site(const void *pc);

/* A pc in 32 bits, and back. */
u32 where_short(const void *pc);
const void *where_long(u32 where);

#endif
