/* SPDX-License-Identifier: GPL-2.0-only */
/* The arena: mapping it, handing it out, snapshots of it. */
#define _GNU_SOURCE
#include "machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fiber.h"
#include "sanitize.h"

/* The two ends of the arena that are in use. */
struct snapshot {
	size_t low, high;
	char *bytes;
};

void die(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("rmaptorture: internal error: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	_exit(3);
}

/* The arena is mapped once in a process; a second machine begins with it zeroed. */
static int arena_map(size_t size)
{
	static size_t mapped;		/* of the process, not of the machine: addresses are given away only once */
	void *at = (void *)ARENA_BASE;

	if (mapped) {
		if (size > mapped)
			die("the arena is %zu bytes, %zu wanted", mapped, size);
		return madvise(at, mapped, MADV_DONTNEED);
	}
	if (mmap(at, size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0) != at)
		return -1;
	mapped = size;
	return fiber_map_stacks(FIBER_TASKS + 1);
}

int machine_init(const struct machine_config *config)
{
	san_quiet();
	if (arena_map(config->arena_size))
		return -1;
	if (config->executor == EXEC_CONTROLLED)
		fiber_announce_stacks(FIBER_TASKS + 1);
	machine->executor = config->executor;
	machine->arena_size = config->arena_size;
	machine->oracles = ~0u;
	machine->sink = config->sink;
	machine->used = (sizeof(struct machine) + 63) & ~63ul;
	machine->max_tasks = config->max_tasks;
	if (config->executor == EXEC_CONTROLLED && config->max_tasks > FIBER_TASKS)
		die("%u tasks wanted, the controlled scheduler has %d", config->max_tasks, FIBER_TASKS);
	machine->task = machine_alloc(config->max_tasks * sizeof(struct task));
	lockdep_init(config->classes, config->nr_classes);
	san_unwatch(machine, machine->used);
	return 0;
}

/* Bytes of the slab's chunks, at the end of the arena. */
static size_t chunk_bytes(void)
{
	return (size_t)machine->slab.used * CHUNK_SIZE;
}

/* What is left between the two ends, less what rounding may take. */
static size_t arena_room(void)
{
	u64 end = machine->slab.top ? machine->slab.top - chunk_bytes() : ARENA_BASE + machine->arena_size;
	u64 room = end - ARENA_BASE - machine->used;

	return room > 64 ? room - 64 : 0;
}

void *machine_alloc(size_t size)
{
	void *p = (void *)(ARENA_BASE + machine->used);

	if (size > arena_room())
		die("the arena of %lu bytes is full", machine->arena_size);
	machine->used += (size + 63) & ~63ul;
	return p;
}

/*
 * What a sanitizer knows of the memory does not travel with the bytes: begin with nothing. Of the machine itself and its tasks,
 * which come first, it knows nothing that matters: no task of the model stores there but to what is its own. Names of an order that
 * are there stay, and hide nothing, since all that was done before an execution comes before it anyway.
 */
static void forget(void)
{
	char *chunks = (char *)machine->slab.top - chunk_bytes(), *rest = (char *)(machine->task + machine->max_tasks);

	san_forget(rest, (size_t)((char *)machine + machine->used - rest));
	if (!chunk_bytes())
		return;
	san_unpoison(chunks, chunk_bytes());
	san_forget(chunks, chunk_bytes());
}

struct snapshot *machine_snapshot(void)
{
	struct snapshot *snap = malloc(sizeof(*snap));

	if (!snap)
		die("out of memory");
	snap->low = machine->used;
	snap->high = chunk_bytes();
	snap->bytes = malloc(snap->low + snap->high);
	if (!snap->bytes)
		die("out of memory");
	forget();
	raw_copy(snap->bytes, machine, snap->low);
	if (snap->high)
		raw_copy(snap->bytes + snap->low, (void *)(machine->slab.top - snap->high), snap->high);
	return snap;
}

void machine_restore(const struct snapshot *snap)
{
	forget();
	raw_copy(machine, snap->bytes, snap->low);
	if (snap->high)
		raw_copy((void *)(machine->slab.top - snap->high), snap->bytes + snap->low, snap->high);
}

void snapshot_free(struct snapshot *snap)
{
	if (snap)
		free(snap->bytes);
	free(snap);
}

size_t snapshot_size(const struct snapshot *snap)
{
	return snap->low + snap->high;
}
