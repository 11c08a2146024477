/* SPDX-License-Identifier: GPL-2.0-only */
/* See affinity.h. */
#define _GNU_SOURCE
#include "stress/affinity.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore/rng.h"

/* Where a CPU is, as the kernel says; all 0 where it does not. */
struct place {
	int package, core, sibling;	/* sibling: how many of the same core come before it */
	int nth;			/* which core of its package */
	unsigned short cpu;
};

static int read_number(unsigned cpu, const char *name)
{
	char path[96];
	int n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/topology/%s", cpu, name);
	f = fopen(path, "r");
	if (!f)
		return 0;
	if (fscanf(f, "%d", &n) != 1)
		n = 0;
	fclose(f);
	return n;
}

static int by_core(const void *x, const void *y)
{
	const struct place *a = x, *b = y;

	if (a->package != b->package)
		return a->package - b->package;
	return a->core != b->core ? a->core - b->core : a->cpu - b->cpu;
}

/* One CPU of each core first, and of the cores those of different packages in turn. */
static int far_apart(const void *x, const void *y)
{
	const struct place *a = x, *b = y;

	if (a->sibling != b->sibling)
		return a->sibling - b->sibling;
	return a->nth != b->nth ? a->nth - b->nth : by_core(a, b);
}

static void number_places(struct place *p, unsigned nr)
{
	for (unsigned i = 1; i < nr; i++) {
		bool same_package = p[i].package == p[i - 1].package, same_core = same_package && p[i].core == p[i - 1].core;

		p[i].sibling = same_core ? p[i - 1].sibling + 1 : 0;
		p[i].nth = !same_package ? 0 : p[i - 1].nth + !same_core;
	}
}

static void order(const cpu_set_t *allowed, size_t size, bool spread, struct affinity *a)
{
	struct place *p = calloc(AFFINITY_CPUS, sizeof(*p));

	for (unsigned cpu = 0; p && cpu < AFFINITY_CPUS; cpu++)
		if (CPU_ISSET_S(cpu, size, allowed))
			p[a->nr++] = (struct place){
				.package = read_number(cpu, "physical_package_id"), .core = read_number(cpu, "core_id"),
				.cpu = (unsigned short)cpu,
			};
	if (!p)
		return;
	qsort(p, a->nr, sizeof(*p), by_core);
	number_places(p, a->nr);
	if (spread)
		qsort(p, a->nr, sizeof(*p), far_apart);
	for (unsigned i = 0; i < a->nr; i++)
		a->cpu[i] = p[i].cpu;
	free(p);
}

static int bad(char err[256], const char *text, const char *found)
{
	snprintf(err, 256, "--affinity: expected none, spread, compact, shuffle or a list of CPUs like 0-3,8, found '%.64s'%s%.32s",
		 text, *found ? " with " : "", found);
	return -1;
}

static int parse_list(const char *text, const cpu_set_t *allowed, size_t size, struct affinity *a, char err[256])
{
	const char *p = text;

	for (;;) {
		char *end;
		unsigned long first, last;

		if (*p < '0' || *p > '9')
			return bad(err, text, p);
		first = last = strtoul(p, &end, 10);
		if (*end == '-') {
			p = end + 1;
			if (*p < '0' || *p > '9')
				return bad(err, text, p);
			last = strtoul(p, &end, 10);
		}
		if (last < first || (*end && *end != ','))
			return bad(err, text, p);
		for (unsigned long cpu = first; cpu <= last; cpu++) {
			if (cpu >= AFFINITY_CPUS || !CPU_ISSET_S(cpu, size, allowed)) {
				snprintf(err, 256, "--affinity: expected CPUs that this process may use, found %lu in '%.64s'", cpu, text);
				return -1;
			}
			if (a->nr < AFFINITY_CPUS)
				a->cpu[a->nr++] = (unsigned short)cpu;
		}
		if (!*end)
			return 0;
		p = end + 1;
	}
}

int affinity_parse(const char *text, struct affinity *a, char err[256])
{
	cpu_set_t *allowed = CPU_ALLOC(AFFINITY_CPUS);
	size_t size = CPU_ALLOC_SIZE(AFFINITY_CPUS);
	int bad_list = 0;

	*a = (struct affinity){ .nr = 0 };
	if (!text || !strcmp(text, "none"))
		goto out;
	if (!allowed || sched_getaffinity(0, size, allowed)) {
		snprintf(err, 256, "--affinity: the CPUs of this process are not known: %s", strerror(errno));
		bad_list = -1;
	} else if (!strcmp(text, "spread") || !strcmp(text, "compact") || !strcmp(text, "shuffle")) {
		order(allowed, size, !strcmp(text, "spread"), a);
		a->shuffled = !strcmp(text, "shuffle");
	} else {
		bad_list = parse_list(text, allowed, size, a, err);
	}
out:
	CPU_FREE(allowed);
	return bad_list;
}

/* One that has gone meanwhile is no reason to stop: the thread then runs where it likes. */
void affinity_bind(const struct affinity *a, unsigned n, u64 stretch, u64 seed)
{
	u64 draw = rng_start(seed, stretch, n);
	cpu_set_t *one;

	if (!a->nr || (stretch && !a->shuffled))
		return;
	one = CPU_ALLOC(AFFINITY_CPUS);
	if (!one)
		return;
	CPU_ZERO_S(CPU_ALLOC_SIZE(AFFINITY_CPUS), one);
	CPU_SET_S(a->cpu[a->shuffled ? rng_below(&draw, a->nr) : n % a->nr], CPU_ALLOC_SIZE(AFFINITY_CPUS), one);
	pthread_setaffinity_np(pthread_self(), CPU_ALLOC_SIZE(AFFINITY_CPUS), one);
	CPU_FREE(one);
}
