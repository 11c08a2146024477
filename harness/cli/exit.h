/* SPDX-License-Identifier: GPL-2.0-only */
/* What the exit status of the program means; the same for every command and in every flavour. */
#ifndef HARNESS_CLI_EXIT_H
#define HARNESS_CLI_EXIT_H

enum exit_status {
	EXIT_CLEAN = 0,
	EXIT_FINDINGS = 1,
	EXIT_USAGE = 2,		/* usage or bad input */
	EXIT_INCONCLUSIVE = 3,	/* goal or canary missed, interrupted, harness failed */
	EXIT_SKIPPED = 4,	/* nothing could run here */
};

#define NR_EXIT_STATUSES (EXIT_SKIPPED + 1)

/* What each one means, in a few words. */
extern const char *const exit_about[NR_EXIT_STATUSES];

/* The status of two parts together: usage wins over findings, then inconclusive, then skipped. */
static inline int exit_combine(int a, int b)
{
	static const unsigned char weight[] = {
		[EXIT_CLEAN] = 0,	 [EXIT_SKIPPED] = 1, [EXIT_INCONCLUSIVE] = 2,
		[EXIT_FINDINGS] = 3, [EXIT_USAGE] = 4,
	};

	return weight[a] >= weight[b] ? a : b;
}

#endif
