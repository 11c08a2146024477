/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Replay files: all that is needed to do one execution again, as text that can be mailed: the
 * scenario itself, provider, defects, parameters, and either all choices and their hash, to be
 * repeated step by step, or the few directives that lead to it. See replay_form.h for the form.
 */
#ifndef HARNESS_EXPLORE_REPLAY_FILE_H
#define HARNESS_EXPLORE_REPLAY_FILE_H

#include "record.h"

#define REPLAY_MAX_DEFECTS 32
#define REPLAY_MAX_PASSED 16

#define REPLAY_NOBODY STRATEGY_TASKS	/* .thread of the directive that says who begins */

/*
 * "When .thread is about to do its .n-th operation, which is .what, .to goes on", or "its .n-th
 * choice, which is .what, is .to". Threads are indices into the base order.
 */
struct replay_directive {
	u32 n;				/* from 1 */
	bool choice;
	u8 thread, to;
	char *what;			/* NULL: whatever it is */
};

/* Threads have names here, not numbers: numbers change when the scenario does. */
struct replay_directives {
	char *order[STRATEGY_TASKS];	/* the base order, of those threads that ran */
	unsigned nr_order;
	struct replay_directive *item;	/* those of one thread in the order of n */
	u32 nr, cap;
};

/* Takes what over. */
void replay_directives_add(struct replay_directives *d, struct replay_directive item);
void replay_directives_free(struct replay_directives *d);

struct replay_file {
	char *scenario_name;
	char *scenario_text;
	char *provider;
	char *defect[REPLAY_MAX_DEFECTS];
	unsigned nr_defects;
	u32 access;			/* bit set of ACCESS_* that the access flavour needs for it */
	enum memory_model memory;
	u32 without;			/* bit set of the oracles that were not in use */
	bool passes_locks;		/* other reports of the validator were passed over */
	char *passed[REPLAY_MAX_PASSED];	/* signatures that were known, and passed over */
	unsigned nr_passed;
	u64 model;			/* hash of model, scenario and defects */
	char *signature;		/* the finding that it repeats */
	char *strategy;			/* how it was found, for people */
	u64 seed, execution;
	/* As the strategy of the whole campaign drew it, before anything was minimised. NULL: not drawn from a seed, or not known. */
	char *drawn;
	u64 drawn_steps, drawn_hash;
	struct recording rec;		/* if by_directives, only its totals and hash */
	bool by_directives;
	struct replay_directives directives;
};

/*
 * Returns 0, or -1 with errno: EINVAL when f holds what the form cannot (NULL will do for provider
 * and signature only). The file appears whole or not at all (temporary name, fsync, rename).
 */
int replay_file_write(const struct replay_file *f, const char *path);

/*
 * Returns NULL with one line "path:line:column: expected ..., found ..." in err. Detects
 * truncation.
 */
struct replay_file *replay_file_read(const char *path, char err[256]);

/* The same without a file. The text is malloc()ed, or NULL with errno; path is for messages. */
char *replay_file_format(const struct replay_file *f, size_t *length);
struct replay_file *replay_file_parse(const char *path, const char *text, size_t length,
				      char err[256]);

void replay_file_free(struct replay_file *f);

#endif
