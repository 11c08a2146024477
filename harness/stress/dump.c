/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of all threads when some of them hang, in a file. Everything is bounded: who does not answer the signal that asks for his
 * stack is told as one who does not, and nothing here waits for a lock that a hung thread may have. Written with vsnprintf() and write()
 * alone. Where threads run meanwhile (stacks are taken before they are stopped) each of them may be a step further than its stack.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#undef LOCK_READ			/* flock()'s words */
#undef LOCK_WRITE
#include "machine.h"
#include "scn/scenario.h"
#include "stress/memory.h"
#include "stress/stress.h"

#define FRAMES 40
#define ANSWER_MS 500			/* all threads together have so long to answer */
#define DUMP_SIGNAL (SIGRTMIN + 3)

struct stack {
	void *frame[FRAMES];
	int nr;
	u32 answered;			/* [atomic] */
} __cacheline_aligned;

static struct stack *stacks;		/* the handler has no argument: one run in a process */

static void on_ask(int sig)
{
	int was = errno;
	struct stack *s;

	(void)sig;
	if (current && stacks) {
		s = &stacks[current->id];
		s->nr = backtrace(s->frame, FRAMES);
		__atomic_store_n(&s->answered, 1, __ATOMIC_RELEASE);
	}
	errno = was;
}

void stress_dump_init(struct stress *s)
{
	const struct sigaction sa = { .sa_handler = on_ask, .sa_flags = SA_RESTART };
	void *warm[2];

	s->ring = aligned_alloc(64, machine->nr_tasks * sizeof(*s->ring));
	stacks = aligned_alloc(64, machine->nr_tasks * sizeof(*stacks));
	if (!s->ring || !stacks)
		die("out of memory");
	memset(s->ring, 0, machine->nr_tasks * sizeof(*s->ring));
	memset(stacks, 0, machine->nr_tasks * sizeof(*stacks));
	backtrace(warm, 2);		/* the first call loads a library, which a handler may not */
	sigaction(DUMP_SIGNAL, &sa, NULL);
}

void stress_dump_stacks(void)
{
	const struct timespec ms = { 0, 1000000 };
	unsigned missing = 1;

	for (unsigned i = 1; i < machine->nr_tasks; i++)
		if (machine->task[i].tid && machine->task[i].state == TASK_READY)
			syscall(SYS_tgkill, getpid(), machine->task[i].tid, DUMP_SIGNAL);
	for (int n = 0; n < ANSWER_MS && missing; n++) {
		missing = 0;
		nanosleep(&ms, NULL);
		for (unsigned i = 1; i < machine->nr_tasks; i++)
			missing += machine->task[i].state == TASK_READY && !__atomic_load_n(&stacks[i].answered, __ATOMIC_ACQUIRE);
	}
}

/* ---- writing ---- */

static void __printf(2, 3) tell(int fd, const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n > 0 && write(fd, line, min((size_t)n, sizeof(line) - 1)) < 0)
		return;			/* a full disk: what is there is there */
}

static const char *name_of(const void *obj, char name[NAME_LEN])
{
	return obj ? obj_name(obj, name) : "";
}

static void tell_held(int fd, const struct task *t)
{
	char name[NAME_LEN];

	for (unsigned i = 0; i < t->depth && i < MAX_HELD; i++) {
		const struct held_lock *h = &t->held[i];

		tell(fd, "    holds %s %s for %s, taken at %s:%d, %lu of its steps ago\n", lock_class_name(h->class),
		     name_of(h->lock, name), h->mode == LOCK_WRITE ? "write" : "read", h->site->file, h->site->line, t->steps - h->since);
	}
}

/* Whoever has what t waits for, and who else queues there. */
static void tell_wait(int fd, const struct task *t)
{
	const struct lock *l = t->op.obj ? lock_at(t->op.obj) : NULL;
	unsigned queued = 0;

	for (unsigned i = 0; i < machine->nr_tasks; i++) {
		const struct task *o = &machine->task[i];

		for (unsigned j = 0; j < o->depth && j < MAX_HELD && t->op.obj; j++)
			if (o->held[j].lock == t->op.obj)
				tell(fd, "    which task %u %s has for %s, since %lu of its steps (%s:%d)\n", o->id, o->name,
				     o->held[j].mode == LOCK_WRITE ? "write" : "read", o->steps - o->held[j].since,
				     o->held[j].site->file, o->held[j].site->line);
	}
	if (!l)
		return;
	tell(fd, "    that lock: %s%s, %u readers; queue:", l->owner ? "owner " : "no owner", l->owner ? l->owner->name : "", l->readers);
	for (const struct task *q = l->first; q && queued++ < machine->nr_tasks; q = q->next_waiter)
		tell(fd, " %u %s (%s)", q->id, q->name, q->wait_write ? "write" : "read");
	tell(fd, "\n");
}

static void tell_events(int fd, const struct ring *r)
{
	u32 nr = r->nr;

	for (u32 i = nr > RING_EVENTS ? nr - RING_EVENTS : 0; i < nr; i++) {
		const struct ring_event *e = &r->at[i % RING_EVENTS];

		tell(fd, "    event at step %lu: %s mm#%u %#lx\n", e->steps, event_name[e->kind], e->mm, e->addr);
	}
}

/* What addr2line turns into functions and lines. */
static void tell_stack(int fd, const struct task *t)
{
	const struct stack *s = &stacks[t->id];
	Dl_info in;

	if (!__atomic_load_n(&s->answered, __ATOMIC_ACQUIRE)) {
		tell(fd, "    no stack: it did not answer within %d ms\n", ANSWER_MS);
		return;
	}
	for (int i = 2; i < s->nr; i++) {	/* not the handler's own */
		if (dladdr(s->frame[i], &in) && in.dli_fname)
			tell(fd, "    stack: %s+%#lx %s\n", in.dli_fname, (u64)s->frame[i] - (u64)in.dli_fbase,
			     in.dli_sname ? in.dli_sname : "");
		else
			tell(fd, "    stack: %p\n", s->frame[i]);
	}
}

static void tell_task(int fd, const struct stress *s, const struct task *t)
{
	const struct copy *c = t->user;
	const struct scn_stmt *stmt = t->doing;
	char name[NAME_LEN];

	tell(fd, "task %u (thread %d): %s of copy %u, round %lu, %lu operations, %lu steps, %s\n", t->id, t->tid, t->name,
	     c ? c->number : 0, c ? __atomic_load_n(&c->rounds, __ATOMIC_RELAXED) : 0, t->ops_done, t->steps,
	     t->state == TASK_DONE ? "has ended" : t->blocked ? "sleeps" : "runs, or waits at a barrier");
	if (stmt)
		tell(fd, "    its last statement: %s:%d\n", s->config->scn->path, stmt->line);
	if (t->op.site)
		tell(fd, "    at %s %s (%s %s:%d)\n", op_info[t->op.kind].text, name_of(t->op.obj, name), t->op.site->func,
		     t->op.site->file, t->op.site->line);
	if (t->rcu_nest)
		tell(fd, "    in an RCU read section, %u deep\n", t->rcu_nest);
	tell_held(fd, t);
	if (t->blocked)
		tell_wait(fd, t);
	tell_events(fd, &s->ring[t->id]);
	if (t->tid)
		tell_stack(fd, t);
}

bool stress_dump(const struct stress *s, char path[256])
{
	const struct stress_config *c = s->config;
	char memory[512];
	int fd;

	if (!c->artifacts)
		return false;
	snprintf(path, 256, "%s/%s-%s.hang.txt", c->artifacts, c->scn->name, c->provider->name);
	if (mkdir(c->artifacts, 0777) && errno != EEXIST)
		return false;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return false;
	memory_describe(memory, sizeof(memory));
	tell(fd, "scenario %s, provider %s, seed %lu, noise %u %% %s, %u copies\n%s\n%lu RCU callbacks outstanding\n", c->scn->name,
	     c->provider->name, c->seed, c->noise, stress_noise_name(c), c->copies, memory, rcu_pending());
	tell(fd, "stacks: addr2line -fipe PROGRAM ADDRESS\n");
	for (unsigned i = 0; i < machine->nr_tasks; i++)
		tell_task(fd, s, &machine->task[i]);
	close(fd);
	return true;
}
