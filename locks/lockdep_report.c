/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reporting what the validator finds: each kind once, and then it is counted. (Linux's lockdep switches itself off after the first
 * report; what it would have found next is then not found.)
 */
#include "hash.h"
#include "lockdep_internal.h"

#include <stdarg.h>

static u32 hash_of(const char *key)
{
	u64 h = hash_text(HASH_BASIS, key);

	return (u32)(h ^ h >> 32) | 1;	/* 0 is an empty place */
}

/* The key's place: one that has it, or has been empty until now; NULL when all are taken by others. */
static struct lockdep_told *told(const char *key)
{
	u32 hash = hash_of(key);

	for (struct lockdep_told *t = machine->lockdep.told; t < machine->lockdep.told + LOCKDEP_TOLD; t++) {
		u32 was = 0;

		if (__atomic_compare_exchange_n(&t->hash, &was, hash, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED) || was == hash)
			return t;
	}
	return NULL;
}

unsigned lockdep_times(const char *key)
{
	u32 hash = hash_of(key);

	for (const struct lockdep_told *t = machine->lockdep.told; t < machine->lockdep.told + LOCKDEP_TOLD; t++)
		if (__atomic_load_n(&t->hash, __ATOMIC_RELAXED) == hash)
			return __atomic_load_n(&t->times, __ATOMIC_RELAXED);
	return 0;
}

/* ---- what comes of what ---- */

unsigned lockdep_wrong_by(unsigned before, unsigned after)
{
	const struct lockdep *ld = &machine->lockdep;
	u32 n = __atomic_load_n(&ld->nr_wrong, __ATOMIC_ACQUIRE);

	for (const struct lockdep_wrong *w = ld->wrong; w < ld->wrong + min(n, (u32)LOCKDEP_WRONG); w++)
		if (__atomic_load_n(&w->after, __ATOMIC_ACQUIRE) == after && w->before == before)
			return w->first + 1u;
	return 0;
}

u64 lockdep_wrong_after(unsigned class)
{
	const struct lockdep *ld = &machine->lockdep;
	u32 n = __atomic_load_n(&ld->nr_wrong, __ATOMIC_ACQUIRE);
	u64 after = 0;

	for (const struct lockdep_wrong *w = ld->wrong; w < ld->wrong + min(n, (u32)LOCKDEP_WRONG); w++)
		after |= w->before == class ? BIT(__atomic_load_n(&w->after, __ATOMIC_ACQUIRE)) : 0;
	return after & ~BIT(0);
}

unsigned lockdep_wrong_wait(const struct task *t, unsigned class)
{
	unsigned by = 0;

	if (likely(!__atomic_load_n(&machine->lockdep.nr_wrong, __ATOMIC_RELAXED)))
		return 0;
	for (unsigned i = 0; class && i < t->depth && !by; i++)
		by = lockdep_wrong_by(t->held[i].class, class);
	return by;
}

const char *lockdep_told_wait(const struct task *t)
{
	unsigned by = lockdep_wrong_wait(t, t->op.class);

	return by ? machine->lockdep.first[by - 1] : NULL;
}

/* Is it about an edge? */
static bool about_edge(const struct lockdep_incident *i)
{
	return i->held_counts && i->acquiring.class;
}

/*
 * Inside of what was taken under the lock that is held, which was wrong: the task should not have come to where it is. Only the classes
 * count.
 */
static unsigned inside_wrong(const struct task *t, unsigned held)
{
	unsigned i = 0, by = 0;

	while (i < t->depth && t->held[i].class != held)
		i++;
	for (i++; i < t->depth && !by; i++)
		by = lockdep_wrong_by(held, t->held[i].class);
	return by;
}

/* None follows itself: another thread may have remembered it already, and be about to tell it. */
static unsigned follows(const struct lockdep_incident *inc)
{
	unsigned by;

	if (!about_edge(inc))
		return 0;
	by = current->told ? current->told : inc->follows;
	if (!by)
		by = lockdep_wrong_by(inc->held.class, inc->acquiring.class);
	if (!by)
		by = inside_wrong(current, inc->held.class);
	return by && strcmp(machine->lockdep.first[by - 1], inc->key) ? by : 0;
}

/* A number for a report that follows none, or 0 when all are taken. */
static unsigned new_first(const char *key)
{
	struct lockdep *ld = &machine->lockdep;
	u32 n = __atomic_fetch_add(&ld->nr_firsts, 1, __ATOMIC_RELAXED);

	if (n >= LOCKDEP_FIRSTS)
		return 0;
	memcpy(ld->first[n], key, LOCKDEP_KEY);
	return n + 1;
}

/*
 * Before it is told: of threads that come to the same at the same time one tells it, and what the others come to next follows from it,
 * too. The edge that closes a cycle in which another one is to blame is right itself.
 */
static void remember(const struct lockdep_incident *inc, unsigned first)
{
	struct lockdep *ld = &machine->lockdep;
	struct lockdep_wrong *w;
	unsigned known;
	u32 n;

	if (!about_edge(inc) || inc->follows || !(machine->oracles & 1u << ORACLE_LOCKS))
		return;
	known = lockdep_wrong_by(inc->held.class, inc->acquiring.class);
	if (!first)
		first = known ? known : new_first(inc->key);
	current->told = (u8)first;
	if (!first || known)
		return;
	n = __atomic_fetch_add(&ld->nr_wrong, 1, __ATOMIC_ACQ_REL);
	if (n >= LOCKDEP_WRONG)
		return;
	w = &ld->wrong[n];
	w->before = inc->held.class;
	w->first = (u8)(first - 1);
	__atomic_store_n(&w->after, inc->acquiring.class, __ATOMIC_RELEASE);	/* last: no reader takes half a row */
}

void lockdep_remember(const struct lockdep_incident *inc)
{
	remember(inc, follows(inc));
}

/* ---- reports ---- */

/* The first is kept, unless the harness passed over it: then the next takes its place. True: it is this one. */
static bool keep(const struct lockdep_incident *incident)
{
	struct lockdep_incident *kept = &machine->lockdep.incident;
	u32 was = INCIDENT_NONE;

	if (!__atomic_compare_exchange_n(&kept->claimed, &was, INCIDENT_BUSY, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED) &&
	    (was != INCIDENT_PASSED ||
	     !__atomic_compare_exchange_n(&kept->claimed, &was, INCIDENT_BUSY, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)))
		return false;
	*kept = *incident;
	kept->task = current ? (u8)current->id : 0;
	__atomic_store_n(&kept->claimed, INCIDENT_KEPT, __ATOMIC_RELEASE);
	return true;
}

void lockdep_tell(struct lockdep_incident *incident, const struct site *site, const char *fmt, ...)
{
	struct lockdep_told *t = told(incident->key);
	unsigned first = follows(incident);
	char text[400];
	bool kept;
	va_list ap;

	remember(incident, first);
	if (t && __atomic_fetch_add(&t->times, 1, __ATOMIC_RELAXED))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	incident->claimed = INCIDENT_BUSY;
	kept = keep(incident);
	violation_following(first ? machine->lockdep.first[first - 1] : NULL, ORACLE_LOCKS, incident->key, site, "%s", text);
	if (kept)
		__atomic_store_n(&machine->lockdep.incident.claimed, INCIDENT_PASSED, __ATOMIC_RELEASE);
}
