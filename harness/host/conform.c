/* SPDX-License-Identifier: GPL-2.0-only */
/* Comparing the two: see conform.h. */
#include "host/conform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/action.h"
#include "scheduler.h"

#define LOG_MAX 65536u			/* operations of one sequence */

/* What the model did. */
struct log {
	struct world_op *op;
	u32 nr, cap;
};

/* The processes, by the address space of the model that each stands for. */
struct player {
	struct host *h;
	u32 mm[HOST_PROCESSES];		/* mm->id; 0: free. Process 0 stands for none */
	struct conform_counts *counts;
	const struct scenario *scn;
	struct difference *d;
};

/* ---- on the model ---- */

static void log_op(void *arg, const struct world_op *op)
{
	struct log *log = arg;

	if (log->nr == log->cap) {
		if (log->cap == LOG_MAX)
			die("a sequence of more than %u operations", LOG_MAX);
		log->cap = log->cap ? 2 * log->cap : 64;
		log->op = realloc(log->op, log->cap * sizeof(*log->op));
		if (!log->op)
			die("no memory for a log");
	}
	log->op[log->nr++] = *op;
}

static enum conform_end fail(struct difference *d, const char *why)
{
	snprintf(d->text, sizeof(d->text), "%.390s", why);
	return CONFORM_FAILED;
}

/* Only what breaks the model itself is told by oracles: all else is for the kernel to judge. */
static enum conform_end run_model(const struct conform_config *config, const struct scenario *scn, struct log *log,
				  struct outcome *out, struct difference *d)
{
	const struct world_teller teller = { log_op, log };
	const struct session_config sc = {
		.scn = scn, .provider = config->provider, .defects = DEFECTS_OF(config),
		.oracles = 1u << ORACLE_LIFETIME | 1u << ORACLE_PROGRESS, .locking = config->locking, .teller = &teller,
	};
	char err[512];
	struct session *s = session_open(&sc, err);

	if (!s)
		return fail(d, err);
	session_execute(s, sched_sequential(), out);
	session_close(s);
	return out->stuck ? fail(d, "the sequence waits for a name that nobody binds") : CONFORM_AGREES;
}

/* ---- on the kernel ---- */

/* The process that stands for it; HOST_PROCESSES when there is none. */
static unsigned process_of(const struct player *p, u32 mm)
{
	unsigned i = 1;

	while (i < HOST_PROCESSES && p->mm[i] != mm)
		i++;
	return i;
}

static bool end_process(struct player *p, unsigned i)
{
	const struct host_call call = { .kind = HOST_EXIT };
	struct host_reply reply;

	p->mm[i] = 0;
	return host_call(p->h, i, &call, &reply);
}

static bool end_all(struct player *p)
{
	bool well = true;

	for (unsigned i = 1; i < HOST_PROCESSES; i++)
		if (p->mm[i])
			well &= end_process(p, i);
	return well;
}

/* Nothing was done, because an operand was gone or the model had no memory: then there is nothing to compare. */
static bool undone(const struct world_op *op)
{
	const struct scn_op *row = &scn_ops[op->s->op];

	if (op->came.result == SCN_GONE || (op->came.result == SCN_ENOMEM && host_action(op->s->op)->shortage))
		return true;
	return (row->binding == SCN_MAKES || row->binding == SCN_DECLARES) && (row->binds == SCN_MM ? !op->made : !op->made_len);
}

/* It was done as far as the model had frames: it has left something behind that is seen later. Linux has more, and does all of it. */
static bool ran_short(const struct world_op *op)
{
	return op->s->op == SOP_MLOCK && op->came.result == SCN_AGAIN;
}

static const char *line_of(const struct scenario *scn, int line, int *length)
{
	const char *at = scn->text;

	while (--line > 0 && strchr(at, '\n'))
		at = strchr(at, '\n') + 1;
	at += strspn(at, " \t");
	*length = (int)strcspn(at, "\n");
	return at;
}

static const char *kind_of(const struct scn_value *v)
{
	return scn_result_text[v->result];
}

static void describe(const struct player *p, const struct world_op *op, const struct host_reply *reply)
{
	struct difference *d = p->d;
	char ours[16], theirs[32];
	const char *text;
	int length;

	d->host = host_value(op, reply);
	d->line = op->s->line;
	text = line_of(p->scn, d->line, &length);
	host_reply_text(op, reply, theirs);
	snprintf(d->key, sizeof(d->key), "%s: the model %s, Linux %s", scn_ops[op->s->op].name, kind_of(&op->came),
		 d->host.result == SCN_NUMBER ? kind_of(&d->host) : theirs);
	snprintf(d->text, sizeof(d->text), "line %d, '%.*s': the model says %s, the running kernel %s", d->line, length, text,
		 scn_value_text(&op->came, ours), theirs);
}

static void count(struct conform_count *c, const struct world_op *op)
{
	switch (op->came.result) {
	case SCN_NUMBER:
		c->values++;
		break;
	case SCN_SEGV:
		c->segvs++;
		break;
	default:
		c->results++;
	}
}

static enum conform_end carry_out(struct player *p, const struct world_op *op)
{
	const struct host_action *action = host_action(op->s->op);
	struct conform_count *c = &p->counts->op[op->s->op];
	unsigned process = op->mm ? process_of(p, op->mm) : HOST_EMPTY;
	struct host_call call = { .kind = HOST_READ };
	struct host_reply reply;

	action->call(op, host_window(p->h), &call);
	call.child = process_of(p, 0);
	if (process == HOST_PROCESSES || call.child == HOST_PROCESSES)
		return fail(p->d, "more processes than there is room for");
	if (!host_call(p->h, process, &call, &reply))
		return fail(p->d, "a process does not answer");
	/* What this machine has no room for says nothing about the kernel's rules. */
	if (call.kind == HOST_FORK && reply.came == HOST_FAILED)
		return fail(p->d, "a process cannot fork here");
	if (call.kind == HOST_FORK)
		p->mm[call.child] = op->made;
	if (call.kind == HOST_EXIT)
		p->mm[process] = 0;
	if (action->part == HOST_QUIET || ran_short(op)) {
		c->left++;
		return CONFORM_AGREES;
	}
	count(c, op);
	if (host_agrees(op, &reply))
		return CONFORM_AGREES;
	describe(p, op, &reply);
	return CONFORM_DIFFERS;
}

static enum conform_end play(struct player *p, const struct world_op *op)
{
	const struct host_action *action = host_action(op->s->op);
	enum conform_end end = CONFORM_AGREES;
	unsigned ended;

	if (action->part == HOST_UNKNOWN)
		return fail(p->d, "an operation that no program can carry out");
	if (action->part == HOST_UNSEEN || undone(op))
		p->counts->op[op->s->op].left++;
	else
		end = carry_out(p, op);
	/* A name that was bound again: the process that had it has exited. */
	ended = op->ended ? process_of(p, op->ended) : HOST_PROCESSES;
	if (ended < HOST_PROCESSES && !end_process(p, ended))
		return fail(p->d, "a process does not answer");
	return end;
}

static enum conform_end run_host(struct player *p, const struct log *log)
{
	enum conform_end end = CONFORM_AGREES;

	for (u32 i = 0; i < log->nr && end == CONFORM_AGREES; i++)
		end = play(p, &log->op[i]);
	if (!end_all(p) && end == CONFORM_AGREES)
		end = fail(p->d, "a process does not answer");
	return end;
}

/* ---- both ---- */

static enum conform_end model_broke(const struct finding *f, struct difference *d)
{
	snprintf(d->key, sizeof(d->key), "%.150s", f->signature);
	snprintf(d->text, sizeof(d->text), "the model breaks, %.100s: %.250s", f->signature, f->text);
	return CONFORM_DIFFERS;
}

enum conform_end conform(struct host *h, const struct conform_config *config, const struct scenario *scn,
			 struct conform_counts *counts, struct difference *d)
{
	struct player p = { .h = h, .counts = counts, .scn = scn, .d = d };
	struct log log = { .nr = 0 };
	struct outcome out;
	enum conform_end end;

	memset(d, 0, sizeof(*d));
	end = run_model(config, scn, &log, &out, d);
	if (end == CONFORM_AGREES)
		end = run_host(&p, &log);
	if (end == CONFORM_AGREES && out.found)
		end = model_broke(&out.finding, d);
	free(log.op);
	counts->sequences++;
	counts->agree += end == CONFORM_AGREES;
	return end;
}

void conform_add(struct conform_counts *to, const struct conform_counts *from)
{
	to->sequences += from->sequences;
	to->agree += from->agree;
	for (unsigned i = 0; i < SOP_NR; i++) {
		to->op[i].values += from->op[i].values;
		to->op[i].segvs += from->op[i].segvs;
		to->op[i].results += from->op[i].results;
		to->op[i].left += from->op[i].left;
	}
}

size_t conform_window(void)
{
	return TASK_SIZE;
}
