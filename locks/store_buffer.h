/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Store buffers: what makes controlled schedules those of x86 (TSO) instead of sequentially consistent ones.
 *
 * A marked store waits in the buffer of its task until it is written to memory, first in, first out. The buffer is laid over memory
 * while its task runs, and taken off before anybody else does: so every load of the task's own, marked or plain, of whatever size,
 * sees its newest store, and nobody else's does. A plain store goes to memory at once, unless the word has a store that waits:
 * then it is carried along with that one. All tasks' buffers are off while it is chosen who goes on.
 *
 * When stores are written: whenever the policy says so (CHOICE_STORE_DELAY, CHOICE_STORE_FLUSH); at the latest where op.h says that
 * an operation drains, when the buffer is full, and when the task blocks. The end of a task is a fence.
 *
 * Controlled schedules only. Without MEMORY_TSO no task has a buffer, and all of this costs is one test of a word at a point.
 */
#ifndef LOCKS_STORE_BUFFER_H
#define LOCKS_STORE_BUFFER_H

#include "exec.h"

#define STORE_BUFFER 8

struct buffered_store {
	void *addr;
	u64 value;			/* while the buffer is off */
	u64 under;			/* while it is on: what memory holds for the others */
	u64 size;
	u64 since;			/* step that stored it */
};

struct store_buffer {
	u64 nr;				/* [own; the scheduler between steps] */
	struct buffered_store store[STORE_BUFFER];	/* oldest first */
};

/* For task_create(): a buffer if the machine's memory wants one, else NULL. */
struct store_buffer *store_buffer_new(void);

/* t is about to carry out t->op: drain what that drains, note what it stores. */
void store_buffer_at_op(struct task *t);

/* Between steps: take t's buffer off, let the policy write from all of them; the last can make all be written at once. */
void store_buffers_settle(struct task *t);
void store_buffer_show(struct task *t);
void store_buffers_write_all(void);

/* Everything that the running task has buffered is in memory from now on. */
void store_buffer_drain(struct task *t);

#endif
