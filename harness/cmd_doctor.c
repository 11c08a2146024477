/* SPDX-License-Identifier: GPL-2.0-only */
/* rmaptorture doctor: can everything run on this machine? Each check is one row, with what to do about it. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <jansson.h>

#include "campaign.h"
#include "cli/build-id.h"
#include "cli/exit.h"
#include "cli/results.h"
#include "cli/json.h"
#include "cli/out.h"
#include "sanitizer/addresses.h"
#include "settings.h"
#include "step/step.h"

enum health { HEALTH_GOOD, HEALTH_NOTE, HEALTH_BAD };

struct check {
	const char *name;
	enum health (*fn)(char text[160]);
};

static enum health check_build(char text[160])
{
	snprintf(text, 160, "%s %s, %s, commit %s", build_version, build_flavour, build_compiler, build_commit);
	return HEALTH_GOOD;
}

static enum health check_arena(char text[160])
{
	const struct machine_config mc = { .executor = EXEC_CONTROLLED, .arena_size = 8ul << 20, .max_tasks = 4 };

	if (machine_init(&mc)) {
		snprintf(text, 160, "memory at %#lx cannot be mapped: %s", ARENA_BASE, strerror(errno));
		return HEALTH_BAD;
	}
	snprintf(text, 160, "memory at %#lx and stacks at %#lx can be mapped", ARENA_BASE, STACKS_BASE);
	return HEALTH_GOOD;
}

static enum health check_membarrier(char text[160])
{
	/* MEMBARRIER_CMD_QUERY: a set of what the kernel can; liburcu's memb flavour is fast where it can anything. */
	long set = syscall(SYS_membarrier, 0, 0, 0);

	if (set <= 0) {
		snprintf(text, 160, "no membarrier system call: read sections of real threads are slower");
		return HEALTH_NOTE;
	}
	snprintf(text, 160, "membarrier is there (%#lx)", (unsigned long)set);
	return HEALTH_GOOD;
}

static enum health check_randomisation(char text[160])
{
	FILE *f = fopen("/proc/sys/vm/mmap_rnd_bits", "r");
	bool off = personality(0xffffffff) & ADDR_NO_RANDOMIZE, known;
	int bits = 0;

	known = f && fscanf(f, "%d", &bits) == 1;
	if (off)
		snprintf(text, 160, "no randomisation: this process was started without");
	else if (!known)
		snprintf(text, 160, "the bits of address randomisation are unknown");
	else if (bits > TSAN_RANDOM_BITS)
		snprintf(text, 160, "%d bits of randomisation: the tsan flavour starts itself again without", bits);
	else
		snprintf(text, 160, "%d bits of randomisation: ThreadSanitizer can take them", bits);
	if (f)
		fclose(f);
	return HEALTH_GOOD;
}

static enum health check_cpus(char text[160])
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	snprintf(text, 160, "%ld%s", n, n < 2 ? ": with one CPU, stress only ever preempts" : "");
	return n < 2 ? HEALTH_NOTE : HEALTH_GOOD;
}

static enum health check_threads(char text[160])
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NPROC, &r)) {
		snprintf(text, 160, "limit unknown: %s", strerror(errno));
		return HEALTH_NOTE;
	}
	if (r.rlim_cur < 256) {
		snprintf(text, 160, "at most %lu processes and threads: use --jobs 1 and few --threads", (u64)r.rlim_cur);
		return HEALTH_NOTE;
	}
	snprintf(text, 160, "enough may be created");
	return HEALTH_GOOD;
}

/* The same seed twice: to the last step the same. */
static enum health check_determinism(char text[160])
{
	const struct options none = { .command = CMD_DOCTOR };
	struct campaign_result *r = shared_alloc(2 * sizeof(*r));
	char err[ERR_LEN];
	struct scenario *scn = scenario_lookup("fork-vs-reclaim", &none, err);
	enum health health = HEALTH_BAD;

	if (!scn) {
		snprintf(text, 160, "no scenario fork-vs-reclaim");
		return HEALTH_BAD;
	}
	for (int i = 0; i < 2; i++) {
		const struct campaign c = {
			.scn = scn, .provider = rmap_providers[0], .oracles = ~0u, .strategy = "auto", .seed = 1, .executions = 500,
		};

		campaign_run(&c, &r[i]);
	}
	if (r[0].failed) {
		snprintf(text, 160, "%.159s", r[0].error);
	} else if (r[0].steps != r[1].steps || r[0].decisions != r[1].decisions) {
		snprintf(text, 160, "one seed, two runs: %lu and %lu steps", r[0].steps, r[1].steps);
	} else {
		snprintf(text, 160, "one seed, two runs of %lu steps: the same (%.0f executions/s)", r[0].steps,
			 (double)r[0].executions / r[0].elapsed_s);
		health = HEALTH_GOOD;
	}
	shared_free(r, 2 * sizeof(*r));
	scn_free(scn);
	return health;
}

static enum health check_terminal(char text[160])
{
	char err[ERR_LEN];

	if (step_check(err)) {
		snprintf(text, 160, "replay %.150s", err);
		return HEALTH_NOTE;
	}
	snprintf(text, 160, "%s: replay --step can be used", getenv("TERM"));
	return HEALTH_GOOD;
}

static const struct check checks[] = {
	{ "build", check_build },
	{ "arena", check_arena },
	{ "cpus", check_cpus },
	{ "addresses", check_randomisation },
	{ "membarrier", check_membarrier },
	{ "threads", check_threads },
	{ "terminal", check_terminal },
	{ "determinism", check_determinism },
};

int cmd_doctor(const struct options *o)
{
	static const struct table_column columns[] = { { "check", ALIGN_LEFT }, { "", ALIGN_LEFT }, { "", ALIGN_LEFT } };
	static const char *const word[] = { "good", "note", "BAD" };
	static const enum tint tint[] = { TINT_GOOD, TINT_WARN, TINT_BAD };
	struct table *t = table_new(columns, ARRAY_SIZE(columns));
	int status = EXIT_CLEAN;

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		char text[160] = "";
		enum health h = checks[i].fn(text);

		if (h == HEALTH_BAD)
			status = EXIT_SKIPPED;
		table_cell(t, TINT_PLAIN, "%s", checks[i].name);
		table_cell(t, tint[h], "%s", word[h]);
		table_cell(t, TINT_PLAIN, "%s", text);
		if (format_is_machine(o)) {
			json_t *j = json_pack("{s:s s:s s:s s:s}", "type", "doctor", "check", checks[i].name, "health", word[h],
					      "text", text);

			put_json(j, stdout);
		}
	}
	if (o->format == FORMAT_TEXT)
		table_print(t, stdout);
	table_free(t);
	return status;
}
