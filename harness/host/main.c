/* SPDX-License-Identifier: GPL-2.0-only */
/* host-conformance: sequences of operations on the model and on the running kernel, which is the judge. The command line. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "campaign.h"
#include "cli/exit.h"
#include "cli/must.h"
#include "cli/number.h"
#include "cli/out.h"
#include "defects.h"
#include "host/action.h"
#include "host/trial.h"
#include "settings.h"

static const struct option longs[] = {
	{ "sequences", required_argument, NULL, 'n' }, { "seed", required_argument, NULL, 's' },
	{ "jobs", required_argument, NULL, 'j' },      { "provider", required_argument, NULL, 'p' },
	{ "defect", required_argument, NULL, 'd' },    { "artifacts", required_argument, NULL, 'o' },
	{ "format", required_argument, NULL, 'f' },    { "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void help(void)
{
	fputs("Usage: host-conformance [OPTION...] [FILE...]\n"
	      "Carries out random sequences of operations on the model and, by real processes, on the running kernel, and compares\n"
	      "what programs see: values read, segv, success or failure. FILE: a scenario with one thread, instead of random ones.\n\n"
	      "  -n, --sequences N     how many (20000)\n"
	      "  -s, --seed N          what all random choices follow from (1)\n"
	      "  -j, --jobs N          processes to work in (the number of CPUs)\n"
	      "  -p, --provider NAME   reverse map to use; several take turns (the newest)\n"
	      "  -d, --defect NAME     switch a defect of the model on\n"
	      "  -o, --artifacts DIR   where scenarios that differ go (rmaptorture-artifacts)\n"
	      "  -f, --format text|json\n\n"
	      "Exit status: 0 all agree, 1 one differs, 2 wrong usage or bad input, 3 inconclusive, 4 it cannot be done here\n", stdout);
}

/* One line on stderr, and the end: returns an exit status. */
static int refuse(const char *what, const char *expected, const char *found)
{
	fprintf(stderr, "host-conformance: %s: expected %s, found '%s' (see host-conformance --help)\n", what, expected, found);
	return EXIT_USAGE;
}

static int take_defect(struct request *r, const char *name)
{
	int id = defect_find(name);

	if (id < 0)
		return refuse("--defect", "the name of a defect", name);
	defect_add(r->config.defects, (unsigned)id);
	return EXIT_CLEAN;
}

static int take_provider(struct request *r, const char *name)
{
	const struct rmap_ops *p = rmap_find(name);

	if (!p)
		return refuse("--provider", "the name of a provider", name);
	if (r->nr_providers < TRIAL_PROVIDERS)
		r->provider[r->nr_providers++] = p;
	return EXIT_CLEAN;
}

static void newest_provider(struct request *r)
{
	r->provider[r->nr_providers++] = rmap_providers[0];	/* what older ones have not, the running kernel has */
}

static int take_format(struct request *r, const char *name)
{
	r->json = !strcmp(name, "json");
	return r->json || !strcmp(name, "text") ? EXIT_CLEAN : refuse("--format", "text or json", name);
}

static int take_jobs(struct request *r, const char *text)
{
	u64 n;

	if (!parse_number(text, 1, 4096, &n))
		return refuse("--jobs", "a number from 1 to 4096", text);
	r->jobs = (unsigned)n;
	return EXIT_CLEAN;
}

static int take_option(struct request *r, int c, char **argv)
{
	switch (c) {
	case 'n':
		return parse_number(optarg, 1, 1000000000, &r->sequences) ? EXIT_CLEAN :
			refuse("--sequences", "a number from 1 to 1000000000", optarg);
	case 's':
		return parse_number(optarg, 0, ~0ul, &r->seed) ? EXIT_CLEAN : refuse("--seed", "a number", optarg);
	case 'j':
		return take_jobs(r, optarg);
	case 'p':
		return take_provider(r, optarg);
	case 'd':
		return take_defect(r, optarg);
	case 'f':
		return take_format(r, optarg);
	case 'o':
		r->artifacts = optarg;
		return EXIT_CLEAN;
	case ':':
		return refuse(argv[optind - 1], "a value", "nothing");
	default:
		return refuse("command line", "an option", argv[optind - 1]);
	}
}

/* A scenario that can be compared; NULL after a line on stderr. */
static struct scenario *load(const char *path)
{
	struct scn_error err;
	struct scenario *scn = scn_load(path, &err);
	const struct scn_stmt *s = scn ? host_misfit(scn) : NULL;

	if (!scn)
		fprintf(stderr, "%s\n", err.text);
	else if (s)
		fprintf(stderr, "%s:%d:%d: expected an operation that programs can carry out, found '%s'\n", path, s->line, s->column,
			scn_ops[s->op].name);
	else if (scn->nr_threads > 1)
		fprintf(stderr, "%s:%d:1: expected one thread, found another one\n", path, scn->thread[1].line);
	else
		return scn;
	scn_free(scn);
	return NULL;
}

static int load_all(struct request *r, char **path, unsigned nr)
{
	if (!nr)
		return EXIT_CLEAN;
	r->scn = must(calloc(nr, sizeof(*r->scn)));
	r->sequences = (u64)nr * r->nr_providers;
	for (unsigned i = 0; i < nr; i++) {
		r->scn[i] = load(path[i]);
		if (!r->scn[i])
			return EXIT_USAGE;
	}
	return EXIT_CLEAN;
}

/* Why it cannot be done on this machine; NULL when it can. */
static const char *impossible(char err[256])
{
	struct host *h;

	if (sysconf(_SC_PAGESIZE) != (long)PAGE_SIZE)
		return "the kernel's pages are not of 4096 bytes";
	h = host_start(conform_window(), err);
	host_stop(h);
	return h ? NULL : err;
}

static void probe(unsigned i, void *arg)
{
	char *why = arg, err[256];
	const char *no = impossible(err);

	(void)i;
	snprintf(why, 256, "%s", no ? no : "");
}

static void nothing(unsigned i, void *arg)
{
	(void)i;
	(void)arg;
}

/* In a process of its own, as everything that has real processes for children. */
static int can_be_done(void)
{
	char *why = shared_alloc(256);
	int status = EXIT_CLEAN;

	snprintf(why, 256, "a worker died");
	pool_run(&(struct pool){ .nr = 1, .jobs = 1, .fn = probe, .done = nothing, .arg = why });
	if (why[0]) {
		printf("skipped: %s\n", why);
		status = EXIT_SKIPPED;
	}
	shared_free(why, 256);
	return status;
}

static int run(const struct request *r)
{
	struct trial t;
	int status = can_be_done();

	if (status != EXIT_CLEAN)
		return status;
	trial_run(r, &t);
	status = trial_report(&t);
	trial_free(&t);
	return status;
}

int main(int argc, char **argv)
{
	struct request r = {
		.seed = 1, .sequences = 20000, .jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN),
		.artifacts = "rmaptorture-artifacts",
	};
	int c, status = EXIT_CLEAN;

	opterr = 0;
	while (status == EXIT_CLEAN && (c = getopt_long(argc, argv, ":n:s:j:p:d:o:f:h", longs, NULL)) != -1) {
		if (c == 'h') {
			help();
			return out_finish(EXIT_CLEAN);
		}
		status = take_option(&r, c, argv);
	}
	if (!r.nr_providers)
		newest_provider(&r);
	if (status == EXIT_CLEAN)
		status = load_all(&r, argv + optind, (unsigned)(argc - optind));
	catch_interrupts();
	if (status == EXIT_CLEAN)
		status = run(&r);
	for (int i = optind; r.scn && i < argc; i++)
		scn_free(r.scn[i - optind]);
	free(r.scn);
	return out_finish(status);
}
