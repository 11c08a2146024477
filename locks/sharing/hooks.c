/* SPDX-License-Identifier: GPL-2.0-only */
/* What the compiler calls before each access of the harness's: see sharing.h. Compiled without such calls itself. */
#include "sharing/sharing.h"

#if defined(FLAVOUR_SHARING)
#include <stdio.h>
#include <string.h>

#include "access/where.h"
#include "machine.h"

#define LINE_BITS 6
#define LINES (1u << 21)
#define PLACES 4096u
#define REGIONS 8192u
#define CALLS 64
#define PC __builtin_return_address(0)

struct line {
	u64 key;			/* [atomic] address >> LINE_BITS; 0: free */
	u32 word;			/* inner lock of what follows */
	u32 task, copy, barriers, everybodys;	/* who wrote it last, and when */
	u32 shared;
};

struct place {
	const void *pc;			/* [atomic] */
	const char *reason;		/* NULL: none; a constant for all regions of a kind */
	u64 writes;			/* [atomic] */
};

static struct line lines[LINES];
static struct place places[PLACES];
static struct region {
	u64 start, end;
	const char *reason;
	u64 most, writes;
} regions[REGIONS];
static u32 nr_regions, counting, everybodys;
static u64 lost;
static __thread u64 watched_here;	/* added to the sum now and then */
static u64 watched;

static __thread u32 my_copy = ~0u;
static __thread const u32 *my_barriers;
static __thread const void *call[CALLS];	/* where the functions were called that are not left yet */
static __thread unsigned depth;

void sharing_region(const void *start, size_t size, const char *reason, u64 most)
{
	if (nr_regions == REGIONS)
		die("more than %u regions of shared memory", REGIONS);
	regions[nr_regions++] = (struct region){ (u64)start, (u64)start + size, reason, most, 0 };
}

void sharing_enter(u32 copy, const u32 *barriers)
{
	my_copy = copy;
	my_barriers = barriers;
}

void sharing_barrier(void)
{
	__atomic_fetch_add(&everybodys, 1, __ATOMIC_SEQ_CST);
}

void sharing_begin(void)
{
	counting = 1;
}

static struct line *line_of(u64 key, bool make)
{
	u64 h = key * 0x9e3779b97f4a7c15ul >> 40;

	for (unsigned i = 0; i < 256; i++) {
		struct line *l = &lines[(h + i) % LINES];
		u64 has = __atomic_load_n(&l->key, __ATOMIC_ACQUIRE);

		if (!has && !make)
			return NULL;
		if (!has && __atomic_compare_exchange_n(&l->key, &has, key, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			return l;
		if (has == key)
			return l;
	}
	return NULL;
}

/* The model's objects: the slab's chunks. What else is the model's, regions say. */
static bool is_object(u64 addr)
{
	const struct slab_state *s = &machine->slab;

	return addr < s->top && addr >= s->top - (u64)s->used * CHUNK_SIZE;
}

static struct region *region_of(u64 addr)
{
	for (unsigned i = 0; i < nr_regions; i++)
		if (addr >= regions[i].start && addr < regions[i].end)
			return &regions[i];
	return NULL;
}

/* A function of a header is what its callers do with it. */
static const void *outside_headers(const void *pc)
{
	for (unsigned d = depth; d > 0 && d <= CALLS; d--) {
		const char *file = where_site(pc)->file;
		size_t n = strlen(file);

		if (n < 2 || strcmp(file + n - 2, ".h"))
			break;
		pc = call[d - 1];
	}
	return pc;
}

static void count(const void *pc, struct region *r)
{
	unsigned h = (unsigned)((u64)pc * 0x9e3779b97f4a7c15ul >> 40);
	const char *reason;

	if (r && (__atomic_add_fetch(&r->writes, 1, __ATOMIC_RELAXED) > r->most) && r->most)
		r = NULL;
	reason = r ? r->reason : NULL;
	for (unsigned i = 0; i < PLACES; i++) {
		struct place *p = &places[(h + i) % PLACES];
		const void *has = __atomic_load_n(&p->pc, __ATOMIC_RELAXED);

		if (!has && __atomic_compare_exchange_n(&p->pc, &has, pc, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			p->reason = reason;
		else if (has != pc || p->reason != reason)
			continue;
		__atomic_fetch_add(&p->writes, 1, __ATOMIC_RELAXED);
		return;
	}
}

/* Is a barrier between the last write and now? */
static bool apart(const struct line *l)
{
	if (l->everybodys != __atomic_load_n(&everybodys, __ATOMIC_RELAXED))
		return true;
	return l->copy == my_copy && my_barriers && l->barriers != __atomic_load_n(my_barriers, __ATOMIC_RELAXED);
}

static noinline void looked_at(u64 key, u64 addr, bool write, const void *pc)
{
	u32 me = current_task->id;
	struct line *l = line_of(key, write);
	struct region *r;
	bool shared;

	if (!l) {
		lost += write;
		return;
	}
	while (__atomic_exchange_n(&l->word, 1, __ATOMIC_ACQUIRE))
		;
	if (apart(l))
		l->shared = 0;
	else if (l->task != me + 1 && l->task)
		l->shared = 1;
	shared = l->shared;
	if (write) {
		l->task = me + 1;
		l->copy = my_copy;
		l->barriers = my_barriers ? *my_barriers : 0;
		l->everybodys = __atomic_load_n(&everybodys, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&l->word, 0, __ATOMIC_RELEASE);
	if (!shared || !write)
		return;
	r = region_of(addr);
	if (!r || r->reason)
		count(outside_headers(pc), r);
}

static inline void access(const volatile void *addr, size_t size, bool write, const void *pc)
{
	u64 a = (u64)addr;

	/* The supervisor looks a few times a second, whatever the threads do. */
	if (!counting || !current_task || is_object(a))
		return;
	if (write && !(++watched_here & 1023))
		__atomic_fetch_add(&watched, 1024, __ATOMIC_RELAXED);
	for (u64 key = a >> LINE_BITS; key <= (a + size - 1) >> LINE_BITS; key++)
		looked_at(key, a, write, pc);
}

/* ---- the figure ---- */

static void put(struct sharing_figure *f, const struct place *p)
{
	const struct site *site = where_site(p->pc);
	unsigned i = 0;

	while (i < SHARING_PLACES && f->worst[i].writes &&
	       (!f->worst[i].reason == !p->reason ? f->worst[i].writes >= p->writes : !f->worst[i].reason))
		i++;
	if (i == SHARING_PLACES)
		return;
	memmove(&f->worst[i + 1], &f->worst[i], (SHARING_PLACES - 1 - i) * sizeof(f->worst[0]));
	f->worst[i].writes = p->writes;
	f->worst[i].reason = p->reason;
	snprintf(f->worst[i].place, sizeof(f->worst[i].place), "%s (%s:%d)", site->func, site->file, site->line);
}

void sharing_sum_up(struct sharing_figure *f)
{
	memset(f, 0, sizeof(*f));
	counting = 0;
	f->watched = __atomic_load_n(&watched, __ATOMIC_RELAXED);
	f->lost = lost;
	for (unsigned i = 0; i < PLACES; i++) {
		if (!places[i].pc)
			continue;
		*(places[i].reason ? &f->excepted : &f->shared) += places[i].writes;
		put(f, &places[i]);
	}
}

/* ---- what the compiler calls ---- */

void __tsan_init(void);
void __tsan_func_entry(void *pc);
void __tsan_func_exit(void);

void __tsan_init(void)
{
}

void __tsan_func_entry(void *pc)
{
	if (depth < CALLS)
		call[depth] = pc;
	depth++;
}

/* A thread that was made before it was watched, or left a function by a jump, may have fewer. */
void __tsan_func_exit(void)
{
	if (depth)
		depth--;
}

#define HOOK(name, size, write)                    \
	void __tsan_##name##size(void *addr);      \
	void __tsan_##name##size(void *addr)       \
	{                                          \
		access(addr, size, write, PC);     \
	}
#define HOOKS(size)                                \
	HOOK(read, size, false)                    \
	HOOK(write, size, true)                    \
	HOOK(unaligned_read, size, false)          \
	HOOK(unaligned_write, size, true)

HOOKS(1)
HOOKS(2)
HOOKS(4)
HOOKS(8)
HOOKS(16)

void __tsan_read_range(void *addr, size_t size);
void __tsan_write_range(void *addr, size_t size);

void __tsan_read_range(void *addr, size_t size)
{
	access(addr, size, false, PC);
}

void __tsan_write_range(void *addr, size_t size)
{
	access(addr, size, true, PC);
}

/* Atomics are done for real, and as strongly as there is. */
#define RMW(bits, type, name, builtin)                                                  \
	type __tsan_atomic##bits##_##name(volatile type *a, type v, int order);         \
	type __tsan_atomic##bits##_##name(volatile type *a, type v, int order)          \
	{                                                                               \
		(void)order;                                                            \
		access(a, sizeof(*a), true, PC);                                        \
		return builtin(a, v, __ATOMIC_SEQ_CST);                                 \
	}
#define CAS(bits, type, name)                                                           \
	_Bool __tsan_atomic##bits##_compare_exchange_##name(volatile type *a, void *c, type v, int order, int failed); \
	_Bool __tsan_atomic##bits##_compare_exchange_##name(volatile type *a, void *c, type v, int order, int failed)  \
	{                                                                               \
		(void)order, (void)failed;                                              \
		access(a, sizeof(*a), true, PC);                                        \
		return __atomic_compare_exchange_n(a, (type *)c, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
	}
#define ATOMICS(bits, type)                                                             \
	type __tsan_atomic##bits##_load(const volatile type *a, int order);             \
	type __tsan_atomic##bits##_load(const volatile type *a, int order)              \
	{                                                                               \
		(void)order;                                                            \
		access(a, sizeof(*a), false, PC);                                       \
		return __atomic_load_n(a, __ATOMIC_SEQ_CST);                            \
	}                                                                               \
	void __tsan_atomic##bits##_store(volatile type *a, type v, int order);          \
	void __tsan_atomic##bits##_store(volatile type *a, type v, int order)           \
	{                                                                               \
		(void)order;                                                            \
		access(a, sizeof(*a), true, PC);                                        \
		__atomic_store_n(a, v, __ATOMIC_SEQ_CST);                               \
	}                                                                               \
	RMW(bits, type, exchange, __atomic_exchange_n)                                  \
	RMW(bits, type, fetch_add, __atomic_fetch_add)                                  \
	RMW(bits, type, fetch_sub, __atomic_fetch_sub)                                  \
	RMW(bits, type, fetch_and, __atomic_fetch_and)                                  \
	RMW(bits, type, fetch_or, __atomic_fetch_or)                                    \
	RMW(bits, type, fetch_xor, __atomic_fetch_xor)                                  \
	CAS(bits, type, strong)                                                         \
	CAS(bits, type, weak)

ATOMICS(8, u8)
ATOMICS(16, u16)
ATOMICS(32, u32)
ATOMICS(64, u64)

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_signal_fence(int order);

void __tsan_atomic_thread_fence(int order)
{
	(void)order;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void __tsan_atomic_signal_fence(int order)
{
	(void)order;
}
#endif
