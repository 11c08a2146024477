/* SPDX-License-Identifier: GPL-2.0-only */
/* What the seam calls of the two executors; nobody else includes this. */
#ifndef LOCKS_SCHED_POINT_H
#define LOCKS_SCHED_POINT_H

#include "exec.h"

/* t has published its operation, which is of this kind: choose who goes on. Returns when t was chosen. */
void sched_point(struct task *t, enum op_kind kind);
/* The calling daemon begins or ends something that must not be abandoned. */
void sched_daemon_busy(bool busy);
unsigned sched_choose(enum choice_kind kind, unsigned n);
void sched_touch(const void *obj, unsigned part, enum touch how);

/* Real threads: wait for ever if the machine is stopped. */
void thread_stand_still(void);
void thread_relax(void);

#endif
