/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's basic types and macros, without any libc header: code that bears kernel names, and later a real mm/rmap.c,
 * sees nothing of libc.
 */
#ifndef LOCKS_TYPES_H
#define LOCKS_TYPES_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef signed int s32;
typedef signed long s64;
typedef unsigned int gfp_t;
typedef __SIZE_TYPE__ size_t;

#ifndef bool
#define bool _Bool
#define true 1
#define false 0
#endif
#ifndef NULL
#define NULL ((void *)0)
#endif

#if defined(FLAVOUR_VALGRIND)
#include "marked.h"
#endif

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define noinline __attribute__((noinline))
#define __maybe_unused __attribute__((unused))
#define __printf(f, a) __attribute__((format(printf, f, a)))
#define __cacheline_aligned __attribute__((aligned(64)))
#ifndef offsetof
#define offsetof(t, m) __builtin_offsetof(t, m)
#endif
#define container_of(p, t, m) ((t *)((char *)(p) - offsetof(t, m)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(n) (1ul << (n))
#define BUILD_BUG_ON(cond) _Static_assert(!(cond), #cond)

/* A name that no other use has: macros nest without shadowing each other's variables. */
#define PASTE_AGAIN(a, b) a##b
#define PASTE(a, b) PASTE_AGAIN(a, b)
#define UNIQUE(name) PASTE(name, __COUNTER__)

#define smaller_(a, b, x, y) ({ __typeof__(a) x = (a); __typeof__(b) y = (b); x < y ? x : y; })
#define larger_(a, b, x, y) ({ __typeof__(a) x = (a); __typeof__(b) y = (b); x > y ? x : y; })
#define min(a, b) smaller_(a, b, UNIQUE(x_), UNIQUE(y_))
#define max(a, b) larger_(a, b, UNIQUE(x_), UNIQUE(y_))

/* Error numbers as the kernel returns them, negated; guarded, because harness code includes <errno.h> too. */
#ifndef ENOMEM
#define EPERM 1
#define ENOENT 2
#define ESRCH 3
#define EINTR 4
#define EIO 5
#define ENXIO 6
#define EAGAIN 11
#define ENOMEM 12
#define EFAULT 14
#define EBUSY 16
#define EEXIST 17
#define ENODEV 19
#define EINVAL 22
#define ENOSPC 28
#endif

#endif
