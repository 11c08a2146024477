/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out what monitors do, and what guests say of their pages; see interp.c. */
#include "interp.h"
#include "unused.h"
#include "userfaultfd.h"

static void with_range(struct context *c, int (*fn)(struct mm_struct *mm, unsigned long start, unsigned long len))
{
	struct range r;

	if (range_of(c, &r))
		came_error(c, fn(c->mm, r.start, r.len));
	else
		came(c, SCN_GONE);
}

void op_uffd_register(struct context *c)
{
	with_range(c, userfaultfd_register);
}

void op_uffd_unregister(struct context *c)
{
	with_range(c, userfaultfd_unregister);
}

static void fill(struct context *c, const u64 *content)
{
	struct range r;

	if (range_of(c, &r))
		came_error(c, userfaultfd_copy(c->mm, r.start, content));
	else
		came(c, SCN_GONE);
}

void op_uffd_copy(struct context *c)
{
	u64 word = stored_word(c);

	fill(c, &word);
}

void op_uffd_zeropage(struct context *c)
{
	fill(c, NULL);
}

static int wake(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	userfaultfd_wake(mm, start, len);
	return 0;
}

void op_uffd_wake(struct context *c)
{
	with_range(c, wake);
}

void op_uffd_close(struct context *c)
{
	userfaultfd_release(c->mm);
}

static int set_unused(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	(void)len;
	return page_set_unused(mm, start, true);
}

void op_unused(struct context *c)
{
	with_range(c, set_unused);
}

static int set_stable(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	(void)len;
	return page_set_unused(mm, start, false);
}

void op_stable(struct context *c)
{
	with_range(c, set_stable);
}
