/* SPDX-License-Identifier: GPL-2.0-only */
/* How much memory a stress process has, and which. */
#ifndef HARNESS_STRESS_MEMORY_H
#define HARNESS_STRESS_MEMORY_H

#include "types.h"

/* Resident, in MiB; 0: the kernel does not say. */
u64 memory_resident_mib(void);

/* "N KiB resident: arena ..., slabs ..., ...": one line of where it is, of all that can be told while threads run. */
void memory_describe(char *text, size_t size);

#endif
