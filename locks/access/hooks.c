/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the compiler calls before each access of core's, and what locks/ says of order: -fsanitize=thread without its runtime.
 *
 * An access of the model's memory is a point if that was asked for, may not touch what was freed, and on controlled schedules
 * may race with none that nothing orders it with. Stacks and constants lie outside of the arena and pass with one comparison;
 * so do the machine and its tasks, which are not the model's. Under real threads only lifetime is checked. A store that is announced
 * here may turn out to be torn: see tear.h.
 */
#include "types.h"

#if defined(FLAVOUR_ACCESS)
#include <stdio.h>
#include <string.h>

#include "access/race.h"
#include "access/tear.h"
#include "access/where.h"
#include "machine.h"
#include "sanitize.h"

#define PC __builtin_return_address(0)

/* ---- what an access has to pass ---- */

static bool is_write(enum access_kind kind)
{
	return kind != PLAIN_READ && kind != MARKED_READ;
}

static bool is_marked(enum access_kind kind)
{
	return kind == MARKED_READ || kind == MARKED_WRITE;
}

/* Alone in an execution: what nobody may race with needs no clock. */
static bool racing(void)
{
	return machine->executor == EXEC_CONTROLLED && machine->sched.main_sp;
}

static noinline void report_race(const struct task *t, enum access_kind kind, const struct site *site, const struct race *r)
{
	const struct site *other = where_site(where_long(r->where));
	bool swap = strcmp(site->func, other->func) > 0;
	char key[160], name[NAME_LEN];

	snprintf(key, sizeof(key), "race:%s:%s", swap ? other->func : site->func, swap ? site->func : other->func);
	violation_at(ORACLE_RACE, key, site, "%s: %s in %s (%s:%d) by %s against %s in %s (%s:%d) by %s, and nothing orders them",
		     obj_name((const void *)r->addr, name), access_text[kind], site->func, site->file, site->line, t->name,
		     access_text[r->kind], other->func, other->file, other->line, machine->task[r->task].name);
}

/* Marked accesses are points of their own, announced by what marks them. */
static bool is_point(const struct task *t, enum access_kind kind)
{
	return machine->access & ACCESS_POINTS && t->points & POINT_SCHED && !t->undivided && !is_marked(kind) && racing();
}

/* Where no access is a point, nothing comes between the halves of a store either. */
static bool may_tear(const struct task *t, enum access_kind kind)
{
	return kind == PLAIN_WRITE && machine->access & ACCESS_TEAR && t->points & POINT_SCHED && !t->undivided && racing();
}

/* ---- where an access is, for those who count them by place ---- */

#define HEADER_CACHE 1024u
#define MOST_FRAMES 6

/* Is this place in a header? A function of a header is what its callers do with it. */
static bool in_header(const void *pc)
{
	static struct {
		const void *pc;
		bool header;
	} cache[HEADER_CACHE];		/* controlled executions only: one task at a time */
	unsigned i = (unsigned)((u64)pc * 0x9e3779b97f4a7c15ul >> 40) % HEADER_CACHE;

	if (cache[i].pc != pc) {
		const char *file = where_site(pc)->file;
		size_t n = strlen(file);

		cache[i].header = n > 2 && !strcmp(file + n - 2, ".h");
		cache[i].pc = pc;
	}
	return cache[i].header;
}

/* The innermost call that is not in a header, by frame pointers, which all of the program keeps. */
static const void *place_of(const void *pc)
{
	void *const *frame = __builtin_frame_address(0);
	const void *at = pc;
	bool found = false;

	for (unsigned n = 0; n < MOST_FRAMES && in_header(at); n++) {
		void *const *up = frame[0];

		found |= frame[1] == pc;
		if (found && frame[1] != pc)
			at = frame[1];
		if (up <= frame || up > frame + 4096)
			break;
		frame = up;
	}
	return at;
}

static noinline void model_access(struct task *t, const void *addr, unsigned size, enum access_kind kind, const void *pc)
{
	struct race race;

	if ((u64)addr < (u64)(machine->task + machine->max_tasks))
		return;
	san_settle();
	if (is_point(t, kind))
		exec_point_slow(is_write(kind) ? OP_PLAIN_WRITE : OP_PLAIN_READ, addr, 0, 0, where_site(pc));
	else if (t->points & POINT_CHECK && unlikely(!slab_may_touch(addr)))
		slab_check_at(addr, where_site(pc));
	if (racing() && !t->racy && unlikely(race_access(t->id, kind, (u64)addr, size, where_short(pc), &race)))
		report_race(t, kind, where_site(pc), &race);
	if (unlikely(machine->phases))
		data_access(t, addr, size, is_write(kind), where_short(place_of(pc)));
	if (may_tear(t, kind))
		tear_note((void *)addr, size, where_site(pc));
}

#define MODEL_BASE (ARENA_BASE + sizeof(struct machine))

static inline void access(const volatile void *addr, unsigned size, enum access_kind kind, const void *pc)
{
	struct task *t = current;

	if ((u64)addr - MODEL_BASE >= STACKS_BASE - MODEL_BASE || !t || t->unwatched)
		return;
	model_access(t, (const void *)addr, size, kind, pc);
}

/* May the order that an atomic operation makes be noted? */
static inline bool orders(const volatile void *addr)
{
	return (u64)addr - ARENA_BASE < STACKS_BASE - ARENA_BASE && current && racing();
}

/* ---- plain accesses ---- */

void __tsan_init(void);
void __tsan_func_entry(void *pc);
void __tsan_func_exit(void);
void __tsan_vptr_read(void **vptr);
void __tsan_vptr_update(void **vptr, void *value);

void __tsan_init(void)
{
}

void __tsan_func_entry(void *pc)
{
	(void)pc;
}

void __tsan_func_exit(void)
{
}

void __tsan_vptr_read(void **vptr)
{
	access(vptr, sizeof(*vptr), PLAIN_READ, PC);
}

void __tsan_vptr_update(void **vptr, void *value)
{
	(void)value;
	access(vptr, sizeof(*vptr), PLAIN_WRITE, PC);
}

#define HOOK(name, size, kind)                          \
	void __tsan_##name##size(void *addr);           \
	void __tsan_##name##size(void *addr)            \
	{                                               \
		access(addr, size, kind, PC);           \
	}

#define HOOK2(name, size, write)                        \
	void __tsan_##name##size(void *addr);           \
	void __tsan_##name##size(void *addr)            \
	{                                               \
		access(addr, size, PLAIN_READ, PC);     \
		access(addr, size, write, PC);          \
	}

/* What the machine does in one go if it is aligned. Volatile is how older code marks its accesses. */
#define HOOKS_WORD(size)                                \
	HOOK(read, size, PLAIN_READ)                    \
	HOOK(write, size, PLAIN_WRITE)                  \
	HOOK2(read_write, size, PLAIN_WRITE)            \
	HOOK(volatile_read, size, MARKED_READ)          \
	HOOK(volatile_write, size, MARKED_WRITE)

#define HOOKS_TORN(size)                                \
	HOOK(unaligned_read, size, PLAIN_READ)          \
	HOOK(unaligned_write, size, TORN_WRITE)         \
	HOOK2(unaligned_read_write, size, TORN_WRITE)   \
	HOOK(unaligned_volatile_read, size, PLAIN_READ) \
	HOOK(unaligned_volatile_write, size, TORN_WRITE)

HOOKS_WORD(1)
HOOKS_WORD(2)
HOOKS_WORD(4)
HOOKS_WORD(8)
HOOK(read, 16, PLAIN_READ)
HOOK(write, 16, TORN_WRITE)
HOOK2(read_write, 16, TORN_WRITE)
HOOK(volatile_read, 16, PLAIN_READ)
HOOK(volatile_write, 16, TORN_WRITE)
HOOKS_TORN(2)
HOOKS_TORN(4)
HOOKS_TORN(8)
HOOKS_TORN(16)

void __tsan_read_range(void *addr, unsigned long size);
void __tsan_write_range(void *addr, unsigned long size);
void *__tsan_memcpy(void *to, const void *from, size_t size);
void *__tsan_memmove(void *to, const void *from, size_t size);
void *__tsan_memset(void *to, int byte, size_t size);

void __tsan_read_range(void *addr, unsigned long size)
{
	access(addr, (unsigned)size, PLAIN_READ, PC);
}

void __tsan_write_range(void *addr, unsigned long size)
{
	access(addr, (unsigned)size, TORN_WRITE, PC);
}

/* clang calls the ordinary functions; in core's objects they are renamed to these (see the Makefile). */
void *__tsan_memcpy(void *to, const void *from, size_t size)
{
	access(from, (unsigned)size, PLAIN_READ, PC);
	access(to, (unsigned)size, TORN_WRITE, PC);
	return memcpy(to, from, size);
}

void *__tsan_memmove(void *to, const void *from, size_t size)
{
	access(from, (unsigned)size, PLAIN_READ, PC);
	access(to, (unsigned)size, TORN_WRITE, PC);
	return memmove(to, from, size);
}

void *__tsan_memset(void *to, int byte, size_t size)
{
	access(to, (unsigned)size, TORN_WRITE, PC);
	return memset(to, byte, size);
}

/* ---- atomics: done for real, and as strongly as there is; what they order is what they asked for ---- */

#define ATOMIC_LOAD(bits, type)                                                                 \
	type __tsan_atomic##bits##_load(const volatile type *a, int order);                     \
	type __tsan_atomic##bits##_load(const volatile type *a, int order)                      \
	{                                                                                       \
		access(a, sizeof(*a), MARKED_READ, PC);                                         \
		if (orders(a))                                                                  \
			race_load(current->id, (u64)a, order);                                  \
		return __atomic_load_n(a, __ATOMIC_SEQ_CST);                                    \
	}

#define ATOMIC_STORE(bits, type)                                                                \
	void __tsan_atomic##bits##_store(volatile type *a, type v, int order);                  \
	void __tsan_atomic##bits##_store(volatile type *a, type v, int order)                   \
	{                                                                                       \
		access(a, sizeof(*a), MARKED_WRITE, PC);                                        \
		if (orders(a))                                                                  \
			race_store(current->id, (u64)a, order);                                 \
		__atomic_store_n(a, v, __ATOMIC_SEQ_CST);                                       \
	}

#define ATOMIC_RMW(bits, type, name, builtin)                                                   \
	type __tsan_atomic##bits##_##name(volatile type *a, type v, int order);                 \
	type __tsan_atomic##bits##_##name(volatile type *a, type v, int order)                  \
	{                                                                                       \
		access(a, sizeof(*a), MARKED_WRITE, PC);                                        \
		if (orders(a))                                                                  \
			race_rmw(current->id, (u64)a, order);                                   \
		return builtin(a, v, __ATOMIC_SEQ_CST);                                         \
	}

/* One that fails is a load. Under real threads it may be seen to fail and then succeed, but there nobody asks for order. */
#define ATOMIC_CAS(bits, type)                                                                  \
	static inline bool cas##bits(volatile type *a, type *c, type v, int order, int failed,  \
				     const void *pc)                                            \
	{                                                                                       \
		bool same;                                                                      \
												\
		san_settle();                                                                   \
		same = __atomic_load_n(a, __ATOMIC_RELAXED) == *c;                              \
		access(a, sizeof(*a), same ? MARKED_WRITE : MARKED_READ, pc);                   \
		if (orders(a) && same)                                                          \
			race_rmw(current->id, (u64)a, order);                                   \
		else if (orders(a))                                                             \
			race_load(current->id, (u64)a, failed);                                 \
		return __atomic_compare_exchange_n(a, c, v, false, __ATOMIC_SEQ_CST,            \
						   __ATOMIC_SEQ_CST);                           \
	}                                                                                       \
	_Bool __tsan_atomic##bits##_compare_exchange_strong(volatile type *a, void *c, type v,  \
							    int order, int failed);             \
	_Bool __tsan_atomic##bits##_compare_exchange_strong(volatile type *a, void *c, type v,  \
							    int order, int failed)              \
	{                                                                                       \
		return cas##bits(a, c, v, order, failed, PC);                                   \
	}                                                                                       \
	_Bool __tsan_atomic##bits##_compare_exchange_weak(volatile type *a, void *c, type v,    \
							  int order, int failed);               \
	_Bool __tsan_atomic##bits##_compare_exchange_weak(volatile type *a, void *c, type v,    \
							  int order, int failed)                \
	{                                                                                       \
		return cas##bits(a, c, v, order, failed, PC);                                   \
	}                                                                                       \
	type __tsan_atomic##bits##_compare_exchange_val(volatile type *a, type c, type v,       \
							int order, int failed);                 \
	type __tsan_atomic##bits##_compare_exchange_val(volatile type *a, type c, type v,       \
							int order, int failed)                  \
	{                                                                                       \
		cas##bits(a, &c, v, order, failed, PC);                                         \
		return c;                                                                       \
	}

#define ATOMICS(bits, type)                                             \
	ATOMIC_LOAD(bits, type)                                         \
	ATOMIC_STORE(bits, type)                                        \
	ATOMIC_RMW(bits, type, exchange, __atomic_exchange_n)           \
	ATOMIC_RMW(bits, type, fetch_add, __atomic_fetch_add)           \
	ATOMIC_RMW(bits, type, fetch_sub, __atomic_fetch_sub)           \
	ATOMIC_RMW(bits, type, fetch_and, __atomic_fetch_and)           \
	ATOMIC_RMW(bits, type, fetch_or, __atomic_fetch_or)             \
	ATOMIC_RMW(bits, type, fetch_xor, __atomic_fetch_xor)           \
	ATOMIC_RMW(bits, type, fetch_nand, __atomic_fetch_nand)         \
	ATOMIC_CAS(bits, type)

ATOMICS(8, u8)
ATOMICS(16, u16)
ATOMICS(32, u32)
ATOMICS(64, u64)

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_signal_fence(int order);

void __tsan_atomic_thread_fence(int order)
{
	if (current && racing())
		race_fence(current->id, order);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void __tsan_atomic_signal_fence(int order)
{
	(void)order;
}

/* ---- what locks/ says: see sanitize.h ---- */

void access_acquire(const volatile void *addr)
{
	if (orders(addr))
		race_acquire(current->id, (u64)addr);
}

void access_release(const volatile void *addr)
{
	if (orders(addr))
		race_release(current->id, (u64)addr);
}

/* Whoever calls has waited for all tasks before, and will wait for these: between them and what was before all is in order. */
void san_begin(u64 tasks)
{
	(void)tasks;
	tear_begin();
	race_begin(ARENA_BASE, machine->arena_size, machine->access & ACCESS_STRICT);
}

void san_ignore_begin(void)
{
	if (current)
		current->unwatched++;
}

void san_ignore_end(void)
{
	if (current)
		current->unwatched--;
}

void san_race_begin(void)
{
	if (current)
		current->racy++;
}

void san_race_end(void)
{
	if (current)
		current->racy--;
}
#endif
