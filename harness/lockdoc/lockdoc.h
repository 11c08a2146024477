/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * LOCKING.md as the program understands it: which classes there are, and which may be waited for
 * under which.
 *
 * The document is prose first. What the program reads are the tables in "Lock classes",
 * "Exceptions", "Data rules" and "Contexts", and the lock-order blocks in "Order". The form is
 * described in LOCKING.md itself.
 *
 * Concurrency: a document is constant once it is parsed. lockdoc_builtin() wants one thread.
 */
#ifndef HARNESS_LOCKDOC_LOCKDOC_H
#define HARNESS_LOCKDOC_LOCKDOC_H

#include "lockdep.h"

#define LOCKDOC_ERR 512			/* bytes of the one line that says what is wrong */
#define LOCKDOC_MAX_TEXT (1u << 20)

/* The classes that the document is about, and the contexts; class 0 is none, context 0 the ordinary one. */
struct lockdoc_model {
	const struct lock_class *classes;
	unsigned nr;
	const char *const *contexts;	/* as lockdep_context() counts them */
	unsigned nr_contexts;		/* 0 is no name; at most LOCK_CONTEXTS */
	bool objects;			/* members are those of core and of the providers, and must exist */
};

extern const struct lockdoc_model lockdoc_core;

/* A row of "## Lock classes". */
struct lockdoc_row {
	u8 class;
	int line;
	char *era;			/* provider that the row is about; NULL: all */
};

/* Another name of a class, from the column Sees. */
struct lockdoc_alias {
	u8 class;
	int line;
	char *name;
};

/* after may be waited for under before, and so before may not be waited for under after. */
struct lockdoc_arc {
	u8 before, after;
	bool trylock;			/* after may only be tried, which orders nothing */
	bool shared;			/* one of them is held for read, as is said there */
	const char *path;		/* of the text; not of its own */
	int line, column;
	char *era, *ctx;		/* NULL: always */
	char *note;			/* where it occurs, or NULL */
	char *waiver;			/* why no run shows it, or NULL */
	char *rare;			/* why only few runs show it, or NULL */
	long until;			/* the last day on which that holds, as lockdoc_day() counts; 0: always */
};

/* Two classes that one task never holds together. */
struct lockdoc_apart {
	u8 a, b;
	int line, column;
};

/* A class whose locks may be pinned: who has pinned one counts on it that those he calls do not drop it. */
struct lockdoc_pin {
	u8 class;
	int line;
};

/* A formula of locks, in postfix: LOCK and ALWAYS push a truth, AND and OR take two and push one. */
enum rule_op {
	RULE_LOCK,
	RULE_ALWAYS,			/* "none": no lock is needed */
	RULE_NEVER,			/* nobody does it, but for who sets up and tears down; always alone */
	RULE_AND, RULE_OR
};

enum rule_whose {
	WHOSE_OWN_IF_KNOWN,		/* nothing is said: the object's own, if the model knows which that is */
	WHOSE_OWN, WHOSE_ANY
};

struct lockdoc_atom {
	u8 op;				/* enum rule_op; the rest is for RULE_LOCK */
	u8 whose;			/* enum rule_whose */
	bool write;			/* held for write; else in whatever way */
	bool if_any;			/* asked only of objects that have such a lock */
	u8 class;			/* none is a subclass, unless a subclass is asked for */
	u64 classes;			/* those that will do: the class and its subclasses */
};

#define LOCKDOC_MAX_ATOMS 64

struct lockdoc_expr {
	struct lockdoc_atom *atom;	/* NULL: the cell is prose */
	unsigned nr;
	char *text;			/* as it stands in the document */
	char *waiver;			/* why no run shows it, or NULL */
};

/* A row of "## Data rules". */
struct lockdoc_data {
	char **member;			/* "vma.vm_start" */
	unsigned nr_members;
	int line;
	char *era;			/* NULL: always */
	struct lockdoc_expr expr[2];	/* to read, to write */
	u8 apart;			/* bit set of enum data_phase: accesses that are not meant */
};

struct lockdoc {
	char *path;			/* as errors and findings name it */
	const struct lockdoc_model *model;
	struct lockdoc_row *row;
	struct lockdoc_alias *alias;
	struct lockdoc_arc *arc;	/* in the order of the text; no two say the same */
	struct lockdoc_apart *apart;
	struct lockdoc_pin *pin;
	char **ctx;			/* names in "## Contexts" */
	struct lockdoc_data *data;
	unsigned nr_rows, nr_aliases, nr_arcs, nr_aparts, nr_pins, nr_ctx, nr_data;
};

/* NULL with a line in err ("LOCKING.md:41:3: expected ..., found ...") if the text is not right. */
struct lockdoc *lockdoc_parse(const struct lockdoc_model *model, const char *path, const char *text,
			      size_t length, char err[LOCKDOC_ERR]);

/*
 * The same, but what is wrong and can be read nevertheless goes to a list (lint.h), and more is
 * looked at: what is left is a document that is good for being looked at only. path must live as
 * long as the list.
 */
struct lint;
struct lockdoc *lockdoc_lint(const struct lockdoc_model *model, const char *path, const char *text,
			     size_t length, struct lint *lint, char err[LOCKDOC_ERR]);

/* What is in a file, to be freed; NULL with a line in err. */
char *lockdoc_read(const char *path, size_t *length, char err[LOCKDOC_ERR]);

/* lockdoc_parse() of a file. */
struct lockdoc *lockdoc_load(const char *path, char err[LOCKDOC_ERR]);

/* The LOCKING.md of this program, NULL if it was built without. Not to be freed. */
const struct lockdoc *lockdoc_builtin(void);

void lockdoc_free(struct lockdoc *doc);

/* Is era (NULL: any) one of those, which have a '+' between them (NULL: all)? */
bool lockdoc_era_has(const char *eras, const char *era);
/* Does the arc speak about this provider (NULL: about any)? */
bool lockdoc_arc_in_era(const struct lockdoc_arc *arc, const char *era);

/* The name of a context of the model, if the document has it; NULL otherwise, and for the ordinary one. */
const char *lockdoc_context(const struct lockdoc *doc, unsigned context);

/* Days since 1970 of "2027-01-31"; 0 if that is none. */
long lockdoc_day(const char *text, size_t length);
long lockdoc_today(void);

/* What the document allows, transitive consequences included. */
struct lockdoc_allowed {
	u64 wait[MAX_CLASSES];		/* wait[b]: classes under which b may be waited for */
	u64 trylock[MAX_CLASSES];	/* trylock[b]: under which it may at least be tried */
};

/* In the ordinary order (ctx NULL), or in that of a context. */
void lockdoc_allowed(const struct lockdoc *doc, const char *era, const char *ctx,
		     struct lockdoc_allowed *allowed);

/* In at least one of them. */
void lockdoc_allowed_anywhere(const struct lockdoc *doc, const char *era,
			      struct lockdoc_allowed *allowed);

/* What it forbids, as the validator takes it. */
void lockdoc_order(const struct lockdoc *doc, const char *era, const char *ctx,
		   struct lockdep_order *order);

/* The ordinary order, and those of the contexts that the document has. */
struct lockdoc_orders {
	struct lockdep_order order[LOCK_CONTEXTS];
};

/*
 * Make it the documented order of the machine, which has been initialised; orders must live as long.
 * doc NULL: the built-in one, if there is one.
 */
void lockdoc_install(const struct lockdoc *doc, const char *era, struct lockdoc_orders *orders);

#endif
