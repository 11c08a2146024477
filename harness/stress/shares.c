/* SPDX-License-Identifier: GPL-2.0-only */
/* Which memory of the harness threads share for a reason, and telling what they share without: see locks/sharing/sharing.h. */
#include <stdlib.h>

#include "machine.h"
#include "stress/stress.h"

#define PAIRS_SEEN 4096u		/* all pairs of classes, in each of their kinds, with a witness */

/* The canary of the measurement: what somebody would put in who does not think of big machines. */
static bool canary;
static u64 shared_counter;

void stress_shares_event(void)
{
	if (SHARING_MEASURED && canary)
		__atomic_fetch_add(&shared_counter, 1, __ATOMIC_RELAXED);
}

void stress_shares(const struct stress *s)
{
	canary = getenv("RMAPTORTURE_SHARED_COUNTER");
	/* The model's, though they lie with the machine. */
	sharing_region(machine->bucket, sizeof(machine->bucket), NULL, 0);
	sharing_region(&machine->slab, sizeof(machine->slab), NULL, 0);
	sharing_region(&machine->lockdep, sizeof(machine->lockdep), "the validator: once for each pair of locks that is new", PAIRS_SEEN);
	for (unsigned i = 0; i < machine->nr_tasks; i++)
		sharing_region(&machine->task[i].next_waiter, 64, "a waiter's place in a lock's queue: who wakes it writes there", 0);
	for (unsigned i = 0; i < s->config->copies; i++) {
		const struct world *w = s->copy[i].world;

		sharing_region(w->slot, w->scn->nr_names * sizeof(*w->slot),
			       "names that one thread of the scenario binds and another one uses", 0);
		sharing_region(w->notes, (w->scn->nr_threads + 1) * sizeof(*w->notes),
			       "notes of use: who ends an object looks who uses it", 0);
		sharing_region(w->pin, sizeof(w->pin) + 2 * sizeof(u32), "pins that several threads of the scenario name", 0);
		sharing_region(&w->reached, sizeof(w->reached), "what was reached: once for each kind of event", EV_NR);
		for (unsigned n = 0; n < w->scn->nr_names; n++)
			if (w->slot[n].lock)
				sharing_region(w->slot[n].lock, sizeof(*w->slot[n].lock), NULL, 0);
	}
}

static u64 ops_measured(const struct stress_result *r)
{
	return r->ops > r->measured_from ? r->ops - r->measured_from : 0;
}

double stress_shared_per_op(const struct stress_result *r)
{
	if (!r->measured_from || !ops_measured(r) || !r->sharing.watched)
		return -1;
	return (double)r->sharing.shared / (double)ops_measured(r);
}

void stress_tell_sharing(const struct stress_result *r, FILE *out)
{
	const struct sharing_figure *f = &r->sharing;

	if (stress_shared_per_op(r) < 0)
		return;
	fprintf(out, "shared lines: %.4f writes per operation (%lu in %lu operations), %lu more with a reason, %lu lost\n",
		stress_shared_per_op(r), f->shared, ops_measured(r), f->excepted, f->lost);
	for (unsigned i = 0; i < SHARING_PLACES && f->worst[i].writes; i++)
		fprintf(out, "  %8lu  %s%s%s\n", f->worst[i].writes, f->worst[i].place, f->worst[i].reason ? ": " : "",
			f->worst[i].reason ? f->worst[i].reason : "");
}
