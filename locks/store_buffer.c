/* SPDX-License-Identifier: GPL-2.0-only */
/* Store buffers of controlled tasks; see store_buffer.h. */
#include "store_buffer.h"

#include "machine.h"
#include "sanitize.h"
#include "sched_point.h"
#include "scheduler.h"

struct store_buffer *store_buffer_new(void)
{
	return machine->memory == MEMORY_TSO ? machine_alloc(sizeof(struct store_buffer)) : NULL;
}

static u64 bit_of(const struct task *t)
{
	return 1ul << t->id;
}

/* The oldest n are memory's now. */
static void forget_oldest(struct task *t, u64 n)
{
	struct exec_policy *p = machine->sched.policy;
	struct store_buffer *b = t->buffer;

	for (u64 i = 0; p->written && i < n; i++)
		p->written(p, t, b->store[i].addr, b->store[i].since);
	b->nr -= n;
	for (u64 i = 0; i < b->nr; i++)
		raw_copy(&b->store[i], &b->store[i + n], sizeof(b->store[0]));
	if (!b->nr)
		machine->sched.buffered &= ~bit_of(t);
}

/* ---- while the task runs, its buffer lies over memory: what is forgotten stays there ---- */

void store_buffer_drain(struct task *t)
{
	if (machine->sched.buffered & bit_of(t))
		forget_oldest(t, t->buffer->nr);
}

static void note_store(struct task *t)
{
	struct store_buffer *b = t->buffer;
	struct buffered_store *s;

	if (b->nr == STORE_BUFFER)
		forget_oldest(t, 1);
	s = &b->store[b->nr++];
	*s = (struct buffered_store){
		.addr = (void *)t->op.obj, .size = t->op.arg, .since = machine->sched.step,
	};
	raw_copy(&s->under, s->addr, s->size);
	machine->sched.buffered |= bit_of(t);
}

void store_buffer_at_op(struct task *t)
{
	enum op_drain drains = op_info[t->op.kind].drains;

	if (drains >= DRAIN_OWN)
		store_buffer_drain(t);
	if (drains == DRAIN_ALL)
		store_buffers_write_all();
	/* A store of more than a word is none that hardware does at once. */
	if (t->op.kind == OP_STORE && t->op.arg <= sizeof(u64))
		note_store(t);
}

/* ---- on and off ---- */

/* Stores may overlap: each covers what the older ones put there, and the newest goes first when they are taken off. */
void store_buffer_show(struct task *t)
{
	struct store_buffer *b = t->buffer;

	if (!(machine->sched.buffered & bit_of(t)))
		return;
	for (struct buffered_store *s = b->store; s < b->store + b->nr; s++) {
		raw_copy(&s->under, s->addr, s->size);
		raw_copy(s->addr, &s->value, s->size);
	}
}

static void hide(struct task *t)
{
	struct store_buffer *b = t->buffer;

	for (struct buffered_store *s = b->store + b->nr; s-- > b->store;) {
		raw_copy(&s->value, s->addr, s->size);
		raw_copy(s->addr, &s->under, s->size);
	}
}

/* ---- while it is off ---- */

static void write_oldest(struct task *t, u64 n)
{
	for (const struct buffered_store *s = t->buffer->store; s < t->buffer->store + n; s++)
		raw_copy(s->addr, &s->value, s->size);
	forget_oldest(t, n);
}

void store_buffers_write_all(void)
{
	for (u64 b = machine->sched.buffered; b; b &= b - 1) {
		struct task *t = &machine->task[__builtin_ctzl(b)];

		write_oldest(t, t->buffer->nr);
	}
}

/* Who sleeps has been through the kernel's scheduler, which is a full barrier; who can go on keeps as many as the policy likes. */
static u64 leaving(const struct task *t)
{
	u64 nr = t->buffer->nr;

	if (op_info[t->op.kind].blocking && !task_enabled(t))
		return nr;
	return nr - sched_choose(CHOICE_STORE_DELAY, (unsigned)nr + 1);
}

void store_buffers_settle(struct task *t)
{
	struct sched *s = &machine->sched;

	if (s->buffered & bit_of(t)) {
		hide(t);
		write_oldest(t, leaving(t));
	}
	for (u64 b = s->buffered & ~bit_of(t); b; b &= b - 1) {
		struct task *other = &machine->task[__builtin_ctzl(b)];

		write_oldest(other, sched_choose(CHOICE_STORE_FLUSH, (unsigned)other->buffer->nr + 1));
	}
}
