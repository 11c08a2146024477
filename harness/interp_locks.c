/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out what a scenario does with its own locks, and with RCU. */
#include "interp.h"

#include "scheduler.h"

static struct lock *lock_operand(struct context *c)
{
	return c->w->slot[c->s->lock].lock;
}

static void try_lock(struct context *c, enum op_kind kind)
{
	came(c, lock_tryacquire(lock_operand(c), kind, HERE) ? SCN_YES : SCN_NO);
}

/* Who already holds it, or does not hold it, does what the kernel would not survive: that is the scenario's point. */
void op_lock(struct context *c)
{
	lock_acquire(lock_operand(c), OP_LOCK, 0, HERE);
}

void op_trylock(struct context *c)
{
	try_lock(c, OP_TRYLOCK);
}

/* As reclaim does with what it may not wait for; whoever keeps the lock for ever makes it a livelock. */
void op_spin(struct context *c)
{
	while (!lock_tryacquire(lock_operand(c), OP_TRYLOCK, HERE))
		cpu_relax();
}

/* After a trylock that failed there is nothing to release: the operation is total. */
static void release_if_held(struct context *c, enum op_kind kind, enum lock_mode mode)
{
	struct lock *l = lock_operand(c);

	if (lockdep_held(l, mode))
		lock_release(l, kind, HERE);
}

void op_unlock(struct context *c)
{
	release_if_held(c, OP_UNLOCK, LOCK_WRITE);
}

void op_down_read(struct context *c)
{
	lock_acquire(lock_operand(c), OP_DOWN_READ, 0, HERE);
}

void op_down_read_trylock(struct context *c)
{
	try_lock(c, OP_DOWN_READ_TRYLOCK);
}

void op_up_read(struct context *c)
{
	if (!lockdep_held(lock_operand(c), LOCK_WRITE))
		release_if_held(c, OP_UP_READ, LOCK_READ);
}

void op_down_write(struct context *c)
{
	lock_acquire(lock_operand(c), OP_DOWN_WRITE, 0, HERE);
}

void op_down_write_trylock(struct context *c)
{
	try_lock(c, OP_DOWN_WRITE_TRYLOCK);
}

void op_up_write(struct context *c)
{
	release_if_held(c, OP_UP_WRITE, LOCK_WRITE);
}

void op_downgrade_write(struct context *c)
{
	if (lockdep_held(lock_operand(c), LOCK_WRITE))
		lock_downgrade(lock_operand(c), HERE);
}

void op_rcu_read_lock(struct context *c)
{
	(void)c;
	rcu_read_lock();
}

void op_rcu_read_unlock(struct context *c)
{
	(void)c;
	if (rcu_read_lock_held())
		rcu_read_unlock();
}

void op_synchronize_rcu(struct context *c)
{
	(void)c;
	synchronize_rcu();
}

void op_rcu_barrier(struct context *c)
{
	(void)c;
	rcu_barrier();
}
