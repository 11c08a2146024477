/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Seeded noise at the points of real threads. Windows in rmap differ in width by orders of magnitude, and so no one way of
 * delaying opens them all: a profile is one way.
 */
#ifndef LOCKS_NOISE_H
#define LOCKS_NOISE_H

#include "exec.h"

enum noise_profile {
	NOISE_SPREAD,			/* anywhere: mostly a few spins, sometimes a yield, rarely a sleep */
	NOISE_SITES,			/* always at a few places in the source, which change now and then */
	NOISE_BURSTS,			/* at every point for a stretch, then nowhere */
	NOISE_LONG,			/* rarely, but for as long as others need to do a lot */
	NOISE_PROFILES
};

extern const char *const noise_names[NOISE_PROFILES];

/* Noise for t, as often as percent says: of points, of places, of the time. Before the task runs. */
void noise_init(struct task *t, enum noise_profile profile, unsigned percent, u64 seed);

/* At a point of t, which is current: perhaps a delay. */
void noise_at_point(struct task *t);

/* A number from t's noise, for choices that are not about time. */
u64 noise_draw(struct task *t);

#endif
