/* SPDX-License-Identifier: GPL-2.0-only */
/* The file of --trace: a trace, or by its ending .svg the drawing of one. Concurrency: one caller. */
#ifndef HARNESS_TRACE_OUTPUT_H
#define HARNESS_TRACE_OUTPUT_H

#include "cli/whole_file.h"
#include "settings.h"
#include "trace/tracer.h"

struct trace_output {
	struct whole_file file;
	FILE *aside;			/* of a drawing: the trace; else NULL */
	struct tracer *tracer;
};

/* strategy, seed: see tracer_new(). Returns 0, or -1 with a line in err. */
int trace_output_open(struct trace_output *o, const char *path, const char *strategy, u64 seed, char err[ERR_LEN]);

/* The file appears if the tracer was told the end, else nothing does. Returns 0, or -1 with a line in err: it could not be written. */
int trace_output_close(struct trace_output *o, char err[ERR_LEN]);

#endif
