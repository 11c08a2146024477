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
	char text[400];
	bool kept;
	va_list ap;

	if (t && __atomic_fetch_add(&t->times, 1, __ATOMIC_RELAXED))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	incident->claimed = INCIDENT_BUSY;
	kept = keep(incident);
	violation_at(ORACLE_LOCKS, incident->key, site, "%s", text);
	if (kept)
		__atomic_store_n(&machine->lockdep.incident.claimed, INCIDENT_PASSED, __ATOMIC_RELEASE);
}
