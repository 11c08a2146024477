/* SPDX-License-Identifier: GPL-2.0-only */
/* provider-conformance: the same sequences of operations on two reverse maps, whose pictures are compared. The command line. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alike/alike.h"
#include "campaign.h"
#include "cli/exit.h"
#include "cli/files.h"
#include "cli/must.h"
#include "cli/number.h"
#include "cli/out.h"
#include "defects.h"
#include "settings.h"
#include "fits.h"
#include "fuzz/generate.h"
#include "minimise/cut.h"
#include "minimise/cut_while.h"
#include "minimise/twin.h"
#include "scn/ops.h"

#define SLICE 250u			/* sequences */

struct slice {
	u8 done;
	enum alike_end end;
	u64 at, sequences, operations;
	struct unlike u;
	unsigned size[2];		/* of the scenario that differs: statements before and after */
	char path[256];
	char text[8192];
};

struct job {
	struct alike_config config;
	unsigned nr_providers;
	u64 seed, sequences;
	unsigned jobs;
	const char *artifacts;
	char **file;			/* scenarios instead of random ones */
	struct slice *slice;		/* shared with workers */
	const struct slice *bad;
	u64 done, operations;
};

static const struct option longs[] = {
	{ "sequences", required_argument, NULL, 'n' }, { "seed", required_argument, NULL, 's' },
	{ "jobs", required_argument, NULL, 'j' },      { "provider", required_argument, NULL, 'p' },
	{ "defect", required_argument, NULL, 'd' },    { "artifacts", required_argument, NULL, 'o' },
	{ "help", no_argument, NULL, 'h' },	       { NULL, 0, NULL, 0 },
};

static void help(void)
{
	fputs("Usage: provider-conformance --provider A --provider B [OPTION...] [FILE...]\n"
	      "Carries out random sequences of operations on two reverse maps, and compares what memory looks like after each\n"
	      "operation: VMAs, entries, where walks of each page come to, anon_vmas and what they count. FILE: a scenario with one\n"
	      "thread instead.\n\n"
	      "  -n, --sequences N     how many (20000)\n"
	      "  -s, --seed N          what all random choices follow from (1)\n"
	      "  -j, --jobs N          processes to work in (the number of CPUs)\n"
	      "  -d, --defect NAME     switch a defect of A on\n"
	      "  -o, --artifacts DIR   where scenarios that differ go (rmaptorture-artifacts)\n\n"
	      "Exit status: 0 all are alike, 1 one differs, 2 wrong usage or bad input, 3 inconclusive\n", stdout);
}

static int refuse(const char *what, const char *expected, const char *found)
{
	fprintf(stderr, "provider-conformance: %s: expected %s, found '%s' (see provider-conformance --help)\n", what, expected, found);
	return EXIT_USAGE;
}

/* ---- sequences ---- */

/* For generate_sequence(): there is one job in a process. */
static const struct job *the_job;

/*
 * What differs between eras, and is no difference of two reverse maps: left out where only one of the two has the feature, or (no feature)
 * is a tree of Linux. Each with the commit of Linux that made it so.
 */
static const struct {
	unsigned op;
	enum rmap_feature feature;	/* NR_RMAP_FEATURES: none */
} eras[] = {
	/* Mlocked pages leave the LRU by another protocol since 5.18 (cea86fe246b6), which the model has not: other pages are reclaimed. */
	{ SOP_MLOCK, FEATURE_MLOCKED }, { SOP_MUNLOCK, FEATURE_MLOCKED }, { SOP_MLOCKALL, FEATURE_MLOCKED },
	/* try_to_unmap() does not stop any more at an entry that was used, by a process of another group (5.11, 013339df116c). */
	{ SOP_AGE_MEMCG, NR_RMAP_FEATURES },
};

static bool has_it(const struct rmap_ops *provider, enum rmap_feature feature)
{
	return feature == NR_RMAP_FEATURES ? !strcmp(provider->name, "linux") : rmap_has(provider, feature);
}

static bool same_in_both_eras(const struct scn_stmt *s)
{
	const struct rmap_ops *const *p = the_job->config.provider;

	for (size_t i = 0; i < ARRAY_SIZE(eras); i++)
		if (eras[i].op == s->op && has_it(p[0], eras[i].feature) != has_it(p[1], eras[i].feature))
			return false;
	return true;
}

static bool both_have(const struct scn_stmt *s)
{
	return statement_fits(s, the_job->config.provider[0]) && statement_fits(s, the_job->config.provider[1]) && same_in_both_eras(s);
}

/* Whoever calls frees it. NULL: a file that is no scenario of one thread, which is said. */
static struct scenario *sequence(const struct job *j, u64 i)
{
	u64 rng = rng_start(j->seed, i, 'a');
	struct scn_error err;
	struct scenario *scn;

	if (!j->file)
		return generate_sequence(&rng, both_have);
	scn = scn_load(j->file[i], &err);
	if (!scn)
		fprintf(stderr, "%s\n", err.text);
	return scn;
}

struct same_arg {
	const struct job *j;
	struct unlike u;
};

static bool same(void *arg, const struct scenario *candidate)
{
	struct same_arg *a = arg;
	struct unlike *u = must(malloc(sizeof(*u)));
	bool is = alike(&a->j->config, candidate, u) == ALIKE_DIFFERS && !strcmp(u->key, a->u.key);

	if (is)
		a->u = *u;
	free(u);
	return is;
}

static void make_smaller(const struct job *j, struct slice *s, struct scenario **scn)
{
	struct same_arg arg = { j, s->u };

	s->size[0] = cut_size(*scn);
	cut_while(scn, same, &arg);
	s->u = arg.u;
	s->size[1] = cut_size(*scn);
	snprintf(s->text, sizeof(s->text), "%s", (*scn)->text);
	snprintf(s->path, sizeof(s->path), "%.150s/%.60s-unlike.scn", j->artifacts, (*scn)->name);
	if (directory_make(j->artifacts) || text_file_write(s->path, (*scn)->text))
		s->path[0] = 0;
}

static void work(unsigned i, void *arg)
{
	struct job *j = arg;
	struct slice *s = &j->slice[i];
	u64 end = min((i + 1ul) * SLICE, j->sequences);

	for (s->at = (u64)i * SLICE; s->at < end && s->end == ALIKE && !interrupted; s->at++) {
		struct scenario *scn = sequence(j, s->at);

		s->end = scn ? alike(&j->config, scn, &s->u) : ALIKE_FAILED;
		s->sequences++;
		s->operations += s->u.operations;
		if (s->end == ALIKE_DIFFERS)
			make_smaller(j, s, &scn);
		scn_free(scn);
		if (s->end != ALIKE)
			break;
	}
	s->done = 1;
}

static void done(unsigned i, void *arg)
{
	struct job *j = arg;
	struct slice *s = &j->slice[i];

	if (!s->done && !interrupted) {
		s->end = ALIKE_FAILED;
		snprintf(s->u.text, sizeof(s->u.text), "a worker died");
	}
	j->done += s->sequences;
	j->operations += s->operations;
	if (!j->bad && s->end != ALIKE)
		j->bad = s;
}

static void tick(void *arg)
{
	const struct job *j = arg;

	progress("%lu of %lu sequences", j->done, j->sequences);
}

/* ---- what came of it ---- */

static void print_difference(const struct job *j)
{
	const struct slice *s = j->bad;

	printf("DIFFERENCE %s\n  sequence %lu of seed %lu, line %d of the scenario, which went from %u to %u statements:\n\n%s\n%s",
	       s->u.key, s->at, j->seed, s->u.line, s->size[0], s->size[1], s->text, s->u.text);
	if (s->path[0])
		printf("  scenario: %s\n", s->path);
}

static const char *word_for(int status)
{
	return status == EXIT_FINDINGS ? "not alike" : status || interrupted ? "inconclusive" : "all alike";
}

static int run(struct job *j)
{
	unsigned nr = (unsigned)((j->sequences + SLICE - 1) / SLICE);
	double began = now_s();
	int status = EXIT_CLEAN;

	the_job = j;
	j->slice = shared_alloc(nr * sizeof(*j->slice));
	pool_run(&(struct pool){ .nr = nr, .jobs = j->jobs, .fn = work, .done = done, .tick = tick, .arg = j });
	progress_clear();
	if (j->bad && j->bad->end == ALIKE_DIFFERS) {
		print_difference(j);
		status = EXIT_FINDINGS;
	} else if (j->bad) {
		fprintf(stderr, "provider-conformance: %s\n", j->bad->u.text[0] ? j->bad->u.text : "a scenario cannot be read");
		status = EXIT_INCONCLUSIVE;
	}
	printf("%s and %s: %lu sequences, %lu operations, %s; %.1f s\n", j->config.provider[0]->name, j->config.provider[1]->name, j->done,
	       j->operations, word_for(status), now_s() - began);
	shared_free(j->slice, nr * sizeof(*j->slice));
	return status ? status : interrupted ? EXIT_INCONCLUSIVE : EXIT_CLEAN;
}

/* ---- the command line ---- */

static int take_number(const char *what, u64 *n, u64 least)
{
	return parse_number(optarg, least, 1000000000, n) ? EXIT_CLEAN :
		refuse(what, least ? "a number from 1 to 1000000000" : "a number up to 1000000000", optarg);
}

static int take_provider(struct job *j)
{
	const struct rmap_ops *p = rmap_find(optarg);

	if (!p)
		return refuse("--provider", "the name of a provider (rmaptorture list providers)", optarg);
	if (j->nr_providers == 2)
		return refuse("--provider", "two of them", optarg);
	j->config.provider[j->nr_providers++] = p;
	return EXIT_CLEAN;
}

static int take_defect(struct job *j)
{
	int id = defect_find(optarg);

	if (id < 0)
		return refuse("--defect", "the name of a defect", optarg);
	defect_add(j->config.defects, (unsigned)id);
	return EXIT_CLEAN;
}

static int take_option(struct job *j, int c, char **argv)
{
	u64 n = 1;
	int status;

	switch (c) {
	case 'n':
		return take_number("--sequences", &j->sequences, 1);
	case 's':
		return take_number("--seed", &j->seed, 0);
	case 'j':
		status = take_number("--jobs", &n, 1);
		j->jobs = (unsigned)n;
		return status;
	case 'p':
		return take_provider(j);
	case 'd':
		return take_defect(j);
	case 'o':
		j->artifacts = optarg;
		return EXIT_CLEAN;
	default:
		return refuse("command line", c == ':' ? "a value" : "an option", argv[optind - 1]);
	}
}

int main(int argc, char **argv)
{
	struct job j = {
		.seed = 1, .sequences = 20000, .jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN), .artifacts = "rmaptorture-artifacts",
	};
	int c, status = EXIT_CLEAN;

	opterr = 0;
	while (status == EXIT_CLEAN && (c = getopt_long(argc, argv, ":n:s:j:p:d:o:h", longs, NULL)) != -1) {
		if (c == 'h') {
			help();
			return out_finish(EXIT_CLEAN);
		}
		status = take_option(&j, c, argv);
	}
	if (status == EXIT_CLEAN && j.nr_providers != 2)
		status = refuse("--provider", "two of them", j.nr_providers ? "one" : "none");
	if (optind < argc) {
		j.file = argv + optind;
		j.sequences = (u64)(argc - optind);
	}
	catch_interrupts();
	return out_finish(status == EXIT_CLEAN ? run(&j) : status);
}
