/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names that the kernel's comments have for its locks, generation by generation. Classes that the
 * model has too bear the model's names.
 *
 * Concurrency: constant data; kernel_resolve() wants one thread, as lockdoc_builtin() does.
 */
#ifndef HARNESS_LOCKDOC_NAMES_H
#define HARNESS_LOCKDOC_NAMES_H

#include "lockdoc/lockdoc.h"

/* Bits. The generations bear the names of the reverse maps of their time. */
enum kernel_era {
	ERA_PTE_CHAIN = 1,	/* 2.5 */
	ERA_ANON_LIST = 2,	/* 2.6 */
	ERA_ANON_CHAIN = 4,	/* 2.6.34 to 5 */
	ERA_LINUX = 8,		/* 6 */
	ERA_ANY = 15,
};

/* Names for the option --era, ended by NULL: any, then the bits in their order. */
extern const char *const kernel_era_names[];

extern const struct lockdoc_model lockdoc_kernel;

enum name_verdict {
	NAME_KNOWN,
	NAME_UNKNOWN,
	NAME_OTHER_ERA,		/* of another time: eras */
	NAME_AMBIGUOUS,		/* of different things at different times */
	NAME_CHANGED,		/* known, but no longer what the comment takes it for; why says what */
};

struct kernel_name {
	enum name_verdict verdict;
	u8 class;		/* 0: none */
	unsigned eras;		/* in which it is a name */
	const char *why;
	const char *near;	/* unknown: a name that differs in the owner only, or NULL */
};

/* name: single blanks between its words, no "->" at its beginning; eras: bits. */
struct kernel_name kernel_resolve(const char *name, unsigned eras);

/* Of an identifier? */
static inline bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* "anon-list, anon-chain" */
#define KERNEL_TIMES 64
const char *kernel_times(unsigned eras, char text[KERNEL_TIMES]);

#endif
