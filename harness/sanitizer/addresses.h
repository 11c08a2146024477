/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the kernel puts mappings, and what clang 14's ThreadSanitizer can take of it. */
#ifndef HARNESS_SANITIZER_ADDRESSES_H
#define HARNESS_SANITIZER_ADDRESSES_H

#define TSAN_RANDOM_BITS 28		/* of the kernel's vm.mmap_rnd_bits: with more, mappings miss the places that it expects */

/*
 * Called inside ThreadSanitizer's start, before it looks at the mappings: when there may be too much randomisation, start the
 * program once more without. Returns when all is well; ends the process with status 4 and one line when that is not allowed.
 */
void addresses_settle(void);

#endif
