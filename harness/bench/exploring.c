/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What executions of scenarios cost, as explore has them: the default portfolio, coverage, the validator and all oracles.
 *
 * A point is one of the scenario's threads: what the model does from one to the next, the validator and the oracles that listen, the
 * scheduler, a random walk, the recording; by default, the portfolio and coverage. An execution has, beyond these, its reset, the points
 * and checks of its end, and what is counted about it.
 */
#define _GNU_SOURCE
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "campaign.h"
#include "cli/embedded.h"
#include "cli/must.h"
#include "explore/recorder.h"
#include "fits.h"
#include "pool.h"
#include "settings.h"

static struct scenario *scenario_of(const char *name)
{
	const struct options none = { .format = 0 };
	char err[ERR_LEN];
	struct scenario *scn = scenario_lookup(name, &none, err);

	if (!scn)
		die("%s", err);
	return scn;
}

/* The newest reverse map that this scenario is for; NULL: none. */
static const struct rmap_ops *provider_of(const struct scenario *scn)
{
	struct misfit misfit;

	for (const struct rmap_ops *const *p = rmap_providers; *p; p++)
		if (scenario_fits(scn, *p, &misfit))
			return *p;
	return NULL;
}

/* What executions are explored with besides the validator. */
struct way_of_exploring {
	u32 oracles;
	const char *strategy;
	bool cover;
};

static const struct way_of_exploring as_by_default = { ~0u, "auto", true }, as_little_as_can_be = { ~0u, "random", false };

/* The processor seconds of all of it but for set-up; more precisely where in times. */
static double explore(const char *name, const struct way_of_exploring *way, u64 executions, struct session_times *times)
{
	struct campaign_result *r = must(calloc(1, sizeof(*r)));
	struct scenario *scn = scenario_of(name);
	struct campaign c = {
		.scn = scn, .provider = provider_of(scn), .oracles = way->oracles, .strategy = way->strategy, .seed = 1,
		.executions = executions, .cover = way->cover, .times = times,
	};
	double began = thread_s(), spent;

	campaign_run(&c, r);
	spent = thread_s() - began;
	if (!interrupted && (r->failed || r->found || r->executions != executions))
		die("%s: %s", name, r->failed ? r->error : r->found ? r->finding.text : "it was not executed as often as wanted");
	free(r);
	scn_free(scn);
	return spent;
}

/* Seconds that it takes to look at the processor's clock, once: a call of the system, which is as long as several points. */
static double look(void)
{
	const unsigned looks = 1000;
	double began = thread_s(), now = began;

	for (unsigned i = 0; i < looks; i++)
		now = thread_s();
	return (now - began) / looks;
}

static u64 points_of(const struct figure *f, const struct way_of_exploring *way, u64 executions, double *seconds)
{
	struct session_times times = { 0 };

	explore(f->of, way, executions, &times);
	*seconds = times.threads - (double)times.executions * look();
	return times.steps;
}

u64 bench_points(const struct figure *f, u64 executions, double *seconds)
{
	return points_of(f, &as_little_as_can_be, executions, seconds);
}

u64 bench_default_points(const struct figure *f, u64 executions, double *seconds)
{
	return points_of(f, &as_by_default, executions, seconds);
}

u64 bench_executions(const struct figure *f, u64 executions, double *seconds)
{
	*seconds = explore(f->of, &as_by_default, executions, NULL);
	return executions;
}

/* ---- oracles ---- */

#define ORACLE_SCENARIO "fork-vs-reclaim"
#define ORACLE_EXECUTIONS 600u

u64 bench_with_oracles(const struct figure *f, u64 executions, double *seconds)
{
	(void)f;
	*seconds = explore(ORACLE_SCENARIO, &as_by_default, executions, NULL);
	return executions;
}

/* number beyond those that there are: without all of them. */
double bench_without_oracle(const struct figure *f)
{
	struct way_of_exploring way = as_by_default;

	way.oracles = f->number < ORACLE_NR ? ~(1u << f->number) : 0;
	return explore(ORACLE_SCENARIO, &way, ORACLE_EXECUTIONS, NULL) / ORACLE_EXECUTIONS;
}

void bench_all_oracles(struct figure_group *group)
{
	static struct figure made[ORACLE_NR + 1];

	for (unsigned i = 0; i <= ORACLE_NR; i++) {
		if (i < ORACLE_NR && !oracle_names[i])
			continue;
		made[group->nr++] = (struct figure){
			.name = i < ORACLE_NR ? oracle_names[i] : "all-oracles", .unit = "execution", .measure = bench_with_oracles,
			.units = ORACLE_EXECUTIONS, .yardstick = bench_without_oracle, .number = i,
		};
	}
	group->figure = made;
}

/* ---- each scenario ---- */

static bool fits_here(const char *name)
{
	struct scenario *scn = scenario_of(name);
	bool fits = provider_of(scn);

	scn_free(scn);
	return fits;
}

/* Those that are the text's own, by name, without directory and suffix. */
void bench_all_scenarios(struct figure_group *group)
{
	struct figure *made = must(calloc(nr_embedded_files, sizeof(*made)));

	for (unsigned i = 0; i < nr_embedded_files; i++) {
		const char *path = embedded_files[i].name, *slash = strrchr(path, '/');
		size_t length = strlen(path);
		char *name, *figure;

		if (length < 4 || strcmp(path + length - 4, ".scn"))
			continue;
		name = must(strndup(slash ? slash + 1 : path, length - 4 - (slash ? (size_t)(slash + 1 - path) : 0)));
		if (!fits_here(name)) {
			free(name);
			continue;
		}
		if (asprintf(&figure, "%s-execution", name) < 0)
			must(NULL);
		made[group->nr++] = (struct figure){
			.name = figure, .unit = "execution", .measure = bench_executions, .units = 60, .of = name,
		};
	}
	group->figure = made;
}

/* ---- reset ---- */

/*
 * From the end of an execution to the first step of the next: the recording is emptied, the strategy begins anew, the state of the
 * machine is put back, tasks get their stacks. After each, as many bytes as that state has are copied from one buffer to another: neither
 * has been touched since the execution before. The two are measured at once, the yardstick is asked for first.
 */
struct resets {
	struct explorer explorer;	/* must be first */
	struct session *session;
	struct recording rec;
	char *from, *to;
	size_t size;
	unsigned (*pick)(struct exec_policy *p, u64 enabled);	/* the explorer's own */
	double began, took;		/* took: 0 until the first step */
};

static unsigned first_pick(struct exec_policy *p, u64 enabled)
{
	struct resets *r = container_of(p, struct resets, explorer.policy);

	r->took = now_s() - r->began;
	p->pick = r->pick;
	return r->pick(p, enabled);
}

static void execute(struct resets *r, u64 i)
{
	static const struct estimate none;
	struct outcome out;

	r->explorer.policy.pick = first_pick;
	r->began = now_s();
	explorer_begin(&r->explorer, &strategy_flip, 1, i, &none, &r->rec);
	session_execute(r->session, &r->explorer.policy, &out);
	if (out.found)
		die("%s", out.finding.text);
}

static double timed_copy(struct resets *r)
{
	double began = now_s();

	memcpy(r->to, r->from, r->size);
	__asm__ volatile("" ::: "memory");
	return now_s() - began;
}

#define RESETS 401u

/* The medians over many executions. */
static void measure_resets(const char *name, double *reset, double *copy)
{
	static double resets[RESETS], copies[RESETS];
	struct scenario *scn = scenario_of(name);
	const struct session_config config = { .scn = scn, .provider = provider_of(scn), .oracles = ~0u };
	struct resets r = { .size = 0 };
	char err[512];

	r.session = session_open(&config, err);
	if (!r.session)
		die("%s", err);
	explorer_init(&r.explorer);
	r.pick = r.explorer.policy.pick;
	r.size = session_size(r.session);
	r.from = must(malloc(r.size));
	r.to = must(malloc(r.size));
	memset(r.from, 1, r.size);
	for (unsigned i = 0; i < RESETS; i++) {
		execute(&r, i);
		resets[i] = r.took;
		copies[i] = timed_copy(&r);
	}
	*reset = bench_spread(resets, RESETS).median;
	*copy = bench_spread(copies, RESETS).median;
	free(r.from);
	free(r.to);
	explorer_free(&r.explorer);
	recording_free(&r.rec);
	session_close(r.session);
	scn_free(scn);
}

static double measured_reset;

double bench_copy(const struct figure *f)
{
	double copy;

	measure_resets(f->of, &measured_reset, &copy);
	return copy;
}

u64 bench_reset(const struct figure *f, u64 executions, double *seconds)
{
	(void)f;
	(void)executions;
	*seconds = measured_reset;
	return 1;
}

/* ---- memory ---- */

/* Of this process, in MiB: the most since it was asked to forget what was. */
static double peak(void)
{
	FILE *status = must(fopen("/proc/self/status", "r"));
	char line[256];
	double kib = 0;

	while (fgets(line, sizeof(line), status))
		if (sscanf(line, "VmHWM: %lf", &kib) == 1)
			break;
	fclose(status);
	return kib / 1024;
}

static void forget_peak(void)
{
	FILE *refs = fopen("/proc/self/clear_refs", "w");

	if (!refs || fputs("5", refs) < 0 || fclose(refs))
		die("/proc/self/clear_refs cannot be written to");
}

/* A process of its own, as a worker is, explores the scenario. */
u64 bench_memory(const struct figure *f, u64 executions, double *mib)
{
	double *shared = shared_alloc(sizeof(*shared));
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("no process");
	if (!pid) {
		forget_peak();
		explore(f->of, &as_by_default, executions, NULL);
		*shared = peak();
		worker_exit();
	}
	if (waitpid(pid, &status, 0) != pid || status)
		die("%s: the worker that is measured ended with status %d", f->of, status);
	*mib = *shared;
	shared_free(shared, sizeof(*shared));
	return 1;
}

double bench_one(const struct figure *f)
{
	(void)f;
	return 1;
}
