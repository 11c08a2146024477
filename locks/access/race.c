/* SPDX-License-Identifier: GPL-2.0-only */
/* Vector clocks, shadow memory, and the rule; see race.h. */
#define _GNU_SOURCE
#include "access/race.h"

#include <string.h>
#include <sys/mman.h>

#include "fiber.h"
#include "machine.h"

BUILD_BUG_ON(RACE_TASKS < FIBER_TASKS);

struct clock {
	u32 of[RACE_TASKS];
} __attribute__((aligned(64)));

/* One access that later ones may race with. */
struct record {
	u32 next;			/* index, 0: none */
	u32 clock;			/* of its task at that time */
	u32 where;
	u8 task;
	u8 kind;
	u8 mask;			/* bytes of the word */
	u8 raced;			/* with another: doing it again says so again */
};

/* What was released at an address. */
struct sync {
	struct clock clock;
	u32 next;
	u8 byte;			/* of the word: bit locks keep an order of their own beside that of the word */
};

/* Eight bytes of watched memory. */
struct word {
	u32 generation;			/* of what follows; an older one: nothing is known */
	u32 records;
	u32 syncs;
	u32 pad;
};

/*
 * Records and syncs come from pools, by index; 0 is none. Pools are reserved once, and used as far as they are needed: what an
 * execution leaves is taken for free by the next one.
 */
#define POOL_RECORDS (1u << 21)
#define POOL_SYNCS (1u << 17)

static struct {
	u64 base, size, reserved;
	u32 generation;
	const u8 *conflicts;
	u8 covers[ACCESS_KINDS];	/* bit set: kinds that conflict with nothing that this one does not conflict with */
	struct word *word;
	struct record *record;
	struct sync *sync;
	u32 nr_records, nr_syncs;	/* used so far */
	u32 free_records;		/* list */
	struct clock now[RACE_TASKS];
	struct clock seen[RACE_TASKS];	/* by loads that acquired nothing: for a later fence */
	struct clock fenced[RACE_TASKS];	/* at the last release fence: stores after it release that */
} race;

const char *const access_text[ACCESS_KINDS] = {
	[PLAIN_READ] = "plain read", [PLAIN_WRITE] = "plain write", [TORN_WRITE] = "plain write",
	[MARKED_READ] = "marked read", [MARKED_WRITE] = "marked write",
};

#define K(kind) (1u << (kind))
#define WRITES (K(PLAIN_WRITE) | K(TORN_WRITE) | K(MARKED_WRITE))
#define PLAIN (K(PLAIN_READ) | K(PLAIN_WRITE) | K(TORN_WRITE))
#define ALL (PLAIN | WRITES | K(MARKED_READ))

/* Bit sets of kinds, the same seen from both sides. */
static const u8 kernel_conflicts[ACCESS_KINDS] = {
	[PLAIN_READ] = WRITES,
	[PLAIN_WRITE] = PLAIN,
	[TORN_WRITE] = ALL,
	[MARKED_READ] = K(TORN_WRITE),
	[MARKED_WRITE] = K(PLAIN_READ) | K(TORN_WRITE),
};

static const u8 strict_conflicts[ACCESS_KINDS] = {
	[PLAIN_READ] = WRITES,
	[PLAIN_WRITE] = ALL,
	[TORN_WRITE] = ALL,
	[MARKED_READ] = K(PLAIN_WRITE) | K(TORN_WRITE),
	[MARKED_WRITE] = PLAIN,
};

/* ---- clocks ---- */

static void join(struct clock *to, const struct clock *from)
{
	for (unsigned i = 0; i < RACE_TASKS; i++)
		to->of[i] = max(to->of[i], from->of[i]);
}

/* What comes now is not covered by what was just released. */
static void tick(unsigned task)
{
	race.now[task].of[task]++;
}

/* ---- beginning ---- */

static void *reserve(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		die("no memory to watch accesses with");
	return p;
}

static void reserve_all(u64 size)
{
	if (race.reserved)
		munmap(race.word, race.reserved / 8 * sizeof(*race.word));
	race.word = reserve(size / 8 * sizeof(*race.word));
	race.reserved = size;
	if (race.record)
		return;
	race.record = reserve(POOL_RECORDS * sizeof(*race.record));
	race.sync = reserve(POOL_SYNCS * sizeof(*race.sync));
}

static void choose_rule(bool strict)
{
	race.conflicts = strict ? strict_conflicts : kernel_conflicts;
	for (unsigned a = 0; a < ACCESS_KINDS; a++) {
		race.covers[a] = 0;
		for (unsigned b = 0; b < ACCESS_KINDS; b++)
			if (!(race.conflicts[b] & ~race.conflicts[a]))
				race.covers[a] |= (u8)K(b);
	}
}

void race_begin(u64 base, u64 size, bool strict)
{
	if (size > race.reserved || ++race.generation == 0) {
		reserve_all(max(size, race.reserved));
		race.generation = 1;
	}
	race.base = base;
	race.size = size;
	race.nr_records = race.nr_syncs = race.free_records = 0;
	choose_rule(strict);
	memset(race.now, 0, sizeof(race.now));
	memset(race.seen, 0, sizeof(race.seen));
	memset(race.fenced, 0, sizeof(race.fenced));
	for (unsigned i = 0; i < RACE_TASKS; i++)
		race.now[i].of[i] = 1;
}

/* ---- shadow memory ---- */

static struct word *word_at(u64 addr)
{
	struct word *w = &race.word[(addr - race.base) / 8];

	if (w->generation != race.generation)
		*w = (struct word){ .generation = race.generation };
	return w;
}

static bool watched(u64 addr)
{
	return addr - race.base < race.size;
}

static void add_record(struct word *w, const struct record *now, bool raced)
{
	u32 i = race.free_records;

	if (i)
		race.free_records = race.record[i].next;
	else
		i = ++race.nr_records;
	if (i >= POOL_RECORDS)
		die("an execution made too many accesses to watch");
	race.record[i] = *now;
	race.record[i].next = w->records;
	race.record[i].raced = raced;
	w->records = i;
}

static bool ordered(const struct record *r, const struct record *now)
{
	return race.now[now->task].of[r->task] >= r->clock;
}

static bool dropped_for(const struct record *r, const struct record *now)
{
	return !(r->mask & ~now->mask) && race.covers[now->kind] & K(r->kind);
}

/* The record that races with this access, or 0. Those that this access makes superfluous are dropped on the way. */
static u32 compare(struct word *w, const struct record *now)
{
	u32 *p = &w->records, found = 0, i;

	while ((i = *p)) {
		struct record *r = &race.record[i];

		if (ordered(r, now)) {
			if (dropped_for(r, now)) {
				*p = r->next;
				r->next = race.free_records;
				race.free_records = i;
				continue;
			}
		} else if (r->mask & now->mask && race.conflicts[now->kind] & K(r->kind)) {
			found = i;
		}
		p = &r->next;
	}
	return found;
}

/* The same task did the same, or more, since it last released anything. */
static bool known(const struct word *w, const struct record *now)
{
	const struct record *r = &race.record[w->records];

	return w->records && !r->raced && r->task == now->task && r->clock == now->clock && !(now->mask & ~r->mask) &&
	       race.covers[r->kind] & K(now->kind);
}

static u32 access_word(u64 addr, const struct record *now)
{
	struct word *w = word_at(addr);
	u32 found = 0;

	if (!known(w, now)) {
		found = compare(w, now);
		add_record(w, now, found);
	}
	return found;
}

bool race_access(unsigned task, enum access_kind kind, u64 addr, unsigned size, u32 where, struct race *r)
{
	struct record now = {
		.clock = race.now[task].of[task], .where = where, .task = (u8)task, .kind = (u8)kind,
	};
	const struct record *other;
	bool races = false;

	for (u64 end = addr + size; addr < end && watched(addr); addr = (addr | 7) + 1) {
		unsigned from = addr % 8, to = (unsigned)min(8ul, from + end - addr);
		u32 found;

		now.mask = (u8)((0xffu << from) & (0xffu >> (8 - to)));
		found = access_word(addr, &now);
		if (!found || races)
			continue;
		races = true;
		other = &race.record[found];
		*r = (struct race){
			(addr & ~7ul) + (unsigned)__builtin_ctz(other->mask & now.mask), (enum access_kind)other->kind,
			other->task, other->where,
		};
	}
	return races;
}

/* ---- order ---- */

static struct sync *find_sync(u64 addr)
{
	for (u32 i = word_at(addr)->syncs; i; i = race.sync[i].next)
		if (race.sync[i].byte == addr % 8)
			return &race.sync[i];
	return NULL;
}

static struct sync *need_sync(u64 addr)
{
	struct sync *s = find_sync(addr);
	struct word *w;

	if (s)
		return s;
	if (++race.nr_syncs >= POOL_SYNCS)
		die("an execution has too many addresses that order something");
	w = word_at(addr);
	s = &race.sync[race.nr_syncs];
	*s = (struct sync){ .next = w->syncs, .byte = addr % 8 };
	w->syncs = race.nr_syncs;
	return s;
}

void race_acquire(unsigned task, u64 addr)
{
	const struct sync *s = watched(addr) ? find_sync(addr) : NULL;

	if (s)
		join(&race.now[task], &s->clock);
}

void race_release(unsigned task, u64 addr)
{
	if (!watched(addr))
		return;
	join(&need_sync(addr)->clock, &race.now[task]);
	tick(task);
}

static bool acquires(int order)
{
	return order != __ATOMIC_RELAXED && order != __ATOMIC_RELEASE;
}

static bool releases(int order)
{
	return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

void race_load(unsigned task, u64 addr, int order)
{
	const struct sync *s = watched(addr) ? find_sync(addr) : NULL;

	if (s)
		join(acquires(order) ? &race.now[task] : &race.seen[task], &s->clock);
}

/* What a store or read-modify-write leaves for those who will read it. */
static void leave(unsigned task, struct sync *s, int order)
{
	join(&s->clock, releases(order) ? &race.now[task] : &race.fenced[task]);
	if (releases(order))
		tick(task);
}

void race_store(unsigned task, u64 addr, int order)
{
	struct sync *s;

	if (!watched(addr))
		return;
	s = need_sync(addr);
	s->clock = (struct clock){ { 0 } };
	leave(task, s, order);
}

void race_rmw(unsigned task, u64 addr, int order)
{
	race_load(task, addr, order);
	if (watched(addr))
		leave(task, need_sync(addr), order);
}

void race_fence(unsigned task, int order)
{
	if (acquires(order))
		join(&race.now[task], &race.seen[task]);
	if (!releases(order))
		return;
	race.fenced[task] = race.now[task];
	tick(task);
}
