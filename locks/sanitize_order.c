/* SPDX-License-Identifier: GPL-2.0-only */
/* What locks and grace periods order, for those who know of nothing but order: see sanitize.h. */
#include "sanitize.h"

#if defined(FLAVOUR_ACCESS) || defined(FLAVOUR_VALGRIND)
#include "machine.h"

/* Where readers leave what they did, for the next writer. */
static const char *readers_of(const void *name)
{
	return (const char *)name + 1;
}

void san_locked(const void *name, bool read, bool shared)
{
	hb_acquire(name);
	if (shared && !read)
		hb_acquire(readers_of(name));
}

void san_unlocked(const void *name, bool read)
{
	hb_release(read ? readers_of(name) : name);
}

void san_seen_free(const void *name)
{
	hb_acquire(name);
	hb_acquire(readers_of(name));
}

/* One name for all read sections: liburcu waits for whom it likes. */
void san_reader_ends(void)
{
	hb_release(&machine->rcu);
}

void san_grace_begins(const void *name)
{
	(void)name;
}

/* liburcu's waiters write to each other's stacks; who has waited is alone with its own again. */
void san_grace_ends(const void *name, u64 readers)
{
	enum { DEPTH = 4096, NEAREST = 256 };
	char *here = __builtin_frame_address(0);

	(void)name;
	(void)readers;
	hb_acquire(&machine->rcu);
	san_watch(here - DEPTH, DEPTH - NEAREST);
}
#endif
