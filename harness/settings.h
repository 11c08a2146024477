/* SPDX-License-Identifier: GPL-2.0-only */
/* From what the command line says to what a session needs: scenarios, providers, defects, oracles. */
#ifndef HARNESS_SETTINGS_H
#define HARNESS_SETTINGS_H

#include "cli/options.h"
#include "session.h"

#define ERR_LEN 512

extern const char *const oracle_names[ORACLE_NR];	/* "lifetime", ... */
extern const char *const oracle_about[ORACLE_NR];	/* what it says, in a line; NULL: there is none of that number */

struct settings {
	const struct rmap_ops *provider[8];
	unsigned nr_providers;
	bool newest;			/* none was asked for: the first one is the newest, and a scenario takes the newest that it fits */
	u64 defects[DEFECT_WORDS];
	u32 oracles;
	u32 access;			/* bit set of ACCESS_* */
	enum memory_model memory;
	struct string_list known;	/* signatures that are passed over, for the life of the process */
	const struct lockdoc *locking;	/* from --locking, for the life of the process; NULL: the built-in one */
};

/*
 * Returns 0, or -1 with one line in err. Without --provider: the newest that can have the defects that are switched on; for run and
 * lockdoc all of them.
 */
int settings_from_options(const struct options *options, struct settings *settings, char err[ERR_LEN]);

/* With which provider the scenario is to run as the p-th of nr_providers; NULL: it is not for that one. */
const struct rmap_ops *settings_provider(const struct settings *settings, unsigned p, const struct scenario *scn);

/*
 * What --points, --races and --tear ask for, added to what a replay file asks for, as a bit set of ACCESS_*. Returns -1 with one line in
 * err when this flavour sees no accesses.
 */
int access_from_options(const struct options *options, u32 *access, char err[ERR_LEN]);

/* Index into core_defects, or -1. */
int defect_find(const char *name);

/* Can this build see it, as it was asked to look? */
bool defect_visible(int defect, const struct options *options);
/* Can a build of that flavour, with --tear or without? */
bool defect_visible_in(int defect, const char *flavour, bool tear);

/*
 * A scenario by name or path, its params replaced by what --param says. NULL with one line in err; its goals are known to
 * exist, and so is the defect whose story it tells.
 */
struct scenario *scenario_lookup(const char *name, const struct options *options, char err[ERR_LEN]);

/* The scenarios that a command was given, or all that are built in. Dies of nothing: -1 with one line in err. */
struct scenario_list {
	struct scenario **item;
	unsigned nr;
};

int scenarios_from_options(const struct options *options, struct scenario_list *list, char err[ERR_LEN]);
void scenario_list_free(struct scenario_list *list);

#endif
