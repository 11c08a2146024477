/* SPDX-License-Identifier: GPL-2.0-only */
/* Noise: see noise.h. */
#define _GNU_SOURCE
#include "noise.h"

#include <sched.h>
#include <time.h>

const char *const noise_names[NOISE_PROFILES] = {
	[NOISE_SPREAD] = "spread",
	[NOISE_SITES] = "sites",
	[NOISE_BURSTS] = "bursts",
	[NOISE_LONG] = "long",
};

u64 noise_draw(struct task *t)
{
	t->noise = t->noise * 6364136223846793005ul + 1442695040888963407ul;
	return t->noise >> 33;
}

static bool one_in(struct task *t, u64 n)
{
	return noise_draw(t) % n == 0;
}

static bool percent(struct task *t)
{
	return noise_draw(t) % 100 < t->noise_percent;
}

static void spin(u64 n)
{
	for (; n; n--)
		__asm__ __volatile__("" ::: "memory");
}

static void nap(u64 ns)
{
	const struct timespec t = { 0, (long)ns };

	nanosleep(&t, NULL);
}

static void spread(struct task *t)
{
	if (!percent(t))
		return;
	if (!one_in(t, 8))
		spin(noise_draw(t) % 200);
	else if (!one_in(t, 8))
		sched_yield();
	else
		nap(noise_draw(t) % 50000);
}

/* A place is hot or not for all tasks of the same seed alike, until they have passed so many points. */
static void sites(struct task *t)
{
	enum { POINTS_LOG2 = 9 };
	u64 place = (u64)t->op.site * 0x9e3779b97f4a7c15ul ^ (t->steps >> POINTS_LOG2) * 0xd6e8feb86659fd93ul ^ t->noise_seed;

	place = (place ^ place >> 32) * 0xd6e8feb86659fd93ul;
	if ((place >> 40) % 100 >= t->noise_percent)
		return;
	if (one_in(t, 4))
		nap(noise_draw(t) % 100000);
	else
		sched_yield();
}

static void bursts(struct task *t)
{
	enum { STRETCH = 48 };

	if (t->steps >= t->noise_until) {
		u64 quiet = STRETCH * (100ul - t->noise_percent) / (t->noise_percent + (u64)!t->noise_percent);

		t->noise_on = !t->noise_on;
		t->noise_until = t->steps + 1 + noise_draw(t) % (2 * (t->noise_on ? STRETCH : quiet) + 1);
	}
	if (t->noise_on)
		sched_yield();
}

static void seldom(struct task *t)
{
	if (percent(t) && one_in(t, 16))
		nap(noise_draw(t) % 1000000);
}

void noise_at_point(struct task *t)
{
	static void (*const profile[NOISE_PROFILES])(struct task *) = {
		[NOISE_SPREAD] = spread,
		[NOISE_SITES] = sites,
		[NOISE_BURSTS] = bursts,
		[NOISE_LONG] = seldom,
	};

	profile[t->noise_profile](t);
}

void noise_init(struct task *t, enum noise_profile profile, unsigned percent, u64 seed)
{
	t->noise = t->noise_seed = seed;
	t->noise_profile = (u8)profile;
	t->noise_percent = (u8)percent;
	if (percent)
		t->points |= POINT_NOISE;
}
