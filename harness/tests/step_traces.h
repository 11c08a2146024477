/* SPDX-License-Identifier: GPL-2.0-only */
/* Traces that are written by hand, for tests that walk through them. */
#ifndef HARNESS_TESTS_STEP_TRACES_H
#define HARNESS_TESTS_STEP_TRACES_H

#include "step/walk.h"

#define NAME(tid, name) \
	"{\"ph\":\"M\",\"pid\":1,\"tid\":" #tid ",\"name\":\"thread_name\",\"args\":{\"name\":\"" name "\"}},\n"
#define STEP(ts, tid, op, object, site) \
	"{\"ph\":\"X\",\"pid\":1,\"tid\":" #tid ",\"ts\":" #ts ",\"dur\":1,\"cat\":\"step\",\"name\":\"" op \
	"\",\"args\":{\"object\":\"" object "\",\"site\":\"" site "\",\"step\":" #ts "}},\n"
#define HOLD(ts, dur, tid, mode, object, more) \
	"{\"ph\":\"X\",\"pid\":2,\"tid\":100,\"ts\":" #ts ",\"dur\":" #dur ",\"cat\":\"lock\",\"name\":\"x\",\"args\":{\"tid\":" #tid \
	",\"taken\":\"t.c:" #ts "\",\"mode\":\"" mode "\",\"class\":\"c\",\"object\":\"" object "\"," more "}},\n"
#define WAIT(ts, dur, tid, what, by) \
	"{\"ph\":\"X\",\"pid\":1,\"tid\":" #tid ",\"ts\":" #ts ",\"dur\":" #dur ",\"cat\":\"blocked\",\"name\":\"waits\",\"args\":" \
	"{\"text\":\"" what "\",\"held_by\":\"" by "\"}},\n"
#define BEGINNING "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n"
#define END(steps, signature, text) \
	"{\"ph\":\"M\",\"pid\":9,\"tid\":0,\"name\":\"last\",\"args\":{}}\n],\"otherData\":{\"scenario\":\"s\",\"provider\":\"p\"," \
	"\"defects\":[\"Z01\",\"Z02\"],\"signature\":\"" signature "\",\"text\":\"" text "\",\"site\":\"f.c:9\",\"steps\":" #steps \
	",\"strategy\":\"pos\",\"seed\":7}}\n"

/* walk_read() of a text. */
int read_text(struct walk *w, const char *text, char err[ERR_LEN]);

/* Eight steps of a writer and a reader: step_traces.c shows them. */
void read_small(struct walk *w);

/* LONG steps: step i touches object i % 700, and the other of two threads goes on every hundred of them. */
#define LONG 3000
void read_long(struct walk *w);

#endif
