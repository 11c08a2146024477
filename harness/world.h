/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of one scenario in the machine: what its names stand for, what its memory should contain, what was reached.
 *
 * Lives in the arena, so that every execution begins with the world as set-up left it. In a controlled execution it changes
 * between points only; under real threads each copy of the scenario has a world of its own, and [word] guards what its
 * threads share.
 */
#ifndef HARNESS_WORLD_H
#define HARNESS_WORLD_H

#include "eventset.h"
#include "file.h"
#include "guest.h"
#include "sva.h"
#include "mm.h"
#include "scn/scenario.h"

#define SHADOW_PAGES 64			/* pages of an address space whose content is tracked */
#define MAX_SHADOWS 20			/* address spaces that are tracked at once */

enum shadow_state { SHADOW_UNMAPPED, SHADOW_MAPPED, SHADOW_DYING };

/* UNKNOWN: it may have been empty when nobody could see it. */
enum shadow_missing { MISSING_NOT, MISSING_YES, MISSING_UNKNOWN };

/* What a page of an address space is. VIEW: of a file; OWN: was a private view and has been copied. */
enum shadow_kind { SHADOW_ANON, SHADOW_SHARED, SHADOW_VIEW, SHADOW_OWN };

/* What the search is to know of: a page of an address space, and whether it was born while the threads ran. */
#define PART_BORN MM_PARTS
#define PART_PAGE (MM_PARTS + 1)
#define PART_LOCKED (PART_PAGE + SHADOW_PAGES)	/* + page: is it locked in memory? */

#define MAX_FILE_SHADOWS 12		/* files that are tracked at once */

/* A page that truncate takes away is no more to be relied on, and then to be gone. */
enum file_state { FILE_GONE, FILE_THERE, FILE_GOING };

/* What a file should contain. */
struct file_shadow {
	const void *inode;		/* NULL: unused */
	u8 state[FILE_PAGES];		/* enum file_state */
	u64 value[FILE_PAGES];
	int invalidating;		/* how many take its pages out of the cache */
};

/* What one address space should contain. */
struct shadow {
	struct mm_struct *mm;		/* NULL: unused */
	u8 born_racing;			/* forked while the scenario's threads ran */
	u8 owns;			/* a page of it has been SHADOW_OWN */
	u8 state[SHADOW_PAGES];		/* enum shadow_state */
	u64 value[SHADOW_PAGES];
	u64 maybe[SHADOW_PAGES];	/* has_maybe: it may hold this instead, which a device wrote */
	u8 has_maybe[SHADOW_PAGES];
	u8 lazy[SHADOW_PAGES];		/* madvise(FREE): it may be zero instead */
	u8 freeing[SHADOW_PAGES];	/* how many are saying so at the moment: what is stored meanwhile may be lost, too */
	u8 moved_to[SHADOW_PAGES];	/* mremap: the page whose memory old translations still lead to; 0: none */
	u8 kind[SHADOW_PAGES];		/* enum shadow_kind */
	u8 soft[SHADOW_PAGES];		/* it must be known to have been written to: world_soft_dirty.c */
	u8 registered[SHADOW_PAGES];	/* a monitor fills it: world_uffd.c */
	u8 missing[SHADOW_PAGES];	/* enum shadow_missing: and has it yet to do */
	u8 unused[SHADOW_PAGES];	/* the guest does not use it: it may be dropped */
	u8 any[SHADOW_PAGES];		/* and so it may hold anything, until it is written to */
	u8 clearing;			/* how many are making it forget that at the moment */
	u8 locked[SHADOW_PAGES];	/* mlock has seen that the page is there: it stays */
	u8 file[SHADOW_PAGES];		/* not SHADOW_ANON: index in world->file */
	u8 index[SHADOW_PAGES];		/* and which page of it */
};

#define MAX_PINS 8			/* at once */

enum pin_state { PIN_FREE, PIN_TAKING, PIN_HELD, PIN_BUSY };

/*
 * Whose is a page that is pinned? OWNED: the process's; DOUBTFUL: perhaps; ORPHAN, LOST: nobody's, and then what it holds does not
 * change. OPEN: somebody else may have it, and a device may not touch it. A later one wins.
 */
enum pin_fate { PIN_OWNED, PIN_DOUBTFUL, PIN_LOST, PIN_ORPHAN, PIN_OPEN };

/* A page of an address space that a device holds. */
struct pin {
	u8 state;			/* [pins_word] enum pin_state */
	u8 fate;			/* [steps] enum pin_fate; controlled executions only */
	u8 write;			/* [const while taken] */
	short of_mm, of_area;		/* [const while taken] names of the scenario */
	int of_page;			/* [const while taken] and which page of the area */
	struct page *page;		/* [const while held] */
	struct mm_struct *mm;		/* [const while taken] may be gone: only compared */
	unsigned long at;		/* [steps] page of the address space */
	u64 value;			/* [steps] what it holds, if nobody else has it */
	u8 file, index;			/* [steps] unmapped, and was of a file, shared: of world->file[file - 1], and which page */
};

#define MAX_LOOKOUTS 4			/* that are watched at once */
#define MAX_MAPPERS 32

/* A search for all entries that map a page: which there were, and what became of each. See check/missed.c. */
struct lookout {
	const struct task *task;	/* NULL: unused */
	unsigned long pfn;
	u32 nr, pad;
	struct mapper {
		struct mm_struct *mm;
		unsigned long addr;	/* where it is now */
		u32 gone, found;
	} mapper[MAX_MAPPERS];
};

#define MAX_STALE 32

/* A translation to a page that madvise(DONTNEED) has taken away, and has not flushed yet. */
struct stale {
	const struct task *by;		/* NULL: unused */
	const struct mm_struct *mm;
	unsigned long addr, pfn;
	u64 value;			/* what the page holds */
	bool file;			/* it is a file's: what it holds others decide */
};

struct lookouts {
	struct lookout lookout[MAX_LOOKOUTS];
};

/*
 * An operation that was carried out, told to somebody who does the same elsewhere. Address spaces go by mm->id, 0 is none; areas
 * by the addresses that they have.
 */
struct world_op {
	const struct scn_stmt *s;
	struct scn_value came;
	u64 word;			/* read, write: all of the word, not only what the scenario sees */
	u32 mm;				/* whose it is: the subject's or the operand's */
	u32 made;			/* that the operation bound to its name */
	u32 ended;			/* that this took its name from, or that exited */
	unsigned long start, len;	/* of the area operand; len 0: none, or it is gone */
	unsigned long made_start, made_len;	/* of the area that was bound; len 0: none */
};

struct world_teller {
	void (*op)(void *arg, const struct world_op *op);
	void *arg;
};

enum slot_state { SLOT_UNBOUND, SLOT_BOUND, SLOT_GONE };

/* What a name of the scenario stands for at the moment. */
struct name_slot {
	u32 word;			/* inner lock, real threads only */
	u32 state;			/* [word] enum slot_state; read without by waiters */
	union {				/* [word] while bound */
		void *held;
		struct mm_struct *mm;	/* the process's own use of it */
		struct file *file;	/* open */
		struct mem_cgroup *memcg;
		struct guest *guest;	/* registered */
		struct sva *sva;	/* bound */
	};
	unsigned long start;		/* [const while bound] areas */
	u32 pages;
	u32 pad;
	struct lock *lock;		/* [const after set-up] */
	struct scn_value value;		/* [word] what came of the operation that bound it last; outlives the threads */
} __cacheline_aligned;

#define USE_NOTES 4			/* at once, by one thread */

/* Real threads: what one thread uses of what names stand for, see interp_name.c. */
struct use_notes {
	struct use_note {
		u64 held;		/* [atomic] the object; COUNTED: it was counted as a user of it; 0: none */
		size_t users;		/* [own; read when held is] where in it users are counted */
	} note[USE_NOTES];
} __cacheline_aligned;

struct world {
	const struct scenario *scn;	/* [const] outside the arena */
	const struct world_teller *teller;	/* [const] outside the arena; who is told each operation, or NULL */
	struct name_slot *slot;		/* [const] one for each name */
	struct shadow shadow[MAX_SHADOWS];	/* [steps] controlled executions only */
	struct use_notes *notes;	/* [const] one for each thread, and the leader's; NULL: no real threads */
	u32 first_task;			/* [const] of these */
	struct pin pin[MAX_PINS] __cacheline_aligned;
	u32 pins_word;			/* inner lock of pin[].state; real threads only */
	u32 nr_pins;			/* [pins_word] that are not free */
	struct stale stale[MAX_STALE] __cacheline_aligned;	/* [steps] controlled executions only */
	struct lookouts lookouts;	/* [steps] controlled executions only */
	struct file_shadow file[MAX_FILE_SHADOWS];	/* [steps] likewise */
	struct event_set reached;	/* [steps; atomic] */
	u32 store_serial;		/* [atomic] makes every stored value unique */
	u32 copy;			/* [const] which copy of the scenario under stress */
	u32 first_born;			/* [const while threads run] stress: address spaces from this number on were born racing */
	u64 unwritten;			/* [const while threads run] values that set-up was to write and did not: bit set, modulo 64 */
	u8 write_failed;		/* [atomic] came_short(): what the scenario expects to read was never written */
	u8 racing;			/* [const while threads run] the threads run, not set-up or finally */
};

/* What a stored word holds: the value of the scenario below, above it something unique. */
#define VALUE_BITS SCN_VALUE_BITS

/* Fill in a new world; classes: lock class of the n-th name if it is a lock. Set-up only. */
struct world *world_create(const struct scenario *scn, unsigned first_lock_class, unsigned copy);

/* The threads of the world are real, and have the ids from first_task on, the leader's last. Set-up only. */
void world_notes(struct world *w, unsigned first_task);

/* Names unbound again, for another round under real threads. Everybody has exited. */
void world_reset(struct world *w);

/* Run one body of the scenario in the current task. */
void world_run_body(struct world *w, const struct scn_body *body);

/* tell.c: before an operation, what it is about; after it, with came and word filled in, the rest is added and told. */
void world_tell_begin(const struct world *w, const struct scn_stmt *s, struct world_op *op);
void world_tell_end(const struct world *w, struct world_op *op);

/* The names bound in this body that still are unbound will never be. */
void world_body_ended(struct world *w, int thread);

/* Every process that is left exits. */
void world_tear_down(struct world *w);

/* No process is left, in any world: then the model is emptied, and nothing may be left over. */
void world_settle(void);

/*
 * What is said about a page of a file: whose shadow s has it at page a. world_files.c
 */
void files_accessed(struct world *w, struct shadow *s, unsigned long a, const struct event *e);
/* What maps an address (pte_peek()): the search is told what was read. Between steps. */
pte_t entry_of(const struct mm_struct *mm, unsigned long addr);
/* A file event, whichever. */
void files_event(struct world *w, const struct event *e);
/*
 * Reclaim has taken the entry away, and owes this CPU the flush: who reads the page through the old translation finds what was there.
 * Others may have read the page in again meanwhile, or had a copy of it, and gone on from there.
 */
bool world_stale_read(const struct event *e);
/* What an address space should contain; may be written by whoever may write the world. NULL: it is not tracked. */
struct shadow *world_shadow(const struct world *w, const struct mm_struct *mm);
/* The search is to know that what page a of it should contain is looked at, or changes. */
#define shadow_touch(s, a, how) exec_touch_part((s)->mm, PART_PAGE + (unsigned)(a), how)
/* + page: what the search is to know of a file. */
#define PART_INVALIDATING (MM_PARTS + FILE_PAGES)
#define PART_FILE MM_PARTS

/* Pins: world_pins.c. Controlled executions only, but for the last. Between taking and taken a process may change under the pin. */
void pin_begins(struct world *w, struct pin *p);
void pin_taken(struct pin *p);
/* May a device touch it? */
bool pin_usable(const struct pin *p);
/* It has written or read it, in this step. */
void pin_stored(struct world *w, struct pin *p, u64 value);
void pin_loaded(struct world *w, struct pin *p, u64 value);
/* What happens to the address spaces of pins, before the shadows are told; and to files, afterwards. */
void pins_event(struct world *w, const struct event *e);
/* A page is found to hold what a device may have written there, or not: then it never will. */
bool shadow_takes_maybe(struct shadow *s, unsigned long a, u64 value);
/* Let go of all. interp_pin.c */
void world_unpin_all(struct world *w);
/* O5: each file contains, cached or not, what was stored last. Quiescent, controlled executions only. */
void world_check_files(const struct world *w);

/* What mlock promised: see world_locked.c. */
void locked_event(struct world *w, const struct event *e);
void locked_set(struct shadow *s, unsigned long a, u8 locked);
/* O8: whatever mlock has found present and nobody has taken away since is present. Quiescent, controlled executions only. */
void world_check_locked(const struct world *w);

/* What monitors and guests rely on: world_uffd.c. After the shadows were told. */
void uffd_event(struct world *w, const struct event *e);
void uffd_forked(struct shadow *child);
void uffd_accessed(const struct shadow *s, unsigned long a, const struct event *e);
/* May the page hold anything? Then it holds this. */
bool uffd_adopts(struct shadow *s, unsigned long a, u64 value);

/* What soft-dirty bits promise: see world_soft_dirty.c. After the shadows were told. */
void soft_event(struct world *w, const struct event *e);
void soft_stored(struct shadow *s, unsigned long a);

/* The listener of a controlled run: content oracle and what was reached. */
void world_event(struct world *w, const struct event *e);
/* Of a stress run: only what can be told without order between threads. */
void world_event_racy(struct world *w, const struct event *e);

#endif
