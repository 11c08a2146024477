/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the model tells enough of what its steps touch. Executions of one trace must do the same: each thread the same
 * operations on the same objects, with the same end. And what other schedules end in, the reduction must have seen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "defect.h"
#include "settings.h"
#include "verify/verify.h"

#define ONE_PAGE "setup { mm P P: a = mmap anon 1 P: write a[0] = 1 drain }\n"
#define FAMILY "setup { mm P P: a = mmap anon 1 P: write a[0] = 1 C = P: fork drain }\n"

/* choices: how many unusual ones. Complete: the reduction comes to its end, so that nothing may be seen that it has not seen. */
static const struct probe {
	const char *text;
	const char *defect;
	unsigned preemptions, choices;
	bool complete;
} probes[] = {
	{ ONE_PAGE "thread one { P: x = read a[0] } thread two { P: write a[0] = 2 }", NULL, 8, 1, true },
	{ ONE_PAGE "thread one { P: munmap a } thread two { P: y = read a[0] }", NULL, 3, 1, true },
	{ ONE_PAGE "thread one { P: munmap a } thread two { y = walk P a[0] }", NULL, 3, 1, true },
	{ ONE_PAGE "thread one { P: exit } thread two { y = reclaim P a[0] }", NULL, 2, 0, false },
	{ ONE_PAGE "thread one { P: write a[0] = 2 } thread two { y = reclaim P a[0] }", NULL, 2, 0, true },
	{ ONE_PAGE "thread one { C = P: fork } thread two { P: write a[0] = 3 }", NULL, 2, 0, true },
	{ ONE_PAGE "thread one { C = P: fork C: exit } thread two { y = walk P a[0] }", NULL, 2, 0, false },
	{ ONE_PAGE "thread one { C = P: fork } thread two { P: x = read a[0] P: y = read a[0] }", NULL, 3, 1, false },
	{ ONE_PAGE "thread one { P: write a[0] = 3 } thread two { P: x = read a[0] P: write a[0] = 4 }", NULL, 6, 1, true },
	{ FAMILY "thread one { x = referenced P a[0] } thread two { C: y = read a[0] }", NULL, 4, 1, true },
	{ FAMILY "thread one { P: munmap a C: munmap a } thread two { C: y = read a[0] }", NULL, 3, 0, true },
	{ "setup { mm P P: a = mmap anon 1 } thread one { P: write a[0] = 1 } thread two { drain drain }", NULL, 3, 0, true },
	{ "setup { mm P mm Q P: a = mmap anon 1 P: write a[0] = 1 Q: q = mmap anon 1 drain } "
	  "thread one { P: munmap a Q: write q[0] = 2 } thread two { y = walk P a[0] }", NULL, 2, 0, false },
	{ "setup { mm P mm Q P: a = mmap anon 1 P: write a[0] = 1 Q: q = mmap anon 1 drain } "
	  "thread one { P: munmap a Q: write q[0] = 2 } thread two { y = reclaim P a[0] }", "Z11-mapped", 2, 0, false },
	{ FAMILY "thread one { P: write a[0] = 2 } thread two { C: write a[0] = 3 }", NULL, 3, 1, false },
	{ FAMILY "thread one { P: exit } thread two { C: y = read a[0] C: exit }", NULL, 2, 0, false },
	{ FAMILY "thread one { x = referenced P a[0] } thread two { y = reclaim C a[0] }", NULL, 2, 0, false },
	{ FAMILY "thread one { C: exit } thread two { y = walk P a[0] }", "Z11-mapped", 3, 1, false },
	{ "setup { mm P P: a = mmap anon 2 } thread one { P: write a[0] = 1 } thread two { P: write a[1] = 2 }", "H6", 2, 0, false },
	{ "setup { mutex m rwsem s } thread one { lock m down_read s up_read s unlock m } "
	  "thread two { x = trylock m down_write s up_write s unlock m synchronize_rcu } "
	  "thread three { rcu_read_lock y = down_read_trylock s up_read s rcu_read_unlock }", NULL, 3, 1, true },
};

struct comparison {
	struct hash_set traces, both, all;	/* both: trace and what came of it; all: what the reduction saw */
	bool reducing;
	u64 unseen, new_traces;		/* of the other search */
};

static void seen(void *arg, const struct verify_seen *e)
{
	struct comparison *c = arg;

	if (hash_set_add(&c->traces, e->trace) && !c->reducing)
		c->new_traces++;
	hash_set_add(&c->both, key_hash(key_hash(e->trace) + e->came_to) + e->did);
	if (hash_set_add(&c->all, e->came_to) && !c->reducing)
		c->unseen++;
}

static struct scenario *parsed(const char *text)
{
	struct scn_error err;
	char whole[2000];
	struct scenario *scn;
	int n = snprintf(whole, sizeof(whole), "scenario probe\n%s\n", text);

	scn = scn_parse("probe", whole, (size_t)n, &err);
	if (!scn)
		fail_msg("%s", err.text);
	return scn;
}

static void search(struct comparison *c, const struct probe *p, enum search_method method, u64 executions, struct verify_result *r)
{
	struct verify v = {
		.campaign = { .provider = rmap_providers[0], .oracles = ~0u, .executions = executions, .strategy = "" },
		.method = method, .preemptions = p->preemptions, .unusual = p->choices,
	};
	struct scenario *scn = parsed(p->text);

	v.campaign.scn = scn;
	if (p->defect)
		defect_add(v.campaign.defects, (unsigned)defect_find(p->defect));
	memset(r, 0, sizeof(*r));
	c->reducing = method == SEARCH_TRACES;
	verify_compare(&v, r, seen, c);
	scn_free(scn);
}

static bool fits(const struct probe *p, u64 executions, struct verify_result *r)
{
	struct comparison c = { .reducing = true };
	bool complete, good, spins;

	search(&c, p, SEARCH_TRACES, executions, r);
	complete = r->search.end == SEARCH_COMPLETE;
	spins = r->search.spins;
	search(&c, p, SEARCH_BOUNDED, executions, r);
	spins |= r->search.spins != 0;
	good = c.traces.nr == c.both.nr && (complete || !p->complete) && !r->campaign.failed;
	/* Who spins may do so more often: that is another trace with the same end. */
	good &= !complete || (!c.unseen && (spins || !c.new_traces));
	if (!good || getenv("VERIFY_VERBOSE"))
		fprintf(stderr, "%lu traces, %lu with what came of them; %lu ends%s, not seen by the reduction: %lu traces, %lu ends\n"
			"    in: %s\n", c.traces.nr, c.both.nr, c.all.nr, complete ? "" : " (not complete)", c.new_traces, c.unseen,
			p->text);
	hash_set_free(&c.traces);
	hash_set_free(&c.both);
	hash_set_free(&c.all);
	return good;
}

/* VERIFY_EXECUTIONS asks for more of each probe. */
static void executions_of_one_trace_do_the_same(void **state)
{
	const char *more = getenv("VERIFY_EXECUTIONS");
	u64 executions = more ? strtoul(more, NULL, 10) : 6000;
	struct verify_result *r = calloc(1, sizeof(*r));
	unsigned bad = 0;

	(void)state;
	assert_non_null(r);
	for (unsigned i = 0; i < ARRAY_SIZE(probes); i++)
		bad += !fits(&probes[i], executions, r);
	free(r);
	assert_int_equal(bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(executions_of_one_trace_do_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
