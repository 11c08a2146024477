/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of kinds of events: there are more of them than one word has bits. */
#ifndef HARNESS_EVENTSET_H
#define HARNESS_EVENTSET_H

#include "events.h"

#define EVENT_WORDS ((EV_NR + 63) / 64)

struct event_set {
	u64 word[EVENT_WORDS];
};

#define for_each_event(k, set) \
	for (unsigned k = 0; k < EV_NR; k++) \
		if (event_set_has(set, k))

static inline bool event_set_has(const struct event_set *s, unsigned kind)
{
	return s->word[kind / 64] >> kind % 64 & 1;
}

static inline void event_set_add(struct event_set *s, unsigned kind)
{
	s->word[kind / 64] |= 1ul << kind % 64;
}

/* As above, from several real threads at once; most often it is there already. */
static inline void event_set_add_racy(struct event_set *s, unsigned kind)
{
	u64 bit = 1ul << kind % 64;

	if (!(__atomic_load_n(&s->word[kind / 64], __ATOMIC_RELAXED) & bit))
		__atomic_fetch_or(&s->word[kind / 64], bit, __ATOMIC_RELAXED);
}

static inline void event_set_join(struct event_set *s, const struct event_set *other)
{
	for (unsigned i = 0; i < EVENT_WORDS; i++)
		s->word[i] |= __atomic_load_n(&other->word[i], __ATOMIC_RELAXED);
}

/* What is in both. */
static inline struct event_set event_set_common(const struct event_set *a, const struct event_set *b)
{
	struct event_set s;

	for (unsigned i = 0; i < EVENT_WORDS; i++)
		s.word[i] = a->word[i] & b->word[i];
	return s;
}

/* What is in a and not in b. */
static inline struct event_set event_set_without(const struct event_set *a, const struct event_set *b)
{
	struct event_set s;

	for (unsigned i = 0; i < EVENT_WORDS; i++)
		s.word[i] = a->word[i] & ~b->word[i];
	return s;
}

static inline unsigned event_set_count(const struct event_set *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < EVENT_WORDS; i++)
		n += (unsigned)__builtin_popcountl(s->word[i]);
	return n;
}

static inline bool event_set_empty(const struct event_set *s)
{
	return !event_set_count(s);
}

static inline bool event_set_same(const struct event_set *a, const struct event_set *b)
{
	for (unsigned i = 0; i < EVENT_WORDS; i++)
		if (a->word[i] != b->word[i])
			return false;
	return true;
}

#endif
