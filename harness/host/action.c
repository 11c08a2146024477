/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of actions: see action.h. A system call more in the language is a row more here and a function that fills in its
 * arguments; processes carry out any system call (host.h).
 */
#define _GNU_SOURCE
#include "host/action.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "scn/ops.h"

/* ---- calls ---- */

static void call_fork(const struct world_op *op, unsigned long window, struct host_call *call)
{
	(void)op;
	(void)window;
	call->kind = HOST_FORK;
}

static void call_exit(const struct world_op *op, unsigned long window, struct host_call *call)
{
	(void)op;
	(void)window;
	call->kind = HOST_EXIT;
}

static void call_read(const struct world_op *op, unsigned long window, struct host_call *call)
{
	call->kind = HOST_READ;
	call->arg[0] = window + op->start;
}

static void call_write(const struct world_op *op, unsigned long window, struct host_call *call)
{
	call->kind = HOST_WRITE;
	call->arg[0] = window + op->start;
	call->word = op->word;
}

/* The model chose the address. That it was free there and is not here would be a disagreement. */
static void call_mmap(const struct world_op *op, unsigned long window, struct host_call *call)
{
	*call = (struct host_call){
		.kind = HOST_SYSCALL, .number = SYS_mmap,
		.arg = { window + op->made_start, op->made_len, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, (unsigned long)-1, 0 },
	};
}

/* The distance that a stack keeps is the model's own, as large as a page; that of Linux is as large as all of the model's addresses. */
static bool fits_mmap(const struct scn_stmt *s)
{
	return s->backing == SCN_ANON;
}

static void call_munmap(const struct world_op *op, unsigned long window, struct host_call *call)
{
	*call = (struct host_call){ .kind = HOST_SYSCALL, .number = SYS_munmap, .arg = { window + op->start, op->len } };
}

/* As much as a program can do to have its pages reclaimed. Where there is no swap it does nothing to anonymous ones. */
static void call_reclaim(const struct world_op *op, unsigned long window, struct host_call *call)
{
	*call = (struct host_call){
		.kind = HOST_SYSCALL, .number = SYS_madvise, .arg = { window + op->start, op->len, MADV_PAGEOUT },
	};
}

static void call_mprotect(const struct world_op *op, unsigned long window, struct host_call *call)
{
	static const int rights[NR_RIGHTS] = {
		[RIGHTS_NONE] = PROT_NONE,	      [RIGHTS_R] = PROT_READ,
		[RIGHTS_RW] = PROT_READ | PROT_WRITE, [RIGHTS_RX] = PROT_READ | PROT_EXEC,
		[RIGHTS_RWX] = PROT_READ | PROT_WRITE | PROT_EXEC,
	};

	*call = (struct host_call){
		.kind = HOST_SYSCALL, .number = SYS_mprotect,
		.arg = { window + op->start, op->len, (unsigned long)rights[op->s->value] },
	};
}

/* Where it went is the model's choice; an area that stayed where it was must be able to do so here, too. */
static void call_mremap(const struct world_op *op, unsigned long window, struct host_call *call)
{
	bool moved = op->made_start != op->start;

	*call = (struct host_call){
		.kind = HOST_SYSCALL, .number = SYS_mremap,
		.arg = { window + op->start, op->len, op->made_len, moved ? MREMAP_MAYMOVE | MREMAP_FIXED : 0, window + op->made_start },
	};
}

static void call_mremap_dontunmap(const struct world_op *op, unsigned long window, struct host_call *call)
{
	*call = (struct host_call){
		.kind = HOST_SYSCALL, .number = SYS_mremap,
		.arg = { window + op->start, op->len, op->made_len, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
			 window + op->made_start },
	};
}

/* After MADV_FREE Linux may show the old content as long as it likes; and not every kernel has KSM. */
static bool fits_madvise(const struct scn_stmt *s)
{
	return s->value == ADVICE_DONTNEED;
}

static void call_madvise(const struct world_op *op, unsigned long window, struct host_call *call)
{
	static const int advice[NR_ADVICE_WORDS] = {
		[ADVICE_DONTNEED] = MADV_DONTNEED, [ADVICE_SEQUENTIAL] = MADV_SEQUENTIAL, [ADVICE_NORMAL] = MADV_NORMAL,
	};

	*call = (struct host_call){
		.kind = HOST_SYSCALL, .number = SYS_madvise,
		.arg = { window + op->start, op->len, (unsigned long)advice[op->s->value] },
	};
}

bool host_can_lock(void)
{
	struct rlimit limit;

	return !getrlimit(RLIMIT_MEMLOCK, &limit) && limit.rlim_cur >= TASK_SIZE;
}

static bool fits_mlock(const struct scn_stmt *s)
{
	(void)s;
	return host_can_lock();
}

static void call_mlock(const struct world_op *op, unsigned long window, struct host_call *call)
{
	*call = (struct host_call){ .kind = HOST_SYSCALL, .number = SYS_mlock, .arg = { window + op->start, op->len } };
}

static void call_munlock(const struct world_op *op, unsigned long window, struct host_call *call)
{
	*call = (struct host_call){ .kind = HOST_SYSCALL, .number = SYS_munlock, .arg = { window + op->start, op->len } };
}

static const struct host_action actions[SOP_NR] = {
	[SOP_MM] = { HOST_COMPARED, call_fork, false, NULL },
	[SOP_MMAP] = { HOST_COMPARED, call_mmap, true, fits_mmap },
	[SOP_MUNMAP] = { HOST_COMPARED, call_munmap, true, NULL },
	[SOP_MPROTECT] = { HOST_COMPARED, call_mprotect, false, NULL },
	[SOP_MREMAP] = { HOST_COMPARED, call_mremap, true, NULL },
	[SOP_MREMAP_DONTUNMAP] = { HOST_COMPARED, call_mremap_dontunmap, true, NULL },
	[SOP_MADVISE] = { HOST_COMPARED, call_madvise, false, fits_madvise },
	[SOP_MLOCK] = { HOST_COMPARED, call_mlock, false, fits_mlock },
	[SOP_MUNLOCK] = { HOST_COMPARED, call_munlock, false, fits_mlock },
	[SOP_READ] = { HOST_COMPARED, call_read, true, NULL },
	[SOP_WRITE] = { HOST_COMPARED, call_write, true, NULL },
	[SOP_FILL] = { HOST_COMPARED, call_write, true, NULL },
	[SOP_FORK] = { HOST_COMPARED, call_fork, true, NULL },
	[SOP_EXIT] = { HOST_COMPARED, call_exit, false, NULL },
	[SOP_RECLAIM] = { HOST_QUIET, call_reclaim, false, NULL },
	[SOP_COLLAPSE] = { HOST_UNSEEN, NULL, false, NULL },
	[SOP_SPLIT] = { HOST_UNSEEN, NULL, false, NULL },
	[SOP_AGE] = { HOST_UNSEEN, NULL, false, NULL },
	[SOP_AGE_MEMCG] = { HOST_UNSEEN, NULL, false, NULL },
	[SOP_MIGRATE] = { HOST_UNSEEN, NULL, false, NULL },
	[SOP_COMPACT] = { HOST_UNSEEN, NULL, false, NULL },
	[SOP_SHRINK] = { HOST_UNSEEN, NULL, false, NULL },
	[SOP_REFERENCED] = { HOST_UNSEEN, NULL, false, NULL },
	[SOP_SET_IDLE] = { HOST_UNSEEN, NULL, false, NULL },
	[SOP_IDLE] = { HOST_UNSEEN, NULL, false, NULL },
	[SOP_WALK] = { HOST_UNSEEN, NULL, false, NULL },
	[SOP_DRAIN] = { HOST_UNSEEN, NULL, false, NULL },
	[SOP_SYNCHRONIZE_RCU] = { HOST_UNSEEN, NULL, false, NULL },
	[SOP_RCU_BARRIER] = { HOST_UNSEEN, NULL, false, NULL },
};

const struct host_action *host_action(unsigned op)
{
	return &actions[op];
}

bool host_fits(const struct scn_stmt *s)
{
	const struct host_action *a = &actions[s->op];

	return a->part != HOST_UNKNOWN && (!a->fits || a->fits(s));
}

/* ---- what came of it ---- */

static bool numbers(const struct world_op *op)
{
	return scn_ops[op->s->op].gives >> SCN_NUMBER & 1;
}

struct scn_value host_value(const struct world_op *op, const struct host_reply *reply)
{
	static const struct {
		enum host_came came;
		int number;
		enum scn_result result;
	} words[] = {
		{ HOST_SIGNAL, SIGSEGV, SCN_SEGV },
		{ HOST_FAILED, ENOMEM, SCN_ENOMEM },
		{ HOST_FAILED, EINVAL, SCN_EINVAL },
		{ HOST_FAILED, EAGAIN, SCN_AGAIN },
	};

	if (reply->came == HOST_DONE && numbers(op))
		return (struct scn_value){ .result = SCN_NUMBER, .number = (u32)reply->word };
	if (reply->came == HOST_DONE)
		return (struct scn_value){ .result = SCN_OK };
	for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].came == reply->came && words[i].number == reply->number)
			return (struct scn_value){ .result = words[i].result };
	return (struct scn_value){ .result = SCN_NOTHING };
}

bool host_agrees(const struct world_op *op, const struct host_reply *reply)
{
	return op->came.result == host_value(op, reply).result && (op->came.result != SCN_NUMBER || op->word == reply->word);
}

const char *host_reply_text(const struct world_op *op, const struct host_reply *reply, char buf[32])
{
	struct scn_value value = host_value(op, reply);
	char word[16];

	if (value.result != SCN_NOTHING)
		snprintf(buf, 32, "%s", scn_value_text(&value, word));
	else if (reply->came == HOST_SIGNAL)
		snprintf(buf, 32, "SIG%s", sigabbrev_np(reply->number));
	else
		snprintf(buf, 32, "%s", strerrorname_np(reply->number));
	return buf;
}

/* ---- scenarios ---- */

static const struct scn_stmt *misfit_in(const struct scn_body *b)
{
	for (unsigned i = 0; i < b->nr; i++)
		if (b->stmt[i].op < SCN_REPEAT && !host_fits(&b->stmt[i]))
			return &b->stmt[i];
	return NULL;
}

const struct scn_stmt *host_misfit(const struct scenario *scn)
{
	const struct scn_stmt *s = misfit_in(&scn->setup);

	for (unsigned i = 0; i < scn->nr_threads && !s; i++)
		s = misfit_in(&scn->thread[i]);
	return s ? s : misfit_in(&scn->finally);
}
