/* SPDX-License-Identifier: GPL-2.0-only */
/* See output.h. */
#include "trace/output.h"

#include <errno.h>
#include <string.h>

#include <jansson.h>

#include "trace/draw.h"

static bool ends_in(const char *path, const char *ending)
{
	size_t length = strlen(path), tail = strlen(ending);

	return length > tail && !strcmp(path + length - tail, ending);
}

static int cannot_write(const char *path, char err[ERR_LEN])
{
	snprintf(err, ERR_LEN, "cannot write %s: %s", path, strerror(errno));
	return -1;
}

int trace_output_open(struct trace_output *o, const char *path, const char *strategy, u64 seed, char err[ERR_LEN])
{
	const bool drawing = ends_in(path, ".svg");

	*o = (struct trace_output){ .aside = drawing ? tmpfile() : NULL };
	if (drawing && !o->aside)
		return cannot_write("a temporary file", err);
	if (whole_file_open(&o->file, path)) {
		if (o->aside)
			fclose(o->aside);
		return cannot_write(path, err);
	}
	o->tracer = tracer_new(drawing ? o->aside : o->file.out, strategy, seed);
	return 0;
}

static int draw(struct trace_output *o, char err[ERR_LEN])
{
	static const struct trace_drawing how = TRACE_DRAWING;
	json_error_t why;
	json_t *trace;
	int failed;

	rewind(o->aside);
	trace = json_loadf(o->aside, 0, &why);
	if (!trace) {
		snprintf(err, ERR_LEN, "cannot draw %s: its trace is not whole: %s", o->file.path, why.text);
		return -1;
	}
	failed = trace_draw(o->file.out, trace, &how, err);
	json_decref(trace);
	return failed;
}

int trace_output_close(struct trace_output *o, char err[ERR_LEN])
{
	char path[256];
	bool ended = tracer_free(o->tracer);
	int failed = ended && o->aside ? draw(o, err) : 0;

	snprintf(path, sizeof(path), "%s", o->file.path);
	if (o->aside)
		fclose(o->aside);
	if (whole_file_close(&o->file, ended && !failed))
		return cannot_write(path, err);
	return failed;
}
