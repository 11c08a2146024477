/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a trace goes: the file of --trace, or by its ending .svg the drawing of one, and before a reader's eyes. Concurrency: one caller.
 */
#ifndef HARNESS_TRACE_OUTPUT_H
#define HARNESS_TRACE_OUTPUT_H

#include "cli/whole_file.h"
#include "settings.h"
#include "trace/tracer.h"

struct trace_output {
	struct whole_file file;		/* .out NULL: there is none */
	FILE *aside;			/* the trace, if it is read before or in place of being kept; else NULL */
	bool drawing, ended, lost;	/* lost: it could not all be written aside */
	struct tracer *tracer;
};

/*
 * path: of the file, or NULL for none; read: trace_output_read() will be called. strategy, seed: see tracer_new(). Returns 0, or -1 with
 * a line in err.
 */
int trace_output_open(struct trace_output *o, const char *path, bool read, const char *strategy, u64 seed, char err[ERR_LEN]);

/* The trace from its beginning, when nothing more comes to it; NULL: tracer_end() was not called. It stays the output's. */
FILE *trace_output_read(struct trace_output *o);

/* The file appears if the tracer was told the end, else nothing does. Returns 0, or -1 with a line in err: it could not be written. */
int trace_output_close(struct trace_output *o, char err[ERR_LEN]);

#endif
