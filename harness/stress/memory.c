/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See memory.h. RLIMIT_AS would not do: sanitizers reserve terabytes of addresses for their shadow, and liburcu and the arena reserve
 * more than they use; what counts is what is resident. Read by the supervisor, with system calls alone.
 */
#include "stress/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "machine.h"

static u64 resident_kib(void)
{
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	char buf[128], *rest;
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return 0;
	buf[n] = 0;
	strtoul(buf, &rest, 10);
	return strtoul(rest, NULL, 10) * (u64)sysconf(_SC_PAGESIZE) >> 10;
}

u64 memory_resident_mib(void)
{
	return resident_kib() >> 10;
}

/* Pages of the arena that are there, in KiB. */
static u64 arena_resident_kib(void)
{
	const u64 page = (u64)sysconf(_SC_PAGESIZE);
	unsigned char there[4096];
	u64 n = 0;

	for (u64 at = 0; at < machine->arena_size; at += sizeof(there) * page) {
		u64 len = min(machine->arena_size - at, sizeof(there) * page);

		if (mincore((char *)machine + at, len, there))
			return 0;
		for (u64 i = 0; i < (len + page - 1) / page; i++)
			n += there[i] & 1;
	}
	return n * page >> 10;
}

/* Counts are read while others change them: no more than a look. */
void memory_describe(char *text, size_t size)
{
	u64 all = resident_kib(), arena = arena_resident_kib();
	size_t at = (size_t)snprintf(text, size, "%lu KiB resident: %lu of the arena (%lu in fixed tables, %lu in slabs), %lu of the "
				     "harness with %u threads' stacks; objects:", all, arena, machine->used >> 10,
				     (u64)machine->slab.used * CHUNK_SIZE >> 10, all - min(all, arena), machine->nr_tasks);
	const struct kmem_cache *c;

	list_for_each_entry(c, &machine->slab.caches, caches) {
		u32 live = __atomic_load_n(&c->live, __ATOMIC_RELAXED);

		if (live && at < size)
			at += (size_t)snprintf(text + at, size - at, " %s %u", c->name, live);
	}
}
