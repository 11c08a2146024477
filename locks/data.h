/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which locks are held when a member of an object is read or written.
 *
 * The layers above describe their objects: which members they have (struct slab_field), and which locks are an object's own. The
 * access flavour, when it is asked to, looks at each access of theirs and counts it in a table, by member and by what is held.
 * They also say when an object comes to be seen by others and when it ceases to be: what its maker, or whoever takes it apart, does
 * to it before and after needs no lock, and is counted apart. In other flavours nothing of this is compiled.
 *
 * Concurrency: controlled executions only, where one task runs at a time. A table belongs to one caller.
 */
#ifndef LOCKS_DATA_H
#define LOCKS_DATA_H

#include "access/where.h"
#include "lockdep.h"
#include "slab.h"

/* How a lock is an object's own. */
enum data_relation {
	DATA_SAME,			/* it is in the object, or in the address space that the object is part of */
	DATA_ROOT,			/* it is in the root of the object's family */
	DATA_OWNER,			/* it is of the object for which this one stands */
	NR_DATA_RELATIONS
};

struct data_type {
	const char *name;
	const struct slab_field *fields;	/* ends with a NULL name */
	/* The object with which this one is taken apart, or NULL. */
	const void *(*whole)(const void *obj);
};

/* No lock: the object has none of this class now. */
#define DATA_NO_LOCK ((const void *)1)

/*
 * Of the objects of a type, the lock of a class that is their own. Lists end with a NULL type. of() is called in the middle of an
 * access: it makes no points, and trusts no pointer in an object that may be half made. NULL: it cannot be told.
 */
struct data_lock {
	const struct data_type *type;
	u8 class;
	u8 relation;			/* enum data_relation */
	const void *(*of)(const void *obj);
};

/* What lies at an address. */
struct data_place {
	const struct data_type *type;
	const void *obj;
	const struct slab_field *field;	/* for what is no part of obj itself; NULL: by its offset */
};

/* What the layers above know of their objects. [const after init] */
struct data_model {
	/* False: nothing that has members. */
	bool (*find)(const void *addr, struct data_place *place);
	const struct data_lock *locks[2];	/* two lists of them, or NULL */
};

/* Where an object is in its life, as the task that does something with it sees it. */
enum data_phase {
	DATA_IN_USE,
	DATA_SET_UP,			/* this task is making it, and nobody else can see it */
	DATA_TORN_DOWN,			/* this task is taking it apart, and nobody else may see it any more */
	NR_DATA_PHASES
};

/*
 * How often a member was accessed at a place in the source, with the same locks held. Plain data but for the names, which are
 * constants of the program. In sets of classes, [LOCK_READ] is held in whatever way, [LOCK_WRITE] is held for write.
 */
struct data_row {
	const char *type, *member;	/* NULL: the row is free */
	u64 held[2];			/* classes of which some lock is held */
	u64 own[2];			/* of which the object's own lock is */
	u64 known;			/* of which it is known which lock is its own, or that it has none */
	u64 lacks;			/* it has none */
	u64 count;
	u32 where;			/* data_site(); 0: nobody knows */
	u8 write;
	u8 phase;			/* enum data_phase */
	u8 pad[2];
};

#define DATA_ROWS 65536u		/* several times what a run of all scenarios needs */

/* Zeroed: an empty one. */
struct data_table {
	u64 lost;			/* accesses for which there was no room */
	u32 nr;				/* rows in use */
	u32 pad;
	struct data_row row[DATA_ROWS];
};

/* Count row->count accesses that are as the row says. */
void data_count(struct data_table *table, const struct data_row *row);

/* Add what another table has counted. */
void data_merge(struct data_table *table, const struct data_table *from);

/* Set-up only, with the classes known: from now on this machine keeps the phases of its objects. */
void data_begin(void);

/* Where accesses of machines with phases are counted from now on, in this process; NULL: nowhere. */
void data_collect(struct data_table *table);

/* About to access size bytes, at a place in the source. */
void data_access(struct task *t, const void *addr, unsigned size, bool write, u32 where);

/* The current task begins to make obj, or to take it apart. */
void data_enter(const void *obj, enum data_phase phase);
/* That is over, if obj is in one of these phases (bit set). */
void data_leave(const void *obj, unsigned phases);

#if defined(FLAVOUR_ACCESS)
/* Is it built in that accesses are seen? */
#define DATA_OBSERVED true

/* The place of a row's accesses, or NULL. */
static inline const struct site *data_site(const struct data_row *row)
{
	return row->where ? where_site(where_long(row->where)) : NULL;
}
#else
#define DATA_OBSERVED false

static inline const struct site *data_site(const struct data_row *row)
{
	(void)row;
	return NULL;
}
#endif

/* ---- for the layers above, and for the slab: nothing where accesses are not seen ---- */

/* Nobody else can see obj yet; the slab says so of each object that it hands out. */
static inline void data_set_up(const void *obj)
{
	if (DATA_OBSERVED)
		data_enter(obj, DATA_SET_UP);
}

/* From now on others can. */
static inline void data_publish(const void *obj)
{
	if (DATA_OBSERVED)
		data_leave(obj, 1u << DATA_SET_UP);
}

/* Nobody else may see it any more, nor what is taken apart with it. */
static inline void data_tear_down(const void *obj)
{
	if (DATA_OBSERVED)
		data_enter(obj, DATA_TORN_DOWN);
}

/* It is no object any more; the slab says so itself. */
static inline void data_gone(const void *obj)
{
	if (DATA_OBSERVED)
		data_leave(obj, ~0u);
}

#endif
