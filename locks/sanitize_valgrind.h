/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests to Valgrind's thread checkers. Helgrind and DRD have the same names for theirs, and each takes the other's for errors:
 * one file for each, with one of these tables.
 */
#ifndef LOCKS_SANITIZE_VALGRIND_H
#define LOCKS_SANITIZE_VALGRIND_H

struct thread_checker {
	void (*before)(const volatile void *name);	/* happens before ... */
	void (*after)(const volatile void *name);	/* ... this */
	void (*unwatch)(const volatile void *addr, unsigned long size);
	void (*watch)(const volatile void *addr, unsigned long size);
	_Bool (*here)(void);				/* does the process run under it? */
};

extern const struct thread_checker helgrind_checker, drd_checker;

#endif
