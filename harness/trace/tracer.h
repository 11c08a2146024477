/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes what happens in an execution as a trace that chrome://tracing and Perfetto open; README.md has the form.
 *
 * It is written as it happens: memory does not grow with the number of steps, only with that of the locks.
 *
 * Concurrency: as session.h; the functions that look on are called between the steps of a controlled execution.
 */
#ifndef HARNESS_TRACE_TRACER_H
#define HARNESS_TRACE_TRACER_H

#include "session.h"

struct tracer;

/* The processes of a trace. */
enum { TRACE_THREADS = 1, TRACE_LOCKS, TRACE_RCU };

/* strategy, seed: of who found the execution. The session is open. What is written must outlive the tracer. Never NULL. */
struct tracer *tracer_new(FILE *out, const char *strategy, u64 seed);

/* As in struct replayer: t is about to take step number step. */
void tracer_step(struct tracer *tr, const struct task *t, u64 step);
/* What t stored at obj in step since has just come to memory, and others took steps in between. */
void tracer_written(struct tracer *tr, const struct task *t, const void *obj, u64 since, u64 step);

/* The execution is over, and the machine still as it left it. */
void tracer_end(struct tracer *tr, const struct session *s, const struct outcome *out);

/* Returns whether tracer_end() was called: else what was written is no trace. */
bool tracer_free(struct tracer *tr);

#endif
